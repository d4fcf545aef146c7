//! What every file keeps to: its length, its first sentence, the crates it may name, and I/O where it belongs.

use std::path::Path;

use super::code::{SRC, rust_files, shown};
use super::rooms::room;

/// Longest file, in lines.
const MAX_LINES: usize = 400;

/// Crates that only these places may name, so that they can be replaced there.
const CONFINED: &[(&str, &str)] = &[
    ("clap::", "src/cli/"),
    ("axum::", "src/cli/commands/view/"),
    ("indicatif::", "src/observe/progress"),
    ("reqwest::", "src/call/ src/publish/"),
    ("async_openai::", "src/call/"),
    ("junit_report::", "src/report/"),
    ("maud::", "src/report/html/"),
    ("minijinja::", "src/template/"),
    ("serde_saphyr::", "src/source/yaml.rs"),
    ("annotate_snippets::", "src/cli/problems.rs"),
    ("jsonschema::", "src/score/"),
    ("statrs::", "src/stats/"),
    ("ring::signature", "src/seal/"),
];

#[test]
fn every_file_opens_with_its_purpose_and_stays_short() {
    for folder in ["src", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            assert!(
                text.starts_with("//! ") || text.starts_with("#![doc = include_str!("),
                "{path} does not open with a sentence of purpose"
            );
            let lines = text.lines().count();
            assert!(
                lines <= MAX_LINES,
                "{path} has {lines} lines, more than {MAX_LINES}"
            );
        }
    }
}

/// The lint that knows what reads a clock, a file or the environment, by `.clippy.toml`.
const IMPURE: &str = "disallowed_methods";

/// Rooms that may do I/O by themselves: those that say so where they are declared.
fn impure_rooms() -> Vec<String> {
    let lib = shown(&SRC["src/lib.rs"]);
    let declared = lib.split(';').filter(|module| module.contains(IMPURE));
    let names = declared.filter_map(|module| module.rsplit(' ').next());
    names.map(str::to_owned).collect()
}

#[test]
fn stages_that_are_pure_do_no_io_and_take_no_clock() {
    let impure = impure_rooms();
    assert!(impure.len() > 5 && impure.len() < 15, "{impure:?}");
    for (path, code) in SRC.iter() {
        let own = room(path);
        if own == "lib" || own == "main" || impure.iter().any(|room| room == own) {
            continue;
        }
        let code = shown(code);
        for word in ["std::fs", "std::net", "std::process", "tokio::"] {
            assert!(!code.contains(word), "{path} is pure and uses {word}");
        }
        // What no count ends ends by the clock, as an error.
        let allowed = usize::from(path == "src/template/meter.rs");
        let found = code.matches(IMPURE).count();
        assert_eq!(found, allowed, "{path} is pure and does not keep to it");
    }
}

/// A pipe in the place of a file would be waited for without end, and a long one fill the memory: `fsx` looks before it opens.
#[test]
fn files_are_opened_for_reading_in_one_place() {
    let readers = [
        "File::open(",
        "File::open)",
        "fs::read(",
        "fs::read_to_string(",
        "tokio::fs",
    ];
    for (path, code) in SRC.iter() {
        if path.starts_with("src/fsx") {
            continue;
        }
        let code = shown(code);
        for word in readers {
            // `JournalFile::open` is no `File::open`.
            let found = code.match_indices(word).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            });
            assert!(!found, "{path} opens a file by `{word}`: use `fsx`");
        }
        // A file that is opened to be read and written has to be looked at first, too.
        let opens = code.matches(".read(true)").count();
        let looks = code.matches("fsx::require_regular_or_none(").count();
        assert!(opens <= looks, "{path} does not look at what it opens");
    }
}

#[test]
fn a_crate_that_could_be_replaced_is_named_in_one_place() {
    for (path, code) in SRC.iter() {
        let code = shown(code);
        for (krate, place) in CONFINED {
            assert!(
                place.split(' ').any(|place| path.starts_with(place)) || !code.contains(krate),
                "{path} names {krate}, which belongs into {place}"
            );
        }
    }
}

#[test]
fn nothing_is_left_over() {
    for folder in ["src", "tests", "benches"] {
        for (path, text) in rust_files(folder) {
            if path.ends_with("architecture/house.rs") {
                continue;
            }
            for word in [
                "TODO",
                "FIXME",
                "todo!(",
                "unimplemented!(",
                "#[ignore",
                "dbg!(",
                "unsafe {",
            ] {
                assert!(!text.contains(word), "{path} holds {word}");
            }
        }
    }
    for word in ["util", "helpers", "common"] {
        for path in rust_files("src").keys() {
            let named = Path::new(path).iter().any(|part| {
                let part = part.to_string_lossy();
                part == word || part == format!("{word}.rs")
            });
            assert!(!named, "{path}: a name that says nothing");
        }
    }
}
