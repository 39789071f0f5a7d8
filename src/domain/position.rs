//! A trade with everything booked for it: what findings judge and plans start from.

use super::event::Event;
use super::id::VoucherNo;
use super::trade::{ReconStatus, Trade, TradeStatus};
use super::voucher::{Line, VoucherKind};
use jiff::civil::Date;

/// A voucher as findings need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionVoucher {
    /// Place.
    pub seq: i64,
    /// Number.
    pub voucher_no: VoucherNo,
    /// Kind.
    pub kind: VoucherKind,
    /// Event.
    pub event: Option<Event>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Day of the trade as booked.
    pub business_date: Date,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Whether it put an amount into suspense that is still there.
    pub open_item: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A trade with what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TradePosition {
    /// Row of the trade.
    pub id: i64,
    /// The facts as imported.
    pub trade: Trade,
    /// Status now.
    pub status_now: TradeStatus,
    /// Comparison with the channel.
    pub recon: ReconStatus,
    /// Its events with the number of live vouchers.
    pub events: Vec<(Event, i64)>,
    /// Its vouchers.
    pub vouchers: Vec<PositionVoucher>,
    /// Corrected facts, in order.
    pub amendments: Vec<(String, String)>,
}
