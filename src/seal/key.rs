//! Ed25519 keys as texts (RFC 8032): a public one that a project trusts, and a secret one that stays in the environment.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use super::Subject;
use crate::model::Signature;

/// What a public key begins with.
const PUBLIC: &str = "ed25519:";
/// What a secret key begins with, so that scanners of repositories find it.
const SECRET: &str = "ed25519-secret:";

/// Bytes of a key, public or secret.
const KEY_BYTES: usize = 32;

/// Why a text is no key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is a public key's text, and none.
    #[error(
        "a public key is `{PUBLIC}` and 44 characters of base64, as `prompteval key new` prints it"
    )]
    Public,
    /// It is a secret key's text, and none.
    #[error(
        "a signing key is `{SECRET}` and 44 characters of base64, as `prompteval key new` prints it"
    )]
    Secret,
    /// A secret key stands where a public one belongs.
    #[error(
        "this is a secret key: keep it out of files, write the public one, and make a new pair"
    )]
    Leaked,
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// A public key: `ed25519:` and base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_BYTES]);

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.starts_with(SECRET) {
            return Err(KeyError::Leaked);
        }
        bytes(text, PUBLIC).map(Self).ok_or(KeyError::Public)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC}{}", STANDARD.encode(self.0))
    }
}

/// A secret key; it shows itself only to whoever asks for its text.
pub struct SigningKey {
    seed: [u8; KEY_BYTES],
    pair: Ed25519KeyPair,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.public()).finish()
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let seed = bytes(text.trim(), SECRET).ok_or(KeyError::Secret)?;
        Self::of(seed)
    }
}

impl SigningKey {
    /// A new one, out of the system's random numbers.
    ///
    /// # Errors
    /// When the system has none.
    pub(crate) fn generate() -> Result<Self, KeyError> {
        let mut seed = [0; KEY_BYTES];
        let filled = SystemRandom::new().fill(&mut seed);
        filled.map_err(|_| KeyError::Random)?;
        Self::of(seed)
    }

    fn of(seed: [u8; KEY_BYTES]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| KeyError::Secret)?;
        Ok(Self { seed, pair })
    }

    /// The text that is kept secret: `ed25519-secret:` and base64.
    pub fn secret(&self) -> String {
        format!("{SECRET}{}", STANDARD.encode(self.seed))
    }

    /// The key that others know.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; KEY_BYTES];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    /// Signs a hash.
    pub fn sign(&self, subject: Subject, hash: &str) -> Signature {
        let value = self.pair.sign(&subject.message(hash));
        Signature {
            key: self.public().to_string(),
            value: STANDARD.encode(value),
        }
    }
}

/// Whether the signature is one of this hash, by the key that it names.
pub fn verify(signature: &Signature, subject: Subject, hash: &str) -> bool {
    let Ok(key) = signature.key.parse::<PublicKey>() else {
        return false;
    };
    let Ok(value) = STANDARD.decode(&signature.value) else {
        return false;
    };
    let key = UnparsedPublicKey::new(&ED25519, key.0);
    key.verify(&subject.message(hash), &value).is_ok()
}

fn bytes(text: &str, prefix: &str) -> Option<[u8; KEY_BYTES]> {
    let decoded = STANDARD.decode(text.strip_prefix(prefix)?).ok()?;
    decoded.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 1: secret and public key.
    const RFC: [&str; 2] = [
        "ed25519-secret:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
        "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    ];

    #[test]
    fn keys_are_those_of_the_rfc_and_texts_lead_back() {
        let key: SigningKey = RFC[0].parse().unwrap();
        assert_eq!(key.public().to_string(), RFC[1]);
        assert_eq!(key.secret(), RFC[0]);
        assert!(!format!("{key:?}").contains("nWGx"));
        let (one, other) = (SigningKey::generate(), SigningKey::generate());
        assert_ne!(one.unwrap().secret(), other.unwrap().secret());
    }

    #[test]
    fn a_signature_is_about_one_hash_of_one_subject_by_one_key() {
        let key: SigningKey = RFC[0].parse().unwrap();
        let signature = key.sign(Subject::Run, "aa");
        assert!(verify(&signature, Subject::Run, "aa"));
        assert!(!verify(&signature, Subject::Run, "ab"));
        assert!(!verify(&signature, Subject::Evidence, "aa"));
        let other = Signature {
            key: SigningKey::generate().unwrap().public().to_string(),
            ..signature.clone()
        };
        assert!(!verify(&other, Subject::Run, "aa"));
        for value in ["", "!", "AAAA"] {
            let broken = Signature {
                value: value.to_owned(),
                ..signature.clone()
            };
            assert!(!verify(&broken, Subject::Run, "aa"));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "ed25519:",
            "ed25519:AAAA",
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        ] {
            assert_eq!(text.parse::<PublicKey>(), Err(KeyError::Public), "{text}");
            assert!(text.parse::<SigningKey>().is_err(), "{text}");
        }
        assert_eq!(RFC[0].parse::<PublicKey>(), Err(KeyError::Leaked));
        assert!(RFC[1].parse::<SigningKey>().is_err());
    }
}
