//! The journal of a run that failed, forged at random into one that looks like a pass: none of them would let the version go.
//!
//! The texts of answers stay as they are: what a model said stands nowhere else, and who can write other answers under the right
//! cases forges what no file can contradict. Against that stands the signature of a run.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use prompteval::evidence::{self, Tree};
use prompteval::model::PromptRef;
use prompteval::pipeline::{self};
use prompteval::stats::SplitMix64;
use serde_json::{Value, json};

use crate::journals::{parsed, written};
use crate::trials;
use crate::world::{CASES, WORLD};

const SEED: u64 = 56;

const JOURNALS: usize = 1_000;

/// Changes of one journal at most.
const MOST: usize = 6;

/// One way of making a failed run look better.
type Forge = fn(&mut Vec<Value>, &mut SplitMix64);

const WAYS: &[(&str, Forge)] = &[
    ("failing trials passed", |lines, _| {
        each_failing(lines, |line| line["passed"] = json!(true));
    }),
    ("every score passed", |lines, _| each_failing(lines, pass)),
    ("failing scores are skipped", |lines, _| {
        each_failing(lines, |line| {
            for score in line["scores"].as_array_mut().unwrap() {
                score["status"] = json!("skipped");
                score["passed"] = Value::Null;
                score["score"] = Value::Null;
            }
            line["passed"] = json!(true);
            line["score"] = json!(1.0);
        });
    }),
    ("failing scores are gone", |lines, _| {
        each_failing(lines, |line| {
            let scores = line["scores"].as_array_mut().unwrap();
            scores.retain(|score| score["passed"] == true);
            line["passed"] = json!(true);
            line["score"] = json!(1.0);
        });
    }),
    ("nothing is critical", |lines, _| {
        each_failing(lines, |line| {
            for score in line["scores"].as_array_mut().unwrap() {
                score["critical"] = json!(false);
                score["weight"] = json!(0.0);
            }
        });
    }),
    ("failing trials are gone", |lines, _| {
        lines.retain(|line| line["passed"] != false);
    }),
    ("a passing trial stands in each place", |lines, _| {
        let good = lines.iter().find(|line| line["passed"] == true).cloned();
        let good = good.unwrap();
        each_failing(lines, |line| {
            let case = line["case"].clone();
            *line = good.clone();
            line["case"] = case;
        });
    }),
    ("a passing trial before each", |lines, _| {
        for at in (0..lines.len()).rev() {
            if lines[at]["passed"] == false {
                let mut forged = lines[at].clone();
                pass(&mut forged);
                lines.insert(at, forged);
            }
        }
    }),
    ("failing trials are faults of the provider", |lines, _| {
        each_failing(lines, |line| {
            line["output"] = Value::Null;
            open(line);
        });
    }),
    ("failing trials are in error", |lines, _| {
        each_failing(lines, open);
    }),
    ("failing trials were taken over", |lines, _| {
        lines[0]["suites"][0]["arms"][0]["stored"] =
            json!({"run": "r", "started_at": "2026-11-26T00:00:00Z"});
        each_failing(lines, |line| {
            pass(line);
            line["output"] = Value::Null;
            line["source"] = json!("stored");
        });
    }),
    ("failing trials are of the pool", |lines, _| {
        each_failing(lines, |line| line["repeat"] = json!(2_000));
    }),
    ("failing trials are of the proof", |lines, _| {
        each_failing(lines, |line| line["repeat"] = json!(1_000));
    }),
    ("failing trials are a further repeat", |lines, _| {
        each_failing(lines, |line| line["repeat"] = json!(1));
    }),
    ("fewer cases", |lines, rng| {
        lines[0]["suites"][0]["selected"] = json!(CASES - 1 - rng.index(3));
    }),
    ("a smaller dataset", |lines, rng| {
        lines[0]["suites"][0]["dataset"]["cases"] = json!(CASES - 1 - rng.index(3));
    }),
    ("half of the cases by their tag", |lines, rng| {
        lines[0]["run"]["asked"]["tags"] = json!(["even"]);
        lines[0]["suites"][0]["selected"] = json!(CASES / 2);
        lines[0]["run"]["partial"] = said(&["--tag"], rng);
        lines.retain(|line| line["type"] != "trial" || line["tags"][0] == "even");
    }),
    ("the cases that passed", |lines, rng| {
        let passed =
            |line: &&Value| line["type"] == "trial" && line["case"] != 3 && line["case"] != 5;
        let ids: Vec<Value> = lines
            .iter()
            .filter(passed)
            .map(|one| one["id"].clone())
            .collect();
        let count = ids.len() / 2;
        lines[0]["run"]["asked"]["cases"] = json!(ids);
        lines[0]["suites"][0]["selected"] = json!(count);
        lines[0]["run"]["partial"] = said(&["--case"], rng);
        lines.retain(|line| line["type"] != "trial" || passed(&line));
    }),
    ("one part of two", |lines, rng| {
        lines[0]["run"]["shard"] = json!({"index": 1 + rng.index(2), "count": 2});
        lines[0]["suites"][0]["selected"] = json!(CASES / 2);
    }),
    ("looser gates", |lines, rng| {
        let gates = lines[0]["suites"][0]["gates"].as_array_mut().unwrap();
        loosen(gates, rng);
    }),
    ("fewer gates", |lines, rng| {
        let gates = lines[0]["suites"][0]["gates"].as_array_mut().unwrap();
        gates.truncate(rng.index(gates.len()));
    }),
    ("a second plan with looser gates", |lines, rng| {
        let mut plan = lines[0].clone();
        plan["suites"][0]["gates"] = json!([]);
        lines.insert(1 + rng.index(lines.len() - 1), plan);
    }),
    ("other looks", |lines, rng| {
        lines[0]["suites"][0]["looks"] = json!([{"repeats": rng.index(3), "alpha": 1.0}]);
    }),
    ("more repeats", |lines, rng| {
        lines[0]["suites"][0]["repeats"] = json!(rng.index(4));
    }),
    ("stops when it is decided", |lines, _| {
        lines[0]["suites"][0]["stop_decided"] = json!(true);
    }),
    ("a gentler word", |lines, rng| {
        lines[0]["suites"][0]["on_inconclusive"] = json!(["warn", "lean"][rng.index(2)]);
    }),
    ("partial or not", |lines, rng| {
        lines[0]["run"]["partial"] = said(&["--limit"], rng);
    }),
    ("another hash", |lines, rng| {
        let part = [
            "/suites/0",
            "/suites/0/dataset",
            "/suites/0/arms/0",
            "/suites/0/arms/1",
        ];
        let part = lines[0].pointer_mut(part[rng.index(4)]).unwrap();
        part["sha256"] = json!("00");
    }),
    ("another role", |lines, rng| {
        let arm = rng.index(2);
        lines[0]["suites"][0]["arms"][arm]["role"] = json!(["candidate", "baseline"][rng.index(2)]);
    }),
    ("versions swapped", |lines, _| {
        lines[0]["suites"][0]["arms"]
            .as_array_mut()
            .unwrap()
            .reverse();
    }),
    ("versions swapped, and the links with them", |lines, _| {
        let arms = lines[0]["suites"][0]["arms"].as_array_mut().unwrap();
        arms.reverse();
        arms[1]["baseline"] = json!({"arm": 0});
    }),
    ("in shadow", |lines, rng| {
        let status = ["shadow", "production", "canary", "draft"][rng.index(4)];
        lines[0]["suites"][0]["arms"][0]["status"] = json!(status);
    }),
    ("compared with nothing", |lines, rng| {
        let link = [
            json!("unused"),
            json!("none-yet"),
            json!("itself"),
            json!({"arm": 0}),
        ];
        lines[0]["suites"][0]["arms"][0]["baseline"] = link[rng.index(4)].clone();
    }),
    ("another version", |lines, rng| {
        let arm = rng.index(2);
        let number = ["1.0.0", "1.1.0", "1.2.0"][rng.index(3)];
        lines[0]["suites"][0]["arms"][arm]["version"]["version"] = json!(number);
    }),
    ("another end", |lines, rng| {
        let last = lines.len() - 1;
        lines[last]["status"] = json!(["complete", "interrupted", "stopped"][rng.index(3)]);
    }),
];

fn each_failing(lines: &mut [Value], forge: impl Fn(&mut Value)) {
    let failing = lines.iter_mut().filter(|line| line["passed"] == false);
    failing.for_each(forge);
}

/// Puts another number in the place of what one gate demands.
pub(crate) fn loosen(gates: &mut [Value], rng: &mut SplitMix64) {
    let place = rng.index(gates.len());
    let Some(gate) = gates.get_mut(place) else {
        return;
    };
    for (key, loose) in [
        ("min", 0.0),
        ("floor", 0.01),
        ("target", 0.1),
        ("margin", 0.99),
    ] {
        if gate["condition"].get(key).is_some() {
            gate["condition"][key] = json!(loose);
        }
    }
}

/// The trial as one that passed, in all that its line says.
fn pass(line: &mut Value) {
    line["passed"] = json!(true);
    line["score"] = json!(1.0);
    for score in line["scores"].as_array_mut().unwrap() {
        score["passed"] = json!(true);
        score["score"] = json!(1.0);
        score["reason"] = json!("as it should be");
    }
}

/// The trial as one that nobody could decide.
fn open(line: &mut Value) {
    line["passed"] = Value::Null;
    line["score"] = Value::Null;
    line["scores"] = json!([]);
    line["error"] = json!({"class": "timeout", "message": "it took too long"});
}

/// Flags that leave something out, said or not.
fn said(flags: &[&str], rng: &mut SplitMix64) -> Value {
    if rng.index(2) == 0 {
        json!(flags)
    } else {
        json!([])
    }
}

/// Why no version may go on this journal, as `promote` finds it; nothing where it may.
fn refusal(root: &Path, journal: &Path, id: &str) -> Option<Vec<String>> {
    let run = match pipeline::derive(root, journal) {
        Ok(run) => run,
        Err(error) => return Some(vec![error.to_string()]),
    };
    let (tree, _) = Tree::read(root);
    let id: PromptRef = id.parse().unwrap();
    let family = tree.registry.family(&id.family).unwrap();
    let version = tree.registry.find(&id).unwrap();
    let evidence = match evidence::gather(&run, &tree, (family, version)) {
        Ok(evidence) => evidence,
        Err(reasons) => return Some(reasons),
    };
    let mut reasons = evidence::differences(&evidence, &tree);
    reasons.extend(evidence::refused(
        &evidence,
        &tree.settings,
        Timestamp::now(),
    ));
    (!reasons.is_empty()).then_some(reasons)
}

#[test]
fn no_forged_journal_promotes() {
    let clean = WORLD.copy("greeter");
    let journal = clean.path().join("journal.jsonl");
    // What is forged below would be taken as it is if it had passed.
    fs::write(&journal, &WORLD.passing[0]).unwrap();
    assert_eq!(refusal(clean.path(), &journal, "greeter@1.1.0"), None);
    fs::write(&journal, &WORLD.failing).unwrap();
    let honest = refusal(clean.path(), &journal, "greeter@1.2.0").unwrap();
    assert!(
        honest.iter().any(|line| line.contains("failed")),
        "{honest:?}"
    );

    let lines = parsed(&WORLD.failing);
    let make = || WORLD.copy("greeter");
    trials::each("journal", SEED, JOURNALS, make, |dir, rng| {
        let mut forged = lines.clone();
        let mut ways = Vec::new();
        for _ in 0..=rng.index(MOST) {
            let (name, forge) = WAYS[rng.index(WAYS.len())];
            forge(&mut forged, rng);
            ways.push(name);
        }
        let journal = dir.path().join("journal.jsonl");
        fs::write(&journal, written(&forged)).unwrap();
        match refusal(dir.path(), &journal, "greeter@1.2.0") {
            Some(_) => Ok(true),
            None => Err(ways.join("; ")),
        }
    });
}
