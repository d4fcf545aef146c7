//! Every type of evaluator, one file each or one for a close family. A new one is a file and a line in [`EVALUATORS`].

mod bleu;
mod contains;
mod contains_json;
mod cost;
mod ends_with;
mod equals;
mod expression;
mod finish_reason;
mod gleu;
mod html;
mod is_json;
mod is_refusal;
mod language;
mod latency;
mod length;
mod levenshtein;
mod llm_rubric;
mod numeric;
mod regex;
mod rouge;
mod sql;
mod starts_with;
mod word_count;
mod xml;

use super::EvaluatorEntry;

/// The types of evaluators by name.
pub static EVALUATORS: &[&EvaluatorEntry] = &[
    &bleu::ENTRY,
    &contains::CONTAINS,
    &contains::CONTAINS_ALL,
    &contains::CONTAINS_ANY,
    &html::CONTAINS_HTML,
    &contains_json::ENTRY,
    &sql::CONTAINS_SQL,
    &xml::CONTAINS_XML,
    &cost::ENTRY,
    &ends_with::ENTRY,
    &equals::ENTRY,
    &expression::ENTRY,
    &finish_reason::ENTRY,
    &gleu::ENTRY,
    &contains::ICONTAINS,
    &contains::ICONTAINS_ALL,
    &contains::ICONTAINS_ANY,
    &html::IS_HTML,
    &is_json::ENTRY,
    &is_refusal::ENTRY,
    &sql::IS_SQL,
    &xml::IS_XML,
    &language::ENTRY,
    &latency::ENTRY,
    &length::ENTRY,
    &levenshtein::ENTRY,
    &llm_rubric::ENTRY,
    &numeric::ENTRY,
    &regex::ENTRY,
    &rouge::ROUGE_L,
    &rouge::ROUGE_N,
    &starts_with::ENTRY,
    &word_count::ENTRY,
];

/// The type of this name (without `not-`).
pub fn find(name: &str) -> Option<&'static EvaluatorEntry> {
    EVALUATORS.iter().copied().find(|entry| entry.name == name)
}
