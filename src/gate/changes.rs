//! What changed case by case against the baseline, on which labels, and what repeats say of noise. Pointed out, never blocking.

use super::candidate::Candidate;
use crate::model::number::short;
use crate::model::record::CaseOutcome;
use crate::model::verdict::{Changes, RepeatStats, Slice};
use crate::stats::{bh_adjusted, is_flaky, mcnemar, variance_decomposition};

/// Share of false alarms among the labels that are pointed out.
const FALSE_DISCOVERIES: f64 = 0.10;

impl Candidate<'_> {
    /// `proof_level` is what the run's other gates leave to the proof of broken cases.
    pub(super) fn changes(&self, proof_level: f64) -> Changes {
        let mut changes = Changes {
            proven: self.proven(proof_level),
            ..Changes::default()
        };
        for case in self.results.cases() {
            let flaky = is_flaky(u64::from(case.passes), u64::from(case.trials));
            if !case.error && flaky == Ok(Some(true)) {
                changes.flaky.push(case.case);
            }
            match self.turned(&case) {
                Some((true, false)) => changes.broken.push(case.case),
                Some((false, true)) => changes.fixed.push(case.case),
                _ => {}
            }
        }
        changes
    }

    /// Whether the baseline and the candidate pass a case, in the majority of its repeats.
    fn turned(&self, case: &CaseOutcome) -> Option<(bool, bool)> {
        let before = self.baseline?.case(case.case)?.pass_share()?;
        let now = case.pass_share()?;
        Some((before > 0.5, now > 0.5))
    }

    /// Labels on which the versions differ beyond chance, over all labels together.
    pub(super) fn slices(&self) -> Vec<Slice> {
        let mut slices = Vec::new();
        for tag in self.suite.cases.tags() {
            let (mut cases, mut broken, mut fixed) = (0, 0, 0);
            for case in self.results.cases() {
                let info = self.suite.cases.get(case.case as usize);
                if !info.is_some_and(|info| info.tags.iter().any(|own| own == tag)) {
                    continue;
                }
                let Some((before, now)) = self.turned(&case) else {
                    continue;
                };
                cases += 1;
                broken += u64::from(before && !now);
                fixed += u64::from(!before && now);
            }
            if let (true, Ok(test)) = (cases > 0, mcnemar(broken, fixed)) {
                slices.push(Slice {
                    tag: tag.to_owned(),
                    cases,
                    difference: (fixed as f64 - broken as f64) / f64::from(cases),
                    p_adjusted: test.midp_two,
                });
            }
        }
        let p: Vec<f64> = slices.iter().map(|slice| slice.p_adjusted).collect();
        let adjusted = bh_adjusted(&p).unwrap_or_default();
        for (slice, p) in slices.iter_mut().zip(adjusted) {
            slice.p_adjusted = p;
        }
        slices.retain(|slice| slice.p_adjusted <= FALSE_DISCOVERIES);
        slices
    }

    pub(super) fn repeat_stats(&self) -> Option<RepeatStats> {
        let repeats = self.results.cases().map(|case| case.trials).min()?;
        if repeats < 2 {
            return None;
        }
        let rows: Vec<Vec<f64>> = self
            .results
            .cases()
            .filter(|case| !case.error)
            .map(|case| {
                let trials = self.results.trials_of(&case).take(repeats as usize);
                let pass =
                    |state| f64::from(u8::from(state == crate::model::record::State::Passed));
                trials.map(|trial| pass(trial.state)).collect()
            })
            .collect();
        let parts = variance_decomposition(&rows).ok()?;
        let (within, between) = (parts.within?, parts.between?);
        Some(RepeatStats {
            repeats,
            within,
            between,
            suggestion: suggestion(within, between),
        })
    }
}

/// Share of the repeats' variance below which cases differ no more than rounding does: a ratio to that would be a number without
/// a meaning.
const NEGLIGIBLE: f64 = 1e-6;

/// Ratios above this are an order of magnitude and no number.
const MOST_RATIO: f64 = 100.0;

/// Whether more cases or more repeats tell more, in a sentence.
fn suggestion(within: f64, between: f64) -> String {
    if within <= f64::EPSILON {
        return "every repeat came out the same: more cases tell more than more repeats".to_owned();
    }
    if within < between {
        return "cases differ more than repeats do: more cases tell more than more repeats"
            .to_owned();
    }
    if between <= within * NEGLIGIBLE {
        return "all that differs is repeats, cases are alike beyond that: repeats pay here"
            .to_owned();
    }
    let ratio = within / between;
    let ratio = if ratio > MOST_RATIO {
        format!("more than {MOST_RATIO}")
    } else {
        short(ratio)
    };
    format!("repeats differ {ratio} times as much as cases do: repeats pay here")
}

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn a_variance_of_zero_is_divided_by_nowhere() {
        assert_eq!(
            suggestion(0.296_875, 0.0),
            "all that differs is repeats, cases are alike beyond that: repeats pay here"
        );
        assert_eq!(
            suggestion(0.25, 1e-12),
            "all that differs is repeats, cases are alike beyond that: repeats pay here"
        );
    }

    #[test]
    fn ratios_are_numbers_only_where_they_say_something() {
        assert_eq!(
            suggestion(0.2, 0.001),
            "repeats differ more than 100 times as much as cases do: repeats pay here"
        );
        assert_eq!(
            suggestion(0.2, 0.1),
            "repeats differ 2 times as much as cases do: repeats pay here"
        );
        assert!(suggestion(0.1, 0.2).starts_with("cases differ more"));
        assert!(suggestion(0.0, 0.2).starts_with("every repeat came out the same"));
    }
}
