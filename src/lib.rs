//! Eval-gated CI runner and prompt registry.

pub mod fsx;
pub mod model;
pub mod registry;
pub mod source;
pub mod template;
