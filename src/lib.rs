//! Eval-gated CI runner and prompt registry.

pub mod fsx;
pub mod load;
pub mod model;
pub mod plan;
pub mod registry;
pub mod render;
pub mod source;
pub mod template;
