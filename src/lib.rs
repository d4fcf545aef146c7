//! The library behind the binary `prompteval`; below is `docs/ARCHITECTURE.md`. A room that may read files, clocks or the environment
//! says so here.
#![doc = include_str!("../docs/ARCHITECTURE.md")]

pub mod aggregate;
#[expect(
    clippy::disallowed_methods,
    reason = "it asks providers and keeps what they answer"
)]
pub mod call;
#[expect(clippy::disallowed_methods, reason = "the edge")]
pub mod cli;
#[expect(
    clippy::disallowed_methods,
    reason = "it reads and writes evidence, and knows what day it is"
)]
pub mod evidence;
#[expect(
    clippy::disallowed_methods,
    reason = "it is where files are read and written"
)]
mod fsx;
pub mod gate;
#[expect(
    clippy::disallowed_methods,
    reason = "it reads the project and asks git"
)]
pub mod load;
pub mod model;
#[expect(
    clippy::disallowed_methods,
    reason = "it writes journals and shows progress"
)]
pub mod observe;
#[expect(
    clippy::disallowed_methods,
    reason = "it drives the stages, by the clock"
)]
pub mod pipeline;
mod plan;
#[expect(clippy::disallowed_methods, reason = "it asks forges")]
mod publish;
#[expect(clippy::disallowed_methods, reason = "it reads and writes prompts")]
pub mod registry;
pub mod render;
pub mod report;
pub mod schema;
pub mod score;
pub mod seal;
#[expect(
    clippy::disallowed_methods,
    reason = "it reads keys and starts processes without them"
)]
mod secrets;
mod source;
pub mod stats;
#[expect(clippy::disallowed_methods, reason = "it reads what earlier runs left")]
pub mod stored;
pub mod template;
pub mod text;
