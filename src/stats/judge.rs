//! What an imperfect judge's rate says about the true rate: Rogan-Gladen, prediction-powered inference,
//! and position bias.

use super::error::{
    StatsError, check, check_lengths, check_open_unit, check_positive, check_probability,
    check_values,
};
use super::mcnemar::mcnemar;
use super::moments::{mean, population_variance, sample_variance};
use super::normal::normal_quantile;

/// A judge with less than this sensitivity + specificity - 1 is refused.
const LEAST_YOUDEN: f64 = 0.2;

/// A judge's rate and its error rates, with the sample sizes behind each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgedRate {
    /// Share of items that the judge passes.
    pub p_judge: f64,
    /// Number of judged items.
    pub n: f64,
    /// P(judge fails | truly fails).
    pub specificity: f64,
    /// Human-labelled failing items behind `specificity`.
    pub m_neg: f64,
    /// P(judge passes | truly passes).
    pub sensitivity: f64,
    /// Human-labelled passing items behind `sensitivity`.
    pub m_pos: f64,
}

/// A corrected rate with its interval, all in `[0, 1]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrectedRate {
    /// Estimate of the true pass rate.
    pub estimate: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// A prediction-powered mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PpiMean {
    /// Weight of the predictions: 1 is PPI, 0 ignores them.
    pub lambda: f64,
    /// Estimate of the mean human label.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Position bias of a pairwise judge over swapped pairs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PositionBias {
    /// |first-slot wins - second-slot wins| / pairs, in `[0, 1]`.
    pub rate: f64,
    /// Exact two-sided binomial p.
    pub p_two: f64,
}

/// True pass rate behind a judge's rate, two-sided interval at `alpha` (Rogan and Gladen 1978; Lee et al.
/// 2025, arXiv 2511.21140).
///
/// Assumes that sensitivity and specificity still hold. Errors: rates outside `[0, 1]`, sizes not
/// positive, an uninformative judge (sensitivity + specificity - 1 at most 0.2).
pub fn rogan_gladen(judged: JudgedRate, alpha: f64) -> Result<CorrectedRate, StatsError> {
    let JudgedRate {
        p_judge: p,
        n,
        specificity: q0,
        m_neg: m0,
        sensitivity: q1,
        m_pos: m1,
    } = judged;
    check_probability("p_judge", p)?;
    check_probability("specificity", q0)?;
    check_probability("sensitivity", q1)?;
    check_positive("n", n)?;
    check_positive("m_neg", m0)?;
    check_positive("m_pos", m1)?;
    check_open_unit("alpha", alpha)?;
    let youden = q0 + q1 - 1.0;
    if youden <= LEAST_YOUDEN {
        return Err(StatsError::UninformativeJudge { youden });
    }
    let z = normal_quantile(1.0 - 0.5 * alpha)?;
    let z2 = z * z;
    // Shrunken rates give the interval its coverage at small calibration sets (Lang and Reiczigel 2014).
    let rate = (n * p + 0.5 * z2) / (n + z2);
    let spec = (m0 * q0 + 1.0) / (m0 + 2.0);
    let sens = (m1 * q1 + 1.0) / (m1 + 2.0);
    let span = spec + sens - 1.0;
    if span <= 0.0 {
        return Err(StatsError::UninformativeJudge { youden: span });
    }
    let centre = (rate + spec - 1.0) / span;
    let (spec_noise, sens_noise) = (
        spec * (1.0 - spec) / (m0 + 2.0),
        sens * (1.0 - sens) / (m1 + 2.0),
    );
    let shift = 2.0 * z2 * (centre * sens_noise - (1.0 - centre) * spec_noise);
    let variance = rate * (1.0 - rate) / (n + z2)
        + (1.0 - centre).powi(2) * spec_noise
        + centre.powi(2) * sens_noise;
    let half = z * variance.sqrt() / span;
    Ok(CorrectedRate {
        estimate: ((p + q0 - 1.0) / youden).clamp(0.0, 1.0),
        lower: (centre + shift - half).clamp(0.0, 1.0),
        upper: (centre + shift + half).clamp(0.0, 1.0),
    })
}

/// Mean human label from few labelled and many judged items, two-sided normal interval at `alpha`
/// (Angelopoulos et al. 2023, arXiv 2301.09633; PPI++ 2311.01453).
///
/// `y` and `f_labelled` are human labels and judge scores of the same items, `f_unlabelled` scores of
/// others from the same run. `lambda` none picks the weight of least variance in `[0, 1]`. Errors: empty
/// or unequal lists, values that are not finite.
pub fn ppi_mean_ci(
    y: &[f64],
    f_labelled: &[f64],
    f_unlabelled: &[f64],
    alpha: f64,
    lambda: Option<f64>,
) -> Result<PpiMean, StatsError> {
    check_values("y", y)?;
    check_values("f_labelled", f_labelled)?;
    check_values("f_unlabelled", f_unlabelled)?;
    check_lengths("y and f_labelled", y.len(), f_labelled.len())?;
    check_open_unit("alpha", alpha)?;
    let lambda = lambda.unwrap_or_else(|| least_variance_weight(y, f_labelled, f_unlabelled));
    check("lambda", lambda, "finite", lambda.is_finite())?;
    let residuals: Vec<f64> = y
        .iter()
        .zip(f_labelled)
        .map(|(y, f)| y - lambda * f)
        .collect();
    let estimate = lambda * mean(f_unlabelled) + mean(&residuals);
    let variance = lambda * lambda * population_variance(f_unlabelled) / f_unlabelled.len() as f64
        + population_variance(&residuals) / y.len() as f64;
    let se = variance.sqrt();
    let half = normal_quantile(1.0 - 0.5 * alpha)? * se;
    Ok(PpiMean {
        lambda,
        estimate,
        se,
        lower: estimate - half,
        upper: estimate + half,
    })
}

/// Position bias among `pairs` judged in both orders, of which `disagreements` changed the winner and
/// `first_slot_wins` of those went to the first slot both times (Wang et al. 2023, arXiv 2305.17926).
///
/// Errors: `pairs = 0`, more disagreements than pairs, more wins than disagreements.
pub fn position_bias(
    first_slot_wins: u64,
    disagreements: u64,
    pairs: u64,
) -> Result<PositionBias, StatsError> {
    check_positive("pairs", pairs as f64)?;
    check(
        "disagreements",
        disagreements as f64,
        "at most the pairs",
        disagreements <= pairs,
    )?;
    let wins = first_slot_wins as f64;
    check(
        "first_slot_wins",
        wins,
        "at most the disagreements",
        first_slot_wins <= disagreements,
    )?;
    let second_slot_wins = disagreements - first_slot_wins;
    Ok(PositionBias {
        rate: first_slot_wins.abs_diff(second_slot_wins) as f64 / pairs as f64,
        p_two: mcnemar(first_slot_wins, second_slot_wins)?.exact_two,
    })
}

fn least_variance_weight(y: &[f64], f_labelled: &[f64], f_unlabelled: &[f64]) -> f64 {
    let (mean_y, mean_f) = (mean(y), mean(f_labelled));
    let products = y
        .iter()
        .zip(f_labelled)
        .map(|(y, f)| (y - mean_y) * (f - mean_f));
    let covariance = products.sum::<f64>() / y.len() as f64;
    let everything: Vec<f64> = f_labelled.iter().chain(f_unlabelled).copied().collect();
    let ratio = 1.0 + y.len() as f64 / f_unlabelled.len() as f64;
    // A judge that always says the same predicts nothing; any weight gives the same estimate.
    match sample_variance(&everything) {
        Some(variance) if variance > 0.0 => (covariance / (ratio * variance)).clamp(0.0, 1.0),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_judge_needs_no_correction() -> Result<(), StatsError> {
        let judged = JudgedRate {
            p_judge: 0.7,
            n: 1e4,
            specificity: 1.0,
            m_neg: 1e6,
            sensitivity: 1.0,
            m_pos: 1e6,
        };
        let found = rogan_gladen(judged, 0.05)?;
        assert!((found.estimate - 0.7).abs() < 1e-12 && found.lower < 0.7 && found.upper > 0.7);
        let coin = JudgedRate {
            specificity: 0.5,
            sensitivity: 0.6,
            ..judged
        };
        assert!(matches!(
            rogan_gladen(coin, 0.05),
            Err(StatsError::UninformativeJudge { .. })
        ));
        Ok(())
    }

    #[test]
    fn automatic_weight_by_hand() -> Result<(), StatsError> {
        let y = [1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        let f = [1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let more = [1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0];
        let found = ppi_mean_ci(&y, &f, &more, 0.05, None)?;
        assert!((found.lambda - 0.288_75).abs() < 1e-12);
        assert!((found.estimate - 0.714_437_5).abs() < 1e-12);
        assert!((found.se - 0.133_045_731_241_413_75).abs() < 1e-12);
        Ok(())
    }

    #[test]
    fn automatic_weight_is_no_worse_than_either_end() -> Result<(), StatsError> {
        let y: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 4 != 0))).collect();
        let f: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 5 != 0))).collect();
        let more: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i % 5 != 0))).collect();
        let auto = ppi_mean_ci(&y, &f, &more, 0.05, None)?;
        for lambda in [0.0, 1.0] {
            assert!(auto.se <= ppi_mean_ci(&y, &f, &more, 0.05, Some(lambda))?.se + 1e-3);
        }
        let constant = ppi_mean_ci(&y, &[1.0; 40], &[1.0; 9], 0.05, None)?;
        assert!((constant.estimate - 0.75).abs() < 1e-12 && constant.lambda <= 0.0);
        assert!(ppi_mean_ci(&y, &f, &[], 0.05, None).is_err());
        Ok(())
    }

    #[test]
    fn position_bias_by_the_binomial() -> Result<(), StatsError> {
        let biased = position_bias(15, 20, 100)?;
        assert!((biased.rate - 0.1).abs() < 1e-12 && (biased.p_two - 0.041_389).abs() < 1e-5);
        assert!(position_bias(0, 0, 10)?.p_two >= 1.0 && position_bias(3, 2, 10).is_err());
        Ok(())
    }
}
