//! The local cache: responses appended to segments, `v2/SEGMENT.jsonl`, one segment a process, safe for several processes at once.
//!
//! A response costs one write and no file of its own. An index over all segments is made when the first response is looked for.

mod lock;
mod prune;
mod segment;

pub use prune::{Limits, Pruned, Stats, clear, prune, stats, tidy};

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock};

use lock::Shared;
use segment::Entry;

use super::kept::Kept;
use super::key::ResponseKey;
use crate::fsx;
use crate::model::ModelName;

/// Version of the format; each has its own folder, so that old and new programs can share a checkout.
const VERSION: &str = "v2";

/// A folder of responses.
#[derive(Debug)]
pub(super) struct Cache {
    dir: PathBuf,
    index: OnceLock<RwLock<Index>>,
    writer: Mutex<Option<Writer>>,
}

/// Where each response stands.
#[derive(Debug, Default)]
struct Index {
    segments: Vec<Segment>,
    places: HashMap<ResponseKey, Place>,
    /// Held while this process reads and writes, so that nothing is moved from under it.
    lock: Option<Shared>,
}

#[derive(Debug)]
struct Segment {
    path: PathBuf,
    file: OnceLock<Option<File>>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    segment: u32,
    length: u32,
    offset: u64,
}

/// This process's own segment.
#[derive(Debug)]
struct Writer {
    file: File,
    segment: u32,
    offset: u64,
}

impl Cache {
    /// The cache in `dir`, which need not exist.
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.join(VERSION),
            index: OnceLock::new(),
            writer: Mutex::new(None),
        }
    }

    /// The response of a key. What cannot be read is no response.
    pub(super) fn find(&self, key: ResponseKey) -> Option<Kept> {
        let index = self.index().read().unwrap_or_else(PoisonError::into_inner);
        let place = *index.places.get(&key)?;
        let segment = index.segments.get(place.segment as usize)?;
        let file = segment.file.get_or_init(|| fsx::open(&segment.path).ok());
        let bytes = fsx::read_at(file.as_ref()?, place.offset, place.length as usize).ok()?;
        let entry: Entry = serde_json::from_slice(&bytes).ok()?;
        (entry.key == key).then_some(Kept {
            completion: entry.response,
            latency_ms: entry.latency_ms,
            fallback: None,
            at: jiff::Timestamp::from_second(entry.at).ok(),
        })
    }

    /// Writes a response, which takes the place of an older one.
    pub(super) fn keep(&self, key: ResponseKey, kept: &Kept, model: &ModelName) -> io::Result<()> {
        let entry = Entry {
            key,
            at: kept.at.unwrap_or_else(jiff::Timestamp::now).as_second(),
            model,
            latency_ms: kept.latency_ms,
            response: &kept.completion,
        };
        let mut line = serde_json::to_vec(&entry)?;
        if fsx::require_own_line(&line).is_err() {
            // It could not be read back: the next run asks again.
            return Ok(());
        }
        let length = line.len() as u32;
        line.push(b'\n');
        let index = self.index();
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let own = match &mut *writer {
            Some(own) => own,
            empty => empty.insert(self.begin(index)?),
        };
        let written = own.file.write_all(&line);
        if let Err(error) = written {
            // Half a line may stand there now: what follows it goes to another segment.
            *writer = None;
            return Err(error);
        }
        let place = Place {
            segment: own.segment,
            length,
            offset: own.offset,
        };
        own.offset += line.len() as u64;
        drop(writer);
        let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
        index.places.insert(key, place);
        Ok(())
    }

    /// Begins a segment of this process.
    fn begin(&self, index: &RwLock<Index>) -> io::Result<Writer> {
        fs::create_dir_all(&self.dir)?;
        let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
        if index.lock.is_none() {
            index.lock = Shared::take(&self.dir);
        }
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%6fZ");
        let name = format!("{now}-{:x}.jsonl", std::process::id());
        let path = self.dir.join(name);
        let file = OpenOptions::new()
            .create_new(true)
            .append(true)
            .open(&path)?;
        let segment = index.segments.len() as u32;
        index.segments.push(Segment {
            path,
            file: OnceLock::new(),
        });
        Ok(Writer {
            file,
            segment,
            offset: 0,
        })
    }

    fn index(&self) -> &RwLock<Index> {
        self.index
            .get_or_init(|| RwLock::new(Index::read(&self.dir)))
    }
}

impl Index {
    /// Goes through all segments, oldest first: of two responses to one key the newer one counts.
    fn read(dir: &Path) -> Self {
        let mut index = Self {
            lock: Shared::take(dir),
            ..Self::default()
        };
        for path in segment::list(dir).unwrap_or_default() {
            let number = index.segments.len() as u32;
            let places = &mut index.places;
            // A segment that cannot be read holds no response.
            let _ = segment::scan(&path, |line| {
                let place = Place {
                    segment: number,
                    length: line.bytes.len() as u32,
                    offset: line.offset,
                };
                places.insert(line.key, place);
            });
            index.segments.push(Segment {
                path,
                file: OnceLock::new(),
            });
        }
        index
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::*;
    use crate::model::Completion;

    fn kept(text: &str) -> Kept {
        Kept {
            completion: Completion {
                content: text.into(),
                ..Completion::default()
            },
            latency_ms: Some(1.5),
            fallback: None,
            at: jiff::Timestamp::from_second(1_764_000_000).ok(),
        }
    }

    fn key(repeat: u32) -> ResponseKey {
        Keys::new("openai", "http://a", repeat, "{}", &[]).cache
    }

    fn model() -> ModelName {
        "openai/gpt-6-luna".parse().unwrap()
    }

    #[test]
    fn what_is_kept_is_found_by_this_process_and_by_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path());
        assert_eq!(cache.find(key(0)), None);
        cache.keep(key(0), &kept("old"), &model()).unwrap();
        cache.keep(key(0), &kept("new"), &model()).unwrap();
        cache.keep(key(1), &kept("other"), &model()).unwrap();
        for cache in [cache, Cache::new(dir.path())] {
            assert_eq!(cache.find(key(0)), Some(kept("new")));
            assert_eq!(cache.find(key(1)), Some(kept("other")));
            assert_eq!(cache.find(key(2)), None);
        }
        let newer = Cache::new(dir.path());
        newer.keep(key(1), &kept("newest"), &model()).unwrap();
        assert_eq!(Cache::new(dir.path()).find(key(1)), Some(kept("newest")));
    }

    #[test]
    fn torn_alien_and_newer_lines_are_no_responses() {
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(dir.path());
        for repeat in 0..3 {
            cache.keep(key(repeat), &kept("x"), &model()).unwrap();
        }
        let path = segment::list(&dir.path().join(VERSION)).unwrap().remove(0);
        let whole = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        // The key of one response, the rest of another; a line of nothing; the last one torn.
        let mixed = format!("{}{}", &lines[1][..72], "\",\"answer\":42}");
        let torn = &lines[2][..lines[2].len() - 9];
        fs::write(&path, format!("{}\n{mixed}\n{{}}\n\n{torn}", lines[0])).unwrap();
        let cache = Cache::new(dir.path());
        assert_eq!(cache.find(key(0)), Some(kept("x")));
        assert_eq!(cache.find(key(1)), None);
        assert_eq!(cache.find(key(2)), None);
        cache.keep(key(2), &kept("again"), &model()).unwrap();
        assert_eq!(Cache::new(dir.path()).find(key(2)), Some(kept("again")));
    }

    #[test]
    fn a_cache_that_cannot_be_written_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::new(&file);
        assert!(cache.keep(key(0), &kept("x"), &model()).is_err());
        assert_eq!(cache.find(key(0)), None);
    }
}
