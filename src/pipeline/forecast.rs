//! What a run would take: calls, saved calls, money, and the keys that are missing.

use std::collections::BTreeSet;

use super::Ready;
use super::trial::{self, judge_ask, prompt_ask};
use crate::call::{Ask, Client, MissingKey, Unbounded};
use crate::model::exchange::Reply;
use crate::model::paid::Paid;
use crate::model::{Completion, ModelName, Request, Sample, TrialId};
use crate::score::Question;

/// What a run would take.
#[derive(Clone, Debug, Default)]
pub struct Forecast {
    /// Trials planned.
    pub trials: usize,
    /// Calls of prompts that no stored response answers.
    pub prompt_calls: usize,
    /// Calls of judges that no stored response answers.
    pub judge_calls: usize,
    /// Responses taken from recordings, cache or rows.
    pub saved: usize,
    /// US dollars if every answer is as long as allowed.
    pub cost_usd: f64,
    /// Providers that are called.
    pub providers: BTreeSet<String>,
    /// Models whose price is unknown, so that their calls are left out of the cost.
    pub unpriced: BTreeSet<String>,
    /// Models whose answers nothing bounds in length; their calls are left out of the cost, too.
    pub unbounded: BTreeSet<String>,
    /// Keys that calls need and the environment lacks.
    pub missing_keys: BTreeSet<MissingKey>,
}

/// Goes through the plan as a run would, without calling.
pub fn forecast(prepared: &Ready, client: &Client) -> Forecast {
    let mut forecast = Forecast::default();
    for place in 0..prepared.plan.suites.len() {
        forecast.first_look(prepared, client, place);
    }
    forecast
}

/// What one suite takes at its first look, and what the repeats may take that are asked for while a gate is open.
pub fn forecast_suite(prepared: &Ready, client: &Client, place: usize) -> (Forecast, Forecast) {
    let (mut least, mut further) = (Forecast::default(), Forecast::default());
    least.first_look(prepared, client, place);
    further.repeats(prepared, client, place);
    (least, further)
}

/// Trials looked at for an estimate.
const SAMPLE: usize = 200;

/// What a run would take, by some of its trials, evenly spread: exact where there are few.
pub(super) fn estimate(prepared: &Ready, client: &Client) -> Forecast {
    let open = || {
        let trials = prepared.plan.trials().map(|(id, _)| id);
        trials.filter(|id| !prepared.done.has(*id) && !prepared.is_stored(*id))
    };
    sampled(prepared, client, open)
}

/// What it may take beyond that: repeats while a gate is open, the proof of broken cases, and stored baselines that have to be asked
/// again.
pub(super) fn estimate_further(prepared: &Ready, client: &Client) -> Forecast {
    let suites = 0..prepared.plan.suites.len();
    let suites: Vec<(usize, bool)> = suites
        .map(|place| (place, prepared.may_repeat(place)))
        .collect();
    let further = || {
        let more = suites.iter();
        let more = more.flat_map(|(place, repeats)| prepared.further(*place, *repeats));
        let stored = prepared.stored.iter();
        let stored = stored.flat_map(|arm| arm.ids(prepared.asker()));
        more.chain(stored).filter(|id| !prepared.done.has(*id))
    };
    sampled(prepared, client, further)
}

fn sampled<I: Iterator<Item = TrialId>>(
    prepared: &Ready,
    client: &Client,
    trials: impl Fn() -> I,
) -> Forecast {
    let all = trials().count();
    let mut sample = Forecast::default();
    for id in trials().step_by(all.div_ceil(SAMPLE).max(1)) {
        sample.trials += 1;
        sample.trial(prepared, client, id);
    }
    let factor = all as f64 / sample.trials.max(1) as f64;
    let scaled = |count: usize| (count as f64 * factor).round() as usize;
    Forecast {
        trials: all,
        prompt_calls: scaled(sample.prompt_calls),
        judge_calls: scaled(sample.judge_calls),
        saved: scaled(sample.saved),
        cost_usd: sample.cost_usd * factor,
        ..sample
    }
}

/// What the repeats that are asked for while a gate is open and the proof of broken cases would take, at most.
pub fn forecast_repeats(prepared: &Ready, client: &Client) -> Forecast {
    let mut forecast = Forecast::default();
    for place in 0..prepared.plan.suites.len() {
        forecast.repeats(prepared, client, place);
    }
    forecast
}

impl Ready {
    /// Whether a gate of a suite could ask for repeats; what that takes to find out is spent only where there could be any.
    fn may_repeat(&self, place: usize) -> bool {
        let suite = self.plan.suites.get(place);
        let suite = suite.filter(|suite| suite.repeats < suite.most_repeats());
        suite.is_some_and(|suite| self.power(suite).iter().any(|gate| gate.can_pass))
    }

    /// Repeats of a suite, where a gate could ask for them, and the proof of broken cases; what is decided on its recordings asks
    /// for neither.
    fn further(&self, place: usize, repeats: bool) -> impl Iterator<Item = TrialId> + use<> {
        let suite = self.plan.suites.get(place);
        let suite = suite.filter(|_| !self.replays.contains(&place));
        let trials = suite.map(|suite| {
            let arms = if repeats {
                suite.all_arms()
            } else {
                Vec::new()
            };
            let repeats = suite.repeats..suite.most_repeats();
            let trials = self.plan.trials_of(place, arms, repeats);
            trials
                .map(|(id, _)| id)
                .chain(self.most_proofs(place, suite))
        });
        trials.into_iter().flatten()
    }
}

impl Forecast {
    /// Calls of prompts and judges.
    pub fn calls(&self) -> usize {
        self.prompt_calls + self.judge_calls
    }

    /// What the calls cost at most, as far as that is known.
    pub fn paid(&self) -> Paid {
        Paid {
            usd: self.cost_usd,
            unknown: (self.unpriced.len() + self.unbounded.len()) as u32,
        }
    }

    fn first_look(&mut self, prepared: &Ready, client: &Client, place: usize) {
        let trials = prepared.plan.first_trials(place);
        for (id, _) in trials.filter(|(id, _)| !prepared.done.has(*id) && !prepared.is_stored(*id))
        {
            self.trials += 1;
            self.trial(prepared, client, id);
        }
    }

    /// What a suite may ask for after its first look.
    fn repeats(&mut self, prepared: &Ready, client: &Client, place: usize) {
        for id in prepared.further(place, prepared.may_repeat(place)) {
            self.trials += 1;
            self.trial(prepared, client, id);
        }
    }

    /// Adds what one trial would take; `None` where its row or its prompt cannot be read.
    fn trial(&mut self, prepared: &Ready, client: &Client, id: TrialId) -> Option<()> {
        let (plan, arm, evaluators) = prepared.parts(id).ok()?;
        let index = &plan.dataset.index;
        let has_judge = evaluators.judges().next().is_some();
        if index.is_logged(id.case) && !has_judge {
            self.saved += 1;
            return Some(());
        }
        let case = &plan.dataset.case(id.case).ok()?;
        let own = evaluators.own(case).ok()?;
        let answer = if let Some(logged) = &case.output {
            self.saved += 1;
            Answer::Known(Completion {
                content: logged.text.clone(),
                usage: logged.usage,
                ..Completion::default()
            })
        } else {
            let ask = prompt_ask(prepared, id, case)?;
            match self.ask(client, &ask, false) {
                Some(reply) => Answer::Known(reply.completion),
                None => Answer::unseen(client, &ask),
            }
        };
        let sample = Sample {
            case,
            completion: answer.completion(),
            latency_ms: None,
            cost_usd: None,
        };
        let all = evaluators.all.iter().chain(&own);
        for evaluator in all.filter(|one| one.asks()) {
            match &answer {
                Answer::Known(_) => {
                    evaluator.consult(&sample, |question| {
                        let ask = judge_ask(plan, arm, case, evaluator, question);
                        Some(trial::answer(&self.ask(client, &ask, true)?))
                    });
                }
                Answer::Unseen { asked, longest, .. } => {
                    for Question::Chat(request) in evaluator.questions_unseen(&sample) {
                        self.judge_of_unseen(client, &request, (asked, *longest));
                    }
                }
            }
        }
        Some(())
    }

    fn ask(&mut self, client: &Client, ask: &Ask, is_judge: bool) -> Option<Reply> {
        if let Some(reply) = client.stored(ask) {
            self.saved += 1;
            return Some(reply);
        }
        if is_judge {
            self.judge_calls += 1;
        } else {
            self.prompt_calls += 1;
        }
        self.called(client, &ask.request.model);
        let mut most: f64 = 0.0;
        for request in std::iter::once(&ask.request).chain(&ask.fallback) {
            most = most.max(self.most(client, request, 0));
        }
        self.cost_usd += most;
        None
    }

    /// Notes what a call needs.
    fn called(&mut self, client: &Client, model: &ModelName) {
        self.providers.insert(model.provider.clone());
        self.missing_keys
            .extend(client.missing_key(&model.provider));
    }

    /// What a call may cost at most that is sent so many tokens besides; notes what is not known of its model.
    fn most(&mut self, client: &Client, request: &Request, further: u64) -> f64 {
        let unknown = match client.most_cost_beside(request, further) {
            Ok(cost) => return cost,
            Err(Unbounded::Price) => &mut self.unpriced,
            Err(Unbounded::Length) => &mut self.unbounded,
        };
        unknown.insert(request.model.to_string());
        0.0
    }

    /// A judge's call about an answer that is not there yet, which is as long as the model that is asked for it may make it.
    fn judge_of_unseen(
        &mut self,
        client: &Client,
        request: &Request,
        (asked, longest): (&ModelName, Option<u64>),
    ) {
        self.judge_calls += 1;
        self.called(client, &request.model);
        let most = self.most(client, request, longest.unwrap_or_default());
        if longest.is_none() && self.most(client, request, 1) > most {
            self.unbounded.insert(asked.to_string());
        }
        self.cost_usd += most;
    }
}

/// What a judge would be shown.
enum Answer {
    /// It is there.
    Known(Completion),
    /// It has to be asked for.
    Unseen {
        /// What stands in its place.
        place: Completion,
        /// Who is asked first.
        asked: ModelName,
        /// Tokens of the longest, where anything bounds it.
        longest: Option<u64>,
    },
}

impl Answer {
    fn unseen(client: &Client, ask: &Ask) -> Self {
        let requests = std::iter::once(&ask.request).chain(&ask.fallback);
        let lengths = requests.map(|request| client.longest_answer(request));
        Self::Unseen {
            // An empty one would be judged by nobody.
            place: Completion {
                content: ".".to_owned(),
                ..Completion::default()
            },
            asked: ask.request.model.clone(),
            longest: lengths.reduce(|a, b| Some(a?.max(b?))).flatten(),
        }
    }

    fn completion(&self) -> &Completion {
        match self {
            Self::Known(completion) => completion,
            Self::Unseen { place, .. } => place,
        }
    }
}
