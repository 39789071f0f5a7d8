//! Makes the vouchers and the bill line of each trade, correct ones or with a mistake injected.

use crate::desk::in_force::InForce;
use crate::domain::event::Event;
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::rule::{Expected, Facts, LinePart};
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeKind, TradeStatus};
use crate::domain::voucher::Line;
use crate::i18n::{self, Lang};
use crate::sample::happening::{Booking, Collected, Deviation, Happening};
use crate::sample::mistake::Mistake;
use crate::sample::people::{CUSTOMERS, number};
use crate::sample::plan::Planted;
use crate::sample::trade_spec::channel_fee;
use crate::sample::world::World;
use std::collections::VecDeque;

/// Delay between a trade and its posting, in seconds.
const POSTING: std::ops::Range<i64> = 1..40;

/// Shortest delay between a channel's bill and its payment, in seconds.
const PAYING: i64 = 300;

/// Takes trades from the world and makes happenings of them, with the mistakes that are requested.
pub(super) struct ErrorInjector<'d> {
    pub world: World<'d>,
    pub in_force: &'d InForce,
    pub lang: Lang,
    /// Bills that the channels have not paid yet, oldest first.
    pub collected: VecDeque<Collected>,
    /// Balance at the bank in minor units. Payouts arrive only if it covers them.
    pub bank_minor: i64,
}

impl ErrorInjector<'_> {
    /// Returns the next trade, with the mistake if it can be made now.
    pub fn next(&mut self, at: Moment, mistake: Option<Mistake>) -> Result<Happening, Rejection> {
        if let Some(mistake) = mistake
            && let Some(happening) = self.with_mistake(at, mistake)?
        {
            return Ok(happening);
        }
        self.correct(at)
    }

    fn correct(&mut self, at: Moment) -> Result<Happening, Rejection> {
        if let Some(settled) = self.settlement(at)? {
            return Ok(settled);
        }
        let mut trade = self.world.any(at)?;
        if self.in_force.rule(&Facts::from(&trade), Event::CAPTURED).is_none() {
            // The ledger's rules may not cover every kind of trade.
            trade = self.world.some_topup(at)?;
        }
        let facts = Facts::from(&trade);
        let booked = lines(&self.in_force.expected(&facts, Event::CAPTURED)?);
        let later = match self.second_event(&trade) {
            Some(event) if self.in_force.rule(&facts, event).is_some() => {
                Some((event, lines(&self.in_force.expected(&facts, event)?)))
            }
            _ => None,
        };
        self.world.people.add_correct(&booked);
        if matches!(later, Some((Event::CLEARED, _))) {
            trade.clearing = ClearingStatus::Cleared;
        }
        self.world.remember(&trade);
        let booked = if self.world.timetable.leave_unposted {
            self.world.people.add_booked(&booked);
            Vec::new()
        } else {
            vec![self.booking(at, booked)]
        };
        Ok(Happening { trade, event: Event::CAPTURED, booked, later, deviation: None, planted: None })
    }

    /// Returns the second event if it has happened by now: payments of past days are cleared, payouts
    /// arrive if the bank balance covers them.
    fn second_event(&mut self, trade: &Trade) -> Option<Event> {
        let timetable = &self.world.timetable;
        if timetable.leave_unposted {
            return None;
        }
        let today = timetable.now.in_zone(&timetable.clock.zone).date();
        match trade.kind {
            TradeKind::PAY if trade.business_date < today => Some(Event::CLEARED),
            TradeKind::PAYOUT if trade.amount_minor <= self.bank_minor => {
                self.bank_minor -= trade.amount_minor;
                Some(Event::SETTLED)
            }
            TradeKind::RETURN => {
                self.bank_minor += trade.amount_minor;
                None
            }
            _ => None,
        }
    }

    /// Returns the settlement of the oldest unpaid bill, if it is due.
    fn settlement(&mut self, at: Moment) -> Result<Option<Happening>, Rejection> {
        let due = self.collected.front().is_some_and(|collected| at.seconds_since(collected.at) > PAYING);
        let Some(collected) = (if due { self.collected.pop_front() } else { None }) else { return Ok(None) };
        let trade = self.world.settlement(&collected, at)?;
        let facts = Facts::from(&trade);
        if self.in_force.rule(&facts, Event::SETTLED).is_none() {
            return Ok(None);
        }
        let lines = lines(&self.in_force.expected(&facts, Event::SETTLED)?);
        self.bank_minor += trade.amount_minor - trade.fee_minor;
        let booked =
            if self.world.timetable.leave_unposted { Vec::new() } else { vec![self.booking(at, lines)] };
        Ok(Some(Happening {
            trade,
            event: Event::SETTLED,
            booked,
            later: None,
            deviation: None,
            planted: None,
        }))
    }

    fn booking(&mut self, at: Moment, lines: Vec<Line>) -> Booking {
        self.world.people.add_booked(&lines);
        let posted_at = at.plus_seconds(self.world.rng.i64(POSTING)).min(self.world.timetable.now);
        Booking { posted_at, lines }
    }

    /// Returns a trade in which the mistake can be made; `None` if there is none yet.
    fn trade_for(&mut self, at: Moment, mistake: Mistake) -> Result<Option<Trade>, Rejection> {
        let mut trade = match mistake {
            Mistake::WrongSide | Mistake::WrongFee | Mistake::HalfPosted | Mistake::FeeDiff => {
                self.world.some_payment(at)?
            }
            Mistake::PostedNotDue => match self.world.some_refund(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::LongRefund => match self.world.refund_again(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::OutsideWindow => self.world.large_payout(at)?,
            Mistake::OverLimit => {
                let system =
                    self.world.timetable.limited(at.in_zone(&self.world.timetable.clock.zone).date());
                self.world.payout_above_limit(system.unwrap_or(Channel::BEPS), at)?
            }
            _ => self.world.some_topup(at)?,
        };
        match mistake {
            Mistake::PostedNotDue | Mistake::LongFailed => trade.status = TradeStatus::Failed,
            Mistake::LongRefund => trade.status = TradeStatus::Unknown,
            _ => {}
        }
        Ok(Some(trade))
    }

    fn with_mistake(&mut self, at: Moment, mistake: Mistake) -> Result<Option<Happening>, Rejection> {
        if !self.world.timetable.allows(mistake, at) {
            return Ok(None);
        }
        let Some(trade) = self.trade_for(at, mistake)? else { return Ok(None) };
        let facts = Facts::from(&trade);
        if self.in_force.rule(&facts, Event::CAPTURED).is_none() {
            return Ok(None);
        }
        let expected = self.in_force.expected(&facts, Event::CAPTURED)?;
        let right = lines(&expected);
        let mut difference = Difference::default();
        let booked = match mistake {
            Mistake::PostedTwice => vec![right.clone(), right.clone()],
            Mistake::WrongAccount => match self.on_other_account(&trade, &right, &mut difference)? {
                Some(moved) => vec![moved],
                None => return Ok(None),
            },
            Mistake::TooHigh => vec![self.scaled(&facts, &mut difference, |minor| minor * 10)?],
            Mistake::TooLow => vec![self.scaled(&facts, &mut difference, |minor| minor / 10)?],
            Mistake::WrongSide => vec![swapped(&right)],
            Mistake::WrongFee => vec![with_double_fee(&expected)],
            Mistake::HalfPosted => vec![without_fees(&expected)],
            Mistake::Unposted
            | Mistake::LongFailed
            | Mistake::LongRefund
            | Mistake::OutsideWindow
            | Mistake::OverLimit => Vec::new(),
            Mistake::PostedNotDue
            | Mistake::Short
            | Mistake::AmountDiff
            | Mistake::FeeDiff
            | Mistake::CutOver => vec![right.clone()],
        };
        if mistake.alters_lines() && booked.first() == Some(&right) {
            return Ok(None);
        }
        let deviation = deviation(mistake, &trade, &mut difference);
        if trade.status == TradeStatus::Succeeded {
            self.world.people.add_correct(&right);
        }
        self.reserve_for_correction(&trade, &booked);
        let booked = if self.world.timetable.leave_unposted {
            Vec::new()
        } else {
            booked.into_iter().map(|lines| self.booking(at, lines)).collect()
        };
        let planted = Some(self.planted(&trade, mistake, &difference));
        Ok(Some(Happening { trade, event: Event::CAPTURED, booked, later: None, deviation, planted }))
    }

    /// Reserves the amount that a correction reverses before it posts it again, so that the customer
    /// cannot have spent it by then.
    fn reserve_for_correction(&mut self, trade: &Trade, booked: &[Vec<Line>]) {
        let largest = booked
            .iter()
            .flatten()
            .filter(|line| line.account.subject() == CUSTOMERS)
            .map(|line| line.amount_minor)
            .max();
        let customer = trade.customer.as_ref().and_then(|name| number(name.as_str()));
        if let Some((customer, minor)) = customer.zip(largest) {
            self.world.people.reserve(customer, minor.max(trade.amount_minor));
        }
    }

    /// Returns the lines on another customer's account; `None` if there is no other customer.
    fn on_other_account(
        &mut self,
        trade: &Trade,
        right: &[Line],
        difference: &mut Difference,
    ) -> Result<Option<Vec<Line>>, Rejection> {
        let Some(name) = &trade.customer else { return Ok(None) };
        let Some(customer) = number(name.as_str()) else { return Ok(None) };
        let other = self.world.people.other(customer, &mut self.world.rng);
        if other == customer {
            return Ok(None);
        }
        let other = self.world.people.name(other);
        let mut moved = right.to_vec();
        for line in &mut moved {
            if line.account.leaf() == Some(name.as_str()) {
                line.account = format!("{}.{other}", line.account.subject()).parse::<AccountCode>()?;
            }
        }
        (difference.right, difference.wrong) = (name.to_string(), other);
        Ok((moved != right).then_some(moved))
    }

    fn scaled(
        &self,
        facts: &Facts<'_>,
        difference: &mut Difference,
        change: fn(i64) -> i64,
    ) -> Result<Vec<Line>, Rejection> {
        let mut wrong = facts.clone();
        wrong.amount_minor = change(facts.amount_minor);
        difference.right = Money::new(facts.amount_minor, facts.currency).grouped();
        difference.wrong = Money::new(wrong.amount_minor, facts.currency).grouped();
        Ok(lines(&self.in_force.expected(&wrong, Event::CAPTURED)?))
    }

    fn planted(&self, trade: &Trade, mistake: Mistake, difference: &Difference) -> Planted {
        let args = [("right", difference.right.as_str()), ("wrong", difference.wrong.as_str())];
        Planted {
            trade_no: trade.trade_no.clone(),
            cause: mistake.cause(),
            scenario: mistake.scenario().to_owned(),
            note: i18n::text(self.lang, &format!("generate.note.{mistake}"), &args),
        }
    }
}

/// The correct and the wrong value, for the note.
#[derive(Debug, Default)]
struct Difference {
    right: String,
    wrong: String,
}

fn lines(expected: &Expected) -> Vec<Line> {
    expected.lines.iter().map(|line| line.line.clone()).collect()
}

/// Returns the lines with debit and credit swapped.
fn swapped(lines: &[Line]) -> Vec<Line> {
    lines.iter().map(|line| Line { side: line.side.other(), ..line.clone() }).collect()
}

/// Returns the lines of the principal only.
fn without_fees(expected: &Expected) -> Vec<Line> {
    let principal = expected.lines.iter().filter(|line| line.part == LinePart::Principal);
    principal.map(|line| line.line.clone()).collect()
}

/// Returns the lines with the merchant's fee taken twice.
fn with_double_fee(expected: &Expected) -> Vec<Line> {
    let twice = |part: LinePart| if part == LinePart::Fee { 2 } else { 1 };
    expected
        .lines
        .iter()
        .map(|line| Line { amount_minor: line.line.amount_minor * twice(line.part), ..line.line.clone() })
        .collect()
}

fn deviation(mistake: Mistake, trade: &Trade, difference: &mut Difference) -> Option<Deviation> {
    let money = |minor| Money::new(minor, trade.currency).grouped();
    match mistake {
        Mistake::Short | Mistake::CutOver => Some(Deviation::Missing),
        Mistake::LongFailed | Mistake::LongRefund => Some(Deviation::Succeeded),
        Mistake::AmountDiff => {
            let amount_minor = trade.amount_minor - 100;
            (difference.right, difference.wrong) = (money(amount_minor), money(trade.amount_minor));
            Some(Deviation::Amounts { amount_minor, fee_minor: channel_fee(trade.channel, amount_minor) })
        }
        Mistake::FeeDiff => {
            let fee_minor = trade.fee_minor + 1;
            (difference.right, difference.wrong) = (money(fee_minor), money(trade.fee_minor));
            Some(Deviation::Amounts { amount_minor: trade.amount_minor, fee_minor })
        }
        _ => None,
    }
}
