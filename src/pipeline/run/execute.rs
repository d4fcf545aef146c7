//! Runs what was opened, and decides it.

use super::cut::Cut;
use super::handle::Run;
use super::observer::{Event, Observer};
use super::session::Session;
use crate::evidence::{Finished, finish};
use crate::model::Interrupt;
use crate::pipeline::drive::drive;
use crate::pipeline::outlets::Outlets;
use crate::pipeline::task::landed;
use crate::plan::Plan;

impl Run {
    /// Runs every trial that is not there yet, reads the record back and decides its gates. `interrupt` resolves when the run is to
    /// end in order.
    ///
    /// # Errors
    /// When the journal cannot be written or read back, or a row cannot be read any more.
    pub async fn execute(
        self,
        observer: &mut dyn Observer,
        interrupt: impl Future<Output = Interrupt>,
    ) -> Result<Finished, Cut> {
        let Self {
            ready,
            client,
            beginning,
            deadline,
            key,
            ..
        } = self;
        let Session {
            mut journal,
            mut fold,
            header,
            dir,
        } = Session::begin(&ready, beginning, observer)?;
        let plan: &Plan = &ready.plan;
        observer.event(&Event::Begins {
            plan,
            trials: plan.len().saturating_sub(fold.done().count()),
        });
        let path = journal.path().to_owned();
        let cut = |why: String| Cut {
            why,
            journal: Some(path.clone()),
        };
        let out = Outlets {
            journal: &mut journal,
            fold: &mut fold,
            observer,
            key: key.as_ref(),
        };
        let ended = drive(&ready, &client, (header, deadline), out, interrupt).await;
        // Of a large dataset the index and the order are no small part of the memory, and reports need neither.
        drop(ready);
        // A long journal takes its time to be read back, and so do the numbers of a long run.
        let flushes = tokio::task::spawn_blocking(move || journal.finish());
        let read = path.clone();
        let decides = tokio::task::spawn_blocking(move || finish(fold, &read));
        let (flushed, finished) = (landed(flushes.await), landed(decides.await));
        drop(dir);
        let ended = ended.map_err(|error| cut(error.to_string()))?;
        flushed.map_err(|error| cut(error.to_string()))?;
        let finished = finished.map_err(|error| cut(error.to_string()))?;
        let finished = finished.ok_or_else(|| cut("the run has no plan".to_owned()))?;
        Ok(Finished {
            ended: Some(ended),
            ..finished
        })
    }
}
