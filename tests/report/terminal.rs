//! What people, and the CI systems that read their logs, rely on in the summary.

use prompteval::model::Source;
use prompteval::model::event::BaselineLink;
use prompteval::model::verdict::GateVerdict;
use prompteval::report::terminal::{self, Style};
use unicode_width::UnicodeWidthStr;

use crate::fixture::{Run, Trial, decided, min_gate, verdict};
use crate::scenarios::{self, Scenario};

fn summary((run, verdict): &Scenario, style: Style) -> String {
    let mut bytes = Vec::new();
    run.view(verdict, |view| {
        terminal::write(view, style, &mut bytes).unwrap();
    });
    String::from_utf8(bytes).unwrap()
}

fn of_width(width: usize) -> Style {
    Style {
        width,
        ..Style::default()
    }
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (name, scenario) in scenarios::all() {
        for width in [80, 120, 200] {
            for line in summary(&scenario, of_width(width)).lines() {
                assert!(line.width() <= width, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn nothing_of_a_model_reaches_the_terminal_or_the_runner_as_a_command() {
    let text = summary(&scenarios::hostile(), Style::default());
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    assert!(!text.contains("##[") && !text.contains("##vso["));
}

#[test]
fn colour_changes_no_word() {
    for (_, scenario) in scenarios::all() {
        let plain = summary(&scenario, Style::default());
        let style = Style {
            color: true,
            ..Style::default()
        };
        let coloured = summary(&scenario, style);
        assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
        assert_ne!(coloured, plain);
    }
}

#[test]
fn newly_broken_cases_come_first_and_no_more_than_asked_for() {
    let scenario = scenarios::blocked();
    let style = Style {
        max_failures: 1,
        ..Style::default()
    };
    let text = summary(&scenario, style);
    assert!(text.contains("✗ refund-late  newly broken"));
    assert!(!text.contains("✗ where-is-it"));
    assert!(text.contains("and 2 more failing cases"));
}

#[test]
fn a_fault_is_named_once() {
    let text = summary(&scenarios::undecided(), Style::default());
    assert_eq!(text.matches("the key is wrong").count(), 1);
    assert!(text.contains("! 4 trials auth: "));
}

#[test]
fn the_last_lines_say_what_came_out() {
    let word = |scenario: Scenario| {
        let quiet = Style {
            quiet: true,
            ..of_width(200)
        };
        let text = summary(&scenario, quiet);
        let mut lines = text.lines();
        let verdict = lines.find(|line| line.starts_with(char::is_uppercase) && *line != "Faults");
        verdict.unwrap().to_owned()
    };
    assert_eq!(
        word(scenarios::pass()),
        "PASS all 2 gates of 1 candidate passed"
    );
    assert!(
        word(scenarios::blocked())
            .starts_with("BLOCKED support customer-support@1.2.0: refund-promise")
    );
    assert!(word(scenarios::undecided()).starts_with("COULD NOT DECIDE support"));
    assert_eq!(
        word(scenarios::interrupted()),
        "INTERRUPTED interrupted by SIGINT"
    );
}

#[test]
fn evaluators_of_single_cases_are_counted_and_not_listed_while_they_pass() {
    let mut run = Run::new(3, 1);
    run.header.suites[0].arms.truncate(1);
    run.header.suites[0].arms[0].baseline = BaselineLink::Unused;
    for (case, id) in [(0, "a"), (1, "b"), (2, "c")] {
        let own = format!("only-{id}");
        run.add(
            Trial::new(0, case, id, "Hello.")
                .score("greeting", "contains", true, "found")
                .score(&own, "contains", case != 1, "not found"),
        );
    }
    let gate = min_gate("pass_rate", 0.5, 2.0 / 3.0, GateVerdict::Pass);
    let text = summary(
        &(run, verdict(vec![decided(0, vec![gate])])),
        Style::default(),
    );
    assert!(text.contains("greeting.pass_rate") && text.contains("only-b.pass_rate"));
    assert!(!text.contains("only-a.pass_rate"));
    assert!(text.contains("+ 2 more evaluators of single cases: passed in all of them"));
}

#[test]
fn why_an_evaluator_gave_up_is_read_to_its_end() {
    let why = format!(
        "the pattern `^({})*$` gave up after 1,000,000 steps on this answer: simplify the pattern, or shorten what it is matched with",
        "a|b|c|".repeat(20)
    );
    let mut run = Run::new(1, 1);
    run.header.suites[0].arms.truncate(1);
    run.header.suites[0].arms[0].baseline = BaselineLink::Unused;
    run.add(Trial::new(0, 0, "endless", "aaab").score("shape", "regex", false, &why));
    let gate = min_gate("pass_rate", 1.0, 0.0, GateVerdict::Fail);
    let text = summary(
        &(run, verdict(vec![decided(0, vec![gate])])),
        Style::default(),
    );
    let words = |text: &str| text.replace(['│', ' ', '\n'], "");
    assert!(words(&text).contains(&words(&why)), "{text}");
}

#[test]
fn a_footnote_about_latency_needs_answers_that_have_one() {
    let logged = |latencies: [Option<f64>; 2]| {
        let mut run = Run::new(2, 1);
        run.header.suites[0].arms.truncate(1);
        run.header.suites[0].arms[0].baseline = BaselineLink::Unused;
        for (case, latency) in (0..).zip(latencies) {
            let id = format!("row-{case}");
            let mut trial = Trial::new(0, case, &id, "Hello.").source(Source::Logged);
            trial.record.answer.latency_ms = latency;
            run.add(trial);
        }
        let gate = min_gate("pass_rate", 0.5, 1.0, GateVerdict::Pass);
        let verdict = verdict(vec![decided(0, vec![gate])]);
        summary(&(run, verdict), Style::default())
    };
    let without = logged([None, None]);
    assert!(!without.contains('*'), "{without}");
    let one = logged([None, Some(12.0)]);
    assert!(one.contains("* 1 of 1 latencies are as recorded"), "{one}");
}
