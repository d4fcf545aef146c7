//! Runs that are killed and resumed: nothing finished is lost, and no more is paid twice than what was in flight.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::{Outcome, Project};

const KILLS: usize = 20;
const CONCURRENCY: usize = 8;
const CASES: usize = 600;

fn start(project: &Project, args: &[&str]) -> Child {
    let mut command = project.command(args);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until so many requests have come, or the run has ended.
fn wait_for(fake: &FakeProvider, count: usize, child: &mut Child) {
    let began = Instant::now();
    while fake.count() < count && child.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < Duration::from_secs(20), "the run hangs");
        sleep(Duration::from_millis(1));
    }
}

/// The journal of the only run.
fn journal(project: &Project) -> String {
    let runs = std::fs::read_dir(project.path(".prompteval/runs")).unwrap();
    let ids: Vec<String> = runs
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(ids.len(), 1, "a resumed run is the same run: {ids:?}");
    format!(".prompteval/runs/{}/journal.jsonl", ids[0])
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_twenty_times_reports_every_case_once() {
    let answer = Reply::text("hello");
    let fake = FakeProvider::start(Script::always(answer).latency(Duration::from_millis(4)));
    let project = Project::greeting(CASES).at(&fake);
    let concurrency = CONCURRENCY.to_string();
    // `live` reads no cache: only the journal keeps a finished trial from being paid again.
    let mut args = vec!["run", "--responses", "live", "--concurrency", &concurrency];
    let mut random = 0x2545_f491_u32;
    for _ in 0..KILLS {
        // Xorshift (Marsaglia 2003): other moments in every round, the same in every test.
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let more = 2 + random as usize % 40;
        let mut child = start(&project, &args);
        wait_for(&fake, fake.count() + more, &mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        args = vec!["run", "--resume", "--concurrency", &concurrency];
    }
    let evaluation = project
        .evaluate(&args[1..])
        .exits(0)
        .says(&["resuming run"]);

    let cases = evaluation.candidate(0)["cases"].as_array().unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *seen.entry(case["id"].as_str().unwrap()).or_default() +=
            case["trials"].as_array().unwrap().len();
    }
    assert_eq!((cases.len(), seen.len()), (CASES, CASES));
    assert!(seen.values().all(|trials| *trials == 1));
    let twice = fake.count() - CASES;
    assert!(
        twice <= KILLS * CONCURRENCY,
        "{twice} calls were paid twice"
    );
    let lines = project.read(&journal(&project)).lines().count();
    assert_eq!(lines, CASES + 2, "a plan, a line a case, an end");
}

#[cfg(unix)]
#[test]
fn a_torn_last_line_is_repaired_and_said_and_only_what_is_missing_is_called() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(30).at(&fake);
    let _ = project.run(&["run", "--responses", "live"]).exits(0);
    let path = journal(&project);
    let whole = project.read(&path);
    // As after a power loss in the middle of the 21st trial's line.
    let kept: Vec<&str> = whole.lines().take(22).collect();
    let cut = kept.join("\n");
    project.file(&path, &cut[..cut.len() - 7]);
    let outcome = project.run(&["run", "--resume"]).exits(0);
    let outcome = outcome.says(&["20 trials done", "cut off and is removed"]);
    assert!(outcome.stdout.contains("30"), "{}", outcome.stdout);
    assert_eq!(fake.count(), 40, "ten cases were missing");
    let again = project.read(&path);
    assert!(
        again
            .lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok())
    );
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["no run to resume"]);
}

#[test]
fn a_resumed_run_asks_again_what_was_in_error_and_what_the_budget_kept_back() {
    let fake = FakeProvider::start(Script::answering(|seen| match seen.number {
        5..=8 => Reply::status(400, "no"),
        _ => Reply::text("hello"),
    }));
    let project = Project::greeting(20).at(&fake);
    project.bounded("greeter", "1.0.0");
    let budget = ["run", "--concurrency", "1", "--max-cost", "0.0003"];
    let first = project.run(&budget).exits(3);
    let _ = first.says(&["the budget of", "--resume"]);
    let made = fake.count();
    assert!((9..20).contains(&made), "{made}");
    let evaluation = project.evaluate(&["--resume", "--max-cost", "1"]).exits(0);
    let _ = evaluation.says(&["in error asked again"]);
    assert_eq!(fake.count(), 20 + 4, "four answers were refused");
}

/// Cut off in the middle of further repeats, a run is neither even nor decided: those repeats are finished first.
#[cfg(unix)]
#[test]
fn a_run_that_was_cut_off_while_it_added_repeats_goes_on_adding_them() {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let odd = seen.prompt.ends_with("7.") || seen.prompt.ends_with("13.");
        Reply::text(if odd { "go away" } else { "hello" })
    }));
    let project = Project::greeting(80).at(&fake);
    project.suite(
        "greet",
        "  - {metric: pass_rate, target: 0.95, floor: 0.85}\n",
    );
    let text = project
        .read("evals/greet.yaml")
        .replace("  - {metric: pass_rate, min: 1.0}\n", "");
    project.file("evals/greet.yaml", &text);
    let whole = project.evaluate(&["--responses", "live", "--concurrency", "4"]);
    let asked = fake.count();
    assert!(asked > 160, "the gate stayed open: {asked} calls");
    let path = journal(&project);
    let lines = project.read(&path);
    let kept: Vec<&str> = lines.lines().take(1 + 80 + 30).collect();
    project.file(&path, &format!("{}\n", kept.join("\n")));
    let resumed = project.evaluate(&["--resume"]).exits(whole.outcome.code);
    assert_eq!(fake.count(), asked + asked - 110, "only what was cut off");
    assert_eq!(resumed.candidate(0)["gates"], whole.candidate(0)["gates"]);
}

#[test]
fn resuming_with_changed_files_is_refused_with_the_list_of_what_changed() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(3).at(&fake);
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Greet {% include 'tone.md' %} {{ name }}.",
    );
    project.file("prompts/tone.md", "kindly");
    let _ = project.run(&["run"]).exits(0);
    let path = journal(&project);
    let whole = project.read(&path);
    let begun: Vec<&str> = whole.lines().take(2).collect();
    project.file(&path, &format!("{}\n", begun.join("\n")));

    project.file("prompts/tone.md", "grimly");
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["cannot be resumed", "prompts/tone.md", "was changed"]);
    project.file("prompts/tone.md", "kindly");
    project.version("greeter", "1.0.0", "openai/gpt-6-luna", "Hail {{ name }}.");
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["the file of greeter@1.0.0 was changed"]);
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Greet {% include 'tone.md' %} {{ name }}.",
    );
    let more = format!(
        "{}{{\"vars\": {{\"name\": \"new\"}}}}\n",
        project.read("datasets/greet.jsonl")
    );
    project.file("datasets/greet.jsonl", &more);
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["datasets/greet.jsonl was changed"]);
    project.file(
        "datasets/greet.jsonl",
        more.trim_end_matches("{\"vars\": {\"name\": \"new\"}}\n"),
    );
    let other = FakeProvider::saying("hello");
    let elsewhere = format!(
        "version: 1\nproviders:\n  openai: {{base_url: \"{}\"}}\n",
        other.url(Kind::OpenAi)
    );
    project.file("prompteval.yaml", &elsewhere);
    let mut command = project.command(&["run", "--resume"]);
    command.env_remove("OPENAI_BASE_URL");
    let resumed = Outcome::of(&command.output().unwrap()).exits(0);
    let _ = resumed.says(&["warning: provider openai was openai http://127.0.0.1"]);
    assert_eq!(fake.count(), 3, "nothing was called meanwhile");
}

#[test]
fn flags_that_the_resumed_run_decides_cannot_be_given_beside_it() {
    let project = Project::greeting(1);
    let refused = project.run(&["run", "--resume", "--tag", "x"]).exits(2);
    let _ = refused.says(&["--resume", "--tag"]);
    let refused = project.run(&["run", "--resume=20200101"]).exits(2);
    let _ = refused.says(&["there is no run"]);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_still_going_on_cannot_be_resumed() {
    let slow = Script::always(Reply::text("hello")).latency(Duration::from_millis(300));
    let fake = FakeProvider::start(slow);
    let project = Project::greeting(20).at(&fake);
    let mut child = start(&project, &["run", "--concurrency", "1"]);
    wait_for(&fake, 2, &mut child);
    let path = journal(&project);
    let id = path.split('/').nth(2).unwrap().to_owned();
    let refused = project.run(&["run", &format!("--resume={id}")]).exits(2);
    let _ = refused.says(&["another process is at work on this run"]);
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["no run to resume"]);
    child.kill().unwrap();
    child.wait().unwrap();
}
