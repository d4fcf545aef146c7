//! Rooms: the modules of `src/` and their ranks.

use std::collections::BTreeMap;
use std::fs;

use super::code::{SRC, root};
use super::graph::Graph;

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
    ("stored", 3),
    ("pipeline", 4),
    ("cli", 5),
];

/// The room a file of `src/` belongs to.
pub(super) fn room(path: &str) -> &str {
    let rest = path.strip_prefix("src/").unwrap_or(path);
    let first = rest.split('/').next().unwrap_or(rest);
    first.strip_suffix(".rs").unwrap_or(first)
}

#[test]
fn rooms_import_lower_ranks_only() {
    let ranks: BTreeMap<&str, u8> = RANKS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, names) in Graph::new(&SRC).rooms() {
        let own = room(path);
        if own == "lib" {
            continue;
        }
        let rank = *ranks
            .get(own)
            .unwrap_or_else(|| panic!("{path}: `{own}` has no rank"));
        for name in names {
            let other = *ranks
                .get(name.as_str())
                .unwrap_or_else(|| panic!("{path} imports `{name}`, which has no rank"));
            if name != own && name != "model" && other >= rank {
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
fn every_file_is_declared() {
    let graph = Graph::new(&SRC);
    let declared = graph.paths();
    let files = SRC.keys().map(String::as_str);
    let forgotten: Vec<&str> = files
        .filter(|path| !declared.contains(path) && *path != "src/main.rs")
        .collect();
    assert!(forgotten.is_empty(), "declared nowhere: {forgotten:?}");
}
