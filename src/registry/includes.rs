//! Templates that versions include: literal paths below `prompts/`, and nothing outside of it.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::PROMPTS;
use crate::fsx;
use crate::model::{Location, Problem, Problems, PromptVersion};
use crate::template::{Engine, inclusions};

/// An engine whose templates may include files below the project's `prompts/`.
pub fn engine(root: &Path) -> Engine {
    let root = root.to_owned();
    Engine::new().with_includes(move |path| {
        let bytes = fsx::read_text(&resolve(&root, path)?).ok()?;
        String::from_utf8(bytes).ok()
    })
}

/// Every template that these texts include, be it through another one, with its hash; an empty one where it is not there.
pub fn includes_of<'a>(
    root: &Path,
    texts: impl IntoIterator<Item = &'a str>,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open: Vec<String> = texts.into_iter().flat_map(named).collect();
    while let Some(path) = open.pop() {
        if found.contains_key(&path) {
            continue;
        }
        let bytes = resolve(root, &path).and_then(|file| fsx::read_text(&file).ok());
        let text = bytes.as_deref().map(String::from_utf8_lossy);
        open.extend(text.iter().flat_map(|text| named(text)));
        let hash = bytes.map(|bytes| fsx::sha256_lf(&bytes));
        found.insert(path, hash.unwrap_or_default());
    }
    found
}

/// What a version's templates include, with its hash.
pub fn includes_of_version(root: &Path, version: &PromptVersion) -> BTreeMap<String, String> {
    let texts = version.messages.iter();
    includes_of(root, texts.map(|message| message.content.source.as_str()))
}

/// A version includes something that is not there.
pub(super) fn missing(root: &Path, version: &PromptVersion, path: &str) -> Problem {
    let at = Location::file(version.path.clone());
    let fault = resolve(root, path).and_then(|file| fsx::read_text(&file).err());
    if let Some(error) = fault {
        let message = format!(
            "{} includes `{path}`, which cannot be read: {error}",
            version.id
        );
        return Problem::error("missing-include", at, message);
    }
    let message = format!("{} includes `{path}`, which does not exist", version.id);
    Problem::error("missing-include", at, message)
        .hint(format!("paths start from `{PROMPTS}/` and stay below it"))
}

/// The literal paths that a template includes.
fn named(text: &str) -> Vec<String> {
    let found = inclusions(text).into_iter();
    found.filter_map(|inclusion| inclusion.path).collect()
}

/// Includes of a version, be they through another template, whose path is computed: what they read, no hash can hold.
pub(super) fn computed(root: &Path, version: &PromptVersion, problems: &mut Problems) {
    for message in &version.messages {
        let text = &message.content;
        refuse_computed(&text.source, problems, |line, column, length| {
            text.place(line, column, length)
        });
    }
    for path in includes_of_version(root, version).keys() {
        let bytes = resolve(root, path).and_then(|file| fsx::read_text(&file).ok());
        let source = String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
        refuse_computed(&source, problems, |line, column, length| Location {
            path: format!("{PROMPTS}/{path}"),
            line,
            column,
            length,
            excerpt: source.lines().nth(line - 1).unwrap_or_default().to_owned(),
            skipped: 0,
        });
    }
}

fn refuse_computed(
    source: &str,
    problems: &mut Problems,
    place: impl Fn(usize, usize, usize) -> Location,
) {
    for inclusion in inclusions(source) {
        let Some(fault) = inclusion.computed() else {
            continue;
        };
        let at = place(inclusion.line, inclusion.column, inclusion.length);
        let problem = Problem::error(fault.code, at, fault.message);
        problems.push(problem.maybe_hint(fault.hint.map(str::to_owned)));
    }
}

/// The hash of an included file, where it exists.
pub(super) fn hash(root: &Path, path: &str) -> Option<String> {
    fsx::read_text(&resolve(root, path)?)
        .ok()
        .map(|bytes| fsx::sha256_lf(&bytes))
}

/// The file behind an include, unless it lies outside `prompts/`, be it through a symbolic link.
fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let relative = Path::new(path);
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    if !relative.components().all(plain) {
        return None;
    }
    let prompts = root.join(PROMPTS).canonicalize().ok()?;
    let file = prompts.join(relative).canonicalize().ok()?;
    file.starts_with(&prompts).then_some(file)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_include_cannot_leave_prompts() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("secret.txt", "secret");
        write("prompts/shared/tone.md", "be kind");
        #[cfg(unix)]
        std::os::unix::fs::symlink(
            dir.path().join("secret.txt"),
            dir.path().join("prompts/link.md"),
        )
        .unwrap();
        write(
            "prompts/a.md",
            "{%- include \"shared/tone.md\" -%}{% include 'gone.md' %}",
        );
        let found = includes_of(dir.path(), ["{% if x %}{% include 'a.md' %}{% endif %}"]);
        let known: Vec<(&str, bool)> = found
            .iter()
            .map(|(p, h)| (p.as_str(), h.is_empty()))
            .collect();
        assert_eq!(
            known,
            [
                ("a.md", false),
                ("gone.md", true),
                ("shared/tone.md", false)
            ]
        );

        let engine = engine(dir.path());
        let render = |path: &str| {
            let source = format!("{{% include '{path}' %}}");
            engine.template(&source).and_then(|t| t.render(json!({})))
        };
        assert_eq!(render("shared/tone.md").unwrap(), "be kind");
        for bad in [
            "../secret.txt",
            "/etc/passwd",
            "link.md",
            "shared/../../secret.txt",
        ] {
            assert!(render(bad).is_err(), "{bad}");
        }
    }
}
