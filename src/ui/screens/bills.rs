//! Statements of channels: one with its changes and lines, and how a refused one differs from what stands.

use super::{fact, facts, table_lines};
use crate::app::screens::bills::{change, merchant, state};
use crate::app::screens::trades::status;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::domain::differences::{Difference, Differences, DifferingLine, LineChange, Shaken};
use crate::domain::statement::StatementLine;
use crate::protocol::bills::BillDetail;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns a statement with its lines.
pub fn bill(look: Look, detail: &BillDetail, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = head(look, detail, cells);
    doc.gap();
    doc.extend(table_lines(look, &lines(look, &detail.rows), cells));
    if detail.more {
        doc.push(Strip::of(look.word("cli.bill.more"), Tone::Dim));
    }
    doc
}

/// Returns a statement beside the list, without its lines.
pub fn bill_beside(look: Look, detail: &BillDetail, width: u16) -> Doc {
    head(look, detail, doc::cells(width))
}

fn head(look: Look, detail: &BillDetail, cells: usize) -> Doc {
    let bill = &detail.bill;
    let mut doc = Doc::default();
    let (word, tone) = state(look.state.lang, bill.state);
    doc.push(Strip::of(format!("{}  ", bill.file), Tone::Strong).and(word, tone).fit(cells));
    let day = bill.head.day.map_or_else(String::new, |day| day.to_string());
    let mut told = vec![
        fact(look, "column.channel", look.view().channel(bill.head.channel)),
        fact(look, "column.statement_day", day),
        fact(look, "column.covers", format::label(look.state.lang, "covers", bill.head.covers.as_str())),
        fact(look, "column.lines", bill.lines.to_string()),
    ];
    let number = merchant(bill);
    if !number.is_empty() {
        told.push(fact(look, "column.merchant_no", number));
    }
    if let Some(until) = bill.head.until {
        told.push(fact(look, "column.until", format::time(until, look.state.now)));
    }
    let imported = format!("{} {}", format::time(bill.imported_at, look.state.now), bill.operator);
    told.push(fact(look, "column.imported", imported));
    doc.extend(facts(cells, told));
    let wrapped = |words: &str, tone| {
        text::wrap(words, cells).into_iter().map(move |line| Strip::of(line, tone)).collect::<Vec<_>>()
    };
    for changed in &detail.changes {
        doc.extend(wrapped(&change(changed, look.view()), Tone::Warn));
    }
    doc.extend(rests(look, &detail.rests, cells));
    doc
}

/// Returns what rests on statements, and whether two people decide about them.
pub fn rests(look: Look, shaken: &Shaken, cells: usize) -> Vec<Strip> {
    if shaken.is_empty() {
        return Vec::new();
    }
    let mut words = look.text("bill.rests", &shaken.facts());
    if shaken.needs_two {
        words = format!("{words} {}", look.word("bill.needs_two"));
    }
    text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)).collect()
}

fn lines(look: Look, lines: &[StatementLine]) -> Table {
    let columns = vec![
        Column::number("column.line").shed(2),
        Column::text("column.kind", 4, 10),
        Column::text("column.reference", 12, 32).id().grow(),
        Column::text("column.channel_no", 8, 32).shed(3),
        Column::text("column.merchant_no", 6, 16).shed(5),
        Column::amount("column.amount"),
        Column::amount("column.fee").shed(1),
        Column::text("column.status", 6, 14),
        Column::text("column.time", 5, 19).shed(4),
    ];
    let row = |line: &StatementLine| {
        let (word, tone) = status(look.state.lang, line.status);
        Row::from(vec![
            Cell::text(line.line.to_string()),
            Cell::text(format::label(look.state.lang, "line", line.kind.as_str())),
            Cell::text(line.channel_ref.as_str()),
            Cell::text(line.channel_no.as_str()),
            Cell::text(line.merchant_no.clone().unwrap_or_default()),
            Cell::amount_in(line.amount_minor, line.currency.code()),
            Cell::amount_in(line.fee_minor, line.currency.code()),
            Cell::toned(word, tone),
            Cell::text(format::time(line.occurred_at, look.state.now)),
        ])
    };
    Table::new(columns, lines.iter().map(row).collect(), look.view().several_currencies)
}

/// Adds how a refused bill differs, what rests on the lines that stand, and how to go on.
pub fn add_differences(look: Look, found: &Differences, cells: usize, doc: &mut Doc) {
    doc.extend(rests(look, &found.shakes, cells));
    let way_on = text::wrap(&look.word("bill.way_on"), cells);
    doc.extend(way_on.into_iter().map(|line| Strip::of(line, Tone::Plain)));
    doc.gap();
    doc.extend(table_lines(look, &differing(look, found), cells));
    let unlisted = (found.added + found.gone + found.changed).saturating_sub(found.rows.len() as u64);
    if unlisted > 0 {
        doc.push(Strip::of(look.text("notice.more", &[("n", unlisted.to_string())]), Tone::Dim));
    }
}

/// Returns the lines that differ; below one that changed are the facts before and after.
fn differing(look: Look, differences: &Differences) -> Table {
    let columns = vec![
        Column::text("column.line_change", 4, 12).id(),
        Column::text("column.kind", 4, 10).shed(1),
        Column::text("column.reference", 12, 32).id().grow(),
        Column::text("column.channel_no", 8, 32).shed(4).stacks(),
        Column::amount("column.amount"),
        Column::amount("column.fee").shed(2),
        Column::text("column.status", 6, 14),
        Column::text("column.time", 5, 19).shed(3),
    ];
    let rows = differences.rows.iter().filter_map(|row| difference_row(look, row)).collect();
    Table::new(columns, rows, look.view().several_currencies)
}

fn difference_row(look: Look, row: &Difference) -> Option<Row> {
    let word = format::label(look.state.lang, "line_change", &row.change.to_string());
    let tone = match row.change {
        LineChange::Added => Tone::Good,
        LineChange::Gone => Tone::Bad,
        LineChange::Changed => Tone::Warn,
    };
    let line = row.after.as_ref().or(row.before.as_ref())?;
    let (state, state_tone) = line
        .status
        .parse()
        .map_or_else(|_| (line.status.clone(), Tone::Plain), |parsed| status(look.state.lang, parsed));
    let cells = vec![
        Cell::toned(word, tone),
        Cell::text(format::label(look.state.lang, "line", &line.kind)),
        Cell::text(line.channel_ref.as_str()),
        Cell::text(line.channel_no.as_str()),
        Cell::amount_in(line.amount_minor, &line.currency),
        Cell::amount_in(line.fee_minor, &line.currency),
        Cell::toned(state, state_tone),
        Cell::text(clock(line)),
    ];
    let under = row.before.as_ref().zip(row.after.as_ref()).map(|(before, after)| {
        (format!("  ↳ {}", changed_facts(look, before, after).join(" · ")), Tone::Differ)
    });
    Some(Row { cells, under, ..Row::default() })
}

/// Returns the time of a line by the channel's clock.
fn clock(line: &DifferingLine) -> String {
    line.occurred_at.get(..19).unwrap_or_default().replace('T', " ")
}

/// Returns the facts in which a line changed: `amount 100.00 → 90.00`.
fn changed_facts(look: Look, before: &DifferingLine, after: &DifferingLine) -> Vec<String> {
    let kind = |line: &DifferingLine| format::label(look.state.lang, "line", &line.kind);
    let status = |line: &DifferingLine| format::label(look.state.lang, "state.trade", &line.status);
    let facts = [
        ("column.kind", kind(before), kind(after)),
        ("column.reference", before.channel_ref.clone(), after.channel_ref.clone()),
        ("column.channel_no", before.channel_no.clone(), after.channel_no.clone()),
        ("column.amount", money(before, before.amount_minor), money(after, after.amount_minor)),
        ("column.fee", money(before, before.fee_minor), money(after, after.fee_minor)),
        ("column.status", status(before), status(after)),
        ("column.time", clock(before), clock(after)),
    ];
    let changed = facts.into_iter().filter(|(_, before, after)| before != after);
    changed.map(|(key, before, after)| format!("{} {before} → {after}", look.word(key))).collect()
}

fn money(line: &DifferingLine, minor: i64) -> String {
    format::money(minor, &line.currency)
}
