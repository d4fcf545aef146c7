//! Eval-gated CI runner and prompt registry.

pub mod aggregate;
pub mod call;
pub mod fsx;
pub mod gate;
pub mod load;
pub mod model;
pub mod observe;
pub mod plan;
pub mod registry;
pub mod render;
pub mod score;
pub mod source;
pub mod stats;
pub mod template;
pub mod text;
