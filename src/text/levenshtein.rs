//! Levenshtein distance over Unicode scalar values, without normalisation.

/// Fewest single-character edits between two texts, and their likeness.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EditDistance {
    /// Insertions, deletions and substitutions.
    pub distance: usize,
    /// 1 - distance / longer length, in `[0, 1]`; 1 for two empty texts.
    pub similarity: f64,
}

/// Levenshtein distance (1966) of `a` and `b` in Unicode scalar values; composed and decomposed accents differ.
pub fn levenshtein(a: &str, b: &str) -> EditDistance {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let longer = a.len().max(b.len());
    let distance = edits(&a, &b);
    let similarity = if longer == 0 {
        1.0
    } else {
        1.0 - distance as f64 / longer as f64
    };
    EditDistance {
        distance,
        similarity,
    }
}

fn edits(a: &[char], b: &[char]) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    let mut row: Vec<usize> = (1..=b.len()).collect();
    let mut result = b.len();
    for (i, x) in a.iter().enumerate() {
        let (mut diagonal, mut left) = (i, i + 1);
        for (cell, y) in row.iter_mut().zip(b) {
            let above = *cell;
            *cell = (diagonal + usize::from(x != y))
                .min(above + 1)
                .min(left + 1);
            (diagonal, left) = (above, *cell);
        }
        result = left;
    }
    result
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_metric(a in "[ab]{0,12}", b in "[ab]{0,12}", c in "[ab]{0,12}") {
            let d = |x: &str, y: &str| levenshtein(x, y).distance;
            prop_assert_eq!(d(&a, &b), d(&b, &a));
            prop_assert_eq!(d(&a, &b) == 0, a == b);
            prop_assert!(d(&a, &c) <= d(&a, &b) + d(&b, &c));
            prop_assert!((0.0..=1.0).contains(&levenshtein(&a, &b).similarity));
        }
    }

    #[test]
    fn empty_sides() {
        assert_eq!(
            levenshtein("", ""),
            EditDistance {
                distance: 0,
                similarity: 1.0
            }
        );
        assert_eq!(levenshtein("", "abc").distance, 3);
        assert_eq!(levenshtein("flaw", "lawn").distance, 2);
    }
}
