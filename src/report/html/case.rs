//! One case of the page: its vars, and for each version what was sent, what came back and what evaluators say of it.

use std::collections::HashMap;
use std::io;

use serde::Serialize;
use serde_json::{Map, Value};

use super::data::Marks;
use crate::model::record::{ArmRecord, CaseOutcome, State};
use crate::model::trial::{ScoreRecord, ScoreStatus};
use crate::model::{Role, TrialRecord};
use crate::report::candidate::SuiteView;
use crate::report::fold::{self, Details};
use crate::report::visible::{lines, start_of};
use crate::report::{Question, View};

/// Characters of an answer, a message or a variable.
const LONGEST: usize = 100_000;

/// Repeats of a case that are shown whole; of the others the page says how they came out.
const MOST_REPEATS: usize = 5;

/// Bytes of messages that a page holds.
const MOST_TEXT: usize = 32 << 20;

/// A case of a suite.
#[derive(Serialize)]
pub(super) struct Case<'a> {
    suite: usize,
    place: u32,
    id: &'a str,
    tags: &'a [String],
    /// In the row's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vars: Vec<(String, String)>,
    /// Arm by arm, in the suite's order.
    arms: Vec<Option<Outcome>>,
}

/// A case on one version and model.
#[derive(Serialize)]
struct Outcome {
    state: char,
    #[serde(skip_serializing_if = "str::is_empty")]
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    flaky: bool,
    /// A sign a repeat.
    repeats: String,
    /// Evaluators that failed or could not judge, by place.
    blamed: Vec<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<(Role, usize)>,
    shown: Vec<Shown>,
}

/// A repeat that is shown whole.
#[derive(Serialize)]
struct Shown {
    repeat: usize,
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<(String, String)>,
    scores: Vec<Score>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<(u64, u64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// What an evaluator says: its name, how it came out, its score, why.
#[derive(Serialize)]
struct Score(String, char, Option<f64>, String);

/// Messages, each once: most cases share the system's.
#[derive(Default)]
pub(super) struct Texts {
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn place(&mut self, text: String) -> usize {
        let next = self.places.len();
        let bytes = text.len();
        *self.places.entry(text).or_insert_with(|| {
            self.bytes += bytes;
            next
        })
    }

    /// Every text at its place.
    pub(super) fn in_order(&self) -> Vec<&str> {
        let mut texts = vec![""; self.places.len()];
        for (text, place) in &self.places {
            if let Some(slot) = texts.get_mut(*place) {
                *slot = text;
            }
        }
        texts
    }
}

/// A case by its place in the suite's list.
pub(super) fn case<'a>(
    view: &View<'_>,
    (at, suite): (usize, &SuiteView<'a>),
    marks: &[Marks],
    place: u32,
    texts: &mut Texts,
) -> io::Result<Case<'a>> {
    let first = suite.candidates.first().map(|one| one.case_info(place));
    let info = first.unwrap_or_else(|| Err(io::Error::other("a suite without candidates")))?;
    let mut vars = Vec::new();
    let mut arms = Vec::with_capacity(suite.table.arms.len());
    for (header, record) in suite.header.arms.iter().zip(&suite.table.arms) {
        let Some(outcome) = record.case(place) else {
            arms.push(None);
            continue;
        };
        let sent = view.sent.filter(|_| texts.bytes < MOST_TEXT);
        let question = sent.and_then(|sent| sent(suite.header, header, info.index));
        let mut made = self::outcome(view, suite, record, &outcome)?;
        if let Some(Question {
            vars: own,
            messages,
        }) = question
        {
            vars = shown_vars(&own);
            let messages = messages.into_iter();
            made.messages = messages
                .map(|one| (one.role, texts.place(shown(&one.content))))
                .collect();
        }
        let of_arm = suite.candidates.iter().zip(marks);
        let own = of_arm
            .filter(|(one, _)| std::ptr::eq(one.arm.record, record))
            .map(|(_, marks)| marks);
        for marks in own {
            made.change = marks.change(place);
            made.proof = marks.proof(place).map(str::to_owned);
            made.flaky = marks.is_flaky(place);
        }
        arms.push(Some(made));
    }
    Ok(Case {
        suite: at,
        place: info.index,
        id: info.id,
        tags: info.tags,
        vars,
        arms,
    })
}

fn outcome(
    view: &View<'_>,
    suite: &SuiteView<'_>,
    record: &ArmRecord,
    case: &CaseOutcome,
) -> io::Result<Outcome> {
    let infos = &suite.table.evaluators;
    let mut details = Details::new(view.outputs, record, case);
    let blamed = fold::evaluators(details.outcomes());
    let blamed = blamed
        .iter()
        .filter(|(_, fold)| fold.failed + fold.errors > 0);
    let blamed = blamed.map(|(evaluator, _)| *evaluator).collect();
    let states: Vec<State> = details.outcomes().iter().map(|one| one.state).collect();
    let answer = fold::answer(details.outcomes(), infos);
    let unexplained = answer.and_then(|fold| fold.first_failed);
    let mut shown = Vec::new();
    for repeat in telling(&states) {
        if let Some(trial) = details.trial(repeat)? {
            shown.push(self::trial(trial, repeat, unexplained == Some(repeat)));
        }
    }
    Ok(Outcome {
        state: sign(case.state()),
        change: "",
        proof: None,
        flaky: false,
        repeats: states.into_iter().map(sign).collect(),
        blamed,
        messages: Vec::new(),
        shown,
    })
}

/// Repeats that are shown whole, in their order: those that went wrong before the others, and of a case that passes the first alone.
fn telling(states: &[State]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..states.len()).collect();
    places.sort_by_key(|place| states.get(*place) == Some(&State::Passed));
    let all_pass = states.iter().all(|state| *state == State::Passed);
    places.truncate(if all_pass { 1 } else { MOST_REPEATS });
    places.sort_unstable();
    places
}

fn trial(trial: &TrialRecord, repeat: usize, unexplained: bool) -> Shown {
    let fault = match &trial.error {
        Some(error) => Some((error.class.as_str().to_owned(), shown(&error.message))),
        None if unexplained => Some(("answer".to_owned(), shown(&fold::answer_reason(trial)))),
        None => None,
    };
    Shown {
        repeat,
        output: trial.output.as_deref().map(shown),
        fault,
        scores: trial.scores.iter().map(score).collect(),
        latency_ms: trial.answer.latency_ms,
        tokens: trial.answer.usage.map(|usage| (usage.input, usage.output)),
        cost_usd: trial.answer.cost_usd,
        notes: notes(trial),
    }
}

/// What a reader of the answer has to know beside its text.
fn notes(trial: &TrialRecord) -> Vec<String> {
    let answer = &trial.answer;
    let mut notes = Vec::new();
    notes.extend(
        answer
            .fallback
            .as_ref()
            .map(|model| format!("answered by the fallback {model}")),
    );
    notes.extend(
        answer
            .refusal
            .as_deref()
            .map(|why| format!("refused: {}", shown(why))),
    );
    let reason = answer.finish_reason.as_deref();
    let unusual = reason.filter(|reason| !matches!(*reason, "stop" | "end_turn" | "completed"));
    notes.extend(unusual.map(|reason| format!("finish reason: {}", shown(reason))));
    notes
}

fn score(score: &ScoreRecord) -> Score {
    let sign = match (score.status, score.passed) {
        (ScoreStatus::Skipped, _) => 's',
        (ScoreStatus::Error, _) => 'e',
        (ScoreStatus::Scored, Some(true)) => 'p',
        (ScoreStatus::Scored, _) => 'f',
    };
    Score(score.name.clone(), sign, score.score, shown(&score.reason))
}

fn sign(state: State) -> char {
    match state {
        State::Passed => 'p',
        State::Failed => 'f',
        State::Error => 'e',
    }
}

fn shown(text: &str) -> String {
    lines(&start_of(text, LONGEST))
}

/// Texts as they are, everything else as JSON.
fn shown_vars(vars: &Map<String, Value>) -> Vec<(String, String)> {
    let shown_value = |value: &Value| match value {
        Value::String(text) => shown(text),
        other => shown(&format!("{other:#}")),
    };
    let vars = vars.iter();
    vars.map(|(name, value)| (name.clone(), shown_value(value)))
        .collect()
}
