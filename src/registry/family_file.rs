//! Reads `prompts/FAMILY/family.yaml`: which version has which status, hash and share of the traffic.

use std::collections::BTreeMap;

use crate::model::prompt::{Pointers, VersionEntry};
use crate::model::{Family, Problems, Status, Version};
use crate::source::{Check, Fields, Mark, Node, Source, did_you_mean};

pub(super) const KEYS: &[&str] = &["description", "owner", "tags", "versions", "segments"];
pub(super) const ENTRY_KEYS: &[&str] = &[
    "status", "sha256", "traffic", "includes", "evidence", "override",
];

pub(super) fn read(source: &Source, family: &mut Family, problems: &mut Problems) {
    let mut check = Check::new(source);
    match source.yaml() {
        Ok(root) => read_fields(&mut check, &root, family),
        Err(problem) => check.problems.push(problem),
    }
    problems.extend(check.problems);
}

/// The pointers of a family.yaml of another time; what is wrong with it is of no matter now.
pub fn pointers(source: &Source) -> Pointers {
    let mut family = Family::default();
    read(source, &mut family, &mut Problems::default());
    let mut entries = family.entries.into_iter();
    let production = entries.find(|(_, entry)| entry.status == Status::Production);
    Pointers {
        production: production.map(|(number, _)| number),
        segments: family.segments,
    }
}

/// The hash of the evidence that a family.yaml names for a version.
pub(super) fn evidence_hash(source: &Source, number: &Version) -> Option<String> {
    entries(source).remove(number)?.evidence
}

/// The entries of a family.yaml of another time; what is wrong with it is of no matter now.
pub fn entries(source: &Source) -> BTreeMap<Version, VersionEntry> {
    let mut family = Family::default();
    read(source, &mut family, &mut Problems::default());
    family.entries
}

fn read_fields(check: &mut Check<'_>, root: &Node, family: &mut Family) {
    let Some(fields) = check.fields(root, "family.yaml", KEYS) else {
        return;
    };
    let text = |check: &mut Check<'_>, key| fields.get(key).and_then(|n| check.string(n, key));
    family.description = text(check, "description");
    family.owner = text(check, "owner");
    if let Some(tags) = fields.get("tags") {
        family.tags = check.strings(tags, "tags");
    }
    if let Some(node) = fields.get("versions")
        && let Some(versions) = check.any_fields(node, "`versions`")
    {
        for (number, mark, entry) in versions.iter() {
            if let Some(version) = read_number(check, number, mark)
                && let Some(entry) = read_entry(check, number, mark, entry)
            {
                family.entries.insert(version, entry);
            }
        }
    }
    if let Some(node) = fields.get("segments")
        && let Some(segments) = check.any_fields(node, "`segments`")
    {
        read_segments(check, &segments, family);
    }
}

fn read_number(check: &mut Check<'_>, number: &str, mark: Mark) -> Option<Version> {
    let version = number.parse();
    if version.is_err() {
        check.hinted(
            "bad-version",
            mark,
            format!("`{number}` is no semantic version"),
            Some("write three numbers, for example `1.2.0`".into()),
        );
    }
    version.ok()
}

fn read_entry(check: &mut Check<'_>, number: &str, at: Mark, node: &Node) -> Option<VersionEntry> {
    let what = format!("version {number}");
    let fields = check.fields(node, &what, ENTRY_KEYS)?;
    let status_node = check.require(&fields, "status", &what)?;
    let status = read_status(check, status_node)?;
    let sha256 = fields
        .get("sha256")
        .and_then(|node| check.filled(node, "sha256"));
    let traffic = fields.get("traffic").and_then(|node| {
        let share = check.number(node, "traffic")?;
        if status != Status::Canary {
            check.error(
                "bad-traffic",
                node.mark,
                format!("only a canary has `traffic`, not a version in {status}"),
            );
        } else if share <= 0.0 || share >= 1.0 {
            check.error(
                "bad-traffic",
                node.mark,
                format!("`traffic` lies between 0 and 1, both exclusive, not {share}"),
            );
        }
        Some(share)
    });
    Some(VersionEntry {
        status,
        sha256,
        traffic,
        includes: read_includes(check, &fields),
        evidence: fields
            .get("evidence")
            .and_then(|node| check.filled(node, "evidence")),
        override_reason: fields
            .get("override")
            .and_then(|node| check.filled(node, "override")),
        at: check.at(at),
    })
}

fn read_status(check: &mut Check<'_>, node: &Node) -> Option<Status> {
    let text = check.string(node, "status")?;
    let status = text.parse();
    if status.is_err() {
        check.hinted(
            "bad-status",
            node.mark,
            format!("unknown status `{text}`"),
            did_you_mean(&text, Status::ALL.map(Status::as_str)),
        );
    }
    status.ok()
}

fn read_includes(check: &mut Check<'_>, fields: &Fields<'_>) -> BTreeMap<String, String> {
    let Some(node) = fields.get("includes") else {
        return BTreeMap::new();
    };
    let includes = check.any_fields(node, "`includes`");
    includes
        .iter()
        .flat_map(Fields::iter)
        .filter_map(|(path, _, node)| Some((path.to_owned(), check.filled(node, path)?)))
        .collect()
}

fn read_segments(check: &mut Check<'_>, segments: &Fields<'_>, family: &mut Family) {
    for (segment, _, node) in segments.iter() {
        let Some(number) = check.string(node, segment) else {
            continue;
        };
        let Some(version) = read_number(check, &number, node.mark) else {
            continue;
        };
        if !family.versions.contains_key(&version) {
            let known: Vec<String> = family.versions.keys().map(ToString::to_string).collect();
            check.hinted(
                "unknown-version",
                node.mark,
                format!("segment `{segment}` names version {version}, which does not exist"),
                did_you_mean(&number, &known),
            );
        }
        family.segments.insert(segment.to_owned(), version);
    }
}
