//! Words that people type and that are no command or flag here: what does what they want, instead of what merely looks alike.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Error};

use super::args::Arguments;
use crate::source::nearest;

/// Words of other tools, and what does the same here.
const COMMANDS: &[(&[&str], &str)] = &[
    (
        &[
            "assert", "bench", "eval", "evaluate", "exec", "gate", "start", "test",
        ],
        "`prompteval run` evaluates candidates and decides the gates",
    ),
    (
        &["doctor", "lint", "validate"],
        "`prompteval check` validates the whole project",
    ),
    (
        &["cost", "dry-run", "estimate", "forecast", "power"],
        "`prompteval plan` says what a suite can find out and costs; `prompteval check` counts the calls",
    ),
    (
        &["changes", "compare"],
        "`prompteval diff OLD NEW` compares two versions, or two runs",
    ),
    (
        &["convert", "import", "migrate", "promptfoo"],
        "there is no import: `prompteval init` writes a project to start from, and evaluators have the names of promptfoo's assertions (docs/evaluators.md)",
    ),
    (
        &["create", "scaffold", "setup"],
        "`prompteval init` writes a project to start from; `prompteval new FAMILY` a version",
    ),
    (
        &["add", "bump", "edit", "fork"],
        "`prompteval new FAMILY --bump minor --changelog TEXT` copies a version, to be edited",
    ),
    (
        &["families", "ls", "prompts", "status", "versions"],
        "`prompteval list` lists them",
    ),
    (
        &["cat", "describe", "get", "info", "inspect"],
        "`prompteval show FAMILY[@VERSION]`, or `prompteval show RUN --case ID`",
    ),
    (
        &["browse", "export", "open", "output", "results", "ui", "web"],
        "`prompteval report last --html report.html` writes a page that opens anywhere",
    ),
    (
        &["failures", "why"],
        "`prompteval report last` shows failing cases; `prompteval show last --case ID` one of them whole",
    ),
    (
        &["deploy", "publish", "release", "ship"],
        "`prompteval promote FAMILY@VERSION --to canary` moves a version on",
    ),
    (
        &["reset", "revert", "undo"],
        "`prompteval rollback FAMILY` goes back to what was in production before",
    ),
    (
        &["blame", "history"],
        "`prompteval log FAMILY` shows who moved what",
    ),
    (
        &["preview", "request", "template"],
        "`prompteval render FAMILY --case ID` prints the request that would be sent",
    ),
    (
        &["continue", "resume", "retry"],
        "`prompteval run --resume`",
    ),
    (&["watch"], "`prompteval run --watch`"),
    (&["replay"], "`prompteval run --responses replay`"),
    (
        &["recordings"],
        "`prompteval run --responses record` writes them, `prompteval record` tidies them",
    ),
    (
        &["clean", "clear", "gc", "prune"],
        "`prompteval cache` makes the cache smaller",
    ),
    (&["completion", "shell"], "`prompteval completions SHELL`"),
    (
        &["keygen", "sign"],
        "`prompteval key new` makes a key; `prompteval run --sign` signs",
    ),
    (&["schemas"], "`prompteval schema`"),
    (&["version"], "`prompteval --version`"),
];

/// Flags of other tools, and what does the same here.
const FLAGS: &[(&[&str], &str)] = &[
    (
        &["--out", "--output", "--report", "-o"],
        "reports are written by `--json FILE`, `--html FILE`, `--junit FILE` and `--markdown FILE`",
    ),
    (
        &["--config", "--configuration", "-c"],
        "suites are named by themselves (`prompteval run SUITE`), projects by `--project DIR`",
    ),
    (
        &["--dry-run", "-n"],
        "`prompteval check` counts calls and cost and calls nothing",
    ),
    (&["--no-cache"], "`--responses live` calls for every answer"),
    (
        &["--offline", "--mock"],
        "`--responses replay` calls nothing",
    ),
    (
        &[
            "--jobs",
            "--max-concurrency",
            "--parallel",
            "--workers",
            "-j",
        ],
        "`--concurrency N`",
    ),
    (&["--budget", "--max-usd"], "`--max-cost USD`"),
    (
        &["--filter", "--filter-pattern", "--grep", "-k"],
        "`--case ID` and `--tag TAG` select cases",
    ),
    (
        &["--filter-first-n", "--max-cases", "--sample"],
        "`--limit N`",
    ),
    (&["--runs", "--samples", "--trials"], "`--repeats K`"),
    (&["--provider", "--providers"], "`--model PROVIDER/MODEL`"),
    (
        &["--prompt", "--version-id"],
        "`--candidate FAMILY@VERSION`",
    ),
    (&["--since", "--changed", "--diff"], "`--changed-since REF`"),
    (
        &["--threshold", "--fail-under", "--min"],
        "thresholds stand in the suite: `gates: [{metric: pass_rate, min: 0.9}]`",
    ),
    (&["--silent"], "`--quiet` prints results and errors only"),
    (
        &["--debug", "--verbose", "-v"],
        "`prompteval show last --case ID` shows everything of a case",
    ),
    (
        &["--ci"],
        "`--github`, which is the default inside Actions; nothing is asked or drawn where there is no terminal",
    ),
    (&["--dir", "--root", "-C"], "`--project DIR`"),
    (&["--plain", "--no-color"], "`--color never`"),
];

/// What to say of a word that clap does not know; `None` where it says it well enough itself.
pub(super) fn advice(error: &Error) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = context(error, ContextKind::InvalidSubcommand)?;
            Some(message("command", &word, command(&word)))
        }
        ErrorKind::UnknownArgument => {
            let flag = context(error, ContextKind::InvalidArg)?;
            let name = flag.split('=').next().unwrap_or_default();
            let said = find(FLAGS, name)?;
            Some(message("flag", name, Some(said.to_owned())))
        }
        _ => None,
    }
}

fn message(what: &str, word: &str, help: Option<String>) -> String {
    let help = help.unwrap_or_else(|| "`prompteval --help` lists all".to_owned());
    format!("there is no {what} `{word}`\nhelp: {help}")
}

/// What a word in the place of a command may mean.
fn command(word: &str) -> Option<String> {
    if let Some(said) = find(COMMANDS, &word.to_lowercase()) {
        return Some(said.to_owned());
    }
    let path = Path::new(word);
    let is_suite = path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml");
    if is_suite {
        return Some(format!("`prompteval run {word}` runs a suite"));
    }
    if word.contains('@') {
        return Some(format!(
            "`prompteval show {word}` shows a version, `prompteval run --candidate {word}` tests it"
        ));
    }
    let all = Arguments::command();
    let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
    nearest::<str>(word, names).map(|name| format!("did you mean `prompteval {name}`?"))
}

fn find(table: &[(&[&'static str], &'static str)], word: &str) -> Option<&'static str> {
    let mut rows = table.iter();
    rows.find(|(words, _)| words.contains(&word))
        .map(|(_, said)| *said)
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn said(arguments: &[&str]) -> String {
        let all = std::iter::once(&"prompteval").chain(arguments);
        advice(&Arguments::try_parse_from(all).unwrap_err()).unwrap()
    }

    #[test]
    fn what_is_told_to_be_no_command_is_none_and_what_it_names_is_one() {
        let all = Arguments::command();
        let names: Vec<&str> = all.get_subcommands().map(clap::Command::get_name).collect();
        for (words, help) in COMMANDS {
            for word in *words {
                assert!(!names.contains(word), "{word} is a command");
            }
            for named in help.split("`prompteval ").skip(1) {
                let name = named.split([' ', '`']).next().unwrap();
                assert!(names.contains(&name) || name == "--version", "{help}");
            }
        }
    }

    #[test]
    fn flags_of_other_tools_are_no_flags_of_run_and_those_named_are() {
        let all = Arguments::command();
        let run = all.find_subcommand("run").unwrap();
        let global = all.get_arguments();
        let flags: Vec<String> = run
            .get_arguments()
            .chain(global)
            .filter_map(|arg| arg.get_long().map(|name| format!("--{name}")))
            .collect();
        for (words, help) in FLAGS {
            assert!(
                words
                    .iter()
                    .all(|word| !flags.iter().any(|flag| flag == word))
            );
            for named in help.split("`--").skip(1) {
                let name = named.split([' ', '`']).next().unwrap();
                assert!(flags.contains(&format!("--{name}")), "{help}");
            }
        }
    }

    #[test]
    fn a_wrong_word_is_told_the_right_command() {
        for (word, help) in [
            ("import", "`prompteval init`"),
            ("eval", "`prompteval run`"),
            ("compare", "`prompteval diff OLD NEW`"),
            ("evals/support.yaml", "`prompteval run evals/support.yaml`"),
            ("support@1.2.0", "`prompteval show support@1.2.0`"),
            ("promtoe", "did you mean `prompteval promote`?"),
            ("xyzzy", "`prompteval --help`"),
        ] {
            assert!(said(&[word]).contains(help), "{word}: {}", said(&[word]));
        }
        assert!(!said(&["import"]).contains("report"));
        assert!(said(&["run", "--no-cache"]).contains("--responses live"));
        assert!(said(&["run", "-o", "x.json"]).contains("--json FILE"));
        assert!(said(&["run", "--output=x.json"]).contains("--json FILE"));
    }
}
