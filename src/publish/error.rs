//! Why nothing was published, and what to do about it.

/// Why nothing was published. No text holds the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PublishError {
    /// The token is not accepted.
    #[error("GitHub refuses the token (401)")]
    Token,
    /// The token may not do this.
    #[error("the token may not write there ({status}): {message}")]
    Forbidden {
        /// 403, or 404 where the token may not even see it.
        status: u16,
        /// What GitHub says.
        message: String,
    },
    /// GitHub refuses what was sent.
    #[error("GitHub refuses it ({status}): {message}")]
    Refused {
        /// The status.
        status: u16,
        /// What GitHub says.
        message: String,
    },
    /// There is something with the marker, and nobody says whose it is.
    #[error("something with this marker is there, and GitHub does not say whose the token is")]
    Stranger,
    /// Too many requests, for longer than is waited.
    #[error("GitHub's rate limit is used up{0}")]
    RateLimit(String),
    /// It could not be reached, or gave no answer that can be read.
    #[error("GitHub could not be reached: {0}")]
    Unreachable(String),
}

impl PublishError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Token => {
                "set GITHUB_TOKEN to a token of this repository: `env: {GITHUB_TOKEN: ${{ github.token }}}`"
            }
            Self::Forbidden { .. } => {
                "the job needs `permissions: {pull-requests: write}` (for issues: `issues: write`); the token of a pull request from a fork only reads: comment from a `workflow_run` job"
            }
            Self::Stranger => {
                "only what the token itself wrote is changed: give another `--key`, or a token that may ask for its own name"
            }
            Self::Refused { .. } => "check the number and the repository (`--repo OWNER/NAME`)",
            Self::RateLimit(_) | Self::Unreachable(_) => "try again later: nothing was lost",
        }
    }
}
