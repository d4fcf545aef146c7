//! History of the baseline: what a version answered in earlier runs, where everything that could change it is the same. Such
//! answers stand beside the fresh ones, so that the baseline's rate is known better than its own few repeats tell.

mod again;
mod committed;
mod keep;
mod kept;
mod past;
mod past_run;
mod pool;

pub(crate) use again::outcomes;
pub use keep::keep;
pub(crate) use pool::{PoolError, PooledArm, pool};
