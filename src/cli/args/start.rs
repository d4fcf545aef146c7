//! Arguments of the commands that a new user meets first: `init`, `completions`, `man`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::Format;
use crate::model::ModelName;

const INIT_EXAMPLES: &str = "\
Examples:
  prompteval init                        asks what you are building, and writes a small project here
  prompteval init shop --yes             into the folder shop, without asking
  prompteval init --yes --kind classifier
  prompteval init --yes --kind rag --family handbook --model anthropic/claude-haiku-5-5";

/// What is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Kind {
    /// One label for each text
    Classifier,
    /// JSON out of free text
    Extraction,
    /// Answers from given passages, with citations
    Rag,
    /// Replies to users
    Chat,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(in crate::cli) struct InitArgs {
    /// The folder; created if missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub(in crate::cli) dir: PathBuf,
    /// Ask nothing: use the flags and the defaults
    #[arg(long, short)]
    pub(in crate::cli) yes: bool,
    /// What you are building [default: asked on a terminal, else chat]
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) kind: Option<Kind>,
    /// Name of the prompt family [default: one that fits the kind]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) family: Option<String>,
    /// The model that answers [default: openai/gpt-6-luna]
    #[arg(long, value_name = "PROVIDER/MODEL")]
    pub(in crate::cli) model: Option<ModelName>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  prompteval completions bash > ~/.local/share/bash-completion/completions/prompteval
  prompteval completions zsh > ~/.zfunc/_prompteval
  prompteval completions fish > ~/.config/fish/completions/prompteval.fish
  prompteval completions powershell >> $PROFILE";

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub(in crate::cli) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(in crate::cli) shell: Shell,
}

const MAN_EXAMPLES: &str = "\
Examples:
  prompteval man | man -l -
  prompteval man --dir /usr/local/share/man/man1       a page for each command";

/// Arguments of `man`.
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub(in crate::cli) struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) dir: Option<PathBuf>,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  prompteval schema                    lists them
  prompteval schema suite > suite.json
  prompteval schema --write schemas    all of them; then, as a file's first line:
                                       # yaml-language-server: $schema=../schemas/suite.json";

/// Arguments of `schema`.
#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub(in crate::cli) struct SchemaArgs {
    /// Which schema
    #[arg(value_name = "NAME", conflicts_with = "write")]
    pub(in crate::cli) name: Option<String>,
    /// Write all of them into this folder
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) write: Option<PathBuf>,
}
