//! Gates that decide on evidence: several looks at a stated error rate, several gates together, and what happens when the data
//! do not suffice. `docs/gates.md` explains them; the formulas are those of Tango, Clopper-Pearson, Korn-Graubard and Holm.

pub mod broken;
mod mean;
mod paired;
mod rate;

pub use mean::{MeanAbove, MeanDifference};
pub use paired::Paired;
pub use rate::{LowerBound, Rate};

use crate::model::looks::{Look, OnInconclusive};
use crate::stats::{Decision, StatsError, holm_adjusted};

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

/// What a gate sees at one look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// The look.
    pub look: Look,
    /// Whether the gate passes at the look's level.
    pub passes: bool,
    /// The smallest level at which it would block.
    pub p_block: f64,
    /// The measured rate, mean or difference.
    pub estimate: f64,
    /// One-sided lower bound at the look's level.
    pub lower: f64,
    /// One-sided upper bound at the look's level.
    pub upper: f64,
    /// Standard error of the estimate, where the rule needs it.
    pub se: f64,
    /// Independent units: cases, or clusters of them.
    pub units: usize,
}

/// Data and rule of one gate.
pub trait Evidence {
    /// Looks at the first `look.repeats` repeats; `None` where they are not there.
    ///
    /// # Errors
    /// When nothing can be said of such data: no case, a single cluster.
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError>;

    /// Whether `lean` blocks after an inconclusive last look.
    fn leans_to_block(&self, last: &Seen) -> bool;
}

/// How a gate came out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decided {
    /// Pass, fail or inconclusive.
    pub decision: Decision,
    /// Whether the gate blocks; differs from the decision where that is inconclusive.
    pub blocks: bool,
    /// What was seen at the look that decided, else at the last one.
    pub seen: Seen,
}

/// Decides gates of one candidate together: each passes by itself (all of them must), and blocks by Holm's step-down test over
/// all of them, so that more gates do not mean more false blocks.
pub fn decide(
    gates: &[&dyn Evidence],
    looks: &[Look],
    policy: OnInconclusive,
) -> Vec<Result<Decided, StatsError>> {
    let mut results: Vec<Option<Result<Decided, StatsError>>> = vec![None; gates.len()];
    let mut last: Vec<Option<Seen>> = vec![None; gates.len()];
    for look in looks {
        let seen: Vec<Result<Option<Seen>, StatsError>> =
            gates.iter().map(|gate| gate.look(*look)).collect();
        let p: Vec<f64> = seen
            .iter()
            .map(|seen| match seen {
                Ok(Some(seen)) => seen.p_block,
                _ => 1.0,
            })
            .collect();
        let adjusted = holm_adjusted(&p).unwrap_or(p);
        for (at, seen) in seen.into_iter().enumerate() {
            let (Some(result), Some(last)) = (results.get_mut(at), last.get_mut(at)) else {
                continue;
            };
            if result.is_some() {
                continue;
            }
            let seen = match seen {
                Ok(Some(seen)) => seen,
                Ok(None) => continue,
                Err(error) => {
                    *result = Some(Err(error));
                    continue;
                }
            };
            *last = Some(seen);
            let blocks = adjusted.get(at).is_some_and(|p| *p <= look.alpha);
            if seen.passes || blocks {
                let blocks = !seen.passes;
                *result = Some(Ok(Decided {
                    decision: if blocks {
                        Decision::Fail
                    } else {
                        Decision::Pass
                    },
                    blocks,
                    seen,
                }));
            }
        }
    }
    results
        .into_iter()
        .zip(gates)
        .zip(last)
        .map(|((result, gate), last)| result.unwrap_or_else(|| undecided(*gate, last, policy)))
        .collect()
}

/// What becomes of a gate that no look decided.
fn undecided(
    gate: &dyn Evidence,
    last: Option<Seen>,
    policy: OnInconclusive,
) -> Result<Decided, StatsError> {
    let seen = last.ok_or(StatsError::Empty { what: "looks" })?;
    Ok(Decided {
        decision: Decision::Inconclusive,
        blocks: match policy {
            OnInconclusive::Warn => false,
            OnInconclusive::Block => true,
            OnInconclusive::Lean => gate.leans_to_block(&seen),
        },
        seen,
    })
}
