//! The edge: arguments in, exit code out. The only module that prints.

mod args;
mod commands;
mod error;
mod exit;
mod problems;
mod shard;
mod ui;

pub use exit::Exit;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use error::CliError;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    // clap prints usage errors, help and version itself, and leaves with 2 or 0.
    let arguments = Arguments::parse();
    let ui = Ui::new(arguments.global.color, arguments.global.quiet);
    match dispatch(&arguments, &ui) {
        Ok(exit) => exit.into(),
        Err(error) => {
            let exit = error.exit();
            ui.error(&error);
            exit.into()
        }
    }
}

fn dispatch(arguments: &Arguments, ui: &Ui) -> Result<Exit, CliError> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Run(args) => commands::run::run(global, args, ui),
        Command::Init(args) => commands::init::init(args, ui),
        Command::Schema(args) => commands::schema::schema(args, ui),
        Command::Completions(args) => Ok(commands::shells::completions(args, ui)),
        Command::Man(args) => commands::shells::man(args, ui),
        Command::Comment(args) => commands::comment::comment(global, args, ui),
        Command::Check(args) => commands::check::check(global, args, ui),
        Command::Plan(args) => commands::plan::plan(global, args, ui),
        Command::Render(args) => commands::render::render(global, args, ui),
        Command::List(args) => commands::list::list(global, args, ui),
        Command::Show(args) => commands::show::show(global, args, ui),
        Command::Diff(args) => commands::diff::diff(global, args, ui),
        Command::New(args) => commands::new::new(global, args, ui),
        Command::Promote(args) => commands::promote::promote(global, args, ui),
        Command::Rollback(args) => commands::rollback::rollback(global, args, ui),
        Command::Log(args) => commands::log::log(global, args, ui),
        Command::Assign(args) => commands::assign::assign(global, args, ui),
        Command::Merge(args) => commands::merge::merge(global, args, ui),
        Command::Cache(args) => commands::cache::cache(global, args, ui),
        Command::Verify(args) => commands::verify::verify(global, args, ui),
        Command::Report(args) => commands::report::report(global, args, ui),
    }
}
