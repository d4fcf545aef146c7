//! Reads `prompteval.yaml`.

use super::{judge, policy};
use crate::model::Problems;
use crate::model::problem::LITERAL_KEY;
use crate::model::settings::{PriceSpec, ProviderSpec, Settings, TokenField};
use crate::secrets::shown_address;
use crate::source::{ALLOW_OUTSIDE, Check, Fields, Node, Source, did_you_mean};

pub(super) const KEYS: &[&str] = &[
    "version",
    "providers",
    "defaults",
    "prices",
    "cache",
    "judge",
    "evidence",
    "trusted_keys",
    "protect",
    ALLOW_OUTSIDE,
];
pub(super) const PROVIDER_KEYS: &[&str] = &[
    "kind",
    "base_url",
    "api_key_env",
    "concurrency",
    "rpm",
    "tpm",
    "token_field",
    "headers",
];
pub(super) const DEFAULT_KEYS: &[&str] =
    &["concurrency", "timeout_s", "max_retries", "max_cost_usd"];
pub(super) const CACHE_KEYS: &[&str] = &["max_age_days", "max_size_mb"];
pub(super) const PRICE_KEYS: &[&str] = &["input", "output", "cached_input", "cache_write"];

pub(super) fn read(source: &Source, problems: &mut Problems) -> Settings {
    let mut check = Check::new(source);
    let mut settings = Settings::default();
    match source.yaml() {
        Ok(root) => read_root(&mut check, &root, &mut settings),
        Err(problem) => check.problems.push(problem),
    }
    problems.extend(check.problems);
    settings
}

fn read_root(check: &mut Check<'_>, root: &Node, settings: &mut Settings) {
    let Some(fields) = check.fields(root, "prompteval.yaml", KEYS) else {
        return;
    };
    if let Some(node) = fields.get("version")
        && let Some(version) = check.number(node, "version")
        && (version - 1.0).abs() > f64::EPSILON
    {
        check.hinted(
            "bad-version",
            node.mark,
            format!("this program reads version 1 of prompteval.yaml, not {version}"),
            Some("write `version: 1`, or install a newer prompteval".into()),
        );
    }
    if let Some(node) = fields.get("providers")
        && let Some(providers) = check.any_fields(node, "`providers`")
    {
        for (name, mark, node) in providers.iter() {
            if name.is_empty() || name.contains('/') {
                check.error(
                    "bad-name",
                    mark,
                    "a provider's name is not empty and holds no slash",
                );
            }
            let provider = read_provider(check, name, node);
            settings.providers.insert(name.to_owned(), provider);
        }
    }
    if let Some(node) = fields.get("defaults")
        && let Some(defaults) = check.fields(node, "`defaults`", DEFAULT_KEYS)
    {
        read_defaults(check, &defaults, settings);
    }
    if let Some(node) = fields.get("cache")
        && let Some(cache) = check.fields(node, "`cache`", CACHE_KEYS)
    {
        let mut limit = |key: &str| {
            let node = cache.get(key)?;
            check.number_in(node, key, 0.0, f64::INFINITY)
        };
        settings.cache_max_days = limit("max_age_days");
        settings.cache_max_mb = limit("max_size_mb");
    }
    settings.judge = judge::read(check, &fields);
    policy::read(check, &fields, settings);
    settings.allow_outside = fields
        .get(ALLOW_OUTSIDE)
        .and_then(|node| check.boolean(node, ALLOW_OUTSIDE))
        .unwrap_or_default();
    if let Some(node) = fields.get("prices")
        && let Some(prices) = check.any_fields(node, "`prices`")
    {
        read_prices(check, &prices, settings);
    }
}

fn read_provider(check: &mut Check<'_>, name: &str, node: &Node) -> ProviderSpec {
    let mut spec = ProviderSpec {
        at: check.at(node.mark),
        kind_at: check.at(node.mark),
        ..ProviderSpec::default()
    };
    let what = format!("provider `{name}`");
    let Some(all) = check.any_fields(node, &what) else {
        return spec;
    };
    if let Some(kind) = all.get("kind") {
        spec.kind = check.filled(kind, "kind");
        spec.kind_at = check.at(kind.mark);
    }
    // A key in a file ends up in git: worth more than "unknown key".
    if let Some(mark) = all.key_mark("api_key").or_else(|| all.key_mark("key")) {
        check.hinted(
            LITERAL_KEY,
            mark,
            "a key does not belong in a file",
            Some("name the environment variable that holds it: `api_key_env: NAME`".into()),
        );
        return spec;
    }
    let Some(fields) = check.fields(node, &what, PROVIDER_KEYS) else {
        return spec;
    };
    spec.base_url = fields.get("base_url").and_then(|n| read_url(check, n));
    spec.api_key_env = fields
        .get("api_key_env")
        .and_then(|n| read_variable(check, n));
    let mut whole = |key: &str, max: u64| {
        fields
            .get(key)
            .and_then(|n| check.integer_in(n, key, 1, max))
    };
    spec.concurrency = whole("concurrency", 10_000).map(|n| n as usize);
    spec.rpm = whole("rpm", u64::from(u32::MAX)).map(|n| n as u32);
    spec.tpm = whole("tpm", u64::MAX);
    spec.token_field = fields
        .get("token_field")
        .and_then(|n| read_token_field(check, n));
    if let Some(node) = fields.get("headers")
        && let Some(headers) = check.any_fields(node, "`headers`")
    {
        read_headers(check, &headers, &mut spec);
    }
    spec
}

fn read_token_field(check: &mut Check<'_>, node: &Node) -> Option<TokenField> {
    let word = check.filled(node, "token_field")?;
    let known = word.parse();
    if known.is_err() {
        check.hinted(
            "bad-token-field",
            node.mark,
            format!("`{word}` is no field for the limit of tokens"),
            did_you_mean(&word, TokenField::WORDS),
        );
    }
    known.ok()
}

fn read_headers(check: &mut Check<'_>, headers: &Fields<'_>, spec: &mut ProviderSpec) {
    for (name, mark, node) in headers.iter() {
        let secret = ["authorization", "x-api-key", "api-key"];
        if secret.contains(&name.to_ascii_lowercase().as_str()) {
            check.hinted(
                LITERAL_KEY,
                mark,
                format!("the header `{name}` carries a key, which does not belong in a file"),
                Some("name the environment variable that holds it: `api_key_env: NAME`".into()),
            );
        } else if let Some(value) = check.string(node, name) {
            spec.headers.insert(name.to_owned(), value);
        }
    }
}

fn read_url(check: &mut Check<'_>, node: &Node) -> Option<String> {
    let url = check.filled(node, "base_url")?;
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    // Where no host can be told, any `@` may end a password.
    let host = rest.map_or(url.as_str(), |rest| {
        rest.split(['/', '?', '#']).next().unwrap_or_default()
    });
    if host.contains('@') {
        check.hinted(
            LITERAL_KEY,
            node.mark,
            "an address with a password does not belong in a file".to_owned(),
            Some("name the environment variable that holds it: `api_key_env: NAME`".into()),
        );
        return None;
    }
    let shown = shown_address(&url);
    if rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
        let message = format!("`{shown}` is no http:// or https:// address");
        check.error("bad-url", node.mark, message);
        return None;
    }
    if url.contains(['?', '#']) {
        check.hinted(
            "bad-url",
            node.mark,
            format!("a base address ends before its query: `{shown}`"),
            Some("a key goes into the variable that `api_key_env` names, or into `headers`".into()),
        );
        return None;
    }
    Some(url)
}

fn read_variable(check: &mut Check<'_>, node: &Node) -> Option<String> {
    let name = check.filled(node, "api_key_env")?;
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.chars().all(fits) || name.starts_with(|c: char| c.is_ascii_digit()) {
        check.hinted(
            LITERAL_KEY,
            node.mark,
            "`api_key_env` takes the name of an environment variable",
            Some("a key does not belong in a file".into()),
        );
        return None;
    }
    Some(name)
}

fn read_defaults(check: &mut Check<'_>, defaults: &Fields<'_>, settings: &mut Settings) {
    let mut whole = |key: &str, min: u64, max: u64| {
        defaults
            .get(key)
            .and_then(|node| check.integer_in(node, key, min, max))
    };
    settings.concurrency = whole("concurrency", 1, 10_000).map(|n| n as usize);
    settings.max_retries = whole("max_retries", 0, 100).map(|n| n as u32);
    let mut number = |key: &str, min: f64, max: f64| {
        defaults
            .get(key)
            .and_then(|node| check.number_in(node, key, min, max))
    };
    settings.timeout_s = number("timeout_s", 0.001, 86_400.0);
    settings.max_cost_usd = number("max_cost_usd", 0.0, f64::INFINITY);
}

fn read_prices(check: &mut Check<'_>, prices: &Fields<'_>, settings: &mut Settings) {
    for (model, mark, node) in prices.iter() {
        if let Err(error) = model.parse::<crate::model::ModelName>() {
            check.error("bad-model", mark, error.to_string());
            continue;
        }
        let what = format!("the price of `{model}`");
        let Some(fields) = check.fields(node, &what, PRICE_KEYS) else {
            continue;
        };
        let input = check.require(&fields, "input", &what);
        let output = check.require(&fields, "output", &what);
        let mut price = |node: Option<&Node>, key: &str| {
            node.and_then(|node| check.number_in(node, key, 0.0, f64::INFINITY))
        };
        let spec = PriceSpec {
            input: price(input, "input").unwrap_or_default(),
            output: price(output, "output").unwrap_or_default(),
            cached_input: price(fields.get("cached_input"), "cached_input"),
            cache_write: price(fields.get("cache_write"), "cache_write"),
        };
        settings.prices.insert(model.to_owned(), spec);
    }
}
