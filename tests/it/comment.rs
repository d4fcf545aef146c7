//! `comment`: one comment a key however often a run is made, one issue as long as it does not pass, and every refusal told.

use crate::fake_github::{FakeGitHub, TOKEN, Viewer};
use crate::fake_provider::FakeProvider;
use crate::project::Project;

/// A project with a run that did not pass, or one that did, beside a GitHub.
fn project(passes: bool) -> (Project, FakeGitHub) {
    let answer = if passes { "hello" } else { "Go away." };
    let fake = FakeProvider::saying(answer);
    let mut project = Project::greeting(3).at(&fake);
    let code = i32::from(!passes);
    let _ = project.run(&["run"]).exits(code);
    let github = FakeGitHub::start();
    project.set("GITHUB_TOKEN", TOKEN);
    project.set("GITHUB_API_URL", &github.url);
    project.set("GITHUB_REPOSITORY", "us/shop");
    (project, github)
}

#[test]
fn one_comment_is_made_and_then_changed() {
    let (mut project, github) = project(false);
    // Page upon page of other comments, one of which carries our marker without being ours.
    for n in 0..150 {
        github.add_comment(&format!("comment {n} <!-- prompteval:report -->"), false);
    }
    github.add_comment("<!-- prompteval:report -->\nforged", false);
    let made = project.run(&["comment", "--pr", "7"]).exits(0);
    let _ = made.says(&["made https://github.example/c/152"]);
    let text = github.comments().pop().unwrap();
    assert!(
        text.starts_with("<!-- prompteval:report -->\n## ❌ prompteval: BLOCKED"),
        "{text}"
    );
    let updated = project.run(&["comment", "--pr", "7"]).exits(0);
    let _ = updated.says(&["updated https://github.example/c/152"]);
    assert_eq!(github.comments().len(), 152);
    assert_eq!(github.comments()[150], "<!-- prompteval:report -->\nforged");

    // Another key has a comment of its own, and the event says which pull request it is.
    project.file("event.json", "{\"pull_request\": {\"number\": 7}}");
    let path = project.path("event.json").to_string_lossy().into_owned();
    project.set("GITHUB_EVENT_PATH", &path);
    for (name, value) in [("SERVER_URL", "https://github.example"), ("RUN_ID", "12")] {
        project.set(&format!("GITHUB_{name}"), value);
    }
    let _ = project.run(&["comment", "--key", "nightly"]).exits(0);
    let text = github.comments().pop().unwrap();
    assert!(text.starts_with("<!-- prompteval:nightly -->"), "{text}");
    assert!(
        text.contains("(https://github.example/us/shop/actions/runs/12)"),
        "{text}"
    );
    assert_eq!(github.comments().len(), 153);
}

#[test]
fn an_issue_is_open_as_long_as_the_run_does_not_pass() {
    let (project, github) = project(false);
    let args = ["comment", "--issue", "Drift", "--key", "drift"];
    let _ = project.run(&args).exits(0).says(&["made"]);
    let _ = project.run(&args).exits(0).says(&["updated"]);
    let issues = github.issues();
    assert_eq!(issues.len(), 1);
    assert_eq!(
        (&issues[0]["title"], &issues[0]["state"]),
        (&"Drift".into(), &"open".into())
    );
    let (passing, _) = self::project(true);
    let mut passing = passing;
    passing.set("GITHUB_API_URL", &github.url);
    let _ = passing.run(&args).exits(0).says(&["closed"]);
    assert_eq!(github.issues()[0]["state"], "closed");
    let _ = passing.run(&args).exits(0).says(&["nothing to do"]);
    assert_eq!(github.issues().len(), 1);
}

#[test]
fn what_another_one_wrote_is_never_changed_be_it_marked_like_ours() {
    for viewer in [Viewer::App, Viewer::User] {
        let (project, github) = project(false);
        github.says(viewer);
        github.add_comment("<!-- prompteval:report -->\nforged", false);
        github.add_issue("<!-- prompteval:drift -->\nforged", false);
        let comment = ["comment", "--pr", "7"];
        let issue = ["comment", "--issue", "Drift", "--key", "drift"];
        for word in ["made", "updated"] {
            let _ = project.run(&comment).exits(0).says(&[word]);
            let _ = project.run(&issue).exits(0).says(&[word]);
            assert_eq!(github.comments().len(), 2);
            assert_eq!(github.comments()[0], "<!-- prompteval:report -->\nforged");
            assert_eq!(github.issues().len(), 2);
            assert_eq!(github.issues()[0]["title"], "theirs");
        }
        let (mut passing, _) = self::project(true);
        passing.set("GITHUB_API_URL", &github.url);
        let _ = passing.run(&issue).exits(0).says(&["closed"]);
        let states: Vec<_> = github
            .issues()
            .iter()
            .map(|one| one["state"].clone())
            .collect();
        assert_eq!(states, ["open", "closed"]);
    }
    let (project, github) = project(false);
    github.says(Viewer::Unknown);
    github.add_comment("<!-- prompteval:report -->\nforged", false);
    let unknown = project.run(&["comment", "--pr", "7"]).exits(3);
    let _ = unknown.says(&["does not say whose the token is", "--key"]);
    assert_eq!(github.comments(), ["<!-- prompteval:report -->\nforged"]);
}

#[test]
fn the_words_of_a_forge_act_on_no_terminal_and_are_no_command() {
    let (project, github) = project(false);
    let message = "no\u{1b}]0;title\u{7}\u{202e}\n::error::x ##[error]y";
    github.fail(
        422,
        "",
        &serde_json::json!({"message": message}).to_string(),
    );
    let refused = project.run(&["comment", "--pr", "7"]).exits(3);
    for acting in ["\u{1b}]0", "\u{7}", "\u{202e}", "\n::error", "##["] {
        assert!(!refused.stderr.contains(acting), "{:?}", refused.stderr);
    }
    for address in [
        format!("https://h/{TOKEN}"),
        "javascript:alert(1)".to_owned(),
        "https://h/\u{1b}[2J\n::error::x".to_owned(),
        "https://h/](https://other)".to_owned(),
    ] {
        let (project, github) = self::project(false);
        github.fail(
            201,
            "",
            &serde_json::json!({"id": 1, "html_url": address}).to_string(),
        );
        // The list of comments is asked for first.
        github.fail(200, "", "[]");
        let made = project.run(&["comment", "--pr", "7"]).exits(0);
        let shown = made.stdout.trim_end();
        assert!(
            shown == "made" || shown == "made https://h/***",
            "{shown:?}"
        );
    }
}

#[test]
fn a_fault_that_passes_is_tried_again_and_makes_no_second_comment() {
    let (project, github) = project(false);
    // The last one comes first: a bad gateway, a limit, and an answer that is cut off.
    github.fail(299, "", "[{\"id\":");
    github.fail(429, "retry-after: 1\r\n", "{}");
    github.fail(502, "", "<html>");
    let _ = project
        .run(&["comment", "--pr", "7"])
        .exits(0)
        .says(&["made"]);
    assert_eq!(github.comments().len(), 1);
    assert_eq!(github.seen().len(), 5, "{:?}", github.seen());
}

#[test]
fn every_refusal_says_what_to_do_and_none_holds_the_token() {
    let echo = format!("{{\"message\": \"no, {TOKEN}\"}}");
    for (status, headers, says) in [
        (401, "", "GITHUB_TOKEN"),
        (403, "", "permissions: {pull-requests: write}"),
        (403, "x-ratelimit-remaining: 0\r\n", "rate limit"),
        (403, "retry-after: 3600\r\n", "asks to wait 3600 s"),
        (404, "", "from a fork"),
        (422, "", "refuses it (422)"),
    ] {
        let (project, github) = project(false);
        github.fail(status, headers, &echo);
        let refused = project.run(&["comment", "--pr", "7"]).exits(3);
        let refused = refused.says(&[says, "help:"]);
        assert!(!refused.stderr.contains(TOKEN), "{}", refused.stderr);
        assert!(github.comments().is_empty());
    }
    let (project, github) = project(false);
    for _ in 0..4 {
        github.fail(503, "", &echo);
    }
    let _ = project
        .run(&["comment", "--pr", "7"])
        .exits(3)
        .says(&["503", "try again later"]);
    assert_eq!(github.seen().len(), 4);
}

#[test]
fn what_is_missing_on_the_command_line_is_told_before_anything_is_sent() {
    let (mut project, github) = project(false);
    let _ = project
        .run(&["comment"])
        .exits(2)
        .says(&["no pull request is named"]);
    let _ = project
        .run(&["comment", "--pr", "7", "--key", "a-->b"])
        .exits(2);
    let _ = project
        .run(&["comment", "--pr", "7", "--repo", "../x"])
        .exits(2);
    let _ = project.run(&["comment", "nowhere", "--pr", "7"]).exits(2);
    project.set("GITHUB_TOKEN", "");
    let _ = project
        .run(&["comment", "--pr", "7"])
        .exits(2)
        .says(&["GITHUB_TOKEN is not set"]);
    assert!(github.seen().is_empty());
}
