//! Sets the `changelog` of a version's text and nothing else.

use serde_json::Value;

use super::scan::Scan;
use super::{again, field, filled, write};
use crate::model::Problem;
use crate::source::{Node, Source, Yaml};

/// The text of a version with another changelog; one that has none gets it as its first key.
///
/// # Errors
/// Where the file is no YAML, or is written in a way that cannot be edited.
pub(in crate::registry) fn set_changelog(
    source: &Source,
    changelog: &str,
) -> Result<String, Problem> {
    let root = source.yaml()?;
    let mut meant = filled(&root);
    if let Some(map) = meant.as_object_mut() {
        map.insert("changelog".to_owned(), Value::String(changelog.to_owned()));
    }
    let text = edited(&source.text, &root, changelog);
    text.filter(|text| again(source, text).is_some_and(|root| filled(&root) == meant))
        .ok_or_else(|| refused(source, &root))
}

fn edited(text: &str, root: &Node, changelog: &str) -> Option<String> {
    let scan = Scan::new(text);
    let mut new = text.to_owned();
    if let Some((_, mark, node)) = field(root, "changelog") {
        let flow = scan.indent(scan.at(*mark)?).is_none();
        let range = scan.value(*mark, node, flow)?;
        let gap = if text.get(..range.start)?.ends_with(':') {
            " "
        } else {
            ""
        };
        let value = if flow {
            write::text_in(changelog, None)
        } else {
            write::text_on_line(changelog)
        };
        new.replace_range(range, &format!("{gap}{value}"));
        return Some(new);
    }
    let Yaml::Map(entries) = &root.value else {
        return None;
    };
    let at = scan.at(entries.first()?.1)?;
    let indent = scan.indent(at)?;
    let eol = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let line = format!("changelog: {}{eol}{indent}", write::text_on_line(changelog));
    new.insert_str(at, &line);
    Some(new)
}

fn refused(source: &Source, root: &Node) -> Problem {
    let mark = field(root, "changelog").map(|(_, mark, _)| *mark);
    let at = mark.map_or_else(|| source.whole(), |mark| source.location(mark));
    Problem::error(
        "cannot-edit",
        at,
        "the way `changelog` is written cannot be edited without touching more; nothing was written",
    )
    .hint("copy the file by hand and write a new `changelog`")
}
