//! The library behind the binary `prompteval`; below is `docs/ARCHITECTURE.md`.
#![doc = include_str!("../docs/ARCHITECTURE.md")]

pub mod aggregate;
pub mod call;
pub mod cli;
pub mod evidence;
pub mod fsx;
pub mod gate;
pub mod load;
pub mod model;
pub mod observe;
pub mod pipeline;
pub mod plan;
pub mod publish;
pub mod registry;
pub mod render;
pub mod report;
pub mod schema;
pub mod score;
pub mod seal;
pub mod secrets;
pub mod source;
pub mod stats;
pub mod stored;
pub mod template;
pub mod text;
