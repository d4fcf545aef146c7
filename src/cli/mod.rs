//! The edge: arguments in, exit code out. The only module that prints.

mod args;
mod commands;
mod error;
mod exit;
mod problems;
mod shard;
mod signals;
mod ui;
mod unknown;

pub use exit::Exit;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Parser;

use args::{Arguments, Command};
use error::CliError;
use ui::Ui;

/// Runs the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return print_usage(&usage).into(),
    };
    let ui = Ui::new(&arguments.global);
    let done = require_clock(SystemTime::now()).and_then(|()| dispatch(&arguments, &ui));
    let exit = done.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit()
    });
    ui.settle(exit).into()
}

/// Usage errors, help and version are clap's to print; help that is lost is no success either.
fn print_usage(usage: &clap::Error) -> Exit {
    if let Some(said) = unknown::advice(usage) {
        ui::complain(&format!("error: {said}"));
        return Exit::Invalid;
    }
    let printed = usage.print().and_then(|()| io::stdout().flush());
    match printed {
        _ if usage.use_stderr() => Exit::Invalid,
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            ui::complain(&format!("error: {}", ui::lost(&error)));
            Exit::Undecided
        }
        _ => Exit::Pass,
    }
}

/// Every run has a date, in a form that ends with the year 9999 (RFC 3339).
fn require_clock(now: SystemTime) -> Result<(), CliError> {
    match jiff::Timestamp::try_from(now) {
        Ok(now) if now.as_second() >= 0 => Ok(()),
        _ => Err(
            CliError::invalid("the system's clock is not between the years 1970 and 9999")
                .hint("set the clock: runs and evidence are dated by it".to_owned()),
        ),
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
        Command::Record(args) => commands::record::record(global, args, ui),
        Command::Key(args) => commands::key::key(args, ui),
        Command::Verify(args) => commands::verify::verify(global, args, ui),
        Command::Report(args) => commands::report::report(global, args, ui),
        Command::View(args) => commands::view::view(global, args, ui),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_clock_that_no_date_can_tell_is_an_error() {
        let at = |years: u64| UNIX_EPOCH + Duration::from_secs(years * 31_556_952);
        assert!(require_clock(at(56)).is_ok());
        let wrong = [at(8_031), at(200_000), UNIX_EPOCH - Duration::from_secs(1)];
        for clock in wrong {
            let error = require_clock(clock).unwrap_err();
            assert_eq!(error.exit(), Exit::Invalid);
        }
    }
}
