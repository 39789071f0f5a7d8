//! What the channel calendar says, and the calendars that the ledger holds.

use crate::domain::calendar::YearKnown;
use crate::domain::id::{Operator, TradeNo};
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, PostingStatus, TradeStatus};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What the channel calendar says about a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarAnswer {
    /// The trade.
    pub trade_no: TradeNo,
    /// Its channel.
    pub channel: Channel,
    /// Its amount, minor units.
    pub amount_minor: i64,
    /// Its currency.
    pub currency: String,
    /// When it occurred.
    pub occurred_at: Moment,
    /// Its status now.
    pub status: TradeStatus,
    /// Whether it is booked.
    pub posting: PostingStatus,
    /// `anytime`, `in_session`, `waiting`, `late`, `over_limit`, or `unknown_year` where the working days are not known.
    pub verdict: String,
    /// Start of the first session that can take it.
    pub session_starts: Option<Moment>,
    /// Its end.
    pub session_ends: Option<Moment>,
    /// Start of the next session from now on.
    pub next_session_starts: Option<Moment>,
    /// Its end.
    pub next_session_ends: Option<Moment>,
    /// Limit of one payment on that day, minor units; absent for none.
    pub limit_minor: Option<i64>,
    /// A system that would take it, where it is over the limit.
    pub suggestion: Option<Channel>,
    /// The day it occurred, in the calendar's zone.
    pub day: Date,
    /// Whether that is a working day.
    pub workday: bool,
    /// The legal holiday on that day.
    pub holiday: Option<String>,
    /// Business day of the system, where it is cut at another time than midnight.
    pub system_business_day: Option<Date>,
    /// When the channel's bill of that day can be fetched.
    pub bill_ready_at: Option<Moment>,
    /// The year of which the least is known among those the answer hangs on.
    pub year: i16,
    /// How much is known of it: `listed`, `provisional`, `unknown`.
    pub year_known: YearKnown,
    /// The calendar.
    pub calendar: String,
    /// Its version in the ledger; 0 for the one that Storno ships.
    pub version: i64,
    /// The verdict in words, and how sure it is.
    pub why: String,
}

/// A channel calendar of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRow {
    /// Version; 0 for the one that Storno ships.
    pub version: i64,
    /// Name.
    pub id: String,
    /// When it was loaded.
    pub loaded_at: Option<Moment>,
    /// By whom.
    pub operator: Option<Operator>,
    /// Whether it adds to what was there.
    pub adds: bool,
    /// Years whose working days it lists.
    pub years: Vec<i16>,
    /// Years of which it lists the days that are holidays by law.
    pub provisional_years: Vec<i16>,
}

/// What the channel calendar says about a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCalendar {
    /// Which.
    pub trade_no: TradeNo,
}

/// The channel calendars of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCalendars {}

/// Loads a channel calendar and puts it in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadCalendar {
    /// Its name, for mistakes.
    pub file: String,
    /// Its text, TOML.
    pub text: String,
}
