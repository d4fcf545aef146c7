//! Gates that decide on evidence: several looks at a stated error rate, all gates of a run together, and what happens when the
//! data do not suffice. `docs/gates.md` explains them; the formulas are those of Tango, Clopper-Pearson, Korn-Graubard and Holm.

mod bar;
pub mod broken;
mod clusters;
mod difference;
mod each_tag;
mod family;
mod margin;
mod mean;
mod paired;
mod pool;
mod rate;

pub use bar::{Above, Answers, Band, Bar, Sample};
pub use difference::MeanDifference;
pub use each_tag::EachTag;
pub use family::{Decided, Known, Member, decide_family};
pub use margin::units_needed;
pub use paired::Paired;
pub use pool::{Pool, pool_moved};

use crate::model::looks::Look;
use crate::stats::StatsError;

/// Outcomes of cases, repeat by repeat.
#[derive(Clone, Debug, Default)]
pub struct Outcomes(pub Vec<Vec<bool>>);

impl Outcomes {
    /// Passes of each case in its first `repeats` repeats; `None` where a case has fewer.
    pub fn passes(&self, repeats: u32) -> Option<Vec<u64>> {
        let repeats = repeats as usize;
        let count = |case: &Vec<bool>| {
            let first = case.get(..repeats)?;
            Some(first.iter().filter(|passed| **passed).count() as u64)
        };
        self.0.iter().map(count).collect()
    }

    /// The number of repeats that every case has.
    pub fn repeats(&self) -> u32 {
        self.0.iter().map(Vec::len).min().unwrap_or_default() as u32
    }
}

/// Scores of cases in 0..=1, repeat by repeat.
#[derive(Clone, Debug, Default)]
pub struct Scores(pub Vec<Vec<f64>>);

impl Scores {
    /// Mean score of each case over its first `repeats` repeats; `None` where a case has fewer.
    pub(crate) fn means(&self, repeats: u32) -> Option<Vec<f64>> {
        let repeats = repeats as usize;
        let mean = |case: &Vec<f64>| {
            let first = case.get(..repeats).filter(|first| !first.is_empty())?;
            Some(first.iter().sum::<f64>() / first.len() as f64)
        };
        self.0.iter().map(mean).collect()
    }

    /// The number of repeats that every case has.
    pub fn repeats(&self) -> u32 {
        self.0.iter().map(Vec::len).min().unwrap_or_default() as u32
    }
}

/// What a gate sees at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The look.
    pub look: Look,
    /// Whether the gate passes at the look's level.
    pub passes: bool,
    /// The smallest level at which it would block.
    pub p_block: f64,
    /// What was measured; `None` of a gate that is told its p-value.
    pub effect: Option<Effect>,
    /// Which part of a gate of several parts this is about: the worst one.
    pub part: Option<usize>,
}

/// A rate, a mean or a difference, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The measured number.
    pub estimate: f64,
    /// One-sided lower bound at the look's level.
    pub lower: f64,
    /// One-sided upper bound at the look's level.
    pub upper: f64,
    /// Standard error of the estimate, robust against clusters; `None` where a single cluster tells nothing of others.
    pub se: Option<f64>,
    /// Independent units: cases, or clusters of them.
    pub units: usize,
}

/// The side that `lean` takes after an inconclusive last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lean {
    /// The numbers lie on the good side.
    Pass,
    /// They lie on the bad side, but not beyond what chance explains at the error rate in force.
    PassUnproven,
    /// They lie on the bad side.
    Block,
}

/// Data and rule of one gate.
pub trait EvidenceGate {
    /// Looks at the first `look.repeats` repeats; `None` where they are not there.
    ///
    /// # Errors
    /// When nothing can be said of such data: no case, a single cluster.
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError>;

    /// The side that `lean` takes; blocks at most at the `level` that several gates leave to this one.
    fn lean(&self, last: &Seen, level: f64) -> Lean;

    /// Whether so many cases can pass at all, were every one of them perfect.
    fn can_pass(&self) -> bool;
}
