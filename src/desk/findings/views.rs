//! What a cause judges: a trade, an event of it, its comparison with the channel, or what no trade
//! explains. All pure.

use crate::desk::findings::evidence::{AccountEvidence, LineEvidence, TradeEvidence};
use crate::desk::in_force::InForce;
use crate::desk::missing::MissingDays;
use crate::domain::chart::is_of_party;
use crate::domain::compare::{Difference, compare};
use crate::domain::due::Due;
use crate::domain::event::Event;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::{FindingId, FindingSubject};
use crate::domain::id::AccountCode;
use crate::domain::money::{Currency, Money};
use crate::domain::period::Moment;
use crate::domain::position::TradePosition;
use crate::domain::rule::{Expected, ExpectedLine, Facts};
use crate::domain::trade::Channel;
use crate::domain::voucher::Line;
use crate::protocol::trades::StatementRow;
use crate::store::account_evidence::StatementGap;
use crate::store::answered::{GoneLine, Unclaimed};
use crate::store::matching::LineOwner;
use crate::store::takeover::Unexplained;
use std::cell::Cell;

/// What judging is based on besides the evidence.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    /// Rules, chart, calendar and policy.
    pub in_force: &'s InForce,
    /// Time of the request.
    pub now: Moment,
    /// Where to note when time alone may change what is found; `None` if nobody asks.
    pub again: Option<&'s Again>,
}

impl Scope<'_> {
    /// Notes that at a time to come what is found may change, without anything else.
    pub(crate) fn look_again(&self, at: Moment) {
        if let Some(again) = self.again
            && at > self.now
        {
            again.note(at);
        }
    }
}

/// The earliest time at which time alone may change what was found.
#[derive(Debug, Default)]
pub(crate) struct Again(Cell<Option<Moment>>);

impl Again {
    fn note(&self, at: Moment) {
        self.0.set(Some(self.0.get().map_or(at, |known| known.min(at))));
    }

    /// Returns the time, and forgets it.
    pub(crate) fn take(&self) -> Option<Moment> {
        self.0.take()
    }
}

/// A trade as a whole.
#[derive(Clone, Copy)]
pub(crate) struct TradeView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// What is known of it.
    pub evidence: &'e TradeEvidence,
}

impl<'e> TradeView<'e> {
    /// Returns the trade with everything booked for it.
    pub(crate) const fn position(&self) -> &'e TradePosition {
        &self.evidence.position
    }

    /// Formats minor units in the trade's currency for a text.
    pub(crate) fn money(&self, minor: i64) -> String {
        self.scope.in_force.currencies.amount(Money::new(minor, self.position().trade.currency))
    }

    /// Returns a finding about the trade, without an explanation yet.
    pub(crate) fn finding(&self, cause: Cause) -> Finding {
        let trade = &self.position().trade;
        let id = FindingId::of_trade(cause, trade.trade_no.clone());
        Finding {
            channel: Some(trade.channel),
            channel_ref: Some(trade.channel_ref.to_string()),
            amount_minor: trade.amount_minor,
            ..id.finding(trade.occurred_at, self.scope.now, trade.currency.code())
        }
    }

    /// Explains that another trade has the line which this one might have.
    pub(crate) fn line_is_of(&self, owner: &LineOwner) -> Note {
        let trade = &self.position().trade;
        let key = match owner {
            LineOwner { succeeded: true, .. } => "finding.doubles",
            LineOwner { by_people: true, .. } => "finding.line_given",
            LineOwner { .. } => "finding.line_fits_other",
        };
        Note::new(key)
            .with("channel", trade.channel)
            .with("ref", &trade.channel_ref)
            .with("other", &owner.trade_no)
            .with("amount", self.money(trade.amount_minor))
    }

    /// Returns whether an event is to be booked now.
    pub(crate) fn due(&self, facts: &Facts<'_>, event: Event) -> Due {
        let position = self.position();
        let is_booked =
            |event: Event| position.events.iter().any(|(known, live)| *known == event && *live > 0);
        let (in_force, occurred_at) = (self.scope.in_force, position.trade.occurred_at);
        let due = in_force.due(facts, occurred_at, event, self.scope.now, is_booked);
        if let Some(at) = in_force.due_changes(facts, occurred_at, &due) {
            self.scope.look_again(at);
        }
        due
    }
}

/// An event of a trade that has nothing in suspense.
pub(crate) struct EventView<'e> {
    /// The trade.
    pub trade: TradeView<'e>,
    /// The event.
    pub event: Event,
    /// Number of its live postings.
    pub live_count: i64,
    /// Whether it is to be booked now.
    pub due: Due,
    /// What should be booked; `None` if nothing is booked or is to be.
    pub expected: Option<Expected>,
    /// How the only live posting, with its adjustments, differs from what is expected; `None` if that is
    /// acceptable.
    pub difference: Option<Difference>,
}

impl<'e> EventView<'e> {
    /// Compares an event with the rules.
    pub(crate) fn of(trade: TradeView<'e>, facts: &Facts<'_>, event: Event, live_count: i64) -> Self {
        let due = trade.due(facts, event);
        let mut view = Self { trade, event, live_count, due, expected: None, difference: None };
        if live_count > 0 && !view.due.forbids() {
            view.expected = trade.scope.in_force.expected(facts, event).ok();
            view.difference = view.unaccepted_difference();
        }
        view
    }

    /// Returns a finding about the event, without an explanation yet.
    pub(crate) fn finding(&self, cause: Cause) -> Finding {
        let mut finding = self.trade.finding(cause);
        let trade_no = self.trade.position().trade.trade_no.clone();
        finding.finding = FindingId::of_trade(cause, trade_no).with_part(self.event).to_string();
        finding.event = Some(self.event);
        finding
    }

    /// Returns whether the event is to be booked, if it has no live posting.
    pub(crate) fn due_if_missing(&self) -> Option<&Due> {
        (self.live_count == 0).then_some(&self.due)
    }

    /// Returns a finding about the missing posting of the event.
    pub(crate) fn missing_finding(&self, cause: Cause, note: Note) -> Finding {
        let mut finding = self.finding(cause);
        finding.expected_minor = Some(self.trade.position().trade.amount_minor);
        finding.actual_minor = Some(0);
        finding.note = note;
        finding
    }

    /// Returns a finding about the difference between the posting and the rules, if it is of this cause.
    pub(crate) fn booked_finding(&self, cause: Cause, key: &str) -> Option<Finding> {
        let difference = self.difference.as_ref().filter(|difference| difference.cause == cause)?;
        let rule = &self.expected.as_ref()?.rule;
        let mut finding = self.finding(cause);
        let posting = self.trade.position().live(self.event).next();
        finding.voucher_no = posting.map(|voucher| voucher.voucher_no.clone());
        finding.account.clone_from(&difference.account);
        finding.expected_minor = Some(difference.expected_minor);
        finding.actual_minor = Some(difference.actual_minor);
        finding.amount_minor = difference.amount_minor;
        let currency = self.currency_of(difference);
        currency.code().clone_into(&mut finding.currency);
        let currencies = &self.trade.scope.in_force.currencies;
        let money = |minor| currencies.amount(Money::new(minor, currency));
        finding.note = Note::new(key)
            .with("rule", rule)
            .with("account", difference.account.as_ref().map_or("–", |account| account.as_str()))
            .with("expected", money(difference.expected_minor))
            .with("actual", money(difference.actual_minor));
        Some(finding)
    }

    /// Returns the currency of a difference: that of its account.
    fn currency_of(&self, difference: &Difference) -> Currency {
        let account = difference.account.as_ref();
        let currency = account.map(|code| self.trade.scope.in_force.currencies.of(code));
        currency.unwrap_or(self.trade.position().trade.currency)
    }

    /// Returns the difference between the rules and what is booked, in one currency: amounts of two are not
    /// compared with each other.
    fn difference_in_one_currency(&self, expected: &Expected, booked: &[&Line]) -> Option<Difference> {
        let kept = &self.trade.scope.in_force.currencies;
        let trade = &self.trade.position().trade;
        let is_other = |line: &&Line| kept.of(&line.account) != trade.currency;
        if trade.counter_amount.is_none() && (kept.others().is_empty() || !booked.iter().any(is_other)) {
            return compare(&expected.lines, booked);
        }
        let others = kept.all().filter(|currency| *currency != trade.currency);
        std::iter::once(trade.currency).chain(others).find_map(|currency| {
            let here = |line: &Line| kept.of(&line.account) == currency;
            let expected: Vec<ExpectedLine> =
                expected.lines.iter().filter(|line| here(&line.line)).cloned().collect();
            let booked: Vec<&Line> = booked.iter().copied().filter(|line| here(line)).collect();
            compare(&expected, &booked)
        })
    }

    fn unaccepted_difference(&self) -> Option<Difference> {
        if self.live_count > 1 {
            return None;
        }
        let expected = self.expected.as_ref()?;
        let booked = self.trade.position().counted_lines(self.event);
        let difference = self.difference_in_one_currency(expected, &booked)?;
        let accepted = self.is_right_over_years(expected) || self.follows_misposted_payment(&difference);
        (!accepted).then_some(difference)
    }

    /// Returns true if clearing or settlement went to the wrong party only because the payment did, and was
    /// paid out: then the payment is the mistake, and its correction goes into that party's next settlement
    /// (S23).
    fn follows_misposted_payment(&self, difference: &Difference) -> bool {
        let position = self.trade.position();
        if difference.cause != Cause::WrongAccount
            || !matches!(self.event, Event::CLEARED | Event::SETTLED)
            || position.live(Event::SETTLED).next().is_none()
        {
            return false;
        }
        let in_force = self.trade.scope.in_force;
        let Some(party) = difference.account.as_ref().and_then(|account| party(in_force, account)) else {
            return false;
        };
        let mut booked = position.live(Event::CAPTURED).flat_map(|voucher| &voucher.lines);
        booked.any(|line| party_is(in_force, &line.account, party))
    }

    /// Returns true if what a later year booked is right: it puts profit and loss on the prior-year
    /// adjustment account, so the results of both years are one.
    fn is_right_over_years(&self, expected: &Expected) -> bool {
        let position = self.trade.position();
        if !position.is_booked_in_later_year(self.event) {
            return false;
        }
        let mut expected = expected.lines.clone();
        let mut booked: Vec<Line> = position.counted_lines(self.event).into_iter().cloned().collect();
        let mut should: Vec<Line> = expected.iter().map(|line| line.line.clone()).collect();
        let in_force = self.trade.scope.in_force;
        if in_force.to_prior_year(&mut should).is_err() || in_force.to_prior_year(&mut booked).is_err() {
            return false;
        }
        for (line, moved) in expected.iter_mut().zip(should) {
            line.line = moved;
        }
        compare(&expected, &booked.iter().collect::<Vec<_>>()).is_none()
    }
}

/// Returns the customer or merchant whose account it is.
fn party<'a>(in_force: &InForce, account: &'a AccountCode) -> Option<&'a str> {
    in_force.currencies.holder(account).filter(|_| is_of_party(&in_force.chart, account))
}

fn party_is(in_force: &InForce, account: &AccountCode, expected: &str) -> bool {
    party(in_force, account) == Some(expected)
}

/// A trade with the channel's lines of its reference, if the comparison found a difference.
pub(crate) struct ChannelView<'e> {
    /// The trade.
    pub trade: TradeView<'e>,
    /// Its facts, corrected.
    pub facts: &'e Facts<'e>,
    /// The first of the channel's lines.
    pub line: Option<&'e StatementRow>,
}

impl ChannelView<'_> {
    /// Returns a finding that compares what the channel pays with what we have, without an explanation yet.
    pub(crate) fn finding(&self, cause: Cause) -> Finding {
        let mut finding = self.trade.finding(cause);
        finding.amount_minor = self.facts.paid_minor();
        finding.expected_minor = self.line_in_our_currency().map(|line| line.line.paid_minor());
        finding.actual_minor = Some(self.facts.paid_minor());
        let posting = self.trade.position().live(Event::CAPTURED).next();
        finding.voucher_no = posting.map(|voucher| voucher.voucher_no.clone());
        finding
    }

    /// Returns the channel's line if it is in the trade's currency, so that both can be compared.
    pub(crate) fn line_in_our_currency(&self) -> Option<&StatementRow> {
        self.line.filter(|row| row.line.currency == self.facts.currency)
    }

    /// Completes a finding of a trade that the channel does not have: it is explained as a shortage.
    pub(crate) fn without_line(&self, mut finding: Finding) -> Finding {
        finding.expected_minor = Some(0);
        finding.note = match self.line {
            Some(row) if row.line.revokes(&self.trade.position().trade.channel_ref) => {
                self.note("finding.revoked")
            }
            Some(row) => self.note("finding.listed_otherwise").with("theirs", row.line.status),
            None => match &self.trade.evidence.line_owner {
                Some(owner) => self.trade.line_is_of(owner),
                None => self.note("finding.short").with("day", self.trade.position().trade.business_date),
            },
        };
        finding
    }

    /// Returns an explanation that names the channel and its reference: the line's, which people may have matched
    /// under another one, or the trade's if it has no line or the line revokes it.
    pub(crate) fn note(&self, key: &str) -> Note {
        let trade = &self.trade.position().trade;
        let theirs = self.line.map(|row| &row.line).filter(|line| !line.revokes(&trade.channel_ref));
        let reference = theirs.map_or(&trade.channel_ref, |line| &line.channel_ref);
        Note::new(key).with("channel", trade.channel).with("ref", reference)
    }
}

/// A channel's line without a trade.
#[derive(Clone, Copy)]
pub(crate) struct LineView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// What is known of it.
    pub evidence: &'e LineEvidence,
}

impl LineView<'_> {
    /// Returns a finding about the line, explained by a text that may name channel, reference, file and line.
    pub(crate) fn finding(&self, cause: Cause, key: &str) -> Finding {
        let LineEvidence { channel, row, name, .. } = self.evidence;
        let known: Option<Channel> = channel.parse().ok();
        let about = known.map_or(FindingSubject::Unclaimed, FindingSubject::Channel);
        let id = FindingId { cause, about, part: Some(name.clone()) };
        Finding {
            channel_ref: Some(row.line.channel_ref.to_string()),
            expected_minor: Some(row.line.paid_minor()),
            actual_minor: Some(0),
            amount_minor: row.line.paid_minor(),
            note: Note::new(key)
                .with("channel", channel)
                .with("ref", &row.line.channel_ref)
                .with("file", &row.file)
                .with("line", row.line.line)
                .with_some("trouble", row.line.trouble.as_ref()),
            ..id.finding(row.line.occurred_at, self.scope.now, row.line.currency.code())
        }
    }
}

/// Money in suspense that no trade put there.
#[derive(Clone, Copy)]
pub(crate) struct UnclaimedView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// The open item.
    pub item: &'e Unclaimed,
}

/// Statements that never came from a channel.
#[derive(Clone, Copy)]
pub(crate) struct MissingView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// What is missing, and since when the channel has statements.
    pub days: &'e MissingDays,
}

/// A statement of an account that does not go on from the one before.
#[derive(Clone, Copy)]
pub(crate) struct GapView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// The statement and the balances.
    pub gap: &'e StatementGap,
}

/// A line that a case answered and that is gone or changed since.
#[derive(Clone, Copy)]
pub(crate) struct GoneView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// The line.
    pub line: &'e GoneLine,
}

/// A voucher of an older system that names no event of a trade.
#[derive(Clone, Copy)]
pub(crate) struct VoucherView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// The voucher.
    pub voucher: &'e Unexplained,
}

/// An account whose balance is odd.
#[derive(Clone, Copy)]
pub(crate) struct AccountView<'e> {
    /// Rules and time.
    pub scope: Scope<'e>,
    /// What is known of it.
    pub evidence: &'e AccountEvidence,
    /// Whether a finding of one of its trades explains it: correcting that comes first.
    pub is_explained: bool,
}

impl AccountView<'_> {
    /// Formats minor units in the account's currency for a text.
    pub(crate) fn money(&self, minor: i64) -> String {
        Money::new(minor, self.scope.in_force.currencies.of(&self.evidence.account.account)).grouped()
    }

    /// Returns a finding about the account, explained by a text that may name account, voucher, balance and bound.
    pub(crate) fn finding(&self, cause: Cause, key: &str) -> Finding {
        let AccountEvidence { account, crossing, .. } = self.evidence;
        let since = crossing.as_ref().map_or(self.scope.now, |crossing| crossing.at);
        let voucher = crossing.as_ref().map_or("–", |crossing| crossing.voucher_no.as_str());
        let voucher_at_fault = crossing.as_ref().filter(|crossing| crossing.is_unexplained);
        Finding {
            voucher_no: voucher_at_fault.map(|crossing| crossing.voucher_no.clone()),
            account: Some(account.account.clone()),
            expected_minor: Some(account.bound_minor),
            actual_minor: Some(account.balance_minor),
            amount_minor: account.balance_minor.saturating_sub(account.bound_minor).saturating_abs(),
            note: Note::new(key)
                .with("account", &account.account)
                .with("voucher", voucher)
                .with("balance", self.money(account.balance_minor))
                .with("bound", self.money(account.bound_minor)),
            ..FindingId::of_unclaimed(cause).with_part(&account.account).finding(
                since,
                self.scope.now,
                &account.currency,
            )
        }
    }
}
