//! What a change must not do to its own gate: point suites elsewhere, choose its baseline, bring its answers along.

use std::os::unix::fs::symlink;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;

const MODEL: &str = "openai/gpt-6-luna";

/// A family with 1.0.0 in production and a suite, all of it on `main`, and a branch checked out.
fn repository(fake: &FakeProvider, more: &str) -> Project {
    let project = Project::greeting(4).at(fake);
    project.version("greeter", "1.1.0", MODEL, "Hail {{ name }}.");
    project.version("other", "1.0.0", MODEL, "Bid {{ name }} farewell.");
    project.production("greeter", "1.0.0");
    project.suite("greet", more);
    project.file(".gitignore", ".prompteval/\n*.xml\nreport.*\n");
    project.repository();
    project
}

#[test]
fn a_changed_version_that_no_suite_tests_blocks_in_every_report() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "");
    project.version("greeter", "1.2.0", MODEL, "Salute {{ name }}.");
    let _ = project.run(&["run", "--changed-since", "main"]).exits(0);
    let suite = project.read("evals/greet.yaml");
    project.file("evals/greet.yaml", &suite.replace("greeter", "other"));
    let since = ["run", "--changed-since", "main"];
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
    let blocked = project.run(&[&since[..], &reports].concat()).exits(1);
    let why = "greeter@1.2.0 changed, and no suite tests it";
    let _ = blocked.says(&[
        why,
        "--allow-untested",
        "::error file=prompts/greeter/1.2.0.yaml,line=1,title=greeter@1.2.0%3A untested",
    ]);
    for file in ["j.xml", "report.json", "report.md", "report.html"] {
        assert!(project.read(file).contains("no suite tests it"), "{file}");
    }
    assert!(project.read("j.xml").contains("<failure"));
    assert_eq!(project.json("report.json")["verdict"], "fail");
    // A report that is written again says the same.
    let again = project.run(&["report", "last", "--junit", "again.xml"]);
    let _ = again.exits(1);
    let _ = project
        .run(&[&since[..], &["--allow-untested"]].concat())
        .exits(0);
    let unasked = project.run(&["run", "--allow-untested"]).exits(2);
    let _ = unasked.says(&["--changed-since"]);
}

#[test]
fn a_new_version_of_a_family_without_a_suite_blocks_though_nothing_else_is_affected() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "");
    project.version("other", "1.1.0", MODEL, "Wave {{ name }} goodbye.");
    let blocked = project.run(&["run", "--changed-since", "main"]).exits(1);
    let _ = blocked.says(&[
        "no suite is affected",
        "other@1.1.0 changed, and no suite tests it",
    ]);
    assert_eq!(fake.count(), 0);
}

#[test]
fn candidates_that_select_none_are_exit_4_and_production_is_tested_where_it_is_named() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "candidates: [canary]\n");
    for args in [&["run"][..], &["check"]] {
        let nothing = project.run(args).exits(4);
        let _ = nothing.says(&[
            "evals/greet.yaml tests nothing: no version of `greeter` is selected by `candidates: [canary]`",
            "candidates: [canary, production]",
        ]);
    }
    assert_eq!(fake.count(), 0);
    let _ = project
        .run(&["run", "--candidate", "greeter@1.1.0"])
        .exits(0);
    project.version("greeter", "1.2.0", MODEL, "Salute {{ name }}.");
    let _ = project.run(&["run", "--changed-since", "main"]).exits(0);
    // Beside a suite that tests something it is named and left out: after a promotion nothing else may be left to test.
    project.suite("other", "");
    let beside = project.run(&["run"]).exits(0);
    let _ = beside.says(&["no-candidate", "evals/greet.yaml tests nothing"]);
    std::fs::remove_file(project.path("evals/other.yaml")).unwrap();
    project.suite("greet", "candidates: [canary, production]\n");
    let tested = project.run(&["run"]).exits(0);
    let _ = tested.says(&["greeter@1.0.0"]);
}

#[test]
fn a_csv_with_a_quote_that_is_never_closed_is_refused_with_its_line() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(1).at(&fake);
    let suite = project.read("evals/greet.yaml");
    project.file(
        "evals/greet.yaml",
        &suite.replace("greet.jsonl", "greet.csv"),
    );
    for rows in [
        "id,name\na,\"Ann\nb,Bob\nc,\"Cid\"\nd,Dan\n",
        "id,name\na,\"Ann\nb,Bob\nc,Cid\nd,Dan\n",
    ] {
        project.file("datasets/greet.csv", rows);
        let refused = project.run(&["run"]).exits(2);
        let _ = refused.says(&[
            "error[invalid-csv]: a quote is opened here",
            "datasets/greet.csv:2",
            "close the field with a quote",
        ]);
    }
    assert_eq!(fake.count(), 0);
    project.file("datasets/greet.csv", "id,name\na,\"Ann\n\"\"B\"\"\"\n");
    let _ = project.run(&["run"]).exits(0);
}

/// The baseline that every candidate was compared with.
fn baselines(project: &Project) -> Vec<String> {
    let report = project.json("report.json");
    let candidates = report["suites"][0]["candidates"].as_array().unwrap();
    let links = candidates.iter().map(|one| one["baseline"].to_string());
    links.collect()
}

/// A provider that greets for 1.0.0 alone, and a suite that only compares with the baseline.
fn compared() -> (FakeProvider, Project) {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let is_good = seen.prompt.starts_with("Greet");
        Reply::text(if is_good { "hello" } else { "go away" })
    }));
    let project = repository(
        &fake,
        "  - {metric: pass_rate, baseline: true, margin: 0.05}\nrepeats: 1\n",
    );
    let suite = project.read("evals/greet.yaml");
    let suite = suite.replace("  - {metric: pass_rate, min: 1.0}\n", "");
    project.file("evals/greet.yaml", &suite);
    let row = |n| format!("{{\"vars\": {{\"name\": \"u{n}\"}}}}\n");
    let rows: Vec<String> = (0..60).map(row).collect();
    project.file("datasets/greet.jsonl", &rows.concat());
    project.git(&["commit", "-qam", "baseline gate"]);
    project.git(&["branch", "-qf", "main"]);
    (fake, project)
}

#[test]
fn a_change_cannot_choose_its_own_baseline_by_hand() {
    let (_fake, project) = compared();
    // The bad draft is made production, so that nothing is worse than the baseline.
    project.production("greeter", "1.1.0");
    let run = ["run", "--changed-since", "main", "--json", "report.json"];
    let blocked = project.run(&run).exits(1);
    let _ = blocked.says(&[
        "warning[moved-by-hand]",
        "has 1.1.0 in production",
        "it was 1.0.0, and no line of history.jsonl says why",
    ]);
    let links = baselines(&project);
    assert!(links.iter().any(|link| link.contains("1.0.0")), "{links:?}");
}

#[test]
fn a_move_with_its_line_in_the_history_is_the_new_baseline() {
    let (_fake, project) = compared();
    for (status, more) in [
        ("testing", &[][..]),
        ("canary", &["--override", "t"]),
        ("production", &["--override", "t"]),
    ] {
        let promote = ["promote", "greeter@1.1.0", "--to", status];
        let _ = project.run(&[&promote[..], more].concat()).exits(0);
    }
    let outcome = project.run(&["run", "--changed-since", "main"]).exits(0);
    assert!(
        !outcome.stderr.contains("moved-by-hand"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_line_that_was_written_by_hand_explains_no_move() {
    let (_fake, project) = compared();
    let step = |status: &str, more: &[&str]| {
        let promote = ["promote", "greeter@1.1.0", "--to", status];
        let _ = project.run(&[&promote[..], more].concat()).exits(0);
    };
    step("testing", &[]);
    step("canary", &["--override", "t"]);
    project.commit("canary");
    project.git(&["branch", "-qf", "main"]);
    let family = project.read("prompts/greeter/family.yaml");
    let family = family.replace("production", "deprecated");
    let family = family
        .replace("canary", "production")
        .replace(", traffic: 0.05", "");
    project.file("prompts/greeter/family.yaml", &family);
    let line = |number: &str, from: &str, to: &str| {
        format!(
            "{{\"time\":\"2026-12-01T00:00:00Z\",\"version\":\"{number}\",\"from\":\"{from}\",\"to\":\"{to}\"}}\n"
        )
    };
    let history = project.read("prompts/greeter/history.jsonl")
        + &line("1.0.0", "production", "deprecated")
        + &line("1.1.0", "canary", "production");
    project.file("prompts/greeter/history.jsonl", &history);
    let run = ["run", "--changed-since", "main", "--json", "report.json"];
    let blocked = project.run(&run).exits(1);
    let _ = blocked.says(&["warning[moved-by-hand]", "it was 1.0.0"]);
    let links = baselines(&project);
    assert!(links.iter().any(|link| link.contains("1.0.0")), "{links:?}");
}

#[test]
fn a_cache_that_git_tracks_is_refused() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "");
    let _ = project.run(&["run"]).exits(0);
    let before = fake.count();
    project.git(&["add", "-f", ".prompteval/cache"]);
    for args in [&["run"][..], &["run", "--responses", "replay"], &["check"]] {
        let refused = project.run(args).exits(2);
        let _ = refused.says(&["error[tracked-cache]", "git rm -r --cached .prompteval"]);
    }
    assert_eq!(fake.count(), before);
    project.git(&["rm", "-rq", "--cached", ".prompteval"]);
    let _ = project.run(&["run"]).exits(0);
    // A tracked link in its place is the same.
    std::fs::rename(project.path(".prompteval"), project.path("elsewhere")).unwrap();
    symlink("elsewhere", project.path(".prompteval")).unwrap();
    project.git(&["add", "-f", ".prompteval"]);
    let _ = project.run(&["run"]).exits(2);
}
