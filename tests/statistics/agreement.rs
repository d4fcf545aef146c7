//! Raters and judges.

use std::error::Error;

use prompteval::stats::{self, JudgedRate};
use serde_json::{Value, json};

use crate::Call;
use crate::input::Input;

pub(crate) const TABLE: &[(&str, Call)] = &[
    ("cohen_kappa", |i| {
        let [a, b] = i.ranks(["a", "b"])?;
        let found = stats::cohen_kappa(&a, &b)?;
        Ok(json!({"kappa": found.kappa, "se": found.se}))
    }),
    ("weighted_kappa", |i| {
        let [a, b] = i.ranks(["a", "b"])?;
        let found = stats::weighted_kappa(&a, &b)?;
        Ok(json!({"linear": found.linear, "quadratic": found.quadratic}))
    }),
    ("gwet_ac1", |i| {
        let [a, b] = i.ranks(["a", "b"])?;
        let found = stats::gwet_ac1(&a, &b)?;
        Ok(json!({"observed_agreement": found.observed_agreement, "ac1": found.ac1}))
    }),
    ("krippendorff_alpha", |i| {
        let found = stats::krippendorff_alpha(&i.get::<Vec<Vec<Option<f64>>>>("units")?)?;
        Ok(json!({"nominal": found.nominal, "ordinal": found.ordinal, "interval": found.interval}))
    }),
    ("rogan_gladen", rogan_gladen),
    ("ppi_mean_ci", ppi_mean_ci),
];

fn rogan_gladen(i: &Input) -> Result<Value, Box<dyn Error>> {
    let judged = JudgedRate {
        p_judge: i.get("p_judge")?,
        n: i.get("n")?,
        specificity: i.get("specificity")?,
        m_neg: i.get("m_neg")?,
        sensitivity: i.get("sensitivity")?,
        m_pos: i.get("m_pos")?,
    };
    let found = stats::rogan_gladen(judged, i.get("alpha")?)?;
    Ok(json!({"estimate": found.estimate, "lower": found.lower, "upper": found.upper}))
}

fn ppi_mean_ci(i: &Input) -> Result<Value, Box<dyn Error>> {
    let labels: [Vec<f64>; 3] = [i.get("y")?, i.get("f_labelled")?, i.get("f_unlabelled")?];
    // A weight that is given as null or as a word ("auto") is chosen from the data.
    let lambda = i.get::<Value>("lambda_")?.as_f64();
    let [y, f, more] = &labels;
    let found = stats::ppi_mean_ci(y, f, more, i.get("alpha")?, lambda)?;
    Ok(json!({
        "lambda_": found.lambda,
        "estimate": found.estimate,
        "se": found.se,
        "lower": found.lower,
        "upper": found.upper,
    }))
}
