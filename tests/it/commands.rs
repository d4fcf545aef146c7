//! The commands beside `run`: `check`, `render`, `list`, `show`, `diff`, help and version.

use serde_json::{Value, json};

use crate::evaluation::KEY;
use crate::fake_provider::{FakeProvider, Kind};
use crate::project::{Outcome, Project};

fn parsed(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:#?}"))
}

/// A project whose versions are on two providers.
fn two_versions() -> Project {
    let project = Project::greeting(3);
    let first = "created_by: dana@example.com\nmodel: openai/gpt-6-luna\nparams: {max_tokens: 60}\nsystem: You are kind.\nuser: \"Greet {{ name }}.\\nIn one line.\"\n";
    project.file("prompts/greeter/1.0.0.yaml", first);
    let second = "changelog: Another model\nmodel: anthropic/claude-haiku-5-5\nparams: {max_tokens: 60}\nsystem: You are kind.\nuser: \"Greet {{ name }}.\\nIn one line.\"\n";
    project.file("prompts/greeter/1.1.0.yaml", second);
    project.production("greeter", "1.0.0");
    project
}

#[test]
fn check_says_what_a_run_would_take_and_calls_nothing() {
    let fake = FakeProvider::saying("hello");
    let project = two_versions().at(&fake);
    project.suite(
        "greet",
        "  - {metric: pass_rate, baseline: true, margin: 0.1}\n",
    );
    let outcome = project.run(&["check", "--repeats", "2"]).exits(0);
    let _ = outcome.says(&["12 calls", "cost: at most", "$0.0"]);
    let outcome = project.run(&["check", "--format", "json"]).exits(0);
    let forecast = parsed(&outcome);
    assert_eq!(forecast["calls"], json!({"prompts": 6, "judges": 0}));
    assert_eq!(
        forecast["repeats_at_most"]["calls"], 0,
        "a gate that can never pass asks for no repeats"
    );
    project.suite(
        "wide",
        "  - {metric: pass_rate, baseline: true, margin: 0.8}\n",
    );
    let outcome = project.run(&["check", "wide", "--format", "json"]).exits(0);
    let wide = parsed(&outcome);
    assert_eq!(
        wide["repeats_at_most"]["calls"], 24,
        "looks at 3 and 5 repeats"
    );
    assert_eq!(wide["suites"][0]["calls_at_least"], 6);
    assert_eq!(wide["suites"][0]["calls_at_most"], 30);
    std::fs::remove_file(project.path("evals/wide.yaml")).unwrap();
    assert!(forecast["cost_usd_at_most"].as_f64().unwrap() > 0.0);
    assert_eq!(fake.count(), 0);
    let _ = project.run(&["run", "--no-escalate"]).exits(0);
    assert_eq!(fake.count(), 6, "what check said");
    let after = parsed(&project.run(&["check", "--format", "json"]).exits(0));
    assert_eq!(
        (&after["calls"]["prompts"], &after["saved"]),
        (&json!(0), &json!(6))
    );
}

#[test]
fn check_counts_the_calls_of_judges() {
    let project = Project::greeting(3);
    let suite = "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: llm-rubric, name: kind, value: It is kind, model: openai/gpt-6-luna}\ngates:\n  - {metric: pass_rate, min: 0.5}\n";
    project.file("evals/greet.yaml", suite);
    let forecast = parsed(&project.run(&["check", "--format", "json"]).exits(0));
    assert_eq!(forecast["calls"], json!({"prompts": 3, "judges": 3}));
    assert_eq!(forecast["missing_keys"], json!(["OPENAI_API_KEY"]));
    let _ = project.run(&["check"]).exits(0).says(&["OPENAI_API_KEY"]);
}

#[test]
fn check_names_a_model_whose_price_is_unknown() {
    let project = Project::greeting(1);
    project.version(
        "greeter",
        "1.0.0",
        "openai/nobody-sells-this",
        "Greet {{ name }}.",
    );
    let _ = project
        .run(&["check"])
        .exits(0)
        .says(&["openai/nobody-sells-this", "prices:"]);
}

#[test]
fn check_reports_mistakes_in_many_files_at_once() {
    let project = Project::greeting(2);
    project.file(
        "prompts/greeter/1.0.0.yaml",
        "model: openai/gpt-6-luna\nusr: 'Hi'\n",
    );
    project.file("evals/greet.yaml", "prompt: greeter\ndataset: datasets/greet.jsonl\nasserts: []\ngates:\n  - {metric: pass_rate, min: 1}\n");
    project.file(
        "datasets/greet.jsonl",
        "{\"vars\": {\"name\": \"A\"}}\nnonsense\n",
    );
    project.file("prompteval.yaml", "version: 1\ndefault: {}\n");
    let outcome = project.run(&["check"]).exits(2);
    assert_eq!(outcome.stdout, "");
    let _ = outcome.says(&[
        "1.0.0.yaml:2:1",
        "did you mean `user`?",
        "evals/greet.yaml:3:1",
        "datasets/greet.jsonl:2:",
        "prompteval.yaml:2:1",
        "problems found; nothing was called",
    ]);
}

#[test]
fn render_prints_the_request_that_run_sends() {
    let fake = FakeProvider::saying("hello");
    let project = two_versions().at(&fake);
    for (prompt, kind) in [
        ("greeter@1.0.0", Kind::OpenAi),
        ("greeter@1.1.0", Kind::Anthropic),
    ] {
        let outcome = project
            .run(&["render", prompt, "--case", "case-1"])
            .exits(0);
        assert!(!outcome.stdout.contains(KEY) && !outcome.stderr.contains(KEY));
        let rendered = parsed(&outcome);
        let _ = project
            .run(&["run", "--candidate", prompt, "--case", "case-1"])
            .exits(0);
        let sent = fake.requests().pop().unwrap();
        assert_eq!(sent.kind, Some(kind));
        assert_eq!(rendered["body"], sent.body);
        assert_eq!(
            rendered["url"],
            format!("http://{}{}", fake.addr(), sent.path)
        );
    }
}

#[test]
fn render_prints_the_exact_body_of_each_provider() {
    let project = two_versions();
    let openai = parsed(&project.run(&["render", "greeter"]).exits(0));
    assert_eq!(openai["url"], "https://api.openai.com/v1/chat/completions");
    let body = json!({
        "model": "gpt-6-luna",
        "messages": [
            {"role": "system", "content": "You are kind."},
            {"role": "user", "content": "Greet user 0.\nIn one line."},
        ],
        "max_completion_tokens": 60,
    });
    assert_eq!(openai["body"], body);
    let args = ["render", "greeter@1.1.0", "--case", "case-2"];
    let anthropic = parsed(&project.run(&args).exits(0));
    assert_eq!(anthropic["url"], "https://api.anthropic.com/v1/messages");
    let body = json!({
        "model": "claude-haiku-5-5",
        "system": "You are kind.",
        "messages": [{"role": "user", "content": "Greet user 2.\nIn one line."}],
        "max_tokens": 60,
    });
    assert_eq!(anthropic["body"], body);
    let args = ["render", "greeter", "--model", "anthropic/claude-haiku-5-5"];
    assert_eq!(
        parsed(&project.run(&args).exits(0))["body"]["model"],
        "claude-haiku-5-5"
    );
}

#[test]
fn render_refuses_what_does_not_exist() {
    let project = two_versions();
    let _ = project
        .run(&["render", "greter"])
        .exits(2)
        .says(&["did you mean `greeter`?"]);
    let _ = project
        .run(&["render", "greeter@3.0.0"])
        .exits(2)
        .says(&["no version 3.0.0"]);
    let _ = project
        .run(&["render", "greeter", "--case", "nobody"])
        .exits(4)
        .says(&["`nobody`"]);
}

#[test]
fn list_and_show_tell_what_points_where() {
    let project = two_versions();
    let hash = project.hash("prompts/greeter/1.0.0.yaml");
    let _ = project.run(&["list"]).exits(0).says(&[
        "greeter",
        "1.0.0",
        "production",
        "1.1.0",
        "draft",
        "Another model",
        &hash[..12],
    ]);
    let list = parsed(&project.run(&["list", "--format", "json"]).exits(0));
    assert_eq!(list[0]["versions"][0]["sha256"], *hash);
    let _ = project.run(&["show", "greeter"]).exits(0).says(&[
        "greeter",
        "production",
        "draft",
        "first version",
    ]);
    let one = project.run(&["show", "greeter@1.0.0"]).exits(0);
    assert!(
        one.stdout
            .ends_with(&project.read("prompts/greeter/1.0.0.yaml"))
    );
    let _ = one.says(&["dana@example.com", &hash, "prompts/greeter/1.0.0.yaml"]);
    let machine = parsed(
        &project
            .run(&["show", "greeter@1.0.0", "--format", "json"])
            .exits(0),
    );
    assert_eq!(machine["status"], "production");
    assert_eq!(
        machine["source"],
        project.read("prompts/greeter/1.0.0.yaml")
    );
    let _ = project
        .run(&["show", "greter"])
        .exits(2)
        .says(&["did you mean `greeter`?"]);
}

#[test]
fn diff_shows_the_lines_that_differ() {
    let project = two_versions();
    let outcome = project
        .run(&["diff", "greeter@1.0.0", "greeter@1.1.0"])
        .exits(0);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    for line in [
        "--- greeter@1.0.0",
        "+++ greeter@1.1.0",
        "-model: openai/gpt-6-luna",
        "+model: anthropic/claude-haiku-5-5",
        "+changelog: Another model",
        " system: You are kind.",
    ] {
        assert!(lines.contains(&line), "{line}\n{}", outcome.stdout);
    }
    let colored = project.run(&[
        "diff",
        "greeter@1.0.0",
        "greeter@1.1.0",
        "--color",
        "always",
    ]);
    assert!(colored.exits(0).stdout.contains("\u{1b}[31m-model"));
    let same = project
        .run(&["diff", "greeter@1.0.0", "greeter@1.0.0"])
        .exits(0);
    assert_eq!(same.stdout, "");
    let _ = project
        .run(&["diff", "greeter@1.0.0", "greeter@9.0.0"])
        .exits(2)
        .says(&["no version 9.0.0"]);
}

#[test]
fn help_of_every_command_shows_how_it_is_used() {
    let project = Project::empty();
    let help = project
        .run(&["--help"])
        .exits(0)
        .says(&["Exit codes", "130"]);
    for command in [
        "run", "check", "plan", "render", "list", "show", "diff", "report",
    ] {
        assert!(
            help.stdout.contains(&format!("  {command} ")),
            "{}",
            help.stdout
        );
        let outcome = project.run(&[command, "--help"]).exits(0);
        let example = format!("  prompteval {command}");
        let _ = outcome.says(&["Usage: prompteval", "Examples:", &example]);
    }
    let version = project.run(&["--version"]).exits(0);
    assert_eq!(
        version.stdout,
        format!("prompteval {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_command_line_that_is_wrong_exits_with_2() {
    let project = Project::greeting(1);
    for args in [
        &[][..],
        &["rum"],
        &["run", "--jsn", "x"],
        &["run", "--responses", "sometimes"],
    ] {
        let outcome = project.run(args).exits(2);
        assert_eq!(outcome.stdout, "", "{args:?}");
        assert!(!outcome.stderr.is_empty());
    }
}
