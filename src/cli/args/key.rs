//! Arguments of `key`.

use clap::{Args, Subcommand};

use super::Format;

const KEY_EXAMPLES: &str = "\
Examples:
  prompteval key new                 a public key for prompteval.yaml, a secret one for PROMPTEVAL_SIGNING_KEY
  prompteval key new --format json | jq -r .secret | gh secret set PROMPTEVAL_SIGNING_KEY --env evals";

/// Arguments of `key`.
#[derive(Debug, Args)]
#[command(after_help = KEY_EXAMPLES)]
pub(in crate::cli) struct KeyArgs {
    /// What to do.
    #[command(subcommand)]
    pub(in crate::cli) action: KeyAction,
}

/// What to do with keys.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(in crate::cli) enum KeyAction {
    /// Make a pair of Ed25519 keys and print it; nothing is written
    New {
        /// What to print on standard output
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
}
