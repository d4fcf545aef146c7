//! `show`: a family, or one version with its text.

use std::fmt::Write as _;

use super::list::machine;
use super::project::Place;
use crate::cli::Exit;
use crate::cli::args::{Format, Global, ShowArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::model::{Family, PromptRef, PromptVersion};

pub(in crate::cli) fn show(global: &Global, args: &ShowArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let registry = place.registry(ui)?;
    let text = if args.prompt.contains('@') {
        let id: PromptRef = args
            .prompt
            .parse()
            .map_err(|error| CliError::invalid(format!("{error}")))?;
        let version = registry.find(&id)?;
        let bytes = fsx::read(&place.root.join(&version.path))?;
        let source = String::from_utf8_lossy(&bytes).into_owned();
        match args.format {
            Format::Json => {
                let family = registry.family(&id.family)?;
                format!("{:#}\n", version_json(family, version, &source))
            }
            Format::Human => one_version(version, &source),
        }
    } else {
        let family = registry.family(&args.prompt)?;
        match args.format {
            Format::Json => format!("{:#}\n", machine(family)),
            Format::Human => whole_family(family),
        }
    };
    ui.print(&text);
    Ok(Exit::Pass)
}

fn version_json(family: &Family, version: &PromptVersion, source: &str) -> serde_json::Value {
    let all = machine(family);
    let number = version.id.version.to_string();
    let versions = all.get("versions").and_then(serde_json::Value::as_array);
    let mut one = versions
        .and_then(|list| {
            list.iter()
                .find(|entry| entry.get("version").is_some_and(|v| *v == number))
        })
        .cloned()
        .unwrap_or_default();
    if let Some(map) = one.as_object_mut() {
        map.insert("family".into(), family.name.clone().into());
        map.insert("source".into(), source.into());
    }
    one
}

fn one_version(version: &PromptVersion, source: &str) -> String {
    let mut text = format!(
        "{}  {}\nmodel     {}\nsha256    {}\nfile      {}\n",
        version.id, version.status, version.model.name, version.sha256, version.path
    );
    for (name, value) in [("by", &version.created_by), ("why", &version.changelog)] {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<10}{value}");
        }
    }
    text.push('\n');
    text.push_str(source);
    text
}

fn whole_family(family: &Family) -> String {
    let mut text = format!("{}\n", family.name);
    for (name, value) in [("what", &family.description), ("owner", &family.owner)] {
        if let Some(value) = value {
            let _ = writeln!(text, "{name:<10}{value}");
        }
    }
    if !family.tags.is_empty() {
        let _ = writeln!(text, "{:<10}{}", "tags", family.tags.join(", "));
    }
    for (segment, version) in &family.segments {
        let _ = writeln!(text, "{:<10}{segment} gets {version}", "segment");
    }
    text.push('\n');
    for version in family.versions.values().rev() {
        let traffic = family
            .entries
            .get(&version.id.version)
            .and_then(|entry| entry.traffic);
        let traffic = traffic
            .map(|share| format!(" {} %", share * 100.0))
            .unwrap_or_default();
        let why = version.changelog.as_deref().unwrap_or("first version");
        let _ = writeln!(
            text,
            "  {:<10} {:<12}{traffic} {why}",
            version.id.version.to_string(),
            version.status
        );
    }
    text
}
