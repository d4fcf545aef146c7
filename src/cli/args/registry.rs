//! Arguments of the commands that change the registry, and of those that ask it.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::Format;
use crate::model::{PromptRef, Status, Version};
use crate::registry::Bump;

const NEW_EXAMPLES: &str = "\
Examples:
  prompteval new support --bump patch --changelog \"Never promises a refund\"
  prompteval new support --from 1.1.0 --bump minor --changelog \"Answers in the customer's language\"";

/// Arguments of `new`.
#[derive(Debug, Args)]
#[command(after_help = NEW_EXAMPLES)]
pub(in crate::cli) struct NewArgs {
    /// Which family gets a version
    #[arg(value_name = "FAMILY")]
    pub(in crate::cli) family: String,
    /// The version whose text is copied [default: production, else the newest]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(in crate::cli) from: Option<Version>,
    /// Which part of the version number to raise
    #[arg(long, value_name = "PART")]
    pub(in crate::cli) bump: BumpPart,
    /// Why the version exists
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) changelog: String,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

/// Which part of a version number is raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum BumpPart {
    /// Breaking for callers: other variables, another format of the answer
    Major,
    /// New behaviour, compatible with callers
    Minor,
    /// Better wording, same behaviour
    Patch,
}

impl From<BumpPart> for Bump {
    fn from(part: BumpPart) -> Self {
        match part {
            BumpPart::Major => Self::Major,
            BumpPart::Minor => Self::Minor,
            BumpPart::Patch => Self::Patch,
        }
    }
}

const PROMOTE_EXAMPLES: &str = "\
Examples:
  prompteval promote support@1.2.0 --to testing
  prompteval run && prompteval promote support@1.2.0 --to canary --traffic 5%
  prompteval promote support@1.2.0 --to production --evidence ci/journal.jsonl.gz --reason \"a week without a complaint\"
  prompteval promote support@1.2.0 --to canary --traffic 10% --override \"INC-12: refunds promised\"
  prompteval promote support@1.1.0 --to production --override \"in use before prompteval\"   adopts what was set by hand

A version goes from draft to testing or archived; from testing to draft, shadow, canary or archived; from shadow to testing or
canary; from canary to testing or production; from production to deprecated; from deprecated to production or archived.";

/// Arguments of `promote`.
#[derive(Debug, Args)]
#[command(after_help = PROMOTE_EXAMPLES)]
pub(in crate::cli) struct PromoteArgs {
    /// Which version
    #[arg(value_name = "FAMILY@VERSION")]
    pub(in crate::cli) prompt: PromptRef,
    /// The new status
    #[arg(long, value_name = "STATUS", value_parser = statuses())]
    pub(in crate::cli) to: Status,
    /// The passing run that allows it: an id, `last`, a run's folder, or its journal (.jsonl or .jsonl.gz)
    #[arg(long, value_name = "RUN")]
    pub(in crate::cli) evidence: Option<String>,
    /// Who moves it [default: git's user.name, else $USER]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) by: Option<String>,
    /// Why it is moved
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: Option<String>,
    /// A canary's share of the traffic, as 5% or 0.05 [default: 5%]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(in crate::cli) traffic: Option<f64>,
    /// Promote to canary or production without evidence, for this reason, which stays visible
    #[arg(long = "override", value_name = "REASON")]
    pub(in crate::cli) override_reason: Option<String>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

const ROLLBACK_EXAMPLES: &str = "\
Examples:
  prompteval rollback support                 ends the canary, or restores the previous production version
  prompteval rollback support --to 1.1.0 --reason \"INC-12: refunds promised\"";

/// Arguments of `rollback`.
#[derive(Debug, Args)]
#[command(after_help = ROLLBACK_EXAMPLES)]
pub(in crate::cli) struct RollbackArgs {
    /// Which family
    #[arg(value_name = "FAMILY")]
    pub(in crate::cli) family: String,
    /// The deprecated version to restore to production [default: the one it replaced; with a canary, only the canary is ended]
    #[arg(long, value_name = "VERSION", value_parser = version)]
    pub(in crate::cli) to: Option<Version>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "rollback")]
    pub(in crate::cli) reason: String,
    /// Who does it [default: git's user.name, else $USER]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) by: Option<String>,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

const LOG_EXAMPLES: &str = "\
Examples:
  prompteval log support                 newest first
  prompteval log support --format json";

/// Arguments of `log`.
#[derive(Debug, Args)]
#[command(after_help = LOG_EXAMPLES)]
pub(in crate::cli) struct LogArgs {
    /// Which family
    #[arg(value_name = "FAMILY")]
    pub(in crate::cli) family: String,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

const ASSIGN_EXAMPLES: &str = "\
Examples:
  prompteval assign support --unit user-4711
  prompteval assign support --unit user-4711 --segment enterprise --explain
  prompteval assign support --unit user-4711 --context '{\"segment\": \"enterprise\"}' --format json";

/// Arguments of `assign`.
#[derive(Debug, Args)]
#[command(after_help = ASSIGN_EXAMPLES)]
pub(in crate::cli) struct AssignArgs {
    /// Which family
    #[arg(value_name = "FAMILY")]
    pub(in crate::cli) family: String,
    /// Who gets the version: a user, a session, an account; the same one always gets the same
    #[arg(long, value_name = "ID")]
    pub(in crate::cli) unit: String,
    /// Which segment of `segments:` in family.yaml the unit belongs to
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) segment: Option<String>,
    /// Context of the unit, as a JSON object; its `segment` counts as `--segment`
    #[arg(long, value_name = "JSON")]
    pub(in crate::cli) context: Option<String>,
    /// Say why it gets this version
    #[arg(long)]
    pub(in crate::cli) explain: bool,
    /// What to print on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}

fn version(text: &str) -> Result<Version, String> {
    text.parse()
        .map_err(|_| "write three numbers, for example 1.2.0".to_owned())
}

fn statuses() -> impl TypedValueParser<Value = Status> {
    PossibleValuesParser::new(Status::ALL.map(Status::as_str))
        .try_map(|word| word.parse().map_err(|()| "no status"))
}

/// A share in (0, 1), as a number or in percent.
fn share(text: &str) -> Result<f64, String> {
    let number = match text.strip_suffix('%') {
        // Moved by two decimals as text, so that 7% is 0.07 and not the double beside it.
        Some(percent) => format!("{}e-2", percent.trim_end()),
        None => text.to_owned(),
    };
    let share: Option<f64> = number.parse().ok();
    share
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "write a share between 0 and 1 such as 5% or 0.05".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_or_a_percentage() {
        for (text, value) in [("5%", 0.05), ("0.05", 0.05), ("7 %", 0.07), ("0.7%", 0.007)] {
            assert_eq!(share(text), Ok(value), "{text}");
        }
        for bad in [
            "", "%", "5", "0", "1", "100%", "-5%", "NaN", "inf%", "5e%", "0x5",
        ] {
            assert!(share(bad).is_err(), "{bad}");
        }
    }
}
