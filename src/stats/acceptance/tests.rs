//! The acceptance numbers, plan sizes and operating characteristics that the specification tabulates.

use proptest::prelude::*;

use super::super::interval::clopper_pearson;
use super::*;

fn numbers(n: u64, pass: Option<u64>, fail: Option<u64>) -> Result<(), StatsError> {
    let found = gate_acceptance_numbers(n, 0.9, 0.85, 0.05)?;
    assert_eq!(
        found,
        AcceptanceNumbers {
            min_passes_to_pass: pass,
            max_passes_to_fail: fail
        },
        "n = {n}"
    );
    Ok(())
}

#[test]
fn usual_sizes() -> Result<(), StatsError> {
    for (n, pass, fail) in [
        (20, 20, 15),
        (50, 47, 40),
        (100, 92, 84),
        (200, 179, 172),
        (500, 439, 438),
    ] {
        numbers(n, Some(pass), Some(fail))?;
    }
    numbers(0, None, None)?;
    numbers(1, None, None)?;
    numbers(2, None, Some(0))
}

#[test]
fn extreme_bands() -> Result<(), StatsError> {
    let all = gate_acceptance_numbers(5, 1.0, 1.0, 0.05)?;
    assert_eq!(
        (all.min_passes_to_pass, all.max_passes_to_fail),
        (None, Some(4))
    );
    let none = gate_acceptance_numbers(5, 0.0, 0.0, 0.05)?;
    assert_eq!(
        (none.min_passes_to_pass, none.max_passes_to_fail),
        (Some(0), None)
    );
    assert!(gate_acceptance_numbers(5, 0.8, 0.9, 0.05).is_err());
    Ok(())
}

#[test]
fn smallest_plans() -> Result<(), StatsError> {
    let table = [
        (0.90, 0.85, 474, 416, 270),
        (0.90, 0.80, 135, 116, 78),
        (0.95, 0.90, 298, 277, 169),
        (0.95, 0.85, 93, 85, 52),
        (0.80, 0.70, 204, 154, 116),
        (0.99, 0.95, 181, 177, 110),
    ];
    for (target, floor, n, min_passes, relaxed) in table {
        let strict = smallest_acceptance_plan(target, floor, 0.05, 0.05, 1000)?;
        assert_eq!(
            strict,
            Some(AcceptancePlan { n, min_passes }),
            "{target}/{floor}"
        );
        let found = smallest_acceptance_plan(target, floor, 0.20, 0.05, 1000)?;
        assert_eq!(
            found.map(|p| p.n),
            Some(relaxed),
            "{target}/{floor} at 20 % false pass"
        );
    }
    assert_eq!(smallest_acceptance_plan(0.9, 0.9, 0.05, 0.05, 200)?, None);
    Ok(())
}

#[test]
fn zero_failures() -> Result<(), StatsError> {
    assert_eq!(zero_failure_n(0.95, 0.05)?, Some(59));
    assert_eq!(zero_failure_n(0.90, 0.05)?, Some(29));
    assert_eq!(zero_failure_n(0.85, 0.05)?, Some(19));
    assert_eq!(zero_failure_n(0.5, 0.125)?, Some(3));
    assert_eq!(zero_failure_n(1.0, 0.05)?, None);
    Ok(())
}

#[test]
fn operating_characteristics() -> Result<(), StatsError> {
    let table = [
        (50, 0.80, 0.006, 0.556, 0.438),
        (50, 0.90, 0.250, 0.025, 0.725),
        (100, 0.85, 0.027, 0.432, 0.541),
        (100, 0.95, 0.937, 0.000, 0.063),
        (200, 0.90, 0.648, 0.043, 0.308),
        (500, 0.88, 0.588, 0.412, 0.0),
    ];
    for (n, rate, pass, fail, inconclusive) in table {
        let gate = gate_acceptance_numbers(n, 0.9, 0.85, 0.05)?;
        let chance = operating_characteristic(gate, n, rate)?;
        for (got, want) in [
            (chance.pass, pass),
            (chance.fail, fail),
            (chance.inconclusive, inconclusive),
        ] {
            assert!((got - want).abs() < 6e-4, "n = {n}, p = {rate}: {chance:?}");
        }
    }
    Ok(())
}

#[test]
fn flips_of_a_bare_threshold() -> Result<(), StatsError> {
    let table = [
        (0.88, [0.492, 0.492, 0.445, 0.351, 0.169]),
        (0.90, [0.437, 0.473, 0.486, 0.493, 0.497]),
        (0.92, [0.334, 0.330, 0.290, 0.215, 0.087]),
        (0.95, [0.140, 0.073, 0.023, 0.002, 0.000]),
    ];
    for (rate, row) in table {
        for (n, want) in [20, 50, 100, 200, 500].into_iter().zip(row) {
            assert!(
                (flip_probability(n, 0.9, rate)? - want).abs() < 6e-4,
                "n = {n}, p = {rate}"
            );
        }
    }
    assert_eq!(
        (threshold_count(100, 0.07), threshold_count(10, 0.95)),
        (7, 10)
    );
    Ok(())
}

proptest! {
    #[test]
    fn agree_with_the_exact_interval(
        n in 1_u64..400, target in 0.5..1.0_f64, delta in 0.0..0.4_f64, share in 0.0..=1.0_f64,
    ) {
        let (alpha, floor) = (0.05, target - delta);
        let k = (share * n as f64) as u64;
        let exact = clopper_pearson(k, n, 1.0 - 2.0 * alpha)?;
        let expected = if exact.lower >= floor {
            Decision::Pass
        } else if exact.upper < target {
            Decision::Fail
        } else {
            Decision::Inconclusive
        };
        let gate = gate_acceptance_numbers(n, target, floor, alpha)?;
        prop_assert_eq!(gate.decide(k), expected);
    }
}
