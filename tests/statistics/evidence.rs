//! Sequential evidence and corrections for several tests.

use std::error::Error;

use prompteval::stats::{self, BettingLogE};
use serde_json::{Value, json};

use crate::Call;
use crate::input::Input;

pub(crate) const TABLE: &[(&str, Call)] = &[
    ("holm_adjusted", |i| {
        Ok(json!({"adjusted": stats::holm_adjusted(&i.get::<Vec<f64>>("p")?)?}))
    }),
    ("bh_adjusted", |i| {
        Ok(json!({"adjusted": stats::bh_adjusted(&i.get::<Vec<f64>>("p")?)?}))
    }),
    ("betting_log_e", |i| {
        Ok(both_sides(stats::betting_log_e(
            &i.get::<Vec<f64>>("x")?,
            i.get("m")?,
        )?))
    }),
    ("betting_log_e_counts", |i| {
        let (passes, n) = (i.count("passes")?, i.count("n")?);
        Ok(both_sides(stats::betting_log_e_counts(
            passes,
            n,
            i.get("m")?,
        )?))
    }),
    ("betting_cs", |i| {
        let found = stats::betting_cs(&i.get::<Vec<f64>>("x")?, i.get("alpha_per_side")?)?;
        Ok(json!({"lower": found.lower, "upper": found.upper}))
    }),
    ("wsr_hedged_capital", |i| {
        let (x, m) = (i.get::<Vec<f64>>("x")?, i.get("m")?);
        Ok(json!({"capital": stats::wsr_hedged_capital(&x, m, i.get("alpha")?)?}))
    }),
    ("e_cusum_log", e_cusum_log),
];

fn both_sides(found: BettingLogE) -> Value {
    json!({"log_e_mean_gt_m": found.mean_gt_m, "log_e_mean_lt_m": found.mean_lt_m})
}

fn e_cusum_log(i: &Input) -> Result<Value, Box<dyn Error>> {
    let runs: Vec<(u64, u64)> = i.get("runs")?;
    Ok(json!({"log_m": stats::e_cusum_log(i.get("m0")?, &runs)?}))
}
