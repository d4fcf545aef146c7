//! Where the fresh answers of a proof come from, and what is asked when some are missing: recordings, cut-off runs, stored
//! baselines, errors, shards.

use serde_json::{Value, json};

use crate::broken::{CASES, GATE, PROOF, gate, hello, one_broken, project, provider};
use crate::fake_provider::Reply;
use crate::project::Project;

/// The journal of the only run.
fn journal(project: &Project) -> String {
    let mut runs = std::fs::read_dir(project.path(".prompteval/runs")).unwrap();
    let id = runs.next().unwrap().unwrap().file_name();
    format!(".prompteval/runs/{}/journal.jsonl", id.display())
}

/// The same project without a key and without a cache.
fn fork(project: &Project) -> Project {
    let fork = Project::empty();
    for path in [
        "prompts/greeter/1.0.0.yaml",
        "prompts/greeter/1.1.0.yaml",
        "prompts/greeter/family.yaml",
        "prompts/greeter/history.jsonl",
        "datasets/greet.jsonl",
        "evals/greet.yaml",
        "evals/recordings/greet.jsonl",
    ] {
        fork.file(path, &project.read(path));
    }
    fork
}

#[test]
fn a_recorded_proof_replays_without_a_key() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    let recorded = project.evaluate(&["--responses", "record"]).exits(1);
    let made = fake.count();
    let fork = fork(&project);
    for mode in ["replay", "auto"] {
        let replayed = fork.evaluate(&["--responses", mode]).exits(1);
        assert_eq!(gate(&replayed), gate(&recorded));
        assert_eq!(
            replayed.candidate(0)["changes"],
            recorded.candidate(0)["changes"]
        );
    }
    assert_eq!(fake.count(), made);
}

#[test]
fn a_proof_that_cannot_be_had_leaves_the_gate_open() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    let _ = project.evaluate(&["--responses", "record"]).exits(1);
    let all = project.read("evals/recordings/greet.jsonl");
    // One answer of the proof of case 3 is lost: the whole proof of that case is.
    let is_lost = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["case"] == "case-3" && line["repeat"] == 1_004 && line["version"] == "greeter@1.0.0"
    };
    let kept: Vec<&str> = all.lines().filter(|line| !is_lost(line)).collect();
    assert_eq!(kept.len() + 1, all.lines().count());
    project.file(
        "evals/recordings/greet.jsonl",
        &format!("{}\n", kept.join("\n")),
    );
    let made = fake.count();
    let fork = fork(&project);
    let open = fork.evaluate(&["--responses", "replay"]).exits(0);
    assert_eq!(gate(&open)["verdict"], "inconclusive");
    let reason = gate(&open)["reason"].as_str().unwrap();
    assert!(
        reason.contains("1 case lacks fresh answers of both versions"),
        "{reason}"
    );
    let needs = gate(&open)["needs"].as_str().unwrap();
    assert!(needs.contains("--responses record"), "{needs}");
    fork.gates(&format!("{GATE}on_inconclusive: block\n"));
    let _ = fork.evaluate(&[]).exits(1);
    // A first look out of recordings asks nothing live, though there is a key and an empty cache.
    std::fs::remove_dir_all(project.path(".prompteval/cache")).unwrap();
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(
        (fake.count(), &gate(&run)["verdict"]),
        (made, &json!("inconclusive"))
    );
    let _ = project.evaluate(&["--responses", "record"]).exits(1);
    assert_eq!(
        fake.count(),
        made + 1,
        "only the lost answer is asked again"
    );
}

#[test]
fn a_run_that_was_cut_off_in_the_proof_asks_what_is_missing() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    let whole = project.evaluate(&["--responses", "live"]).exits(1);
    let made = fake.count();
    let path = journal(&project);
    let lines = project.read(&path);
    let kept: Vec<&str> = lines.lines().take(1 + 2 * CASES + 7).collect();
    project.file(&path, &format!("{}\n", kept.join("\n")));
    let resumed = project.evaluate(&["--resume"]).exits(1);
    assert_eq!(fake.count() - made, 2 * PROOF - 7);
    assert_eq!(gate(&resumed), gate(&whole));
    assert_eq!(
        resumed.candidate(0)["changes"],
        whole.candidate(0)["changes"]
    );
}

#[test]
fn a_stored_baseline_is_asked_afresh_for_the_proof_alone() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    project.kindly();
    let _ = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(fake.count(), 2 * CASES);
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    let run = project.evaluate(&["--responses", "live", "--baseline-run", "last"]);
    let run = run.exits(1);
    assert_eq!(fake.count(), 2 * CASES + CASES + 2 * PROOF);
    assert!(run.candidate(0)["baseline_stored"].is_object());
    assert_eq!(run.candidate(0)["changes"]["proven"][0]["case"], "case-3");
}

#[test]
fn fresh_answers_in_error_prove_nothing_and_put_no_case_in_error() {
    let fake = provider(|seen, times| match seen.prompt.as_str() {
        "Greet user 3!" if times == 3 => Reply::status(400, "no"),
        "Greet user 3!" => hello(false),
        _ => hello(true),
    });
    let project = project(
        &fake,
        CASES,
        &format!("{GATE}  - {{metric: errors, max: 0}}\n"),
    );
    let run = project.evaluate(&["--responses", "live"]).exits(0);
    assert_eq!(gate(&run)["verdict"], "inconclusive");
    assert_eq!(run.candidate(0)["metrics"]["errors"], 0.0);
    assert_eq!(run.candidate(0)["changes"]["proven"], json!([]));
    assert_eq!(fake.count(), 2 * CASES + PROOF);
}

#[test]
fn a_case_that_the_candidate_answers_with_an_error_is_asked_again() {
    let fake = provider(|seen, times| match seen.prompt.as_str() {
        "Greet user 3!" if times == 0 => Reply::status(400, "no"),
        "Greet user 3!" => hello(false),
        _ => hello(true),
    });
    let project = project(&fake, 60, GATE);
    let run = project.evaluate(&["--responses", "live"]).exits(1);
    assert_eq!(run.candidate(0)["changes"]["proven"][0]["case"], "case-3");
    assert_eq!(run.candidate(0)["metrics"]["errors"], 1.0);
    assert_eq!(fake.count(), 120 + PROOF);
}

#[test]
fn merged_shards_prove_what_the_whole_run_proves() {
    // By what is asked alone, so that every run has the same answers.
    let fake = provider(|seen, _| {
        hello(seen.prompt != "Greet user 3!" && seen.prompt != "Greet user 11!")
    });
    let project = project(&fake, CASES, GATE);
    let whole = project
        .evaluate(&["--no-escalate", "--responses", "live"])
        .exits(1);
    let calls = fake.count();
    let mut merge = vec![
        "merge".to_owned(),
        "--json".into(),
        "report.json".into(),
        "--junit".into(),
        "junit.xml".into(),
    ];
    for index in 1..=3 {
        let shard = format!("{index}/3");
        let args = [
            "run",
            "--shard",
            &shard,
            "--responses",
            "live",
            "--json",
            "shard.json",
        ];
        let _ = project.run(&args).exits(0);
        let id = project.json("shard.json")["run"]["id"].clone();
        merge.push(id.as_str().unwrap().to_owned());
    }
    assert_eq!(fake.count(), 2 * calls);
    let merge: Vec<&str> = merge.iter().map(String::as_str).collect();
    let merged = project.evaluation(project.run(&merge)).exits(1);
    assert_eq!(merged.candidate(0)["gates"], whole.candidate(0)["gates"]);
    assert_eq!(
        merged.candidate(0)["changes"],
        whole.candidate(0)["changes"]
    );
    assert_eq!(
        merged.report["run"]["paid_usd"],
        whole.report["run"]["paid_usd"]
    );
}

#[test]
fn a_budget_that_ends_within_the_proof_stops_the_run_and_a_resumed_one_asks_the_rest() {
    let fake = one_broken();
    let project = project(&fake, CASES, GATE);
    for number in ["1.0.0", "1.1.0"] {
        project.bounded("greeter", number);
    }
    project.production("greeter", "1.0.0");
    // Each answer is said to have taken 100 tokens and 20.
    let most = format!("{:.6}", (2 * CASES + 3) as f64 * 2e-5);
    let budget = [
        "run",
        "--responses",
        "live",
        "--concurrency",
        "1",
        "--max-cost",
        &most,
    ];
    let stopped = project.run(&budget).exits(3);
    let _ = stopped.says(&["the budget of", "--resume"]);
    let made = fake.count();
    assert!(
        (2 * CASES + 1..2 * CASES + 2 * PROOF).contains(&made),
        "{made}"
    );
    let run = project.evaluate(&["--resume", "--max-cost", "1"]).exits(1);
    assert_eq!(fake.count(), 2 * CASES + 2 * PROOF);
    assert_eq!(run.candidate(0)["changes"]["proven"][0]["case"], "case-3");
}

#[test]
fn a_promotion_rests_on_a_proof_that_was_decided() {
    let fake = provider(|seen, times| hello(!(seen.prompt == "Greet user 5!" && times == 0)));
    let project = project(&fake, CASES, GATE);
    project.entries("greeter", &[("1.0.0", "production"), ("1.1.0", "testing")]);
    let settings = project.read("prompteval.yaml");
    let sources = "evidence: {sources: [live, cache, recorded]}\n";
    project.file("prompteval.yaml", &format!("{settings}{sources}"));
    let _ = project.evaluate(&["--responses", "record"]).exits(0);
    // Without the proof's answers the gate stays open, and what is open carries nobody into production.
    let recordings = project.read("evals/recordings/greet.jsonl");
    let is_first = |line: &&str| serde_json::from_str::<Value>(line).unwrap()["repeat"] == 0;
    let first: Vec<&str> = recordings.lines().filter(is_first).collect();
    project.file(
        "evals/recordings/greet.jsonl",
        &format!("{}\n", first.join("\n")),
    );
    std::fs::remove_dir_all(project.path(".prompteval/cache")).unwrap();
    let _ = project.evaluate(&["--responses", "replay"]).exits(0);
    let promote = [
        "promote",
        "greeter@1.1.0",
        "--to",
        "canary",
        "--by",
        "me",
        "--evidence",
        "last",
    ];
    let refused = project.run(&promote).exits(2);
    let _ = refused.says(&["the gate `broken max 0` is inconclusive"]);
    project.file("evals/recordings/greet.jsonl", &recordings);
    let _ = project.evaluate(&["--responses", "replay"]).exits(0);
    let _ = project.run(&promote).exits(0);
    let evidence = project.json("evals/evidence/greeter/1.1.0.json");
    let gate = &evidence["suites"][0]["gates"][0];
    assert_eq!(
        (&gate["metric"], &gate["verdict"]),
        (&json!("broken"), &json!("pass"))
    );
    let case = &evidence["suites"][0]["cases"]["case-5"];
    let count = |list: &str| case[list].as_array().unwrap().len();
    assert_eq!((count("trials"), count("baseline")), (1, 1));
    assert_eq!((count("proof"), count("baseline_proof")), (6, 6));
    let _ = project
        .run(&["verify"])
        .exits(0)
        .says(&["recorded answers"]);
}
