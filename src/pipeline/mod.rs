//! The stages in order: load -> plan -> render -> call -> score -> aggregate -> gate -> report.
//!
//! [`Run`] is the way in: `open` reads and checks everything before anything is called ([`Checked`], then [`Ready`]), `forecast`
//! says what the run would take, `execute` runs and decides it. `drive` is the one concurrent loop; `trial` is what happens to one
//! trial; `crate::evidence` turns a journal into a record
//! and a verdict.

mod affected;
mod aside;
mod baselines;
mod batch;
mod check;
mod check_rows;
mod clusters;
mod derive;
mod drive;
mod early;
mod ending;
mod erased;
mod error;
mod escalate;
mod evaluators;
mod forecast;
mod further;
mod halt;
mod header;
mod held;
mod inputs;
mod local;
mod looks;
mod merge;
mod outlets;
mod pointers;
mod pools;
mod proof;
mod protect;
mod queue;
mod ready;
mod recorded;
mod resume;
mod run;
mod samples;
mod stage;
mod task;
mod trend;
mod trial;

pub use crate::evidence::Finished;
pub use affected::edited_in_place;
pub use batch::Batch;
pub use check::Checked;
pub use clusters::{NearDuplicateRows, RowName, cluster_name, near_duplicates};
pub use derive::{DeriveError, Differences, derive};
pub use error::RunError;
pub use forecast::{Forecast, forecast, forecast_repeats, forecast_suite};
pub use header::new_run_id;
pub use inputs::Inputs;
pub use merge::{MergeError, Part, merge, merged_header, parts, unsigned};
pub use ready::Ready;
pub use recorded::{Recorded, recorded};
pub use run::{
    BaselineAnswers, Cut, Event, Expected, Leave, Limits, Observer, Opening, Outlook, Project,
    Refusal, Run, Told, Wanted, Why, bare_client,
};
pub use samples::write_samples;
pub use trend::{trends, verdict_of_kept};
