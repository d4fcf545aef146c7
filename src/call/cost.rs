//! What answers cost, and what a call may cost at most before it is made.

use super::ask::Ask;
use super::attempt::Sent;
use super::client::Client;
use super::kept::Landed;
use super::places::Places;
use super::{budget, prices};
use crate::model::exchange::Vain;
use crate::model::{CallError, ErrorClass, ModelName, Request, Usage};

/// Why nobody can say what a call costs at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbounded {
    /// The model's price is unknown.
    Price,
    /// Nothing bounds the length of its answer.
    Length,
}

impl Unbounded {
    /// What is unknown of a model.
    pub fn of(self, model: &ModelName) -> String {
        match self {
            Self::Price => format!("the price of {model} is unknown"),
            Self::Length => format!("nothing bounds the length of an answer of {model}"),
        }
    }
}

impl Client {
    /// List price of an answer in US dollars; `None` where the price is unknown.
    pub fn cost(&self, model: &ModelName, usage: &Usage, tier: Option<&str>) -> Option<f64> {
        prices::cost(
            &self.transport.prices,
            self.vendor(model),
            model,
            usage,
            tier,
        )
    }

    /// What requests cost that were answered with nothing to use.
    pub(super) fn vain(&self, sent: &Sent<'_>) -> Vain {
        let mut vain = Vain::default();
        for (model, took) in &sent.vain {
            match self.cost(model, &took.usage, took.tier.as_deref()) {
                Some(cost) => vain.paid_usd += cost,
                None => vain.unpriced += 1,
            }
        }
        vain
    }

    /// Whose list a model stands in: a configured provider that only speaks a vendor's format does not charge that vendor's prices.
    fn vendor<'a>(&'a self, model: &'a ModelName) -> &'a str {
        let provider = self.transport.providers.get(&model.provider);
        provider
            .filter(|provider| provider.name == provider.entry.kind)
            .map_or(model.provider.as_str(), |provider| provider.entry.prices)
    }

    /// Tokens of the longest answer that a request allows, else that the model gives; `None` where nothing bounds it.
    pub fn longest_answer(&self, request: &Request) -> Option<u64> {
        let model = &request.model;
        let format = self.transport.providers.get(&model.provider);
        let written = || format.and_then(|provider| provider.entry.format.usual_max_tokens());
        let allowed = budget::longest_answer(request).or_else(written);
        allowed.or_else(|| prices::longest_answer(self.vendor(model), model))
    }

    /// What a request may cost at most, by the length of its text and the longest answer that it allows, else that the model gives.
    ///
    /// # Errors
    /// What is not known of the model.
    pub fn most_cost(&self, request: &Request) -> Result<f64, Unbounded> {
        self.most_cost_beside(request, 0)
    }

    /// The same where so many tokens are added to the request's text that are not there yet.
    ///
    /// # Errors
    /// What is not known of the model.
    pub fn most_cost_beside(&self, request: &Request, further: u64) -> Result<f64, Unbounded> {
        let model = &request.model;
        let tier = request.params.get("service_tier");
        let tier = tier.and_then(serde_json::Value::as_str);
        let cost = |output| {
            let mut usage = budget::most_tokens(request, output);
            usage.input = usage.input.saturating_add(further);
            self.cost(model, &usage, tier).ok_or(Unbounded::Price)
        };
        let Some(longest) = self.longest_answer(request) else {
            // Where answers cost nothing their length is of no matter.
            let (none, some) = (cost(0)?, cost(1)?);
            return if some > none {
                Err(Unbounded::Length)
            } else {
                Ok(none)
            };
        };
        cost(longest)
    }

    /// What may be paid for a question: the most expensive of the models that may answer it. Nobody asks where there is no budget.
    fn most(&self, ask: &Ask) -> Result<f64, CallError> {
        if !self.budget.is_limited() {
            return Ok(0.0);
        }
        let requests = std::iter::once(&ask.request).chain(&ask.fallback);
        let costs = requests.map(|request| (request, self.most_cost(request)));
        let mut most: f64 = 0.0;
        for (request, cost) in costs {
            match cost {
                Ok(cost) => most = most.max(cost),
                Err(unknown) => {
                    let text = format!("there is a budget, and {}", unknown.of(&request.model));
                    return Err(CallError::new(ErrorClass::Budget, text));
                }
            }
        }
        Ok(most)
    }
    /// Calls within the budget: what the call may cost is set aside before it, what it did cost is kept after it.
    pub(super) async fn pay<'c>(
        &'c self,
        ask: &'c Ask,
        places: &Places<'_>,
        sent: &mut Sent<'c>,
    ) -> Result<Landed, CallError> {
        let most = self.most(ask)?;
        sent.reserved = Some(self.budget.reserve(most).await?);
        let outcome = self.call(ask, places, sent).await;
        let paid = outcome.as_ref().ok().and_then(|landed| {
            let kept = &landed.kept;
            let model = kept.fallback.as_ref().unwrap_or(&ask.request.model);
            let tier = kept.completion.service_tier.as_deref();
            self.cost(model, kept.completion.usage.as_ref()?, tier)
        });
        // An answer that does not say what it took is counted at the highest price, as is a request that was lost on the way; a refused one for
        // nothing.
        let paid = paid.unwrap_or(if outcome.is_ok() { most } else { 0.0 });
        let lost = f64::from(sent.unknown) * most;
        if let Some(reserved) = sent.reserved.take() {
            reserved.settle(paid + lost + self.vain(sent).paid_usd);
        }
        outcome
    }
}
