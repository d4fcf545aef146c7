//! `list`: families, versions and what points where.

use std::path::Path;

use comfy_table::Table;
use serde_json::json;

use super::moved::percent;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ListArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::{Family, PromptVersion};
use crate::pipeline::evidence;

/// Characters of a hash that are shown.
pub(super) const SHORT_HASH: usize = 12;

/// Characters of a changelog that are shown.
const SHOWN_CHANGELOG: usize = 60;

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
        Format::Human => ui.print(&table(&place.root, families)),
    }
    Ok(Exit::Pass)
}

fn table<'f>(root: &Path, families: impl Iterator<Item = &'f Family>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header([
        "FAMILY",
        "VERSION",
        "STATUS",
        "RESTS ON",
        "MODEL",
        "SHA-256",
        "CHANGELOG",
    ]);
    for family in families {
        for version in family.versions.values().rev() {
            table.add_row([
                family.name.clone(),
                version.id.version.to_string(),
                status(family, version),
                rests_on(root, family, version),
                version.model.name.to_string(),
                version.sha256.chars().take(SHORT_HASH).collect(),
                short(
                    version.changelog.as_deref().unwrap_or("first version"),
                    SHOWN_CHANGELOG,
                ),
            ]);
        }
    }
    let lines: Vec<String> = table
        .to_string()
        .lines()
        .map(|l| l.trim_end().to_owned())
        .collect();
    lines.join("\n") + "\n"
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
    const SHOWN: usize = 24;
    let entry = family.entries.get(&version.id.version);
    if let Some(reason) = entry.and_then(|entry| entry.override_reason.as_deref()) {
        return format!("override: {}", short(reason, SHOWN));
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

/// The beginning of a text; `show` has the whole.
fn short(text: &str, shown: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= shown {
        return line.to_owned();
    }
    let cut: String = line.chars().take(shown - 1).collect();
    format!("{}…", cut.trim_end())
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
