//! Disks that are full, folders that cannot be written or are gone, and two runs in one checkout.

use std::process::Command;
use std::time::Duration;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::{Outcome, Project};

fn provider(latency_ms: u64) -> FakeProvider {
    let script = Script::always(Reply::text("hello ".repeat(40)));
    FakeProvider::start(script.latency(Duration::from_millis(latency_ms)))
}

/// Writes fail beyond a size, as on a full disk: the shell's limit, with its signal ignored (`ulimit -f` counts 512 bytes).
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_run_and_what_was_written_stays_readable() {
    let fake = provider(0);
    let project = Project::greeting(400).at(&fake);
    let mut full = project.command(&[]);
    let binary = full.get_program().to_owned();
    let envs: Vec<_> = full
        .get_envs()
        .map(|(k, v)| (k.to_owned(), v.map(ToOwned::to_owned)))
        .collect();
    full = Command::new("sh");
    full.args(["-c", "trap '' XFSZ; ulimit -f 96; exec \"$0\" run"])
        .arg(binary);
    full.current_dir(project.path(".")).env_clear();
    for (name, value) in envs {
        full.env(name, value.unwrap_or_default());
    }
    let outcome = Outcome::of(&full.output().unwrap()).exits(3);
    let outcome = outcome.says(&["the journal cannot be written", "run --resume"]);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    let report = project
        .run(&["report", "last", "--json", "r.json"])
        .exits(3);
    let _ = report.says(&["cut off"]);
    let passed = project.json("r.json")["suites"][0]["candidates"][0]["counts"]["passed"]
        .as_u64()
        .unwrap();
    assert!(passed > 20, "{passed} trials are readable");

    // With room again, the same run goes on and pays for nothing twice that it had written.
    let before = fake.count();
    let _ = project.run(&["run", "--resume"]).exits(0);
    assert!(fake.count() <= before + 400 - passed as usize);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_told_before_anything_is_paid() {
    let fake = provider(0);
    let project = Project::greeting(3).at(&fake);
    // Permissions do not bind a privileged user; a file in the place of the folder binds everybody.
    project.file(".prompteval", "");
    let _ = project
        .run(&["run"])
        .exits(3)
        .says(&["no folder for the run can be made"]);
    assert_eq!(fake.count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_on_a_full_device_is_an_error_and_not_a_lost_run() {
    let fake = provider(0);
    let project = Project::greeting(3).at(&fake);
    let refused = project.run(&["run", "--json", "/dev/full"]);
    assert!(matches!(refused.code, 2 | 3), "{refused:#?}");
    assert!(!refused.stderr.contains("panicked"), "{refused:#?}");
}

#[cfg(unix)]
#[test]
fn a_state_folder_that_is_removed_meanwhile_is_an_error() {
    let fake = provider(40);
    let project = Project::greeting(60).at(&fake);
    let child = project.start(&["run", "--concurrency", "4", "--json", "r.json"]);
    fake.wait_for(12);
    std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let outcome = Outcome::of(&child.wait_with_output().unwrap()).exits(3);
    let outcome = outcome.says(&["journal"]);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn runs_at_the_same_time_in_one_checkout_do_not_meet() {
    let fake = provider(5);
    let project = Project::greeting(50).at(&fake);
    let names: Vec<String> = (0..6).map(|n| format!("r{n}.json")).collect();
    let children: Vec<_> = names
        .iter()
        .map(|name| project.start(&["run", "--json", name]))
        .collect();
    for child in children {
        let _ = Outcome::of(&child.wait_with_output().unwrap()).exits(0);
    }
    let mut ids: Vec<String> = names
        .iter()
        .map(|name| {
            let report = project.json(name);
            assert_eq!(report["suites"][0]["candidates"][0]["counts"]["passed"], 50);
            report["run"]["id"].as_str().unwrap().to_owned()
        })
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 6);
    let before = fake.count();
    let _ = project
        .run(&["run"])
        .exits(0)
        .says(&["50 cached", "0 calls"]);
    assert_eq!(fake.count(), before);
}

#[cfg(unix)]
#[test]
fn a_dataset_that_is_changed_meanwhile_ends_the_run_and_is_named() {
    let fake = provider(40);
    let project = Project::greeting(60).at(&fake);
    let child = project.start(&["run", "--concurrency", "4"]);
    fake.wait_for(12);
    // In place, as an editor that truncates and writes does it, and without another length of any row.
    let other = project.read("datasets/greet.jsonl").replace("user", "USER");
    project.file("datasets/greet.jsonl", &other);
    let outcome = Outcome::of(&child.wait_with_output().unwrap()).exits(3);
    let _ = outcome.says(&[
        "datasets/greet.jsonl cannot be relied on any more",
        "changed",
    ]);
    let refused = project.run(&["run", "--resume"]).exits(2);
    let _ = refused.says(&["datasets/greet.jsonl was changed"]);
}
