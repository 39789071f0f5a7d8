//! Documents: lines that scroll, some of them links.

use super::text::Strip;
use super::theme::Theme;
use crate::app::list::Links;
use crate::app::{Tone, Viewport};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines of a document.
#[derive(Debug, Clone, Default)]
pub struct Doc(pub Vec<Strip>);

impl Doc {
    /// Adds a line.
    pub fn push(&mut self, line: Strip) {
        self.0.push(line);
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

/// Draws a document with a gutter for the cursor, scrolled so that the selected link shows.
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
    if area.width < 2 {
        return Viewport { rows, lines: total, top };
    }
    for (line, y) in doc.0.into_iter().skip(top).zip(area.y..area.bottom()) {
        if has(&line) {
            buffer.set_stringn(area.x, y, "▌", 1, theme.tone(Tone::Accent));
        }
        draw_strip(buffer, (area.x + 1, y, area.width - 1), line, selected, theme);
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
