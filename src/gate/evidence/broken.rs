//! Proof that single cases broke: fresh answers of both versions to each case that went from pass to fail, and nothing else.
//!
//! Fisher's exact one-sided test (1935) on the passes of both versions, Holm (1979) over the cases. Which cases are asked again
//! is chosen on other answers than those that are tested, so that the choice cannot make a case look broken.

use crate::model::looks::PROOF_REPEATS;
use crate::model::verdict::Fresh;
use crate::stats::{fisher_exact_one_sided, holm_adjusted};

/// One case that was asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofCase {
    /// Place in the suite's record.
    pub case: u32,
    /// Fresh answers of the baseline.
    pub before: Fresh,
    /// Fresh answers of the candidate.
    pub now: Fresh,
}

impl ProofCase {
    /// Whether every fresh answer of both versions is there and could be decided.
    pub(crate) fn is_answered(&self) -> bool {
        let all = PROOF_REPEATS.len() as u32;
        self.before.answers == all && self.now.answers == all
    }

    /// Chance of answers that speak so clearly against the candidate if nothing changed. 1 while an answer is missing or in
    /// error: those that are there may be the lucky ones.
    pub fn p(&self) -> f64 {
        if !self.is_answered() {
            return 1.0;
        }
        let side = |fresh: Fresh| (u64::from(fresh.passes), u64::from(fresh.answers));
        fisher_exact_one_sided(side(self.before), side(self.now)).unwrap_or(1.0)
    }
}

/// The p of each case, adjusted for how many cases were asked again.
pub fn adjusted(cases: &[ProofCase]) -> Vec<f64> {
    let p: Vec<f64> = cases.iter().map(ProofCase::p).collect();
    holm_adjusted(&p).unwrap_or_else(|_| vec![1.0; p.len()])
}

/// The cases that are proven broken: in at most a share `level` of runs is any of them one that did not change.
pub fn proven(cases: &[ProofCase], level: f64) -> Vec<ProofCase> {
    let both = cases.iter().zip(adjusted(cases));
    let proven = both.filter(|(_, p)| *p <= level);
    proven.map(|(case, _)| *case).collect()
}

/// The smallest level at which more than `max` cases are proven broken; 1 where there are not so many.
pub(crate) fn p_value(cases: &[ProofCase], max: u32) -> f64 {
    let mut adjusted = adjusted(cases);
    adjusted.sort_by(f64::total_cmp);
    adjusted.get(max as usize).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::SplitMix64;

    fn case(case: u32, before: u32, now: u32) -> ProofCase {
        let fresh = |passes| Fresh { passes, answers: 6 };
        ProofCase {
            case,
            before: fresh(before),
            now: fresh(now),
        }
    }

    #[test]
    fn a_case_is_proven_by_its_fresh_answers_and_pays_for_the_others() {
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        let cases = [case(4, 6, 0), case(7, 6, 1), case(9, 5, 5)];
        let adjusted = adjusted(&cases);
        assert!(close(adjusted[0], 3.0 / 924.0) && close(adjusted[1], 14.0 / 924.0));
        let places: Vec<u32> = proven(&cases, 0.05).iter().map(|one| one.case).collect();
        assert_eq!(places, [4, 7]);
        assert!(close(p_value(&cases, 0), 3.0 / 924.0));
        assert!(close(p_value(&cases, 1), 14.0 / 924.0));
        assert!(p_value(&cases, 2) > 0.5 && close(p_value(&cases, 3), 1.0));
        assert!(close(p_value(&[], 0), 1.0));
    }

    #[test]
    fn the_p_value_and_the_proven_cases_agree() {
        for level in [0.004, 0.01, 0.016, 0.05] {
            let cases = [case(0, 6, 0), case(1, 6, 0), case(2, 6, 1), case(3, 6, 3)];
            for max in 0..4 {
                let more = proven(&cases, level).len() > max as usize;
                assert_eq!(more, p_value(&cases, max) <= level, "{max} at {level}");
            }
        }
    }

    #[test]
    fn as_many_cases_as_are_asked_can_be_proven_and_no_more() {
        let broken = |count| (0..count).map(|at| case(at, 6, 0)).collect::<Vec<_>>();
        assert_eq!(proven(&broken(46), 0.05).len(), 46);
        assert_eq!(proven(&broken(47), 0.05).len(), 0);
    }

    #[test]
    fn an_answer_that_is_missing_or_in_error_leaves_its_case_unproven() {
        let mut short = case(0, 6, 0);
        short.now.answers = 5;
        assert!(!short.is_answered());
        assert!(proven(&[short], 0.05).is_empty() && short.p() >= 1.0);
    }

    /// A case that passes with a chance out of Beta(0.9, 0.1): nine in ten on average, with as much noise within cases as between
    /// them (Jöhnk's method, 1964).
    fn difficulty(random: &mut SplitMix64) -> f64 {
        loop {
            let x = random.unit().powf(1.0 / 0.9);
            let y = random.unit().powf(1.0 / 0.1);
            if x + y <= 1.0 && x + y > 0.0 {
                return x / (x + y);
            }
        }
    }

    /// How the candidate differs from the baseline, whose rate is 0.9.
    #[derive(Clone, Copy)]
    enum Drop {
        None,
        /// Every case is a little worse.
        Diffuse(f64),
        /// Some cases break for good.
        Slice(f64),
    }

    /// One run: whether any case is proven broken.
    fn claims(random: &mut SplitMix64, cases: u32, drop: Drop) -> bool {
        let pass = |chance: f64, random: &mut SplitMix64| random.unit() < chance;
        let mut flipped = Vec::new();
        for case in 0..cases {
            let before = difficulty(random);
            let now = match drop {
                Drop::Slice(drop) if pass(drop / 0.9, random) => 0.0,
                Drop::Diffuse(drop) => before * (1.0 - drop / 0.9),
                Drop::Slice(_) | Drop::None => before,
            };
            if pass(before, random) && !pass(now, random) {
                let mut six = |chance| Fresh {
                    passes: (0..6).map(|_| u32::from(pass(chance, random))).sum(),
                    answers: 6,
                };
                flipped.push(ProofCase {
                    case,
                    before: six(before),
                    now: six(now),
                });
            }
        }
        !proven(&flipped, 0.05).is_empty()
    }

    /// The figures that docs/gates.md quotes, to what 4,000 runs can tell.
    #[test]
    fn the_proof_holds_its_error_rate_and_finds_slices() {
        let share = |cases, drop| {
            let mut random = SplitMix64::new(20_261_126);
            let found = (0..4_000).filter(|_| claims(&mut random, cases, drop));
            found.count() as f64 / 4_000.0
        };
        for cases in [20, 50, 100] {
            for drop in [Drop::None, Drop::Diffuse(0.05)] {
                let found = share(cases, drop);
                assert!(found <= 0.01, "{cases} cases: {found}");
            }
        }
        for (cases, slice, least) in [
            (20, 0.05, 0.58),
            (50, 0.05, 0.88),
            (100, 0.05, 0.97),
            (200, 0.02, 0.95),
        ] {
            let found = share(cases, Drop::Slice(slice));
            assert!(found >= least, "{cases} cases: {found}");
        }
    }
}
