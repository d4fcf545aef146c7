//! What a report shows, and what a report is.

use std::io::{self, Write};

use serde_json::Value;

use super::trend::Trend;
use crate::model::event::{ArmHeader, SuiteHeader};
use crate::model::record::Outputs;
use crate::model::{Message, RunRecord, Verdict};

/// What a report shows: a run, what was decided of it, and where its outputs are.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The run.
    pub record: &'a RunRecord,
    /// What the gates decided.
    pub verdict: &'a Verdict,
    /// Reads full trials back.
    pub outputs: &'a dyn Outputs,
    /// The lines of cases, where a report is to name them.
    pub lines: Option<Lines<'a>>,
    /// How suites fared over earlier runs, where a report is to show it.
    pub trends: &'a [Trend],
    /// The address at which other runs are found, where the report is served beside them.
    pub home: Option<&'a str>,
    /// What cases were asked, where a report is to show it.
    pub inputs: Option<Inputs<'a>>,
}

impl<'a> View<'a> {
    /// A finished run by itself.
    pub fn of(record: &'a RunRecord, verdict: &'a Verdict, outputs: &'a dyn Outputs) -> Self {
        Self {
            record,
            verdict,
            outputs,
            lines: None,
            trends: &[],
            home: None,
            inputs: None,
        }
    }
}

/// What an arm was asked for a case, by the case's place in the dataset; `None` where a file has changed since.
pub type Inputs<'a> = &'a dyn Fn(&SuiteHeader, &ArmHeader, u32) -> Option<Asked>;

/// What a model was asked for a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The variables that the template takes, in the order of the case.
    pub vars: Vec<(String, Value)>,
    /// The case's other variables: evaluators may use them.
    pub others: Vec<(String, Value)>,
    /// The messages as rendered.
    pub messages: Vec<Message>,
}

/// The line of a dataset on which a case stands, by its place in the dataset; `None` where the file has changed since.
pub type Lines<'a> = &'a dyn Fn(&SuiteHeader, u32) -> Option<usize>;

/// A report that is written to a file.
#[derive(Debug)]
pub struct ReporterEntry {
    /// The name, which is also the flag: `--json FILE`.
    pub name: &'static str,
    /// What it is for, in a line.
    pub summary: &'static str,
    /// The usual extension of its files.
    pub extension: &'static str,
    /// Writes it, in many small pieces: the writer should be buffered.
    pub write: fn(&View<'_>, &mut dyn Write) -> io::Result<()>,
}
