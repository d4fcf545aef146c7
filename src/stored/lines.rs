//! The lines of a journal that answer a baseline's questions.

use std::io;
use std::sync::Arc;

use crate::model::record::{JournalOffset, Outputs};
use crate::model::trial::{AnswerFacts, Spend};
use crate::model::{Source, TrialId, TrialRecord};
use crate::observe::JournalFile;

/// The lines of a journal that answer a baseline's questions.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) file: Arc<JournalFile>,
    /// Each with the place of its case in this run's order.
    pub(crate) at: Vec<(JournalOffset, u32)>,
}

impl Lines {
    pub(crate) fn len(&self) -> usize {
        self.at.len()
    }

    /// The old trials under their places in this run.
    pub(crate) fn trials(
        &self,
        (suite, arm): (u32, u32),
    ) -> impl Iterator<Item = io::Result<TrialRecord>> + '_ {
        self.at.iter().map(move |(at, order)| {
            let trial = self.file.trial(*at)?;
            Ok(TrialRecord {
                trial: TrialId {
                    suite,
                    arm,
                    ..trial.trial
                },
                order: *order,
                answer: AnswerFacts {
                    source: Some(Source::Stored),
                    ..trial.answer
                },
                spend: Spend {
                    calls: 0,
                    saved: 1,
                    paid_usd: 0.0,
                    ..trial.spend
                },
                ..trial
            })
        })
    }
}
