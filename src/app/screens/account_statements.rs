//! Statements of an account at a bank or channel: the list of them, and one with its lines.

use super::Route;
use super::behaviour::{StatusLine, Surroundings, View, Words};
use super::bills::{reason, state};
use super::document::{Document, DocumentScreen};
use super::listing::{ListScreen, Listing};
use crate::app::command::Command;
use crate::app::format;
use crate::app::list::{List, Listed};
use crate::app::message::Tone;
use crate::app::table::{Cell, Column, Row};
use crate::domain::id::AccountCode;
use crate::i18n::{self, Lang};
use crate::protocol::account_statements::{
    AccountStatementDetail, AccountStatementRow, ListAccountStatements, ShowAccountStatement,
};
use crate::protocol::answer::Answer;
use crate::protocol::page::{Page, RowKey, Rows};
use crate::protocol::request::Request;

impl Listed for AccountStatementRow {
    fn key(&self) -> RowKey {
        RowKey::Number(self.id)
    }
}

/// Returns how a statement ended, or who proposes what about one that stands; `None` if neither.
#[must_use]
pub fn change(row: &AccountStatementRow, view: View) -> Option<(String, Tone)> {
    if let Some(changed) = &row.changed {
        return Some((super::bills::change(changed, view), Tone::Dim));
    }
    let proposed = row.proposed.as_ref()?;
    let mut facts = vec![
        ("operator", proposed.operator.to_string()),
        ("at", format::time(proposed.at, view.now)),
        ("reason", reason(view.lang, &proposed.reason)),
    ];
    match &proposed.file {
        Some(file) => facts.push(("file", file.clone())),
        None => facts.push(("withdraw", i18n::word(view.lang, "account_statement.withdraw"))),
    }
    Some((i18n::text(view.lang, "account_statement.proposed", &facts), Tone::Warn))
}

/// The statements of an account.
pub type AccountStatementsScreen = ListScreen<AccountStatementList>;

impl AccountStatementsScreen {
    /// Returns the screen of an account.
    #[must_use]
    pub fn at(account: AccountCode) -> Self {
        Self::new(AccountStatementList { account })
    }
}

/// The statements of an account, newest day first, also those that count no more.
#[derive(Debug, Clone)]
pub struct AccountStatementList {
    /// The account.
    pub account: AccountCode,
}

const COLUMNS: &[Column] = &[
    Column::number("column.seq"),
    Column::text("column.day", 5, 10).id(),
    Column::text("column.state", 6, 12),
    Column::text("column.file", 12, 48).grow(),
    Column::number("column.lines").shed(4),
    Column::amount("column.opening").shed(2),
    Column::amount("column.closing").shed(1),
    Column::text("column.imported", 5, 19).shed(5),
    Column::text("column.operator", 3, 14).shed(3),
];

impl Listing for AccountStatementList {
    type Row = AccountStatementRow;
    type Detail = ();
    const FOOTER: &'static [Command] =
        &[Command::Open, Command::WithdrawBill, Command::Import, Command::Export, Command::Copy];
    const EMPTY: &'static str = "empty.account_statements";

    fn list(&self) -> List<AccountStatementRow> {
        List::default()
    }
    fn request(&self, _: Page) -> Request {
        let account = Some(self.account.clone());
        Request::AccountStatements(ListAccountStatements { all: true, account })
    }
    fn rows(answer: Answer) -> Result<Rows<AccountStatementRow>, Answer> {
        if let Answer::AccountStatements(rows) = answer { Ok(Rows::whole(rows)) } else { Err(answer) }
    }
    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }
    fn row(&self, row: &AccountStatementRow, view: View) -> Row {
        let (word, tone) = state(view.lang, row.state);
        let balance = |minor: Option<i64>| {
            minor.map_or_else(|| Cell::toned("–", Tone::Dim), |minor| Cell::amount_in(minor, &row.currency))
        };
        let cells = vec![
            Cell::text(row.id.to_string()),
            Cell::text(row.day.day.to_string()),
            Cell::toned(word, tone),
            Cell::text(row.file.as_str()),
            Cell::text(row.lines.to_string()),
            balance(row.day.opening_minor),
            balance(row.day.closing_minor),
            Cell::text(format::time(row.imported_at, view.now)),
            Cell::text(row.operator.as_str()),
        ];
        let under = change(row, view).map(|(words, tone)| (format!("  ↳ {words}"), tone));
        Row { cells, under, ..Row::default() }
    }
    fn open(&self, row: &AccountStatementRow) -> Option<Route> {
        Some(Route::AccountStatement(row.id))
    }
    fn name(&self, row: &AccountStatementRow) -> String {
        row.file.clone()
    }
    fn own_name(&self) -> Option<String> {
        Some(self.account.to_string())
    }
    fn status(&self, view: View) -> Words {
        vec![(i18n::word(view.lang, "status.account_statements"), Tone::Dim)]
    }
    fn crumb(&self) -> Option<String> {
        Some(self.account.to_string())
    }
}

/// One statement.
pub type AccountStatementScreen = DocumentScreen<AccountStatementDocument>;

impl AccountStatementScreen {
    /// Returns the screen of a statement.
    #[must_use]
    pub fn at(id: i64) -> Self {
        Self::new(AccountStatementDocument { id })
    }
}

/// A statement with its balances, what rests on it, and its lines.
#[derive(Debug, Clone)]
pub struct AccountStatementDocument {
    /// Number of the statement.
    pub id: i64,
}

impl Document for AccountStatementDocument {
    type Content = Box<AccountStatementDetail>;
    const FOOTER: &'static [Command] = &[Command::WithdrawBill, Command::Import, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::AccountStatement(ShowAccountStatement { id: self.id }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::AccountStatement(detail) = answer { Some(detail) } else { None }
    }
    fn links(&self, _: &Self::Content) -> usize {
        0
    }
    fn open(&self, _: Option<&Self::Content>, _: usize) -> Option<Route> {
        None
    }
    fn name(&self, detail: Option<&Self::Content>, _: usize) -> Option<String> {
        detail.map(|detail| detail.statement.file.clone())
    }
    fn status(&self, detail: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(detail) = detail else { return StatusLine::default() };
        let (word, tone) = state(around.view.lang, detail.statement.state);
        let args = [("n", detail.statement.lines.to_string())];
        let lines = i18n::text(around.view.lang, "recon_screen.lines", &args);
        StatusLine { left: vec![(word, tone)], right: vec![(lines, Tone::Dim)], right_yields: false }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.id.to_string())
    }
}
