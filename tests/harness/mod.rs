//! What tests of the whole program share: a project on disk and the binary run in it, what a run says in all its reports, git,
//! and a provider to talk to.

#[path = "../fake_provider/mod.rs"]
pub(crate) mod fake_provider;

pub(crate) mod evaluation;
pub(crate) mod project;

mod git;
mod replies;
