//! Decides the gates of evidence again, out of the outcomes that it holds.

use std::collections::BTreeMap;

use super::gather;
use crate::aggregate::Fold;
use crate::gate;
use crate::model::event::{
    ArmHeader, ArmRole, BaselineLink, EndStatus, JOURNAL_VERSION, PromptName, RunEnd, RunHeader,
    RunInfo, SuiteHeader,
};
use crate::model::evidence::{
    CaseEvidence, ERROR, Evidence, GateEvidence, SKIPPED, SuiteEvidence, TrialEvidence,
};
use crate::model::looks::{POOL_REPEATS, PROOF_REPEATS};
use crate::model::record::JournalOffset;
use crate::model::trial::{AnswerFacts, ScoreRecord, ScoreStatus, Spend, TrialError};
use crate::model::verdict::Decision;
use crate::model::{
    ErrorClass, PromptRef, RunEvent, RunSpec, Source, Status, TrialId, TrialRecord, Usage,
};

/// What the outcomes of evidence come to that it does not say of itself, a line each.
pub fn contradictions(evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    let Some(id) = evidence.version.parse::<PromptRef>().ok() else {
        return vec![format!("`{}` is no version", evidence.version)];
    };
    let header = header(evidence, &id);
    let mut fold = Fold::default();
    let at = JournalOffset::default();
    fold.apply(&RunEvent::Plan(Box::new(header)), at);
    for (place, suite) in (0_u32..).zip(&evidence.suites) {
        for (id, case) in suite.cases.iter() {
            let one = CaseAnswers {
                place,
                suite,
                id,
                row: &case,
            };
            if let Err(problem) = one.apply(&mut fold) {
                found.push(format!("suite {}, case `{id}`: {problem}", suite.name));
            }
        }
    }
    let ended = evidence.run.started_at.clone();
    let end = RunEnd::new(EndStatus::Complete, ended, None);
    fold.apply(&RunEvent::End(end), at);
    let Some(record) = fold.finish() else {
        return found;
    };
    let verdict = gate::decide(&record);
    for (suite, decided) in evidence.suites.iter().zip(&verdict.suites) {
        let Some(candidate) = decided.candidates.first() else {
            found.push(format!("suite {}: nothing was tested", suite.name));
            continue;
        };
        if candidate.decision != Decision::Pass {
            let why = candidate.problem.as_deref().unwrap_or("a gate blocks");
            found.push(format!(
                "suite {}: its outcomes come to {}: {why}",
                suite.name,
                candidate.decision.as_str()
            ));
        }
        let gates: Vec<GateEvidence> = candidate.gates.iter().map(gather::gate).collect();
        if gates.len() != suite.gates.len() {
            found.push(format!(
                "suite {}: it says of {} gates how they came out, and it has {}",
                suite.name,
                suite.gates.len(),
                gates.len()
            ));
        }
        for (said, now) in suite.gates.iter().zip(&gates) {
            found.extend(other(&suite.name, said, now));
        }
    }
    found
}

/// How a gate came out otherwise than the evidence says. What decides at a look of the whole run is not compared: the evidence
/// holds one version's part of it.
fn other(suite: &str, said: &GateEvidence, now: &GateEvidence) -> Option<String> {
    let same_rule =
        (&said.metric, &said.tag, &said.condition) == (&now.metric, &now.tag, &now.condition);
    if !same_rule {
        return Some(format!(
            "suite {suite}: it speaks of the gate `{} {}`, and its rules have `{} {}`",
            said.metric, said.condition, now.metric, now.condition
        ));
    }
    let close = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-6 * one.abs().max(1.0),
        (one, other) => one.is_none() == other.is_none(),
    };
    let same = said.verdict == now.verdict
        && close(said.measured, now.measured)
        && close(said.baseline, now.baseline);
    if same {
        return None;
    }
    let number = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), |n| n.to_string());
    Some(format!(
        "suite {suite}: the gate `{} {}` is {} at {}, and its outcomes come to {} at {}",
        said.metric,
        said.condition,
        said.verdict.as_str(),
        number(said.measured),
        now.verdict.as_str(),
        number(now.measured)
    ))
}

/// The plan of a run that tested this version alone.
fn header(evidence: &Evidence, id: &PromptRef) -> RunHeader {
    RunHeader {
        journal: JOURNAL_VERSION,
        run: RunInfo {
            id: evidence.run.id.clone(),
            started_at: evidence.run.started_at.clone(),
            git_commit: evidence.run.git_commit.clone(),
            responses: evidence.run.responses.clone(),
            seed: evidence.run.seed,
            prompteval: evidence.run.prompteval.clone(),
            asked: RunSpec::default(),
            ..RunInfo::default()
        },
        prices_date: String::new(),
        suites: evidence
            .suites
            .iter()
            .map(|suite| suite_header(evidence, id, suite))
            .collect(),
    }
}

fn suite_header(evidence: &Evidence, id: &PromptRef, suite: &SuiteEvidence) -> SuiteHeader {
    let rules = &suite.rules;
    let compared = match rules.compared {
        BaselineLink::Arm(_) => BaselineLink::Arm(1),
        other => other,
    };
    let candidate = ArmHeader {
        version: PromptName::from(id),
        sha256: evidence.sha256.clone(),
        includes: evidence.includes.clone(),
        status: Status::Testing,
        override_reason: None,
        model: evidence.model.clone(),
        role: ArmRole::Candidate,
        baseline: compared,
        stored: None,
        pool: None,
    };
    let baseline = suite.baseline.as_ref().map(|own| ArmHeader {
        version: PromptName {
            family: id.family.clone(),
            version: own.version.clone(),
        },
        sha256: own.sha256.clone(),
        includes: BTreeMap::new(),
        status: Status::Production,
        model: own.model.clone(),
        role: ArmRole::Baseline,
        baseline: BaselineLink::Unused,
        stored: own.stored.clone(),
        pool: own.pool.clone(),
        ..candidate.clone()
    });
    SuiteHeader {
        name: suite.name.clone(),
        path: suite.path.clone(),
        sha256: suite.sha256.clone(),
        description: None,
        family: id.family.clone(),
        segment: None,
        dataset: suite.dataset.clone(),
        selected: suite.dataset.cases,
        repeats: rules.repeats,
        gates: rules.gates.clone(),
        looks: rules.looks.clone(),
        looks_note: None,
        proof_cases: rules.proof_cases,
        on_inconclusive: rules.on_inconclusive,
        stop_decided: rules.stop_decided,
        largest_cluster: rules.largest_cluster,
        arms: std::iter::once(candidate).chain(baseline).collect(),
    }
}

/// One case of one suite.
struct CaseAnswers<'a> {
    place: u32,
    suite: &'a SuiteEvidence,
    id: &'a str,
    row: &'a CaseEvidence,
}

impl CaseAnswers<'_> {
    fn apply(&self, fold: &mut Fold) -> Result<(), String> {
        let case = self.row;
        let lists = [
            (0, 0, &case.trials),
            (1, 0, &case.baseline),
            (0, PROOF_REPEATS.start, &case.proof),
            (1, PROOF_REPEATS.start, &case.baseline_proof),
            (1, POOL_REPEATS.start, &case.baseline_pool),
        ];
        if case.row >= self.suite.dataset.cases {
            return Err(format!("row {} is none of its dataset", case.row));
        }
        for (arm, first, list) in lists {
            for (repeat, outcome) in (first..).zip(list) {
                // What was not asked, as beyond an early stop, has no sign.
                if outcome.outcome.is_empty() {
                    continue;
                }
                let id = TrialId {
                    suite: self.place,
                    arm,
                    case: case.row,
                    repeat,
                };
                let trial = self.trial(id, outcome)?;
                fold.apply(&RunEvent::Trial(Box::new(trial)), JournalOffset::default());
            }
        }
        Ok(())
    }

    fn trial(&self, id: TrialId, outcome: &TrialEvidence) -> Result<TrialRecord, String> {
        let mut signs = outcome.outcome.chars();
        let passed = signs
            .next()
            .map_or(Err(unreadable(outcome)), |one| state(one, outcome))?;
        let signs: Vec<char> = signs.collect();
        if signs.len() != self.suite.evaluators.len() {
            return Err(unreadable(outcome));
        }
        let mut scores = Vec::with_capacity(signs.len());
        for (evaluator, sign) in self.suite.evaluators.iter().zip(signs) {
            if sign == SKIPPED {
                continue;
            }
            let passed = state(sign, outcome)?;
            let plain = passed.map(|passed| f64::from(u8::from(passed)));
            scores.push(ScoreRecord {
                name: evaluator.name.clone(),
                type_name: evaluator.type_name.clone(),
                status: if passed.is_some() {
                    ScoreStatus::Scored
                } else {
                    ScoreStatus::Error
                },
                passed,
                score: outcome.scores.get(&evaluator.name).copied().or(plain),
                reason: String::new(),
                weight: if evaluator.reported_only { 0.0 } else { 1.0 },
                critical: evaluator.critical && !outcome.uncritical.contains(&evaluator.name),
                gave_up: false,
                metric: evaluator.metric.clone(),
                judge_models: Vec::new(),
                replies: Vec::new(),
            });
        }
        Ok(TrialRecord {
            trial: id,
            order: self.row.order,
            id: self.id.to_owned(),
            tags: self.row.tags.clone(),
            cluster: self.row.cluster.clone(),
            critical: self.row.critical,
            passed,
            score: outcome.score,
            error: passed.is_none().then(|| TrialError {
                class: ErrorClass::Evaluator,
                message: "it was in error".to_owned(),
            }),
            output: None,
            answer: self.facts(outcome),
            scores,
            spend: Spend {
                judge_cost_usd: outcome.judge_cost_usd.or(Some(0.0)),
                ..Spend::default()
            },
        })
    }

    fn facts(&self, outcome: &TrialEvidence) -> AnswerFacts {
        let from = outcome.from.first();
        let from = from.and_then(|place| self.suite.answers.get(*place as usize));
        AnswerFacts {
            source: from.map(|_| Source::Stored),
            refusal: outcome.refused.then(String::new),
            resolved_model: from.and_then(|from| from.model.clone()),
            fallback: outcome.fallback.clone(),
            latency_ms: outcome.latency_ms,
            usage: outcome.tokens.map(|(input, output)| Usage {
                input,
                output,
                ..Usage::default()
            }),
            cost_usd: outcome.cost_usd,
            ..AnswerFacts::default()
        }
    }
}

fn state(sign: char, outcome: &TrialEvidence) -> Result<Option<bool>, String> {
    use crate::model::evidence::{FAILED, PASSED};
    match sign {
        PASSED => Ok(Some(true)),
        FAILED => Ok(Some(false)),
        ERROR => Ok(None),
        _ => Err(unreadable(outcome)),
    }
}

fn unreadable(outcome: &TrialEvidence) -> String {
    format!(
        "`{}` does not say what each evaluator says",
        outcome.outcome
    )
}
