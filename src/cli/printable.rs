//! Text that cannot steer the terminal it is printed on.

/// Returns the text with its control characters escaped: a file name or a memo may contain any.
pub fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, c| {
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(printable("a\u{1b}[2Jb\n账"), "a\\u{1b}[2Jb\\n账");
    }
}
