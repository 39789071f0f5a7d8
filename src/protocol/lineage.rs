//! The lineage of a trade: a tree of its events, vouchers and cases.

use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::id::{CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::trade::PostingStatus;
use crate::domain::voucher::{Mode, VoucherKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Kind of a node in the lineage, with its identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum Node {
    /// The trade.
    Trade {
        /// Number.
        trade_no: TradeNo,
    },
    /// An event of the trade.
    Event {
        /// The event.
        event: Event,
        /// Posting status.
        posting: PostingStatus,
    },
    /// A voucher.
    Voucher {
        /// Number.
        voucher_no: VoucherNo,
        /// Kind.
        kind: VoucherKind,
        /// Mode.
        mode: Mode,
    },
    /// A case.
    Case {
        /// Number.
        case_no: CaseNo,
        /// State of the case.
        state: CaseState,
    },
}

/// A node of the lineage with its position in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageNode {
    /// Kind and identity.
    #[serde(flatten)]
    pub node: Node,
    /// Index of its parent; `None` for the root.
    pub parent: Option<usize>,
    /// Business day of a trade or event, accounting day of a voucher, opening day of a case.
    pub date: Date,
    /// The operator who made it.
    pub operator: Option<Operator>,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// Description in words.
    pub text: String,
}

/// Requests the lineage of a trade, or of a voucher's trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowLineage {
    /// The trade.
    pub trade_no: Option<TradeNo>,
    /// Or a voucher's number.
    pub voucher_no: Option<VoucherNo>,
}
