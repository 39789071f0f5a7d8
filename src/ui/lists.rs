//! Lists: the visible rows of a table, and on a wide terminal the detail of the selected row beside it.

use super::doc::{self, Doc};
use super::grid;
use super::text::{self, Strip};
use super::{Look, screens};
use crate::app::screens::days::DaysScreen;
use crate::app::screens::reconcile::ReconcileScreen;
use crate::app::{Screen, ScreenKind, Tone, Viewport};
use crate::domain::period::DayState;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the list of the current screen.
pub fn draw(look: Look, buffer: &mut Buffer, area: Rect) -> Viewport {
    let screen = look.state.screen();
    if let Screen::Reconcile(day) = screen {
        return with_sums(look, buffer, area, day);
    }
    if screen.behave().cursor().is_empty() {
        return empty(look, buffer, area);
    }
    if let Screen::Days(days) = screen {
        return with_checks(look, buffer, area, days);
    }
    let Some(beside) = beside(look, area) else { return rows(look, buffer, area) };
    let seen = rows(look, buffer, Rect { width: beside.x.saturating_sub(area.x + 1), ..area });
    for y in area.y..area.bottom() {
        buffer.set_stringn(beside.x - 1, y, "│", 1, look.theme.border());
    }
    let detail = match screen {
        Screen::Findings(findings) => {
            findings.side.as_ref().map(|plan| screens::finding(look, plan, beside.width))
        }
        Screen::Trades(trades) => {
            trades.side.as_ref().map(|detail| screens::trade(look, detail, beside.width, false))
        }
        Screen::Vouchers(vouchers) => {
            vouchers.side.as_ref().map(|voucher| screens::voucher_beside(look, voucher, beside.width))
        }
        Screen::Bills(bills) => {
            bills.side.as_ref().map(|bill| screens::bill_beside(look, bill, beside.width))
        }
        Screen::Cases(cases) => cases.side.as_ref().map(|case| screens::case_side(look, case, beside.width)),
        _ => None,
    };
    // While a detail takes long to come, that of another row must not be shown.
    let detail = if look.state.is_detail_late() {
        Doc(vec![Strip::of(look.word("body.loading"), Tone::Dim)])
    } else {
        detail.unwrap_or_default()
    };
    doc::draw(buffer, beside, detail, None, look.theme);
    seen
}

/// Draws the days, and below them the checks before the selected one can close.
fn with_checks(look: Look, buffer: &mut Buffer, area: Rect, days: &DaysScreen) -> Viewport {
    let open = days.list.selected().is_some_and(|day| day.state != DayState::Closed);
    let Some(day) = days.list.selected().filter(|_| open && area.height >= 10) else {
        return rows(look, buffer, area);
    };
    let cells = doc::cells(area.width);
    let mut doc = Doc::default();
    doc.push(Strip::of(look.text("days.checks", &[("day", day.day.to_string())]), Tone::Title));
    match days.side.as_ref().filter(|_| !look.state.is_detail_late()) {
        None => doc.push(Strip::of(look.word("body.loading"), Tone::Dim)),
        Some(checks) => doc.extend(checks.0.iter().map(|check| {
            let (mark, tone) = if check.ok { ("✓ ", Tone::Good) } else { ("! ", Tone::Bad) };
            Strip::of(mark, tone).and(check.text.as_str(), Tone::Plain).fit(cells)
        })),
    }
    let below = CHECK_LINES.min(area.height / 2);
    let seen = rows(look, buffer, Rect { height: area.height - below, ..area });
    let pane = Rect { y: area.bottom() - below, height: below, ..area };
    doc::draw(buffer, pane, doc, None, look.theme);
    seen
}

/// Draws the rows of a channel's day, and below them what it adds up to.
fn with_sums(look: Look, buffer: &mut Buffer, area: Rect, day: &ReconcileScreen) -> Viewport {
    let list = |buffer: &mut Buffer, area: Rect| {
        if day.list.rows.is_empty() { empty(look, buffer, area) } else { rows(look, buffer, area) }
    };
    if area.height < 10 {
        return list(buffer, area);
    }
    let doc = screens::day_sums(look, &day.of, day.list.selected(), area.width);
    let height = u16::try_from(doc.0.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let above = area.height - height;
    let seen = list(buffer, Rect { height: above.saturating_sub(1), ..area });
    let rule = Strip::of("─".repeat(usize::from(area.width)), Tone::Dim);
    doc::draw_strip(buffer, (area.x, area.y + above - 1, area.width), rule, None, look.theme);
    doc::draw(buffer, Rect { y: area.y + above, height, ..area }, doc, None, look.theme);
    seen
}

/// Lines of a day's checks: a title, and one for each of the five.
const CHECK_LINES: u16 = 6;

/// Returns the area of the detail, if this list has one and there is room.
fn beside(look: Look, area: Rect) -> Option<Rect> {
    let has = matches!(
        look.state.kind(),
        ScreenKind::Findings
            | ScreenKind::Trades
            | ScreenKind::Vouchers
            | ScreenKind::Cases
            | ScreenKind::Bills
    );
    if !has || !look.state.is_wide() || area.width < 100 {
        return None;
    }
    let width = area.width / 2;
    Some(Rect { x: area.right() - width, width, ..area })
}

fn rows(look: Look, buffer: &mut Buffer, area: Rect) -> Viewport {
    let behave = look.state.screen().behave();
    let cursor = behave.cursor();
    let graph = graph_height(look, area);
    let height = usize::from(area.height.saturating_sub(1 + graph));
    let mut top = cursor.first_shown(height);
    let Some(table) = behave.table(look.view(), top..(top + height).min(cursor.len())) else {
        return Viewport { rows: height.max(1), ..Viewport::default() };
    };
    let any_marked = !cursor.marks().is_empty();
    let gutter = if any_marked { 2 } else { 1 };
    let cells = usize::from(area.width).saturating_sub(gutter);
    let marked: Vec<bool> = table.rows.iter().map(|row| row.marked).collect();
    let laid = grid::lay(&table, cells, look.state.lang);
    let gutter = u16::try_from(gutter).unwrap_or(1);
    let line = |y: u16| (area.x + gutter, y, area.width.saturating_sub(gutter));
    if area.height > 0 {
        doc::draw_strip(buffer, line(area.y), laid.head, None, look.theme);
    }
    // Lines under rows take room: rows above the cursor are left out until it fits.
    let tall = |row: &(Strip, Vec<Strip>)| 1 + row.1.len();
    let at = cursor.at().saturating_sub(top);
    let mut skip = 0;
    while skip < at && laid.rows.iter().take(at + 1).skip(skip).map(tall).sum::<usize>() > height {
        skip += 1;
    }
    top += skip;
    let mut y = area.y + 1;
    let bottom = area.bottom().saturating_sub(graph);
    for (n, ((strip, under), marked)) in laid.rows.into_iter().zip(marked).skip(skip).enumerate() {
        if y >= bottom {
            break;
        }
        let here = top + n == cursor.at();
        if here {
            buffer.set_stringn(area.x, y, "▌", 1, look.theme.tone(Tone::Accent));
        }
        if marked {
            buffer.set_stringn(area.x + 1, y, "*", 1, look.theme.tone(Tone::Accent));
        }
        let strip = if here { strip.linked(0) } else { strip };
        doc::draw_strip(buffer, line(y), strip, Some(0), look.theme);
        y += 1;
        for under in under {
            if y >= bottom {
                break;
            }
            doc::draw_strip(buffer, line(y), under, None, look.theme);
            y += 1;
        }
    }
    if graph > 0 {
        balance_line(look, buffer, Rect { y: area.bottom() - graph, height: graph, ..area });
    }
    Viewport { rows: height.max(1), lines: 0, top: 0 }
}

/// Returns the rows reserved for the balance plot under a chain.
fn graph_height(look: Look, area: Rect) -> u16 {
    match look.state.screen() {
        Screen::Chain(chain) if chain.list.rows.len() > 2 && area.height >= 12 => 2,
        _ => 0,
    }
}

/// Draws the balance over the lines held as a row of bars.
fn balance_line(look: Look, buffer: &mut Buffer, area: Rect) {
    let Screen::Chain(chain) = look.state.screen() else { return };
    let label = format!(" {}  ", look.word("chain.balance_line"));
    let room = usize::from(area.width).saturating_sub(text::width(&label) + 2);
    let values: Vec<i64> = chain.list.rows.iter().map(|row| row.entry.balance_after_minor).collect();
    let strip = Strip::of(label, Tone::Dim).and(bars(&values, room), Tone::Accent);
    doc::draw_strip(buffer, (area.x, area.bottom() - 1, area.width), strip, None, look.theme);
}

/// Returns the last `room` values as bars of eight heights; the lowest value is the lowest bar.
#[must_use]
pub fn bars(values: &[i64], room: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = &values[values.len().saturating_sub(room)..];
    let low = values.iter().copied().min().unwrap_or(0).min(0);
    let high = values.iter().copied().max().unwrap_or(0).max(low.saturating_add(1));
    let span = i128::from(high) - i128::from(low);
    values
        .iter()
        .map(|value| {
            let share = (i128::from(*value) - i128::from(low)) * 7 / span.max(1);
            BARS[usize::try_from(share).unwrap_or(0).min(7)]
        })
        .collect()
}

/// Draws what an empty list says: why it is empty, and what to do.
fn empty(look: Look, buffer: &mut Buffer, area: Rect) -> Viewport {
    let cells = usize::from(area.width.saturating_sub(3));
    let mut doc = Doc::default();
    doc.push(Strip::empty());
    if let Some(empty) = look.state.screen().behave().empty(look.state.lang) {
        doc.extend(text::wrap(&empty.text, cells).into_iter().map(|line| Strip::of(line, Tone::Plain)));
        doc.extend(text::wrap(&empty.hint, cells).into_iter().map(|line| Strip::of(line, Tone::Dim)));
    }
    doc::draw(buffer, area, doc, None, look.theme);
    Viewport { rows: usize::from(area.height).max(1), lines: 0, top: 0 }
}

#[cfg(test)]
mod tests {
    use super::bars;

    #[test]
    fn bars_rise_with_their_values_and_the_newest_stay() {
        assert_eq!(bars(&[0, 1, 2, 3, 4, 5, 6, 7], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(bars(&[9, 0, 0, 10], 3), "▁▁█");
        assert_eq!(bars(&[-7, 0], 9), "▁█", "a negative balance is below zero");
        assert_eq!(bars(&[0, 0], 9), "▁▁");
    }
}
