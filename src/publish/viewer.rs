//! Whose a token is, so that only what it wrote itself is changed: a marker can be written by anyone.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::PublishError;
use super::http::{Answer, Api};

/// The login of the token's user or app.
///
/// `GET /user` refuses the tokens of apps, that of a workflow among them; GraphQL's `viewer` knows both
/// (`github-actions[bot]`). Forges without GraphQL have the first alone.
///
/// # Errors
/// When neither names one. A fault that may pass is handed back with the time to wait.
pub(super) async fn login(
    api: &Api,
) -> Result<Result<String, (Duration, PublishError)>, PublishError> {
    match api.query("query { viewer { login } }").await {
        Ok(Answer::Done(body)) => {
            if let Some(login) = text(&body, "/data/viewer/login") {
                return Ok(Ok(login));
            }
        }
        Ok(Answer::Again(wait, error)) => return Ok(Err((wait, error))),
        Err(PublishError::Forbidden { .. } | PublishError::Refused { .. }) => {}
        Err(error) => return Err(error),
    }
    match api.send(Method::GET, "/user", None).await {
        Ok(Answer::Done(body)) => text(&body, "/login").map(Ok).ok_or(PublishError::Stranger),
        Ok(Answer::Again(wait, error)) => Ok(Err((wait, error))),
        Err(PublishError::Forbidden { .. } | PublishError::Refused { .. }) => {
            Err(PublishError::Stranger)
        }
        Err(error) => Err(error),
    }
}

/// Whether a comment or an issue was written by this login.
pub(super) fn wrote(login: &str, one: &Value) -> bool {
    text(one, "/user/login").is_some_and(|author| author == login)
}

fn text(body: &Value, place: &str) -> Option<String> {
    let text = body.pointer(place)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}
