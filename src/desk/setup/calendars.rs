//! The channel calendar of a ledger: the one in force, and its verdict on a trade.
//!
//! A ledger uses the calendar that the program ships until one is loaded. Every loaded version is stored,
//! so that earlier verdicts can be explained later.

use crate::desk::handle::Handle;
use crate::desk::in_force::{calendar_over, read_calendar, shipped_calendar};
use crate::desk::ledger::OpenLedger;
use crate::domain::authored;
use crate::domain::calendar::{Calendar, Check, Verdict, YearKnown, limited_minor};
use crate::domain::channel::Channels;
use crate::domain::due::facts_of;
use crate::domain::finding::Note;
use crate::domain::id::TradeNo;
use crate::domain::money::Money;
use crate::domain::rejection::Code;
use crate::domain::trade::Channel;
use crate::i18n;
use crate::protocol::calendars::{CalendarAnswer, CalendarRow, CheckCalendar, ListCalendars, LoadCalendar};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::authored::{AuthoredFile, StoredFile};
use crate::store::positions;

/// Returns the channels that a calendar may name: the ledger's, and those of the shipped calendar, which
/// names payment systems that not every ledger has as channels.
#[must_use]
pub fn calendar_channels(channels: &Channels) -> Vec<Channel> {
    let mut known = Channel::NAMED.to_vec();
    known.extend(channels.codes().filter(|code| !Channel::NAMED.contains(code)));
    known
}

impl OpenLedger {
    /// Loads a calendar file; loading the text in force changes nothing.
    pub(crate) fn calendar_load(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<Vec<CalendarRow>, Refusal> {
        self.load_version(
            context,
            AuthoredFile::Calendar,
            text,
            |ledger| {
                let base = read_calendar(&mut *ledger.engine)?;
                let bad = |mistakes| authored::rejection_as(Code::BadCalendar, mistakes);
                let channels = calendar_channels(&ledger.in_force.channels);
                Ok(Calendar::parse_over(file, text, Some(&base), Some(&channels)).map_err(bad)?)
            },
            |sink, calendar| {
                let (by, at) = (&context.operator, context.now);
                AuthoredFile::Calendar.write(sink, (calendar.id(), text), by, at).map(drop)
            },
        )?;
        self.calendars()
    }

    /// Returns the calendars, the shipped one first.
    pub(crate) fn calendars(&mut self) -> Result<Vec<CalendarRow>, Refusal> {
        let mut base = shipped_calendar()?;
        let row = |calendar: &Calendar, file: Option<&StoredFile>| CalendarRow {
            version: file.map_or(0, |file| file.version),
            id: calendar.id().to_owned(),
            loaded_at: file.map(|file| file.loaded_at),
            operator: file.map(|file| file.operator.clone()),
            adds: file.is_some_and(|file| Calendar::parse_over("", &file.source, None, None).is_err()),
            years: sorted(calendar.years().0),
            provisional_years: sorted(calendar.years().1),
        };
        let mut rows = vec![row(&base, None)];
        for file in AuthoredFile::Calendar.read(&mut *self.engine)? {
            base = calendar_over(&file, &base)?;
            rows.push(row(&base, Some(&file)));
        }
        Ok(rows)
    }

    /// Returns the calendar's verdict on a trade, by its corrected facts.
    pub(crate) fn calendar_check(
        &mut self,
        context: &Context,
        trade_no: &TradeNo,
    ) -> Result<CalendarAnswer, Refusal> {
        let row = self.trade_row(trade_no)?;
        let version = AuthoredFile::Calendar.read(&mut *self.engine)?.last().map_or(0, |last| last.version);
        let trade = &row.trade;
        let amendments =
            positions::positions(&mut *self.engine, row.id, row.id)?.pop().map(|known| known.amendments);
        let facts = facts_of(trade, row.status_now, &amendments.unwrap_or_default())?;
        let (channel, minor) = (facts.channel, facts.amount_minor);
        let limited = limited_minor(Money::new(minor, facts.currency));
        let check = self.in_force.calendar.check(channel, limited, trade.occurred_at, context.now);
        let in_money = |minor| self.in_force.currencies.amount(Money::new(minor, trade.currency));
        let notes = notes(&check, in_money);
        let why: Vec<String> = notes.iter().map(|note| i18n::note(context.lang, note)).collect();
        let suggestion = match check.verdict {
            Some(Verdict::OverLimit { suggestion, .. }) => suggestion,
            _ => None,
        };
        Ok(CalendarAnswer {
            trade_no: trade_no.clone(),
            channel,
            amount_minor: minor,
            currency: trade.currency.code().to_owned(),
            occurred_at: trade.occurred_at,
            status: row.status_now,
            posting: row.posting,
            verdict: verdict_word(check.verdict.as_ref()).to_owned(),
            session_starts: check.session.map(|(starts, _)| starts),
            session_ends: check.session.map(|(_, ends)| ends),
            next_session_starts: check.next_session.map(|(starts, _)| starts),
            next_session_ends: check.next_session.map(|(_, ends)| ends),
            limit_minor: check.limit_minor,
            suggestion,
            day: check.day,
            workday: check.workday,
            holiday: check.holiday,
            system_business_day: check.system_business_day,
            bill_ready_at: check.bill_ready_at,
            year: check.year.0,
            year_known: check.year.1,
            calendar: self.in_force.calendar.id().to_owned(),
            version,
            why: why.join(" "),
        })
    }
}

fn sorted(years: &[i16]) -> Vec<i16> {
    let mut years = years.to_vec();
    years.sort_unstable();
    years
}

const fn verdict_word(verdict: Option<&Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Anytime) => "anytime",
        Some(Verdict::InSession { .. }) => "in_session",
        Some(Verdict::Waiting { .. }) => "waiting",
        Some(Verdict::Late { .. }) => "late",
        Some(Verdict::OverLimit { .. }) => "over_limit",
        None => "unknown_year",
    }
}

/// Returns the verdict as a sentence, with a second one if the calendar does not list the year; `in_money` words
/// minor units of the trade's currency.
fn notes(check: &Check, in_money: impl FnOnce(i64) -> String) -> Vec<Note> {
    let (year, known) = check.year;
    let verdict = match check.verdict {
        Some(Verdict::Anytime) => Note::new("calendar_says.anytime"),
        Some(Verdict::InSession { ends }) => Note::new("calendar_says.in_session").with("ends", ends),
        Some(Verdict::Waiting { starts, ends }) => {
            Note::new("calendar_says.waiting").with("starts", starts).with("ends", ends)
        }
        Some(Verdict::Late { session_ended_at }) => {
            Note::new("calendar_says.late").with("ended", session_ended_at)
        }
        Some(Verdict::OverLimit { system, limit_minor, suggestion }) => {
            let note = Note::new("calendar_says.over_limit")
                .with("system", system)
                .with("limit", in_money(limit_minor));
            match suggestion {
                Some(suggestion) => note.with("instead", suggestion),
                None => note,
            }
        }
        None => return vec![Note::new("calendar_says.unknown_year").with("year", year)],
    };
    let remark = match known {
        YearKnown::Listed => None,
        YearKnown::Provisional => Some(Note::new("calendar_says.provisional").with("year", year)),
        YearKnown::Unknown => Some(Note::new("calendar_says.no_matter").with("year", year)),
    };
    std::iter::once(verdict).chain(remark).collect()
}

impl Handle for CheckCalendar {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trade_no } = self;
        Ok(Box::new(ledger.calendar_check(context, &trade_no)?))
    }
}

impl Handle for ListCalendars {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.calendars()
    }
}

impl Handle for LoadCalendar {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        ledger.calendar_load(context, &file, &text)
    }
}
