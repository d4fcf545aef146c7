//! Scores one stored answer anew and compares: deterministic evaluators read the output again, judges' stored answers are read
//! again, and the row is that of the dataset.

use std::collections::HashMap;
use std::rc::Rc;

use super::subject::Subject;
use super::taken_over::TakenOver;
use crate::model::event::RunHeader;
use crate::model::looks::POOL_REPEATS;
use crate::model::trial::{ScoreRecord, ScoreStatus};
use crate::model::{Case, Completion, Outcome, Sample, Score, Source, TrialRecord};
use crate::pipeline::evaluators::SuiteEvaluators;
use crate::plan::SuitePlan;
use crate::score::{self, Answer, Conclusion, Prepared};

/// Rows that are kept ready: several versions and repeats ask the same one.
const KEPT_ROWS: usize = 8_192;

/// How far scores may lie apart by what decimal digits lose.
const ROUNDING: f64 = 1e-9;

/// A row with its own evaluators.
struct Row {
    case: Case,
    own: Vec<Prepared>,
}

/// Scores trials of one run anew.
pub(super) struct Rescorer<'a> {
    subject: &'a Subject,
    rows: HashMap<(u32, u32), Rc<Row>>,
    /// Place in the seeded order, by suite and case.
    orders: Vec<HashMap<u32, u32>>,
    taken_over: TakenOver<'a>,
}

impl<'a> Rescorer<'a> {
    pub(super) fn new(subject: &'a Subject, header: &'a RunHeader) -> Self {
        let suites = subject.plan.suites.iter().enumerate();
        let orders = suites.map(|(place, suite)| {
            let order = suite.order(subject.plan.seed, place);
            let here = (0_u32..).zip(order).filter(|(_, case)| suite.holds(*case));
            here.map(|(order, case)| (case, order)).collect()
        });
        Self {
            subject,
            rows: HashMap::new(),
            orders: orders.collect(),
            taken_over: TakenOver::new(subject, header),
        }
    }

    /// Compares a trial with what its answer comes to.
    ///
    /// # Errors
    /// What does not agree.
    pub(super) fn compare(&mut self, trial: &TrialRecord) -> Result<(), String> {
        let id = trial.trial;
        let row = self.row(trial)?;
        let nowhere = || "the plan has no such trial".to_owned();
        let plan = self.subject.plan.suites.get(id.suite as usize);
        let plan = plan.ok_or_else(nowhere)?;
        let evaluators = self.subject.evaluators.get(id.suite as usize);
        let evaluators = evaluators.ok_or_else(nowhere)?;
        same_row(&row.case, trial)?;
        if POOL_REPEATS.contains(&id.repeat) || is_outcome(trial) {
            return self.taken_over.compare(trial);
        }
        match &trial.output {
            None => unanswered(trial),
            Some(output) => {
                is_the_rows_own(&row.case, trial, output)?;
                scored((plan, evaluators), &row, trial, output)
            }
        }
    }

    /// The row that a trial is about, where the run was to ask it.
    fn row(&mut self, trial: &TrialRecord) -> Result<Rc<Row>, String> {
        let id = trial.trial;
        let order = self.orders.get(id.suite as usize);
        match order.and_then(|order| order.get(&id.case)) {
            None => return Err("the run was not to ask this case".to_owned()),
            Some(order) if *order != trial.order => {
                return Err(format!(
                    "its place in the seeded order is {order}, not {}",
                    trial.order
                ));
            }
            Some(_) => {}
        }
        if let Some(row) = self.rows.get(&(id.suite, id.case)) {
            return Ok(Rc::clone(row));
        }
        let row = self.read_row((id.suite, id.case))?;
        if self.rows.len() >= KEPT_ROWS {
            self.rows.clear();
        }
        let row = Rc::new(row);
        self.rows.insert((id.suite, id.case), Rc::clone(&row));
        Ok(row)
    }

    fn read_row(&self, (suite, place): (u32, u32)) -> Result<Row, String> {
        let plan = self.subject.plan.suites.get(suite as usize);
        let evaluators = self.subject.evaluators.get(suite as usize);
        let (plan, evaluators) = plan.zip(evaluators).ok_or("the plan has no such suite")?;
        let case = plan.dataset.case(place);
        let case = case.map_err(|error| format!("{}: {error}", plan.dataset.path))?;
        let own = evaluators.own(&case).map_err(|problems| {
            let messages: Vec<String> = problems.into_iter().map(|one| one.message).collect();
            messages.join("; ")
        })?;
        Ok(Row { case, own })
    }
}

/// An outcome without a text, taken over from evidence: it stands or falls with the evidence.
fn is_outcome(trial: &TrialRecord) -> bool {
    trial.answer.source == Some(Source::Stored) && trial.output.is_none()
}

fn same_row(case: &Case, trial: &TrialRecord) -> Result<(), String> {
    let same = case.id == trial.id
        && case.tags == trial.tags
        && case.cluster == trial.cluster
        && case.critical == trial.critical;
    if same {
        return Ok(());
    }
    Err(format!(
        "row `{}` of the dataset has other labels, another cluster or another id",
        case.id
    ))
}

/// A trial that no answer came to: it failed where the request was refused for its content, and is open otherwise.
fn unanswered(trial: &TrialRecord) -> Result<(), String> {
    let Some(error) = &trial.error else {
        return Err("there is neither an answer nor a fault".to_owned());
    };
    let fault = error.class.is_prompt_fault();
    let fits = trial.scores.is_empty()
        && trial.passed == fault.then_some(false)
        && close(trial.score, fault.then_some(0.0));
    if fits {
        return Ok(());
    }
    Err("it has no answer, and the journal scores it".to_owned())
}

/// A logged answer is the row's, and a row with one is not asked.
fn is_the_rows_own(case: &Case, trial: &TrialRecord, output: &str) -> Result<(), String> {
    match (&case.output, trial.answer.source) {
        (None, Some(Source::Logged)) => Err("the row holds no logged answer".to_owned()),
        (None, _) => Ok(()),
        (Some(logged), Some(Source::Logged)) => {
            let same = logged.text == output
                && logged.latency_ms == trial.answer.latency_ms
                && logged.usage == trial.answer.usage;
            if same {
                Ok(())
            } else {
                Err("the answer is not the one that the row holds".to_owned())
            }
        }
        (Some(_), _) => Err("the row holds a logged answer, and the journal another".to_owned()),
    }
}

fn scored(
    (plan, evaluators): (&SuitePlan, &SuiteEvaluators),
    row: &Row,
    trial: &TrialRecord,
    output: &str,
) -> Result<(), String> {
    let answer = &trial.answer;
    let completion = Completion {
        content: output.to_owned(),
        finish_reason: answer.finish_reason.clone(),
        refusal: answer.refusal.clone(),
        calls: answer.tool_calls.clone(),
        model: answer.resolved_model.clone(),
        fingerprint: answer.fingerprint.clone(),
        service_tier: None,
        usage: answer.usage,
    };
    let sample = Sample {
        case: &row.case,
        completion: &completion,
        latency_ms: answer.latency_ms,
        cost_usd: answer.cost_usd,
    };
    let all = || evaluators.all.iter().chain(&row.own);
    let count = all().count();
    if trial.scores.len() != count {
        let said = trial.scores.len();
        return Err(format!(
            "the journal holds {said} scores, and the case has {count} evaluators"
        ));
    }
    let mut scores = Vec::with_capacity(count);
    for (evaluator, said) in all().zip(&trial.scores) {
        scores.push(evaluated(evaluator, &sample, said)?);
    }
    let threshold = row.case.threshold.or(plan.suite.threshold);
    let (passed, score) = match score::conclude(&scores, threshold) {
        Conclusion::Passed { score } => (Some(true), Some(score)),
        Conclusion::Failed { score } => (Some(false), Some(score)),
        Conclusion::Error { .. } => (None, None),
    };
    if passed == trial.passed && close(score, trial.score) {
        return Ok(());
    }
    Err(format!(
        "the journal says {}, and its scores come to {}",
        told(trial.passed),
        told(passed)
    ))
}

/// What an evaluator says of the answer, where it agrees with the journal.
fn evaluated(
    evaluator: &Prepared,
    sample: &Sample<'_>,
    said: &ScoreRecord,
) -> Result<Score, String> {
    let name = &evaluator.spec.name;
    let mut replies = said.replies.iter();
    let mut asked = 0;
    let score = evaluator.consult(sample, |_| {
        asked += 1;
        Some(Answer::Chat(replies.next()?.completion()))
    });
    let score = match score {
        Some(score) if asked == said.replies.len() => score,
        // A judge that could not be asked leaves no answer, and its trial undecided.
        None if said.replies.is_empty() && said.status == ScoreStatus::Error => {
            evaluator.named(Outcome::errored(said.reason.clone()))
        }
        _ => {
            return Err(format!(
                "`{name}` asks a judge {asked} times, and the journal holds {} answers",
                said.replies.len()
            ));
        }
    };
    let judge = evaluator.judge().map(|judge| &judge.name);
    if said.replies.iter().any(|reply| Some(&reply.asked) != judge) {
        return Err(format!("`{name}`: another judge answered than the suite's"));
    }
    let derived = ScoreRecord::from(score.clone());
    let same = derived.name == said.name
        && derived.type_name == said.type_name
        && derived.status == said.status
        && derived.passed == said.passed
        && close(derived.score, said.score)
        && close(Some(derived.weight), Some(said.weight))
        && derived.critical == said.critical
        && derived.gave_up == said.gave_up
        && derived.metric == said.metric;
    if same {
        return Ok(score);
    }
    if (derived.status, derived.passed) != (said.status, said.passed) {
        return Err(format!(
            "`{name}`: the journal says {}, its answer {}: {}",
            told(said.passed),
            told(derived.passed),
            derived.reason
        ));
    }
    let number =
        |score: Option<f64>| score.map_or_else(|| "none".to_owned(), |one| one.to_string());
    Err(format!(
        "`{name}`: the journal's score is {}, the answer's {} (or its type, weight or metric is another)",
        number(said.score),
        number(derived.score)
    ))
}

fn told(passed: Option<bool>) -> &'static str {
    match passed {
        Some(true) => "passed",
        Some(false) => "failed",
        None => "undecided",
    }
}

fn close(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= ROUNDING,
        (None, None) => true,
        _ => false,
    }
}
