//! Answers in words, and as JSON.

mod books;
mod case;
mod report;
mod views;

pub use report::imported;

use super::table::{Align, Table};
use crate::domain::finding::Finding;
use crate::domain::money::{Currency, Money};
use crate::i18n::{Lang, has, text as words, word};
use crate::protocol::answer::Answer;
use crate::protocol::page::{HasRowKey, RowKey, Rows};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, Write};

/// Writes an answer for machines: a list of rows with its next key, an array of findings, or the answer's own object.
pub fn json(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let value = match answer {
        Answer::Cases(cases) => serde_json::to_value(&cases.rows),
        Answer::Findings(found) => {
            serde_json::to_value(found.rows.iter().map(finding_json).collect::<Vec<_>>())
        }
        Answer::Trades(rows) => rows_json(rows),
        Answer::Events(rows) => rows_json(rows),
        Answer::Accounts(rows) => rows_json(rows),
        Answer::Chain(rows) => rows_json(rows),
        Answer::Vouchers(rows) => rows_json(rows),
        other => serde_json::to_value(other).map(|mut value| value["body"].take()),
    };
    serde_json::to_writer(&mut *out, &value.map_err(io::Error::from)?).map_err(io::Error::from)?;
    writeln!(out)
}

fn finding_json(finding: &Finding) -> serde_json::Value {
    let mut value = serde_json::to_value(finding).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("note");
    }
    value
}

fn rows_json<T: HasRowKey + Serialize>(rows: &Rows<T>) -> serde_json::Result<serde_json::Value> {
    let next = serde_json::to_value(rows.next())?;
    Ok(serde_json::json!({ "rows": serde_json::to_value(&rows.rows)?, "next": next }))
}

/// An amount of a currency code in words; minor units where the code says nothing.
fn money(minor: i64, currency: &str) -> String {
    currency
        .parse()
        .map_or_else(|_| minor.to_string(), |currency: Currency| Money::new(minor, currency).grouped())
}

/// A word of a closed vocabulary for people. English shows the word itself, which the commands take; Chinese its
/// translation, or the word where there is none.
#[allow(clippy::needless_pass_by_value, reason = "the words are small copies")]
fn label(lang: Lang, family: &str, code: impl Display) -> String {
    let code = format!("{code}");
    let key = format!("{family}.{code}");
    if lang == Lang::Zh && has(lang, &key) { word(lang, &key) } else { code }
}

fn heads(lang: Lang, names: &[(&str, Align)]) -> Table {
    let columns: Vec<(String, Align)> =
        names.iter().map(|(name, align)| (word(lang, &format!("cli.head.{name}")), *align)).collect();
    Table::new(&columns)
}

const L: Align = Align::Left;
const R: Align = Align::Right;

/// Named ledgers: name, address, role, whether read-only, last head seen.
pub fn ledgers(rows: impl Iterator<Item = [String; 5]>, lang: Lang) -> String {
    let mut table = heads(lang, &[("name", L), ("address", L), ("role", L), ("read_only", L), ("head", R)]);
    for [name, address, role, read_only, head] in rows {
        let read_only = if read_only == "true" { "✓".to_owned() } else { String::new() };
        table.row(vec![name, address, label(lang, "ledger_role", role), read_only, head]);
    }
    if table.is_empty() { format!("{}\n", word(lang, "cli.ledgers.none")) } else { table.text() }
}

/// Steps of a long case that are shown to people, and rows of what it comes to: what a person reads, and more than a screenful.
const FIRST: usize = 50;

/// An answer for people; `currency` is the ledger's, for rows that name none. Of a long case its first steps, unless `all` are wanted.
pub fn text(answer: &Answer, currency: Currency, lang: Lang, all: bool) -> String {
    let most = if all { usize::MAX } else { FIRST };
    match answer {
        Answer::Ledger(ledger) => report::ledger(ledger),
        Answer::Overview(overview) => report::overview(overview, lang),
        Answer::Trades(rows) => listed(&books::trades(&rows.rows, lang), rows, lang),
        Answer::Events(rows) => books::events(rows, currency, lang),
        Answer::Accounts(rows) => books::accounts(rows, lang),
        Answer::Account(row) => books::one_account(row, lang),
        Answer::Subjects(rows) => books::subjects(rows, lang),
        Answer::Turnover(report) => views::turnover(report, lang),
        Answer::TrialBalance(trial) => views::trial_balance(trial, lang),
        Answer::BalanceDays(days) => views::balance_days(days, lang),
        Answer::Statement(statement) => views::statement(statement, lang),
        Answer::ChannelDays(days) => views::channel_days(days, lang),
        Answer::Reconciliation(day) => views::reconciliation(day, lang),
        Answer::Chain(rows) => listed(&books::chain(&rows.rows, lang), rows, lang),
        Answer::Vouchers(rows) => listed(&books::vouchers(&rows.rows, lang), rows, lang),
        Answer::Voucher(voucher) => books::one_voucher(voucher, lang),
        Answer::Trade(detail) => books::one_trade(detail, lang),
        Answer::Lineage(nodes) => books::lineage(nodes, lang),
        Answer::Findings(found) => case::findings(&found.rows, lang),
        Answer::FindingSummary(summary) => case::summarised(summary, currency, lang),
        Answer::Plan(plan) => case::planned(plan, lang),
        Answer::Explain(explanation) => case::explained(explanation, lang),
        Answer::Cases(cases) => case::case_list(&cases.rows, lang),
        Answer::Case(case) => case::one_case(case, most, lang),
        Answer::Checklist(list) => case::checklist(&list.checklist, lang),
        Answer::Opened(opened) => case::opened(opened, lang),
        Answer::Preview(preview) => case::previewed(preview, most, lang),
        Answer::Receipt(receipt) => case::receipted(receipt, most, lang),
        Answer::Posted(posted) => report::post_report(posted, lang),
        Answer::Days(days) => report::days(days, lang),
        Answer::DayChecks(checks) => report::day_checks(checks, lang),
        Answer::Periods(rows) => report::periods(rows, lang),
        Answer::Day(day) => report::day(day, lang),
        Answer::Rules(sets) => report::rules(sets, lang),
        Answer::Policy(policy) => report::policy(policy, currency, lang),
        Answer::Reasons(rows) => report::reasons(rows, lang),
        Answer::Calendar(answer) => report::calendar(answer, lang),
        Answer::Calendars(rows) => report::calendars(rows, lang),
        Answer::Verified(verified) => report::verify_report(verified, lang),
        // Asked for by commands that print something else.
        Answer::HoldsSeal(_) | Answer::Chart(_) => String::new(),
    }
}

/// The first rows of a table, and how many more there are.
fn first(table: &Table, most: usize, lang: Lang) -> String {
    let (shown, left) = table.first(most);
    format!("{shown}{}", left_out(left, lang))
}

/// What is said of rows that are not shown.
fn left_out(rows: usize, lang: Lang) -> String {
    if rows == 0 {
        return String::new();
    }
    format!("{}\n", words(lang, "cli.cut_short", &[("n", rows.to_string())]))
}

/// A table with the way to its next page.
fn listed<T: HasRowKey>(table: &Table, rows: &Rows<T>, lang: Lang) -> String {
    if table.is_empty() {
        return format!("{}\n", word(lang, "cli.nothing"));
    }
    let mut shown = table.text();
    if let Some(next) = rows.next() {
        let key = match next {
            RowKey::Number(number) => number.to_string(),
            RowKey::Text(name) => name,
        };
        shown.push_str(&words(lang, "cli.more", &[("key", key)]));
        shown.push('\n');
    }
    shown
}

fn named(facts: &[(&str, Option<String>)], lang: Lang) -> String {
    let mut shown = String::new();
    for (name, value) in facts {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            let value = super::usage::visible(value);
            shown.push_str(&format!("{}: {value}\n", word(lang, &format!("cli.head.{name}"))));
        }
    }
    shown
}
