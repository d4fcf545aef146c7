//! Journals that no run has: places beyond the plan, other versions, broken chains, and files that change under a run.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script};
use crate::project::Project;
use crate::seal::sealed;

fn finished() -> (FakeProvider, Project, Vec<Value>) {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(4).at(&fake);
    project.suite("greet", "");
    let _ = project.run(&["run"]).exits(0);
    let text = project.read(&project.newest_journal());
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let lines = lines.collect();
    (fake, project, lines)
}

type Change = fn(&mut Vec<Value>);

#[test]
fn what_the_plan_does_not_have_is_refused_before_anything_is_reserved() {
    let (_fake, project, lines) = finished();
    let changes: [(Change, &str); 7] = [
        (
            |all| all[1]["case"] = json!(4_294_967_294_u32),
            "the dataset has 4 cases",
        ),
        (
            |all| all[1]["order"] = json!(u32::MAX),
            "the dataset has 4 cases",
        ),
        (
            |all| all[1]["repeat"] = json!(u32::MAX),
            "no run asks a case 4294967295 times",
        ),
        (|all| all[1]["arm"] = json!(7), "the plan has no version 7"),
        (
            |all| all[0]["journal"] = json!(0),
            "the journal is of version 0",
        ),
        (
            |all| all[0]["suites"][0]["name"] = json!("../../x"),
            "`../../x` is no name of a suite",
        ),
        (
            |all| all.insert(1, all[0].clone()),
            "a journal has one plan",
        ),
    ];
    for (change, why) in changes {
        let mut forged = lines.clone();
        change(&mut forged);
        project.file("forged/journal.jsonl", &sealed(&forged));
        for more in [&[][..], &["--detached"]] {
            let report = project
                .run(&[&["report", "forged"], more].concat())
                .exits(2);
            let _ = report.says(&[why, "forged/journal.jsonl:"]);
        }
    }
    // A dataset as large as it says would fill the memory, too.
    let mut forged = lines.clone();
    forged[0]["suites"][0]["dataset"]["cases"] = json!(u32::MAX);
    forged[1]["case"] = json!(u32::MAX - 1);
    project.file("forged/journal.jsonl", &sealed(&forged));
    let _ = project
        .run(&["report", "forged", "--detached"])
        .exits(2)
        .says(&["67108864 at most"]);
}

#[test]
fn a_line_that_was_changed_breaks_the_chain_whatever_it_says() {
    let (_fake, project, lines) = finished();
    let text = |lines: &[Value]| {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
        lines.concat()
    };
    assert_eq!(
        text(&lines),
        project.read(&project.newest_journal()),
        "this test writes JSON as runs do"
    );
    let changes: [fn(&mut Vec<Value>); 4] = [
        |all| all[1]["output"] = json!("hello, you"),
        |all| all[1]["latency_ms"] = json!(1.5),
        |all| all.swap(1, 2),
        |all| {
            all.remove(2);
        },
    ];
    for change in changes {
        let mut edited = lines.clone();
        change(&mut edited);
        project.file("edited/journal.jsonl", &text(&edited));
        for command in [
            &["report", "edited"][..],
            &["report", "edited", "--detached"],
            &["diff", "edited", "last"],
        ] {
            let _ = project
                .run(command)
                .exits(2)
                .says(&["the root of their hash chain does not match"]);
        }
    }
    // Without a root nothing ties the lines together.
    let mut bare = lines.clone();
    let _ = bare[5].as_object_mut().unwrap().remove("root");
    project.file("edited/journal.jsonl", &text(&bare));
    let _ = project
        .run(&["report", "edited"])
        .exits(2)
        .says(&["does not name the root of the hash chain"]);
    let _ = project.run(&["report", "edited", "--detached"]).exits(0);
}

#[test]
fn a_journal_that_is_touched_while_the_run_goes_on_decides_nothing() {
    type Touch = fn(&PathBuf);
    let touches: [Touch; 3] = [
        |path| {
            fs::OpenOptions::new()
                .write(true)
                .open(path)
                .unwrap()
                .set_len(10)
                .unwrap();
        },
        |path| fs::remove_file(path).unwrap(),
        |path| {
            let text = fs::read_to_string(path).unwrap();
            fs::write(path, text.replace("\"lean\"", "\"warn\"")).unwrap();
        },
    ];
    for touch in touches {
        let folder: Arc<Mutex<Option<PathBuf>>> = Arc::default();
        let seen = Arc::clone(&folder);
        let fake = FakeProvider::start(Script::answering(move |_| {
            if let Some(runs) = seen.lock().unwrap().take() {
                let run = fs::read_dir(runs).unwrap().next().unwrap().unwrap();
                touch(&run.path().join("journal.jsonl"));
            }
            Reply::text("hello")
        }));
        let project = Project::greeting(4).at(&fake);
        project.suite("greet", "");
        *folder.lock().unwrap() = Some(project.path(".prompteval/runs"));
        let run = project.run(&["run", "--concurrency", "1"]).exits(3);
        let _ = run.says(&["changed by another process while the run wrote it"]);
    }
}

#[test]
fn nothing_stands_after_the_end_of_a_complete_run() {
    let (_fake, project, _) = finished();
    let journal = project.newest_journal();
    let text = project.read(&journal);
    project.file(&journal, &format!("{text}garbage without a line end"));
    let _ = project
        .run(&["report", "last"])
        .exits(2)
        .says(&["there is something after its end"]);
}

#[test]
fn shards_that_reached_other_addresses_are_no_run() {
    let fake = FakeProvider::saying("hello");
    let other = FakeProvider::saying("hello");
    let project = Project::greeting(40).at(&fake);
    project.suite("greet", "");
    let mut ids = Vec::new();
    for (shard, fake) in [("1/2", &fake), ("2/2", &other)] {
        let mut command = project.command(&["run", "--shard", shard]);
        let _ = command.env("OPENAI_BASE_URL", fake.url(Kind::OpenAi));
        let _ = command.output().unwrap();
        let journal = project.newest_journal();
        ids.push(journal.split('/').nth(2).unwrap().to_owned());
    }
    let merged = project.run(&["merge", &ids[0], &ids[1]]).exits(2);
    let _ = merged.says(&["they reached providers at other addresses"]);
}
