//! The language of docs, help, messages and comments: phrases that no engineer writes are named with their place and a better word.

use std::fs;

use crate::pages::{pages, root};
use crate::project::Project;

/// A phrase, in lower case, and what to write. docs/STYLE.md says how we write.
const BANNED: &[(&str, &str)] = &[
    (" to mend", "fix"),
    ("mends ", "fixes"),
    ("a mend ", "a fix"),
    ("to be had", "available, installed by"),
    ("can be had", "are available"),
    ("is had", "is available"),
    ("gone on with", "resumed"),
    ("go on with", "resume, continue with"),
    ("goes on with", "resumes, continues with"),
    ("asked anew", "asked again, retried"),
    ("came to its end", "finished"),
    ("come to its end", "finish"),
    ("comes to the same verdict", "reaches the same verdict"),
    ("one trial came to", "the result of one trial"),
    ("let go of", "released, dropped"),
    ("for want of", "without"),
    ("dear enough", "expensive enough"),
    ("the dearest", "the most expensive"),
    ("in case of need", "if needed"),
    ("a time of its own", "its own time"),
    ("stands in the way", "blocks"),
    ("made good", "fixed, repaid"),
    ("as it were", "leave it out"),
];

/// Phrases that pages and help avoid besides; comments still have some of them.
const BANNED_ON_PAGES: &[(&str, &str)] = &[
    (" stands in ", "is in, appears in"),
    (" stand in ", "are in, appear in"),
    (" stands twice", "appears twice"),
    ("keeps to ", "follows, respects"),
    ("tried again", "retried"),
    ("is given up", "is disabled, fails"),
    (
        "what it was promoted for",
        "how it behaved when it was promoted",
    ),
    ("tells apart", "distinguishes"),
    ("whatever it is doing", "at once"),
];

/// What breaks the rules in a text, one line each.
fn faults(path: &str, text: &str, banned: &[(&str, &str)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let lower = line.to_lowercase();
        for (phrase, better) in banned.iter().filter(|(phrase, _)| lower.contains(phrase)) {
            faults.push(format!(
                "{path}:{}: `{}`: write {better}",
                number + 1,
                phrase.trim()
            ));
        }
    }
    faults
}

#[test]
fn pages_are_plain_english() {
    let pages = pages();
    let written = pages.iter().filter(|(path, _)| *path != "docs/STYLE.md");
    let banned = [BANNED, BANNED_ON_PAGES].concat();
    let wrong: Vec<_> = written
        .flat_map(|(path, text)| faults(path, text, &banned))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn help_is_plain_english() {
    let project = Project::empty();
    let _ = project.run(&["man", "--dir", "man"]).exits(0);
    let banned = [BANNED, BANNED_ON_PAGES].concat();
    let mut seen = 0;
    for page in fs::read_dir(project.path("man"))
        .unwrap()
        .map(Result::unwrap)
    {
        let text = fs::read_to_string(page.path()).unwrap().replace("\\-", "-");
        let wrong = faults(&page.file_name().to_string_lossy(), &text, &banned);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        seen += 1;
    }
    assert!(seen > 15, "a page for each command");
}

/// Messages are string literals, and comments stand beside them: all of the source is read.
#[test]
fn messages_and_comments_are_plain_english() {
    let mut wrong = Vec::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                wrong.extend(faults(&path.to_string_lossy(), &text, BANNED));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_banned_phrase_is_found_with_its_line() {
    let found = faults("page.md", "Fine.\nIt says how To Mend it.", BANNED);
    assert_eq!(found, ["page.md:2: `to mend`: write fix"]);
}
