//! `assign`: which version a unit gets.

use std::path::Path;

use serde_json::{Value, json};

use super::moved::percent;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{AssignArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::load;
use crate::registry::{self, AssignError, Assignment, Because, Draw, Registry};

pub(in crate::cli) fn assign(
    global: &Global,
    args: &AssignArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if args.unit.is_empty() {
        let hint = "an empty one would give everybody the same".to_owned();
        return Err(CliError::invalid("`--unit` is empty").hint(hint));
    }
    let segment = segment(args)?;
    let registry = Registry::read_family(&place.root, &args.family)?;
    known_reasons(&place.root, &registry)?;
    let assignment = registry.assign(&args.family, &args.unit, segment.as_deref());
    let assignment = assignment.map_err(|error| refused(&error, &args.family))?;
    let text = match args.format {
        Format::Json => format!("{:#}\n", machine(args, segment.as_deref(), &assignment)),
        Format::Human if args.explain => explained(args, segment.as_deref(), &assignment),
        Format::Human => format!("{}@{}\n", args.family, assignment.version),
    };
    ui.print(&text);
    Ok(Exit::Pass)
}

/// Pointers that were always kept by hand are served, unless the project says what evidence has to be.
fn known_reasons(root: &Path, registry: &Registry) -> Result<(), CliError> {
    if registry
        .families
        .values()
        .all(|family| family.by_hand.is_empty())
    {
        return Ok(());
    }
    let (settings, mut problems) = load::settings(root);
    if settings.evidence.is_written {
        problems.extend(registry::kept_by_hand(registry, true));
    }
    if problems.any_error() {
        return Err(CliError::problems(problems));
    }
    Ok(())
}

/// The unit's segment, said once: by the flag or by the context.
fn segment(args: &AssignArgs) -> Result<Option<String>, CliError> {
    let Some(context) = &args.context else {
        return Ok(args.segment.clone());
    };
    let wrong = |what: String| {
        let hint = "write an object such as '{\"segment\": \"enterprise\"}'".to_owned();
        CliError::invalid(format!("`--context` {what}")).hint(hint)
    };
    let context: Value =
        serde_json::from_str(context).map_err(|error| wrong(format!("is no JSON: {error}")))?;
    let Value::Object(context) = context else {
        return Err(wrong("is no JSON object".to_owned()));
    };
    let said = match context.get("segment") {
        None | Some(Value::Null) => None,
        Some(Value::String(segment)) => Some(segment.clone()),
        Some(_) => return Err(wrong("has a `segment` that is no text".to_owned())),
    };
    match (&args.segment, said) {
        (Some(flag), Some(said)) if *flag != said => Err(CliError::invalid(format!(
            "`--segment {flag}` and `--context` with the segment `{said}` contradict each other"
        ))),
        (flag, said) => Ok(flag.clone().or(said)),
    }
}

fn refused(error: &AssignError, family: &str) -> CliError {
    let hint = match error {
        AssignError::NoProduction(_) => Some(format!(
            "`prompteval list` shows what there is; `prompteval promote {family}@VERSION --to production` puts one there"
        )),
        AssignError::Archived { .. } => Some(format!(
            "give the segment another version in prompts/{family}/family.yaml"
        )),
        AssignError::UnknownFamily(_) => None,
    };
    CliError::invalid(error.to_string()).hint(hint)
}

fn explained(args: &AssignArgs, segment: Option<&str>, assignment: &Assignment<'_>) -> String {
    let because = match &assignment.because {
        Because::Segment(segment) => format!("the segment `{segment}` gets it"),
        Because::Canary(draw) => format!(
            "it is the canary, and {} lies below its share of {}",
            bucket(args, draw),
            percent(draw.traffic)
        ),
        Because::Production(None) => "it is in production".to_owned(),
        Because::Production(Some(draw)) => format!(
            "it is in production, and {} does not lie below the share of the canary {}, {}",
            bucket(args, draw),
            draw.canary,
            percent(draw.traffic)
        ),
    };
    let text = format!("{}@{}\n{because}\n", args.family, assignment.version);
    match segment {
        Some(segment) if !matches!(assignment.because, Because::Segment(_)) => {
            format!("{text}there is no rule for the segment `{segment}`\n")
        }
        _ => text,
    }
}

fn bucket(args: &AssignArgs, draw: &Draw<'_>) -> String {
    let salt = format!("{}@{}", args.family, draw.canary);
    format!("the bucket of `{salt}:{}`, {:.6},", args.unit, draw.bucket)
}

fn machine(args: &AssignArgs, segment: Option<&str>, assignment: &Assignment<'_>) -> Value {
    let (because, draw) = match &assignment.because {
        Because::Segment(_) => ("segment", None),
        Because::Canary(draw) => ("canary", Some(draw)),
        Because::Production(draw) => ("production", draw.as_ref()),
    };
    json!({
        "family": args.family,
        "version": assignment.version.to_string(),
        "unit": args.unit,
        "segment": segment,
        "because": because,
        "canary": draw.map(|draw| json!({
            "version": draw.canary.to_string(),
            "salt": format!("{}@{}", args.family, draw.canary),
            "bucket": draw.bucket,
            "traffic": draw.traffic,
        })),
    })
}
