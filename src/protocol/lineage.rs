//! Where a trade came from and what became of it: a tree of events, vouchers and cases.

use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::id::{CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::trade::PostingStatus;
use crate::domain::voucher::{Mode, VoucherKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a node of the lineage is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "node", rename_all = "snake_case")]
pub enum Node {
    /// The trade.
    Trade {
        /// Number.
        trade_no: TradeNo,
    },
    /// An event of it.
    Event {
        /// Which.
        event: Event,
        /// Whether it stands.
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
        /// Where it stands.
        state: CaseState,
    },
}

/// A node of the lineage with its place in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageNode {
    /// What.
    #[serde(flatten)]
    pub node: Node,
    /// Index of the node it hangs on; `None` for the root.
    pub parent: Option<usize>,
    /// Day.
    pub date: Date,
    /// Who.
    pub operator: Option<Operator>,
    /// Amount, minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: String,
    /// What it does, in words.
    pub text: String,
}

/// The family of a trade or of a voucher's trade, as a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowLineage {
    /// The trade.
    pub trade_no: Option<TradeNo>,
    /// Or a voucher.
    pub voucher_no: Option<VoucherNo>,
}
