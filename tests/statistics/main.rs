//! Reference vectors: every case of `statistics.json` against the public functions.
//!
//! The file's path is in `PROMPTEVAL_STATISTICS_VECTORS`, absolute or relative to the crate.

#![expect(
    clippy::disallowed_methods,
    reason = "a test reads its vectors, and which they are"
)]

mod agreement;
mod compare;
mod evidence;
mod input;
mod paired;
mod rates;
mod text;

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::compare::agrees;
use crate::input::Input;

/// Computes one named function of the vectors; an error stands for an undefined result.
type Call = fn(&Input) -> Result<Value, Box<dyn Error>>;

const DEFAULT_VECTORS: &str = "tests/vectors/statistics.json";
const TABLES: [&[(&str, Call)]; 5] = [
    rates::TABLE,
    paired::TABLE,
    evidence::TABLE,
    agreement::TABLE,
    text::TABLE,
];

#[derive(Deserialize)]
struct Vectors {
    functions: Map<String, Value>,
}

#[derive(Deserialize)]
struct Case {
    input: Map<String, Value>,
    expected: Value,
    tol: f64,
}

#[test]
fn reference_vectors() -> Result<(), Box<dyn Error>> {
    let path = env::var("PROMPTEVAL_STATISTICS_VECTORS").unwrap_or_else(|_| DEFAULT_VECTORS.into());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let vectors: Vectors = serde_json::from_slice(&bytes)?;
    let mut cases_run = 0;
    let mut misses = Vec::new();
    for (name, cases) in vectors.functions {
        let Some(call) = lookup(&name) else {
            misses.push(format!("{name}: no such function"));
            continue;
        };
        for (index, case) in Vec::<Case>::deserialize(cases)?.into_iter().enumerate() {
            cases_run += 1;
            if let Err(miss) = run(call, case) {
                misses.push(format!("{name}[{index}]: {miss}"));
            }
        }
    }
    assert!(
        misses.is_empty(),
        "{} of {cases_run} cases:\n{}",
        misses.len(),
        misses.join("\n")
    );
    assert!(cases_run > 0, "{} holds no cases", path.display());
    Ok(())
}

fn lookup(name: &str) -> Option<Call> {
    TABLES
        .iter()
        .copied()
        .flatten()
        .find(|(known, _)| *known == name)
        .map(|(_, call)| *call)
}

fn run(call: Call, case: Case) -> Result<(), String> {
    let input = Input(case.input);
    let got = call(&input).map_err(|error| error.to_string());
    if agrees(got.as_ref().ok(), &case.expected, case.tol) {
        return Ok(());
    }
    let got = match got {
        Ok(value) => value.to_string(),
        Err(error) => format!("error: {error}"),
    };
    let given = Value::Object(input.0);
    Err(format!(
        "\n  input    {given}\n  got      {got}\n  expected {} (tol {})",
        case.expected, case.tol
    ))
}
