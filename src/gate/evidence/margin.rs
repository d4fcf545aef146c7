//! A difference against the largest tolerated drop: what comparisons of rates and of mean scores have in common.

use super::clusters::units;
use super::{Effect, Lean, Seen};
use crate::model::looks::{ALPHA, Look};
use crate::stats::midpoint_error;

/// Units below which no drop of the margin, in (0, 1), can be excluded, even if every case passes: 59 for 5 points.
pub fn units_needed(margin: f64) -> usize {
    (ALPHA.ln() / (1.0 - margin).ln()).ceil() as usize
}

/// Largest tolerated drop, in (0, 1).
#[derive(Clone, Copy, Debug)]
pub(super) struct Margin(pub(super) f64);

impl Margin {
    /// A difference as a gate sees it; `p_worse` is the smallest level at which the candidate is surely worse.
    pub(super) fn seen(self, look: Look, effect: Effect, p_worse: f64) -> Seen {
        Seen {
            look,
            passes: effect.lower > -self.0 && effect.units >= units_needed(self.0),
            p_block: p_worse,
            effect: Some(effect),
            part: None,
        }
    }

    /// The middle of the margin decides, as long as that rule's own error keeps the level; else only what the level's test
    /// blocks. Either way nothing blocks that the level in force would not.
    pub(super) fn lean(self, last: &Seen, level: f64) -> Lean {
        let se = last.effect.and_then(|effect| effect.se);
        let error = se.map(|se| midpoint_error(self.0, se));
        let middle_is_safe = error.is_some_and(|error| error.is_ok_and(|error| error <= ALPHA));
        let is_bad = match last.effect {
            Some(effect) if middle_is_safe => effect.estimate < -self.0 / 2.0,
            _ => last.p_block <= ALPHA,
        };
        match (is_bad, last.p_block <= level) {
            (false, _) => Lean::Pass,
            (true, false) => Lean::PassUnproven,
            (true, true) => Lean::Block,
        }
    }

    /// Whether there are as many units as a drop of the margin needs to be excluded.
    pub(super) fn can_pass(self, cases: usize, clusters: Option<&[usize]>) -> bool {
        units(cases, clusters) >= units_needed(self.0)
    }
}
