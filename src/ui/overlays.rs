//! Overlays: prompts, confirmations, help, the palette, notices.

use super::Look;
use super::doc::draw_strip;
use super::text::{self, Strip};
use crate::app::{
    Command, Confirm, Danger, Help, Notice, Overlay, Palette, Prompt, Tone, format, matches, why_not,
};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

/// Draws an overlay; returns the position of the caret if it has a line to edit.
pub fn draw(look: Look, buffer: &mut Buffer, area: Rect, overlay: &Overlay) -> Option<Position> {
    match overlay {
        Overlay::Prompt(prompt) => draw_prompt(look, buffer, area, prompt),
        Overlay::Confirm(confirm) => {
            let tone = Tone::Bad;
            panel(
                look,
                buffer,
                area,
                &confirm_title(look, confirm),
                confirm_lines(look, confirm, area),
                tone,
            );
            None
        }
        Overlay::Notice(notice) => {
            panel(
                look,
                buffer,
                area,
                &look.word(notice.title),
                notice_lines(look, notice, area),
                Tone::Strong,
            );
            None
        }
        Overlay::Help(help) => draw_help(look, buffer, area, help),
        Overlay::Palette(palette) => draw_palette(look, buffer, area, palette),
    }
}

/// Draws a box in the middle with a title; returns the area inside it.
fn panel(look: Look, buffer: &mut Buffer, area: Rect, title: &str, lines: Vec<Strip>, tone: Tone) -> Rect {
    let widest = lines.iter().map(Strip::width).max().unwrap_or(0).max(text::width(title) + 2);
    let width = u16::try_from(widest + 4).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let area =
        Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    boxed(look, buffer, area, title, tone);
    let inner = inside(area);
    for (strip, y) in lines.into_iter().zip(inner.y..inner.bottom()) {
        draw_strip(buffer, (inner.x, y, inner.width), strip, Some(0), look.theme);
    }
    inner
}

const fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

fn boxed(look: Look, buffer: &mut Buffer, area: Rect, title: &str, tone: Tone) {
    // Covers what is below, including wide characters cut in half at the edge.
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            if let Some(cell) = buffer.cell_mut(Position::new(x, y)) {
                cell.reset();
            }
        }
        if area.x > buffer.area.x
            && let Some(cell) = buffer.cell_mut(Position::new(area.x - 1, y))
            && text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    if area.width < 4 || area.height < 2 {
        return;
    }
    let style = look.theme.tone(tone);
    let bar = "─".repeat(usize::from(area.width - 2));
    let cells = usize::from(area.width);
    buffer.set_stringn(area.x, area.y, format!("┌{bar}┐"), cells, style);
    buffer.set_stringn(area.x, area.bottom() - 1, format!("└{bar}┘"), cells, style);
    for y in area.y + 1..area.bottom() - 1 {
        buffer.set_stringn(area.x, y, "│", 1, style);
        buffer.set_stringn(area.right() - 1, y, "│", 1, style);
    }
    let title = text::cut(&format!(" {title} "), cells.saturating_sub(4));
    buffer.set_stringn(area.x + 2, area.y, title, cells.saturating_sub(4), style);
}

/// Draws a line being edited, scrolled so that the caret is visible; returns the position of the caret.
fn draw_input(
    look: Look,
    buffer: &mut Buffer,
    (x, y, cells): (u16, u16, u16),
    input: &Input,
) -> Option<Position> {
    if cells < 2 {
        return None;
    }
    let scroll = input.visual_scroll(usize::from(cells) - 1);
    let mut skipped = 0;
    let mut shown = String::new();
    for c in input.value().chars() {
        let wide = text::width(c.encode_utf8(&mut [0; 4]));
        if skipped < scroll {
            skipped += wide;
        } else {
            shown.push(c);
        }
    }
    buffer.set_stringn(x, y, text::clean(&shown), usize::from(cells), look.theme.tone(Tone::Strong));
    let caret = input.visual_cursor().max(skipped) - skipped;
    Some(Position::new(x + u16::try_from(caret).unwrap_or(0).min(cells - 1), y))
}

fn draw_prompt(look: Look, buffer: &mut Buffer, area: Rect, prompt: &Prompt) -> Option<Position> {
    let cells = usize::from(area.width.saturating_sub(4)).clamp(1, 72);
    let wrapped = |words: &str, tone: Tone| -> Vec<Strip> {
        text::wrap(words, cells).into_iter().map(|line| Strip::of(line, tone)).collect()
    };
    let key = prompt.key;
    let doc = look.text(&format!("{key}.doc"), &prompt.facts);
    let mut lines = wrapped(&doc, Tone::Dim);
    let at = lines.len();
    lines.push(Strip::of(" ".repeat(cells), Tone::Plain));
    lines.push(Strip::empty());
    match &prompt.error {
        Some(error) => {
            lines.extend(wrapped(&error.text(look.state.lang), error.tone));
        }
        None => lines.push(Strip::of(look.word("prompt.keys"), Tone::Dim)),
    }
    lines.extend(choice_lines(look, prompt, cells));
    let inner = panel(look, buffer, area, &look.word(key), lines, Tone::Accent);
    let y = inner.y + u16::try_from(at).unwrap_or(0);
    if y >= inner.bottom() || inner.width < 4 {
        return None;
    }
    buffer.set_stringn(inner.x, y, ">", 1, look.theme.tone(Tone::Accent));
    draw_input(look, buffer, (inner.x + 2, y, inner.width - 2), &prompt.input)
}

/// Most ways to go on that a prompt lists at once.
const CHOICES: usize = 8;

/// Returns the ways to go on, around the one that stands in the line, without the folder that they share.
fn choice_lines(look: Look, prompt: &Prompt, cells: usize) -> Vec<Strip> {
    let first = prompt.chosen.map_or(0, |at| (at + 1).saturating_sub(CHOICES));
    let shown = prompt.choices.iter().enumerate().skip(first).take(CHOICES).map(|(at, choice)| {
        let name = choice.trim_end_matches('/').rsplit('/').next().unwrap_or(choice);
        let name = if choice.ends_with('/') { format!("{name}/") } else { name.to_owned() };
        let mark = if prompt.chosen == Some(at) { "▌ " } else { "  " };
        let tone = if prompt.chosen == Some(at) { Tone::Strong } else { Tone::Plain };
        Strip::of(text::cut(&format!("{mark}{name}"), cells), tone)
    });
    let mut lines: Vec<Strip> = shown.collect();
    let more = prompt.choices.len().saturating_sub(first + lines.len());
    if more > 0 {
        lines.push(Strip::of(look.text("prompt.more", &[("n", more.to_string())]), Tone::Dim));
    }
    lines
}

fn confirm_title(look: Look, confirm: &Confirm) -> String {
    let role =
        if look.state.is_prod() { format!("{} · ", look.word("role.prod.frame")) } else { String::new() };
    format!("{role}{}", look.text(confirm.key, &[("name", confirm.name.clone())]))
}

fn confirm_lines(look: Look, confirm: &Confirm, area: Rect) -> Vec<Strip> {
    let cells = usize::from(area.width.saturating_sub(4)).clamp(1, 66);
    let doc = look.word(&format!("{}.doc", confirm.key));
    let mut lines: Vec<Strip> =
        text::wrap(&doc, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)).collect();
    lines.push(Strip::empty());
    if let Some(count) = confirm.count {
        let key = format!("{}.count", confirm.key);
        lines.push(Strip::of(look.text(&key, &[("n", count.to_string())]), Tone::Strong));
    }
    for (code, sum) in &confirm.sums {
        let sum = look.text("confirm.sum", &[("sum", format::money(*sum, code))]);
        lines.push(Strip::of(sum, Tone::Strong));
    }
    for fact in &confirm.facts {
        let said = text::wrap(&fact.text(look.state.lang), cells);
        lines.extend(said.into_iter().take(3).map(|line| Strip::of(line, fact.tone)));
    }
    lines.push(Strip::empty());
    let cancel = Strip::of(format!("[ {} ]", look.word("confirm.cancel")), Tone::Strong).linked(0);
    let yes = look.text("confirm.yes", &[("key", "y".to_owned())]);
    lines.push(cancel.and("    ", Tone::Plain).and(yes, Tone::Bad));
    if let Some((other, _)) = &confirm.other {
        lines.push(Strip::of(look.text(other, &[("key", "o".to_owned())]), Tone::Bad));
    }
    lines
}

fn notice_lines(look: Look, notice: &Notice, area: Rect) -> Vec<Strip> {
    let cells = usize::from(area.width.saturating_sub(4)).clamp(1, 72);
    let rows = usize::from(area.height.saturating_sub(4));
    let mut lines: Vec<Strip> = notice
        .lines
        .iter()
        .flat_map(|(words, tone)| text::wrap(words, cells).into_iter().map(|line| Strip::of(line, *tone)))
        .collect();
    if lines.len() > rows {
        let more = lines.len() - rows.saturating_sub(1);
        lines.truncate(rows.saturating_sub(1));
        lines.push(Strip::of(look.text("notice.more", &[("n", more.to_string())]), Tone::Dim));
    }
    lines.push(Strip::empty());
    lines.push(Strip::of(look.word("notice.keys"), Tone::Dim));
    lines
}

fn draw_help(look: Look, buffer: &mut Buffer, area: Rect, help: &Help) -> Option<Position> {
    let margin = u16::from(area.width > 70) * 2;
    let area = Rect { x: area.x + margin, width: area.width - margin * 2, ..area };
    boxed(
        look,
        buffer,
        area,
        &look.text("help.title", &[("screen", look.word(look.state.kind().title()))]),
        Tone::Title,
    );
    let inner = inside(area);
    if inner.height < 3 || inner.width < 10 {
        return None;
    }
    let prompt = look.word("help.search");
    let cells = u16::try_from(text::width(&prompt)).unwrap_or(0).min(inner.width - 4);
    buffer.set_stringn(inner.x, inner.y, &prompt, usize::from(cells), look.theme.tone(Tone::Dim));
    let line = (inner.x + cells + 1, inner.y, inner.width.saturating_sub(cells + 1));
    let caret = draw_input(look, buffer, line, &help.input);
    let lines = help_lines(look, help, usize::from(inner.width));
    let room = usize::from(inner.height - 2);
    let top = help.top.min(lines.len().saturating_sub(room));
    let more = lines.len() > top + room;
    for (strip, y) in lines.into_iter().skip(top).zip(inner.y + 2..inner.bottom()) {
        draw_strip(buffer, (inner.x, y, inner.width), strip, None, look.theme);
    }
    if more {
        buffer.set_stringn(inner.right() - 1, inner.bottom() - 1, "↓", 1, look.theme.tone(Tone::Accent));
    }
    caret
}

fn help_lines(look: Look, help: &Help, cells: usize) -> Vec<Strip> {
    let state = look.state;
    let sought = help.input.value().trim().to_lowercase();
    let (key_width, label_width) = (14.min(cells / 4), 18.min(cells / 3));
    let mut lines = Vec::new();
    let mut commands: Vec<Command> =
        Command::ALL.iter().copied().filter(|command| command.fits(state.kind())).collect();
    commands.sort_by_key(|command| command.rank());
    for command in commands {
        let label = look.word(&command.label());
        let doc = look.word(&format!("command.{}.doc", command.id()));
        let all = format!("{} {label} {doc} {}", command.id(), command.pinyin()).to_lowercase();
        if !sought.is_empty() && !all.contains(&sought) {
            continue;
        }
        let mut keys = state.keymap.all(command);
        if keys.is_empty() {
            keys = format!(":{}", command.id());
        }
        let why = why_not(state, command).map(|why| why.message(state.lang).text(state.lang));
        let tone = match (&why, command.danger()) {
            (Some(_), _) => Tone::Dim,
            (None, Danger::Final) => Tone::Bad,
            (None, _) => Tone::Plain,
        };
        let head = Strip::of(text::left(&keys, key_width), Tone::Accent)
            .and(" ", Tone::Plain)
            .and(text::left(&label, label_width), tone)
            .and(" ", Tone::Plain);
        let (words, tone) = match why {
            Some(why) => (format!("({why})"), Tone::Warn),
            None => (doc, Tone::Dim),
        };
        let indent = key_width + label_width + 2;
        let mut parts = text::wrap(&words, cells.saturating_sub(indent + 1)).into_iter();
        lines.push(head.and(parts.next().unwrap_or_default(), tone));
        lines.extend(parts.map(|part| Strip::of(" ".repeat(indent), tone).and(part, tone)));
    }
    if lines.is_empty() {
        lines.push(Strip::of(look.word("help.none"), Tone::Dim));
    }
    lines
}

fn draw_palette(look: Look, buffer: &mut Buffer, area: Rect, palette: &Palette) -> Option<Position> {
    let found = matches(look.state, palette.input.value());
    let width = area.width.min(76);
    let rows = u16::try_from(found.len().max(1)).unwrap_or(12).min(12);
    let height = (rows + 4).min(area.height);
    let area = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + u16::from(area.height > height + 2) * 2,
        width,
        height,
    };
    boxed(look, buffer, area, &look.word("palette.title"), Tone::Accent);
    let inner = inside(area);
    if inner.height < 2 || inner.width < 8 {
        return None;
    }
    buffer.set_stringn(inner.x, inner.y, ":", 1, look.theme.tone(Tone::Accent));
    let caret = draw_input(look, buffer, (inner.x + 1, inner.y, inner.width - 1), &palette.input);
    let cells = usize::from(inner.width);
    let room = usize::from(inner.height.saturating_sub(2));
    if found.is_empty() {
        let none = Strip::of(look.word("palette.none"), Tone::Dim);
        draw_strip(buffer, (inner.x, inner.y + 2, inner.width), none, None, look.theme);
    }
    let cursor = palette.cursor.min(found.len().saturating_sub(1));
    let top = (cursor + 1).saturating_sub(room);
    for ((at, one), y) in found.iter().enumerate().skip(top).zip(inner.y + 2..inner.bottom()) {
        let mut strip = palette_line(look, one, cells);
        if at == cursor {
            strip = strip.linked(0);
            buffer.set_stringn(area.x + 1, y, "▌", 1, look.theme.tone(Tone::Accent));
        }
        draw_strip(buffer, (inner.x, y, inner.width), strip, Some(0), look.theme);
    }
    caret
}

fn palette_line(look: Look, one: &crate::app::Match, cells: usize) -> Strip {
    let command = one.command;
    let label = look.word(&command.label());
    let argument = match (one.argument.is_empty(), command.argument()) {
        (false, _) => format!(" {}", one.argument),
        (true, Some(key)) => format!(" {}", look.word(key)),
        (true, None) => String::new(),
    };
    let tone = if one.why_not.is_some() { Tone::Dim } else { Tone::Plain };
    let name = format!("{}{argument}", command.id());
    let mut strip = Strip::of(text::left(&name, 28.min(cells / 2)), Tone::Accent).and(" ", Tone::Plain);
    strip = match &one.why_not {
        Some(why) => strip.and(format!("{label} ({why})"), tone),
        None => strip.and(label, tone),
    };
    let key = look.state.keymap.first(command).unwrap_or_default();
    strip.and_right(Strip::of(key, Tone::Dim), cells)
}
