//! Arguments of `run`, and those it shares with other commands.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::model::{self, ModelName, PromptRef, Shard};

/// What `--resume` without a value stands for.
pub(in crate::cli) const NEWEST: &str = "newest";

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
                                                     with what production answered in earlier runs beside it
  prompteval run --resume                            resume the newest run that was interrupted
  prompteval run --shard 2/4                         one of four machines (docs/scaling.md)";

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_long_help = RUN_EXAMPLES)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that clap reads by itself"
)]
pub(in crate::cli) struct RunArgs {
    /// Which suites and cases, in which way.
    #[command(flatten)]
    pub(in crate::cli) select: SelectArgs,
    /// Most calls in flight, over all providers [default: 32, or the project's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=10_000), help_heading = "Limits", hide_short_help = true)]
    pub(in crate::cli) concurrency: Option<u16>,
    /// Stop before the call that would cost more than this
    ///
    /// In US dollars [default: the project's]
    #[arg(long, value_name = "USD", value_parser = dollars, help_heading = "Limits")]
    pub(in crate::cli) max_cost: Option<f64>,
    /// End the run after so long, such as 90s, 15m or 1h30m
    ///
    /// What is not done by then is missing: exit code 3
    #[arg(long, value_name = "DURATION", value_parser = duration, help_heading = "Limits", hide_short_help = true)]
    pub(in crate::cli) timeout: Option<Duration>,
    /// Resume a run that was cut off [default: the newest]
    ///
    /// Only what is missing is asked. Suites, filters, responses, seed and repeats are those of that run
    #[arg(
        long, value_name = "RUN", num_args = 0..=1, require_equals = true, default_missing_value = NEWEST,
        conflicts_with_all = [
            "suites", "candidate", "baseline", "tag", "case", "limit", "repeats", "no_escalate", "model", "responses", "seed",
            "shard", "baseline_run",
        ],
        help_heading = "Responses"
    )]
    pub(in crate::cli) resume: Option<String>,
    /// Only what has changed since REF
    ///
    /// The suites and candidates that changes since this branch left REF affect; nothing affected is exit code 0
    #[arg(long, value_name = "REF", conflicts_with_all = ["candidate", "resume"], help_heading = "Selection")]
    pub(in crate::cli) changed_since: Option<String>,
    /// With `--changed-since`: let a changed version pass that no suite tests [default: it blocks, exit code 1]
    #[arg(
        long,
        requires = "changed_since",
        help_heading = "Gates",
        hide_short_help = true
    )]
    pub(in crate::cli) allow_untested: bool,
    /// Sign the run with the key in `PROMPTEVAL_SIGNING_KEY`, for projects with `trusted_keys` (docs/registry.md)
    #[arg(
        long,
        conflicts_with = "watch",
        help_heading = "Reports",
        hide_short_help = true
    )]
    pub(in crate::cli) sign: bool,
    /// With `--changed-since`: let a change pass that weakens its own gate
    ///
    /// Though the project says `protect: block`, for a change that somebody else has agreed to. What is weaker is shown all the same
    #[arg(
        long,
        requires = "changed_since",
        help_heading = "Gates",
        hide_short_help = true
    )]
    pub(in crate::cli) allow_weaker: bool,
    /// Run again what a saved file affects
    ///
    /// Until Ctrl-C
    #[arg(long, conflicts_with_all = ["resume", "shard", "changed_since"], help_heading = "Selection")]
    pub(in crate::cli) watch: bool,
    /// Take the baseline's answers from this run where nothing has changed
    ///
    /// An id, `last`, or a journal; `evidence` for those it was promoted on. A candidate that is its own baseline is then compared with itself at that time. `history` asks the baseline as always, and pools what it answered in the last 30 days: up to 20 answers a case out of evidence and kept runs
    #[arg(
        long,
        value_name = "RUN",
        help_heading = "Responses",
        hide_short_help = true
    )]
    pub(in crate::cli) baseline_run: Option<String>,
    /// Reports to write.
    #[command(flatten)]
    pub(in crate::cli) reports: ReportFiles,
    /// What to print on standard output
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "human",
        help_heading = "Reports",
        hide_short_help = true
    )]
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
    #[arg(value_name = "SUITE", hide_short_help = true)]
    pub(in crate::cli) suites: Vec<String>,
    /// Only this candidate (repeatable)
    #[arg(long, value_name = "FAMILY@VERSION", help_heading = "Selection")]
    pub(in crate::cli) candidate: Vec<PromptRef>,
    /// Another baseline than the suites name
    #[arg(
        long,
        value_name = "VERSION|none",
        help_heading = "Gates",
        hide_short_help = true
    )]
    pub(in crate::cli) baseline: Option<String>,
    /// Only cases with this label (repeatable)
    ///
    /// Of several labels, any is enough
    #[arg(long, value_name = "TAG", help_heading = "Selection")]
    pub(in crate::cli) tag: Vec<String>,
    /// Only this case (repeatable)
    #[arg(long, value_name = "ID", help_heading = "Selection")]
    pub(in crate::cli) case: Vec<String>,
    /// Only the first N cases of each suite
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Selection", hide_short_help = true)]
    pub(in crate::cli) limit: Option<u32>,
    /// How often each case is asked
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000), help_heading = "Selection", hide_short_help = true)]
    pub(in crate::cli) repeats: Option<u32>,
    /// Ask every case once, whatever is undecided
    ///
    /// Evidence gates are decided on what there is. Only a gate on broken cases still asks those that went from pass to fail again
    #[arg(long, help_heading = "Gates", hide_short_help = true)]
    pub(in crate::cli) no_escalate: bool,
    /// Evaluate the candidates on this model instead of their own (repeatable)
    #[arg(
        long,
        value_name = "PROVIDER/MODEL",
        help_heading = "Selection",
        hide_short_help = true
    )]
    pub(in crate::cli) model: Vec<ModelName>,
    /// auto, live, replay or record
    ///
    /// Where responses may come from: `auto` takes recordings and the local cache, and calls what is missing; `live` always calls;
    /// `replay` never calls, and a missing response is an error; `record` is `auto`, and writes every response to the suite's
    /// recordings
    #[arg(
        long,
        value_name = "MODE",
        default_value = "auto",
        help_heading = "Responses",
        hide_possible_values = true
    )]
    pub(in crate::cli) responses: Responses,
    /// Take gates that cannot fail for mistakes: exit code 2 [default: warnings]
    ///
    /// So are suites whose gates look at no answer
    #[arg(long, help_heading = "Gates", hide_short_help = true)]
    pub(in crate::cli) strict: bool,
    /// Seed of the order in which cases are asked
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        help_heading = "Selection",
        hide_short_help = true
    )]
    pub(in crate::cli) seed: u64,
    /// Only part K of N of the cases, for N machines
    ///
    /// `auto/N` takes K from the environment (Kubernetes, GitLab CI, Circle CI, Buildkite, Azure). Gates are decided by `merge`
    #[arg(long, value_name = "K/N", value_parser = crate::cli::shard::parse, help_heading = "Selection", hide_short_help = true)]
    pub(in crate::cli) shard: Option<Shard>,
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

impl From<Responses> for model::Responses {
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
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(in crate::cli) junit: Option<PathBuf>,
    /// Name file and line of each case in the JUnit report, for readers that show them (Jenkins' schema forbids it)
    #[arg(long, help_heading = "Reports", hide_short_help = true)]
    pub(in crate::cli) junit_file_line: bool,
    /// Write report.json
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(in crate::cli) json: Option<PathBuf>,
    /// Write an HTML report, one file that opens anywhere
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub(in crate::cli) html: Option<PathBuf>,
    /// Write a Markdown report, short enough for a comment
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Reports",
        hide_short_help = true
    )]
    pub(in crate::cli) markdown: Option<PathBuf>,
    /// Tell GitHub Actions: annotations, the job's summary and the step's outputs [default inside Actions]
    #[arg(
        long,
        overrides_with = "no_github",
        help_heading = "Reports",
        hide_short_help = true
    )]
    pub(in crate::cli) github: bool,
    /// Do not, though it runs there
    #[arg(
        long,
        overrides_with = "github",
        help_heading = "Reports",
        hide_short_help = true
    )]
    pub(in crate::cli) no_github: bool,
}
