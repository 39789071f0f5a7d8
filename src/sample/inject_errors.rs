//! Makes the vouchers and the bill line of each trade, correct ones or with a mistake injected.

use crate::desk::in_force::InForce;
use crate::domain::event::Event;
use crate::domain::finding_id::FindingId;
use crate::domain::id::AccountCode;
use crate::domain::kind::Kind;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::rule::{Expected, Facts, LinePart};
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeKind, TradeStatus};
use crate::domain::trade_news::{ListedFact, TradeNews};
use crate::domain::voucher::Line;
use crate::i18n::{self, Lang};
use crate::sample::description::{Description, Flow, OutsideWindow};
use crate::sample::happening::{Booking, Collected, Deviation, Happening};
use crate::sample::mistake::Mistake;
use crate::sample::plan::Planted;
use crate::sample::world::World;
use std::collections::{HashMap, VecDeque};

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
    /// Balance at the bank by currency, in minor units. Payouts arrive only if it covers them.
    pub at_bank: HashMap<Currency, i64>,
}

impl ErrorInjector<'_> {
    /// Returns the next trade, with the mistake if it can be made now; of some mistakes several trades.
    pub fn next(&mut self, at: Moment, mistake: Option<Mistake>) -> Result<Vec<Happening>, Rejection> {
        let made = match mistake {
            Some(mistake) if self.world.timetable.allows(mistake, at) => match mistake {
                Mistake::Duplicate | Mistake::Ambiguous => self.on_one_reference(at, mistake)?,
                Mistake::UndoneTooMuch | Mistake::UndoneForOther | Mistake::UndoneFailed => {
                    self.undone_wrongly(at, mistake)?
                }
                Mistake::LongNoTrade | Mistake::LongRefundAtChannel | Mistake::ReversedInAdvance => {
                    self.at_channel_alone(at, mistake)?
                }
                Mistake::Unexplained | Mistake::UnknownParty | Mistake::BelowFloor | Mistake::DebtOpen => {
                    Some(vec![self.beside_a_stray(at, mistake)?])
                }
                Mistake::StatementMissing => self.on_lost_bill(at)?,
                _ => self.with_mistake(at, mistake)?.map(|happening| vec![happening]),
            },
            _ => None,
        };
        match made {
            Some(made) => Ok(made),
            None => Ok(vec![self.correct(at)?]),
        }
    }

    /// Returns the next trade as it should be.
    pub(super) fn correct(&mut self, at: Moment) -> Result<Happening, Rejection> {
        if let Some(settled) = self.settlement(at)? {
            return Ok(settled);
        }
        let mut trade = self.world.any(at)?;
        if self.in_force.rule(&Facts::from(&trade), self.first_event(trade.kind)).is_none() {
            // The ledger's rules may not cover every kind of trade.
            trade = self.world.some_plain(at)?;
        }
        let facts = Facts::from(&trade);
        let first_event = self.first_event(trade.kind);
        let booked = lines(&self.in_force.expected(&facts, first_event)?);
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
        Ok(Happening { later, ..Happening::new(trade, first_event, booked) })
    }

    /// Returns the second event if it has happened by now: payments of past days are cleared, payouts
    /// arrive if the bank balance covers them.
    fn second_event(&mut self, trade: &Trade) -> Option<Event> {
        let timetable = &self.world.timetable;
        if timetable.leave_unposted {
            return None;
        }
        let today = timetable.now.in_zone(&timetable.clock.zone).date();
        let entry = self.world.description.entry(trade.kind)?;
        let at_bank = self.at_bank.entry(trade.currency).or_default();
        match entry.flow {
            Flow::Sale if trade.business_date < today => entry.later,
            Flow::Payout if trade.amount_minor <= *at_bank => {
                *at_bank -= trade.amount_minor;
                entry.later
            }
            Flow::Returned => {
                *at_bank += trade.amount_minor;
                None
            }
            _ => None,
        }
    }

    /// Returns the event that the posting status of a kind's trades is about.
    pub(super) fn first_event(&self, kind: TradeKind) -> Event {
        self.in_force.kinds.get(kind).map_or(Event::CAPTURED, Kind::first_event)
    }

    /// Returns the settlement of the oldest unpaid bill, if it is due.
    fn settlement(&mut self, at: Moment) -> Result<Option<Happening>, Rejection> {
        let due = self.collected.front().is_some_and(|collected| at.seconds_since(collected.at) > PAYING);
        let Some(collected) = (if due { self.collected.pop_front() } else { None }) else { return Ok(None) };
        let Some(trade) = self.world.settlement(&collected, at)? else { return Ok(None) };
        let facts = Facts::from(&trade);
        let event = self.first_event(trade.kind);
        if self.in_force.rule(&facts, event).is_none() {
            return Ok(None);
        }
        let lines = lines(&self.in_force.expected(&facts, event)?);
        *self.at_bank.entry(trade.currency).or_default() += trade.amount_minor - trade.fee_minor;
        let booked =
            if self.world.timetable.leave_unposted { Vec::new() } else { vec![self.booking(at, lines)] };
        Ok(Some(Happening::new(trade, event, booked)))
    }

    /// Returns a voucher of these lines, written shortly after the trade.
    pub(super) fn booking(&mut self, at: Moment, lines: Vec<Line>) -> Booking {
        self.world.people.add_booked(&lines);
        let posted_at = at.plus_seconds(self.world.rng.i64(POSTING)).min(self.world.timetable.now);
        Booking { posted_at, lines, wrong_day: None }
    }

    /// Returns a trade in which the mistake can be made; `None` if there is none yet.
    fn trade_for(&mut self, at: Moment, mistake: Mistake) -> Result<Option<Trade>, Rejection> {
        let mut trade = match mistake {
            Mistake::WrongSide | Mistake::WrongFee | Mistake::HalfPosted | Mistake::FeeDiff => {
                self.world.some_charged(at)?
            }
            Mistake::PostedNotDue => match self.world.some_refund(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::LongRefund => match self.world.refund_again(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::OutsideWindow | Mistake::OverLimit => {
                let payment = self.payment_to_hold_back(mistake, at);
                let Some((system, amount)) = payment else { return Ok(None) };
                match self.world.payout_under_way(system, amount, at)? {
                    Some(trade) => trade,
                    None => return Ok(None),
                }
            }
            Mistake::PayoutOverdue => match self.world.payout_without_news(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::MerchantDiscount => match self.world.some_discounted(at)? {
                Some(trade) => trade,
                None => return Ok(None),
            },
            Mistake::CutOver => {
                let channels = &self.world.timetable.to_midnight;
                let drawn = channels.get(self.world.rng.usize(0..channels.len().max(1))).copied();
                let Some(channel) = drawn else { return Ok(None) };
                self.world.some_plain_on(channel, at)?
            }
            Mistake::Overdue => {
                let Some((channel, _)) = self.world.timetable.lost else { return Ok(None) };
                self.world.some_plain_on(channel, at)?
            }
            _ => self.world.some_plain(at)?,
        };
        match mistake {
            Mistake::PostedNotDue | Mistake::LongFailed => trade.status = TradeStatus::Failed,
            Mistake::LongRefund => trade.status = TradeStatus::Unknown,
            _ => {}
        }
        Ok(Some(trade))
    }

    /// Returns channel and amount of a payout that is not carried out at once.
    fn payment_to_hold_back(&self, mistake: Mistake, at: Moment) -> Option<(Channel, i64)> {
        let timetable = &self.world.timetable;
        if mistake == Mistake::OverLimit {
            return timetable.limited(at.in_zone(&timetable.clock.zone).date());
        }
        let outside = self.world.description.outside_window;
        outside.map(|OutsideWindow { channel, amount_minor }| (channel, amount_minor))
    }

    fn with_mistake(&mut self, at: Moment, mistake: Mistake) -> Result<Option<Happening>, Rejection> {
        let Some(trade) = self.trade_for(at, mistake)? else { return Ok(None) };
        let facts = Facts::from(&trade);
        let event = self.first_event(trade.kind);
        if self.in_force.rule(&facts, event).is_none() {
            return Ok(None);
        }
        let expected = self.in_force.expected(&facts, event)?;
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
            | Mistake::CutOver
            | Mistake::ShortReplaced
            | Mistake::DateDiff
            | Mistake::Overdue
            | Mistake::MerchantDiscount
            | Mistake::TakenTwice
            | Mistake::FactsDiffer
            | Mistake::PayoutOverdue
            | Mistake::WrongDate => vec![right.clone()],
            // Several trades, or none: made elsewhere.
            Mistake::Duplicate
            | Mistake::Ambiguous
            | Mistake::StatementMissing
            | Mistake::LongNoTrade
            | Mistake::LongRefundAtChannel
            | Mistake::ReversedInAdvance
            | Mistake::UndoneTooMuch
            | Mistake::UndoneForOther
            | Mistake::UndoneFailed
            | Mistake::Unexplained
            | Mistake::UnknownParty
            | Mistake::BelowFloor
            | Mistake::DebtOpen => return Ok(None),
        };
        let unchanged = mistake.alters_lines() && booked.first() == Some(&right);
        if unchanged || !booked.iter().all(|lines| self.world.people.can_afford(lines)) {
            return Ok(None);
        }
        let deviation = deviation(self.world.description, mistake, &trade, &mut difference);
        if trade.status == TradeStatus::Succeeded || mistake == Mistake::PayoutOverdue {
            self.world.people.add_correct(&right);
        }
        self.reserve_for_correction(&trade, &booked);
        let mut booked = self.bookings(at, booked);
        if mistake == Mistake::WrongDate {
            let before = trade.business_date.saturating_sub(jiff::Span::new().days(1));
            for booking in &mut booked {
                booking.wrong_day = Some(before);
            }
            (difference.right, difference.wrong) = (trade.business_date.to_string(), before.to_string());
        }
        let claim = (mistake == Mistake::FactsDiffer).then(|| self.claim(&trade, &mut difference));
        let planted = vec![self.planted(&trade, mistake, &difference)];
        Ok(Some(Happening { deviation, claim, planted, ..Happening::new(trade, event, booked) }))
    }

    /// Returns a voucher of each of these lines; none if vouchers are left to be posted.
    pub(super) fn bookings(&mut self, at: Moment, booked: Vec<Vec<Line>>) -> Vec<Booking> {
        if self.world.timetable.leave_unposted {
            return Vec::new();
        }
        booked.into_iter().map(|lines| self.booking(at, lines)).collect()
    }

    /// Returns what a later list says against a trade: another amount, or that it failed.
    fn claim(&mut self, trade: &Trade, difference: &mut Difference) -> TradeNews {
        let fact = if self.world.rng.bool() { ListedFact::Amount } else { ListedFact::Status };
        let listed = match fact {
            ListedFact::Amount => Trade { amount_minor: trade.amount_minor + 100, ..trade.clone() },
            _ => Trade { status: TradeStatus::Failed, ..trade.clone() },
        };
        (difference.right, difference.wrong) = (fact.of_trade(trade), fact.of_trade(&listed));
        TradeNews { fact, value: fact.of_trade(&listed), claim: true }
    }

    /// Reserves the amount that a correction reverses before it posts it again, so that the holder
    /// cannot have spent it by then.
    pub(super) fn reserve_for_correction(&mut self, trade: &Trade, booked: &[Vec<Line>]) {
        if let Some((_, holder)) = self.holder(trade) {
            let least = Money::new(trade.amount_minor, trade.currency);
            self.world.people.reserve(holder, booked, least);
        }
    }

    /// Returns name and number of the party of a trade whose balance is kept.
    fn holder<'t>(&self, trade: &'t Trade) -> Option<(&'t str, usize)> {
        let of_merchants = self.world.people.of_merchants();
        let party = if of_merchants { &trade.merchant } else { &trade.customer };
        let name = party.as_ref()?.as_str();
        self.world.people.holder(name).map(|number| (name, number))
    }

    /// Returns the lines on another holder's account; `None` if there is no other holder.
    fn on_other_account(
        &mut self,
        trade: &Trade,
        right: &[Line],
        difference: &mut Difference,
    ) -> Result<Option<Vec<Line>>, Rejection> {
        let Some((name, holder)) = self.holder(trade) else { return Ok(None) };
        let other = self.world.people.other(holder, &mut self.world.rng);
        if other == holder {
            return Ok(None);
        }
        let other = self.world.people.holder_name(other);
        let currencies = &self.in_force.currencies;
        let mut moved = right.to_vec();
        for line in &mut moved {
            if currencies.holder(&line.account) == Some(name) {
                let account: AccountCode = format!("{}.{other}", line.account.subject()).parse()?;
                line.account = account.in_currency(currencies.of(&line.account), currencies.main())?;
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
        let event = self.first_event(facts.kind);
        difference.right = Money::new(facts.amount_minor, facts.currency).grouped();
        difference.wrong = Money::new(wrong.amount_minor, facts.currency).grouped();
        Ok(lines(&self.in_force.expected(&wrong, event)?))
    }

    /// Returns the answer to a mistake in a trade.
    pub(super) fn planted(&self, trade: &Trade, mistake: Mistake, difference: &Difference) -> Planted {
        let id = FindingId::of_trade(mistake.cause(), trade.trade_no.clone());
        let id = match mistake {
            Mistake::FactsDiffer => id.with_part(if difference.wrong == TradeStatus::Failed.as_str() {
                ListedFact::Status
            } else {
                ListedFact::Amount
            }),
            _ if mistake.names_event() => id.with_part(self.first_event(trade.kind)),
            _ => id,
        };
        let planted = self.planted_as(mistake, &id, difference);
        Planted { trade_no: Some(trade.trade_no.clone()), ..planted }
    }

    /// Returns the answer to a mistake that causes this finding, which is not about a trade.
    pub(super) fn planted_as(&self, mistake: Mistake, id: &FindingId, difference: &Difference) -> Planted {
        let args = [("right", difference.right.as_str()), ("wrong", difference.wrong.as_str())];
        Planted {
            trade_no: None,
            cause: mistake.cause(),
            finding: id.to_string(),
            scenario: mistake.scenario().to_owned(),
            note: i18n::text(self.lang, &format!("generate.note.{mistake}"), &args),
        }
    }
}

/// The correct and the wrong value, for the note.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub right: String,
    pub wrong: String,
}

/// Returns the lines of what is expected.
pub(super) fn lines(expected: &Expected) -> Vec<Line> {
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

fn deviation(
    description: &Description,
    mistake: Mistake,
    trade: &Trade,
    difference: &mut Difference,
) -> Option<Deviation> {
    let money = |minor| Money::new(minor, trade.currency).grouped();
    match mistake {
        Mistake::Short | Mistake::CutOver | Mistake::Overdue => Some(Deviation::Missing),
        Mistake::ShortReplaced => Some(Deviation::Replaced),
        Mistake::DateDiff => Some(Deviation::NextDay),
        Mistake::TakenTwice => Some(Deviation::Twice),
        Mistake::MerchantDiscount => {
            let minor = (trade.amount_minor / 10).max(1);
            difference.right = money(minor);
            Some(Deviation::Discounted { minor })
        }
        Mistake::LongFailed | Mistake::LongRefund => Some(Deviation::Succeeded),
        Mistake::AmountDiff => {
            let amount_minor = trade.amount_minor - 100;
            (difference.right, difference.wrong) = (money(amount_minor), money(trade.amount_minor));
            let fee_minor = description.channel_fee(trade.channel, amount_minor);
            Some(Deviation::Amounts { amount_minor, fee_minor })
        }
        Mistake::FeeDiff => {
            let fee_minor = trade.fee_minor + 1;
            (difference.right, difference.wrong) = (money(fee_minor), money(trade.fee_minor));
            Some(Deviation::Amounts { amount_minor: trade.amount_minor, fee_minor })
        }
        _ => None,
    }
}
