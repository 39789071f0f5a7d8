//! Documents: lines that scroll, some of them links.

use super::text::{self, Strip};
use super::theme::Theme;
use crate::app::list::Links;
use crate::app::{Tone, Viewport};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells between a line and what is said beside it.
const GAP: usize = 2;
/// Indent of what is said below a line.
const INDENT: usize = 4;

/// Lines of a document.
#[derive(Debug, Clone, Default)]
pub struct Doc(pub Vec<Strip>);

impl Doc {
    /// Adds a line.
    pub fn push(&mut self, line: Strip) {
        self.0.push(line);
    }

    /// Adds a line with what is said beside it; that goes below it, indented and broken, if both are too wide.
    pub fn push_beside(&mut self, line: Strip, said: &str, tone: Tone, cells: usize) {
        if line.width() + GAP + text::width(said) <= cells {
            return self.push(line.and(" ".repeat(GAP), Tone::Plain).and(said, tone));
        }
        self.push(line.fit(cells));
        for part in text::wrap(said, cells.saturating_sub(INDENT)) {
            self.push(Strip::of(" ".repeat(INDENT), Tone::Plain).and(part, tone));
        }
    }

    /// Adds an empty line, unless the last line is empty already or there is none.
    pub fn gap(&mut self) {
        if self.0.last().is_some_and(|line| !line.0.is_empty()) {
            self.0.push(Strip::empty());
        }
    }

    /// Adds a heading after a gap.
    pub fn heading(&mut self, title: impl Into<String>) {
        self.gap();
        self.0.push(Strip::of(title, Tone::Title));
    }

    /// Adds lines.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = Strip>) {
        self.0.extend(lines);
    }
}

/// Draws a line; pieces of the selected link are shown as selected.
pub fn draw_strip(
    buffer: &mut Buffer,
    (x, y, cells): (u16, u16, u16),
    strip: Strip,
    selected: Option<usize>,
    theme: &Theme,
) {
    let mut at = x;
    for piece in strip.fit(usize::from(cells)).0 {
        let mut style = theme.tone(piece.tone);
        if piece.link.is_some() && piece.link == selected {
            style = style.patch(theme.selected());
        }
        let room = usize::from((x + cells).saturating_sub(at));
        at = buffer.set_stringn(at, y, &piece.text, room, style).0;
    }
}

/// Columns of a document that its lines do not have: the gutter of the cursor, and the marks of scrolling.
const EDGES: u16 = 2;

/// Returns the cells that the lines of a document have in an area of that width.
#[must_use]
pub fn cells(width: u16) -> usize {
    usize::from(width.saturating_sub(EDGES))
}

/// Draws a document with a gutter for the cursor, scrolled so that the selected link shows. Marks say at the right edge
/// that there is more above or below; no line reaches it.
pub fn draw(buffer: &mut Buffer, area: Rect, doc: Doc, links: Option<&Links>, theme: &Theme) -> Viewport {
    let rows = usize::from(area.height);
    let total = doc.0.len();
    let selected = links.filter(|links| links.count > 0).map(|links| links.cursor);
    let has = |line: &Strip| line.0.iter().any(|piece| piece.link.is_some() && piece.link == selected);
    let most = total.saturating_sub(rows);
    let top = match links.and_then(|links| links.scrolled) {
        Some(top) => top.min(most),
        // The cursor has not moved yet: a document is read from its top, wherever its first link is.
        None if selected == Some(0) => 0,
        None => doc.0.iter().position(has).map_or(0, |line| (line + 2).saturating_sub(rows)).min(most),
    };
    if area.width < EDGES {
        return Viewport { rows, lines: total, top };
    }
    for (line, y) in doc.0.into_iter().skip(top).zip(area.y..area.bottom()) {
        let link = line.0.iter().find_map(|piece| piece.link);
        let is_marked = links.zip(link).is_some_and(|(links, link)| links.is_marked(link));
        if is_marked || has(&line) {
            let symbol = if is_marked { "*" } else { "▌" };
            buffer.set_stringn(area.x, y, symbol, 1, theme.tone(Tone::Accent));
        }
        draw_strip(buffer, (area.x + 1, y, area.width - EDGES), line, selected, theme);
    }
    if top < most && rows > 0 {
        let (x, y) = (area.right() - 1, area.bottom() - 1);
        buffer.set_stringn(x, y, "↓", 1, theme.tone(Tone::Accent));
    }
    if top > 0 {
        buffer.set_stringn(area.right() - 1, area.y, "↑", 1, theme.tone(Tone::Accent));
    }
    Viewport { rows, lines: total, top }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::ThemeName;

    #[test]
    fn marks_of_scrolling_hide_nothing_of_a_line() {
        let area = Rect::new(0, 0, 12, 3);
        let mut doc = Doc::default();
        for n in 0..9 {
            doc.push(Strip::of(format!("{n} 1,986.60"), Tone::Plain));
        }
        assert_eq!(doc.0[0].width(), cells(area.width));
        for scrolled in [None, Some(3), Some(9)] {
            let mut buffer = Buffer::empty(area);
            let mut links = Links::default();
            links.resize(1);
            links.scrolled = scrolled;
            draw(&mut buffer, area, doc.clone(), Some(&links), Theme::named(ThemeName::default()));
            let shown: Vec<String> =
                (0..3).map(|y| (1..11).map(|x| buffer[(x, y)].symbol().to_owned()).collect()).collect();
            assert!(shown.iter().all(|line| line.ends_with("1,986.60")), "{shown:?}");
            let marks: String = (0..3).map(|y| buffer[(11, y)].symbol()).collect();
            assert!(marks.contains(['↑', '↓']), "{marks:?}");
        }
    }
}
