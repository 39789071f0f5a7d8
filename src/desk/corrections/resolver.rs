//! From staged steps to drafts: what each step would book, on which day, in which mode, and why.
//!
//! Each step is resolved over the ledger as it was before the case, so that preview and commit see the same
//! state; what the earlier steps of the case do is kept apart from it, in [`EarlierSteps`]. A [`Baseline`]
//! holds both.

use crate::desk::corrections::earlier_steps::{Baseline, EarlierSteps};
use crate::desk::corrections::effect::{Effect, Resolved};
use crate::desk::in_force::InForce;
use crate::domain::chart;
use crate::domain::dating::{DayStates, event_day, posting_day};
use crate::domain::due::{Due, NotDue};
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::trade::Channel;
use crate::domain::voucher::{Draft, Line, Mode, Voucher, VoucherKind};
use crate::protocol::context::Context;
use crate::protocol::steps::StepRow;
use crate::store::accounts::account_head;
use crate::store::append::Refs;
use crate::store::event_id::EventId;
use crate::store::positions::positions;
use crate::store::{Reader, StoreError, events, parties, trades, vouchers};
use jiff::civil::Date;

/// What every step of one request shares: the rules in force and the request's context.
#[derive(Clone, Copy)]
pub struct Call<'d> {
    /// Rules, chart, calendar, policy.
    pub in_force: &'d InForce,
    /// Operator, time and language.
    pub context: &'d Context,
}

impl Call<'_> {
    /// Returns the business day of the request.
    #[must_use]
    pub fn today(&self) -> Date {
        self.in_force.today(self.context)
    }

    /// Returns a note in the request's language.
    #[must_use]
    pub fn words(&self, note: &Note) -> String {
        self.in_force.names.note(self.context.lang, note)
    }

    /// Returns what a refusal says in the request's language.
    #[must_use]
    pub fn message(&self, rejection: Rejection) -> String {
        let rejection = self.in_force.currencies.of_refusal(rejection);
        self.in_force.names.refusal(self.context.lang, rejection.into()).message(self.context.lang)
    }
}

/// The people and the reason of a correction.
#[derive(Debug, Clone)]
pub struct Author<'a> {
    /// The case; `None` for a plan that is not stored.
    pub case_no: Option<&'a CaseNo>,
    /// Maker of the vouchers.
    pub maker: &'a Operator,
    /// Their checker.
    pub checker: Option<&'a Operator>,
    /// Reason code.
    pub reason: &'a str,
}

/// Resolves the steps of a case over what the ledger holds now.
pub struct Resolver<'d, 'r, R: Reader + ?Sized> {
    pub(crate) call: &'d Call<'d>,
    pub(crate) days: &'d dyn DayStates,
    pub(crate) author: Author<'d>,
    pub(crate) reader: &'r mut R,
    head: i64,
    pub(crate) earlier: EarlierSteps,
}

impl<'d, 'r, R: Reader + ?Sized> Resolver<'d, 'r, R> {
    /// A resolver for the next steps of a case.
    pub fn new(
        call: &'d Call<'d>,
        days: &'d dyn DayStates,
        author: Author<'d>,
        reader: &'r mut R,
        ground: Baseline,
    ) -> Self {
        Self { call, days, author, reader, head: ground.head, earlier: ground.earlier }
    }

    /// Returns the baseline for the steps that follow.
    pub fn baseline(self) -> Baseline {
        Baseline { head: self.head, earlier: self.earlier }
    }

    /// Returns the place of the last voucher before the case.
    pub(crate) const fn head(&self) -> i64 {
        self.head
    }

    /// Returns a voucher that was posted before the case.
    pub(crate) fn voucher(&mut self, voucher_no: &VoucherNo) -> Result<Voucher, StoreError> {
        let found = vouchers::voucher(self.reader, voucher_no)?.filter(|voucher| voucher.seq <= self.head);
        found.ok_or_else(|| Rejection::not_found("voucher", voucher_no).into())
    }

    /// Returns the rows that a voucher of a trade's event refers to.
    pub(crate) fn refs_of(&self, trade: i64, event: Option<Event>) -> Refs {
        let number = event.and_then(|event| self.call.in_force.kinds.number(event));
        let event = number.map(|number| EventId::numbered(trade, number));
        Refs { trade: Some(trade), reverses: None, event }
    }

    pub(crate) fn words(&self, note: &Note) -> String {
        self.call.words(note)
    }

    /// Posts an event by the rules, with corrected facts if given.
    pub(crate) fn post_event(
        &mut self,
        (shown, kind): (StepRow, VoucherKind),
        trade_no: &TradeNo,
        event: Event,
        set: &[(String, String)],
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let position = self.position(trade_no)?;
        self.refuse_if_barred(&position.trade)?;
        self.refuse_if_posted(&position, event)?;
        let mut facts = self.facts(&position)?;
        let amendments = self.amend(&position, &mut facts, set)?;
        self.refuse_if_not_due(&position, event, &facts)?;
        let arises = self.arises(&position, event, &facts)?;
        let expected = self.call.in_force.expected(&facts, event)?;
        let happened = events::day_of(self.reader, position.id, event)?.unwrap_or(facts.business_date);
        let day = event_day((event, happened), facts.business_date, self.call.today());
        let accounting_date = posting_day(day, self.call.today(), self.days)?;
        let mut lines: Vec<Line> = expected.lines.iter().map(|line| line.line.clone()).collect();
        if accounting_date.year() > facts.business_date.year() {
            self.call.in_force.to_prior_year(&mut lines)?;
        }
        self.earlier.booked.insert((position.id, event));
        let laid = amendments.iter().map(|amendment| (amendment.fact, amendment.value.clone()));
        self.earlier.facts.entry(position.id).or_default().extend(laid);
        let word = kind.as_str();
        let memo = Note::new(&format!("memo.{word}")).with("trade", trade_no).with("event", event);
        let default_why =
            Note::new(&format!("why.{word}")).with("rule", &expected.rule).with("day", accounting_date);
        let draft = Draft {
            rule: Some(expected.rule.clone()),
            lines,
            ..self.draft(
                kind,
                Mode::Normal,
                (Some(trade_no.clone()), Some(event)),
                (accounting_date, facts.business_date, facts.business_date),
                self.words(&memo),
            )
        };
        let row = StepRow {
            mode: Some(Mode::Normal),
            accounting_date: Some(accounting_date),
            why: self.words(&why.unwrap_or(default_why)),
            ..shown
        };
        let refs = self.refs_of(position.id, Some(event));
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: None,
            amendments,
            item: None,
            line: None,
            arises,
        };
        Ok(Resolved { row, trade: Some(trade_no.clone()), effect })
    }

    /// Returns true if the trade has no such event yet, so that the first step that books it brings it.
    ///
    /// # Errors
    /// [`Code::NotDue`] and its like if the trade has not reached the event.
    pub(crate) fn arises(
        &mut self,
        position: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
    ) -> Result<bool, StoreError> {
        let trade = &position.trade;
        if position.events.iter().any(|(known, _)| *known == event)
            || self.earlier.arisen.contains(&(position.id, event))
        {
            return Ok(false);
        }
        // A trade that this case records has the events that come with it.
        let with_trade = self.call.in_force.events_of(trade.kind);
        if self.earlier.recorded.contains_key(&trade.trade_no)
            && with_trade.iter().any(|(known, _)| *known == event)
        {
            return Ok(false);
        }
        self.refuse_if_not_due(position, event, facts)?;
        self.earlier.arisen.insert((position.id, event));
        Ok(true)
    }

    /// Refuses an event that is not due after the steps so far.
    pub(crate) fn refuse_if_not_due(
        &self,
        position: &TradePosition,
        event: Event,
        facts: &Facts<'_>,
    ) -> Result<(), Rejection> {
        let is_booked = |prior: Event| self.is_booked(position, prior);
        let (trade, now) = (&position.trade, self.call.context.now);
        let due = self.call.in_force.due(facts, trade.occurred_at, event, now, is_booked);
        let currencies = &self.call.in_force.currencies;
        let in_money = |minor| currencies.amount(Money::new(minor, facts.currency));
        refuse_unless_due(&due, &trade.trade_no, event, in_money)
    }

    /// Returns true if a posting of the event is left by the steps so far.
    fn is_booked(&self, position: &TradePosition, event: Event) -> bool {
        position.live(event).any(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no))
            || self.earlier.booked.contains(&(position.id, event))
    }

    /// Returns true if a party is known: to a trade, to a trade that this case records, or by an account.
    pub(crate) fn is_known(&mut self, party: &str) -> Result<bool, StoreError> {
        // Its accounts could not be told from those of another party in that currency.
        if self.call.in_force.currencies.in_name(party).is_some() {
            return Ok(false);
        }
        let here = self.earlier.recorded.values().any(|known| {
            let parties = [&known.trade.customer, &known.trade.merchant];
            parties.into_iter().flatten().any(|known| known.as_str() == party)
        });
        let holders = self.call.in_force.chart.iter().filter(|subject| subject.is_of_parties());
        let mut accounts: Vec<String> = holders.map(|subject| format!("{}.{party}", subject.code)).collect();
        let others = self.call.in_force.currencies.others();
        let in_others =
            accounts.iter().flat_map(|code| others.iter().map(move |other| format!("{code}.{other}")));
        accounts.extend(in_others.collect::<Vec<_>>());
        Ok(here || parties::is_party(self.reader, party, &accounts)?)
    }

    /// Refuses lines that would open an account for a party unknown to every trade.
    pub(crate) fn refuse_accounts_of_unknown_parties(&mut self, lines: &[Line]) -> Result<(), StoreError> {
        match self.account_of_unknown_party(lines)? {
            None => Ok(()),
            Some((party, account)) => {
                Err(Rejection::new(Code::PartyUnknown).with("party", party).with("account", account).into())
            }
        }
    }

    /// Returns the first party unknown to every trade for which these lines would open an account, and the account.
    pub(crate) fn account_of_unknown_party(
        &mut self,
        lines: &[Line],
    ) -> Result<Option<(String, AccountCode)>, StoreError> {
        for line in lines {
            let Some(leaf) = self.call.in_force.currencies.holder(&line.account) else { continue };
            let is_channel =
                Channel::of_text(leaf).is_some_and(|code| self.call.in_force.channels.get(code).is_some());
            if !is_channel
                && account_head(self.reader, &line.account)?.is_none()
                && chart::subject_of(&self.call.in_force.chart, &line.account).is_some_and(|s| s.opens_leaves)
                && !self.is_known(leaf)?
            {
                return Ok(Some((leaf.to_owned(), line.account.clone())));
            }
        }
        Ok(None)
    }

    /// Returns the due events that the case reverses, or of trades it records, and that it leaves without a
    /// posting.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn left_unbooked(&mut self) -> Result<Vec<(TradeNo, Event)>, StoreError> {
        let mut unbooked = Vec::new();
        let mut events = std::mem::take(&mut self.earlier.taken_back);
        let recorded = &self.earlier.recorded;
        events.extend(recorded.iter().map(|(trade_no, known)| (trade_no.clone(), Event::CAPTURED, known.id)));
        events.sort();
        events.dedup();
        for (trade_no, event, trade) in events {
            let known = (trade, event);
            if self.earlier.booked.contains(&known) || self.earlier.adjusted.contains(&known) {
                continue;
            }
            let position = self.position(&trade_no)?;
            let is_live =
                position.live(event).any(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no));
            let facts = self.facts(&position)?;
            let due =
                self.call.in_force.rule(&facts, event).is_some_and(|(_, r)| r.is_due_status(facts.status));
            if due && !is_live {
                unbooked.push((trade_no, event));
            }
        }
        Ok(unbooked)
    }

    /// Refuses if the event still has a live posting that this case does not reverse.
    pub(crate) fn refuse_if_posted(&self, position: &TradePosition, event: Event) -> Result<(), StoreError> {
        self.refuse_if_parked(position, event)?;
        let live = position
            .live(event)
            .find(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no))
            .map(|voucher| voucher.voucher_no.to_string());
        let key = (position.id, event);
        if live.is_none() && !self.earlier.booked.contains(&key) {
            return Ok(());
        }
        let rejection =
            Rejection::new(Code::AlreadyPosted).with("trade", &position.trade.trade_no).with("event", event);
        let rejection = match live.or_else(|| self.earlier.booking.get(&key).map(ToString::to_string)) {
            Some(voucher) => rejection.with("voucher", voucher),
            None => rejection.with("here", &position.trade.trade_no),
        };
        Err(rejection.into())
    }

    pub(crate) fn position(&mut self, trade_no: &TradeNo) -> Result<TradePosition, StoreError> {
        if let Some(recorded) = self.recorded(trade_no) {
            return Ok(recorded);
        }
        let id = trades::trade_id(self.reader, trade_no)?
            .ok_or_else(|| Rejection::not_found("trade", trade_no))?;
        let mut found =
            positions(self.reader, id, id)?.pop().ok_or_else(|| Rejection::not_found("trade", trade_no))?;
        found.vouchers.retain(|voucher| voucher.seq <= self.head);
        Ok(found)
    }

    pub(crate) fn draft(
        &self,
        kind: VoucherKind,
        mode: Mode,
        (trade_no, event): (Option<TradeNo>, Option<Event>),
        (accounting_date, business_date, value_date): (Date, Date, Date),
        memo: String,
    ) -> Draft {
        Draft {
            voucher_no: None,
            kind,
            mode,
            trade_no,
            event,
            reverses: None,
            case_no: self.author.case_no.cloned(),
            accounting_date,
            business_date,
            value_date,
            reason: Some(self.author.reason.to_owned()),
            rule: None,
            maker: self.author.maker.clone(),
            checker: self.author.checker.cloned(),
            posted_at: self.call.context.now,
            memo,
            lines: Vec::new(),
        }
    }
}

/// Refuses an event that is not due; `in_money` words minor units of its trade's currency.
pub(crate) fn refuse_unless_due(
    due: &Due,
    trade_no: &TradeNo,
    event: Event,
    in_money: impl FnOnce(i64) -> String,
) -> Result<(), Rejection> {
    let base = |code| Rejection::new(code).with("trade", trade_no).with("event", event);
    match due {
        Due::Yes => Ok(()),
        Due::No(why) => {
            let note = why.note();
            let args = [base(Code::NotDue).args, note.args].concat();
            let rejection = Rejection { args, ..Rejection::new(Code::NotDue) }.with("problem", note.key);
            Err(if *why == NotDue::Nothing { rejection.as_nothing_to_book() } else { rejection })
        }
        Due::Waiting { system, until } => {
            Err(base(Code::Waiting).with("system", system).with("until", until))
        }
        Due::Late { ended } => Err(base(Code::NotDue).with("problem", "finding.late").with("ended", ended)),
        Due::OverLimit { system, limit_minor, .. } => {
            Err(base(Code::OverLimit).with("system", system).with("limit", in_money(*limit_minor)))
        }
    }
}
