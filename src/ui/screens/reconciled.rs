//! The reconciliation of the days that a case touches, before and after it.

use super::table_lines;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::protocol::preview::{DayReconciled, Preview, SumReconciled};
use crate::protocol::reports::{MissingBill, ReconRow, ReconSum};
use crate::ui::Look;
use crate::ui::doc::Doc;
use crate::ui::text::{self, Strip};

/// Adds the days with their sums, and the rows that go and come.
pub fn days(look: Look, preview: &Preview, cells: usize, doc: &mut Doc) {
    if preview.days.is_empty() {
        return;
    }
    doc.heading(look.word("case.days"));
    for day in &preview.days {
        let args = [
            ("channel", look.view().channel(day.channel)),
            ("day", day.day.to_string()),
            ("before", day.open_before.to_string()),
            ("after", day.open_after.to_string()),
        ];
        let (key, tone) =
            if day.changes() { ("case.day_changes", Tone::Strong) } else { ("case.day_same", Tone::Dim) };
        doc.push(Strip::of(look.text(key, &args), tone));
        for (key, bills, tone) in [
            ("case.missing_gone", &day.missing_gone, Tone::Good),
            ("case.missing_came", &day.missing_came, Tone::Warn),
        ] {
            for missing in bills {
                doc.push(Strip::of(look.text(key, &facts_of_missing(look, missing)), tone));
            }
        }
        for table in [sums(look, day), items(look, day)] {
            if day.changes() && !table.rows.is_empty() {
                doc.extend(table_lines(look, &table, cells));
            }
        }
    }
    let more = preview.count.days.saturating_sub(preview.days.len());
    if more > 0 {
        doc.push(Strip::of(look.text("case.more_rows", &[("n", more.to_string())]), Tone::Dim));
    }
}

/// Adds the committed cases whose evidence goes, each with what takes it back.
pub fn take_back(look: Look, preview: &Preview, cells: usize, doc: &mut Doc) {
    if preview.take_back.is_empty() {
        return;
    }
    doc.heading(look.word("cli.preview.take_back"));
    for told in preview.take_back.iter().flat_map(|case| case.told(look.state.lang)) {
        doc.extend(text::wrap(&told, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
}

/// Returns what sentences about a bill that never came name.
fn facts_of_missing(look: Look, missing: &MissingBill) -> Vec<(&'static str, String)> {
    let covers = format::label(look.state.lang, "covers", missing.covers.as_str());
    let number = missing.merchant_no.clone().map(|number| ("number", number));
    std::iter::once(("covers", covers)).chain(number).collect()
}

/// Returns the sums that change, before and after, and once those that stay.
fn sums(look: Look, day: &DayReconciled) -> Table {
    let columns = vec![
        Column::text("column.kind", 4, 10),
        Column::text("column.when", 5, 9).grow(),
        Column::amount("column.ours"),
        Column::amount("column.theirs"),
        Column::amount("column.effect"),
    ];
    let mut rows = Vec::new();
    for SumReconciled { before, after, difference_before_minor, difference_after_minor } in &day.sums {
        let mut add = |when: &str, sum: &ReconSum, difference: i64| {
            rows.push(Row::from(vec![
                Cell::text(format::label(look.state.lang, "line", sum.way.as_str())),
                Cell::toned(look.word(when), Tone::Dim),
                Cell::amount_in(sum.ours_minor, &sum.currency),
                Cell::amount_in(sum.theirs_minor, &sum.currency),
                Cell::change_in(difference, &sum.currency),
            ]));
        };
        if before != after {
            add("case.when_before", before, *difference_before_minor);
            add("case.when_after", after, *difference_after_minor);
        } else if (before.ours_minor, before.theirs_minor) != (0, 0) {
            add("case.when_unchanged", before, *difference_before_minor);
        }
    }
    Table::new(columns, rows, look.view().several_currencies)
}

/// Returns the rows that go and come.
fn items(look: Look, day: &DayReconciled) -> Table {
    let columns = vec![
        Column::text("column.when", 4, 9),
        Column::text("column.recon", 6, 12),
        Column::text("column.reference", 8, 32).grow(),
        Column::text("column.trade", 6, 24).shed(1),
        Column::amount("column.effect"),
    ];
    let row = |when: &str, tone: Tone, row: &ReconRow| {
        let trade = row.trade_no.as_ref().map_or_else(
            || Cell::toned(look.word("recon_screen.no_trade"), Tone::Dim),
            |trade| Cell::text(trade.as_str()),
        );
        Row::from(vec![
            Cell::toned(look.word(when), tone),
            Cell::text(format::label(look.state.lang, "recon", row.recon.as_str())),
            Cell::text(row.channel_ref.as_str()),
            trade,
            Cell::change_in(row.effect_minor, &row.currency),
        ])
    };
    let gone = day.gone.iter().map(|gone| row("case.goes", Tone::Good, gone));
    let came = day.came.iter().map(|came| row("case.comes", Tone::Warn, came));
    Table::new(columns, gone.chain(came).collect(), look.view().several_currencies)
}
