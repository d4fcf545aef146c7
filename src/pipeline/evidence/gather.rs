//! Takes the evidence for a version out of a run, unless the run does not say that the version passed.

use std::collections::BTreeMap;

use super::Tree;
use crate::model::evidence::{
    BaselineEvidence, EVIDENCE_VERSION, EvaluatorEvidence, Evidence, HistoryEvidence, SKIPPED,
    SuiteEvidence, TrialEvidence, sign,
};
use crate::model::trial::ScoreStatus;
use crate::model::verdict::{Decision, GateVerdict};
use crate::model::{Family, PromptVersion, Source};
use crate::report::json::{ReportCandidate, ReportCase, ReportFile, ReportSuite, ReportTrial};

/// The evidence that a run is for a version.
///
/// # Errors
/// Every reason why the run is none, a line each.
pub fn gather(
    report: &ReportFile,
    tree: &Tree,
    (family, version): (&Family, &PromptVersion),
) -> Result<Evidence, Vec<String>> {
    let mut refusals = Vec::new();
    if !report.run.complete {
        refusals.push("the run did not come to its end".to_owned());
    }
    if !report.run.partial.is_empty() {
        let flags = report.run.partial.join(", ");
        refusals.push(format!("the run is a partial one: {flags}"));
    }
    let mut suites = Vec::new();
    for suite in tree.required(family) {
        match of_suite(report, &suite.name, version) {
            Ok(found) => suites.push(found),
            Err(reasons) => refusals.extend(reasons),
        }
    }
    if suites.is_empty() && refusals.is_empty() {
        refusals.push(format!("no suite of evals/ is about `{}`", family.name));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    suites.sort_by(|a: &SuiteEvidence, b| a.name.cmp(&b.name));
    let includes = candidates(report, version).map(|(_, candidate)| candidate.includes.clone());
    Ok(Evidence {
        evidence: EVIDENCE_VERSION,
        version: version.id.to_string(),
        sha256: hash_of(report, version),
        includes: includes.last().unwrap_or_default(),
        model: version.model.name.clone(),
        run: report.run.run.clone(),
        suites,
    })
}

/// The version on its own model, in every suite that tested it.
fn candidates<'r>(
    report: &'r ReportFile,
    version: &PromptVersion,
) -> impl Iterator<Item = (&'r ReportSuite, &'r ReportCandidate)> {
    let (family, number) = (version.id.family.clone(), version.id.version.to_string());
    let model = version.model.name.clone();
    let own = report
        .suites
        .iter()
        .filter(move |suite| suite.family == family);
    own.flat_map(|suite| suite.candidates.iter().map(move |one| (suite, one)))
        .filter(move |(_, one)| one.version == number && one.model == model)
}

fn hash_of(report: &ReportFile, version: &PromptVersion) -> String {
    let found = candidates(report, version).next();
    found.map_or_else(String::new, |(_, one)| one.sha256.clone())
}

fn of_suite(
    report: &ReportFile,
    name: &str,
    version: &PromptVersion,
) -> Result<SuiteEvidence, Vec<String>> {
    let found = candidates(report, version).find(|(suite, _)| suite.name == name);
    let Some((suite, candidate)) = found else {
        let known = report.suites.iter().any(|suite| suite.name == name);
        return Err(vec![if known {
            let model = &version.model.name;
            format!(
                "suite {name} did not test {} on its own model {model}",
                version.id
            )
        } else {
            format!("suite {name} was not run")
        }]);
    };
    let refusals = refusals(name, candidate);
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let baseline = (|| {
        Some(BaselineEvidence {
            version: candidate.baseline.clone()?,
            sha256: candidate.baseline_sha256.clone()?,
            model: candidate.baseline_model.clone()?,
        })
    })();
    let cases = candidate.cases.iter().map(|case| {
        let trials = case.trials.iter();
        let outcomes = trials.map(|trial| outcome(trial, &suite.evaluators));
        (case.id.clone(), outcomes.collect())
    });
    Ok(SuiteEvidence {
        name: name.to_owned(),
        sha256: suite.sha256.clone(),
        dataset: suite.dataset.clone(),
        baseline,
        resolved_models: candidate.resolved_models.clone(),
        judge_models: candidate.judge_models.clone(),
        metrics: candidate.metrics.clone(),
        gates: candidate.gates.clone(),
        evaluators: suite.evaluators.clone(),
        cases: cases.collect(),
        live: Some(live(candidate)),
        history: HistoryEvidence::default(),
    })
}

/// How many of the first repeats of every case a provider was really called for, and the version's own model answered.
fn live(candidate: &ReportCandidate) -> u32 {
    let is_new = |trial: &&ReportTrial| {
        trial.source == Some(Source::Live) && trial.fallback.is_none() && trial.passed.is_some()
    };
    let first = |case: &ReportCase| case.trials.iter().take_while(is_new).count();
    candidate.cases.iter().map(first).min().unwrap_or_default() as u32
}

/// Why a candidate did not pass, with nothing left to a rule of thumb.
fn refusals(suite: &str, candidate: &ReportCandidate) -> Vec<String> {
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
        let tag = gate.tag.as_ref().map(|tag| format!(" [{tag}]"));
        let rule = format!(
            "{}{} {}",
            gate.metric,
            tag.unwrap_or_default(),
            gate.condition
        );
        refusals.push(format!("suite {suite}: the gate `{rule}` {what}"));
    }
    if candidate.verdict != Decision::Pass && refusals.is_empty() {
        let why = candidate.problem.as_deref().unwrap_or("it did not pass");
        refusals.push(format!("suite {suite}: {why}"));
    }
    refusals
}

fn outcome(trial: &ReportTrial, evaluators: &[EvaluatorEvidence]) -> TrialEvidence {
    let mut outcome = String::from(sign(trial.passed));
    let mut scores = BTreeMap::new();
    for evaluator in evaluators {
        let said = trial.scores.iter().find(|said| said.name == evaluator.name);
        let Some(said) = said.filter(|said| said.status != ScoreStatus::Skipped) else {
            outcome.push(SKIPPED);
            continue;
        };
        outcome.push(sign(said.passed));
        let plain = said.passed.map(|passed| f64::from(u8::from(passed)));
        if let Some(score) = said.score.filter(|score| Some(*score) != plain) {
            scores.insert(said.name.clone(), score);
        }
    }
    TrialEvidence {
        outcome,
        score: trial.score,
        scores,
    }
}
