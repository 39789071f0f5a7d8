//! Parsers of the values on the command line.
//!
//! A value parser returns what is wrong in a form that needs no translation: the value and what is
//! allowed instead.

use crate::cli::outcome::Failure;
use crate::domain::id::VoucherNo;
use crate::domain::money::Currency;
use crate::domain::period::{Moment, parse_date};
use crate::domain::rejection::Rejection;
use crate::domain::vocabulary::Vocabulary;
use crate::protocol::page::{Page, RowKey, Start};
use crate::protocol::reports::AsOf;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;

/// Parses a day, `2018-09-13`.
pub fn day(text: &str) -> Result<Date, String> {
    parse_date(text).map_err(|_| format!("{text}: YYYY-MM-DD"))
}

/// Parses a day or a voucher number. Text in the form of a day that is not a date is refused, not taken
/// for a voucher.
pub fn as_of(text: &str) -> Result<AsOf, String> {
    let like_a_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if like_a_day { day(text).map(AsOf::Day) } else { word::<VoucherNo>(text).map(AsOf::Voucher) }
}

/// Parses a time with its offset from UTC.
pub fn moment(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|_| format!("{text}: RFC 3339, 2018-09-13T12:00:00+08:00"))
}

/// Parses a value of a domain type, and names the allowed words if the type is a closed list.
pub fn word<T: std::str::FromStr<Err = Rejection>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|rejection: Rejection| with_allowed(&text.escape_debug().to_string(), &rejection))
}

/// Returns what is wrong with a value that a check refused.
pub fn wrong_value(rejection: &Rejection) -> String {
    with_allowed(rejection.arg("value").unwrap_or_default(), rejection)
}

fn with_allowed(value: &str, rejection: &Rejection) -> String {
    let allowed = rejection.arg("allowed").map(|words| format!(": {words}")).unwrap_or_default();
    format!("{value}{allowed}")
}

/// Returns a parser of one of few words, which help and completion list.
pub fn choice<T>() -> impl TypedValueParser<Value = T>
where
    T: Vocabulary + std::str::FromStr<Err = Rejection> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(T::WORDS).try_map(|text| word::<T>(&text))
}

/// Parses a currency code.
pub fn currency(text: &str) -> Result<Currency, String> {
    text.parse().map_err(|_| format!("{}: ISO 4217", text.escape_debug()))
}

/// Parses a whole number.
pub fn number<T: std::str::FromStr + std::fmt::Display + WholeNumber>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{}: 0–{}", text.escape_debug(), T::MAX))
}

/// A type of whole numbers and its maximum.
pub trait WholeNumber: Sized {
    /// The maximum.
    const MAX: Self;
}
impl WholeNumber for u64 {
    const MAX: Self = Self::MAX;
}
impl WholeNumber for i64 {
    const MAX: Self = Self::MAX;
}

/// Parses the length of a page.
pub fn rows(text: &str) -> Result<u16, String> {
    let count = text.parse().ok().filter(|count| (1..=MAX_ROWS).contains(count));
    count.ok_or_else(|| format!("{}: 1–{MAX_ROWS}", text.escape_debug()))
}

/// Maximum rows of a page.
const MAX_ROWS: u16 = 1000;

/// The options of a list that comes in pages.
#[derive(Debug, Clone, Args)]
pub struct Paging {
    #[arg(long, default_value_t = 50, value_parser = rows)]
    pub limit: u16,
    #[arg(long, value_name = "KEY")]
    pub after: Option<String>,
}

impl Paging {
    /// Returns the page of a list ordered by number.
    pub fn by_number(&self) -> Result<Page, Failure> {
        self.page(|text| {
            let bad = |_| Failure::Usage(format!("--after {}", text.escape_debug()));
            text.parse().map(RowKey::Number).map_err(bad)
        })
    }

    /// Returns the page of a list ordered by name.
    pub fn by_name(&self) -> Result<Page, Failure> {
        self.page(|text| Ok(RowKey::Text(text.to_owned())))
    }

    fn page(&self, key: impl Fn(&str) -> Result<RowKey, Failure>) -> Result<Page, Failure> {
        let start = match &self.after {
            Some(after) => Start::After(key(after)?),
            None => Start::First,
        };
        Ok(Page { start, limit: usize::from(self.limit) })
    }
}
