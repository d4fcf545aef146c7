//! What an evidence gate says: counts, effect, bounds, and what would decide it.

use super::evidence::{Decided, Paired, Seen};
use super::measured::Measured;
use super::range::short;
use crate::model::event::SuiteHeader;
use crate::model::looks::ALPHA;
use crate::model::suite::{Condition, GateRule};
use crate::stats::{
    Decision, gate_acceptance_numbers, paired_noninferiority_n, smallest_acceptance_plan,
};

/// Largest dataset that is suggested.
const MAX_CASES: u64 = 20_000;

/// Chance with which the suggested number of cases decides.
const POWER: f64 = 0.8;

/// Why the gate came out as it did.
pub(super) fn reason(
    rule: &GateRule,
    data: &Measured<'_>,
    decided: &Decided,
    header: &SuiteHeader,
) -> String {
    let seen = &decided.seen;
    let mut text = match rule.condition {
        Condition::Baseline { margin } => compared(data, decided, margin),
        Condition::Evidence { target, floor } => counted(data, seen, target, floor),
        _ => format!("surely at least {}", percent(seen.lower)),
    };
    if seen.look.repeats > 1 {
        text = format!("{text}, over {} repeats", seen.look.repeats);
    }
    if let Some(note) = &header.looks_note {
        text = format!("{text}; {note}");
    }
    if decided.decision == Decision::Inconclusive {
        let lean = if decided.blocks { "blocks" } else { "passes" };
        let policy = header.on_inconclusive.as_str();
        text = format!("{text}; not decided, `on_inconclusive: {policy}` {lean} it");
    }
    text
}

fn compared(data: &Measured<'_>, decided: &Decided, margin: f64) -> String {
    let seen = &decided.seen;
    let cases = data.places.len();
    let moves = data
        .moves()
        .map(|(better, worse)| format!("{better} cases better, {worse} worse, of {cases}; "))
        .unwrap_or_default();
    let verdict = match decided.decision {
        Decision::Pass if seen.estimate < 0.0 => {
            format!("surely less than {} worse", points(margin))
        }
        Decision::Pass => format!("surely not {} worse", points(margin)),
        Decision::Fail => "surely worse".to_owned(),
        Decision::Inconclusive => "it may be as good, or worse by more than the margin".to_owned(),
    };
    format!(
        "{moves}{} (between {} and {}): {verdict}",
        signed(seen.estimate),
        signed(seen.lower),
        signed(seen.upper)
    )
}

fn counted(data: &Measured<'_>, seen: &Seen, target: f64, floor: f64) -> String {
    let cases = data.places.len() as u64;
    if seen.look.repeats == 1 && data.is_plain() {
        let passes = (seen.estimate * cases as f64).round();
        let numbers = gate_acceptance_numbers(cases, target, floor, seen.look.alpha);
        let numbers = numbers.ok();
        let pass = numbers.and_then(|n| n.min_passes_to_pass);
        let fail = numbers.and_then(|n| n.max_passes_to_fail);
        let pass = pass.map_or("never passes at this size".to_owned(), |k| {
            format!("passes at {k}")
        });
        let fail = fail.map_or("never blocks".to_owned(), |k| format!("blocks at {k}"));
        return format!("{passes} of {cases} cases pass; {pass}, {fail}");
    }
    format!(
        "{} of {cases} cases, surely between {} and {}",
        percent(seen.estimate),
        percent(seen.lower),
        percent(seen.upper)
    )
}

/// What would decide it.
pub(super) fn needs(rule: &GateRule, seen: &Seen) -> String {
    let have = seen.units as u64;
    let wanted = match rule.condition {
        Condition::Baseline { margin } => {
            let least = Paired::units_needed(margin) as u64;
            // As many cases differ between the versions as do now; no fewer than one in fifty.
            let discordance = (seen.se * seen.se * have as f64).max(0.02);
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

/// A rate or a difference as percent.
pub(super) fn percent(rate: f64) -> String {
    format!("{} %", short((rate * 1000.0).round() / 10.0))
}

fn points(difference: f64) -> String {
    format!("{} points", short((difference * 1000.0).round() / 10.0))
}

fn signed(difference: f64) -> String {
    let sign = if difference > 0.0 { "+" } else { "" };
    format!("{sign}{}", points(difference))
}
