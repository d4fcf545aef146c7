//! Derives a run again: answers come out of its journal, scores from the evaluators in the tree, gates from the suite in the
//! tree. What the journal says of them is only compared, so that an edited verdict is a difference and no verdict.

mod differences;
mod pointers;
mod rescore;
mod subject;
mod taken_over;
mod whole;

use std::path::Path;

use crate::aggregate::Fold;
use crate::evidence::{Finished, close};
use crate::model::RunEvent;
use crate::observe::JournalFile;
pub use differences::{DeriveError, Differences};
use rescore::Rescorer;
use subject::Subject;
use whole::Whole;

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
