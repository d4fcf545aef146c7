//! Signed runs: a key that only the machine of the runs has, and a project that trusts nobody else.

use serde_json::Value;

use crate::fake_provider::{FakeProvider, Reply, Script};
use crate::project::Project;
use crate::promotion::{self, EVIDENCE, polite, promote};

const VARIABLE: &str = "PROMPTEVAL_SIGNING_KEY";

/// Public and secret key.
fn keys(project: &Project) -> (String, String) {
    let made = project.run(&["key", "new", "--format", "json"]).exits(0);
    let pair: Value = serde_json::from_str(&made.stdout).unwrap();
    let text = |key: &str| pair[key].as_str().unwrap().to_owned();
    (text("public"), text("secret"))
}

/// Runs with a key in the environment, or without one.
fn run_with(project: &Project, key: Option<&str>, args: &[&str]) -> crate::project::Outcome {
    let mut command = project.command(args);
    if let Some(key) = key {
        let _ = command.env(VARIABLE, key);
    }
    crate::project::Outcome::of(&command.output().unwrap())
}

/// A project that trusts this key.
fn trusting(project: &Project, keys: &[&str]) {
    let text = project.read("prompteval.yaml");
    let own = text.split("trusted_keys:").next().unwrap();
    project.file(
        "prompteval.yaml",
        &format!("{own}trusted_keys: [{}]\n", keys.join(", ")),
    );
}

fn greeter(fake: &FakeProvider) -> Project {
    promotion::project(fake, "Greet {{ name }} kindly.")
}

#[test]
fn a_pair_of_keys_is_printed_and_written_nowhere() {
    let project = Project::greeting(1);
    let (public, secret) = keys(&project);
    assert!(public.starts_with("ed25519:") && secret.starts_with("ed25519-secret:"));
    let told = project.run(&["key", "new"]).exits(0);
    let _ = told.says(&[
        "public  ed25519:",
        "secret  ed25519-secret:",
        "trusted_keys",
        VARIABLE,
    ]);
    assert_ne!(keys(&project).1, secret);
    assert!(!project.path(".prompteval").exists());
}

#[test]
fn a_signature_needs_a_key_before_anything_is_called() {
    let fake = polite();
    let project = greeter(&fake);
    let (public, _) = keys(&project);
    let _ = run_with(&project, None, &["run", "--sign"])
        .exits(2)
        .says(&[VARIABLE, "prompteval key new"]);
    for wrong in ["", "hunter2", &public] {
        let refused = run_with(&project, Some(wrong), &["run", "--sign"]).exits(2);
        let refused = refused.says(&[VARIABLE]);
        assert!(!refused.stderr.contains("hunter2"));
    }
    assert_eq!(fake.count(), 0);
    let (_, secret) = keys(&project);
    trusting(&project, &[&secret]);
    let leaked = project.run(&["check"]).exits(2);
    let leaked = leaked.says(&["prompteval.yaml:", "this is a secret key"]);
    assert!(!leaked.stderr.contains(&secret), "{}", leaked.stderr);
}

#[test]
fn only_a_trusted_signature_carries_a_version_into_production() {
    let fake = polite();
    let project = greeter(&fake);
    let ((trusted, secret), (_, other)) = (keys(&project), keys(&project));
    trusting(&project, &[&trusted]);
    let _ = project.evaluate(&[]).exits(0);
    let unsigned = promote(&project, "canary", &[]).exits(2);
    let _ = unsigned.says(&["it is not signed", "--sign"]);
    let _ = run_with(&project, Some(&other), &["run", "--sign"]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(2).says(&[
        "`trusted_keys` does not name that key",
        "signed by ed25519:",
    ]);
    assert!(!project.path(EVIDENCE).exists());

    // Whoever promotes needs no key.
    let _ = run_with(&project, Some(&secret), &["run", "--sign"]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    assert_eq!(project.json(EVIDENCE)["signature"]["key"], *trusted);
    let _ = project.run(&["check"]).exits(0);
    let verified = project.run(&["verify"]).exits(0);
    let _ = verified.says(&[&format!("signed by {trusted}")]);

    // Someone who may write every file of the project, and has no key.
    let text = project.read(EVIDENCE);
    for (from, to) in [("\"+++\"", "\"++-\""), (&*trusted, &*keys(&project).0)] {
        project.other_evidence("greeter", "1.1.0", &text.replace(from, to));
        for command in ["check", "verify"] {
            let code = if command == "check" { 2 } else { 1 };
            let _ = project.run(&[command]).exits(code).says(&["signed"]);
        }
    }
    project.other_evidence("greeter", "1.1.0", &text);
    std::fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let _ = promote(&project, "production", &[]).exits(0);

    // What was replaced had to meet the demands of its time.
    let _ = project.run(&["verify"]).exits(0).says(&["signed by"]);

    // A key that is taken back takes back what it signed.
    trusting(&project, &[&keys(&project).0]);
    let _ = project
        .run(&["check"])
        .exits(2)
        .says(&["`trusted_keys` does not name"]);
    trusting(&project, &[&trusted, &keys(&project).0]);
    let _ = project.run(&["check"]).exits(0);

    // Nobody gets it, and an edited one is edited all the same.
    let signed = project.read(EVIDENCE);
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.0.0"])
        .exits(0);
    project.other_evidence(
        "greeter",
        "1.1.0",
        &signed.replacen("\"+++\"", "\"++-\"", 1),
    );
    let _ = project.run(&["verify"]).exits(1).says(&["signed"]);
    project.other_evidence("greeter", "1.1.0", &signed);
    let _ = project
        .run(&["rollback", "greeter", "--to", "1.1.0"])
        .exits(0);

    // A way back is open all the same, and says what it comes to.
    let back = |to: &str| project.run(&["rollback", "greeter", "--to", to]).exits(0);
    let _ = back("1.0.0");
    trusting(&project, &[&keys(&project).0]);
    let _ = back("1.1.0").says(&["warning: the evidence of greeter@1.1.0", "does not name"]);
}

#[test]
fn a_journal_whose_signature_is_anothers_is_refused() {
    let fake = polite();
    let project = greeter(&fake);
    let (_, secret) = keys(&project);
    let _ = run_with(&project, Some(&secret), &["run", "--sign"]).exits(0);
    let journal = project.newest_journal();
    let text = project.read(&journal);
    assert!(text.contains("\"signature\""));
    let forged = text.replace("\"key\":\"ed25519:", "\"key\":\"ed25519:A");
    project.file(&journal, &forged);
    let _ = project
        .run(&["report", "last"])
        .exits(2)
        .says(&["the signature is not one by ed25519:A"]);
}

#[test]
fn whoever_signs_the_whole_vouches_for_its_parts() {
    let fake = polite();
    let project = greeter(&fake);
    let ((public, secret), (of_shards, shard_key)) = (keys(&project), keys(&project));
    let shards = |key: Option<&str>| {
        let ids = ["1/2", "2/2"].map(|shard| {
            let sign: &[&str] = if key.is_some() { &["--sign"] } else { &[] };
            let _ = run_with(
                &project,
                key,
                &[&["run", "--shard", shard][..], sign].concat(),
            );
            let journal = project.newest_journal();
            journal.split('/').nth(2).unwrap().to_owned()
        });
        assert_ne!(ids[0], ids[1]);
        ids
    };
    let merge = |ids: &[String; 2]| {
        run_with(
            &project,
            Some(&secret),
            &["merge", &ids[0], &ids[1], "--sign"],
        )
    };
    trusting(&project, &[&public]);
    let unsigned = shards(None);
    let _ = merge(&unsigned)
        .exits(2)
        .says(&["is not signed by a trusted key"]);
    let others = shards(Some(&shard_key));
    let _ = merge(&others)
        .exits(2)
        .says(&["is not signed by a trusted key"]);
    trusting(&project, &[&public, &of_shards]);
    let _ = merge(&others).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    assert_eq!(project.json(EVIDENCE)["signature"]["key"], *public);
}

#[test]
fn a_run_that_goes_on_is_signed_by_whoever_signed_its_beginning() {
    let fake = FakeProvider::start(Script::answering(|_| {
        Reply::text("hello").after(std::time::Duration::from_millis(20))
    }));
    let project = greeter(&fake);
    let (_, secret) = keys(&project);
    let cut = ["run", "--timeout", "0.3", "--concurrency", "2"];
    let _ = project.run(&cut).exits(3);
    let refused = run_with(&project, Some(&secret), &["run", "--resume", "--sign"]).exits(2);
    let _ = refused.says(&["was not signed by this key", "start again"]);
    let _ = project.run(&["run", "--resume"]).exits(0);

    let fake = FakeProvider::start(Script::answering(|_| {
        Reply::text("hello").after(std::time::Duration::from_millis(20))
    }));
    let project = greeter(&fake);
    let _ = run_with(&project, Some(&secret), &[&cut[..], &["--sign"]].concat()).exits(3);
    let _ = run_with(&project, Some(&secret), &["run", "--resume", "--sign"]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    assert!(project.json(EVIDENCE)["signature"]["value"].is_string());
}
