//! `show`: a family, a suite, or one version with its text, what it rests on and where it has been.

use std::path::Path;

use serde_json::Value;

use super::list::{machine, status, why};
use super::output::style;
use super::project::Place;
use super::{case, log, sparkline};
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ShowArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::evidence::{self, Against, Standing, Tree};
use crate::fsx;
use crate::model::{Family, PromptRef, PromptVersion, Status};
use crate::observe::runs;
use crate::registry::{self, HistoryLine};
use crate::report::terminal::sheet::Sheet;

/// Columns of a value's name.
const NAMES: usize = 10;

/// Moves that are shown of a family; `log` has all.
const SHOWN: usize = 5;

pub(in crate::cli) fn show(global: &Global, args: &ShowArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    if let Some(id) = &args.case {
        return case::show(&place, (&args.what, id), args.format, ui);
    }
    let registry = place.registry(ui)?;
    let (name, number) = match args.what.split_once('@') {
        None => (args.what.as_str(), None),
        Some((name, number)) => (name, Some(number)),
    };
    if number.is_none()
        && !registry.families.contains_key(name)
        && let Some(text) = suite_or_run(&place, name, args.format)?
    {
        ui.print(&text);
        return Ok(Exit::Pass);
    }
    // What is wrong with a suite is for `check` to say.
    let (tree, _) = Tree::of(&place.root, registry);
    let version = if number.is_some() {
        let id: PromptRef = args
            .what
            .parse()
            .map_err(|error| CliError::invalid(format!("{error}")))?;
        Some(tree.registry.find(&id)?)
    } else {
        None
    };
    let family = tree.registry.family(name)?;
    let history = registry::log(&place.root, name)?.lines;
    let mut sheet = Sheet::new(style(ui));
    let text = match (version, args.format) {
        (None, Format::Human) => {
            whole_family(&tree, family, &history, &mut sheet)?;
            sheet.text() + &sparkline::family(&place, name)
        }
        (None, Format::Json) => format!("{:#}\n", family_json(&tree, family, &history)?),
        (Some(version), format) => {
            let bytes = fsx::read_text(&place.root.join(&version.path))?;
            let source = String::from_utf8_lossy(&bytes).into_owned();
            let about = About {
                root: &tree.root,
                family,
                version,
                standing: standing(&tree, family, version)?,
                history: of_version(&history, version),
            };
            match format {
                Format::Json => format!("{:#}\n", about.json(Some(&source))?),
                Format::Human => {
                    about.page(&mut sheet);
                    sheet.text() + "\n" + &source
                }
            }
        }
    };
    ui.print(&text);
    Ok(Exit::Pass)
}

/// What there is to say of a suite of this name, where there is one; a run is shown by other commands.
fn suite_or_run(place: &Place, name: &str, format: Format) -> Result<Option<String>, CliError> {
    let text = sparkline::suite(place, name, format);
    if text.is_none() && is_run(place, name) {
        let hint = format!(
            "one case of it: `prompteval show {name} --case ID`; the whole: `prompteval report {name}`"
        );
        return Err(CliError::invalid(format!("`{name}` is a run")).hint(hint));
    }
    Ok(text)
}

/// Whether a run goes by this name.
fn is_run(place: &Place, name: &str) -> bool {
    runs::find(&place.root, &place.cwd, name).is_ok()
}

/// Everything there is to say of one version.
struct About<'a> {
    root: &'a Path,
    family: &'a Family,
    version: &'a PromptVersion,
    standing: Standing,
    history: Vec<&'a HistoryLine>,
}

fn standing(tree: &Tree, family: &Family, version: &PromptVersion) -> Result<Standing, CliError> {
    evidence::standing(tree, (family, version)).map_err(CliError::invalid)
}

fn of_version<'h>(history: &'h [HistoryLine], version: &PromptVersion) -> Vec<&'h HistoryLine> {
    let lines = history.iter().rev();
    lines
        .filter(|line| line.version == version.id.version)
        .collect()
}

impl About<'_> {
    fn page(&self, sheet: &mut Sheet) {
        let version = self.version;
        let status = status(self.family, version);
        sheet.paragraph(&format!("{}  ", version.id), 2, &status);
        for (name, value) in [
            ("model", version.model.name.to_string()),
            ("sha256", version.sha256.clone()),
            ("file", version.path.clone()),
        ] {
            sheet.value(0, (name, NAMES), &value);
        }
        for (name, value) in self.rests_on() {
            sheet.value(0, (name, NAMES), &value);
        }
        if !self.history.is_empty() {
            sheet.gap();
        }
        for line in &self.history {
            log::moved(sheet, 0, line);
        }
    }

    fn rests_on(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let entry = self.family.entries.get(&self.version.id.version);
        let hash = entry.and_then(|entry| entry.evidence.as_deref());
        if let Some(reason) = entry.and_then(|entry| entry.override_reason.clone()) {
            lines.push(("override", format!("without evidence: {reason}")));
        }
        if let Some(rests) = &self.standing.evidence {
            let day = rests.started_at.split('T').next().unwrap_or_default();
            lines.push((
                "evidence",
                format!(
                    "{}{}, run {} of {day}",
                    rests.path,
                    log::short_hash(hash),
                    rests.run
                ),
            ));
            let sources: Vec<&str> = rests.sources.iter().map(|one| one.as_str()).collect();
            lines.push(("", format!("answers: {}", sources.join(", "))));
            if let Some(known) = rests.known_runs.filter(|known| known.failed > 0) {
                lines.push((
                    "",
                    format!(
                        "{} of {} known runs failed; all answers together passed",
                        known.failed,
                        known.passed + known.failed + known.undecided
                    ),
                ));
            }
            for difference in &rests.differences {
                lines.push(("", format!("outdated: {difference}")));
            }
        }
        for (place, against) in self.standing.against.iter().enumerate() {
            let name = if place == 0 { "standing" } else { "" };
            lines.push((name, compared(against)));
        }
        if self.version.status == Status::Production {
            lines.push(("standing", "in production".to_owned()));
        } else if let Some(production) = self.family.production()
            && self.standing.against.is_empty()
        {
            let line = format!(
                "production is {}; no evidence compares the two",
                production.id.version
            );
            lines.push(("standing", line));
        }
        lines
    }

    fn json(&self, source: Option<&str>) -> Result<Value, CliError> {
        let all = machine(self.root, self.family);
        let number = self.version.id.version.to_string();
        let versions = all.get("versions").and_then(Value::as_array);
        let own = versions.and_then(|list| {
            let mut list = list.iter();
            list.find(|entry| entry.get("version").is_some_and(|v| *v == number))
        });
        let mut one = own.cloned().unwrap_or_default();
        let failed = |error: serde_json::Error| CliError::system(error.to_string());
        if let Some(map) = one.as_object_mut() {
            map.insert("family".into(), self.family.name.clone().into());
            if let Some(source) = source {
                map.insert("source".into(), source.into());
            }
            let standing = serde_json::to_value(&self.standing).map_err(failed)?;
            map.extend(standing.as_object().cloned().unwrap_or_default());
            let history = serde_json::to_value(&self.history).map_err(failed)?;
            map.insert("history".into(), history);
        }
        Ok(one)
    }
}

fn compared(against: &Against) -> String {
    let rate = |rate: Option<f64>| {
        rate.map_or_else(
            || "unknown".to_owned(),
            |rate| format!("{:.1} %", rate * 100.0),
        )
    };
    format!(
        "{}: pass_rate {}, against {} of production {}",
        against.suite,
        rate(against.pass_rate),
        rate(against.production_pass_rate),
        against.production
    )
}

fn family_json(tree: &Tree, family: &Family, history: &[HistoryLine]) -> Result<Value, CliError> {
    let mut all = machine(&tree.root, family);
    let mut versions = Vec::new();
    for version in family.versions.values() {
        let about = About {
            root: &tree.root,
            family,
            version,
            standing: standing(tree, family, version)?,
            history: of_version(history, version),
        };
        versions.push(about.json(None)?);
    }
    if let Some(map) = all.as_object_mut() {
        map.insert("versions".into(), versions.into());
    }
    Ok(all)
}

fn whole_family(
    tree: &Tree,
    family: &Family,
    history: &[HistoryLine],
    sheet: &mut Sheet,
) -> Result<(), CliError> {
    sheet.paragraph(&family.name, 2, "");
    for (name, value) in [("what", &family.description), ("owner", &family.owner)] {
        if let Some(value) = value {
            sheet.value(0, (name, NAMES), value);
        }
    }
    if !family.tags.is_empty() {
        sheet.value(0, ("tags", NAMES), &family.tags.join(", "));
    }
    for (segment, version) in &family.segments {
        sheet.value(0, ("segment", NAMES), &format!("{segment} gets {version}"));
    }
    for version in family.versions.values().rev() {
        let about = About {
            root: &tree.root,
            family,
            version,
            standing: standing(tree, family, version)?,
            history: Vec::new(),
        };
        sheet.gap();
        let number = version.id.version.to_string();
        let head = format!("  {number:<NAMES$}{:<14}", status(family, version));
        sheet.paragraph(&head, head.len(), why(version));
        for (name, line) in about.rests_on() {
            sheet.value(2 + NAMES, (name, NAMES), &line);
        }
    }
    if !history.is_empty() {
        sheet.gap();
    }
    for line in history.iter().rev().take(SHOWN) {
        log::moved(sheet, 0, line);
    }
    let more = history.len().saturating_sub(SHOWN);
    if more > 0 {
        let text = format!("{more} more: `prompteval log {}`", family.name);
        sheet.paragraph("", 2, &text);
    }
    Ok(())
}
