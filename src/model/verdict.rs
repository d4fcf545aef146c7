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
    /// What it needs could not be measured.
    Error,
}

impl GateVerdict {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }

    /// What this gate makes of its candidate.
    pub fn decision(self) -> Decision {
        match self {
            Self::Pass => Decision::Pass,
            Self::Fail => Decision::Fail,
            Self::Error => Decision::Error,
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
    /// Why, in a sentence.
    pub reason: String,
    /// Cases (by place in the suite's record) whose failing this gate counts.
    pub counted: CountedCases,
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
