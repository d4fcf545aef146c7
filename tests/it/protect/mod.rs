//! What a pull request takes away from its own gate, against the merge base: shown, and with `protect: block` not passed.

mod answers;
mod blocking;
mod cases;
mod settings;
mod suites;

use crate::fake_provider::FakeProvider;
use crate::project::Project;

const MODEL: &str = "openai/gpt-6-luna";

/// A suite with gates and evaluators of several kinds, all of which the answers pass.
const SUITE: &str = "\
prompt: greeter
dataset: datasets/greet.jsonl
repeats: 2
on_inconclusive: lean
tags: [nightly]
evaluators:
  - {type: icontains, name: hello, value: hello, critical: true}
  - {type: contains-any, name: any, value: [hello, hi]}
  - {type: contains-all, name: all, value: [hello]}
  - {type: not-contains-any, name: none, value: [bye, away]}
  - {type: word-count, name: words, value: {max: 50}}
  - {type: latency, name: quick, threshold: 60000}
gates:
  - {metric: pass_rate, min: 0.5}
  - {metric: pass_rate, target: 0.9, floor: 0.5}
  - {metric: pass_rate, baseline: true, margin: 0.1}
  - {metric: broken, max: 1}
";

fn provider() -> FakeProvider {
    FakeProvider::saying("hello")
}

/// A project whose files are all on `main`, with a branch checked out; `more` goes into prompteval.yaml.
fn repository(fake: &FakeProvider, more: &str) -> Project {
    let project = Project::greeting(8).at(fake);
    project.version("greeter", "1.1.0", MODEL, "Hail {{ name }}.");
    project.production("greeter", "1.0.0");
    project.file("evals/greet.yaml", SUITE);
    project.suite("other", "");
    let own = project.read("prompteval.yaml");
    project.file("prompteval.yaml", &format!("{own}{more}"));
    project.file(".gitignore", ".prompteval/\n*.xml\nreport.*\n");
    project.repository();
    project
}

/// What is listed of the working tree, a line each.
fn listed(project: &Project) -> Vec<String> {
    let since = ["run", "--changed-since", "main", "--json", "report.json"];
    let outcome = project.run(&since);
    assert_ne!(outcome.code, 2, "{outcome:?}");
    let report = project.json("report.json");
    let changes = report["run"]["gate_changes"].as_array();
    let lines = changes.into_iter().flatten().map(|change| {
        let (file, what) = (&change["file"], &change["what"]);
        let line = format!("{}: {}", file.as_str().unwrap(), what.as_str().unwrap());
        // The terminal says the same, broken into lines.
        assert!(
            outcome.stdout.contains("This change weakens its own gate:"),
            "{outcome:?}"
        );
        line
    });
    lines.collect()
}

/// Replaces a text of a file, looks at what is listed, and puts it back. Nothing is expected where the change is stricter.
fn expect(project: &Project, file: &str, rows: &[(&str, &str, &[&str])]) {
    let before = project.read(file);
    for (from, to, wanted) in rows {
        assert!(before.contains(from), "{from}");
        project.file(file, &before.replacen(from, to, 1));
        let wanted: Vec<String> = wanted
            .iter()
            .map(|what| format!("{file}: {what}"))
            .collect();
        assert_eq!(listed(project), wanted, "{from} -> {to}");
    }
    project.file(file, &before);
    assert_eq!(listed(project), [""; 0]);
}
