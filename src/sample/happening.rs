//! A sample trade with its vouchers, its line in the channel's bill and the mistake planted in it.

use crate::domain::event::Event;
use crate::domain::id::VoucherNo;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, Trade};
use crate::domain::trade_news::TradeNews;
use crate::domain::voucher::Line;
use crate::sample::plan::Planted;
use jiff::civil::Date;

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
    /// The bill lists a part of the amount as a discount that the merchant bears, in minor units.
    Discounted { minor: i64 },
    /// The bill lists the trade twice.
    Twice,
    /// The next day's bill lists the trade.
    NextDay,
    /// A bill listed the trade, and another one replaced that bill.
    Replaced,
    /// The bill lists the trade as the revocation of its original.
    Revokes,
}

/// Lines of a voucher to be written.
#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub posted_at: Moment,
    pub lines: Vec<Line>,
    /// The day that the voucher names, if that is not the trade's.
    pub wrong_day: Option<Date>,
}

/// A voucher of the older system that names no trade.
#[derive(Debug)]
pub(super) struct Stray {
    pub voucher_no: VoucherNo,
    pub booking: Booking,
    /// Whether somebody accepted it by name.
    pub accepted: bool,
}

/// A trade with its vouchers, its bill line and its mistake.
#[derive(Debug)]
pub(super) struct Happening {
    pub trade: Trade,
    /// False if the channel alone knows of the trade.
    pub recorded: bool,
    /// First event of the trade.
    pub event: Event,
    /// Lines of the vouchers of the first event.
    pub booked: Vec<Booking>,
    /// Second event and its lines: a payment was cleared, a payout arrived.
    pub later: Option<(Event, Vec<Line>)>,
    pub deviation: Option<Deviation>,
    /// Vouchers that name no trade, written beside it.
    pub strays: Vec<Stray>,
    /// What a later list says against it.
    pub claim: Option<TradeNews>,
    pub planted: Vec<Planted>,
}

impl Happening {
    /// Returns a trade as it should be, with the vouchers of its first event.
    pub const fn new(trade: Trade, event: Event, booked: Vec<Booking>) -> Self {
        Self {
            trade,
            recorded: true,
            event,
            booked,
            later: None,
            deviation: None,
            strays: Vec::new(),
            claim: None,
            planted: Vec::new(),
        }
    }
}
