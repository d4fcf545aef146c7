//! One file a command: arguments in, exit code out.

pub(super) mod check;
pub(super) mod diff;
pub(super) mod list;
mod output;
pub(super) mod plan;
mod project;
pub(super) mod render;
pub(super) mod report;
pub(super) mod run;
pub(super) mod show;
