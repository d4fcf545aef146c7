//! The graph of `run --changed-since`: whatever way leads to a file, a change of it is seen.

use std::os::unix::fs::symlink;

use crate::fake_provider::FakeProvider;
use crate::project::Project;

const ROW: &str = "{\"vars\": {\"name\": \"x\"}}\n";

/// A project in the folder `app` of a repository, with a suite over this dataset; the repository's `main` holds all of it.
fn repository(fake: &FakeProvider, dataset: &str) -> Project {
    let project = Project::empty().at(fake);
    project.file("app/prompteval.yaml", "version: 1\n");
    project.file(
        "app/prompts/greeter/1.0.0.yaml",
        "model: openai/gpt-6-luna\nuser: \"Greet {{ name }}.\"\n",
    );
    project.file("app/datasets/d.jsonl", ROW);
    project.file("data/d.jsonl", ROW);
    project.file(".gitignore", ".prompteval/\nhidden.jsonl\n");
    let suite = format!(
        "prompt: greeter\ndataset: {dataset}\nevaluators:\n  - {{type: icontains, value: hello}}\ngates:\n  - {{metric: pass_rate, min: 1.0}}\n"
    );
    project.file("app/evals/s.yaml", &suite);
    symlink("../data", project.path("app/linked")).unwrap();
    symlink(
        "../../data/d.jsonl",
        project.path("app/datasets/link.jsonl"),
    )
    .unwrap();
    project.repository();
    project
}

/// Runs what changed; whether a suite was affected.
fn affected(project: &Project, more: &[&str]) -> bool {
    let args = [
        &["run", "--project", "app", "--changed-since", "main"],
        more,
    ]
    .concat();
    let outcome = project.run(&args).exits(0);
    !outcome.stdout.contains("no suite is affected")
}

#[test]
fn every_spelling_of_a_dataset_and_every_link_to_it_is_followed() {
    let fake = FakeProvider::saying("hello");
    for (dataset, file) in [
        ("./datasets/d.jsonl", "app/datasets/d.jsonl"),
        ("datasets//d.jsonl", "app/datasets/d.jsonl"),
        ("datasets/../datasets/d.jsonl", "app/datasets/d.jsonl"),
        ("../data/d.jsonl", "data/d.jsonl"),
        ("linked/d.jsonl", "data/d.jsonl"),
        ("datasets/link.jsonl", "data/d.jsonl"),
    ] {
        let project = repository(&fake, dataset);
        assert!(!affected(&project, &[]), "{dataset}");
        project.file(file, &ROW.replace('x', "y"));
        assert!(affected(&project, &[]), "{dataset}");
        project.git(&["commit", "-qam", "changed"]);
        assert!(affected(&project, &[]), "{dataset}, committed");
    }
    let project = repository(&fake, "linked/d.jsonl");
    project.file("other/d.jsonl", ROW);
    std::fs::remove_file(project.path("app/linked")).unwrap();
    symlink("../other", project.path("app/linked")).unwrap();
    project.git(&["add", "other"]);
    assert!(affected(&project, &[]), "the link leads elsewhere");
}

#[test]
fn an_absolute_path_is_the_file_it_names() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "datasets/d.jsonl");
    let absolute = project.path("app/datasets/d.jsonl");
    let suite = project.read("app/evals/s.yaml");
    let suite = suite.replace("datasets/d.jsonl", &absolute.display().to_string());
    project.file("app/evals/s.yaml", &suite);
    project.git(&["commit", "-qam", "absolute"]);
    project.git(&["branch", "-qf", "main"]);
    assert!(!affected(&project, &[]));
    project.file("app/datasets/d.jsonl", &ROW.replace('x', "y"));
    assert!(affected(&project, &[]));
}

#[test]
fn what_git_cannot_see_counts_as_changed() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "hidden.jsonl");
    project.file("app/hidden.jsonl", ROW);
    assert!(affected(&project, &[]), "ignored");
    let outside = tempfile::tempdir().unwrap();
    let dataset = outside.path().join("d.jsonl");
    std::fs::write(&dataset, ROW).unwrap();
    let project = repository(&fake, &dataset.display().to_string());
    let settings = project.read("app/prompteval.yaml");
    let allowed = format!("{settings}allow_outside: true\n");
    project.file("app/prompteval.yaml", &allowed);
    project.git(&["commit", "-qam", "allowed"]);
    project.git(&["branch", "-qf", "main"]);
    assert!(affected(&project, &[]), "outside of the repository");
    let project = repository(&fake, "datasets/d.jsonl");
    project.git(&["update-index", "--assume-unchanged", "app/datasets/d.jsonl"]);
    assert!(affected(&project, &[]), "assumed unchanged");
}

#[test]
fn evidence_recordings_history_and_an_evaluators_include_are_read_too() {
    let fake = FakeProvider::saying("hello");
    for path in [
        "app/evals/evidence/greeter/0.9.0.json",
        "app/evals/recordings/s.jsonl",
        "app/prompts/greeter/history.jsonl",
    ] {
        let project = repository(&fake, "datasets/d.jsonl");
        project.file(path, "");
        assert!(affected(&project, &[]), "{path}");
    }
    let project = repository(&fake, "datasets/d.jsonl");
    project.file("app/prompts/word.md", "hello");
    let suite = project.read("app/evals/s.yaml");
    let suite = suite.replace("value: hello", "value: \"{% include 'word.md' %}\"");
    project.file("app/evals/s.yaml", &suite);
    project.commit("include");
    project.git(&["branch", "-qf", "main"]);
    assert!(!affected(&project, &[]));
    project.file("app/prompts/word.md", "hell");
    assert!(affected(&project, &[]));
}

#[test]
fn a_suite_is_the_same_whatever_path_names_it() {
    let fake = FakeProvider::saying("hello");
    let project = repository(&fake, "datasets/d.jsonl");
    let suite = project.read("app/evals/s.yaml");
    project.file("app/evals/s.yaml", &suite.replace("1.0}", "0.9}"));
    for path in [
        "app/evals/../evals/s.yaml",
        "app/./evals//s.yaml",
        "data/../app/evals/s.yaml",
    ] {
        assert!(affected(&project, &[path]), "{path}");
    }
    let twice = [
        "run",
        "--project",
        "app",
        "app/evals/s.yaml",
        "app/evals/../evals/s.yaml",
    ];
    let outcome = project
        .run(&[&twice[..], &["--format", "json"]].concat())
        .exits(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(report["suites"].as_array().unwrap().len(), 1);
}

#[test]
fn only_a_suites_own_recordings_answer_for_it() {
    let fake = FakeProvider::saying("hello");
    let project = Project::greeting(2).at(&fake);
    let _ = project.run(&["run", "--responses", "record"]).exits(0);
    let _ = project.run(&["run", "--responses", "replay"]).exits(0);
    let own = project.path("evals/recordings/greet.jsonl");
    std::fs::rename(own, project.path("evals/recordings/README-old.jsonl")).unwrap();
    std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = project.run(&["run", "--responses", "replay"]).exits(3);
    let warned = project.run(&["check"]);
    let _ = warned.says(&["evals/recordings/README-old.jsonl", "answers for no suite"]);
    // A suite in a folder below runs by its path, and its recordings answer for it.
    project.file(
        "evals/examples/README-old.yaml",
        &project.read("evals/greet.yaml"),
    );
    let known = project.run(&["check"]);
    assert!(
        !known.stderr.contains("unused-recordings"),
        "{}",
        known.stderr
    );
}
