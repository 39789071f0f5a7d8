//! Trying rules: what a rule set would book for the trades in the ledger, against what is booked.
//!
//! The set is put in place of the one in force, in memory only, and the trades that it would book are read
//! and judged as findings judge them: by business date, with corrected facts and statuses, and with what
//! cases have booked. An amount in suspense stays there, and an event that the ledger does not have yet (a
//! clearing still to be made) is not counted.

use super::tally::Tally;
use crate::desk::findings::chunks::{chunks, each_chunk};
use crate::desk::findings::evidence::{self, TradeEvidence};
use crate::desk::findings::views::{EventView, Scope, TradeView};
use crate::desk::handle::Handle;
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored;
use crate::domain::channel::Channels;
use crate::domain::chart::Chart;
use crate::domain::dating::posting_day;
use crate::domain::due::Due;
use crate::domain::event::Event;
use crate::domain::kind::Kinds;
use crate::domain::period::DayState;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::{ExpectedLine, Facts, Rule, RuleSet};
use crate::domain::tried::{TriedEvent, TryOutcome};
use crate::domain::voucher::Line;
use crate::protocol::context::Context;
use crate::protocol::page::Page;
use crate::protocol::refusal::Refusal;
use crate::protocol::try_rules::{TriedRules, TryRules};
use crate::protocol::watch::Watch;
use crate::store::{Engine, answered, watermark};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The rule for an event, with its set.
type FoundRule<'r> = Option<(&'r RuleSet, &'r Rule)>;

/// Rules that are tried, and what they are tried on.
#[derive(Clone, Copy)]
struct Trial<'t> {
    /// What would be in force.
    tried: &'t InForce,
    /// What is in force.
    in_force: &'t InForce,
    /// Version of the tried set.
    version: i64,
    /// Last business date of the trades.
    to: Option<Date>,
    context: &'t Context,
    /// The accounting days.
    days: &'t BTreeMap<Date, DayState>,
    /// Trades that an answer to a channel's line concerns.
    answered: &'t BTreeSet<i64>,
    /// Most lines and refusals that are kept.
    limit: usize,
}

impl<'t> Trial<'t> {
    /// Judges the trades in rows `from..=until`.
    fn scan(
        self,
        reader: &mut dyn Engine,
        from: i64,
        until: i64,
        tally: &mut Tally<'t>,
    ) -> Result<(), Refusal> {
        for evidence in &evidence::read(reader, &self.in_force.kinds, from, until)? {
            let trade = &evidence.position.trade;
            let is_barred =
                self.answered.contains(&evidence.position.id) && answered::bar(reader, trade)?.is_some();
            self.trade(evidence, is_barred, tally)?;
        }
        Ok(())
    }

    /// Judges a trade. One that may not be posted, because a case has answered its line, is not added to.
    fn trade(
        self,
        evidence: &TradeEvidence,
        is_barred: bool,
        tally: &mut Tally<'t>,
    ) -> Result<(), Rejection> {
        let position = &evidence.position;
        // Without facts that make sense findings judge no event either.
        let Ok(facts) = position.facts(&self.tried.kinds) else {
            return Ok(());
        };
        let set = self.tried.rules.in_force(facts.rule_date());
        let is_tried = set.is_some_and(|set| set.version() == self.version);
        if !is_tried || self.to.is_some_and(|to| facts.business_date > to) {
            return Ok(());
        }
        tally.trades += 1;
        let view =
            TradeView { scope: Scope { in_force: self.tried, now: self.context.now, again: None }, evidence };
        let mut would_be_booked = Vec::new();
        for (event, live_count, rule) in self.in_order(&facts, &position.events) {
            // An amount in suspense is left there; once cleared from there it is posted nowhere else.
            let parked = position.parked(event);
            let is_parked = parked.is_some_and(|parked| parked.open_item || live_count == 0);
            let judged = if is_parked || (is_barred && live_count == 0) {
                TriedEvent::new(TryOutcome::Unchanged)
            } else if live_count > 0 {
                self.booked(view, &facts, (event, live_count), rule, &would_be_booked)
            } else {
                self.unbooked(view, &facts, event, rule, &would_be_booked)
            };
            let is_booked = match judged.outcome {
                TryOutcome::Unchanged => live_count > 0,
                TryOutcome::Changed | TryOutcome::Added => true,
                TryOutcome::Dropped | TryOutcome::Refused => false,
            };
            if is_booked {
                would_be_booked.push(event);
            }
            let rule = rule.or_else(|| self.in_force.rule(&facts, event)).map(|(_, rule)| rule.name());
            tally.add(position, event, rule, judged, (self.limit, self.context.lang))?;
        }
        Ok(())
    }

    /// Returns the events with their rules, each after the one that must be posted first.
    fn in_order(self, facts: &Facts<'_>, events: &[(Event, i64)]) -> Vec<(Event, i64, FoundRule<'t>)> {
        let with_rule = |(event, live): &(Event, i64)| (*event, *live, self.tried.rule(facts, *event));
        let mut left: VecDeque<_> = events.iter().map(with_rule).collect();
        let mut ordered = Vec::with_capacity(left.len());
        let mut put_back = 0;
        while let Some(next) = left.pop_front() {
            let prior = next.2.and_then(|(_, rule)| rule.after());
            let waits = prior.is_some_and(|prior| left.iter().any(|(event, ..)| *event == prior));
            // In a circle no event is ever the next one.
            if waits && put_back < left.len() {
                left.push_back(next);
                put_back += 1;
            } else {
                ordered.push(next);
                put_back = 0;
            }
        }
        ordered
    }

    /// Judges an event that has live postings.
    fn booked(
        self,
        view: TradeView<'_>,
        facts: &Facts<'_>,
        (event, live_count): (Event, i64),
        rule: FoundRule<'t>,
        would_be_booked: &[Event],
    ) -> TriedEvent {
        let position = view.position();
        let event_view = EventView::of(view, facts, event, live_count);
        let is_live = |event: Event| position.events.iter().any(|(known, live)| *known == event && *live > 0);
        let loses_prior = rule
            .and_then(|(_, rule)| rule.after())
            .is_some_and(|prior| is_live(prior) && !would_be_booked.contains(&prior));
        if event_view.due.forbids() || loses_prior {
            return TriedEvent::new(TryOutcome::Dropped);
        }
        let Some((set, rule)) = rule else {
            // What the rules in force do not know either does not change.
            let is_known = self.in_force.rule(facts, event).is_some();
            return if is_known {
                TriedEvent::new(TryOutcome::Dropped)
            } else {
                TriedEvent::new(TryOutcome::Unchanged)
            };
        };
        match &event_view.expected {
            Some(_) if live_count == 1 && event_view.difference.is_none() => {
                TriedEvent::new(TryOutcome::Unchanged)
            }
            Some(expected) => {
                let is_late = position.is_booked_in_later_year(event);
                TriedEvent::with_lines(TryOutcome::Changed, self.lines(&expected.lines, is_late))
            }
            None if self.in_force.expected(facts, event).is_err() => TriedEvent::new(TryOutcome::Unchanged),
            None => TriedEvent::with_lines(
                TryOutcome::Changed,
                rule.lines(set, facts).map(|expected| plain(&expected.lines)),
            ),
        }
    }

    /// Judges an event without a live posting.
    fn unbooked(
        self,
        view: TradeView<'_>,
        facts: &Facts<'_>,
        event: Event,
        rule: FoundRule<'t>,
        would_be_booked: &[Event],
    ) -> TriedEvent {
        let occurred_at = view.position().trade.occurred_at;
        let is_booked = |prior: Event| would_be_booked.contains(&prior);
        let due = self.tried.due(facts, occurred_at, event, self.context.now, is_booked);
        let (Due::Yes, Some((set, rule))) = (due, rule) else {
            return TriedEvent::new(TryOutcome::Unchanged);
        };
        let today = self.tried.today(self.context);
        let lines = rule.lines(set, facts).and_then(|expected| {
            let day = posting_day(facts.business_date, today, self.days)?;
            self.lines(&expected.lines, day.year() > facts.business_date.year())
        });
        match lines {
            Ok(lines) if lines.is_empty() => TriedEvent::new(TryOutcome::Unchanged),
            lines => TriedEvent::with_lines(TryOutcome::Added, lines),
        }
    }

    /// Returns the lines to book; a later year books profit and loss on the prior-year adjustment account.
    fn lines(self, expected: &[ExpectedLine], is_late: bool) -> Result<Vec<Line>, Rejection> {
        let mut lines = plain(expected);
        if is_late {
            self.tried.to_prior_year(&mut lines)?;
        }
        Ok(lines)
    }
}

fn plain(expected: &[ExpectedLine]) -> Vec<Line> {
    expected.iter().map(|line| line.line.clone()).collect()
}

/// Returns what would be in force if the files were loaded, with the tried set.
///
/// # Errors
/// [`Code::BadRules`] with file and line of the first mistake.
fn tried(in_force: &InForce, request: &TryRules) -> Result<(InForce, RuleSet), Rejection> {
    let mut tried = in_force.clone();
    if let Some(chart) = &request.chart {
        tried.chart = Chart::parse(&chart.file, &chart.text).map_err(authored::rejection)?.subjects;
    }
    if let Some(file) = &request.channels {
        let channels = Channels::parse(&file.file, &file.text, Some(&in_force.channels));
        tried.channels = channels.map_err(authored::rejection)?;
    }
    if let Some(file) = &request.kinds {
        let kinds = Kinds::parse(&file.file, &file.text, Some(&in_force.kinds));
        tried.kinds = kinds.map_err(authored::rejection)?;
    }
    let rules = &request.rules;
    let set = RuleSet::parse(&rules.file, &rules.text, tried.rule_scope()).map_err(authored::rejection)?;
    let from = request.from.unwrap_or(set.valid_from());
    if let Some(to) = request.to.filter(|to| *to < from) {
        return Err(Rejection::new(Code::BadValue)
            .with("what", "span of days")
            .with("value", format!("{from} – {to}")));
    }
    let set = set.valid_since(from);
    tried.rules = tried.rules.with(set.clone());
    Ok((tried, set))
}

impl OpenLedger {
    /// Returns what a rule set would book, compared with what is booked.
    ///
    /// # Errors
    /// As [`tried`], [`Code::Cancelled`], or a fault.
    pub(crate) fn try_rules(
        &mut self,
        context: &Context,
        request: &TryRules,
        watch: &mut dyn Watch,
    ) -> Result<TriedRules, Refusal> {
        let (tried, set) = tried(&self.in_force, request)?;
        let last = watermark::read(&mut *self.engine, i64::MAX)?.trades;
        let answered: BTreeSet<i64> = answered::trades(&mut *self.engine)?.into_iter().collect();
        let mut appender = self.appender.fresh();
        appender.begin(&mut *self.engine)?;
        let trial = Trial {
            tried: &tried,
            in_force: &self.in_force,
            version: set.version(),
            to: request.to,
            context,
            days: appender.days(),
            answered: &answered,
            limit: request.limit.min(Page::MAX),
        };
        let mut tally = Tally::default();
        for gathered in each_chunk(&mut *self.engine, &chunks(last), watch, |reader, from, until, tally| {
            trial.scan(reader, from, until, tally)
        })? {
            tally.join(gathered, trial.limit);
        }
        let charts = [&*tried.chart, &*self.in_force.chart];
        let (accounts, accounts_left_out) = tally.take_accounts(charts, context.lang)?;
        let (lines, lines_left_out) = tally.take_lines();
        Ok(TriedRules {
            id: set.id().to_owned(),
            version: set.version(),
            from: set.valid_from(),
            to: request.to,
            trades: tally.trades,
            counts: tally.counts(),
            rules: tally.rules(),
            accounts,
            accounts_left_out,
            lines,
            lines_left_out,
            refused: tally.take_refused(),
        })
    }
}

impl Handle for TryRules {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.try_rules(context, &self, watch)?))
    }
}
