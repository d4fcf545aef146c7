//! Counts in reasons and tables are numbers that people can check.

use prompteval::gate;
use prompteval::model::event::BaselineLink;
use prompteval::model::looks::Look;
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::trial::ScoreStatus;
use prompteval::report::REPORTERS;
use prompteval::report::terminal::{self, Style};

use crate::fixture::{Run, Trial};

const REPEATS: u32 = 3;

/// A suite of one evaluator with `min` on both rates, asked three times.
fn run(cases: u32) -> Run {
    let mut run = Run::new(cases, REPEATS);
    let suite = &mut run.header.suites[0];
    suite.arms.truncate(1);
    suite.arms[0].baseline = BaselineLink::Unused;
    suite.looks = vec![Look {
        repeats: REPEATS,
        alpha: 0.05,
    }];
    let gate = |metric: &str| GateRule {
        metric: metric.into(),
        tag: None,
        condition: Condition::Range {
            min: Some(0.9),
            max: None,
        },
    };
    suite.gates = vec![gate("pass_rate"), gate("kind.pass_rate")];
    run
}

fn trial(case: u32, repeat: u32, passes: bool) -> Trial {
    Trial::new(0, case, &format!("case-{case}"), "Hello.")
        .repeat(repeat)
        .score("kind", "contains", passes, "why")
}

fn reasons(run: &Run) -> Vec<String> {
    let verdict = gate::decide(&run.record());
    let gates = &verdict.suites[0].candidates[0].gates;
    gates.iter().map(|gate| gate.reason.clone()).collect()
}

/// Every report of a run, one after another.
fn everything(run: &Run) -> String {
    run.view(&gate::decide(&run.record()), |view| {
        let mut bytes = Vec::new();
        for entry in REPORTERS {
            (entry.write)(view, &mut bytes).unwrap();
        }
        terminal::write(view, Style::default(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    })
}

#[test]
fn repeats_are_counted_as_answers() {
    let mut run = run(20);
    for case in 0..20 {
        for repeat in 0..REPEATS {
            run.add(trial(
                case,
                repeat,
                (case * REPEATS + repeat).is_multiple_of(2) && case != 19,
            ));
        }
    }
    let said = "29 of 60 answers to 20 cases pass";
    assert_eq!(reasons(&run), [said, said]);
    let text = everything(&run);
    assert!(text.contains("(29/60)"), "{text}");
    assert!(!text.contains("9.6667") && !text.contains("9.7"), "{text}");
}

#[test]
fn cases_with_fewer_results_make_a_percentage() {
    let mut run = run(4);
    for case in 0..4 {
        for repeat in 0..REPEATS {
            let own = trial(case, repeat, (case, repeat) != (0, 0));
            run.add(if (case, repeat) == (1, 1) {
                Trial::new(0, case, "case-1", "Hello.")
                    .repeat(repeat)
                    .unscored("kind", "contains", ScoreStatus::Skipped, "no")
            } else {
                own
            });
        }
    }
    assert_eq!(
        reasons(&run),
        [
            "11 of 12 answers to 4 cases pass",
            "91.7 % pass, as the mean of 4 cases"
        ]
    );
    assert!(everything(&run).contains("(4 cases)"));
}

#[test]
fn evaluators_that_skip_whole_cases_leave_counts() {
    let mut run = run(4);
    for (case, repeat) in (0..4).flat_map(|case| (0..REPEATS).map(move |repeat| (case, repeat))) {
        run.add(if case == 3 {
            Trial::new(0, case, "case-3", "Hello.")
                .repeat(repeat)
                .unscored("kind", "contains", ScoreStatus::Skipped, "no")
        } else {
            trial(case, repeat, (case, repeat) != (0, 0))
        });
    }
    assert_eq!(reasons(&run)[1], "8 of 9 answers to 3 cases pass");
}
