//! The stages in order: load -> plan -> render -> call -> score -> aggregate -> gate -> report.
//!
//! `prepare` reads and checks everything before anything is called; `forecast` says what a run would take; `run` is the one
//! concurrent loop; `trial` is what happens to one trial; `finish` turns a journal into a record and a verdict.

mod affected;
mod age;
mod aside;
mod batch;
mod check_rows;
mod clusters;
mod derive;
mod early;
mod ending;
mod erased;
mod error;
mod escalate;
mod evaluators;
pub mod evidence;
mod finish;
mod forecast;
mod further;
mod halt;
mod header;
mod history;
mod inputs;
mod local;
mod merge;
mod outlets;
mod pointers;
mod prepare;
mod proof;
mod protect;
mod queue;
mod recorded;
mod resume;
mod run;
mod samples;
mod schema;
mod stage;
mod stored;
mod trend;
mod trial;

pub use affected::edited_in_place;
pub use clusters::{NearDuplicateRows, RowName, cluster_name, near_duplicates};
pub use derive::{DeriveError, Differences, derive};
pub use ending::{Deadline, Ended, Interrupt};
pub use error::RunError;
pub use escalate::settle_looks;
pub use finish::{Finished, finish, replay};
pub use forecast::{
    Forecast, estimate, estimate_further, forecast, forecast_repeats, forecast_suite,
};
pub use header::{header, new_run_id};
pub use history::{keep as keep_history, pool as pool_history};
pub use inputs::Inputs;
pub use merge::{MergeError, Part, merge, merged_header, parts, unsigned};
pub use outlets::Outlets;
pub use prepare::{Prepared, Request, prepare};
pub use recorded::{Recorded, recorded};
pub use resume::{Earlier, changes, earlier, moved};
pub use run::run;
pub use samples::write_samples;
pub use schema::{SCHEMAS, SchemaEntry};
pub use stored::{From as StoredAnswers, Notes, reuse_baseline};
pub use trend::{trends, verdict_of_kept};
