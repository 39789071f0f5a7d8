//! Plans one batch of postings: which events are due, and their vouchers by the rules.
//!
//! A posting is dated on its business day if that still takes postings, otherwise on the running day: after
//! the cut-over (日切) that is the next day ([`posting_day`]).

use crate::desk::in_force::InForce;
use crate::domain::dating::{event_day, posting_day};
use crate::domain::due::{Due, NotDue, contradiction_note, facts_of};
use crate::domain::event::Event;
use crate::domain::kind::{Arises, fixed_number};
use crate::domain::money::Money;
use crate::domain::own_clearing::OwnClearing;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{TradeKind, TradeStatus};
use crate::domain::undoing::undoes_what_undid;
use crate::domain::voucher::{Draft, Mode, VoucherKind};
use crate::protocol::context::Context;
use crate::protocol::posting::Refused;
use crate::store::append::{Appender, Refs};
use crate::store::engine::tape::{Recorder, Tape};
use crate::store::unposted::Unposted;
use crate::store::{
    Engine, Reader, Sink, StoreError, amendments, answered, events, relatives, suspense, unposted,
};
use jiff::civil::Date;

/// Most refusals reported one by one; `findings` shows all of them.
pub(super) const MAX_REFUSED: usize = 1000;

/// Which events are booked. Clearing is apart from posting: other operators may do it at another time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// All events except clearings.
    Posting,
    /// Clearings, also of trades without a clearing event so far: booking it is what clears them.
    Clearing,
    /// The events of a kind that come to be by its own clearing, or by settlement.
    OwnClearing(OwnClearing),
}

impl Work {
    /// Returns the number of the events that it books; `None` for all.
    pub(super) const fn number(self) -> Option<i64> {
        match self {
            Self::Posting => None,
            Self::Clearing => Some(2),
            Self::OwnClearing(own) => Some(own.number),
        }
    }
}

/// Plans the postings of one batch after the other.
pub(super) struct BatchPlanner<'d> {
    /// Events of one batch.
    rows: i64,
    work: Work,
    in_force: &'d InForce,
    context: &'d Context,
    today: Date,
    only: Option<&'d [i64]>,
    /// The last trade with planned postings, and their events.
    planned: (i64, Vec<Event>),
    /// Whether cases have answered bill lines without a trade.
    answered: bool,
}

/// Counts and refusals of one batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub posted: i64,
    pub waiting: i64,
    pub looked_at: u64,
    /// Event row after which the next batch starts; `None` after the last one.
    pub last: Option<i64>,
    pub refused: Vec<Refused>,
}

/// A planned batch, sent to the writer.
pub(super) struct PlannedBatch {
    pub tape: Tape,
    pub batch: Batch,
}

impl<'d> BatchPlanner<'d> {
    pub(super) fn new(
        in_force: &'d InForce,
        rows: usize,
        context: &'d Context,
        work: Work,
        only: Option<&'d [i64]>,
    ) -> Self {
        Self {
            rows: i64::try_from(rows).unwrap_or(i64::MAX),
            work,
            in_force,
            context,
            today: in_force.today(context),
            only,
            planned: (0, Vec::new()),
            answered: false,
        }
    }

    /// Prefetches the reads of the batch after event row `after` for a remote engine.
    pub(super) fn prefetch(
        &mut self,
        appender: &Appender,
        reader: &mut dyn Engine,
        after: i64,
    ) -> Result<(), StoreError> {
        while reader.prefetch_pass()? {
            let (mut trial, planned) = (appender.fresh(), self.planned.clone());
            let _ = trial.begin(&mut *reader).and_then(|()| self.plan(&mut trial, reader, after).map(drop));
            self.planned = planned;
        }
        Ok(())
    }

    /// Plans the batch after event row `after`.
    pub(super) fn plan(
        &mut self,
        appender: &mut Appender,
        reader: &mut dyn Reader,
        after: i64,
    ) -> Result<PlannedBatch, StoreError> {
        let mut batch = Batch::default();
        let events = match self.only {
            None => match self.work {
                Work::Posting => unposted::unposted(reader, after, self.rows)?,
                Work::Clearing => unposted::uncleared(reader, after, self.rows)?,
                Work::OwnClearing(own) => unposted::uncleared_own(reader, &own, after, self.rows)?,
            },
            Some(rows) => {
                let mut events = Vec::new();
                for row in rows {
                    events.extend(match self.work {
                        Work::Posting => unposted::unposted_of(reader, *row)?,
                        Work::Clearing => unposted::uncleared_of(reader, *row)?,
                        Work::OwnClearing(own) => unposted::uncleared_own_of(reader, &own, *row)?,
                    });
                }
                events
            }
        };
        if self.only.is_none() {
            batch.last = events.last().map(|(row, _)| *row);
        }
        self.answered = answered::any(reader)?;
        let mut recorder = Recorder { below: reader, tape: Tape::default() };
        for (_, event) in events {
            batch.looked_at += 1;
            match self.book(appender, &mut recorder, &event) {
                Ok(true) => {
                    batch.posted += 1;
                    if self.planned.0 != event.trade_id {
                        self.planned = (event.trade_id, Vec::new());
                    }
                    self.planned.1.push(event.event);
                }
                Ok(false) => {}
                Err(StoreError::Rejected(rejection)) if rejection.code == Code::Waiting => batch.waiting += 1,
                Err(StoreError::Rejected(rejection)) => {
                    let names = &self.in_force.names;
                    if batch.refused.len() < MAX_REFUSED {
                        batch.refused.push(Refused {
                            trade_no: event.trade.trade_no.clone(),
                            event: event.event,
                            code: rejection.code.as_str().to_owned(),
                            message: names
                                .refusal(self.context.lang, rejection.into())
                                .message(self.context.lang),
                        });
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(PlannedBatch { tape: recorder.tape, batch })
    }

    /// Returns true for an event of a kind's own that [`Work::OwnClearing`] books. The clearing that every
    /// ledger knows is not among what is read for posting.
    fn comes_by_clearing(&self, kind: TradeKind, event: Event) -> bool {
        fixed_number(event).is_none()
            && self
                .in_force
                .kinds
                .get(kind)
                .and_then(|kind| kind.event(event))
                .is_some_and(|known| known.arises == Arises::Clearing)
    }

    /// Books one event; returns false if it is not due.
    fn book(
        &self,
        appender: &mut Appender,
        sink: &mut dyn Sink,
        unposted: &Unposted,
    ) -> Result<bool, StoreError> {
        let (trade, event) = (&unposted.trade, unposted.event);
        if self.work == Work::Posting && self.comes_by_clearing(trade.kind, event) {
            return Ok(false);
        }
        let amendments: Vec<(String, String)> = if unposted.amended {
            let stored = amendments::amendments(sink, unposted.trade_id)?;
            stored.into_iter().map(|(fact, value, _)| (fact, value)).collect()
        } else {
            Vec::new()
        };
        let mut facts = facts_of(trade, unposted.status_now, &amendments)?;
        if let Some(original) = &trade.original_ref {
            let kinds = &self.in_force.kinds;
            let siblings = undoes_what_undid(kinds, trade.kind);
            let family = relatives::family(sink, trade.channel, original, siblings)?;
            facts.undoing = family.undoing(kinds, unposted.trade_id).map(Box::new);
        }
        let failed = matches!(facts.status, TradeStatus::Failed | TradeStatus::Closed);
        // A trade requested by its number is refused again if the channel took it back.
        if self.answered
            && (!failed || self.only.is_some())
            && let Some(bar) = answered::bar(sink, trade)?
        {
            return Err(bar.rejection(&trade.trade_no).into());
        }
        let Some((set, rule)) = self.in_force.rule(&facts, event) else { return Ok(false) };
        let prior = match rule.after() {
            // Postings planned in this run are not in the ledger yet.
            Some(prior) if self.planned.0 == unposted.trade_id && self.planned.1.contains(&prior) => true,
            Some(prior) => events::live(sink, unposted.trade_id, prior)? > 0,
            None => true,
        };
        let base = |code| Rejection::new(code).with("trade", &trade.trade_no).with("event", event);
        match self.in_force.due(&facts, trade.occurred_at, event, self.context.now, |_| prior) {
            Due::Yes => {}
            // Once its amount is in suspense, a case has answered for it.
            Due::No(NotDue::Contradicts(_))
                if unposted.booked_before && suspense::is_parked(sink, unposted.row)? =>
            {
                return Ok(false);
            }
            Due::No(NotDue::Contradicts(contradiction)) => {
                let why = contradiction_note(&contradiction);
                let mut refused = base(Code::NotDue).with("problem", why.key);
                refused.args.extend(why.args);
                return Err(refused.into());
            }
            Due::No(_) | Due::Late { .. } => return Ok(false),
            Due::Waiting { system, until } => {
                return Err(base(Code::Waiting).with("system", system).with("until", until).into());
            }
            Due::OverLimit { system, limit_minor, .. } => {
                let limit = self.in_force.currencies.amount(Money::new(limit_minor, trade.currency));
                return Err(base(Code::OverLimit).with("system", system).with("limit", limit).into());
            }
        }
        if unposted.booked_before && suspense::is_parked(sink, unposted.row)? {
            // Its amount is in suspense, or was cleared from there: a case decides, and a finding
            // reports it.
            return Ok(false);
        }
        if unposted.booked_before {
            // Its posting was reversed on purpose: posting it again is a correction and needs a case.
            return Err(base(Code::CaseRequired).into());
        }
        let expected = rule.lines(set, &facts)?;
        let day = event_day((event, unposted.day), facts.business_date, self.today);
        let accounting_date = posting_day(day, self.today, appender.days())?;
        let mut lines: Vec<_> = expected.lines.into_iter().map(|line| line.line).collect();
        if accounting_date.year() > facts.business_date.year() {
            self.in_force.to_prior_year(&mut lines)?;
        }
        let late = self.today > facts.business_date;
        let draft = Draft {
            voucher_no: None,
            kind: if late { VoucherKind::Supplement } else { VoucherKind::Post },
            mode: Mode::Normal,
            trade_no: Some(trade.trade_no.clone()),
            event: Some(event),
            reverses: None,
            case_no: None,
            accounting_date,
            business_date: facts.business_date,
            value_date: facts.business_date,
            reason: None,
            rule: Some(expected.rule),
            maker: self.context.operator.clone(),
            checker: None,
            posted_at: self.context.now,
            memo: memo(unposted),
            lines,
        };
        if unposted.new {
            events::ensure_event(sink, unposted.row, event)?;
        }
        let refs = Refs { trade: Some(unposted.trade_id), reverses: None, event: Some(unposted.row) };
        appender.append(sink, &draft, refs)?;
        Ok(true)
    }
}

/// Returns the memo of a posting: the kind of trade, and the event unless it is the trade itself.
fn memo(unposted: &Unposted) -> String {
    match unposted.event {
        Event::CAPTURED => unposted.trade.kind.as_str().to_owned(),
        event => format!("{} {event}", unposted.trade.kind),
    }
}
