//! What a step of a case does once it is resolved.

use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, TradeNo};
use crate::domain::money::Money;
use crate::domain::step::StepKind;
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Draft, Line};
use crate::protocol::page::Slice;
use crate::protocol::steps::{self, LineRef, StepRequest, StepRow};
use crate::store::append::Refs;
use crate::store::{Reader, StoreError};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A step as it is kept in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptStep {
    /// What was asked for.
    pub request: StepRequest,
    /// Why, where the planner proposed it.
    pub why: Option<Note>,
}

/// A corrected fact as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The fact; amounts as `amount_minor` and `fee_minor`.
    pub fact: String,
    /// Its value.
    pub value: String,
    /// The operator's reason; `None` where the channel's own line proves it.
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
        /// Place of the voucher.
        voucher: i64,
    },
}

/// What a resolved step does beside or instead of a voucher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Books a voucher. Amended facts are stored with it.
    Book {
        /// The draft.
        draft: Box<Draft>,
        /// Rows it refers to.
        refs: Refs,
        /// Lines of the voucher it takes back, in their original form, for turnover.
        original: Option<(Date, Vec<Line>)>,
        /// Corrected facts.
        amendments: Vec<Amendment>,
        /// The open item it makes or clears.
        item: Option<Item>,
        /// The channel's line that it books without a trade.
        line: Option<LineRef>,
    },
    /// Keeps the note that a channel took a payment back before it came.
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
        /// Whether a channel's line proves it.
        proven: bool,
    },
    /// Corrects a trade's own status.
    Status {
        /// Row of the trade.
        trade: i64,
        /// The status.
        status: TradeStatus,
        /// The trade's amount: what the correction weighs, though it books nothing.
        amount: Money,
    },
}

/// A step, resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// How it reads.
    pub row: StepRow,
    /// The trade it is about.
    pub trade: Option<TradeNo>,
    /// What it does.
    pub effect: Effect,
}

pub(crate) fn row(step: i64, kind: StepKind, trade_no: Option<TradeNo>, event: Option<Event>) -> StepRow {
    StepRow { step, kind, trade_no, event, ..StepRow::default() }
}

/// A step that cannot be resolved, as far as it can be told.
pub fn unresolved(number: i64, kept: &KeptStep, dropped: bool, why: String) -> StepRow {
    let base = match &kept.request {
        StepRequest::Reverse(steps::Reverse { voucher_no, mode }) => StepRow {
            voucher_no: Some(voucher_no.clone()),
            mode: *mode,
            ..row(number, StepKind::Reverse, None, None)
        },
        StepRequest::Repost(steps::Repost { trade_no, event, set }) => StepRow {
            set: set.clone(),
            ..row(number, StepKind::Repost, Some(trade_no.clone()), Some(event.unwrap_or(Event::Captured)))
        },
        StepRequest::Supplement(steps::Supplement { trade_no, event }) => {
            row(number, StepKind::Supplement, Some(trade_no.clone()), Some(event.unwrap_or(Event::Captured)))
        }
        StepRequest::Adjust(steps::Adjust { trade_no, event, lines, .. }) => StepRow {
            lines: lines.clone(),
            ..row(number, StepKind::Adjust, Some(trade_no.clone()), Some(event.unwrap_or(Event::Captured)))
        },
        StepRequest::Park(steps::Park { trade_no, event, instead_of, lines }) => StepRow {
            account: instead_of.clone(),
            lines: lines.clone(),
            ..row(number, StepKind::Park, Some(trade_no.clone()), Some(event.unwrap_or(Event::Captured)))
        },
        StepRequest::ParkLine(steps::ParkLine { line, lines }) => StepRow {
            line: line.as_ref().map(ToString::to_string),
            lines: lines.clone(),
            ..row(number, StepKind::Park, None, None)
        },
        StepRequest::Stub(steps::Stub { line }) => {
            StepRow { line: Some(line.to_string()), ..row(number, StepKind::Stub, None, None) }
        }
        StepRequest::Unpark(steps::Unpark { voucher_no, to, line }) => StepRow {
            voucher_no: Some(voucher_no.clone()),
            account: Some(to.clone()),
            line: line.as_ref().map(ToString::to_string),
            ..row(number, StepKind::Unpark, None, None)
        },
        StepRequest::Record(steps::Record { trade_no, .. }) => {
            row(number, StepKind::Record, Some(trade_no.clone()), None)
        }
        StepRequest::Counter(steps::Counter { trade_no, of, .. }) => {
            row(number, StepKind::Counter, Some(trade_no.as_ref().unwrap_or(of).clone()), None)
        }
        StepRequest::Status(steps::Status { trade_no, status }) => {
            StepRow { status: Some(*status), ..row(number, StepKind::Status, Some(trade_no.clone()), None) }
        }
    };
    StepRow { why, dropped, ..base }
}

/// A kept step from its stored text.
///
/// # Errors
/// A fault where the text is damaged.
pub fn read_step(body: &str) -> Result<KeptStep, StoreError> {
    serde_json::from_str(body)
        .map_err(|error| crate::store::Fault::Corrupt { detail: format!("staged step: {error}") }.into())
}

/// The steps of a case that are not dropped, with their numbers.
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
