//! What was paid, and whether that is all of it.

/// US dollars, with how many calls there are whose price is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Paid {
    /// What is known.
    pub usd: f64,
    /// Calls whose price is not known.
    pub unknown: u32,
}

/// The least sum that people are shown: what is less says nothing where not all is known.
const SHOWN: f64 = 0.0001;

impl Paid {
    /// The sum in words, `unknown` or `at least` a sum where it is not all; `money` writes a sum.
    pub fn told(self, money: impl Fn(f64) -> String) -> String {
        match self {
            Self { usd, unknown: 0 } => money(usd),
            Self { usd, .. } if usd >= SHOWN => format!("at least {}", money(usd)),
            _ => "unknown".to_owned(),
        }
    }

    /// A bound in words: `at most` a sum, and that more is unknown where it is no bound of all.
    pub(crate) fn at_most(self, money: impl Fn(f64) -> String) -> String {
        match self {
            Self { usd, unknown: 0 } => format!("at most {}", money(usd)),
            Self { usd, .. } if usd >= SHOWN => format!("at most {} + unknown", money(usd)),
            _ => "unknown".to_owned(),
        }
    }

    /// Whether nothing that people are shown is known of it.
    pub(crate) fn is_unknown(self) -> bool {
        self.unknown > 0 && self.usd < SHOWN
    }

    /// The sum, where anything is known of it.
    pub fn known(self) -> Option<f64> {
        (self.unknown == 0 || self.usd > 0.0).then_some(self.usd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_price_is_no_zero() {
        let told = |usd, unknown| Paid { usd, unknown }.told(|usd| format!("${usd:.2}"));
        assert_eq!(told(0.0, 0), "$0.00");
        assert_eq!(told(0.5, 0), "$0.50");
        assert_eq!(told(0.0, 3), "unknown");
        assert_eq!(told(0.000_01, 3), "unknown");
        assert_eq!(told(0.5, 3), "at least $0.50");
        let most = |usd, unknown| Paid { usd, unknown }.at_most(|usd| format!("${usd:.2}"));
        assert_eq!(most(0.0, 0), "at most $0.00");
        assert_eq!(most(0.0, 1), "unknown");
        assert_eq!(most(0.5, 1), "at most $0.50 + unknown");
        assert_eq!(
            Paid {
                usd: 0.0,
                unknown: 1
            }
            .known(),
            None
        );
    }
}
