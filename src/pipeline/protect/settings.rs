//! What prompteval.yaml gives up: evidence, keys, addresses and prices, and the protection itself.

use std::collections::BTreeSet;

use super::comparison::{Comparison, incomparable, listed, named};
use crate::call::{PROVIDERS, prices};
use crate::load::PROJECT_FILE;
use crate::model::settings::{EvidencePolicy, PriceSpec, Protect, Settings};

/// Compares the settings; returns the stricter word on what happens to a change that weakens its own gate.
pub(super) fn compare(comparison: &mut Comparison<'_>, now: &Settings) -> Protect {
    if !comparison.changed.touch(PROJECT_FILE) {
        return now.protect;
    }
    let Some((before, problems)) = comparison.before.settings() else {
        return now.protect;
    };
    if let Some(problem) = problems.first_error() {
        comparison.add(PROJECT_FILE, incomparable(&problem.message));
    }
    let mut found = Vec::new();
    if before.protect == Protect::Block && now.protect == Protect::Warn {
        found.push("`protect` was block and is warn".to_owned());
    }
    if now.allow_outside && !before.allow_outside {
        found.push("`allow_outside` turned on: the project reads files from anywhere".to_owned());
    }
    evidence(&before.evidence, &now.evidence, &mut found);
    keys(&before.trusted_keys, &now.trusted_keys, &mut found);
    providers(&before, now, &mut found);
    prices(&before, now, &mut found);
    for what in found {
        comparison.add(PROJECT_FILE, what);
    }
    if before.protect == Protect::Block {
        Protect::Block
    } else {
        now.protect
    }
}

fn evidence(before: &EvidencePolicy, now: &EvidencePolicy, found: &mut Vec<String>) {
    let more = now.sources.difference(&before.sources);
    let more: Vec<&str> = more.map(|source| source.as_str()).collect();
    if !more.is_empty() {
        let more = more.join(", ");
        found.push(format!(
            "`evidence.sources` widened: {more} answers count, too"
        ));
    }
    let raised = match (before.max_age, now.max_age) {
        (Some(was), Some(is)) => is > was,
        (was, is) => was.is_some() && is.is_none(),
    };
    if raised {
        found.push("`evidence.max_age` raised: older evidence counts".to_owned());
    }
    let is_new = |address: &String| !before.addresses.contains(address);
    let wider = now.addresses.is_empty() || now.addresses.iter().any(is_new);
    if !before.addresses.is_empty() && wider {
        found.push("`evidence.addresses` widened: answers of other addresses count".to_owned());
    }
}

/// The first keys ask for a signature where none was asked for.
fn keys(before: &[String], now: &[String], found: &mut Vec<String>) {
    if before.is_empty() {
        return;
    }
    let missing = |some: &[String], all: &[String]| -> Vec<String> {
        let other = some.iter().filter(|key| !all.contains(key));
        other.map(|key| named(key)).collect()
    };
    for (what, keys) in [
        ("added", missing(now, before)),
        ("removed", missing(before, now)),
    ] {
        if !keys.is_empty() {
            found.push(format!("`trusted_keys` {what}: {}", listed(&keys)));
        }
    }
}

/// Who answers under a name that was there before.
fn providers(before: &Settings, now: &Settings, found: &mut Vec<String>) {
    let endpoint = |settings: &Settings, name: &str| {
        let spec = settings.providers.get(name);
        // A name without a kind is that of its kind.
        let kind = spec.and_then(|spec| spec.kind.clone());
        let address = spec.and_then(|spec| spec.base_url.clone());
        (kind.unwrap_or_else(|| name.to_owned()), address)
    };
    let built_in = PROVIDERS.iter().map(|entry| entry.kind.to_owned());
    let names: BTreeSet<String> = built_in.chain(before.providers.keys().cloned()).collect();
    for name in names {
        if endpoint(before, &name) != endpoint(now, &name) {
            let name = named(&name);
            found.push(format!("provider {name} is of another kind or address"));
        }
    }
}

/// Prices that are lower or gone, those of the shipped table included: a gate on the cost lets more pass.
fn prices(before: &Settings, now: &Settings, found: &mut Vec<String>) {
    let all = |price: &PriceSpec| {
        let input = price.input;
        [
            input,
            price.output,
            price.cached_input.unwrap_or(input),
            price.cache_write.unwrap_or(input),
        ]
    };
    let price = |settings: &Settings, model: &str| {
        let own = settings.prices.get(model).copied();
        own.or_else(|| prices::shipped(model))
    };
    let models: BTreeSet<&String> = before.prices.keys().chain(now.prices.keys()).collect();
    for model in models {
        let Some(was) = price(before, model) else {
            continue;
        };
        let is_lower = |is: PriceSpec| all(&is).iter().zip(all(&was)).any(|(is, was)| *is < was);
        if price(now, model).is_none_or(is_lower) {
            found.push(format!("the price of {} is lower or gone", named(model)));
        }
    }
}
