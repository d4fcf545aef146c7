//! Krippendorff's alpha: agreement of any number of raters, with missing ratings.

use super::error::{StatsError, check};

/// Agreement under three measures of distance; none where all paired values are equal or nothing is paired.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KrippendorffAlpha {
    /// Values are names.
    pub nominal: Option<f64>,
    /// Values are ranks.
    pub ordinal: Option<f64>,
    /// Values are numbers.
    pub interval: Option<f64>,
}

/// Krippendorff's alpha (2011) of `units`, each a list of ratings with gaps; units with fewer than two
/// ratings are left out.
///
/// Errors: a rating that is not finite.
pub fn krippendorff_alpha<U: AsRef<[Option<f64>]>>(
    units: &[U],
) -> Result<KrippendorffAlpha, StatsError> {
    let mut rated = Vec::new();
    for unit in units {
        let ratings: Vec<f64> = unit.as_ref().iter().copied().flatten().collect();
        for value in &ratings {
            check("rating", *value, "finite", value.is_finite())?;
        }
        if ratings.len() > 1 {
            rated.push(ratings);
        }
    }
    let scale = Scale::new(&rated);
    let units: Vec<Vec<usize>> = rated
        .iter()
        .map(|unit| unit.iter().map(|v| scale.number(*v)).collect())
        .collect();
    let square = |d: f64| d * d;
    Ok(KrippendorffAlpha {
        nominal: scale.alpha(&units, |c, k| f64::from(u8::from(c != k))),
        ordinal: scale.alpha(&units, |c, k| square(scale.rank(c) - scale.rank(k))),
        interval: scale.alpha(&units, |c, k| square(scale.value(c) - scale.value(k))),
    })
}

/// The distinct values in order, how often each occurs, and its mean rank.
struct Scale {
    values: Vec<f64>,
    counts: Vec<f64>,
    ranks: Vec<f64>,
    total: f64,
}

impl Scale {
    fn new(units: &[Vec<f64>]) -> Self {
        let mut all: Vec<f64> = units.iter().flatten().map(|v| v + 0.0).collect();
        all.sort_unstable_by(f64::total_cmp);
        let (mut values, mut counts, mut ranks) = (Vec::new(), Vec::new(), Vec::new());
        let mut before = 0.0;
        for run in all.chunk_by(|x, y| x.total_cmp(y).is_eq()) {
            let count = run.len() as f64;
            values.extend(run.first());
            counts.push(count);
            // A difference of mean ranks is the ordinal distance: all between, half of both ends.
            ranks.push(before + 0.5 * count);
            before += count;
        }
        Self {
            values,
            counts,
            ranks,
            total: before,
        }
    }

    fn number(&self, value: f64) -> usize {
        self.values.partition_point(|v| *v < value)
    }

    fn value(&self, number: usize) -> f64 {
        self.values.get(number).copied().unwrap_or(0.0)
    }

    fn rank(&self, number: usize) -> f64 {
        self.ranks.get(number).copied().unwrap_or(0.0)
    }

    /// 1 - observed / expected disagreement, for squared distances between numbered values.
    fn alpha(&self, units: &[Vec<usize>], distance: impl Fn(usize, usize) -> f64) -> Option<f64> {
        let observed: f64 = units
            .iter()
            .map(|unit| {
                let within = unit
                    .iter()
                    .flat_map(|c| unit.iter().map(|k| distance(*c, *k)));
                within.sum::<f64>() / (unit.len() - 1) as f64
            })
            .sum();
        let counted = || self.counts.iter().enumerate();
        let expected: f64 = counted()
            .flat_map(|(c, n)| counted().map(move |(k, m)| (c, k, n * m)))
            .map(|(c, k, weight)| weight * distance(c, k))
            .sum();
        (expected > 0.0).then(|| 1.0 - (self.total - 1.0) * observed / expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_lone_ratings_do_not_count() -> Result<(), StatsError> {
        let with = [
            vec![Some(1.0), Some(1.0), None],
            vec![Some(2.0), Some(3.0)],
            vec![Some(9.0)],
        ];
        let without = [vec![Some(1.0), Some(1.0)], vec![Some(2.0), Some(3.0)]];
        assert_eq!(krippendorff_alpha(&with)?, krippendorff_alpha(&without)?);
        Ok(())
    }

    #[test]
    fn undefined_without_variation() -> Result<(), StatsError> {
        let same = krippendorff_alpha(&[[Some(1.0), Some(1.0)], [Some(1.0), Some(1.0)]])?;
        let none = krippendorff_alpha::<[Option<f64>; 2]>(&[])?;
        for alpha in [same.nominal, same.ordinal, none.interval] {
            assert_eq!(alpha, None);
        }
        assert!(krippendorff_alpha(&[[Some(f64::NAN), Some(1.0)]]).is_err());
        Ok(())
    }
}
