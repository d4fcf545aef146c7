//! What the table of evaluators holds of each: enough for parsing, help, docs and conformance tests.

use crate::model::EvaluatorSpec;
use crate::score::Evaluator;
use crate::template::Engine;

/// One type of evaluator.
#[derive(Debug)]
pub struct EvaluatorEntry {
    /// The type as users write it, without `not-`.
    pub name: &'static str,
    /// What it checks, in a line.
    pub summary: &'static str,
    /// The keys it reads.
    pub params: &'static [Param],
    /// An evaluator in YAML that works as it stands.
    pub example: &'static str,
    /// Makes an evaluator of a configuration.
    pub build: fn(&EvaluatorSpec, &Engine) -> Built,
}

/// An evaluator, or what is wrong with its configuration.
pub type Built = Result<Box<dyn Evaluator>, SpecError>;

/// A key that an evaluator reads.
#[derive(Debug)]
pub struct Param {
    /// The key.
    pub name: &'static str,
    /// What it means.
    pub summary: &'static str,
    /// Whether it has to be there.
    pub required: bool,
}

impl Param {
    /// A key that has to be there.
    pub(super) const fn required(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            required: true,
        }
    }

    /// A key that may be there.
    pub(super) const fn optional(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            required: false,
        }
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong with it.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

impl SpecError {
    /// An error at a key.
    pub(super) fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self {
            key,
            message: message.into(),
            hint: None,
        }
    }

    /// The same error with a way to mend it.
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
