//! Every type of evaluator, one file each or one for a close family. A new one is a file and a line in [`EVALUATORS`].

mod contains;
mod contains_json;
mod cost;
mod equals;
mod is_json;
mod is_refusal;
mod latency;
mod llm_rubric;
mod regex;
mod starts_with;
mod word_count;

use super::EvaluatorEntry;

/// The types of evaluators by name.
pub static EVALUATORS: &[&EvaluatorEntry] = &[
    &contains::CONTAINS,
    &contains::CONTAINS_ALL,
    &contains::CONTAINS_ANY,
    &contains_json::ENTRY,
    &cost::ENTRY,
    &equals::ENTRY,
    &contains::ICONTAINS,
    &contains::ICONTAINS_ALL,
    &contains::ICONTAINS_ANY,
    &is_json::ENTRY,
    &is_refusal::ENTRY,
    &latency::ENTRY,
    &llm_rubric::ENTRY,
    &regex::ENTRY,
    &starts_with::ENTRY,
    &word_count::ENTRY,
];

/// The type of this name (without `not-`).
pub fn find(name: &str) -> Option<&'static EvaluatorEntry> {
    EVALUATORS.iter().copied().find(|entry| entry.name == name)
}
