//! Protection against texts that a spreadsheet program would run as a formula.

use std::borrow::Cow;

/// Puts a quote in front of a text that a spreadsheet program would run as a formula.
///
/// Plain numbers with a sign stay as they are.
#[must_use]
pub fn escape_formula(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '@', '\t', '\r'])
        || (text.starts_with(['+', '-']) && text.chars().skip(1).any(|c| !(c.is_ascii_digit() || c == '.')));
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_quoted_and_numbers_are_not() {
        for (text, expected) in [
            ("", ""),
            ("payment", "payment"),
            ("1+1", "1+1"),
            ("-12.50", "-12.50"),
            ("+86", "+86"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("-A1", "'-A1"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
        ] {
            assert_eq!(escape_formula(text), expected);
        }
    }
}
