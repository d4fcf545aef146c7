//! Candidate against baseline on the same cases, and two independent arms.

use std::error::Error;

use prompteval::stats::{self, ArmPasses, DiffInterval, PairedCounts, PhiCorrection};
use serde_json::{Value, json};

use crate::Call;
use crate::input::Input;

pub(crate) const TABLE: &[(&str, Call)] = &[
    ("mcnemar", mcnemar),
    ("newcombe_paired", |i| {
        newcombe_paired(i, PhiCorrection::None)
    }),
    ("newcombe_paired_cc_phi", |i| {
        newcombe_paired(i, PhiCorrection::Continuity)
    }),
    ("tango_paired", |i| {
        let (f, b, n) = (i.count("cand_only")?, i.count("base_only")?, i.count("n")?);
        Ok(difference(stats::tango_paired(f, b, n, i.get("conf")?)?))
    }),
    ("tango_score_z", |i| {
        let (f, b, n) = (i.get("cand_only")?, i.get("base_only")?, i.get("n")?);
        Ok(json!({"z": stats::tango_score_z(f, b, n, i.get("delta0")?)?}))
    }),
    ("tango_effective_n", |i| tango_effective_n(i, None)),
    ("tango_effective_n_clustered", |i| {
        let [cluster] = i.ranks(["cluster"])?;
        tango_effective_n(i, Some(&cluster))
    }),
    ("bonett_price_paired", |i| {
        let (f, b, n) = (i.count("cand_only")?, i.count("base_only")?, i.count("n")?);
        let found = stats::bonett_price_paired(f, b, n, i.get("conf")?)?;
        Ok(json!({"lower": found.lower, "upper": found.upper}))
    }),
    ("paired_diff_se", paired_diff_se),
    ("signflip_permutation_exact", |i| {
        let found = stats::signflip(&i.get::<Vec<f64>>("d")?, 1)?;
        Ok(json!({"p_two": found.p_two, "p_less": found.p_less, "p_greater": found.p_greater}))
    }),
    ("newcombe_two_sample", newcombe_two_sample),
    ("srm_chi_square", |i| {
        let found = stats::srm_chi_square(&i.counts("observed")?, &i.get::<Vec<f64>>("weights")?)?;
        Ok(json!({"chi2": found.chi2, "df": found.df, "p": found.p}))
    }),
    ("bucket_hash", |i| {
        let key: String = i.get("key")?;
        let (unit, modulo) = (stats::bucket_unit(&key), stats::md5_mod_10000(&key));
        Ok(json!({"sha256_unit": unit, "md5_mod_10000": modulo}))
    }),
];

fn difference(found: DiffInterval) -> Value {
    json!({"diff": found.diff, "lower": found.lower, "upper": found.upper})
}

fn mcnemar(i: &Input) -> Result<Value, Box<dyn Error>> {
    let found = stats::mcnemar(i.count("base_only_pass")?, i.count("cand_only_pass")?)?;
    Ok(json!({
        "exact_two": found.exact_two,
        "midp_two": found.midp_two,
        "exact_one": found.exact_one,
        "midp_one": found.midp_one,
    }))
}

fn newcombe_paired(i: &Input, correction: PhiCorrection) -> Result<Value, Box<dyn Error>> {
    let table = PairedCounts {
        both: i.count("both")?,
        cand_only: i.count("cand_only")?,
        base_only: i.count("base_only")?,
        neither: i.count("neither")?,
    };
    Ok(difference(stats::newcombe_paired(
        table,
        i.get("conf")?,
        correction,
    )?))
}

fn tango_effective_n(i: &Input, cluster: Option<&[usize]>) -> Result<Value, Box<dyn Error>> {
    let (base, cand) = (i.counts("base_passes")?, i.counts("cand_passes")?);
    let found = stats::tango_effective_n(
        ArmPasses {
            passes: &base,
            repeats: i.count("base_repeats")?,
        },
        ArmPasses {
            passes: &cand,
            repeats: i.count("cand_repeats")?,
        },
        cluster,
        i.get("alpha_one_sided")?,
    )?;
    Ok(json!({
        "diff": found.diff,
        "F": found.fixes,
        "G": found.regressions,
        "deff": found.deff,
        "adj": found.adj,
        "n_eff": found.n_eff,
        "lower": found.lower,
        "upper": found.upper,
    }))
}

fn paired_diff_se(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (candidate, baseline) = (
        i.get::<Vec<f64>>("candidate")?,
        i.get::<Vec<f64>>("baseline")?,
    );
    let found = stats::paired_diff_se(&candidate, &baseline, i.get("conf")?)?;
    Ok(json!({
        "diff": found.diff,
        "se": found.se,
        "t_lower": found.t_lower,
        "t_upper": found.t_upper,
        "t_stat": found.t_stat,
        "p_two": found.p_two,
    }))
}

fn newcombe_two_sample(i: &Input) -> Result<Value, Box<dyn Error>> {
    let (k1, n1, k2, n2) = (
        i.count("k1")?,
        i.count("n1")?,
        i.count("k2")?,
        i.count("n2")?,
    );
    Ok(difference(stats::newcombe_two_sample(
        k1,
        n1,
        k2,
        n2,
        i.get("conf")?,
    )?))
}
