//! The candidate against the baseline, case by case: not worse by the margin.
//!
//! Tango's interval (1998) with an effective sample size for repeats and clusters; `McNemar`'s mid-p (Fagerland, Lydersen and
//! Laake 2013) for blocking where every case was asked once.

use super::margin::Margin;
use super::{Effect, EvidenceGate, Lean, Outcomes, Pool, Seen};
use crate::model::looks::Look;
use crate::stats::{
    ArmPasses, EffectiveTango, StatsError, mcnemar, t_two_sided_p, tango_effective_n, tango_score_z,
};

/// Outcomes of both versions over the same cases.
#[derive(Clone, Debug)]
pub struct Paired<'a> {
    /// Outcomes of the baseline.
    pub baseline: &'a Outcomes,
    /// Earlier outcomes of the baseline that stand beside the fresh ones.
    pub pool: Option<&'a Pool>,
    /// Outcomes of the candidate.
    pub candidate: &'a Outcomes,
    /// The cluster of each case, where cases belong together.
    pub clusters: Option<&'a [usize]>,
    /// Largest tolerated drop of the pass rate, in (0, 1).
    pub margin: f64,
}

impl EvidenceGate for Paired<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        let (Some((base, base_repeats)), Some(own)) = (
            self.baseline_passes(look.repeats),
            self.candidate.passes(look.repeats),
        ) else {
            return Ok(None);
        };
        let arm = |passes, repeats: u32| ArmPasses {
            passes,
            repeats: u64::from(repeats),
        };
        let (base, own) = (arm(&base, base_repeats), arm(&own, look.repeats));
        let margin = Margin(self.margin);
        let tango = match tango_effective_n(base, own, self.clusters, look.alpha) {
            Err(StatsError::TooFewClusters { .. }) => {
                return Ok(Some(margin.seen(look, nothing_known(base, own), 1.0)));
            }
            other => other?,
        };
        let once = base_repeats == 1 && look.repeats == 1 && self.clusters.is_none();
        let p_block = if once {
            let (broken, fixed) = (tango.regressions.round(), tango.fixes.round());
            mcnemar(broken as u64, fixed as u64)?.midp_one
        } else {
            p_worse(&tango, own.passes.len())?
        };
        let effect = Effect {
            estimate: tango.diff,
            lower: tango.lower,
            upper: tango.upper,
            se: Some(tango.se()),
            units: tango.clusters,
        };
        Ok(Some(margin.seen(look, effect, p_block)))
    }

    fn lean(&self, last: &Seen, level: f64) -> Lean {
        Margin(self.margin).lean(last, level)
    }

    fn can_pass(&self) -> bool {
        Margin(self.margin).can_pass(self.candidate.0.len(), self.clusters)
    }
}

impl Paired<'_> {
    /// Passes of the baseline in its first repeats and in its pool, and how many answers a case that are.
    fn baseline_passes(&self, repeats: u32) -> Option<(Vec<u64>, u32)> {
        // A stored baseline may have fewer repeats than the look asks for: then those it has are used.
        let fresh_repeats = self.baseline.repeats().min(repeats);
        let fresh = self.baseline.passes(fresh_repeats)?;
        let Some(pool) = self.pool.and_then(|pool| pool.at(repeats)) else {
            return Some((fresh, fresh_repeats));
        };
        let pooled = pool.passes(pool.repeats())?;
        let both = fresh.iter().zip(pooled).map(|(fresh, old)| fresh + old);
        Some((both.collect(), fresh_repeats + pool.repeats()))
    }
}

/// The smallest level at which the upper bound lies below no difference. The score scales with the root of the effective number
/// of cases, whose factor for estimated variances is a ratio of quantiles: so the score is that of a t variable.
fn p_worse(tango: &EffectiveTango, cases: usize) -> Result<f64, StatsError> {
    let scale = 1.0 / tango.deff;
    let (fixes, regressions) = (tango.fixes * scale, tango.regressions * scale);
    let score = tango_score_z(fixes, regressions, cases as f64 * scale, 0.0)?;
    let two_sided = t_two_sided_p(score, (tango.clusters - 1) as f64)?;
    Ok(if score < 0.0 {
        two_sided / 2.0
    } else {
        1.0 - two_sided / 2.0
    })
}

/// One case, or one cluster, tells nothing of others: every difference is possible.
fn nothing_known(base: ArmPasses<'_>, own: ArmPasses<'_>) -> Effect {
    let rate = |arm: ArmPasses<'_>| {
        let asked = arm.passes.len() as f64 * arm.repeats as f64;
        arm.passes.iter().sum::<u64>() as f64 / asked
    };
    Effect {
        estimate: rate(own) - rate(base),
        lower: -1.0,
        upper: 1.0,
        se: None,
        units: 1,
    }
}
