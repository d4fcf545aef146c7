//! schema: `the tables of readers -> JSON Schemas` of the files that users write, for editors and checks. Types of evaluators and kinds of providers come from their
//! tables; a test holds the keys against those that the readers know.

mod parts;

use serde_json::{Map, Value, json};

use crate::call::PROVIDERS;
use crate::model::looks::OnInconclusive;
use crate::model::settings::{AnswerSource, TokenField};
use crate::model::suite::BROKEN;
use crate::score::EVALUATORS;
use parts::{
    SCALAR, VERSION, any_text, flag, judge, list, map, model, number, object, or_null,
    rubric_prompt, selector, statuses, structured, text, whole, words,
};

/// A schema: its name, the files it is about, and how it is made.
#[derive(Debug)]
pub struct SchemaEntry {
    /// The name.
    pub name: &'static str,
    /// Which files it is about.
    pub files: &'static str,
    build: fn() -> Value,
}

/// Every schema, by name.
pub static SCHEMAS: &[SchemaEntry] = &[
    SchemaEntry {
        name: "case",
        files: "a row of datasets/*.jsonl or .yaml",
        build: case,
    },
    SchemaEntry {
        name: "family",
        files: "prompts/FAMILY/family.yaml",
        build: family,
    },
    SchemaEntry {
        name: "project",
        files: "prompteval.yaml",
        build: project,
    },
    SchemaEntry {
        name: "suite",
        files: "evals/*.yaml",
        build: suite,
    },
    SchemaEntry {
        name: "version",
        files: "prompts/FAMILY/VERSION.yaml",
        build: version,
    },
];

impl SchemaEntry {
    /// The schema, as JSON Schema 2020-12.
    pub fn schema(&self) -> Value {
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("prompteval {}", self.name),
            "description": self.files,
        });
        if let (Some(map), Value::Object(own)) = (schema.as_object_mut(), (self.build)()) {
            map.extend(own);
        }
        schema
    }
}

fn project() -> Value {
    let kinds: Vec<&str> = PROVIDERS.iter().map(|entry| entry.kind).collect();
    let mut provider = object(
        &json!({
            "kind": {"enum": kinds, "description": "Which wire format it speaks"},
            "base_url": {"type": "string", "pattern": "^https?://", "description": "Address, as the vendor's SDK takes it"},
            "api_key_env": {"type": ["string", "boolean"], "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "description": "Variable that holds the key; a key itself is refused"},
            "concurrency": whole("Most calls in flight to this provider", 10_000),
            "rpm": whole("Requests a minute", u64::from(u32::MAX)),
            "tpm": whole("Tokens a minute", u64::MAX),
            "token_field": {"enum": TokenField::WORDS, "description": "Name under which a limit of the answer's tokens is sent, of the kind openai [default: auto]"},
            "headers": map(&json!({"type": SCALAR})),
        }),
        &[],
    );
    // `openai:` alone is the built-in one.
    or_null(&mut provider);
    let price = object(
        &json!({
            "input": number("US dollars per million tokens", 0.0),
            "output": number("US dollars per million tokens", 0.0),
            "cached_input": number("US dollars per million tokens read from the provider's cache", 0.0),
            "cache_write": number("US dollars per million tokens written to it", 0.0),
        }),
        &["input", "output"],
    );
    let defaults = object(
        &json!({
            "concurrency": whole("Most calls in flight, over all providers", 10_000),
            "timeout_s": json!({"type": "number", "exclusiveMinimum": 0, "description": "Seconds that a call may take"}),
            "max_retries": json!({"type": "integer", "minimum": 0, "description": "How often a call is tried again"}),
            "max_cost_usd": number("US dollars that a run may cost", 0.0),
        }),
        &[],
    );
    let cache = object(
        &json!({
            "max_age_days": number("Days that a response is kept", 0.0),
            "max_size_mb": number("Megabytes that are kept", 0.0),
        }),
        &[],
    );
    object(
        &json!({
            "version": {"const": 1, "description": "Version of this file's format"},
            "providers": map(&provider),
            "defaults": defaults,
            "prices": map(&price),
            "cache": cache,
            "judge": judge(),
            "evidence": evidence(),
            "trusted_keys": list(&json!({"type": "string", "pattern": "^ed25519:[A-Za-z0-9+/]{43}=$"})),
            "allow_outside": {"type": "boolean", "description": "Whether suites, prompts, datasets and recordings may lie outside of the project's folder and its repository"},
            "protect": {"enum": ["warn", "block"], "description": "What happens when a change weakens its own gate"},
        }),
        &[],
    )
}

/// What a run has to be to allow a promotion.
fn evidence() -> Value {
    let sources = AnswerSource::ALL.map(AnswerSource::as_str);
    object(
        &json!({
            "sources": {
                "type": "array", "minItems": 1, "items": {"enum": sources},
                "description": "Where answers may come from [default: live and cache]",
            },
            "max_age": {
                "type": "string", "pattern": "^([1-9][0-9]*[hdw]|none)$",
                "description": "How old answers may be when a version goes to canary or production [default: 30d]",
            },
            "addresses": list(&text("Base URL of a provider whose answers count [default: any]")),
        }),
        &[],
    )
}

fn version() -> Value {
    let message = object(
        &json!({
            "role": {"enum": ["system", "user", "assistant"]},
            "content": {"type": SCALAR},
        }),
        &["role", "content"],
    );
    object(
        &json!({
            "changelog": any_text("Why it exists; required but for a family's first version"),
            "created_by": any_text("Who made it"),
            "model": model("The model that answers"),
            "fallback": list(&model("Tried in order when the model cannot answer")),
            "params": {"type": "object", "description": "Request parameters, sent as written; what is not written is not sent"},
            "system": any_text("The system text, a Jinja2 template"),
            "user": any_text("The user text, a Jinja2 template"),
            "messages": {"type": "array", "minItems": 1, "items": message, "description": "Several turns, in place of `user`"},
        }),
        &["model"],
    )
}

fn family() -> Value {
    let hash = json!({"type": "string", "pattern": "^[0-9a-f]{64}$"});
    let entry = object(
        &json!({
            "status": {"enum": statuses(), "description": "Where the version is in its life"},
            "sha256": hash,
            "traffic": {
                "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1,
                "description": "Share of the traffic; of a canary only",
            },
            "includes": map(&hash),
            "evidence": {
                "type": "string", "pattern": "^[0-9a-f]{64}$",
                "description": "Hash of evals/evidence/FAMILY/VERSION.json, on which it got here",
            },
            "override": text("Why it got here without evidence"),
        }),
        &["status"],
    );
    object(
        &json!({
            "description": any_text("What the prompt is for"),
            "owner": any_text("Who answers for it"),
            "tags": words("Labels"),
            "versions": {
                "type": "object", "additionalProperties": false, "patternProperties": {VERSION: entry},
                "description": "Written by `promote` and `rollback`",
            },
            "segments": {
                "type": "object", "additionalProperties": {"type": "string", "pattern": VERSION},
                "description": "Another version for some users",
            },
        }),
        &[],
    )
}

/// An evaluator: what all have, and what each type demands beside it.
fn evaluator() -> Value {
    let mut types = Vec::new();
    let mut rules = Vec::new();
    for entry in EVALUATORS {
        let names = [entry.name.to_owned(), format!("not-{}", entry.name)];
        let mut own = Map::new();
        for param in entry.params {
            own.insert(param.name.to_owned(), json!({"description": param.summary}));
        }
        let required: Vec<&str> = entry
            .params
            .iter()
            .filter(|param| param.required)
            .map(|param| param.name)
            .collect();
        rules.push(json!({
            "if": {"properties": {"type": {"enum": names}}, "required": ["type"]},
            "then": {"description": entry.summary, "properties": own, "required": required},
        }));
        types.extend(names);
    }
    let mut schema = object(
        &json!({
            "type": {"enum": types, "description": "What it demands; `not-` turns it round"},
            "name": text("Name in metrics and reports; the type where none is written"),
            "metric": text("A further metric that it counts in"),
            "value": {"description": "What it compares with; texts are templates over the case"},
            "threshold": number("Score from which it passes, or a bound", 0.0),
            "weight": number("Weight in the case's score; 0: reported, never counted", 0.0),
            "critical": flag("One trial that fails it blocks"),
            "model": model("The judge"),
            "structured": structured(),
            "rubric_prompt": rubric_prompt(),
            "when": text("Cases it applies to, such as `case.tags contains 'faq'`"),
        }),
        &["type"],
    );
    if let Some(map) = schema.as_object_mut() {
        map.insert("allOf".to_owned(), rules.into());
    }
    schema
}

/// A gate on proven broken cases takes their number, and nothing of other gates.
fn broken_gates(gate: &mut Value) {
    let most = json!({"type": "integer", "minimum": 0, "maximum": u32::MAX, "description": "Proven broken cases that are tolerated"});
    let own = json!({"metric": true, "tag": true, "max": most});
    if let Some(map) = gate.as_object_mut() {
        map.insert(
            "if".to_owned(),
            json!({"properties": {"metric": {"const": BROKEN}}, "required": ["metric"]}),
        );
        map.insert(
            "then".to_owned(),
            json!({"properties": own, "required": ["max"], "additionalProperties": false}),
        );
    }
}

fn suite() -> Value {
    let share =
        |about: &str| json!({"type": "number", "minimum": 0, "maximum": 1, "description": about});
    let mut gate = object(
        &json!({
            "metric": text("`pass_rate`, `NAME.pass_rate`, `score`, `broken`, `latency_ms.p95`, `cost_usd`, ..."),
            "tag": text("Only cases with this label"),
            "min": {"type": "number", "description": "The measured number is at least this"},
            "max": {"type": "number", "description": "The measured number is at most this"},
            "target": share("On evidence: as good as this"),
            "floor": share("On evidence: surely not below this [default: the target less 0.05]"),
            "baseline": flag("On evidence: not worse than the baseline"),
            "margin": share("By how much it may be worse [default: 0.05]"),
            "each_tag": flag("With `baseline`: on every label that at least 30 cases have, at one error rate"),
            "lower_bound": flag("With `min`: the lower bound of the interval counts"),
        }),
        &["metric"],
    );
    broken_gates(&mut gate);
    object(
        &json!({
            "description": any_text("What the suite holds the prompt to"),
            "prompt": text("The family under test"),
            "candidates": {"type": "array", "minItems": 1, "items": selector(), "description": "Statuses or versions [default: testing, shadow, canary and drafts, else production]"},
            "baseline": {"anyOf": [{"const": "none"}, selector()], "description": "What candidates must not be worse than [default: production]"},
            "dataset": text("Path of the dataset, from the project's folder"),
            "repeats": whole("How often each case is asked [default: once, and more while a gate is open]", 1_000),
            "models": list(&model("Extra models to try each candidate on")),
            "evaluators": list(&evaluator()),
            "judge": judge(),
            "gates": {"type": "array", "minItems": 1, "items": gate},
            "threshold": share("Weighted mean score from which a case passes [default: every evaluator has to pass]"),
            "on_inconclusive": {"enum": OnInconclusive::WORDS, "description": "What happens when the evidence does not suffice"},
            "segment": text("Whose users the suite is about: a segment of family.yaml"),
            "stop": {"const": "decided", "description": "Stop as soon as every evidence gate is decided"},
            "tags": words("Labels of the suite"),
        }),
        &["prompt", "dataset", "gates"],
    )
}

fn case() -> Value {
    let count = json!({"type": "integer", "minimum": 0});
    let usage: Map<String, Value> = crate::load::KEYS
        .iter()
        .filter(|(part, _)| *part == "usage")
        .flat_map(|(_, keys)| keys.iter())
        .map(|key| ((*key).to_owned(), count.clone()))
        .collect();
    object(
        &json!({
            "id": any_text("Unique in the dataset [default: the row's number]"),
            "vars": {"type": "object", "description": "Values for the templates"},
            "expected": {"description": "What a good answer is"},
            "tags": words("Labels, for filters and gates"),
            "cluster": any_text("Cases of one cluster belong together"),
            "weight": {"description": "Read for the sake of other tools' files, and dropped"},
            "critical": flag("Failing it blocks by itself"),
            "threshold": {"type": "number", "minimum": 0, "maximum": 1, "description": "Weighted mean score from which it passes"},
            "evaluators": list(&evaluator()),
            "output": {"type": "string", "description": "A logged answer: scored as it is, nothing is called"},
            "latency_ms": number("How long the logged answer took", 0.0),
            "usage": object(&Value::Object(usage), &[]),
        }),
        &["vars"],
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn keys(schema: &Value) -> BTreeSet<&str> {
        let properties = schema["properties"].as_object().unwrap();
        properties.keys().map(String::as_str).collect()
    }

    #[test]
    fn every_part_has_the_keys_that_its_reader_knows() {
        let (project, suite, case) = (project(), suite(), case());
        let (version, family, evaluator) = (version(), family(), evaluator());
        let parts = [
            ("project", &project),
            (
                "provider",
                &project["properties"]["providers"]["additionalProperties"],
            ),
            (
                "price",
                &project["properties"]["prices"]["additionalProperties"],
            ),
            ("defaults", &project["properties"]["defaults"]),
            ("cache", &project["properties"]["cache"]),
            ("judge", &suite["properties"]["judge"]),
            ("evidence", &project["properties"]["evidence"]),
            ("suite", &suite),
            ("gate", &suite["properties"]["gates"]["items"]),
            ("evaluator", &evaluator),
            ("case", &case),
            ("usage", &case["properties"]["usage"]),
            ("version", &version),
            ("family", &family),
            (
                "entry",
                &family["properties"]["versions"]["patternProperties"][VERSION],
            ),
        ];
        let known = || crate::load::KEYS.iter().chain(crate::registry::KEYS);
        assert_eq!(parts.len(), known().count());
        for (part, read) in known() {
            let (_, schema) = parts.iter().find(|(name, _)| name == part).unwrap();
            assert_eq!(keys(schema), read.iter().copied().collect(), "{part}");
        }
    }
}
