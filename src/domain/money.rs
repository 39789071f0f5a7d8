//! Amounts: a whole number of minor units and an ISO 4217 currency. Exact, checked, never a float.
//!
//! Anything that is *computed* (a rate, a fee) goes through [`rust_decimal::Decimal`] with the checked
//! operations; anything that is *stored or summed* is minor units.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Largest absolute amount of one entry or trade, in minor units: ten trillion of a two-decimal currency.
/// The sum of nine thousand such entries still fits 64 bits.
pub const MAX_MINOR: i64 = 1_000_000_000_000_000;

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Renminbi, the default of a new ledger.
    pub const CNY: Self = Self(iso_currency::Currency::CNY);

    /// Three capital letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for CNY, 0 for JPY.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl FromStr for Currency {
    type Err = AmountError;
    fn from_str(text: &str) -> Result<Self, AmountError> {
        iso_currency::Currency::from_code(text).map(Self).ok_or(AmountError::Currency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Why a text or decimal is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    TooPrecise,
    /// Larger than [`MAX_MINOR`].
    #[error("amount too large")]
    TooLarge,
    /// Negative, although it may not be.
    #[error("negative amount")]
    Negative,
    /// No such currency.
    #[error("unknown currency")]
    Currency,
}

/// An amount of money in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Signed minor units.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Returns an amount of `minor` units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a plain decimal in major units (`100.00`, `-0.30`): digits, one optional point, an optional
    /// sign.
    ///
    /// # Errors
    /// Why the text is not an amount of this currency. Trailing zeros beyond the currency's decimals are
    /// accepted (channels pad with zeros: `0.60000`), other digits there are not.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(AmountError::NotANumber);
        }
        let exponent = currency.exponent() as usize;
        if fraction.bytes().skip(exponent).any(|b| b != b'0') {
            return Err(AmountError::TooPrecise);
        }
        let kept = fraction.as_bytes().iter().copied().chain(std::iter::repeat(b'0')).take(exponent);
        let mut minor: i64 = 0;
        for digit in whole.bytes().chain(kept) {
            minor = minor
                .checked_mul(10)
                .and_then(|m| m.checked_add(i64::from(digit - b'0')))
                .filter(|m| *m <= MAX_MINOR)
                .ok_or(AmountError::TooLarge)?;
        }
        Ok(Self::new(if text.starts_with('-') { -minor } else { minor }, currency))
    }

    /// Returns the amount as a decimal in major units.
    #[must_use]
    pub fn major(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Converts a computed decimal in major units.
    ///
    /// # Errors
    /// [`AmountError::TooPrecise`] if it is not a whole number of minor units: rounding is decided by a
    /// rule, never implicitly. [`AmountError::TooLarge`] beyond [`MAX_MINOR`].
    pub fn from_major(value: Decimal, currency: Currency) -> Result<Self, AmountError> {
        let scaled =
            value.checked_mul(Decimal::from(10_i64.pow(currency.exponent()))).ok_or(AmountError::TooLarge)?;
        if !scaled.fract().is_zero() {
            return Err(AmountError::TooPrecise);
        }
        let minor = i64::try_from(scaled.trunc()).map_err(|_| AmountError::TooLarge)?;
        if minor.unsigned_abs() > MAX_MINOR.unsigned_abs() {
            return Err(AmountError::TooLarge);
        }
        Ok(Self::new(minor, currency))
    }

    /// Formats minor units of a currency that is named by its code, as [`grouped`](Self::grouped); as a plain number
    /// if there is no such currency.
    #[must_use]
    pub fn grouped_in(minor: i64, code: &str) -> String {
        let currency: Result<Currency, _> = code.parse();
        currency.map_or_else(|_| minor.to_string(), |currency| Self::new(minor, currency).grouped())
    }

    /// Formats the amount for people: thousands separated, always all decimals (`-1,234.50`).
    #[must_use]
    pub fn grouped(self) -> String {
        let plain = self.to_string();
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mut text = String::with_capacity(plain.len() + plain.len() / 3);
        text.push_str(sign);
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push('.');
            text.push_str(fraction);
        }
        text
    }
}

/// Plain decimal in major units, without the currency: `1234.50`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        let unit = 10_u64.pow(exponent);
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        if exponent == 0 {
            return f.pad(&format!("{sign}{minor}"));
        }
        let (whole, fraction) = (minor / unit, minor % unit);
        f.pad(&format!("{sign}{whole}.{fraction:0width$}", width = exponent as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<i64, AmountError> {
        Money::parse(text, Currency::CNY).map(|m| m.minor)
    }

    #[test]
    fn reads_plain_decimals_and_nothing_else() {
        assert_eq!(parse("100.00"), Ok(10_000));
        assert_eq!(parse("100"), Ok(10_000));
        assert_eq!(parse("-0.30000"), Ok(-30));
        assert_eq!(parse("0.605"), Err(AmountError::TooPrecise));
        for bad in ["", ".", "1.", ".5", "1,000.00", "1e3", "NaN", "--1", "１", " 1", "0x10"] {
            assert_eq!(parse(bad), Err(AmountError::NotANumber), "{bad:?}");
        }
        assert_eq!(parse("1000000000000000000000000000000"), Err(AmountError::TooLarge));
    }

    #[test]
    fn a_currency_without_minor_units_has_no_point() {
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(Money::new(-1_234_567, yen).grouped(), "-1,234,567");
        assert_eq!(Money::parse("12.5", yen), Err(AmountError::TooPrecise));
    }

    proptest! {
        #[test]
        fn text_and_minor_units_are_one_to_one(minor in -MAX_MINOR..=MAX_MINOR) {
            let money = Money::new(minor, Currency::CNY);
            prop_assert_eq!(parse(&money.to_string()), Ok(minor));
            prop_assert_eq!(parse(&money.grouped().replace(',', "")), Ok(minor));
            prop_assert_eq!(Money::from_major(money.major(), Currency::CNY), Ok(money));
        }
    }
}
