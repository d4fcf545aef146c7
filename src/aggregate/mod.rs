//! aggregate: `RunEvents -> RunRecord`. A live run and a journal read back are the same fold. Pure.

mod fold;
mod metrics;

pub use fold::Fold;
