//! Accounts, subjects and the entries of an account.

use super::vouchers::sides;
use super::{C, L, Layout, R, Show, heads, label, listed, money, rows_json, sums};
use crate::cli::table::TextTable;
use crate::protocol::accounts::{AccountRow, ChainRow, SubjectRow};
use crate::protocol::page::Rows;
use serde_json::Value;

impl Show for Rows<AccountRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = layout.heads(&[
            ("account", L),
            ("name", L),
            ("side", L),
            ("balance", R),
            ("currency", C),
            ("entries", R),
            ("status", L),
        ]);
        for row in &self.rows {
            table.row(vec![
                row.account.code.to_string(),
                row.account.name.clone(),
                label(lang, "side", row.account.normal_side),
                money(row.balance_minor, row.account.currency.code()),
                row.account.currency.to_string(),
                row.entries.to_string(),
                label(lang, "state.account", row.account.status),
            ]);
        }
        listed(&table, self, lang)
    }

    fn json(&self) -> serde_json::Result<Value> {
        rows_json(self)
    }
}

impl Show for AccountRow {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        format!(
            "{} {} {} {} ({})\n",
            self.account.code,
            self.account.name,
            money(self.balance_minor, self.account.currency.code()),
            self.account.currency,
            label(lang, "side", self.account.normal_side)
        )
    }
}

impl Show for Vec<SubjectRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table =
            heads(lang, &[("account", L), ("name", L), ("side", L), ("count", R), ("balance", R)]);
        for row in self {
            table.row(vec![
                row.code.clone(),
                row.name.clone(),
                label(lang, "side", row.normal_side),
                row.accounts.to_string(),
                row.balance_minor
                    .map_or_else(|| "–".to_owned(), |sum| sums(sum, &row.currency, &row.totals, layout)),
            ]);
        }
        table.text()
    }
}

impl Show for Rows<ChainRow> {
    fn text(&self, layout: &Layout) -> String {
        listed(&chain(&self.rows, layout), self, layout.lang)
    }

    fn json(&self) -> serde_json::Result<Value> {
        rows_json(self)
    }
}

/// Returns the table of an account's entries.
fn chain(rows: &[ChainRow], layout: &Layout) -> TextTable {
    let lang = layout.lang;
    let mut table = layout.heads(&[
        ("number", R),
        ("day", L),
        ("voucher", L),
        ("kind", L),
        ("trade", L),
        ("currency", C),
        ("debit", R),
        ("credit", R),
        ("balance", R),
        ("case", L),
    ]);
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
            entry.currency.to_string(),
            debit,
            credit,
            money(entry.balance_after_minor, entry.currency.code()),
            row.case_no.as_ref().map_or_else(String::new, ToString::to_string),
        ]);
    }
    table
}
