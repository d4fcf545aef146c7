//! A signature as it stands in files.

use serde::{Deserialize, Serialize};

/// Who signed, and the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The public key: `ed25519:` and base64.
    pub key: String,
    /// The signature, in base64.
    pub value: String,
}
