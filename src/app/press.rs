//! A key press in our own words, so that the state machine knows no terminal library.
//!
//! With an input method on, a terminal sends full-width forms (`：`, `／`, `１`): they are folded to ASCII
//! before any lookup, or half of the keys would go dead for a Chinese reader. A Han character in command
//! mode is no key at all; the update loop answers it with one hint.

use std::fmt;
use std::str::FromStr;

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A character; upper case with shift.
    Char(char),
    /// Function key.
    F(u8),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// Up arrow.
    Up,
    /// Down arrow.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// A key with its modifiers. Shift is in the character itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Press {
    /// The key.
    pub key: Key,
    /// With control.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
}

impl Press {
    /// Returns a key without modifiers.
    #[must_use]
    pub const fn plain(key: Key) -> Self {
        Self { key, ctrl: false, alt: false }
    }

    /// Returns the press as it is looked up: full-width characters as ASCII ones.
    #[must_use]
    pub fn normalised(self) -> Self {
        match self.key {
            Key::Char(c) => Self { key: Key::Char(narrow(c)), ..self },
            _ => self,
        }
    }

    /// Returns true if this is text of an input method rather than a key.
    #[must_use]
    pub fn is_ideograph(self) -> bool {
        matches!(self.key, Key::Char(c) if matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}'))
    }
}

/// Returns the ASCII form of a full-width character, and any other character unchanged.
fn narrow(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '。' => '.',
        '、' => '/',
        '￥' | '¥' => '$',
        _ => crate::domain::id::half_width(c),
    }
}

const NAMED: &[(&str, Key)] = &[
    ("Enter", Key::Enter),
    ("Esc", Key::Esc),
    ("Tab", Key::Tab),
    ("BackTab", Key::BackTab),
    ("Backspace", Key::Backspace),
    ("Delete", Key::Delete),
    ("Left", Key::Left),
    ("Right", Key::Right),
    ("Up", Key::Up),
    ("Down", Key::Down),
    ("Home", Key::Home),
    ("End", Key::End),
    ("PageUp", Key::PageUp),
    ("PageDown", Key::PageDown),
    ("Space", Key::Char(' ')),
];

/// Reads the notation of the key file: `j`, `Enter`, `Ctrl-r`, `Alt-x`, `F8`.
impl FromStr for Press {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut press = Self::plain(Key::Esc);
        let mut rest = text;
        loop {
            if let Some(after) = rest.strip_prefix("Ctrl-") {
                (press.ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("Alt-") {
                (press.alt, rest) = (true, after);
            } else {
                break;
            }
        }
        if let Some((_, key)) = NAMED.iter().find(|(name, _)| *name == rest) {
            press.key = *key;
            return Ok(press);
        }
        if let Some(number) = rest.strip_prefix('F').and_then(|n| n.parse::<u8>().ok()) {
            press.key = Key::F(number);
            return Ok(press);
        }
        let mut chars = rest.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) => {
                press.key = Key::Char(c);
                Ok(press)
            }
            _ => Err(text.to_owned()),
        }
    }
}

impl fmt::Display for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ctrl {
            f.write_str("Ctrl-")?;
        }
        if self.alt {
            f.write_str("Alt-")?;
        }
        match self.key {
            Key::Char(' ') => f.write_str("Space"),
            Key::Char(c) => write!(f, "{c}"),
            Key::F(n) => write!(f, "F{n}"),
            key => f.write_str(NAMED.iter().find(|(_, k)| *k == key).map_or("", |(name, _)| name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_keys_are_the_keys_they_look_like() {
        for (wide, plain) in
            [('？', '?'), ('：', ':'), ('／', '/'), ('１', '1'), ('ｊ', 'j'), ('\u{3000}', ' ')]
        {
            assert_eq!(Press::plain(Key::Char(wide)).normalised().key, Key::Char(plain));
        }
        assert!(Press::plain(Key::Char('提')).is_ideograph());
    }

    #[test]
    fn notation_reads_back_as_it_prints() {
        for text in ["j", "Enter", "Ctrl-r", "F8", "Space", "PageDown", "?", "Alt-x"] {
            assert_eq!(text.parse::<Press>().unwrap().to_string(), text);
        }
        assert!("Entr".parse::<Press>().is_err());
    }
}
