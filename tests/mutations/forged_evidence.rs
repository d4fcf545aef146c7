//! Evidence in which cases failed and gates say that they passed, with its hash in `family.yaml` and in the history as a forger
//! would write it: `verify` takes none.
//!
//! Two things stay beyond it. Outcomes that are all written as passes agree with themselves: no answer lies in the file. And
//! evidence that names another suite or dataset than those of the tree is held against its own rules only.

use std::fs;
use std::path::Path;

use prompteval::stats::SplitMix64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::committed::decided;
use crate::forged_journals::loosen;
use crate::trials;
use crate::world::{CASES, WORLD};

const SEED: u64 = 78;

const FILES: usize = 500;

const EVIDENCE: &str = "evals/evidence/greeter/1.1.0.json";

/// One way of making the file agree with what its gates say.
type Forge = fn(&mut Value, &mut SplitMix64);

const WAYS: &[(&str, Forge)] = &[
    ("numbers of gates", |suite, rng| {
        let gates = suite["gates"].as_array_mut().unwrap();
        let place = rng.index(gates.len());
        if let Some(gate) = gates.get_mut(place) {
            gate["measured"] = json!((CASES - 1) as f64 / CASES as f64);
        }
    }),
    ("the metrics", |suite, _| {
        suite["metrics"]["pass_rate"] = json!(1.0);
    }),
    ("looser rules", |suite, rng| {
        let gates = suite["rules"]["gates"].as_array_mut().unwrap();
        loosen(gates, rng);
    }),
    ("fewer rules", |suite, rng| {
        let keep = rng.index(4);
        suite["rules"]["gates"]
            .as_array_mut()
            .unwrap()
            .truncate(keep);
        suite["gates"].as_array_mut().unwrap().truncate(keep);
    }),
    ("fewer gates", |suite, rng| {
        let keep = rng.index(4);
        suite["gates"].as_array_mut().unwrap().truncate(keep);
    }),
    ("no failing case", |suite, _| {
        let cases = suite["cases"].as_object_mut().unwrap();
        cases.retain(|_, case| !case["trials"][0]["outcome"].as_str().unwrap().contains('-'));
    }),
    ("fewer cases", |suite, rng| {
        suite["dataset"]["cases"] = json!(CASES - 1 - rng.index(3));
    }),
    ("stops when it is decided", |suite, _| {
        suite["rules"]["stop_decided"] = json!(true);
    }),
    ("other tags", |suite, _| {
        for case in suite["cases"].as_object_mut().unwrap().values_mut() {
            case["tags"] = json!(["even"]);
        }
    }),
    ("a better trial after it", |suite, _| {
        for case in suite["cases"].as_object_mut().unwrap().values_mut() {
            let mut good = case["trials"][0].clone();
            good["outcome"] = json!("++++");
            case["trials"].as_array_mut().unwrap().push(good);
        }
    }),
    ("not asked", |suite, _| {
        failing(suite, |trial| trial["outcome"] = json!(""));
    }),
    ("in error", |suite, _| {
        failing(suite, |trial| trial["outcome"] = json!("!!!!"));
    }),
    ("not critical there", |suite, _| {
        failing(suite, |trial| trial["uncritical"] = json!(["rude"]));
    }),
    ("evaluators that only report", |suite, rng| {
        let evaluators = suite["evaluators"].as_array_mut().unwrap();
        let place = rng.index(evaluators.len());
        evaluators[place]["reported_only"] = json!(true);
        evaluators[place]["critical"] = json!(false);
    }),
    ("a gentler word", |suite, rng| {
        suite["rules"]["on_inconclusive"] = json!(["warn", "lean"][rng.index(2)]);
    }),
    ("compared with nothing", |suite, rng| {
        suite["rules"]["compared"] = json!(["unused", "none-yet", "itself"][rng.index(3)]);
    }),
    ("a baseline that failed as well", |suite, _| {
        for case in suite["cases"].as_object_mut().unwrap().values_mut() {
            case["baseline"][0]["outcome"] = json!("----");
        }
    }),
    ("other looks", |suite, rng| {
        suite["rules"]["looks"] = json!([{"repeats": 1 + rng.index(3), "alpha": 1.0}]);
    }),
    ("another name", |suite, _| suite["name"] = json!("other")),
    ("another path", |suite, _| {
        suite["path"] = json!("evals/other.yaml");
    }),
];

fn failing(suite: &mut Value, forge: impl Fn(&mut Value)) {
    for case in suite["cases"].as_object_mut().unwrap().values_mut() {
        if case["trials"][0]["outcome"].as_str().unwrap().contains('-') {
            forge(&mut case["trials"][0]);
        }
    }
}

/// Lets a case with a gate of its own fail, and others at random.
fn fail(suite: &mut Value, rng: &mut SplitMix64) {
    let cases = suite["cases"].as_object_mut().unwrap();
    let first = 1 + 2 * rng.index(CASES / 2);
    let more = (0..rng.index(4))
        .map(|_| rng.index(CASES))
        .collect::<Vec<_>>();
    for place in more.into_iter().chain([first]) {
        let trial = &mut cases[&format!("case-{place}")]["trials"][0];
        trial["outcome"] = json!(["--++", "-+-+", "---+", "----"][rng.index(4)]);
        trial["score"] = json!(0.5);
    }
}

/// Puts evidence in its place, and its hash where the hash of the one before stood.
fn put(root: &Path, before: &str, text: &str) {
    fs::write(root.join(EVIDENCE), text).unwrap();
    let hash = |text: &str| format!("{:x}", Sha256::digest(text));
    for file in ["family.yaml", "history.jsonl"] {
        let path = format!("prompts/greeter/{file}");
        let pointers = WORLD.read(&path).replace(&hash(before), &hash(text));
        fs::write(root.join(path), pointers).unwrap();
    }
}

#[test]
fn evidence_that_failed_never_verifies() {
    let before = WORLD.read(EVIDENCE);
    let clean = WORLD.copy("greeter");
    let value: Value = serde_json::from_str(&before).unwrap();
    assert_eq!(
        value["suites"][0]["cases"]["case-1"]["trials"][0]["outcome"],
        "++++"
    );
    // A file that says the same in another form stands as well, with its hash.
    put(clean.path(), &before, &value.to_string());
    let _ = decided(clean.path()).unwrap();

    let make = || WORLD.copy("greeter");
    trials::each("evidence", SEED, FILES, make, |dir, rng| {
        let mut forged = value.clone();
        let suite = &mut forged["suites"][0];
        fail(suite, rng);
        let mut ways = Vec::new();
        for _ in 0..rng.index(6) {
            let (name, forge) = WAYS[rng.index(WAYS.len())];
            forge(suite, rng);
            ways.push(name);
        }
        put(dir.path(), &before, &forged.to_string());
        match decided(dir.path()) {
            Err(_) => Ok(true),
            Ok(_) => Err(ways.join("; ")),
        }
    });
}
