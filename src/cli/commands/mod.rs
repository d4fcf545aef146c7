//! One file a command: arguments in, exit code out.

pub(super) mod assign;
pub(super) mod cache;
pub(super) mod check;
pub(super) mod comment;
pub(super) mod diff;
mod evidence;
mod execute;
mod github;
mod headline;
pub(super) mod init;
pub(super) mod list;
pub(super) mod log;
pub(super) mod merge;
mod moved;
pub(super) mod new;
mod output;
pub(super) mod plan;
mod project;
pub(super) mod promote;
pub(super) mod render;
pub(super) mod report;
pub(super) mod resume;
pub(super) mod rollback;
pub(super) mod run;
pub(super) mod shells;
pub(super) mod show;
mod watch;
