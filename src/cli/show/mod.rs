//! Answers as text for people, and as JSON for scripts.
//!
//! An answer's look is one implementation of [`Show`], in the file of its topic: the text, the JSON,
//! and whether it reports something, so that the command exits with 1.

mod acceptances;
mod account_matches;
mod account_reconciliation;
mod account_statements;
mod accounts;
mod bills;
mod calendars;
mod cases;
mod changes;
mod channels;
mod days;
mod decisions;
mod findings;
mod kinds;
mod ledger;
mod lineage;
mod matches;
mod payouts;
mod policy;
mod posting;
mod preview;
mod profiles;
mod reconcile;
mod reports;
mod rules;
mod sign_offs;
mod steps;
mod takeover;
mod templates;
mod trades;
mod try_rules;
mod vouchers;

pub use bills::{difference, rests};
pub use changes::changes;
pub use ledger::{ListedLedger, ledgers, missing_roles};
pub use posting::imported;
pub use profiles::{TriedTable, profiles};
pub use templates::templates;

use super::printable::printable;
use super::table::{ColumnAlign, TextTable};
use crate::domain::currencies::Currencies;
use crate::domain::event::Event;
use crate::domain::id::Operator;
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use crate::i18n::{Lang, has, text as words, word};
use crate::protocol::answer::Answer;
use crate::protocol::names::Names;
use crate::protocol::page::{HasRowKey, RowKey, Rows};
use crate::protocol::totals::CurrencyTotal;
use serde::Serialize;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, Write};

/// Steps of a long case that are shown, and rows of what it books: more than a screen, and as much as a
/// person reads.
const FIRST: usize = 50;

/// How answers are laid out for people.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'n> {
    /// The language.
    lang: Lang,
    /// The ledger's currencies.
    currencies: &'n Currencies,
    /// Maximum steps of a long case.
    most: usize,
    /// Names of kinds, events and channels.
    names: &'n Names,
}

impl<'n> Layout<'n> {
    /// Returns the layout; with `all` a long case is shown whole.
    pub const fn new(lang: Lang, currencies: &'n Currencies, all: bool, names: &'n Names) -> Self {
        Self { lang, currencies, most: if all { usize::MAX } else { FIRST }, names }
    }

    /// Returns whether the ledger keeps several currencies, so that every amount says its own.
    fn several_currencies(&self) -> bool {
        !self.currencies.others().is_empty()
    }

    /// Returns an amount in words: with the code of its currency in a ledger of several.
    fn amount(&self, minor: i64, currency: &str) -> String {
        let code = if self.several_currencies() { format!(" {currency}") } else { String::new() };
        format!("{}{code}", money(minor, currency))
    }

    /// Returns an empty table with these column heads. A column [`C`] has the currency of its row, and is
    /// left out in a ledger of one.
    fn heads(&self, names: &[(&str, ColumnAlign)]) -> TextTable {
        let table = heads(self.lang, names);
        if self.several_currencies() { table.with_currencies() } else { table }
    }

    /// Returns a kind of trades as people read it: as [`label`], by the ledger's own name.
    fn kind(&self, code: &str) -> String {
        if self.lang == Lang::Zh { self.names.kind(self.lang, code) } else { code.to_owned() }
    }

    /// Returns an event as people read it.
    fn event(&self, event: Event) -> String {
        let code = event.as_str();
        if self.lang == Lang::Zh { self.names.event(self.lang, code) } else { code.to_owned() }
    }

    /// Returns a channel by its name, with the code as it is typed.
    fn channel_named(&self, channel: Channel) -> String {
        let name = self.names.channel(self.lang, channel.as_str());
        if name == channel.as_str() { name } else { format!("{name} ({channel})") }
    }

    /// Returns a channel as people read it.
    fn channel(&self, channel: Channel) -> String {
        let code = channel.as_str();
        if self.lang == Lang::Zh { self.names.channel(self.lang, code) } else { code.to_owned() }
    }
}

/// An answer that can be printed.
trait Show: Serialize {
    /// Returns the text for people, with its line ends.
    fn text(&self, layout: &Layout) -> String;

    /// Returns the value for `--json`.
    fn json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }

    /// Writes the value for `--json`. A long list writes its rows one by one, so that they are not held twice.
    fn write_json(&self, out: &mut dyn Write) -> serde_json::Result<()> {
        serde_json::to_writer(out, &self.json()?)
    }

    /// Returns true if the answer reports something that is wrong, so that the command exits with 1.
    fn reports(&self) -> bool {
        false
    }
}

/// Prints an answer, and returns true if it reports something that is wrong.
pub fn print(out: &mut impl Write, answer: &Answer, layout: &Layout, json: bool) -> io::Result<bool> {
    let mut printer = Printer { out, layout, json };
    match answer {
        Answer::Ledger(answer) => printer.print(&**answer),
        Answer::Overview(answer) => printer.print(&**answer),
        Answer::Trades(answer) => printer.print(answer),
        Answer::Events(answer) => printer.print(answer),
        Answer::Accounts(answer) => printer.print(answer),
        Answer::Account(answer) => printer.print(&**answer),
        Answer::Subjects(answer) => printer.print(answer),
        Answer::Turnover(answer) => printer.print(&**answer),
        Answer::TrialBalance(answer) => printer.print(&**answer),
        Answer::BalanceDays(answer) => printer.print(&**answer),
        Answer::Statement(answer) => printer.print(&**answer),
        Answer::ChannelDays(answer) => printer.print(answer),
        Answer::AccountStatements(answer) => printer.print(answer),
        Answer::AccountStatement(answer) => printer.print(&**answer),
        Answer::AccountReconciliation(answer) => printer.print(&**answer),
        Answer::AccountMatches(answer) => printer.print(answer),
        Answer::SignedOff(answer) => printer.print(&**answer),
        Answer::SignOffs(answer) => printer.print(answer),
        Answer::Payouts(answer) => printer.print(&**answer),
        Answer::Payout(answer) => printer.print(&**answer),
        Answer::Trail(answer) => printer.print(&**answer),
        Answer::Bills(answer) => printer.print(answer),
        Answer::Bill(answer) => printer.print(&**answer),
        Answer::Reconciliation(answer) => printer.print(&**answer),
        Answer::Chain(answer) => printer.print(answer),
        Answer::Vouchers(answer) => printer.print(answer),
        Answer::Voucher(answer) => printer.print(&**answer),
        Answer::Trade(answer) => printer.print(&**answer),
        Answer::Lineage(answer) => printer.print(answer),
        Answer::Findings(answer) => printer.print(answer),
        Answer::FindingSummary(answer) => printer.print(answer),
        Answer::Acceptances(answer) => printer.print(answer),
        Answer::Plan(answer) => printer.print(&**answer),
        Answer::Explain(answer) => printer.print(answer),
        Answer::Matches(answer) => printer.print(answer),
        Answer::MatchExplained(answer) => printer.print(answer),
        Answer::Cases(answer) => printer.print(answer),
        Answer::Case(answer) => printer.print(&**answer),
        Answer::Checklist(answer) => printer.print(answer),
        Answer::Opened(answer) => printer.print(answer),
        Answer::Decided(answer) => printer.print(answer),
        Answer::Preview(answer) => printer.print(&**answer),
        Answer::Receipt(answer) => printer.print(answer),
        Answer::Posted(answer) => printer.print(answer),
        Answer::Days(answer) => printer.print(answer),
        Answer::DayChecks(answer) => printer.print(answer),
        Answer::Periods(answer) => printer.print(answer),
        Answer::Day(answer) => printer.print(answer),
        Answer::Rules(answer) => printer.print(answer),
        Answer::Tried(answer) => printer.print(&**answer),
        Answer::Policy(answer) => printer.print(&**answer),
        Answer::Reasons(answer) => printer.print(answer),
        Answer::Calendar(answer) => printer.print(&**answer),
        Answer::Calendars(answer) => printer.print(answer),
        Answer::Channels(answer) => printer.print(&**answer),
        Answer::Kinds(answer) => printer.print(&**answer),
        Answer::Takeover(answer) => printer.print(&**answer),
        Answer::Verified(answer) => printer.print(answer),
        // Requested by commands that print something else, or by the workstation alone.
        Answer::HoldsSeal(_) | Answer::Chart(_) | Answer::MatchChoices(_) | Answer::Proposals(_) => Ok(false),
    }
}

/// Where and how an answer is printed.
struct Printer<'p, W> {
    out: &'p mut W,
    layout: &'p Layout<'p>,
    json: bool,
}

impl<W: Write> Printer<'_, W> {
    fn print(&mut self, answer: &impl Show) -> io::Result<bool> {
        if self.json {
            answer.write_json(&mut *self.out).map_err(io::Error::from)?;
            writeln!(self.out)?;
        } else {
            write!(self.out, "{}", answer.text(self.layout))?;
        }
        Ok(answer.reports())
    }
}

/// Returns the rows of a page and the key of the next one.
fn rows_json<T: HasRowKey + Serialize>(rows: &Rows<T>) -> serde_json::Result<Value> {
    let next = serde_json::to_value(rows.next())?;
    Ok(serde_json::json!({ "rows": serde_json::to_value(&rows.rows)?, "next": next }))
}

/// Returns an amount in major units; in minor units if the currency code is unknown.
fn money(minor: i64, currency: &str) -> String {
    Money::grouped_in(minor, currency)
}

/// Returns a word of a closed vocabulary as people read it. English shows the word itself, which the
/// commands take; Chinese its translation, or the word if there is none.
#[allow(clippy::needless_pass_by_value, reason = "the words are small copies")]
fn label(lang: Lang, family: &str, code: impl Display) -> String {
    let code = format!("{code}");
    let key = format!("{family}.{code}");
    if lang == Lang::Zh && has(lang, &key) { word(lang, &key) } else { code }
}

/// Returns an empty table with these column heads.
fn heads(lang: Lang, names: &[(&str, ColumnAlign)]) -> TextTable {
    let columns: Vec<(String, ColumnAlign)> =
        names.iter().map(|(name, align)| (word(lang, &format!("cli.head.{name}")), *align)).collect();
    TextTable::new(&columns)
}

const L: ColumnAlign = ColumnAlign::Left;
const R: ColumnAlign = ColumnAlign::Right;
const C: ColumnAlign = ColumnAlign::Currency;

/// Returns the first rows of a table, and how many more there are.
fn first(table: &TextTable, most: usize, lang: Lang) -> String {
    let (shown, left) = table.first(most);
    format!("{shown}{}", left_out(left, lang))
}

/// Returns the line about rows that are not shown; nothing for none.
fn left_out(rows: usize, lang: Lang) -> String {
    if rows == 0 {
        return String::new();
    }
    format!("{}\n", words(lang, "cli.cut_short", &[("n", rows.to_string())]))
}

/// Returns a table with the key of its next page.
fn listed<T: HasRowKey>(table: &TextTable, rows: &Rows<T>, lang: Lang) -> String {
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

/// Returns a sum in major units; in a ledger of several currencies every sum, each with its currency.
fn sums(minor: i64, currency: &str, totals: &[CurrencyTotal], layout: &Layout) -> String {
    if totals.is_empty() {
        return layout.amount(minor, currency);
    }
    let shown = |total: &CurrencyTotal| layout.amount(total.amount_minor, &total.currency);
    totals.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// Returns facts as lines `name: value`, without those that have no value.
fn named(facts: &[(&str, Option<String>)], lang: Lang) -> String {
    let mut shown = String::new();
    for (name, value) in facts {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            let value = printable(value);
            shown.push_str(&format!("{}: {value}\n", word(lang, &format!("cli.head.{name}"))));
        }
    }
    shown
}

/// Returns the line above a set that was loaded as a file: name, version, who loaded it and when.
fn set_head(
    id: &str,
    version: i64,
    operator: Option<&Operator>,
    loaded_at: Option<Moment>,
    lang: Lang,
) -> String {
    let facts = [
        ("id", printable(id)),
        ("version", version.to_string()),
        ("operator", operator.map_or_else(String::new, ToString::to_string)),
        ("at", loaded_at.map_or_else(String::new, |at| at.to_string())),
    ];
    let key = if operator.is_some() { "cli.set.loaded" } else { "cli.set.shipped" };
    format!("{}\n", words(lang, key, &facts))
}

/// Returns a table, or the line that says there is nothing.
fn table_or_nothing(table: &TextTable, lang: Lang) -> String {
    if table.is_empty() { format!("{}\n", word(lang, "cli.nothing")) } else { table.text() }
}
