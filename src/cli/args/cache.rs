//! Arguments of `cache`.

use clap::{Args, Subcommand};

use super::Format;

const CACHE_EXAMPLES: &str = "\
Examples:
  prompteval cache stats
  prompteval cache prune --max-age 30d --max-size 200MB
  prompteval cache clear";

/// Arguments of `cache`.
#[derive(Debug, Args)]
#[command(after_help = CACHE_EXAMPLES)]
pub(in crate::cli) struct CacheArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub(in crate::cli) action: CacheAction,
}

/// What to do with the cache.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CacheAction {
    /// Print what is in it
    Stats {
        /// What to print on standard output
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Remove old responses, then the oldest ones beyond a size
    Prune {
        /// Maximum age of responses to keep, such as 30d or 12h [default: the project's, else 90d]
        #[arg(long, value_name = "AGE", value_parser = days)]
        max_age: Option<f64>,
        /// Maximum size of the cache, such as 500MB [default: the project's, else 1000MB]
        #[arg(long, value_name = "SIZE", value_parser = bytes)]
        max_size: Option<u64>,
        /// Only print what would be removed
        #[arg(long)]
        dry_run: bool,
        /// What to print on standard output
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Remove everything
    Clear {
        /// What to print on standard output
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
}

fn days(text: &str) -> Result<f64, String> {
    let units = [("d", 1.0), ("h", 1.0 / 24.0), ("m", 1.0 / 1440.0)];
    amount(text, &units).ok_or_else(|| "write an age such as 30d, 12h or 90m".to_owned())
}

fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("GB", 1e9),
        ("MB", 1e6),
        ("kB", 1e3),
        ("KB", 1e3),
        ("B", 1.0),
    ];
    let bytes = amount(text, &units);
    bytes
        .map(|bytes| bytes as u64)
        .ok_or_else(|| "write a size such as 500MB or 1.5GB".to_owned())
}

/// A number of 0 or more with one of these units.
fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let number: f64 = number.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_have_units() {
        assert_eq!(days("36h"), Ok(1.5));
        assert_eq!(bytes("1.5GB"), Ok(1_500_000_000));
        assert_eq!(bytes("0B"), Ok(0));
        for bad in ["", "5", "-1d", "xMB", "NaNd", "infd"] {
            assert!(days(bad).is_err() && bytes(bad).is_err(), "{bad}");
        }
    }
}
