//! The reason that a person gives for a decision, as it is stored.

use super::rejection::{Code, Rejection};

/// Longest reason in bytes: a sentence.
const MAX_REASON: usize = 500;

/// Returns a reason without blanks around it.
///
/// # Errors
/// [`Code::ReasonRequired`] if it is empty, [`Code::BadValue`] if it is longer than 500 bytes or not one line.
pub fn given(text: &str) -> Result<&str, Rejection> {
    given_as(text, "reason.sentence")
}

/// As [`given`]; `problem` is the key of the text that says what is missing.
///
/// # Errors
/// As [`given`].
pub fn given_as<'t>(text: &'t str, problem: &'static str) -> Result<&'t str, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rejection::new(Code::ReasonRequired).with("problem", problem));
    }
    if text.len() > MAX_REASON || text.chars().any(char::is_control) {
        return Err(Rejection::new(Code::BadValue).with("what", "reason").with("value", text.escape_debug()));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_some_words() {
        assert_eq!(given("  clock in UTC "), Ok("clock in UTC"));
        let code = |text: &str| given(text).map(str::to_owned).map_err(|rejection| rejection.code);
        assert_eq!(code(" \t "), Err(Code::ReasonRequired));
        assert_eq!(code("one\ntwo"), Err(Code::BadValue));
        assert_eq!(code(&"x".repeat(MAX_REASON)), Ok("x".repeat(MAX_REASON)));
        assert_eq!(code(&"x".repeat(MAX_REASON + 1)), Err(Code::BadValue));
    }
}
