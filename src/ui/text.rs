//! Text in cells. The library clips silently: half a wide character vanishes, and a right-aligned amount
//! loses its first digits. So everything is measured and cut here, with a mark where something is missing,
//! and an amount is shown whole or not at all.

use crate::app::Tone;
use crate::app::format;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the width of a text in cells.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// Replaces control characters and invisible direction marks by dots, so that an imported memo can neither
/// move the cursor nor reverse digits.
#[must_use]
pub fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    if text.chars().any(hidden) {
        text.chars().map(|c| if hidden(c) { '·' } else { c }).collect()
    } else {
        text.to_owned()
    }
}

/// Returns the text in at most `cells` cells, cut between characters and with `…` where it was cut.
#[must_use]
pub fn cut(text: &str, cells: usize) -> String {
    let text = clean(text);
    if width(&text) <= cells {
        return text;
    }
    let mut kept = String::new();
    let mut used = 0;
    for piece in text.graphemes(true) {
        let wide = piece.width();
        if used + wide + 1 > cells {
            break;
        }
        kept.push_str(piece);
        used += wide;
    }
    if cells > 0 {
        kept.push('…');
    }
    kept
}

/// Returns the text in exactly `cells` cells, at the left.
#[must_use]
pub fn left(text: &str, cells: usize) -> String {
    let mut text = cut(text, cells);
    let used = width(&text);
    text.extend(std::iter::repeat_n(' ', cells.saturating_sub(used)));
    text
}

/// Returns the text in exactly `cells` cells, at the right.
#[must_use]
pub fn right(text: &str, cells: usize) -> String {
    let text = cut(text, cells);
    let used = width(&text);
    let mut padded: String = std::iter::repeat_n(' ', cells.saturating_sub(used)).collect();
    padded.push_str(&text);
    padded
}

/// Returns an amount in exactly `cells` cells, right-aligned for a column of `decimals` decimals; whole, or
/// `####`.
#[must_use]
pub fn amount(minor: i64, decimals: u32, column_decimals: u32, before: &str, cells: usize) -> String {
    figure(format::amount(minor, decimals), decimals, column_decimals, before, cells)
}

/// Returns the figure of an amount in cells as [`amount`] does.
#[must_use]
pub fn figure(mut text: String, decimals: u32, column_decimals: u32, before: &str, cells: usize) -> String {
    // A currency with fewer decimals ends where its decimal point would be.
    let missing = point_and_decimals(column_decimals).saturating_sub(point_and_decimals(decimals));
    text.extend(std::iter::repeat_n(' ', missing));
    if width(&text) > cells {
        return "#".repeat(cells);
    }
    let with_word = if before.is_empty() { text.clone() } else { format!("{before} {text}") };
    if width(&with_word) <= cells { right(&with_word, cells) } else { right(&text, cells) }
}

/// Returns the cells of an amount in a column of `column_decimals` decimals.
#[must_use]
pub fn amount_width(minor: i64, decimals: u32, column_decimals: u32) -> usize {
    let missing = point_and_decimals(column_decimals).saturating_sub(point_and_decimals(decimals));
    width(&format::amount(minor, decimals)) + missing
}

fn point_and_decimals(decimals: u32) -> usize {
    if decimals == 0 { 0 } else { decimals as usize + 1 }
}

/// A piece of a line: text, tone, and the link it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    /// Text.
    pub text: String,
    /// Its tone.
    pub tone: Tone,
    /// The link it is part of.
    pub link: Option<usize>,
}

/// A line of pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strip(pub Vec<Piece>);

impl Strip {
    /// Returns a line of one piece.
    #[must_use]
    pub fn of(text: impl Into<String>, tone: Tone) -> Self {
        Self::default().and(text, tone)
    }

    /// Returns an empty line.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Returns the line with one more piece.
    #[must_use]
    pub fn and(mut self, text: impl Into<String>, tone: Tone) -> Self {
        self.0.push(Piece { text: clean(&text.into()), tone, link: None });
        self
    }

    /// Returns the line as part of a link.
    #[must_use]
    pub fn linked(mut self, link: usize) -> Self {
        for piece in &mut self.0 {
            piece.link = Some(link);
        }
        self
    }

    /// Returns its width in cells.
    #[must_use]
    pub fn width(&self) -> usize {
        self.0.iter().map(|piece| width(&piece.text)).sum()
    }

    /// Returns the line in exactly `cells` cells.
    #[must_use]
    pub fn fit(mut self, cells: usize) -> Self {
        self.trim(cells);
        let mut room = cells;
        let over = self.width() > cells;
        let mut pieces = Vec::with_capacity(self.0.len() + 1);
        for piece in self.0 {
            let wide = width(&piece.text);
            if wide <= room && (wide < room || !over) {
                room -= wide;
                pieces.push(piece);
            } else {
                // The mark must be visible even if the cut falls between two pieces.
                let text = if wide <= room {
                    cut(&format!("{} ", piece.text), room)
                } else {
                    cut(&piece.text, room)
                };
                room -= width(&text);
                pieces.push(Piece { text, ..piece });
                break;
            }
        }
        let link = pieces.last().and_then(|piece| piece.link);
        if room > 0 {
            pieces.push(Piece { text: " ".repeat(room), tone: Tone::Plain, link });
        }
        Self(pieces)
    }

    /// Removes blanks from the end while the line is too wide: their loss needs no mark.
    fn trim(&mut self, cells: usize) {
        while self.width() > cells {
            let Some(last) = self.0.last_mut() else { return };
            let kept = last.text.trim_end_matches(' ').len();
            if kept == 0 {
                self.0.pop();
                continue;
            }
            last.text.truncate(kept);
            return;
        }
    }

    /// Returns the line with another one at the right edge.
    #[must_use]
    pub fn and_right(self, other: Self, cells: usize) -> Self {
        let wide = other.width().min(cells);
        let gap = usize::from(wide > 0 && wide < cells);
        let mut line = self.fit(cells - wide - gap);
        if gap > 0 {
            line = line.and(" ", Tone::Plain);
        }
        line.0.extend(other.fit(wide).0);
        line
    }
}

/// Returns two columns of lines with a rule between them.
#[must_use]
pub fn beside(left: Vec<Strip>, right: Vec<Strip>, left_cells: usize, right_cells: usize) -> Vec<Strip> {
    let height = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..height)
        .map(|_| {
            let mut line = left.next().unwrap_or_default().fit(left_cells).and("│ ", Tone::Dim);
            line.0.extend(right.next().unwrap_or_default().fit(right_cells).0);
            line
        })
        .collect()
}

/// Breaks words into lines of at most `cells` cells; words of wide characters break anywhere.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(2);
    let mut lines = vec![String::new()];
    for word in clean(text).split_inclusive(' ') {
        let wide = width(word.trim_end());
        let used = lines.last().map_or(0, |line| width(line));
        if used + wide > cells && used > 0 && wide <= cells && wide <= 20 {
            lines.push(String::new());
        }
        for piece in word.graphemes(true) {
            let used = lines.last().map_or(0, |line| width(line));
            if used + piece.width() > cells {
                let carried = carry(lines.last_mut(), piece);
                lines.push(carried);
                if piece == " " {
                    continue;
                }
            }
            if let Some(line) = lines.last_mut() {
                line.push_str(piece);
            }
        }
    }
    lines
}

/// Returns what goes to the next line: a Chinese line must not begin with a closing mark, so the character
/// before it goes along.
fn carry(line: Option<&mut String>, piece: &str) -> String {
    const CLOSING: &str = "，。；：、！？）》」』”’";
    let Some(line) = line.filter(|_| CLOSING.contains(piece)) else { return String::new() };
    match line.grapheme_indices(true).next_back().map(|(at, _)| at) {
        Some(at) if at > 0 => line.split_off(at),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wide_characters_are_cut_whole_and_with_a_mark() {
        assert_eq!(cut("客户备付金", 10), "客户备付金");
        assert_eq!(cut("客户备付金", 9), "客户备付…");
        assert_eq!(cut("客户备付金", 8), "客户备…");
        assert_eq!(left("客户备付金", 8), "客户备… ");
        assert_eq!(cut("ab\u{1b}[2J", 9), "ab·[2J");
    }

    #[test]
    fn currencies_without_decimals_end_at_the_point() {
        assert_eq!(amount(1_234, 0, 2, "", 10), "  1,234   ");
        assert_eq!(amount(1_234, 2, 2, "", 10), "     12.34");
    }

    proptest! {
        #[test]
        fn an_amount_is_whole_or_has_no_digit(minor: i64, decimals in 0_u32..5, cells in 0_usize..40, word in "(|借|Cr)") {
            let drawn = amount(minor, decimals, decimals, &word, cells);
            prop_assert_eq!(width(&drawn), cells);
            let whole = format::amount(minor, decimals);
            prop_assert!(drawn.ends_with(&whole) || !drawn.contains(|c: char| c.is_ascii_digit()), "{:?}", drawn);
        }

        #[test]
        fn a_fitted_line_is_exactly_as_wide_as_asked(words in proptest::collection::vec("[a-z客户é]{0,9}", 0..5), cells in 0_usize..30) {
            let strip = words.iter().fold(Strip::empty(), |strip, word| strip.and(word.as_str(), Tone::Plain));
            let whole = strip.width() <= cells;
            let fitted = strip.fit(cells);
            prop_assert_eq!(fitted.width(), cells);
            let text: String = fitted.0.iter().map(|piece| piece.text.as_str()).collect();
            prop_assert!(whole || cells == 0 || text.contains('…'), "{:?}", text);
        }

        #[test]
        fn wrapping_loses_no_letter(text in "[a-z客户 ]{0,60}", cells in 2_usize..20) {
            let lines = wrap(&text, cells);
            prop_assert!(lines.iter().all(|line| width(line.trim_end()) <= cells));
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
