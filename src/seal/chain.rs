//! The hash chain of a journal: each line's hash holds that of the line before.

use sha2::digest::Output;
use sha2::{Digest, Sha256};

/// What the chain begins with, so that no other file's hash is taken for one.
const BEGIN: &[u8] = b"prompteval journal 1\n";

/// The lines so far: `SHA-256(chain of the lines before, line without its line feed)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain(Output<Sha256>);

impl Default for Chain {
    fn default() -> Self {
        Self(Sha256::digest(BEGIN))
    }
}

impl Chain {
    /// Adds a line, without its line feed.
    pub fn take(&mut self, line: &[u8]) {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(line);
        self.0 = hash.finalize();
    }

    /// The hash of all lines so far, in lower-case hexadecimal.
    pub fn root(&self) -> String {
        format!("{:x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(lines: &[&str]) -> String {
        let mut chain = Chain::default();
        for line in lines {
            chain.take(line.as_bytes());
        }
        chain.root()
    }

    #[test]
    fn every_line_and_its_place_counts() {
        // sha256sum of the beginning, and of its 32 bytes with `a` after them.
        assert_eq!(root(&[]), EMPTY);
        assert_eq!(root(&["a"]), A);
        let roots = [root(&["a", "b"]), root(&["b", "a"]), root(&["ab"])];
        assert!(roots.iter().all(|one| one.len() == 64));
        assert_ne!(roots[0], roots[1]);
        assert_ne!(roots[0], roots[2]);
    }

    const EMPTY: &str = "521e933a839ce57bda9f48a9178798a91512b8ec129d63c696d75c48bd0fde4c";
    const A: &str = "39abc9015f15d6a5d38cc4c0c15b9e535f3ccfd0382fa2cbadcaf32ade3b15ba";
}
