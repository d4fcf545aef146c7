//! Faults in every report: by cause, counted, and never a list that nobody reads.

use prompteval::model::ErrorClass;
use prompteval::report::terminal::{self, Style};
use prompteval::report::{REPORTERS, View, github, junit, markdown};

use crate::fixture::{Run, Trial};
use crate::scenarios::{self, Scenario};

const KEY_FAULT: &str = "openai: 401 Unauthorized: no such key (check OPENAI_API_KEY)";

/// 200 missing recordings in both arms, a wrong key in one, and a message of each trial's own in a few.
fn struck() -> Scenario {
    let (_, verdict) = scenarios::undecided();
    let mut run = Run::new(240, 1);
    for case in 0..200 {
        let id = format!("refund-{case}");
        let text = format!(
            "no recorded response of openai/gpt-6-luna for case `{id}` (greeter@1.0.0): record it with `--responses record`"
        );
        for arm in [0, 1] {
            let missing = ErrorClass::MissingRecording;
            run.add(Trial::faulty(arm, case, &id, missing, &text));
        }
    }
    for case in 200..220 {
        let id = format!("k{case}");
        run.add(Trial::faulty(0, case, &id, ErrorClass::Auth, KEY_FAULT));
    }
    for case in 220..240 {
        let word = char::from(b'a' + (case - 220) as u8);
        let text = format!("::error::{word}{word} <b>@team</b> ]]> ##[error]");
        let id = format!("e{case}");
        run.add(Trial::faulty(0, case, &id, ErrorClass::Evaluator, &text));
    }
    (run, verdict)
}

fn written(name: &str, view: &View<'_>) -> String {
    let entry = REPORTERS.iter().find(|entry| entry.name == name).unwrap();
    let mut bytes = Vec::new();
    (entry.write)(view, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn summary(view: &View<'_>, style: Style) -> String {
    let mut bytes = Vec::new();
    terminal::write(view, style, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_terminal_tells_faults_by_cause_in_ten_lines_also_when_it_is_quiet() {
    let (run, verdict) = struck();
    for (quiet, width) in [(false, 80), (true, 80), (false, 300), (true, 300)] {
        let style = Style {
            quiet,
            width,
            ..Style::default()
        };
        let text = run.view(&verdict, |view| summary(view, style));
        let list = text.lines().skip_while(|line| *line != "Faults");
        let list: Vec<&str> = list.take_while(|line| !line.is_empty()).collect();
        assert_eq!(list.len(), 10, "{text}");
        assert!(list[1].starts_with("  ! 400 trials missing-recording: "));
        assert!(list[2].starts_with("  ! 20 trials auth: openai: 401"));
        assert_eq!(list[8], "  ! 15 trials 15 more causes");
        let fix = "  Fix: record what is missing: `prompteval run --responses record`";
        assert_eq!(list[9], fix);
        if width == 300 {
            assert!(list[1].ends_with("(one of 200 messages like it)"), "{text}");
            assert!(list[2].ends_with("(check OPENAI_API_KEY)"), "{text}");
        }
        if quiet {
            assert!(text.lines().count() < 30, "{text}");
        }
    }
    // What is tolerated keeps nobody who asked for quiet.
    let (run, verdict) = scenarios::pass();
    let quiet = Style {
        quiet: true,
        ..Style::default()
    };
    let text = run.view(&verdict, |view| summary(view, quiet));
    assert!(!text.contains("Faults"), "{text}");
}

#[test]
fn markdown_and_html_list_them_and_escape_what_they_say() {
    let (run, verdict) = struck();
    let text = run.view(&verdict, |view| markdown::report(view, 60_000).unwrap());
    let list = text
        .lines()
        .skip_while(|line| !line.contains("**Faults:**"));
    let list: Vec<&str> = list.skip(2).take_while(|line| !line.is_empty()).collect();
    assert_eq!(list.len(), 9, "{text}");
    assert!(list[0].starts_with("- 400 trials: missing-recording: "));
    assert!(list[1].contains("check OPENAI\\_API\\_KEY"), "{}", list[1]);
    assert!(list[2].contains("&lt;b&gt;@\u{200b}team"), "{}", list[2]);
    let page = run.view(&verdict, |view| written("html", view));
    let (_, list) = page.split_once("id=\"faults\">").unwrap();
    let (list, _) = list.split_once("</section>").unwrap();
    assert_eq!(list.matches("<li>").count(), 9, "{list}");
    assert!(list.contains("&lt;b&gt;@team") && list.contains("check OPENAI_API_KEY"));
}

#[test]
fn annotations_begin_with_the_faults_that_kept_a_run_from_being_decided() {
    let (run, verdict) = struck();
    let annotations = run.view(&verdict, |view| {
        github::annotations(view, &|_, _| None).unwrap()
    });
    assert!(annotations.len() <= 10);
    let told: Vec<String> = annotations
        .iter()
        .map(|one| github::command(one, ""))
        .collect();
    assert!(told[0].starts_with("::error title=400 trials in error::missing-recording: "));
    assert!(told[1].contains("(check OPENAI_API_KEY)"), "{told:?}");
    assert!(told.iter().all(|line| line.matches('\n').count() == 1));
    // A fault that is tolerated marks nothing red.
    let (run, verdict) = scenarios::pass();
    let none = run.view(&verdict, |view| {
        github::annotations(view, &|_, _| None).unwrap()
    });
    assert_eq!(none, []);
}

#[test]
fn junit_says_at_the_gate_why_nothing_was_decided() {
    let (run, verdict) = struck();
    let mut bytes = Vec::new();
    run.view(&verdict, |view| {
        (junit::JUNIT.write)(view, &mut bytes).unwrap();
    });
    let root = crate::xml::parse(&bytes);
    let suite = root.all("testsuite").next().unwrap();
    let gate = suite
        .all("testcase")
        .find(|case| case.get("name").starts_with("gate "))
        .unwrap();
    let error = gate.child("error").unwrap();
    assert!(
        error
            .get("message")
            .contains("400 trials: missing-recording")
    );
    assert!(error.text.contains("\n20 trials: auth: openai: 401"));
    assert!(error.text.lines().count() < 20, "{}", error.text);
    let properties = suite.child("properties").unwrap();
    let faults = properties.all("property");
    let faults: Vec<&str> = faults
        .filter(|one| one.get("name") == "fault")
        .map(|one| one.get("value"))
        .collect();
    assert_eq!(faults.len(), 9);
    assert!(faults[1].starts_with("20 trials: auth: openai: 401 Unauthorized"));
}

#[test]
fn programs_get_them_as_a_list_of_the_run_and_of_each_candidate() {
    let (run, verdict) = struck();
    let text = run.view(&verdict, |view| written("json", view));
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (holder, trials) in [
        (&report["run"], 400),
        (&report["suites"][0]["candidates"][0], 200),
    ] {
        let faults = holder["faults"].as_array().unwrap();
        assert_eq!(faults.len(), 8);
        assert_eq!(faults[0]["kind"], "missing-recording");
        assert_eq!(faults[0]["trials"], trials);
        assert_eq!(faults[0]["messages"], 200);
        assert_eq!(faults[1]["message"], KEY_FAULT);
        assert!(faults[1].get("messages").is_none());
        assert_eq!(holder["more_faults"], 14);
    }
}
