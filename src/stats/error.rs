//! Why a statistic has no value, and the input checks that say so.

use thiserror::Error;

/// Input for which a statistic is not defined. Nothing in `stats` panics on input.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum StatsError {
    /// There is nothing to compute from.
    #[error("{what} is empty")]
    Empty {
        /// Name of the argument.
        what: &'static str,
    },
    /// A number lies outside its domain (NaN included).
    #[error("{what} = {value} is not {domain}")]
    OutOfRange {
        /// Name of the argument.
        what: &'static str,
        /// The value that was given.
        value: f64,
        /// The domain, in words.
        domain: &'static str,
    },
    /// Two lists that belong together differ in length.
    #[error("{what}: {left} items against {right}")]
    LengthMismatch {
        /// The pair of arguments.
        what: &'static str,
        /// Length of the first.
        left: usize,
        /// Length of the second.
        right: usize,
    },
    /// A standard error between clusters needs at least two of them.
    #[error("{found} cluster(s): a standard error needs at least 2")]
    TooFewClusters {
        /// How many distinct clusters there are.
        found: usize,
    },
    /// More items than an exhaustive method can enumerate.
    #[error("{what}: {found} items, at most {limit} can be enumerated")]
    TooMany {
        /// Name of the argument.
        what: &'static str,
        /// How many items there are.
        found: usize,
        /// The most that is enumerated.
        limit: usize,
    },
    /// Sensitivity + specificity - 1 is too small to correct a judge's rate.
    #[error(
        "the judge is uninformative: sensitivity + specificity - 1 = {youden}, needs more than 0.2"
    )]
    UninformativeJudge {
        /// Youden's index of the judge.
        youden: f64,
    },
}

/// `Ok` if `value` is in `[0, 1]`.
pub(super) fn check_probability(what: &'static str, value: f64) -> Result<(), StatsError> {
    check(what, value, "in [0, 1]", (0.0..=1.0).contains(&value))
}

/// `Ok` if `value` is in `(0, 1)`.
pub(super) fn check_open_unit(what: &'static str, value: f64) -> Result<(), StatsError> {
    check(what, value, "in (0, 1)", value > 0.0 && value < 1.0)
}

/// `Ok` if `value` is finite and above 0.
pub(super) fn check_positive(what: &'static str, value: f64) -> Result<(), StatsError> {
    check(
        what,
        value,
        "positive and finite",
        value > 0.0 && value.is_finite(),
    )
}

/// `Ok` if `holds`; else the error names the argument and its domain.
pub(super) fn check(
    what: &'static str,
    value: f64,
    domain: &'static str,
    holds: bool,
) -> Result<(), StatsError> {
    if holds {
        Ok(())
    } else {
        Err(StatsError::OutOfRange {
            what,
            value,
            domain,
        })
    }
}

/// `Ok` if `count` is at most `total` and `total` is not 0.
pub(super) fn check_count(what: &'static str, count: u64, total: u64) -> Result<(), StatsError> {
    check("n", total as f64, "at least 1", total > 0)?;
    check(what, count as f64, "at most n", count <= total)
}

/// `Ok` if there are values and all are finite.
pub(super) fn check_values(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    if values.is_empty() {
        return Err(StatsError::Empty { what });
    }
    check_each(what, values, "finite", f64::is_finite)
}

/// `Ok` if every value is in `[0, 1]`; an empty list is fine.
pub(super) fn check_unit_values(what: &'static str, values: &[f64]) -> Result<(), StatsError> {
    check_each(what, values, "in [0, 1]", |v| (0.0..=1.0).contains(&v))
}

/// `Ok` if both lists have the same length.
pub(super) fn check_lengths(
    what: &'static str,
    left: usize,
    right: usize,
) -> Result<(), StatsError> {
    if left == right {
        Ok(())
    } else {
        Err(StatsError::LengthMismatch { what, left, right })
    }
}

fn check_each(
    what: &'static str,
    values: &[f64],
    domain: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<(), StatsError> {
    match values.iter().find(|v| !holds(**v)) {
        Some(&value) => Err(StatsError::OutOfRange {
            what,
            value,
            domain,
        }),
        None => Ok(()),
    }
}
