//! What production and canary rest on can be checked: evidence by its hash, an override by its line in the history; what was set
//! by hand is refused, or adopted by a command.

use std::fs;

use serde_json::Value;

use crate::fake_provider::FakeProvider;
use crate::project::{Outcome, Project};
use crate::promotion::{EVIDENCE, polite, project, promote};

const FAMILY: &str = "prompts/greeter/family.yaml";
const HISTORY: &str = "prompts/greeter/history.jsonl";

/// 1.1.0 as a canary on evidence, beside 1.0.0 in production.
fn canary(fake: &FakeProvider) -> Project {
    let project = project(fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    project
}

/// The history, oldest line first.
fn lines(project: &Project) -> Vec<Value> {
    let text = project.read(HISTORY);
    let lines = text.lines().map(serde_json::from_str);
    lines.map(Result::unwrap).collect()
}

/// The entry of a version in `family.yaml`, as it is written.
fn entry(project: &Project, number: &str) -> String {
    let text = project.read(FAMILY);
    let found = text.lines().find(|line| line.trim().starts_with(number));
    found.unwrap().to_owned()
}

/// Edits a file by hand.
fn edit(project: &Project, path: &str, from: &str, to: &str) {
    let text = project.read(path);
    assert!(text.contains(from), "{from} in {text}");
    project.file(path, &text.replace(from, to));
}

fn assign(project: &Project) -> Outcome {
    project.run(&["assign", "greeter", "--unit", "u-1"])
}

/// A family in which 1.0.0 was made production in an editor.
fn by_hand(more: &str) -> Project {
    let project = Project::greeting(1);
    project.version("greeter", "1.1.0", "openai/gpt-6-luna", "Greet {{ name }}!");
    let hash = |number: &str| project.hash(&format!("prompts/greeter/{number}.yaml"));
    let text = format!(
        "versions:\n  1.0.0: {{status: production, sha256: {}}}\n{}",
        hash("1.0.0"),
        more.replace("HASH1", &hash("1.1.0"))
    );
    project.file(FAMILY, &text);
    project
}

const CANARY: &str = "  1.1.0: {status: canary, sha256: HASH1, traffic: 0.05}\n";

#[test]
fn the_hash_of_the_evidence_stands_in_the_history_and_in_the_entry() {
    let fake = polite();
    let project = canary(&fake);
    let hash = project.hash(EVIDENCE);
    let last = lines(&project).pop().unwrap();
    assert_eq!(last["evidence"], EVIDENCE);
    assert_eq!(last["evidence_sha256"], hash);
    let named = format!("evidence: {hash}");
    assert!(entry(&project, "1.1.0").contains(&named));
    for told in [&["log", "greeter"][..], &["show", "greeter@1.1.0"]] {
        let short = format!("{EVIDENCE} ({})", &hash[..12]);
        let _ = project.run(told).exits(0).says(&[&short]);
    }
    let _ = project.run(&["check"]).exits(0);
    let listed = project.run(&["list", "--format", "json"]).exits(0);
    assert!(listed.stdout.contains(&hash), "{}", listed.stdout);

    // It stays as long as the version lives on it, and goes when it has to be earned again.
    let _ = promote(&project, "production", &[]).exits(0);
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.0.0"])
        .exits(0);
    assert!(entry(&project, "1.1.0").contains("deprecated"));
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.1.0"])
        .exits(0);
    let hash = project.hash(EVIDENCE);
    assert!(entry(&project, "1.1.0").contains(&format!("evidence: {hash}")));
    assert!(!entry(&project, "1.1.0").contains("override"));
    let _ = project.run(&["check"]).exits(0);
    let other = canary(&fake);
    let _ = other.run(&["rollback", "greeter"]).exits(0);
    assert!(!entry(&other, "1.1.0").contains("evidence"));
    let _ = promote(&other, "canary", &["--override", "INC-12"]).exits(0);
    assert!(!entry(&other, "1.1.0").contains("evidence"));
    let _ = promote(&other, "deprecated", &["--evidence", "last"]).exits(2);
}

#[test]
fn evidence_that_changed_or_is_gone_is_refused_by_every_command() {
    let fake = polite();
    let project = canary(&fake);
    let text = project.read(EVIDENCE);
    // A checkout on Windows is the same file.
    project.file(EVIDENCE, &text.replace('\n', "\r\n"));
    let _ = project.run(&["check"]).exits(0);
    let before = fake.count();
    for edited in [Some(text.replace("\"+", "\"-")), None] {
        match edited {
            Some(text) => project.file(EVIDENCE, &text),
            None => fs::remove_file(project.path(EVIDENCE)).unwrap(),
        }
        for command in [
            &["check"][..],
            &["run"],
            &["list"],
            &["show", "greeter"],
            &["assign", "greeter", "--unit", "u-1"],
            &["promote", "greeter@1.1.0", "--to", "production"],
        ] {
            let refused = project.run(command).exits(2);
            let _ = refused.says(&[
                "error[changed-evidence]: greeter@1.1.0 is in canary",
                EVIDENCE,
                "restore",
                "--to canary --override",
            ]);
        }
    }
    assert_eq!(fake.count(), before);
    // A way back is always open, and so is a reason that stays visible.
    let _ = project.run(&["rollback", "greeter"]).exits(0);
    let _ = assign(&project).exits(0);
    project.file(EVIDENCE, &text);
    let _ = promote(&project, "canary", &["--evidence", "last"]).exits(0);
    fs::remove_file(project.path(EVIDENCE)).unwrap();
    let _ = promote(&project, "canary", &["--override", "lost"]).exits(0);
    assert!(entry(&project, "1.1.0").ends_with("override: lost}"));
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn what_nobody_gets_does_not_block() {
    let fake = polite();
    let project = canary(&fake);
    let _ = promote(&project, "production", &[]).exits(0);
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.0.0"])
        .exits(0);
    fs::remove_file(project.path(EVIDENCE)).unwrap();
    let _ = assign(&project).exits(0);
    let told = project.run(&["list"]).exits(0);
    let _ = told.says(&[
        "warning[changed-evidence]: greeter@1.1.0 is in deprecated",
        EVIDENCE,
    ]);
    // A rollback to it goes ahead, for the reason of the rollback.
    let back = ["rollback", "greeter", "--to", "1.1.0", "--reason", "INC-12"];
    let _ = project.run(&back).exits(0);
    assert!(entry(&project, "1.1.0").ends_with("override: INC-12}"));
    let _ = assign(&project).exits(0).says(&["greeter@1.1.0"]);
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.0.0"])
        .exits(0);
    let _ = promote(&project, "archived", &[]).exits(0);
    let silent = project.run(&["list"]).exits(0);
    assert!(!silent.stderr.contains("evidence"), "{}", silent.stderr);
}

#[test]
fn the_hash_of_the_entry_is_the_one_of_the_newest_line_with_evidence() {
    let fake = polite();
    let project = canary(&fake);
    let hash = project.hash(EVIDENCE);
    // Evidence and entry are edited together, the history is not.
    project.file(EVIDENCE, &project.read(EVIDENCE).replace("\"+", "\"-"));
    edit(&project, FAMILY, &hash, &project.hash(EVIDENCE));
    let refused = project.run(&["check"]).exits(2);
    let _ = refused.says(&["error[changed-evidence]", &hash, "history.jsonl says"]);
    // A line of before hashes stood there does not say; then the entry's has to be the file's.
    edit(
        &project,
        HISTORY,
        &format!(",\"evidence_sha256\":\"{hash}\""),
        "",
    );
    let _ = project.run(&["check"]).exits(0);
    let named = format!(", evidence: {}", project.hash(EVIDENCE));
    edit(&project, FAMILY, &named, "");
    let refused = project.run(&["check"]).exits(2);
    let mend = format!(
        "write `evidence: {}` into its entry",
        project.hash(EVIDENCE)
    );
    let _ = refused.says(&[
        "error[unproven]",
        "neither `evidence` nor `override`",
        &mend,
    ]);
}

#[test]
fn a_pointer_that_was_moved_by_hand_serves_nobody() {
    let fake = polite();
    let moved = |from: &str, to: &str| {
        let project = canary(&fake);
        let _ = promote(&project, "production", &["--override", "INC-1"]).exits(0);
        edit(&project, FAMILY, from, to);
        project
    };
    let fresh = moved(
        "1.1.0: {status: production",
        "1.1.0: {status: canary, traffic: 0.5",
    );
    let gone = moved(", override: INC-1", "");
    for (project, status, why) in [
        (fresh, "canary", "no line of history.jsonl brought it there"),
        (gone, "production", "neither `evidence` nor `override`"),
    ] {
        for command in [
            &["check"][..],
            &["run"],
            &["assign", "greeter", "--unit", "u-1"],
        ] {
            let refused = project.run(command).exits(2);
            let _ = refused.says(&[
                &format!("error[unproven]: greeter@1.1.0 is in {status}"),
                why,
            ]);
        }
        let adopt = ["--override", "as it was meant"];
        let _ = promote(&project, status, &[]).exits(2);
        let _ = promote(&project, status, &adopt).exits(0);
        let _ = project.run(&["check"]).exits(0);
        let _ = promote(&project, status, &adopt).exits(2);
    }
}

#[test]
fn an_override_that_no_line_knows_of_is_set_by_hand() {
    let fake = polite();
    let project = canary(&fake);
    let hash = project.hash(EVIDENCE);
    edit(
        &project,
        FAMILY,
        &format!("evidence: {hash}"),
        "override: trust me",
    );
    let refused = project.run(&["check"]).exits(2);
    let _ = refused.says(&[
        "error[unproven]",
        "`override` that no line of history.jsonl",
    ]);
}

#[test]
fn a_family_that_was_always_kept_by_hand_is_told_once_and_served() {
    let project = by_hand(CANARY);
    for command in [&["check"][..], &["run", "--responses", "replay"]] {
        let told = project.run(command);
        assert_ne!(told.code, 2, "{told:?}");
        assert_eq!(told.stderr.matches("unproven").count(), 1, "{told:?}");
        let _ = told.says(&[
            "warning[unproven]: `greeter` has 1.0.0 in production and 1.1.0 in canary, set by hand",
            "`prompteval promote greeter@1.0.0 --to production --override \"REASON\"`",
        ]);
    }
    let _ = assign(&project).exits(0);
    // Moves of other versions to other statuses leave what was kept by hand as it is.
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", "Hail {{ name }}!");
    let next = ["promote", "greeter@1.2.0", "--to", "testing"];
    let _ = project.run(&next).exits(0);
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["warning[unproven]"]);
    let _ = assign(&project).exits(0);

    let adopt = ["promote", "greeter@1.0.0", "--to", "production"];
    let _ = project.run(&adopt).exits(2).says(&["--override"]);
    let adopted = project
        .run(
            &[
                &adopt[..],
                &["--override", "before prompteval", "--by", "me"],
            ]
            .concat(),
        )
        .exits(0);
    let _ = adopted.says(&[
        "greeter@1.0.0: canary -> production",
        "greeter@1.1.0: testing -> canary (5 %)",
    ]);
    let text = project.read(FAMILY);
    assert_eq!(text.matches("override: \"before prompteval\"").count(), 2);
    let checked = project.run(&["check"]).exits(0);
    assert!(!checked.stderr.contains("unproven"), "{}", checked.stderr);
    let log = project.run(&["log", "greeter"]).exits(0);
    let _ = log.says(&["override: before prompteval"]);
    let _ = project.run(&["rollback", "greeter"]).exits(0);
    assert!(entry(&project, "1.1.0").contains("status: testing"));
    let none = project.run(&["rollback", "greeter"]).exits(2);
    let _ = none.says(&["nothing to go back to"]);
}

#[test]
fn a_rollback_leaves_no_family_worse_than_it_was() {
    let project = by_hand(CANARY);
    let _ = project.run(&["rollback", "greeter"]).exits(0);
    let _ = assign(&project).exits(0);
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["warning[unproven]"]);
    let project = by_hand("  1.1.0: {status: deprecated, sha256: HASH1}\n");
    let _ = project.run(&["rollback", "greeter"]).exits(0);
    let _ = assign(&project).exits(0).says(&["greeter@1.1.0"]);

    // What was replaced on evidence had none itself.
    let fake = polite();
    let project = canary(&fake);
    let _ = promote(&project, "production", &[]).exits(0);
    edit(&project, FAMILY, ", override: test", "");
    let back = ["rollback", "greeter", "--reason", "INC-7"];
    let _ = project.run(&back).exits(0);
    let _ = assign(&project).exits(0).says(&["greeter@1.0.0"]);
    assert!(entry(&project, "1.0.0").contains("override: INC-7"));
    let _ = project.run(&["check"]).exits(0);
}

#[test]
fn a_writer_that_is_killed_after_it_wrote_evidence_changes_nothing() {
    let fake = polite();
    let project = canary(&fake);
    let (evidence, family) = (project.read(EVIDENCE), project.read(FAMILY));
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    assert_ne!(project.read(EVIDENCE), evidence);
    let folder = project.path("evals/evidence/greeter");
    let names = || fs::read_dir(&folder).unwrap().count();
    assert_eq!(names(), 1, "what was kept is taken away");
    // As it is right before family.yaml is renamed.
    project.file(FAMILY, &family);
    project.file("evals/evidence/greeter/.1.1.0.json.before", &evidence);
    let _ = project.run(&["check"]).exits(0);
    let _ = assign(&project).exits(0);
    project.version("greeter", "1.2.0", "openai/gpt-6-luna", "Hail {{ name }}!");
    let next = ["promote", "greeter@1.2.0", "--to", "testing"];
    let _ = project.run(&next).exits(0);
    assert_eq!(project.read(EVIDENCE), evidence);
    assert_eq!(names(), 1);
    let _ = project.run(&["check"]).exits(0);
}
