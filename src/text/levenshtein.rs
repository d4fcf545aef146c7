//! Levenshtein distance over Unicode scalar values, without normalisation.

/// Cells of its table that a bounded distance may look at.
const CELLS: usize = 50_000_000;

/// A distance was given up: it took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it takes more steps than it may")]
pub struct TooMuch;

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
    let distance = edits(&a, &b, longer).unwrap_or(longer);
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

/// The distance of two texts where it is at most `most`, and `None` where it is more.
///
/// # Errors
/// Where that takes too many steps: both texts are long, and so is `most`.
pub fn levenshtein_within(a: &str, b: &str, most: usize) -> Result<Option<usize>, TooMuch> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let (a, b) = differing(&a, &b);
    let (shorter, longer) = (a.len().min(b.len()), a.len().max(b.len()));
    let most = most.min(longer);
    if longer - shorter > most {
        return Ok(None);
    }
    if shorter.saturating_mul((2 * most + 1).min(longer)) > CELLS {
        return Err(TooMuch);
    }
    Ok(edits(a, b, most))
}

/// What is left between a common beginning and a common end.
fn differing<'t>(a: &'t [char], b: &'t [char]) -> (&'t [char], &'t [char]) {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let backwards = a.iter().rev().zip(b.iter().rev());
    let suffix = backwards.take_while(|(x, y)| x == y).count();
    (&a[..a.len() - suffix], &b[..b.len() - suffix])
}

/// The table row by row, as far from its diagonal as `most` edits may lead (Ukkonen 1985).
fn edits(a: &[char], b: &[char], most: usize) -> Option<usize> {
    let (a, b) = differing(a, b);
    let (a, b) = if a.len() < b.len() { (a, b) } else { (b, a) };
    // Beyond the band every cell is more than `most`.
    let beyond = most + 1;
    let mut row: Vec<usize> = (0..=b.len()).map(|n| n.min(beyond)).collect();
    for (i, x) in (1_usize..).zip(a) {
        let (from, to) = (i.saturating_sub(most).max(1), (i + most).min(b.len()));
        let mut diagonal = row[from - 1];
        let mut left = if from == 1 { i.min(beyond) } else { beyond };
        row[from - 1] = left;
        for j in from..=to {
            let above = row[j];
            let best = (diagonal + usize::from(*x != b[j - 1])).min(above + 1);
            left = best.min(left + 1).min(beyond);
            row[j] = left;
            diagonal = above;
        }
    }
    row.last().copied().filter(|distance| *distance <= most)
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

    proptest! {
        #[test]
        fn a_band_finds_what_the_whole_table_does(a in "[abc]{0,20}", b in "[abc]{0,20}", most in 0usize..25) {
            let whole = levenshtein(&a, &b).distance;
            let found = levenshtein_within(&a, &b, most);
            prop_assert_eq!(found, Ok((whole <= most).then_some(whole)));
        }
    }

    #[test]
    fn long_texts_are_decided_within_few_edits_and_given_up_within_many() {
        let (a, b) = ("ab".repeat(500_000), "ba".repeat(500_000));
        assert_eq!(levenshtein_within(&a, &b, 5), Ok(Some(2)));
        assert_eq!(levenshtein_within(&a, &b[..900_000], 1_000), Ok(None));
        assert_eq!(
            levenshtein_within(&a, &"c".repeat(1_000_000), 100_000),
            Err(TooMuch)
        );
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
