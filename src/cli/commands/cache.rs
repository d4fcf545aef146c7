//! `cache`: what the local cache holds, and making it smaller.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::project::Place;
use crate::call::cache::{self, Limits, Pruned, Stats};
use crate::cli::Exit;
use crate::cli::args::{CacheAction, CacheArgs, Format, Global};
use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::load;
use crate::model::settings::Settings;
use crate::observe::runs;

/// Age at which responses are removed, where the project does not say.
const MAX_AGE_DAYS: f64 = 90.0;

/// Size beyond which the oldest responses are removed, where the project does not say.
const MAX_SIZE_MB: f64 = 1000.0;

pub(in crate::cli) fn cache(global: &Global, args: &CacheArgs, ui: &Ui) -> Result<Exit, CliError> {
    let place = Place::find(global)?;
    let dir = runs::state_dir(&place.root).join("cache");
    let failed = |error: std::io::Error| {
        CliError::system(format!(
            "the cache in {} cannot be used: {error}",
            dir.display()
        ))
    };
    match &args.action {
        CacheAction::Stats { format } => {
            let stats = cache::stats(&dir).map_err(failed)?;
            ui.print(&match format {
                Format::Human => describe(&stats, &dir),
                Format::Json => format!("{:#}\n", machine(&stats, &dir)),
            });
        }
        CacheAction::Prune {
            max_age,
            max_size,
            dry_run,
            format,
        } => {
            let (project, _) = load::project(&place.root, &place.cwd, &[]);
            let own = limits(&project.settings);
            let limits = Limits {
                max_age_days: max_age.unwrap_or(own.max_age_days),
                max_bytes: max_size.unwrap_or(own.max_bytes),
            };
            let now = Timestamp::now().as_second();
            let pruned = cache::prune(&dir, limits, now, *dry_run).map_err(failed)?;
            ui.print(&told(pruned.ok_or_else(busy)?, *dry_run, *format));
        }
        CacheAction::Clear { format } => {
            let pruned = cache::clear(&dir).map_err(failed)?;
            ui.print(&told(pruned.ok_or_else(busy)?, false, *format));
        }
    }
    Ok(Exit::Pass)
}

/// Limits that every run keeps, once a day.
pub(super) fn limits(settings: &Settings) -> Limits {
    let megabytes = settings.cache_max_mb.unwrap_or(MAX_SIZE_MB);
    Limits {
        max_age_days: settings.cache_max_days.unwrap_or(MAX_AGE_DAYS),
        max_bytes: (megabytes * 1e6) as u64,
    }
}

/// Keeps the cache within its limits, once a day.
pub(super) fn tidy(place: &Place, limits: Limits, ui: &Ui) {
    let dir = runs::state_dir(&place.root).join("cache");
    if let Err(error) = cache::tidy(&dir, limits, Timestamp::now().as_second()) {
        ui.note(&format!("warning: the cache cannot be tidied: {error}"));
    }
}

fn busy() -> CliError {
    CliError::invalid("a run is at work in the cache")
        .hint("try again when it has ended".to_owned())
}

fn told(pruned: Pruned, dry: bool, format: Format) -> String {
    if format == Format::Json {
        let Pruned {
            removed,
            kept,
            freed,
        } = pruned;
        let json = json!({"removed": removed, "kept": kept, "freed_bytes": freed, "dry_run": dry});
        return format!("{json:#}\n");
    }
    let verb = if dry { "would remove" } else { "removed" };
    format!(
        "{verb} {} ({}), {} left\n",
        counted(pruned.removed, "response"),
        size(pruned.freed),
        pruned.kept
    )
}

fn describe(stats: &Stats, dir: &Path) -> String {
    let mut text = format!(
        "{}, {} in {}\n",
        counted(stats.entries, "response"),
        size(stats.bytes),
        dir.display()
    );
    if let (Some(oldest), Some(newest)) = (stats.oldest, stats.newest) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "from {} to {}", day(oldest), day(newest));
    }
    for (model, entries) in &stats.models {
        let _ = writeln!(text, "  {model}  {entries}");
    }
    text
}

fn machine(stats: &Stats, dir: &Path) -> serde_json::Value {
    json!({
        "dir": dir,
        "entries": stats.entries,
        "bytes": stats.bytes,
        "oldest": stats.oldest.map(day),
        "newest": stats.newest.map(day),
        "models": stats.models,
    })
}

fn day(second: i64) -> String {
    let at = Timestamp::from_second(second);
    at.map(|at| at.to_string()).unwrap_or_default()
}

fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        _ if bytes >= 1e9 => format!("{:.1} GB", bytes / 1e9),
        _ if bytes >= 1e6 => format!("{:.1} MB", bytes / 1e6),
        _ if bytes >= 1e3 => format!("{:.1} kB", bytes / 1e3),
        _ => format!("{bytes} bytes"),
    }
}
