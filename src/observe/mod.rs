//! observe: `RunEvents -> journal, progress`. The journal is critical and its errors stop the run; progress is best effort.

pub mod journal;
mod progress;
pub mod runs;
mod unpack;

pub use journal::{JOURNAL_FILE, Journal, JournalError, JournalFile, Lines};
pub use progress::{Progress, ProgressStyle};
pub use runs::RunDir;
pub use unpack::{Unpacked, unpacked};
