//! Trades, accounts and vouchers in words.

use super::case::findings;
use super::{L, R, heads, label, listed, money, named};
use crate::cli::table::Table;
use crate::domain::account::Side;
use crate::domain::money::Currency;
use crate::domain::voucher::{Entry, Voucher};
use crate::i18n::{Lang, text as words};
use crate::protocol::accounts::{AccountRow, ChainRow, SubjectRow};
use crate::protocol::lineage::{LineageNode, Node};
use crate::protocol::page::Rows;
use crate::protocol::trades::{EventRow, TradeDetail, TradeRow};

pub(super) fn trades(rows: &[TradeRow], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("trade", L),
            ("kind", L),
            ("channel", L),
            ("amount", R),
            ("holder", L),
            ("time", L),
            ("status", L),
            ("posting", L),
            ("recon", L),
        ],
    );
    for row in rows {
        let trade = &row.trade;
        let holder = trade.customer.as_ref().or(trade.merchant.as_ref());
        table.row(vec![
            trade.trade_no.to_string(),
            label(lang, "kind", trade.kind),
            trade.channel.to_string(),
            trade.amount().grouped(),
            holder.map_or_else(String::new, ToString::to_string),
            trade.occurred_at.local().to_string().replace('T', " "),
            label(lang, "state.trade", row.status_now),
            label(lang, "posting", row.posting),
            label(lang, "recon", row.recon),
        ]);
    }
    table
}

pub(super) fn chain(rows: &[ChainRow], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("number", R),
            ("day", L),
            ("voucher", L),
            ("kind", L),
            ("trade", L),
            ("debit", R),
            ("credit", R),
            ("balance", R),
            ("case", L),
        ],
    );
    for row in rows {
        let entry = &row.entry;
        let (debit, credit) = sides(entry);
        let kind = match &row.reverses {
            Some(original) => {
                format!("{} {} {original}", label(lang, "vkind", row.kind), label(lang, "mode", entry.mode))
            }
            None => label(lang, "vkind", row.kind),
        };
        table.row(vec![
            entry.account_seq.to_string(),
            row.accounting_date.to_string(),
            row.voucher_no.to_string(),
            kind,
            row.trade_no.as_ref().map_or_else(String::new, ToString::to_string),
            debit,
            credit,
            money(entry.balance_after_minor, entry.currency.code()),
            row.case_no.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table
}

pub(super) fn vouchers(rows: &[Voucher], lang: Lang) -> Table {
    let mut table = heads(
        lang,
        &[
            ("place", R),
            ("voucher", L),
            ("kind", L),
            ("mode", L),
            ("trade", L),
            ("day", L),
            ("maker", L),
            ("checker", L),
            ("case", L),
            ("reversed_by", L),
        ],
    );
    let maybe = |name: Option<String>| name.unwrap_or_default();
    for row in rows {
        table.row(vec![
            row.seq.to_string(),
            row.voucher_no.to_string(),
            label(lang, "vkind", row.kind),
            label(lang, "mode", row.mode),
            maybe(row.trade_no.as_ref().map(ToString::to_string)),
            row.accounting_date.to_string(),
            row.maker.to_string(),
            maybe(row.checker.as_ref().map(ToString::to_string)),
            maybe(row.case_no.as_ref().map(ToString::to_string)),
            maybe(row.reversed_by.as_ref().map(ToString::to_string)),
        ]);
    }
    table
}

pub(super) fn one_voucher(voucher: &Voucher, lang: Lang) -> String {
    let mut shown = vouchers(std::slice::from_ref(voucher), lang).text();
    let mut table = heads(
        lang,
        &[("line", R), ("account", L), ("number", R), ("debit", R), ("credit", R), ("balance", R)],
    );
    for entry in &voucher.entries {
        let (debit, credit) = sides(entry);
        table.row(vec![
            entry.line.to_string(),
            entry.account.to_string(),
            entry.account_seq.to_string(),
            debit,
            credit,
            money(entry.balance_after_minor, entry.currency.code()),
        ]);
    }
    shown.push_str(&table.text());
    let facts = [
        ("memo", Some(voucher.memo.clone())),
        ("rule", voucher.rule.as_ref().map(ToString::to_string)),
        ("reason", voucher.reason.as_ref().map(|reason| label(lang, "cause", reason))),
        ("business_date", Some(voucher.business_date.to_string())),
        ("value_date", Some(voucher.value_date.to_string())),
        ("posted_at", Some(voucher.posted_at.to_string())),
        ("prev_hash", Some(voucher.prev_hash.clone())),
        ("hash", Some(voucher.hash.clone())),
    ];
    shown.push_str(&named(&facts, lang));
    shown
}

pub(super) fn one_trade(detail: &TradeDetail, lang: Lang) -> String {
    let trade = &detail.row.trade;
    let mut shown = trades(std::slice::from_ref(&detail.row), lang).text();
    let original = trade.original_ref.as_ref().map(|reference| match &detail.row.original_trade_no {
        Some(held) => format!("{held} ({reference})"),
        None => words(lang, "cli.not_held", &[("ref", reference.to_string())]),
    });
    shown.push_str(&named(
        &[
            ("channel_ref", Some(trade.channel_ref.to_string())),
            ("fee", Some(trade.fee().grouped())),
            ("original", original),
            ("customer", trade.customer.as_ref().map(ToString::to_string)),
            ("merchant", trade.merchant.as_ref().map(ToString::to_string)),
            ("clearing", Some(label(lang, "clearing", detail.row.clearing_now))),
            ("settlement", Some(label(lang, "settlement", detail.row.settlement))),
        ],
        lang,
    ));
    if !detail.vouchers.is_empty() {
        shown.push('\n');
        shown.push_str(&vouchers(&detail.vouchers, lang).text());
    }
    if !detail.findings.is_empty() {
        shown.push('\n');
        shown.push_str(&findings(&detail.findings, lang));
    }
    shown
}

pub(super) fn lineage(nodes: &[LineageNode], lang: Lang) -> String {
    let mut shown = String::new();
    for node in nodes {
        let mut depth = 0;
        let mut parent = node.parent;
        while let Some(at) = parent {
            depth += 1;
            parent = nodes.get(at).and_then(|node| node.parent);
        }
        let name = match &node.node {
            Node::Trade { trade_no } => trade_no.to_string(),
            Node::Event { event, .. } => label(lang, "event", event),
            Node::Voucher { voucher_no, .. } => voucher_no.to_string(),
            Node::Case { case_no, .. } => case_no.to_string(),
        };
        let branch = if depth == 0 { String::new() } else { format!("{}└ ", "  ".repeat(depth - 1)) };
        shown.push_str(&format!(
            "{branch}{name}  {}  {}  {}\n",
            node.date,
            money(node.amount_minor, &node.currency),
            node.text
        ));
    }
    shown
}

/// An entry's amount in the column of its side.
pub(super) fn sides(entry: &Entry) -> (String, String) {
    let amount = money(entry.amount_minor, entry.currency.code());
    match entry.side {
        Side::Debit => (amount, String::new()),
        Side::Credit => (String::new(), amount),
    }
}

pub(super) fn events(rows: &Rows<EventRow>, currency: Currency, lang: Lang) -> String {
    let mut table =
        heads(lang, &[("trade", L), ("event", L), ("day", L), ("amount", R), ("posting", L), ("live", R)]);
    for row in &rows.rows {
        table.row(vec![
            row.trade_no.to_string(),
            label(lang, "event", row.event),
            row.business_date.to_string(),
            money(row.amount_minor, currency.code()),
            label(lang, "posting", row.posting),
            row.live_vouchers.to_string(),
        ]);
    }
    listed(&table, rows, lang)
}

pub(super) fn accounts(rows: &Rows<AccountRow>, lang: Lang) -> String {
    let mut table = heads(
        lang,
        &[("account", L), ("name", L), ("side", L), ("balance", R), ("entries", R), ("status", L)],
    );
    for row in &rows.rows {
        table.row(vec![
            row.account.code.to_string(),
            row.account.name.clone(),
            label(lang, "side", row.account.normal_side),
            money(row.balance_minor, row.account.currency.code()),
            row.entries.to_string(),
            label(lang, "state.account", row.account.status),
        ]);
    }
    listed(&table, rows, lang)
}

pub(super) fn one_account(row: &AccountRow, lang: Lang) -> String {
    format!(
        "{} {} {} {} ({})\n",
        row.account.code,
        row.account.name,
        money(row.balance_minor, row.account.currency.code()),
        row.account.currency,
        label(lang, "side", row.account.normal_side)
    )
}

pub(super) fn subjects(rows: &[SubjectRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("account", L), ("name", L), ("side", L), ("count", R), ("balance", R)]);
    for row in rows {
        table.row(vec![
            row.code.clone(),
            row.name.clone(),
            label(lang, "side", row.normal_side),
            row.accounts.to_string(),
            row.balance_minor.map_or_else(|| "–".to_owned(), |sum| money(sum, &row.currency)),
        ]);
    }
    table.text()
}
