//! Answers in words, and as JSON.

mod cases;
mod ledger;
mod reports;
mod trades;

pub use ledger::imported;

use super::table::{Align, Table};
use crate::desk::{Answer, Key, Keyed, Rows};
use crate::domain::finding::Finding;
use crate::domain::money::{Currency, Money};
use crate::i18n::{Lang, has, text as words, word};
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

fn rows_json<T: Keyed + Serialize>(rows: &Rows<T>) -> serde_json::Result<serde_json::Value> {
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
        Answer::Ledger(ledger) => ledger::ledger(ledger),
        Answer::Overview(overview) => ledger::overview(overview, lang),
        Answer::Trades(rows) => listed(&trades::trades(&rows.rows, lang), rows, lang),
        Answer::Events(rows) => trades::events(rows, currency, lang),
        Answer::Accounts(rows) => trades::accounts(rows, lang),
        Answer::Account(row) => trades::one_account(row, lang),
        Answer::Subjects(rows) => trades::subjects(rows, lang),
        Answer::Turnover(report) => reports::turnover(report, lang),
        Answer::TrialBalance(trial) => reports::trial_balance(trial, lang),
        Answer::BalanceDays(days) => reports::balance_days(days, lang),
        Answer::Statement(statement) => reports::statement(statement, lang),
        Answer::ChannelDays(days) => reports::channel_days(days, lang),
        Answer::Reconciliation(day) => reports::reconciliation(day, lang),
        Answer::Chain(rows) => listed(&trades::chain(&rows.rows, lang), rows, lang),
        Answer::Vouchers(rows) => listed(&trades::vouchers(&rows.rows, lang), rows, lang),
        Answer::Voucher(voucher) => trades::one_voucher(voucher, lang),
        Answer::Trade(detail) => trades::one_trade(detail, lang),
        Answer::Lineage(nodes) => trades::lineage(nodes, lang),
        Answer::Findings(found) => cases::findings(&found.rows, lang),
        Answer::FindingSummary(summary) => cases::summarised(summary, currency, lang),
        Answer::Plan(plan) => cases::planned(plan, lang),
        Answer::Explain(explanation) => cases::explained(explanation, lang),
        Answer::Cases(cases) => cases::case_list(&cases.rows, lang),
        Answer::Case(case) => cases::one_case(case, most, lang),
        Answer::Checklist(list) => cases::checklist(&list.checklist, lang),
        Answer::Opened(opened) => cases::opened(opened, lang),
        Answer::Preview(preview) => cases::previewed(preview, most, lang),
        Answer::Receipt(receipt) => cases::receipted(receipt, most, lang),
        Answer::Posted(posted) => ledger::post_report(posted, lang),
        Answer::Days(days) => ledger::days(days, lang),
        Answer::DayChecks(checks) => ledger::day_checks(checks, lang),
        Answer::Periods(rows) => ledger::periods(rows, lang),
        Answer::Day(day) => ledger::day(day, lang),
        Answer::Rules(sets) => ledger::rules(sets, lang),
        Answer::Policy(policy) => ledger::policy(policy, currency, lang),
        Answer::Reasons(rows) => ledger::reasons(rows, lang),
        Answer::Calendar(answer) => ledger::calendar(answer, lang),
        Answer::Calendars(rows) => ledger::calendars(rows, lang),
        Answer::Verified(verified) => ledger::verify_report(verified, lang),
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
fn listed<T: Keyed>(table: &Table, rows: &Rows<T>, lang: Lang) -> String {
    if table.is_empty() {
        return format!("{}\n", word(lang, "cli.nothing"));
    }
    let mut shown = table.text();
    if let Some(next) = rows.next() {
        let key = match next {
            Key::Number(number) => number.to_string(),
            Key::Text(name) => name,
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
