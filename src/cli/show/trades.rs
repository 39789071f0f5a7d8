//! Trades and their events.

use super::findings::findings;
use super::vouchers::vouchers;
use super::{C, L, Layout, R, Show, label, listed, money, named, rows_json};
use crate::app::match_words;
use crate::cli::table::TextTable;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::matches::told;
use crate::protocol::page::Rows;
use crate::protocol::trades::{EventRow, MatchedPair, ToldFact, TradeDetail, TradeRow};
use serde_json::Value;

impl Show for Rows<TradeRow> {
    fn text(&self, layout: &Layout) -> String {
        listed(&trades(&self.rows, layout), self, layout.lang)
    }

    fn json(&self) -> serde_json::Result<Value> {
        rows_json(self)
    }
}

impl Show for TradeDetail {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let trade = &self.row.trade;
        let discount = trade.merchant_discount_minor;
        let mut shown = trades(std::slice::from_ref(&self.row), layout).text();
        let original = trade.original_ref.as_ref().map(|reference| match &self.row.original_trade_no {
            Some(held) => format!("{held} ({reference})"),
            None => words(lang, "cli.not_held", &[("ref", reference.to_string())]),
        });
        shown.push_str(&named(
            &[
                ("channel", Some(layout.channel_named(trade.channel))),
                ("channel_ref", Some(trade.channel_ref.to_string())),
                (
                    "merchant_discount",
                    (discount != 0).then(|| layout.amount(discount, trade.currency.code())),
                ),
                ("fee", Some(layout.amount(trade.fee_minor, trade.currency.code()))),
                (
                    "counter_amount",
                    trade.counter_amount.map(|money| format!("{} {}", money.grouped(), money.currency)),
                ),
                ("rate", trade.rate().map(|rate| rate.to_string())),
                ("original", original),
                ("customer", trade.customer.as_ref().map(ToString::to_string)),
                ("merchant", trade.merchant.as_ref().map(ToString::to_string)),
                ("clearing", Some(label(lang, "clearing", self.row.clearing_now))),
                ("settlement", Some(label(lang, "settlement", self.row.settlement))),
                ("follow_up", self.follow_up.as_ref().map(|note| match_words::follow_up(lang, note))),
                ("match_asked", self.match_asked.as_ref().map(|asked| told(lang, asked))),
                ("matched", self.matched.as_ref().map(|pair| matched(pair, lang))),
            ],
            lang,
        ));
        for told in &self.told {
            shown.push_str(&told_line(told, lang));
            shown.push('\n');
        }
        if !self.vouchers.is_empty() {
            shown.push('\n');
            shown.push_str(&vouchers(&self.vouchers, lang).text());
        }
        if !self.findings.is_empty() {
            shown.push('\n');
            shown.push_str(&findings(&self.findings, layout));
        }
        if !self.candidates.is_empty() {
            shown.push('\n');
            shown.push_str(&super::matches::candidates(&self.candidates, layout));
        }
        shown
    }
}

impl Show for Rows<EventRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = layout.heads(&[
            ("trade", L),
            ("event", L),
            ("day", L),
            ("amount", R),
            ("currency", C),
            ("posting", L),
            ("live", R),
        ]);
        for row in &self.rows {
            table.row(vec![
                row.trade_no.to_string(),
                layout.event(row.event),
                row.business_date.to_string(),
                money(row.amount_minor, row.currency.code()),
                row.currency.to_string(),
                label(lang, "posting", row.posting),
                row.live_vouchers.to_string(),
            ]);
        }
        listed(&table, self, lang)
    }

    fn json(&self) -> serde_json::Result<Value> {
        rows_json(self)
    }
}

/// Returns the line of a trade, and how the two came together.
fn matched(pair: &MatchedPair, lang: Lang) -> String {
    format!("{}  {}", match_words::line_name(pair), match_words::pair(lang, pair))
}

/// Returns what a later list told, as a line.
fn told_line(told: &ToldFact, lang: Lang) -> String {
    let args = [
        ("fact", word(lang, &format!("listed.{}", told.fact))),
        ("theirs", told.value.clone()),
        ("file", told.file.clone()),
        ("at", told.at.to_string()),
        ("operator", told.operator.to_string()),
        ("reason", told.dismissed.clone().unwrap_or_default()),
    ];
    let key = match (told.claim, &told.dismissed) {
        (false, _) => "cli.trade_moved_on",
        (true, None) => "cli.trade_claim",
        (true, Some(_)) => "cli.trade_claim_dismissed",
    };
    words(lang, key, &args)
}

/// Returns the table of trades.
fn trades(rows: &[TradeRow], layout: &Layout) -> TextTable {
    let lang = layout.lang;
    let mut table = layout.heads(&[
        ("trade", L),
        ("kind", L),
        ("channel", L),
        ("amount", R),
        ("currency", C),
        ("holder", L),
        ("time", L),
        ("status", L),
        ("posting", L),
        ("recon", L),
    ]);
    for row in rows {
        let trade = &row.trade;
        let holder = trade.customer.as_ref().or(trade.merchant.as_ref());
        table.row(vec![
            trade.trade_no.to_string(),
            layout.kind(trade.kind.as_str()),
            trade.channel.to_string(),
            trade.amount().grouped(),
            trade.currency.to_string(),
            holder.map_or_else(String::new, ToString::to_string),
            trade.occurred_at.local().to_string().replace('T', " "),
            label(lang, "state.trade", row.status_now),
            label(lang, "posting", row.posting),
            label(lang, "recon", row.recon),
        ]);
    }
    table
}
