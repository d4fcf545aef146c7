//! What `init` writes for each kind of project: a prompt, a suite, and cases with their sample answers.

use serde_json::Value;

use crate::cli::args::Kind;
use crate::cli::error::CliError;

/// The texts of a kind of project; `FAMILY` and `MODEL` stand for what is chosen.
pub(super) struct Template {
    /// Name of the family where nobody gives one.
    pub(super) family: &'static str,
    pub(super) version: &'static str,
    pub(super) suite: &'static str,
    cases: &'static str,
}

pub(super) fn template(kind: Kind) -> Template {
    match kind {
        Kind::Classifier => Template {
            family: "ticket-topic",
            version: include_str!("classifier/version.yaml"),
            suite: include_str!("classifier/suite.yaml"),
            cases: include_str!("classifier/cases.jsonl"),
        },
        Kind::Extraction => Template {
            family: "order-fields",
            version: include_str!("extraction/version.yaml"),
            suite: include_str!("extraction/suite.yaml"),
            cases: include_str!("extraction/cases.jsonl"),
        },
        Kind::Rag => Template {
            family: "handbook",
            version: include_str!("rag/version.yaml"),
            suite: include_str!("rag/suite.yaml"),
            cases: include_str!("rag/cases.jsonl"),
        },
        Kind::Chat => Template {
            family: "concierge",
            version: include_str!("chat/version.yaml"),
            suite: include_str!("chat/suite.yaml"),
            cases: include_str!("chat/cases.jsonl"),
        },
    }
}

impl Template {
    /// The sample cases, each with its written answer.
    pub(super) fn cases(&self) -> Result<Vec<(Value, String)>, CliError> {
        let read = |line: &str| {
            let mut case: Value =
                serde_json::from_str(line).map_err(|error| CliError::system(error.to_string()))?;
            let answer = case.as_object_mut().and_then(|case| case.remove("answer"));
            let answer = answer.as_ref().and_then(Value::as_str).unwrap_or_default();
            Ok((case, answer.to_owned()))
        };
        self.cases.lines().map(read).collect()
    }
}
