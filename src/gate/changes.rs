//! What changed case by case against the baseline, on which labels, and what repeats say of noise. Pointed out, never blocking.

use super::Candidate;
use super::range::short;
use crate::model::record::CaseOutcome;
use crate::model::verdict::{Changes, RepeatStats, Slice};
use crate::stats::{bh_adjusted, is_flaky, mcnemar, variance_decomposition};

/// Share of false alarms among the labels that are pointed out.
const FALSE_DISCOVERIES: f64 = 0.10;

impl Candidate<'_> {
    pub(super) fn changes(&self) -> Changes {
        let mut changes = Changes {
            proven: self.proven(super::broken::LEVEL),
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
        let suggestion = if within <= f64::EPSILON {
            "every repeat came out the same: more cases tell more than more repeats".to_owned()
        } else if within < between {
            "cases differ more than repeats do: more cases tell more than more repeats".to_owned()
        } else {
            let ratio = short(within / between.max(1e-9));
            format!("repeats differ {ratio} times as much as cases do: repeats pay here")
        };
        Some(RepeatStats {
            repeats,
            within,
            between,
            suggestion,
        })
    }
}
