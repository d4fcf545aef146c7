//! Means, variances and sample quantiles as every other module takes them.

/// Arithmetic mean; 0 for no values.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        values.iter().sum::<f64>() / values.len() as f64
    }
}

/// Sum of squared deviations from the mean.
pub(super) fn sum_of_squares(values: &[f64]) -> f64 {
    // Equal values must have no variance; their mean may differ from them by rounding.
    if values.windows(2).all(|pair| pair.first() == pair.last()) {
        return 0.0;
    }
    let centre = mean(values);
    values.iter().map(|v| (v - centre) * (v - centre)).sum()
}

/// Sample variance with divisor n - 1; none for fewer than two values.
pub(super) fn sample_variance(values: &[f64]) -> Option<f64> {
    (values.len() > 1).then(|| sum_of_squares(values) / (values.len() - 1) as f64)
}

/// Standard error of the mean, sd / sqrt(n); none for fewer than two values.
pub(super) fn standard_error(values: &[f64]) -> Option<f64> {
    sample_variance(values).map(|v| (v / values.len() as f64).sqrt())
}

/// Population variance, divisor n; 0 for no values.
pub(super) fn population_variance(values: &[f64]) -> f64 {
    if values.is_empty() {
        0.0
    } else {
        sum_of_squares(values) / values.len() as f64
    }
}

/// ln of the mean of e^v.
pub(super) fn log_mean_exp(values: &[f64]) -> f64 {
    let top = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !top.is_finite() {
        return top;
    }
    let sum: f64 = values.iter().map(|v| (v - top).exp()).sum();
    top + (sum / values.len() as f64).ln()
}
