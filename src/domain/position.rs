//! A trade with everything booked for it: what findings judge and plans start from.

use super::event::Event;
use super::id::VoucherNo;
use super::trade::{ReconStatus, Trade, TradeStatus};
use super::voucher::{Line, VoucherKind};
use jiff::civil::Date;

/// A voucher of a trade, as far as findings need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionVoucher {
    /// Place in the ledger.
    pub seq: i64,
    /// Voucher number.
    pub voucher_no: VoucherNo,
    /// Kind of voucher.
    pub kind: VoucherKind,
    /// The event it books, if any.
    pub event: Option<Event>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Business day as booked.
    pub business_date: Date,
    /// Whether it is reversed.
    pub reversed: bool,
    /// Whether it put an amount into suspense that is still open.
    pub open_item: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A trade with everything booked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradePosition {
    /// Row of the trade.
    pub id: i64,
    /// The facts as imported.
    pub trade: Trade,
    /// Current status.
    pub status_now: TradeStatus,
    /// Result of the comparison with the channel.
    pub recon: ReconStatus,
    /// Its events, each with the number of its live vouchers.
    pub events: Vec<(Event, i64)>,
    /// Its vouchers in order.
    pub vouchers: Vec<PositionVoucher>,
    /// Corrected facts in order: fact, value.
    pub amendments: Vec<(String, String)>,
}
