//! Sums of a ledger of several currencies: one for each, because amounts in two currencies are never added.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sum in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyTotal {
    /// Currency.
    pub currency: String,
    /// Sum in its minor units.
    pub amount_minor: i64,
}

/// Number and sum of accepted findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSum {
    /// Number of findings.
    pub count: i64,
    /// Sum of the amounts in the ledger's main currency, in minor units.
    pub amount_minor: i64,
    /// Every sum, if an amount is in another currency; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<CurrencyTotal>,
}

impl AcceptedSum {
    /// Returns whether nothing is accepted.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// Returns the sum in the ledger's main currency, and every sum if one is in another currency.
#[must_use]
pub fn totals(main: &str, sums: BTreeMap<String, i64>) -> (i64, Vec<CurrencyTotal>) {
    let own = sums.get(main).copied().unwrap_or(0);
    if sums.keys().all(|currency| currency == main) {
        return (own, Vec::new());
    }
    let all = sums.into_iter().map(|(currency, amount_minor)| CurrencyTotal { currency, amount_minor });
    (own, all.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_currency_needs_no_list_and_two_are_not_added() {
        let sums = |list: &[(&str, i64)]| list.iter().map(|(code, sum)| ((*code).to_owned(), *sum)).collect();
        assert_eq!(totals("CNY", sums(&[("CNY", 5)])), (5, Vec::new()));
        assert_eq!(totals("CNY", sums(&[])), (0, Vec::new()));
        let (own, all) = totals("CNY", sums(&[("CNY", 5), ("USD", 7)]));
        let all: Vec<_> = all.iter().map(|total| (total.currency.as_str(), total.amount_minor)).collect();
        assert_eq!((own, all), (5, vec![("CNY", 5), ("USD", 7)]));
        assert_eq!(totals("CNY", sums(&[("USD", 7)])).0, 0);
    }
}
