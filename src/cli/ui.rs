//! The terminal: what was asked for goes to standard output, everything else to standard error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::OnceLock;

use secrecy::SecretString;

use super::Exit;
use super::args::{ColorChoice, Global};
use super::error::CliError;
use super::problems;
use crate::load;
pub(super) use crate::model::number::counted;
use crate::model::{Problem, Problems, Severity};
use crate::report::terminal::sheet;
use crate::secrets::{Redactor, is_secret_variable, without_secrets};

/// Width taken where standard output is no terminal, or one that does not know its own.
const DEFAULT_WIDTH: usize = 100;

/// Narrowest and widest that lines are made: narrower nothing fits, wider nobody reads.
const MIN_WIDTH: usize = 40;
const MAX_WIDTH: usize = 240;

/// Where and how to print.
#[derive(Debug)]
pub(super) struct Ui {
    /// Whether standard output takes colours.
    pub(super) color: bool,
    color_err: bool,
    /// Columns of standard output, where it is a terminal.
    columns: Option<usize>,
    /// Columns of standard error, where it is a terminal.
    width_err: Option<usize>,
    /// Whether only results and errors are wanted.
    pub(super) quiet: bool,
    /// The project's folder, where the command line names it.
    project: Option<PathBuf>,
    /// What no line of a file may show; gathered when there is a mistake to show.
    secrets: OnceLock<Redactor>,
    /// Why what was printed is lost.
    lost: OnceLock<io::Error>,
}

impl Ui {
    /// Looks at the terminal and at `NO_COLOR` and `CLICOLOR_FORCE`.
    pub(super) fn new(global: &Global) -> Self {
        let wanted = |is_terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
                let forced = set("CLICOLOR_FORCE")
                    && std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
                !set("NO_COLOR") && (forced || is_terminal)
            }
        };
        let out = io::stdout().is_terminal();
        Self {
            color: wanted(out),
            color_err: wanted(io::stderr().is_terminal()),
            columns: columns(io::stdout()),
            width_err: columns(io::stderr()),
            quiet: global.quiet,
            project: global.project.clone(),
            secrets: OnceLock::new(),
            lost: OnceLock::new(),
        }
    }

    /// Columns of the terminal, or what a pipe is cut by.
    pub(super) fn width(&self) -> usize {
        self.columns.unwrap_or(DEFAULT_WIDTH)
    }

    /// Whether standard output is no terminal.
    pub(super) fn is_piped(&self) -> bool {
        self.columns.is_none()
    }

    /// A text without the keys of the environment, and without what looks like a key: what stands in a project's files may be
    /// anything, and so may what a mistake in them quotes.
    fn safe<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let secrets = self.secrets.get_or_init(|| self.gather());
        match secrets.redact(text) {
            Cow::Borrowed(text) => without_secrets(text),
            Cow::Owned(text) => Cow::Owned(without_secrets(&text).into_owned()),
        }
    }

    /// Values of variables whose names say that they are secrets, or which the project names as such.
    fn gather(&self) -> Redactor {
        let root = std::env::current_dir()
            .ok()
            .and_then(|cwd| match &self.project {
                Some(dir) => Some(cwd.join(dir)),
                None => load::find_root(&cwd),
            });
        let named = root
            .map(|root| load::key_variables(&root))
            .unwrap_or_default();
        let is_secret = |name: &str| is_secret_variable(name) || named.contains(name);
        let secrets = std::env::vars_os().filter_map(|(name, value)| {
            let value = value.to_str()?.trim();
            is_secret(name.to_str()?).then(|| SecretString::from(value))
        });
        Redactor::of(secrets)
    }

    /// Prints what was asked for. A closed pipe is no error: the reader has seen enough. Any other fault is told at the end.
    pub(super) fn print(&self, text: &str) {
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        if let Err(error) = written {
            self.lose(error);
        }
    }

    /// Notes that something that was asked for could not be printed.
    pub(super) fn lose(&self, error: io::Error) {
        if error.kind() != io::ErrorKind::BrokenPipe {
            // The first fault is the cause of the others.
            let _ = self.lost.set(error);
        }
    }

    /// How the program ends once everything is printed: nobody who lost the output may take it for a success.
    pub(super) fn settle(&self, exit: Exit) -> Exit {
        let Some(error) = self.lost.get() else {
            return exit;
        };
        self.error(&CliError::system(lost(error)));
        match exit {
            Exit::Pass | Exit::Nothing => Exit::Undecided,
            other => other,
        }
    }

    /// Prints a line beside the result, unless only results are wanted.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet {
            complain(text);
        }
    }

    /// Gives a command to a CI system, beside standard output.
    #[expect(
        clippy::unused_self,
        reason = "printing is the terminal's, whatever it needs to know for it"
    )]
    pub(super) fn command(&self, text: &str) {
        let mut out = io::stderr().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Prints an error with its hint.
    pub(super) fn error(&self, error: &CliError) {
        self.problems(&error.problems);
        let (red, blue, bold, off) = if self.color_err {
            ("\u{1b}[1;31m", "\u{1b}[1;36m", "\u{1b}[1m", "\u{1b}[0m")
        } else {
            ("", "", "", "")
        };
        let message = self.shown("error", &self.safe(&error.message));
        complain(&format!("{red}error{off}{bold}{message}{off}"));
        if let Some(hint) = &error.hint {
            let hint = self.shown("help", &self.safe(hint));
            complain(&format!("{blue}help{off}{hint}"));
        }
    }

    /// What stands after a word on standard error; on a terminal its lines end between words.
    fn shown(&self, word: &str, text: &str) -> String {
        let text = format!("{word}: {text}");
        let width = self.width_err.unwrap_or(usize::MAX);
        let shown = sheet::wrapped(&text, width, 2);
        shown.strip_prefix(word).map(str::to_owned).unwrap_or(text)
    }

    /// Prints mistakes in the project's files, each with the line it is about.
    pub(super) fn problems(&self, problems: &Problems) {
        for problem in problems.clone().sorted() {
            self.problem(&problem);
        }
    }

    fn problem(&self, problem: &Problem) {
        if problem.severity == Severity::Error || !self.quiet {
            let safe = |text: &str| self.safe(text).into_owned();
            let problem = problems::without_secrets(problem, safe);
            complain(&format!(
                "{}\n",
                problems::show(&problem, self.color_err, self.width_err)
            ));
        }
    }
}

/// Writes a line to standard error. Where that cannot be written either, there is nowhere left to say so.
pub(super) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Takes away a line that is half drawn, so that the shell's prompt does not stand behind it.
pub(super) fn clear_line() {
    let mut out = io::stderr().lock();
    if out.is_terminal() {
        let _ = out.write_all(b"\r\x1b[2K").and_then(|()| out.flush());
    }
}

/// What is said of output that could not be printed.
pub(super) fn lost(error: &io::Error) -> String {
    format!("standard output cannot be written: {error}; what was to be printed is lost")
}

/// Columns of a terminal; `None` where it is none.
#[cfg(unix)]
fn columns(stream: impl IsTerminal + std::os::fd::AsFd) -> Option<usize> {
    let is_terminal = stream.is_terminal();
    is_terminal.then(|| known(terminal_size::terminal_size_of(stream)))
}

/// Columns of a terminal; `None` where it is none.
#[cfg(windows)]
fn columns(stream: impl IsTerminal + std::os::windows::io::AsHandle) -> Option<usize> {
    let is_terminal = stream.is_terminal();
    is_terminal.then(|| known(terminal_size::terminal_size_of(stream)))
}

/// Some terminals do not know their size.
fn known(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    let width = size.map_or(DEFAULT_WIDTH, |(columns, _)| usize::from(columns.0));
    width.clamp(MIN_WIDTH, MAX_WIDTH)
}
