//! What a record counts of trials that stand beside those that are measured.

use serde_json::{Value, json};

use super::*;

fn header() -> RunHeader {
    let header = json!({
        "journal": 1,
        "run": {"id": "r", "started_at": "", "git_commit": null, "responses": "live", "seed": 0, "prompteval": "0"},
        "prices_date": "",
        "suites": [{
            "name": "s", "sha256": "", "family": "f",
            "dataset": {"path": "d", "sha256": "", "cases": 2},
            "selected": 2, "repeats": 1, "gates": [], "looks": [], "on_inconclusive": "lean",
            "arms": [{
                "version": {"family": "f", "version": "1.0.0"}, "sha256": "", "status": "testing",
                "model": "openai/m", "role": "candidate",
            }],
        }],
    });
    serde_json::from_value(header).unwrap()
}

fn trial(case: u32, repeat: u32, more: &Value) -> TrialRecord {
    let mut trial = json!({
        "suite": 0, "arm": 0, "case": case, "repeat": repeat, "id": format!("case-{case}"), "tags": ["t"],
        "passed": true, "score": 1.0, "output": "hello", "latency_ms": 10.0, "cost_usd": 0.5,
        "usage": {"input": 3, "output": 4}, "resolved_model": "m",
        "scores": [{"name": "e", "type": "equals", "status": "scored", "passed": true, "score": 1.0, "reason": "", "weight": 1.0}],
        "spend": {"calls": 1, "saved": 0, "paid_usd": 0.5, "judge_cost_usd": 0.25},
    });
    for (key, value) in more.as_object().unwrap() {
        trial[key] = value.clone();
    }
    serde_json::from_value(trial).unwrap()
}

fn record(trials: &[TrialRecord]) -> RunRecord {
    let mut fold = Fold::default();
    fold.apply(&RunEvent::Plan(Box::new(header())), JournalOffset(0));
    for (at, trial) in (1..).zip(trials) {
        fold.apply(&RunEvent::Trial(Box::new(trial.clone())), JournalOffset(at));
    }
    fold.finish().unwrap()
}

#[test]
fn proofs_enter_no_metric_and_are_paid_for() {
    let measured = [trial(0, 0, &json!({})), trial(1, 0, &json!({}))];
    let fallen = json!({
        "passed": false, "score": 0.0, "fallback": "openai/other", "resolved_model": "other", "latency_ms": 99.0,
        "refusal": "no",
    });
    let error = json!({
        "passed": null, "score": null, "scores": [], "error": {"class": "timeout", "message": "late"},
    });
    let proofs = PROOF_REPEATS
        .map(|repeat| trial(1, repeat, if repeat % 2 == 0 { &fallen } else { &error }));
    let all: Vec<TrialRecord> = measured.iter().cloned().chain(proofs).collect();
    let (alone, both) = (record(&measured), record(&all));
    let (alone, both) = (&alone.suites[0].arms[0], &both.suites[0].arms[0]);
    assert_eq!((both.trials.len(), both.proof.len()), (2, 6));
    assert_eq!(both.trials, alone.trials);
    assert_eq!(
        (&both.metrics, &both.slices),
        (&alone.metrics, &alone.slices)
    );
    assert_eq!(both.resolved_models, alone.resolved_models);
    assert_eq!((both.fallbacks, both.count(State::Error)), (0, 0));
    assert_eq!((both.spend.calls, alone.spend.calls), (8, 2));
    assert!((both.spend.paid_usd - 4.0).abs() < 1e-9);
    let case = both.proof.case(1).unwrap();
    assert!(case.error && case.trials == 6 && case.passes == 0);
}

#[test]
fn a_proof_in_error_gives_way_to_what_a_resumed_run_gets() {
    let error =
        json!({"passed": null, "score": null, "error": {"class": "timeout", "message": "late"}});
    let repeat = PROOF_REPEATS.start;
    let trials = [
        trial(0, 0, &json!({})),
        trial(0, repeat, &error),
        trial(0, repeat, &json!({})),
    ];
    let arm = &record(&trials).suites[0].arms[0];
    let case = arm.proof.case(0).unwrap();
    assert_eq!((case.trials, case.passes, case.error), (1, 1, false));
    assert!(arm.faults.is_empty());
}

#[test]
fn a_trial_that_the_plan_does_not_have_takes_no_room_and_ends_no_run() {
    let far = [(u32::MAX, 0, 0), (0, u32::MAX, 0), (0, 0, 1)];
    let end = RunEvent::End(RunEnd {
        status: crate::model::event::EndStatus::Complete,
        finished_at: String::new(),
        reason: None,
    });
    let mut fold = Fold::default();
    let at = JournalOffset(0);
    fold.apply(&RunEvent::Plan(Box::new(header())), at);
    fold.apply(&RunEvent::Trial(Box::new(trial(0, 0, &json!({})))), at);
    let mut whole = fold.clone();
    whole.apply(&end, at);
    assert!(whole.finish().unwrap().is_complete());
    for (case, repeat, arm) in far {
        let mut fold = fold.clone();
        let stray = trial(case, repeat, &json!({"arm": arm}));
        fold.apply(&RunEvent::Trial(Box::new(stray)), at);
        fold.apply(&end, at);
        let record = fold.finish().unwrap();
        assert!(!record.is_complete(), "{case} {repeat} {arm}");
        assert_eq!(record.suites[0].arms[0].trials.len(), 1);
    }
}
