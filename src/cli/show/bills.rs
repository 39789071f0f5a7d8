//! The statements of channels.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing};
use crate::domain::differences::{Difference, DifferingLine, Shaken};
use crate::i18n::{Lang, text, word};
use crate::protocol::bills::{BillChange, BillDetail, BillRow, EXTENDS, TWO_DECIDE};

impl Show for Vec<BillRow> {
    fn text(&self, layout: &Layout) -> String {
        table_or_nothing(&table(self, layout.lang), layout.lang)
    }
}

/// Returns the table of statements.
fn table(bills: &[BillRow], lang: Lang) -> super::TextTable {
    let columns = [
        ("number", L),
        ("bill_day", L),
        ("channel", L),
        ("merchant_no", L),
        ("covers", L),
        ("until", L),
        ("lines", R),
        ("state", L),
        ("file", L),
        ("imported", L),
        ("operator", L),
        ("why", L),
    ];
    let mut table = heads(lang, &columns);
    for bill in bills {
        let head = &bill.head;
        table.row(vec![
            bill.id.to_string(),
            head.day.map_or_else(|| "–".to_owned(), |day| day.to_string()),
            head.channel.to_string(),
            head.sub_merchant.clone().or_else(|| head.merchant_id.clone()).unwrap_or_default(),
            label(lang, "covers", head.covers),
            head.until.map_or_else(String::new, |until| until.local().to_string().replace('T', " ")),
            bill.lines.to_string(),
            label(lang, "state.bill", bill.state),
            bill.file.clone(),
            bill.imported_at.local().to_string().replace('T', " "),
            bill.operator.to_string(),
            bill.changed.as_ref().map_or_else(String::new, |change| why(change, lang)),
        ]);
    }
    table
}

/// Returns a reason as people read it.
pub(super) fn reason(reason: &str, lang: Lang) -> String {
    match reason {
        EXTENDS => word(lang, "cli.bill.extends"),
        TWO_DECIDE => word(lang, "cli.bill.two_decide"),
        _ => reason.to_owned(),
    }
}

/// Returns who changed a statement, when and why.
pub(super) fn why(change: &BillChange, lang: Lang) -> String {
    let mut facts = vec![
        ("at", change.at.local().to_string().replace('T', " ")),
        ("operator", change.operator.to_string()),
        ("reason", reason(&change.reason, lang)),
    ];
    facts.extend(change.replaced_by.map(|by| ("by", by.to_string())));
    facts.extend(change.case_no.clone().map(|case_no| ("case", case_no)));
    text(lang, "cli.bill.change", &facts)
}

impl Show for BillDetail {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = table(std::slice::from_ref(&self.bill), lang).text();
        for change in &self.changes {
            shown.push_str(&format!("{}  {}\n", label(lang, "state.bill", change.state), why(change, lang)));
        }
        if !self.rests.is_empty() {
            shown.push_str(&format!("{}\n", rests(&self.rests, lang)));
        }
        let columns = [
            ("line", R),
            ("kind", L),
            ("reference", L),
            ("number", L),
            ("time", L),
            ("amount", R),
            ("fee", R),
            ("currency", L),
            ("status", L),
        ];
        let mut table = heads(lang, &columns);
        for line in &self.rows {
            table.row(vec![
                line.line.to_string(),
                label(lang, "line", line.kind),
                line.channel_ref.to_string(),
                line.channel_no.clone(),
                line.occurred_at.local().to_string().replace('T', " "),
                money(line.amount_minor, line.currency.code()),
                money(line.fee_minor, line.currency.code()),
                line.currency.code().to_owned(),
                label(lang, "state.trade", line.status),
            ]);
        }
        shown.push_str(&format!("\n{}", table_or_nothing(&table, lang)));
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.bill.more")));
        }
        shown
    }
}

/// Returns what rests on statements, and whether two people decide about them.
pub fn rests(shaken: &Shaken, lang: Lang) -> String {
    let mut said = text(lang, "bill.rests", &shaken.facts());
    if shaken.needs_two {
        said.push_str(&format!(" {}", word(lang, "bill.needs_two")));
    }
    said
}

/// Returns a line that differs, in one line: what happens to it, its numbers, its amounts.
pub fn difference(row: &Difference, lang: Lang) -> String {
    let Some(line) = row.after.as_ref().or(row.before.as_ref()) else { return String::new() };
    let amounts = |line: &DifferingLine| {
        let facts = [
            ("amount", format!("{} {}", money(line.amount_minor, &line.currency), line.currency)),
            ("fee", money(line.fee_minor, &line.currency)),
            ("status", label(lang, "state.trade", &line.status)),
            ("time", line.occurred_at.get(..19).unwrap_or_default().replace('T', " ")),
        ];
        text(lang, "cli.bill.line", &facts)
    };
    let mut facts = vec![
        ("change", label(lang, "line_change", row.change)),
        ("kind", label(lang, "line", &line.kind)),
        ("reference", line.channel_ref.clone()),
        ("number", line.channel_no.clone()),
    ];
    facts.extend(row.before.as_ref().map(|line| ("before", amounts(line))));
    facts.extend(row.after.as_ref().map(|line| ("after", amounts(line))));
    let arrow = row.before.is_some() && row.after.is_some();
    text(lang, if arrow { "cli.bill.changed" } else { "cli.bill.differs" }, &facts)
}
