//! Exact expected run lengths and decisions of the early stop, against the tabulated ones.

use super::super::acceptance::gate_acceptance_numbers;
use super::*;

const CASES: u64 = 500;

struct Ran {
    calls: f64,
    pass: f64,
    fail: f64,
}

fn rule(alpha_final: f64) -> Result<HybridRule, StatsError> {
    let numbers = gate_acceptance_numbers(CASES, 0.9, 0.85, alpha_final)?;
    Ok(HybridRule {
        total: CASES,
        target: 0.9,
        floor: 0.85,
        alpha_early: 0.01,
        numbers,
    })
}

/// Forward recursion over (cases seen, passes) at a homogeneous rate.
fn exact(
    rate: f64,
    decide: impl Fn(u64, u64) -> Result<Option<Decision>, StatsError>,
) -> Result<Ran, StatsError> {
    let mut alive = vec![1.0];
    let mut outcome = Ran {
        calls: 0.0,
        pass: 0.0,
        fail: 0.0,
    };
    for seen in 1..=CASES {
        outcome.calls += alive.iter().sum::<f64>();
        let mut next = vec![0.0; seen as usize + 1];
        for (k, mass) in alive.iter().enumerate() {
            next[k] += mass * (1.0 - rate);
            next[k + 1] += mass * rate;
        }
        for (k, mass) in next
            .iter_mut()
            .enumerate()
            .filter(|(_, mass)| **mass > 1e-15)
        {
            match decide(k as u64, seen)? {
                Some(Decision::Pass) => outcome.pass += std::mem::take(mass),
                Some(Decision::Fail) => outcome.fail += std::mem::take(mass),
                Some(Decision::Inconclusive) => *mass = 0.0,
                None => {}
            }
        }
        alive = next;
    }
    Ok(outcome)
}

#[test]
fn hybrid_saves_what_the_table_says() -> Result<(), StatsError> {
    let hybrid = rule(0.04)?;
    for (rate, calls, pass, fail) in [
        (0.75, 69.0, 0.0, 1.0),
        (0.90, 396.0, 0.937, 0.037),
        (0.95, 113.0, 1.0, 0.0),
    ] {
        let found = exact(rate, |k, seen| hybrid_decision(k, seen, &hybrid))?;
        assert!(
            (found.calls - calls).abs() < 1.0,
            "p = {rate}: {} calls",
            found.calls
        );
        assert!(
            (found.pass - pass).abs() < 1e-3 && (found.fail - fail).abs() < 1e-3,
            "p = {rate}"
        );
    }
    Ok(())
}

#[test]
fn curtailment_alone_keeps_the_decision() -> Result<(), StatsError> {
    let fixed = rule(0.05)?;
    let found = exact(0.95, |k, seen| {
        curtailed_decision(k, seen, CASES, fixed.numbers)
    })?;
    assert!(
        (found.calls - 462.0).abs() < 1.0 && found.pass > 0.999,
        "{} calls",
        found.calls
    );
    Ok(())
}

#[test]
fn nothing_is_decided_before_the_first_case() -> Result<(), StatsError> {
    let hybrid = rule(0.04)?;
    assert_eq!(hybrid_decision(0, 0, &hybrid)?, None);
    assert_eq!(early_decision(3, 4, 1.0, 0.95, 0.01)?, Some(Decision::Fail));
    assert_eq!(early_decision(0, 4, 0.9, 0.0, 0.01)?, Some(Decision::Fail));
    assert!(curtailed_decision(5, 4, 10, hybrid.numbers).is_err());
    assert!(early_decision(1, 1, 0.8, 0.9, 0.01).is_err());
    Ok(())
}

#[test]
fn paired_evidence_moves_with_the_difference() -> Result<(), StatsError> {
    let (mut same, mut worse) = (PairedEvidence::new(0.05)?, PairedEvidence::new(0.05)?);
    assert!(same.log_e().mean_gt_m.abs() < 1e-15 && same.decision(0.05, 0.05).is_none());
    for i in 0..3000 {
        same.push(0.0)?;
        worse.push(if i % 4 == 0 { -1.0 } else { 0.0 })?;
    }
    assert_eq!(same.decision(0.05, 0.01), Some(Decision::Pass));
    assert_eq!(worse.decision(0.05, 0.01), Some(Decision::Fail));
    assert!(same.push(1.5).is_err() && PairedEvidence::new(1.0).is_err());
    Ok(())
}
