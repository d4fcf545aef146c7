//! Exit codes: what CI and scripts rely on.

use std::process::ExitCode;

use crate::model::verdict::Decision;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Every gate passed, or the command did what it was asked.
    Pass,
    /// A gate blocks.
    Blocked,
    /// The project or the command line is wrong; nothing was called.
    Invalid,
    /// It could not be decided, because a provider, the budget or the disk failed.
    Undecided,
    /// A filter matched nothing.
    Nothing,
    /// A signal ended it (its number); what was done is kept.
    Signal(u8),
}

impl Exit {
    /// The number the operating system sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Blocked => 1,
            Self::Invalid => 2,
            Self::Undecided => 3,
            Self::Nothing => 4,
            Self::Signal(number) => 128 + number,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

impl From<Decision> for Exit {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Pass => Self::Pass,
            Decision::Fail => Self::Blocked,
            Decision::Error => Self::Undecided,
            // Which signal it was is known where the run was made; a report of it later is that of SIGINT.
            Decision::Interrupted => Self::Signal(2),
        }
    }
}
