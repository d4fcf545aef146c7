//! What holds for any run and any text.

use std::io::Write;

use prompteval::gate;
use prompteval::model::event::{ArmRole, BaselineLink, EndStatus};
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::trial::ScoreStatus;
use prompteval::model::verdict::Decision;
use prompteval::model::{ErrorClass, Status};
use prompteval::report::terminal::{self, Style};
use prompteval::report::{REPORTERS, View};
use proptest::prelude::*;

use crate::fixture::{Run, Trial, arm, decided, min_gate, verdict};
use crate::junit::check_counts;
use crate::xml::parse;

/// Text with everything that has broken a report before in it.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        any::<char>().prop_map(String::from),
        prop_oneof![
            Just("]]>"),
            Just("\0"),
            Just("\u{1b}[2J"),
            Just("\r\n"),
            Just("\u{fffe}"),
            Just("::error::"),
            Just("##[error]"),
            Just("&amp;<![CDATA["),
            Just("日本語\u{1f469}\u{200d}\u{1f680}"),
            Just("\u{9b}"),
        ]
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// How a trial comes out.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Passes,
    Fails,
    Refused,
    Fault,
    Unjudged,
    Missing,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        30 => Just(Fate::Passes), 4 => Just(Fate::Fails), 1 => Just(Fate::Refused),
        1 => Just(Fate::Fault), 1 => Just(Fate::Unjudged), 1 => Just(Fate::Missing),
    ];
    prop::collection::vec(fate, 0..60)
}

fn trial(side: u32, case: u32, fate: Fate) -> Option<Trial> {
    let id = format!("case-{case}");
    let answer = || Trial::new(side, case, &id, "Hello.");
    Some(match fate {
        Fate::Passes => answer().score("kind", "contains", true, "found"),
        Fate::Fails => answer().score("kind", "contains", false, "not found"),
        Fate::Refused => {
            let mut refused = Trial::faulty(side, case, &id, ErrorClass::Content, "refused");
            refused.record.passed = Some(false);
            refused
        }
        Fate::Fault => Trial::faulty(side, case, &id, ErrorClass::Timeout, "no answer"),
        Fate::Unjudged => answer().unscored("kind", "llm-rubric", ScoreStatus::Error, "{}"),
        Fate::Missing => return None,
    })
}

fn run_of(candidate: &[Fate], baseline: &[Fate], end: EndStatus) -> Run {
    let mut run = Run::new(candidate.len() as u32, 1);
    let rule = |metric: &str, condition| GateRule {
        metric: metric.into(),
        tag: None,
        condition,
    };
    run.header.suites[0].gates = vec![
        rule(
            "pass_rate",
            Condition::Range {
                min: Some(0.9),
                max: None,
            },
        ),
        rule("pass_rate", Condition::Baseline { margin: 0.05 }),
        rule("kind.pass_rate", Condition::CriticalEvaluator),
    ];
    for (side, fates) in [(0, candidate), (1, baseline)] {
        for (case, fate) in (0..candidate.len() as u32).zip(fates) {
            run.trials
                .extend(trial(side, case, *fate).map(|trial| trial.record));
        }
    }
    let ended = run.end.as_mut().unwrap();
    ended.status = end;
    ended.reason = (end != EndStatus::Complete).then(|| "it was ended".to_owned());
    run
}

/// Every report of a view, one after another.
fn everything(view: &View<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in REPORTERS {
        writeln!(bytes, "{}", entry.name).unwrap();
        (entry.write)(view, &mut bytes).unwrap();
    }
    terminal::write(view, Style::default(), &mut bytes).unwrap();
    bytes
}

fn junit(view: &View<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    (prompteval::report::junit::JUNIT.write)(view, &mut bytes).unwrap();
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_gives_well_formed_junit_and_a_harmless_summary(
        id in text(), output in text(), before in text(), reason in text(), gate in text(), width in 0_usize..200,
    ) {
        let mut run = Run::new(2, 1);
        run.add(Trial::new(0, 0, &id, &output).score(&reason, &gate, false, &reason));
        run.add(Trial::new(1, 0, &id, &before).score(&reason, &gate, true, &reason));
        run.add(Trial::faulty(0, 1, "fault", ErrorClass::Provider, &output));
        run.header.suites[0].name = gate.clone();
        run.header.suites[0].description = Some(before.clone());
        let mut result = min_gate(&reason, 1.0, 0.0, prompteval::model::verdict::GateVerdict::Fail);
        result.reason = gate;
        let verdict = verdict(vec![decided(0, vec![result])]);
        run.view(&verdict, |view| {
            check_counts(&parse(&junit(view)));
            let mut bytes = Vec::new();
            let style = Style { width, ..Style::default() };
            terminal::write(view, style, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
            assert!(!text.contains("##["));
        });
    }

    #[test]
    fn junit_is_red_exactly_where_the_run_does_not_pass(
        candidate in fates(), baseline in fates(), end in prop_oneof![
            6 => Just(EndStatus::Complete), 1 => Just(EndStatus::Interrupted), 1 => Just(EndStatus::Stopped),
        ],
    ) {
        let run = run_of(&candidate, &baseline, end);
        let verdict = gate::decide(&run.record());
        let (failures, errors) = run.view(&verdict, |view| check_counts(&parse(&junit(view))));
        prop_assert_eq!(failures + errors > 0, verdict.decision != Decision::Pass);
        if verdict.decision == Decision::Fail {
            prop_assert!(failures > 0);
        }
    }

    #[test]
    fn the_order_in_which_trials_end_does_not_show(
        candidate in fates(), baseline in fates(), seed in any::<prop::sample::Index>(),
    ) {
        let mut run = run_of(&candidate, &baseline, EndStatus::Complete);
        run.header.suites[0].arms.push(arm("1.3.0", Status::Draft, ArmRole::Candidate));
        run.header.suites[0].arms[2].baseline = BaselineLink::Itself;
        let verdict = gate::decide(&run.record());
        let before = run.view(&verdict, everything);
        if !run.trials.is_empty() {
            let middle = seed.index(run.trials.len());
            run.trials.rotate_left(middle);
            run.trials.reverse();
        }
        prop_assert_eq!(run.view(&gate::decide(&run.record()), everything), before);
    }
}
