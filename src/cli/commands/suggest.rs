//! `check --suggest-clusters`: a cluster for rows that ask nearly the same, written where nothing else of a file changes.

use std::collections::HashMap;
use std::io::{self, BufReader};
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
        let failed = |error: io::Error| CliError::system(format!("{}: {error}", one.dataset));
        write_clusters(&path, one).map_err(failed)?;
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
fn write_clusters(path: &Path, found: &NearDuplicateRows) -> io::Result<()> {
    let mut clusters: HashMap<usize, String> = HashMap::new();
    for group in &found.groups {
        for row in group {
            clusters.insert(row.line, cluster_name(group));
        }
    }
    let mut reader = BufReader::new(fsx::open(path)?);
    let mut line = Vec::new();
    fsx::Pending::create(path)?.finish(|out| {
        let mut number = 0;
        while fsx::own_line(&mut reader, &mut line)? > 0 {
            number += 1;
            let end = line.iter().rposition(|byte| *byte == b'}');
            if let (Some(cluster), Some(end)) = (clusters.get(&number), end) {
                let (row, rest) = line.split_at(end);
                out.write_all(row)?;
                write!(out, ", \"cluster\": {}", Value::from(cluster.as_str()))?;
                out.write_all(rest)?;
            } else {
                out.write_all(&line)?;
            }
        }
        Ok(())
    })
}
