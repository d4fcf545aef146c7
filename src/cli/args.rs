//! The command line, as clap reads it.

mod cache;
mod key;
mod record;
mod registry;
mod run;
mod start;

pub(super) use cache::{CacheAction, CacheArgs};
pub(super) use key::{KeyAction, KeyArgs};
pub(super) use record::RecordArgs;
pub(super) use registry::{AssignArgs, LogArgs, NewArgs, PromoteArgs, RollbackArgs};
pub(super) use run::{Format, NEWEST, ReportFiles, Responses, RunArgs, SelectArgs};
pub(super) use start::{CompletionsArgs, InitArgs, Kind, ManArgs, SchemaArgs};

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::ModelName;

/// Eval-gated CI runner and prompt registry.
///
/// Evaluates candidate versions of a prompt against golden datasets and decides the gates that block or allow their promotion.
#[derive(Debug, Parser)]
#[command(name = "prompteval", version, propagate_version = true, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub(super) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 every gate passed; 1 a gate blocks; 2 the project or the command line is wrong, \
nothing was called; 3 it could not be decided; 4 a filter matched nothing; 130 interrupted, what was done is kept.";

/// Flags of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The project's folder [default: the nearest]
    ///
    /// The nearest is the one at or above the working directory that holds prompteval.yaml
    #[arg(long, value_name = "DIR", global = true)]
    pub(super) project: Option<PathBuf>,
    /// When to use colours; `NO_COLOR` and `CLICOLOR_FORCE` are honoured
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        global = true,
        hide_short_help = true
    )]
    pub(super) color: ColorChoice,
    /// Print only results and errors
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// Where the output is a terminal.
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Evaluate candidates and decide the gates
    Run(Box<RunArgs>),
    /// Validate the whole project offline, and print the calls and cost of a run
    Check(CheckArgs),
    /// Print what a suite can detect, before you pay for it
    Plan(PlanArgs),
    /// Print the exact request that would be sent
    Render(RenderArgs),
    /// List families, versions and their statuses
    List(ListArgs),
    /// Show a family, a version, how a suite fared over time, or one case of a run
    Show(ShowArgs),
    /// Show what changed between two versions, or between two runs
    Diff(DiffArgs),
    /// Make a new draft version of a prompt
    New(NewArgs),
    /// Move a version to its next status
    Promote(PromoteArgs),
    /// Roll back: end the canary, or restore the previous production version
    Rollback(RollbackArgs),
    /// Show the history: who moved which version, when and why
    Log(LogArgs),
    /// Print which version a user gets
    Assign(AssignArgs),
    /// Check whether all committed evidence still holds, by deriving it again
    Verify(VerifyArgs),
    /// Write reports of an earlier run again
    Report(ReportArgs),
    /// Open reports of all kept runs in a browser
    View(ViewArgs),
    /// Put a run's report under a pull request as one comment, or into one issue
    Comment(CommentArgs),
    /// Merge the shards of `run --shard K/N` into one run, and decide its gates
    Merge(MergeArgs),
    /// Write a small project to start from
    Init(InitArgs),
    /// Print a JSON Schema of a file, for editors
    Schema(SchemaArgs),
    /// Print completions for a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man(ManArgs),
    /// Inspect or shrink the local cache of responses
    Cache(CacheArgs),
    /// Keep recordings small: drop responses that nothing asks for
    Record(RecordArgs),
    /// Make keys for signed runs
    Key(KeyArgs),
}

const CHECK_EXAMPLES: &str = "\
Examples:
  prompteval check                  the whole project; exit code 2 if anything is wrong
  prompteval check support --format json
  prompteval check --suggest-clusters   gives near-duplicate rows a `cluster`";

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(super) struct CheckArgs {
    /// What a run with the same flags would do.
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// Write a `cluster` into near-duplicate rows (JSON Lines); print it for other formats
    #[arg(long)]
    pub(super) suggest_clusters: bool,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  prompteval plan
  prompteval plan support --candidate support@1.2.0";

/// Arguments of `plan`.
#[derive(Debug, Args)]
#[command(after_help = PLAN_EXAMPLES)]
pub(super) struct PlanArgs {
    /// What a run with the same flags would do.
    #[command(flatten)]
    pub(super) select: SelectArgs,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const RENDER_EXAMPLES: &str = "\
Examples:
  prompteval render support
  prompteval render support@1.2.0 --case refund-late --model anthropic/claude-haiku-5-5";

/// Arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = RENDER_EXAMPLES)]
pub(super) struct RenderArgs {
    /// Which prompt [default version: production, else the newest]
    #[arg(value_name = "FAMILY[@VERSION]")]
    pub(super) prompt: String,
    /// Which case [default: the first of the first suite that tests the family]
    #[arg(long, value_name = "ID")]
    pub(super) case: Option<String>,
    /// On which model [default: the version's own]
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub(super) model: Option<ModelName>,
    /// What to print on standard output: a request is JSON either way
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const LIST_EXAMPLES: &str = "\
Examples:
  prompteval list
  prompteval list --format json";

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
pub(super) struct ListArgs {
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const SHOW_EXAMPLES: &str = "\
Examples:
  prompteval show support           the family, its versions, and how its suites fared
  prompteval show faq               a suite: pass rate, latency and cost over kept runs and evidence
  prompteval show support@1.2.0     one version and its text
  prompteval show last --case late  one case of the last run: what was sent, the answers, every score";

/// Arguments of `show`.
#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
pub(super) struct ShowArgs {
    /// Which family, version or suite; with `--case`, which run: an id, the beginning of one, `last`, or the path of a journal
    #[arg(value_name = "FAMILY[@VERSION]|SUITE|RUN")]
    pub(super) what: String,
    /// Show everything of this case of a run
    #[arg(long, value_name = "ID")]
    pub(super) case: Option<String>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  prompteval diff support@1.1.0 support@1.2.0     the texts of two versions
  prompteval diff 20261120 last                   two runs: numbers, cases newly broken and fixed, answers
  prompteval diff main-report.json report.json    the same from their reports";

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXAMPLES)]
pub(super) struct DiffArgs {
    /// The older version, or the older run: an id or its prefix, `last`, or a report.json
    #[arg(value_name = "FAMILY@VERSION|RUN")]
    pub(super) old: String,
    /// The newer version or run
    #[arg(value_name = "FAMILY@VERSION|RUN")]
    pub(super) new: String,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  prompteval verify                 every file of evals/evidence/; exit code 1 if one does not hold
  prompteval verify support --format json";

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(super) struct VerifyArgs {
    /// Only the evidence of this family
    #[arg(value_name = "FAMILY")]
    pub(super) family: Option<String>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  prompteval report                 the last run; the exit code is that of the run
  prompteval report last --junit junit.xml --json report.json
  prompteval report old-run/journal.jsonl.gz --detached     without the files that the run read";

/// Arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = REPORT_EXAMPLES)]
pub(super) struct ReportArgs {
    /// Which run: an id or its prefix, `last`, or the path of a journal
    #[arg(value_name = "RUN", default_value = "last")]
    pub(super) run: String,
    /// Trust the journal without checking it against the project's files; every report says so
    #[arg(long)]
    pub(super) detached: bool,
    /// Reports to write.
    #[command(flatten)]
    pub(super) reports: ReportFiles,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const VIEW_EXAMPLES: &str = "\
Examples:
  prompteval view                   every kept run, the trend of each suite, two runs side by side
  prompteval view last              the report of the last run, which leads to the others
  prompteval view --no-open --port 8123

The server listens on 127.0.0.1 alone, and Ctrl-C ends it.";

/// Arguments of `view`.
#[derive(Debug, Args)]
#[command(after_help = VIEW_EXAMPLES)]
pub(super) struct ViewArgs {
    /// Which run: an id, the beginning of one, or `last` [default: the list of all]
    #[arg(value_name = "RUN")]
    pub(super) run: Option<String>,
    /// The port to listen on; 0 for any free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) port: u16,
    /// Print the address, and open no browser
    #[arg(long)]
    pub(super) no_open: bool,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const COMMENT_EXAMPLES: &str = "\
Examples:
  prompteval comment --pr 42                          the last run; updates the comment of the run before
  prompteval comment last --pr 42 --key enterprise    a separate comment
  prompteval comment --issue \"Prompts in production have drifted\" --key drift
                                                      opened or updated if the run does not pass, closed if it does

The token is GITHUB_TOKEN or GH_TOKEN, and needs `pull-requests: write` (`issues: write` for an issue).";

/// Arguments of `comment`.
#[derive(Debug, Args)]
#[command(after_help = COMMENT_EXAMPLES)]
pub(super) struct CommentArgs {
    /// Which run: an id or its prefix, `last`, or the path of a journal
    #[arg(value_name = "RUN", default_value = "last")]
    pub(super) run: String,
    /// The pull request's number [default in Actions: that of the event]
    #[arg(long, value_name = "N")]
    pub(super) pr: Option<u64>,
    /// Open an issue of this title instead, and close it when the run passes
    #[arg(long, value_name = "TITLE", conflicts_with = "pr")]
    pub(super) issue: Option<String>,
    /// The repository [default: `GITHUB_REPOSITORY`]
    #[arg(long, value_name = "OWNER/NAME")]
    pub(super) repo: Option<String>,
    /// Identifies the comment: one comment per key
    #[arg(long, value_name = "KEY", default_value = "report")]
    pub(super) key: String,
    /// URL of the full report [default in Actions: the workflow's run]
    #[arg(long, value_name = "URL")]
    pub(super) link: Option<String>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

const MERGE_EXAMPLES: &str = "\
Examples:
  prompteval merge shards/*/journal.jsonl --junit junit.xml --json report.json
  prompteval merge 20261121T0152 20261121T0153";

/// Arguments of `merge`.
#[derive(Debug, Args)]
#[command(after_help = MERGE_EXAMPLES)]
pub(super) struct MergeArgs {
    /// Every shard of the run: journals, folders of runs, or ids
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<String>,
    /// Merge without checking the shards against the project's files; every report says so
    #[arg(long)]
    pub(super) detached: bool,
    /// Sign the whole run with the key in `PROMPTEVAL_SIGNING_KEY`; every shard must be signed by it or by a trusted key
    #[arg(long)]
    pub(super) sign: bool,
    /// Reports to write.
    #[command(flatten)]
    pub(super) reports: ReportFiles,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: Format,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
