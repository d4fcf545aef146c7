//! Settings that are no settings.

use crate::project::Project;
use crate::row::{LIMITS, Row};

pub(crate) const ROWS: &[Row] = &[Row {
    input: "prompteval.yaml of 100,000 nested lists",
    project: || settings(&"[".repeat(100_000)),
    says: &["prompteval.yaml"],
    ..LIMITS
}];

fn settings(text: &str) -> Project {
    let project = Project::empty();
    project.file("prompteval.yaml", text);
    project
}
