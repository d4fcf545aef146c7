//! Promotion on evidence: what a run has to be to allow it, what is committed, and what the evidence is good for later.

use std::fs;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

pub(crate) const CASES: usize = 80;

/// A provider that greets everybody, apart from prompts that say `rudely`.
pub(crate) fn polite() -> FakeProvider {
    FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.prompt.contains("rudely") {
            "Go away."
        } else {
            "Hello, and welcome."
        })
    }))
}

/// `greeter` with 1.0.0 in production and 1.1.0 in testing, and a gate that compares the two.
pub(crate) fn project(fake: &FakeProvider, text: &str) -> Project {
    let project = Project::greeting(CASES).at(fake);
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", text);
    entries(&project, &[("1.0.0", "production"), ("1.1.0", "testing")]);
    suite(&project, "greet", "");
    project
}

pub(crate) fn entries(project: &Project, versions: &[(&str, &str)]) {
    project.entries("greeter", versions);
}

pub(crate) fn suite(project: &Project, name: &str, more: &str) {
    let text = format!(
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {{type: icontains, name: hello, value: hello}}\n  - {{type: word-count, value: {{max: 3}}, weight: 0}}\nrepeats: 1\ngates:\n  - {{metric: pass_rate, baseline: true, margin: 0.05}}\n  - {{metric: hello.pass_rate, min: 0.99}}\n{more}"
    );
    project.file(&format!("evals/{name}.yaml"), &text);
}

pub(crate) fn promote(project: &Project, to: &str, more: &[&str]) -> crate::project::Outcome {
    let mut args = vec!["promote", "greeter@1.1.0", "--to", to, "--by", "me"];
    args.extend(more);
    project.run(&args)
}

pub(crate) const EVIDENCE: &str = "evals/evidence/greeter/1.1.0.json";

#[test]
fn a_run_that_passed_carries_a_version_into_production() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    let nothing = promote(&project, "canary", &[]).exits(2);
    let _ = nothing.says(&["no complete run holds greeter@1.1.0", "prompteval run"]);
    assert!(!project.path(EVIDENCE).exists());
    let run = project.evaluate(&[]).exits(0);
    let done = promote(&project, "canary", &["--traffic", "5%"]).exits(0);
    let _ = done.says(&["greeter@1.1.0: testing -> canary (5 %)", EVIDENCE]);

    let evidence = project.json(EVIDENCE);
    let suite = &evidence["suites"][0];
    assert_eq!(evidence["version"], "greeter@1.1.0");
    assert_eq!(
        evidence["sha256"],
        project.hash("prompts/greeter/1.1.0.yaml")
    );
    assert_eq!(evidence["run"]["id"], run.report["run"]["id"]);
    assert_eq!(suite["sha256"], project.hash("evals/greet.yaml"));
    assert_eq!(
        suite["dataset"]["sha256"],
        project.hash("datasets/greet.jsonl")
    );
    assert_eq!(suite["baseline"]["version"], "1.0.0");
    assert_eq!(suite["metrics"]["pass_rate"], 1.0);
    assert_eq!(suite["gates"].as_array().unwrap().len(), 2);
    let cases = suite["cases"].as_object().unwrap();
    assert_eq!(cases.len(), CASES);
    let ids: Vec<&String> = cases.keys().collect();
    assert!(ids.is_sorted(), "{ids:?}");
    assert_eq!(cases["case-7"]["trials"][0]["outcome"], "+++");
    let text = project.read(EVIDENCE);
    let lines = text.lines().filter(|line| line.contains("\"case-"));
    assert_eq!(lines.count(), CASES, "a line a case: {text}");

    project.file(EVIDENCE, &text[..text.len() / 2]);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["error[changed-evidence]: greeter@1.1.0", EVIDENCE]);
    project.file(EVIDENCE, &text);
    // What has its hash and is no evidence was no evidence when the hash was written.
    project.other_evidence("greeter", "1.1.0", &text[..text.len() / 2]);
    let _ = project.run(&["check"]).exits(2).says(&[
        "the evidence of greeter@1.1.0 does not hold: it cannot be read",
        EVIDENCE,
    ]);
    project.other_evidence("greeter", "1.1.0", &text);

    // A fresh clone has the evidence and no run.
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = promote(&project, "production", &[]).exits(0);
    assert_eq!(project.read(EVIDENCE), text);
    let log = project.run(&["log", "greeter"]).exits(0);
    let _ = log.says(&["canary -> production", "production -> deprecated", EVIDENCE]);
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn what_has_changed_since_the_run_is_listed_and_nothing_is_promoted() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let family = project.read("prompts/greeter/family.yaml");
    let changes: [(&str, &str); 3] = [
        ("datasets/greet.jsonl", "{\"vars\": {\"name\": \"new\"}}\n"),
        ("evals/greet.yaml", "description: other\n"),
        ("evals/other.yaml", "description: second\n"),
    ];
    for (path, more) in changes {
        let before = fs::read_to_string(project.path(path)).ok();
        let text = before
            .clone()
            .unwrap_or_else(|| project.read("evals/greet.yaml"));
        project.file(path, &format!("{text}{more}"));
        let refused = promote(&project, "canary", &[]).exits(2);
        let what = if before.is_some() {
            path
        } else {
            "suite other was not run"
        };
        let _ = refused.says(&["is no evidence for greeter@1.1.0", what, "--override"]);
        match before {
            Some(text) => project.file(path, &text),
            None => fs::remove_file(project.path(path)).unwrap(),
        }
        assert_eq!(
            project.read("prompts/greeter/family.yaml"),
            family,
            "{path}"
        );
        assert!(!project.path(EVIDENCE).exists(), "{path}");
    }
    let draft = "changelog: other\nmodel: openai/gpt-6-luna\nuser: \"Greet {{ name }} well.\"\n";
    project.file("prompts/greeter/1.0.0.yaml", draft);
    entries(&project, &[("1.0.0", "production"), ("1.1.0", "testing")]);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["prompts/greeter/1.0.0.yaml has changed since the run"]);
}

#[test]
fn a_run_that_left_something_out_or_open_or_failed_is_no_evidence() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&["--limit", "70"]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["is a partial one: --limit"]);
    let refused = promote(&project, "canary", &["--evidence", "last"]).exits(2);
    let _ = refused.says(&["the run is a partial one: --limit"]);

    // Eight cases cannot show that a version is less than five points worse; `lean` passes it all the same.
    let rows = project.read("datasets/greet.jsonl");
    let few: Vec<&str> = rows.split_inclusive('\n').take(8).collect();
    project.file("datasets/greet.jsonl", &few.concat());
    let _ = project.evaluate(&[]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["is inconclusive"]);
    project.file("datasets/greet.jsonl", &rows);

    let rude = self::project(&fake, "Greet {{ name }} rudely.");
    let _ = rude.evaluate(&[]).exits(1);
    let refused = promote(&rude, "canary", &[]).exits(2);
    let _ = refused.says(&["the gate `hello.pass_rate min 0.99` failed"]);
    let _ = promote(&rude, "canary", &["--override", "INC-12"]).exits(0);
    for told in [rude.run(&["list"]), rude.run(&["show", "greeter@1.1.0"])] {
        let _ = told.exits(0).says(&["INC-12"]);
    }
    let again = rude
        .evaluate(&[])
        .exits(1)
        .says(&["without evidence: INC-12"]);
    assert_eq!(again.candidate(0)["override"], "INC-12");
    assert!(again.junit.contains("INC-12"), "{}", again.junit);
}

#[test]
fn a_journal_from_another_machine_is_evidence_and_a_report_is_none() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let journal = project.path(&project.newest_journal());
    fs::create_dir_all(project.path("ci")).unwrap();
    fs::rename(journal, project.path("ci/journal.jsonl")).unwrap();
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let refused = promote(&project, "canary", &["--evidence", "report.json"]).exits(2);
    let _ = refused.says(&[
        "report.json is a report, and a report is no evidence",
        "journal",
    ]);
    let packed = std::process::Command::new("gzip")
        .arg(project.path("ci/journal.jsonl"))
        .status();
    assert!(packed.unwrap().success());
    project.file("broken.jsonl.gz", "no gzip");
    let refused = promote(&project, "canary", &["--evidence", "broken.jsonl.gz"]).exits(2);
    let _ = refused.says(&["cannot be unpacked"]);
    let _ = promote(&project, "canary", &["--evidence", "ci"]).exits(0);
    let case = &project.json(EVIDENCE)["suites"][0]["cases"]["case-0"];
    assert_eq!(case["trials"][0]["score"], 1.0);
    let _ = project
        .run(&["verify"])
        .exits(0)
        .says(&["ok", "greeter@1.1.0"]);
}

#[test]
fn every_suite_of_the_family_has_to_pass_but_those_of_a_segment_with_its_own_version() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    suite(&project, "extra", "");
    let _ = project.evaluate(&["greet"]).exits(0);
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["suite extra was not run"]);
    suite(&project, "extra", "segment: enterprise\n");
    let refused = promote(&project, "canary", &[]).exits(2);
    let _ = refused.says(&["suite extra was not run"]);
    let family = project.read("prompts/greeter/family.yaml");
    project.file(
        "prompts/greeter/family.yaml",
        &format!("{family}segments: {{enterprise: 1.0.0}}\n"),
    );
    let _ = promote(&project, "canary", &[]).exits(0);
}
