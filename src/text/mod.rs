//! Text: metrics that compare an output with references (ROUGE, BLEU, GLEU, edit distance, vector cosine), JSON in prose, what is
//! invisible, excerpts, near-duplicates.

mod bleu;
mod cosine;
pub mod excerpt;
pub mod fence;
mod gleu;
pub mod html;
pub mod json_scan;
mod levenshtein;
mod near_duplicates;
pub mod number;
pub mod pattern;
mod rouge;
pub mod sql;
pub mod visible;
mod words;
pub mod xml;

pub use bleu::{Bleu, sentence_bleu, tokenize_13a};
pub use cosine::{CosineError, cosine};
pub use gleu::gleu;
pub use levenshtein::{EditDistance, levenshtein, levenshtein_within};
pub use near_duplicates::NearDuplicates;
pub use rouge::{Overlap, rouge_l, rouge_n, rouge_tokens};
pub use words::{apart, words};
