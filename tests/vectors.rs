//! Every row of a vectors file: what promptfoo 0.121.20 measurably says of an output, and what ours does, by the library and by a run.
//!
//! A row is an output, an assertion and promptfoo's verdict on it (null where it threw). Where ours differs it is on purpose: such rows
//! are listed with their reason, and a row that no longer differs has to leave the list. `PROMPTEVAL_EVALUATOR_VECTORS` names another
//! file; its rows may differ only for the reasons that `docs/evaluators.md` gives, each of which a row of ours has.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "functions beside the tests are tests too"
)]

mod assertions;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use prompteval::score::evaluators;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::assertions::{Assertion, Said, said};

#[derive(Deserialize)]
struct Row {
    id: String,
    output: String,
    /// As it was written, for a dataset.
    assertion: Value,
    promptfoo_pass: Option<bool>,
    promptfoo_score: Option<f64>,
}

const PASS: Said = Said::Scored(true, 1.0);
const FAIL: Said = Said::Scored(false, 0.0);

/// Where ours differs from promptfoo: row, what ours says, why.
const DIFFERENCES: &[(&str, Said, &str)] = &[
    (
        "contains-all-034",
        Said::Error,
        "an empty list checks nothing: promptfoo passes it",
    ),
    (
        "contains-all-038",
        Said::Error,
        "every output contains the empty text: promptfoo passes it",
    ),
    (
        "contains-any-041",
        Said::Error,
        "an empty list checks nothing: promptfoo fails it",
    ),
    (
        "contains-json-168",
        FAIL,
        "single quotes are no JSON: promptfoo reads it as YAML",
    ),
    (
        "is-refusal-257",
        PASS,
        "a blank output is a refusal: promptfoo passes it with score 0",
    ),
    (
        "is-refusal-259",
        FAIL,
        "an answer that is sorry for a delay is no refusal",
    ),
    ("regex-109", PASS, r"\w is any letter: promptfoo's is ASCII"),
    ("regex-111", PASS, r"\d is any digit: promptfoo's is ASCII"),
    (
        "rouge-n-222",
        Said::Scored(true, 12.0 / 14.0),
        "each character of a script without spaces is a word: promptfoo takes the text for one word",
    ),
    (
        "levenshtein-209",
        PASS,
        "an emoji is one character: promptfoo counts two units of UTF-16",
    ),
];

/// Measures whose scores agree but for what decimal digits and tiny constants lose; all others agree to the last bit.
const MEASURES: [&str; 5] = ["bleu", "gleu", "levenshtein", "rouge-l", "rouge-n"];

/// How much of them that is.
const ROUNDING: f64 = 1e-6;

/// Reasons for which rows of another file may differ.
const REASONS: &[(&[&str], Reason)] = &[
    // An empty list or text checks nothing, and is refused.
    (&[], |row, ours, _| {
        ours == Said::Error && is_empty(&row.assertion["value"])
    }),
    // An empty answer has a score, and is no fault.
    (&["gleu"], |row, _, theirs| {
        theirs == Said::Error && row.output.trim().is_empty()
    }),
    // Patterns know Unicode and inline flags.
    (&["regex"], |row, _, _| {
        let pattern = row.assertion["value"].as_str().unwrap_or_default();
        pattern.starts_with("(?")
            || pattern.contains("\\p")
            || !row.output.is_ascii()
            || !pattern.is_ascii()
    }),
    // JSON is read strictly, and lists count.
    (&["contains-json"], |row, _, _| {
        row.output.contains(['{', '['])
    }),
    (&["is-refusal"], |row, ours, _| {
        row.output.trim().is_empty()
            || (ours == FAIL && row.output.to_lowercase().contains("sorry"))
    }),
    (&["levenshtein"], |row, _, _| {
        texts(row).any(|text| text.chars().any(|c| c > '\u{ffff}'))
    }),
    // Words of scripts without spaces, and of several references; sequences that nothing matches are smoothed as sacrebleu does it.
    (&["bleu"], |row, _, _| {
        row.assertion["value"].is_array() || texts(row).any(has_marks) || !shares_four_words(row)
    }),
    (&["gleu"], |row, _, _| {
        texts(row).any(|text| !text.is_ascii())
    }),
    (&["rouge-n"], |row, _, _| {
        row.assertion["value"].is_array() || texts(row).any(has_marks)
    }),
    // promptfoo looks for XML leniently, and takes any tag for HTML.
    (&["contains-xml"], |row, ours, _| {
        ours == FAIL && row.output.contains('&')
    }),
    (&["contains-html"], |row, ours, _| {
        ours == FAIL && row.output.contains('<')
    }),
];

/// Whether a row may differ: the row, what ours says, what promptfoo says.
type Reason = fn(&Row, Said, Said) -> bool;

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty() || items.iter().any(is_empty),
        _ => false,
    }
}

fn texts(row: &Row) -> impl Iterator<Item = &str> {
    std::iter::once(&*row.output).chain(row.assertion["value"].as_str())
}

fn has_marks(text: &str) -> bool {
    text.chars().any(|c| !c.is_ascii_alphanumeric() && c != ' ')
}

fn shares_four_words(row: &Row) -> bool {
    let reference = row.assertion["value"]
        .as_str()
        .unwrap_or_default()
        .to_lowercase();
    let output = row.output.to_lowercase();
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let reference = words(&reference);
    words(&output)
        .windows(4)
        .any(|four| reference.windows(4).any(|other| four == other))
}

fn path() -> PathBuf {
    std::env::var_os("PROMPTEVAL_EVALUATOR_VECTORS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/evaluators.jsonl"),
        PathBuf::from,
    )
}

fn rows() -> Vec<Row> {
    let path = path();
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .collect()
}

fn kind(row: &Row) -> &str {
    let written = row.assertion["type"].as_str().unwrap_or_default();
    written.strip_prefix("not-").unwrap_or(written)
}

fn ours(row: &Row) -> Said {
    match serde_json::from_value::<Assertion>(row.assertion.clone()) {
        Ok(assertion) => said(&assertion, &row.output),
        Err(_) => Said::Error,
    }
}

fn theirs(row: &Row) -> Said {
    match (row.promptfoo_pass, row.promptfoo_score) {
        (Some(passed), Some(score)) => Said::Scored(passed, score),
        _ => Said::Error,
    }
}

fn same(kind: &str, one: Said, other: Said) -> bool {
    match (one, other) {
        (Said::Scored(a, x), Said::Scored(b, y)) if MEASURES.contains(&kind) => {
            a == b && (x - y).abs() <= ROUNDING
        }
        (one, other) => one == other,
    }
}

#[test]
fn every_row_agrees_with_promptfoo_or_differs_as_documented() {
    let listed: BTreeMap<&str, Said> = DIFFERENCES
        .iter()
        .map(|(id, ours, _)| (*id, *ours))
        .collect();
    let (mut agree, mut differ, mut wrong) = (0, 0, Vec::new());
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows() {
        let kind = kind(&row);
        if evaluators::find(kind).is_none() {
            *unknown.entry(kind.to_owned()).or_default() += 1;
            continue;
        }
        let (ours, theirs) = (ours(&row), theirs(&row));
        let has_reason = || {
            REASONS.iter().any(|(kinds, holds)| {
                (kinds.is_empty() || kinds.contains(&kind)) && holds(&row, ours, theirs)
            })
        };
        match listed.get(&*row.id) {
            Some(said) if same(kind, *said, ours) && !same(kind, theirs, ours) => differ += 1,
            None if same(kind, theirs, ours) => agree += 1,
            None if path_is_given() && has_reason() => differ += 1,
            _ => wrong.push(format!(
                "{}: ours is {ours:?}, promptfoo's {theirs:?} ({} on {:?})",
                row.id, row.assertion, row.output
            )),
        }
    }
    println!(
        "{agree} agree, {differ} differ as documented, {} wrong; types that are not there: {unknown:?}",
        wrong.len()
    );
    assert!(agree > 0, "no row agrees");
    assert!(
        path_is_given() || unknown.is_empty(),
        "a row of ours is about a type that is not there"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn path_is_given() -> bool {
    std::env::var_os("PROMPTEVAL_EVALUATOR_VECTORS").is_some()
}

/// The rows that the library takes, as a project whose rows hold their answers.
fn project(folder: &Path, rows: &[Row]) {
    let file = |path: &str, text: &str| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("prompteval.yaml", "version: 1\n");
    file(
        "prompts/echo/1.0.0.yaml",
        "changelog: test\nmodel: openai/gpt-6-luna\nuser: \"{{ name }}\"\n",
    );
    let row = |row: &Row| {
        let row = json!({
            "id": row.id, "vars": {"name": "Ana"}, "expected": "Dear Ana", "output": row.output,
            "evaluators": [row.assertion],
        });
        format!("{row}\n")
    };
    file(
        "datasets/rows.jsonl",
        &rows.iter().map(row).collect::<String>(),
    );
    file(
        "evals/rows.yaml",
        "prompt: echo\nbaseline: none\ndataset: datasets/rows.jsonl\ngates: [{metric: pass_rate, min: 0}]\n",
    );
}

#[test]
fn a_run_says_of_every_row_what_the_library_says() {
    let rows: Vec<Row> = rows()
        .into_iter()
        .filter(|row| ours(row) != Said::Error)
        .collect();
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), &rows);
    let ran = Command::new(env!("CARGO_BIN_EXE_prompteval"))
        .args(["run", "--quiet", "--json", "report.json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:#?}");
    let report: Value =
        serde_json::from_slice(&fs::read(folder.path().join("report.json")).unwrap()).unwrap();
    let cases = report["suites"][0]["candidates"][0]["cases"]
        .as_array()
        .unwrap();
    assert_eq!(cases.len(), rows.len());
    for row in &rows {
        let case = cases.iter().find(|case| case["id"] == *row.id).unwrap();
        let Said::Scored(passed, score) = ours(row) else {
            panic!("{} is left out", row.id)
        };
        assert_eq!(case["passed"], passed, "{case}");
        assert!(
            (case["score"].as_f64().unwrap() - score).abs() <= ROUNDING,
            "{case}"
        );
    }
}
