//! What keeps a whole candidate from being decided: a model that moved after stored answers were taken, an evaluator that gives up.

use prompteval::gate;
use prompteval::model::Source;
use prompteval::model::looks::Look;
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::verdict::Decision;

use crate::fixture::{Run, Trial};

/// Seventy cases that all pass twice on both sides; the baseline's answers are stored.
fn compared() -> Run {
    let mut run = Run::new(70, 2);
    let suite = &mut run.header.suites[0];
    suite.looks = vec![Look {
        repeats: 2,
        alpha: 0.05,
    }];
    suite.gates = vec![GateRule {
        metric: "pass_rate".into(),
        tag: None,
        condition: Condition::Baseline { margin: 0.05 },
    }];
    for arm in 0..2 {
        for (case, repeat) in (0..70).flat_map(|case| [(case, 0), (case, 1)]) {
            let trial = Trial::new(arm, case, &format!("case-{case}"), "Hello.")
                .score("pattern", "regex", true, "why")
                .repeat(repeat);
            run.add(if arm == 1 {
                trial.source(Source::Stored)
            } else {
                trial
            });
        }
    }
    run
}

fn problem(run: &Run) -> Option<String> {
    let verdict = gate::decide(&run.record());
    let candidate = &verdict.suites[0].candidates[0];
    let is_error = candidate.decision == Decision::Error;
    assert_eq!(candidate.problem.is_some(), is_error);
    candidate.problem.clone()
}

#[test]
fn one_answer_of_another_model_is_enough_once_stored_ones_were_taken() {
    let mut run = compared();
    assert_eq!(problem(&run), None);
    let moved = |run: &mut Run| {
        // The last repeat of the candidate, long after the first look.
        run.trials[139].answer.resolved_model = Some("gpt-6-luna-2026-11-01".into());
    };
    moved(&mut run);
    let why = problem(&run).unwrap();
    assert!(why.contains("gpt-6-luna-2026-11-01"), "{why}");
    // A fallback's answer says nothing of the model that was asked.
    run.trials[139].answer.fallback = Some("openai/other".parse().unwrap());
    assert_eq!(problem(&run), None);
    // Answers of one run are asked of the same models by turns.
    let mut fresh = compared();
    for trial in &mut fresh.trials {
        trial.answer.source = Some(Source::Live);
    }
    moved(&mut fresh);
    assert_eq!(problem(&fresh), None);
}

#[test]
fn one_verdict_of_another_judge_is_enough_once_stored_ones_were_taken() {
    let mut run = compared();
    for trial in &mut run.trials {
        trial.scores[0].judge_models = vec!["haiku-1".into()];
    }
    assert_eq!(problem(&run), None);
    run.trials[139].scores[0].judge_models = vec!["haiku-2".into()];
    let why = problem(&run).unwrap();
    assert!(why.starts_with("the judge of `pattern` was"), "{why}");
}

#[test]
fn an_evaluator_that_gives_up_on_ten_cases_decides_nothing_in_whatever_order_and_parts_they_came() {
    let gave_up = |cases: usize| {
        let mut run = compared();
        for trial in run.trials[..140].iter_mut().step_by(2).take(cases) {
            trial.scores[0].gave_up = true;
        }
        // Again for one of them: cases count, not answers.
        run.trials[1].scores[0].gave_up = true;
        run
    };
    assert_eq!(problem(&gave_up(9)), None);
    let mut run = gave_up(10);
    let why = problem(&run).unwrap();
    assert!(why.contains("`pattern` gave up on 10 cases"), "{why}");
    run.trials.reverse();
    assert_eq!(problem(&run), Some(why));
    // One that is only reported ends nothing.
    for trial in &mut run.trials {
        trial.scores[0].weight = 0.0;
    }
    assert_eq!(problem(&run), None);
}
