//! Patterns and schemas that multiply, and answers of a megabyte for every evaluator.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::project::Project;
use crate::row::{LIMITS, Row};

const MEGABYTE: usize = 1_000_000;

pub(crate) const ROWS: &[Row] = &[
    Row {
        input: "look-ahead that scans 1 MB from every place",
        project: || answered(&"a".repeat(MEGABYTE), &[regex("(?=a*b)x")]),
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "(?!.*sorry).*refund on a line of 1 MB",
        project: || {
            answered(
                &"we are ".repeat(MEGABYTE / 7),
                &[regex("(?!.*sorry).*refund")],
            )
        },
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "atomic groups on 1 MB",
        project: || answered(&"a".repeat(MEGABYTE), &[regex("(?>a*)(?>a*)b")]),
        exit: 1,
        says: &["makes this evaluator fail", "(?>a*)(?>a*)b"],
        ..LIMITS
    },
    Row {
        input: "a back-reference that goes back on 1 MB",
        project: || answered(&"ab".repeat(MEGABYTE / 2), &[regex("(.+).*\\1c")]),
        exit: 1,
        says: &["makes this evaluator fail"],
        ..LIMITS
    },
    Row {
        input: "1,000 cases with a million steps back each",
        project: || rows(1000, &("a".repeat(60) + "b"), &[regex("^(a|a)*\\1$")]),
        exit: 3,
        says: &["gave up on 10 cases"],
        // Ten times all the steps that a search may take, and those in flight.
        seconds: 40,
        ..LIMITS
    },
    Row {
        input: "an automaton with too many states on 1 MB",
        project: || answered(&"ab".repeat(MEGABYTE / 2), &[regex("[ab]*a[ab]{5000}c")]),
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "(a{1000}){1000}",
        project: || answered("a", &[regex("(a{1000}){1000}")]),
        says: &["evals/greet.yaml", "no regular expression"],
        ..LIMITS
    },
    Row {
        input: "a pattern of 100,000 groups within groups",
        project: || answered("a", &[regex(&("(".repeat(100_000) + &")".repeat(100_000)))]),
        says: &["evals/greet.yaml", "nested"],
        ..LIMITS
    },
    Row {
        input: "a pattern of 200,000 alternatives",
        project: || answered("a", &[regex(&vec!["ab"; 200_000].join("|"))]),
        says: &["evals/greet.yaml", "parts"],
        ..LIMITS
    },
    Row {
        input: "anyOf that doubles thirty times",
        project: || answered(&list(1), &[schema(&doubling("anyOf", 30))]),
        exit: 1,
        says: &["makes this evaluator fail"],
        ..LIMITS
    },
    Row {
        input: "allOf that doubles thirty times",
        project: || answered(&list(1), &[schema(&doubling("allOf", 30))]),
        exit: 1,
        ..LIMITS
    },
    Row {
        input: "references that go round",
        project: || {
            answered(
                "[1]",
                &[schema(
                    &json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
                )],
            )
        },
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "50,000 references one after the other",
        project: || answered("[1]", &[schema(&chain(50_000))]),
        says: &["evals/greet.yaml", "levels"],
        ..LIMITS
    },
    Row {
        input: "a schema of 100,000 levels as text",
        project: || {
            answered(
                "[1]",
                &[schema_text(
                    &("{\"not\":".repeat(100_000) + "{}" + &"}".repeat(100_000)),
                )],
            )
        },
        says: &["evals/greet.yaml", "the schema is no JSON"],
        ..LIMITS
    },
    Row {
        input: "an answer of 500,000 levels against a schema",
        project: || {
            answered(
                &("[".repeat(500_000) + &"]".repeat(500_000)),
                &[schema(&json!({"type": "array"}))],
            )
        },
        exit: 1,
        ..LIMITS
    },
    Row {
        input: "patternProperties of 300 patterns on 60,000 names",
        project: || {
            answered(
                &object(60_000),
                &[schema(&pattern_properties(300, "^x[0-9]*z"))],
            )
        },
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "patternProperties that go back without end",
        project: || {
            answered(
                &format!("{{\"{}b\": 1}}", "a".repeat(60)),
                &[schema(&pattern_properties(1, "^(a|a)*\\1$"))],
            )
        },
        exit: 1,
        says: &["makes this evaluator fail"],
        ..LIMITS
    },
    Row {
        input: "a schema's pattern that looks ahead on 1 MB",
        project: || {
            answered(
                &format!("\"{}\"", "a".repeat(MEGABYTE)),
                &[schema(&json!({"not": {"pattern": "(?=a*b)x"}}))],
            )
        },
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "uniqueItems of 300,000 objects",
        project: || answered(&unique(100_000), &[schema(&json!({"uniqueItems": true}))]),
        exit: 0,
        ..LIMITS
    },
    Row {
        input: "every other evaluator on 1 MB of brackets",
        project: || answered(&"[{\"a\":".repeat(MEGABYTE / 6), &others()),
        exit: 1,
        ..LIMITS
    },
    Row {
        input: "every other evaluator on 1 MB of broken tags",
        project: || answered(&"<a b=\"1\">1,2 & ".repeat(MEGABYTE / 15), &others()),
        exit: 1,
        ..LIMITS
    },
    Row {
        input: "every other evaluator on 1 MB of words",
        project: || answered(&"I cannot ".repeat(MEGABYTE / 9), &others()),
        exit: 1,
        ..LIMITS
    },
];

/// One logged answer.
fn answered(answer: &str, evaluators: &[Value]) -> Project {
    rows(1, answer, evaluators)
}

fn rows(cases: usize, answer: &str, evaluators: &[Value]) -> Project {
    let project = Project::greeting(1);
    let mut text = String::new();
    for n in 0..cases {
        let row = json!({"id": format!("case-{n}"), "vars": {"name": "Ana"}, "output": answer});
        writeln!(text, "{row}").unwrap();
    }
    project.file("datasets/greet.jsonl", &text);
    let suite = json!({
        "prompt": "greeter",
        "dataset": "datasets/greet.jsonl",
        "evaluators": evaluators,
        "gates": [{"metric": "pass_rate", "min": 0.9}],
    });
    project.file("evals/greet.yaml", &suite.to_string());
    project
}

fn regex(pattern: &str) -> Value {
    json!({"type": "not-regex", "value": pattern})
}

fn schema(schema: &Value) -> Value {
    json!({"type": "is-json", "value": schema})
}

fn schema_text(schema: &str) -> Value {
    json!({"type": "is-json", "value": schema})
}

fn others() -> Vec<Value> {
    vec![
        json!({"type": "contains-json"}),
        json!({"type": "contains-json", "name": "with-schema", "value": {"type": "object", "required": ["x"]}}),
        json!({"type": "icontains", "value": "nowhere"}),
        json!({"type": "contains-any", "value": ["x", "y"]}),
        json!({"type": "equals", "value": {"a": 1}}),
        json!({"type": "is-json", "value": {"type": "object"}}),
        json!({"type": "is-refusal"}),
        json!({"type": "starts-with", "value": "x"}),
        json!({"type": "word-count", "value": {"max": 3}}),
        json!({"type": "bleu", "value": "a cat on a mat"}),
        json!({"type": "gleu", "value": "a cat on a mat"}),
        json!({"type": "rouge-n", "value": "a cat on a mat"}),
        json!({"type": "rouge-l", "value": "I cannot ".repeat(1_000)}),
        json!({"type": "levenshtein", "value": "a cat on a mat"}),
        json!({"type": "ends-with", "value": "x"}),
        json!({"type": "is-xml"}),
        json!({"type": "contains-xml", "value": "a.b"}),
        json!({"type": "is-sql"}),
        json!({"type": "contains-sql", "value": {"allowedTables": ["x"]}}),
        json!({"type": "is-html"}),
        json!({"type": "contains-html"}),
        json!({"type": "numeric", "value": 1}),
        json!({"type": "language", "value": "de"}),
        json!({"type": "length", "value": {"max": 3}}),
    ]
}

/// Each schema asks the next one twice, and the last refuses everything.
fn doubling(keyword: &str, times: usize) -> Value {
    let mut defs = serde_json::Map::new();
    for n in 0..times {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        // Not quite the same, or it might be found out once for both.
        let other = json!({"allOf": [next.clone()], "minItems": 0});
        defs.insert(format!("d{n}"), json!({keyword: [next, other]}));
    }
    defs.insert(format!("d{times}"), json!({"type": "string"}));
    json!({"$defs": defs, "$ref": "#/$defs/d0"})
}

fn chain(length: usize) -> Value {
    let mut defs = serde_json::Map::new();
    for n in 0..length {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        defs.insert(format!("d{n}"), next);
    }
    defs.insert(format!("d{length}"), json!({}));
    json!({"$defs": defs, "$ref": "#/$defs/d0"})
}

fn pattern_properties(patterns: usize, of: &str) -> Value {
    let named =
        (0..patterns).map(|n| (format!("{of}{}", "x".repeat(n)), json!({"type": "string"})));
    json!({"patternProperties": named.collect::<serde_json::Map<_, _>>()})
}

fn list(items: usize) -> String {
    json!(vec![1; items]).to_string()
}

fn object(names: usize) -> String {
    let named = (0..names).map(|n| (format!("x{n}"), json!(1)));
    Value::Object(named.collect()).to_string()
}

fn unique(items: usize) -> String {
    let items: Vec<Value> = (0..items).map(|n| json!({"a": n})).collect();
    json!(items).to_string()
}
