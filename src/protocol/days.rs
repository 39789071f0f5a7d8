//! Accounting days and what keeps them from closing; locked months and years.

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
    /// Due events of the day that are not booked.
    pub unposted: i64,
    /// Cases about trades of the day that are not over.
    pub open_cases: i64,
    /// Unposted events and cases together: what keeps the day from closing.
    pub blockers: i64,
    /// When it was cut over.
    #[serde(default)]
    pub cut_at: Option<Moment>,
    /// When it was closed.
    #[serde(default)]
    pub closed_at: Option<Moment>,
}

impl DayRow {
    /// Returns a day without blockers.
    #[must_use]
    pub const fn new(day: Date, state: DayState) -> Self {
        Self { day, state, unposted: 0, open_cases: 0, blockers: 0, cut_at: None, closed_at: None }
    }

    /// Returns the day with these numbers of unposted events and cases.
    #[must_use]
    pub const fn blocked(self, unposted: i64, open_cases: i64) -> Self {
        Self { unposted, open_cases, blockers: unposted + open_cases, ..self }
    }
}

/// A check of a day's close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheck {
    /// Name of the check: `earlier`, `due`, `cases`, `trial_balance`, `chain`.
    pub check: String,
    /// Whether the check passed.
    pub ok: bool,
    /// The result in words.
    pub text: String,
}

/// A locked month or year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRow {
    /// `2018-09` or `2018`.
    pub period: Period,
    /// When it was locked.
    pub closed_at: Moment,
    /// The operator who locked it.
    pub closed_by: Operator,
    /// Sequence number of the last voucher.
    pub head_seq: i64,
    /// Hash of the last voucher: with `head_seq` the seal of the period.
    pub head_hash: String,
}

/// A day after it was opened, cut over or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAnswer {
    /// The day.
    pub day: Date,
    /// Its state now.
    pub state: DayState,
    /// Sequence number of the last voucher.
    pub head_seq: i64,
    /// Hash of the last voucher: with `head_seq` the seal of the day.
    pub head_hash: String,
}

/// Requests the accounting days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDays {}

/// Opens a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenDay {
    /// The day.
    pub day: Date,
}

/// Cuts a day over (日切): it takes no postings afterwards; they are dated on the next day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutDay {
    /// The day.
    pub day: Date,
}

/// Runs the checks of a day's close without closing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckDay {
    /// The day.
    pub day: Date,
}

/// Locks a month or a year for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosePeriod {
    /// The month or year.
    pub period: Period,
}

/// Requests the locked months and years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPeriods {}

/// Closes a day for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseDay {
    /// The day.
    pub day: Date,
}
