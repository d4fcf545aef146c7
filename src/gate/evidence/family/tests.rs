//! How gates share the error rate of a run, on gates whose p-values are given.

use super::*;
use crate::model::looks::ESCALATION;

/// A gate that sees these p-values at its looks, and passes at the look after them if it does at all.
struct Given {
    p: Vec<f64>,
    passes: bool,
    lean: Lean,
}

impl EvidenceGate for Given {
    fn look(&self, look: Look) -> Result<Option<Seen>, StatsError> {
        let at = ESCALATION.iter().position(|known| *known == look);
        let p = at.and_then(|at| self.p.get(at));
        Ok(p.map(|p| Seen {
            look,
            passes: self.passes,
            p_block: *p,
            effect: None,
            part: None,
        }))
    }

    fn lean(&self, last: &Seen, level: f64) -> Lean {
        match self.lean {
            Lean::Block if last.p_block > level => Lean::PassUnproven,
            lean => lean,
        }
    }

    fn can_pass(&self) -> bool {
        true
    }
}

fn given(p: &[f64]) -> Given {
    Given {
        p: p.to_vec(),
        passes: false,
        lean: Lean::Block,
    }
}

fn member<'a>(gate: &'a Given, worst: Option<&'a Given>, policy: OnInconclusive) -> Member<'a> {
    Member {
        gate,
        worst: worst.map(|gate| gate as &dyn EvidenceGate),
        looks: &ESCALATION,
        policy,
        settled: None,
    }
}

fn decide(gates: &[Given], policy: OnInconclusive) -> Vec<Decided> {
    let members: Vec<Member<'_>> = gates
        .iter()
        .map(|gate| member(gate, None, policy))
        .collect();
    let decided = decide_family(&members).into_iter();
    decided.filter_map(|one| one?.ok()).collect()
}

#[test]
fn a_gate_alone_spends_its_error_rate_over_its_looks() {
    for (p, blocks) in [
        (vec![0.009], true),
        (vec![0.011], false),
        (vec![0.5, 0.0149], true),
        (vec![0.5, 0.5, 0.024], true),
        (vec![0.5, 0.5, 0.026], false),
    ] {
        let decided = decide(&[given(&p)], OnInconclusive::Warn);
        assert_eq!(decided.first().map(|one| one.blocks), Some(blocks), "{p:?}");
    }
}

#[test]
fn gates_share_one_error_rate_step_by_step() {
    let quiet = || given(&[0.9, 0.9, 0.9]);
    // Three gates: a third of 1 % at the first look.
    let gates = [given(&[0.004]), quiet(), quiet()];
    assert!(
        decide(&gates, OnInconclusive::Warn)
            .iter()
            .all(|one| !one.blocks)
    );
    let gates = [given(&[0.003]), given(&[0.0049]), quiet()];
    let decided = decide(&gates, OnInconclusive::Warn);
    let blocks: Vec<bool> = decided.iter().map(|one| one.blocks).collect();
    // The first block leaves half of the rate to the second gate.
    assert_eq!(blocks, [true, true, false]);
    assert!(decided.iter().all(|one| one.level >= ALPHA / 3.0));
}

#[test]
fn what_is_blocked_later_leaves_more_to_a_gate_that_has_no_look_left() {
    // The second gate's only look is at 0.6 %, above half of 1 %, until the first one is blocked.
    let gates = [given(&[0.5, 0.001]), given(&[0.006])];
    let decided = decide(&gates, OnInconclusive::Warn);
    assert!(decided.iter().all(|one| one.blocks), "{decided:?}");
}

#[test]
fn lean_blocks_within_the_same_error_rate() {
    let open = || given(&[0.5, 0.5, 0.03]);
    assert!(
        decide(&[open()], OnInconclusive::Lean)
            .iter()
            .all(|one| one.blocks)
    );
    let decided = decide(&[open(), open()], OnInconclusive::Lean);
    assert!(decided.iter().all(|one| !one.blocks));
    assert!(
        decided
            .iter()
            .all(|one| one.lean == Some(Lean::PassUnproven))
    );
}

#[test]
fn a_look_that_is_still_to_come_leaves_a_gate_open() {
    let decided = decide(&[given(&[0.5])], OnInconclusive::Lean);
    assert!(decided.iter().all(|one| one.open));
    let decided = decide(&[given(&[0.5, 0.5, 0.5])], OnInconclusive::Lean);
    assert!(decided.iter().all(|one| !one.open));
}

#[test]
fn errors_count_against_the_side_that_would_profit() {
    let good = || Given {
        passes: true,
        lean: Lean::Pass,
        ..given(&[0.9, 0.9, 0.9])
    };
    let bad = given(&[0.001, 0.001, 0.001]);
    let with_errors = |best: &Given, policy| {
        let decided = decide_family(&[member(best, Some(&bad), policy)]);
        decided.into_iter().flatten().flatten().next()
    };
    // Good without its errors and bad with them: neither is claimed.
    for policy in [OnInconclusive::Lean, OnInconclusive::Block] {
        let decided = with_errors(&good(), policy);
        assert!(decided.is_some_and(|one| one.hangs_on_errors && !one.blocks));
    }
    // Bad either way.
    let decided = with_errors(&given(&[0.001]), OnInconclusive::Lean);
    assert!(decided.is_some_and(|one| one.blocks && !one.hangs_on_errors));
}

#[test]
fn an_early_look_that_errors_kept_from_blocking_is_not_forgotten() {
    // Chance at a later look is on the candidate's side; without errors the first one would have blocked.
    let (best, against) = (given(&[0.5, 0.5, 0.5]), given(&[0.005, 0.4, 0.4]));
    for policy in [OnInconclusive::Lean, OnInconclusive::Warn] {
        let decided = decide_family(&[member(&best, Some(&against), policy)]);
        let decided = decided.into_iter().flatten().flatten().next();
        assert!(decided.is_some_and(|one| one.hangs_on_errors && !one.blocks));
    }
}
