//! What the calendar knows about one payment, told whole: the verdict, the session, the limit, and how sure it is.

use super::{Calendar, Days, Taking, Verdict, YearKnown, minutes_after};
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use jiff::civil::Date;

/// Everything the calendar says about a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The verdict; `None` where it would hang on working days of a year that is not in the calendar.
    pub verdict: Option<Verdict>,
    /// First session that can take it.
    pub session: Option<(Moment, Moment)>,
    /// The session after the one that is open or over now.
    pub next_session: Option<(Moment, Moment)>,
    /// Limit on the day it occurred, minor units of CNY; `None` for none.
    pub limit_minor: Option<i64>,
    /// The day it occurred in the calendar's zone.
    pub day: Date,
    /// Whether that is a working day, as far as is known.
    pub workday: bool,
    /// The legal holiday on that day.
    pub holiday: Option<String>,
    /// Business day of the system, where it is cut at another time than midnight.
    pub system_business_day: Option<Date>,
    /// When the channel's bill of that day can be fetched.
    pub bill_ready_at: Option<Moment>,
    /// The least known year that the answer hangs on, and how much is known of it.
    pub year: (i16, YearKnown),
}

impl Calendar {
    /// Looks a payment up.
    #[must_use]
    pub fn check(&self, channel: Channel, amount_minor: i64, occurred_at: Moment, now: Moment) -> Check {
        let local = occurred_at.in_zone(&self.zone);
        let day = local.date();
        let session = match self.taking(channel, amount_minor, occurred_at) {
            Taking::Session { starts, ends } => Some((starts, ends)),
            Taking::NoWindow | Taking::OverLimit { .. } => None,
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

    /// The first session that begins at or after a moment.
    fn session_after(&self, channel: Channel, moment: Moment) -> Option<(Moment, Moment)> {
        let first_day = moment.in_zone(&self.zone).date();
        first_day
            .series(jiff::Span::new().days(1))
            .take(super::HORIZON_DAYS)
            .flat_map(|day| self.sessions(channel, day))
            .find(|(starts, _)| *starts >= moment)
    }

    /// Of the years a payment touches, the one of which least is known; the earlier of two alike.
    fn least_known(&self, from: Date, to: Date) -> (i16, YearKnown) {
        (from.year()..=to.year())
            .map(|year| (year, self.year_known(year)))
            .reduce(|least, next| if next.1 > least.1 { next } else { least })
            .unwrap_or((from.year(), self.year_known(from.year())))
    }

    /// Whether a system's hours or limits on that day tell working days from others.
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

    /// When the channel's bill of a day can be fetched.
    #[must_use]
    pub fn bill_ready_at(&self, channel: Channel, day: Date) -> Option<Moment> {
        let bill = self.bills.iter().find(|bill| bill.channel == channel && bill.validity.in_force(day))?;
        Moment::from_local(minutes_after(day.tomorrow().ok()?, bill.ready)?, &self.zone).ok()
    }
}
