//! Keeping the cache small: what is in it, what is too old or too much, and nothing at all.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::VERSION;
use super::lock::{Alone, LOCK_FILE};
use super::segment::{self, Entry};
use crate::call::key::ResponseKey;
use crate::fsx;

/// Segments beyond which they are put together into one: each costs a little when the index is made.
const MOST_SEGMENTS: usize = 64;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Responses that are older are removed.
    pub max_age_days: f64,
    /// The oldest responses beyond so many bytes are removed.
    pub max_bytes: u64,
}

/// What is in the cache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Responses.
    pub entries: usize,
    /// Bytes of all files, formats of other versions included.
    pub bytes: u64,
    /// When the oldest response was got, seconds since 1970.
    pub oldest: Option<i64>,
    /// When the newest one was.
    pub newest: Option<i64>,
    /// Responses of each model.
    pub models: BTreeMap<String, usize>,
}

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Responses removed.
    pub removed: usize,
    /// Responses left.
    pub kept: usize,
    /// Bytes freed.
    pub freed: u64,
}

/// A response that is in the cache.
#[derive(Clone, Copy)]
struct Found {
    segment: usize,
    offset: u64,
    length: u64,
    at: i64,
}

/// What is in the cache of a folder.
///
/// # Errors
/// When it cannot be read.
pub fn stats(dir: &Path) -> io::Result<Stats> {
    let mut stats = Stats {
        bytes: size(dir)?,
        ..Stats::default()
    };
    let mut models: HashMap<ResponseKey, (i64, String)> = HashMap::new();
    for path in segment::list(&dir.join(VERSION))? {
        segment::scan(&path, |line| {
            if let Ok(entry) = serde_json::from_slice::<Entry>(line.bytes) {
                models.insert(entry.key, (entry.at, entry.model.to_string()));
            }
        })?;
    }
    stats.entries = models.len();
    for (at, model) in models.into_values() {
        stats.oldest = Some(stats.oldest.map_or(at, |oldest| oldest.min(at)));
        stats.newest = Some(stats.newest.map_or(at, |newest| newest.max(at)));
        *stats.models.entry(model).or_default() += 1;
    }
    Ok(stats)
}

/// Removes what is too old, then the oldest of what is too much; `None` while a run is at work in the cache. Older versions
/// of the format go, too. With `dry`, nothing is removed.
///
/// # Errors
/// When it cannot be read or written; what was not removed stays whole.
pub fn prune(dir: &Path, limits: Limits, now: i64, dry: bool) -> io::Result<Option<Pruned>> {
    let own = dir.join(VERSION);
    if !own.is_dir() {
        let pruned = Pruned {
            freed: remove_older(dir, dry)?,
            ..Pruned::default()
        };
        return Ok(Some(pruned));
    }
    let Some(_alone) = Alone::take(&own)? else {
        return Ok(None);
    };
    let before = size(dir)?;
    let segments = segment::list(&own)?;
    let (found, lines) = read(&segments)?;
    let kept = within(found, limits, now);
    let freed: u64 = kept.iter().map(|found| found.length + 1).sum();
    let pruned = Pruned {
        removed: lines - kept.len(),
        kept: kept.len(),
        freed: before.saturating_sub(freed),
    };
    if dry {
        return Ok(Some(pruned));
    }
    remove_older(dir, false)?;
    if pruned.removed > 0 || segments.len() > MOST_SEGMENTS {
        rewrite(&own, &segments, &kept)?;
    }
    Ok(Some(Pruned {
        freed: before.saturating_sub(size(dir)?),
        ..pruned
    }))
}

/// Prunes the cache unless that was done within a day, or a run is at work in it.
///
/// # Errors
/// When it cannot be read or written.
pub fn tidy(dir: &Path, limits: Limits, now: i64) -> io::Result<()> {
    const DAY_S: i64 = 86_400;
    let stamp = dir.join(VERSION).join("pruned");
    let last = fsx::read(&stamp).ok();
    let last = last.and_then(|bytes| String::from_utf8(bytes).ok());
    let last: Option<i64> = last.and_then(|text| text.trim().parse().ok());
    let is_due = last.is_some_and(|last| !(0..DAY_S).contains(&(now - last)));
    if !dir.join(VERSION).is_dir() || (last.is_some() && !is_due) {
        return Ok(());
    }
    // A cache that is new has a day before it is looked through.
    if !is_due || prune(dir, limits, now, false)?.is_some() {
        fsx::replace(&stamp, format!("{now}\n").as_bytes())?;
    }
    Ok(())
}

/// Removes everything but the file by which runs know of each other; `None` while a run is at work in the cache.
///
/// # Errors
/// When a file cannot be removed.
pub fn clear(dir: &Path) -> io::Result<Option<Pruned>> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Some(Pruned::default()));
        }
        Err(error) => return Err(error),
    };
    let entries: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    let is_format = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        number(&name).is_some() && path.is_dir()
    };
    let mut held = Vec::new();
    for format in entries.iter().filter(is_format) {
        match Alone::take(format)? {
            Some(alone) => held.push(alone),
            None => return Ok(None),
        }
    }
    let stats = stats(dir)?;
    for path in &entries {
        if is_format(&path) {
            remove_within(path)?;
        } else {
            remove(path)?;
        }
    }
    drop(held);
    Ok(Some(Pruned {
        removed: stats.entries,
        kept: 0,
        freed: stats.bytes,
    }))
}

/// Empties the folder of a format. Its lock stays: a run that waits for it would hold one that nobody else sees.
fn remove_within(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name() != LOCK_FILE {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

/// The newest response of each key, and how many lines there are in all, doubles and broken ones included.
fn read(segments: &[PathBuf]) -> io::Result<(Vec<Found>, usize)> {
    let mut found: HashMap<ResponseKey, Found> = HashMap::new();
    let mut lines = 0;
    for (segment, path) in segments.iter().enumerate() {
        let alien = segment::scan(path, |line| {
            lines += 1;
            if let Ok(entry) = serde_json::from_slice::<Entry>(line.bytes) {
                let here = Found {
                    segment,
                    offset: line.offset,
                    length: line.bytes.len() as u64,
                    at: entry.at,
                };
                found.insert(line.key, here);
            }
        })?;
        lines += alien;
    }
    Ok((found.into_values().collect(), lines))
}

/// What the limits leave, oldest first.
fn within(mut found: Vec<Found>, limits: Limits, now: i64) -> Vec<Found> {
    const DAY_S: f64 = 86_400.0;
    found.retain(|found| (now - found.at) as f64 <= limits.max_age_days * DAY_S);
    // Newest first until it is too much; places make the order of equally old ones that of writing.
    found.sort_unstable_by_key(|found| std::cmp::Reverse((found.at, found.segment, found.offset)));
    let mut bytes = 0;
    let fits = |found: &Found| {
        bytes += found.length + 1;
        bytes <= limits.max_bytes
    };
    let mut kept: Vec<Found> = found.into_iter().take_while(fits).collect();
    kept.reverse();
    kept
}

/// Writes what is kept to one new segment, whole or not at all, and removes the others.
fn rewrite(dir: &Path, segments: &[PathBuf], kept: &[Found]) -> io::Result<()> {
    let file = NamedTempFile::new_in(dir)?;
    let mut out = BufWriter::new(file.as_file());
    let open: io::Result<Vec<File>> = segments.iter().map(|path| fsx::open(path)).collect();
    let open = open?;
    for found in kept {
        if let Some(file) = open.get(found.segment) {
            out.write_all(&fsx::read_at(file, found.offset, found.length as usize)?)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    // It takes the place of the oldest segment, so that everything written later still counts more.
    if let Some(first) = segments.first() {
        file.persist(first)?;
    }
    for old in segments.iter().skip(1) {
        fs::remove_file(old)?;
    }
    Ok(())
}

/// Removes folders of older versions of the format; the bytes they took. A newer one is of a program that is newer.
fn remove_older(dir: &Path, dry: bool) -> io::Result<u64> {
    let mut freed = 0;
    if !dir.is_dir() {
        return Ok(0);
    }
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_older = number(&name).is_some_and(|other| Some(other) < number(VERSION));
        if is_older && path.is_dir() {
            freed += size(&path)?;
            if !dry {
                fs::remove_dir_all(&path)?;
            }
        }
    }
    Ok(freed)
}

/// The number of a format, by the name of its folder.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix('v')?.parse().ok()
}

/// Bytes of all files below a folder.
fn size(dir: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mut bytes = 0;
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes += if kind.is_dir() {
            size(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}
