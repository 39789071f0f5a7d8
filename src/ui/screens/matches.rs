//! The choice of a pair: what another is sought for, and what may belong to it.

use super::table_lines;
use crate::app::screens::matches::MatchDocument;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format, match_words};
use crate::domain::hand_match::HandMatch;
use crate::domain::trade::TradeStatus;
use crate::protocol::matches::{MatchChoices, MatchSide, told};
use crate::protocol::reports::ReconRow;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::grid;
use crate::ui::text::{self, Strip};

/// Returns the trade or line, and below it what may be chosen; what differs there is marked.
pub fn choice(look: Look, of: &MatchDocument, choices: &MatchChoices, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    let of_trade = matches!(of.target, MatchSide::Trade(_));
    let (own, others) = if of_trade {
        ("match_screen.trade", "match_screen.lines")
    } else {
        ("match_screen.line", "match_screen.trades")
    };
    doc.heading(look.word(own));
    doc.extend(table_lines(look, &table(look, &[&choices.target], of_trade, None), cells));
    let pair = match_words::row(look.state.lang, &choices.target);
    for (words, tone) in pair.map(|words| (words, Tone::Dim)).into_iter().chain(asked(look, &choices.asked)) {
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, tone)));
    }
    doc.heading(look.word(others));
    if choices.rows.is_empty() {
        let words = look.word("match_screen.none");
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Dim)));
        return doc;
    }
    let rows: Vec<&ReconRow> = choices.rows.iter().collect();
    let laid = grid::lay(&table(look, &rows, !of_trade, Some(&choices.target)), cells, look.state.lang);
    doc.push(laid.head);
    for (link, (line, under)) in laid.rows.into_iter().enumerate() {
        doc.extend(std::iter::once(line).chain(under).map(|line| line.linked(link)));
    }
    if choices.more {
        doc.push(Strip::of(look.word("match_screen.more"), Tone::Dim));
    }
    doc
}

/// Returns who wants which match, or its end, and that a second person has to say the same.
pub fn asked(look: Look, asked: &[HandMatch]) -> impl Iterator<Item = (String, Tone)> {
    asked.iter().map(move |one| (told(look.state.lang, one), Tone::Warn))
}

/// Returns rows of one side as a table; what differs from `target` is marked.
fn table(look: Look, rows: &[&ReconRow], trades: bool, target: Option<&ReconRow>) -> Table {
    let mut columns = vec![
        Column::text("column.difference", 6, 16).shed(5),
        Column::text("column.kind", 4, 10).shed(3),
        Column::text("column.reference", 16, 32).id().grow(),
        Column::amount("column.amount"),
        Column::text("column.status", 6, 14).shed(2),
        Column::text("column.time", 5, 19).shed(1),
        Column::text("column.merchant_no", 6, 16).shed(4),
    ];
    if trades {
        columns.insert(0, Column::text("column.party", 4, 16));
        columns.insert(0, Column::text("column.trade", 6, 24).id());
    } else {
        columns.insert(0, Column::text("column.channel_no", 8, 32).id());
    }
    let rows = rows.iter().map(|row| line(look, row, trades, target)).collect();
    Table::new(columns, rows, look.view().several_currencies)
}

fn line(look: Look, row: &ReconRow, trades: bool, target: Option<&ReconRow>) -> Row {
    let lang = look.state.lang;
    let marked = |differs: bool, cell: Cell| if differs { cell.in_tone(Tone::Differ) } else { cell };
    let (name, kind, amount, status) = if trades {
        let name = row.trade_no.as_ref().map(ToString::to_string);
        (name, look.view().kind(&row.kind), row.ours_minor, row.our_status)
    } else {
        let kind = row.line_kind.map_or(String::new(), |kind| format::label(lang, "line", kind.as_str()));
        (row.channel_no.clone(), kind, row.theirs_minor, row.their_status)
    };
    let word = |status: TradeStatus| format::label(lang, "state.trade", status.as_str());
    let of_sought = target.map(|target| if trades { target.theirs_minor } else { target.ours_minor });
    let status_of = target.map(|target| if trades { target.their_status } else { target.our_status });
    let currency = row.their_currency.as_ref().filter(|_| !trades).unwrap_or(&row.currency);
    let differs = |of: fn(&ReconRow) -> String| target.is_some_and(|target| of(target) != of(row));
    let mut cells = vec![Cell::text(name.unwrap_or_default())];
    cells.extend(trades.then(|| Cell::text(row.party.clone().unwrap_or_default())));
    cells.extend([
        Cell::text(format::label(lang, "recon", row.recon.as_str())),
        Cell::text(kind),
        marked(differs(|row| row.channel_ref.to_string()), Cell::text(row.channel_ref.as_str())),
        marked(
            of_sought.is_some_and(|other| other != amount),
            amount.map_or_else(Cell::blank, |minor| Cell::amount_in(minor, currency)),
        ),
        marked(
            status_of.is_some_and(|other| other != status),
            Cell::text(status.map(word).unwrap_or_default()),
        ),
        marked(
            differs(|row| row.occurred_at.to_string()),
            Cell::text(format::time(row.occurred_at, look.state.now)),
        ),
        Cell::text(row.merchant_no.clone().unwrap_or_default()),
    ]);
    Row::from(cells)
}
