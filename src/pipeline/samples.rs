//! Written sample answers as recordings of a project that has none yet.

use std::collections::BTreeMap;

use super::Checked;
use super::trial::prompt_ask;
use crate::call::Client;
use crate::model::{Completion, Usage};

/// Bytes a token, about.
const TOKEN: usize = 4;

/// Records an answer for every case that has one, as if it had come from the version's model: whoever writes them says so where
/// they stand.
pub fn write_samples(checked: &Checked, client: &Client, answers: &BTreeMap<String, String>) {
    for (id, _) in checked.plan.trials() {
        let suite = checked.plan.suites.get(id.suite as usize);
        let Some(case) = suite.and_then(|suite| suite.dataset.case(id.case).ok()) else {
            continue;
        };
        let (Some(answer), Some(ask)) = (answers.get(&case.id), prompt_ask(checked, id, &case))
        else {
            continue;
        };
        let asked: usize = ask
            .request
            .messages
            .iter()
            .map(|one| one.content.len())
            .sum();
        let completion = Completion {
            content: answer.clone(),
            finish_reason: Some("stop".to_owned()),
            model: Some(ask.request.model.model.clone()),
            usage: Some(Usage {
                input: (asked / TOKEN) as u64,
                output: (answer.len() / TOKEN) as u64,
                ..Usage::default()
            }),
            ..Completion::default()
        };
        client.record(&ask, completion);
    }
}
