//! What schemas are made of: objects, lists, texts, models.

use serde_json::{Value, json};

use crate::model::{Status, Structured};

/// An object with these keys and no others. A key without a value counts as not written, wherever it need not be there.
pub(super) fn object(properties: &Value, required: &[&str]) -> Value {
    let mut properties = properties.clone();
    let keys = properties.as_object_mut().into_iter().flatten();
    for (_, schema) in keys.filter(|(key, _)| !required.contains(&key.as_str())) {
        or_null(schema);
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

pub(super) fn or_null(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else {
        return;
    };
    if let Some(only) = map.remove("const") {
        map.insert("enum".to_owned(), json!([only, null]));
    } else if let Some(Value::Array(any)) = map.get_mut("anyOf") {
        any.push(json!({"type": "null"}));
    } else if let Some(Value::Array(words)) = map.get_mut("enum") {
        words.push(Value::Null);
    } else if let Some(kind) = map.get_mut("type") {
        match kind {
            Value::Array(kinds) => kinds.push("null".into()),
            one => *one = json!([one.clone(), "null"]),
        }
    }
}

/// An object whose keys users choose.
pub(super) fn map(values: &Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

pub(super) fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

pub(super) fn text(about: &str) -> Value {
    json!({"type": SCALAR, "minLength": 1, "description": about})
}

/// A text, empty or not.
pub(super) fn any_text(about: &str) -> Value {
    json!({"type": SCALAR, "description": about})
}

pub(super) fn number(about: &str, minimum: f64) -> Value {
    json!({"type": "number", "minimum": minimum, "description": about})
}

pub(super) fn whole(about: &str, most: u64) -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": most, "description": about})
}

pub(super) fn flag(about: &str) -> Value {
    json!({"type": "boolean", "description": about})
}

/// One label or several.
pub(super) fn words(about: &str) -> Value {
    json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": SCALAR}}], "description": about})
}

/// What counts as a text: YAML takes some of them for numbers or truths.
pub(super) const SCALAR: [&str; 3] = ["string", "number", "boolean"];

pub(super) const VERSION: &str = r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+].+)?$";
pub(super) const MODEL: &str = "^[^/]+/.+$";

pub(super) fn statuses() -> Vec<&'static str> {
    Status::ALL.iter().map(|status| status.as_str()).collect()
}

/// `provider/model`, or that with parameters.
pub(super) fn model(about: &str) -> Value {
    let name = json!({"type": "string", "pattern": MODEL});
    json!({
        "description": about,
        "anyOf": [name, object(&json!({"model": name, "params": {"type": "object"}}), &["model"])],
    })
}

/// A status or a version.
pub(super) fn selector() -> Value {
    json!({"anyOf": [{"enum": statuses()}, {"type": "string", "pattern": VERSION}]})
}

/// What judges are where an evaluator does not say it.
pub(super) fn judge() -> Value {
    object(
        &json!({
            "model": model("The judge"),
            "params": {"type": "object", "description": "Its request parameters; null takes one out of the request"},
            "structured": structured(),
            "rubric_prompt": rubric_prompt(),
        }),
        &[],
    )
}

/// How a judge's verdict is asked for.
pub(super) fn structured() -> Value {
    json!({"enum": Structured::WORDS, "description": "How a judge's verdict is asked for [default: auto]"})
}

/// What a judge is asked.
pub(super) fn rubric_prompt() -> Value {
    text(
        "Template of what the judge is asked, over `rubric`, `output`, `expected` and the case's variables",
    )
}
