//! `key`: a pair of keys for signed runs, and the one that signs.

use serde_json::json;

use crate::cli::Exit;
use crate::cli::args::{Format, KeyAction, KeyArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::seal::SigningKey;

/// Where the secret key is looked for.
const VARIABLE: &str = "PROMPTEVAL_SIGNING_KEY";

pub(in crate::cli) fn key(args: &KeyArgs, ui: &Ui) -> Result<Exit, CliError> {
    let KeyAction::New { format } = args.action;
    let key = SigningKey::generate().map_err(|error| CliError::system(error.to_string()))?;
    let (public, secret) = (key.public().to_string(), key.secret());
    let text = match format {
        Format::Json => format!("{:#}\n", json!({"public": public, "secret": secret})),
        Format::Human => format!("public  {public}\nsecret  {secret}\n"),
    };
    ui.print(&text);
    ui.note(&format!(
        "the public key goes into prompteval.yaml (`trusted_keys:`), the secret one into {VARIABLE} where runs are made, and nowhere else"
    ));
    Ok(Exit::Pass)
}

/// The key that signs, where a flag asks for it.
pub(super) fn signing(sign: bool) -> Result<Option<SigningKey>, CliError> {
    if !sign {
        return Ok(None);
    }
    let hint =
        format!("make a pair with `prompteval key new`, and keep the secret one in {VARIABLE}");
    let Some(text) = std::env::var(VARIABLE)
        .ok()
        .filter(|text| !text.trim().is_empty())
    else {
        let message = format!("`--sign` needs a key, and {VARIABLE} is not set");
        return Err(CliError::invalid(message).hint(hint));
    };
    let key = text.parse::<SigningKey>();
    let refused = |error| CliError::invalid(format!("{VARIABLE}: {error}")).hint(hint);
    key.map(Some).map_err(refused)
}
