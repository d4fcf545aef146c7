//! What the gates decided. One value stands behind console, exit code, JSON and JUnit, so that they cannot disagree.

use serde::{Deserialize, Serialize};

use super::suite::GateRule;

/// The outcome of a run, a suite or a candidate, weakest first: the greatest of several is their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Every gate passed.
    Pass,
    /// It could not be decided.
    Error,
    /// A gate blocks.
    Fail,
    /// The run was interrupted.
    Interrupted,
}

impl Decision {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Error => "error",
            Self::Fail => "fail",
            Self::Interrupted => "interrupted",
        }
    }
}

/// The outcome of one gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GateVerdict {
    /// The condition holds.
    Pass,
    /// The condition does not hold: the gate blocks.
    Fail,
    /// The evidence does not suffice; whether it blocks is the suite's `on_inconclusive`.
    Inconclusive,
    /// What it needs could not be measured.
    Error,
}

impl GateVerdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

/// One gate of one candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct GateResult {
    /// What was demanded.
    pub rule: GateRule,
    /// The measured number.
    pub measured: Option<f64>,
    /// The baseline's number, where one is compared with.
    pub baseline: Option<f64>,
    /// What came out.
    pub verdict: GateVerdict,
    /// What an inconclusive gate comes to; the verdict itself otherwise.
    pub resolved: Decision,
    /// Bounds of the measured rate, or of its difference to the baseline.
    pub interval: Option<Bounds>,
    /// Why, in a sentence.
    pub reason: String,
    /// What would decide it, where it is inconclusive.
    pub needs: Option<String>,
    /// Whether a further look could still decide it.
    pub open: bool,
    /// Cases (by place in the suite's record) whose failing this gate counts.
    pub counted: CountedCases,
}

impl GateResult {
    /// Whether it blocks the candidate.
    pub fn blocks(&self) -> bool {
        self.resolved == Decision::Fail
    }
}

/// Two one-sided bounds at the same level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Lower bound.
    pub lower: f64,
    /// Upper bound.
    pub upper: f64,
    /// One-sided error rate of each.
    pub alpha: f64,
}

/// Which case failures a gate counts, so that reports mark as failures only what blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CountedCases {
    /// None: it looks at time, tokens or money.
    None,
    /// Failures of every evaluator, in these cases.
    Whole(Vec<u32>),
    /// Failures of the evaluators that count in this metric, in these cases.
    Metric(String, Vec<u32>),
}

/// One candidate of one suite.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateVerdict {
    /// Place of the candidate among the suite's arms.
    pub arm: u32,
    /// What came out.
    pub decision: Decision,
    /// Gate by gate, in the suite's order.
    pub gates: Vec<GateResult>,
    /// Why it could not be decided as a whole.
    pub problem: Option<String>,
    /// What changed case by case.
    pub changes: Changes,
    /// Labels on which the candidate differs from the baseline: pointed out, never blocking.
    pub slices: Vec<Slice>,
    /// What repeats say about noise.
    pub repeats: Option<RepeatStats>,
    /// Earlier answers that stand beside the baseline's fresh ones.
    pub pool: Option<PoolUse>,
}

/// Pooled earlier answers of a baseline, and whether they count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolUse {
    /// How many there are of every case.
    pub answers: u32,
    /// From how many earlier runs.
    pub runs: u32,
    /// Why they do not count.
    pub refused: Option<String>,
}

impl PoolUse {
    /// What there is, in words.
    pub fn told(&self) -> String {
        let plural = |count: u32| if count == 1 { "" } else { "s" };
        format!(
            "{} pooled answer{} a case from {} earlier run{}",
            self.answers,
            plural(self.answers),
            self.runs,
            plural(self.runs)
        )
    }
}

/// Cases, by place in the suite's record, that changed against the baseline or are not the same twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Passed on the baseline, fail on the candidate.
    pub broken: Vec<u32>,
    /// Failed on the baseline, pass on the candidate.
    pub fixed: Vec<u32>,
    /// Neither surely passing nor surely failing over at least five repeats.
    pub flaky: Vec<u32>,
}

/// A label on which candidate and baseline differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    /// The label.
    pub tag: String,
    /// Cases with it that both versions could be measured on.
    pub cases: u32,
    /// Candidate minus baseline.
    pub difference: f64,
    /// Two-sided p-value after Benjamini and Hochberg over all labels.
    pub p_adjusted: f64,
}

/// How much of the noise lies within cases, and what would reduce it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepeatStats {
    /// Repeats of each case.
    pub repeats: u32,
    /// Variance between repeats of a case.
    pub within: f64,
    /// Variance between cases.
    pub between: f64,
    /// What pays more: repeats or cases.
    pub suggestion: String,
}

/// One suite.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteVerdict {
    /// The sum of its candidates.
    pub decision: Decision,
    /// Candidate by candidate, in the plan's order.
    pub candidates: Vec<CandidateVerdict>,
}

/// The whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The sum of its suites.
    pub decision: Decision,
    /// Suite by suite, in the plan's order.
    pub suites: Vec<SuiteVerdict>,
    /// Why the run as a whole is interrupted or in error.
    pub problem: Option<String>,
}
