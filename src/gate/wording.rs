//! What an evidence gate says: counts, effect, bounds, and what would decide it.

use super::error_rates::error_rates;
use super::evidence::{Band, Decided, Effect, Lean, units_needed};
use super::measured::{Measured, Summary};
use crate::model::event::SuiteHeader;
use crate::model::looks::{ALPHA, OnInconclusive};
use crate::model::number::{percent, short_points, signed_points};
use crate::model::suite::{Condition, GateRule};
use crate::stats::{
    Decision, gate_acceptance_numbers, paired_noninferiority_n, smallest_acceptance_plan,
};

/// Largest dataset that is suggested.
const MAX_CASES: u64 = 20_000;

/// Chance with which the suggested number of cases decides.
const POWER: f64 = 0.8;

/// A decided gate with everything that its reason tells.
pub(super) struct Explained<'a> {
    pub(super) data: &'a Measured,
    pub(super) summary: Summary,
    pub(super) decided: &'a Decided,
    /// What it saw.
    pub(super) effect: Effect,
    pub(super) header: &'a SuiteHeader,
    /// Gates that share the run's error rate.
    pub(super) family: usize,
    /// Whether so many cases can pass at all.
    pub(super) can_pass: bool,
}

impl Explained<'_> {
    /// Why the gate came out as it did.
    pub(super) fn reason(&self) -> String {
        let seen = &self.decided.seen;
        let measured = match self.data.condition {
            Condition::Baseline { margin } | Condition::EachTag { margin } => self.compared(margin),
            Condition::Evidence { target, floor } => self.counted(Band { target, floor }),
            _ => format!("surely at least {}", percent(self.effect.lower)),
        };
        let mut parts = vec![match seen.look.repeats {
            1 => measured,
            repeats => format!("{measured}, over {repeats} repeats"),
        }];
        if let Some(pool) = &self.data.pool {
            parts.push(pool.told(seen.look.repeats));
        }
        if self.data.errors > 0 {
            parts.push(self.errors());
        }
        if !self.can_pass {
            parts.push(self.too_few());
        } else if let Some(note) = &self.header.looks_note {
            parts.push(note.clone());
        }
        if self.decided.decision == Decision::Inconclusive && !self.decided.hangs_on_errors {
            parts.push(self.undecided());
        }
        parts.join("; ")
    }

    fn compared(&self, margin: f64) -> String {
        let seen = &self.effect;
        let cases = self.data.places.len();
        let (better, worse) = (self.summary.better, self.summary.worse);
        let moves = if self.data.is_rate() {
            format!("{better} cases better, {worse} worse, of {cases}; ")
        } else {
            String::new()
        };
        let verdict = match self.decided.decision {
            Decision::Pass if seen.estimate < 0.0 => {
                format!("surely less than {} worse", short_points(margin))
            }
            Decision::Pass => format!("surely not {} worse", short_points(margin)),
            Decision::Fail => format!("surely worse{}", self.shared()),
            Decision::Inconclusive => {
                "it may be as good, or worse by more than the margin".to_owned()
            }
        };
        format!(
            "{moves}{} (between {} and {}): {verdict}",
            signed_points(seen.estimate),
            signed_points(seen.lower),
            signed_points(seen.upper)
        )
    }

    fn counted(&self, band: Band) -> String {
        let seen = &self.decided.seen;
        let cases = self.data.places.len() as u64;
        if seen.look.repeats > 1 || !self.data.is_plain() {
            return format!(
                "{} of {cases} cases, surely between {} and {}",
                percent(self.effect.estimate),
                percent(self.effect.lower),
                percent(self.effect.upper)
            );
        }
        let passes = (self.effect.estimate * cases as f64).round();
        let alpha = seen.look.alpha;
        let in_force = alpha * self.decided.level / ALPHA;
        let (pass, fail) = numbers_in_force(cases, band, alpha, in_force);
        let pass = pass.map_or("never passes at this size".to_owned(), |k| {
            format!("passes at {k}")
        });
        let fail = fail.map_or("never blocks".to_owned(), |k| format!("blocks at {k}"));
        format!("{passes} of {cases} cases pass; {pass}, {fail}")
    }

    fn undecided(&self) -> String {
        let policy = self.header.on_inconclusive.as_str();
        let side = if self.decided.blocks {
            "blocks"
        } else {
            "passes"
        };
        let mut text = format!("not decided, `on_inconclusive: {policy}` {side} it");
        if self.decided.lean == Some(Lean::PassUnproven) {
            text = format!("{text}: not enough evidence{}", self.shared());
        }
        if self.header.on_inconclusive == OnInconclusive::Lean
            && let Condition::Evidence { target, floor } = self.data.condition
            && let Some(rates) = self.lean_rates(target, floor)
        {
            text = format!("{text} ({rates})");
        }
        text
    }

    /// Both error rates of leaning at this size: the middle between floor and target cannot keep 5 % on both sides at small
    /// numbers.
    fn lean_rates(&self, target: f64, floor: f64) -> Option<String> {
        let seen = &self.decided.seen;
        // Repeats and clusters: as many independent cases as would have this standard error.
        let cases = if seen.look.repeats == 1 && self.data.is_plain() {
            self.data.places.len() as f64
        } else {
            let rate = self.effect.estimate.clamp(0.01, 0.99);
            let effective = |se: f64| rate * (1.0 - rate) / (se * se).max(f64::MIN_POSITIVE);
            // A single cluster is one case.
            let effective = self.effect.se.map_or(1.0, effective);
            effective.clamp(1.0, MAX_CASES as f64)
        };
        let rates = error_rates(cases.round() as u64, target, floor, OnInconclusive::Lean)?;
        Some(format!(
            "at this size {} of versions at the target are blocked and {} at the floor pass",
            percent(rates.blocks_at_target),
            percent(rates.passes_at_floor)
        ))
    }

    /// What other gates of the run leave to this one.
    fn shared(&self) -> String {
        if self.family < 2 {
            return String::new();
        }
        let level = percent(self.decided.level);
        format!(", at {level}: {} gates share 5 %", self.family)
    }

    fn errors(&self) -> String {
        let errors = self.data.errors;
        let (cases, are) = if errors == 1 {
            ("case", "is")
        } else {
            ("cases", "are")
        };
        if self.decided.hangs_on_errors {
            return format!(
                "{errors} {cases} in error would decide it: counted as passes it passes, as failures it blocks"
            );
        }
        format!("{errors} {cases} {are} in error and counted against either side")
    }

    fn too_few(&self) -> String {
        let units = self.effect.units;
        let noun = if units < self.data.places.len() {
            "clusters"
        } else {
            "cases"
        };
        let least = match self.data.condition {
            Condition::Baseline { margin } | Condition::EachTag { margin } => {
                format!(" ({} needed)", units_needed(margin))
            }
            _ => String::new(),
        };
        format!(
            "{units} {noun} can never pass{least}, so it is decided at the first look and asks for no repeats"
        )
    }
}

/// Least passes to pass and most to block. Passing has precedence and keeps the look's level; blocking shares the run's error
/// rate.
fn numbers_in_force(
    cases: u64,
    band: Band,
    alpha: f64,
    in_force: f64,
) -> (Option<u64>, Option<u64>) {
    let at = |alpha| gate_acceptance_numbers(cases, band.target, band.floor, alpha).ok();
    let pass = at(alpha).and_then(|numbers| numbers.min_passes_to_pass);
    let fail = at(in_force).and_then(|numbers| numbers.max_passes_to_fail);
    let fail = match (pass, fail) {
        // Where every rate passes, none blocks.
        (Some(pass), Some(fail)) => pass.checked_sub(1).map(|below| fail.min(below)),
        (_, fail) => fail,
    };
    (pass, fail)
}

/// The reason of a gate on each label: that of the worst one.
pub(super) fn on_worst_tag(tag: &str, tags: usize, left_out: &[String], reason: &str) -> String {
    let head = if tags == 1 {
        format!("[{tag}] ")
    } else {
        format!("worst of {tags} labels, [{tag}]: ")
    };
    if left_out.is_empty() {
        return format!("{head}{reason}");
    }
    let names = left_out.join(", ");
    format!("{head}{reason}; fewer than 30 cases: {names}")
}

/// What would decide it.
pub(super) fn needs(rule: &GateRule, effect: &Effect) -> String {
    let have = effect.units as u64;
    let wanted = match rule.condition {
        Condition::Baseline { margin } | Condition::EachTag { margin } => {
            let least = units_needed(margin) as u64;
            // As many cases differ between the versions as do now; no fewer than one in fifty.
            let discordance = effect.se.map_or(1.0, |se| se * se * have as f64).max(0.02);
            let enough = paired_noninferiority_n(discordance, 0.0, margin, ALPHA, POWER);
            enough.ok().map(|size| size.n.max(least))
        }
        Condition::Evidence { target, floor } => {
            smallest_acceptance_plan(target, floor, ALPHA, 1.0 - POWER, MAX_CASES)
                .ok()
                .flatten()
                .map(|plan| plan.n)
        }
        _ => None,
    };
    match wanted.map(|wanted| wanted.saturating_sub(have)) {
        Some(more) if more > 0 => format!("needs about {more} more cases, or repeats"),
        _ => "needs repeats, or more cases".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::numbers_in_force;
    use crate::gate::evidence::{Above, Band, Bar, Member, Outcomes, decide_family};
    use crate::model::looks::{ALPHA, Look, OnInconclusive};
    use crate::stats::{Decision, StatsError};

    const LOOK: Look = Look {
        repeats: 1,
        alpha: ALPHA,
    };

    fn outcomes(passes: u64, cases: u64) -> Outcomes {
        Outcomes((0..cases).map(|case| vec![case < passes]).collect())
    }

    /// What the gate says of so many passes, beside others that say nothing.
    fn decision(passes: u64, cases: u64, band: Band, others: usize) -> Option<Decision> {
        let (own, perfect) = (outcomes(passes, cases), outcomes(cases, cases));
        let rate = |answers| Above {
            answers,
            clusters: None,
            bar: Bar::Band(band),
        };
        let (own, perfect) = (rate(&own), rate(&perfect));
        let member = |gate| Member {
            gate,
            worst: None,
            looks: &[LOOK],
            policy: OnInconclusive::Warn,
            settled: None,
        };
        let mut members = vec![member(&own)];
        members.extend((0..others).map(|_| member(&perfect)));
        let first = decide_family(&members).into_iter().next()??;
        first.ok().map(|decided| decided.decision)
    }

    proptest! {
        #[test]
        fn the_numbers_printed_are_those_that_decide(
            cases in 1_u64..300, target in 0.6..0.99_f64, band in 0.02..0.2_f64, others in 0_usize..6,
        ) {
            let band = Band { target, floor: target - band };
            let level = ALPHA / (others + 1) as f64;
            let (pass, fail) = numbers_in_force(cases, band, ALPHA, level);
            let undecided = Err(StatsError::Empty { what: "decision" });
            for k in [0, cases / 2, cases].into_iter().chain(pass).chain(fail) {
                for k in [k.saturating_sub(1), k, (k + 1).min(cases)] {
                    let wanted = if pass.is_some_and(|pass| k >= pass) {
                        Decision::Pass
                    } else if fail.is_some_and(|fail| k <= fail) {
                        Decision::Fail
                    } else {
                        Decision::Inconclusive
                    };
                    let found = decision(k, cases, band, others).ok_or(0).or(undecided.clone())?;
                    prop_assert_eq!(found, wanted, "{} of {}: {:?} {:?}", k, cases, pass, fail);
                }
            }
        }
    }
}
