//! The largest case that somebody may approve, by currency.

use crate::domain::money::Currency;

/// Limits of one role, or of everybody without one, in minor units of each currency.
///
/// Without any limit there is none. Once there is a limit in one currency, a currency without one has the
/// limit zero: what nobody thought of is not approved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits(Vec<(Currency, i64)>);

impl Limits {
    /// Returns the limits of a list; of two in one currency the first counts.
    #[must_use]
    pub const fn new(limits: Vec<(Currency, i64)>) -> Self {
        Self(limits)
    }

    /// Returns the limit in a currency; `None` if there is no limit at all.
    #[must_use]
    pub fn in_currency(&self, currency: Currency) -> Option<i64> {
        if self.0.is_empty() {
            return None;
        }
        Some(self.written(currency).unwrap_or(0))
    }

    /// Returns the limit in a currency as the policy has it; `None` if it has none.
    #[must_use]
    pub fn written(&self, currency: Currency) -> Option<i64> {
        self.0.iter().find(|(known, _)| *known == currency).map(|(_, minor)| *minor)
    }

    /// Returns the limits as the policy has them.
    #[must_use]
    pub fn all(&self) -> &[(Currency, i64)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_without_a_limit_has_none_or_zero() {
        let usd: Currency = "USD".parse().unwrap();
        assert_eq!(Limits::default().in_currency(usd), None);
        let limits = Limits::new(vec![(Currency::CNY, 5)]);
        assert_eq!((limits.in_currency(Currency::CNY), limits.in_currency(usd)), (Some(5), Some(0)));
    }
}
