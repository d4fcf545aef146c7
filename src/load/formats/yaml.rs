//! YAML: a list of rows. Read whole, so meant for hand-written sets.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use super::entry::FormatEntry;
use crate::fsx::{self, LONGEST_TEXT};
use crate::load::builder::{Builder, Hashed};
use crate::load::case_row;
use crate::load::rows::InMemory;
use crate::model::dataset::Rows;
use crate::model::{Case, Location, Problem};
use crate::source::{Check, Source, Yaml};

pub(super) static ENTRY: FormatEntry = FormatEntry {
    name: "yaml",
    extensions: &["yaml", "yml"],
    summary: "YAML: a list of rows, for sets written by hand",
    example: "- id: late\n  vars: {query: Where is it?}\n  tags: [shipping]\n",
    read,
};

fn read(input: &mut Hashed, _: File, builder: &mut Builder) -> io::Result<Arc<dyn Rows>> {
    let mut bytes = Vec::new();
    input.take(LONGEST_TEXT + 1).read_to_end(&mut bytes)?;
    let cases = if bytes.len() as u64 > LONGEST_TEXT {
        Err(too_long(builder))
    } else {
        cases(&bytes, builder)
    };
    let cases = cases.unwrap_or_else(|problem| {
        builder.problems([problem]);
        Vec::new()
    });
    for case in &cases {
        builder.case(case);
    }
    Ok(Arc::new(InMemory(cases)))
}

fn cases(bytes: &[u8], builder: &mut Builder) -> Result<Vec<Case>, Problem> {
    let source = Source::new(builder.path(), bytes)?;
    let root = source.yaml()?;
    let items = match &root.value {
        Yaml::Seq(items) => items,
        Yaml::Null => return Ok(Vec::new()),
        _ => {
            let message = format!("a dataset is a list of rows, not {}", root.kind());
            let at = source.location(root.mark);
            return Err(Problem::error("wrong-type", at, message));
        }
    };
    let mut cases = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let mut check = Check::new(&source);
        cases.extend(case_row::read(&mut check, item, at + 1));
        builder.problems(check.problems);
        if builder.is_hopeless() {
            break;
        }
    }
    Ok(cases)
}

fn too_long(builder: &Builder) -> Problem {
    let at = Location::file(builder.path().to_string());
    let longest = fsx::mebibytes(LONGEST_TEXT);
    Problem::error(
        "too-long",
        at,
        format!("a dataset in YAML is longer than {longest}"),
    )
    .hint("write it as JSON Lines, which is read row by row: `NAME.jsonl`, a JSON object a line")
}
