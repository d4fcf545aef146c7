//! Text metrics that compare an output with references: ROUGE, BLEU, edit distance, vector cosine.

mod bleu;
mod cosine;
mod levenshtein;
mod rouge;

pub use bleu::{Bleu, sentence_bleu, tokenize_13a};
pub use cosine::{CosineError, cosine};
pub use levenshtein::{EditDistance, levenshtein};
pub use rouge::{Overlap, rouge_l, rouge_n, rouge_tokens};
