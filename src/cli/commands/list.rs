//! `list`: families, versions and what points where.

use comfy_table::Table;
use serde_json::json;

use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ListArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::model::Family;

/// Characters of a hash that are shown.
pub(super) const SHORT_HASH: usize = 12;

pub(in crate::cli) fn list(global: &Global, args: &ListArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let registry = place.registry(ui)?;
    let families = registry.families.values();
    match args.format {
        Format::Json => {
            let all: Vec<_> = families.map(machine).collect();
            ui.print(&format!("{:#}\n", json!(all)));
        }
        Format::Human => ui.print(&table(families)),
    }
    Ok(Exit::Pass)
}

fn table<'f>(families: impl Iterator<Item = &'f Family>) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header([
        "FAMILY",
        "VERSION",
        "STATUS",
        "MODEL",
        "SHA-256",
        "CHANGELOG",
    ]);
    for family in families {
        for version in family.versions.values().rev() {
            table.add_row([
                family.name.clone(),
                version.id.version.to_string(),
                version.status.to_string(),
                version.model.name.to_string(),
                version.sha256.chars().take(SHORT_HASH).collect(),
                short(version.changelog.as_deref().unwrap_or("first version")),
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

/// The beginning of a changelog; `show` has the whole.
fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= SHOWN {
        return line.to_owned();
    }
    let cut: String = line.chars().take(SHOWN - 1).collect();
    format!("{}…", cut.trim_end())
}

pub(super) fn machine(family: &Family) -> serde_json::Value {
    let versions: Vec<_> = family
        .versions
        .values()
        .map(|version| {
            json!({
                "version": version.id.version.to_string(),
                "status": version.status.as_str(),
                "sha256": version.sha256,
                "model": version.model.name.to_string(),
                "changelog": version.changelog,
                "created_by": version.created_by,
                "path": version.path,
                "traffic": family.entries.get(&version.id.version).and_then(|entry| entry.traffic),
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
