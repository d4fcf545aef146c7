//! The faults of a run by cause, each with how many trials it struck: a dead provider is told once, not once a case.

mod alike;

use std::collections::BTreeMap;

use crate::model::ErrorClass;
use crate::model::number;
use crate::model::record::ArmRecord;

/// What stands above the list.
pub(crate) const TITLE: &str = "Faults";

/// Lines of a list, its end included: with what stands above it these are ten, and nobody reads more of them.
pub(crate) const MOST: usize = 9;

/// Characters of a message: what a judge or an evaluator says may be of any length.
const LONGEST: usize = 400;

/// Faults whose messages are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause<'a> {
    /// What kind of fault.
    pub(crate) class: ErrorClass,
    /// One of the messages.
    pub(crate) message: &'a str,
    /// How many messages there are that differ in numbers and ids alone.
    pub(crate) messages: usize,
    /// Trials that it struck.
    pub(crate) trials: usize,
}

/// What struck trials, the most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Causes<'a> {
    /// As many as are shown.
    pub(crate) shown: Vec<Cause<'a>>,
    /// How many more there are.
    pub(crate) more: usize,
    /// Trials that these struck.
    more_trials: usize,
}

impl<'a> Causes<'a> {
    /// What struck trials of these arms, in at most so many lines.
    pub(crate) fn of(arms: impl Iterator<Item = &'a ArmRecord>, lines: usize) -> Self {
        let mut causes: BTreeMap<(ErrorClass, String), Cause<'a>> = BTreeMap::new();
        // The same message may stand in several arms.
        let mut faults: BTreeMap<(ErrorClass, &'a str), usize> = BTreeMap::new();
        for ((class, message), trials) in arms.flat_map(|arm| &arm.faults) {
            *faults.entry((*class, message)).or_default() += *trials as usize;
        }
        for ((class, message), trials) in faults {
            let cause = causes.entry((class, alike::key(message)));
            let cause = cause.or_insert(Cause {
                class,
                message,
                messages: 0,
                trials: 0,
            });
            cause.messages += 1;
            cause.trials += trials;
        }
        let mut shown: Vec<Cause<'a>> = causes.into_values().collect();
        shown.sort_by_key(|cause| std::cmp::Reverse(cause.trials));
        let rest = if shown.len() > lines {
            shown.split_off(lines.saturating_sub(1))
        } else {
            Vec::new()
        };
        Self {
            shown,
            more: rest.len(),
            more_trials: rest.iter().map(|cause| cause.trials).sum(),
        }
    }

    /// Whether nothing went wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.more == 0
    }

    /// A line each: how many trials, and why. Texts of providers are in them.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (String, String)> {
        let shown = self.shown.iter();
        let shown = shown.map(|cause| (number::of(cause.trials, "trial"), cause.text()));
        let more = (self.more > 0).then(|| {
            let left = number::of(self.more, "more cause");
            (number::of(self.more_trials, "trial"), left)
        });
        shown.chain(more)
    }
}

impl Cause<'_> {
    /// What a person can do about it; `None` where only the message can tell.
    pub(crate) fn fix(&self) -> Option<&'static str> {
        Some(match self.class {
            ErrorClass::Auth => {
                "set a key that is valid, in the variable that the provider's `api_key_env` names"
            }
            ErrorClass::NotFound => {
                "write the model as the provider names it: `model: PROVIDER/MODEL`"
            }
            ErrorClass::Quota => {
                "add credit at the provider; answers that are there are not asked again"
            }
            ErrorClass::RateLimit => {
                "ask less at once: `--concurrency 4`, or `rpm:` and `tpm:` of the provider in prompteval.yaml"
            }
            ErrorClass::Timeout => {
                "allow more time, `defaults: {timeout_s: 300}` in prompteval.yaml, or bound answers: `params: {max_tokens: 500}`"
            }
            ErrorClass::Connect => {
                "start the server, or correct `base_url` of the provider in prompteval.yaml"
            }
            ErrorClass::MissingRecording => {
                "record what is missing: `prompteval run --responses record`"
            }
            ErrorClass::Budget => {
                "allow more, then go on: `prompteval run --resume --max-cost USD`"
            }
            ErrorClass::BadRequest => "look at the request: `prompteval render FAMILY --case ID`",
            _ => return None,
        })
    }

    /// The kind, one message, and how many are like it.
    fn text(&self) -> String {
        let shown = match self.message.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}...", &self.message[..end]),
            None => self.message.to_owned(),
        };
        let text = format!("{}: {shown}", self.class);
        match self.messages {
            0 | 1 => text,
            many => format!("{text} (one of {} like it)", number::of(many, "message")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(faults: &[(ErrorClass, String, u32)]) -> ArmRecord {
        let faults = faults.iter().cloned();
        ArmRecord {
            faults: faults.map(|(class, text, n)| ((class, text), n)).collect(),
            ..ArmRecord::default()
        }
    }

    #[test]
    fn messages_that_differ_in_ids_are_one_cause_and_the_rest_is_counted() {
        let missing = |n: u32| {
            let text = format!("no recorded response of a/b for case `c{n}` (f@1.0.0)");
            (ErrorClass::MissingRecording, text, 1)
        };
        let down = (ErrorClass::Provider, "a: 503: down".to_owned(), 300);
        let arms = [
            arm(&(0..200).map(missing).collect::<Vec<_>>()),
            arm(&[down]),
        ];
        let causes = Causes::of(arms.iter(), MOST);
        let lines: Vec<(String, String)> = causes.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0].0, "300 trials");
        assert_eq!(lines[1].0, "200 trials");
        assert!(
            lines[1]
                .1
                .ends_with("(f@1.0.0) (one of 200 messages like it)")
        );

        let long = (ErrorClass::Evaluator, "é".repeat(90_000), 1);
        let arms = [arm(&[long])];
        let causes = Causes::of(arms.iter(), MOST);
        assert!(causes.lines().all(|(_, text)| text.len() < 1_000));

        let word = |n: u8| char::from(b'a' + n).to_string();
        let many = (0..20).map(|n| (ErrorClass::Evaluator, word(n), 1));
        let arms = [arm(&many.collect::<Vec<_>>())];
        let causes = Causes::of(arms.iter(), MOST);
        let lines: Vec<(String, String)> = causes.lines().collect();
        assert_eq!(lines.len(), MOST);
        let last = lines.last().unwrap();
        assert_eq!(*last, ("12 trials".to_owned(), "12 more causes".to_owned()));
    }
}
