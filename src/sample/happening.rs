//! A sample trade with its vouchers, its line in the channel's bill and the mistake planted in it.

use crate::domain::event::Event;
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, Trade};
use crate::domain::voucher::Line;
use crate::sample::plan::Planted;

/// What a channel's bill says that it owes us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Collected {
    pub channel: Channel,
    pub amount_minor: i64,
    pub fee_minor: i64,
    /// When the bill came in.
    pub at: Moment,
}

/// How the channel's bill differs from the trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deviation {
    /// It does not list it.
    Missing,
    /// It lists it as succeeded, whatever we think.
    Succeeded,
    /// It lists another amount or fee.
    Amounts { amount_minor: i64, fee_minor: i64 },
}

/// A voucher to come.
#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub posted_at: Moment,
    pub lines: Vec<Line>,
}

/// A trade with all that stands for it.
#[derive(Debug)]
pub(super) struct Happening {
    pub trade: Trade,
    /// Its first event.
    pub event: Event,
    /// Vouchers of the first event.
    pub booked: Vec<Booking>,
    /// What followed, and its lines: a payment was cleared, a payout arrived.
    pub later: Option<(Event, Vec<Line>)>,
    pub deviation: Option<Deviation>,
    pub planted: Option<Planted>,
}
