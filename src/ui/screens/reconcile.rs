//! Below the rows of a channel's day: what it adds up to, and which statements it has.

use super::table_lines;
use crate::app::screens::listing::Listing;
use crate::app::screens::reconcile::ReconList;
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format, match_words};
use crate::domain::statement::{BillState, LineKind};
use crate::protocol::bills::BillRow;
use crate::protocol::reports::{MissingBill, ReconRow, ReconSum};
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns how the selected row came about, and the sums and the statements of the channel's day.
pub fn day_sums(look: Look, of: &ReconList, selected: Option<&ReconRow>, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    if let Some(row) = selected {
        let words = match_words::row(look.state.lang, row);
        let words = words.unwrap_or_else(|| look.word("match_words.none"));
        let said = format!("{}  {words}", of.name(row));
        doc.extend(text::wrap(&said, cells).into_iter().map(|line| Strip::of(line, Tone::Strong)));
        for (words, tone) in super::matches::asked(look, &of.asked_of(row)) {
            doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, tone)));
        }
    }
    doc.extend(table_lines(look, &sums(look, &of.sums), cells));
    for missing in &of.missing {
        let words = never_came(look, missing);
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Bad)));
    }
    doc.extend(of.bills.iter().map(|bill| statement(look, bill).fit(cells)));
    doc
}

/// Returns payments and refunds apart: ours, the channel's, what only one side has, and the difference in money.
fn sums(look: Look, sums: &[ReconSum]) -> Table {
    let columns = vec![
        Column::text("recon_screen.sums", 8, 12).id(),
        Column::amount("column.ours"),
        Column::amount("column.theirs"),
        Column::amount("column.effect"),
        Column::amount("column.only_ours").shed(1),
        Column::amount("column.only_channel").shed(2),
    ];
    let row = |sum: &ReconSum| {
        let word = match sum.way {
            LineKind::Refund => "recon_screen.refund",
            LineKind::Revoke => "recon_screen.revoked",
            LineKind::Pay => "recon_screen.pay",
        };
        let amount = |minor: i64| Cell::amount_in(minor, &sum.currency);
        // Refunds and revocations take money away: what the channel gave back beyond ours it has less.
        let more = sum.theirs_minor.saturating_sub(sum.ours_minor);
        let effect = if sum.way == LineKind::Pay { more } else { more.saturating_neg() };
        Row::from(vec![
            Cell::text(look.word(word)),
            amount(sum.ours_minor),
            amount(sum.theirs_minor),
            Cell::change_in(effect, &sum.currency),
            amount(sum.only_ours_minor),
            amount(sum.only_channel_minor),
        ])
    };
    Table::new(columns, sums.iter().map(row).collect(), look.view().several_currencies)
}

fn never_came(look: Look, missing: &MissingBill) -> String {
    let since = match missing.later {
        Some(later) => ("later", later.to_string()),
        None => ("ready", format::time(missing.ready, look.state.now)),
    };
    let mut facts =
        vec![("covers", format::label(look.state.lang, "covers", missing.covers.as_str())), since];
    facts.extend(missing.merchant_no.clone().map(|number| ("number", number)));
    look.text("cli.recon.missing", &facts)
}

/// Returns a statement in one line: number, state, lines, who imported it when, and its file.
fn statement(look: Look, bill: &BillRow) -> Strip {
    let (state, tone) = crate::app::screens::bills::state(look.state.lang, bill.state);
    let faded = if matches!(bill.state, BillState::Replaced | BillState::Withdrawn) {
        Tone::Dim
    } else {
        Tone::Plain
    };
    let lines = look.text("recon_screen.lines", &[("n", bill.lines.to_string())]);
    let time = format::time(bill.imported_at, look.state.now);
    Strip::of(format!("{}  ", bill.id), Tone::Dim)
        .and(state, tone)
        .and(format!("  {}  {lines}  {} {time}", bill.file, bill.operator), faded)
}
