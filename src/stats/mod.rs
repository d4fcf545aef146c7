//! Statistics of gates, drift, judges and experiments: pure functions of numbers, no policy.
//!
//! | question | function |
//! |---|---|
//! | how sure is one pass rate? | [`wilson`] to show, [`clopper_pearson`] to decide, [`jeffreys`] to compare |
//! | how many passes settle a gate? | [`gate_acceptance_numbers`], [`operating_characteristic`], [`flip_probability`] |
//! | how many cases are needed? | [`smallest_acceptance_plan`], [`zero_failure_n`], [`paired_noninferiority_n`], [`paired_mde`] |
//! | cases in clusters, or repeated? | [`clustered_binomial_bounds`] for a rate, [`cluster_se`] for a mean |
//! | a mean score in 0..1? | [`BcaMean`] from 50 cases on, [`betting_cs`] below |
//! | a difference of mean scores? | [`FlipBounds`], with [`BcaMean`] for the lower bound from 100 cases on |
//! | is the candidate worse than the baseline? | [`tango_effective_n`], [`mcnemar()`]; [`midpoint_error`] when neither decides |
//! | the same by other methods? | [`tango_paired`], [`newcombe_paired`], [`bonett_price_paired`], [`paired_diff_se`], [`signflip()`] |
//! | did a single case break? | [`fisher_exact_one_sided`] on fresh answers of both versions |
//! | several metrics at once? | [`holm_adjusted`] for gates, [`bh_adjusted`] for exploring |
//! | what do repeats say? | [`pass_at_k`], [`pass_hat_k`], [`variance_decomposition`], [`optimal_repeats`], [`is_flaky`] |
//! | may the run stop now? | [`hybrid_decision`], [`curtailed_decision`], [`PairedEvidence`]; then [`betting_cs_counts`] |
//! | has the rate fallen over time? | [`ECusum`] with [`drift_floor`] |
//! | is the judge to be trusted? | [`cohen_kappa`], [`gwet_ac1`], [`krippendorff_alpha`], [`position_bias`] |
//! | the true rate behind a judge? | [`ppi_mean_ci`] with labels of the run, [`rogan_gladen`] with older ones |
//! | who gets which variant, and did they? | [`bucket_unit`], [`choose_variant`], [`srm_chi_square`], [`newcombe_two_sample`] |
//!
//! Levels called `alpha` are one-sided unless the name says otherwise. Undefined values are `None`, unusable
//! input is a [`StatsError`], and what is random takes a seed. The papers are named at the functions.

mod acceptance;
mod beta;
mod betting;
mod binomial;
mod bootstrap;
mod bucket;
mod cluster;
mod cluster_evidence;
mod drift;
mod early_stop;
mod error;
mod fisher;
mod flip_bounds;
mod interval;
mod judge;
mod kappa;
mod krippendorff;
mod mcnemar;
mod moments;
mod multiple;
mod normal;
mod paired;
mod planning;
mod repeats;
mod rng;
mod signflip;
mod special;
mod tango;
mod two_sample;
mod wsr;

pub use acceptance::{
    AcceptanceNumbers, AcceptancePlan, Decision, OperatingCharacteristic, flip_probability,
    gate_acceptance_numbers, operating_characteristic, smallest_acceptance_plan, threshold_count,
    zero_failure_n,
};
pub use beta::{beta_cdf, beta_quantile};
pub use betting::{
    BettingLogE, EProcess, Null, betting_cs, betting_cs_counts, betting_log_e, betting_log_e_counts,
};
pub use binomial::{binomial_cdf, binomial_pmf, binomial_sf};
pub use bootstrap::{
    BcaInterval, BcaMean, bca_mean_full, bca_mean_monte_carlo, percentile_bootstrap,
};
pub use bucket::{bucket_key, bucket_unit, choose_variant, md5_mod_10000, salted_bucket};
pub use cluster::{
    ClusterSe, ClusteredBounds, cluster_se, clustered_binomial_bounds, clustered_rate_p_below,
};
pub use cluster_evidence::{ClusterEvidence, ClusterValues};
pub use drift::{ECusum, drift_floor, e_cusum_log};
pub use early_stop::{
    HybridRule, PairedEvidence, curtailed_decision, early_decision, hybrid_decision,
};
pub use error::StatsError;
pub use fisher::fisher_exact_one_sided;
pub use flip_bounds::{ClusterSum, FlipBounds};
pub use interval::{Interval, clopper_pearson, jeffreys, wilson};
pub use judge::{
    CorrectedRate, JudgedRate, PositionBias, PpiMean, position_bias, ppi_mean_ci, rogan_gladen,
};
pub use kappa::{CohenKappa, GwetAc1, WeightedKappa, cohen_kappa, gwet_ac1, weighted_kappa};
pub use krippendorff::{KrippendorffAlpha, krippendorff_alpha};
pub use mcnemar::{McNemar, mcnemar};
pub use multiple::{bh_adjusted, holm_adjusted};
pub use normal::{normal_cdf, normal_quantile};
pub use paired::{
    PairedCounts, PairedDifference, PhiCorrection, bonett_price_paired, newcombe_paired,
    paired_diff_se,
};
pub use planning::{
    SampleSize, discordance_with_repeats, midpoint_error, paired_mde, paired_noninferiority_n,
    two_proportion_power, two_proportion_sample_size,
};
pub use repeats::{
    VarianceDecomposition, is_flaky, optimal_repeats, pass_at_k, pass_hat_k, pass_hat_k_plugin,
    smoothed_rate, variance_decomposition,
};
pub use rng::SplitMix64;
pub use signflip::{SignFlip, signflip, signflip_exact, signflip_monte_carlo};
pub use special::{chi_square_sf, t_quantile, t_two_sided_p};
pub use tango::{
    ArmPasses, DiffInterval, EffectiveTango, tango_effective_n, tango_paired, tango_score_z,
};
pub use two_sample::{SampleRatio, newcombe_two_sample, srm_chi_square};
pub use wsr::wsr_hedged_capital;
