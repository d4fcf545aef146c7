//! Seals: the hash chain that ties a journal's lines together, and Ed25519 signatures of what it comes to.

mod chain;
mod key;

pub use chain::Chain;
pub use key::{KeyError, PublicKey, SigningKey, verify};

/// What a signature is about: one of a run is none of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The root of a journal's chain.
    Run,
    /// SHA-256 of what evidence holds.
    Evidence,
}

impl Subject {
    /// The bytes that are signed for a hash.
    fn message(self, hash: &str) -> Vec<u8> {
        let what = match self {
            Self::Run => "run",
            Self::Evidence => "evidence",
        };
        format!("prompteval {what} 1\n{hash}\n").into_bytes()
    }
}
