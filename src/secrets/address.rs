//! Addresses as they may be shown: without user name, password, query and fragment.

/// The address without what may be a secret in it; it need not be a valid one.
///
/// What stands before the last `@` is left out wherever that is: a password with a slash in it ends the host for a parser, and
/// would be shown as a path.
pub(crate) fn shown_address(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let (plain, _) = address.split_at(end);
    // A password may hold a question mark, too: what follows it is cut, and what stood before it belongs to the credentials.
    let (scheme, rest) = match plain.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), plain),
    };
    let was_cut_in_credentials =
        address.get(end..).is_some_and(|cut| cut.contains('@')) && !rest.contains(['/', '@']);
    if was_cut_in_credentials {
        return format!("{scheme}{}", super::MASK);
    }
    let host = rest.rsplit('@').next().unwrap_or_default();
    format!("{scheme}{host}")
}

/// The password in an address, as it is written there.
pub(crate) fn password_in(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let (credentials, _) = rest.rsplit_once('@')?;
    let (_, password) = credentials.split_once(':')?;
    Some(password).filter(|password| !password.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_and_queries_are_left_out_of_any_address() {
        for (address, shown) in [
            ("https://h/v1", "https://h/v1"),
            ("http://u:PW@h/v1?key=PW#PW", "http://h/v1"),
            ("http://u:PW@PW@h:1/v1", "http://h:1/v1"),
            ("http://u:P/W@h/v1", "http://h/v1"),
            ("http://u:P?W@h/v1", "http://[redacted]"),
            ("u:PW@h", "h"),
            ("h?PW", "h"),
            ("://u:PW@", "://"),
            ("", ""),
        ] {
            assert_eq!(shown_address(address), shown, "{address}");
        }
        assert_eq!(password_in("http://u:P:W@h:1/v1"), Some("P:W"));
        for without in ["http://h:1/v1", "http://u@h:1", "http://u:@h"] {
            assert_eq!(password_in(without), None, "{without}");
        }
    }
}
