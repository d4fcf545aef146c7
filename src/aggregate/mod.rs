//! aggregate: `RunEvents -> RunRecord`. A live run and a journal read back are the same fold. Pure.

mod done;
mod fold;
mod metrics;
mod money;

pub use done::Done;
pub use fold::Fold;
