//! The beta distribution: regularised incomplete beta function and its inverse, for any size of `n`.
//!
//! `statrs::function::beta::beta_reg` ends its continued fraction after 140 steps, which is silently
//! wrong for parameters above some ten thousand, and it takes `x` without `1 - x`. So the fraction is
//! evaluated here (Lentz's method), with Loader's saddle-point form (2000) of the factor before it.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

use super::error::{StatsError, check_positive, check_probability};
use super::normal::normal_quantile;

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;
/// Beyond this |logit| a probability is 0 or 1 for every purpose here, and still a normal float.
const LOGIT_LIMIT: f64 = 700.0;

/// P(X <= x) for X ~ Beta(a, b), `a, b > 0`, `x` in `[0, 1]`.
pub fn beta_cdf(x: f64, a: f64, b: f64) -> Result<f64, StatsError> {
    check_probability("x", x)?;
    check_positive("a", a)?;
    check_positive("b", b)?;
    Ok(lower_tail(a, b, x, 1.0 - x))
}

/// The `x` with P(X <= x) = p for X ~ Beta(a, b); `a, b > 0`, `p` in `[0, 1]`.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> Result<f64, StatsError> {
    beta_quantile_pair(p, a, b).map(|(x, _)| x)
}

/// The beta quantile `x` together with `1 - x`, each to full relative precision.
pub(super) fn beta_quantile_pair(p: f64, a: f64, b: f64) -> Result<(f64, f64), StatsError> {
    check_probability("p", p)?;
    check_positive("a", a)?;
    check_positive("b", b)?;
    if p <= 0.0 {
        return Ok((0.0, 1.0));
    }
    if p >= 1.0 {
        return Ok((1.0, 0.0));
    }
    let guess = (a / b).ln() + normal_quantile(p)? * (1.0 / a + 1.0 / b).sqrt();
    Ok(logistic_pair(solve_logit(p, a, b, guess)))
}

/// P(X <= x) given both `x` and `y = 1 - x`.
pub(super) fn lower_tail(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if y <= 0.0 {
        1.0
    } else {
        ln_tails(a, b, x, y).0.exp()
    }
}

/// ln of the binomial-like mass `n! / (k! (n-k)!) x^k y^(n-k)` for real `k` in (0, n).
pub(super) fn ln_binomial_mass(k: f64, n: f64, x: f64, y: f64) -> f64 {
    let rest = n - k;
    saddle_exponent(k, rest, x, y) + 0.5 * (n / (2.0 * PI * k * rest)).ln()
}

/// Newton's method on ln(tail) as a function of u = logit x, kept inside a bracket.
///
/// Both tails are log-concave in u, so after one step the iterates approach from one side.
fn solve_logit(p: f64, a: f64, b: f64, guess: f64) -> f64 {
    let use_lower = p <= 0.5;
    let goal = if use_lower { p.ln() } else { (-p).ln_1p() };
    let (mut low, mut high) = (-LOGIT_LIMIT, LOGIT_LIMIT);
    let mut u = guess.clamp(-LOGIT_LIMIT, LOGIT_LIMIT);
    for _ in 0..200 {
        let (x, y) = logistic_pair(u);
        let (ln_lower, ln_upper) = ln_tails(a, b, x, y);
        let ln_tail = if use_lower { ln_lower } else { ln_upper };
        let excess = if use_lower {
            ln_tail - goal
        } else {
            goal - ln_tail
        };
        if excess > 0.0 {
            high = u;
        } else {
            low = u;
        }
        let step = excess * (ln_tail - ln_factor(a, b, x, y)).exp();
        let newton = u - step;
        let next = if newton > low && newton < high {
            newton
        } else {
            0.5 * (low + high)
        };
        let moved = (next - u).abs();
        u = next;
        if moved <= f64::EPSILON * u.abs().max(1.0) {
            break;
        }
    }
    u
}

/// `x = 1 / (1 + e^-u)` and `1 - x`.
fn logistic_pair(u: f64) -> (f64, f64) {
    (1.0 / (1.0 + (-u).exp()), 1.0 / (1.0 + u.exp()))
}

/// Natural logarithms of the lower and upper tail at `x = 1 - y`, both in (0, 1).
fn ln_tails(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    let factor = ln_factor(a, b, x, y);
    if x < (a + 1.0) / (a + b + 2.0) {
        let lower = (factor + (continued_fraction(a, b, x) / a).ln()).min(0.0);
        (lower, ln_complement(lower))
    } else {
        let upper = (factor + (continued_fraction(b, a, y) / b).ln()).min(0.0);
        (ln_complement(upper), upper)
    }
}

fn ln_complement(ln_p: f64) -> f64 {
    (-ln_p.exp()).ln_1p()
}

/// ln of `x^a y^b / B(a, b)`.
fn ln_factor(a: f64, b: f64, x: f64, y: f64) -> f64 {
    saddle_exponent(a, b, x, y) + 0.5 * (a / (a + b) * b / (2.0 * PI)).ln()
}

fn saddle_exponent(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    stirling_error(n)
        - stirling_error(a)
        - stirling_error(b)
        - deviance(a, n * x)
        - deviance(b, n * y)
}

/// ln(z!) minus Stirling's formula; the series keeps what a difference of large logarithms loses.
fn stirling_error(z: f64) -> f64 {
    if z < 16.0 {
        return ln_gamma(z + 1.0) - (z + 0.5) * z.ln() + z - LN_SQRT_2PI;
    }
    let w = 1.0 / (z * z);
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - w / 1188.0) * w) * w) * w) / z
}

/// `x ln(x/m) + m - x` without cancellation when `x` is near `m`.
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * (x / m).ln() + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for j in 1..100 {
        power *= v * v;
        let term = power / f64::from(2 * j + 1);
        sum += term;
        if term.abs() <= f64::EPSILON * sum.abs() {
            break;
        }
    }
    sum
}

/// Lentz's evaluation of the fraction in `I_x(a, b) = x^a y^b / (a B(a, b)) * fraction`.
fn continued_fraction(a: f64, b: f64, x: f64) -> f64 {
    let keep = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    // About sqrt(max(a, b)) steps are needed; the cap serves parameters up to 10^9.
    for step in 1..100_000 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a - 1.0 + 2.0 * m) * (a + 2.0 * m));
        d = 1.0 / keep(1.0 + even * d);
        c = keep(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 1.0 + 2.0 * m));
        d = 1.0 / keep(1.0 + odd * d);
        c = keep(1.0 + odd / c);
        let change = d * c;
        value *= change;
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn quantile_inverts_the_distribution(
            p in 1e-6..1.0_f64, ln_a in -1.0..9.0_f64, ln_b in -1.0..9.0_f64,
        ) {
            let (a, b) = (ln_a.exp(), ln_b.exp());
            let (x, y) = beta_quantile_pair(p, a, b)?;
            prop_assert!((lower_tail(a, b, x, y) - p).abs() < 1e-11);
            prop_assert!((x + y - 1.0).abs() < 1e-15);
        }

        #[test]
        fn quantile_grows_with_p(p in 0.0..0.99_f64, a in 0.01..500.0_f64, b in 0.01..500.0_f64) {
            prop_assert!(beta_quantile(p, a, b)? <= beta_quantile(p + 0.01, a, b)?);
        }
    }

    #[test]
    fn references_of_high_precision() -> Result<(), StatsError> {
        // Bisection on the hypergeometric series in 50 digits.
        let table = [
            (0.05, 0.1357, 1.0, 2.584_960_876_858_320_4e-10),
            (1e-12, 3.0, 5.0, 3.057_200_551_509_433_3e-5),
            (0.05, 9990.0, 11.0, 0.998_304_368_546_354_6),
            (0.05, 4500.0, 501.0, 0.892_747_503_860_478_1),
        ];
        for (p, a, b, x) in table {
            assert!(
                (beta_quantile(p, a, b)? / x - 1.0).abs() < 1e-12,
                "B({p}; {a}, {b})"
            );
        }
        Ok(())
    }

    #[test]
    fn ends_and_limits() -> Result<(), StatsError> {
        assert!(beta_quantile(0.0, 2.0, 3.0)? <= 0.0 && beta_quantile(1.0, 2.0, 3.0)? >= 1.0);
        // The quantile 0.05^1000 is below the smallest float.
        assert!(beta_quantile(0.05, 0.001, 1.0)? < 1e-300);
        assert!(beta_quantile(0.95, 1.0, 0.001)? >= 1.0);
        assert!(beta_cdf(1.0, 1e-3, 1e6)? >= 1.0 && beta_cdf(0.0, 1.0, 1.0)? <= 0.0);
        assert!(beta_quantile(0.5, 0.0, 1.0).is_err() && beta_cdf(f64::NAN, 1.0, 1.0).is_err());
        // Far above the reach of a fixed number of steps.
        let median = beta_quantile(0.5, 5e8, 5e8)?;
        assert!((median - 0.5).abs() < 1e-12);
        Ok(())
    }
}
