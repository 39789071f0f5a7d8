//! One statement of an account: its balances, what rests on it, its lines.

use super::bills::rests;
use super::{fact, facts, table_lines};
use crate::app::screens::account_statements::change;
use crate::app::screens::bills::state;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::protocol::account_statements::{AccountStatementDetail, file_of_line};
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns a statement with its lines.
pub fn account_statement(look: Look, detail: &AccountStatementDetail, width: u16) -> Doc {
    let cells = doc::cells(width);
    let row = &detail.statement;
    let mut doc = Doc::default();
    let (word, tone) = state(look.state.lang, row.state);
    doc.push(Strip::of(format!("{}  ", row.file), Tone::Strong).and(word, tone).fit(cells));
    let money = |minor: i64| look.view().amount(minor, &row.currency);
    let mut told = vec![
        fact(look, "column.account", row.day.account.to_string()),
        fact(look, "column.day", row.day.day.to_string()),
    ];
    if !row.day.number.is_empty() {
        told.push(fact(look, "import_screen.number", row.day.number.clone()));
    }
    told.extend(row.day.until.map(|until| fact(look, "column.until", format::time(until, look.state.now))));
    told.extend(row.day.opening_minor.map(|minor| fact(look, "column.opening", money(minor))));
    told.push(fact(look, "column.moved", money(row.day.sum_minor)));
    told.extend(row.day.closing_minor.map(|minor| fact(look, "column.closing", money(minor))));
    let imported = format!("{} {}", format::time(row.imported_at, look.state.now), row.operator);
    told.push(fact(look, "column.imported", imported));
    doc.extend(facts(cells, told));
    if let Some((words, tone)) = change(row, look.view()) {
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, tone)));
    }
    doc.extend(rests(look, &detail.rests, cells));
    doc.gap();
    doc.extend(table_lines(look, &lines(look, detail), cells));
    if detail.more {
        doc.push(Strip::of(look.word("cli.bill.more"), Tone::Dim));
    }
    doc
}

fn lines(look: Look, detail: &AccountStatementDetail) -> Table {
    let columns = vec![
        Column::number("column.line"),
        Column::text("column.time", 5, 8).shed(5),
        Column::text("column.kind", 4, 16),
        Column::text("column.reference", 8, 32).id().grow(),
        Column::text("column.party", 4, 20).shed(4),
        Column::text("column.text", 4, 24).shed(3),
        Column::amount("column.amount"),
        Column::amount("column.balance").shed(2),
        Column::text("column.file", 8, 32).shed(6),
    ];
    let currency = &detail.statement.currency;
    let rows = detail.rows.iter().zip(1..).map(|(line, place)| {
        let own = line.reference.as_ref().map(ToString::to_string);
        let reference = own.or_else(|| line.channel_no.clone()).or_else(|| line.batch.clone());
        Row::from(vec![
            Cell::text(line.line.to_string()),
            Cell::text(line.time.map_or_else(String::new, |time| time.to_string())),
            Cell::text(format::label(look.state.lang, "account_line", line.kind.as_str())),
            Cell::text(reference.unwrap_or_else(|| line.number.clone())),
            Cell::text(line.counterparty.as_str()),
            Cell::text(line.text.as_str()),
            Cell::amount_in(line.amount_minor, currency),
            line.balance_minor.map_or_else(Cell::blank, |minor| Cell::amount_in(minor, currency)),
            Cell::text(file_of_line(&detail.parts, &detail.statement.file, place)),
        ])
    });
    Table::new(columns, rows.collect(), look.view().several_currencies)
}
