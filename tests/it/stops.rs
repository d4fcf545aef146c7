//! `stop: decided` through the binary, where cases belong to clusters or are scored.

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

const CASES: usize = 400;

fn suite(project: &Project, gate: &str) {
    project.gates(&format!("  - {gate}\nstop: decided\n"));
}

/// A project whose rows belong to documents of 1 to 4 cases each, scattered over the file.
fn clustered(fake: &FakeProvider) -> Project {
    let project = Project::greeting(CASES).at(fake);
    let row = |n: usize| {
        let cluster = (n * 7) % 160;
        format!("{{\"vars\": {{\"name\": \"user {n}\"}}, \"cluster\": \"doc-{cluster}\"}}\n")
    };
    let rows: Vec<String> = (0..CASES).map(row).collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    project
}

#[test]
fn clusters_and_scores_stop_asking_as_soon_as_they_are_decided() {
    for (answer, code) in [("Hello.", 0), ("Go away.", 1)] {
        for gate in [
            "{metric: pass_rate, target: 0.90, floor: 0.80}",
            "{metric: score, target: 0.90, floor: 0.80}",
            "{metric: hello.score, min: 0.80, lower_bound: true}",
        ] {
            let fake = FakeProvider::saying(answer);
            let project = clustered(&fake);
            suite(&project, gate);
            let run = project.evaluate(&["--concurrency", "4"]).exits(code);
            let asked = fake.count();
            assert!(asked < CASES / 2, "{gate}: {asked} of {CASES} were asked");
            let reason = run.candidate(0)["gates"][0]["reason"].as_str().unwrap();
            assert!(
                reason.contains("decided after") && reason.contains("clusters)"),
                "{reason}"
            );
        }
    }
}

#[test]
fn a_comparison_of_clusters_stops_when_the_candidate_is_clearly_worse() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        Reply::text(if seen.prompt.contains("rudely") {
            "Go away."
        } else {
            "Hello."
        })
    }));
    let project = clustered(&fake);
    project.production("greeter", "1.0.0");
    let text = "Greet {{ name }} rudely.";
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", text);
    suite(
        &project,
        "{metric: pass_rate, baseline: true, margin: 0.05}",
    );
    let run = project.evaluate(&["--concurrency", "4"]).exits(1);
    assert!(
        fake.count() < CASES,
        "{} of {} were asked",
        fake.count(),
        2 * CASES
    );
    let reason = run.candidate(0)["gates"][0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("-100 % against the baseline, decided after"),
        "{reason}"
    );
    // The journal alone says the same.
    let again = project.run(&["report", "--json", "again.json"]);
    let _ = again.exits(1);
    let gates = &project.json("again.json")["suites"][0]["candidates"][0]["gates"];
    assert_eq!(gates[0]["reason"], reason);
}
