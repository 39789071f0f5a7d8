//! The bank reconciliation statement (余额调节表) of an account: the balance of the books and that of the statements,
//! each with what the other side has and it has not, come to the same adjusted balance.

use super::{ReportDocument, ReportSection, ReportTable};
use crate::domain::money::Money;
use crate::domain::sign_off::{Backlog, Keeper, SignOffState};
use crate::i18n::{self, Lang};
use crate::protocol::account_reconciliation::{AccountReconciliation, StagedOnAccount, staged_told};
use crate::protocol::account_statements::{AccountDay, AnsweredBy, AnsweredItem, OpenSide, answers};
use crate::protocol::sign_offs::{AccountSignOff, SignOffRow, SignedItem};

/// What a bank reconciliation statement is made of.
#[derive(Debug, Clone, Copy)]
pub struct BankReconciliation<'r> {
    title: (&'r str, &'r str, &'r [String]),
    currency: &'r str,
    days: &'r [AccountDay],
    items: ItemsOf<'r>,
    staged: Option<&'r StagedOnAccount>,
    signed: Option<(&'r SignOffRow, &'r Backlog)>,
}

#[derive(Debug, Clone, Copy)]
enum ItemsOf<'r> {
    Found(&'r [OpenSide], &'r [AnsweredItem]),
    Signed(&'r [SignedItem]),
}

impl<'r> BankReconciliation<'r> {
    /// Returns the statement of an account as it is now.
    #[must_use]
    pub fn of(found: &'r AccountReconciliation) -> Self {
        Self {
            title: (found.account.as_str(), &found.name, &found.numbers),
            currency: &found.currency,
            days: &found.days,
            items: ItemsOf::Found(&found.open, &found.in_transit),
            staged: found.staged.as_deref(),
            signed: None,
        }
    }

    /// Returns the statement as it was signed, or as a first person asked to sign it.
    #[must_use]
    pub fn signed(signed: &'r AccountSignOff) -> Self {
        let report = &signed.report;
        Self {
            title: (report.account.as_str(), &report.name, &report.numbers),
            currency: &report.currency,
            days: &report.days,
            items: ItemsOf::Signed(&report.items),
            staged: None,
            signed: Some((&signed.sign_off, &report.backlog)),
        }
    }

    fn items(&self) -> Vec<ListedItem<'r>> {
        let listed = |item, in_transit| ListedItem { item, in_transit, answered_by: &[], keeper: None };
        match self.items {
            ItemsOf::Found(open, in_transit) => {
                let later = in_transit.iter().map(|answered| ListedItem {
                    answered_by: &answered.answered_by,
                    ..listed(&answered.item, true)
                });
                open.iter().map(|item| listed(item, false)).chain(later).collect()
            }
            ItemsOf::Signed(items) => items
                .iter()
                .map(|signed| ListedItem {
                    answered_by: &signed.answered_by,
                    keeper: signed.keeper.as_ref(),
                    ..listed(&signed.item, signed.in_transit)
                })
                .collect(),
        }
    }
}

/// An item of the list.
#[derive(Clone, Copy)]
struct ListedItem<'r> {
    item: &'r OpenSide,
    in_transit: bool,
    answered_by: &'r [AnsweredBy],
    keeper: Option<&'r Keeper>,
}

/// What items add to a side, by the way of the money.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    came_in: i64,
    went_out: i64,
}

impl Sums {
    fn of<'r>(items: impl Iterator<Item = &'r OpenSide>, is_theirs: bool) -> Self {
        let mut sums = Self::default();
        for item in items {
            let minor = match item {
                OpenSide::Theirs { line, .. } if is_theirs => line.amount_minor,
                OpenSide::Ours { amount_minor, .. } if !is_theirs => *amount_minor,
                _ => continue,
            };
            let sum = if minor < 0 { &mut sums.went_out } else { &mut sums.came_in };
            *sum = sum.saturating_add(minor.saturating_abs());
        }
        sums
    }

    const fn net(self) -> i64 {
        self.came_in.saturating_sub(self.went_out)
    }
}

/// Returns the bank reconciliation statement of the last day, in a language.
#[must_use]
pub fn bank_reconciliation(lang: Lang, of: &BankReconciliation<'_>) -> ReportDocument {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let (account, name, numbers) = of.title;
    let mut facts = vec![(word("account"), format!("{account} {name}"))];
    if !numbers.is_empty() {
        facts.push((word("numbers"), numbers.join(", ")));
    }
    facts.push((word("currency"), of.currency.to_owned()));
    if let Some(last) = of.days.last() {
        facts.push((word("day"), last.day.to_string()));
    }
    if let Some((row, _)) = of.signed {
        facts.extend(signatures(lang, row));
    }
    if let Some(staged) = of.staged {
        let told = staged_told(staged, of.currency, lang);
        facts.extend(told.into_iter().map(|line| (word("staged"), line)));
    }
    let mut sections = Vec::new();
    if let Some(last) = of.days.last() {
        sections.push(balances(lang, of, last));
    }
    sections.push(items(lang, of));
    if let Some((_, backlog)) = of.signed {
        sections.push(backlog_section(lang, of.currency, backlog));
    }
    sections.push(days(lang, of));
    ReportDocument { lang: lang.tag(), title: word("title"), facts, sections }
}

/// Returns who asked, who signed, and what was said of it.
fn signatures(lang: Lang, row: &SignOffRow) -> Vec<(String, String)> {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let by = |operator: &str, at: &str| format!("{operator}, {}", at.replace('T', " "));
    let mut facts = Vec::new();
    if let Some(first) = &row.first {
        facts.push((word("asked_by"), by(first.operator.as_str(), &first.at.local().to_string())));
    }
    let key = if row.state == SignOffState::Signed { "signed_by" } else { "asked_by" };
    facts.push((word(key), by(row.operator.as_str(), &row.at.local().to_string())));
    if !row.note.is_empty() {
        facts.push((word("note"), row.note.clone()));
    }
    facts
}

/// Returns both balances and how they come to the same.
fn balances(lang: Lang, of: &BankReconciliation<'_>, last: &AccountDay) -> ReportSection {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let sum = |minor: i64| Money::grouped_in(minor, of.currency);
    let found = of.items();
    let sides = || found.iter().map(|listed| listed.item);
    let (theirs, ours) = (Sums::of(sides(), true), Sums::of(sides(), false));
    let at_start = last.at_start_minor.unwrap_or_default();
    let books = last.our_closing_minor.saturating_add(theirs.net()).saturating_add(at_start);
    let bank = last.their_closing_minor.map(|closing| closing.saturating_add(ours.net()));
    let mut rows = vec![
        [
            word("books"),
            sum(last.our_closing_minor),
            word("bank"),
            last.their_closing_minor.map_or_else(dash, sum),
        ],
        [word("add_theirs"), sum(theirs.came_in), word("add_ours"), sum(ours.came_in)],
        [word("less_theirs"), sum(theirs.went_out), word("less_ours"), sum(ours.went_out)],
    ];
    if at_start != 0 {
        rows.push([word("at_start"), sum(at_start), String::new(), String::new()]);
    }
    rows.push([word("adjusted"), sum(books), word("adjusted"), bank.map_or_else(dash, sum)]);
    let mut notes = Vec::new();
    if let Some(unexplained) = last.unexplained_minor.filter(|minor| *minor != 0) {
        notes.push(i18n::text(lang, "document.bank.unexplained", &[("amount", sum(unexplained))]));
    }
    let columns = vec![
        (word("books_side"), false),
        (word("amount"), true),
        (word("bank_side"), false),
        (word("amount"), true),
    ];
    let table = ReportTable { columns, rows: rows.into_iter().map(Vec::from).collect(), has_total: true };
    ReportSection { heading: word("balances"), notes, table: Some(table) }
}

/// Returns the items, each with what it adds to the difference.
fn items(lang: Lang, of: &BankReconciliation<'_>) -> ReportSection {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let found = of.items();
    if found.is_empty() {
        return ReportSection { heading: word("items"), notes: vec![word("none")], table: None };
    }
    let rows = found.iter().map(|listed| {
        let item = listed.item;
        let (day, what, reference, place) = match item {
            OpenSide::Theirs { file, line, .. } => {
                let kind = i18n::word(lang, &format!("account_line.{}", line.kind));
                let reference = line.reference.as_ref().map(ToString::to_string);
                let reference = reference.or_else(|| line.channel_no.clone()).unwrap_or_default();
                (line.day, format!("{kind} {}", line.text), reference, format!("{file}:{}", line.line))
            }
            OpenSide::Ours { day, voucher_no, trade_no, memo, .. } => {
                let trade = trade_no.as_ref().map(ToString::to_string).unwrap_or_default();
                (*day, memo.clone(), trade, voucher_no.to_string())
            }
            OpenSide::AtStart { day, .. } => (*day, String::new(), String::new(), String::new()),
        };
        let side = match item {
            OpenSide::Theirs { .. } => "bank_only",
            OpenSide::Ours { .. } => "books_only",
            OpenSide::AtStart { .. } => "at_start_item",
        };
        let keeper = listed.keeper;
        vec![
            word(side),
            day.to_string(),
            Money::grouped_in(item.effect_minor(), of.currency),
            what.trim().to_owned(),
            reference,
            place,
            if listed.in_transit {
                answered_later(listed.answered_by, lang)
            } else {
                keeper.map_or_else(String::new, |keeper| keeper.holder.to_string())
            },
            keeper.map_or_else(String::new, |keeper| keeper.due.to_string()),
        ]
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let total = found.iter().map(|listed| listed.item.effect_minor()).fold(0_i64, i64::saturating_add);
    let mut last = vec![String::new(); 8];
    last[0] = word("total");
    last[2] = Money::grouped_in(total, of.currency);
    rows.push(last);
    let columns = ["side", "day", "amount", "what", "reference", "place", "holder", "due"];
    let columns = columns.iter().map(|key| (word(key), *key == "amount")).collect();
    ReportSection {
        heading: word("items"),
        notes: vec![word("items_note")],
        table: Some(ReportTable { columns, rows, has_total: true }),
    }
}

/// Returns that a later day answers an item, and what does.
#[must_use]
pub fn answered_later(by: &[AnsweredBy], lang: Lang) -> String {
    let args: Vec<_> = answers(by).map(|by| ("by", by)).into_iter().collect();
    i18n::text(lang, "document.bank.answered_later", &args)
}

/// Returns how the open items have changed since the sign-off before.
fn backlog_section(lang: Lang, currency: &str, backlog: &Backlog) -> ReportSection {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let counts =
        [("before", backlog.before), ("new", backlog.new), ("closed", backlog.closed), ("now", backlog.now)];
    let rows = counts.iter().map(|(key, count)| {
        vec![word(key), count.count.to_string(), Money::grouped_in(count.sum_minor, currency)]
    });
    let columns = vec![(word("items"), false), (word("count"), true), (word("amount"), true)];
    let table = ReportTable { columns, rows: rows.collect(), has_total: true };
    ReportSection { heading: word("backlog"), notes: Vec::new(), table: Some(table) }
}

/// Returns the days with both closing balances.
fn days(lang: Lang, of: &BankReconciliation<'_>) -> ReportSection {
    let word = |key: &str| i18n::word(lang, &format!("document.bank.{key}"));
    let sum = |minor: i64| Money::grouped_in(minor, of.currency);
    let rows = of.days.iter().map(|day| {
        vec![
            day.day.to_string(),
            day.their_closing_minor.map_or_else(dash, sum),
            sum(day.our_closing_minor),
            day.difference_minor.map_or_else(dash, sum),
            day.unexplained_minor.map_or_else(dash, sum),
        ]
    });
    let columns = ["day", "bank", "books", "difference", "unexplained_head"];
    let columns = columns.iter().map(|key| (word(key), *key != "day")).collect();
    let table = ReportTable { columns, rows: rows.collect(), has_total: false };
    ReportSection { heading: word("days"), notes: Vec::new(), table: Some(table) }
}

fn dash() -> String {
    "–".to_owned()
}
