//! What a resolved step does, and steps as they are stored.

use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, TradeNo};
use crate::domain::money::Money;
use crate::domain::statement::BillState;
use crate::domain::step::StepKind;
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Draft, Line};
use crate::protocol::page::Slice;
use crate::protocol::steps::{LineRef, StepRequest, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A step as it is stored in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptStep {
    /// The request.
    pub request: StepRequest,
    /// The planner's reason; `None` for a step of an operator.
    pub why: Option<Note>,
}

/// A corrected fact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The fact.
    pub fact: AmendableFact,
    /// Its value; amounts in minor units.
    pub value: String,
    /// The operator's reason; `None` if the channel's own line proves it.
    pub reason: Option<String>,
}

/// What a voucher does to suspense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Opens an item on a suspense account.
    Open {
        /// The account.
        account: AccountCode,
        /// Debit-positive minor units.
        amount_minor: i64,
    },
    /// Clears the item that this voucher opened.
    Clear {
        /// Sequence number of the voucher.
        voucher: i64,
    },
}

/// How a channel's statement stands from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementEnd {
    /// The statement.
    pub statement: i64,
    /// Its state.
    pub state: BillState,
    /// The statements that it takes the place of.
    pub replaces: Vec<i64>,
    /// Sums of the lines that go or come: they count for the approver's limit, though nothing is booked.
    pub moved: Vec<Money>,
    /// Why.
    pub reason: String,
}

impl StatementEnd {
    /// Returns whether both say how one and the same statement stands.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let says = |end: &Self, id: i64| end.statement == id || end.replaces.contains(&id);
        says(other, self.statement) || self.replaces.iter().any(|id| says(other, *id))
    }
}

/// What a resolved step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Books a voucher. Amended facts are stored with it.
    Book {
        /// The draft.
        draft: Box<Draft>,
        /// The rows that it refers to.
        refs: Refs,
        /// Date and lines of the voucher that it reverses, for turnover.
        original: Option<(Date, Vec<Line>)>,
        /// Corrected facts.
        amendments: Vec<Amendment>,
        /// The open item it makes or clears.
        item: Option<Item>,
        /// The channel's line that it accounts for without a trade.
        line: Option<LineRef>,
        /// True if the event comes to be with it: the trade has no such event yet.
        arises: bool,
    },
    /// Stores the note that a channel took a payment back before it came.
    Stub {
        /// The channel's line.
        line: LineRef,
        /// The payment.
        original: ChannelRef,
    },
    /// Records a trade.
    Record {
        /// Row it gets.
        id: i64,
        /// The trade.
        trade: Box<Trade>,
        /// True if a channel's line proves it.
        proven: bool,
    },
    /// Changes how a channel's statement stands.
    Statement(StatementEnd),
    /// Corrects a trade's own status.
    Status {
        /// Row of the trade.
        trade: i64,
        /// The status.
        status: TradeStatus,
        /// The trade's amount: it counts for the approver's limit, though nothing is booked.
        amount: Money,
        /// True if the channel proves it, false if a file does.
        proven: bool,
    },
    /// Dismisses what later trade lists claim about a fact.
    Dismiss {
        /// Rows of the claims.
        claims: Vec<i64>,
        /// The reason, in words.
        reason: String,
        /// The trade's amount: it counts for the approver's limit, though nothing is booked.
        amount: Money,
    },
}

/// A step, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The row to show.
    pub row: StepRow,
    /// The trade.
    pub trade: Option<TradeNo>,
    /// Its effect.
    pub effect: Effect,
}

pub(crate) fn row(step: i64, kind: StepKind, trade_no: Option<TradeNo>, event: Option<Event>) -> StepRow {
    StepRow { step, kind, trade_no, event, ..StepRow::default() }
}

/// Reads a stored step.
///
/// # Errors
/// A fault if the text is damaged.
pub fn read_step(body: &str) -> Result<KeptStep, StoreError> {
    serde_json::from_slice(body.as_bytes())
        .map_err(|error| crate::store::Fault::Corrupt { detail: format!("staged step: {error}") }.into())
}

/// Returns the steps of a case that are not dropped, with their numbers.
///
/// # Errors
/// A fault of the engine, or a damaged step.
pub fn kept_steps<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
) -> Result<Vec<(i64, KeptStep)>, StoreError> {
    let stored = crate::store::cases::steps::list(reader, case_no, Slice::ALL)?;
    stored
        .into_iter()
        .filter(|step| !step.dropped)
        .map(|step| Ok((step.step, read_step(&step.body)?)))
        .collect()
}
