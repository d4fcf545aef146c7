//! The nouns of the project: plain data that every stage shares, without behaviour that needs a clock, a file or a network.

mod as_text;
pub mod case;
pub mod column;
pub mod dataset;
pub mod ending;
pub mod event;
pub mod evidence;
pub mod exchange;
pub mod interner;
pub mod looks;
pub mod measure;
pub mod name;
pub(crate) mod number;
pub mod offsets;
pub mod paid;
pub mod problem;
pub mod prompt;
pub mod record;
pub mod role;
pub mod run_spec;
pub mod score;
pub mod settings;
pub mod shard;
pub mod signature;
pub mod suite;
pub mod tally;
pub mod tool;
pub mod trial;
pub mod unique;
pub mod verdict;

pub use case::{Case, LoggedOutput};
pub use dataset::Dataset;
pub use ending::{Ended, Interrupt};
pub use event::RunEvent;
pub use exchange::{
    AnswerForm, CallError, Completion, ErrorClass, Message, Request, Source, Structured, Usage,
};
pub use measure::{CaseMetric, CaseMetricKind};
pub use name::{ModelName, PromptRef, Version};
pub use problem::{Location, Problem, Problems, Severity};
pub use prompt::{Family, ModelTarget, Params, PromptVersion, Status, Text};
pub use record::RunRecord;
pub use role::Role;
pub use run_spec::{BaselineChoice, Responses, RunSpec};
pub use score::{Outcome, Sample, Score};
pub use shard::Shard;
pub use signature::Signature;
pub use suite::{EvaluatorSpec, GateSpec, Suite};
pub use tally::Tally;
pub use tool::{Tool, ToolCall, ToolChoice, Tools};
pub use trial::{TrialId, TrialRecord};
pub use verdict::Verdict;
