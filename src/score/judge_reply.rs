//! Reads a judge's verdict. What is not plainly a verdict is an error: neither a pass nor a failure.

use serde::Deserialize;

use crate::model::{Completion, ModelTarget};
use crate::text::excerpt::quoted;
use crate::text::fence::unfenced;

/// What a judge decided.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct JudgeReply {
    pub(super) pass: bool,
    /// In 0..=1; 1 or 0 by `pass` where the judge gave none.
    pub(super) score: f64,
    pub(super) reason: String,
}

/// The object as judges write it. Read as a struct, so that a key given twice is refused: it could say both.
#[derive(Deserialize)]
struct Written {
    reason: Option<String>,
    pass: Option<bool>,
    verdict: Option<String>,
    score: Option<f64>,
}

/// Reads one reply.
///
/// # Errors
/// When it is refused, is not exactly one JSON object (bare or as the only thing in one code fence), or that object has
/// no readable, consistent verdict.
pub(super) fn read(reply: &Completion, judge: &ModelTarget) -> Result<JudgeReply, String> {
    let verdict = read_verdict(reply);
    match cut_off(reply, judge) {
        // A verdict that is whole was not cut off, whatever came after it.
        Some(cut_off) if verdict.is_err() && reply.refusal.is_none() => Err(cut_off),
        _ => verdict,
    }
}

fn read_verdict(reply: &Completion) -> Result<JudgeReply, String> {
    if let Some(refusal) = &reply.refusal {
        return Err(format!("the judge refused: {}", quoted(refusal)));
    }
    let text = reply.content.trim();
    if text.is_empty() {
        return Err(match &reply.finish_reason {
            Some(reason) => format!(
                "the judge answered nothing (stopped with {})",
                quoted(reason)
            ),
            None => "the judge answered nothing".to_owned(),
        });
    }
    let object = unfenced(text).filter(|object| object.starts_with('{'));
    let object = object.ok_or_else(|| no_verdict(text, "it is no JSON object"))?;
    let written: Written =
        serde_json::from_str(object).map_err(|error| no_verdict(text, &error.to_string()))?;
    verdict(written).map_err(|fault| no_verdict(text, &fault))
}

/// That the judge came to the end of its tokens before that of its verdict, and what to do.
fn cut_off(reply: &Completion, judge: &ModelTarget) -> Option<String> {
    const STOPPED: &[&str] = &["length", "max_tokens", "max_output_tokens", "model_length"];
    const LIMITS: &[&str] = &["max_tokens", "max_completion_tokens", "max_output_tokens"];
    let reason = reply.finish_reason.as_deref()?;
    if !STOPPED.contains(&reason) {
        return None;
    }
    let mut limits = LIMITS.iter();
    let limit = limits.find_map(|key| Some((*key, judge.params.get(*key)?.as_u64()?)));
    let spent = reply
        .usage
        .map_or(String::new(), |usage| match usage.reasoning {
            0 => format!(", after {} tokens", usage.output),
            reasoning => format!(
                ", after {} tokens, {reasoning} of them for reasoning",
                usage.output
            ),
        });
    let (limit, fix) = match limit {
        Some((key, most)) => (
            format!("`{key}: {most}`"),
            format!("raise `{key}` in the judge's params"),
        ),
        None => (
            "which nothing in its params sets".to_owned(),
            "set `max_tokens` in the judge's params".to_owned(),
        ),
    };
    Some(format!(
        "the judge was cut off by its token limit ({limit}; it stopped with {}{spent}) before its verdict was whole: {fix}",
        quoted(reason)
    ))
}

fn no_verdict(text: &str, fault: &str) -> String {
    format!(
        "the judge gave no readable verdict ({fault}): {}",
        quoted(text)
    )
}

fn verdict(written: Written) -> Result<JudgeReply, String> {
    let worded = match written.verdict.as_deref().map(str::trim) {
        None => None,
        Some(word) if word.eq_ignore_ascii_case("pass") => Some(true),
        Some(word) if word.eq_ignore_ascii_case("fail") => Some(false),
        Some(word) => return Err(format!("{} is neither pass nor fail", quoted(word))),
    };
    let pass = match (written.pass, worded) {
        (Some(pass), Some(worded)) if pass != worded => {
            return Err("`pass` and `verdict` contradict each other".to_owned());
        }
        (Some(pass), _) | (None, Some(pass)) => pass,
        (None, None) => return Err("it has neither `pass` nor `verdict`".to_owned()),
    };
    let score = written.score.unwrap_or(f64::from(u8::from(pass)));
    if !(0.0..=1.0).contains(&score) {
        return Err(format!("the score {score} is not in 0..=1"));
    }
    Ok(JudgeReply {
        pass,
        score,
        reason: written
            .reason
            .filter(|reason| !reason.trim().is_empty())
            .unwrap_or_else(|| "the judge gave no reason".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn judge(params: &serde_json::Value) -> ModelTarget {
        ModelTarget {
            name: "openai/gpt-6-luna".parse().unwrap(),
            params: params.as_object().cloned().unwrap_or_default(),
            at: crate::model::Location::default(),
        }
    }

    fn read(reply: &Completion) -> Result<JudgeReply, String> {
        super::read(reply, &judge(&serde_json::Value::Null))
    }

    fn read_text(text: &str) -> Result<JudgeReply, String> {
        read(&Completion {
            content: text.into(),
            ..Completion::default()
        })
    }

    fn verdict_of(text: &str) -> (bool, f64) {
        let reply = read_text(text).unwrap_or_else(|cause| panic!("{cause}"));
        (reply.pass, reply.score)
    }

    #[test]
    fn a_verdict_is_read_bare_and_from_one_code_fence() {
        let object = r#"{"reason": "says ```so```", "pass": true, "score": 0.8}"#;
        assert_eq!(verdict_of(object), (true, 0.8));
        for fenced in [
            format!("```json\n{object}\n```"),
            format!("```\r\n{object}```"),
            format!("\n ```JSON\n{object}\n```\n"),
        ] {
            assert_eq!(verdict_of(&fenced), (true, 0.8), "{fenced}");
        }
    }

    #[test]
    fn the_word_is_as_good_as_the_flag_and_the_score_may_be_missing() {
        assert_eq!(
            verdict_of(r#"{"reason": "r", "verdict": "PASS"}"#),
            (true, 1.0)
        );
        assert_eq!(
            verdict_of(r#"{"reason": "r", "verdict": "fail "}"#),
            (false, 0.0)
        );
        assert_eq!(
            verdict_of(r#"{"reason": "r", "pass": false}"#),
            (false, 0.0)
        );
        assert_eq!(
            verdict_of(r#"{"pass": true, "verdict": "pass", "score": 1}"#),
            (true, 1.0)
        );
    }

    #[test]
    fn what_is_no_plain_verdict_is_an_error() {
        for text in [
            "",
            "  \n",
            "{}",
            "null",
            "true",
            "\"pass\"",
            "PASS",
            "The answer passes.",
            r#"[{"pass": true}]"#,
            r#"["why", true, "pass", 1]"#,
            r#"{"reason": "r", "pass": true"#,
            r#"{"reason": "r", "pass": true} {"reason": "r", "pass": false}"#,
            r#"{"pass": true, "pass": false}"#,
            r#"{"pass": "true"}"#,
            r#"{"pass": 1}"#,
            r#"{"pass": null}"#,
            r#"{"verdict": "passed"}"#,
            r#"{"verdict": true}"#,
            r#"{"pass": true, "verdict": "fail"}"#,
            r#"{"score": 1}"#,
            r#"{"reason": "r", "score": 1, "passed": true}"#,
            r#"{"reason": 7, "pass": true}"#,
            r#"{"pass": true, "score": 1.01}"#,
            r#"{"pass": true, "score": -0.1}"#,
            r#"{"pass": true, "score": NaN}"#,
            r#"{"pass": true, "score": 1e999}"#,
            r#"{"pass": true, "score": "1"}"#,
            "Verdict:\n```json\n{\"pass\": true}\n```",
            "```json\n{\"pass\": true}\n```\nbut on second thoughts no",
            "```json\n{\"pass\": true}\n```\n```json\n{\"pass\": false}\n```",
            "```python\n{\"pass\": true}\n```",
            "```json\n{\"pass\": true}",
        ] {
            let cause = read_text(text).expect_err(text);
            assert!(cause.starts_with("the judge "), "{cause}");
        }
    }

    #[test]
    fn a_refusal_is_an_error_even_when_the_text_says_pass() {
        let cause = read(&Completion {
            content: r#"{"pass": true}"#.into(),
            refusal: Some("policy".into()),
            ..Completion::default()
        });
        assert!(cause.unwrap_err().contains("refused"));
    }

    #[test]
    fn nothing_because_the_tokens_ran_out_says_so() {
        let cause = read(&Completion {
            finish_reason: Some("length".into()),
            ..Completion::default()
        });
        assert!(cause.unwrap_err().contains("length"));
    }

    #[test]
    fn a_verdict_that_was_cut_off_names_the_limit_and_what_to_do() {
        let judge = judge(&serde_json::json!({"max_tokens": 20}));
        for reason in ["length", "max_tokens", "max_output_tokens"] {
            let mut reply = Completion {
                content: r#"{"reason": "It greets"#.into(),
                finish_reason: Some(reason.into()),
                ..Completion::default()
            };
            let cause = super::read(&reply, &judge).unwrap_err();
            for part in [
                "cut off by its token limit (`max_tokens: 20`",
                "raise `max_tokens`",
                reason,
            ] {
                assert!(cause.contains(part), "{cause}");
            }
            reply.content = r#"{"reason": "r", "pass": true}"#.into();
            assert!(super::read(&reply, &judge).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_cut_of_a_verdict_is_a_verdict(cut in 0usize..44) {
            let whole = r#"{"reason": "r", "pass": true, "score": 1.0 }"#;
            prop_assert!(read_text(whole).is_ok());
            prop_assert!(read_text(&whole[..cut]).is_err());
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,40}") {
            let _ = read_text(&text);
        }
    }
}
