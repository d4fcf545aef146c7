//! Tools that a model may call, and the calls that it asks for.

use std::convert::Infallible;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A tool as a model is told of it, whatever the provider calls its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// JSON Schema of its arguments: an object.
    pub parameters: Value,
}

/// What a request says of tools.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tools {
    /// Those that the model may call.
    pub list: Vec<Tool>,
    /// Whether it has to; the provider's default where `None`.
    pub choice: Option<ToolChoice>,
}

/// Whether a model has to call a tool, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    Auto,
    /// None of them.
    None,
    /// Any of them.
    Required,
    /// This one.
    Named(String),
}

impl FromStr for ToolChoice {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(match word {
            "auto" => Self::Auto,
            "none" => Self::None,
            "required" => Self::Required,
            name => Self::Named(name.to_owned()),
        })
    }
}

/// A call of a tool that a model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// Its arguments; the model's own text where that is no JSON.
    pub arguments: Value,
    /// Place among the calls of its answer, counted from 0.
    #[serde(default)]
    pub index: u32,
    /// Which answer of a conversation with tools it stands in, counted from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub step: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
fn is_first(step: &u32) -> bool {
    *step == 0
}
