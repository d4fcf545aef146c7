//! Small runs built by hand: a plan, its trials, and the verdict that the gates would give.

use std::io;

use prompteval::aggregate::Fold;
use prompteval::model::event::{
    ArmHeader, ArmRole, BaselineLink, DatasetInfo, EndStatus, PromptName, RunEnd, RunHeader,
    RunInfo, SuiteHeader,
};
use prompteval::model::looks::OnInconclusive;
use prompteval::model::record::{JournalOffset, Outputs};
use prompteval::model::suite::{Condition, GateRule};
use prompteval::model::trial::{AnswerFacts, ScoreRecord, ScoreStatus, Spend, TrialError};
use prompteval::model::verdict::{
    CandidateVerdict, Changes, CountedCases, Decision, GateResult, GateVerdict, SuiteVerdict,
    Verdict,
};
use prompteval::model::{
    ErrorClass, RunEvent, RunRecord, Source, Status, TrialId, TrialRecord, Usage,
};
use prompteval::report::View;

/// A run and everything a report needs of it.
pub(crate) struct Run {
    pub(crate) header: RunHeader,
    pub(crate) trials: Vec<TrialRecord>,
    pub(crate) end: Option<RunEnd>,
}

/// Trials by their place in the list, in place of a journal.
pub(crate) struct Memory(Vec<TrialRecord>);

impl Outputs for Memory {
    fn trial(&self, at: JournalOffset) -> io::Result<TrialRecord> {
        let trial = self.0.get(at.0 as usize).cloned();
        trial.ok_or_else(|| io::Error::other("no such line"))
    }
}

impl Run {
    /// A run of one suite with one candidate and its baseline.
    pub(crate) fn new(selected: u32, repeats: u32) -> Self {
        let mut candidate = arm("1.2.0", Status::Testing, ArmRole::Candidate);
        candidate.baseline = BaselineLink::Arm(1);
        let baseline = arm("1.1.0", Status::Production, ArmRole::Baseline);
        Self {
            header: RunHeader {
                journal: 1,
                run: RunInfo {
                    id: "20261120-100000-a1b2".into(),
                    started_at: "2026-11-20T10:00:00Z".into(),
                    git_commit: Some("4f2c9d1".into()),
                    responses: "auto".into(),
                    seed: 7,
                    prompteval: "0.1.0".into(),
                    ..RunInfo::default()
                },
                prices_date: "2026-11-01".into(),
                suites: vec![suite(
                    "support",
                    selected,
                    repeats,
                    vec![candidate, baseline],
                )],
            },
            trials: vec![],
            end: Some(RunEnd::new(
                EndStatus::Complete,
                "2026-11-20T10:00:12.345Z".into(),
                None,
            )),
        }
    }

    /// Adds a trial.
    pub(crate) fn add(&mut self, trial: Trial) -> &mut Self {
        self.trials.push(trial.record);
        self
    }

    /// The record, as the fold of its events gives it.
    pub(crate) fn record(&self) -> RunRecord {
        let mut fold = Fold::default();
        let plan = RunEvent::Plan(Box::new(self.header.clone()));
        fold.apply(&plan, JournalOffset::default());
        for (place, trial) in self.trials.iter().enumerate() {
            let at = JournalOffset(place as u64);
            fold.apply(&RunEvent::Trial(Box::new(trial.clone())), at);
        }
        if let Some(end) = &self.end {
            fold.apply(&RunEvent::End(end.clone()), JournalOffset::default());
        }
        fold.finish().unwrap()
    }

    /// Shows the run and a verdict to `read`.
    pub(crate) fn view<T>(&self, verdict: &Verdict, read: impl FnOnce(&View<'_>) -> T) -> T {
        let record = self.record();
        let outputs = Memory(self.trials.clone());
        read(&View {
            record: &record,
            verdict,
            outputs: &outputs,
            lines: None,
            inputs: None,
            trends: &[],
            home: None,
        })
    }
}

/// A suite's plan.
pub(crate) fn suite(name: &str, selected: u32, repeats: u32, arms: Vec<ArmHeader>) -> SuiteHeader {
    SuiteHeader {
        name: name.into(),
        path: format!("evals/{name}.yaml"),
        sha256: "5e".repeat(32),
        description: Some("Answers are kind and never promise a refund".into()),
        family: "customer-support".into(),
        segment: None,
        dataset: DatasetInfo {
            path: "datasets/support.jsonl".into(),
            sha256: "da".repeat(32),
            cases: selected,
        },
        selected,
        repeats,
        gates: vec![],
        looks: vec![],
        proof_cases: None,
        looks_note: None,
        on_inconclusive: OnInconclusive::Lean,
        stop_decided: false,
        largest_cluster: None,
        arms,
    }
}

/// An arm's plan.
pub(crate) fn arm(version: &str, status: Status, role: ArmRole) -> ArmHeader {
    ArmHeader {
        version: PromptName {
            family: "customer-support".into(),
            version: version.into(),
        },
        sha256: "ab".repeat(32),
        includes: std::collections::BTreeMap::new(),
        status,
        override_reason: None,
        model: "openai/gpt-6-luna".parse().unwrap(),
        role,
        baseline: BaselineLink::Unused,
        stored: None,
        pool: None,
    }
}

/// A trial, built up.
pub(crate) struct Trial {
    pub(crate) record: TrialRecord,
}

impl Trial {
    /// An answer without scores.
    pub(crate) fn new(arm: u32, case: u32, id: &str, output: &str) -> Self {
        Self {
            record: TrialRecord {
                trial: TrialId {
                    suite: 0,
                    arm,
                    case,
                    repeat: 0,
                },
                order: case,
                id: id.into(),
                tags: vec![],
                cluster: None,
                critical: false,
                passed: Some(true),
                score: Some(1.0),
                error: None,
                output: Some(output.into()),
                answer: AnswerFacts {
                    source: Some(Source::Live),
                    finish_reason: Some("stop".into()),
                    resolved_model: Some("gpt-6-luna-2026-09-01".into()),
                    latency_ms: Some(800.0 + f64::from(case) * 37.5),
                    usage: Some(Usage {
                        input: 210,
                        output: 48,
                        ..Usage::default()
                    }),
                    cost_usd: Some(0.0004),
                    ..AnswerFacts::default()
                },
                scores: vec![],
                spend: Spend {
                    calls: 1,
                    saved: 0,
                    paid_usd: 0.0004,
                    unpriced: 0,
                    judge_cost_usd: Some(0.0),
                },
            },
        }
    }

    /// A trial that was never answered.
    pub(crate) fn faulty(arm: u32, case: u32, id: &str, class: ErrorClass, message: &str) -> Self {
        let mut trial = Self::new(arm, case, id, "");
        trial.record.output = None;
        trial.record.answer = AnswerFacts::default();
        trial.record.spend.paid_usd = 0.0;
        trial.record.passed = None;
        trial.record.score = None;
        trial.record.error = Some(TrialError {
            class,
            message: message.into(),
        });
        trial
    }

    /// The same with a score; one that fails fails the trial.
    pub(crate) fn score(mut self, name: &str, kind: &str, passed: bool, reason: &str) -> Self {
        self.record.scores.push(ScoreRecord {
            name: name.into(),
            type_name: kind.into(),
            status: ScoreStatus::Scored,
            passed: Some(passed),
            score: Some(f64::from(u8::from(passed))),
            reason: reason.into(),
            weight: 1.0,
            gave_up: false,
            critical: false,
            metric: None,
            judge_models: vec![],
            replies: vec![],
        });
        if !passed {
            self.record.passed = Some(false);
            self.record.score = Some(0.5);
        }
        self
    }

    /// The same with an evaluator that says nothing.
    pub(crate) fn unscored(
        mut self,
        name: &str,
        kind: &str,
        status: ScoreStatus,
        reason: &str,
    ) -> Self {
        self = self.score(name, kind, true, reason);
        let score = self.record.scores.last_mut().unwrap();
        (score.status, score.passed, score.score) = (status, None, None);
        if status == ScoreStatus::Error {
            (self.record.passed, self.record.score) = (None, None);
        }
        self
    }

    /// The same from elsewhere.
    pub(crate) fn source(mut self, source: Source) -> Self {
        self.record.answer.source = Some(source);
        if source != Source::Live {
            self.record.spend.calls = 0;
            self.record.spend.saved = 1;
            self.record.spend.paid_usd = 0.0;
        }
        self
    }

    /// The same as another repeat.
    pub(crate) fn repeat(mut self, repeat: u32) -> Self {
        self.record.trial.repeat = repeat;
        self
    }

    /// The same with labels.
    pub(crate) fn tags(mut self, tags: &[&str]) -> Self {
        self.record.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }
}

/// A gate with `min` on a metric.
pub(crate) fn min_gate(metric: &str, min: f64, measured: f64, verdict: GateVerdict) -> GateResult {
    GateResult {
        rule: GateRule {
            metric: metric.into(),
            tag: None,
            condition: Condition::Range {
                min: Some(min),
                max: None,
            },
        },
        measured: Some(measured),
        baseline: None,
        verdict,
        resolved: match verdict {
            GateVerdict::Pass => Decision::Pass,
            GateVerdict::Fail => Decision::Fail,
            GateVerdict::Inconclusive | GateVerdict::Error => Decision::Error,
        },
        interval: None,
        needs: None,
        open: false,
        reason: "a reason of the gate's own".into(),
        counted: CountedCases::None,
    }
}

/// The verdict of a run with one suite, whose candidates stand at these places.
pub(crate) fn verdict(candidates: Vec<CandidateVerdict>) -> Verdict {
    let decision = candidates.iter().map(|c| c.decision).max();
    let decision = decision.unwrap_or(Decision::Error);
    Verdict {
        decision,
        suites: vec![SuiteVerdict {
            decision,
            candidates,
        }],
        problem: None,
    }
}

/// A candidate's verdict out of its gates.
pub(crate) fn decided(arm: u32, gates: Vec<GateResult>) -> CandidateVerdict {
    let decisions = gates.iter().map(|gate| gate.resolved);
    CandidateVerdict {
        arm,
        decision: decisions.max().unwrap_or(Decision::Error),
        gates,
        problem: None,
        changes: Changes::default(),
        slices: vec![],
        repeats: None,
        pool: None,
    }
}
