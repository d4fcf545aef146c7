//! The faults of a run or of a candidate, by cause.

use serde::Serialize;

use crate::model::record::ArmRecord;
use crate::report::faults::{Causes, MOST};

#[derive(Serialize)]
pub(super) struct Faults<'a> {
    faults: Vec<Fault<'a>>,
    /// Causes beyond these: each trial says its own.
    #[serde(skip_serializing_if = "is_zero")]
    more_faults: usize,
}

#[derive(Serialize)]
struct Fault<'a> {
    kind: &'static str,
    message: &'a str,
    /// How many such messages there are, where they differ in numbers and ids alone.
    #[serde(skip_serializing_if = "is_one")]
    messages: usize,
    trials: usize,
}

impl<'a> Faults<'a> {
    /// What struck trials of these arms.
    pub(super) fn of(arms: impl Iterator<Item = &'a ArmRecord>) -> Self {
        let causes = Causes::of(arms, MOST);
        let faults = causes.shown.iter().map(|cause| Fault {
            kind: cause.class.as_str(),
            message: cause.message,
            messages: cause.messages,
            trials: cause.trials,
        });
        Self {
            faults: faults.collect(),
            more_faults: causes.more,
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_one(n: &usize) -> bool {
    *n == 1
}
