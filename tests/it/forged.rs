//! Journals that were edited to pass: promotion and `report` derive scores, gates and verdicts again, and say what does not agree.

use std::fs;

use serde_json::{Value, json};

use crate::fake_provider::{FakeProvider, Judge, Reply, Script};
use crate::project::Project;
use crate::promotion::{self, EVIDENCE, promote};
use crate::seal::sealed;

/// A candidate that fails two of 80 cases, and a gate that does not let it.
fn failing() -> (FakeProvider, Project) {
    let fake = FakeProvider::start(Script::answering(|seen| {
        let rude = seen.prompt == "Greet user 3 kindly." || seen.prompt == "Greet user 13 kindly.";
        Reply::text(if rude {
            "Go away."
        } else {
            "Hello, and welcome."
        })
    }));
    let project = promotion::project(&fake, "Greet {{ name }} kindly.");
    let _ = project.evaluate(&[]).exits(1);
    (fake, project)
}

/// The lines of the newest journal, as JSON.
fn lines(project: &Project) -> Vec<Value> {
    let text = project.read(&project.newest_journal());
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Writes a journal whose chain is in order, as a forger would.
fn write(project: &Project, name: &str, lines: &[Value]) -> String {
    let path = format!("{name}/journal.jsonl");
    project.file(&path, &sealed(lines));
    path
}

/// Lines of trials that failed.
fn failed(lines: &[Value]) -> Vec<usize> {
    let is_failed = |line: &Value| line["type"] == "trial" && line["passed"] == false;
    (0..lines.len())
        .filter(|at| is_failed(&lines[*at]))
        .collect()
}

/// The trial as one that passed, in all that its line says.
fn passing(line: &Value) -> Value {
    let mut line = line.clone();
    line["passed"] = json!(true);
    line["score"] = json!(1.0);
    for score in line["scores"].as_array_mut().unwrap() {
        score["passed"] = json!(true);
        score["score"] = json!(1.0);
    }
    line
}

type Forgery = fn(&mut Vec<Value>);

const FORGERIES: &[(&str, Forgery, &str)] = &[
    (
        "passed",
        |lines| {
            for at in failed(lines) {
                lines[at]["passed"] = json!(true);
            }
        },
        "the journal says passed, and its scores come to failed",
    ),
    (
        "scores",
        |lines| {
            for at in failed(lines) {
                lines[at] = passing(&lines[at]);
            }
        },
        "`hello`: the journal says passed, its answer failed",
    ),
    (
        "doubled",
        |lines| {
            for at in failed(lines).into_iter().rev() {
                let forged = passing(&lines[at]);
                lines.insert(at, forged);
            }
        },
        "it was decided before",
    ),
    (
        "selected",
        |lines| {
            let gone = failed(lines);
            for at in gone.iter().rev() {
                lines.remove(*at);
            }
            lines[0]["suites"][0]["selected"] = json!(78);
        },
        "the journal speaks of 78 cases, and 80 are to be asked",
    ),
    (
        "dropped",
        |lines| {
            for at in failed(lines).iter().rev() {
                lines.remove(*at);
            }
        },
        "repeat 0 holds 78 of 80 cases",
    ),
    (
        "one-case",
        |lines| lines.retain(|line| line["type"] != "trial" || line["id"] == "case-0"),
        "repeat 0 holds 1 of 80 cases",
    ),
    (
        "loosened",
        |lines| lines[0]["suites"][0]["gates"][1]["condition"]["min"] = json!(0.5),
        "the journal's gates are not those of evals/greet.yaml",
    ),
    (
        "removed",
        |lines| {
            lines[0]["suites"][0]["gates"].as_array_mut().unwrap().pop();
        },
        "the journal's gates are not those of evals/greet.yaml",
    ),
    (
        "no-suites",
        |lines| {
            lines[0]["suites"] = json!([]);
            lines.retain(|line| line["type"] != "trial");
        },
        "suite",
    ),
    (
        "shadow",
        |lines| lines[0]["suites"][0]["arms"][0]["status"] = json!("shadow"),
        "greeter@1.1.0 is not in shadow",
    ),
    (
        "no-baseline",
        |lines| lines[0]["suites"][0]["arms"][0]["baseline"] = json!("none-yet"),
        "has a baseline to be compared with",
    ),
    (
        "its-own-baseline",
        |lines| lines[0]["suites"][0]["arms"][0]["baseline"] = json!("itself"),
        "has a baseline to be compared with",
    ),
    (
        "unscored",
        |lines| {
            for at in failed(lines) {
                lines[at]["scores"] = json!([]);
                lines[at]["passed"] = json!(true);
            }
        },
        "the journal holds 0 scores, and the case has 2 evaluators",
    ),
    (
        "other-rows",
        |lines| {
            for at in failed(lines) {
                lines[at]["id"] = json!("case-1");
            }
        },
        "has other labels, another cluster or another id",
    ),
    (
        "reordered",
        |lines| {
            for at in failed(lines) {
                lines[at]["order"] = json!(79);
            }
        },
        "its place in the seeded order is",
    ),
    (
        "swapped",
        |lines| {
            let arms = &mut lines[0]["suites"][0]["arms"];
            arms.as_array_mut().unwrap().reverse();
            arms[1]["baseline"] = json!({"arm": 0});
        },
        "its versions are in an order that no plan gives them",
    ),
    (
        "its-own-link",
        |lines| lines[0]["suites"][0]["arms"][0]["baseline"] = json!({"arm": 0}),
        "or one is compared with no baseline",
    ),
    (
        "not-partial",
        |lines| lines[0]["run"]["partial"] = json!(["--tag"]),
        "the flags that leave something out",
    ),
    (
        "softer",
        |lines| lines[0]["suites"][0]["on_inconclusive"] = json!("warn"),
        "`on_inconclusive`",
    ),
];

#[test]
fn a_journal_that_was_edited_to_pass_is_refused_with_what_does_not_agree() {
    let (_fake, project) = failing();
    let honest = lines(&project);
    for (name, forge, says) in FORGERIES {
        let mut forged = honest.clone();
        forge(&mut forged);
        let path = write(&project, name, &forged);
        let report = project.run(&["report", &path]).exits(2);
        let _ = report.says(&[says]);
        let promoted = promote(&project, "canary", &["--evidence", &path]).exits(2);
        let _ = promoted.says(&[says, "is no evidence for greeter@1.1.0"]);
    }
    assert!(!project.path(EVIDENCE).exists());
    assert!(
        !project
            .read("prompts/greeter/family.yaml")
            .contains("canary")
    );
    // The journal as it was written is reported, as often as one likes.
    let path = write(&project, "honest", &honest);
    let _ = project.run(&["report", &path]).exits(1);
}

#[test]
fn a_report_of_other_files_is_made_only_where_that_is_said() {
    let (_fake, project) = failing();
    let suite = project.read("evals/greet.yaml");
    project.file("evals/greet.yaml", &format!("description: edited\n{suite}"));
    let refused = project.run(&["report"]).exits(2);
    let _ = refused.says(&[
        "the files are not those of the run",
        "evals/greet.yaml has changed since the run",
        "--detached",
    ]);
    let reports = [
        "--junit",
        "j.xml",
        "--json",
        "r.json",
        "--markdown",
        "r.md",
        "--html",
        "r.html",
    ];
    let shown = project.run(&[&["report", "--detached"][..], &reports].concat());
    let _ = shown.exits(1).says(&["detached"]);
    for file in ["j.xml", "r.json", "r.md", "r.html"] {
        assert!(project.read(file).contains("detached"), "{file}");
    }
}

#[test]
fn a_judges_answer_that_is_kept_is_read_again() {
    let script = Script::answering(|seen| {
        Reply::text(if seen.prompt.starts_with("Greet") {
            "Hello."
        } else {
            "{\"reason\": \"rude\", \"pass\": false, \"score\": 0.1}"
        })
    });
    let fake = FakeProvider::start(script.judge(Judge::Script));
    let project = promotion::project(&fake, "Greet {{ name }} kindly.");
    project.file(
        "evals/greet.yaml",
        "prompt: greeter\ndataset: datasets/greet.jsonl\nevaluators:\n  - {type: llm-rubric, name: kind, value: It is kind., model: openai/gpt-6-luna}\nrepeats: 1\ngates:\n  - {metric: pass_rate, min: 0.5}\n",
    );
    let _ = project.evaluate(&["--responses", "live"]).exits(1);
    let honest = lines(&project);
    let path = write(&project, "honest", &honest);
    let _ = project.run(&["report", &path]).exits(1);
    let forge = |change: &dyn Fn(&mut Value)| {
        let mut forged = honest.clone();
        for line in forged.iter_mut().filter(|line| line["type"] == "trial") {
            *line = passing(line);
            change(&mut line["scores"][0]);
        }
        write(&project, "forged", &forged)
    };
    let path = forge(&|_| {});
    let refused = project.run(&["report", &path]).exits(2);
    let _ = refused.says(&["`kind`: the journal says passed, its answer failed"]);
    let path = forge(&|score| score["replies"] = json!([]));
    let refused = project.run(&["report", &path]).exits(2);
    let _ = refused.says(&["`kind` asks a judge 1 times, and the journal holds 0 answers"]);
    let path = forge(&|score| score["replies"][0]["asked"] = json!("openai/other"));
    let refused = project.run(&["report", &path]).exits(2);
    let _ = refused.says(&["another judge answered than the suite's"]);
}

#[test]
fn shards_that_leave_cases_out_are_no_run() {
    let (_fake, project) = failing();
    let shards: Vec<String> = (1..=2)
        .map(|index| {
            let shard = format!("{index}/2");
            let _ = project.run(&["run", "--shard", &shard]).exits(0);
            let path = format!("shard-{index}/journal.jsonl");
            project.file(&path, &project.read(&project.newest_journal()));
            path
        })
        .collect();
    let merge = |more: &[&str]| {
        let args: Vec<&str> = ["merge"]
            .into_iter()
            .chain(shards.iter().map(String::as_str))
            .chain(more.iter().copied())
            .collect();
        project.run(&args)
    };
    let _ = merge(&[]).exits(1);
    let text = project.read(&shards[1]);
    let honest: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut forged = honest.clone();
    forged[0]["suites"][0]["selected"] = json!(0);
    forged.retain(|line| line["type"] != "trial");
    project.file(&shards[1], &sealed(&forged));
    let runs = || {
        fs::read_dir(project.path(".prompteval/runs"))
            .unwrap()
            .count()
    };
    let before = runs();
    for more in [&[][..], &["--detached"]] {
        let refused = merge(more).exits(2);
        let _ = refused.says(&["the shards speak of", "datasets/greet.jsonl has 80"]);
    }
    assert_eq!(runs(), before, "what is refused is no run");

    // Shards of an older dataset are no run of today's files.
    project.file(&shards[1], &text);
    let rows = project.read("datasets/greet.jsonl");
    project.file(
        "datasets/greet.jsonl",
        &rows.replace("user 7\"", "user seven\""),
    );
    let refused = merge(&[]).exits(2);
    let _ = refused.says(&[
        "datasets/greet.jsonl has changed since the run",
        "--detached",
    ]);
    let detached = merge(&["--detached", "--json", "merged.json"]).exits(1);
    let _ = detached.says(&["detached"]);
    assert_eq!(project.json("merged.json")["run"]["detached"], true);
}
