//! Arguments of `run`, and those it shares with other commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::call::Mode;
use crate::cli::commands::resume::NEWEST;
use crate::model::asked::Shard;
use crate::model::{ModelName, PromptRef};

const RUN_EXAMPLES: &str = "\
Examples:
  prompteval run                                     every suite
  prompteval run support --candidate support@1.2.0   one suite, one candidate
  prompteval run --responses replay --junit junit.xml --json report.json
  prompteval run --tag refund --limit 10 --responses live
  prompteval run --changed-since origin/main         what a pull request affects
  prompteval run --watch                             on every save, while you edit
  prompteval run --candidate support@1.1.0 --baseline-run evidence --responses live
                                                     whether production still behaves as when it was promoted
  prompteval run --responses live --baseline-run history
                                                     pools production's answers from earlier runs
  prompteval run --resume                            resume the newest unfinished run
  prompteval run --shard 2/4                         one of four machines (docs/scaling.md)";

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that clap reads by itself"
)]
pub(in crate::cli) struct RunArgs {
    /// Which suites and cases, in which way.
    #[command(flatten)]
    pub(in crate::cli) select: SelectArgs,
    /// Most calls in flight, over all providers [default: 32, or the project's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(in crate::cli) concurrency: Option<u16>,
    /// US dollars that calls may cost: the run stops before the call that would exceed it [default: the project's]
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub(in crate::cli) max_cost: Option<f64>,
    /// Stop the run after this time, such as 90s, 15m or 1h30m; unfinished work is missing, exit code 3
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Resume an unfinished run [default: the newest]: only what is missing is called. Suites, filters, responses, seed and
    /// repeats are those of that run
    #[arg(
        long, value_name = "RUN", num_args = 0..=1, require_equals = true, default_missing_value = NEWEST,
        conflicts_with_all = [
            "suites", "candidate", "baseline", "tag", "case", "limit", "repeats", "no_escalate", "model", "responses", "seed",
            "shard", "baseline_run",
        ]
    )]
    pub(in crate::cli) resume: Option<String>,
    /// Only the suites and candidates that changes since this branch left REF affect; nothing affected is exit code 0
    #[arg(long, value_name = "REF", conflicts_with_all = ["candidate", "resume"])]
    pub(in crate::cli) changed_since: Option<String>,
    /// With `--changed-since`: do not block on changed versions that no suite tests [default: block, exit code 1]
    #[arg(long, requires = "changed_since")]
    pub(in crate::cli) allow_untested: bool,
    /// Sign the run with the key in `PROMPTEVAL_SIGNING_KEY`, for projects with `trusted_keys` (docs/registry.md)
    #[arg(long, conflicts_with = "watch")]
    pub(in crate::cli) sign: bool,
    /// With `--changed-since`: let a change that weakens its own gate pass under `protect: block`, because somebody else has
    /// approved it. What is weaker is still shown
    #[arg(long, requires = "changed_since")]
    pub(in crate::cli) allow_weaker: bool,
    /// Run, then run again whatever a saved file affects, until Ctrl-C
    #[arg(long, conflicts_with_all = ["resume", "shard", "changed_since"])]
    pub(in crate::cli) watch: bool,
    /// Take the baseline's answers from this run (an id, `last`, or a journal) if nothing has changed since; `evidence` for
    /// those of its promotion. A candidate that is its own baseline is then compared with its earlier answers. `history`
    /// calls the baseline as usual, and pools its answers of the last 30 days: up to 20 per case, from evidence and kept
    /// runs
    #[arg(long, value_name = "RUN")]
    pub(in crate::cli) baseline_run: Option<String>,
    /// Reports to write.
    #[command(flatten)]
    pub(in crate::cli) reports: ReportFiles,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time such as 90s, 15m or 1h30m".to_owned();
    let seconds = match text.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .map_err(|_| wrong())?
            .as_secs_f64(),
    };
    // A year is more than any run takes, and far from what a clock can count.
    if seconds > 0.0 && seconds < 3.2e7 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(wrong())
    }
}

fn dollars(text: &str) -> Result<f64, String> {
    let amount: f64 = text
        .parse()
        .map_err(|_| "write an amount such as 2.50".to_owned())?;
    if amount.is_finite() && amount >= 0.0 {
        Ok(amount)
    } else {
        Err("an amount is 0 or more".to_owned())
    }
}

/// Which suites and cases, in which way.
#[derive(Clone, Debug, Default, Args)]
pub(in crate::cli) struct SelectArgs {
    /// Suites, by name or path [default: all of evals/]
    #[arg(value_name = "SUITE")]
    pub(in crate::cli) suites: Vec<String>,
    /// Only this candidate (repeatable)
    #[arg(long, value_name = "FAMILY@VERSION")]
    pub(in crate::cli) candidate: Vec<PromptRef>,
    /// Use this baseline instead of the suites'
    #[arg(long, value_name = "VERSION|none")]
    pub(in crate::cli) baseline: Option<String>,
    /// Only cases with this tag (repeatable: any of them)
    #[arg(long, value_name = "TAG")]
    pub(in crate::cli) tag: Vec<String>,
    /// Only this case (repeatable)
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) case: Vec<String>,
    /// Only the first N cases of each suite
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) limit: Option<u32>,
    /// How often to run each case
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(in crate::cli) repeats: Option<u32>,
    /// Run every case once: undecided evidence gates get no repeats. Only a gate on broken cases still retests those that
    /// went from pass to fail
    #[arg(long)]
    pub(in crate::cli) no_escalate: bool,
    /// Evaluate the candidates on this model instead of their own (repeatable)
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub(in crate::cli) model: Vec<ModelName>,
    /// Where responses may come from
    #[arg(long, value_name = "MODE", default_value = "auto")]
    pub(in crate::cli) responses: Responses,
    /// Treat gates that cannot fail, and suites whose gates ignore the answers, as errors: exit code 2 [default: warnings]
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Seed for the order of cases
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) seed: u64,
    /// Only shard K of N of the cases, for N machines; `auto/N` takes K from the environment (Kubernetes, GitLab CI,
    /// Circle CI, Buildkite, Azure). Gates are decided by `merge`
    #[arg(long, value_name = "K/N", value_parser = crate::cli::shard::parse)]
    pub(in crate::cli) shard: Option<Shard>,
    /// Whether a version that is its own baseline is compared with stored answers: `--baseline-run`.
    #[arg(skip)]
    pub(in crate::cli) against_stored: bool,
}

/// Where responses may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Responses {
    /// Recordings and the local cache; what is missing is called
    #[default]
    Auto,
    /// Always call
    Live,
    /// Never call; a missing response is an error
    Replay,
    /// Like auto, and write every response to the suite's recordings
    Record,
}

impl From<Responses> for Mode {
    fn from(responses: Responses) -> Self {
        match responses {
            Responses::Auto => Self::Auto,
            Responses::Live => Self::Live,
            Responses::Replay => Self::Replay,
            Responses::Record => Self::Record,
        }
    }
}

/// What to print on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// For people
    Human,
    /// For machines
    Json,
}

/// Reports to write.
#[derive(Debug, Args)]
pub(in crate::cli) struct ReportFiles {
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Add file and line of each case to the JUnit report, for tools that show them (Jenkins' schema forbids it)
    #[arg(long)]
    pub(in crate::cli) junit_file_line: bool,
    /// Write report.json
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write an HTML report, in one self-contained file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
    /// Write a Markdown report, short enough for a comment
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) markdown: Option<PathBuf>,
    /// Write annotations, the job summary and step outputs for GitHub Actions [default inside Actions]
    #[arg(long, overrides_with = "no_github")]
    pub(in crate::cli) github: bool,
    /// Do not write them, even inside Actions
    #[arg(long, overrides_with = "github")]
    pub(in crate::cli) no_github: bool,
}
