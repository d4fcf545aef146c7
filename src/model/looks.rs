//! How gates decide on evidence: when the data are looked at, at which error rate, and what happens when they do not suffice.

use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Error rate of a gate on each side: false blocks and false passes.
pub const ALPHA: f64 = 0.05;

/// Cases that a label needs before a gate on each label looks at it: fewer say too little to be asked for.
pub const CASES_PER_TAG: usize = 30;

/// One look at the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Repeats of every case that are looked at.
    pub repeats: u32,
    /// Error rate that this look may spend on each side.
    pub alpha: f64,
}

/// Repeats are added while nothing is decided: 20, 30 and 50 % of the error rate, so that all looks together keep it.
pub const ESCALATION: [Look; 3] = [
    Look {
        repeats: 1,
        alpha: 0.010,
    },
    Look {
        repeats: 3,
        alpha: 0.015,
    },
    Look {
        repeats: 5,
        alpha: 0.025,
    },
];

/// Numbers of the fresh answers that alone prove a case broken. They lie beyond every repeat a suite may ask for, and no other
/// gate sees them.
pub const PROOF_REPEATS: Range<u32> = 1_000..1_006;

/// Numbers of the baseline's pooled earlier answers, which stand beside its fresh ones.
pub const POOL_REPEATS: Range<u32> = 2_000..2_020;

/// What happens when the last look leaves a gate inconclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// Decide by the middle between the two rates the gate tells apart.
    #[default]
    Lean,
    /// Block.
    Block,
    /// Let it pass, and say so.
    Warn,
}

impl OnInconclusive {
    /// The words a suite may write.
    pub const WORDS: [&'static str; 3] = ["lean", "block", "warn"];

    /// The word that stands in a suite.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lean => "lean",
            Self::Block => "block",
            Self::Warn => "warn",
        }
    }
}

impl FromStr for OnInconclusive {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "lean" => Ok(Self::Lean),
            "block" => Ok(Self::Block),
            "warn" => Ok(Self::Warn),
            _ => Err(()),
        }
    }
}
