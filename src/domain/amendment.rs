//! The facts of a trade that a correction may change (更正).

use super::vocabulary::vocabulary;

vocabulary! {
    /// A fact of a trade that an amendment may change, as an operator names it.
    AmendableFact, "fact" {
        /// The amount.
        Amount = "amount",
        /// The channel's fee.
        Fee = "fee",
        /// The discount that the merchant bears.
        MerchantDiscount = "merchant_discount",
        /// The customer.
        Customer = "customer",
        /// The merchant.
        Merchant = "merchant",
        /// The product.
        Product = "product",
        /// The channel.
        Channel = "channel",
        /// The day of the trade in the ledger's zone.
        BusinessDate = "business_date",
    }
}

impl AmendableFact {
    /// The facts that a step of a case may change.
    pub const BY_STEP: [Self; 6] =
        [Self::Amount, Self::Fee, Self::MerchantDiscount, Self::Customer, Self::Merchant, Self::Product];

    /// Returns the word under which an amendment is stored and shown; money is stored in minor units.
    #[must_use]
    pub const fn stored(self) -> &'static str {
        match self {
            Self::Amount => "amount_minor",
            Self::Fee => "fee_minor",
            Self::MerchantDiscount => "merchant_discount_minor",
            other => other.as_str(),
        }
    }

    /// Returns the fact that is stored under a word.
    #[must_use]
    pub fn of_stored(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fact| fact.stored() == word)
    }

    /// True if the fact names who has an account: the customer or the merchant.
    #[must_use]
    pub const fn is_party(self) -> bool {
        matches!(self, Self::Customer | Self::Merchant)
    }

    /// Returns the words of some facts, separated by commas.
    #[must_use]
    pub fn words(facts: &[Self]) -> String {
        facts.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vocabulary::Vocabulary;

    #[test]
    fn a_fact_is_found_by_the_word_it_is_stored_under() {
        for fact in AmendableFact::ALL {
            assert_eq!(AmendableFact::of_stored(fact.stored()), Some(*fact));
            assert_eq!(AmendableFact::of_word(fact.as_str()), Some(*fact));
        }
        assert_eq!(AmendableFact::of_stored("amount"), None, "an amount is stored in minor units");
    }
}
