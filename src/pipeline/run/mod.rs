//! A run as one library call: open, forecast, execute.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use prompteval::pipeline::{Limits, Project, Run};
//!
//! let run = Run::open(&Project::at("."), Default::default(), Limits::default())?;
//! let finished = run.execute(&mut (), std::future::pending()).await?;
//! println!("{:?}", finished.verdict.decision);
//! # Ok(())
//! # }
//! ```

mod checking;
mod cut;
mod execute;
mod expected;
mod handle;
mod heading;
mod observer;
mod opening;
mod project;
mod refusal;
mod resumed;
mod session;

pub use checking::Outlook;
pub use cut::Cut;
pub use expected::Expected;
pub use handle::Run;
pub use heading::Leave;
pub use observer::{Event, Observer};
pub use opening::{BaselineAnswers, Opening};
pub use project::{Limits, Project, bare_client};
pub use refusal::{Refusal, Told, Why};
pub use resumed::Wanted;
