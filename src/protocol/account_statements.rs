//! Statements of accounts at banks and channels (账户对账单), and their days and lines beside the books. Amounts are in
//! minor units of the account's currency, positive if money came in.

use crate::domain::account_matching::AccountMatchKey;
use crate::domain::account_statement::AccountLine;
use crate::domain::differences::Shaken;
use crate::domain::id::{AccountCode, Operator, TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::domain::statement::BillState;
use crate::protocol::bills::BillChange;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a statement says of one day of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayOfAccount {
    /// The books' account.
    pub account: AccountCode,
    /// Its number at the holder; empty if it has none.
    pub number: String,
    /// The day.
    pub day: Date,
    /// Its last instant, if that is before the end of the day.
    pub until: Option<Moment>,
    /// The holder's number of the statement.
    pub sequence: Option<String>,
    /// Balance before its first line, if the file tells balances.
    pub opening_minor: Option<i64>,
    /// Balance after its last line.
    pub closing_minor: Option<i64>,
    /// Sum of its lines.
    pub sum_minor: i64,
}

/// A statement of one day of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatementRow {
    /// Its number in the ledger.
    pub id: i64,
    /// What it says.
    #[serde(flatten)]
    pub day: DayOfAccount,
    /// Currency of the account.
    pub currency: String,
    /// Lines.
    pub lines: i64,
    /// Format of the file.
    pub format: String,
    /// File name.
    pub file: String,
    /// SHA-256 of the file.
    pub fingerprint: String,
    /// How it stands.
    pub state: BillState,
    /// When it was imported.
    pub imported_at: Moment,
    /// Who imported it.
    pub operator: Operator,
    /// How it ended, if it did.
    pub changed: Option<BillChange>,
    /// What was last proposed about it, if anything was: it waits for another person while the statement stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<ProposedEnd>,
}

/// What one person proposes about a statement of an account on which something rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedEnd {
    /// The file that takes its place; `None` to withdraw it.
    pub file: Option<String>,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// Why.
    pub reason: String,
}

/// An account statement with the first of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountStatementDetail {
    /// The statement.
    pub statement: AccountStatementRow,
    /// Its lines, oldest first, at most 1,000.
    pub rows: Vec<AccountLine>,
    /// Whether there are more.
    pub more: bool,
    /// The files that its first lines are of, if it goes on from others of its day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<StatementPart>,
    /// What rests on it while it stands.
    #[serde(default, skip_serializing_if = "Shaken::is_empty")]
    pub rests: Shaken,
}

/// The first lines of an account statement that goes on from an earlier one of the same day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementPart {
    /// Place of the last line that is of this file; the first one follows the part before.
    pub upto: i64,
    /// File name.
    pub file: String,
    /// SHA-256 of the file.
    pub fingerprint: String,
}

/// Returns the file that the line in a place, from 1, is of: that of a part, or the statement's own.
#[must_use]
pub fn file_of_line<'f>(parts: &'f [StatementPart], own: &'f str, place: i64) -> &'f str {
    parts.iter().find(|part| place <= part.upto).map_or(own, |part| &part.file)
}

/// Requests account statements, newest day first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAccountStatements {
    /// Also those that count no more.
    pub all: bool,
    /// Of this account only.
    pub account: Option<AccountCode>,
}

/// Requests one account statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowAccountStatement {
    /// Its number.
    pub id: i64,
}

/// Takes an account statement out, so that it counts no more. It is kept. With four eyes on, where something rests on
/// it, this proposes it, and the same request of another person does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawAccountStatement {
    /// Its number.
    pub id: i64,
    /// Why.
    pub reason: String,
}

/// One day of an account, theirs beside ours. The difference of the closing balances has a name for each cent:
/// `difference = at_start + only_theirs - only_ours + in_transit + unexplained`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountDay {
    /// The day.
    pub day: Date,
    /// Balance before the day by the statements; `None` if none stands for it, or they tell no balance.
    pub their_opening_minor: Option<i64>,
    /// What came in by the statements.
    pub came_in_minor: i64,
    /// What went out by the statements, negative.
    pub went_out_minor: i64,
    /// Balance after the day by the statements.
    pub their_closing_minor: Option<i64>,
    /// Balance before the day in the books.
    pub our_opening_minor: i64,
    /// Debits of the day.
    pub debit_minor: i64,
    /// Credits of the day.
    pub credit_minor: i64,
    /// Balance after the day in the books.
    pub our_closing_minor: i64,
    /// Theirs without ours.
    pub difference_minor: Option<i64>,
    /// Lines up to this day that no entry answers.
    pub only_theirs_minor: i64,
    /// Entries up to this day that no line answers.
    pub only_ours_minor: i64,
    /// Lines without entries of pairs of which only one side is dated up to this day.
    pub in_transit_minor: i64,
    /// Theirs without ours before the first statement.
    pub at_start_minor: Option<i64>,
    /// What is left: it must be 0.
    pub unexplained_minor: Option<i64>,
    /// Why the statements of the day do not follow from those before, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<AccountGap>,
}

/// How statements of a day do not follow from those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountGap {
    /// No statement stands for the day.
    Missing,
    /// A balance forward is not the closing balance before it.
    Balance,
}

/// A line or an entry that the other side does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "side", rename_all = "snake_case")]
pub enum OpenSide {
    /// Only the statement has it.
    Theirs {
        /// Number of the statement.
        statement: i64,
        /// Its place in the statement, from 1.
        place: i64,
        /// Its file.
        file: String,
        /// The line.
        #[serde(flatten)]
        line: Box<AccountLine>,
    },
    /// Only the books have it.
    Ours {
        /// Accounting day.
        day: Date,
        /// Its voucher.
        voucher_no: VoucherNo,
        /// Its trade.
        trade_no: Option<TradeNo>,
        /// Positive if debited.
        amount_minor: i64,
        /// Text of the voucher.
        memo: String,
    },
    /// The difference from before the first statement. It is an item of sign-offs alone.
    AtStart {
        /// Day of the first statement.
        day: Date,
        /// Theirs without ours.
        amount_minor: i64,
    },
}

/// What answers an item on another day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredBy {
    /// The day.
    pub day: Date,
    /// A voucher, or a line by statement and place.
    pub name: String,
}

/// An item that something of another day answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredItem {
    /// The line or entry.
    #[serde(flatten)]
    pub item: OpenSide,
    /// What answers it; empty if nothing that is known does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered_by: Vec<AnsweredBy>,
}

impl AnsweredItem {
    /// Returns what answers it, in words; `None` if nothing that is known does.
    #[must_use]
    pub fn by(&self) -> Option<String> {
        answers(&self.answered_by)
    }
}

/// Returns names and days of what answers an item; `None` if there is nothing.
#[must_use]
pub fn answers(by: &[AnsweredBy]) -> Option<String> {
    let names: Vec<String> = by.iter().map(|one| format!("{} ({})", one.name, one.day)).collect();
    Some(names.join(", ")).filter(|names| !names.is_empty())
}

impl OpenSide {
    /// Returns its day.
    #[must_use]
    pub const fn day(&self) -> Date {
        match self {
            Self::Theirs { line, .. } => line.day,
            Self::Ours { day, .. } | Self::AtStart { day, .. } => *day,
        }
    }

    /// Returns what it adds to the difference: a line what came in, an entry what was credited.
    #[must_use]
    pub fn effect_minor(&self) -> i64 {
        match self {
            Self::Theirs { line, .. } => line.amount_minor,
            Self::Ours { amount_minor, .. } => amount_minor.saturating_neg(),
            Self::AtStart { amount_minor, .. } => *amount_minor,
        }
    }

    /// Returns what tells it apart in another report: what it is known by, and what it adds to the difference.
    #[must_use]
    pub fn key(&self) -> (String, i64) {
        (self.known_by(), self.effect_minor())
    }

    /// Returns what it is known by in another report: what the holder says of a line, wherever it is listed, or the
    /// voucher of an entry.
    #[must_use]
    pub fn known_by(&self) -> String {
        match self {
            Self::Theirs { line, .. } => format!("{} {}", line.day, line.known_by()),
            Self::Ours { voucher_no, .. } => voucher_no.to_string(),
            Self::AtStart { .. } => START.to_owned(),
        }
    }

    /// Returns the name by which people type it: a voucher, a line by statement and place, or `start`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Theirs { statement, place, .. } => format!("{statement}#{place}"),
            Self::Ours { voucher_no, .. } => voucher_no.to_string(),
            Self::AtStart { .. } => START.to_owned(),
        }
    }
}

/// Name of the difference from before the first statement.
const START: &str = "start";

/// How many lines and entries a key matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountMatchCount {
    /// The key.
    pub key: AccountMatchKey,
    /// Matches.
    pub matches: u64,
    /// Their lines.
    pub lines: u64,
    /// Their entries.
    pub entries: u64,
    /// Sum of their lines.
    pub sum_minor: i64,
}
