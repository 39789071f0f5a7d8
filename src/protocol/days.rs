//! Accounting days, what keeps one from closing, and the months and years that are locked.

use crate::domain::id::Operator;
use crate::domain::period::{DayState, Moment, Period};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An accounting day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day.
    pub day: Date,
    /// Its state.
    pub state: DayState,
    /// Events of it that should be booked and are not.
    pub unposted: i64,
    /// Cases about its trades that are not over.
    pub open_cases: i64,
    /// What keeps it from closing: both together.
    pub blockers: i64,
    /// When it was cut over.
    #[serde(default)]
    pub cut_at: Option<Moment>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Moment>,
}

impl DayRow {
    /// A day with nothing in its way yet.
    #[must_use]
    pub const fn new(day: Date, state: DayState) -> Self {
        Self { day, state, unposted: 0, open_cases: 0, blockers: 0, cut_at: None, closed_at: None }
    }

    /// The day with so many events to book and cases to settle.
    #[must_use]
    pub const fn blocked(self, unposted: i64, open_cases: i64) -> Self {
        Self { unposted, open_cases, blockers: unposted + open_cases, ..self }
    }
}

/// A check of a day's close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheck {
    /// Which: `earlier`, `due`, `cases`, `trial_balance`, `chain`.
    pub check: String,
    /// Whether nothing is in the way.
    pub ok: bool,
    /// In words.
    pub text: String,
}

/// A locked month or year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRow {
    /// `2018-09` or `2018`.
    pub period: Period,
    /// When it was locked.
    pub closed_at: Moment,
    /// By whom.
    pub closed_by: Operator,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash: with `head_seq` the period's closing seal.
    pub head_hash: String,
}

/// A day's close, or opening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAnswer {
    /// The day.
    pub day: Date,
    /// Its state now.
    pub state: DayState,
    /// Place of the last voucher.
    pub head_seq: i64,
    /// Its hash: with `head_seq` the day's closing seal.
    pub head_hash: String,
}

/// The accounting days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDays {}

/// Opens a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDay {
    /// Which.
    pub day: Date,
}

/// Cuts a day over: it takes no postings from then on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutDay {
    /// Which.
    pub day: Date,
}

/// The checks of a day's close, without closing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDay {
    /// Which.
    pub day: Date,
}

/// Locks a month or a year for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// Which.
    pub period: Period,
}

/// The locked months and years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPeriods {}

/// Closes a day for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseDay {
    /// Which.
    pub day: Date,
}
