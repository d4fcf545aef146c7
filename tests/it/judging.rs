//! How judges are asked: settings that stand once, the form that a server takes, and verdicts that are cut off.

use crate::fake_provider::{Answer, FakeProvider, Judge, Reply, Script, Seen};
use crate::project::Project;

const VERDICT: &str = r#"{"reason": "kind", "pass": true, "score": 1}"#;

fn is_judge(seen: &Seen) -> bool {
    seen.prompt.contains("=== BEGIN OUTPUT ")
}

/// A provider whose judge takes no schema and no other form either.
fn plain() -> FakeProvider {
    let script = Script::answering(|seen| {
        let format = seen.body.get("response_format");
        match (is_judge(seen), format) {
            (false, _) => Reply::text(format!("Hello, {}", seen.prompt)),
            (true, None) => Reply::text(VERDICT),
            (true, Some(_)) => Reply::status(400, "response_format is not supported by this model"),
        }
    });
    FakeProvider::start(script.judge(Judge::Script))
}

/// Ten cases under a judge; `evaluator` and `more` are added to the evaluator and to the suite.
fn project(fake: &FakeProvider, evaluator: &str, more: &str) -> Project {
    let project = Project::greeting(10).at(fake);
    judged(&project, evaluator, more);
    project
}

fn judged(project: &Project, evaluator: &str, more: &str) {
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, name: kind, value: It is kind{evaluator}}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n{more}"
    );
    project.file("evals/greet.yaml", &text);
}

fn formats(fake: &FakeProvider) -> Vec<String> {
    let seen = fake.requests();
    let judges = seen.iter().filter(|seen| is_judge(seen));
    let format = |seen: &Seen| {
        seen.body["response_format"]["type"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    };
    judges.map(format).collect()
}

#[test]
fn a_judge_that_takes_no_schema_is_asked_without_and_replays() {
    let fake = plain();
    let project = project(&fake, ", model: openai/gpt-6-sol", "");
    let recorded = project.evaluate(&["--responses", "record"]).exits(0);
    assert_eq!(recorded.candidate(0)["counts"]["passed"], 10);
    let mut asked = formats(&fake);
    let rest = asked.split_off(2);
    assert_eq!(asked, ["json_schema", "json_object"]);
    assert_eq!(rest, ["none"; 10]);
    let count = fake.count();
    std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = project.evaluate(&["--responses", "replay"]).exits(0);
    assert_eq!(fake.count(), count);
}

#[test]
fn what_judges_are_stands_once_and_the_nearest_word_holds() {
    let fake = plain();
    let own = ", model: {model: openai/gpt-6-sol, params: {temperature: null, max_tokens: 300}}, structured: off";
    let project = project(
        &fake,
        own,
        "judge: {model: openai/other, structured: schema}\n",
    );
    let _ = project.evaluate(&[]).exits(0);
    let last = |fake: &FakeProvider| fake.requests().into_iter().rfind(is_judge).unwrap().body;
    assert_eq!(formats(&fake), ["none"; 10]);
    assert_eq!(last(&fake)["model"], "gpt-6-sol");
    assert!(last(&fake).get("temperature").is_none());

    judged(
        &project,
        "",
        "judge: {model: openai/gpt-6-terra, structured: off}\n",
    );
    let settings = project.read("prompteval.yaml");
    let judge = "judge: {model: openai/gpt-6-sol, params: {seed: 7}, structured: schema}\n";
    project.file("prompteval.yaml", &format!("{settings}{judge}"));
    let _ = project.evaluate(&[]).exits(0);
    assert_eq!(last(&fake)["model"], "gpt-6-terra");
    assert!(
        last(&fake).get("seed").is_none(),
        "parameters of another model"
    );

    judged(&project, "", "judge: {structured: off}\n");
    let _ = project.evaluate(&[]).exits(0);
    assert_eq!(
        (&last(&fake)["model"], &last(&fake)["seed"]),
        (&"gpt-6-sol".into(), &7.into())
    );

    project.file("prompteval.yaml", &settings);
    judged(&project, ", structured: sometimes", "");
    let wrong = project.run(&["check"]).exits(2);
    let _ = wrong.says(&["`sometimes` is no way to ask a judge", "`model` is missing"]);
    project.suite("greet", "");
    let text = project
        .read("evals/greet.yaml")
        .replace("value: hello}", "value: hello, structured: off}");
    project.file("evals/greet.yaml", &text);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["it takes no `structured`"]);
}

#[test]
fn another_judge_in_the_projects_settings_makes_another_suite() {
    let fake = plain();
    let project = project(&fake, "", "");
    let settings = project.read("prompteval.yaml");
    let hash = |judge: &str| {
        project.file(
            "prompteval.yaml",
            &format!("{settings}judge: {{{judge}}}\n"),
        );
        let _ = project.evaluate(&[]).exits(0);
        let journal = project.read(&project.newest_journal());
        let plan: serde_json::Value =
            serde_json::from_str(journal.lines().next().unwrap()).unwrap();
        plan["suites"][0]["sha256"].as_str().unwrap().to_owned()
    };
    let sol = hash("model: openai/gpt-6-sol, structured: off");
    assert_ne!(hash("model: openai/gpt-6-terra, structured: off"), sol);
    assert_ne!(
        hash("model: openai/gpt-6-sol, structured: off, params: {seed: 1}"),
        sol
    );
    let worded =
        "model: openai/gpt-6-sol, structured: off, rubric_prompt: 'R {{ rubric }} {{ output }}'";
    assert_ne!(hash(worded), sol);
    assert_eq!(hash("model: openai/gpt-6-sol, structured: off"), sol);
}

#[test]
fn a_verdict_that_is_cut_off_says_so() {
    let script = Script::answering(|seen| {
        if !is_judge(seen) {
            return Reply::text("Hello.");
        }
        Reply::Completion(Answer {
            text: r#"{"reason": "The output greets the"#.into(),
            refusal: None,
            finish: Some("length".into()),
            model: None,
            usage: Some((100, 20)),
            tier: None,
        })
    });
    let fake = FakeProvider::start(script.judge(Judge::Script));
    let judge = ", model: {model: openai/gpt-6-sol, params: {max_tokens: 20}}";
    let project = project(&fake, judge, "");
    let run = project.evaluate(&[]).exits(3);
    let _ = run.says(&[
        "the judge was cut off by its token limit (`max_tokens: 20`",
        "raise",
        "in the judge's params",
    ]);
}

#[test]
fn a_judge_is_asked_in_the_words_that_stand_nearest() {
    let fake = plain();
    let project = project(&fake, "", "");
    let settings = project.read("prompteval.yaml");
    let words = |at: &str| format!("rubric_prompt: '{at}: {{{{ rubric }}}} {{{{ output }}}}'");
    let judge = format!("judge: {{model: openai/gpt-6-sol, {}}}\n", words("project"));
    project.file("prompteval.yaml", &format!("{settings}{judge}"));
    let asked = |evaluator: &str, more: &str| {
        judged(&project, evaluator, more);
        let _ = project.evaluate(&["--responses", "live"]).exits(0);
        let last = fake.requests().into_iter().rfind(is_judge).unwrap();
        let text = last.body["messages"][1]["content"]
            .as_str()
            .unwrap()
            .to_owned();
        text.split_once(": It is kind ").unwrap().0.to_owned()
    };
    assert_eq!(asked("", ""), "project");
    let suite = format!("judge: {{{}}}\n", words("suite"));
    assert_eq!(asked("", &suite), "suite");
    assert_eq!(asked(&format!(", {}", words("own")), &suite), "own");
    // Whoever has no judge takes no words for one; words without a judge's subject are refused where they stand.
    judged(&project, ", rubric_prompt: 'Good?'", "");
    let _ = project.run(&["check"]).exits(2).says(&[
        "`rubric_prompt` does not show the rubric",
        "evals/greet.yaml:4:",
    ]);
    project.suite("greet", "");
    let plain = project.read("evals/greet.yaml");
    let wrong = plain.replace("value: hello", "value: hello, rubric_prompt: x");
    project.file("evals/greet.yaml", &wrong);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["it takes no `rubric_prompt`"]);
}
