//! SHA-256 of texts, the same on every system.

use sha2::{Digest, Sha256};

/// Lower-case hexadecimal SHA-256 of bytes, CRLF read as LF, so that a checkout on Windows has the same hash.
pub(crate) fn sha256_lf(bytes: &[u8]) -> String {
    let mut hasher = LfHasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// The same hash of a file that is read piece by piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct LfHasher {
    hash: Sha256,
    /// A carriage return that ended the last piece: what follows it decides.
    pending: bool,
}

impl LfHasher {
    /// Takes the next piece.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        let Some(first) = bytes.first() else { return };
        if std::mem::take(&mut self.pending) && *first != b'\n' {
            self.hash.update(b"\r");
        }
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\r') {
            let (head, tail) = rest.split_at(at);
            self.hash.update(head);
            rest = tail.get(1..).unwrap_or_default();
            match rest.first() {
                Some(b'\n') => {}
                Some(_) => self.hash.update(b"\r"),
                None => self.pending = true,
            }
        }
        self.hash.update(rest);
    }

    /// The hash of all pieces.
    pub(crate) fn finish(mut self) -> String {
        if self.pending {
            self.hash.update(b"\r");
        }
        hex(&self.hash.finalize())
    }
}

/// Lower-case hexadecimal digits of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let length = bytes.len() * 2;
    bytes
        .iter()
        .fold(String::with_capacity(length), |mut text, byte| {
            text.push(digit(byte >> 4));
            text.push(digit(byte & 15));
            text
        })
}
