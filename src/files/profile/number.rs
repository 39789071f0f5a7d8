//! Numbers as tables write them, as plain decimals: no float is touched.

use super::definition::{NumberForm, SignRule};

/// A number with its sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plain {
    pub(super) is_negative: bool,
    /// Digits, and at most one point.
    pub(super) digits: String,
}

impl Plain {
    /// Returns `+`, `-`, or `0` for zero.
    pub(super) fn sign(&self) -> &'static str {
        match (self.digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte)), self.is_negative) {
            (false, _) => "0",
            (true, false) => "+",
            (true, true) => "-",
        }
    }

    /// Returns the number as own formats have it.
    pub(super) fn written(&self, rule: SignRule) -> String {
        let is_negative = match rule {
            SignRule::AsIs => self.is_negative,
            SignRule::Absolute => false,
            SignRule::Negated => !self.is_negative,
        };
        let minus = if is_negative && self.sign() != "0" { "-" } else { "" };
        format!("{minus}{}", self.digits)
    }
}

/// Reads a number; `None` if it is not written as described.
pub(super) fn plain(text: &str, form: &NumberForm) -> Option<Plain> {
    let text = text.trim();
    let (is_negative, text) = match (text.strip_prefix(['+', '-']), text.strip_suffix('-')) {
        (Some(rest), _) => (text.starts_with('-'), rest.trim_start()),
        (None, Some(rest)) => (true, rest.trim_end()),
        (None, None) => (false, text),
    };
    let (whole, fraction) = match text.split_once(form.decimal) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let whole = match form.thousands {
        Some(mark) if whole.contains(mark) => grouped(whole, mark)?,
        _ => whole.to_owned(),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_none_or(str::is_empty)) || !all_digits(&whole) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let digits = match fraction {
        Some(fraction) if !all_digits(fraction) || fraction.is_empty() => return None,
        Some(_) if form.scale > 0 => return None,
        Some(fraction) => format!("{whole}.{fraction}"),
        None if form.scale > 0 => scaled(whole, form.scale),
        None => whole.to_owned(),
    };
    Some(Plain { is_negative, digits })
}

/// Returns the digits of groups of three; `None` if a group has another size.
fn grouped(text: &str, mark: char) -> Option<String> {
    let mut groups = text.split(mark);
    let first = groups.next().filter(|group| (1..=3).contains(&group.len()))?;
    let mut digits = first.to_owned();
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// Sets the point before the last `scale` digits.
fn scaled(digits: &str, scale: usize) -> String {
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, decimal: char, thousands: Option<char>, scale: usize) -> Option<String> {
        let form = NumberForm { decimal, thousands, scale, sign: SignRule::AsIs };
        plain(text, &form).map(|number| number.written(form.sign))
    }

    #[test]
    fn marks_groups_and_signs_are_read_as_described() {
        for (text, expected) in [
            ("1,234,567.80", Some("1234567.80")),
            ("-1,234.5", Some("-1234.5")),
            ("1234.50", Some("1234.50")),
            ("12.00-", Some("-12.00")),
            ("+12", Some("12")),
            ("-0.00", Some("0.00")),
            (".50", Some("0.50")),
            ("000012.50", Some("12.50")),
            ("12,34.00", None),
            ("1,2345", None),
            (",123", None),
            ("1234,567.00", None),
            ("1.234,50", None),
            ("12.", None),
            ("1.2.3", None),
            ("--1", None),
            ("", None),
            ("-", None),
            ("１2", None),
            ("1e5", None),
        ] {
            assert_eq!(read(text, '.', Some(','), 0).as_deref(), expected, "{text}");
        }
        assert_eq!(read("1.234.567,80", ',', Some('.'), 0).as_deref(), Some("1234567.80"));
        assert_eq!(read("1 234,5", ',', Some(' '), 0).as_deref(), Some("1234.5"));
        assert_eq!(read("1,234.5", '.', None, 0), None, "no mark of thousands was named");
    }

    #[test]
    fn whole_numbers_of_minor_units_get_their_point() {
        for (text, expected) in [("000000012345", "123.45"), ("5", "0.05"), ("-120", "-1.20"), ("0", "0.00")]
        {
            assert_eq!(read(text, '.', None, 2).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read("1.5", '.', None, 2), None);
    }

    #[test]
    fn signs_are_kept_dropped_or_turned() {
        let form = NumberForm { decimal: '.', thousands: None, scale: 0, sign: SignRule::AsIs };
        let number = plain("-5.00", &form).unwrap();
        let written =
            [SignRule::AsIs, SignRule::Absolute, SignRule::Negated].map(|rule| number.written(rule));
        assert_eq!(written, ["-5.00", "5.00", "5.00"]);
        let signs = ["-5", "5", "-0.0"].map(|text| plain(text, &form).unwrap().sign());
        assert_eq!(signs, ["-", "+", "0"]);
    }
}
