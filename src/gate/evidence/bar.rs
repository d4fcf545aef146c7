//! One version against a bar: a target and a floor, or a bound that is surely reached. Pass rates and mean scores take the same gate.

use super::{Effect, EvidenceGate, Lean, Seen};
use crate::model::looks::{ALPHA, Look};
use crate::stats::StatsError;

/// What is good, and what is not acceptable any more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// What is good.
    pub target: f64,
    /// What is not acceptable any more.
    pub floor: f64,
}

/// What is demanded of a pass rate or a mean score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    /// Passes when it is surely at least the floor, blocks when it is surely below the target.
    Band(Band),
    /// Passes only when it is surely at least this: for safety.
    AtLeast(f64),
}

impl Bar {
    /// What has to be surely reached to pass.
    fn floor(self) -> f64 {
        match self {
            Self::Band(band) => band.floor,
            Self::AtLeast(min) => min,
        }
    }

    /// What has to be surely missed to block.
    fn target(self) -> f64 {
        match self {
            Self::Band(band) => band.target,
            Self::AtLeast(min) => min,
        }
    }
}

/// Answers to the cases of a gate, repeat by repeat.
pub trait Answers {
    /// What the first repeats say.
    type Sample: Sample;

    /// The first `repeats` repeats; `None` where a case has fewer.
    ///
    /// # Errors
    /// When nothing can be said of such data.
    fn sample(
        &self,
        repeats: u32,
        clusters: Option<&[usize]>,
    ) -> Result<Option<Self::Sample>, StatsError>;

    /// As many cases, each of them perfect.
    ///
    /// # Errors
    /// When nothing can be said of so many.
    fn perfect(&self, clusters: Option<&[usize]>) -> Result<Self::Sample, StatsError>;
}

/// A number in 0..=1 over independent units: a pass rate or a mean score.
pub trait Sample {
    /// What was measured, with its one-sided bounds at a level.
    ///
    /// # Errors
    /// When nothing can be said of such data.
    fn effect(&self, alpha: f64) -> Result<Effect, StatsError>;

    /// The lower of these bounds alone.
    ///
    /// # Errors
    /// When nothing can be said of such data.
    fn lower(&self, alpha: f64) -> Result<f64, StatsError>;

    /// The smallest level at which the number is surely below the target.
    ///
    /// # Errors
    /// When nothing can be said of such data.
    fn p_below(&self, target: f64) -> Result<f64, StatsError>;
}

/// Answers of one version against a bar.
#[derive(Clone, Debug)]
pub struct Above<'a, A> {
    /// Outcomes or scores of the version.
    pub answers: &'a A,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// What is demanded.
    pub bar: Bar,
}

impl<A: Answers> EvidenceGate for Above<'_, A> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        let Some(sample) = self.answers.sample(look.repeats, self.clusters)? else {
            return Ok(None);
        };
        let effect = sample.effect(look.alpha)?;
        Ok(Some(Seen {
            look,
            passes: effect.lower >= self.bar.floor(),
            p_block: sample.p_below(self.bar.target())?,
            effect: Some(effect),
            part: None,
        }))
    }

    /// Passes from the middle between floor and target on; where safety is not shown it is not assumed. At small numbers the
    /// middle cannot keep the level on both sides, so the gate's reason names both error rates.
    fn lean(&self, last: &Seen, _: f64) -> Lean {
        let reaches = |least: f64| last.effect.is_some_and(|effect| effect.estimate >= least);
        match self.bar {
            Bar::Band(band) if reaches(f64::midpoint(band.floor, band.target)) => Lean::Pass,
            Bar::Band(_) | Bar::AtLeast(_) => Lean::Block,
        }
    }

    fn can_pass(&self) -> bool {
        let perfect = self.answers.perfect(self.clusters);
        let lower = perfect.and_then(|sample| sample.lower(ALPHA));
        lower.is_ok_and(|lower| lower >= self.bar.floor())
    }
}
