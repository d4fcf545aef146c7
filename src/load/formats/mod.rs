//! Formats of datasets: one file and one line in the table each.

mod csv;
mod entry;
mod json_fault;
mod jsonl;
mod quotes;
mod yaml;

pub use entry::FormatEntry;

/// Every format, by name.
pub(crate) static FORMATS: &[&FormatEntry] = &[&csv::ENTRY, &jsonl::ENTRY, &yaml::ENTRY];

/// The format of a path, by its ending.
pub(crate) fn by_path(path: &str) -> Option<&'static FormatEntry> {
    let (_, end) = path.rsplit_once('.')?;
    let end = end.to_ascii_lowercase();
    FORMATS
        .iter()
        .copied()
        .find(|format| format.extensions.contains(&end.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problems;

    fn read(name: &str, bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(name), bytes).unwrap();
        let mut problems = Problems::default();
        let dataset = super::super::dataset::read(dir.path(), name, &mut problems);
        let ids = dataset
            .map(|d| d.cases().map(|c| c.unwrap().id).collect())
            .unwrap_or_default();
        let shown = problems
            .iter()
            .map(|p| format!("{} {}", p.location, p.message))
            .collect();
        (ids, shown)
    }

    #[test]
    fn the_example_of_every_format_is_read() {
        for format in FORMATS {
            let name = format!("x.{}", format.extensions[0]);
            let (ids, problems) = read(&name, format.example.as_bytes());
            assert!(
                !ids.is_empty() && problems.is_empty(),
                "{name}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_byte_order_mark_crlf_and_quoted_newlines_are_no_trouble() {
        let csv =
            "\u{feff}id,query,tags\r\na,\"two\r\nlines, \"\"quoted\"\"\",\"x;y\"\r\n\r\nb,ü,\r\n";
        assert_eq!(
            read("x.csv", csv.as_bytes()),
            (vec!["a".into(), "b".into()], vec![])
        );
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("x.csv"), csv).unwrap();
        let dataset = super::super::dataset::read(dir.path(), "x.csv", &mut Problems::default());
        let second = dataset.unwrap().case(1).unwrap();
        assert_eq!((second.vars["query"].as_str(), second.line), (Some("ü"), 5));
        std::fs::write(dir.path().join("y.csv"), "id,query\na,one \nb, two\t\n").unwrap();
        let dataset = super::super::dataset::read(dir.path(), "y.csv", &mut Problems::default());
        let cases = dataset
            .unwrap()
            .cases()
            .map(|case| case.unwrap().vars["query"].clone())
            .collect::<Vec<_>>();
        assert_eq!(cases, ["one ", " two\t"]);
        let jsonl = "\u{feff}{\"id\":\"a\",\"vars\":{}}\r\n\r\n{\"vars\":{\"q\":\"é\"}}\r\n";
        assert_eq!(read("x.jsonl", jsonl.as_bytes()).0, ["a", "2"]);
    }

    #[test]
    fn bad_rows_are_named_by_line_and_field_and_all_at_once() {
        let jsonl =
            "{\"vars\":{}}\n{\"var\":{}}\n{\"vars\":3}\n{oops\n{\"id\":\"1\",\"vars\":{}}\n";
        let (ids, problems) = read("x.jsonl", jsonl.as_bytes());
        assert!(ids.is_empty());
        assert_eq!(
            problems,
            [
                "x.jsonl:2:2 unknown key `var` in a row",
                "x.jsonl:2:1 a row has no `vars`",
                "x.jsonl:3:9 `vars` takes a mapping, not a number",
                "x.jsonl:4:2 `oops` is not valid JSON: a key stands in double quotes",
                "x.jsonl:5:1 the id `1` is already on line 1",
            ]
        );
    }

    #[test]
    fn what_is_no_json_is_told_in_plain_words_at_its_place() {
        for (row, told) in [
            ("xyz", "1 `xyz` is not valid JSON: a value is an object"),
            (
                "{\"vars\": nulx}",
                "10 `nulx` is not valid JSON: a text stands in double quotes",
            ),
            ("{\"vars\": {\"ü\": tru}}", "16 `tru` is not valid JSON"),
            (
                "{\"vars\" {}}",
                "9 the row is not valid JSON: a `:` is missing",
            ),
            (
                "{\"vars\": {}",
                "11 the row is not valid JSON: the row ends within an object",
            ),
            (
                "{\"vars\": {}} {}",
                "14 the row is not valid JSON: the row's value is complete, and `{` follows",
            ),
            (
                "{\"vars\": {},}",
                "13 the row is not valid JSON: a comma stands before `}`",
            ),
            (
                "{\"vars\": {\"a\": \"\\d\"}}",
                "18 the row is not valid JSON: a backslash",
            ),
            (
                "{\"vars\": {\"a\": \"x",
                "17 the row is not valid JSON: the row ends within a text",
            ),
        ] {
            let (_, problems) = read("x.jsonl", row.as_bytes());
            let start = format!("x.jsonl:1:{told}");
            assert!(
                problems.len() == 1 && problems[0].starts_with(&start),
                "{problems:?}"
            );
        }
    }

    #[test]
    fn an_empty_file_a_ragged_row_and_bad_utf8_are_problems() {
        for name in ["x.jsonl", "x.csv", "x.yaml"] {
            assert_eq!(read(name, b"").1.len(), 1, "{name}");
        }
        assert!(read("x.csv", b"a,b\n1,2\n3\n").1[0].starts_with("x.csv:3"));
        assert!(read("x.jsonl", b"{\"vars\":{}}\n\xff\n").1[0].starts_with("x.jsonl:2"));
    }
}
