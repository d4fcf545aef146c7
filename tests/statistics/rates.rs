//! Single rates, means, planning, repeats and the special functions.

use std::error::Error;

use prompteval::stats;
use serde_json::{Value, json};

use crate::Call;
use crate::input::Input;

pub(crate) const TABLE: &[(&str, Call)] = &[
    ("normal_quantile", |i| {
        Ok(json!({"z": stats::normal_quantile(i.get("p")?)?}))
    }),
    ("t_quantile", |i| {
        Ok(json!({"t": stats::t_quantile(i.get("p")?, i.get("df")?)?}))
    }),
    ("beta_quantile", |i| {
        Ok(json!({"x": stats::beta_quantile(i.get("p")?, i.get("a")?, i.get("b")?)?}))
    }),
    ("wilson", |i| interval(i, stats::wilson)),
    ("clopper_pearson", |i| interval(i, stats::clopper_pearson)),
    ("jeffreys", |i| interval(i, stats::jeffreys)),
    ("gate_acceptance_numbers", gate_acceptance_numbers),
    ("cluster_se", cluster_se),
    ("clustered_binomial_bounds", clustered_binomial_bounds),
    ("bca_bootstrap_mean_full_enumeration", |i| {
        bca(stats::bca_mean_full(
            &i.get::<Vec<f64>>("x")?,
            i.get("conf")?,
        )?)
    }),
    ("bca_bootstrap_mean_monte_carlo", |i| {
        let resamples = i.count("min_resamples")? as usize;
        bca(stats::bca_mean_monte_carlo(
            &i.get::<Vec<f64>>("x")?,
            i.get("conf")?,
            resamples,
            1,
        )?)
    }),
    ("pass_at_k", |i| {
        Ok(json!({"value": stats::pass_at_k(i.count("n")?, i.count("c")?, i.count("k")?)?}))
    }),
    ("pass_hat_k", pass_hat_k),
    ("variance_decomposition", variance_decomposition),
    ("two_proportion_sample_size", two_proportion_sample_size),
    ("two_proportion_power", two_proportion_power),
    ("paired_noninferiority_n", paired_noninferiority_n),
    ("paired_mde", paired_mde),
];

type Method = fn(u64, u64, f64) -> Result<stats::Interval, stats::StatsError>;

fn interval(i: &Input, method: Method) -> Result<Value, Box<dyn Error>> {
    let found = method(i.count("k")?, i.count("n")?, i.get("conf")?)?;
    Ok(json!({"lower": found.lower, "upper": found.upper}))
}

fn gate_acceptance_numbers(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (n, target, floor) = (i.count("n")?, i.get("target")?, i.get("floor")?);
    let found = stats::gate_acceptance_numbers(n, target, floor, i.get("alpha")?)?;
    Ok(json!({
        "min_passes_to_pass": found.min_passes_to_pass,
        "max_passes_to_fail": found.max_passes_to_fail,
    }))
}

fn cluster_se(i: &Input) -> Result<Value, Box<dyn Error>> {
    let [cluster] = i.ranks(["cluster"])?;
    let found = stats::cluster_se(&i.get::<Vec<f64>>("x")?, &cluster, i.get("conf")?)?;
    Ok(json!({
        "mean": found.mean,
        "clusters": found.clusters,
        "se_naive": found.se_naive,
        "se_cr0": found.se_cr0,
        "se_cr1": found.se_cr1,
        "t_lower": found.t_lower,
        "t_upper": found.t_upper,
    }))
}

fn clustered_binomial_bounds(i: &Input) -> Result<Value, Box<dyn Error>> {
    let [cluster] = i.ranks(["cluster"])?;
    let (x, alpha) = (i.get::<Vec<f64>>("x")?, i.get("alpha_one_sided")?);
    let found = stats::clustered_binomial_bounds(&x, &cluster, alpha)?;
    Ok(json!({
        "p": found.p,
        "deff": found.deff,
        "n_eff": found.n_eff,
        "wilson_lower": found.wilson_lower,
        "wilson_upper": found.wilson_upper,
        "kg_lower": found.kg_lower,
        "kg_upper": found.kg_upper,
    }))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the entries of the table end in it"
)]
fn bca(found: stats::BcaInterval) -> Result<Value, Box<dyn Error>> {
    Ok(json!({
        "theta": found.theta,
        "z0": found.z0,
        "accel": found.accel,
        "lower": found.lower,
        "upper": found.upper,
    }))
}

fn pass_hat_k(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (n, c, k) = (i.count("n")?, i.count("c")?, i.count("k")?);
    let (value, plugin) = (
        stats::pass_hat_k(n, c, k)?,
        stats::pass_hat_k_plugin(n, c, k)?,
    );
    Ok(json!({"value": value, "biased_plugin": plugin}))
}

fn variance_decomposition(i: &Input) -> Result<Value, Box<dyn Error>> {
    let found = stats::variance_decomposition(&i.get::<Vec<Vec<f64>>>("x")?)?;
    Ok(json!({
        "mean": found.mean,
        "within": found.within,
        "between": found.between,
        "icc": found.icc,
        "se_population": found.se_population,
        "se_dataset": found.se_dataset,
    }))
}

fn two_proportion_sample_size(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (p1, p2, alpha) = (i.get("p1")?, i.get("p2")?, i.get("alpha_two_sided")?);
    let found = stats::two_proportion_sample_size(p1, p2, alpha, i.get("power")?)?;
    Ok(json!({"n_per_arm": found.n, "n_exact": found.n_exact}))
}

fn two_proportion_power(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (p1, p2, alpha) = (i.get("p1")?, i.get("p2")?, i.get("alpha_two_sided")?);
    Ok(json!({"power": stats::two_proportion_power(p1, p2, i.count("n_per_arm")?, alpha)?}))
}

fn paired_noninferiority_n(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (discordance, diff, margin) =
        (i.get("discordance")?, i.get("true_diff")?, i.get("margin")?);
    let (alpha, power) = (i.get("alpha_one_sided")?, i.get("power")?);
    let found = stats::paired_noninferiority_n(discordance, diff, margin, alpha, power)?;
    Ok(json!({"n": found.n, "n_exact": found.n_exact}))
}

fn paired_mde(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (discordance, n) = (i.get("discordance_null")?, i.count("n")?);
    let mde = stats::paired_mde(discordance, n, i.get("alpha_one_sided")?, i.get("power")?)?;
    Ok(json!({"mde": mde}))
}
