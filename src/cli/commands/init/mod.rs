//! `init`: a small project that passes `check` and `run` at once, answered from written samples.

mod ask;
mod kind;

use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::Path;

use clap::ValueEnum;
use serde_json::{Value, json};

use self::ask::{Asker, KIND};
use self::kind::Template;
use super::project::Place;
use crate::call::PROVIDERS;
use crate::cli::Exit;
use crate::cli::args::{Format, InitArgs, Kind, Responses, SelectArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::ModelName;
use crate::pipeline;

const PROJECT: &str = include_str!("project.yaml");
const WORKFLOW: &str = include_str!("workflow.yml");

/// Files that all families of a project have in common.
const SHARED: [&str; 2] = ["prompteval.yaml", ".github/workflows/prompts.yml"];

const MODEL: &str = "openai/gpt-6-luna";

pub(in crate::cli) fn init(args: &InitArgs, ui: &Ui) -> Result<Exit, CliError> {
    let root = std::env::current_dir()?.join(&args.dir);
    let choice = choose(args)?;
    if !fsx::exists(&root.join(SHARED[0])) {
        built_in(&choice.model)?;
    }
    let mut files = files(&choice)?;
    // A second family goes beside the first one, in the same project.
    files.retain(|(path, _)| !SHARED.contains(&path.as_str()) || !fsx::exists(&root.join(path)));
    let there: Vec<&str> = files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| fsx::exists(&root.join(path)))
        .collect();
    if !there.is_empty() {
        let message = format!(
            "{} has these files already: {}",
            args.dir.display(),
            there.join(", ")
        );
        let hint = "nothing was written; choose another folder, or another `--family`";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    for (path, text) in &files {
        let written = fsx::create_new(&root.join(path), text.as_bytes());
        written.map_err(|error| CliError::system(format!("{path} cannot be written: {error}")))?;
    }
    let recordings = record(&root, &choice, ui)?;
    let mut written: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    written.push(&recordings);
    tell(args, &written, &choice, ui);
    Ok(Exit::Pass)
}

/// What the project is to be about.
struct Choice {
    kind: Kind,
    template: Template,
    family: String,
    model: ModelName,
}

fn choose(args: &InitArgs) -> Result<Choice, CliError> {
    let asks = !args.yes && io::stdin().is_terminal() && io::stdout().is_terminal();
    // A question is asked where the answer is typed.
    let mut asker = Asker {
        input: &mut io::stdin().lock(),
        output: &mut io::stderr(),
    };
    let kind = match args.kind {
        Some(kind) => kind,
        None if asks => asker.kind()?,
        None => KIND,
    };
    let template = kind::template(kind);
    let mut ask = |question: &str, given: Option<String>, default: &str| match given {
        Some(given) => Ok(given),
        None if asks => asker.text(question, default),
        None => Ok(default.to_owned()),
    };
    let family = ask("Name of the prompt", args.family.clone(), template.family)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if family.is_empty() || family.starts_with('.') || !family.chars().all(plain) {
        let message = format!("`{family}` is not a valid family name");
        let hint = "use letters, digits, `-`, `_` and `.`";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    let model = args.model.as_ref().map(ToString::to_string);
    let model = ask("Model that answers (provider/model)", model, MODEL)?;
    let model = model.parse().map_err(|_| {
        CliError::invalid(format!("`{model}` is not a model: write PROVIDER/MODEL"))
    })?;
    Ok(Choice {
        kind,
        template,
        family,
        model,
    })
}

/// A new project knows no providers but those that are built in.
fn built_in(model: &ModelName) -> Result<(), CliError> {
    let known: Vec<&str> = PROVIDERS.iter().map(|entry| entry.kind).collect();
    if known.contains(&model.provider.as_str()) {
        return Ok(());
    }
    let message = format!("there is no provider `{}`", model.provider);
    let hint = format!(
        "built in: {}; for another one, write it into prompteval.yaml first (`providers:`), then run `init` beside it",
        known.join(", ")
    );
    Err(CliError::invalid(message).hint(hint))
}

/// Paths relative to the project, and texts.
fn files(choice: &Choice) -> Result<Vec<(String, String)>, CliError> {
    let Choice {
        template,
        family,
        model,
        ..
    } = choice;
    let filled = |text: &str| {
        text.replace("FAMILY", family)
            .replace("MODEL", &model.to_string())
    };
    let mut rows = String::new();
    for (case, _) in template.cases()? {
        let _ = writeln!(rows, "{case}");
    }
    let workflow = WORKFLOW.replace(
        "VERSION: VERSION",
        concat!("VERSION: ", env!("CARGO_PKG_VERSION")),
    );
    Ok(vec![
        ("prompteval.yaml".to_owned(), PROJECT.to_owned()),
        (
            format!("prompts/{family}/1.0.0.yaml"),
            filled(template.version),
        ),
        (format!("datasets/{family}.jsonl"), rows),
        (format!("evals/{family}.yaml"), filled(template.suite)),
        (".github/workflows/prompts.yml".to_owned(), workflow),
    ])
}

/// Writes the sample answers as recordings, found by the requests that the project makes.
fn record(root: &Path, choice: &Choice, ui: &Ui) -> Result<String, CliError> {
    let place = Place {
        cwd: root.to_owned(),
        root: root.to_owned(),
    };
    let select = SelectArgs {
        suites: vec![choice.family.clone()],
        responses: Responses::Record,
        ..SelectArgs::default()
    };
    let (checked, client) = place.outlook(&select, ui)?;
    let answers = choice
        .template
        .cases()?
        .into_iter()
        .filter_map(|(case, answer)| {
            let id = case.get("id").and_then(Value::as_str)?;
            Some((id.to_owned(), answer))
        });
    pipeline::write_samples(&checked, &client, &answers.collect());
    match client.store_fault() {
        Some(fault) => Err(CliError::system(fault)),
        None => Ok(format!("evals/recordings/{}.jsonl", choice.family)),
    }
}

fn name(kind: Kind) -> String {
    let value = kind.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn tell(args: &InitArgs, written: &[&str], choice: &Choice, ui: &Ui) {
    if args.format == Format::Json {
        let all = json!({"dir": args.dir, "files": written, "kind": name(choice.kind), "family": choice.family, "model": choice.model.to_string()});
        ui.print(&format!("{all:#}\n"));
        return;
    }
    let mut text = format!("wrote {}\n", written.join("\nwrote "));
    let cd = if args.dir == Path::new(".") {
        String::new()
    } else {
        format!("  cd {}\n", args.dir.display())
    };
    let _ = write!(
        text,
        "\nNext (the recordings are sample responses that prompteval's authors wrote, not a model's: no key is needed):\n\n{cd}  prompteval check\n  prompteval run\n  prompteval render {0}\n\nThen edit prompts/{0}/1.0.0.yaml, set the key of your provider, and run again.\n",
        choice.family
    );
    ui.print(&text);
}
