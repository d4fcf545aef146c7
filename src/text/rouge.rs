//! ROUGE-N and ROUGE-L as `rouge-score` 0.1.2 computes them, without stemming (Lin 2004).

use std::collections::HashMap;

/// Tokens of the shorter side that a longest common subsequence is looked for in.
const LONGEST: usize = 1 << 14;

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
pub fn rouge_n(candidate: &[String], reference: &[String], n: usize) -> Overlap {
    let (ours, theirs) = (ngram_counts(candidate, n), ngram_counts(reference, n));
    let matches = ours
        .iter()
        .map(|(gram, count)| (*count).min(theirs.get(gram).copied().unwrap_or(0)))
        .sum();
    Overlap::new(matches, ours.values().sum(), theirs.values().sum())
}

/// ROUGE-L: longest common subsequence of tokens; `None` where both sides have more than `LONGEST`.
pub fn rouge_l(candidate: &[String], reference: &[String]) -> Option<Overlap> {
    let (shorter, longer) = if candidate.len() < reference.len() {
        (candidate, reference)
    } else {
        (reference, candidate)
    };
    (shorter.len() <= LONGEST).then(|| {
        let common = longest_common_subsequence(shorter, longer);
        Overlap::new(common, candidate.len(), reference.len())
    })
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

/// A row of the table at a time, a bit a token of the shorter side (Hyyrö 2004): a zero stands where the row grows by one.
fn longest_common_subsequence(shorter: &[String], longer: &[String]) -> usize {
    let words = shorter.len().div_ceil(64);
    let mut places: HashMap<&str, Vec<u64>> = HashMap::new();
    for (at, token) in shorter.iter().enumerate() {
        let bits = places.entry(token).or_insert_with(|| vec![0; words]);
        if let Some(word) = bits.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }
    let mut row = vec![u64::MAX; words];
    for token in longer {
        // A token that the shorter side lacks leaves the row as it is.
        let Some(bits) = places.get(token.as_str()) else {
            continue;
        };
        let mut carry = false;
        for (word, bits) in row.iter_mut().zip(bits) {
            let matched = *word & bits;
            let (sum, first) = word.overflowing_add(matched);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            *word = sum | (*word & !matched);
        }
    }
    row.iter().map(|word| word.count_zeros() as usize).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn swapping_sides_swaps_precision_and_recall(a in "[a-c ]{0,30}", b in "[a-c ]{0,30}") {
            let (a, b) = (rouge_tokens(&a), rouge_tokens(&b));
            let longest = (rouge_l(&a, &b).unwrap(), rouge_l(&b, &a).unwrap());
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
        let tokens = rouge_tokens("a b");
        assert!(rouge_n(&tokens, &tokens, 0).f1 <= 0.0);
    }

    /// The table as it is taught.
    fn by_the_book(a: &[String], b: &[String]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for at in 0..b.len() {
                let above = row[at + 1];
                row[at + 1] = if *x == b[at] {
                    diagonal + 1
                } else {
                    above.max(row[at])
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    proptest! {
        #[test]
        fn the_longest_common_subsequence_is_that_of_the_table(
            a in proptest::collection::vec("[a-d]", 0..300), b in proptest::collection::vec("[a-e]", 0..300),
        ) {
            let (shorter, longer) = if a.len() < b.len() { (&a, &b) } else { (&b, &a) };
            prop_assert_eq!(longest_common_subsequence(shorter, longer), by_the_book(&a, &b));
        }
    }

    #[test]
    fn two_texts_of_many_tokens_are_given_up() {
        let many = vec!["a".to_owned(); LONGEST + 1];
        assert_eq!(rouge_l(&many, &many), None);
        assert!(rouge_l(&many, &many[1..]).is_some_and(|found| found.recall >= 1.0));
    }
}
