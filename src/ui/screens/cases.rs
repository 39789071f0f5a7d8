//! One case: its steps, what they would book, the checks of the commit, the checklist and the log.

use super::{reconciled, step_mode, step_words, table_lines};
use crate::app::screens::case::CaseScreen;
use crate::app::screens::cases::state as case_state;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::domain::account::Side;
use crate::protocol::cases::{BookedVoucher, CaseDetail};
use crate::protocol::preview::{BalanceChange, GuardState, Preview, TurnoverChange};
use crate::protocol::steps::StepRow;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns which steps of a long case are shown.
fn window(look: Look, detail: &CaseDetail) -> String {
    let ends = detail.staged.first().zip(detail.staged.last()).map_or((0, 0), |(a, b)| (a.step, b.step));
    let args = [("from", ends.0), ("to", ends.1), ("all", detail.last_step)];
    look.text("case.window", &args.map(|(name, value)| (name, value.to_string())))
}

/// Returns the case as a document; its links are those of the case screen.
pub fn case(look: Look, view: &CaseScreen, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    let Some(detail) = &view.detail else { return doc };
    let (steps, log) = (steps(look, detail, cells), log(look, detail));
    if cells + 2 >= crate::ui::TWO_PANES {
        let left = cells * 11 / 20;
        let right = cells - left - 2;
        let mut beside = checklist(look, detail, right);
        beside.extend(log.clone());
        doc.extend(text::beside(steps, beside, left, right));
    } else {
        doc.extend(steps);
    }
    if !detail.booked.is_empty() {
        doc.heading(look.word("case.booked"));
        let mut lines = table_lines(look, &booked(look, detail), cells).into_iter();
        doc.extend(lines.next());
        let steps = view.steps().len();
        doc.extend(lines.enumerate().map(|(at, line)| line.linked(steps + at)));
    }
    if let Some(preview) = view.preview.as_ref().filter(|_| !detail.row.state.is_final()) {
        preview_lines(look, preview, cells, &mut doc);
    }
    if view.more() != (false, false) {
        // Only a window of a long case is shown, and the reader must know.
        doc.gap();
        doc.push(Strip::of(window(look, detail), Tone::Warn));
    }
    if cells + 2 < crate::ui::TWO_PANES {
        doc.gap();
        doc.extend(checklist(look, detail, cells));
        doc.extend(log);
    }
    doc
}

/// Returns the case beside the list: steps and log.
pub fn case_side(look: Look, detail: &CaseDetail, width: u16) -> Doc {
    let cells = doc::cells(width);
    let lang = look.state.lang;
    let mut doc = Doc::default();
    let (state, tone) = case_state(lang, detail.row.state);
    let cause =
        detail.row.cause.map(|cause| format::label(lang, "cause", cause.as_str())).unwrap_or_default();
    doc.push(Strip::of(format!("{}  {cause}  ", detail.row.case_no), Tone::Strong).and(state, tone));
    if let Some(note) = &detail.row.note {
        doc.extend(text::wrap(note, cells).into_iter().map(|line| Strip::of(line, Tone::Dim)));
    }
    doc.gap();
    doc.extend(
        steps(look, detail, cells).into_iter().map(|strip| {
            Strip(strip.0.into_iter().map(|piece| text::Piece { link: None, ..piece }).collect())
        }),
    );
    doc.gap();
    doc.extend(log(look, detail));
    doc
}

/// Returns the vouchers that a case booked.
fn booked(look: Look, detail: &CaseDetail) -> Table {
    let lang = look.state.lang;
    let columns = vec![
        Column::text("column.voucher", 6, 16).id(),
        Column::text("column.vkind", 4, 10),
        Column::text("column.mode", 4, 12),
        Column::text("column.accounting_day", 5, 10),
        Column::amount("column.amount"),
        Column::text("column.reverses", 6, 16).shed(1).grow(),
    ];
    let row = |voucher: &BookedVoucher| {
        let reverses = voucher.reverses.as_ref().map(ToString::to_string);
        Row::from(vec![
            Cell::toned(voucher.voucher_no.as_str(), Tone::Strong),
            Cell::text(format::label(lang, "vkind", voucher.kind.as_str())),
            Cell::text(format::label(lang, "mode", voucher.mode.as_str())),
            Cell::text(format::day(voucher.accounting_date, look.state.now)),
            Cell::amount_in(voucher.amount_minor, &voucher.currency),
            Cell::toned(reverses.unwrap_or_default(), Tone::Warn),
        ])
    };
    Table::new(columns, detail.booked.iter().map(row).collect(), look.view().several_currencies)
}

/// Returns the checklist: ticked items with operator and note, and open items.
fn checklist(look: Look, detail: &CaseDetail, cells: usize) -> Vec<Strip> {
    const MARK: usize = 2;
    let (all, done) =
        (detail.checklist.len(), detail.checklist.iter().filter(|item| !item.ticks.is_empty()).count());
    if all == 0 {
        return Vec::new();
    }
    let title = look.text("case.checklist", &[("done", done.to_string()), ("all", all.to_string())]);
    let mut lines = vec![Strip::of(title, Tone::Title)];
    for item in &detail.checklist {
        let (mark, tone) = match (item.ticks.last(), item.required) {
            (Some(_), _) => ("✓", Tone::Good),
            (None, true) => ("!", Tone::Warn),
            (None, false) => ("·", Tone::Dim),
        };
        let proof = item.ticks.last().map(|tick| {
            let said = tick.note.iter().chain(&tick.file).cloned().collect::<Vec<_>>().join(" · ");
            format!(" ({} {said})", tick.operator)
        });
        let said = format!("{}: {}{}", item.item, item.text, proof.unwrap_or_default());
        for (n, part) in text::wrap(&said, cells.saturating_sub(MARK)).into_iter().enumerate() {
            let before = if n == 0 { format!("{mark} ") } else { " ".repeat(MARK) };
            lines.push(Strip::of(before, tone).and(part, Tone::Plain));
        }
    }
    lines.push(Strip::empty());
    lines
}

fn steps(look: Look, detail: &CaseDetail, cells: usize) -> Vec<Strip> {
    let mut lines = vec![Strip::of(look.word("case.steps_head"), Tone::Title)];
    let wide = cells.min(if cells + 2 >= crate::ui::TWO_PANES { cells * 11 / 20 } else { cells });
    let mut link = 0;
    for step in &detail.staged {
        let strips = step_lines(look, step, wide).into_iter();
        if step.dropped {
            lines.extend(strips);
        } else {
            lines.extend(strips.map(|strip| strip.linked(link)));
            link += 1;
        }
    }
    if detail.staged.is_empty() {
        lines.push(Strip::of(look.word("case.no_steps"), Tone::Dim));
    }
    lines
}

/// Returns the lines of a step. They are never cut: the checker must see every fact that the step sets.
fn step_lines(look: Look, step: &StepRow, cells: usize) -> Vec<Strip> {
    let tone = if step.dropped { Tone::Dim } else { Tone::Plain };
    let words = step_words(look, step);
    let right = if step.dropped { look.word("case.dropped") } else { step_mode(look, step) };
    let right = Strip::of(format!("{right} "), Tone::Dim);
    let number = format!("{} ", step.step);
    let indent = text::width(&number);
    let one = indent + text::width(&words) + 1 + right.width() <= cells;
    let room = cells.saturating_sub(if one { indent } else { indent + 1 });
    let mut lines: Vec<Strip> = text::wrap(&words, room)
        .into_iter()
        .enumerate()
        .map(|(n, part)| {
            let before = if n == 0 { number.clone() } else { " ".repeat(indent) };
            Strip::of(before, Tone::Dim).and(part, tone)
        })
        .collect();
    match lines.pop() {
        Some(last) if last.width() + 1 + right.width() <= cells => lines.push(last.and_right(right, cells)),
        last => {
            lines.extend(last);
            lines.push(Strip::empty().and_right(right, cells));
        }
    }
    lines
}

fn log(look: Look, detail: &CaseDetail) -> Vec<Strip> {
    let mut lines = vec![Strip::of(look.word("case.log"), Tone::Title)];
    for row in detail.log.iter().rev() {
        let clock = row.at.local().time();
        let at = format!(
            "{} {:02}:{:02}",
            format::day(row.at.date(), look.state.now),
            clock.hour(),
            clock.minute()
        );
        let key = format!("verb.{}", row.verb);
        let verb =
            if crate::i18n::has(look.state.lang, &key) { look.word(&key) } else { row.verb.to_string() };
        let line = Strip::of(format!("{at} {} ", row.operator), Tone::Dim).and(verb, Tone::Plain);
        lines.push(match &row.note {
            Some(note) => line.and(format!(" {note}"), Tone::Dim),
            None => line,
        });
    }
    lines
}

fn preview_lines(look: Look, preview: &Preview, cells: usize, doc: &mut Doc) {
    doc.gap();
    let mut lines = table_lines(look, &balances(look, &preview.balances), cells).into_iter();
    doc.extend(lines.next());
    doc.extend(lines);
    doc.extend(rest(look, preview.count.balances, preview.balances.len()));
    doc.heading(look.word("case.guards"));
    guard_lines(look, preview, cells, doc);
    let (key, tone) = match (preview.customer_view_changed, preview.reconciliation_changed) {
        (false, false) => ("case.views_same", Tone::Good),
        (true, _) => ("case.customers_changed", Tone::Bad),
        (false, true) => ("case.recon_changed", Tone::Bad),
    };
    doc.push(Strip::of(look.word(key), tone));
    reconciled::days(look, preview, cells, doc);
    reconciled::take_back(look, preview, cells, doc);
    if !preview.entries.is_empty() {
        doc.heading(look.word("case.entries"));
        doc.extend(table_lines(look, &entries(look, preview), cells));
    }
    if !preview.turnover.is_empty() {
        doc.heading(look.word("case.turnover"));
        doc.extend(table_lines(look, &turnover(look, preview), cells));
        doc.extend(rest(look, preview.count.turnover, preview.turnover.len()));
    }
}

/// Returns a line about the rows that are not shown, if there are any.
fn rest(look: Look, all: usize, shown: usize) -> Option<Strip> {
    let more = all.checked_sub(shown).filter(|more| *more > 0)?;
    Some(Strip::of(look.text("case.more_rows", &[("n", more.to_string())]), Tone::Dim))
}

/// Adds the failing checks first, then those with a note, each as a paragraph; those that pass share one.
fn guard_lines(look: Look, preview: &Preview, cells: usize, doc: &mut Doc) {
    const MARK: usize = 5;
    let mut paragraph = |word: &str, tone: Tone, said: &str| {
        let mut parts = text::wrap(said, cells.saturating_sub(MARK)).into_iter();
        let mark = Strip::of(text::left(&look.word(word), MARK), tone);
        doc.push(mark.and(parts.next().unwrap_or_default(), Tone::Plain));
        doc.extend(parts.map(|part| Strip::of(" ".repeat(MARK), tone).and(part, Tone::Plain)));
    };
    for (state, word, tone) in [
        (GuardState::Fail, "guard.state.fail", Tone::Bad),
        (GuardState::Note, "guard.state.note", Tone::Warn),
    ] {
        for guard in preview.guards.iter().filter(|guard| guard.state == state) {
            paragraph(word, tone, &guard.text);
        }
    }
    let holding: Vec<&str> = preview
        .guards
        .iter()
        .filter(|guard| guard.state == GuardState::Ok)
        .map(|guard| guard.text.as_str())
        .collect();
    if !holding.is_empty() {
        paragraph("guard.state.ok", Tone::Good, &holding.join(" · "));
    }
}

fn balances(look: Look, changes: &[BalanceChange]) -> Table {
    let columns = vec![
        Column::text("case.balances", 8, 20),
        Column::text("column.name", 6, 30).grow().shed(3),
        Column::amount("column.before"),
        Column::amount("column.after"),
        Column::amount("column.change").shed(2),
        Column { max: 12, ..Column::amount("column.floor").shed(1) },
    ];
    let rows = changes
        .iter()
        .map(|change| {
            let floor = match change.floor_minor {
                Some(floor) if change.after_minor < floor => {
                    let floor = format::amount(floor, format::decimals(&change.currency));
                    Cell::toned(format!("! {floor}"), Tone::Bad)
                }
                Some(_) => Cell::toned(look.word("case.floor_ok"), Tone::Good),
                None => Cell::toned("-", Tone::Dim),
            };
            let name = if change.moved {
                Cell::toned(format!("{} ({})", change.name, look.word("case.moved")), Tone::Warn)
            } else {
                Cell::text(change.name.as_str())
            };
            Row::from(vec![
                Cell::text(change.account.as_str()),
                name,
                Cell::amount_in(change.before_minor, &change.currency),
                Cell::amount_in(change.after_minor, &change.currency),
                Cell::change_in(change.after_minor.saturating_sub(change.before_minor), &change.currency),
                floor,
            ])
        })
        .collect();
    Table::new(columns, rows, look.view().several_currencies)
}

fn entries(look: Look, preview: &Preview) -> Table {
    let columns = vec![
        Column::number("column.step").shed(3),
        Column::text("column.voucher", 6, 14),
        Column::text("column.account", 6, 24).grow(),
        Column::text("column.mode", 3, 12).shed(2),
        Column::text("column.accounting_day", 5, 10).shed(1),
        Column::amount("column.debit"),
        Column::amount("column.credit"),
    ];
    let rows = preview
        .entries
        .iter()
        .map(|row| {
            let entry = &row.entry;
            let amount = |side: Side| {
                if entry.side == side {
                    Cell::amount(entry.amount_minor, entry.currency)
                } else {
                    Cell::blank()
                }
            };
            Row::from(vec![
                Cell::toned(row.step.to_string(), Tone::Dim),
                Cell::text(row.voucher_no.as_str()),
                Cell::text(entry.account.as_str()),
                Cell::toned(format::label(look.state.lang, "mode", entry.mode.as_str()), Tone::Dim),
                Cell::text(format::day(row.accounting_date, look.state.now)),
                amount(Side::Debit),
                amount(Side::Credit),
            ])
        })
        .collect();
    Table::new(columns, rows, look.view().several_currencies)
}

fn turnover(look: Look, preview: &Preview) -> Table {
    let columns = vec![
        Column::text("column.accounting_day", 5, 10),
        Column::text("column.account", 6, 24).grow(),
        Column::amount("column.debit"),
        Column::amount("column.credit"),
    ];
    let code = |change: &TurnoverChange| change.currency.code();
    let rows = preview
        .turnover
        .iter()
        .map(|change| {
            Row::from(vec![
                Cell::text(format::day(change.day, look.state.now)),
                Cell::text(change.account.as_str()),
                Cell::change_in(change.debit_minor, code(change)),
                Cell::change_in(change.credit_minor, code(change)),
            ])
        })
        .collect();
    Table::new(columns, rows, look.view().several_currencies)
}
