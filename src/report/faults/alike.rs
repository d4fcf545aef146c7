//! When two messages tell of one cause: what names a single call, case or moment in them is left out before they are compared.

/// Stands for what is left out.
const LEFT_OUT: char = '#';

/// What comes before the id of a case in messages of this program.
const CASE: &str = "case `";

/// What comes before an HTTP status, which tells causes apart as no other number does.
const BEFORE_STATUS: [&str; 4] = [": ", "answered ", "status ", "HTTP "];

/// The message without case ids, numbers, UUIDs, hexadecimal digests and ids of requests. Names of models stay: their numbers stand
/// behind a letter.
pub(super) fn key(message: &str) -> String {
    let mut key = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(first) = rest.chars().next() {
        if key.ends_with(CASE)
            && let Some(end) = rest.find('`')
        {
            key.push(LEFT_OUT);
            rest = &rest[end..];
            // The closing quote goes with it, so that what follows is read as text again.
            key.push('`');
            rest = rest.strip_prefix('`').unwrap_or(rest);
        } else if first.is_ascii_alphanumeric() {
            let end = rest.find(|c| !is_of_a_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let word_end = word.trim_end_matches(['.', ',', '-', '_']);
            let (word, marks) = word.split_at(word_end.len());
            if is_status(&key, word) || !is_single(word) {
                key.push_str(word);
            } else {
                key.push(LEFT_OUT);
            }
            key.push_str(marks);
            rest = after;
        } else {
            key.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    key
}

fn is_of_a_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',')
}

fn is_status(before: &str, word: &str) -> bool {
    let is_code = word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
    is_code && BEFORE_STATUS.iter().any(|end| before.ends_with(end))
}

/// Whether a word names one thing of its kind: it is a number, begins with one (times, sizes, dates), or has a part that looks drawn
/// at random.
fn is_single(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
        || word.split(['-', '_', '.', ',']).any(is_random)
}

/// Eight signs and more in which digits and letters take turns: hexadecimal digests, parts of UUIDs, ids of requests.
fn is_random(part: &str) -> bool {
    let bytes = part.as_bytes();
    let kinds = bytes.iter().map(u8::is_ascii_digit);
    let turns = kinds.clone().zip(kinds.skip(1)).filter(|(a, b)| a != b);
    part.len() >= 8 && turns.count() >= 2
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn what_names_one_call_is_no_other_cause() {
        for (one, other) in [
            (
                "no answer for case `refund-17` (a@1.0.0)",
                "no answer for case `x` (a@1.0.0)",
            ),
            (
                "Limit 30000, Used 29,999. Try again in 1.2s.",
                "Limit 30000, Used 1. Try again in 6m0s.",
            ),
            (
                "a: 500: request req_011CSHoEeqs5C35K2UUqR7Fy",
                "a: 500: request req_9f2CSHoEeqs5C35K2UUqR7F",
            ),
            (
                "trace 4bf92f3577b34da6a3ce929d0e0e4736 ended",
                "trace a3ce929d0e0e47364bf92f3577b34da6 ended",
            ),
            (
                "id f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
                "id 0d1c9f5e-1dec-11d0-a765-00a0c91e6bf6",
            ),
            ("at 2026-11-20T10:00:00Z", "at 2026-12-21T11:30:59Z"),
            ("127.0.0.1:4000 broke", "127.0.0.1:51234 broke"),
        ] {
            assert_eq!(key(one), key(other));
        }
    }

    #[test]
    fn models_statuses_and_words_tell_causes_apart() {
        for (one, other) in [
            ("a: 500: no", "a: 503: no"),
            (
                "the model `gpt-5` is not there",
                "the model `gpt-6` is not there",
            ),
            (
                "of a/claude-haiku-5-5-20260901",
                "of a/claude-haiku-5-5-20260401",
            ),
            ("openai: down", "anthropic: down"),
            ("case `a`: not found", "case `a`: not allowed"),
        ] {
            assert_ne!(key(one), key(other));
        }
    }

    #[test]
    fn any_text_has_a_key() {
        for text in [
            "",
            "case `",
            "case `a",
            "case ``",
            "é9ü",
            "`case `x`y`",
            "....",
            "7",
        ] {
            let _ = key(text);
        }
    }
}
