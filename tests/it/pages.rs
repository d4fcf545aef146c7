//! The pages that people read: every link and anchor leads somewhere, and every page is found from the index.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The root of this repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a page.
pub(crate) fn page(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    text.replace("\r\n", "\n")
}

/// Every page for people, by path.
pub(crate) fn pages() -> BTreeMap<String, String> {
    let mut paths = vec![
        "README.md".to_owned(),
        "CHANGELOG.md".to_owned(),
        "tests/samples/README.md".to_owned(),
    ];
    for entry in fs::read_dir(root().join("docs"))
        .unwrap()
        .map(Result::unwrap)
    {
        let name = entry.file_name().into_string().unwrap();
        if Path::new(&name).extension().is_some_and(|end| end == "md") {
            paths.push(format!("docs/{name}"));
        }
    }
    let read = |path: String| (path.clone(), page(&path));
    paths.into_iter().map(read).collect()
}

/// The fenced code of a language (of any, where it is empty).
pub(crate) fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut inside = false;
    for event in parsed(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(of)))
                if language.is_empty() || *of == *language =>
            {
                inside = true;
                blocks.push(String::new());
            }
            Event::End(TagEnd::CodeBlock) => inside = false,
            Event::Text(code) if inside => {
                if let Some(block) = blocks.last_mut() {
                    block.push_str(&code);
                }
            }
            _ => {}
        }
    }
    blocks
}

fn parsed(text: &str) -> Parser<'_> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
}

/// Where a page links to, pictures included.
fn links(text: &str) -> Vec<String> {
    let target = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    };
    parsed(text).filter_map(target).collect()
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut heading = None;
    for event in parsed(text) {
        match (event, &mut heading) {
            (Event::Start(Tag::Heading { .. }), _) => heading = Some(String::new()),
            (Event::Text(text) | Event::Code(text), Some(words)) => words.push_str(&text),
            (Event::End(TagEnd::Heading(_)), words) => {
                let anchor = anchor(&words.take().unwrap_or_default());
                let mut free = anchor.clone();
                let mut count = 0;
                while !anchors.insert(free.clone()) {
                    count += 1;
                    free = format!("{anchor}-{count}");
                }
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        _ => None,
    };
    heading.to_lowercase().chars().filter_map(kept).collect()
}

/// The file that a link of a page leads to, from the root of the repository; nothing where it leads out of it.
fn target(page: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<_> = Path::new(page).parent()?.components().collect();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::Normal(_) => parts.push(part),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let path: PathBuf = parts.into_iter().collect();
    path.to_str().map(|path| path.replace('\\', "/"))
}

/// What is wrong with the links of these pages, one line each.
fn broken(pages: &BTreeMap<String, String>, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for (path, text) in pages {
        for link in links(text) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let Some(to) = target(path, file).filter(|to| exists(to)) else {
                wrong.push(format!("{path}: `{link}` leads nowhere"));
                continue;
            };
            let known = pages.get(&to).map(|text| anchors(text));
            if !anchor.is_empty() && !known.is_some_and(|known| known.contains(anchor)) {
                wrong.push(format!("{path}: {to} has no heading `{link}`"));
            }
        }
    }
    wrong
}

#[test]
fn every_link_and_every_anchor_leads_somewhere() {
    let wrong = broken(&pages(), |path| root().join(path).exists());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_links_and_anchors_are_found() {
    let page = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let pages = [
        page("README.md", "# A\n[1](docs/a.md#what-it-is) [2](docs/b.md) [3](#a) [4](#b)"),
        page("docs/a.md", "## What `it` is?\n## Twice\n## Twice\n[5](../README.md#a) [6](a.md#twice-1) [7](#twice-2) [8](../../x)"),
        page("docs/c.md", "```md\n[9](nowhere.md)\n```\n![10](none.svg)"),
    ]
    .into();
    let wrong = broken(&pages, |path| pages.contains_key(path));
    let named: Vec<&str> = wrong
        .iter()
        .filter_map(|line| line.split('`').nth(1))
        .collect();
    assert_eq!(
        named,
        ["docs/b.md", "#b", "#twice-2", "../../x", "none.svg"]
    );
}

#[test]
fn the_index_of_the_docs_names_every_page() {
    let index = "docs/README.md";
    let pages = pages();
    let linked: BTreeSet<String> = links(&pages[index])
        .iter()
        .filter_map(|link| target(index, link.split('#').next()?))
        .collect();
    for path in pages.keys().filter(|path| path.starts_with("docs/")) {
        assert!(
            path == index || linked.contains(path),
            "{index} does not link to {path}"
        );
    }
    assert!(
        links(&pages["README.md"]).iter().any(|link| link == index),
        "the README leads to the index"
    );
}

#[test]
fn the_readme_is_a_page() {
    let lines = page("README.md").lines().count();
    assert!(
        lines <= 120,
        "README.md has {lines} lines: move some of it to docs/"
    );
}
