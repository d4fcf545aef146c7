//! Agreement of two raters on categories: Cohen's kappa, weighted kappa, Gwet's AC1.

use super::error::{StatsError, check_lengths};

/// Cohen's kappa with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CohenKappa {
    /// Chance-corrected agreement, at most 1; none where both raters always say the same one thing.
    pub kappa: Option<f64>,
    /// Standard error; none where a rater is constant.
    pub se: Option<f64>,
}

/// Kappa that counts near misses as partial agreement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedKappa {
    /// Disagreement weighed by distance; none where no disagreement is expected.
    pub linear: Option<f64>,
    /// Disagreement weighed by squared distance; none likewise.
    pub quadratic: Option<f64>,
}

/// Gwet's AC1, which does not collapse when nearly everything passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GwetAc1 {
    /// Share of items on which the raters agree.
    pub observed_agreement: f64,
    /// Chance-corrected agreement; none where only one category occurs.
    pub ac1: Option<f64>,
}

/// Cohen's kappa (1960) with the standard error of Fleiss, Cohen and Everitt (1969).
///
/// Errors: no items, unequal lengths.
pub fn cohen_kappa<T: Ord>(a: &[T], b: &[T]) -> Result<CohenKappa, StatsError> {
    let table = Table::new(a, b)?;
    let observed = table.mean(|i, j| f64::from(u8::from(i == j)));
    let expected = table.expected(|i, j| f64::from(u8::from(i == j)));
    if table.first.len() == 1 {
        return Ok(CohenKappa {
            kappa: None,
            se: None,
        });
    }
    let kappa = (observed - expected) / (1.0 - expected);
    let spread = table.mean(|i, j| {
        let margins = table.first_or_0(j) + table.second_or_0(i);
        if i == j {
            (1.0 - margins * (1.0 - kappa)).powi(2)
        } else {
            (margins * (1.0 - kappa)).powi(2)
        }
    });
    let centre = kappa - expected * (1.0 - kappa);
    let variance = (spread - centre * centre) / ((1.0 - expected).powi(2) * a.len() as f64);
    let se = (table.constant_raters == 0).then(|| variance.max(0.0).sqrt());
    Ok(CohenKappa {
        kappa: Some(kappa),
        se,
    })
}

/// Weighted kappa (Cohen 1968); the distance of categories is that of their indices among the sorted
/// categories that occur.
///
/// Errors: no items, unequal lengths.
pub fn weighted_kappa<T: Ord>(a: &[T], b: &[T]) -> Result<WeightedKappa, StatsError> {
    let table = Table::new(a, b)?;
    let kappa = |weight: fn(f64) -> f64| {
        let distance = |i: usize, j: usize| weight(i.abs_diff(j) as f64);
        let expected = table.expected(distance);
        let observed = table.mean(distance);
        (expected > 0.0).then(|| 1.0 - observed / expected)
    };
    Ok(WeightedKappa {
        linear: kappa(|d| d),
        quadratic: kappa(|d| d * d),
    })
}

/// Gwet's first-order agreement coefficient (2008). Errors: no items, unequal lengths.
pub fn gwet_ac1<T: Ord>(a: &[T], b: &[T]) -> Result<GwetAc1, StatsError> {
    let table = Table::new(a, b)?;
    let observed_agreement = table.mean(|i, j| f64::from(u8::from(i == j)));
    let categories = table.first.len();
    let spread: f64 = table
        .first
        .iter()
        .zip(&table.second)
        .map(|(p, q)| 0.5 * (p + q))
        .map(|share| share * (1.0 - share))
        .sum();
    let ac1 = (categories > 1).then(|| {
        let expected = spread / (categories - 1) as f64;
        (observed_agreement - expected) / (1.0 - expected)
    });
    Ok(GwetAc1 {
        observed_agreement,
        ac1,
    })
}

/// Joint and marginal shares of the categories, which are numbered in sorted order.
struct Table {
    /// Category given by the first rater and by the second, one entry an item.
    items: Vec<(usize, usize)>,
    first: Vec<f64>,
    second: Vec<f64>,
    constant_raters: usize,
}

impl Table {
    fn new<T: Ord>(a: &[T], b: &[T]) -> Result<Self, StatsError> {
        check_lengths("ratings", a.len(), b.len())?;
        if a.is_empty() {
            return Err(StatsError::Empty { what: "ratings" });
        }
        let mut categories: Vec<&T> = a.iter().chain(b).collect();
        categories.sort_unstable();
        categories.dedup();
        let number = |label: &T| categories.partition_point(|c| *c < label);
        let items: Vec<_> = a
            .iter()
            .zip(b)
            .map(|(x, y)| (number(x), number(y)))
            .collect();
        let shares = |side: fn(&(usize, usize)) -> usize| {
            let mut counts = vec![0.0; categories.len()];
            for item in &items {
                if let Some(count) = counts.get_mut(side(item)) {
                    *count += 1.0;
                }
            }
            for count in &mut counts {
                *count /= items.len() as f64;
            }
            counts
        };
        let (first, second) = (shares(|i| i.0), shares(|i| i.1));
        let constant =
            |shares: &[f64]| usize::from(shares.iter().filter(|s| **s > 0.0).count() == 1);
        let constant_raters = constant(&first) + constant(&second);
        Ok(Self {
            items,
            first,
            second,
            constant_raters,
        })
    }

    /// Mean over items; divided last, so that perfect agreement is exactly 1.
    fn mean(&self, term: impl Fn(usize, usize) -> f64) -> f64 {
        let sum: f64 = self.items.iter().map(|&(i, j)| term(i, j)).sum();
        sum / self.items.len() as f64
    }

    /// Sum of weights over independent raters with these margins.
    fn expected(&self, weight: impl Fn(usize, usize) -> f64) -> f64 {
        let row = |(i, p): (usize, &f64)| -> f64 {
            self.second
                .iter()
                .enumerate()
                .map(|(j, q)| p * q * weight(i, j))
                .sum()
        };
        self.first.iter().enumerate().map(row).sum()
    }

    fn first_or_0(&self, category: usize) -> f64 {
        self.first.get(category).copied().unwrap_or(0.0)
    }

    fn second_or_0(&self, category: usize) -> f64 {
        self.second.get(category).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn swapping_raters_changes_nothing(pairs in prop::collection::vec((0_u8..4, 0_u8..4), 1..60)) {
            let (a, b): (Vec<u8>, Vec<u8>) = pairs.into_iter().unzip();
            let near = |x: Option<f64>, y: Option<f64>| match (x, y) {
                (Some(x), Some(y)) => (x - y).abs() < 1e-9 && x <= 1.0 + 1e-12,
                (x, y) => x == y,
            };
            let (here, there) = (cohen_kappa(&a, &b)?, cohen_kappa(&b, &a)?);
            prop_assert!(near(here.kappa, there.kappa) && near(here.se, there.se));
            prop_assert!(near(weighted_kappa(&a, &b)?.linear, weighted_kappa(&b, &a)?.linear));
            prop_assert!(near(gwet_ac1(&a, &b)?.ac1, gwet_ac1(&b, &a)?.ac1));
        }
    }

    #[test]
    fn one_category_is_undefined() -> Result<(), StatsError> {
        let same = ["ok"; 10];
        assert_eq!(
            cohen_kappa(&same, &same)?,
            CohenKappa {
                kappa: None,
                se: None
            }
        );
        assert_eq!(
            weighted_kappa(&same, &same)?,
            WeightedKappa {
                linear: None,
                quadratic: None
            }
        );
        let gwet = gwet_ac1(&same, &same)?;
        assert!(gwet.ac1.is_none() && (gwet.observed_agreement - 1.0).abs() < 1e-12);
        assert!(cohen_kappa::<u8>(&[], &[]).is_err() && gwet_ac1(&[1], &[1, 2]).is_err());
        Ok(())
    }

    #[test]
    fn constant_but_different_raters_agree_at_chance() -> Result<(), StatsError> {
        let found = cohen_kappa(&[0; 6], &[1; 6])?;
        assert!(found.kappa.is_some_and(|k| k.abs() < 1e-15) && found.se.is_none());
        Ok(())
    }
}
