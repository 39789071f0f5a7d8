//! The days of a plan with their bills: when each mistake can be made, and where a plan puts it.

use crate::domain::calendar::{Calendar, Verdict};
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use crate::sample::clock::{Clock, DAY};
use crate::sample::description::{Description, OutsideWindow};
use crate::sample::mistake::Mistake;
use crate::sample::plan::{Planting, SamplePlan};
use jiff::civil::Date;

/// Hour of the next day at which the channels' bills arrive.
const BILL_HOUR: i64 = 10;

/// Seconds around midnight, where bills are cut off: no mistake about a bill is planted there.
const CUT: i64 = 3600;

/// Age in seconds at which a missing posting is overdue; a little longer than the grace period of
/// findings.
const MISSED_AFTER: i64 = 900;

/// Age in seconds at which the session of a payout and the grace after it are over, on working days.
const PAID_OUT_AFTER: i64 = 2 * DAY;

/// The days of a plan, with the calendar and the arrival of the bills.
#[derive(Debug, Clone)]
pub(super) struct Timetable<'d> {
    pub calendar: &'d Calendar,
    pub description: &'d Description,
    pub clock: Clock,
    pub now: Moment,
    pub leave_unposted: bool,
    /// Time of the day (`23:50:00`) from which a trade may be left for the next bill.
    pub cut_from: String,
    /// For how many days bills stand until a trade that waits for its line is overdue.
    pub waiting_days: u16,
    /// Seconds from the end of a payout's session until news of it are overdue.
    pub payout_grace: i64,
    /// Channels with bills by which money comes in and whose day ends at midnight, as that of a trade does.
    pub to_midnight: Vec<Channel>,
    /// The bill that never comes, by channel and day, if there is one.
    pub lost: Option<(Channel, Date)>,
}

impl Timetable<'_> {
    /// Returns whether the channels' bills of a day have arrived.
    pub fn billed(&self, day: Date) -> bool {
        day <= self.clock.last_day
            && self
                .clock
                .at(day.saturating_add(jiff::Span::new().days(1)), BILL_HOUR * 3600)
                .is_ok_and(|there| there <= self.now)
    }

    /// Returns when the bills of a day arrive.
    pub fn bill_time(&self, day: Date) -> Moment {
        let next = day.saturating_add(jiff::Span::new().days(1));
        self.clock.at(next, BILL_HOUR * 3600).unwrap_or(self.now).min(self.now)
    }

    /// Returns the channel whose bill of that day never comes.
    pub fn lost_on(&self, day: Date) -> Option<Channel> {
        self.lost.filter(|(_, lost)| *lost == day).map(|(channel, _)| channel)
    }

    /// Draws the bill that never comes, if the plan wants one: between days with bills, of which enough follow
    /// for a trade of the day before to be overdue.
    pub fn lose_a_bill(&mut self, plan: &SamplePlan, rng: &mut fastrand::Rng) {
        let wanted = match &plan.planted {
            Planting::None => false,
            Planting::OneOfEach => true,
            Planting::Random => plan.errors.parts() > 0,
            Planting::Chosen(chosen) => chosen.iter().any(|(mistake, _)| mistake.of_a_bill()),
        };
        let days: Vec<Date> = self.clock.days().filter(|day| self.billed(*day)).collect();
        let last = days.len().saturating_sub(usize::from(self.waiting_days).saturating_sub(1).max(1));
        let mut channels: Vec<Channel> =
            self.description.billing().into_iter().map(|(channel, _)| channel).collect();
        channels.retain(|channel| self.to_midnight.contains(channel));
        if wanted && last > 1 && !channels.is_empty() {
            let day = days.get(rng.usize(1..last)).copied();
            self.lost = channels.get(rng.usize(0..channels.len())).copied().zip(day);
        }
    }

    fn last_billed(&self) -> Option<Date> {
        self.clock.days().rev().find(|day| self.billed(*day))
    }

    /// Returns the payment system whose limit the large payment of the description exceeds on that day, and
    /// its amount in minor units.
    pub fn limited(&self, day: Date) -> Option<(Channel, i64)> {
        let over = self.description.over_limit.as_ref()?;
        let exceeded = |system: &&Channel| {
            self.calendar.limit_minor(**system, day).is_some_and(|limit| limit < over.amount_minor)
        };
        over.channels.iter().find(exceeded).map(|system| (*system, over.amount_minor))
    }

    /// Returns whether a mistake can be made at that moment and is reported with its own cause now.
    pub fn allows(&self, mistake: Mistake, at: Moment) -> bool {
        let local = at.in_zone(&self.clock.zone).local();
        let (day, time) = (local.date(), local.time());
        let second = i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        let is_lost = |day: Date| self.lost_on(day).is_some();
        let at_channel = || self.billed(day) && !is_lost(day) && (CUT..DAY - CUT).contains(&second);
        let is_late =
            || format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second()) >= self.cut_from;
        let next = day.saturating_add(jiff::Span::new().days(1));
        if !self.description.knows(mistake) || (self.leave_unposted && mistake.needs_voucher()) {
            return false;
        }
        if mistake.in_books() {
            let least = match mistake {
                Mistake::Unposted => MISSED_AFTER,
                Mistake::PayoutOverdue => PAID_OUT_AFTER,
                _ => -1,
            };
            return self.now.seconds_since(at) > least;
        }
        match mistake {
            Mistake::CutOver => Some(day) == self.last_billed() && is_late(),
            Mistake::StatementMissing => is_lost(day),
            Mistake::Overdue => is_lost(next) && is_late(),
            Mistake::DateDiff => at_channel() && self.billed(next) && !is_lost(next),
            Mistake::OutsideWindow => {
                self.description.outside_window.is_some_and(|OutsideWindow { channel, amount_minor }| {
                    let answer = self.calendar.answer(channel, amount_minor, at, self.now);
                    matches!(answer, Verdict::Waiting { .. })
                })
            }
            Mistake::OverLimit => self.limited(day).is_some_and(|(system, amount)| {
                matches!(self.calendar.answer(system, amount, at, self.now), Verdict::OverLimit { .. })
            }),
            _ => at_channel(),
        }
    }

    /// Returns day, second and kind of the planned mistakes, in order of time. Mistakes that fit nowhere
    /// are left out.
    pub fn schedule(&self, plan: &SamplePlan, rng: &mut fastrand::Rng) -> Vec<(Date, i64, Mistake)> {
        let wanted: Vec<(Mistake, u32)> = match &plan.planted {
            Planting::None => return Vec::new(),
            // What is about a whole bill is not drawn trade by trade.
            Planting::Random => {
                Mistake::ALL.iter().filter(|one| one.of_a_bill()).map(|one| (*one, 1)).collect()
            }
            Planting::OneOfEach => self.description.mistakes().map(|mistake| (mistake, 1)).collect(),
            Planting::Chosen(chosen) => chosen.clone(),
        };
        let most = usize::try_from(plan.trades / 2).unwrap_or(usize::MAX);
        let mut moments: Vec<(Date, i64, Mistake)> = wanted
            .into_iter()
            .filter(|(mistake, _)| self.description.knows(*mistake))
            .flat_map(|(mistake, count)| (0..count).map(move |_| mistake))
            .filter_map(|mistake| self.moment_for(mistake, rng).map(|(day, second)| (day, second, mistake)))
            .take(most)
            .collect();
        moments.sort_unstable();
        moments
    }

    fn moment_for(&self, mistake: Mistake, rng: &mut fastrand::Rng) -> Option<(Date, i64)> {
        const TRIES: usize = 200;
        let days: Vec<Date> = self.clock.days().collect();
        let billed = days.iter().filter(|day| self.billed(**day)).count();
        match mistake {
            Mistake::OutsideWindow => return self.last_waiting_moment(),
            Mistake::CutOver | Mistake::Overdue => {
                let before_lost = || self.lost?.1.checked_sub(jiff::Span::new().days(1)).ok();
                let day = if mistake == Mistake::CutOver { self.last_billed()? } else { before_lost()? };
                return (0..TRIES)
                    .map(|_| (day, rng.i64(DAY - 600..DAY)))
                    .find(|moment| self.fits(mistake, *moment));
            }
            _ => {}
        }
        // An unposted trade keeps its day from being closed, so it goes on the last two days. Refunds
        // need earlier payments, so they do not go on the first day.
        let range = match mistake {
            Mistake::Unposted | Mistake::OverLimit => days.len().saturating_sub(2)..days.len(),
            Mistake::PayoutOverdue if days.len() > 3 => 1..days.len() - 2,
            _ if mistake.needs_past_payment() && billed > 1 => 1..billed,
            _ if billed > 0 => 0..billed,
            _ => 0..days.len(),
        };
        let mut draw = |range: std::ops::Range<usize>| {
            (0..TRIES).map(|_| (rng.usize(range.clone()), rng.i64(9 * 3600..21 * 3600))).find_map(
                |(day, second)| {
                    let moment = (*days.get(day)?, second);
                    self.fits(mistake, moment).then_some(moment)
                },
            )
        };
        draw(range).or_else(|| draw(0..days.len()))
    }

    fn fits(&self, mistake: Mistake, (day, second): (Date, i64)) -> bool {
        second < self.clock.seconds(day) && self.is_allowed(mistake, (day, second))
    }

    fn is_allowed(&self, mistake: Mistake, (day, second): (Date, i64)) -> bool {
        self.clock.at(day, second).is_ok_and(|at| self.allows(mistake, at))
    }

    /// Returns the latest moment at which a large payment waits for its window now, in the evening if
    /// possible. It may lie in the quiet time before now: right after the system's close there is no
    /// other.
    fn last_waiting_moment(&self) -> Option<(Date, i64)> {
        const STEP: usize = 60;
        // No session is longer than a day, and there is a gap before each.
        const NEAR: usize = 2 * 86_400 / STEP;
        let until_now = Clock { until: self.now, ..self.clock.clone() };
        let moments = || {
            until_now.days().rev().flat_map(|day| {
                let seconds = (0..until_now.seconds(day)).rev().step_by(STEP);
                seconds.map(move |second| (day, second))
            })
        };
        let evening = |second: i64| (17 * 3600..21 * 3600).contains(&second);
        let fits = |moment: &(Date, i64)| self.is_allowed(Mistake::OutsideWindow, *moment);
        moments()
            .take(NEAR)
            .filter(|(_, second)| evening(*second))
            .find(fits)
            .or_else(|| moments().take(NEAR).find(fits))
    }
}
