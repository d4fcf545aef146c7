//! Reads what names a model: `provider/model`, or `{model, params}`.

use serde_json::Value;

use super::{Check, Node, Yaml};
use crate::model::{ModelName, ModelTarget, Params};

/// A model's name, or a mapping `{model, params}`.
pub(crate) fn model_target(check: &mut Check<'_>, node: &Node, name: &str) -> Option<ModelTarget> {
    if let Yaml::Map(_) = node.value {
        let fields = check.fields(node, &format!("`{name}`"), &["model", "params"])?;
        let model = check.require(&fields, "model", &format!("`{name}`"))?;
        let mut target = model_target(check, model, "model")?;
        if let Some(params) = fields.get("params") {
            target.params = read_params(check, params);
        }
        return Some(target);
    }
    let text = check.filled(node, name)?;
    match text.parse::<ModelName>() {
        Ok(model) => Some(ModelTarget {
            name: model,
            params: Params::new(),
            at: check.at(node.mark),
        }),
        Err(error) => {
            check.error("bad-model", node.mark, error.to_string());
            None
        }
    }
}

/// Request parameters, kept as written.
pub(crate) fn read_params(check: &mut Check<'_>, node: &Node) -> Params {
    let Some(fields) = check.any_fields(node, "`params`") else {
        return Params::new();
    };
    for (key, mark, _) in fields.iter() {
        if matches!(key, "messages" | "model" | "stream" | "n") {
            check.hinted(
                "bad-param",
                mark,
                format!("`params` may not set `{key}`"),
                Some("the runner writes it itself".into()),
            );
        }
    }
    match node.json() {
        Value::Object(map) => map,
        _ => Params::new(),
    }
}
