//! `completions` and `man`: what shells and `man` know of the command line, out of its own definition.

use std::fs;

use clap::CommandFactory;

use crate::cli::Exit;
use crate::cli::args::{Arguments, CompletionsArgs, ManArgs};
use crate::cli::error::CliError;
use crate::cli::ui::Ui;

/// The program's name.
const NAME: &str = "prompteval";

pub(in crate::cli) fn completions(args: &CompletionsArgs, ui: &Ui) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), NAME, &mut script);
    ui.print(&String::from_utf8_lossy(&script));
    Exit::Pass
}

pub(in crate::cli) fn man(args: &ManArgs, ui: &Ui) -> Result<Exit, CliError> {
    let command = Arguments::command();
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        ui.print(&String::from_utf8_lossy(&page));
        return Ok(Exit::Pass);
    };
    let failed = |error| CliError::system(format!("{} cannot be written: {error}", dir.display()));
    fs::create_dir_all(dir).map_err(failed)?;
    clap_mangen::generate_to(command, dir).map_err(failed)?;
    Ok(Exit::Pass)
}
