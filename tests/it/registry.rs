//! The registry's invariants hold on every load: what breaks one is refused, and nothing is called.

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::process::Command;
use std::time::{Duration, Instant};

use crate::fake_provider::FakeProvider;
use crate::project::{Outcome, Project};

/// A family with 1.0.0 and 1.1.0 and this text in family.yaml, where `HASH0` and `HASH1` stand for their hashes.
fn family(text: &str) -> Project {
    let project = Project::greeting(2);
    project.kindly();
    let text = text
        .replace("HASH0", &project.hash("prompts/greeter/1.0.0.yaml"))
        .replace("HASH1", &project.hash("prompts/greeter/1.1.0.yaml"));
    project.file("prompts/greeter/family.yaml", &text);
    project
}

/// Every command that reads the registry refuses the project, and a run calls nothing.
fn refused(project: Project) -> Outcome {
    let fake = FakeProvider::saying("hello");
    let project = project.at(&fake);
    for command in [
        &["check"][..],
        &["list"],
        &["show", "greeter"],
        &["render", "greeter"],
    ] {
        let _ = project.run(command).exits(2);
    }
    let outcome = project.run(&["run"]).exits(2);
    assert_eq!(fake.count(), 0);
    outcome
}

#[test]
fn a_family_that_keeps_the_rules_is_used() {
    let project = family(
        "description: Greets\nowner: us\ntags: [a]\nversions:\n  1.0.0: {status: production, sha256: HASH0}\n  1.1.0: {status: canary, sha256: HASH1, traffic: 0.05}\nsegments:\n  enterprise: 1.0.0\n",
    );
    let _ = project
        .run(&["list"])
        .exits(0)
        .says(&["production", "canary"]);
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn a_released_version_that_was_edited_is_refused_with_the_way_back() {
    for status in ["production", "testing", "deprecated", "archived"] {
        let project = family(&format!(
            "versions:\n  1.0.0: {{status: {status}, sha256: HASH0}}\n"
        ));
        project.version(
            "greeter",
            "1.0.0",
            "openai/gpt-6-luna",
            "Greet {{ name }} loudly.",
        );
        let now = project.hash("prompts/greeter/1.0.0.yaml");
        let outcome = refused(project);
        let _ = outcome.says(&[
            "greeter@1.0.0",
            "edited in place",
            &now,
            "new version",
            "family.yaml:2:",
        ]);
    }
}

#[test]
fn a_draft_may_be_edited() {
    let project = family("versions:\n  1.0.0: {status: draft, sha256: HASH0}\n");
    project.version(
        "greeter",
        "1.0.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} loudly.",
    );
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn line_ends_of_windows_do_not_change_a_hash() {
    let project = family("versions:\n  1.0.0: {status: production, sha256: HASH0}\n");
    let text = project
        .read("prompts/greeter/1.0.0.yaml")
        .replace('\n', "\r\n");
    project.file("prompts/greeter/1.0.0.yaml", &text);
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn a_released_version_without_a_hash_is_refused_with_the_hash_to_write() {
    let project = family("versions:\n  1.0.0: {status: production}\n");
    let hash = project.hash("prompts/greeter/1.0.0.yaml");
    let _ = refused(project).says(&[
        "has no `sha256`",
        &format!("sha256: {hash}"),
        "family.yaml:2:",
    ]);
}

#[test]
fn two_versions_in_production_are_refused() {
    for status in ["production", "canary"] {
        let text = format!(
            "versions:\n  1.0.0: {{status: {status}, sha256: HASH0}}\n  1.1.0: {{status: {status}, sha256: HASH1}}\n"
        );
        let _ =
            refused(family(&text)).says(&["2 versions", status, "1.0.0", "1.1.0", "family.yaml"]);
    }
}

#[test]
fn an_entry_without_a_file_is_refused() {
    let outcome = refused(family(
        "versions:\n  1.2.0: {status: testing, sha256: HASH0}\n",
    ));
    let _ = outcome.says(&["1.2.0 has an entry but no file", "family.yaml:2:"]);
}

#[test]
fn traffic_belongs_to_a_canary_and_lies_between_0_and_1() {
    let text = "versions:\n  1.0.0: {status: production, sha256: HASH0, traffic: 0.5}\n";
    let _ = refused(family(text)).says(&["canary", "family.yaml:2:"]);
    for traffic in ["0", "1", "1.5", "-0.1", ".nan", "half"] {
        let text =
            format!("versions:\n  1.0.0: {{status: canary, sha256: HASH0, traffic: {traffic}}}\n");
        let _ = refused(family(&text)).says(&["traffic", "family.yaml:2:"]);
    }
}

#[test]
fn a_version_says_why_it_exists_unless_it_is_the_first() {
    let project = Project::greeting(2);
    project.file(
        "prompts/greeter/1.0.0.yaml",
        "model: openai/gpt-6-luna\nuser: 'Greet {{ name }}.'\n",
    );
    let _ = project.run(&["check"]).exits(0);
    project.file(
        "prompts/greeter/1.1.0.yaml",
        "model: openai/gpt-6-luna\nuser: 'Greet {{ name }}!'\n",
    );
    let _ = refused(project).says(&["greeter@1.1.0 has no `changelog`", "1.1.0.yaml"]);
}

#[test]
fn a_file_whose_name_is_no_version_is_refused() {
    for name in ["1.0", "v1.1.0", "latest", "01.1.0"] {
        let project = Project::greeting(2);
        project.version("greeter", name, "openai/gpt-6-luna", "Greet {{ name }}.");
        let _ = refused(project).says(&[&format!("`{name}` is no semantic version"), "1.2.0.yaml"]);
    }
}

#[test]
fn unknown_keys_statuses_and_segments_are_refused_with_the_nearest() {
    for (text, hint) in [
        ("ownr: us\n", "did you mean `owner`?"),
        (
            "versions:\n  1.0.0: {staus: draft}\n",
            "did you mean `status`?",
        ),
        (
            "versions:\n  1.0.0: {status: prodution, sha256: HASH0}\n",
            "did you mean `production`?",
        ),
        (
            "versions:\n  one: {status: draft}\n",
            "`one` is no semantic version",
        ),
        ("segments:\n  enterprise: 9.9.9\n", "9.9.9"),
        ("versions: [1.0.0]\n", "mapping"),
    ] {
        let _ = refused(family(text)).says(&[hint, "prompts/greeter/family.yaml:"]);
    }
    let project = Project::greeting(2);
    project.file(
        "prompts/greeter/1.1.0.yaml",
        "changelog: a\nmodle: openai/gpt-6-luna\nuser: 'Hi'\n",
    );
    let _ = refused(project).says(&["did you mean `model`?", "1.1.0.yaml:2:1"]);
}

#[test]
fn an_alias_bomb_is_refused_quickly() {
    let level = |n: usize| {
        let below = vec![format!("*a{}", n - 1); 10].join(", ");
        format!("a{n}: &a{n} [{below}]\n")
    };
    let levels: Vec<String> = (1..12).map(level).collect();
    let bomb = format!(
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}",
        levels.concat()
    );
    for path in [
        "prompts/greeter/family.yaml",
        "prompts/greeter/1.0.0.yaml",
        "evals/greet.yaml",
        "prompteval.yaml",
        "datasets/greet.yaml",
    ] {
        let project = Project::greeting(2);
        project.file(path, &bomb);
        if path.starts_with("datasets") {
            let suite = project
                .read("evals/greet.yaml")
                .replace("greet.jsonl", "greet.yaml");
            project.file("evals/greet.yaml", &suite);
        }
        let began = Instant::now();
        let outcome = project.run(&["run"]).exits(2);
        assert!(began.elapsed() < Duration::from_secs(2), "{path}");
        let _ = outcome.says(&[path]);
    }
}

#[test]
fn templates_reach_no_file_outside_of_prompts() {
    for include in [
        "../../prompteval.yaml",
        "/etc/passwd",
        "../../../etc/passwd",
    ] {
        let project = Project::greeting(2);
        let text = format!(
            "model: openai/gpt-6-luna\nuser: \"{{% include '{include}' %}} {{{{ name }}}}\"\n"
        );
        project.file("prompts/greeter/1.0.0.yaml", &text);
        let outcome = project
            .run(&["check"])
            .exits(2)
            .says(&["1.0.0.yaml", include]);
        assert!(!outcome.stderr.contains("root:"));
    }
}

#[test]
fn a_template_without_an_end_is_refused_quickly() {
    let project = Project::greeting(2);
    let text = "model: openai/gpt-6-luna\nuser: '{% for a in range(10000) %}{% for b in range(10000) %}{{ name }}{% endfor %}{% endfor %}'\n";
    project.file("prompts/greeter/1.0.0.yaml", text);
    let began = Instant::now();
    let _ = project.run(&["run"]).exits(2).says(&["1.0.0.yaml"]);
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_segment_that_gets_a_version_for_no_reason_is_told() {
    let project = Project::greeting(1);
    project.kindly();
    for (status, told) in [("testing", true), ("shadow", true), ("production", false)] {
        let statuses = match status {
            "production" => [("1.0.0", "deprecated"), ("1.1.0", "production")],
            status => [("1.0.0", "production"), ("1.1.0", status)],
        };
        project.entries("greeter", &statuses);
        let path = "prompts/greeter/family.yaml";
        let text = project.read(path);
        project.file(path, &format!("segments: {{vip: 1.1.0}}\n{text}"));
        let outcome = project.run(&["check"]).exits(0);
        let words = format!(
            "the segment `vip` gets greeter@1.1.0, which is in {status}: neither evidence nor an override says why"
        );
        assert_eq!(outcome.stderr.contains(&words), told, "{}", outcome.stderr);
    }
}

#[test]
#[cfg(unix)]
fn a_version_that_is_no_regular_file_is_the_only_mistake_that_is_told() {
    let project = Project::greeting(1);
    let path = project.path("prompts/greeter/1.0.0.yaml");
    fs::remove_file(&path).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    for args in [&["check"][..], &["run", "--candidate", "greeter@1.0.0"]] {
        let outcome = project.run(args).exits(2);
        let text = &outcome.stderr;
        assert!(text.starts_with("error[unreadable]"), "{text}");
        assert!(text.contains("it is no regular file"), "{text}");
        assert!(
            text.ends_with("error: 1 problem found; nothing was called\n"),
            "{text}"
        );
    }
}
