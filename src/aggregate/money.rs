//! Sums of money that come to the same in any order.

/// US dollars, summed in whole trillionths: unlike floats these come to the same in any order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Money(i128);

impl Money {
    const PER_USD: f64 = 1e12;

    /// Adds a sum.
    pub(super) fn add(&mut self, usd: f64) {
        self.0 = self.0.saturating_add((usd * Self::PER_USD).round() as i128);
    }

    /// The sum.
    pub(super) fn usd(self) -> f64 {
        self.0 as f64 / Self::PER_USD
    }
}
