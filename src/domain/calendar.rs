//! The channel calendar: when the payment systems take payments, up to which amount, and which days are
//! working days.
//!
//! A payout by the large-value system at half past six in the evening is neither forgotten nor late: it
//! waits for the session that opens the same night. From a file of dated rows (`calendar.toml` of a
//! template) the calendar answers whether a payment could be taken when it occurred, which session takes it
//! otherwise, and whether that session is over.
//!
//! Sources of the shipped file: the People's Bank's notices on HVPS, BEPS and IBPS hours and limits, and
//! the State Council's yearly holiday notices. Rows without a confirmed start date are kept as data and not
//! used.
//!
//! Times are in the calendar's own zone, not the ledger's. A session is open from its start up to, but not
//! including, its end. Amounts are minor units of CNY.

mod check;
mod file;
mod supplement;
#[cfg(test)]
mod tests;

pub use check::Check;

use super::money::{Currency, Money};
use super::period::Moment;
use super::trade::Channel;
use super::vocabulary::vocabulary;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many days ahead to look for a session. The longest closed period known is a nine-day Spring
/// Festival.
const HORIZON_DAYS: usize = 40;

vocabulary! {
    /// How reliable the facts of a row are.
    Confidence, "confidence" {
        /// Published by the operator of the system.
        Confirmed = "confirmed",
        /// Reported by several sources, but not found in an official text.
        Likely = "likely",
        /// Known to exist, but its start or figure is not confirmed; used only if it has a start date.
        Uncertain = "uncertain",
    }
}

vocabulary! {
    /// How much is known of a year's working days.
    YearKnown, "year" {
        /// Holidays and make-up days are listed as in the State Council's notice.
        Listed = "listed",
        /// Only the statutory holidays are listed; the notice with days off and make-up days is not
        /// published yet.
        Provisional = "provisional",
        /// The calendar has nothing about the year.
        Unknown = "unknown",
    }
}

vocabulary! {
    /// The days a window opens for.
    Days, "days" {
        /// Working days including make-up days, without statutory holidays.
        Workdays = "workdays",
        /// Every day.
        All = "all",
    }
}

/// What the calendar says about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// The channel has no service window.
    Anytime,
    /// It occurred in a session that has not ended.
    InSession {
        /// End of the session.
        ends: Moment,
    },
    /// It occurred outside of a session; the first session that can take it has not ended and may have
    /// begun.
    Waiting {
        /// Start of that session.
        starts: Moment,
        /// Its end.
        ends: Moment,
    },
    /// The first session that could take it has ended.
    Late {
        /// End of that session.
        session_ended_at: Moment,
    },
    /// It is above the system's limit for one payment on that kind of day.
    OverLimit {
        /// The system.
        system: Channel,
        /// Its limit in minor units.
        limit_minor: i64,
        /// Another system that would take it.
        suggestion: Option<Channel>,
    },
}

/// Service windows, limits, closures and working days.
#[derive(Debug, Clone)]
pub struct Calendar {
    id: String,
    zone: TimeZone,
    windows: Vec<Window>,
    limits: Vec<Limit>,
    closures: Vec<Closure>,
    holidays: Vec<Holiday>,
    worked: BTreeSet<Date>,
    years: Vec<i16>,
    provisional_years: Vec<i16>,
    bills: Vec<Bill>,
    /// Seconds after a session's end until a payment counts as late.
    grace_seconds: i64,
}

/// Days on which a row is in force; both ends are included, a missing one is unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Validity {
    from: Option<Date>,
    to: Option<Date>,
    confidence: Confidence,
}

/// Opening hours of a system.
#[derive(Debug, Clone)]
struct Window {
    system: Channel,
    validity: Validity,
    days: Days,
    /// Minutes after midnight.
    opens: i64,
    /// Whether it opens on the natural day before the day it serves.
    opens_day_before: bool,
    /// Minutes after midnight.
    closes: i64,
    /// Minutes after midnight from which items belong to the next business day.
    business_day_cut: Option<i64>,
}

/// When a channel's bill of a day can be fetched.
#[derive(Debug, Clone)]
struct Bill {
    channel: Channel,
    validity: Validity,
    /// Minutes after midnight of the day after.
    ready: i64,
}

/// Returns the amount that limits are compared with, in minor units. They are in CNY, and none binds an
/// amount in another currency, which counts as zero.
#[must_use]
pub fn limited_minor(amount: Money) -> i64 {
    if amount.currency == Currency::CNY { amount.minor } else { 0 }
}

/// The most that a system takes in one payment, in minor units; `None` for no limit.
#[derive(Debug, Clone)]
struct Limit {
    system: Channel,
    validity: Validity,
    workday: Option<i64>,
    off_day: Option<i64>,
}

/// A period in which a system takes no payments.
#[derive(Debug, Clone)]
struct Closure {
    systems: Vec<Channel>,
    from: DateTime,
    to: DateTime,
}

#[derive(Debug, Clone)]
struct Holiday {
    name: String,
    from: Date,
    to: Date,
}

/// The first session that could take a payment.
enum FirstSession {
    NoWindow,
    Session { starts: Moment, ends: Moment },
    OverLimit { limit_minor: i64 },
}

impl Validity {
    fn in_force(&self, date: Date) -> bool {
        self.used() && self.from.is_none_or(|from| from <= date) && self.to.is_none_or(|to| date <= to)
    }

    fn used(&self) -> bool {
        self.confidence != Confidence::Uncertain || self.from.is_some()
    }

    fn overlaps(&self, other: &Self) -> bool {
        let starts_before_end = |a: &Self, b: &Self| match (a.from, b.to) {
            (Some(from), Some(to)) => from <= to,
            _ => true,
        };
        self.used() && other.used() && starts_before_end(self, other) && starts_before_end(other, self)
    }
}

impl Calendar {
    /// Returns the name of the calendar.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the years whose working days are listed, and those with only the statutory holidays.
    #[must_use]
    pub fn years(&self) -> (&[i16], &[i16]) {
        (&self.years, &self.provisional_years)
    }

    /// Returns the zone of its times.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Returns whether it is a working day: make-up days are, statutory holidays and other weekends are
    /// not.
    #[must_use]
    pub fn is_workday(&self, date: Date) -> bool {
        if self.worked.contains(&date) {
            return true;
        }
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && self.holiday(date).is_none()
    }

    /// Returns the name of the statutory holiday on that day.
    #[must_use]
    pub fn holiday(&self, date: Date) -> Option<&str> {
        let holiday = self.holidays.iter().find(|holiday| (holiday.from..=holiday.to).contains(&date));
        holiday.map(|holiday| holiday.name.as_str())
    }

    /// Returns whether the holidays of that year are listed. In other years every Monday to Friday counts
    /// as a working day, which is wrong around holidays.
    #[must_use]
    pub fn knows_year(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// How much is known of a year's working days.
    #[must_use]
    pub fn year_known(&self, year: i16) -> YearKnown {
        if self.knows_year(year) {
            YearKnown::Listed
        } else if self.provisional_years.contains(&year) {
            YearKnown::Provisional
        } else {
            YearKnown::Unknown
        }
    }

    /// Returns the calendar with another grace period: seconds after a session's end until a payment counts
    /// as late.
    #[must_use]
    pub fn with_grace(mut self, seconds: i64) -> Self {
        self.grace_seconds = seconds;
        self
    }

    /// What a system takes in one payment on that day, minor units; `None` for no limit.
    #[must_use]
    pub fn limit_minor(&self, system: Channel, date: Date) -> Option<i64> {
        let limit =
            self.limits.iter().find(|limit| limit.system == system && limit.validity.in_force(date))?;
        if self.is_workday(date) { limit.workday } else { limit.off_day }
    }

    /// Returns whether a payment of that time is in time, waiting, late, or too large for its system.
    #[must_use]
    pub fn answer(&self, channel: Channel, amount_minor: i64, occurred_at: Moment, now: Moment) -> Verdict {
        match self.first_session(channel, amount_minor, occurred_at) {
            FirstSession::NoWindow => Verdict::Anytime,
            FirstSession::OverLimit { limit_minor } => Verdict::OverLimit {
                system: channel,
                limit_minor,
                suggestion: self.suggestion(channel, amount_minor, occurred_at),
            },
            FirstSession::Session { ends, .. } if ends.plus_seconds(self.grace_seconds) < now => {
                Verdict::Late { session_ended_at: ends }
            }
            FirstSession::Session { starts, ends } if occurred_at < starts => {
                Verdict::Waiting { starts, ends }
            }
            FirstSession::Session { ends, .. } => Verdict::InSession { ends },
        }
    }

    /// Returns when the session ends that takes a payment; the end of its day by a channel without windows,
    /// or if no session takes it.
    #[must_use]
    pub fn session_end(&self, channel: Channel, amount_minor: i64, occurred_at: Moment) -> Moment {
        if let FirstSession::Session { ends, .. } = self.first_session(channel, amount_minor, occurred_at) {
            return ends;
        }
        let midnight = occurred_at.in_zone(&self.zone).date().tomorrow().ok();
        let midnight = midnight.map(|day| day.to_datetime(jiff::civil::Time::midnight()));
        midnight.and_then(|local| Moment::from_local(local, &self.zone).ok()).unwrap_or(occurred_at)
    }

    /// Returns the first second at which a payment counts as late that nothing took: after the end of its session and
    /// the grace.
    #[must_use]
    pub fn late_from(&self, channel: Channel, amount_minor: i64, occurred_at: Moment) -> Moment {
        self.session_end(channel, amount_minor, occurred_at).plus_seconds(self.grace_seconds + 1)
    }

    /// Returns whether a payment could be taken when it occurred: inside a session and within the limit, or
    /// by a channel without windows.
    #[must_use]
    pub fn occurred_in_session(&self, channel: Channel, amount_minor: i64, occurred_at: Moment) -> bool {
        match self.first_session(channel, amount_minor, occurred_at) {
            FirstSession::NoWindow => true,
            FirstSession::Session { starts, .. } => starts <= occurred_at,
            FirstSession::OverLimit { .. } => false,
        }
    }

    /// Returns another system that would take the payment; the first in the order of the file.
    fn suggestion(&self, channel: Channel, amount_minor: i64, occurred_at: Moment) -> Option<Channel> {
        let others = self.windows.iter().map(|window| window.system).filter(|system| *system != channel);
        others.into_iter().find(|system| {
            matches!(self.first_session(*system, amount_minor, occurred_at), FirstSession::Session { .. })
        })
    }

    /// Returns the first session that is open at `occurred_at` or opens after it. The limit is that of the
    /// day on which the payment is taken: at once if the session is open, at its start otherwise.
    fn first_session(&self, channel: Channel, amount_minor: i64, occurred_at: Moment) -> FirstSession {
        let first_day = occurred_at.in_zone(&self.zone).date();
        for day in first_day.series(jiff::Span::new().days(1)).take(HORIZON_DAYS) {
            let sessions = self.sessions(channel, day);
            let Some((starts, ends)) = sessions.into_iter().find(|(_, ends)| occurred_at < *ends) else {
                continue;
            };
            let taken_on = starts.max(occurred_at).in_zone(&self.zone).date();
            return match self.limit_minor(channel, taken_on) {
                Some(limit_minor) if amount_minor > limit_minor => FirstSession::OverLimit { limit_minor },
                _ => FirstSession::Session { starts, ends },
            };
        }
        FirstSession::NoWindow
    }

    /// Returns the sessions that serve `day`, without closures, in order.
    fn sessions(&self, channel: Channel, day: Date) -> Vec<(Moment, Moment)> {
        let serves = |window: &&Window| {
            window.system == channel
                && window.validity.in_force(day)
                && (window.days == Days::All || self.is_workday(day))
        };
        let opening = |window: &Window| {
            let opening_day = if window.opens_day_before { day.yesterday().ok()? } else { day };
            Some((minutes_after(opening_day, window.opens)?, minutes_after(day, window.closes)?))
        };
        let mut sessions: Vec<(DateTime, DateTime)> =
            self.windows.iter().filter(serves).filter_map(opening).collect();
        for closure in self.closures.iter().filter(|closure| closure.systems.contains(&channel)) {
            sessions = sessions.into_iter().flat_map(|session| closure.cut(session)).collect();
        }
        sessions.sort_unstable();
        let moment = |local| Moment::from_local(local, &self.zone).ok();
        sessions.into_iter().filter_map(|(starts, ends)| moment(starts).zip(moment(ends))).collect()
    }
}

impl Closure {
    /// Returns what is left of a session: the parts before and after the closure.
    fn cut(&self, (starts, ends): (DateTime, DateTime)) -> impl Iterator<Item = (DateTime, DateTime)> {
        let before = (starts, ends.min(self.from));
        let after = (starts.max(self.to), ends);
        [before, after].into_iter().filter(|(starts, ends)| starts < ends)
    }
}

fn minutes_after(day: Date, minutes: i64) -> Option<DateTime> {
    day.to_datetime(jiff::civil::Time::midnight()).checked_add(jiff::Span::new().minutes(minutes)).ok()
}
