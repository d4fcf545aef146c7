//! The local cache: one file a response, `v1/ab/KEY.json`, safe for several processes at once.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::store::{Kept, ResponseKey};
use crate::model::{Completion, ModelName};

/// Version of the format; each has its own folder, so that old and new programs can share a checkout.
const VERSION: &str = "v1";

/// A folder of responses.
#[derive(Debug)]
pub(super) struct Cache {
    dir: PathBuf,
}

/// What a file holds.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Repeats the file's name: a file that was moved or cut short is not taken for a response.
    key: ResponseKey,
    model: ModelName,
    latency_ms: Option<f64>,
    response: Completion,
}

impl Cache {
    /// The cache in `dir`, which need not exist.
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.join(VERSION),
        }
    }

    fn path(&self, key: ResponseKey) -> PathBuf {
        let name = key.to_string();
        let shard = name.get(..2).unwrap_or_default();
        self.dir.join(shard).join(format!("{name}.json"))
    }

    /// The response of a key. What cannot be read is no response.
    pub(super) fn find(&self, key: ResponseKey) -> Option<Kept> {
        let bytes = std::fs::read(self.path(key)).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        (entry.key == key).then_some(Kept {
            completion: entry.response,
            latency_ms: entry.latency_ms,
            fallback: None,
        })
    }

    /// Writes a response: whole or not at all, in place of an older one.
    pub(super) fn keep(&self, key: ResponseKey, kept: &Kept, model: &ModelName) -> io::Result<()> {
        let entry = Entry {
            key,
            model: model.clone(),
            latency_ms: kept.latency_ms,
            response: kept.completion.clone(),
        };
        let path = self.path(key);
        let folder = path.parent().unwrap_or(&self.dir);
        // Nearly always the folder is there already, so it is made only when it turns out to be missing.
        let file = NamedTempFile::new_in(folder).or_else(|_| {
            std::fs::create_dir_all(folder)?;
            NamedTempFile::new_in(folder)
        })?;
        // In one piece: a file takes every small part of it for a write of its own.
        file.as_file().write_all(&serde_json::to_vec(&entry)?)?;
        file.persist(&path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Keys;
    use super::*;

    fn kept(text: &str) -> Kept {
        Kept {
            completion: Completion {
                content: text.into(),
                ..Completion::default()
            },
            latency_ms: Some(1.5),
            fallback: None,
        }
    }

    #[test]
    fn what_is_kept_is_found_and_a_torn_or_alien_file_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path());
        let model = "openai/gpt-6-luna".parse().unwrap();
        let key = |repeat| Keys::new("openai", "http://a", repeat, "{}").cache;
        assert_eq!(cache.find(key(0)), None);
        cache.keep(key(0), &kept("old"), &model).unwrap();
        cache.keep(key(0), &kept("new"), &model).unwrap();
        assert_eq!(cache.find(key(0)), Some(kept("new")));
        let whole = std::fs::read(cache.path(key(0))).unwrap();
        std::fs::create_dir_all(cache.path(key(1)).parent().unwrap()).unwrap();
        std::fs::write(cache.path(key(1)), &whole).unwrap();
        assert_eq!(cache.find(key(1)), None, "another response's file");
        std::fs::write(cache.path(key(0)), &whole[..whole.len() / 2]).unwrap();
        assert_eq!(cache.find(key(0)), None, "half a file");
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let key = Keys::new("openai", "http://a", 0, "{}").cache;
        let model = "openai/gpt-6-luna".parse().unwrap();
        assert!(Cache::new(&file).keep(key, &kept("x"), &model).is_err());
    }
}
