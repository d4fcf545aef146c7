//! A veto is the evaluator's that has it, not its name's.

use prompteval::gate;
use prompteval::model::event::BaselineLink;
use prompteval::model::looks::Look;
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::verdict::{CountedCases, GateResult, GateVerdict};

use crate::fixture::{Run, Trial};

/// Four cases with the suite's evaluator `safe`; the third has one of its own with the same name, which is critical.
fn gate_of(fails: &[u32], own_passes: bool) -> GateResult {
    let mut run = Run::new(4, 1);
    let suite = &mut run.header.suites[0];
    suite.arms.truncate(1);
    suite.arms[0].baseline = BaselineLink::Unused;
    suite.looks = vec![Look {
        repeats: 1,
        alpha: 0.05,
    }];
    suite.gates = vec![GateRule {
        metric: "safe.pass_rate".into(),
        tag: None,
        condition: Condition::CriticalEvaluator,
    }];
    for case in 0..4 {
        let passes = !fails.contains(&case);
        let mut trial = Trial::new(0, case, &format!("case-{case}"), "Hello.")
            .score("safe", "contains", passes, "why");
        if case == 2 {
            trial = trial.score("safe", "not-contains", own_passes, "why");
            trial.record.scores[1].critical = true;
        }
        run.add(trial);
    }
    let verdict = gate::decide(&run.record());
    verdict.suites[0].candidates[0].gates[0].clone()
}

#[test]
fn an_evaluator_that_is_not_critical_does_not_block_by_its_name() {
    let gate = gate_of(&[0, 2], true);
    assert_eq!(gate.verdict, GateVerdict::Pass, "{}", gate.reason);
    assert_eq!(gate.measured, Some(1.0));
    assert_eq!(gate.counted, CountedCases::Metric("safe".into(), vec![]));
}

#[test]
fn the_critical_one_blocks() {
    let gate = gate_of(&[0], false);
    assert_eq!(gate.verdict, GateVerdict::Fail);
    assert_eq!(gate.reason, "1 trials fail it: case-2");
    assert_eq!(gate.counted, CountedCases::Metric("safe".into(), vec![2]));
}
