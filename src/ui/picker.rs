//! Draws the choice between ledgers.

use super::doc::draw_strip;
use super::grid;
use super::text::{self, Strip};
use super::theme::Theme;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Command, NamedLedger, Picker, Tone, format};
use crate::domain::role::LedgerRole;
use crate::i18n;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

const COLUMNS: &[Column] = &[
    Column::text("column.ledger", 6, 20).id(),
    Column::text("column.address", 12, 60).grow().shed(2),
    Column::text("column.purpose", 4, 16),
    Column::number("column.last_head").shed(1),
];

/// Draws the choice.
pub fn render(picker: &Picker, frame: &mut Frame) {
    let area = frame.area();
    let theme = Theme::named(picker.theme);
    let buffer = frame.buffer_mut();
    buffer.set_style(area, theme.tone(Tone::Plain));
    let cells = usize::from(area.width);
    let mut lines = vec![head(picker, cells)];
    if area.height >= 12 {
        lines.push(Strip::of(format!(" {}", word(picker, "picker.doc")), Tone::Dim));
    }
    lines.push(Strip::of("─".repeat(cells), Tone::Dim));
    let said = said(picker, cells.saturating_sub(2));
    let room = usize::from(area.height).saturating_sub(lines.len() + said.len() + 2);
    lines.extend(rows(picker, cells.saturating_sub(1), room));
    lines.extend(said);
    let bottom = area.bottom().saturating_sub(1);
    for (strip, y) in lines.into_iter().zip(area.y..bottom) {
        line(buffer, area, y, strip, theme);
    }
    if area.height > 1 {
        line(buffer, area, bottom, footer(picker, cells), theme);
    }
    if picker.ascii {
        super::to_ascii(buffer);
    }
    super::plain_blanks(buffer);
}

/// Draws a line; the row under the cursor has its mark at the edge.
fn line(buffer: &mut Buffer, area: Rect, y: u16, strip: Strip, theme: &Theme) {
    draw_strip(buffer, (area.x, y, area.width), strip, Some(0), theme);
}

fn word(picker: &Picker, key: &str) -> String {
    i18n::word(picker.lang, key)
}

fn head(picker: &Picker, cells: usize) -> Strip {
    let place = Strip::of(format!("{} ▸ ", word(picker, "app.name")), Tone::Dim)
        .and(word(picker, "picker.title"), Tone::Strong);
    place.and_right(Strip::of(picker.operator.to_string(), Tone::Strong), cells)
}

fn rows(picker: &Picker, cells: usize, room: usize) -> Vec<Strip> {
    let rows = picker.ledgers.iter().map(|ledger| row(picker, ledger)).collect();
    let laid = grid::lay(&Table { columns: COLUMNS.to_vec(), rows }, cells, picker.lang);
    let room = room.saturating_sub(1).max(1);
    let top = (picker.cursor + 1).saturating_sub(room);
    let mut lines = vec![Strip::of(" ", Tone::Plain)];
    lines[0].0.extend(laid.head.0);
    for (at, (strip, _)) in laid.rows.into_iter().enumerate().skip(top).take(room) {
        let here = at == picker.cursor;
        let mut line = Strip::of(if here { "▌" } else { " " }, Tone::Accent);
        line.0.extend(if here { strip.linked(0) } else { strip }.0);
        lines.push(line);
    }
    lines
}

fn row(picker: &Picker, ledger: &NamedLedger) -> Row {
    let role = ledger.role.map(|role| format::label(picker.lang, "role", role.as_str()));
    let read_only = ledger.read_only.then(|| word(picker, "role.read_only"));
    let tone = if ledger.role == Some(LedgerRole::Prod) { Tone::Bad } else { Tone::Accent };
    let purpose: Vec<String> = role.into_iter().chain(read_only).collect();
    let head =
        ledger.last_head.map(|seq| i18n::text(picker.lang, "picker.head", &[("seq", seq.to_string())]));
    Row::from(vec![
        Cell::toned(&ledger.name, ledger.colour.map_or(Tone::Strong, Tone::Named)),
        Cell::text(&ledger.address),
        Cell::toned(purpose.join(" "), tone),
        Cell::toned(head.unwrap_or_default(), Tone::Dim),
    ])
}

/// Returns what is being opened, or why a ledger could not be opened, or a hint.
fn said(picker: &Picker, cells: usize) -> Vec<Strip> {
    let key = |command: Command| picker.keymap.first(command).unwrap_or_default();
    let wrapped = |words: String, tone: Tone| -> Vec<Strip> {
        text::wrap(&words, cells).into_iter().map(|line| Strip::of(format!(" {line}"), tone)).collect()
    };
    let mut lines = vec![Strip::empty()];
    if let Some(opening) = picker.slow() {
        let seconds = picker.millis.saturating_sub(opening.since) / 1000;
        let args =
            [("name", opening.name.clone()), ("seconds", seconds.to_string()), ("key", key(Command::Back))];
        lines.extend(wrapped(i18n::text(picker.lang, "picker.opening", &args), Tone::Warn));
    } else if let Some((name, refusal)) = &picker.failure {
        let (why, hint) = format::refusal(picker.lang, refusal);
        let args = [("name", name.clone()), ("key", key(Command::Open))];
        lines.extend(wrapped(i18n::text(picker.lang, "picker.failed", &args), Tone::Title));
        lines.extend(wrapped(why, Tone::Bad));
        lines.extend(wrapped(hint, Tone::Plain));
        lines.extend(wrapped(i18n::text(picker.lang, "picker.again", &args), Tone::Dim));
    }
    if let Some(message) = &picker.message {
        lines.extend(wrapped(i18n::text(picker.lang, &message.key, &message.args), message.tone));
    }
    lines
}

fn footer(picker: &Picker, cells: usize) -> Strip {
    let mut strip = Strip::of(" ", Tone::Plain);
    for command in [Command::Open, Command::Language, Command::Quit] {
        let key = picker.keymap.first(command).unwrap_or_default();
        let label = word(picker, &format!("command.{}.short", command.id()));
        strip = strip.and(key, Tone::Accent).and(format!(" {label}   "), Tone::Plain);
    }
    strip.fit(cells)
}
