//! Tables: columns as wide as their content; if room is short, the least important are left out first.

use super::text::{self, Strip};
use crate::app::table::{Align, Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::i18n::{self, Lang};
use crate::protocol::totals::CurrencyTotal;

/// A table laid out: its head, and its rows with the line under each.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// Column heads.
    pub head: Strip,
    /// Rows and the lines under them.
    pub rows: Vec<(Strip, Vec<Strip>)>,
}

struct Fitted {
    column: Column,
    at: usize,
    title: String,
    need: usize,
    width: usize,
    decimals: u32,
}

/// Lays out a table in `cells` cells.
#[must_use]
pub fn lay(table: &Table, cells: usize, lang: Lang) -> Laid {
    let columns = fit(measure(table, lang), cells);
    let mut head = Strip::empty();
    for (i, column) in columns.iter().enumerate() {
        let title = match column.column.align {
            Align::Left => text::left(&column.title, column.width),
            Align::Right | Align::Amount => text::right(&column.title, column.width),
        };
        head = head.and(gap(i), Tone::Dim).and(title, Tone::Dim);
    }
    let stacked = stacked(table, &columns);
    let rows = table.rows.iter().map(|row| {
        let below = under(row, &columns, cells).or_else(|| below(row, &stacked, lang, cells));
        let sums = further_sums(row, total(&columns).min(cells));
        (lay_row(row, &columns), below.into_iter().chain(sums).collect())
    });
    let rows = rows.collect();
    Laid { head, rows }
}

const fn gap(column: usize) -> &'static str {
    if column == 0 { "" } else { "  " }
}

fn lay_row(row: &Row, columns: &[Fitted]) -> Strip {
    let mut strip = Strip::empty();
    for (i, column) in columns.iter().enumerate() {
        strip = strip.and(gap(i), Tone::Plain);
        strip = match row.cells.get(column.at) {
            Some(Cell::Sums(sums, tone)) => {
                let quiet = *tone == Tone::Plain && sums.iter().all(|sum| sum.amount_minor == 0);
                let words = format::totals(&sums[..on_line(sums)]);
                strip.and(text::right(&words, column.width), if quiet { Tone::Dim } else { *tone })
            }
            Some(Cell::Text(words, tone)) => match column.column.align {
                Align::Left => strip.and(text::left(words, column.width), *tone),
                Align::Right | Align::Amount => strip.and(text::right(words, column.width), *tone),
            },
            Some(Cell::Amount { minor, currency, before, plus, tone }) => {
                let quiet = *minor == 0 && matches!(tone, Tone::Plain | Tone::Strong);
                let (figure, decimals) =
                    (format::figure(*minor, *currency, *plus), format::exponent(*currency));
                strip.and(
                    text::figure(figure, decimals, column.decimals, before, column.width),
                    if quiet { Tone::Dim } else { *tone },
                )
            }
            None => strip.and(" ".repeat(column.width), Tone::Plain),
        };
    }
    strip
}

/// Widest line of sums in a column; it leaves the names of a narrow terminal some room.
const SUMS: usize = 24;

/// Returns how many of some sums stand on the line of their row: all, or the first.
fn on_line(sums: &[CurrencyTotal]) -> usize {
    if text::width(&format::totals(sums)) <= SUMS { sums.len() } else { sums.len().min(1) }
}

/// Returns the sums that do not stand on the line of their row, at the right edge of the table; each is whole.
fn further_sums(row: &Row, cells: usize) -> Vec<Strip> {
    let mut lines: Vec<(String, Tone)> = Vec::new();
    for cell in &row.cells {
        let Cell::Sums(sums, tone) = cell else { continue };
        for sum in &sums[on_line(sums)..] {
            let words = format::money(sum.amount_minor, &sum.currency);
            match lines.last_mut() {
                Some((line, _)) if text::width(line) + text::width(&words) + 5 <= cells => {
                    line.push_str(" · ");
                    line.push_str(&words);
                }
                _ => lines.push((words, *tone)),
            }
        }
    }
    lines.into_iter().map(|(line, tone)| Strip::of(text::right(&line, cells), tone)).collect()
}

/// Returns the columns that are left out and shown under their rows instead.
fn stacked<'t>(table: &'t Table, columns: &[Fitted]) -> Vec<(usize, &'t Column)> {
    let left_out = |at: usize| columns.iter().all(|column| column.at != at);
    table.columns.iter().enumerate().filter(|(at, column)| column.stacks && left_out(*at)).collect()
}

/// Returns the cells shown under a row, each with its head.
fn below(row: &Row, stacked: &[(usize, &Column)], lang: Lang, cells: usize) -> Option<Strip> {
    let said = stacked.iter().filter_map(|(at, column)| {
        let value = match row.cells.get(*at)? {
            Cell::Text(words, _) => words.clone(),
            Cell::Sums(sums, _) => format::totals(sums),
            Cell::Amount { minor, currency, before, plus, .. } => {
                format!("{before}{}", format::figure(*minor, *currency, *plus))
            }
        };
        Some(format!("{} {value}", i18n::word(lang, column.title)))
    });
    let said = said.collect::<Vec<_>>().join("  ");
    // Figures are shown whole or not at all.
    (!said.is_empty() && text::width(&said) + 2 <= cells).then(|| Strip::of(format!("  {said}"), Tone::Dim))
}

/// Returns the line under a row starts below its growing column.
fn under(row: &Row, columns: &[Fitted], cells: usize) -> Option<Strip> {
    let (words, tone) = row.under.as_ref()?;
    let mut indent = 0;
    for (i, column) in columns.iter().enumerate() {
        indent += text::width(gap(i));
        if column.column.grow {
            break;
        }
        indent += column.width;
    }
    let indent = if indent >= cells { 2 } else { indent };
    // A long line starts further left rather than losing its end.
    let indent = indent.min(cells.saturating_sub(text::width(words))).max(2);
    Some(Strip::of(" ".repeat(indent), Tone::Plain).and(words.as_str(), *tone))
}

fn measure(table: &Table, lang: Lang) -> Vec<Fitted> {
    let fitted = |(at, column): (usize, &Column)| {
        let title = i18n::word(lang, column.title);
        let cells = || table.rows.iter().filter_map(|row| row.cells.get(at));
        let decimals = cells()
            .filter_map(|cell| match cell {
                Cell::Amount { currency, .. } => Some(format::exponent(*currency)),
                Cell::Text(..) | Cell::Sums(..) => None,
            })
            .max()
            .unwrap_or(0);
        let widest = cells().map(|cell| cell_width(cell, decimals)).max().unwrap_or(0);
        let need = widest.max(text::width(&title)).max(usize::from(column.min)).min(usize::from(column.max));
        Fitted { column: *column, at, title, need, width: need, decimals }
    };
    let is_shown = |(at, column): &(usize, &Column)| {
        let is_blank =
            |row: &Row| !matches!(row.cells.get(*at), Some(Cell::Text(words, _)) if !words.is_empty());
        !column.if_any || !table.rows.iter().all(is_blank)
    };
    table.columns.iter().enumerate().filter(is_shown).map(fitted).collect()
}

fn cell_width(cell: &Cell, column_decimals: u32) -> usize {
    match cell {
        Cell::Text(words, _) => text::width(words),
        Cell::Sums(sums, _) => text::width(&format::totals(&sums[..on_line(sums)])),
        Cell::Amount { minor, currency, before, plus, .. } => {
            let decimals = format::exponent(*currency);
            let deeper =
                (column_decimals - decimals) as usize + usize::from(column_decimals > 0 && decimals == 0);
            let word = if before.is_empty() { 0 } else { text::width(before) + 1 };
            text::width(&format::figure(*minor, *currency, *plus)) + deeper + word
        }
    }
}

fn total(columns: &[Fitted]) -> usize {
    columns.iter().map(|column| column.width).sum::<usize>() + columns.len().saturating_sub(1) * 2
}

/// Leaves out columns until the rest fits at its minimum width, then divides the room.
fn fit(mut columns: Vec<Fitted>, cells: usize) -> Vec<Fitted> {
    // A growing column that may be left out is squeezed to its minimum before others go.
    for column in &mut columns {
        if column.column.grow {
            column.width = usize::from(column.column.min).min(column.need);
        }
    }
    while total(&columns) > cells && columns.iter().any(|column| column.column.shed > 0) {
        let most = columns.iter().map(|column| column.column.shed).max().unwrap_or(0);
        columns.retain(|column| column.column.shed != most);
    }
    for column in columns.iter_mut().rev() {
        if column.column.align == Align::Left {
            column.width = column.width.max(1);
        }
    }
    let mut over = total(&columns).saturating_sub(cells);
    for id in [false, true] {
        let texts = |column: &&mut Fitted| column.column.align == Align::Left && column.column.id == id;
        for column in columns.iter_mut().rev().filter(texts) {
            let give = over.min(column.width.saturating_sub(usize::from(column.column.min).min(4)));
            column.width -= give;
            over -= give;
        }
    }
    for column in columns.iter_mut().rev() {
        let give = over.min(column.width);
        column.width -= give;
        over -= give;
    }
    let spare = cells.saturating_sub(total(&columns));
    if let Some(column) = columns.iter_mut().find(|column| column.column.grow) {
        column.width = (column.width + spare).min(column.need.max(column.width));
    }
    // Figures are at the right edge, as in a bank book, but not so far away that the eye loses the row.
    let spare = cells.saturating_sub(total(&columns));
    if let Some(column) = columns.iter_mut().find(|column| column.column.grow) {
        column.width += if cells <= BOOK { spare } else { spare.min(BOOK / 10) };
    }
    columns
}

/// Widest table whose figures are pushed to the right edge.
const BOOK: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_no_row_fills_is_left_out_if_it_says_so() {
        let table = |due: &str| {
            let columns =
                vec![Column::text("column.trade", 2, 9).id(), Column::text("column.due", 3, 14).if_any()];
            let rows = ["", due].map(|due| Row::from(vec![Cell::text("T1"), Cell::text(due)]));
            Table::new(columns, rows.into(), false)
        };
        assert_eq!(measure(&table(""), Lang::En).len(), 1);
        assert_eq!(measure(&table("! 09-12"), Lang::En).len(), 2);
    }

    #[test]
    fn the_least_important_column_goes_first_and_amounts_are_never_clipped() {
        let table = Table {
            columns: vec![
                Column::text("column.trade", 5, 16),
                Column::text("column.kind", 4, 10).shed(1),
                Column::amount("column.amount"),
            ],
            rows: vec![Row::from(vec![
                Cell::text("T0001"),
                Cell::text("top-up"),
                Cell::amount_in(123_456_789, "CNY"),
            ])],
        };
        let line = |cells: usize| {
            let laid = lay(&table, cells, Lang::En);
            laid.rows[0].0.0.iter().map(|piece| piece.text.as_str()).collect::<String>()
        };
        assert_eq!(line(40).trim_end(), "T0001  top-up  1,234,567.89");
        assert_eq!(line(20).trim_end(), "T0001  1,234,567.89");
        for cells in 0..20 {
            let drawn = line(cells);
            assert!(text::width(&drawn) <= cells.max(2), "{cells}: {drawn:?}");
            assert!(drawn.contains("1,234,567.89") || !drawn.contains('7'), "{drawn:?}");
        }
    }

    #[test]
    fn sums_that_do_not_fit_stand_whole_under_their_row() {
        let sums = [("CNY", 12_365_498), ("JPY", 1_237_555), ("KWD", 7_694_424), ("USD", 9_880_501)];
        let total = |(code, minor): &(&str, i64)| CurrencyTotal {
            currency: (*code).to_owned(),
            amount_minor: *minor,
        };
        let lines = |sums: &[(&str, i64)]| {
            let totals: Vec<_> = sums.iter().map(total).collect();
            let row = Row::from(vec![Cell::text("1101"), Cell::sums(0, "CNY", &totals, true)]);
            let columns =
                vec![Column::text("column.subject", 4, 20).grow(), Column::number("column.balance")];
            let laid = lay(&Table::new(columns, vec![row], true), 40, Lang::En);
            let (row, under) = laid.rows.into_iter().next().unwrap();
            let words = |strip: Strip| strip.0.into_iter().map(|piece| piece.text).collect::<String>();
            std::iter::once(row).chain(under).map(|strip| words(strip).trim().to_owned()).collect::<Vec<_>>()
        };
        let all = lines(&sums);
        assert!(all[0].ends_with("  123,654.98 CNY"), "{all:?}");
        assert_eq!(all[1..], ["1,237,555 JPY · 7,694.424 KWD", "98,805.01 USD"]);
        let few = lines(&[("CNY", 100), ("USD", 200)]);
        assert!(few.len() == 1 && few[0].ends_with("  1.00 CNY · 2.00 USD"), "{few:?}");
    }

    #[test]
    fn the_currency_stands_after_one_amount_and_before_several() {
        let head = |amounts: &[&'static str], several: bool| {
            let mut columns = vec![Column::text("column.trade", 5, 16)];
            columns.extend(amounts.iter().map(|title| Column::amount(title)));
            let mut cells = vec![Cell::text("T1"), Cell::blank()];
            cells.resize(1 + amounts.len(), Cell::amount_in(1_234, "KWD"));
            let table = Table::new(columns, vec![Row::from(cells)], several);
            let at = table.columns.iter().position(|column| column.title == "column.currency");
            (at, at.map(|at| table.rows[0].cells[at].clone()))
        };
        assert_eq!(head(&["column.debit", "column.credit"], false), (None, None));
        assert_eq!(head(&["column.debit", "column.credit"], true), (Some(1), Some(Cell::text("KWD"))));
        assert_eq!(head(&["column.amount"], true), (Some(2), Some(Cell::text(""))));
    }
}
