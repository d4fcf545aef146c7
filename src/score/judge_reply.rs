//! Reads a judge's reply. Whatever is no clear verdict is an error: neither a pass nor a failure.

use serde_json::{Map, Value};

use crate::model::Completion;

/// A judge's verdict.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JudgeVerdict {
    pub(super) passed: bool,
    pub(super) score: f64,
    pub(super) reason: String,
}

/// Reads `{reason, pass, score}`, alone or inside one code fence.
pub(super) fn read(reply: &Completion) -> Result<JudgeVerdict, String> {
    if let Some(refusal) = &reply.refusal {
        return Err(format!("the judge refused: {refusal}"));
    }
    let text = reply.content.trim();
    if text.is_empty() {
        let why = reply.finish_reason.as_deref().unwrap_or("no reason given");
        return Err(format!("the judge answered nothing (finish reason: {why})"));
    }
    let object: Map<String, Value> = serde_json::from_str(unfenced(text)).map_err(|error| {
        format!(
            "the judge's answer is no JSON verdict ({error}): {}",
            start(text)
        )
    })?;
    let passed = verdict(&object)?;
    let score = match object.get("score") {
        None | Some(Value::Null) => f64::from(u8::from(passed)),
        Some(value) => value
            .as_f64()
            .filter(|score| (0.0..=1.0).contains(score))
            .ok_or_else(|| format!("the judge's score is no number between 0 and 1: {value}"))?,
    };
    let reason = object
        .get("reason")
        .and_then(Value::as_str)
        .unwrap_or("the judge gave no reason");
    Ok(JudgeVerdict {
        passed,
        score,
        reason: reason.to_owned(),
    })
}

/// `pass: true`, or `verdict: pass`; both may be there, and then they must agree.
fn verdict(object: &Map<String, Value>) -> Result<bool, String> {
    let pass = match object.get("pass") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(pass)) => Some(*pass),
        Some(other) => {
            return Err(format!(
                "the judge's `pass` is neither true nor false: {other}"
            ));
        }
    };
    let word = match object.get("verdict") {
        None | Some(Value::Null) => None,
        Some(Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "pass" | "passed" => Some(true),
            "fail" | "failed" => Some(false),
            _ => {
                return Err(format!(
                    "the judge's `verdict` is neither pass nor fail: {word}"
                ));
            }
        },
        Some(other) => return Err(format!("the judge's `verdict` is no word: {other}")),
    };
    match (pass, word) {
        (Some(a), Some(b)) if a != b => {
            Err("the judge contradicts itself: `pass` and `verdict` differ".to_owned())
        }
        (Some(passed), _) | (None, Some(passed)) => Ok(passed),
        (None, None) => Err("the judge gave no verdict: its answer has no `pass`".to_owned()),
    }
}

/// The inside of a code fence that encloses the whole text.
fn unfenced(text: &str) -> &str {
    let inside = text
        .strip_prefix("```")
        .and_then(|rest| rest.strip_suffix("```"))
        .and_then(|rest| rest.split_once('\n'))
        .filter(|(language, _)| language.chars().all(char::is_alphanumeric));
    inside.map_or(text, |(_, inside)| inside.trim())
}

fn start(text: &str) -> String {
    const SHOWN: usize = 80;
    let shown: String = text.chars().take(SHOWN).collect();
    if text.chars().count() > SHOWN {
        format!("{shown}...")
    } else {
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(content: &str) -> Result<JudgeVerdict, String> {
        read(&Completion {
            content: content.to_owned(),
            ..Completion::default()
        })
    }

    #[test]
    fn a_clear_verdict_is_read() {
        let verdict = reply(r#"{"reason": "ok", "pass": true, "score": 0.9}"#).unwrap();
        assert_eq!(
            (verdict.passed, verdict.score, verdict.reason.as_str()),
            (true, 0.9, "ok")
        );
        let fenced = reply("```json\n{\"reason\": \"no\", \"verdict\": \"FAIL\"}\n```").unwrap();
        assert_eq!((fenced.passed, fenced.score), (false, 0.0));
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in [
            "",
            "   ",
            "{}",
            "null",
            "[]",
            "true",
            "PASS",
            "It is fine. {\"pass\": true}",
            "{\"pass\": true",
            "{\"pass\": \"true\"}",
            "{\"pass\": null}",
            "{\"pass\": true} {\"pass\": false}",
            "{\"pass\": true, \"verdict\": \"fail\"}",
            "{\"pass\": true, \"score\": 7}",
            "{\"pass\": true, \"score\": \"high\"}",
            "{\"verdict\": \"maybe\"}",
            "```\n{}\n```",
            "{\"score\": 1.0, \"reason\": \"great\"}",
        ] {
            assert!(reply(text).is_err(), "{text}");
        }
    }
}
