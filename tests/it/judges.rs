//! Who judged: a stored baseline that another model judged under the same name is compared with nothing.

use std::fs;

use serde_json::json;

use crate::fake_provider::{FakeProvider, Judge, Kind, Reply, Script};
use crate::project::Project;
use crate::promotion::{CASES, EVIDENCE, project, promote};

const JUDGE: &str = "anthropic/claude-haiku-5-5";

/// A provider whose prompts are always answered by `luna-1`, and whose judge is this model and content with everything.
fn judged_by(judge: &'static str) -> FakeProvider {
    let script = Script::answering(move |seen| {
        let (reply, model) = match &seen.schema {
            Some(schema) => (Judge::Pass.reply(schema).unwrap(), judge),
            None => (Reply::text(format!("Hello, {}", seen.prompt)), "luna-1"),
        };
        reply.by(model)
    });
    FakeProvider::start(script.judge(Judge::Script))
}

fn suite(project: &Project) {
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: llm-rubric, name: kind, value: It is kind, model: {JUDGE}}}\nrepeats: 1\ngates:\n  - {{metric: pass_rate, baseline: true, margin: 0.05}}\n"
    );
    project.file("evals/greet.yaml", &text);
}

fn moved_to(project: &mut Project, fake: &FakeProvider) {
    for (name, kind) in [
        ("OPENAI_BASE_URL", Kind::OpenAi),
        ("ANTHROPIC_BASE_URL", Kind::Anthropic),
    ] {
        project.set(name, &fake.url(kind));
    }
}

#[test]
fn a_stored_run_of_another_judge_is_asked_again() {
    let (old, new) = (judged_by("haiku-1"), judged_by("haiku-2"));
    let mut project = project(&old, "Greet {{ name }} kindly.");
    suite(&project);
    let run = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(
        run.candidate(0)["judge_models"],
        json!({"kind": ["haiku-1"]})
    );
    let args = ["--responses", "live", "--baseline-run", "last"];
    let before = old.count();
    let same = project.evaluate(&args).exits(0).says(&["80 stored"]);
    assert_eq!(
        old.count() - before,
        2 * CASES,
        "answers and judgements of the candidate"
    );
    assert_eq!(same.candidate(0)["gates"][0]["verdict"], "pass");

    moved_to(&mut project, &new);
    let moved = project.evaluate(&args).exits(0);
    assert_eq!(new.count(), 4 * CASES, "the baseline is asked again, too");
    let _ = moved.says(&["1.0.0 was asked again", "another model answered or judged"]);
}

#[test]
fn evidence_says_who_judged_and_is_no_baseline_for_another_judge() {
    let (old, new) = (judged_by("haiku-1"), judged_by("haiku-2"));
    let mut project = project(&old, "Greet {{ name }} kindly.");
    suite(&project);
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    let evidence = project.json(EVIDENCE);
    let judges = &evidence["suites"][0]["judge_models"];
    assert_eq!(*judges, json!({"kind": ["haiku-1"]}));
    let text = "Greet {{ name }} warmly.";
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", text);
    moved_to(&mut project, &new);
    for known in [true, false] {
        fs::remove_dir_all(project.path(".prompteval")).unwrap();
        let mut evidence = evidence.clone();
        if !known {
            // A file of an earlier version does not say who it was.
            let suite = evidence["suites"][0].as_object_mut().unwrap();
            let _ = suite.remove("judge_models");
        }
        project.other_evidence("greeter", "1.1.0", &evidence.to_string());
        let before = new.count();
        let run = project.evaluate(&[]).exits(0);
        assert_eq!(new.count() - before, 4 * CASES, "{known}");
        assert_eq!(
            run.candidate(0)["judge_models"],
            json!({"kind": ["haiku-2"]})
        );
    }
}

#[test]
fn answers_that_another_model_judged_are_not_pooled() {
    let (old, new) = (judged_by("haiku-1"), judged_by("haiku-2"));
    let mut project = project(&old, "Greet {{ name }} kindly.");
    suite(&project);
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    let args = ["--responses", "live", "--baseline-run", "history"];
    let same = project.evaluate(&args).exits(0);
    let pool = &same.candidate(0)["baseline_pool"];
    assert_eq!(pool["judge_models"], json!({"kind": ["haiku-1"]}));
    assert_eq!(pool["refused"], json!(null));

    // What this run meets is known when it is asked; what earlier runs met, before.
    moved_to(&mut project, &new);
    let moved = project.evaluate(&args).exits(0);
    assert_eq!(
        moved.candidate(0)["baseline_pool"]["refused"],
        "the pool moved: another model judges under the same name now"
    );
    let next = project.evaluate(&args).exits(0);
    let _ = next.says(&[
        "not pooled",
        "another model answered or judged under the name",
    ]);
}
