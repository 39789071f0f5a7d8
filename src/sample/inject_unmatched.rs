//! Mistakes that are not in one trade with its voucher and its line: several trades on one line, what goes back on a
//! payment wrongly, what only a channel knows, bills that never came, and vouchers that name no trade.

use crate::domain::account::{AccountRole, Side};
use crate::domain::chart;
use crate::domain::finding::Cause;
use crate::domain::finding_id::{FindingId, FindingSubject};
use crate::domain::id::AccountCode;
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Facts;
use crate::domain::trade::{Trade, TradeStatus};
use crate::domain::voucher::{Line, Mode};
use crate::sample::happening::{Deviation, Happening, Stray};
use crate::sample::inject_errors::{Difference, ErrorInjector, lines};
use crate::sample::mistake::Mistake;
use crate::sample::plan::Planted;
use crate::sample::trade_spec::PastTrade;

/// Seconds between a trade and a second one on its reference.
const AGAIN: i64 = 5;

/// Seconds between a failed payment and its refund.
const REFUNDED: i64 = 60;

/// What is refunded beyond a payment, in minor units.
const EXTRA: i64 = 100;

/// Amounts of vouchers that name no trade, in minor units.
const STRAY: std::ops::Range<i64> = 1_000..50_000;

impl ErrorInjector<'_> {
    /// Returns the lines of a trade's first event by the rules; `None` if no rule books it.
    fn right(&self, trade: &Trade) -> Result<Option<Vec<Line>>, Rejection> {
        let facts = Facts::from(trade);
        let event = self.first_event(trade.kind);
        if self.in_force.rule(&facts, event).is_none() {
            return Ok(None);
        }
        Ok(Some(lines(&self.in_force.expected(&facts, event)?)))
    }

    /// Returns a trade with this deviation and these lines booked, which a correction may take back.
    fn booked(&mut self, trade: Trade, right: Vec<Line>, deviation: Option<Deviation>) -> Happening {
        let booked = vec![right];
        self.reserve_for_correction(&trade, &booked);
        let booked = self.bookings(trade.occurred_at, booked);
        let event = self.first_event(trade.kind);
        Happening { deviation, ..Happening::new(trade, event, booked) }
    }

    /// Returns two trades on one reference, of which the channel lists one: the second is a duplicate, or if both
    /// are of one second neither can be told from the other.
    pub(super) fn on_one_reference(
        &mut self,
        at: Moment,
        mistake: Mistake,
    ) -> Result<Option<Vec<Happening>>, Rejection> {
        let first = self.world.some_plain(at)?;
        let Some(right) = self.right(&first)? else { return Ok(None) };
        let is_duplicate = mistake == Mistake::Duplicate;
        let second = self.world.twin(&first, if is_duplicate { AGAIN } else { 0 })?;
        self.world.people.add_correct(&right);
        let mut made = vec![
            self.booked(first, right.clone(), None),
            self.booked(second, right, Some(Deviation::Missing)),
        ];
        let numbers: Vec<String> = made.iter().map(|one| one.trade.trade_no.to_string()).collect();
        let difference = |of: usize| Difference {
            right: numbers.get(1 - of).cloned().unwrap_or_default(),
            wrong: numbers.get(of).cloned().unwrap_or_default(),
        };
        for (place, happening) in made.iter_mut().enumerate().skip(usize::from(is_duplicate)) {
            happening.planted = vec![self.planted(&happening.trade, mistake, &difference(place))];
        }
        Ok(Some(made))
    }

    /// Returns a refund that contradicts its payment, booked and listed as any other.
    pub(super) fn undone_wrongly(
        &mut self,
        at: Moment,
        mistake: Mistake,
    ) -> Result<Option<Vec<Happening>>, Rejection> {
        let mut made = Vec::new();
        let past = if mistake == Mistake::UndoneFailed {
            let mut failed = self.world.some_charged(at)?;
            failed.status = TradeStatus::Failed;
            let past = PastTrade::of(&failed);
            let event = self.first_event(failed.kind);
            made.push(Happening::new(failed, event, Vec::new()));
            Some(past)
        } else {
            self.world.payment_to_undo(at, EXTRA)
        };
        let Some(past) = past else { return Ok(None) };
        let amount = past.amount_minor + if mistake == Mistake::UndoneTooMuch { EXTRA } else { 0 };
        let later = at.plus_seconds(if made.is_empty() { 0 } else { REFUNDED });
        let Some(mut refund) = self.world.refund_by(&past, amount, later)? else { return Ok(None) };
        let mut difference = Difference {
            right: Money::new(past.amount_minor, past.currency).grouped(),
            wrong: Money::new(amount, past.currency).grouped(),
        };
        if mistake == Mistake::UndoneForOther {
            let party = if refund.merchant.is_some() { &mut refund.merchant } else { &mut refund.customer };
            let Some(named) = party.as_ref().map(ToString::to_string) else { return Ok(None) };
            let Some(other) = self.world.people.other_party(&named, past.currency, &mut self.world.rng)
            else {
                return Ok(None);
            };
            *party = Some(other.parse()?);
            (difference.right, difference.wrong) = (named, other);
        }
        let Some(right) = self.right(&refund)? else { return Ok(None) };
        if !self.world.people.can_afford(&right) {
            return Ok(None);
        }
        let planted = self.planted(&refund, mistake, &difference);
        made.push(Happening { planted: vec![planted], ..self.booked(refund, right, None) });
        Ok(Some(made))
    }

    /// Returns what only the channel knows of, and a correct trade beside it.
    pub(super) fn at_channel_alone(
        &mut self,
        at: Moment,
        mistake: Mistake,
    ) -> Result<Option<Vec<Happening>>, Rejection> {
        let (trade, deviation) = match mistake {
            Mistake::LongRefundAtChannel => {
                let Some(past) = self.world.payment_to_undo(at, 0) else { return Ok(None) };
                let Some(trade) = self.world.refund_by(&past, past.amount_minor, at)? else {
                    return Ok(None);
                };
                // Once the refund is recorded, it is posted.
                let Some(right) = self.right(&trade)? else { return Ok(None) };
                self.world.people.add_correct(&right);
                self.reserve_for_correction(&trade, &[right]);
                (trade, None)
            }
            Mistake::ReversedInAdvance => {
                let mut trade = self.world.some_plain(at)?;
                trade.original_ref = Some(self.world.some_plain_on(trade.channel, at)?.channel_ref);
                (trade, Some(Deviation::Revokes))
            }
            _ => (self.world.some_plain(at)?, None),
        };
        let about = FindingSubject::Channel(trade.channel);
        let id = FindingId { cause: mistake.cause(), about, part: Some(trade.channel_ref.to_string()) };
        let difference = Difference { right: trade.amount().grouped(), wrong: trade.channel_ref.to_string() };
        let planted = vec![self.planted_as(mistake, &id, &difference)];
        let event = self.first_event(trade.kind);
        let alone =
            Happening { recorded: false, deviation, planted, ..Happening::new(trade, event, Vec::new()) };
        Ok(Some(vec![alone, self.correct(at)?]))
    }

    /// Returns a correct trade of the channel and day whose bill never comes.
    pub(super) fn on_lost_bill(&mut self, at: Moment) -> Result<Option<Vec<Happening>>, Rejection> {
        let Some((channel, day)) = self.world.timetable.lost else { return Ok(None) };
        let trade = self.world.some_plain_on(channel, at)?;
        let Some(right) = self.right(&trade)? else { return Ok(None) };
        self.world.people.add_correct(&right);
        let merchant = self.world.description.channel(channel).and_then(|entry| entry.bill.as_ref());
        let merchant = merchant.map(|bill| bill.merchant.as_str()).unwrap_or_default();
        let id = FindingId {
            cause: Cause::StatementMissing,
            about: FindingSubject::Channel(channel),
            part: Some(format!("{day}/{merchant}")),
        };
        let difference = Difference { right: day.to_string(), wrong: channel.to_string() };
        let planted = vec![self.planted_as(Mistake::StatementMissing, &id, &difference)];
        Ok(Some(vec![Happening { planted, ..self.booked(trade, right, None) }]))
    }

    /// Returns a correct trade, and beside it a voucher of the older system that names none.
    pub(super) fn beside_a_stray(&mut self, at: Moment, mistake: Mistake) -> Result<Happening, Rejection> {
        let mut beside = self.correct(at)?;
        let number = beside.trade.trade_no.as_str().trim_start_matches('T').to_owned();
        let party = self.world.people.stranger(&number);
        let holder = format!("{}.{party}", self.world.description.holder.account);
        let of_role = |role| chart::with_role(&self.in_force.chart, role).map(|subject| subject.code.clone());
        let debtor = of_role(AccountRole::Receivable).map(|subject| format!("{subject}.{party}"));
        let accounts = match mistake {
            Mistake::UnknownParty => of_role(AccountRole::Loss).zip(Some(holder)),
            Mistake::BelowFloor => Some(holder).zip(of_role(AccountRole::PriorYear)),
            Mistake::DebtOpen => debtor.zip(of_role(AccountRole::PriorYear)),
            _ => of_role(AccountRole::Loss).zip(of_role(AccountRole::Bank)),
        };
        let Some((debit, credit)) = accounts else { return Ok(beside) };
        let amount = Money::new(self.world.rng.i64(STRAY), self.in_force.currency());
        let line = |account: &str, side| {
            let account: AccountCode = account.parse()?;
            Ok::<_, Rejection>(Line { account, side, amount_minor: amount.minor, mode: Mode::Normal })
        };
        let lines = vec![line(&debit, Side::Debit)?, line(&credit, Side::Credit)?];
        if mistake == Mistake::Unexplained {
            *self.at_bank.entry(amount.currency).or_default() -= amount.minor;
        }
        let booking = self.booking(at, lines);
        let stray = Stray {
            voucher_no: format!("S{number}").parse()?,
            booking,
            accepted: matches!(mistake, Mistake::BelowFloor | Mistake::DebtOpen),
        };
        let mut answer = |of: Mistake, part: String| {
            let id =
                FindingId { cause: of.cause(), about: FindingSubject::Unclaimed, part: Some(part.clone()) };
            let difference = Difference { right: amount.grouped(), wrong: part };
            let planted: Planted = self.planted_as(of, &id, &difference);
            beside.planted.push(planted);
        };
        if !stray.accepted {
            answer(Mistake::Unexplained, stray.voucher_no.to_string());
        }
        match mistake {
            Mistake::UnknownParty => answer(mistake, credit),
            Mistake::BelowFloor | Mistake::DebtOpen => answer(mistake, debit),
            _ => {}
        }
        beside.strays.push(stray);
        Ok(beside)
    }
}
