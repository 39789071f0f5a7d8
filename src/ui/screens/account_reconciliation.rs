//! An account of the books beside its statements: the equation of the newest day, the days, what is open.

use super::table_lines;
use crate::app::screens::account_reconciliation::{AccountBeside, Item};
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::domain::account_statement::AccountLine;
use crate::domain::hand_match::HandMatchState;
use crate::domain::id::VoucherNo;
use crate::protocol::account_reconciliation::{AccountReconciliation, staged_told};
use crate::protocol::account_statements::{AccountDay, AccountGap, OpenSide};
use crate::protocol::sign_offs;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};
use std::iter::Peekable;

/// Days that are shown, the newest: two weeks. The equation covers all of them.
const DAYS: usize = 14;

/// Returns the account with its days and open items.
pub fn account_reconciliation(
    look: Look,
    of: &AccountBeside,
    found: &AccountReconciliation,
    width: u16,
) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    if let Some(last) = found.days.last() {
        doc.extend(equation(look, found, last, cells));
    }
    if let Some(staged) = &found.staged {
        for line in staged_told(staged, &found.currency, look.state.lang) {
            doc.extend(text::wrap(&line, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
        }
    }
    if let Some(signed) = &found.signed {
        let tone = if signed.holds() { Tone::Good } else { Tone::Warn };
        let lines = std::iter::once(sign_offs::told(&signed.sign_off, look.state.lang));
        for line in lines.chain(sign_offs::changes(signed, look.state.lang)) {
            doc.extend(text::wrap(&line, cells).into_iter().map(|line| Strip::of(line, tone)));
        }
    }
    for day in &found.days {
        let Some(gap) = day.gap else { continue };
        let key = match gap {
            AccountGap::Missing => "cli.account_recon.missing",
            AccountGap::Balance => "cli.account_recon.balance",
        };
        let words = look.text(key, &[("day", day.day.to_string())]);
        doc.extend(text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)));
    }
    let items: Vec<Item> = of.items(found).collect();
    let mut links = items.into_iter().enumerate().peekable();
    section(look, found, &mut links, "account_beside.asked", is_asked, (cells, &mut doc));
    doc.heading(look.word("account_beside.open"));
    if found.open.is_empty() {
        doc.push(Strip::of(look.word("account_beside.none"), Tone::Good));
    }
    for (link, item) in links.by_ref().take(found.open.len()) {
        item_lines(look, found, item, link, cells, &mut doc);
    }
    let is_open = |item: &Item| matches!(item, Item::Open(_));
    section(look, found, &mut links, "account_beside.in_transit", is_open, (cells, &mut doc));
    let is_set = |item: &Item| matches!(item, Item::Set(_));
    section(look, found, &mut links, "account_beside.sets", is_set, (cells, &mut doc));
    section(look, found, &mut links, "account_beside.by_hand", |_| true, (cells, &mut doc));
    if found.more {
        doc.push(Strip::of(look.word("cli.recon.more"), Tone::Dim));
    }
    doc.heading(look.word("account_beside.days"));
    let newest: Vec<&AccountDay> = found.days.iter().rev().take(DAYS).collect();
    doc.extend(table_lines(look, &days(look, found, &newest), cells));
    doc
}

/// Returns the addends of the difference, one a line: the last is what nobody can name.
fn equation(look: Look, found: &AccountReconciliation, last: &AccountDay, cells: usize) -> Vec<Strip> {
    let money = |minor: i64| format::money(minor, &found.currency);
    let Some((theirs, difference)) = last.their_closing_minor.zip(last.difference_minor) else {
        let words = look.word("cli.account_recon.no_balance");
        return text::wrap(&words, cells).into_iter().map(|line| Strip::of(line, Tone::Warn)).collect();
    };
    let unexplained = last.unexplained_minor.unwrap_or_default();
    let addends = [
        ("cli.head.their_closing", theirs, Tone::Plain),
        ("cli.head.our_closing", last.our_closing_minor, Tone::Plain),
        ("cli.head.difference", difference, Tone::Strong),
        ("cli.head.at_start", last.at_start_minor.unwrap_or_default(), Tone::Plain),
        ("cli.head.only_theirs", last.only_theirs_minor, Tone::Plain),
        ("cli.head.only_books", last.only_ours_minor.saturating_neg(), Tone::Plain),
        ("cli.head.in_transit", last.in_transit_minor, Tone::Plain),
        ("cli.head.unexplained", unexplained, if unexplained == 0 { Tone::Good } else { Tone::Bad }),
    ];
    let label = addends.iter().map(|(key, ..)| text::width(&look.word(key))).max().unwrap_or(0);
    let amount = addends.iter().map(|(_, minor, _)| money(*minor).len()).max().unwrap_or(0);
    let title = format!("{}  {}", last.day, found.numbers.join(", "));
    let mut lines = vec![Strip::of(title, Tone::Title).fit(cells)];
    for (key, minor, tone) in addends {
        let word = look.word(key);
        let gap = label + 2 - text::width(&word);
        lines.push(
            Strip::of(format!("{word}{}", " ".repeat(gap)), Tone::Dim)
                .and(format!("{:>amount$}", money(minor)), tone),
        );
    }
    lines
}

/// Returns true for what waits for a second person.
fn is_asked(item: &Item) -> bool {
    matches!(item, Item::ByHand(one) if one.state == HandMatchState::Asked)
}

/// Adds the next items of one kind under their heading, if there are any.
fn section<'c>(
    look: Look,
    found: &AccountReconciliation,
    links: &mut Peekable<impl Iterator<Item = (usize, Item<'c>)>>,
    heading: &str,
    is_of: impl Fn(&Item) -> bool,
    (cells, doc): (usize, &mut Doc),
) {
    let mut is_first = true;
    while let Some((link, item)) = links.next_if(|(_, item)| is_of(item)) {
        if is_first {
            doc.heading(look.word(heading));
        }
        is_first = false;
        item_lines(look, found, item, link, cells, doc);
    }
}

/// Adds the lines of an item; the first is a link.
fn item_lines(
    look: Look,
    found: &AccountReconciliation,
    item: Item,
    link: usize,
    cells: usize,
    doc: &mut Doc,
) {
    match item {
        Item::Open(open) => open_lines(look, found, open, link, cells, doc),
        Item::Set(set) => {
            let lines: Vec<String> = set.lines.iter().map(ToString::to_string).collect();
            let strip = Strip::of(format::money(set.sum_minor, &found.currency), Tone::Strong).linked(link);
            let words = [lines.join(" "), joined(&set.vouchers)].join(" = ");
            doc.push_beside(strip, &words, Tone::Dim, cells);
        }
        Item::ByHand(one) => {
            let state = format::label(look.state.lang, "account_match_state", one.state.as_str());
            let sum = one.content.lines.iter().map(|line| line.amount_minor).fold(0, i64::saturating_add);
            let tone = if one.state == HandMatchState::InForce { Tone::Plain } else { Tone::Warn };
            let strip = Strip::of(format!("{}  ", format::money(sum, &one.currency)), Tone::Strong)
                .and(state, tone)
                .linked(link);
            let lines = one.content.lines.iter().map(|line| format!("{} {}", line.day, line.words.trim()));
            let lines: Vec<String> = lines.collect();
            let who = format!("{} {}", one.operator, format::time(one.at, look.state.now));
            let words = [lines.join(", "), joined(&one.content.vouchers), who, one.reason.clone()];
            let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
            doc.push_beside(strip, &words.join(" · "), Tone::Dim, cells);
        }
    }
}

fn joined(vouchers: &[VoucherNo]) -> String {
    vouchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Adds the lines of an open item.
fn open_lines(
    look: Look,
    found: &AccountReconciliation,
    open: &OpenSide,
    link: usize,
    cells: usize,
    doc: &mut Doc,
) {
    let head = |key: &str, day, minor: i64| {
        Strip::of(format!("{}  ", format::money(minor, &found.currency)), Tone::Strong)
            .and(format!("{}  ", format::day(day, look.state.now)), Tone::Plain)
            .and(look.word(key), Tone::Warn)
    };
    match open {
        OpenSide::Theirs { file, line, .. } => {
            let strip = head("cli.account_recon.theirs", line.day, line.amount_minor).linked(link);
            let kind = format::label(look.state.lang, "account_line", line.kind.as_str());
            let words = [kind, reference(line), line.text.clone(), format!("{file}:{}", line.line)];
            let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
            doc.push_beside(strip, &words.join(" · "), Tone::Dim, cells);
        }
        OpenSide::Ours { day, voucher_no, trade_no, amount_minor, memo } => {
            let strip = head("cli.account_recon.ours", *day, *amount_minor)
                .and(format!("  {voucher_no}"), Tone::Plain)
                .linked(link);
            let trade = trade_no.as_ref().map(ToString::to_string);
            let words: Vec<String> =
                trade.into_iter().chain([memo.clone()]).filter(|word| !word.is_empty()).collect();
            doc.push_beside(strip, &words.join(" · "), Tone::Dim, cells);
        }
        OpenSide::AtStart { day, amount_minor } => {
            doc.push(head("account_sign_off.at_start", *day, *amount_minor));
        }
    }
}

/// Returns by what a line is known.
fn reference(line: &AccountLine) -> String {
    let own = line.reference.as_ref().map(ToString::to_string);
    own.or_else(|| line.channel_no.clone()).or_else(|| line.batch.clone()).unwrap_or_default()
}

fn days(look: Look, found: &AccountReconciliation, days: &[&AccountDay]) -> Table {
    let columns = vec![
        Column::text("column.day", 5, 10).id(),
        Column::amount("cli.head.came_in").shed(4),
        Column::amount("cli.head.went_out").shed(4),
        Column::amount("cli.head.their_closing").shed(1),
        Column::amount("cli.head.debit").shed(5),
        Column::amount("cli.head.credit").shed(5),
        Column::amount("cli.head.our_closing").shed(1),
        Column::amount("cli.head.difference"),
        Column::amount("cli.head.unexplained"),
    ];
    let amount =
        |minor: Option<i64>| minor.map_or_else(Cell::blank, |minor| Cell::amount_in(minor, &found.currency));
    let row = |day: &&AccountDay| {
        Row::from(vec![
            Cell::text(format::day(day.day, look.state.now)),
            amount(Some(day.came_in_minor)),
            amount(Some(day.went_out_minor)),
            amount(day.their_closing_minor),
            amount(Some(day.debit_minor)),
            amount(Some(day.credit_minor)),
            amount(Some(day.our_closing_minor)),
            amount(day.difference_minor),
            amount(day.unexplained_minor),
        ])
    };
    Table::new(columns, days.iter().map(row).collect(), look.view().several_currencies)
}
