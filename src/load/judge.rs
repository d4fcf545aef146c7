//! Reads what stands of judges in a suite, in `prompteval.yaml` and in an evaluator.

use crate::model::suite::JudgeSpec;
use crate::model::{Params, Structured};
use crate::source::{Check, Fields, Node, did_you_mean, model_target, read_params};

pub(super) const KEYS: &[&str] = &["model", "params", "structured", "rubric_prompt"];

/// The block `judge:`; nothing where it is not written.
pub(super) fn read(check: &mut Check<'_>, fields: &Fields<'_>) -> JudgeSpec {
    let Some(node) = fields.get("judge") else {
        return JudgeSpec::default();
    };
    let Some(fields) = check.fields(node, "`judge`", KEYS) else {
        return JudgeSpec::default();
    };
    let model = fields
        .get("model")
        .and_then(|node| model_target(check, node, "model"));
    let params = fields
        .get("params")
        .map(|node| (node.mark, read_params(check, node)));
    let beside = model.as_ref().map(|model| &model.params);
    if let Some((mark, _)) = &params
        && beside.is_some_and(|beside: &Params| !beside.is_empty())
    {
        check.error(
            "two-params",
            *mark,
            "the judge's `params` are given twice: in `model`, and beside it",
        );
    }
    JudgeSpec {
        model,
        params: params.map(|(_, params)| params),
        structured: structured(check, fields.get("structured")),
        rubric_prompt: fields
            .get("rubric_prompt")
            .and_then(|node| check.filled(node, "rubric_prompt")),
    }
}

/// How a judge's verdict is asked for.
pub(super) fn structured(check: &mut Check<'_>, node: Option<&Node>) -> Option<Structured> {
    let node = node?;
    let word = check.filled(node, "structured")?;
    let known = word.parse();
    if known.is_err() {
        check.hinted(
            "bad-structured",
            node.mark,
            format!("`{word}` is no way to ask a judge for its verdict"),
            did_you_mean(&word, Structured::WORDS),
        );
    }
    known.ok()
}
