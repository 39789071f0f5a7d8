//! The text of an amount expression: what it may hold, before anything computes it.

use rust_decimal::RoundingStrategy;

/// Longest expression in bytes: a line that a reviewer can still understand.
pub(super) const MAX_BYTES: usize = 400;
/// Longest number in an expression; a decimal would silently round more digits.
const MAX_NUMBER_BYTES: usize = 24;

/// The functions that round. `round` is half up (away from zero), `round_half_even` the banker's way,
/// `round_down` towards zero, `round_up` away from zero. Each takes the number of decimals; without one it
/// rounds to the minor unit of the currency.
pub(super) const ROUNDING: [(&str, RoundingStrategy); 4] = [
    ("round", RoundingStrategy::MidpointAwayFromZero),
    ("round_half_even", RoundingStrategy::MidpointNearestEven),
    ("round_down", RoundingStrategy::ToZero),
    ("round_up", RoundingStrategy::AwayFromZero),
];

/// Functions of the expression language: those that round, the lesser, the greater and the absolute value.
pub const FUNCTIONS: &[&str] = &["round", "round_half_even", "round_down", "round_up", "min", "max", "abs"];

/// Why an expression is not accepted: key of the text and the offending word.
pub(super) struct BadExpression {
    pub(super) key: &'static str,
    pub(super) word: String,
}

/// Returns the names of the variables in `text`; an error if it contains anything that an expression may
/// not.
pub(super) fn scan(text: &str) -> Result<Vec<&str>, BadExpression> {
    let bad = |word: &str| BadExpression { key: "rulefile.bad_expression", word: word.to_owned() };
    if text.len() > MAX_BYTES || text.trim().is_empty() {
        return Err(bad(text));
    }
    let comment_or_power = ["//", "/*", "*/", "**", "--", "++"];
    if let Some(found) = comment_or_power.iter().find(|word| text.contains(**word)) {
        return Err(bad(found));
    }
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word_length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        if first.is_ascii_alphabetic() {
            let (word, after) = rest.split_at(word_length);
            rest = after;
            if after.trim_start().starts_with('(') {
                if !FUNCTIONS.contains(&word) {
                    return Err(BadExpression { key: "rulefile.unknown_function", word: word.to_owned() });
                }
            } else {
                names.push(word);
            }
        } else if first.is_ascii_digit() {
            let (number, after) = rest.split_at(word_length);
            rest = after;
            let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            if number.len() > MAX_NUMBER_BYTES || !digits(whole) || !digits(fraction) {
                return Err(bad(number));
            }
        } else if "+-*/,() ".contains(first) {
            rest = &rest[first.len_utf8()..];
        } else {
            return Err(bad(first.encode_utf8(&mut [0; 4])));
        }
    }
    Ok(names)
}

/// Returns the second arguments of the rounding functions in `text`, as far as they are plain numbers.
pub(super) fn own_decimals(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    // Of each parenthesis that is open: whether a rounding function opened it, and where its last argument begins.
    let mut open: Vec<(bool, usize)> = Vec::new();
    let mut arguments: Vec<usize> = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '(' => {
                let before = text[..at].trim_end();
                let rounds = ROUNDING.iter().any(|(name, _)| {
                    let ahead = before.strip_suffix(name);
                    ahead.is_some_and(|ahead| {
                        !ahead.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                    })
                });
                open.push((rounds, at + 1));
                arguments.push(1);
            }
            ',' => {
                if let Some((_, begins)) = open.last_mut() {
                    *begins = at + 1;
                }
                if let Some(count) = arguments.last_mut() {
                    *count += 1;
                }
            }
            ')' => {
                let closed = open.pop().zip(arguments.pop());
                if let Some(((true, begins), 2)) = closed {
                    found.extend(text[begins..at].trim().parse::<u32>().ok());
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_that_a_rule_says_itself_are_known() {
        for (text, expected) in [
            ("round(amount * rate, 2)", vec![2]),
            ("round(amount * rate)", vec![]),
            ("round_up (min(amount, 5), 0) + round_half_even(round(fee), 3)", vec![0, 3]),
            ("min(amount, 2)", vec![]),
            ("round(max(amount, 2) * 3)", vec![]),
        ] {
            assert_eq!(own_decimals(text), expected, "{text}");
        }
    }
}
