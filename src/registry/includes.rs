//! Templates that versions include: literal paths below `prompts/`, and nothing outside of it.

use std::path::{Component, Path, PathBuf};

use super::PROMPTS;
use crate::fsx;
use crate::template::Engine;

/// An engine whose templates may include files below the project's `prompts/`.
pub fn engine(root: &Path) -> Engine {
    let root = root.to_owned();
    Engine::new().with_includes(move |path| {
        let bytes = fsx::read(&resolve(&root, path)?).ok()?;
        String::from_utf8(bytes).ok()
    })
}

/// The hash of an included file, where it exists.
pub(super) fn hash(root: &Path, path: &str) -> Option<String> {
    fsx::read(&resolve(root, path)?)
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
