//! Which recorded responses a suite still asks for: those of every case, of every version that can come to users, and of the judges that
//! its evaluators put their answers before.

use std::collections::{BTreeSet, HashSet};

use super::Checked;
use super::drive::require_unchanged;
use super::error::RunError;
use super::evaluators::SuiteEvaluators;
use super::trial::answer;
use crate::call::{Ask, Client, Label, ResponseKey};
use crate::model::exchange::Reply;
use crate::model::{
    Case, Completion, ModelTarget, Problems, PromptVersion, Request, RunSpec, Sample, Status,
};
use crate::plan::{SuitePlan, targets};
use crate::registry;
use crate::render::CompiledPrompt;
use crate::score::Question;

/// The recordings of one suite.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The suite.
    pub suite: String,
    /// Responses in its file.
    pub responses: usize,
    /// How many of them nothing asks for; none as long as that is not known.
    pub stale: usize,
    /// Versions of which nobody knows what they ask for: they do not compile.
    pub unknown: Problems,
    /// What is asked for.
    pub asked: HashSet<ResponseKey>,
}

/// Looks through the recordings of all suites of a plan that leaves nothing out.
///
/// # Errors
/// When a dataset was changed meanwhile: what a row asked for that is not there any more is not known.
pub fn recorded(prepared: &Checked, client: &Client) -> Result<Vec<Recorded>, RunError> {
    let suites = prepared.plan.suites.iter().zip(&prepared.evaluators);
    let mut found: Vec<Recorded> = Vec::new();
    for (suite, evaluators) in suites {
        let name = &suite.suite.name;
        let Some(repeats) = client.recordings().repeats(name) else {
            continue;
        };
        let mut asked = Asked {
            client,
            suite,
            evaluators,
            repeats,
            keys: HashSet::new(),
            unknown: Problems::default(),
        };
        asked.suite(prepared);
        // Suites of one name, wherever they stand, share one file.
        match found.iter_mut().find(|one| one.suite == *name) {
            Some(same) => {
                same.asked.extend(asked.keys);
                same.unknown.extend(asked.unknown);
            }
            None => found.push(Recorded {
                suite: name.clone(),
                responses: 0,
                stale: 0,
                unknown: asked.unknown,
                asked: asked.keys,
            }),
        }
    }
    for one in &mut found {
        (one.responses, one.stale) = client.recordings().stale(&one.suite, &one.asked);
        if !one.unknown.is_empty() {
            one.stale = 0;
        }
    }
    require_unchanged(prepared)?;
    Ok(found)
}

/// Collects what a suite asks for.
struct Asked<'a> {
    client: &'a Client,
    suite: &'a SuitePlan,
    evaluators: &'a SuiteEvaluators,
    /// Repeats that something was recorded for: whatever is asked once may be asked again.
    repeats: BTreeSet<u32>,
    keys: HashSet<ResponseKey>,
    unknown: Problems,
}

impl Asked<'_> {
    fn suite(&mut self, prepared: &Checked) {
        let suite = self.suite;
        let planned = suite.arms.iter();
        let mut subjects: Vec<(&PromptVersion, ModelTarget)> = planned
            .map(|arm| (&*arm.version, arm.target.clone()))
            .collect();
        let family = prepared.registry.families.get(&suite.suite.family.value);
        let versions = family
            .into_iter()
            .flat_map(|family| family.versions.values());
        // What is archived is out of use for good; all else may be tested, or brought back.
        for version in versions.filter(|version| version.status != Status::Archived) {
            let targets = targets(version, &suite.suite, &RunSpec::default());
            subjects.extend(targets.into_iter().map(|target| (version, target)));
        }
        let engine = registry::engine(&prepared.root);
        for (at, (version, target)) in subjects.iter().enumerate() {
            let before = subjects.get(..at).unwrap_or_default();
            let same = |known: &(&PromptVersion, ModelTarget)| {
                known.0.id == version.id && known.1 == *target
            };
            if before.iter().any(same) {
                continue;
            }
            match CompiledPrompt::new(version, &engine) {
                // One that does not fit today's cases asks for nothing.
                Ok(prompt) => self.version(&prompt, target),
                // Once it is fixed, it may ask for any of them.
                Err(problems) => self.unknown.extend(problems),
            }
        }
    }

    fn version(&mut self, prompt: &CompiledPrompt, target: &ModelTarget) {
        for case in &self.suite.cases {
            let Ok(case) = self.suite.dataset.case(*case) else {
                continue;
            };
            let Ok(request) = prompt.request(&case.vars, target) else {
                continue;
            };
            self.case(&case, &request);
        }
    }

    fn case(&mut self, case: &Case, request: &Request) {
        if let Some(logged) = &case.output {
            let completion = Completion {
                content: logged.text.clone(),
                usage: logged.usage,
                ..Completion::default()
            };
            let cost = logged
                .usage
                .and_then(|usage| self.client.cost(&request.model, &usage, None));
            self.judges(case, &completion, (logged.latency_ms, cost));
            return;
        }
        let keys = self.client.recording_keys(request, &self.repeats);
        self.keys.extend(keys);
        for repeat in self.repeats.clone() {
            let Some(reply) = self.recorded(request, repeat) else {
                continue;
            };
            let measured = (reply.latency_ms, reply.cost_usd);
            self.judges(case, &reply.completion, measured);
        }
    }

    fn recorded(&self, request: &Request, repeat: u32) -> Option<Reply> {
        self.client.recorded(&Ask {
            request: request.clone(),
            fallback: Vec::new(),
            repeat,
            shared: true,
            label: Label {
                suite: self.suite.suite.name.clone(),
                ..Label::default()
            },
        })
    }

    /// What judges ask about an answer. Their repeat is always 0: identical answers are judged once.
    fn judges(
        &mut self,
        case: &Case,
        completion: &Completion,
        measured: (Option<f64>, Option<f64>),
    ) {
        let sample = Sample {
            case,
            completion,
            latency_ms: measured.0,
            cost_usd: measured.1,
        };
        let own = self.evaluators.own(case).unwrap_or_default();
        let first = BTreeSet::from([0]);
        let all = self.evaluators.all.iter().chain(&own);
        for evaluator in all.filter(|one| one.asks()) {
            // What it asks later depends on answers, so only what is recorded leads to it.
            evaluator.consult(&sample, |Question::Chat(request)| {
                let keys = self.client.recording_keys(&request, &first);
                self.keys.extend(keys);
                Some(answer(&self.recorded(&request, 0)?))
            });
        }
    }
}
