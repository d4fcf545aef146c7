//! Eval-gated CI runner and prompt registry.

pub mod model;
pub mod template;
