//! stored: `what earlier runs know -> answers of a run's baselines`: kept journals, the evidence that versions were promoted on, and the
//! history beside it, where everything that could change an answer is the same.

mod age;
mod answerers;
mod arm;
mod asker;
mod evidence;
mod history;
mod journal;
mod lines;
mod outcome;
mod outcomes;

pub use arm::Gone;
pub use history::keep as keep_history;

pub(crate) use age::days as age_days;
pub(crate) use answerers::Answerers;
pub(crate) use arm::StoredArm;
pub(crate) use asker::{Asker, asks_the_same, baseline_arm, is_its_own};
pub(crate) use evidence::answers as of_evidence;
pub(crate) use history::{PoolError, PooledArm, outcomes, pool};
pub(crate) use journal::OldRun;
pub(crate) use outcome::{StoredOutcome, trial_of};
