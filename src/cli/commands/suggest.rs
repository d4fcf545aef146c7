//! `check --suggest-clusters`: a cluster for rows that ask nearly the same, written where nothing else of a file changes.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use crate::cli::error::CliError;
use crate::cli::ui::{Ui, counted};
use crate::fsx;
use crate::model::{Location, Problem, Problems};
use crate::pipeline::{NearDuplicateRows, cluster_name};

/// Groups that are named in a warning.
const SHOWN: usize = 3;

/// What `check` says of near-duplicates.
pub(super) fn warnings(found: &[NearDuplicateRows]) -> Problems {
    let mut problems = Problems::default();
    for one in found {
        let first = one.groups.first().map_or(&[][..], Vec::as_slice);
        let line = first.first().map_or(1, |row| row.line);
        let shown: Vec<String> = one
            .groups
            .iter()
            .take(SHOWN)
            .map(|group| {
                let ids: Vec<&str> = group
                    .iter()
                    .take(SHOWN)
                    .map(|row| row.id.as_str())
                    .collect();
                let more = if group.len() > SHOWN { ", ..." } else { "" };
                format!("{}{more}", ids.join(", "))
            })
            .collect();
        let more = if one.groups.len() > SHOWN {
            "; ..."
        } else {
            ""
        };
        let message = format!(
            "{} ask nearly the same as another, in {} ({}{more}): without a `cluster` they are taken for independent, and harmless changes are blocked far more often than 5 % of the time",
            counted(one.rows(), "row"),
            counted(one.groups.len(), "group"),
            shown.join("; ")
        );
        let hint = format!(
            "add \"cluster\": \"{}\" to the rows of a group, or let `prompteval check --suggest-clusters` do it",
            cluster_name(first)
        );
        let at = Location {
            line,
            column: 1,
            length: 1,
            ..Location::file(one.dataset.clone())
        };
        problems.push(Problem::warning("near-duplicates", at, message).hint(hint));
    }
    problems
}

/// Writes the clusters into JSON Lines; prints them for other formats, whose layout is their author's.
pub(super) fn write(root: &Path, found: &[NearDuplicateRows], ui: &Ui) -> Result<(), CliError> {
    for one in found {
        let path = root.join(&one.dataset);
        let is_json_lines = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("jsonl"));
        if !is_json_lines {
            ui.note(&format!(
                "{} is not JSON Lines: give these rows their cluster by hand",
                one.dataset
            ));
            for group in &one.groups {
                for row in group {
                    let line = Value::from(vec![row.id.clone(), cluster_name(group)]);
                    ui.print(&format!("{line}\n"));
                }
            }
            continue;
        }
        let failed = |error: std::io::Error| CliError::system(format!("{}: {error}", one.dataset));
        let bytes = fsx::read(&path).map_err(failed)?;
        fsx::replace(&path, &with_clusters(&bytes, one)).map_err(failed)?;
        ui.print(&format!(
            "{}: {} got a cluster, in {}\n",
            one.dataset,
            counted(one.rows(), "row"),
            counted(one.groups.len(), "group")
        ));
    }
    Ok(())
}

/// The same lines, with a key more before the last brace of each row of a group.
fn with_clusters(bytes: &[u8], found: &NearDuplicateRows) -> Vec<u8> {
    let mut clusters: HashMap<usize, String> = HashMap::new();
    for group in &found.groups {
        for row in group {
            clusters.insert(row.line, cluster_name(group));
        }
    }
    let mut written = Vec::with_capacity(bytes.len());
    for (number, line) in (1_usize..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let end = line.iter().rposition(|byte| *byte == b'}');
        match (clusters.get(&number), end) {
            (Some(cluster), Some(end)) => {
                let (row, rest) = line.split_at(end);
                written.extend_from_slice(row);
                let cluster = Value::from(cluster.as_str());
                written.extend_from_slice(format!(", \"cluster\": {cluster}").as_bytes());
                written.extend_from_slice(rest);
            }
            _ => written.extend_from_slice(line),
        }
    }
    written
}
