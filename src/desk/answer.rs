//! What the desk answers: plain serialisable data, the same in this process and over a line.
//!
//! Here is what every answer shares, lists and refusals; what is answered about one thing has a file named after it.

mod account;
mod calendar;
mod case;
mod checklist;
mod day;
mod finding;
mod ledger;
mod lineage;
mod policy;
mod posting;
mod preview;
mod receipt;
mod rule;
mod trade;

pub use account::{AccountRow, ChainRow, SubjectRow};
pub use calendar::{CalendarAnswer, CalendarRow};
pub use case::{AboutRow, BookedVoucher, CaseDetail, CaseRow, LogRow, Opened, Skipped, StepRow};
pub use checklist::{CheckRow, Checklist, TickRow};
pub use day::{DayAnswer, DayCheck, DayRow, PeriodRow};
pub use finding::{Booked, CauseCount, ComparedLine, FindingSummary, Plan};
pub use ledger::{LedgerInfo, Overview, Problem, Verified};
pub use lineage::{LineageNode, Node};
pub use policy::{PolicyAnswer, PolicyChange, ReasonRow};
pub use posting::{Posted, Refused};
pub use preview::{
    BalanceChange, Guard, GuardState, HolderView, Preview, PreviewCount, PreviewEntry, TurnoverChange,
};
pub use receipt::{Receipt, ReceiptVoucher};
pub use rule::{ExplainedEvent, ExplainedLine, Explanation, RuleSetRow};
pub use trade::{EventRow, StatementRow, TradeDetail, TradeRow};

use super::report::{
    BalanceDays, ChannelDay, CustomerStatement, Reconciliation, TrialBalance, TurnoverReport,
};
use super::request::Key;
use crate::domain::account::Subject;
use crate::domain::finding::{Finding, Note};
use crate::domain::rejection::Rejection;
use crate::domain::voucher::Voucher;
use serde::{Deserialize, Serialize};

/// A row that has a place in a list.
pub trait Keyed {
    /// Its key.
    fn key(&self) -> Key;
}

/// Rows of a list and whether there are more on either side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The rows, in the list's order.
    pub rows: Vec<T>,
    /// Whether rows come before the first.
    pub more_before: bool,
    /// Whether rows come after the last.
    pub more_after: bool,
}

impl<T> Rows<T> {
    /// A list that comes whole.
    #[must_use]
    pub const fn whole(rows: Vec<T>) -> Self {
        Self { rows, more_before: false, more_after: false }
    }
}

impl<T: Keyed> Rows<T> {
    /// The key behind which the next page starts, where there is one.
    #[must_use]
    pub fn next(&self) -> Option<Key> {
        if self.more_after { self.rows.last().map(Keyed::key) } else { None }
    }

    /// Adds the page behind it.
    pub fn join(&mut self, page: Self) {
        self.rows.extend(page.rows);
        self.more_after = page.more_after;
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more_before: false, more_after: false }
    }
}

/// How far a long piece of work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// In all, where known.
    pub total: Option<u64>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "body", rename_all = "snake_case")]
pub enum Answer {
    /// To `Ledger`.
    Ledger(Box<LedgerInfo>),
    /// To `Overview`.
    Overview(Box<Overview>),
    /// To `FindingSummary`.
    FindingSummary(FindingSummary),
    /// To `Trades`.
    Trades(Rows<TradeRow>),
    /// To `Trade`.
    Trade(Box<TradeDetail>),
    /// To `Events`.
    Events(Rows<EventRow>),
    /// To `Accounts`.
    Accounts(Rows<AccountRow>),
    /// To `Subjects`.
    Subjects(Vec<SubjectRow>),
    /// To `Account`.
    Account(Box<AccountRow>),
    /// To `Turnover`.
    Turnover(Box<TurnoverReport>),
    /// To `TrialBalance`.
    TrialBalance(Box<TrialBalance>),
    /// To `BalanceDays`.
    BalanceDays(Box<BalanceDays>),
    /// To `Statement`.
    Statement(Box<CustomerStatement>),
    /// To `ChannelDays`.
    ChannelDays(Vec<ChannelDay>),
    /// To `Reconcile`.
    Reconciliation(Box<Reconciliation>),
    /// To `Chain`.
    Chain(Rows<ChainRow>),
    /// To `Vouchers`; entries are left out.
    Vouchers(Rows<Voucher>),
    /// To `Voucher`.
    Voucher(Box<Voucher>),
    /// To `Lineage`: nodes in drawing order, parents before children.
    Lineage(Vec<LineageNode>),
    /// To `Findings`.
    Findings(Rows<Finding>),
    /// To `Plan`.
    Plan(Box<Plan>),
    /// To `Explain`.
    Explain(Explanation),
    /// To `Cases`.
    Cases(Rows<CaseRow>),
    /// To `CaseOpen`, `Case`, `Stage…`, `CaseSubmit`, `CaseApprove`, `CaseReject`, `CaseWithdraw`.
    Case(Box<CaseDetail>),
    /// To `CaseCheck` and `CaseTick`.
    Checklist(Checklist),
    /// To `CaseBulk`.
    Opened(Opened),
    /// To `Preview`.
    Preview(Box<Preview>),
    /// To `Commit`.
    Receipt(Receipt),
    /// To `Post`.
    Posted(Posted),
    /// To `Days`.
    Days(Vec<DayRow>),
    /// To `DayCheck`.
    DayChecks(Vec<DayCheck>),
    /// To `Periods`, `PeriodClose`.
    Periods(Vec<PeriodRow>),
    /// To `DayOpen`, `DayCut`, `DayClose`.
    Day(DayAnswer),
    /// To `Rules`.
    Rules(Vec<RuleSetRow>),
    /// To `CalendarCheck`.
    Calendar(Box<CalendarAnswer>),
    /// To `Calendars`, `CalendarLoad`: oldest first, the one that Storno ships in front.
    Calendars(Vec<CalendarRow>),
    /// To `Policy`, `PolicyLoad`.
    Policy(Box<PolicyAnswer>),
    /// To `Reasons`.
    Reasons(Vec<ReasonRow>),
    /// To `Verify`.
    Verified(Verified),
    /// To `HoldsSeal`.
    HoldsSeal(bool),
    /// To `Chart`.
    Chart(Vec<Subject>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The books forbid it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Something technical is in the way.
    #[error("{code} {args:?}")]
    Fault {
        /// Stable code, for example `STORNO-LOCKED`.
        code: String,
        /// Named facts.
        args: Vec<(String, String)>,
    },
}

/// A remark with its key, for texts that the reader's layer words.
pub type Remark = Note;

impl Keyed for Voucher {
    fn key(&self) -> Key {
        Key::Number(self.seq)
    }
}
