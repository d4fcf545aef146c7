//! Where a run writes to, and what it has so far.

use super::cut::Cut;
use super::observer::{Event, Observer};
use super::resumed::Resumed;
use crate::aggregate::Fold;
use crate::model::event::RunHeader;
use crate::observe::{Journal, RunDir, runs};
use crate::pipeline::Ready;

/// How a run begins.
#[derive(Debug)]
pub(super) enum Beginning {
    /// With a new journal, whose first line this is.
    New(Box<RunHeader>),
    /// At the end of an older one.
    Resumed(Box<Resumed>),
}

/// Where a run writes to.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) journal: Journal,
    pub(super) fold: Fold,
    /// The plan, where it is still to be written.
    pub(super) header: Option<RunHeader>,
    /// Held while the run goes on.
    pub(super) dir: RunDir,
}

impl Session {
    pub(super) fn begin(
        ready: &Ready,
        beginning: Beginning,
        observer: &mut dyn Observer,
    ) -> Result<Self, Cut> {
        match beginning {
            Beginning::New(header) => {
                let dir = runs::create(&ready.root, &header.run.id).map_err(|error| {
                    Cut::early(format!("no folder for the run can be made: {error}"))
                })?;
                let journal = Journal::create(&dir.path);
                Ok(Self {
                    journal: journal.map_err(|error| Cut::early(error.to_string()))?,
                    fold: Fold::default(),
                    header: Some(*header),
                    dir,
                })
            }
            Beginning::Resumed(resumed) => {
                let (journal, torn) = Journal::resume(&resumed.journal)
                    .map_err(|error| Cut::early(error.to_string()))?;
                let fold = resumed.earlier.fold;
                observer.event(&Event::Resumes {
                    run: &resumed.earlier.header.run.id,
                    done: fold.done().count(),
                    open: fold.open(),
                    torn,
                });
                Ok(Self {
                    journal,
                    fold,
                    header: None,
                    dir: resumed.dir,
                })
            }
        }
    }
}
