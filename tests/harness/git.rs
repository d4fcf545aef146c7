//! A project as a repository.

use std::process::Command;

use super::project::Project;

/// Who commits, whatever the machine's own settings are.
const WHO: [&str; 8] = [
    "-c",
    "user.name=t",
    "-c",
    "user.email=t@example.com",
    "-c",
    "init.defaultBranch=main",
    "-c",
    "commit.gpgsign=false",
];

impl Project {
    /// Runs git in the project, as somebody.
    pub(crate) fn git(&self, args: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(self.path(".")).args(WHO).args(args);
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Commits every file.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "-qm", message]);
    }

    /// Makes a repository of the project: every file is on `main`, and the branch `work` is checked out.
    pub(crate) fn repository(&self) {
        self.git(&["init", "-q"]);
        self.commit("all");
        self.git(&["checkout", "-qb", "work"]);
    }
}
