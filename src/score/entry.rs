//! What the table of evaluators says of each: name, parameters, an example and how it is built.

use std::fmt;

use crate::model::EvaluatorSpec;
use crate::template::{COMPUTED_INCLUDE, Engine, TEMPLATE_LIMIT, TemplateError};

use super::Evaluator;

/// One type of evaluator.
#[derive(Debug)]
pub struct EvaluatorEntry {
    /// The type as users write it, without `not-`.
    pub name: &'static str,
    /// What it demands of an output, in a sentence fragment.
    pub summary: &'static str,
    /// Its own parameters, beside those that every evaluator has.
    pub params: &'static [Param],
    /// An evaluator that runs as it stands, as YAML.
    pub example: &'static str,
    /// Builds it from what the user configured.
    pub build: Build,
}

/// Builds an evaluator from its configuration; templates are compiled by the engine.
pub type Build = fn(&EvaluatorSpec, &Engine) -> Result<Box<dyn Evaluator>, SpecError>;

impl EvaluatorEntry {
    /// Whether it knows this parameter.
    pub fn takes(&self, param: &str) -> bool {
        self.params.iter().any(|known| known.name == param)
    }
}

/// A parameter of an evaluator: `value`, `threshold` or `model`.
#[derive(Debug)]
pub struct Param {
    /// The key.
    pub name: &'static str,
    /// What it means here.
    pub summary: &'static str,
    /// Whether the evaluator means nothing without it.
    pub required: bool,
}

impl Param {
    /// A parameter that has to be written.
    pub const fn required(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            required: true,
        }
    }

    /// A parameter that may be left out.
    pub const fn optional(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            summary,
            required: false,
        }
    }
}

/// Why an evaluator cannot be built from its configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecError {
    /// The code of the problem it is.
    pub code: &'static str,
    /// Which key is at fault.
    pub key: &'static str,
    /// What is wrong, as a sentence fragment in lower case.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl SpecError {
    /// A fault of this key.
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: "invalid-evaluator",
            key,
            message: message.into(),
            hint: None,
        }
    }

    /// A fault of `value`.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new("value", message)
    }

    /// A template that does not compile, under this key.
    pub fn template(key: &'static str, error: &TemplateError) -> Self {
        let place = match (error.line, error.column) {
            (Some(line), Some(column)) => {
                format!(" (line {line}, column {column} of the template)")
            }
            _ => String::new(),
        };
        let fault = Self::new(key, format!("{error}{place}"));
        if ![COMPUTED_INCLUDE, TEMPLATE_LIMIT].contains(&error.code) {
            return fault;
        }
        Self {
            code: error.code,
            hint: error.hint.map(str::to_owned),
            ..fault
        }
    }

    /// The same fault with a line that says how to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
