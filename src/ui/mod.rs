//! Draws the state, and changes nothing. [`render`] returns what the frame had room for, which paging needs.
//!
//! A screen's words are in `app/screens`; this room draws them. A plain list needs no code here.

mod chrome;
pub mod doc;
pub mod grid;
mod lists;
mod overlays;
mod picker;
mod screens;
pub mod text;
pub mod theme;

pub use picker::render as render_picker;

use crate::app::screens::behaviour::View;
use crate::app::{Screen, State, Tone, Viewport};
use crate::i18n;
use doc::Doc;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier};
use text::Strip;
use theme::Theme;

/// Minimum columns for two panes side by side in a document.
const TWO_PANES: usize = 74;

/// What drawing needs besides the state.
#[derive(Clone, Copy)]
struct Look<'a> {
    state: &'a State,
    theme: &'static Theme,
}

impl Look<'_> {
    fn word(&self, key: &str) -> String {
        i18n::word(self.state.lang, key)
    }

    fn text(&self, key: &str, args: &[(&str, String)]) -> String {
        i18n::text(self.state.lang, key, args)
    }

    fn view(&self) -> View<'_> {
        self.state.view()
    }
}

/// Draws the state.
pub fn render(state: &State, frame: &mut Frame) -> Viewport {
    let area = frame.area();
    let look = Look { state, theme: Theme::named(state.theme) };
    let mut caret = None;
    let buffer = frame.buffer_mut();
    buffer.set_style(area, look.theme.tone(Tone::Plain));
    let inner = chrome::frame(look, buffer, area);
    let parts = chrome::split(look, inner);
    chrome::draw(look, buffer, &parts);
    let seen = body(look, buffer, parts.body);
    if let Some(overlay) = &state.overlay {
        caret = overlays::draw(look, buffer, inner, overlay);
    }
    if state.ascii {
        to_ascii(buffer);
    }
    plain_blanks(buffer);
    if let Some(caret) = caret.filter(|caret| area.contains(*caret)) {
        frame.set_cursor_position(caret);
    }
    seen
}

/// Draws the screen, or why it shows nothing.
fn body(look: Look, buffer: &mut Buffer, area: Rect) -> Viewport {
    let place = look.state.current();
    if let Some(refusal) = &place.failure {
        let (text, hint) = crate::app::format::refusal(look.state.lang, refusal);
        let cells = usize::from(area.width.saturating_sub(3));
        let mut doc = Doc::default();
        doc.heading(look.word("body.failed"));
        doc.extend(text::wrap(&text, cells).into_iter().map(|line| Strip::of(line, Tone::Bad)));
        doc.extend(text::wrap(&hint, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
        doc.gap();
        doc.push(Strip::of(look.word("body.again"), Tone::Dim));
        return doc::draw(buffer, area, doc, None, look.theme);
    }
    if !place.screen.behave().loaded() {
        // The first answer usually comes within a frame: a word would only flicker.
        let mut doc = Doc::default();
        if !look.state.is_loading() {
            doc.push(Strip::of(look.word("body.stopped"), Tone::Warn));
        } else if look.state.slow().is_some() {
            doc.push(Strip::of(look.word("body.loading"), Tone::Dim));
        }
        let rows = look.state.viewport.rows;
        return Viewport { rows: rows.max(1), ..doc::draw(buffer, area, doc, None, look.theme) };
    }
    match &place.screen {
        Screen::Overview(screen) => screens::overview(look, buffer, area, screen),
        Screen::Trade(screen) => {
            let doc = screen.content.as_ref().map(|detail| screens::trade(look, detail, area.width, true));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Voucher(screen) => {
            let doc = screen.content.as_ref().map(|voucher| screens::voucher(look, voucher, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Lineage(screen) => {
            let doc = screen.content.as_ref().map(|nodes| screens::lineage(look, nodes, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Trail(screen) => {
            let doc = screen.content.as_deref().map(|trail| screens::trail(look, trail, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Finding(screen) => {
            let doc = screen.content.as_ref().map(|plan| screens::finding(look, plan, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Case(screen) => {
            let doc = screens::case(look, screen, area.width);
            doc::draw(buffer, area, doc, Some(&screen.links), look.theme)
        }
        Screen::Explain(screen) => {
            let doc =
                screen.content.as_ref().map(|explanation| screens::explain(look, explanation, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::AccountBeside(screen) => {
            let beside = |found| screens::account_reconciliation(look, &screen.of, found, area.width);
            let doc = screen.content.as_deref().map(beside);
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::AccountStatement(screen) => {
            let statement = |detail| screens::account_statement(look, detail, area.width);
            let doc = screen.content.as_deref().map(statement);
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Bill(screen) => {
            let doc = screen.content.as_ref().map(|bill| screens::bill(look, bill, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Import(screen) => {
            let doc = screens::import(look, screen, area.width);
            doc::draw(buffer, area, doc, Some(&screen.links), look.theme)
        }
        Screen::Match(screen) => {
            let doc =
                screen.content.as_ref().map(|choices| screens::choice(look, &screen.of, choices, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Takeover(screen) => {
            let doc = screen.content.as_ref().map(|takeover| screens::takeover(look, takeover, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Receipt(screen) => {
            let doc = screen.content.as_ref().map(|receipt| screens::receipt(look, receipt, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        Screen::Verified(screen) => {
            let doc = screen.content.as_ref().map(|verified| screens::verified(look, verified, area.width));
            doc::draw(buffer, area, doc.unwrap_or_default(), Some(&screen.links), look.theme)
        }
        _ => lists::draw(look, buffer, area),
    }
}

/// Gives all blanks the same style if their own would not be visible, so that none is sent again for nothing.
fn plain_blanks(buffer: &mut Buffer) {
    const SHOWS: Modifier = Modifier::REVERSED.union(Modifier::UNDERLINED);
    for cell in &mut buffer.content {
        if cell.symbol() == " " && !cell.modifier.intersects(SHOWS) {
            cell.fg = Color::Reset;
            cell.modifier = Modifier::empty();
        }
    }
}

/// Replaces symbols and borders that are two cells wide in some terminals by ASCII characters.
fn to_ascii(buffer: &mut Buffer) {
    const REPLACEMENTS: &[(&str, &str)] = &[
        ("│", "|"),
        ("─", "-"),
        ("┌", "+"),
        ("┐", "+"),
        ("└", "+"),
        ("┘", "+"),
        ("├", "+"),
        ("┴", "+"),
        ("┬", "+"),
        ("▌", ">"),
        ("▸", ">"),
        ("●", "*"),
        ("○", "o"),
        ("✓", "v"),
        ("×", "x"),
        ("·", "."),
        ("…", "~"),
        ("↳", "`"),
        ("◀", "<"),
        ("↓", "v"),
        ("↑", "^"),
        ("↶", "<"),
        ("▁", "_"),
        ("▂", "."),
        ("▃", "-"),
        ("▄", "="),
        ("▅", "+"),
        ("▆", "*"),
        ("▇", "#"),
        ("█", "@"),
    ];
    for y in buffer.area.top()..buffer.area.bottom() {
        for x in buffer.area.left()..buffer.area.right() {
            let Some(cell) = buffer.cell_mut(Position::new(x, y)) else { continue };
            if let Some((_, ascii)) = REPLACEMENTS.iter().find(|(symbol, _)| *symbol == cell.symbol()) {
                cell.set_symbol(ascii);
            }
        }
    }
}
