//! The house rules, held by tests: ranks, file sizes, module docs, the code map, and which module may use which crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Ranks of docs/ARCHITECTURE.md: a module imports lower ranks only; all may use `model`.
const RANKS: &[(&str, u8)] = &[
    ("model", 0),
    ("fsx", 0),
    ("seal", 0),
    ("secrets", 0),
    ("source", 0),
    ("stats", 0),
    ("template", 0),
    ("text", 0),
    ("aggregate", 1),
    ("call", 1),
    ("gate", 1),
    ("load", 1),
    ("observe", 1),
    ("plan", 1),
    ("publish", 1),
    ("registry", 1),
    ("render", 1),
    ("report", 1),
    ("score", 1),
    ("evidence", 2),
    ("schema", 2),
    ("pipeline", 3),
    ("cli", 4),
];

/// Longest file, in lines.
const MAX_LINES: usize = 400;

/// Modules that may do I/O by themselves.
const IO: &[&str] = &[
    "call", "cli", "fsx", "load", "observe", "publish", "registry", "secrets",
];

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

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder, as path relative to the project and text.
fn rust_files(folder: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(dir) = folders.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let shown = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_string_lossy()
                    .replace('\\', "/");
                files.insert(shown, fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}

/// The top-level module a file of `src/` belongs to.
fn module(path: &str) -> &str {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    let first = rest.split('/').next().unwrap_or(rest);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The code of a file: comments and its unit tests left out.
fn code(text: &str) -> String {
    let own = text.split("#[cfg(test)]").next().unwrap_or(text);
    own.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Modules that code names as `crate::NAME`, braces included.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let names: Vec<&str> = match part.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or("").split(',').collect(),
            None => vec![part],
        };
        for name in names {
            let name: String = name
                .trim()
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            found.insert(name);
        }
    }
    found
}

#[test]
fn modules_import_lower_ranks_only() {
    let ranks: BTreeMap<&str, u8> = RANKS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in rust_files("src") {
        let own = module(&path);
        if ["lib", "main"].contains(&own) {
            continue;
        }
        let rank = *ranks
            .get(own)
            .unwrap_or_else(|| panic!("{path}: `{own}` has no rank"));
        for name in imports(&code(&text)) {
            let Some(other) = ranks.get(name.as_str()) else {
                continue;
            };
            if name != own && name != "model" && *other >= rank {
                wrong.push(format!(
                    "{path} (rank {rank}) imports {name} (rank {other})"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_ranked_module_exists_and_stands_in_the_code_map() {
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for (name, _) in RANKS {
        let file = root().join(format!("src/{name}.rs"));
        let folder = root().join(format!("src/{name}/mod.rs"));
        assert!(
            file.exists() || folder.exists(),
            "there is no module {name}"
        );
        assert!(
            map.contains(&format!("`{name}`")),
            "docs/ARCHITECTURE.md does not name `{name}`"
        );
    }
    for path in map
        .split('`')
        .filter(|word| word.starts_with("src/") || word.starts_with("tests/"))
    {
        assert!(
            root().join(path).exists(),
            "docs/ARCHITECTURE.md names {path}, which does not exist"
        );
    }
}

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

#[test]
fn every_file_is_declared() {
    let files = rust_files("src");
    for path in files.keys() {
        let path = Path::new(path);
        let stem = path.file_stem().unwrap().to_string_lossy();
        let dir = path.parent().unwrap();
        if ["lib", "main"].contains(&stem.as_ref()) {
            continue;
        }
        let (name, parent) = if stem == "mod" {
            (
                dir.file_name().unwrap().to_string_lossy(),
                dir.parent().unwrap(),
            )
        } else {
            (stem, dir)
        };
        let candidates = [
            parent.join("mod.rs"),
            parent.join("lib.rs"),
            parent.with_extension("rs"),
        ];
        let declared = candidates.iter().any(|file| {
            files
                .get(file.to_string_lossy().as_ref())
                .is_some_and(|text| text.contains(&format!("mod {name};")))
        });
        assert!(declared, "{} is declared nowhere", path.display());
    }
}

#[test]
fn stages_that_are_pure_do_no_io_and_take_no_clock() {
    let forbidden = [
        "std::fs",
        "File::",
        "std::env::var",
        "SystemTime::now",
        "Instant::now",
        "ThreadTime::now",
        "Timestamp::now",
        "std::process",
        "tokio::",
        "std::net",
    ];
    let impure = |own: &str| IO.contains(&own) || ["lib", "main", "pipeline"].contains(&own);
    for (path, text) in rust_files("src") {
        if impure(module(&path)) {
            continue;
        }
        let code = code(&text);
        for word in forbidden {
            // What no count ends ends by the clock, as an error.
            if path == "src/template/meter.rs" && word == "ThreadTime::now" {
                continue;
            }
            assert!(!code.contains(word), "{path} is pure and uses {word}");
        }
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
    for (path, text) in rust_files("src") {
        if path.starts_with("src/fsx") {
            continue;
        }
        let code = code(&text);
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
    for (path, text) in rust_files("src") {
        let code = code(&text);
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
            if path.ends_with("architecture.rs") {
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
