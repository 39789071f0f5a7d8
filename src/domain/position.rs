//! A trade with everything booked for it: what findings judge and plans start from.

use super::compare::compare;
use super::event::Event;
use super::id::VoucherNo;
use super::rule::Expected;
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

impl PositionVoucher {
    /// Returns true if the voucher books what is expected.
    #[must_use]
    pub fn is_correct(&self, expected: &Expected) -> bool {
        compare(&expected.lines, &self.lines.iter().collect::<Vec<_>>()).is_none()
    }
}

impl TradePosition {
    /// Returns the live postings of an event: posted and not reversed.
    pub fn live(&self, event: Event) -> impl Iterator<Item = &PositionVoucher> {
        self.vouchers.iter().filter(move |voucher| {
            voucher.event == Some(event) && voucher.kind.posts_event() && !voucher.reversed
        })
    }

    /// Returns the vouchers that count for an event: its live postings and the adjustments made to them.
    pub fn counted(&self, event: Event) -> impl Iterator<Item = &PositionVoucher> {
        self.vouchers.iter().filter(move |voucher| {
            voucher.event == Some(event) && !voucher.reversed && voucher.kind != VoucherKind::Reverse
        })
    }

    /// Returns the lines of the vouchers that count for an event.
    #[must_use]
    pub fn counted_lines(&self, event: Event) -> Vec<&Line> {
        self.counted(event).flat_map(|voucher| &voucher.lines).collect()
    }

    /// Returns true if a voucher that books the event is dated in a later year than the trade.
    #[must_use]
    pub fn is_booked_in_later_year(&self, event: Event) -> bool {
        self.vouchers.iter().any(|voucher| {
            voucher.event == Some(event)
                && !voucher.reversed
                && voucher.accounting_date.year() > self.trade.business_date.year()
        })
    }

    /// Returns the voucher that put an event's amount into suspense, unless it was reversed.
    #[must_use]
    pub fn parked(&self, event: Event) -> Option<&PositionVoucher> {
        self.vouchers.iter().find(|voucher| {
            voucher.event == Some(event) && voucher.kind == VoucherKind::Park && !voucher.reversed
        })
    }

    /// Returns the live posting to keep if an event is posted more than once: the first correct one, else the
    /// first.
    #[must_use]
    pub fn posting_to_keep(&self, event: Event, expected: &Expected) -> Option<&PositionVoucher> {
        let correct = self.live(event).find(|voucher| voucher.is_correct(expected));
        correct.or_else(|| self.live(event).next())
    }
}
