//! YAML: a list of rows. Read whole, so meant for hand-written sets.

use super::FormatEntry;
use crate::load::case_row;
use crate::load::dataset::Rows;
use crate::model::Problem;
use crate::source::{Check, Source, Yaml};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "yaml",
    extensions: &["yaml", "yml"],
    summary: "YAML: a list of rows, for sets written by hand",
    example: "- id: late\n  vars: {query: Where is it?}\n  tags: [shipping]\n",
    read,
};

fn read(bytes: &[u8], rows: &mut Rows) {
    let source = match Source::new(rows.path(), bytes) {
        Ok(source) => source,
        Err(problem) => return rows.problems([problem]),
    };
    let root = match source.yaml() {
        Ok(root) => root,
        Err(problem) => return rows.problems([problem]),
    };
    let items = match &root.value {
        Yaml::Seq(items) => items,
        Yaml::Null => return,
        _ => {
            let message = format!("a dataset is a list of rows, not {}", root.kind());
            let at = source.location(root.mark);
            return rows.problems([Problem::error("wrong-type", at, message)]);
        }
    };
    for (at, item) in items.iter().enumerate() {
        let mut check = Check::new(&source);
        let case = case_row::read(&mut check, item, at + 1);
        rows.problems(check.problems);
        if let Some(case) = case {
            rows.case(case, || source.location(item.mark));
        }
        if rows.is_hopeless() {
            break;
        }
    }
}
