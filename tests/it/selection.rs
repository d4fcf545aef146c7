//! What `run` tests: the cases, candidates, baselines and models that flags and statuses choose.

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;

fn greeting() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        Reply::text(format!("Hello! {}", seen.prompt))
    }))
}

/// Ids of the first candidate's cases.
fn cases(report: &Value) -> Vec<&str> {
    let cases = report["suites"][0]["candidates"][0]["cases"].as_array();
    let ids = cases.unwrap().iter().map(|case| case["id"].as_str());
    ids.map(Option::unwrap).collect()
}

#[test]
fn filters_choose_cases_and_mark_the_run_as_partial() {
    let fake = greeting();
    let project = Project::greeting(0).at(&fake);
    let rows: String = [("a", "x"), ("b", "y"), ("c", "x"), ("d", "z")]
        .map(|(id, tag)| {
            format!(
                "{{\"id\": \"{id}\", \"tags\": [\"{tag}\"], \"vars\": {{\"name\": \"{id}\"}}}}\n"
            )
        })
        .concat();
    project.file("datasets/greet.jsonl", &rows);
    for (args, wanted) in [
        (&["--tag", "x"][..], &["a", "c"][..]),
        (&["--tag", "x", "--tag", "z"], &["a", "c", "d"]),
        (&["--case", "b"], &["b"]),
        (&["--case", "d", "--case", "a"], &["a", "d"]),
        (&["--limit", "3"], &["a", "b", "c"]),
        (&["--tag", "x", "--limit", "1"], &["a"]),
    ] {
        let evaluation = project
            .evaluate(args)
            .exits(0)
            .says(&["Partial run", args[0]]);
        assert_eq!(cases(&evaluation.report), wanted);
        assert_eq!(
            evaluation.report["run"]["partial"][0],
            if args.len() == 4 && args[0] != args[2] {
                "--tag"
            } else {
                args[0]
            }
        );
    }
    let whole = project.evaluate(&["greet"]).exits(0);
    assert_eq!(whole.report["run"]["partial"], serde_json::json!([]));
    assert_eq!(fake.count(), 4);
}

/// A family with a version in every status that matters, and a suite that compares with the baseline.
fn family(fake: &FakeProvider) -> Project {
    let project = Project::greeting(2).at(fake);
    for number in ["1.1.0", "1.2.0", "1.3.0"] {
        project.version(
            "greeter",
            number,
            "openai/gpt-6-luna",
            &format!("Greet {{{{ name }}}} by {number}."),
        );
    }
    let hash = |number: &str| project.hash(&format!("prompts/greeter/{number}.yaml"));
    let entries = [
        ("1.0.0", "production"),
        ("1.1.0", "testing"),
        ("1.2.0", "archived"),
    ]
    .map(|(number, status)| {
        format!(
            "  {number}: {{status: {status}, sha256: {}}}\n",
            hash(number)
        )
    })
    .concat();
    project.file(
        "prompts/greeter/family.yaml",
        &format!("versions:\n{entries}"),
    );
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.1}\n",
    );
    project
}

/// The versions tested, each with its baseline.
fn versions(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let candidates = report["suites"][0]["candidates"].as_array().unwrap();
    let pairs = candidates
        .iter()
        .map(|one| (text(&one["version"]), text(&one["baseline"])));
    pairs.collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn drafts_and_versions_in_testing_are_tested_against_production() {
    let fake = greeting();
    let project = family(&fake);
    let evaluation = project.evaluate(&["--no-escalate"]).exits(0);
    let mut tested = versions(&evaluation.report);
    tested.sort();
    assert_eq!(tested, pairs(&[("1.1.0", "1.0.0"), ("1.3.0", "1.0.0")]));
    assert_eq!(
        fake.count(),
        6,
        "two candidates and the baseline, two cases each"
    );
    assert!(evaluation.outcome.stdout.starts_with("testing greeter@1."));
}

#[test]
fn candidate_and_baseline_can_be_named() {
    let fake = greeting();
    let project = family(&fake);
    let one = project.evaluate(&["--candidate", "greeter@1.2.0"]).exits(0);
    assert_eq!(versions(&one.report), pairs(&[("1.2.0", "1.0.0")]));
    let args = ["--candidate", "greeter@1.3.0", "--baseline", "1.1.0"];
    let other = project
        .evaluate(&args)
        .exits(0)
        .says(&["Partial run", "--baseline"]);
    assert_eq!(versions(&other.report), pairs(&[("1.3.0", "1.1.0")]));
    let _ = project
        .run(&["run", "--baseline", "none"])
        .exits(2)
        .says(&["baseline"]);
}

#[test]
fn production_itself_is_tested_where_nothing_else_is() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    project.production("greeter", "1.0.0");
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.1}\n",
    );
    let evaluation = project.evaluate(&[]).exits(0).says(&["is the baseline"]);
    assert_eq!(evaluation.candidate(0)["gates"][1]["verdict"], "pass");
    assert_eq!(fake.count(), 2);
}

#[test]
fn a_family_without_a_production_version_has_no_baseline_yet() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.1}\n",
    );
    let evaluation = project.evaluate(&[]).exits(0).says(&["no baseline yet"]);
    assert!(evaluation.junit.contains("no baseline yet"));
    assert_eq!(
        evaluation.candidate(0)["gates"][1]["reason"],
        "no baseline yet"
    );
}

#[test]
fn a_model_of_the_command_line_takes_the_place_of_the_versions_own() {
    let fake = greeting();
    let project = Project::greeting(2).at(&fake);
    let evaluation = project
        .evaluate(&["--model", "anthropic/claude-haiku-5-5"])
        .exits(0);
    assert_eq!(
        evaluation.candidate(0)["model"],
        "anthropic/claude-haiku-5-5"
    );
    assert!(
        fake.requests()
            .iter()
            .all(|seen| seen.kind == Some(Kind::Anthropic))
    );
    let two = [
        "--model",
        "anthropic/claude-haiku-5-5",
        "--model",
        "openai/gpt-6-luna",
    ];
    let evaluation = project.evaluate(&two).exits(0);
    assert_eq!(
        evaluation.report["suites"][0]["candidates"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn a_fallback_answers_for_a_model_that_cannot_and_is_marked() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.kind {
        Some(Kind::Anthropic) => Reply::status(500, "on fire"),
        _ => Reply::text("hello"),
    }));
    let project = Project::greeting(2).at(&fake);
    let text = "model: anthropic/claude-sonnet-4-6\nfallback: [openai/gpt-6-luna]\nparams: {max_tokens: 50}\nuser: 'Greet {{ name }}.'\n";
    project.file("prompts/greeter/1.0.0.yaml", text);
    let evaluation = project.evaluate(&[]).exits(0).says(&["fallback"]);
    assert_eq!(evaluation.candidate(0)["fallbacks"], 2);
    let trial = &evaluation.candidate(0)["cases"][0]["trials"][0];
    assert_eq!(trial["fallback"], "openai/gpt-6-luna");
    assert_eq!(
        evaluation.candidate(0)["resolved_models"],
        serde_json::json!(["gpt-6-luna"])
    );
}
