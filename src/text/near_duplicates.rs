//! Texts that say nearly the same: equal but for numbers and names, or with four in five of their word sequences in common.
//!
//! `MinHash` estimates the share of common sequences (Broder 1997), and banding of its signatures (Leskovec, Rajaraman and Ullman,
//! Mining of Massive Datasets, 3.4) finds candidates in time linear in the number of texts.

use std::collections::HashMap;

/// Similarity from which two texts are near-duplicates.
const SIMILAR: f64 = 0.8;
/// Hashes of a signature.
const HASHES: usize = 64;
/// Hashes of a band: texts that agree in all of one band are compared. Sixteen bands of four find a pair at the limit 99.98 % of
/// the time.
const BAND: usize = 4;
/// Words of a sequence.
const SHINGLE: usize = 3;
/// Words that texts need to be compared: shorter ones are alike by chance.
const LEAST_WORDS: usize = 4;
/// Words of a text that are looked at.
const MOST_WORDS: usize = 2_000;
/// Texts of a bucket that a new one is compared with.
const COMPARED: usize = 8;
/// Seed of the hashes: the same texts give the same groups for ever.
const SEED: u64 = 20_261_126;

/// Finds groups of texts that say nearly the same, text by text.
#[derive(Debug, Default)]
pub struct NearDuplicates {
    /// The group of each text, by the place of another text in it.
    parents: Vec<u32>,
    signatures: Vec<Option<Box<[u32; HASHES]>>>,
    skeletons: HashMap<u64, u32>,
    bands: HashMap<(u8, u64), Vec<u32>>,
}

impl NearDuplicates {
    /// Takes the next text.
    pub fn push(&mut self, text: &str) {
        let place = self.parents.len() as u32;
        self.parents.push(place);
        let words = skeleton(text);
        if words.len() < LEAST_WORDS {
            self.signatures.push(None);
            return;
        }
        let whole = hash_of_words(&words);
        if self.is_known(whole, place) {
            return;
        }
        let signature = signature(&words);
        let mut found = Vec::new();
        for (band, hashes) in (0_u8..).zip(signature.chunks(BAND)) {
            let bucket = self.bands.entry((band, hash_of_band(hashes))).or_default();
            found.extend_from_slice(bucket);
            if bucket.len() < COMPARED {
                bucket.push(place);
            }
        }
        found.sort_unstable();
        found.dedup();
        for other in found {
            let theirs = self.signatures.get(other as usize).and_then(Option::as_ref);
            if theirs.is_some_and(|theirs| similarity(&signature, theirs) >= SIMILAR) {
                self.unite(other, place);
            }
        }
        self.signatures.push(Some(Box::new(signature)));
    }

    /// Takes the next text, which is in a group with those that equal it and no others.
    pub fn push_whole(&mut self, text: &str) {
        let place = self.parents.len() as u32;
        self.parents.push(place);
        if !self.is_known(fnv(text.bytes()), place) {
            self.signatures.push(None);
        }
    }

    /// Whether another text has this hash; one of several equal texts stands for all of them.
    fn is_known(&mut self, hash: u64, place: u32) -> bool {
        let same = *self.skeletons.entry(hash).or_insert(place);
        if same == place {
            return false;
        }
        self.signatures.push(None);
        self.unite(same, place);
        true
    }

    /// The groups of at least two texts, each by the places of its texts, in order.
    pub fn groups(mut self) -> Vec<Vec<u32>> {
        let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
        for place in 0..self.parents.len() as u32 {
            let root = self.root(place);
            groups.entry(root).or_default().push(place);
        }
        let mut groups: Vec<Vec<u32>> = groups.into_values().filter(|one| one.len() > 1).collect();
        groups.sort_unstable();
        groups
    }

    fn root(&mut self, place: u32) -> u32 {
        let mut root = place;
        while let Some(parent) = self.parents.get(root as usize).filter(|one| **one != root) {
            root = *parent;
        }
        // The way there is short the next time.
        let mut at = place;
        while let Some(parent) = self
            .parents
            .get_mut(at as usize)
            .filter(|one| **one != root)
        {
            at = std::mem::replace(parent, root);
        }
        root
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parents.get_mut(a.max(b) as usize) {
            *parent = a.min(b);
        }
    }
}

/// The words of a text in lower case, numbers and names left blank.
fn skeleton(text: &str) -> Vec<String> {
    let mut starts_sentence = true;
    let mut skeleton = Vec::new();
    for token in text.split_whitespace() {
        let words = token.split(|one: char| !one.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            let is_name = !starts_sentence && word.chars().next().is_some_and(char::is_uppercase);
            skeleton.push(if word.chars().any(char::is_numeric) {
                "0".to_owned()
            } else if is_name {
                "_".to_owned()
            } else {
                word.to_lowercase()
            });
            starts_sentence = false;
        }
        starts_sentence |= token.ends_with(['.', '!', '?', ':']);
        if skeleton.len() >= MOST_WORDS {
            break;
        }
    }
    skeleton
}

/// The least value of each hash over all sequences of words.
fn signature(words: &[String]) -> [u32; HASHES] {
    let mut least = [u32::MAX; HASHES];
    for sequence in words.windows(SHINGLE) {
        let mut state = SEED ^ hash_of_words(sequence);
        for one in &mut least {
            state = mixed(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            *one = (*one).min(state as u32);
        }
    }
    least
}

fn similarity(a: &[u32; HASHES], b: &[u32; HASHES]) -> f64 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    equal as f64 / HASHES as f64
}

fn hash_of_words(words: &[String]) -> u64 {
    // A byte that no word has keeps them apart.
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    fnv(bytes)
}

fn hash_of_band(hashes: &[u32]) -> u64 {
    fnv(hashes.iter().flat_map(|hash| hash.to_le_bytes()))
}

/// FNV-1a, 64 bits, scattered: the same wherever it is computed.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    mixed(bytes.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    }))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood 2014).
fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::NearDuplicates;

    fn groups<T: AsRef<str>>(texts: &[T]) -> Vec<Vec<u32>> {
        let mut found = NearDuplicates::default();
        for text in texts {
            found.push(text.as_ref());
        }
        found.groups()
    }

    #[test]
    fn numbers_and_names_do_not_make_texts_different() {
        let texts = [
            "My order 4711 has not arrived yet, says Maria.",
            "How do I return a kettle that leaks?",
            "My order 12 has not arrived yet, says Tomasz.",
        ];
        assert_eq!(groups(&texts), [vec![0, 2]]);
    }

    #[test]
    fn long_texts_with_one_other_word_are_near_duplicates() {
        let text = |last: &str| {
            let words: Vec<String> = (0..60)
                .map(|n| format!("word{}", char::from(b'a' + n % 26)))
                .collect();
            let words: Vec<String> = words
                .iter()
                .enumerate()
                .map(|(n, word)| format!("{word}x{}", "y".repeat(n % 7)))
                .collect();
            format!("{} {last}", words.join(" "))
        };
        assert_eq!(groups(&[text("red"), text("blue")]), [vec![0, 1]]);
    }

    #[test]
    fn different_questions_and_short_texts_are_left_alone() {
        let texts = [
            "Where can I change the email address of my account?",
            "Which countries do you deliver to, and how long does it take?",
            "Berlin",
            "Paris",
            "",
            "",
        ];
        assert!(groups(&texts).is_empty());
    }

    #[test]
    fn many_equal_texts_take_no_time() {
        let texts = vec!["the same question over and over again, every single time"; 50_000];
        let found = groups(&texts);
        assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [50_000]);
    }

    proptest! {
        #[test]
        fn any_text_is_grouped_with_itself(text in "[a-z]{2,9}( [a-zA-Z0-9]{1,9}){4,30}", other in "\\PC{0,60}") {
            let found = groups(&[text.clone(), other, text]);
            prop_assert!(found.iter().any(|group| group.contains(&0) && group.contains(&2)));
        }
    }
}
