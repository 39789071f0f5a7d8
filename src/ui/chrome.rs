//! What is drawn around every screen: the crumbs, the ledger, the operator, the status line, and the keys
//! that matter.

use super::Look;
use super::doc::draw_strip;
use super::text::{self, Strip};
use crate::app::{Command, ScreenKind, Tone, format};
use crate::protocol::connection::ConnectionState;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The areas of a frame.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts {
    crumbs: Option<Rect>,
    tabs: Option<Rect>,
    status: Option<Rect>,
    rule: Option<Rect>,
    /// Area of the screen itself.
    pub body: Rect,
    message: Option<Rect>,
    footer: Option<Rect>,
}

/// Draws the red frame of a production ledger, and returns the area inside it.
pub fn frame(look: Look, buffer: &mut Buffer, area: Rect) -> Rect {
    if !look.state.is_prod() || area.width < 20 || area.height < 8 {
        return area;
    }
    let style = look.theme.prod_frame();
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let bar = "─".repeat(usize::from(area.width - 2));
    buffer.set_stringn(area.x, area.y, format!("┌{bar}┐"), usize::from(area.width), style);
    buffer.set_stringn(area.x, bottom, format!("└{bar}┘"), usize::from(area.width), style);
    for y in area.y + 1..bottom {
        buffer.set_stringn(area.x, y, "│", 1, style);
        buffer.set_stringn(right, y, "│", 1, style);
    }
    let word = format!(" {} ", look.word("role.prod.frame"));
    let cells = u16::try_from(text::width(&word)).unwrap_or(0);
    let x = (area.x + area.width / 2).saturating_sub(cells / 2);
    buffer.set_stringn(x, area.y, word, usize::from(area.width), look.theme.prod());
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}

/// Divides the rows; on a low terminal the less important lines are left out first.
pub fn split(look: Look, area: Rect) -> Parts {
    let mut parts = Parts::default();
    let (mut top, mut bottom) = (area.y, area.bottom());
    let row = |y: u16| Rect { y, height: 1, ..area };
    let left = |top: u16, bottom: u16| bottom.saturating_sub(top);
    let mut take_top = |wanted: bool, bottom: u16| {
        (wanted && left(top, bottom) > 1).then(|| {
            top += 1;
            row(top - 1)
        })
    };
    let is_tab = look.state.kind().is_tab() && look.state.open_screens.len() <= 2;
    let has_status = look.state.kind() != ScreenKind::Overview;
    parts.crumbs = take_top(area.height >= 3, bottom);
    parts.tabs = take_top(is_tab && (area.height >= 18 || !has_status) && area.height >= 10, bottom);
    parts.status = take_top(has_status && area.height >= 6, bottom);
    parts.rule = take_top(area.height >= 9, bottom);
    if area.height >= 2 {
        bottom -= 1;
        parts.footer = Some(row(bottom));
    }
    if area.height >= 8 {
        bottom -= 1;
        parts.message = Some(row(bottom));
    }
    parts.body = Rect { y: top, height: left(top, bottom), ..area };
    parts
}

/// Draws everything but the body.
pub fn draw(look: Look, buffer: &mut Buffer, parts: &Parts) {
    let mut line = |area: Option<Rect>, strip: &dyn Fn(usize) -> Strip| {
        if let Some(area) = area {
            let strip = strip(usize::from(area.width));
            draw_strip(buffer, (area.x, area.y, area.width), strip, Some(0), look.theme);
        }
    };
    line(parts.crumbs, &|cells| crumbs(look, cells));
    line(parts.tabs, &|cells| tabs(look, cells));
    line(parts.status, &|cells| status(look, cells));
    line(parts.rule, &|cells| Strip::of("─".repeat(cells), Tone::Dim));
    line(parts.message, &|cells| message(look, cells));
    line(parts.footer, &|cells| footer(look, cells));
}

fn crumbs(look: Look, cells: usize) -> Strip {
    let state = look.state;
    let mut words = vec![look.word("app.name")];
    let skip = usize::from(state.open_screens.len() > 1);
    let mut last_title = "";
    for place in state.open_screens.iter().skip(skip) {
        let title = place.screen.kind().title();
        if title != last_title {
            words.push(look.word(title));
        }
        last_title = title;
        words.extend(place.screen.behave().crumb(state.lang));
    }
    let who = who(look, cells);
    let room = cells.saturating_sub(who.width() + 1);
    // The last crumb is the most important; earlier ones are left out first.
    while words.len() > 2 && text::width(&words.join(" ▸ ")) > room {
        words.remove(1);
        if words.get(1).is_none_or(|word| word != "…") {
            words.insert(1, "…".to_owned());
        }
        if words.len() <= 3 && words.get(1).is_some_and(|word| word == "…") {
            break;
        }
        if words.len() > 3 {
            words.remove(2);
        }
    }
    let last = words.pop().unwrap_or_default();
    let before = if words.is_empty() { String::new() } else { format!("{} ▸ ", words.join(" ▸ ")) };
    let place = Strip::of(before, Tone::Dim).and(last, Tone::Strong);
    if cells < 30 { place } else { place.and_right(who, cells) }
}

/// Returns the ledger, the operator and the time of the books; with a spinner if a request takes long.
fn who(look: Look, cells: usize) -> Strip {
    const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];
    let state = look.state;
    let mut strip = Strip::empty();
    if let Some(pending) = state.slow() {
        let waited = state.millis.saturating_sub(pending.since);
        let frame = FRAMES[usize::try_from(waited / 250).unwrap_or(0) % FRAMES.len()];
        strip = strip.and(format!("{frame} {}s ", waited / 1000), Tone::Warn);
    }
    strip.0.extend(whose(look).0);
    let clock = state.now.local().time();
    let now = format!("{} {:02}:{:02}", short_day(state.now.date()), clock.hour(), clock.minute());
    let session = state.session().map(|role| look.word(&format!("session.{role}")));
    let operator = Strip::of(format!("  {}", state.operator), Tone::Strong);
    // On a narrow terminal the role is left out, then the time.
    let spare = cells.saturating_sub(strip.width() + operator.width() + CRUMB_CELLS);
    let now = Strip::of(format!("  {now}"), Tone::Dim);
    strip.0.extend(operator.0);
    let session = Strip::of(session.map_or_else(String::new, |role| format!(" {role}")), Tone::Dim);
    if session.width() > 0 && session.width() + now.width() <= spare {
        strip.0.extend(session.0);
    }
    if state.connection.is_none() || now.width() <= spare {
        strip.0.extend(now.0);
    }
    strip
}

/// Cells reserved for the crumbs beside the operator and the connection.
const CRUMB_CELLS: usize = 18;

/// Returns the ledger: its name, its purpose, the state of the connection.
fn whose(look: Look) -> Strip {
    let state = look.state;
    let own = state.ledger.as_ref().map(|ledger| ledger.name.as_str());
    let Some(name) = state.location.called().or(own) else { return Strip::empty() };
    let mut strip = Strip::of(text::cut(name, 24), state.location.colour.map_or(Tone::Plain, Tone::Named));
    if let Some(role) = state.role() {
        let word = look.word(&format!("role.{role}"));
        strip = strip.and(format!(" {word}"), if state.is_prod() { Tone::Bad } else { Tone::Accent });
    }
    if state.ledger.as_ref().is_some_and(|ledger| ledger.read_only) {
        strip = strip.and(format!(" {}", look.word("role.read_only")), Tone::Warn);
    }
    let Some(connection) = &state.connection else { return strip };
    match (connection.state, connection.round_trip_ms) {
        (ConnectionState::Down, _) => strip.and(format!(" {}", look.word("connection.down")), Tone::Bad),
        (ConnectionState::Reconnecting(n), _) => strip
            .and(format!(" {}", look.text("connection.reconnecting", &[("n", n.to_string())])), Tone::Warn),
        (ConnectionState::Up, Some(0)) => strip.and(format!(" {}", look.word("connection.short")), Tone::Dim),
        (ConnectionState::Up, Some(n)) => {
            strip.and(format!(" {}", look.text("connection.round_trip", &[("n", n.to_string())])), Tone::Dim)
        }
        (ConnectionState::Up, None) => strip,
    }
}

fn short_day(day: jiff::civil::Date) -> String {
    format!("{:02}-{:02}", day.month(), day.day())
}

fn tabs(look: Look, cells: usize) -> Strip {
    let all = ScreenKind::TABS.len();
    let fits = (0..=all).rev().map(|named| tab_strip(look, named)).find(|strip| strip.width() <= cells);
    fits.unwrap_or_else(|| tab_strip(look, 0))
}

/// Returns the tabs, the first `named` and the one shown with their names.
fn tab_strip(look: Look, named: usize) -> Strip {
    let mut strip = Strip::of(" ", Tone::Plain);
    for (at, (number, kind)) in ScreenKind::TABS.iter().enumerate() {
        let here = *kind == look.state.kind();
        let name = if at < named || here { format!(" {}", look.word(kind.title())) } else { String::new() };
        let mut tab = Strip::of(number.to_string(), if here { Tone::Strong } else { Tone::Accent });
        tab = tab.and(name, if here { Tone::Strong } else { Tone::Plain });
        if here {
            tab = tab.linked(0);
        }
        strip.0.extend(tab.0);
        strip = strip.and("  ", Tone::Plain);
    }
    strip
}

fn status(look: Look, cells: usize) -> Strip {
    let screen = look.state.screen();
    let marks = screen.behave().cursor().marks();
    let place = Strip::of(screen.behave().cursor().position(), Tone::Dim);
    if !marks.is_empty() {
        let marks: Vec<_> = marks.into_iter().cloned().collect();
        let words = screen.behave().marked(look.view()).unwrap_or_else(|| {
            look.text("status.marked", &[("n", marks.len().to_string()), ("sum", sums(&marks))])
        });
        return Strip::of(format!(" {words}"), Tone::Accent).and_right(place, cells);
    }
    let status = look.state.status();
    let line =
        status.left.into_iter().fold(Strip::of(" ", Tone::Plain), |line, (text, tone)| line.and(text, tone));
    let right = status.right.into_iter().fold(Strip::empty(), |line, (text, tone)| line.and(text, tone));
    let crowded = status.right_yields && line.width() + right.width() >= cells;
    line.and_right(if crowded { Strip::empty() } else { right }, cells)
}

fn sums(marks: &[crate::app::list::Mark]) -> String {
    let sums = crate::app::list::sums(marks);
    sums.iter().map(|(code, sum)| format::money(*sum, code)).collect::<Vec<_>>().join(" + ")
}

/// Returns the line above the footer: the progress of a long request, or the last message, or just a rule.
fn message(look: Look, cells: usize) -> Strip {
    let state = look.state;
    if let Some(progress) = state.slow().and_then(|pending| pending.progress) {
        return progress_bar(look, progress, cells);
    }
    if !state.typed.is_empty() {
        let keys: String = state.typed.iter().map(ToString::to_string).collect();
        return Strip::of(format!(" {keys}…"), Tone::Accent);
    }
    match &state.message {
        Some(message) => {
            let words = message.text(state.lang);
            Strip::of(format!(" {words}"), message.tone)
        }
        None => Strip::of("─".repeat(cells), Tone::Dim),
    }
}

fn progress_bar(look: Look, progress: crate::protocol::watch::Progress, cells: usize) -> Strip {
    let words = match progress.total {
        Some(total) => {
            look.text("status.progress", &[("done", progress.done.to_string()), ("total", total.to_string())])
        }
        None => look.text("status.progress_open", &[("done", progress.done.to_string())]),
    };
    let mut strip = Strip::of(format!(" {words} "), Tone::Warn);
    if let Some(total) = progress.total.filter(|total| *total > 0) {
        let room = cells.saturating_sub(strip.width() + 1).min(40);
        let share = u128::from(progress.done.min(total)) * room as u128 / u128::from(total);
        let full = usize::try_from(share).unwrap_or(room);
        strip = strip.and("█".repeat(full), Tone::Good).and("·".repeat(room - full), Tone::Dim);
    }
    strip
}

fn footer(look: Look, cells: usize) -> Strip {
    let state = look.state;
    let key = |command: Command| state.keymap.first(command).unwrap_or_default();
    let label = |command: Command| look.word(&format!("command.{}.short", command.id()));
    let tail =
        Strip::of(key(Command::Help), Tone::Accent).and(format!(" {} ", label(Command::Help)), Tone::Dim);
    let mut last = vec![Command::Palette];
    if state.kind() == ScreenKind::Overview {
        last.push(Command::Language);
    }
    let mut strip = Strip::of(" ", Tone::Plain);
    for command in state.footer().into_iter().chain(last) {
        let (key, label) = (key(command), label(command));
        let wide = text::width(&key) + text::width(&label) + 4;
        if key.is_empty() || strip.width() + wide + tail.width() > cells {
            continue;
        }
        strip = strip.and(key, Tone::Accent).and(format!(" {label}   "), Tone::Plain);
    }
    strip.and_right(tail, cells)
}
