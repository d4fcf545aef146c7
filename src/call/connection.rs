//! The way to a provider: its headers as they are sent and as they may be shown, and which secrets travel on it.

use secrecy::{ExposeSecret, SecretString};

use super::http::{Header, Link, LinkError};
use super::providers::ProviderEntry;
use crate::model::Location;
use crate::model::settings::ProviderSpec;
use crate::secrets::{MASK, Redactor, is_secret_header, may_be_shown, password_in};

/// How to read an environment variable.
pub(super) type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where the HTTP client finds the proxies that it goes through; their addresses may hold a password.
const PROXIES: &[&str] = &[
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];

/// Learns the passwords of proxies.
pub(super) fn learn_proxies(env: Env<'_>, redactor: &mut Redactor) {
    for variable in PROXIES {
        let proxy = env(variable).unwrap_or_default();
        if let Some(password) = password_in(&proxy) {
            redactor.learn(&SecretString::from(password));
        }
    }
}

impl LinkError {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Url(_) | Self::Credentials => "bad-base-url",
            Self::Header(_) => "bad-header",
        }
    }

    pub(super) fn place(&self, url: &Location, spec: &Location) -> Location {
        match self {
            Self::Url(_) | Self::Credentials => url.clone(),
            Self::Header(_) => spec.clone(),
        }
    }
}

/// The link, and its headers as they may be shown.
pub(super) fn connect(
    base_url: &str,
    entry: &ProviderEntry,
    spec: &ProviderSpec,
    key: Option<(&SecretString, &str)>,
    redactor: &mut Redactor,
) -> Result<(Link, Vec<(String, String)>), LinkError> {
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut shown = vec![own("content-type", "application/json")];
    shown.extend(
        entry
            .format
            .headers()
            .iter()
            .map(|(name, value)| own(name, value)),
    );
    let with_key = key.map(|(key, variable)| {
        let (name, placeholder) = entry.format.key_header(&format!("${variable}"));
        shown.push(own(name, &placeholder));
        entry.format.key_header(key.expose_secret())
    });
    let mut headers: Vec<Header<'_>> = Vec::new();
    let fixed = entry.format.headers().iter();
    headers.extend(fixed.map(|&(name, value)| Header {
        name,
        value,
        secret: false,
    }));
    headers.extend(with_key.iter().map(|(name, value)| Header {
        name,
        value,
        secret: true,
    }));
    for (name, value) in &spec.headers {
        let secret = is_secret(name, value);
        if secret {
            redactor.learn(&SecretString::from(value.as_str()));
            // `Bearer KEY` may come back as the key alone.
            let last = value.split_whitespace().next_back().unwrap_or_default();
            redactor.learn(&SecretString::from(last));
        }
        let is_plain = !secret && may_be_shown(name);
        shown.push(own(name, if is_plain { value } else { MASK }));
        headers.push(Header {
            name,
            value,
            secret,
        });
    }
    Ok((Link::new(base_url, &headers)?, shown))
}

/// Shorter values are names and versions.
const SHORTEST_RANDOM: usize = 20;

/// Whether a header's value is long, of letters and digits, and no words: whatever its name, it may be a key.
fn looks_random(value: &str) -> bool {
    let has = |test: fn(&char) -> bool| value.chars().any(|c| test(&c));
    value.len() >= SHORTEST_RANDOM
        && !has(|c| c.is_whitespace())
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
}

/// Configured headers that make a request another one. Secrets are left out: a key that is renewed asks the same.
pub(super) fn counted(spec: &ProviderSpec) -> Vec<String> {
    let plain = spec
        .headers
        .iter()
        .filter(|(name, _)| !is_secret_header(name));
    let mut lines: Vec<String> = plain
        .map(|(name, value)| format!("{}: {}", name.to_lowercase(), value.trim()))
        .collect();
    lines.sort();
    lines
}

/// Whether a configured header's value is a secret, by its name or by its looks.
fn is_secret(name: &str, value: &str) -> bool {
    is_secret_header(name) || looks_random(value)
}
