//! The statements of accounts at banks and channels, and an account of the books beside them.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing, words};
use crate::cli::table::TextTable;
use crate::domain::account_statement::AccountLine;
use crate::i18n::{Lang, word};
use crate::protocol::account_statements::{
    AccountDay, AccountGap, AccountReconciliation, AccountStatementDetail, AccountStatementRow, OpenSide,
};

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

fn dash() -> String {
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
fn kind(line: &AccountLine, lang: Lang) -> String {
    let kind = label(lang, "account_line", line.kind);
    if line.words.is_empty() { kind } else { format!("{kind} ({})", line.words) }
}

/// Returns by what a line is known: our reference, the holder's number of the trade, or its batch.
fn reference(line: &AccountLine) -> String {
    let own = line.reference.as_ref().map(ToString::to_string);
    own.or_else(|| line.channel_no.clone()).or_else(|| line.batch.clone()).unwrap_or_default()
}

impl Show for AccountReconciliation {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [
            ("account", self.account.to_string()),
            ("name", self.name.clone()),
            ("currency", self.currency.clone()),
            ("numbers", self.numbers.join(", ")),
        ];
        let key =
            if self.numbers.is_empty() { "cli.account_recon.title" } else { "cli.account_recon.title_of" };
        let mut shown = format!("{}\n", words(lang, key, &args));
        shown.push_str(&self.day_table(lang));
        for day in &self.days {
            let Some(gap) = day.gap else { continue };
            let args = [("day", day.day.to_string())];
            let key = match gap {
                AccountGap::Missing => "cli.account_recon.missing",
                AccountGap::Balance => "cli.account_recon.balance",
            };
            shown.push_str(&format!("{}\n", words(lang, key, &args)));
        }
        if let Some(last) = self.days.last() {
            shown.push_str(&format!("\n{}\n", self.equation(last, lang)));
        }
        if !self.matched.is_empty() {
            let columns = [("key", L), ("matches", R), ("lines", R), ("entries", R), ("moved", R)];
            let mut table = heads(lang, &columns);
            for count in &self.matched {
                table.row(vec![
                    label(lang, "account_match", count.key),
                    count.matches.to_string(),
                    count.lines.to_string(),
                    count.entries.to_string(),
                    money(count.sum_minor, &self.currency),
                ]);
            }
            shown.push_str(&format!("\n{}", table.text()));
        }
        if !self.open.is_empty() {
            shown.push_str(&format!("\n{}", self.open_table(lang)));
        }
        if self.more {
            shown.push_str(&format!("{}\n", word(lang, "cli.recon.more")));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.differs
    }
}

impl AccountReconciliation {
    fn day_table(&self, lang: Lang) -> String {
        let columns = [
            ("day", L),
            ("came_in", R),
            ("went_out", R),
            ("their_closing", R),
            ("debit", R),
            ("credit", R),
            ("our_closing", R),
            ("difference", R),
            ("at_start", R),
            ("only_theirs", R),
            ("only_books", R),
            ("in_transit", R),
            ("unexplained", R),
        ];
        let mut table = heads(lang, &columns);
        let sum = |minor: i64| money(minor, &self.currency);
        let maybe = |minor: Option<i64>| minor.map_or_else(dash, sum);
        for day in &self.days {
            table.row(vec![
                day.day.to_string(),
                sum(day.came_in_minor),
                sum(day.went_out_minor),
                maybe(day.their_closing_minor),
                sum(day.debit_minor),
                sum(day.credit_minor),
                sum(day.our_closing_minor),
                maybe(day.difference_minor),
                maybe(day.at_start_minor),
                sum(day.only_theirs_minor),
                sum(day.only_ours_minor),
                sum(day.in_transit_minor),
                maybe(day.unexplained_minor),
            ]);
        }
        table_or_nothing(&table, lang)
    }

    /// Returns the equation of the last day: what the difference is made of.
    fn equation(&self, last: &AccountDay, lang: Lang) -> String {
        let sum = |minor: i64| money(minor, &self.currency);
        let Some((difference, unexplained)) = last.difference_minor.zip(last.unexplained_minor) else {
            return word(lang, "cli.account_recon.no_balance");
        };
        let args = [
            ("day", last.day.to_string()),
            ("difference", sum(difference)),
            ("start", sum(last.at_start_minor.unwrap_or_default())),
            ("theirs", sum(last.only_theirs_minor)),
            ("ours", sum(last.only_ours_minor)),
            ("transit", sum(last.in_transit_minor)),
            ("unexplained", sum(unexplained)),
        ];
        words(lang, "cli.account_recon.equation", &args)
    }

    fn open_table(&self, lang: Lang) -> String {
        let columns = [
            ("which_side", L),
            ("day", L),
            ("amount", R),
            ("kind", L),
            ("voucher", L),
            ("trade", L),
            ("reference", L),
            ("text", L),
            ("file", L),
        ];
        let mut table = heads(lang, &columns);
        for open in &self.open {
            table.row(match open {
                OpenSide::Theirs { file, line, .. } => vec![
                    word(lang, "cli.account_recon.theirs"),
                    line.day.to_string(),
                    money(line.amount_minor, &self.currency),
                    kind(line, lang),
                    String::new(),
                    String::new(),
                    reference(line),
                    line.text.clone(),
                    format!("{file}:{}", line.line),
                ],
                OpenSide::Ours { day, voucher_no, trade_no, amount_minor, memo } => vec![
                    word(lang, "cli.account_recon.ours"),
                    day.to_string(),
                    money(*amount_minor, &self.currency),
                    String::new(),
                    voucher_no.to_string(),
                    trade_no.as_ref().map_or_else(dash, ToString::to_string),
                    String::new(),
                    memo.clone(),
                    String::new(),
                ],
            });
        }
        table.text()
    }
}
