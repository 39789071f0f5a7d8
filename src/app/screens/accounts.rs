//! Accounts: subjects, the accounts below one, and an account's chain that reads like a bank book.

use super::Route;
use super::behaviour::{View, Words};
use super::listing::{ListScreen, Listing, filter_words};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::account::{AccountStatus, Side};
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::accounts::{
    AccountRow, ChainRow, ListAccounts, ListChain, ListSubjects, ShowAccount, SubjectRow,
};
use crate::protocol::answer::Answer;
use crate::protocol::page::{HasRowKey, Page, RowKey, Rows};
use crate::protocol::request::Request;

impl Listed for SubjectRow {
    fn key(&self) -> RowKey {
        RowKey::Text(self.code.clone())
    }
}
impl Listed for AccountRow {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
    }
}
impl Listed for ChainRow {
    fn key(&self) -> RowKey {
        HasRowKey::key(self)
    }
}

/// The subjects.
pub type SubjectsScreen = ListScreen<SubjectList>;

impl SubjectsScreen {
    /// Returns the screen of all subjects.
    #[must_use]
    pub fn at() -> Self {
        Self::new(SubjectList)
    }
}

/// Every subject.
#[derive(Debug, Clone)]
pub struct SubjectList;

const SUBJECT_COLUMNS: &[Column] = &[
    Column::text("column.subject", 4, 12),
    Column::text("column.name", 8, 40).grow(),
    Column::text("column.class", 5, 10).shed(2),
    Column::text("column.normal_side", 2, 8).shed(1),
    Column::number("column.accounts"),
    Column::number("column.balance"),
];

impl Listing for SubjectList {
    type Row = SubjectRow;
    type Detail = ();
    const FOOTER: &'static [Command] = &[Command::Open, Command::Filter, Command::Export];
    const EMPTY: &'static str = "empty.accounts";

    fn list(&self) -> List<SubjectRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        Request::Subjects(ListSubjects {})
    }
    fn rows(answer: Answer) -> Result<Rows<SubjectRow>, Answer> {
        if let Answer::Subjects(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        SUBJECT_COLUMNS
    }
    fn row(&self, row: &SubjectRow, view: View) -> Row {
        subject_row(row, view)
    }
    fn open(&self, row: &SubjectRow) -> Option<Route> {
        Some(Route::Accounts(row.code.clone()))
    }
    fn name(&self, row: &SubjectRow) -> String {
        row.code.clone()
    }
    fn text(&self) -> Option<&str> {
        Some("")
    }
    fn status(&self, view: View) -> Words {
        vec![(i18n::word(view.lang, "status.subjects"), Tone::Dim)]
    }
}

fn subject_row(subject: &SubjectRow, view: View) -> Row {
    let depth = subject.code.matches('.').count() * 2;
    let is_open = subject.balance_minor.is_some_and(|minor| minor != 0)
        || subject.totals.iter().any(|total| total.amount_minor != 0);
    let loud = subject.suspense && is_open;
    let tone = if loud { Tone::Bad } else { Tone::Plain };
    let balance = subject.balance_minor.map_or_else(
        || Cell::toned(i18n::word(view.lang, "accounts.too_many"), Tone::Dim),
        |minor| Cell::sums(minor, &subject.currency, &subject.totals, view.several_currencies).in_tone(tone),
    );
    let name = if loud {
        format!("{} ({})", subject.name, i18n::word(view.lang, "accounts.must_be_zero"))
    } else {
        subject.name.clone()
    };
    Row::from(vec![
        Cell::text(format!("{:depth$}{}", "", subject.code)),
        Cell::toned(name, tone),
        Cell::text(format::label(view.lang, "class", subject.class.as_str())),
        Cell::text(format::label(view.lang, "side", subject.normal_side.as_str())),
        Cell::Text(subject.accounts.to_string(), if subject.accounts == 0 { Tone::Dim } else { Tone::Plain }),
        balance,
    ])
}

/// Accounts by code.
pub type AccountsScreen = ListScreen<AccountList>;

impl AccountsScreen {
    /// Returns the screen of the accounts whose code starts with a text.
    #[must_use]
    pub fn at(prefix: String) -> Self {
        Self::new(AccountList { prefix })
    }
}

/// Accounts whose code starts with a text.
#[derive(Debug, Clone)]
pub struct AccountList {
    /// The text their code starts with.
    pub prefix: String,
}

const ACCOUNT_COLUMNS: &[Column] = &[
    Column::text("column.account", 6, 24),
    Column::text("column.name", 6, 40).grow(),
    Column::text("column.normal_side", 2, 8).shed(3),
    Column::text("column.status", 4, 10).shed(1),
    Column::number("column.entries").shed(2),
    Column::amount("column.balance"),
];

impl Listing for AccountList {
    type Row = AccountRow;
    type Detail = ();
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::Filter, Command::Copy, Command::Export, Command::AccountBeside];
    const EMPTY: &'static str = "empty.accounts";
    const EMPTY_FILTERED: &'static str = "empty.filtered.accounts";

    fn list(&self) -> List<AccountRow> {
        List::default().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Accounts(ListAccounts { prefix: self.prefix.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<AccountRow>, Answer> {
        if let Answer::Accounts(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        ACCOUNT_COLUMNS
    }
    fn row(&self, row: &AccountRow, view: View) -> Row {
        account_row(row, view)
    }
    fn open(&self, row: &AccountRow) -> Option<Route> {
        Some(Route::Chain(row.account.code.clone()))
    }
    fn name(&self, row: &AccountRow) -> String {
        row.account.code.to_string()
    }
    fn text(&self) -> Option<&str> {
        Some(&self.prefix)
    }
    fn set_text(&mut self, text: &str) {
        text.clone_into(&mut self.prefix);
    }
    fn is_filtered(&self) -> bool {
        !self.prefix.is_empty()
    }
    fn status(&self, view: View) -> Words {
        let words = Some(self.prefix.clone()).filter(|prefix| !prefix.is_empty());
        filter_words(view.lang, words.into_iter().collect(), None)
    }
    fn crumb(&self) -> Option<String> {
        Some(self.prefix.clone()).filter(|prefix| !prefix.is_empty())
    }
    fn why_empty(&self, lang: Lang) -> Option<String> {
        let is_code = !self.prefix.is_empty() && self.prefix.bytes().all(|c| c.is_ascii_digit());
        is_code.then(|| i18n::text(lang, "empty.below", &[("subject", self.prefix.clone())]))
    }
}

fn account_row(row: &AccountRow, view: View) -> Row {
    let account = &row.account;
    let status = if account.status == AccountStatus::Active { Tone::Dim } else { Tone::Warn };
    Row::from(vec![
        Cell::text(account.code.as_str()),
        Cell::text(account.name.as_str()),
        Cell::text(format::label(view.lang, "side", account.normal_side.as_str())),
        Cell::toned(format::label(view.lang, "state.account", account.status.as_str()), status),
        Cell::Text(row.entries.to_string(), Tone::Plain),
        Cell::amount(row.balance_minor, account.currency),
    ])
}

/// An account's chain.
pub type ChainScreen = ListScreen<ChainOf>;

impl ChainScreen {
    /// Returns the screen of an account's chain.
    #[must_use]
    pub fn at(code: AccountCode) -> Self {
        Self::new(ChainOf { code, account: None })
    }
}

/// The account that a chain belongs to.
#[derive(Debug, Clone)]
pub struct ChainOf {
    /// Its code.
    pub code: AccountCode,
    /// The account with its name and balance, once known.
    pub account: Option<AccountRow>,
}

impl ChainOf {
    /// Returns the side of a balance, as bank books print it: 借, 贷 or 平.
    fn side_word(&self, view: View, minor: i64) -> String {
        let Some(account) = &self.account else { return String::new() };
        let normal = account.account.normal_side;
        let side = match minor.signum() {
            0 => return i18n::word(view.lang, "side.even"),
            1 => normal,
            _ => normal.other(),
        };
        format::label(view.lang, "side.short", side.as_str())
    }

    fn line(&self, row: &ChainRow, view: View) -> Row {
        let entry = &row.entry;
        let amount = |side: Side| {
            if entry.side == side { Cell::amount(entry.amount_minor, entry.currency) } else { Cell::blank() }
        };
        let after = entry.balance_after_minor;
        let tone = if row.reversed_by.is_some() { Tone::Dim } else { Tone::Plain };
        Row {
            cells: vec![
                Cell::Text(entry.account_seq.to_string(), Tone::Dim),
                Cell::text(format::day(row.accounting_date, view.now)),
                Cell::text(row.voucher_no.as_str()),
                Cell::toned(what(row, view), tone),
                amount(Side::Debit),
                amount(Side::Credit),
                Cell::Amount {
                    // The side is written before the amount, so the amount itself has no sign.
                    minor: if self.account.is_some() { after.saturating_abs() } else { after },
                    currency: Some(entry.currency),
                    before: self.side_word(view, after),
                    plus: false,
                    tone: Tone::Plain,
                },
            ],
            under: under(row, view),
            marked: false,
        }
    }
}

/// Returns what a line of the chain was for, in a few words.
fn what(row: &ChainRow, view: View) -> String {
    let mut words = Vec::new();
    if row.reverses.is_some() {
        words.push(format::label(view.lang, "mode", row.entry.mode.as_str()));
    } else if row.kind.is_correction() {
        words.push(format::label(view.lang, "vkind", row.kind.as_str()));
    }
    if let Some(original) = &row.reverses {
        words.push(original.to_string());
    } else {
        if words.is_empty() && !row.memo.is_empty() {
            words.push(row.memo.clone());
        }
        if let Some(trade) = row.trade_no.as_ref().filter(|no| !row.memo.contains(no.as_str())) {
            words.push(trade.to_string());
        }
    }
    words.join(" ")
}

/// Returns the line under a correction: what it corrects, in which case, by which maker and checker.
fn under(row: &ChainRow, view: View) -> Option<(String, Tone)> {
    let case = row.case_no.as_ref()?;
    let mut words = Vec::new();
    if let Some(original) = &row.reverses {
        words.push(i18n::text(view.lang, "chain.reverses", &[("voucher", original.as_str())]));
    }
    words.push(i18n::text(view.lang, "chain.case", &[("case", case.as_str())]));
    if let Some(reason) = &row.reason {
        let key = format!("cause.{reason}");
        words.push(if i18n::has(view.lang, &key) { i18n::word(view.lang, &key) } else { reason.clone() });
    }
    words.push(i18n::text(view.lang, "chain.maker", &[("operator", row.maker.as_str())]));
    if let Some(checker) = &row.checker {
        words.push(i18n::text(view.lang, "chain.checker", &[("operator", checker.as_str())]));
    }
    Some((format!("↳ {}", words.join(" · ")), Tone::Dim))
}

const CHAIN_COLUMNS: &[Column] = &[
    Column::number("column.seq").shed(2),
    Column::text("column.accounting_day", 5, 10),
    Column::text("column.voucher", 6, 16),
    Column::text("column.what", 8, 60).grow(),
    Column::amount("column.debit"),
    Column::amount("column.credit"),
    Column::amount("column.balance"),
];

impl Listing for ChainOf {
    type Row = ChainRow;
    type Detail = ();
    const FOOTER: &'static [Command] = &[
        Command::Open,
        Command::Lineage,
        Command::GoTrade,
        Command::Copy,
        Command::Export,
        Command::AccountBeside,
    ];
    const EMPTY: &'static str = "empty.chain";

    fn list(&self) -> List<ChainRow> {
        List::default().paged()
    }
    fn request(&self, page: Page) -> Request {
        Request::Chain(ListChain { account: self.code.clone(), page })
    }
    fn rows(answer: Answer) -> Result<Rows<ChainRow>, Answer> {
        if let Answer::Chain(rows) = answer { Ok(rows) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        CHAIN_COLUMNS
    }
    fn row(&self, row: &ChainRow, view: View) -> Row {
        self.line(row, view)
    }
    fn open(&self, row: &ChainRow) -> Option<Route> {
        Some(Route::Voucher(row.voucher_no.clone()))
    }
    fn name(&self, row: &ChainRow) -> String {
        row.voucher_no.to_string()
    }
    fn own_name(&self) -> Option<String> {
        Some(self.code.to_string())
    }
    fn extra(&self) -> Option<Request> {
        Some(Request::Account(ShowAccount { code: self.code.clone(), as_of: None }))
    }
    fn take_extra(&mut self, answer: Answer) -> bool {
        let Answer::Account(row) = answer else { return false };
        self.account = Some(*row);
        true
    }
    fn trade(&self, row: &ChainRow) -> Option<TradeNo> {
        row.trade_no.clone()
    }
    fn voucher(&self, row: &ChainRow) -> Option<VoucherNo> {
        Some(row.voucher_no.clone())
    }
    fn status(&self, view: View) -> Words {
        let Some(row) = &self.account else { return Words::new() };
        let account = &row.account;
        let status = format::label(view.lang, "state.account", account.status.as_str());
        let mut words = vec![(account.name.clone(), Tone::Strong), (format!("  {status}"), Tone::Dim)];
        if let Some(floor) = account.floor_minor {
            let floor = view.amount(floor, account.currency.code());
            words.push((
                format!("  {}", i18n::text(view.lang, "chain.floor", &[("floor", floor)])),
                Tone::Dim,
            ));
        }
        words
    }
    fn position(&self, position: String, _loaded: bool, view: View) -> Words {
        let Some(row) = &self.account else { return vec![(position, Tone::Dim)] };
        vec![
            (format!("{position}   {} ", i18n::word(view.lang, "column.balance")), Tone::Dim),
            (format::money(row.balance_minor, row.account.currency.code()), Tone::Strong),
        ]
    }
    fn crumb(&self) -> Option<String> {
        Some(self.code.to_string())
    }
}
