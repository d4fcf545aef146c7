//! Whole reports held against the committed ones in `tests/fixtures/report`; `PROMPTEVAL_BLESS=1` writes them anew.

use std::path::PathBuf;

use prompteval::report::terminal::{self, Style};
use prompteval::report::{REPORTERS, View};

use crate::scenarios;

/// Each way a scenario is reported: the file's ending and its bytes.
fn reports(view: &View<'_>) -> Vec<(String, Vec<u8>)> {
    let mut reports = Vec::new();
    // The page's own script and style would be most of its snapshot: `html.rs` looks at what is in it.
    for entry in REPORTERS.iter().filter(|entry| entry.name != "html") {
        let mut bytes = Vec::new();
        (entry.write)(view, &mut bytes).unwrap();
        reports.push((entry.extension.to_owned(), bytes));
    }
    let narrow = Style::default();
    let wide = Style {
        width: 200,
        color: true,
        ..narrow
    };
    let quiet = Style {
        quiet: true,
        ..narrow
    };
    for (ending, style) in [("80.txt", narrow), ("200.ansi", wide), ("quiet.txt", quiet)] {
        let mut bytes = Vec::new();
        terminal::write(view, style, &mut bytes).unwrap();
        reports.push((ending.to_owned(), bytes));
    }
    reports
}

#[test]
fn reports_are_the_committed_ones() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures/report"]
        .iter()
        .collect();
    let bless = std::env::var_os("PROMPTEVAL_BLESS").is_some();
    let mut stale = Vec::new();
    for (name, (run, verdict)) in scenarios::all() {
        for (ending, bytes) in run.view(&verdict, reports) {
            let path = folder.join(format!("{name}.{ending}"));
            if bless {
                std::fs::write(&path, &bytes).unwrap();
            } else if std::fs::read(&path).ok().as_ref() != Some(&bytes) {
                stale.push(format!("{name}.{ending}"));
            }
        }
    }
    assert!(
        stale.is_empty(),
        "changed: {}; look at them with PROMPTEVAL_BLESS=1 and `git diff`",
        stale.join(", ")
    );
}
