//! One trial: render -> call -> the evaluators' own requests -> score.

use std::io;

use futures::future::join_all;

use super::Checked;
use super::aside;
use super::evaluators::SuiteEvaluators;
use crate::call::{Ask, Client, Label};
use crate::model::exchange::{Reply, Vain};
use crate::model::trial::{AnswerFacts, JudgeAnswer, ScoreRecord, Spend, TrialError, earlier};
use crate::model::{
    CallError, Case, Completion, ErrorClass, LoggedOutput, ModelTarget, Outcome, Sample, Score,
    Source, TrialId, TrialRecord,
};
use crate::plan::{Arm, SuitePlan};
use crate::score::{self, Conclusion, Question, Step};

/// Everything that belongs to one trial.
struct Trial<'a> {
    id: TrialId,
    plan: &'a SuitePlan,
    arm: &'a Arm,
    case: &'a Case,
    /// Evaluators of the suite, then the case's own.
    evaluators: Vec<&'a score::Prepared>,
    prepared: &'a Checked,
    client: &'a Client,
}

/// Runs a trial; whatever goes wrong in it becomes part of its record.
///
/// # Errors
/// When its row cannot be read any more: then nothing is known of the case.
pub(super) async fn run(
    prepared: &Checked,
    client: &Client,
    (id, order): (TrialId, u32),
) -> io::Result<TrialRecord> {
    let (plan, arm, evaluators) = prepared.parts(id)?;
    let case = plan.dataset.case(id.case)?;
    // They were built once when the rows were checked.
    let own = evaluators
        .own(&case)
        .map_err(|_| io::Error::other("the row was changed while the run went on"))?;
    let trial = Trial {
        id,
        plan,
        arm,
        case: &case,
        evaluators: evaluators.all.iter().chain(&own).collect(),
        prepared,
        client,
    };
    Ok(TrialRecord {
        order,
        ..trial.run().await
    })
}

impl Checked {
    /// The suite, the arm and the evaluators of a trial.
    pub(super) fn parts(&self, id: TrialId) -> io::Result<(&SuitePlan, &Arm, &SuiteEvaluators)> {
        let place = id.suite as usize;
        let plan = self.plan.suites.get(place);
        let arm = plan.and_then(|plan| plan.arms.get(id.arm as usize));
        let parts = plan.zip(arm).zip(self.evaluators.get(place));
        let parts = parts.map(|((plan, arm), evaluators)| (plan, arm, evaluators));
        parts.ok_or_else(|| io::Error::other("the plan has no such trial"))
    }
}

impl Trial<'_> {
    async fn run(&self) -> TrialRecord {
        let answer = match &self.case.output {
            Some(logged) => Ok(self.logged(logged)),
            None => self.ask().await,
        };
        match answer {
            Ok(reply) => self.score(reply).await,
            Err(error) => self.unanswered(error),
        }
    }

    /// The row's own answer, as if a provider had given it.
    fn logged(&self, logged: &LoggedOutput) -> Reply {
        let cost = logged
            .usage
            .and_then(|usage| self.client.cost(&self.arm.target.name, &usage, None));
        Reply {
            completion: Completion {
                content: logged.text.clone(),
                usage: logged.usage,
                ..Completion::default()
            },
            source: Source::Logged,
            latency_ms: logged.latency_ms,
            answered_at: None,
            cost_usd: cost,
            fallback: None,
            calls: 0,
            vain: Vain::default(),
        }
    }

    async fn ask(&self) -> Result<Reply, CallError> {
        let ask = self.prompt_ask().ok_or_else(|| {
            CallError::new(
                ErrorClass::Evaluator,
                "the prompt cannot be rendered for this case",
            )
        })?;
        self.client.answer(&ask).await
    }

    /// The request of the prompt under test; rendering was checked before the run began.
    fn prompt_ask(&self) -> Option<Ask> {
        prompt_ask(self.prepared, self.id, self.case)
    }

    fn unanswered(&self, error: CallError) -> TrialRecord {
        let fault = error.class.is_prompt_fault();
        let mut record = self.record(None, AnswerFacts::default());
        record.passed = fault.then_some(false);
        record.score = fault.then_some(0.0);
        record.spend.add_vain(error.calls, error.vain);
        record.error = Some(TrialError {
            class: error.class,
            message: error.message,
        });
        record
    }

    async fn score(&self, reply: Reply) -> TrialRecord {
        let sample = Sample {
            case: self.case,
            completion: &reply.completion,
            latency_ms: reply.latency_ms,
            cost_usd: reply.cost_usd,
        };
        let mut spend = Spend::nothing();
        spend.add(&reply);
        let evaluators = self.evaluators.iter();
        let judged = join_all(evaluators.map(|one| self.evaluate(one, &sample))).await;
        let mut scores = Vec::with_capacity(judged.len());
        let mut judges = Vec::with_capacity(judged.len());
        let mut fault = None;
        for one in judged {
            spend.add_all(one.spend);
            fault = fault.or(one.fault);
            judges.push(one.replies);
            scores.push(one.score);
        }
        let threshold = self.case.threshold.or(self.plan.suite.threshold);
        let conclusion = score::conclude(&scores, threshold);
        let facts = facts(&reply);
        let mut record = self.record(Some(reply.completion.content), facts);
        match conclusion {
            Conclusion::Passed { score } => {
                (record.passed, record.score) = (Some(true), Some(score));
            }
            Conclusion::Failed { score } => {
                (record.passed, record.score) = (Some(false), Some(score));
            }
            Conclusion::Error { cause } => {
                record.error = Some(fault.unwrap_or(TrialError {
                    class: ErrorClass::Evaluator,
                    message: cause,
                }));
            }
        }
        let said = self.evaluators.iter().zip(scores).zip(judges);
        let said = said.map(|((evaluator, score), replies)| ScoreRecord {
            judge_models: models(&replies),
            replies: kept(evaluator.judge(), &replies),
            ..ScoreRecord::from(score)
        });
        record.scores = said.collect();
        record.spend = spend;
        record
    }

    /// Step after step: what the evaluator asks is called for like anything else.
    async fn evaluate(&self, evaluator: &score::Prepared, sample: &Sample<'_>) -> Judged {
        let mut answers = Vec::new();
        let mut replies = Vec::new();
        let mut spend = Spend::nothing();
        loop {
            let questions = match aside::step(evaluator, sample, &answers).await {
                Step::Ask(questions) => questions,
                Step::Done(score) => {
                    return Judged {
                        score,
                        replies,
                        fault: None,
                        spend,
                    };
                }
            };
            let asks: Vec<Ask> = questions
                .into_iter()
                .map(|question| judge_ask(self.plan, self.arm, self.case, evaluator, question))
                .collect();
            let said = join_all(asks.iter().map(|ask| self.client.answer(ask))).await;
            spend.add_all(spent(&said));
            match said.into_iter().collect::<Result<Vec<Reply>, CallError>>() {
                Ok(said) => {
                    answers.extend(said.iter().map(answer));
                    replies.extend(said);
                }
                Err(error) => return unasked(evaluator, error, spend),
            }
        }
    }

    fn record(&self, output: Option<String>, answer: AnswerFacts) -> TrialRecord {
        TrialRecord {
            trial: self.id,
            order: 0,
            id: self.case.id.clone(),
            tags: self.case.tags.clone(),
            cluster: self.case.cluster.clone(),
            critical: self.case.critical,
            passed: None,
            score: None,
            error: None,
            output,
            answer,
            scores: Vec::new(),
            spend: Spend::default(),
        }
    }
}

/// One evaluator's score, with the replies it took.
struct Judged {
    score: Score,
    replies: Vec<Reply>,
    fault: Option<TrialError>,
    spend: Spend,
}

/// What an evaluator's requests took, answered or not: where one of several fails, the others were sent and paid for all the same.
fn spent(answers: &[Result<Reply, CallError>]) -> Spend {
    let mut spend = Spend::nothing();
    for answer in answers {
        match answer {
            Ok(reply) => spend.add_judge(reply),
            Err(error) => spend.add_vain(error.calls, error.vain),
        }
    }
    spend
}

/// A question of an evaluator's was not answered.
fn unasked(evaluator: &score::Prepared, error: CallError, spend: Spend) -> Judged {
    let cause = format!("the judge could not be asked: {error}");
    Judged {
        score: evaluator.named(Outcome::errored(cause)),
        replies: Vec::new(),
        fault: Some(TrialError {
            class: error.class,
            message: error.message,
        }),
        spend,
    }
}

/// A reply as the evaluator that asked for it reads it.
pub(super) fn answer(reply: &Reply) -> score::Answer {
    score::Answer::Chat(reply.completion.clone())
}

/// The request that a trial makes of its model; `None` where its prompt cannot be rendered.
pub(super) fn prompt_ask(prepared: &Checked, id: TrialId, case: &Case) -> Option<Ask> {
    let (plan, arm, _) = prepared.parts(id).ok()?;
    let prompt = prepared
        .prompts
        .get(id.suite as usize)?
        .get(id.arm as usize)?;
    let request = |target: &ModelTarget| prompt.request(&case.vars, target).ok();
    Some(Ask {
        request: request(&arm.target)?,
        fallback: arm.version.fallback.iter().filter_map(request).collect(),
        repeat: id.repeat,
        // Cases that ask the same are two samples only where each case is asked several times.
        shared: plan.repeats == 1,
        label: label(plan, arm, case, None),
    })
}

/// The call that answers an evaluator's question. Its repeat is always 0: identical answers are judged once.
pub(super) fn judge_ask(
    plan: &SuitePlan,
    arm: &Arm,
    case: &Case,
    evaluator: &score::Prepared,
    Question::Chat(request): Question,
) -> Ask {
    Ask {
        request,
        fallback: Vec::new(),
        repeat: 0,
        shared: true,
        label: label(plan, arm, case, Some(evaluator.spec.name.clone())),
    }
}

fn label(plan: &SuitePlan, arm: &Arm, case: &Case, evaluator: Option<String>) -> Label {
    Label {
        suite: plan.suite.name.clone(),
        version: arm.version.id.to_string(),
        case: case.id.clone(),
        evaluator,
    }
}

/// A judge's replies as the journal keeps them.
fn kept(judge: Option<&ModelTarget>, replies: &[Reply]) -> Vec<JudgeAnswer> {
    let judge = judge.into_iter();
    let answers = judge.flat_map(|judge| {
        replies
            .iter()
            .map(|reply| JudgeAnswer::of(reply, &judge.name))
    });
    answers.collect()
}

/// The models behind a judge's replies, each once.
fn models(replies: &[Reply]) -> Vec<String> {
    let models = replies
        .iter()
        .filter_map(|reply| reply.completion.model.clone());
    let models: std::collections::BTreeSet<String> = models.collect();
    models.into_iter().collect()
}

fn facts(reply: &Reply) -> AnswerFacts {
    let completion = &reply.completion;
    AnswerFacts {
        source: Some(reply.source),
        finish_reason: completion.finish_reason.clone(),
        refusal: completion.refusal.clone(),
        tool_calls: completion.calls.clone(),
        resolved_model: completion.model.clone(),
        fingerprint: completion.fingerprint.clone(),
        fallback: reply.fallback.clone(),
        latency_ms: reply.latency_ms,
        usage: completion.usage,
        answered_at: earlier(reply),
        cost_usd: reply.cost_usd,
    }
}
