//! One case of the page: its vars, and for each version what was sent, what came back and what evaluators say of it.

use std::collections::HashMap;
use std::io;

use serde::Serialize;
use serde_json::Value;

use super::marks::Marks;
use crate::model::record::{CaseOutcome, EvaluatorInfo, State};
use crate::model::trial::{AnswerFacts, ScoreRecord, ScoreStatus};
use crate::model::{Role, TrialRecord};
use crate::report::View;
use crate::report::candidate::SuiteView;
use crate::report::fold::{self, Details};
use crate::report::visible::{lines, start_of};

/// Characters of an answer, a message or a variable.
const LONGEST: usize = 100_000;

/// Repeats of a case that are shown whole; of the others the page says how they came out.
const MOST_REPEATS: usize = 5;

/// Bytes of texts from which on a page holds no more vars and messages.
const MOST_TEXT: usize = 32 << 20;

/// Bytes of a variable's JSON that stand on one line.
const SHORT: usize = 80;

/// A case as the list shows it.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    suite: usize,
    place: u32,
    id: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    /// Arm by arm, in the suite's order.
    arms: Vec<Option<ArmOutcome>>,
}

/// How a case came out on one version and model.
#[derive(Serialize)]
struct ArmOutcome {
    /// A sign a repeat, and one of all together.
    repeats: String,
    state: char,
    #[serde(skip_serializing_if = "str::is_empty")]
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    flaky: bool,
    /// Evaluators that failed or could not judge, by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blamed: Vec<u16>,
}

/// What the page shows of a case once somebody looks at it; texts are named by their places.
#[derive(Default, Serialize)]
pub(super) struct Whole {
    /// In the row's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vars: Vec<(String, usize)>,
    /// Arm by arm, in the suite's order.
    arms: Vec<Option<Asked>>,
}

/// What was sent, and what came back.
#[derive(Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<(Role, usize)>,
    shown: Vec<Shown>,
}

/// A repeat that is shown whole.
#[derive(Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "is_first")]
    repeat: usize,
    output: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<(String, usize)>,
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

/// What an evaluator says: its place in the suite, how it came out, why, and a score that is neither 0 nor 1.
#[derive(Serialize)]
struct Score(
    usize,
    char,
    usize,
    #[serde(skip_serializing_if = "Option::is_none")] Option<f64>,
);

/// Every text of the page, each once: most cases share a system message, and most reasons are alike.
#[derive(Default)]
pub(super) struct Texts {
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Texts {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn place(&mut self, text: &str) -> usize {
        let text = lines(&start_of(text, LONGEST));
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

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_first(repeat: &usize) -> bool {
    *repeat == 0
}

/// A case by its place in the suite's list.
pub(super) fn case<'a>(
    view: &View<'_>,
    (at, suite): (usize, &SuiteView<'a>),
    marks: &[Marks],
    place: u32,
    texts: &mut Texts,
) -> io::Result<(Row<'a>, Whole)> {
    let first = suite.candidates.first().map(|one| one.case_info(place));
    let info = first.unwrap_or_else(|| Err(io::Error::other("a suite without candidates")))?;
    let mut whole = Whole::default();
    let mut arms = Vec::with_capacity(suite.table.arms.len());
    for (header, record) in suite.header.arms.iter().zip(&suite.table.arms) {
        let Some(case) = record.case(place) else {
            arms.push(None);
            whole.arms.push(None);
            continue;
        };
        let mut details = Details::new(view.outputs, record, &case);
        let mut made = outcome(&case, &details);
        let of_arm = suite.candidates.iter().zip(marks);
        for (_, marks) in of_arm.filter(|(one, _)| std::ptr::eq(one.arm.record, record)) {
            made.change = marks.change(place);
            made.proof = marks.proof(place).map(str::to_owned);
            made.flaky = marks.is_flaky(place);
        }
        arms.push(Some(made));
        let mut messages = Vec::new();
        let inputs = view.inputs.filter(|_| texts.bytes < MOST_TEXT);
        if let Some(question) = inputs.and_then(|of| of(suite.header, header, info.index)) {
            let vars = question.vars.iter().chain(&question.others);
            whole.vars = shown_vars(vars, texts);
            for message in &question.messages {
                messages.push((message.role, texts.place(&message.content)));
            }
        }
        let shown = shown_repeats(&suite.table.evaluators, &mut details, texts)?;
        whole.arms.push(Some(Asked { messages, shown }));
    }
    let row = Row {
        suite: at,
        place: info.index,
        id: info.id,
        tags: info.tags,
        arms,
    };
    Ok((row, whole))
}

fn outcome(case: &CaseOutcome, details: &Details<'_>) -> ArmOutcome {
    let folds = fold::evaluators(details.outcomes()).into_iter();
    let blamed = folds.filter(|(_, fold)| fold.failed + fold.errors > 0);
    let states = details.outcomes().iter().map(|trial| trial.state);
    ArmOutcome {
        repeats: states.map(sign).collect(),
        state: sign(case.state()),
        change: "",
        proof: None,
        flaky: false,
        blamed: blamed.map(|(evaluator, _)| evaluator).collect(),
    }
}

fn shown_repeats(
    infos: &[EvaluatorInfo],
    details: &mut Details<'_>,
    texts: &mut Texts,
) -> io::Result<Vec<Shown>> {
    let states: Vec<State> = details.outcomes().iter().map(|one| one.state).collect();
    let answer = fold::answer(details.outcomes(), infos);
    let unexplained = answer.and_then(|fold| fold.first_failed);
    let mut shown = Vec::new();
    for repeat in telling(&states) {
        if let Some(trial) = details.trial(repeat)? {
            let unexplained = unexplained == Some(repeat);
            shown.push(Shown {
                repeat,
                ..self::trial(infos, trial, unexplained, texts)
            });
        }
    }
    Ok(shown)
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

fn trial(
    infos: &[EvaluatorInfo],
    trial: &TrialRecord,
    unexplained: bool,
    texts: &mut Texts,
) -> Shown {
    let fault = match &trial.error {
        Some(error) => Some((error.class.as_str(), error.message.clone())),
        None if unexplained => Some(("answer", fold::answer_reason(trial))),
        None => None,
    };
    let answer = &trial.answer;
    let scores = trial.scores.iter();
    Shown {
        repeat: 0,
        output: trial.output.as_deref().map(|text| texts.place(text)),
        fault: fault.map(|(class, why)| (class.to_owned(), texts.place(&why))),
        scores: scores.filter_map(|one| score(infos, one, texts)).collect(),
        latency_ms: answer.latency_ms,
        tokens: answer.usage.map(|usage| (usage.input, usage.output)),
        cost_usd: answer.cost_usd,
        notes: notes(answer),
    }
}

/// What a reader of the answer has to know beside its text.
fn notes(answer: &AnswerFacts) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(model) = &answer.fallback {
        notes.push(format!("answered by the fallback {model}"));
    }
    if let Some(why) = &answer.refusal {
        notes.push(format!("refused: {}", lines(why)));
    }
    match answer.finish_reason.as_deref() {
        None | Some("stop" | "end_turn" | "completed") => {}
        Some(reason) => notes.push(format!("finish reason: {}", lines(reason))),
    }
    notes
}

fn score(infos: &[EvaluatorInfo], score: &ScoreRecord, texts: &mut Texts) -> Option<Score> {
    let place = infos.iter().position(|info| info.name == score.name)?;
    let sign = match (score.status, score.passed) {
        (ScoreStatus::Skipped, _) => 's',
        (ScoreStatus::Error, _) => 'e',
        (ScoreStatus::Scored, Some(true)) => 'p',
        (ScoreStatus::Scored, _) => 'f',
    };
    let between = score.score.filter(|value| *value > 0.0 && *value < 1.0);
    Some(Score(place, sign, texts.place(&score.reason), between))
}

fn sign(state: State) -> char {
    match state {
        State::Passed => 'p',
        State::Failed => 'f',
        State::Error => 'e',
    }
}

/// Texts as they are, everything else as JSON, on one line where that is short.
fn shown_vars<'v>(
    vars: impl Iterator<Item = &'v (String, Value)>,
    texts: &mut Texts,
) -> Vec<(String, usize)> {
    let mut shown = Vec::new();
    for (name, value) in vars {
        let place = match value {
            Value::String(text) => texts.place(text),
            other => {
                let line = other.to_string();
                let short = line.len() <= SHORT;
                texts.place(&if short { line } else { format!("{other:#}") })
            }
        };
        shown.push((name.clone(), place));
    }
    shown
}
