//! `list`: families, versions and what points where.

use std::path::Path;

use serde_json::json;

use super::moved::percent;
use super::output::style;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ListArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::evidence;
use crate::fsx;
use crate::model::{Family, PromptVersion};
use crate::report::terminal::sheet::{Column, Sheet};

/// Characters of a hash that are shown.
pub(super) const SHORT_HASH: usize = 12;

/// What stands in a row; `show` has the rest.
const COLUMNS: [Column; 7] = [
    column("FAMILY", 0, false),
    column("VERSION", 0, false),
    column("STATUS", 0, false),
    column("RESTS ON", 2, true),
    column("MODEL", 3, false),
    column("SHA-256", 4, false),
    column("CHANGELOG", 1, true),
];

const fn column(head: &'static str, rank: u8, wraps: bool) -> Column {
    Column { head, rank, wraps }
}

pub(in crate::cli) fn list(global: &Global, args: &ListArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let registry = place.registry(ui)?;
    let families = registry.families.values();
    match args.format {
        Format::Json => {
            let all: Vec<_> = families
                .map(|family| machine(&place.root, family))
                .collect();
            ui.print(&format!("{:#}\n", json!(all)));
        }
        Format::Human => ui.print(&table(&place.root, families, ui)),
    }
    Ok(Exit::Pass)
}

fn table<'f>(root: &Path, families: impl Iterator<Item = &'f Family>, ui: &Ui) -> String {
    let mut rows = Vec::new();
    for family in families {
        for version in family.versions.values().rev() {
            rows.push(vec![
                family.name.clone(),
                version.id.version.to_string(),
                status(family, version),
                rests_on(root, family, version),
                version.model.name.to_string(),
                version.sha256.chars().take(SHORT_HASH).collect(),
                why(version).to_owned(),
            ]);
        }
    }
    let mut sheet = Sheet::new(style(ui));
    sheet.rows(&COLUMNS, &rows);
    sheet.text()
}

/// Why the version exists.
pub(super) fn why(version: &PromptVersion) -> &str {
    version.changelog.as_deref().unwrap_or("first version")
}

/// The status, and a canary's share of the traffic.
pub(super) fn status(family: &Family, version: &PromptVersion) -> String {
    let entry = family.entries.get(&version.id.version);
    let share = entry.and_then(|entry| entry.traffic);
    let share = share.map(|share| format!(" {}", percent(share)));
    format!("{}{}", version.status, share.unwrap_or_default())
}

/// What let the version get where it is.
fn rests_on(root: &Path, family: &Family, version: &PromptVersion) -> String {
    let entry = family.entries.get(&version.id.version);
    if let Some(reason) = entry.and_then(|entry| entry.override_reason.as_deref()) {
        return format!("override: {reason}");
    }
    match evidence::read(root, family, &version.id) {
        Ok(None) => "-".to_owned(),
        Ok(Some(found)) => {
            let marks = evidence::marks(&found);
            let marks: Vec<&str> = marks.iter().map(|source| source.as_str()).collect();
            if marks.is_empty() {
                "evidence".to_owned()
            } else {
                format!("evidence ({})", marks.join(", "))
            }
        }
        Err(_) => "evidence (unreadable)".to_owned(),
    }
}

pub(super) fn machine(root: &Path, family: &Family) -> serde_json::Value {
    let versions: Vec<_> = family
        .versions
        .values()
        .map(|version| {
            let entry = family.entries.get(&version.id.version);
            let evidence = evidence::path(&version.id);
            let evidence = fsx::exists(&root.join(&evidence)).then_some(evidence);
            let found = evidence::read(root, family, &version.id).ok().flatten();
            let sources = found.as_ref().map(evidence::sources);
            json!({
                "version": version.id.version.to_string(),
                "status": version.status.as_str(),
                "sha256": version.sha256,
                "model": version.model.name.to_string(),
                "changelog": version.changelog,
                "created_by": version.created_by,
                "path": version.path,
                "traffic": entry.and_then(|entry| entry.traffic),
                "evidence_path": evidence,
                "evidence_sources": sources,
                "evidence_sha256": entry.and_then(|entry| entry.evidence.as_deref()),
                "override": entry.and_then(|entry| entry.override_reason.as_deref()),
            })
        })
        .collect();
    json!({
        "family": family.name,
        "description": family.description,
        "owner": family.owner,
        "tags": family.tags,
        "segments": family.segments.iter().map(|(k, v)| (k.clone(), v.to_string())).collect::<std::collections::BTreeMap<_, _>>(),
        "versions": versions,
    })
}
