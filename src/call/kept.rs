//! A response as it is kept in recordings and cache, or just came in.

use jiff::Timestamp;

use super::key::Keys;
use crate::model::{Completion, ModelName};

/// A response as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    pub(super) completion: Completion,
    pub(super) latency_ms: Option<f64>,
    /// The fallback model that answered.
    pub(super) fallback: Option<ModelName>,
    /// When a provider gave it, as far as that is known.
    pub(super) at: Option<Timestamp>,
}

/// A response that was just got, and where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Landed {
    pub(super) keys: Keys,
    pub(super) kept: Kept,
}
