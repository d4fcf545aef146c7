//! report.json: everything a machine may want to know of a run, with raw numbers. Its shape is versioned.
//!
//! Cases are written one after another, each read back from the journal as its turn comes, so that memory does not grow
//! with the outputs.

mod case;
mod faults;
mod read;

pub use read::{
    ReportCandidate, ReportCase, ReportError, ReportFile, ReportSuite, ReportTrial, read,
};

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use crate::model::event::{DatasetInfo, EndStatus, GateChange, PoolFrom, RunInfo, StoredFrom};
use crate::model::evidence::EvaluatorEvidence;
use crate::model::record::{EvaluatorInfo, JudgeModels, Measured, Metrics, State};
use crate::model::suite::Condition;
use crate::model::verdict::{Bounds, Decision, Fresh, GateResult, GateVerdict, RepeatStats, Slice};

use super::candidate::{CandidateView, SuiteView};
use super::{ReporterEntry, View, origin};
use faults::Faults;

/// Version of the shape of report.json; a change that could break a reader raises it.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// The entry of report.json.
pub static JSON: ReporterEntry = ReporterEntry {
    name: "json",
    summary: "report.json: every case, trial, score and metric, for programs",
    extension: "json",
    write,
};

fn write(view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = view.suites()?;
    let report = Report {
        schema_version: SCHEMA_VERSION,
        run: run(view),
        verdict: view.verdict.decision,
        problem: view.verdict.problem.as_deref(),
        suites: suites
            .iter()
            .map(|suite| self::suite(view, suite))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &report)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    run: Run<'a>,
    verdict: Decision,
    problem: Option<&'a str>,
    suites: Vec<Suite<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    id: &'a str,
    started_at: &'a str,
    finished_at: Option<&'a str>,
    git_commit: Option<&'a str>,
    responses: &'a str,
    seed: u64,
    prompteval: &'a str,
    complete: bool,
    ended: Option<EndStatus>,
    partial: &'a [String],
    /// Answers by where they came from.
    answers: BTreeMap<&'static str, usize>,
    /// Whether the journal was held against no file of the project.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    detached: bool,
    /// What the change takes away from its own gate.
    #[serde(skip_serializing_if = "<[GateChange]>::is_empty")]
    gate_changes: &'a [GateChange],
    /// Whether the run cannot pass for them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gate_changes_block: bool,
    /// What struck trials of all arms, by cause.
    #[serde(flatten)]
    faults: Faults<'a>,
    /// Requests sent, retries and what failed included.
    calls: usize,
    /// Of them, those that were in flight when the run was ended early.
    #[serde(skip_serializing_if = "is_zero")]
    calls_in_flight: usize,
    /// Null where nothing is known of it.
    paid_usd: Option<f64>,
    /// Calls whose price is not known: what was paid is more.
    #[serde(skip_serializing_if = "is_zero")]
    unpriced_calls: usize,
    prices_date: &'a str,
}

#[derive(Serialize)]
struct Suite<'a> {
    name: &'a str,
    path: &'a str,
    description: Option<&'a str>,
    family: &'a str,
    segment: Option<&'a str>,
    sha256: &'a str,
    dataset: &'a DatasetInfo,
    selected: u32,
    repeats: u32,
    verdict: Decision,
    evaluators: Vec<EvaluatorEvidence>,
    candidates: Vec<Candidate<'a>>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    version: &'a str,
    sha256: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    includes: &'a BTreeMap<String, String>,
    status: &'static str,
    #[serde(rename = "override")]
    override_reason: Option<&'a str>,
    /// Whether its gates can stop anyone: a version in shadow never does.
    blocking: bool,
    model: String,
    resolved_models: &'a BTreeSet<String>,
    /// Of judges, by evaluator.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    judge_models: &'a JudgeModels,
    baseline: Option<&'a str>,
    baseline_sha256: Option<&'a str>,
    baseline_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_override: Option<&'a str>,
    baseline_note: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_stored: Option<&'a StoredFrom>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_pool: Option<Pool<'a>>,
    verdict: Decision,
    problem: Option<&'a str>,
    counts: Counts,
    fallbacks: u32,
    #[serde(flatten)]
    faults: Faults<'a>,
    metrics: BTreeMap<&'a str, Option<f64>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unknown_metrics: BTreeMap<&'a str, &'a str>,
    gates: Vec<Gate<'a>>,
    /// Where a gate wants proof of broken cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Changes<'a>>,
    newly_broken: Vec<&'a str>,
    newly_fixed: Vec<&'a str>,
    flaky: Vec<&'a str>,
    slices: &'a [Slice],
    repeat_stats: Option<&'a RepeatStats>,
    cases: case::Cases<'a>,
}

/// Earlier answers of the baseline: of which runs, how many, and why they do not count where they do not.
#[derive(Serialize)]
struct Pool<'a> {
    #[serde(flatten)]
    from: &'a PoolFrom,
    answers: u32,
    refused: Option<&'a str>,
}

/// What fresh answers of both versions prove.
#[derive(Serialize)]
struct Changes<'a> {
    proven: Vec<Proven<'a>>,
}

#[derive(Serialize)]
struct Proven<'a> {
    case: &'a str,
    before: Fresh,
    now: Fresh,
}

#[derive(Serialize)]
struct Counts {
    cases: usize,
    passed: usize,
    failed: usize,
    errors: usize,
    missing: usize,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[derive(Serialize)]
struct Gate<'a> {
    metric: &'a str,
    tag: Option<&'a str>,
    condition: String,
    measured: Option<f64>,
    baseline: Option<f64>,
    verdict: GateVerdict,
    resolved: Decision,
    interval: Option<Bounds>,
    reason: &'a str,
    needs: Option<&'a str>,
}

fn run<'a>(view: &View<'a>) -> Run<'a> {
    let record = view.record;
    let info: &RunInfo = &record.header.run;
    Run {
        id: &info.id,
        started_at: &info.started_at,
        finished_at: record.end.as_ref().map(|end| end.finished_at.as_str()),
        git_commit: info.git_commit.as_deref(),
        responses: &info.responses,
        seed: info.seed,
        prompteval: &info.prompteval,
        complete: record.is_complete(),
        ended: record.end.as_ref().map(|end| end.status),
        partial: &info.partial,
        answers: origin::by_source(view),
        detached: info.detached,
        gate_changes: &info.gate_changes,
        gate_changes_block: info.gate_changes_block,
        faults: Faults::of(record.arms()),
        calls: record.calls(),
        calls_in_flight: record.in_flight as usize,
        paid_usd: record.paid().known(),
        unpriced_calls: record.paid().unknown as usize,
        prices_date: &record.header.prices_date,
    }
}

fn suite<'a>(view: &View<'a>, suite: &SuiteView<'a>) -> Suite<'a> {
    let header = suite.header;
    let candidates = suite.candidates.iter();
    Suite {
        name: &header.name,
        path: &header.path,
        description: header.description.as_deref(),
        family: &header.family,
        segment: header.segment.as_deref(),
        sha256: &header.sha256,
        dataset: &header.dataset,
        selected: header.selected,
        repeats: header.repeats,
        verdict: suite.decision,
        evaluators: suite.table.evaluators.iter().map(evaluator).collect(),
        candidates: candidates.map(|c| candidate(view, c)).collect(),
    }
}

fn candidate<'a>(view: &View<'a>, candidate: &CandidateView<'a>) -> Candidate<'a> {
    let (header, record) = (candidate.arm.header, candidate.arm.record);
    let verdict = candidate.verdict;
    let ids = |places: &[u32]| candidate.ids(places).collect();
    let baseline = candidate.baseline.map(|arm| arm.header);
    Candidate {
        version: &header.version.version,
        sha256: &header.sha256,
        includes: &header.includes,
        status: header.status.as_str(),
        override_reason: header.override_reason.as_deref(),
        blocking: candidate.may_block(),
        model: header.model.to_string(),
        resolved_models: &record.resolved_models,
        judge_models: &record.judge_models,
        baseline: baseline.map(|arm| arm.version.version.as_str()),
        baseline_sha256: baseline.map(|arm| arm.sha256.as_str()),
        baseline_model: baseline.map(|arm| arm.model.to_string()),
        baseline_override: baseline.and_then(|arm| arm.override_reason.as_deref()),
        baseline_note: candidate.baseline_note(),
        baseline_stored: baseline.and_then(|arm| arm.stored.as_ref()),
        baseline_pool: pool(candidate),
        verdict: verdict.decision,
        problem: verdict.problem.as_deref(),
        counts: Counts {
            cases: record.case_count(),
            passed: record.count(State::Passed),
            failed: record.count(State::Failed),
            errors: record.count(State::Error),
            missing: candidate.missing_cases(),
        },
        fallbacks: record.fallbacks,
        faults: Faults::of(std::iter::once(record)),
        metrics: record
            .metrics
            .iter()
            .map(|(name, measured)| (name.as_str(), measured.value()))
            .collect(),
        unknown_metrics: unknown(&record.metrics),
        gates: verdict.gates.iter().map(gate).collect(),
        changes: changes(candidate),
        newly_broken: ids(&verdict.changes.broken),
        newly_fixed: ids(&verdict.changes.fixed),
        flaky: ids(&verdict.changes.flaky),
        slices: &verdict.slices,
        repeat_stats: verdict.repeats.as_ref(),
        cases: case::Cases::new(view, candidate),
    }
}

fn pool<'a>(candidate: &CandidateView<'a>) -> Option<Pool<'a>> {
    let from = candidate.baseline?.header.pool.as_ref()?;
    let used = candidate.verdict.pool.as_ref()?;
    Some(Pool {
        from,
        answers: used.answers,
        refused: used.refused.as_deref(),
    })
}

fn changes<'a>(candidate: &CandidateView<'a>) -> Option<Changes<'a>> {
    let mut gates = candidate.verdict.gates.iter();
    let wanted = gates.any(|gate| matches!(gate.rule.condition, Condition::Broken { .. }));
    let proven = candidate.proven().map(|(id, one)| Proven {
        case: id,
        before: one.before,
        now: one.now,
    });
    wanted.then(|| Changes {
        proven: proven.collect(),
    })
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

fn gate(gate: &GateResult) -> Gate<'_> {
    Gate {
        metric: &gate.rule.metric,
        tag: gate.rule.tag.as_deref(),
        condition: gate.rule.condition.to_string(),
        measured: gate.measured,
        baseline: gate.baseline,
        verdict: gate.verdict,
        resolved: gate.resolved,
        interval: gate.interval,
        reason: &gate.reason,
        needs: gate.needs.as_deref(),
    }
}

/// What kept the metrics that are null from being measured.
fn unknown(metrics: &Metrics) -> BTreeMap<&str, &str> {
    metrics
        .iter()
        .filter_map(|(name, measured)| match measured {
            Measured::Known(_) => None,
            Measured::Unknown(why) => Some((name.as_str(), why.as_str())),
        })
        .collect()
}
