//! What a run is about to take. Every key that a call will need must be there before the first one, and with a budget every price.

use std::collections::BTreeSet;

use super::refusal::{Told, Why};
use crate::call::Client;
use crate::model::Responses;
use crate::model::number::counted;
use crate::pipeline::Ready;
use crate::pipeline::forecast::{Forecast, estimate, estimate_further, forecast};

/// What a run is about to take, and what it may take beside that.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The first look.
    pub first: Forecast,
    /// Repeats while a gate is open, the proof of broken cases, and stored baselines that have to be asked again.
    pub further: Forecast,
    has_stored: bool,
}

/// What the run is about to take; nothing is asked where only recordings count.
pub(super) fn expected(
    ready: &Ready,
    client: &Client,
    max_cost_usd: Option<f64>,
) -> Result<Option<Expected>, Why> {
    if client.mode() == Responses::Replay {
        return Ok(None);
    }
    let has_budget = max_cost_usd.or(ready.settings.max_cost_usd).is_some();
    let first = if has_budget || ready.lacks_keys(client) {
        forecast(ready, client)
    } else {
        estimate(ready, client)
    };
    keys(&first)?;
    if has_budget {
        bounded(&first)?;
    }
    Ok(Some(Expected {
        first,
        further: estimate_further(ready, client),
        has_stored: !ready.stored.is_empty(),
    }))
}

fn keys(first: &Forecast) -> Result<(), Why> {
    let Some(missing) = first.missing_keys.first() else {
        return Ok(());
    };
    let calls = first.calls();
    let keys = first.missing_keys.iter();
    let names: Vec<&str> = keys.map(|key| key.variable.as_str()).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let needed = if calls == 1 { "is" } else { "are" };
    let message = format!(
        "{} {verb} not set, and no recording or cache answers {} that {needed} needed (provider {})",
        names.join(" and "),
        counted(calls, "call"),
        missing.provider
    );
    Err(Why::invalid(message).hint(format!(
        "`export {}=...` sets the key; `prompteval run --responses replay` decides on recordings alone",
        missing.variable
    )))
}

/// With a budget, what every call may cost at most has to be known.
fn bounded(first: &Forecast) -> Result<(), Why> {
    if let Some(model) = first.unpriced.first() {
        let message = format!("there is a budget, and the price of {model} is unknown");
        return Err(Why::invalid(message).hint(format!(
            "add it to prompteval.yaml: `prices: {{{model}: {{input: 0.10, output: 0.50}}}}`"
        )));
    }
    if let Some(model) = first.unbounded.first() {
        let message =
            format!("there is a budget, and nothing bounds the length of an answer of {model}");
        let hint = "write `params: {max_tokens: 1000}`, or what suits the version or the judge";
        return Err(Why::invalid(message).hint(hint));
    }
    Ok(())
}

impl Expected {
    /// All of it in a sentence, where anything is asked.
    pub(super) fn told(&self) -> Option<Told> {
        let Self { first, further, .. } = self;
        if first.calls() + further.calls() == 0 {
            return None;
        }
        let providers = first.providers.union(&further.providers);
        let providers: Vec<&str> = providers.map(String::as_str).collect();
        let most = |forecast: &Forecast| match forecast.paid() {
            paid if paid.known().is_none() => "cost unknown".to_owned(),
            paid => paid.at_most(|usd| format!("${usd:.4}")),
        };
        let mut text = format!(
            "expected: {} to {}, {}",
            counted(first.calls(), "call"),
            providers.join(", "),
            most(first)
        );
        if further.calls() > 0 {
            let more = format!("up to {} more, {}", further.calls(), most(further));
            let stored = if self.has_stored {
                " or a stored baseline has to be asked again"
            } else {
                ""
            };
            text = format!("{text}; {more}, while a gate is open{stored}");
        }
        let all = [first, further].into_iter();
        let unknown = all.flat_map(|one| one.unpriced.iter().chain(&one.unbounded));
        let unknown: BTreeSet<&str> = unknown.map(String::as_str).collect();
        if !unknown.is_empty() {
            let models: Vec<&str> = unknown.into_iter().collect();
            let models = models.join(", ");
            text = format!("{text} (the price or the length of answers is not known of {models})");
        }
        Some(Told::Note(text))
    }
}
