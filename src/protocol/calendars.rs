//! What the channel calendar says about a trade, and the calendars in the ledger.

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
    /// `anytime`, `in_session`, `waiting`, `late`, `over_limit`, or `unknown_year` if the working days
    /// are not known.
    pub verdict: String,
    /// Start of the first session that accepts it.
    pub session_starts: Option<Moment>,
    /// End of that session.
    pub session_ends: Option<Moment>,
    /// Start of the next session, seen from now.
    pub next_session_starts: Option<Moment>,
    /// End of the next session.
    pub next_session_ends: Option<Moment>,
    /// Limit of one payment on that day, in minor units; `None` if there is no limit.
    pub limit_minor: Option<i64>,
    /// A system that takes the amount, if it is over the limit of its own.
    pub suggestion: Option<Channel>,
    /// Its day in the calendar's time zone.
    pub day: Date,
    /// Whether that is a working day.
    pub workday: bool,
    /// The legal holiday on that day.
    pub holiday: Option<String>,
    /// Business day of the system, if its day does not end at midnight.
    pub system_business_day: Option<Date>,
    /// When the channel's bill of that day can be downloaded.
    pub bill_ready_at: Option<Moment>,
    /// Of the years that the answer depends on, the one of which the least is known.
    pub year: i16,
    /// How much of that year is known: `listed`, `provisional`, `unknown`.
    pub year_known: YearKnown,
    /// Name of the calendar.
    pub calendar: String,
    /// Version of the calendar in the ledger; 0 for the default one of the program.
    pub version: i64,
    /// The verdict in words, and how certain it is.
    pub why: String,
}

/// A channel calendar of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarRow {
    /// Version; 0 for the default calendar of the program.
    pub version: i64,
    /// Name.
    pub id: String,
    /// When it was loaded.
    pub loaded_at: Option<Moment>,
    /// The operator who loaded it.
    pub operator: Option<Operator>,
    /// Whether it adds to the calendar that was in force.
    pub adds: bool,
    /// Years whose working days it lists.
    pub years: Vec<i16>,
    /// Years for which it lists only the holidays by law.
    pub provisional_years: Vec<i16>,
}

/// Requests what the channel calendar says about a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckCalendar {
    /// Number of the trade.
    pub trade_no: TradeNo,
}

/// Requests the channel calendars of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCalendars {}

/// Loads a channel calendar and puts it in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadCalendar {
    /// File name, for error messages.
    pub file: String,
    /// Text of the calendar, TOML.
    pub text: String,
}
