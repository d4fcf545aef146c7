//! Derives a run again: answers come out of its journal, scores from the evaluators in the tree, gates from the suite in the
//! tree. What the journal says of them is only compared, so that an edited verdict is a difference and no verdict.

mod pointers;
mod rescore;
mod subject;
mod taken_over;
mod whole;

use std::path::Path;

use super::Finished;
use crate::aggregate::Fold;
use crate::evidence::close;
use crate::model::event::RunHeader;
use crate::model::{Problems, RunEvent};
use crate::observe::{JournalError, JournalFile};
use rescore::Rescorer;
use subject::Subject;
use whole::Whole;

/// Differences that are kept; the others are counted.
const SHOWN: usize = 10;

/// Why a run cannot be derived again.
#[derive(Debug, thiserror::Error)]
pub enum DeriveError {
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The project's files have mistakes.
    #[error("the project has mistakes")]
    Problems(Problems),
    /// What the journal says is not what its answers and the files come to.
    #[error("{0}")]
    Differs(Differences),
}

/// What does not agree, a line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    lines: Vec<String>,
    more: usize,
    /// Whether files have changed since: the run may have been right when it was made.
    outdated: bool,
}

impl Differences {
    /// Notes one.
    pub(in crate::pipeline) fn push(&mut self, line: String) {
        if self.lines.len() < SHOWN {
            self.lines.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The first of them, and how many more there are.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = self.lines.clone();
        if self.more > 0 {
            lines.push(format!("and {} more", self.more));
        }
        lines
    }

    /// Whether nothing but files that have changed since keeps the run from being derived.
    pub fn is_outdated(&self) -> bool {
        self.outdated
    }
}

impl std::fmt::Display for Differences {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

/// Reads a run from its journal and derives its scores, its gates and its verdict again.
///
/// # Errors
/// When the journal cannot be read, the project has mistakes, or the two do not agree.
pub fn derive(root: &Path, journal: &Path) -> Result<Finished, DeriveError> {
    let file = JournalFile::open(journal)?;
    let header = file.header()?;
    let subject = Subject::read(root, &header)?;
    let mut differences = subject.differences(&header);
    if !differences.is_empty() {
        return Err(DeriveError::Differs(differences));
    }
    let mut fold = Fold::default();
    let mut whole = Whole::default();
    let mut rescorer = Rescorer::new(&subject, &header);
    let mut line = 0;
    let torn = file.replay(|event, at| {
        line += 1;
        if let RunEvent::Trial(trial) = event {
            let found = whole.take(trial).and_then(|()| rescorer.compare(trial));
            if let Err(difference) = found {
                let arm = subject.named(trial.trial);
                differences.push(format!(
                    "line {line}, case `{}` of {arm}, repeat {}: {difference}",
                    trial.id, trial.trial.repeat
                ));
            }
        }
        fold.apply(event, at);
    })?;
    let finished = close(fold, file, torn);
    let Some(finished) = finished else {
        differences.push("the journal has no plan".to_owned());
        return Err(DeriveError::Differs(differences));
    };
    if finished.record.is_complete() {
        if torn {
            differences.push("there is something after its end".to_owned());
        }
        if finished
            .record
            .end
            .as_ref()
            .is_none_or(|end| end.root.is_none())
        {
            differences.push("its end does not name the root of the hash chain".to_owned());
        }
        whole.require(&finished.record, &subject, &mut differences);
    }
    if differences.is_empty() {
        return Ok(finished);
    }
    Err(DeriveError::Differs(differences))
}

/// Where the journal's suites lie, as the command line names them.
fn suite_paths(header: &RunHeader) -> Vec<String> {
    header.suites.iter().map(|one| one.path.clone()).collect()
}
