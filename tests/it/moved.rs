//! A stored baseline is that of the models that answered it: where others answer under the same name now, it is asked again.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::fake_provider::{FakeProvider, Kind, Reply, Script, Seen};
use crate::project::Project;
use crate::promotion::{CASES, project, promote};

/// A provider that greets, and names the model that answers.
fn answered_by(model: impl Fn(&Seen) -> &'static str + Send + Sync + 'static) -> FakeProvider {
    FakeProvider::start(Script::answering(move |seen| {
        Reply::text("Hello.").by(model(seen))
    }))
}

/// 1.1.0 in production on evidence of `fake`, 1.2.0 a draft, and nothing in the cache.
fn promoted(fake: &FakeProvider) -> Project {
    let project = project(fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(0);
    let _ = promote(&project, "canary", &[]).exits(0);
    let _ = promote(&project, "production", &[]).exits(0);
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-luna",
        "Greet {{ name }} warmly.",
    );
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    project
}

#[test]
fn one_answer_of_the_old_model_does_not_speak_for_the_others() {
    let old = answered_by(|_| "luna-1");
    let mut project = promoted(&old);
    let mixed = answered_by(|seen| {
        if seen.number <= 40 {
            "luna-1"
        } else {
            "luna-2"
        }
    });
    project.set("OPENAI_BASE_URL", &mixed.url(Kind::OpenAi));
    let run = project.evaluate(&["--concurrency", "1"]);
    assert_eq!(mixed.count(), 2 * CASES, "the baseline is asked again");
    assert_eq!(run.mentions("80 stored"), 0);
    let _ = run.says(&["1.1.0 was asked again"]);
}

#[test]
fn all_models_that_answered_then_have_to_answer_now() {
    let both = answered_by(|seen| {
        if seen.number.is_multiple_of(2) {
            "luna-1"
        } else {
            "luna-2"
        }
    });
    let mut project = promoted(&both);
    let before = both.count();
    let same = project.evaluate(&[]).exits(0).says(&["80 stored"]);
    assert_eq!(both.count() - before, CASES);
    assert_eq!(same.candidate(0)["gates"][0]["verdict"], "pass");
    fs::remove_dir_all(project.path(".prompteval")).unwrap();
    let one = answered_by(|_| "luna-1");
    project.set("OPENAI_BASE_URL", &one.url(Kind::OpenAi));
    let run = project.evaluate(&[]);
    assert_eq!(one.count(), 2 * CASES);
    assert_eq!(run.mentions("80 stored"), 0);
}

#[test]
fn a_cached_answer_says_nothing_of_who_answers_now() {
    let has_moved = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&has_moved);
    let name = move |moved: bool| if moved { "luna-2" } else { "luna-1" };
    let fake = answered_by(move |_| name(told.load(Ordering::SeqCst)));
    let project = promoted(&fake);
    let case = project.read("datasets/greet.jsonl");
    let case: serde_json::Value = serde_json::from_str(case.lines().next().unwrap()).unwrap();
    let _ = project.run(&["run", "--case", case["id"].as_str().unwrap()]);
    has_moved.store(true, Ordering::SeqCst);
    let before = fake.count();
    let run = project.evaluate(&[]);
    let saved = run.candidate(0)["counts"]["passed"].as_u64();
    assert_eq!(saved, Some(CASES as u64));
    assert_eq!(
        fake.count() - before,
        2 * CASES - 1,
        "the baseline is asked again"
    );
    assert_eq!(run.mentions("80 stored"), 0);
}

#[test]
fn where_nothing_is_called_for_answers_of_the_same_models_are_compared() {
    let fake = answered_by(|_| "luna-1");
    let project = promoted(&fake);
    let _ = project.evaluate(&[]).exits(0).says(&["80 stored"]);
    let before = fake.count();
    let again = project.evaluate(&[]).exits(0).says(&["80 stored"]);
    assert_eq!(fake.count(), before);
    assert_eq!(again.candidate(0)["gates"][0]["verdict"], "pass");
}

#[test]
fn without_a_candidate_of_the_same_model_the_baseline_is_asked_again() {
    let old = answered_by(|_| "luna-1");
    let project = promoted(&old);
    project.version(
        "greeter",
        "1.2.0",
        "openai/gpt-6-sol",
        "Greet {{ name }} warmly.",
    );
    let before = old.count();
    let run = project.evaluate(&[]).exits(0);
    assert_eq!(old.count() - before, 2 * CASES);
    let _ = run.says(&["is asked again: no candidate asks openai/gpt-6-luna"]);
}
