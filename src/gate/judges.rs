//! Scores of two judges are no comparison, though both answer to one name.

use super::candidate::Candidate;
use super::decidable::is_stored;
use crate::model::record::ArmRecord;

impl Candidate<'_> {
    /// An evaluator whose judge was another model for the other arm than for the candidate.
    pub(super) fn moved_judge(&self, other: &ArmRecord) -> Option<String> {
        let both = self.results.judge_models.iter();
        let mut both =
            both.filter_map(|(name, own)| Some((name, own, other.judge_models.get(name)?)));
        let stored = is_stored(other);
        let (name, own, theirs) = both.find(|(_, own, theirs)| {
            if stored {
                !own.is_subset(theirs)
            } else {
                own.is_disjoint(theirs)
            }
        })?;
        let names = |models: &std::collections::BTreeSet<String>| {
            models.iter().cloned().collect::<Vec<_>>().join(", ")
        };
        Some(format!(
            "the judge of `{name}` was {} for the candidate and {} for the baseline: ask both again",
            names(own),
            names(theirs)
        ))
    }
}
