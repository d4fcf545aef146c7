//! Earlier answers of a baseline beside its fresh ones: more of them make its rate surer, as long as it is still the same rate.
//!
//! Every look holds the fresh answers it has against the pool, two-sided at 1 %, and goes without a pool that moved. A pool that
//! did not move costs no error rate: it is refused by what the baseline does, and the candidate has no part in that.

use std::collections::BTreeMap;

use super::Outcomes;
use crate::stats::{ArmPasses, StatsError, tango_effective_n};

/// Error rate of the test of fresh answers against pooled ones, both sides together.
const ALPHA_MOVED: f64 = 0.01;

/// Pooled answers to the cases of a gate.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    outcomes: Outcomes,
    /// Why a look at so many repeats goes without it.
    refused: BTreeMap<u32, String>,
}

impl Pool {
    /// The pooled answers, held against the fresh ones at each look of so many repeats. A fresh answer in error is `None` and
    /// leaves its case out of that test.
    ///
    /// # Errors
    /// When nothing can be said of such data.
    pub fn new(
        outcomes: Outcomes,
        fresh: &[Vec<Option<bool>>],
        clusters: Option<&[usize]>,
        looks: &[u32],
    ) -> Result<Self, StatsError> {
        let mut refused = BTreeMap::new();
        for repeats in looks {
            if let Some(reason) = moved_at(*repeats, fresh, &outcomes, clusters)? {
                refused.insert(*repeats, reason);
            }
        }
        Ok(Self { outcomes, refused })
    }

    /// The pooled answers, unless the look at so many repeats goes without them.
    pub fn at(&self, repeats: u32) -> Option<&Outcomes> {
        (!self.refused.contains_key(&repeats)).then_some(&self.outcomes)
    }

    /// Why a look at so many repeats goes without it.
    pub fn refused(&self, repeats: u32) -> Option<&str> {
        self.refused.get(&repeats).map(String::as_str)
    }

    /// The same, refused where another one is: cases of which a part is tested, too, moved with the whole.
    #[must_use]
    pub(crate) fn refused_like(mut self, other: &Self) -> Self {
        for (repeats, reason) in &other.refused {
            self.refused.insert(*repeats, reason.clone());
        }
        self
    }

    /// How many answers there are of every case.
    pub fn depth(&self) -> u32 {
        self.outcomes.repeats()
    }
}

/// The test at a look, over the cases without an error in its repeats.
fn moved_at(
    repeats: u32,
    fresh: &[Vec<Option<bool>>],
    pool: &Outcomes,
    clusters: Option<&[usize]>,
) -> Result<Option<String>, StatsError> {
    let depth = pool.repeats();
    let (mut new, mut old, mut units) = (Vec::new(), Vec::new(), Vec::new());
    // A look may ask for more repeats than a baseline has: then those it has are used.
    let least = fresh.iter().map(Vec::len).min().unwrap_or_default();
    let repeats = least.min(repeats as usize);
    for (at, (answers, pooled)) in fresh.iter().zip(&pool.0).enumerate() {
        let first: Option<Vec<bool>> = answers.iter().take(repeats).copied().collect();
        let Some(first) = first else { continue };
        new.push(passes(&first));
        old.push(passes(pooled.get(..depth as usize).unwrap_or_default()));
        let own = clusters.and_then(|clusters| clusters.get(at));
        units.push(own.copied().unwrap_or(at));
    }
    if new.is_empty() || repeats == 0 || depth == 0 {
        return Ok(Some("there is nothing to hold it against".to_owned()));
    }
    let arm = |passes, repeats| ArmPasses { passes, repeats };
    pool_moved(
        arm(&new, repeats as u64),
        arm(&old, u64::from(depth)),
        clusters.is_some().then_some(units.as_slice()),
    )
}

fn passes(answers: &[bool]) -> u64 {
    answers.iter().filter(|passed| **passed).count() as u64
}

/// Whether a version answers in another way than it did when the pool was filled; the reason, if so. A single cluster tells
/// nothing of that, so that no pool is taken beside it.
///
/// # Errors
/// When nothing can be said of such data: no case, more passes than repeats.
pub fn pool_moved(
    fresh: ArmPasses<'_>,
    pool: ArmPasses<'_>,
    clusters: Option<&[usize]>,
) -> Result<Option<String>, StatsError> {
    let tango = match tango_effective_n(pool, fresh, clusters, ALPHA_MOVED / 2.0) {
        Err(StatsError::TooFewClusters { .. }) => {
            return Ok(Some("one case is too little to hold it against".to_owned()));
        }
        other => other?,
    };
    let moved = tango.lower > 0.0 || tango.upper < 0.0;
    let rate = |arm: ArmPasses<'_>| {
        let answers = arm.passes.len() as f64 * arm.repeats as f64;
        100.0 * arm.passes.iter().sum::<u64>() as f64 / answers
    };
    Ok(moved.then(|| {
        format!(
            "{:.1} % of its fresh answers pass, and {:.1} % of the pooled ones did",
            rate(fresh),
            rate(pool)
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` cases, of which one in `every` fails in each of its repeats.
    fn failing(n: usize, every: usize, repeats: usize) -> Vec<Vec<bool>> {
        (0..n)
            .map(|case| vec![!case.is_multiple_of(every); repeats])
            .collect()
    }

    fn fresh(answers: &[Vec<bool>]) -> Vec<Vec<Option<bool>>> {
        let some = |case: &Vec<bool>| case.iter().copied().map(Some).collect();
        answers.iter().map(some).collect()
    }

    fn pool(pooled: Vec<Vec<bool>>, answers: &[Vec<bool>]) -> Pool {
        Pool::new(Outcomes(pooled), &fresh(answers), None, &[1, 3]).unwrap()
    }

    #[test]
    fn a_pool_that_answers_alike_is_taken() {
        let pool = pool(failing(100, 10, 12), &failing(100, 10, 3));
        assert_eq!(pool.depth(), 12);
        assert!(pool.at(1).is_some() && pool.at(3).is_some());
        assert_eq!(pool.refused(1), None);
    }

    #[test]
    fn a_pool_that_moved_is_refused_to_either_side_and_says_why() {
        let worse = pool(failing(100, 1_000, 12), &failing(100, 5, 1));
        assert!(worse.at(1).is_none());
        let reason = worse.refused(1).unwrap();
        assert!(
            reason.starts_with("80.0 % of its fresh answers pass"),
            "{reason}"
        );
        assert!(reason.contains("99.0 % of the pooled ones"), "{reason}");
        let better = pool(failing(100, 5, 12), &failing(100, 1_000, 1));
        assert!(better.at(1).is_none());
    }

    #[test]
    fn each_look_tests_with_the_answers_it_has() {
        // The first repeat agrees with the pool; the second and third do not.
        let mut answers = failing(100, 10, 1);
        for (case, own) in answers.iter_mut().enumerate() {
            own.extend([case % 2 == 0 && case % 10 != 0; 2]);
        }
        let pool = pool(failing(100, 10, 12), &answers);
        assert!(pool.at(1).is_some());
        assert!(pool.at(3).is_none());
    }

    #[test]
    fn an_answer_in_error_leaves_its_case_out_of_the_test() {
        let mut answers = fresh(&failing(40, 1_000, 1));
        for case in answers.iter_mut().take(10) {
            *case = vec![None];
        }
        let pooled = || Outcomes(failing(40, 1_000, 6));
        let pool = Pool::new(pooled(), &answers, None, &[1]).unwrap();
        assert_eq!(pool.refused(1), None);
        let nothing = vec![vec![None]; 40];
        let pool = Pool::new(pooled(), &nothing, None, &[1]).unwrap();
        assert!(pool.at(1).is_none());
    }

    #[test]
    fn one_cluster_is_too_little_to_tell() {
        let answers = fresh(&failing(10, 100, 1));
        let one = vec![7; 10];
        let pool = Pool::new(Outcomes(failing(10, 100, 3)), &answers, Some(&one), &[1]).unwrap();
        assert!(pool.at(1).is_none());
    }

    #[test]
    fn what_is_no_data_is_an_error() {
        let arm = |passes, repeats| ArmPasses { passes, repeats };
        assert!(pool_moved(arm(&[], 1), arm(&[], 1), None).is_err());
        assert!(pool_moved(arm(&[2], 1), arm(&[1], 1), None).is_err());
    }
}
