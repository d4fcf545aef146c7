//! Both error rates of a target and a floor at a number of cases, exactly: what acceptance sampling calls the two risks.

use crate::model::looks::{ALPHA, OnInconclusive};
use crate::stats::{binomial_cdf, gate_acceptance_numbers};

/// How often a gate errs on either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorRates {
    /// Chance that a version exactly at the target is blocked.
    pub blocks_at_target: f64,
    /// Chance that a version exactly at the floor passes.
    pub passes_at_floor: f64,
}

/// The error rates of one look at `cases` independent cases, what `on_inconclusive` makes of it included; `None` where there is
/// no case, or the rates are none.
pub fn error_rates(
    cases: u64,
    target: f64,
    floor: f64,
    policy: OnInconclusive,
) -> Option<ErrorRates> {
    let numbers = gate_acceptance_numbers(cases, target, floor, ALPHA).ok()?;
    let least_to_pass = numbers.min_passes_to_pass.unwrap_or(cases + 1);
    // The most passes that block: passing has precedence.
    let most_to_block = match policy {
        OnInconclusive::Block => least_to_pass.checked_sub(1),
        OnInconclusive::Warn => numbers
            .max_passes_to_fail
            .map(|most| most.min(least_to_pass.saturating_sub(1))),
        OnInconclusive::Lean => {
            let middle = f64::midpoint(floor, target) * cases as f64;
            // A rate at the middle passes.
            let below = (middle - 1e-9).ceil() as u64;
            let leans = below.checked_sub(1);
            let surely = numbers.max_passes_to_fail;
            leans
                .max(surely)
                .map(|most| most.min(least_to_pass.saturating_sub(1)))
        }
    };
    let at_most =
        |rate: f64| most_to_block.map_or(Some(0.0), |most| binomial_cdf(most, cases, rate).ok());
    Some(ErrorRates {
        blocks_at_target: at_most(target)?,
        passes_at_floor: 1.0 - at_most(floor)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaning_at_sixty_cases_errs_on_both_sides() {
        let rates = error_rates(60, 0.95, 0.90, OnInconclusive::Lean);
        let rates = rates.unwrap_or(ErrorRates {
            blocks_at_target: f64::NAN,
            passes_at_floor: f64::NAN,
        });
        assert!((rates.blocks_at_target - 0.176).abs() < 0.005, "{rates:?}");
        assert!((rates.passes_at_floor - 0.266).abs() < 0.01, "{rates:?}");
    }

    #[test]
    fn a_policy_that_never_leans_keeps_one_side() {
        let block = error_rates(60, 0.95, 0.90, OnInconclusive::Block);
        assert!(block.is_some_and(|rates| rates.passes_at_floor <= ALPHA));
        let warn = error_rates(60, 0.95, 0.90, OnInconclusive::Warn);
        assert!(warn.is_some_and(|rates| rates.blocks_at_target <= ALPHA));
    }
}
