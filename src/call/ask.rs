//! What callers hand to the client and what they get beside an answer.

use serde_json::Value;

use crate::model::Request;

/// One question, with what it needs to be found again.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The request.
    pub request: Request,
    /// The same question to other models, asked in order while the model before cannot answer.
    pub fallback: Vec<Request>,
    /// Which repeat, counted from 0; each repeat is another response.
    pub repeat: u32,
    /// Whether the same question that is in flight already answers this one, too.
    pub shared: bool,
    /// Who asks.
    pub label: Label,
}

/// Who asks: stands in recordings for people to read, and in messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Label {
    /// The suite, and so the recordings file.
    pub suite: String,
    /// The version, as `family@version`.
    pub version: String,
    /// The case's id.
    pub case: String,
    /// The evaluator that asks; `None` for the prompt itself.
    pub evaluator: Option<String>,
}

/// A key that a call would need and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingKey {
    /// The provider.
    pub provider: String,
    /// The environment variable to set.
    pub variable: String,
}

/// A request as it would be sent, secrets left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Where it goes.
    pub url: String,
    /// Headers by name; a key stands as the variable it comes from.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}
