//! GLEU as Wu et al. (2016) define it: shared n-grams of one to four words, as a share of the side that has more of them.

use std::collections::HashMap;

use super::words::apart;

const MAX_ORDER: usize = 4;

/// GLEU of two texts, in `[0, 1]`: words between white space in lower case, full stops at their ends left out.
pub fn gleu(candidate: &str, reference: &str) -> f64 {
    let (candidate, reference) = (candidate.to_lowercase(), reference.to_lowercase());
    let (candidate, reference) = (apart(&candidate), apart(&reference));
    let (candidate, reference) = (words(&candidate), words(&reference));
    let (mut shared, mut most) = (0_usize, 0_usize);
    for n in 1..=MAX_ORDER {
        let mut theirs: HashMap<&[&str], usize> = HashMap::new();
        for gram in reference.windows(n) {
            *theirs.entry(gram).or_insert(0) += 1;
        }
        for gram in candidate.windows(n) {
            if let Some(left) = theirs.get_mut(gram).filter(|left| **left > 0) {
                *left -= 1;
                shared += 1;
            }
        }
        most += (candidate.len().max(reference.len()) + 1).saturating_sub(n);
    }
    if most == 0 {
        0.0
    } else {
        shared as f64 / most as f64
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace()
        .map(|word| word.trim_end_matches('.'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_of_precision_and_recall() {
        let reference = "the quick brown fox jumps over the lazy dog";
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found}");
        close(gleu(reference, reference), 1.0);
        close(
            gleu("the fast brown fox leaps over the lazy dog", reference),
            14.0 / 30.0,
        );
        close(gleu("the", reference), 1.0 / 30.0);
        close(gleu(reference, "The."), 1.0 / 30.0);
        close(gleu("", reference), 0.0);
        close(gleu("", ""), 0.0);
    }
}
