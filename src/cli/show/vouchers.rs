//! Vouchers with their entries.

use super::{C, L, Layout, R, Show, heads, label, listed, money, named, rows_json};
use crate::cli::table::TextTable;
use crate::domain::account::Side;
use crate::domain::voucher::{Entry, Voucher};
use crate::i18n::Lang;
use crate::protocol::page::Rows;
use serde_json::Value;

impl Show for Rows<Voucher> {
    fn text(&self, layout: &Layout) -> String {
        listed(&vouchers(&self.rows, layout.lang), self, layout.lang)
    }

    fn json(&self) -> serde_json::Result<Value> {
        rows_json(self)
    }
}

impl Show for Voucher {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = vouchers(std::slice::from_ref(self), lang).text();
        let mut table = layout.heads(&[
            ("line", R),
            ("account", L),
            ("number", R),
            ("currency", C),
            ("debit", R),
            ("credit", R),
            ("balance", R),
        ]);
        for entry in &self.entries {
            let (debit, credit) = sides(entry);
            table.row(vec![
                entry.line.to_string(),
                entry.account.to_string(),
                entry.account_seq.to_string(),
                entry.currency.to_string(),
                debit,
                credit,
                money(entry.balance_after_minor, entry.currency.code()),
            ]);
        }
        shown.push_str(&table.text());
        let facts = [
            ("memo", Some(self.memo.clone())),
            ("rule", self.rule.as_ref().map(ToString::to_string)),
            ("reason", self.reason.as_ref().map(|reason| label(lang, "cause", reason))),
            ("business_date", Some(self.business_date.to_string())),
            ("value_date", Some(self.value_date.to_string())),
            ("posted_at", Some(self.posted_at.to_string())),
            ("prev_hash", Some(self.prev_hash.clone())),
            ("hash", Some(self.hash.clone())),
        ];
        shown.push_str(&named(&facts, lang));
        shown
    }
}

/// Returns the table of vouchers, without their entries.
pub(super) fn vouchers(rows: &[Voucher], lang: Lang) -> TextTable {
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

/// Returns an entry's amount in the column of its side: debit, credit.
pub(super) fn sides(entry: &Entry) -> (String, String) {
    let amount = money(entry.amount_minor, entry.currency.code());
    match entry.side {
        Side::Debit => (amount, String::new()),
        Side::Credit => (String::new(), amount),
    }
}
