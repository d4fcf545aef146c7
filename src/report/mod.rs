//! report: (`RunRecord`, `Verdict`, `Outputs`) -> bytes. Every report is a view of one run; none decides or measures anything.
//!
//! A reporter takes no clock, no environment and no file: the same input gives the same bytes. Full outputs stay in the
//! journal and are read back through `Outputs`, one case after another, where a report shows them.

mod blocking;
mod candidate;
pub mod comparison;
mod conclusion;
mod failing;
mod faults;
mod fold;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub(crate) mod number;
mod origin;
pub mod terminal;
pub mod trend;
pub(crate) mod visible;
mod weaker;

use std::io::{self, Write};

use serde_json::Value;

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
    pub trends: &'a [trend::Trend],
    /// The address at which other runs are found, where the report is served beside them.
    pub home: Option<&'a str>,
    /// What cases were asked, where a report is to show it.
    pub inputs: Option<Inputs<'a>>,
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

/// Every report that is written to a file, by name. The terminal's summary takes a style and stands beside them.
pub static REPORTERS: &[&ReporterEntry] =
    &[&html::HTML, &json::JSON, &junit::JUNIT, &markdown::MARKDOWN];
