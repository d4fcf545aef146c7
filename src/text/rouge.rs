//! ROUGE-N and ROUGE-L as `rouge-score` 0.1.2 computes them, without stemming (Lin 2004).

use std::collections::HashMap;

/// Precision, recall and their harmonic mean, each in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Share of the candidate that is in the reference.
    pub precision: f64,
    /// Share of the reference that is in the candidate.
    pub recall: f64,
    /// Harmonic mean, 0 where both are 0.
    pub f1: f64,
}

impl Overlap {
    /// 0 throughout where either side is empty.
    fn new(matches: usize, candidate: usize, reference: usize) -> Self {
        let share = |of: usize| {
            if of == 0 {
                0.0
            } else {
                matches as f64 / of as f64
            }
        };
        let (precision, recall) = (share(candidate), share(reference));
        let sum = precision + recall;
        let f1 = if sum > 0.0 {
            2.0 * precision * recall / sum
        } else {
            0.0
        };
        Self {
            precision,
            recall,
            f1,
        }
    }
}

/// Lower-cased runs of ASCII letters and digits; everything else separates.
pub fn rouge_tokens(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
        .collect()
}

/// ROUGE-N: clipped overlap of n-grams, `n >= 1` (0 gives no overlap).
pub fn rouge_n(candidate: &str, reference: &str, n: usize) -> Overlap {
    let (candidate, reference) = (rouge_tokens(candidate), rouge_tokens(reference));
    let (ours, theirs) = (ngram_counts(&candidate, n), ngram_counts(&reference, n));
    let matches = ours
        .iter()
        .map(|(gram, count)| (*count).min(theirs.get(gram).copied().unwrap_or(0)))
        .sum();
    Overlap::new(matches, ours.values().sum(), theirs.values().sum())
}

/// ROUGE-L: longest common subsequence of tokens.
pub fn rouge_l(candidate: &str, reference: &str) -> Overlap {
    let (candidate, reference) = (rouge_tokens(candidate), rouge_tokens(reference));
    let common = longest_common_subsequence(&candidate, &reference);
    Overlap::new(common, candidate.len(), reference.len())
}

fn ngram_counts(tokens: &[String], n: usize) -> HashMap<&[String], usize> {
    let mut counts = HashMap::new();
    if n > 0 {
        for gram in tokens.windows(n) {
            *counts.entry(gram).or_insert(0) += 1;
        }
    }
    counts
}

fn longest_common_subsequence(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len()];
    for x in a {
        let (mut diagonal, mut left) = (0, 0);
        for (cell, y) in row.iter_mut().zip(b) {
            let above = *cell;
            *cell = if x == y {
                diagonal + 1
            } else {
                above.max(left)
            };
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn swapping_sides_swaps_precision_and_recall(a in "[a-c ]{0,30}", b in "[a-c ]{0,30}") {
            let longest = (rouge_l(&a, &b), rouge_l(&b, &a));
            let pairs = (rouge_n(&a, &b, 2), rouge_n(&b, &a, 2));
            for (here, there) in [longest, pairs] {
                prop_assert!((here.precision - there.recall).abs() < 1e-15);
                prop_assert!((0.0..=1.0).contains(&here.f1));
            }
        }
    }

    #[test]
    fn tokens_are_ascii_after_lower_casing() {
        // The Kelvin sign lower-cases to an ASCII k.
        assert_eq!(
            rouge_tokens("It's 3.5 \u{212a}g — déjà"),
            ["it", "s", "3", "5", "kg", "d", "j"]
        );
        assert!(rouge_n("a b", "a b", 0).f1 <= 0.0);
    }
}
