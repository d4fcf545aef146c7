//! Sentence BLEU as `sacrebleu` 2.6 computes it: 13a tokens, exponential smoothing, effective order
//! (Papineni et al. 2002; Post 2018).

use std::collections::HashMap;

const MAX_ORDER: usize = 4;

/// A sentence BLEU score and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Bleu {
    /// The score, 0 to 100 (to rounding).
    pub score: f64,
    /// Brevity penalty, in `[0, 1]`.
    pub brevity_penalty: f64,
    /// Smoothed n-gram precisions in percent, n = 1 to 4; 0 beyond the candidate's length.
    pub precisions: [f64; MAX_ORDER],
    /// Tokens of the candidate.
    pub candidate_len: usize,
    /// Tokens of the reference nearest in length, the shorter of two equally near.
    pub reference_len: usize,
}

/// Sentence BLEU of `candidate` against any number of references, case-sensitive.
///
/// 0 where no token matches. None without a reference.
pub fn sentence_bleu<S: AsRef<str>>(candidate: &str, references: &[S]) -> Option<Bleu> {
    let tokens = tokenize_13a(candidate);
    let references: Vec<Vec<String>> = references
        .iter()
        .map(|reference| tokenize_13a(reference.as_ref()))
        .collect();
    let length = tokens.len();
    let reference_len = references
        .iter()
        .map(Vec::len)
        .min_by_key(|r| (r.abs_diff(length), *r))?;
    let brevity_penalty = if length >= reference_len {
        1.0
    } else if length == 0 {
        0.0
    } else {
        (1.0 - reference_len as f64 / length as f64).exp()
    };
    let (precisions, score) = smoothed(&tokens, &references);
    Some(Bleu {
        score: brevity_penalty * score,
        brevity_penalty,
        precisions,
        candidate_len: length,
        reference_len,
    })
}

/// Tokens of the mteval-v13a tokenizer, as `sacrebleu` has it.
pub fn tokenize_13a(text: &str) -> Vec<String> {
    let line = text
        .trim_end_matches(is_space)
        .replace("<skipped>", "")
        .replace("-\n", "");
    let line = line.replace('\n', " ");
    // The order matters: `&amp;lt;` becomes `<`.
    let line = line.replace("&quot;", "\"").replace("&amp;", "&");
    let line = line.replace("&lt;", "<").replace("&gt;", ">");
    let mut spaced: Vec<char> = vec![' '];
    for c in line.chars() {
        if is_symbol(c) {
            spaced.extend([' ', c, ' ']);
        } else {
            spaced.push(c);
        }
    }
    spaced.push(' ');
    let is_stop = |c: char| c == '.' || c == ',';
    let is_digit = |c: char| c.is_ascii_digit();
    let spaced = rewrite_pairs(
        &spaced,
        |a, b| !is_digit(a) && is_stop(b),
        |a, b| [a, ' ', b, ' '],
    );
    let spaced = rewrite_pairs(
        &spaced,
        |a, b| is_stop(a) && !is_digit(b),
        |a, b| [' ', a, ' ', b],
    );
    let spaced = rewrite_pairs(
        &spaced,
        |a, b| is_digit(a) && b == '-',
        |a, b| [a, ' ', b, ' '],
    );
    spaced
        .split(|c| is_space(*c))
        .filter(|token| !token.is_empty())
        .map(|token| token.iter().collect())
        .collect()
}

/// Precisions, and the geometric mean of those that exist, before the brevity penalty.
fn smoothed(tokens: &[String], references: &[Vec<String>]) -> ([f64; MAX_ORDER], f64) {
    let mut precisions = [0.0; MAX_ORDER];
    if matches(tokens, references, 1) == 0 {
        return (precisions, 0.0);
    }
    let (mut halvings, mut log_sum, mut orders) = (1.0, 0.0, 0.0);
    for (slot, n) in precisions.iter_mut().zip(1..) {
        let total = (tokens.len() + 1).saturating_sub(n) as f64;
        if total <= 0.0 {
            break;
        }
        let correct = matches(tokens, references, n) as f64;
        *slot = if correct > 0.0 {
            100.0 * correct / total
        } else {
            halvings *= 2.0;
            100.0 / (halvings * total)
        };
        log_sum += slot.ln();
        orders += 1.0;
    }
    (precisions, (log_sum / orders).exp())
}

/// n-grams of the candidate found in references, each at most as often as in the reference with most.
fn matches(tokens: &[String], references: &[Vec<String>], n: usize) -> usize {
    let mut allowed: HashMap<&[String], usize> = HashMap::new();
    for reference in references {
        for (gram, count) in ngram_counts(reference, n) {
            let most = allowed.entry(gram).or_insert(0);
            *most = (*most).max(count);
        }
    }
    ngram_counts(tokens, n)
        .into_iter()
        .map(|(gram, count)| count.min(allowed.get(gram).copied().unwrap_or(0)))
        .sum()
}

fn ngram_counts(tokens: &[String], n: usize) -> HashMap<&[String], usize> {
    let mut counts = HashMap::new();
    for gram in tokens.windows(n) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    counts
}

/// Replaces pairs from left to right; as with a regular expression, a replaced pair is not looked at again.
fn rewrite_pairs(
    text: &[char],
    is_pair: impl Fn(char, char) -> bool,
    replacement: impl Fn(char, char) -> [char; 4],
) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        match tail.split_first() {
            Some((&second, after)) if is_pair(first, second) => {
                out.extend(replacement(first, second));
                rest = after;
            }
            _ => {
                out.push(first);
                rest = tail;
            }
        }
    }
    out
}

/// ASCII punctuation but for `'`, `,`, `-` and `.`.
fn is_symbol(c: char) -> bool {
    c.is_ascii_punctuation() && !matches!(c, '\'' | ',' | '-' | '.')
}

/// White space as Python's `str.split` has it: Unicode's, and the four ASCII separators.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_split_like_mteval() {
        assert_eq!(
            tokenize_13a("Hello, world..."),
            ["Hello", ",", "world", ".", ".", "."]
        );
        assert_eq!(
            tokenize_13a("3.5 of 1,000, p. 7-8"),
            ["3.5", "of", "1,000", ",", "p", ".", "7", "-", "8"]
        );
        assert_eq!(
            tokenize_13a("a &amp;lt; (b) it's co-op"),
            ["a", "<", "(", "b", ")", "it's", "co-op"]
        );
        assert_eq!(
            tokenize_13a("under-\nway<skipped>\nend-\n"),
            ["underway", "end-"]
        );
        assert!(tokenize_13a(" \t\n").is_empty());
    }

    #[test]
    fn empty_sides() {
        assert_eq!(sentence_bleu::<&str>("a", &[]), None);
        let empty = sentence_bleu("", &["a b"]);
        assert!(
            empty.is_some_and(|b| b.score <= 0.0
                && b.brevity_penalty <= 0.0
                && b.reference_len == 2)
        );
        let both = sentence_bleu("", &[""]);
        assert!(both.is_some_and(|b| b.score <= 0.0 && b.brevity_penalty >= 1.0));
    }

    #[test]
    fn nearest_reference_and_brevity() {
        let found = sentence_bleu("a b c", &["a b c d e", "a"]);
        assert!(
            found
                .as_ref()
                .is_some_and(|b| b.reference_len == 1 && b.brevity_penalty >= 1.0)
        );
        let short = sentence_bleu("a b c", &["a b c d"]);
        assert!(short.is_some_and(|b| (b.brevity_penalty - (-1.0_f64 / 3.0).exp()).abs() < 1e-15));
    }
}
