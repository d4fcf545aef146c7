//! Text metrics.

use std::error::Error;

use prompteval::text::{self, Overlap};
use serde_json::{Value, json};

use crate::Call;
use crate::input::Input;

pub(crate) const TABLE: &[(&str, Call)] = &[
    ("rouge", rouge),
    ("sentence_bleu", sentence_bleu),
    ("levenshtein", |i| {
        let found = text::levenshtein(&i.get::<String>("a")?, &i.get::<String>("b")?);
        Ok(json!({"distance": found.distance, "similarity": found.similarity}))
    }),
    ("cosine", |i| {
        Ok(json!({"value": text::cosine(&i.get::<Vec<f64>>("a")?, &i.get::<Vec<f64>>("b")?)?}))
    }),
];

fn rouge(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (candidate, reference): (String, String) = (i.get("candidate")?, i.get("reference")?);
    let fields = |o: Overlap| json!({"p": o.precision, "r": o.recall, "f1": o.f1});
    let tokens = text::rouge_tokens;
    let (candidate, reference) = (tokens(&candidate), tokens(&reference));
    let longest = text::rouge_l(&candidate, &reference).ok_or("too long")?;
    Ok(json!({
        "rouge1": fields(text::rouge_n(&candidate, &reference, 1)),
        "rouge2": fields(text::rouge_n(&candidate, &reference, 2)),
        "rougeL": fields(longest),
    }))
}

fn sentence_bleu(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (candidate, references): (String, Vec<String>) =
        (i.get("candidate")?, i.get("references")?);
    let found = text::sentence_bleu(&candidate, &references).ok_or("no references")?;
    Ok(json!({
        "score_0_100": found.score,
        "bp": found.brevity_penalty,
        "precisions": found.precisions,
        "sys_len": found.candidate_len,
        "ref_len": found.reference_len,
    }))
}
