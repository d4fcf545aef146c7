//! Arms whose judges were different models are not compared.

use prompteval::gate;
use prompteval::model::looks::Look;
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::verdict::Decision;

use crate::fixture::{Run, Trial};

fn problem(judges: [&str; 2]) -> Option<String> {
    let mut run = Run::new(70, 1);
    let suite = &mut run.header.suites[0];
    suite.looks = vec![Look {
        repeats: 1,
        alpha: 0.05,
    }];
    suite.gates = vec![GateRule {
        metric: "kind.pass_rate".into(),
        tag: None,
        condition: Condition::Baseline { margin: 0.05 },
    }];
    for (arm, judge) in (0..).zip(judges) {
        for case in 0..70 {
            let mut trial = Trial::new(arm, case, &format!("case-{case}"), "Hello.")
                .score("kind", "llm-rubric", true, "why")
                .score("short", "word-count", true, "why");
            if !judge.is_empty() {
                trial.record.scores[0].judge_models = vec![judge.to_owned()];
            }
            run.add(trial);
        }
    }
    let verdict = gate::decide(&run.record());
    let candidate = &verdict.suites[0].candidates[0];
    let decision = if candidate.problem.is_some() {
        Decision::Error
    } else {
        Decision::Pass
    };
    assert_eq!(candidate.decision, decision);
    candidate.problem.clone()
}

#[test]
fn another_judge_is_an_error_and_an_unknown_one_is_not() {
    assert_eq!(
        problem(["haiku-2", "haiku-1"]).as_deref(),
        Some(
            "the judge of `kind` was haiku-2 for the candidate and haiku-1 for the baseline: ask both again"
        )
    );
    assert_eq!(problem(["haiku-1", "haiku-1"]), None);
    assert_eq!(problem(["haiku-1", ""]), None);
}
