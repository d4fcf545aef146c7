//! Proof of broken cases, through the binary: only what flipped is asked again, and only its fresh answers decide.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::evaluation::Evaluation;
use crate::fake_provider::{FakeProvider, Reply, Script, Seen};
use crate::project::Project;

pub(crate) const CASES: usize = 20;

/// Answers of the proof to one case: six of each version.
pub(crate) const PROOF: usize = 12;

pub(crate) const GATE: &str = "  - {metric: broken, max: 0}\n";

/// A provider whose answers to a prompt depend on how often it was asked before.
pub(crate) fn provider(
    answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static,
) -> FakeProvider {
    let asked: Mutex<HashMap<String, usize>> = Mutex::default();
    FakeProvider::start(Script::answering(move |seen| {
        let mut asked = asked.lock().unwrap();
        let times = asked.entry(seen.prompt.clone()).or_default();
        *times += 1;
        answer(seen, *times - 1)
    }))
}

pub(crate) fn hello(good: bool) -> Reply {
    Reply::text(if good { "hello" } else { "go away" })
}

/// The candidate never greets user 3, and forgot to greet user 5 once.
pub(crate) fn one_broken() -> FakeProvider {
    provider(|seen, times| {
        let unlucky = seen.prompt == "Greet user 5!" && times == 0;
        hello(seen.prompt != "Greet user 3!" && !unlucky)
    })
}

/// Version 1.0.0 in production and a candidate beside it; `gates` decide.
pub(crate) fn project(fake: &FakeProvider, cases: usize, gates: &str) -> Project {
    let project = Project::greeting(cases).at(fake);
    project.production("greeter", "1.0.0");
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    project.gates(gates);
    project
}

/// The gate on broken cases of the first candidate.
pub(crate) fn gate(run: &Evaluation) -> &Value {
    let gates = run.candidate(0)["gates"].as_array().unwrap();
    gates
        .iter()
        .find(|gate| gate["metric"] == "broken")
        .unwrap()
}

/// The cases that the HTML report calls proven broken, each with its proof.
fn proofs(page: &str) -> Vec<(String, String)> {
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    let (data, _) = data.split_once("</script>").unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let cases = data["cases"].as_array().unwrap().iter();
    cases
        .filter_map(|case| Some((text(&case["id"])?, text(&case["arms"][0]["proof"])?)))
        .collect()
}

#[test]
fn a_broken_case_is_proven_and_blocks_and_an_unlucky_one_is_not() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    let run = project.evaluate(&["--html", "report.html", "--markdown", "report.md"]);
    let run = run.exits(1);
    assert_eq!(fake.count(), 2 * CASES + 2 * PROOF, "two cases flipped");
    let proven = json!([{
        "case": "case-3",
        "before": {"passes": 6, "answers": 6},
        "now": {"passes": 0, "answers": 6},
    }]);
    assert_eq!(run.candidate(0)["changes"]["proven"], proven);
    assert_eq!(
        run.candidate(0)["newly_broken"],
        json!(["case-3", "case-5"])
    );
    assert_eq!(gate(&run)["verdict"], "fail");
    assert_eq!(gate(&run)["measured"], 1.0);
    let words = "proven broken: `case-3` passes 6 of 6 before, 0 of 6 now";
    assert!(gate(&run)["reason"].as_str().unwrap().contains(words));
    assert!(
        run.junit
            .contains("proven broken: `case-3` passes 6 of 6 before, 0 of 6 now")
    );
    let page = &run.outcome.stdout;
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("{text} in {page}"))
    };
    assert!(place("Proven broken: `case-3` passes 6 of 6") < place("Newly broken: "));
    let markdown = "**Proven broken (1)**: `case-3` passes 6 of 6 before, 0 of 6 now";
    assert!(project.read("report.md").contains(markdown));
    assert_eq!(
        proofs(&project.read("report.html")),
        [("case-3", "passes 6 of 6 before, 0 of 6 now")].map(|(id, why)| (id.into(), why.into()))
    );
    // Fresh answers are paid for and count in nothing else.
    let metrics = &run.candidate(0)["metrics"];
    assert_eq!(
        (&metrics["pass_rate"], &metrics["errors"]),
        (&json!(0.9), &json!(0.0))
    );
    assert!(
        page.contains("40 answers") && page.contains("64 calls"),
        "{page}"
    );
    let paid = run.report["run"]["paid_usd"].as_f64().unwrap();
    let own = metrics["cost_usd"].as_f64().unwrap();
    assert!((paid / own - 64.0 / 20.0).abs() < 1e-9, "{paid} of {own}");
    let cases = run.candidate(0)["cases"].as_array().unwrap();
    assert!(
        cases
            .iter()
            .all(|case| case["trials"].as_array().unwrap().len() == 1)
    );
}

#[test]
fn what_flipped_by_chance_passes_and_nothing_flipped_asks_nothing() {
    let fake = provider(|seen, times| hello(!(seen.prompt == "Greet user 5!" && times == 0)));
    let project = project(&fake, CASES, GATE);
    let run = project.evaluate(&["--no-escalate"]).exits(0);
    assert_eq!(fake.count(), 2 * CASES + PROOF);
    assert_eq!(run.candidate(0)["changes"]["proven"], json!([]));
    let _ = run.says(&["the one case that went from pass to fail is not proven broken"]);
    let again = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(fake.count(), 4 * CASES + PROOF, "now user 5 is greeted");
    let _ = again.says(&["no case went from pass to fail"]);
}

#[test]
fn as_many_as_are_tolerated_pass_and_are_told_all_the_same() {
    let fake = one_broken();
    let project = project(&fake, CASES, "  - {metric: broken, max: 1}\n");
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(run.candidate(0)["changes"]["proven"][0]["case"], "case-3");
    let _ = run.says(&["Proven broken: `case-3`"]);
}

#[test]
fn a_candidate_that_is_proven_broken_is_not_asked_for_repeats() {
    let fake = one_broken();
    // A margin that twenty cases can be within.
    let margin = format!("{GATE}  - {{metric: pass_rate, baseline: true, margin: 0.15}}\n");
    let project = project(&fake, CASES, &margin);
    let _ = project.evaluate(&[]).exits(1);
    assert_eq!(fake.count(), 2 * CASES + 2 * PROOF);
    // A gate that is open without a proof has its repeats, three of each case in all, and the flipped case its proof.
    let fake = provider(|seen, times| hello(!(seen.prompt == "Greet user 5!" && times == 0)));
    let project = self::project(&fake, CASES, &margin);
    let run = project.evaluate(&[]);
    assert_eq!(fake.count(), 3 * 2 * CASES + PROOF);
    assert_eq!(gate(&run)["verdict"], "pass");
}

#[test]
fn candidates_share_the_fresh_answers_of_their_baseline() {
    let fake = provider(|seen, _| {
        hello(!seen.prompt.starts_with("Greet user 3") || seen.prompt.ends_with('.'))
    });
    let project = project(&fake, CASES, GATE);
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", "Greet {{ name }}?");
    let run = project.evaluate(&[]).exits(1);
    assert_eq!(fake.count(), 3 * CASES + 6 * 3);
    for place in [0, 1] {
        assert_eq!(
            run.candidate(place)["changes"]["proven"][0]["case"],
            "case-3"
        );
    }
}

#[test]
fn no_more_cases_are_asked_again_than_can_be_proven() {
    let fake = provider(|seen, _| hello(seen.prompt.ends_with('.')));
    let project = project(&fake, 50, GATE);
    let run = project.evaluate(&[]).exits(1);
    assert_eq!(fake.count(), 100 + 46 * PROOF);
    assert_eq!(
        run.candidate(0)["changes"]["proven"]
            .as_array()
            .unwrap()
            .len(),
        46
    );
    let _ = run.says(&["of 50 cases", "the first 46", "and 41"]);
    let checked = project.run(&["check"]).exits(0);
    let _ = checked.says(&["to prove a case broken"]);
}

#[test]
fn without_a_second_side_it_passes_and_what_it_cannot_be_asked_is_refused() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    project.file(
        "prompts/greeter/family.yaml",
        "description: no version yet\n",
    );
    let run = project.evaluate(&[]).exits(0);
    let _ = run.says(&["no baseline yet"]);
    for (more, words) in [
        ("  - {metric: broken, max: -1}\n", "whole number"),
        ("  - {metric: broken, max: 0.5}\n", "whole number"),
        ("  - {metric: broken}\n", "max"),
        (
            "  - {metric: broken, max: 0, min: 0}\n",
            "`min` does not go with",
        ),
        (
            "  - {metric: broken, baseline: true}\n",
            "`baseline` does not go with",
        ),
        (
            "  - {metric: broken, max: 0, tag: nobody}\n",
            "tag `nobody`",
        ),
        (
            "  - {metric: broken, max: 0}\nbaseline: none\n",
            "there is no baseline",
        ),
        (
            "  - {metric: broken, max: 0}\nstop: decided\n",
            "`stop: decided` does not ask",
        ),
    ] {
        project.gates(more);
        let _ = project.run(&["check"]).exits(2).says(&[words]);
    }
    project.gates(GATE);
    let logged = "{\"vars\": {\"name\": \"x\"}, \"output\": \"hello\"}\n";
    project.file("datasets/greet.jsonl", logged);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["is a logged answer"]);
}
