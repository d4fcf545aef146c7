//! `protect: block`: what weakens its own gate does not pass until somebody has agreed, in every report and after the run as well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{listed, provider, repository};
use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

const BLOCK: &str = "protect: block\n";
const SINCE: [&str; 3] = ["run", "--changed-since", "main"];

fn loosen(project: &Project) {
    let suite = project.read("evals/greet.yaml");
    let looser = suite.replace("pass_rate, min: 0.5", "pass_rate, min: 0.1");
    project.file("evals/greet.yaml", &looser);
}

#[test]
fn a_change_that_weakens_its_own_gate_blocks_in_every_report_until_it_is_allowed() {
    let fake = provider();
    let project = repository(&fake, BLOCK);
    loosen(&project);
    let reports = [
        "--junit",
        "j.xml",
        "--json",
        "report.json",
        "--markdown",
        "report.md",
        "--html",
        "report.html",
        "--github",
    ];
    let blocked = project.run(&[&SINCE[..], &reports].concat()).exits(1);
    let _ = blocked.says(&[
        "This change weakens its own gate:",
        "evals/greet.yaml: gate `pass_rate min 0.5` loosened",
        "BLOCKED this change weakens its own gate (evals/greet.yaml)",
        "--allow-weaker",
        "::error file=evals/greet.yaml,line=1,title=this change weakens its own gate::gate `pass_rate min 0.5` loosened",
    ]);
    for file in ["j.xml", "report.json", "report.md", "report.html"] {
        assert!(project.read(file).contains("--allow-weaker"), "{file}");
    }
    for file in ["report.md", "report.html"] {
        let text = project.read(file);
        assert!(text.contains("This change weakens its own gate"), "{file}");
        assert!(text.contains("loosened to"), "{file}");
    }
    let failure = "type=\"weaker-gate\"";
    assert!(project.read("j.xml").contains(failure));
    assert_eq!(project.json("report.json")["verdict"], "fail");
    assert_eq!(
        project.json("report.json")["run"]["gate_changes_block"],
        true
    );
    // A report that is written again says the same.
    let again = project.run(&["report", "last", "--markdown", "report.again"]);
    let _ = again.exits(1);
    assert_eq!(project.read("report.again"), project.read("report.md"));
    let allowed = project.run(&[&SINCE[..], &["--allow-weaker"], &reports].concat());
    let _ = allowed
        .exits(0)
        .says(&["This change weakens its own gate:"]);
    assert!(!project.read("j.xml").contains(failure));
    assert_eq!(project.json("report.json")["verdict"], "pass");
    let _ = project.run(&["report", "last"]).exits(0);
    let unasked = project.run(&["run", "--allow-weaker"]).exits(2);
    let _ = unasked.says(&["--changed-since"]);
    // Outside of a comparison nothing is weaker.
    let _ = project.run(&["run"]).exits(0);
}

#[test]
fn without_protection_it_is_shown_and_passes() {
    let fake = provider();
    let project = repository(&fake, "");
    loosen(&project);
    let shown = project.run(&[&SINCE[..], &["--junit", "j.xml"]].concat());
    let _ = shown.exits(0).says(&["This change weakens its own gate:"]);
    assert!(!project.read("j.xml").contains("weaker"));
}

#[test]
fn a_change_cannot_turn_its_protection_off() {
    let fake = provider();
    let project = repository(&fake, BLOCK);
    let settings = project.read("prompteval.yaml");
    project.file(
        "prompteval.yaml",
        &settings.replace(BLOCK, "protect: warn\n"),
    );
    let blocked = project.run(&SINCE).exits(1);
    let _ = blocked.says(&["prompteval.yaml: `protect` was block and is warn"]);
    project.file("prompteval.yaml", &settings);
    let _ = project.run(&SINCE).exits(0);
    // Nothing but a removed suite: no suite runs, and it blocks.
    std::fs::remove_file(project.path("evals/other.yaml")).unwrap();
    let blocked = project.run(&SINCE).exits(1);
    let _ = blocked.says(&["no suite is affected", "suite removed, with its gates"]);
}

#[test]
fn protection_of_the_tree_counts_as_well() {
    let fake = provider();
    let project = repository(&fake, "");
    let settings = project.read("prompteval.yaml");
    project.file("prompteval.yaml", &format!("{settings}{BLOCK}"));
    let _ = project.run(&SINCE).exits(0);
    loosen(&project);
    let _ = project.run(&SINCE).exits(1);
}

#[test]
fn a_resumed_run_and_a_merged_one_come_to_the_same() {
    let works = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&works);
    let fake = FakeProvider::start(Script::answering(move |_| {
        if switch.load(Ordering::SeqCst) {
            Reply::text("hello")
        } else {
            Reply::status(400, "no")
        }
    }));
    let project = repository(&fake, BLOCK);
    loosen(&project);
    let _ = project.run(&SINCE).exits(1);
    works.store(true, Ordering::SeqCst);
    let resumed = project.run(&["run", "--resume=last"]).exits(1);
    let _ = resumed.says(&["This change weakens its own gate:", "--allow-weaker"]);
    for shard in ["1/2", "2/2"] {
        let _ = project
            .run(&[&SINCE[..], &["--shard", shard]].concat())
            .exits(1);
    }
    let mut runs: Vec<_> = std::fs::read_dir(project.path(".prompteval/runs"))
        .unwrap()
        .map(|run| run.unwrap().file_name().into_string().unwrap())
        .collect();
    runs.sort();
    let shards: Vec<&str> = runs.iter().rev().take(2).map(String::as_str).collect();
    let merged = project.run(&[&["merge"], &shards[..]].concat()).exits(1);
    let _ = merged.says(&["This change weakens its own gate:", "--allow-weaker"]);
}

#[test]
fn names_out_of_files_act_nowhere() {
    let fake = provider();
    let project = repository(&fake, "");
    project.git(&["checkout", "-q", "main"]);
    let id = "<img src=x> @team [x](https://evil.example) \\u001b[31m\\n::error::owned";
    let row = format!("{{\"id\": \"{id}\", \"vars\": {{\"name\": \"x\"}}}}\n");
    let rows = project.read("datasets/greet.jsonl");
    project.file("datasets/greet.jsonl", &format!("{rows}{row}"));
    let suite = project.read("evals/other.yaml");
    project.file("evals/a`b|<i> @team.yaml", &suite);
    project.commit("all");
    project.git(&["checkout", "-q", "-B", "work"]);
    project.file("datasets/greet.jsonl", &rows);
    std::fs::remove_file(project.path("evals/a`b|<i> @team.yaml")).unwrap();
    assert_eq!(listed(&project).len(), 2);
    let reports = [
        "--markdown",
        "report.md",
        "--html",
        "report.html",
        "--github",
    ];
    let outcome = project.run(&[&SINCE[..], &reports].concat()).exits(0);
    let markdown = project.read("report.md");
    assert!(markdown.contains("cases removed"), "{markdown}");
    let start = markdown.find("cases removed").unwrap();
    let line = markdown[start..].lines().next().unwrap();
    for raw in ["<img", "@team", "[x](", "://", "\u{1b}"] {
        assert!(!line.contains(raw), "{raw}: {line}");
    }
    let html = project.read("report.html");
    assert!(!html.contains("<img src") && !html.contains("<i>"));
    let said = [outcome.stdout, outcome.stderr].concat();
    assert!(!said.contains('\u{1b}'), "{said}");
    assert!(
        said.lines().all(|line| !line.starts_with("::error::owned")),
        "{said}"
    );
}

#[test]
fn a_version_that_is_put_before_users_without_evidence_is_listed_and_blocks() {
    let fake = provider();
    let project = repository(&fake, BLOCK);
    let moved = |to: &str, more: &[&str]| {
        let promote = ["promote", "greeter@1.1.0", "--to", to, "--by", "me"];
        let _ = project.run(&[&promote[..], more].concat()).exits(0);
    };
    moved("testing", &[]);
    assert_eq!(listed(&project), [""; 0], "what no user gets");
    moved("canary", &["--override", "lgtm"]);
    let told = "prompts/greeter/family.yaml: 1.1.0 is put into canary without evidence: `lgtm`";
    assert_eq!(listed(&project), [told]);
    moved("production", &["--override", "lgtm"]);
    let blocked = project.run(&SINCE).exits(1);
    let _ = blocked.says(&[
        "1.1.0 is put into production without evidence: `lgtm`",
        "--allow-weaker",
    ]);
    let _ = project
        .run(&[&SINCE[..], &["--allow-weaker"]].concat())
        .exits(0);
    let verified = project.run(&["verify"]).exits(0);
    let _ = verified.says(&["none   greeter@1.1.0 in production  override: lgtm"]);

    // Nor by hand, with the history out of the way.
    let history = project.read("prompts/greeter/history.jsonl");
    let family = project.read("prompts/greeter/family.yaml");
    let bare = family
        .replace(", override: lgtm", "")
        .replace(", override: test", "");
    project.file("prompts/greeter/family.yaml", &bare);
    project.file("prompts/greeter/history.jsonl", "");
    let _ = project.run(&SINCE).exits(2).says(&["erased-history"]);
    project.file("prompts/greeter/family.yaml", &family);
    let edited = history.replacen("\"override\":\"test\"", "\"override\":\"tested\"", 1);
    assert_ne!(edited, history);
    project.file("prompts/greeter/history.jsonl", &edited);
    let edited = "prompts/greeter/history.jsonl: lines that were there are edited or removed";
    assert!(listed(&project).contains(&edited.to_owned()));
    project.file("prompts/greeter/history.jsonl", &history);

    // Once it is on `main`, it is what the next change is compared with.
    project.commit("all");
    project.git(&["checkout", "-q", "main"]);
    project.git(&["merge", "-q", "work"]);
    project.git(&["checkout", "-qb", "next"]);
    assert_eq!(listed(&project), [""; 0]);
}
