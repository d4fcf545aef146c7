//! `schema`: JSON Schemas of the files that users write.

use std::fs;

use crate::cli::Exit;
use crate::cli::args::SchemaArgs;
use crate::cli::error::CliError;
use crate::cli::ui::Ui;
use crate::fsx;
use crate::pipeline::SCHEMAS;
use crate::source::did_you_mean;

pub(in crate::cli) fn schema(args: &SchemaArgs, ui: &Ui) -> Result<Exit, CliError> {
    if let Some(dir) = &args.write {
        let failed =
            |error| CliError::system(format!("{} cannot be written: {error}", dir.display()));
        fs::create_dir_all(dir).map_err(failed)?;
        for entry in SCHEMAS {
            let path = dir.join(format!("{}.json", entry.name));
            fsx::replace(&path, format!("{:#}\n", entry.schema()).as_bytes()).map_err(failed)?;
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
