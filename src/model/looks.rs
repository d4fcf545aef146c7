//! How gates decide on evidence: when the data are looked at, at which error rate, and what happens when they do not suffice.

use std::ops::Range;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Error rate of a gate on each side: false blocks and false passes.
pub const ALPHA: f64 = 0.05;

/// Cases that a label needs before a gate on each label looks at it: fewer say too little to be asked for.
pub(crate) const CASES_PER_TAG: usize = 30;

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

/// Chance that a case which is as good as before looks as broken as six answers can show: 6 of 6 before and 0 of 6 now, out of
/// the 924 ways to have six passes among twelve answers.
const LEAST_P: f64 = 1.0 / 924.0;

/// Cases of a candidate that are asked again at least, however many gates share the error rate.
const LEAST_PROOF_CASES: u32 = 8;

/// How many cases of a candidate are asked again at most, where so many gates share the error rate: of more than that none
/// could be proven broken, even by answers that leave no doubt. From 8 to 46.
pub fn proof_cases(gates: usize) -> u32 {
    let provable = (ALPHA / gates.max(1) as f64 / LEAST_P).floor();
    LEAST_PROOF_CASES.max(provable as u32)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_cases_are_asked_again_than_can_be_proven() {
        let caps = [0, 1, 2, 3, 5, 6, 100].map(proof_cases);
        assert_eq!(caps, [46, 46, 23, 15, 9, 8, 8]);
        assert_eq!(PROOF_REPEATS.len(), 6);
    }
}
