//! The statements of accounts at banks and channels.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing, words};
use crate::cli::table::TextTable;
use crate::domain::account_statement::AccountLine;
use crate::i18n::{Lang, word};
use crate::protocol::account_statements::{AccountStatementDetail, AccountStatementRow};

impl Show for Vec<AccountStatementRow> {
    fn text(&self, layout: &Layout) -> String {
        table_or_nothing(&table(self, layout.lang), layout.lang)
    }
}

/// Returns the table of account statements.
fn table(rows: &[AccountStatementRow], lang: Lang) -> TextTable {
    let columns = [
        ("number", L),
        ("account", L),
        ("holder_number", L),
        ("day", L),
        ("until", L),
        ("opening", R),
        ("moved", R),
        ("closing", R),
        ("currency", L),
        ("lines", R),
        ("state", L),
        ("file", L),
        ("imported", L),
        ("operator", L),
        ("why", L),
    ];
    let mut table = heads(lang, &columns);
    for row in rows {
        let sum = |minor: Option<i64>| minor.map_or_else(dash, |minor| money(minor, &row.currency));
        table.row(vec![
            row.id.to_string(),
            row.day.account.to_string(),
            if row.day.number.is_empty() { dash() } else { row.day.number.clone() },
            row.day.day.to_string(),
            row.day.until.map_or_else(String::new, |until| until.local().to_string().replace('T', " ")),
            sum(row.day.opening_minor),
            money(row.day.sum_minor, &row.currency),
            sum(row.day.closing_minor),
            row.currency.clone(),
            row.lines.to_string(),
            label(lang, "state.bill", row.state),
            row.file.clone(),
            row.imported_at.local().to_string().replace('T', " "),
            row.operator.to_string(),
            why(row, lang),
        ]);
    }
    table
}

/// Returns why a statement counts no more, or what is proposed about one that counts.
fn why(row: &AccountStatementRow, lang: Lang) -> String {
    if let Some(change) = &row.changed {
        return super::bills::why(change, lang);
    }
    let Some(proposed) = &row.proposed else { return String::new() };
    let reason = super::bills::reason(&proposed.reason, lang);
    let mut facts = vec![
        ("at", proposed.at.local().to_string().replace('T', " ")),
        ("operator", proposed.operator.to_string()),
        ("reason", reason),
    ];
    match &proposed.file {
        Some(file) => facts.push(("file", file.clone())),
        None => facts.push(("withdraw", word(lang, "cli.account_statement.withdraw"))),
    }
    words(lang, "cli.account_statement.proposed", &facts)
}

pub fn dash() -> String {
    "–".to_owned()
}

impl Show for AccountStatementDetail {
    fn text(&self, layout: &Layout) -> String {
        let (lang, currency) = (layout.lang, &self.statement.currency);
        let mut shown = table(std::slice::from_ref(&self.statement), lang).text();
        let mut from = 1;
        for part in &self.parts {
            let args =
                [("from", from.to_string()), ("upto", part.upto.to_string()), ("file", part.file.clone())];
            shown.push_str(&format!("{}\n", words(lang, "cli.account_statement.part", &args)));
            from = part.upto + 1;
        }
        if !self.rests.is_empty() {
            shown.push_str(&format!("{}\n", words(lang, "bill.rests", &self.rests.facts())));
        }
        let columns = [
            ("line", R),
            ("time", L),
            ("kind", L),
            ("amount", R),
            ("balance", R),
            ("number", L),
            ("reference", L),
            ("counterparty", L),
            ("text", L),
        ];
        let mut table = heads(lang, &columns);
        for line in &self.rows {
            table.row(vec![
                line.line.to_string(),
                line.time.map_or_else(String::new, |time| time.to_string()),
                kind(line, lang),
                money(line.amount_minor, currency),
                line.balance_minor.map_or_else(dash, |minor| money(minor, currency)),
                line.number.clone(),
                reference(line),
                line.counterparty.clone(),
                line.text.clone(),
            ]);
        }
        shown.push_str(&format!("\n{}", table_or_nothing(&table, lang)));
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.bill.more")));
        }
        shown
    }
}

/// Returns what a line is, with the file's own words if its kind does not say it.
pub fn kind(line: &AccountLine, lang: Lang) -> String {
    let kind = label(lang, "account_line", line.kind);
    if line.words.is_empty() { kind } else { format!("{kind} ({})", line.words) }
}

/// Returns by what a line is known: our reference, the holder's number of the trade, or its batch.
pub fn reference(line: &AccountLine) -> String {
    let own = line.reference.as_ref().map(ToString::to_string);
    own.or_else(|| line.channel_no.clone()).or_else(|| line.batch.clone()).unwrap_or_default()
}
