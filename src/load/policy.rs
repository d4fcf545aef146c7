//! Reads what `prompteval.yaml` asks of evidence: where answers may come from, how old they may be, and whose signature counts.

use std::time::Duration;

use crate::model::problem::LITERAL_KEY;
use crate::model::settings::{AnswerSource, EvidencePolicy, Protect, Settings};
use crate::seal::{KeyError, PublicKey};
use crate::source::{Check, Fields, Node, did_you_mean};

pub(super) const EVIDENCE_KEYS: &[&str] = &["sources", "max_age", "addresses"];

/// Reads `evidence`, `trusted_keys` and `protect`.
pub(super) fn read(check: &mut Check<'_>, fields: &Fields<'_>, settings: &mut Settings) {
    if let Some(node) = fields.get("evidence")
        && let Some(own) = check.fields(node, "`evidence`", EVIDENCE_KEYS)
    {
        settings.evidence = read_evidence(check, &own);
    }
    if let Some(node) = fields.get("trusted_keys") {
        settings.trusted_keys = check.strings(node, "trusted_keys");
        for key in &settings.trusted_keys {
            if let Err(error) = key.parse::<PublicKey>() {
                // The line is not shown where it holds a secret.
                let code = if error == KeyError::Leaked {
                    LITERAL_KEY
                } else {
                    "bad-value"
                };
                check.error(code, node.mark, format!("`trusted_keys`: {error}"));
            }
        }
    }
    if let Some(node) = fields.get("protect")
        && let Some(word) = check.string(node, "protect")
    {
        match word.as_str() {
            "warn" => settings.protect = Protect::Warn,
            "block" => settings.protect = Protect::Block,
            _ => check.hinted(
                "bad-value",
                node.mark,
                format!("`protect` is warn or block, not `{word}`"),
                did_you_mean(&word, ["warn", "block"]),
            ),
        }
    }
}

fn read_evidence(check: &mut Check<'_>, fields: &Fields<'_>) -> EvidencePolicy {
    let mut policy = EvidencePolicy {
        is_written: true,
        ..EvidencePolicy::default()
    };
    if let Some(node) = fields.get("sources") {
        let words = check.strings(node, "sources");
        policy.sources.clear();
        for word in words {
            match word.parse() {
                Ok(source) => {
                    policy.sources.insert(source);
                }
                Err(()) => check.hinted(
                    "bad-value",
                    node.mark,
                    format!("answers come from live, cache, recorded or logged, not from `{word}`"),
                    did_you_mean(&word, AnswerSource::ALL.map(AnswerSource::as_str)),
                ),
            }
        }
        if policy.sources.is_empty() {
            check.error(
                "bad-value",
                node.mark,
                "without a source no answer is evidence, and nothing could be promoted",
            );
        }
    }
    if let Some(node) = fields.get("max_age") {
        policy.max_age = read_age(check, node);
    }
    if let Some(node) = fields.get("addresses") {
        policy.addresses = check.strings(node, "addresses");
    }
    policy
}

/// `30d`, `12h`, `2w`, or `none` for no limit.
fn read_age(check: &mut Check<'_>, node: &Node) -> Option<Duration> {
    let text = check.filled(node, "max_age")?;
    if text == "none" {
        return None;
    }
    let age = parse_age(&text);
    if age.is_none() {
        check.hinted(
            "bad-value",
            node.mark,
            format!("`{text}` is no age"),
            Some(
                "write days, hours or weeks, such as `30d`, `12h` or `2w`; `none` sets no limit"
                    .into(),
            ),
        );
    }
    age.or(EvidencePolicy::default().max_age)
}

fn parse_age(text: &str) -> Option<Duration> {
    const HOUR: u64 = 3_600;
    let units = [("h", HOUR), ("d", 24 * HOUR), ("w", 7 * 24 * HOUR)];
    let (number, unit) = units
        .iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, *seconds)))?;
    let number: u32 = number.parse().ok()?;
    (number > 0).then(|| Duration::from_secs(u64::from(number) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_hours_days_or_weeks() {
        let days = |text| parse_age(text).map(|age| age.as_secs_f64() / 86_400.0);
        assert_eq!(days("30d"), Some(30.0));
        assert_eq!(days("12h"), Some(0.5));
        assert_eq!(days("2w"), Some(14.0));
        for wrong in ["30", "d", "0d", "-1d", "1.5d", "30 d", "99999999999d"] {
            assert_eq!(days(wrong), None, "{wrong}");
        }
    }
}
