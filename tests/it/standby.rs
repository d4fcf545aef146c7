//! Versions and users beside production: what is in shadow, what a segment gets, and baselines that are not asked again.

use std::fs;

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;
use crate::promotion::{CASES, EVIDENCE, entries, polite, project, promote, suite};

#[test]
fn a_segments_suite_compares_with_what_its_users_get() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    project.version(
        "greeter",
        "0.9.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} formally.",
    );
    entries(
        &project,
        &[
            ("0.9.0", "deprecated"),
            ("1.0.0", "production"),
            ("1.1.0", "testing"),
        ],
    );
    let family = project.read("prompts/greeter/family.yaml");
    let family = format!("{family}segments: {{enterprise: 0.9.0}}\n");
    project.file("prompts/greeter/family.yaml", &family);
    suite(&project, "greet", "segment: enterprise\n");
    let run = project
        .evaluate(&[])
        .exits(0)
        .says(&["for the segment enterprise"]);
    assert_eq!(run.candidate(0)["version"], "1.1.0");
    assert_eq!(run.candidate(0)["baseline"], "0.9.0");
    entries(
        &project,
        &[
            ("0.9.0", "deprecated"),
            ("1.0.0", "production"),
            ("1.1.0", "archived"),
        ],
    );
    let text = project.read("prompts/greeter/family.yaml");
    project.file(
        "prompts/greeter/family.yaml",
        &format!("{text}segments: {{enterprise: 0.9.0}}\n"),
    );
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(
        run.candidate(0)["version"],
        "0.9.0",
        "nothing else is to be tested"
    );
    suite(&project, "greet", "segment: enterprize\n");
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["enterprize", "did you mean `enterprise`?"]);
}

#[test]
fn a_version_in_shadow_is_always_tested_and_never_blocks() {
    let fake = polite();
    let project = project(&fake, "Greet {{ name }} kindly.");
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} rudely.",
    );
    entries(
        &project,
        &[
            ("1.0.0", "production"),
            ("1.1.0", "testing"),
            ("1.2.0", "shadow"),
        ],
    );
    suite(&project, "greet", "candidates: [testing]\n");
    let run = project.evaluate(&[]).exits(0);
    let run = run.says(&[
        "would fail",
        "in shadow, greet greeter@1.2.0 would be blocked",
    ]);
    let shadow = run.candidate(1);
    assert_eq!(shadow["version"], "1.2.0");
    assert_eq!(
        (&shadow["verdict"], &shadow["blocking"]),
        (&"fail".into(), &false.into())
    );
    assert_eq!(run.candidate(0)["blocking"], true);
    assert_eq!(run.junit_count("failure") + run.junit_count("error"), 0);

    // Alone, it stands beside production, which is asked once; a suite that names candidates and has none decides nothing.
    entries(
        &project,
        &[
            ("1.0.0", "production"),
            ("1.1.0", "archived"),
            ("1.2.0", "shadow"),
        ],
    );
    let _ = project.run(&["run"]).exits(4);
    suite(&project, "greet", "");
    let before = fake.count();
    let alone = project.evaluate(&["--responses", "live"]).exits(0);
    let asked: Vec<&Value> = (0..2)
        .map(|place| &alone.candidate(place)["version"])
        .collect();
    assert_eq!(asked, ["1.0.0", "1.2.0"]);
    assert_eq!(fake.count() - before, 2 * CASES);
    let refused = project
        .run(&["promote", "greeter@1.2.0", "--to", "canary"])
        .exits(2);
    let _ = refused.says(&["hello.pass_rate min 0.99` failed"]);
}

/// A provider that names the model which answers, and greets unless it says no.
fn model(name: &'static str, greets: bool) -> FakeProvider {
    FakeProvider::start(Script::answering(move |_| {
        Reply::text(if greets { "Hello." } else { "Go away." }).by(name)
    }))
}

/// 1.1.0 in production on evidence, gathered while `fake` answered, and nothing else left of that.
fn promoted(fake: &FakeProvider) -> Project {
    let project = project(fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    project
}

#[test]
fn evidence_is_the_baseline_of_the_next_version() {
    let fake = model("luna-1", true);
    let mut project = promoted(&fake);
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} warmly.",
    );
    let before = fake.count();
    let run = project.evaluate(&[]).exits(0);
    let run = run.says(&["80 answers of the baseline greeter@1.1.0 are those of run"]);
    assert_eq!(fake.count() - before, CASES, "only the candidate is asked");
    assert_eq!(run.candidate(0)["baseline"], "1.1.0");
    assert_eq!(run.candidate(0)["gates"][0]["verdict"], "pass");
    let _ = run.says(&["80 stored"]);
    let _ = project
        .run(&["promote", "greeter@1.2.0", "--to", "testing"])
        .exits(0);
    let _ = project
        .run(&["promote", "greeter@1.2.0", "--to", "canary"])
        .exits(0);
    let _ = project.run(&["rollback", "greeter"]).exits(0);

    // The model moved behind its name: what was stored says nothing of it.
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let moved = model("luna-2", true);
    project.set("OPENAI_BASE_URL", &moved.url(Kind::OpenAi));
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(moved.count(), 2 * CASES, "the baseline is asked again");
    assert_eq!(run.mentions("80 stored"), 0);
    let resolved = run.candidate(0)["resolved_models"].as_array().unwrap();
    assert_eq!(resolved, &["luna-2"]);

    // Too old, and asked again.
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let text = project.read(EVIDENCE);
    let started = project.json(EVIDENCE)["run"]["started_at"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = text.replace(&started, "2026-01-02T03:04:05Z");
    project.other_evidence("greeter", "1.1.0", &text);
    let _ = project
        .evaluate(&[])
        .exits(0)
        .says(&["asked again: the stored run is", "days old"]);
}

#[test]
fn evidence_is_shared_out_among_shards_like_cases() {
    let fake = model("luna-1", true);
    let project = promoted(&fake);
    let text = "Greet {{ name }} warmly.";
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", text);
    let before = fake.count();
    for shard in ["1/2", "2/2"] {
        let part = project.run(&["run", "--shard", shard]).exits(0);
        let _ = part.says(&["answers of the baseline greeter@1.1.0 are those of run"]);
    }
    assert_eq!(fake.count() - before, CASES);
    let runs = fs::read_dir(project.path(".prompteval/runs")).unwrap();
    let mut ids: Vec<String> = runs
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    ids.sort();
    let merged = project
        .run(&["merge", &ids[0], &ids[1], "--json", "report.json"])
        .exits(0);
    let _ = merged.says(&["80 live, 80 stored"]);
    let report = project.json("report.json");
    let gate = &report["suites"][0]["candidates"][0]["gates"][0];
    assert_eq!(gate["verdict"], "pass");
}

/// What is live is asked again and compared with what it was promoted on.
const AGAINST_EVIDENCE: [&str; 6] = [
    "--candidate",
    "greeter@1.1.0",
    "--baseline-run",
    "evidence",
    "--responses",
    "live",
];

#[test]
fn production_is_held_against_what_it_was_promoted_on() {
    let fake = model("luna-1", true);
    let mut project = promoted(&fake);
    let before = fake.count();
    let same = project.evaluate(&AGAINST_EVIDENCE).exits(0);
    assert_eq!(fake.count() - before, CASES);
    assert_eq!(same.candidate(0)["baseline"], "1.1.0");
    let rude = model("luna-2", false);
    project.set("OPENAI_BASE_URL", &rude.url(Kind::OpenAi));
    let drifted = project.evaluate(&AGAINST_EVIDENCE).exits(1);
    assert_eq!(drifted.candidate(0)["gates"][0]["verdict"], "fail");
    fs::remove_file(project.path(EVIDENCE)).unwrap();
    let _ = promote(&project, "production", &["--override", "lost"]).exits(0);
    let mut all = vec!["run"];
    all.extend(AGAINST_EVIDENCE);
    let _ = project
        .run(&all)
        .exits(2)
        .says(&["nothing to compare with", "there is no evidence"]);
}

#[test]
fn a_deadline_ends_the_reading_of_stored_answers_and_half_of_them_are_no_baseline() {
    let fake = model("luna-1", true);
    let project = promoted(&fake);
    let before = fake.count();
    let late = project.evaluate(&[&AGAINST_EVIDENCE[..], &["--timeout", "0.001"]].concat());
    let late = late.exits(3).says(&["deadline of 0.001 s passed"]);
    assert_eq!(late.report["run"]["ended"], "stopped");
    let lines = project.newest_journal().lines().count();
    assert!(lines < CASES, "{lines} lines: it was read to its end");
    let resumed = project.run(&["run", "--resume"]).exits(2);
    let _ = resumed.says(&["before all earlier answers of greeter@1.1.0 were read"]);
    assert_eq!(fake.count(), before);
}
