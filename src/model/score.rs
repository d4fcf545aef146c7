//! What an evaluator sees and what it says.

use super::{Case, Completion, Usage};

/// Everything an evaluator may look at.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// The row.
    pub case: &'a Case,
    /// The answer.
    pub completion: &'a Completion,
    /// How long the answer took, where known.
    pub latency_ms: Option<f64>,
    /// What the answer cost at list price, where known.
    pub cost_usd: Option<f64>,
}

impl Sample<'_> {
    /// The answer's text.
    pub fn output(&self) -> &str {
        &self.completion.content
    }

    /// Tokens of the answer, where known.
    pub fn usage(&self) -> Option<Usage> {
        self.completion.usage
    }
}

/// What an evaluator says of one sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It could be judged.
    Scored {
        /// Whether the sample passes.
        passed: bool,
        /// How good it is, in 0..=1; never NaN.
        score: f64,
        /// Why, in a sentence.
        reason: String,
    },
    /// It does not apply (its `when` does not hold).
    Unscored {
        /// Why not.
        reason: String,
    },
    /// It could not be judged.
    Errored {
        /// What went wrong.
        cause: String,
        /// Whether the evaluator took more steps than it may.
        gave_up: bool,
    },
}

impl Outcome {
    /// Passed or failed with score 1 or 0.
    pub fn binary(passed: bool, reason: impl Into<String>) -> Self {
        Self::scored(passed, f64::from(u8::from(passed)), reason)
    }

    /// A score, forced into 0..=1; a NaN is an error, never a number.
    pub fn scored(passed: bool, score: f64, reason: impl Into<String>) -> Self {
        if score.is_nan() {
            return Self::errored("the score is not a number");
        }
        Self::Scored {
            passed,
            score: score.clamp(0.0, 1.0),
            reason: reason.into(),
        }
    }

    /// Could not be judged.
    pub(crate) fn errored(cause: impl Into<String>) -> Self {
        Self::Errored {
            cause: cause.into(),
            gave_up: false,
        }
    }

    /// Took more steps than it may.
    pub fn gave_up(cause: impl Into<String>) -> Self {
        Self::Errored {
            cause: cause.into(),
            gave_up: true,
        }
    }

    /// The outcome under `not-`: passed and score turned round; errors stay errors.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Scored {
                passed,
                score,
                reason,
            } => Self::Scored {
                passed: !passed,
                score: 1.0 - score,
                reason,
            },
            other => other,
        }
    }
}

/// An evaluator's outcome with the name it is reported under.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The evaluator's name.
    pub name: String,
    /// Its type, `not-` included.
    pub type_name: String,
    /// A further metric it counts in.
    pub metric: Option<String>,
    /// Its weight.
    pub weight: f64,
    /// Whether it must pass whatever the threshold.
    pub critical: bool,
    /// What it says.
    pub outcome: Outcome,
    /// Whether it took more steps than it may on this answer, which fails the case.
    pub gave_up: bool,
}
