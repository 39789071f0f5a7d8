//! Amounts, days and ages as people read them.

use crate::protocol::page::Rows;

use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::i18n::{self, Lang};
use crate::protocol::refusal::Refusal;
use crate::protocol::totals::CurrencyTotal;
use jiff::civil::Date;

/// Returns the decimals of a currency by its code; 2 for an unknown code.
#[must_use]
pub fn decimals(code: &str) -> u32 {
    exponent(code.parse().ok())
}

/// Returns the decimals of a currency; 2 if it is unknown.
#[must_use]
pub fn exponent(currency: Option<Currency>) -> u32 {
    currency.map_or(2, Currency::exponent)
}

/// Returns an amount as text, such as `-1,234.56`: grouped, with all decimals.
#[must_use]
pub fn amount(minor: i64, decimals: u32) -> String {
    let unit = 10_u64.pow(decimals.min(18));
    let magnitude = minor.unsigned_abs();
    let (whole, fraction) = (magnitude / unit, magnitude % unit);
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() + 8);
    if minor < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if decimals > 0 {
        let digits = fraction.to_string();
        text.push('.');
        text.extend(std::iter::repeat_n('0', (decimals as usize).saturating_sub(digits.len())));
        text.push_str(&digits);
    }
    text
}

/// Returns an amount as text, with a plus before it if wanted: `+1,234.56`.
#[must_use]
pub fn figure(minor: i64, currency: Option<Currency>, plus: bool) -> String {
    format!("{}{}", if plus { "+" } else { "" }, amount(minor, exponent(currency)))
}

/// Returns an amount with its currency: `1,234.56 CNY`.
#[must_use]
pub fn money(minor: i64, code: &str) -> String {
    format!("{} {code}", amount(minor, decimals(code)))
}

/// Returns sums with their currencies: `1,234.56 CNY · 7.00 USD`.
#[must_use]
pub fn totals(totals: &[CurrencyTotal]) -> String {
    let shown = totals.iter().map(|total| money(total.amount_minor, &total.currency));
    shown.collect::<Vec<_>>().join(" · ")
}

/// Returns an amount with its currency.
#[must_use]
pub fn of(money: Money) -> String {
    format!("{} {}", money.grouped(), money.currency)
}

/// Returns a day as text: `09-12` in the year of `now`, else `2018-09-12`.
#[must_use]
pub fn day(date: Date, now: Moment) -> String {
    if date.year() == now.date().year() {
        format!("{:02}-{:02}", date.month(), date.day())
    } else {
        date.to_string()
    }
}

/// Returns a moment as text: day, and time to the second.
#[must_use]
pub fn time(moment: Moment, now: Moment) -> String {
    let clock = moment.local().time();
    let (h, m, s) = (clock.hour(), clock.minute(), clock.second());
    format!("{} {h:02}:{m:02}:{s:02}", day(moment.date(), now))
}

/// Returns an age as text: its two largest units (`1d 3h`, `23h`, `5m`).
#[must_use]
pub fn age(lang: Lang, seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    let unit = |n: i64, key: &str| i18n::text(lang, key, &[("n", n.to_string())]);
    let gap = if lang == Lang::En { " " } else { "" };
    match (days, hours) {
        (0, 0) => unit(minutes, "age.minutes"),
        (0, h) => unit(h, "age.hours"),
        (d, 0) => unit(d, "age.days"),
        (d, h) => format!("{}{gap}{}", unit(d, "age.days"), unit(h, "age.hours")),
    }
}

/// Returns a word of a closed vocabulary as text: `label("cause", "wrong_account")`.
#[must_use]
pub fn label(lang: Lang, family: &str, word: &str) -> String {
    i18n::word(lang, &format!("{family}.{word}"))
}

/// Returns a refusal as one line and its hint.
#[must_use]
pub fn refusal(lang: Lang, refusal: &Refusal) -> (String, String) {
    (format!("{}: {}", refusal.code(), refusal.message(lang)), refusal.hint(lang))
}

/// Returns the ends of a hash, `abcd…1234`, which is how hashes are compared by eye.
#[must_use]
pub fn short_hash(hash: &str) -> String {
    match (hash.get(..4), hash.len().checked_sub(4).and_then(|at| hash.get(at..))) {
        (Some(head), Some(tail)) if hash.len() > 12 => format!("{head}…{tail}"),
        _ => hash.to_owned(),
    }
}

/// Returns the rows of an answer that comes whole.
#[must_use]
pub fn whole<T>(rows: Vec<T>) -> Rows<T> {
    Rows { rows, more_before: false, more_after: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_whole() {
        assert_eq!(amount(-123_456_789, 2), "-1,234,567.89");
        assert_eq!(amount(0, 2), "0.00");
        assert_eq!(amount(1_234_567, 0), "1,234,567");
        assert_eq!(amount(i64::MIN, 2), "-92,233,720,368,547,758.08");
    }

    #[test]
    fn ages_name_two_units() {
        assert_eq!(age(Lang::En, 97_199), "1d 2h");
        assert_eq!(age(Lang::Zh, 97_200), "1天3时");
        assert_eq!(age(Lang::En, 300), "5m");
    }
}
