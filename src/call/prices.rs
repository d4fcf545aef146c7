//! What answers cost at list price: a shipped table with its date, and the user's own prices over it.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::model::settings::PriceSpec;
use crate::model::{ModelName, Usage};

/// The shipped table, read when a price is first asked for.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // A test reads the table; were it broken all the same, every price would be unknown and none wrong.
    serde_json::from_str(include_str!("prices.json")).unwrap_or_default()
});

#[derive(Debug, Default, Deserialize)]
struct Table {
    date: String,
    source: String,
    models: HashMap<String, Row>,
}

/// US dollars per million tokens.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    r#in: f64,
    out: f64,
    cached_in: Option<f64>,
    cache_write: Option<f64>,
    flex_in: Option<f64>,
    flex_out: Option<f64>,
    priority_in: Option<f64>,
    priority_out: Option<f64>,
    batch_in: Option<f64>,
    batch_out: Option<f64>,
    /// Tokens of the longest answer.
    max_out: Option<u64>,
    long_context: Option<LongContext>,
}

/// Another price for the whole of a request with much input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LongContext {
    /// Input tokens up to which the usual price holds.
    above: u64,
    r#in: f64,
    out: f64,
    cached_in: Option<f64>,
}

/// The date of the shipped table, as `YYYY-MM-DD`.
pub fn date() -> &'static str {
    &TABLE.date
}

/// Where the shipped table comes from.
pub fn source() -> &'static str {
    &TABLE.source
}

/// List price in US dollars, or `None` where the model's price or the tier's is unknown: never 0 because a price is missing.
/// `vendor` is the provider whose list prices hold where the user sets none.
pub fn cost(
    own: &BTreeMap<String, PriceSpec>,
    vendor: &str,
    model: &ModelName,
    usage: &Usage,
    tier: Option<&str>,
) -> Option<f64> {
    if !own.is_empty()
        && let Some(price) = own.get(&model.to_string())
    {
        return Some(total(*price, usage));
    }
    let row = TABLE.models.get(&format!("{vendor}/{}", model.model))?;
    Some(total(row.price(usage, tier)?, usage))
}

/// The price that the shipped table has for a model named `provider/model`.
pub fn shipped(model: &str) -> Option<PriceSpec> {
    let row = TABLE.models.get(model)?;
    row.price(&Usage::default(), None)
}

/// Tokens of the longest answer that a model gives; `None` where that is not known.
pub fn longest_answer(vendor: &str, model: &ModelName) -> Option<u64> {
    let row = TABLE.models.get(&format!("{vendor}/{}", model.model))?;
    row.max_out
}

impl Row {
    fn price(&self, usage: &Usage, tier: Option<&str>) -> Option<PriceSpec> {
        let (input, output) = match tier {
            None | Some("default" | "standard" | "standard_only" | "auto") => (self.r#in, self.out),
            Some("flex") => (self.flex_in?, self.flex_out?),
            Some("priority" | "fast") => (self.priority_in?, self.priority_out?),
            Some("batch") => (self.batch_in?, self.batch_out?),
            Some(_) => return None,
        };
        // Tables give a tier's price for plain input only; what is cached is scaled alike.
        let scale_in = ratio(input, self.r#in);
        let scale_out = ratio(output, self.out);
        let long = self
            .long_context
            .as_ref()
            .filter(|long| usage.input > long.above);
        let base = match long {
            Some(long) => PriceSpec {
                input: long.r#in,
                output: long.out,
                cached_input: long.cached_in,
                cache_write: self
                    .cache_write
                    .map(|write| write * ratio(long.r#in, self.r#in)),
            },
            None => PriceSpec {
                input: self.r#in,
                output: self.out,
                cached_input: self.cached_in,
                cache_write: self.cache_write,
            },
        };
        Some(PriceSpec {
            input: base.input * scale_in,
            output: base.output * scale_out,
            cached_input: base.cached_input.map(|price| price * scale_in),
            cache_write: base.cache_write.map(|price| price * scale_in),
        })
    }
}

fn ratio(price: f64, base: f64) -> f64 {
    if base > 0.0 { price / base } else { 1.0 }
}

fn total(price: PriceSpec, usage: &Usage) -> f64 {
    let apart = usage.cached_input + usage.cache_write;
    let plain = usage.input.saturating_sub(apart) as f64;
    let dollars = plain * price.input
        + usage.cached_input as f64 * price.cached_input.unwrap_or(price.input)
        + usage.cache_write as f64 * price.cache_write.unwrap_or(price.input)
        + usage.output as f64 * price.output;
    dollars / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, cached_input: u64, cache_write: u64, output: u64) -> Usage {
        Usage {
            input,
            output,
            cached_input,
            cache_write,
            reasoning: 0,
        }
    }

    fn list(model: &str, usage: &Usage, tier: Option<&str>) -> Option<f64> {
        let model: ModelName = model.parse().unwrap();
        cost(&BTreeMap::new(), &model.provider, &model, usage, tier)
            .map(|usd| (usd * 1e9).round() / 1e9)
    }

    #[test]
    fn the_shipped_table_can_be_read_and_is_dated() {
        assert!(TABLE.models.len() > 100);
        assert_eq!(date(), "2026-11-12");
        assert!(source().contains("litellm"));
    }

    #[test]
    fn cached_tokens_have_their_own_price() {
        let million = 1_000_000;
        let luna = "openai/gpt-6-luna";
        assert_eq!(list(luna, &usage(1000, 0, 0, 1000), None), Some(0.0006));
        assert_eq!(list(luna, &usage(1000, 1000, 0, 0), None), Some(0.00001));
        assert_eq!(list(luna, &usage(1000, 0, 1000, 0), None), Some(0.000_125));
        assert_eq!(
            list(luna, &usage(1000, 0, 0, 1000), Some("flex")),
            Some(0.0003)
        );
        assert_eq!(
            list(luna, &usage(1000, 0, 0, 1000), Some("priority")),
            Some(0.0012)
        );
        assert_eq!(
            list(luna, &usage(million, 0, 0, million), Some("default")),
            Some(0.95)
        );
    }

    #[test]
    fn an_unknown_price_is_not_zero() {
        let some = usage(10, 0, 0, 10);
        assert_eq!(list("openai/gpt-99", &some, None), None);
        assert_eq!(list("local/gpt-6-luna", &some, None), None);
        assert_eq!(list("openai/gpt-6-luna", &some, Some("scale")), None);
        assert_eq!(list("openai/gpt-6.2-sol", &some, Some("flex")), None);
    }

    #[test]
    fn the_users_price_goes_first() {
        let model: ModelName = "local/llama3".parse().unwrap();
        let price = PriceSpec {
            input: 1.0,
            output: 2.0,
            ..PriceSpec::default()
        };
        let own = BTreeMap::from([(model.to_string(), price)]);
        let million = usage(1_000_000, 400_000, 0, 1_000_000);
        assert_eq!(cost(&own, "local", &model, &million, None), Some(3.0));
    }
}
