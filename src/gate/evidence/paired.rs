//! The candidate against the baseline, case by case: not worse by the margin.
//!
//! Tango's interval (1998) with an effective sample size for repeats and clusters; `McNemar`'s mid-p (Fagerland, Lydersen and
//! Laake 2013) for blocking where every case was asked once.

use super::{Evidence, Outcomes, Seen};
use crate::model::looks::{ALPHA, Look};
use crate::stats::{
    ArmPasses, StatsError, mcnemar, midpoint_error, normal_cdf, tango_effective_n, tango_score_z,
};

/// Outcomes of both versions over the same cases.
#[derive(Clone, Debug)]
pub struct Paired<'a> {
    /// Outcomes of the baseline.
    pub baseline: &'a Outcomes,
    /// Outcomes of the candidate.
    pub candidate: &'a Outcomes,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// Largest tolerated drop of the pass rate, in (0, 1).
    pub margin: f64,
}

impl Paired<'_> {
    /// Units below which no drop of the margin can be excluded, even if every case passes: 59 for 5 points.
    pub fn units_needed(margin: f64) -> usize {
        (ALPHA.ln() / (1.0 - margin).ln()).ceil() as usize
    }
}

impl Evidence for Paired<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        // A stored baseline may have fewer repeats than the look asks for: then those it has are used.
        let base_repeats = self.baseline.repeats().min(look.repeats);
        let (Some(base), Some(own)) = (
            self.baseline.passes(base_repeats),
            self.candidate.passes(look.repeats),
        ) else {
            return Ok(None);
        };
        let arm = |passes, repeats: u32| ArmPasses {
            passes,
            repeats: u64::from(repeats),
        };
        let (base, own) = (arm(&base, base_repeats), arm(&own, look.repeats));
        let tango = match tango_effective_n(base, own, self.clusters, look.alpha) {
            Err(StatsError::TooFewClusters { .. }) => {
                return Ok(Some(nothing_known(look, base, own)));
            }
            other => other?,
        };
        let once = base_repeats == 1 && look.repeats == 1 && self.clusters.is_none();
        let p_block = if once {
            let (broken, fixed) = (tango.regressions.round(), tango.fixes.round());
            mcnemar(broken as u64, fixed as u64)?.midp_one
        } else {
            let scale = 1.0 / (tango.deff * tango.adj);
            let n = own.passes.len() as f64 * scale;
            normal_cdf(tango_score_z(
                tango.fixes * scale,
                tango.regressions * scale,
                n,
                0.0,
            )?)
        };
        Ok(Some(Seen {
            look,
            passes: tango.lower > -self.margin && tango.clusters >= Self::units_needed(self.margin),
            p_block,
            estimate: tango.diff,
            lower: tango.lower,
            upper: tango.upper,
            se: tango.se(),
            units: tango.clusters,
        }))
    }

    /// Blocks when the drop is past the middle of the margin, as long as that rule's own error keeps the level; else only what
    /// the level's test blocks.
    fn leans_to_block(&self, last: &Seen) -> bool {
        if midpoint_error(self.margin, last.se).is_ok_and(|error| error <= ALPHA) {
            last.estimate < -self.margin / 2.0
        } else {
            last.p_block <= ALPHA
        }
    }
}

/// One case, or one cluster, tells nothing of others: every difference is possible.
fn nothing_known(look: Look, base: ArmPasses<'_>, own: ArmPasses<'_>) -> Seen {
    let rate = |arm: ArmPasses<'_>| {
        let asked = arm.passes.len() as f64 * arm.repeats as f64;
        arm.passes.iter().sum::<u64>() as f64 / asked
    };
    Seen {
        look,
        passes: false,
        p_block: 1.0,
        estimate: rate(own) - rate(base),
        lower: -1.0,
        upper: 1.0,
        se: 1.0,
        units: 1,
    }
}
