//! `schema`: JSON Schemas of the files that users write.

use std::fs;
use std::path::Path;

use crate::cli::Exit;
use crate::cli::args::SchemaArgs;
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::schema::SCHEMAS;
use crate::source::did_you_mean;

pub(in crate::cli) fn schema(args: &SchemaArgs, ui: &Ui) -> Result<Exit, CliError> {
    if let Some(dir) = &args.write {
        let failed =
            |error| CliError::system(format!("{} cannot be written: {error}", dir.display()));
        fs::create_dir_all(dir).map_err(failed)?;
        let path = |name: &str| dir.join(format!("{name}.json"));
        for entry in SCHEMAS {
            refuse_foreign(&path(entry.name))?;
        }
        for entry in SCHEMAS {
            let text = format!("{:#}\n", entry.schema());
            fsx::replace(&path(entry.name), text.as_bytes()).map_err(failed)?;
        }
        return Ok(Exit::Pass);
    }
    let Some(name) = &args.name else {
        for entry in SCHEMAS {
            ui.print(&format!("{:<9}{}\n", entry.name, entry.files));
        }
        return Ok(Exit::Pass);
    };
    let entry = SCHEMAS.iter().find(|entry| entry.name == name);
    let entry = entry.ok_or_else(|| {
        let names = SCHEMAS.iter().map(|entry| entry.name);
        CliError::invalid(format!("there is no schema `{name}`")).hint(did_you_mean(name, names))
    })?;
    ui.print(&format!("{:#}\n", entry.schema()));
    Ok(Exit::Pass)
}

/// A file of that name that is no schema is somebody's: it is not written over.
fn refuse_foreign(path: &Path) -> Result<(), CliError> {
    let there = fsx::read(path).unwrap_or_default();
    if there.is_empty() || String::from_utf8_lossy(&there).contains("\"$schema\"") {
        return Ok(());
    }
    let message = format!(
        "{} is there and no schema: it is not written over",
        path.display()
    );
    Err(CliError::invalid(message).hint("choose another folder, or remove the file".to_owned()))
}
