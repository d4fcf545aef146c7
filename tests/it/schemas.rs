//! Schemas and readers agree: samples pass both, and what one refuses in the form of a file, the other refuses, too.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use prompteval::load;
use prompteval::model::Problems;
use prompteval::model::evidence::Evidence;
use prompteval::registry::Registry;
use prompteval::schema::SCHEMAS;
use serde_json::{Value, json};
use tempfile::TempDir;

fn validator(name: &str) -> Validator {
    let entry = SCHEMAS.iter().find(|entry| entry.name == name).unwrap();
    jsonschema::validator_for(&entry.schema()).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The files of a folder that end like this.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect()
}

#[test]
fn the_samples_are_valid() {
    let mut seen = 0;
    let mut check = |name: &str, value: &Value, what: &Path| {
        let errors: Vec<String> = validator(name)
            .iter_errors(value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{}", what.display());
        seen += 1;
    };
    for folder in ["evals", "evals/examples"] {
        for path in files(folder, ".yaml") {
            check("suite", &yaml(&path), &path);
        }
    }
    for family in ["customer-support", "product-description"] {
        for path in files(&format!("prompts/{family}"), ".yaml") {
            let name = if path.ends_with("family.yaml") {
                "family"
            } else {
                "version"
            };
            check(name, &yaml(&path), &path);
        }
    }
    check("project", &yaml(&root().join("prompteval.yaml")), &root());
    for path in files("datasets", ".jsonl") {
        for line in fs::read_to_string(&path).unwrap().lines() {
            check("case", &serde_json::from_str(line).unwrap(), &path);
        }
    }
    assert!(seen > 130, "{seen}");
}

/// A project in which everything is written that may be.
fn sample(name: &str) -> Value {
    let evaluator = json!({"type": "icontains", "name": "n", "metric": "m", "value": "x", "threshold": 0.5, "weight": 1, "critical": true, "when": "expected"});
    match name {
        "project" => json!({
            "version": 1,
            "providers": {"local": {"kind": "openai", "base_url": "http://127.0.0.1:1/v1", "api_key_env": "LOCAL_KEY", "concurrency": 4, "rpm": 10, "tpm": 10, "headers": {"x-a": "b"}}},
            "defaults": {"concurrency": 3, "timeout_s": 5, "max_retries": 2, "max_cost_usd": 1.5},
            "prices": {"local/x": {"input": 1, "output": 2, "cached_input": 0.1, "cache_write": 1}},
            "cache": {"max_age_days": 3, "max_size_mb": 5},
        }),
        "suite" => json!({
            "description": "d", "prompt": "greeter", "candidates": ["draft", "1.0.0"], "baseline": "none", "dataset": "datasets/d.jsonl",
            "repeats": 2, "models": ["openai/x", {"model": "openai/y", "params": {"a": 1}}], "evaluators": [evaluator],
            "gates": [{"metric": "pass_rate", "tag": "t", "min": 0.5, "lower_bound": true}, {"metric": "pass_rate", "target": 0.9, "floor": 0.8}, {"metric": "errors", "max": 1}],
            "threshold": 0.5, "on_inconclusive": "lean", "segment": "s", "stop": "decided", "tags": ["x"],
        }),
        "version" => json!({
            "changelog": "c", "created_by": "me", "model": {"model": "openai/x", "params": {"max_tokens": 3}}, "fallback": ["openai/y"],
            "params": {"max_tokens": 5}, "system": "s", "user": "u {{ name }}",
        }),
        "family" => json!({
            "description": "d", "owner": "o", "tags": ["t"], "versions": {"1.0.0": {"status": "draft"}}, "segments": {"s": "1.0.0"},
        }),
        _ => json!({
            "id": "a", "vars": {"name": "x"}, "expected": "e", "tags": ["t"], "cluster": "c", "critical": true, "threshold": 0.5,
            "evaluators": [evaluator], "output": "o", "latency_ms": 5, "usage": {"input": 1, "output": 2},
        }),
    }
}

/// Whether the reader takes a file of this form; what it says of other files and of contents is left out.
fn reads(name: &str, value: &Value) -> Result<(), String> {
    let dir: TempDir = tempfile::tempdir().unwrap();
    let write = |path: &str, text: String| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (part, path) in [
        ("project", "prompteval.yaml"),
        ("suite", "evals/s.yaml"),
        ("version", "prompts/greeter/1.0.0.yaml"),
        ("family", "prompts/greeter/family.yaml"),
        ("case", "datasets/d.jsonl"),
    ] {
        let own = if part == name {
            value.clone()
        } else {
            sample(part)
        };
        // JSON is YAML.
        write(path, own.to_string() + "\n");
    }
    let mut problems = Problems::default();
    match name {
        "project" | "suite" => problems.extend(load::project(dir.path(), dir.path(), &[]).1),
        "version" | "family" => problems.extend(Registry::read(dir.path()).1),
        _ => {
            let _ = load::dataset::read(dir.path(), "datasets/d.jsonl", &mut problems);
        }
    }
    let file = match name {
        "project" => "prompteval.yaml",
        "suite" => "evals/",
        "case" => "datasets/",
        _ => "prompts/",
    };
    let mut own = problems
        .iter()
        .filter(|problem| problem.severity == prompteval::model::Severity::Error)
        // What is wrong with the meaning of a value is no matter of form.
        .filter(|problem| {
            ![
                "missing-file",
                "lonely-key",
                "lonely-measurement",
                "no-condition",
            ]
            .contains(&problem.code)
        })
        .filter(|problem| problem.location.path.starts_with(file));
    match own.next() {
        None => Ok(()),
        Some(problem) => Err(format!("{}: {}", problem.code, problem.message)),
    }
}

/// Every place in a value, as the keys that lead there.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                places(inner, &format!("{here}/{}", key.replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                places(inner, &format!("{here}/{at}"), found);
            }
        }
        _ => {}
    }
}

/// How schema and reader differ about a value, if they do.
fn difference(name: &str, schema: &Validator, changed: &Value, what: &str) -> Option<String> {
    let (takes, reads) = (schema.is_valid(changed), reads(name, changed));
    // What a gate or a usage consists of is told by the reader alone.
    let in_parts = what.contains("/usage/") || what.contains("/gates/");
    let lacks = |error: &String| error.starts_with("missing-key");
    if in_parts && what.ends_with("null") && reads.as_ref().is_err_and(lacks) {
        return None;
    }
    (takes != reads.is_ok()).then(|| format!("{what}: schema {takes}, reader {reads:?}"))
}

/// A file with one value changed, or one key too many, and what was done to it.
fn changes(name: &str) -> Vec<(String, Value)> {
    let whole = sample(name);
    let mut all = Vec::new();
    places(&whole, "", &mut all);
    let others = [
        json!(null),
        json!("words"),
        json!(-3),
        json!(2.5),
        json!(true),
        json!([[1]]),
        json!({"x-y": 1}),
    ];
    // Words out of tables are looked up where evaluators and providers are built.
    let looked_up = |place: &&String| place.ends_with("/type") || place.ends_with("/kind");
    let mut changes = Vec::new();
    for place in all.iter().filter(|place| !looked_up(place)) {
        for other in others.iter().filter(|_| !place.is_empty()) {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).unwrap() = other.clone();
            changes.push((format!("{name}{place} = {other}"), changed));
        }
        let mut changed = whole.clone();
        let map = changed.pointer_mut(place).and_then(Value::as_object_mut);
        if let Some(map) = map {
            map.insert("x-unknown".to_owned(), json!("words"));
            changes.push((format!("{name}{place} + x-unknown"), changed));
        }
    }
    changes
}

#[test]
fn whatever_is_put_anywhere_both_take_it_or_both_refuse_it() {
    let mut differ = Vec::new();
    let mut tried = 0;
    for entry in SCHEMAS {
        let whole = sample(entry.name);
        assert_eq!(reads(entry.name, &whole), Ok(()), "{}", entry.name);
        let schema = validator(entry.name);
        assert!(schema.is_valid(&whole), "{}", entry.name);
        for (what, changed) in changes(entry.name) {
            tried += 1;
            differ.extend(difference(entry.name, &schema, &changed, &what));
        }
    }
    assert!(tried > 700, "{tried}");
    assert!(
        differ.is_empty(),
        "{} of {tried} differ:\n{}",
        differ.len(),
        differ.join("\n")
    );
}

#[test]
fn the_committed_schemas_are_those_that_are_printed() {
    for entry in SCHEMAS {
        let path = root().join(format!("docs/schemas/{}.json", entry.name));
        let text = fs::read_to_string(&path).unwrap_or_default();
        let now = format!("{:#}\n", entry.schema());
        assert_eq!(
            text,
            now,
            "`cargo run -- schema --write docs/schemas` writes {}",
            path.display()
        );
    }
}

#[test]
fn committed_evidence_is_written_byte_for_byte_as_it_stands() {
    let path = "evals/evidence/customer-support/1.2.0.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let bytes = fs::read(path).unwrap();
    let evidence: Evidence = serde_json::from_slice(&bytes).unwrap();
    let written = prompteval::evidence::write(&evidence).unwrap();
    assert!(written == bytes, "the file would change");
}
