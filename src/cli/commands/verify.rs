//! `verify`: derives all evidence that is committed again, a line each.

use serde::Serialize;
use serde_json::json;

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, VerifyArgs};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::evidence::{self, Checked, Tree};
use crate::model::Severity;
use crate::model::evidence::Evidence;
use crate::registry;

/// One file of evidence as JSON tells it.
#[derive(Serialize)]
struct Line<'a> {
    version: &'a str,
    path: &'a str,
    ok: bool,
    used: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<&'a str>,
    sources: Vec<&'static str>,
    problems: &'a [String],
    not_compared: &'a [String],
}

pub(in crate::cli) fn verify(
    global: &Global,
    args: &VerifyArgs,
    ui: &Ui,
) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let (tree, problems) = Tree::read(&place.root);
    if let Some(family) = &args.family {
        tree.registry.family(family)?;
    }
    // What the registry says of evidence (hashes, a missing file) is a line of this command, and not a mistake before it.
    let of_family = |path: &str| {
        let family = args.family.as_ref();
        let other = path
            .strip_prefix("prompts/")
            .and_then(|path| path.split('/').next());
        family.is_none_or(|family| other.is_none_or(|other| other == family))
    };
    let mut broken: Vec<String> = Vec::new();
    for problem in problems.sorted() {
        if problem.severity == Severity::Error && of_family(&problem.location.path) {
            broken.push(format!("{}: {}", problem.location, problem.message));
        }
    }
    let families = tree.registry.families.values();
    let wanted = |name: &String| args.family.as_ref().is_none_or(|family| family == name);
    for family in families.filter(|family| wanted(&family.name)) {
        match registry::unlike_history(&place.root, family) {
            Ok(lines) => broken.extend(lines),
            Err(problem) => broken.push(format!("{}: {}", problem.location, problem.message)),
        }
    }
    broken.dedup();
    let checked = evidence::committed(&tree, args.family.as_deref());
    match args.format {
        Format::Json => {
            let lines = checked.iter().map(line).collect::<Vec<_>>();
            let without = served_without(&tree, args);
            let all = json!({"evidence": lines, "problems": broken, "without_evidence": without});
            ui.print(&format!("{all:#}\n"));
        }
        Format::Human => ui.print(&told(&checked, &broken, &served_without(&tree, args))),
    }
    let failed = !broken.is_empty() || checked.iter().any(|one| !one.problems.is_empty());
    Ok(if failed { Exit::Blocked } else { Exit::Pass })
}

fn line(checked: &Checked) -> Line<'_> {
    let evidence = checked.evidence.as_ref();
    Line {
        version: &checked.version,
        path: &checked.path,
        ok: checked.problems.is_empty(),
        used: checked.is_used,
        signed_by: evidence.and_then(|evidence| Some(evidence.signature.as_ref()?.key.as_str())),
        run: evidence.map(|evidence| evidence.run.id.as_str()),
        sources: evidence.map_or_else(Vec::new, marks),
        problems: &checked.problems,
        not_compared: &checked.uncompared,
    }
}

fn marks(evidence: &Evidence) -> Vec<&'static str> {
    evidence::marks(evidence)
        .iter()
        .map(|one| one.as_str())
        .collect()
}

/// Versions that users get and that rest on no evidence, with the reason that stands for it.
fn served_without(tree: &Tree, args: &VerifyArgs) -> Vec<String> {
    let families = tree.registry.families.values();
    let wanted = families.filter(|family| {
        let name = args.family.as_ref();
        name.is_none_or(|name| *name == family.name)
    });
    let served = wanted.flat_map(|family| {
        family
            .versions
            .values()
            .map(move |version| (family, version))
    });
    let served = served.filter(|(_, version)| registry::needs_evidence(version.status));
    let without = served.filter_map(|(family, version)| {
        let entry = family.entries.get(&version.id.version)?;
        if entry.evidence.is_some() {
            return None;
        }
        let reason = entry.override_reason.as_deref();
        let reason = reason.map_or("set by hand".to_owned(), |reason| {
            format!("override: {}", reason.lines().next().unwrap_or_default())
        });
        Some(format!("{} in {}  {reason}", version.id, version.status))
    });
    without.collect()
}

fn told(checked: &[Checked], broken: &[String], without: &[String]) -> String {
    let mut lines: Vec<String> = broken.iter().map(|one| format!("FAILED {one}")).collect();
    for one in checked {
        let word = if !one.is_used {
            "unused"
        } else if one.problems.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        let what = one.evidence.as_ref().map_or_else(|| one.path.clone(), of);
        lines.push(format!("{word} {}  {what}", one.version));
        let problems = one.problems.iter();
        lines.extend(problems.map(|problem| format!("         {problem}")));
        let uncompared = one.uncompared.iter();
        lines.extend(uncompared.map(|why| format!("         not compared: {why}")));
    }
    lines.extend(without.iter().map(|one| format!("none   {one}")));
    if lines.is_empty() {
        lines.push("no evidence is committed".to_owned());
    }
    lines.join("\n") + "\n"
}

fn of(evidence: &Evidence) -> String {
    let gates: usize = evidence.suites.iter().map(|suite| suite.gates.len()).sum();
    let cases: usize = evidence.suites.iter().map(|suite| suite.cases.len()).sum();
    let marks = marks(evidence);
    let marks = if marks.is_empty() {
        String::new()
    } else {
        format!(", {} answers", marks.join(" and "))
    };
    let signature = evidence.signature.as_ref();
    let signed = signature.map_or_else(String::new, |own| format!(", signed by {}", own.key));
    format!(
        "{} and {} of run {}{marks}{signed}",
        counted(gates, "gate"),
        counted(cases, "case"),
        evidence.run.id
    )
}
