//! Finds the run that a promotion rests on, derives it again, and holds it against the files as they are.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::project::{Place, settle};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::evidence::{self, KnownRun, Tree};
use crate::fsx;
use crate::model::event::{ArmRole, RunHeader};
use crate::model::evidence::Evidence;
use crate::model::{Family, PromptRef, PromptVersion};
use crate::observe::{JournalFile, Unpacked, runs, unpacked};
use crate::pipeline::{self, DeriveError};
use crate::report::json::{self, ReportFile};

/// Where the evidence comes from.
enum Origin {
    /// A run's journal.
    Journal(Unpacked),
    /// The evidence of an earlier promotion of the same version.
    File(Box<Evidence>),
}

/// The evidence that lets a version go to canary or production.
pub(super) fn gathered(
    place: &Place,
    id: &PromptRef,
    named: Option<&str>,
    ui: &Ui,
) -> Result<Evidence, CliError> {
    let (tree, problems) = Tree::read(&place.root);
    settle(problems, ui)?;
    let family = tree.registry.family(&id.family)?;
    let version = tree.registry.find(id)?;
    let origin = match named {
        Some(named) => Origin::Journal(journal(place, named)?),
        None => newest(place, &tree, (family, version))?,
    };
    let now = Timestamp::now();
    match origin {
        Origin::File(evidence) => {
            let mut reasons = evidence::differences(&evidence, &tree);
            reasons.extend(evidence::contradictions(&evidence));
            reasons.extend(evidence::refused(&evidence, &tree.settings, now));
            if reasons.is_empty() {
                return Ok(*evidence);
            }
            Err(refused(id, &evidence.run.id, &reasons))
        }
        Origin::Journal(journal) => of_run(&tree, (family, version), &journal.path, now),
    }
}

/// The evidence that a run is, derived again from its answers.
fn of_run(
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
    journal: &Path,
    now: Timestamp,
) -> Result<Evidence, CliError> {
    let id = &version.id;
    let run = run_id(journal)?;
    let finished = match pipeline::derive(&tree.root, journal) {
        Ok(finished) => finished,
        Err(DeriveError::Differs(differences)) => {
            return Err(refused(id, &run, &differences.lines()));
        }
        Err(other) => return Err(underivable(other)),
    };
    let mut evidence = evidence::gather(&finished, tree, (family, version))
        .map_err(|reasons| refused(id, &run, &reasons))?;
    evidence.signature = evidence::signature_of(&finished, id);
    // Other runs are read now: this one's trials are not needed beside them.
    drop(finished);
    let mut reasons = evidence::differences(&evidence, tree);
    let known = evidence::known(&tree.root, journal, &evidence);
    reasons.extend(chosen(&known, &evidence)?);
    reasons.extend(evidence::refused(&evidence, &tree.settings, now));
    if !reasons.is_empty() {
        return Err(refused(id, &run, &reasons));
    }
    evidence.known_runs = Some(evidence::counted(&known));
    crate::stored::keep_history(&tree.root, &mut evidence);
    Ok(evidence)
}

/// Why a run may not be picked out of several: the newest one decides, and a pass after a fail is a pass of all of them together.
fn chosen(known: &[KnownRun], evidence: &Evidence) -> Result<Vec<String>, CliError> {
    let newest = known.first();
    if let Some(newer) = newest.filter(|run| run.id != evidence.run.id && run.passed != Some(true))
    {
        return Ok(vec![format!(
            "run {} of the same files is newer and did not pass: the newest one decides",
            newer.id
        )]);
    }
    let failed: Vec<&str> = known
        .iter()
        .filter(|run| run.passed == Some(false))
        .map(|run| run.id.as_str())
        .collect();
    if failed.is_empty() {
        return Ok(Vec::new());
    }
    let pooled = evidence::pooled(known, evidence);
    let mut open = pooled.map_err(|error| CliError::invalid(error.to_string()))?;
    if !open.is_empty() {
        open.insert(
            0,
            format!(
                "{} of {} runs of the same files failed ({}), and the answers of all of them together do not pass",
                failed.len(),
                known.len(),
                failed.join(", ")
            ),
        );
    }
    Ok(open)
}

fn run_id(journal: &Path) -> Result<String, CliError> {
    let header = JournalFile::open(journal).and_then(|file| file.header());
    let header = header.map_err(|error| CliError::invalid(error.to_string()))?;
    Ok(header.run.id)
}

/// Why a journal cannot be derived, where that is not a matter of differences.
pub(super) fn underivable(error: DeriveError) -> CliError {
    match error {
        DeriveError::Problems(problems) => CliError::problems(problems),
        other => CliError::invalid(other.to_string()),
    }
}

fn refused(id: &PromptRef, run: &str, reasons: &[String]) -> CliError {
    let list = reasons.join("\n  - ");
    let says = |word: &str| reasons.iter().any(|reason| reason.contains(word));
    let live = if says("run it live") {
        " --responses live"
    } else {
        ""
    };
    let sign = if says("`--sign`") { " --sign" } else { "" };
    let hint = format!(
        "run it again: `prompteval run --candidate {id}{live}{sign}`; or `--override REASON`, which stays visible"
    );
    CliError::invalid(format!("run {run} is no evidence for {id}:\n  - {list}")).hint(hint)
}

/// The journal that a promotion is to rest on: a run by its id or folder, or a journal, packed or not. A report is a view of one,
/// and says what whoever wrote it last wants it to say.
fn journal(place: &Place, named: &str) -> Result<Unpacked, CliError> {
    if is_report(&place.cwd.join(named)) {
        let message =
            format!("{named} is a report, and a report is no evidence: it only shows a run");
        let hint = "name the run's folder or its journal: `--evidence .prompteval/runs/RUN` or `--evidence journal.jsonl`";
        return Err(CliError::invalid(message).hint(hint.to_owned()));
    }
    open(place, named)
}

/// A run's journal, ready to be read.
pub(super) fn open(place: &Place, named: &str) -> Result<Unpacked, CliError> {
    let path: PathBuf = runs::find(&place.root, &place.cwd, named)?;
    unpacked(&path).map_err(|error| {
        CliError::invalid(format!("{} cannot be unpacked: {error}", path.display()))
    })
}

fn is_report(path: &Path) -> bool {
    let named = path.extension();
    path.is_file() && named.is_some_and(|end| end.eq_ignore_ascii_case("json"))
}

/// Longest report.json that is read, in bytes: it is read whole.
const LONGEST_REPORT: u64 = 256 << 20;

/// A run by its id, or a report.json by its path.
pub(super) fn report(place: &Place, named: &str) -> Result<ReportFile, CliError> {
    let path = place.cwd.join(named);
    if is_report(&path) {
        let unreadable =
            |error: String| CliError::invalid(format!("{named} cannot be read: {error}"));
        let file = fsx::open_up_to(&path, LONGEST_REPORT)
            .map_err(|error| unreadable(error.to_string()))?;
        return json::read(file).map_err(|error| unreadable(error.to_string()));
    }
    let journal = open(place, named)?;
    let finished =
        evidence::replay(&journal.path).map_err(|error| CliError::invalid(error.to_string()))?;
    let finished = finished.ok_or_else(|| CliError::invalid("the journal has no plan"))?;
    Ok(evidence::report_of(&finished)?)
}

/// The newest run of all cases that holds the version; without one, what an earlier promotion rested on.
fn newest(
    place: &Place,
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
) -> Result<Origin, CliError> {
    let id = &version.id;
    let mut partial = None;
    for (journal, header) in runs::complete(&place.root).filter(|(_, header)| holds(header, id)) {
        if header.run.partial.is_empty() {
            let journal = unpacked(&journal)?;
            return Ok(Origin::Journal(journal));
        }
        partial.get_or_insert(header.run);
    }
    let unreadable = |error| {
        let path = evidence::path(id);
        CliError::invalid(format!("{path} cannot be read: {error}"))
    };
    if let Some(evidence) = evidence::read(&place.root, family, id).map_err(unreadable)? {
        return Ok(Origin::File(Box::new(evidence)));
    }
    let path = evidence::path(id);
    let other = fsx::exists(&place.root.join(&path)).then(|| {
        let why = evidence::unpinned(tree, family, version).unwrap_or_default();
        format!(" ({path}: {why})")
    });
    let but = partial.map_or_else(String::new, |run| {
        let flags = run.partial.join(", ");
        format!(" (run {} is a partial one: {flags})", run.id)
    });
    let other = other.unwrap_or_default();
    let message = format!("no evidence: no complete run holds {id}{but}{other}");
    let hint = format!(
        "make one: `prompteval run --candidate {id}`; or `--override REASON`, which stays visible"
    );
    Err(CliError::invalid(message).hint(hint))
}

fn holds(header: &RunHeader, id: &PromptRef) -> bool {
    let mut arms = header.suites.iter().flat_map(|suite| &suite.arms);
    arms.any(|arm| arm.role == ArmRole::Candidate && arm.version.to_string() == id.to_string())
}
