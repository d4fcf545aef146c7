//! One gate over all labels: the same rule on the cases of each, and one error rate for all of them.

use super::{EvidenceGate, Lean, Seen};
use crate::model::looks::Look;
use crate::stats::StatsError;

/// Passes when every label passes; blocks by Holm's first step over the labels, the worst of them at its share of the level.
pub struct EachTag<'a> {
    parts: Vec<Box<dyn EvidenceGate + 'a>>,
}

impl<'a> EachTag<'a> {
    /// The gate over these parts, one a label.
    pub fn new(parts: Vec<Box<dyn EvidenceGate + 'a>>) -> Self {
        Self { parts }
    }

    fn count(&self) -> f64 {
        self.parts.len().max(1) as f64
    }
}

impl EvidenceGate for EachTag<'_> {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        let mut worst: Option<Seen> = None;
        let mut passes = true;
        for (place, part) in self.parts.iter().enumerate() {
            let Some(seen) = part.look(look)? else {
                return Ok(None);
            };
            passes &= seen.passes;
            let rank = |seen: &Seen| (seen.p_block, seen.effect.map(|effect| effect.estimate));
            let is_worse = worst.is_none_or(|worst| rank(&seen) < rank(&worst));
            if is_worse {
                worst = Some(Seen {
                    part: Some(place),
                    ..seen
                });
            }
        }
        let worst = worst.ok_or(StatsError::Empty { what: "labels" })?;
        Ok(Some(Seen {
            passes,
            p_block: (worst.p_block * self.count()).min(1.0),
            ..worst
        }))
    }

    fn lean(&self, last: &Seen, level: f64) -> Lean {
        let leans = self.parts.iter().filter_map(|part| {
            let seen = part.look(last.look).ok().flatten()?;
            Some(part.lean(&seen, level / self.count()))
        });
        leans.max().unwrap_or(Lean::Block)
    }

    fn can_pass(&self) -> bool {
        self.parts.iter().all(|part| part.can_pass())
    }
}
