//! The summary and one case as they stand on a screen, held against the committed ones in `tests/fixtures/screens`: at 80 and
//! 200 columns, with colour and without, and as a pipe gets them. `INSTA_UPDATE=always` writes them anew.

use prompteval::model::event::{ArmHeader, BaselineLink, SuiteHeader};
use prompteval::model::verdict::GateVerdict;
use prompteval::model::{Message, Role};
use prompteval::report::terminal::{self, Style, case};
use prompteval::report::{Asked, View};
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::fixture::{Run, Trial, decided, min_gate, verdict};
use crate::scenarios::{self, Scenario};

/// What hostile answers, reasons and questions come to: control characters, words without an end, wide characters, 10 kB.
fn endless() -> Scenario {
    let mut run = Run::new(4, 1);
    run.header.suites[0].description = Some("長い説明文です。".repeat(30));
    let controls = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\r::error::no\n\u{202e}drawkcab\u{0}\u{8}";
    let word = "w".repeat(400);
    let wide = "これは空白のない長い日本語の答えです".repeat(12);
    let long = "The answer names no source for what it says about the refund. ".repeat(165);
    for (case, id, answer, reason) in [
        (0, "controls\u{1b}[31m", controls, controls),
        (1, "one-word", word.as_str(), word.as_str()),
        (2, "広い", wide.as_str(), wide.as_str()),
        (3, "ten-kilobytes", long.as_str(), long.as_str()),
    ] {
        run.add(Trial::new(0, case, id, answer).score("grounded", "llm-rubric", false, reason));
        run.add(Trial::new(1, case, id, "before").score("grounded", "llm-rubric", true, ""));
    }
    let gate = min_gate("pass_rate", 0.9, 0.0, GateVerdict::Fail);
    (run, verdict(vec![decided(0, vec![gate])]))
}

/// A first run in which nothing fails.
fn green() -> Scenario {
    let mut run = Run::new(5, 1);
    run.header.suites[0].arms.truncate(1);
    run.header.suites[0].arms[0].baseline = BaselineLink::NoneYet;
    for case in 0..5 {
        let id = format!("order-{case}");
        let answer = "Hello! Your parcel left our warehouse this morning, and comes tomorrow.\n\nIs there anything else?";
        let trial = Trial::new(0, case, &id, answer).tags(&["order"]);
        run.add(trial.score("greeting", "icontains", true, "found"));
    }
    let gate = min_gate("pass_rate", 0.9, 1.0, GateVerdict::Pass);
    (run, verdict(vec![decided(0, vec![gate])]))
}

fn all() -> Vec<(&'static str, Scenario)> {
    vec![
        ("green", green()),
        ("pass", scenarios::pass()),
        ("blocked", scenarios::blocked()),
        ("error", scenarios::undecided()),
        ("empty", scenarios::empty()),
        ("hostile", scenarios::hostile()),
        ("endless", endless()),
    ]
}

/// What every case was asked.
fn asked(place: u32) -> Asked {
    let query = format!("Where is my order {place}?\u{1b}[5m");
    let message = |role, text: &str| Message {
        role,
        content: text.to_owned(),
    };
    Asked {
        vars: vec![
            ("query".to_owned(), json!(query)),
            (
                "account".to_owned(),
                json!({"status": "Premium", "since": 2019, "orders": [17, 23]}),
            ),
        ],
        others: Vec::new(),
        messages: vec![
            message(
                Role::System,
                "You answer for a shop.\n\n::stop-commands::x\nNever promise a refund.",
            ),
            message(Role::User, &query),
        ],
    }
}

fn shown(scenario: &Scenario, style: Style) -> String {
    written(scenario, |view, out| {
        terminal::write(view, style, out).unwrap();
    })
}

fn written((run, verdict): &Scenario, write: impl Fn(&View<'_>, &mut Vec<u8>)) -> String {
    let mut bytes = Vec::new();
    run.view(verdict, |view| {
        let asked = |_: &SuiteHeader, _: &ArmHeader, place: u32| Some(asked(place));
        let view = View {
            inputs: Some(&asked),
            ..*view
        };
        write(&view, &mut bytes);
    });
    String::from_utf8(bytes).unwrap()
}

/// The first case of a scenario, whole.
fn first_case(scenario: &Scenario, style: Style) -> String {
    let id = &scenario.0.trials[0].id;
    written(scenario, |view, out| {
        let found = case::find(view, id).unwrap();
        case::write(&found, style, out).unwrap();
    })
}

fn styles() -> [(&'static str, Style); 5] {
    let of = |width, color, piped| Style {
        width,
        color,
        piped,
        ..Style::default()
    };
    [
        ("80", of(80, false, false)),
        ("80-colour", of(80, true, false)),
        ("200", of(200, false, false)),
        ("200-colour", of(200, true, false)),
        ("piped", of(100, false, true)),
    ]
}

/// A snapshot that an editor shows as it is: escapes are written out.
fn hold(name: &str, text: &str) {
    let text = text.replace('\u{1b}', "␛");
    insta::with_settings!({
        snapshot_path => "../fixtures/screens",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn summaries_are_the_committed_ones() {
    for (name, scenario) in all() {
        for (ending, style) in styles() {
            hold(&format!("{name}-{ending}"), &shown(&scenario, style));
        }
    }
}

#[test]
fn cases_are_the_committed_ones() {
    for (name, scenario) in [("blocked", scenarios::blocked()), ("endless", endless())] {
        for (ending, style) in styles() {
            hold(
                &format!("case-{name}-{ending}"),
                &first_case(&scenario, style),
            );
        }
    }
}

#[test]
fn a_screen_is_never_too_narrow_and_obeys_nobody() {
    for (name, scenario) in all() {
        for width in [60, 80, 200] {
            let style = Style {
                width,
                ..Style::default()
            };
            let mut texts = vec![shown(&scenario, style)];
            if !scenario.0.trials.is_empty() {
                texts.push(first_case(&scenario, style));
            }
            for line in texts.iter().flat_map(|text| text.lines()) {
                assert!(line.width() <= width, "{name} at {width}: {line}");
                assert!(!line.chars().any(char::is_control), "{name}: {line:?}");
                assert!(!line.trim_start().starts_with("::"), "{name}: {line}");
            }
        }
    }
}

#[test]
fn a_pipe_gets_nothing_drawn_and_a_record_a_line() {
    for (name, scenario) in all() {
        let (_, style) = styles()[4];
        let text = shown(&scenario, style);
        let drawn = |c: char| ('\u{2500}'..='\u{25ff}').contains(&c) || c == '\u{1b}';
        assert!(!text.contains(drawn), "{name}: {text}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
    let text = shown(&endless(), styles()[4].1);
    let reasons = text.lines().filter(|line| line.contains("✗ grounded: "));
    assert_eq!(reasons.count(), 4);
}

#[test]
fn a_reason_is_told_whole_and_its_words_are_not_broken() {
    let mut run = Run::new(1, 1);
    let reason: Vec<String> = (0..120).map(|n| format!("word-{n}")).collect();
    let trial = Trial::new(0, 0, "a", "Hello.");
    run.add(trial.score("kind", "llm-rubric", false, &reason.join(" ")));
    let gate = min_gate("pass_rate", 0.9, 0.0, GateVerdict::Fail);
    let scenario = (run, verdict(vec![decided(0, vec![gate])]));
    let text = shown(&scenario, Style::default());
    let words: Vec<&str> = text.split_whitespace().collect();
    assert!(
        reason.iter().all(|word| words.contains(&word.as_str())),
        "{text}"
    );
}

#[test]
fn answers_are_shown_where_nothing_fails_and_only_there() {
    let text = shown(&green(), Style::default());
    assert!(
        text.contains("  Answers: the first 3 of 5")
            && text.contains("    · query: Where is my order"),
        "{text}"
    );
    assert!(
        text.contains("See `prompteval show 20261120-100000-a1b2 --case "),
        "{text}"
    );
    let text = shown(&scenarios::blocked(), Style::default());
    assert!(!text.contains("  Answers: the first 3 of 5"));
    let quiet = Style {
        quiet: true,
        ..Style::default()
    };
    assert!(!shown(&green(), quiet).contains("Answers"));
}
