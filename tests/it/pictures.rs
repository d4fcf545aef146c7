//! Pictures and examples in the README are what the program prints; `PROMPTEVAL_BLESS=1 cargo test --test it pictures` writes the pictures.

use std::fs;
use std::path::{Path, PathBuf};

use anstyle_svg::{Term, WIN10_CONSOLE};
use regex_automata::meta::Regex;

use crate::pages::{blocks, page, root};
use crate::project::{Outcome, Project};

/// Each picture, and the command whose output it shows.
const PICTURES: [(&str, &str); 1] = [("docs/images/run.svg", "run product-description")];

/// How the pages call the program.
const PROGRAM: &str = "$ cargo run --release -- ";

/// Ids and times of a run, and what stands in their place.
const VARIES: [(&str, &str); 2] = [
    (
        r"Run \d{8}T\d{9}Z-[0-9a-f]{4}",
        "Run 20261126T090000000Z-0000",
    ),
    (r"\d+\.\d+ s\b", "0.05 s"),
];

/// The sample project of this repository without what earlier runs left.
fn samples() -> Project {
    fn copy(from: &Path, to: &Path) {
        if from.is_dir() {
            fs::create_dir_all(to).unwrap();
            for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        } else {
            let _ = fs::copy(from, to).unwrap();
        }
    }
    let project = Project::empty();
    for path in ["prompteval.yaml", "prompts", "datasets", "evals"] {
        copy(&root().join(path), &project.path(path));
    }
    project
}

/// What a command prints in the sample project: standard error first, which tells what will be called.
fn printed(args: &str, color: &str) -> String {
    let args = args.split(' ').chain(["--color", color]);
    let output = samples()
        .command(&args.collect::<Vec<_>>())
        .output()
        .unwrap();
    let Outcome { stdout, stderr, .. } = Outcome::of(&output);
    settled(&format!("{stderr}{stdout}"))
}

/// The text with ids and times that are the same in every run.
fn settled(text: &str) -> String {
    VARIES
        .iter()
        .fold(text.to_owned(), |text, (pattern, fixed)| {
            let found = Regex::new(pattern).unwrap();
            let mut settled = String::new();
            let mut from = 0;
            for place in found.find_iter(&text) {
                settled += &text[from..place.start()];
                settled += fixed;
                from = place.end();
            }
            settled + &text[from..]
        })
}

#[test]
fn pictures_show_what_the_program_prints() {
    for (path, args) in PICTURES {
        let text = format!("{PROGRAM}{args}\n{}", printed(args, "always"));
        assert!(
            text.contains('\u{1b}'),
            "colours belong into a picture: {text}"
        );
        let light = anstyle::RgbColor(0xdd, 0xdd, 0xdd);
        let term = Term::new().palette(WIN10_CONSOLE).fg_color(light.into());
        // Dimmed text has to be readable on a page, too.
        let drawn = term.render_svg(text.trim_end());
        let drawn = drawn.replace("opacity: 0.4", "opacity: 0.65");
        let file: PathBuf = root().join(path);
        if std::env::var_os("PROMPTEVAL_BLESS").is_some() {
            fs::write(&file, &drawn).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed.replace("\r\n", "\n") == drawn,
            "{path} is not what `{args}` prints; PROMPTEVAL_BLESS=1 writes it"
        );
        assert!(page("README.md").contains(path), "the README shows {path}");
    }
}

#[test]
fn examples_in_the_readme_are_what_the_program_prints() {
    let mut seen = 0;
    for block in blocks(&page("README.md"), "console") {
        let mut lines = block.lines().peekable();
        while let Some(line) = lines.next() {
            let mut shown = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
                shown += line;
                shown += "\n";
            }
            if let (Some(args), false) = (line.strip_prefix(PROGRAM), shown.is_empty()) {
                let printed = printed(args, "never");
                assert_eq!(settled(&shown).trim_end(), printed.trim_end(), "{args}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "the README shows what a blocked run prints");
}

#[test]
fn the_two_commands_of_the_readme_are_those_of_ci() {
    let script = fs::read_to_string(root().join(".ci/run")).unwrap();
    let shown = blocks(&page("README.md"), "console").concat();
    for command in ["cargo run --release -- run", "cargo test"] {
        assert!(
            shown.lines().any(|line| line == format!("$ {command}")),
            "{command}"
        );
        assert!(script.lines().any(|line| line == command), "{command}");
    }
}

/// The suite that a reader of the README types: each file stands in the block below its name.
#[test]
fn the_first_suite_of_the_readme_works_as_written() {
    let project = Project::empty();
    let page = page("README.md");
    let mut files = 0;
    for (name, rest) in page
        .split("**`")
        .skip(1)
        .filter_map(|part| part.split_once("`**"))
    {
        let block = blocks(rest, "").swap_remove(0);
        project.file(name, &block);
        files += 1;
    }
    assert_eq!(files, 4, "settings, a version, a dataset and a suite");
    let commands = Regex::new(r"\$ prompteval (check|plan|render)[a-z ]*").unwrap();
    let mut called = 0;
    for place in commands.find_iter(&page) {
        let line = page[place.range()]
            .trim_start_matches("$ prompteval ")
            .trim();
        let outcome = project.run(&line.split(' ').collect::<Vec<_>>()).exits(0);
        assert!(!outcome.stdout.is_empty(), "{line}");
        called += 1;
    }
    assert!(called >= 3, "check, plan and render");
}
