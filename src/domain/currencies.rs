//! The currencies of a ledger, and how the code of an account shows which one it is in.
//!
//! An account has one currency. In the ledger's main currency its code is that of its subject and holder
//! (`1001`, `2001.A`); in another the currency's code is the last part (`1001.USD`, `2001.A.USD`). So a
//! customer or merchant may not be called like a currency of the ledger, or end in one: [`Currencies::in_name`].

use super::id::{AccountCode, Party};
use super::money::{Currency, Money};
use super::rejection::{Code, Obstacle, Rejection};

/// The currencies that a ledger keeps; fixed at its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Currencies {
    main: Currency,
    others: Vec<Currency>,
}

impl Currencies {
    /// Returns the currencies of a ledger; `kept` may name the main one again.
    #[must_use]
    pub fn new(main: Currency, kept: &[Currency]) -> Self {
        let mut others: Vec<Currency> = Vec::new();
        for currency in kept.iter().copied().filter(|currency| *currency != main) {
            if !others.contains(&currency) {
                others.push(currency);
            }
        }
        Self { main, others }
    }

    /// The main currency.
    #[must_use]
    pub const fn main(&self) -> Currency {
        self.main
    }

    /// Returns all of them, the main one first.
    pub fn all(&self) -> impl Iterator<Item = Currency> + '_ {
        std::iter::once(self.main).chain(self.others.iter().copied())
    }

    /// The currencies beside the main one.
    #[must_use]
    pub fn others(&self) -> &[Currency] {
        &self.others
    }

    /// Returns their codes, the main one first, with `separator` between them.
    #[must_use]
    pub fn codes(&self, separator: &str) -> String {
        self.all().map(Currency::code).collect::<Vec<_>>().join(separator)
    }

    /// Returns an amount for a sentence: thousands separated, and in a ledger of several currencies with the
    /// code of its own (`1,234.50 USD`).
    #[must_use]
    pub fn amount(&self, money: Money) -> String {
        self.with_code(money.grouped(), money.currency)
    }

    /// Returns the text of an amount, in a ledger of several currencies with the code of its own.
    #[must_use]
    pub fn with_code(&self, amount: String, currency: Currency) -> String {
        if self.others.is_empty() { amount } else { format!("{amount} {currency}") }
    }

    /// Returns a refusal whose balances say their currency in a ledger of several: a chain refuses without
    /// knowing which ones there are.
    #[must_use]
    pub fn of_refusal(&self, mut rejection: Rejection) -> Rejection {
        if let Some(Obstacle::Floor { short, .. }) = rejection.obstacle.as_deref() {
            let currency = short.currency;
            for (name, amount) in &mut rejection.args {
                if ["balance", "after", "floor"].contains(&name.as_str()) {
                    *amount = self.with_code(std::mem::take(amount), currency);
                }
            }
        }
        rejection
    }

    /// Returns whether the ledger keeps accounts in a currency.
    #[must_use]
    pub fn keeps(&self, currency: Currency) -> bool {
        currency == self.main || self.others.contains(&currency)
    }

    /// Refuses a currency that the ledger does not keep.
    ///
    /// # Errors
    /// [`Code::Currency`] with both.
    pub fn must_keep(&self, currency: Currency) -> Result<(), Rejection> {
        if self.keeps(currency) {
            return Ok(());
        }
        Err(Rejection::new(Code::Currency).with("currency", currency).with("ledger", self.codes(", ")))
    }

    /// Returns the currency of an account by its code.
    #[must_use]
    pub fn of(&self, account: &AccountCode) -> Currency {
        if self.others.is_empty() {
            return self.main;
        }
        account.leaf().and_then(|leaf| self.last_part(leaf)).unwrap_or(self.main)
    }

    /// Returns the currency of an account by its code, if that is not the main one.
    #[must_use]
    pub fn in_other(&self, account: &AccountCode) -> Option<Currency> {
        Some(self.of(account)).filter(|currency| *currency != self.main)
    }

    /// Returns whose account it is: the leaf without the currency; `None` if nothing is left of it.
    #[must_use]
    pub fn holder<'a>(&self, account: &'a AccountCode) -> Option<&'a str> {
        let leaf = account.leaf()?;
        match self.last_part(leaf) {
            None => Some(leaf),
            Some(currency) => leaf.strip_suffix(currency.code())?.strip_suffix('.'),
        }
    }

    /// Returns the currency that a name would be mistaken for in the code of an account: the name is the
    /// currency, or ends in a dot and the currency.
    #[must_use]
    pub fn in_name(&self, name: &str) -> Option<Currency> {
        self.last_part(name)
    }

    /// Refuses the name of a customer or merchant whose account would be mistaken for another's.
    ///
    /// # Errors
    /// [`Code::PartyName`] with the name and the currency.
    pub fn may_name(&self, party: &Party) -> Result<(), Rejection> {
        let Some(currency) = self.in_name(party.as_str()) else { return Ok(()) };
        let shown = party.as_str().escape_debug();
        Err(Rejection::new(Code::PartyName).with("party", shown).with("currency", currency))
    }

    fn last_part(&self, leaf: &str) -> Option<Currency> {
        // No code is taken apart in a ledger of one currency.
        if self.others.is_empty() {
            return None;
        }
        let last = leaf.rsplit('.').next()?;
        self.others.iter().copied().find(|currency| currency.code() == last)
    }
}

impl AccountCode {
    /// Returns the code of this account in a currency: unchanged in the ledger's main currency, else with
    /// the currency as its last part (`1001.USD`, `2001.A.USD`).
    ///
    /// # Errors
    /// [`Code::BadValue`] if the code becomes too long.
    pub fn in_currency(self, currency: Currency, main: Currency) -> Result<Self, Rejection> {
        if currency == main {
            return Ok(self);
        }
        let last = self.leaf().and_then(|leaf| leaf.rsplit('.').next());
        if last == Some(currency.code()) {
            return Ok(self);
        }
        Self::try_from(compact_str::format_compact!("{self}.{currency}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> AccountCode {
        text.parse().unwrap()
    }

    #[test]
    fn the_last_part_of_a_code_is_its_currency_and_the_rest_its_holder() {
        let usd: Currency = "USD".parse().unwrap();
        let two = Currencies::new(Currency::CNY, &[Currency::CNY, usd, usd]);
        assert_eq!(two.codes(" "), "CNY USD");
        for (text, currency, holder) in [
            ("1001", "CNY", None),
            ("1001.USD", "USD", None),
            ("2001.A", "CNY", Some("A")),
            ("2001.A.USD", "USD", Some("A")),
            ("2001.A.EUR", "CNY", Some("A.EUR")),
            ("2001.AUSD", "CNY", Some("AUSD")),
        ] {
            let account = code(text);
            assert_eq!((two.of(&account).code(), two.holder(&account)), (currency, holder), "{text}");
        }
        let one = Currencies::new(Currency::CNY, &[]);
        assert_eq!((one.of(&code("2001.USD")).code(), one.holder(&code("2001.USD"))), ("CNY", Some("USD")));
    }

    #[test]
    fn an_account_in_another_currency_is_a_leaf_of_its_own() {
        let usd: Currency = "USD".parse().unwrap();
        let in_usd = |text: &str| code(text).in_currency(usd, Currency::CNY).unwrap().to_string();
        assert_eq!(in_usd("1001"), "1001.USD");
        assert_eq!(in_usd("2001.A"), "2001.A.USD");
        assert_eq!(in_usd("2001.A.USD"), "2001.A.USD");
        assert_eq!(code("2001.A").in_currency(Currency::CNY, Currency::CNY).unwrap(), code("2001.A"));
        let long = format!("2001.{}", "x".repeat(122));
        assert!(code(&long).in_currency(usd, Currency::CNY).is_err());
    }

    #[test]
    fn amounts_of_a_sentence_say_their_currency_where_there_are_several() {
        let currency = |code: &str| code.parse::<Currency>().unwrap();
        let several = Currencies::new(Currency::CNY, &[currency("JPY"), currency("KWD")]);
        let one = Currencies::new(currency("JPY"), &[]);
        assert_eq!(several.amount(Money::new(123_450, Currency::CNY)), "1,234.50 CNY");
        assert_eq!(several.amount(Money::new(1_234, currency("JPY"))), "1,234 JPY");
        assert_eq!(several.amount(Money::new(1_234, currency("KWD"))), "1.234 KWD");
        assert_eq!(one.amount(Money::new(1_234, currency("JPY"))), "1,234");

        let money = |minor| Money::new(minor, currency("JPY"));
        let floor = Rejection::below_floor(&code("2001.A.JPY"), money(1_000), money(-500), money(0));
        let said = |of: &Currencies| {
            let refusal = of.of_refusal(floor.clone());
            ["balance", "after", "floor"].map(|name| refusal.arg(name).unwrap().to_owned())
        };
        assert_eq!(said(&several), ["1,000 JPY", "-500 JPY", "0 JPY"]);
        assert_eq!(said(&one), ["1,000", "-500", "0"]);
    }

    #[test]
    fn a_name_that_would_be_read_as_a_currency_is_found() {
        let usd: Currency = "USD".parse().unwrap();
        let two = Currencies::new(Currency::CNY, &[usd]);
        assert_eq!(two.in_name("USD"), Some(usd));
        assert_eq!(two.in_name("shop.USD"), Some(usd));
        assert_eq!((two.in_name("shop"), two.in_name("shopUSD"), two.in_name("CNY")), (None, None, None));
    }
}
