//! Arguments of `record`.

use clap::Args;

use super::Format;

const RECORD_EXAMPLES: &str = "\
Examples:
  prompteval run --responses record     writes what a run gets to evals/recordings/SUITE.jsonl
  prompteval record --prune --dry-run   how many of these responses nothing asks for
  prompteval record --prune support     drops those of one suite";

/// Arguments of `record`.
#[derive(Debug, Args)]
#[command(after_help = RECORD_EXAMPLES)]
pub(in crate::cli) struct RecordArgs {
    /// Drop responses that nothing asks for: no case with any version that is not archived, and no judge of their answers. This
    /// includes responses of models that only `--model` named
    #[arg(long, required = true)]
    pub(in crate::cli) prune: bool,
    /// Suites, by name or path [default: all of evals/]
    #[arg(value_name = "SUITE")]
    pub(in crate::cli) suites: Vec<String>,
    /// Only print what would be dropped
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}
