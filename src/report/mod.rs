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
mod origin;
pub mod terminal;
pub mod trend;
mod view;
pub(crate) mod visible;
mod weaker;

pub use view::{Asked, Inputs, Lines, ReporterEntry, View};

/// Every report that is written to a file, by name. The terminal's summary takes a style and stands beside them.
pub static REPORTERS: &[&ReporterEntry] =
    &[&html::HTML, &json::JSON, &junit::JUNIT, &markdown::MARKDOWN];
