//! What a variable's or a header's name says of its value.

/// Ends of variables that hold secrets.
const VARIABLES: &[&str] = &[
    "KEY",
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "CREDENTIALS",
    "APIKEY",
    "PAT",
];

/// Parts of headers' names that say that their value is a secret.
const HEADERS: &[&str] = &["auth", "key", "token", "secret", "cookie"];

/// Request headers that hold what anybody may read. A gateway names the header with its key as it likes, so that no list of those
/// to be hidden is ever whole.
const PLAIN: &[&str] = &[
    "accept",
    "accept-encoding",
    "accept-language",
    "anthropic-beta",
    "anthropic-version",
    "content-length",
    "content-type",
    "openai-beta",
    "user-agent",
];

/// Whether a variable's name says that it holds a secret: `OPENAI_API_KEY`, `GITHUB_TOKEN`.
pub(crate) fn is_secret_variable(name: &str) -> bool {
    let name = name.to_uppercase();
    let last = name.rsplit('_').next().unwrap_or_default();
    VARIABLES.contains(&last) || name.ends_with("APIKEY")
}

/// Whether a header's name says that its value is a secret.
pub(crate) fn is_secret_header(name: &str) -> bool {
    let name = name.to_lowercase();
    HEADERS.iter().any(|part| name.contains(part))
}

/// Whether a header's value may be shown.
pub(crate) fn may_be_shown(header: &str) -> bool {
    PLAIN.contains(&header.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_hold() {
        for secret in ["OPENAI_API_KEY", "gh_token", "DB_PASSWORD", "MYAPIKEY"] {
            assert!(is_secret_variable(secret), "{secret}");
        }
        for plain in ["PATH", "KEYBOARD", "TOKENIZERS_PARALLELISM", "HOME"] {
            assert!(!is_secret_variable(plain), "{plain}");
        }
        assert!(is_secret_header("X-Gateway-Token") && !is_secret_header("x-team"));
        assert!(may_be_shown("Content-Type") && !may_be_shown("x-team"));
    }
}
