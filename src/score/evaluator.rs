//! What an evaluator is: a pure machine that asks questions until it can say what it thinks of a sample.

use std::collections::BTreeSet;

use crate::model::{Completion, Outcome, Request, Sample};

/// Bytes of an answer that every evaluator whose work is linear reads in a moment.
pub(super) const QUICK: usize = 64 << 10;

/// Scores one sample.
pub trait Evaluator: Send + Sync {
    /// What comes next, given the answers to everything it asked so far, in the order of its questions.
    ///
    /// The same sample and answers give the same step, so that a journal's answers lead to the journal's score.
    fn step(&self, sample: &Sample<'_>, answers: &[Answer]) -> Step<Outcome>;

    /// Whether it may ask at all; heuristics never do.
    fn asks(&self) -> bool {
        false
    }

    /// Whether a step surely takes no more than some milliseconds, so that it may be done between two calls.
    fn is_quick(&self, sample: &Sample<'_>) -> bool {
        sample.output().len() <= QUICK
    }

    /// Names that its value's templates take from outside.
    fn variables(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }
}

/// What an evaluator wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<T> {
    /// Answers to these, all of which may be asked at once.
    Ask(Vec<Question>),
    /// Nothing more.
    Done(T),
}

/// Something that an evaluator has to know from outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What a chat model says to this.
    Chat(Request),
}

/// The answer to a question of the same kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// What the model said.
    Chat(Completion),
}
