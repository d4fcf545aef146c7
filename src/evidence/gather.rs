//! Takes the evidence for a version out of a run that was derived again, unless the run does not say that the version passed.

use std::collections::BTreeMap;

use super::Finished;
use super::Tree;
use super::gathered::{Gathered, Part};
use crate::model::event::{ArmHeader, ArmRole, BaselineLink, SuiteHeader};
use crate::model::evidence::{
    BaselineEvidence, EVIDENCE_VERSION, EvaluatorEvidence, Evidence, EvidenceRun, GateEvidence,
    HistoryEvidence, RulesEvidence, SuiteEvidence,
};
use crate::model::record::{EvaluatorInfo, SuiteRecord};
use crate::model::verdict::{CandidateVerdict, Decision, GateResult, GateVerdict};
use crate::model::{Family, ModelName, PromptVersion, RunEvent};
use crate::observe::JournalError;

/// The evidence that a run is for a version.
///
/// # Errors
/// Every reason why the run is none, a line each.
pub fn gather(
    run: &Finished,
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
) -> Result<Evidence, Vec<String>> {
    let header = &run.record.header;
    let mut refusals = Vec::new();
    if !run.record.is_complete() {
        refusals.push("the run did not finish".to_owned());
    }
    if !header.run.partial.is_empty() {
        let flags = header.run.partial.join(", ");
        refusals.push(format!("the run is a partial one: {flags}"));
    }
    let mut found = Vec::new();
    for suite in tree.required(family) {
        match Found::new(run, suite, version) {
            Ok(one) => found.push(one),
            Err(reasons) => refusals.extend(reasons),
        }
    }
    if found.is_empty() && refusals.is_empty() {
        refusals.push(format!("no suite of evals/ is about `{}`", family.name));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    found.sort_by(|a, b| a.suite.name.cmp(&b.suite.name));
    let suites = suites(run, &found).map_err(|error| vec![error.to_string()])?;
    let arm = found.last().map(|one| one.arm);
    Ok(Evidence {
        evidence: EVIDENCE_VERSION,
        version: version.id.to_string(),
        sha256: arm.map_or_else(String::new, |arm| arm.sha256.clone()),
        includes: arm.map_or_else(BTreeMap::new, |arm| arm.includes.clone()),
        model: version.model.name.clone(),
        run: run_of(run),
        providers: header.run.providers.clone(),
        known_runs: None,
        suites,
        signature: None,
    })
}

fn run_of(finished: &Finished) -> EvidenceRun {
    let run = &finished.record.header.run;
    EvidenceRun {
        id: run.id.clone(),
        started_at: run.started_at.clone(),
        git_commit: run.git_commit.clone(),
        responses: run.responses.clone(),
        seed: run.seed,
        prompteval: run.prompteval.clone(),
        root: finished
            .record
            .end
            .as_ref()
            .and_then(|end| end.root.clone()),
    }
}

/// The version on its own model in one suite.
struct Found<'r> {
    place: u32,
    suite: &'r SuiteHeader,
    record: &'r SuiteRecord,
    arm_place: u32,
    arm: &'r ArmHeader,
    /// What it was compared with.
    baseline: Option<(u32, &'r ArmHeader)>,
    verdict: &'r CandidateVerdict,
}

impl<'r> Found<'r> {
    fn new(
        run: &'r Finished,
        wanted: &crate::model::Suite,
        version: &PromptVersion,
    ) -> Result<Self, Vec<String>> {
        let name = &wanted.name;
        let suites = run.record.header.suites.iter();
        let mut suites = (0_u32..).zip(suites);
        let found = suites.find(|(_, suite)| suite.name == *name && suite.path == wanted.path);
        let Some((place, suite)) = found else {
            return Err(vec![format!("suite {name} was not run")]);
        };
        let id = version.id.to_string();
        let own = |arm: &&(u32, &ArmHeader)| {
            let (_, arm) = arm;
            arm.role == ArmRole::Candidate
                && arm.version.to_string() == id
                && arm.model == version.model.name
        };
        let arms: Vec<(u32, &ArmHeader)> = (0_u32..).zip(&suite.arms).collect();
        let tested = arms.iter().find(own).and_then(|(arm_place, arm)| {
            let decided = run.verdict.suites.get(place as usize)?;
            let mut candidates = decided.candidates.iter();
            Some(Self {
                place,
                suite,
                record: run.record.suites.get(place as usize)?,
                arm_place: *arm_place,
                arm,
                baseline: match arm.baseline {
                    BaselineLink::Arm(place) => arms.get(place as usize).copied(),
                    _ => None,
                },
                verdict: candidates.find(|one| one.arm == *arm_place)?,
            })
        });
        let Some(tested) = tested else {
            let model = &version.model.name;
            return Err(vec![format!(
                "suite {name} did not test {id} on its own model {model}"
            )]);
        };
        let refusals = refusals(name, tested.verdict);
        if refusals.is_empty() {
            Ok(tested)
        } else {
            Err(refusals)
        }
    }

    /// What an arm is here, and the model that it asked; `None` where evidence does not speak of it.
    fn part(&self, arm: u32) -> Option<(Part, &'r ModelName)> {
        if arm == self.arm_place {
            return Some((Part::Version, &self.arm.model));
        }
        let baseline = self.baseline.filter(|(place, _)| *place == arm);
        baseline.map(|(_, arm)| (Part::Baseline, &arm.model))
    }
}

/// Why a candidate did not pass, with nothing left to a rule of thumb.
fn refusals(suite: &str, candidate: &CandidateVerdict) -> Vec<String> {
    let mut refusals = Vec::new();
    for gate in &candidate.gates {
        let what = match gate.verdict {
            GateVerdict::Pass => continue,
            GateVerdict::Fail => "failed",
            GateVerdict::Error => "could not be measured",
            GateVerdict::Inconclusive => {
                "is inconclusive, and a promotion rests on what is decided only"
            }
        };
        refusals.push(format!("suite {suite}: the gate `{}` {what}", rule(gate)));
    }
    if candidate.decision != Decision::Pass && refusals.is_empty() {
        let why = candidate.problem.as_deref().unwrap_or("it did not pass");
        refusals.push(format!("suite {suite}: {why}"));
    }
    refusals
}

fn rule(gate: &GateResult) -> String {
    let rule = &gate.rule;
    let tag = rule.tag.as_ref().map(|tag| format!(" [{tag}]"));
    format!(
        "{}{} {}",
        rule.metric,
        tag.unwrap_or_default(),
        rule.condition
    )
}

/// The suites, with their cases read out of the journal.
fn suites(run: &Finished, found: &[Found<'_>]) -> Result<Vec<SuiteEvidence>, JournalError> {
    let evaluators = found.iter().map(|one| {
        let infos = one.record.evaluators.iter();
        infos.map(evaluator).collect::<Vec<EvaluatorEvidence>>()
    });
    let evaluators: Vec<Vec<EvaluatorEvidence>> = evaluators.collect();
    let mut cases: Vec<Gathered> = found.iter().map(|_| Gathered::default()).collect();
    run.journal.replay(|event, _| {
        let RunEvent::Trial(trial) = event else {
            return;
        };
        for ((one, own), evaluators) in found.iter().zip(&mut cases).zip(&evaluators) {
            if one.place == trial.trial.suite
                && let Some(of) = one.part(trial.trial.arm)
            {
                own.take(of, trial, evaluators);
            }
        }
    })?;
    let all = found.iter().zip(cases).zip(evaluators);
    Ok(all
        .map(|((one, cases), own)| suite(one, cases, own))
        .collect())
}

fn suite(found: &Found<'_>, cases: Gathered, evaluators: Vec<EvaluatorEvidence>) -> SuiteEvidence {
    let header = found.suite;
    let arm = found.record.arms.get(found.arm_place as usize);
    let metrics = arm.iter().flat_map(|arm| &arm.metrics);
    let (cases, answers, live) = cases.end(&found.record.cases);
    SuiteEvidence {
        name: header.name.clone(),
        path: header.path.clone(),
        sha256: header.sha256.clone(),
        dataset: header.dataset.clone(),
        rules: RulesEvidence {
            gates: header.gates.clone(),
            repeats: header.repeats,
            looks: header.looks.clone(),
            on_inconclusive: header.on_inconclusive,
            proof_cases: header.proof_cases,
            stop_decided: header.stop_decided,
            largest_cluster: header.largest_cluster,
            compared: found.arm.baseline,
        },
        baseline: found.baseline.map(|(_, arm)| BaselineEvidence {
            version: arm.version.version.clone(),
            sha256: arm.sha256.clone(),
            model: arm.model.clone(),
            stored: arm.stored.clone(),
            pool: arm.pool.clone(),
        }),
        resolved_models: arm.map_or_else(Default::default, |arm| arm.resolved_models.clone()),
        judge_models: arm.map_or_else(Default::default, |arm| arm.judge_models.clone()),
        metrics: metrics
            .map(|(name, measured)| (name.clone(), measured.value()))
            .collect(),
        gates: found.verdict.gates.iter().map(gate).collect(),
        evaluators,
        answers,
        cases,
        live: Some(live),
        history: HistoryEvidence::default(),
    }
}

fn evaluator(info: &EvaluatorInfo) -> EvaluatorEvidence {
    EvaluatorEvidence {
        name: info.name.clone(),
        type_name: info.type_name.clone(),
        metric: info.metric.clone(),
        critical: info.critical,
        reported_only: info.reported_only,
    }
}

/// A gate as evidence tells it.
pub(super) fn gate(gate: &GateResult) -> GateEvidence {
    GateEvidence {
        metric: gate.rule.metric.clone(),
        tag: gate.rule.tag.clone(),
        condition: gate.rule.condition.to_string(),
        verdict: gate.verdict,
        measured: gate.measured,
        baseline: gate.baseline,
        interval: gate.interval,
        reason: gate.reason.clone(),
    }
}
