//! `finish-reason`: the model stopped for the reason.

use crate::model::{Outcome, Sample};
use crate::score::check::check;
use crate::score::value::text;
use crate::score::{EvaluatorEntry, Param};
use crate::text::excerpt::quoted;

pub(super) static ENTRY: EvaluatorEntry = EvaluatorEntry {
    name: "finish-reason",
    summary: "the model stopped for the reason: `stop`, `length`, `content_filter` or `tool_calls`",
    params: &[Param::required(
        "value",
        "the reason, in OpenAI's word or in the provider's own",
    )],
    example: "{type: finish-reason, value: stop}",
    build: |spec, engine| {
        check(
            spec,
            engine,
            |value| text(value, "the reason"),
            |wanted, sample| stopped(wanted, sample),
        )
    },
};

/// What providers call the same reasons.
const SAME: &[(&str, &[&str])] = &[
    (
        "stop",
        &["end_turn", "stop_sequence", "completed", "eos", "finished"],
    ),
    (
        "length",
        &[
            "max_tokens",
            "max_output_tokens",
            "model_context_window_exceeded",
        ],
    ),
    ("content_filter", &["refusal", "content_filtered", "safety"]),
    ("tool_calls", &["tool_use", "function_call", "tool_call"]),
];

/// A reason in OpenAI's word, where it has one.
fn plain(reason: &str) -> String {
    let reason = reason.trim().to_lowercase();
    let same = SAME.iter().find(|(_, names)| names.contains(&&*reason));
    same.map_or(reason, |(name, _)| (*name).to_owned())
}

fn stopped(wanted: &str, sample: &Sample<'_>) -> Outcome {
    match &sample.completion.finish_reason {
        Some(reason) => {
            let passed = plain(reason) == plain(wanted);
            let wanted = quoted(wanted);
            let reason = format!(
                "the model stopped because of {}; wanted: {wanted}",
                quoted(reason)
            );
            Outcome::binary(passed, reason)
        }
        None => Outcome::errored("why the model stopped is unknown: its provider did not say"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::score::testing::{Bench, cause, passes};

    fn answer(reason: Option<&str>) -> Bench {
        let mut bench = Bench::new("x");
        bench.completion.finish_reason = reason.map(str::to_owned);
        bench
    }

    #[test]
    fn each_providers_word_is_understood() {
        let spec = json!({"type": "finish-reason", "value": "length"});
        for reason in ["length", "MAX_TOKENS", "max_output_tokens"] {
            assert!(passes(&answer(Some(reason)).outcome(&spec)), "{reason}");
        }
        assert!(!passes(&answer(Some("stop")).outcome(&spec)));
        let own = json!({"type": "finish-reason", "value": "end_turn"});
        assert!(passes(&answer(Some("stop")).outcome(&own)));
        let paused = json!({"type": "finish-reason", "value": "pause_turn"});
        assert!(passes(&answer(Some("pause_turn")).outcome(&paused)));
    }

    #[test]
    fn an_unknown_reason_is_an_error_also_under_not() {
        for kind in ["finish-reason", "not-finish-reason"] {
            let spec = json!({"type": kind, "value": "stop"});
            assert!(cause(&answer(None).outcome(&spec)).contains("unknown"));
        }
    }
}
