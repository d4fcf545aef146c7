//! Child processes: the one place that begins them, with an environment of what they need and without any key.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

use super::name::is_secret_variable;

/// Variables that programs need to find their files, their user, their language and the network.
const NEEDED: &[&str] = &[
    "ALL_PROXY",
    "APPDATA",
    "COMSPEC",
    "CURL_CA_BUNDLE",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LANGUAGE",
    "LD_LIBRARY_PATH",
    "LOCALAPPDATA",
    "LOGNAME",
    "NO_PROXY",
    "PATH",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SHELL",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// What the other variables that are passed on begin with.
const FAMILIES: &[&str] = &["DYLD_", "GIT_", "LC_", "SSH_", "SSL_CERT_", "XDG_"];

/// A command whose process sees no key. A provider's key may stand in a variable of any name, so what is passed on is listed,
/// and nothing else is.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env_clear();
    let kept = env::vars_os().filter(|(name, _)| name.to_str().is_some_and(is_passed_on));
    command.envs(kept);
    command
}

fn is_passed_on(name: &str) -> bool {
    let name = name.to_uppercase();
    let is_of_family = FAMILIES.iter().any(|family| name.starts_with(family));
    NEEDED.contains(&name.as_str()) || (is_of_family && !is_secret_variable(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_needs_is_passed_on_and_no_key_is() {
        for needed in [
            "PATH",
            "HOME",
            "GIT_DIR",
            "GIT_CONFIG_KEY_0",
            "SSH_AUTH_SOCK",
            "https_proxy",
        ] {
            assert!(is_passed_on(needed), "{needed}");
        }
        for other in ["OPENAI_API_KEY", "MY_PROVIDER", "GIT_TOKEN", "GITHUB_TOKEN"] {
            assert!(!is_passed_on(other), "{other}");
        }
    }
}
