//! How a run ended in the process that ran it.

/// Which signal ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT: someone pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: the CI system cancelled the job.
    Terminate,
}

/// How the loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everything planned is done.
    Complete,
    /// A signal came.
    Interrupted(Interrupt),
    /// It had to stop (budget, deadline).
    Stopped,
}
