//! Everything the calendar knows about one payment: the verdict, the session, the limit, and how reliable
//! they are.

use super::{Calendar, Days, FirstSession, Verdict, YearKnown, minutes_after};
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use jiff::civil::Date;

/// Everything the calendar says about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The verdict; `None` if it depends on working days of a year that is not in the calendar.
    pub verdict: Option<Verdict>,
    /// First session that can take it.
    pub session: Option<(Moment, Moment)>,
    /// The session after the one that is open or has just ended.
    pub next_session: Option<(Moment, Moment)>,
    /// Limit on the day it occurred, in minor units of CNY; `None` for no limit.
    pub limit_minor: Option<i64>,
    /// The day it occurred in the calendar's zone.
    pub day: Date,
    /// Whether that is a working day, as far as the calendar knows.
    pub workday: bool,
    /// The statutory holiday on that day.
    pub holiday: Option<String>,
    /// Business day of the system, if it does not end at midnight.
    pub system_business_day: Option<Date>,
    /// Time from which the channel's bill of that day can be downloaded.
    pub bill_ready_at: Option<Moment>,
    /// The least known year that the answer depends on, and how much is known of it.
    pub year: (i16, YearKnown),
}

impl Calendar {
    /// Checks a payment.
    #[must_use]
    pub fn check(&self, channel: Channel, amount_minor: i64, occurred_at: Moment, now: Moment) -> Check {
        let local = occurred_at.in_zone(&self.zone);
        let day = local.date();
        let session = match self.first_session(channel, amount_minor, occurred_at) {
            FirstSession::Session { starts, ends } => Some((starts, ends)),
            FirstSession::NoWindow | FirstSession::OverLimit { .. } => None,
        };
        let next_session = self.session_after(channel, session.map_or(now, |(_, ends)| ends.max(now)));
        let year = self.least_known(day, session.map_or(day, |(_, ends)| ends.in_zone(&self.zone).date()));
        let guessed = year.1 == YearKnown::Unknown && self.asks_for_workdays(channel, day);
        let verdict = (!guessed).then(|| self.answer(channel, amount_minor, occurred_at, now));
        Check {
            verdict,
            session: session.filter(|_| !guessed),
            next_session: next_session.filter(|_| !guessed),
            limit_minor: self.limit_minor(channel, day),
            day,
            workday: self.is_workday(day),
            holiday: self.holiday(day).map(str::to_owned),
            system_business_day: self.system_business_day(channel, local),
            bill_ready_at: self.bill_ready_at(channel, day),
            year,
        }
    }

    /// Returns the first session that begins at or after a moment.
    fn session_after(&self, channel: Channel, moment: Moment) -> Option<(Moment, Moment)> {
        let first_day = moment.in_zone(&self.zone).date();
        first_day
            .series(jiff::Span::new().days(1))
            .take(super::HORIZON_DAYS)
            .flat_map(|day| self.sessions(channel, day))
            .find(|(starts, _)| *starts >= moment)
    }

    /// Returns the least known of the years that a payment touches; the earlier one if two are alike.
    fn least_known(&self, from: Date, to: Date) -> (i16, YearKnown) {
        (from.year()..=to.year())
            .map(|year| (year, self.year_known(year)))
            .reduce(|least, next| if next.1 > least.1 { next } else { least })
            .unwrap_or((from.year(), self.year_known(from.year())))
    }

    /// Returns whether a system's hours or limits on that day differ between working days and other days.
    fn asks_for_workdays(&self, channel: Channel, day: Date) -> bool {
        let windows = self.windows.iter().any(|window| {
            window.system == channel && window.validity.in_force(day) && window.days == Days::Workdays
        });
        windows
            || self.limits.iter().any(|limit| {
                limit.system == channel && limit.validity.in_force(day) && limit.workday != limit.off_day
            })
    }

    fn system_business_day(&self, channel: Channel, local: Moment) -> Option<Date> {
        let day = local.date();
        let cut = self
            .windows
            .iter()
            .find(|window| window.system == channel && window.validity.in_force(day))?
            .business_day_cut?;
        if local.local() >= minutes_after(day, cut)? { day.tomorrow().ok() } else { Some(day) }
    }

    /// Returns the time from which the channel's bill of a day can be downloaded.
    #[must_use]
    pub fn bill_ready_at(&self, channel: Channel, day: Date) -> Option<Moment> {
        let bill = self.bills.iter().find(|bill| bill.channel == channel && bill.validity.in_force(day))?;
        Moment::from_local(minutes_after(day.tomorrow().ok()?, bill.ready)?, &self.zone).ok()
    }
}
