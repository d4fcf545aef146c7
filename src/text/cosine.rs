//! Cosine similarity of embedding vectors.

use thiserror::Error;

/// Vectors that have no angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CosineError {
    /// The vectors differ in length.
    #[error("vectors of {left} and {right} dimensions")]
    LengthMismatch {
        /// Dimensions of the first.
        left: usize,
        /// Dimensions of the second.
        right: usize,
    },
    /// A component is infinite or not a number.
    #[error("a vector component is not finite")]
    NotFinite,
}

/// Cosine of the angle between `a` and `b`, in `[-1, 1]`; 0 if either is all zeros.
///
/// Vectors are scaled first, so components near the limits of `f64` neither overflow nor vanish.
pub fn cosine(a: &[f64], b: &[f64]) -> Result<f64, CosineError> {
    if a.len() != b.len() {
        return Err(CosineError::LengthMismatch {
            left: a.len(),
            right: b.len(),
        });
    }
    if a.iter().chain(b).any(|v| !v.is_finite()) {
        return Err(CosineError::NotFinite);
    }
    let (top_a, top_b) = (largest(a), largest(b));
    if top_a <= 0.0 || top_b <= 0.0 {
        return Ok(0.0);
    }
    let (mut dot, mut norm_a, mut norm_b) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b).map(|(x, y)| (x / top_a, y / top_b)) {
        dot += x * y;
        norm_a += x * x;
        norm_b += y * y;
    }
    Ok((dot / (norm_a.sqrt() * norm_b.sqrt())).clamp(-1.0, 1.0))
}

fn largest(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |top, v| top.max(v.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_lengths_keep_their_angle() -> Result<(), CosineError> {
        for size in [f64::MAX, f64::MIN_POSITIVE, 5e-324] {
            assert!((cosine(&[size, size], &[size, 0.0])? - 0.5_f64.sqrt()).abs() < 1e-15);
        }
        assert!(cosine(&[0.0, 0.0], &[1.0, 2.0])?.abs() < 1e-15 && cosine(&[], &[])?.abs() < 1e-15);
        assert_eq!(
            cosine(&[1.0], &[]),
            Err(CosineError::LengthMismatch { left: 1, right: 0 })
        );
        assert_eq!(cosine(&[f64::NAN], &[1.0]), Err(CosineError::NotFinite));
        Ok(())
    }
}
