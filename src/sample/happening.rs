//! A sample trade with its vouchers, its line in the channel's bill and the mistake planted in it.

use crate::domain::event::Event;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, Trade};
use crate::domain::voucher::Line;
use crate::sample::plan::Planted;

/// Amount that a channel owes us by its bill of one day, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Collected {
    pub channel: Channel,
    pub amount_minor: i64,
    pub fee_minor: i64,
    pub currency: Currency,
    /// When the bill arrived.
    pub at: Moment,
}

/// How the channel's bill differs from the trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deviation {
    /// The bill does not list the trade.
    Missing,
    /// The bill lists the trade as succeeded, whatever its status is here.
    Succeeded,
    /// The bill lists another amount or fee, in minor units.
    Amounts { amount_minor: i64, fee_minor: i64 },
}

/// Lines of a voucher to be written.
#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub posted_at: Moment,
    pub lines: Vec<Line>,
}

/// A trade with its vouchers, its bill line and its mistake.
#[derive(Debug)]
pub(super) struct Happening {
    pub trade: Trade,
    /// First event of the trade.
    pub event: Event,
    /// Lines of the vouchers of the first event.
    pub booked: Vec<Booking>,
    /// Second event and its lines: a payment was cleared, a payout arrived.
    pub later: Option<(Event, Vec<Line>)>,
    pub deviation: Option<Deviation>,
    pub planted: Option<Planted>,
}
