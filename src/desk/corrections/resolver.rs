//! From staged steps to drafts: what each step would book, on which day, in which mode, and why.
//!
//! Each step is resolved over the ledger as it was before the case, so that preview and commit see the same ground; what earlier
//! steps of the same case do is kept beside it (a [`Baseline`]).

use crate::desk::corrections::earlier_steps::{Baseline, EarlierSteps};
use crate::desk::corrections::effect::{Amendment, Effect, KeptStep, Resolved, row};
use crate::desk::in_force::InForce;
use crate::domain::chart;
use crate::domain::correction::{mirror, reversal_terms, to_prior_year};
use crate::domain::dating::{Days, posting_day};
use crate::domain::due::Due;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::money::{Currency, Money};
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::statement::{StatementLine, proves};
use crate::domain::trade::{Channel, TradeStatus};
use crate::domain::voucher::{Draft, Line, Mode, Voucher, VoucherKind};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::steps::{StepRequest, StepRow};
use crate::store::accounts::account_head;
use crate::store::append::Refs;
use crate::store::positions::positions;
use crate::store::{Reader, StoreError, parties, statements, trades, vouchers};
use jiff::civil::Date;

/// Facts that a re-posting may correct; `reason` says why where the channel does not prove it.
const CORRECTABLE: [&str; 5] = ["amount", "fee", "customer", "merchant", "product"];

/// What every step of one request shares: what is in force, and who asks when.
#[derive(Clone, Copy)]
pub struct Call<'d> {
    /// Rules, chart, calendar, policy.
    pub in_force: &'d InForce,
    /// Operator, time and language.
    pub context: &'d Context,
}

impl Call<'_> {
    /// The business day of the request.
    #[must_use]
    pub fn today(&self) -> Date {
        self.in_force.today(self.context)
    }
}

/// Who corrects, in which case.
#[derive(Debug, Clone)]
pub struct Author<'a> {
    /// The case; a plan that stores nothing has none.
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
    pub(crate) days: &'d dyn Days,
    author: Author<'d>,
    pub(crate) reader: &'r mut R,
    head: i64,
    pub(crate) earlier: EarlierSteps,
}

impl<'d, 'r, R: Reader + ?Sized> Resolver<'d, 'r, R> {
    /// A resolver for the next steps of a case.
    pub fn new(
        call: &'d Call<'d>,
        days: &'d dyn Days,
        author: Author<'d>,
        reader: &'r mut R,
        ground: Baseline,
    ) -> Self {
        Self { call, days, author, reader, head: ground.head, earlier: ground.earlier }
    }

    /// The ground for the steps that follow.
    pub fn ground(self) -> Baseline {
        Baseline { head: self.head, earlier: self.earlier }
    }

    /// A voucher that stood before the case.
    pub(crate) fn voucher(&mut self, voucher_no: &VoucherNo) -> Result<Voucher, StoreError> {
        let found = vouchers::voucher(self.reader, voucher_no)?.filter(|voucher| voucher.seq <= self.head);
        found.ok_or_else(|| Rejection::not_found("voucher", voucher_no).into())
    }

    /// Resolves the next step.
    ///
    /// # Errors
    /// Why the step cannot be booked, or a fault.
    pub fn step(&mut self, number: i64, kept: &KeptStep) -> Result<Resolved, StoreError> {
        let why = kept.why.clone();
        match &kept.request {
            StepRequest::Reverse { voucher_no, mode } => self.reverse(number, voucher_no, *mode, why),
            StepRequest::Repost { trade_no, event, set } => {
                self.book(number, VoucherKind::Repost, trade_no, event.unwrap_or(Event::Captured), set, why)
            }
            StepRequest::Supplement { trade_no, event } => self.book(
                number,
                VoucherKind::Supplement,
                trade_no,
                event.unwrap_or(Event::Captured),
                &[],
                why,
            ),
            StepRequest::Adjust { trade_no, event, lines, red, aside } => {
                let event = event.unwrap_or(Event::Captured);
                self.adjust(number, (trade_no, event), lines, (*red, *aside), why)
            }
            StepRequest::Park { trade_no, event, instead_of, lines } => {
                let event = event.unwrap_or(Event::Captured);
                self.park(number, (trade_no, event), instead_of.as_ref(), lines, why)
            }
            StepRequest::ParkLine { line, lines } => self.park_line(number, line.as_ref(), lines, why),
            StepRequest::Stub { line } => self.stub(number, line, why),
            StepRequest::Unpark { voucher_no, to, line } => {
                self.unpark(number, voucher_no, (to, line.as_ref()), why)
            }
            StepRequest::Record { .. } => self.record(number, &kept.request, why),
            StepRequest::Counter { .. } => self.counter(number, &kept.request, why),
            StepRequest::Status { trade_no, status } => self.status(number, trade_no, *status, why),
        }
    }

    pub(crate) fn words(&self, note: &Note) -> String {
        i18n::note(self.call.context.lang, note)
    }

    pub(crate) fn reverse(
        &mut self,
        number: i64,
        voucher_no: &VoucherNo,
        asked: Option<Mode>,
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let original = self.voucher(voucher_no)?;
        self.may_reverse(&original)?;
        let terms = reversal_terms(
            original.accounting_date,
            self.call.today(),
            self.days,
            self.call.in_force.policy.later_day,
            asked,
        )?;
        let lines: Vec<Line> = original
            .entries
            .iter()
            .map(|entry| Line {
                account: entry.account.clone(),
                side: entry.side,
                amount_minor: entry.amount_minor,
                mode: entry.mode,
            })
            .collect();
        let trade = match &original.trade_no {
            Some(trade_no) => trades::trade_id(self.reader, trade_no)?,
            None => None,
        };
        self.earlier.reversed.insert(voucher_no.clone());
        if let Some((trade, event)) = trade.zip(original.event)
            && let Some(trade_no) = original.trade_no.as_ref().filter(|_| original.kind.posts_event())
        {
            self.earlier.taken_back.push((trade_no.clone(), event, trade));
        }
        let mut mirrored = mirror(&lines, terms.mode);
        if terms.accounting_date.year() > original.accounting_date.year() {
            to_prior_year(&mut mirrored, &self.call.in_force.chart)?;
        }
        let memo =
            Note::new("memo.reverse").with("voucher", voucher_no).with("day", original.accounting_date);
        let draft = Draft {
            lines: mirrored,
            reverses: Some(voucher_no.clone()),
            rule: original.rule.clone(),
            ..self.draft(
                VoucherKind::Reverse,
                terms.mode,
                (original.trade_no.clone(), original.event),
                (terms.accounting_date, original.business_date, original.value_date),
                self.words(&memo),
            )
        };
        let row = StepRow {
            voucher_no: Some(voucher_no.clone()),
            mode: Some(terms.mode),
            accounting_date: Some(terms.accounting_date),
            why: self.words(&why.unwrap_or(terms.why)),
            ..row(number, "reverse", original.trade_no.clone(), original.event)
        };
        let refs = Refs { trade, reverses: Some(original.seq) };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs,
            original: Some((original.accounting_date, lines)),
            amendments: Vec::new(),
            item: None,
            line: None,
        };
        Ok(Resolved { row, trade: original.trade_no, effect })
    }

    pub(crate) fn may_reverse(&mut self, original: &Voucher) -> Result<(), StoreError> {
        let voucher_no = &original.voucher_no;
        if original.kind == VoucherKind::Reverse {
            let reverses = original.reverses.as_ref().map_or("", |no| no.as_str());
            return Err(Rejection::new(Code::ReversalOfReversal)
                .with("voucher", voucher_no)
                .with("original", reverses)
                .into());
        }
        let in_case = || self.author.case_no.map_or_else(|| "–".to_owned(), ToString::to_string);
        let by = self.earlier.reversed.contains(voucher_no).then(in_case);
        let by = by.or_else(|| original.reversed_by.as_ref().map(ToString::to_string));
        if let Some(by) = by {
            return Err(Rejection::new(Code::AlreadyReversed)
                .with("voucher", voucher_no)
                .with("by", by)
                .into());
        }
        let cleared_here = self.earlier.cleared.contains(voucher_no);
        if original.kind == VoucherKind::Park && (cleared_here || self.open_item(original.seq)?.is_none()) {
            // What was cleared from there would come back twice.
            return Err(Rejection::new(Code::OpenItem).with("voucher", voucher_no).into());
        }
        let (Some(trade_no), Some(Event::Captured)) = (&original.trade_no, original.event) else {
            return Ok(());
        };
        let standing = self.standing(trade_no)?;
        let cleared = standing
            .vouchers
            .iter()
            .find(|voucher| {
                voucher.event == Some(Event::Cleared)
                    && voucher.kind.posts_event()
                    && !voucher.reversed
                    && !self.earlier.reversed.contains(&voucher.voucher_no)
            })
            .map(|voucher| voucher.voucher_no.clone());
        let twin = standing.live(Event::Captured).any(|voucher| {
            voucher.voucher_no != *voucher_no && !self.earlier.reversed.contains(&voucher.voucher_no)
        });
        match cleared {
            Some(cleared) if !twin => Err(Rejection::cleared(voucher_no, cleared).into()),
            _ => Ok(()),
        }
    }

    pub(crate) fn book(
        &mut self,
        number: i64,
        kind: VoucherKind,
        trade_no: &TradeNo,
        event: Event,
        set: &[(String, String)],
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let standing = self.standing(trade_no)?;
        self.is_not_barred(&standing.trade)?;
        self.is_free(&standing, event)?;
        let mut facts = self.facts(&standing)?;
        let amendments = self.amend(&standing, &mut facts, set)?;
        let stands = |prior: Event| {
            standing.live(prior).any(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no))
                || self.earlier.booked.contains(&(standing.id, prior))
        };
        refuse_unless_due(
            &self.call.in_force.due(&facts, standing.trade.occurred_at, event, self.call.context.now, stands),
            trade_no,
            event,
            facts.currency,
        )?;
        let expected = self.call.in_force.expected(&facts, event)?;
        let accounting_date = posting_day(facts.business_date, self.call.today(), self.days)?;
        let mut lines: Vec<Line> = expected.lines.iter().map(|line| line.line.clone()).collect();
        if accounting_date.year() > facts.business_date.year() {
            to_prior_year(&mut lines, &self.call.in_force.chart)?;
        }
        self.earlier.booked.insert((standing.id, event));
        let laid = amendments.iter().map(|amendment| (amendment.fact.clone(), amendment.value.clone()));
        self.earlier.facts.entry(standing.id).or_default().extend(laid);
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
            set: set.to_vec(),
            why: self.words(&why.unwrap_or(default_why)),
            ..row(number, word, Some(trade_no.clone()), Some(event))
        };
        let refs = Refs { trade: Some(standing.id), reverses: None };
        let effect =
            Effect::Book { draft: Box::new(draft), refs, original: None, amendments, item: None, line: None };
        Ok(Resolved { row, trade: Some(trade_no.clone()), effect })
    }

    /// Lays an operator's corrections over the facts. An amount or fee that the channel's line shows is proven; anything else
    /// is an override and needs its reason.
    pub(crate) fn amend(
        &mut self,
        standing: &TradePosition,
        facts: &mut Facts<'_>,
        set: &[(String, String)],
    ) -> Result<Vec<Amendment>, StoreError> {
        let reason = set.iter().find(|(fact, _)| fact == "reason").map(|(_, why)| why.trim().to_owned());
        let reason = reason.filter(|why| !why.is_empty());
        let trade = &standing.trade;
        let mut amendments = Vec::new();
        for (fact, value) in set.iter().filter(|(fact, _)| fact != "reason") {
            if !CORRECTABLE.contains(&fact.as_str()) {
                let rejection =
                    Rejection::new(Code::BadValue).with("what", "fact").with("value", fact.escape_debug());
                return Err(rejection.with("allowed", CORRECTABLE.join(", ")).into());
            }
            let before = facts.clone();
            let party = matches!(fact.as_str(), "customer" | "merchant");
            if value.trim().is_empty() {
                return Err(Rejection::new(Code::BadValue).with("what", fact).with("value", "").into());
            }
            facts.set(fact, value)?;
            if before == *facts {
                continue;
            }
            if fact == "amount" {
                if facts.amount_minor == 0 {
                    // A trade of nothing is none; no file brings one either.
                    let nothing = Rejection::new(Code::BadValue).with("what", fact);
                    return Err(nothing.with("value", value.escape_debug()).into());
                }
                self.is_not_undone_twice(standing, (before.amount_minor, facts.amount_minor))?;
                self.undoes_no_more(standing, (before.amount_minor, facts.amount_minor))?;
            }
            if party && !self.is_known(value)? {
                return Err(Rejection::new(Code::PartyUnknown).with("party", value.escape_debug()).into());
            }
            let lines =
                statements::lines_of(self.reader, trade.channel.as_str(), trade.channel_ref.as_str())?;
            let shown = |minor: fn(&StatementLine) -> i64| match lines.as_slice() {
                [line] => Some(minor(&line.line)),
                _ => None,
            };
            let (name, stored, proven) = match fact.as_str() {
                "amount" => (
                    "amount_minor",
                    facts.amount_minor.to_string(),
                    shown(|line| line.amount_minor) == Some(facts.amount_minor),
                ),
                "fee" => (
                    "fee_minor",
                    facts.fee_minor.to_string(),
                    shown(|line| line.fee_minor) == Some(facts.fee_minor),
                ),
                _ => (fact.as_str(), value.clone(), false),
            };
            if !proven && reason.is_none() {
                return Err(Rejection::new(Code::ReasonRequired)
                    .with("trade", &trade.trade_no)
                    .with("fact", fact)
                    .with("value", value.escape_debug())
                    .into());
            }
            let reason = if proven { None } else { reason.clone() };
            amendments.push(Amendment { fact: name.to_owned(), value: stored, reason });
        }
        Ok(amendments)
    }

    /// Whether somebody is a customer or merchant already: of a trade, of this case's own, or with an account.
    pub(crate) fn is_known(&mut self, party: &str) -> Result<bool, StoreError> {
        let here = self.earlier.recorded.values().any(|known| {
            let parties = [&known.trade.customer, &known.trade.merchant];
            parties.into_iter().flatten().any(|known| known.as_str() == party)
        });
        let holders = self.call.in_force.chart.iter().filter(|subject| subject.customer_visible);
        let accounts: Vec<String> = holders.map(|subject| format!("{}.{party}", subject.code)).collect();
        Ok(here || parties::is_party(self.reader, party, &accounts)?)
    }

    /// Lines that an operator names open no account of somebody whom no trade knows.
    pub(crate) fn opens_nobodys(&mut self, lines: &[Line]) -> Result<(), StoreError> {
        for line in lines {
            let Some(leaf) = line.account.leaf() else { continue };
            if leaf.parse::<Channel>().is_err()
                && account_head(self.reader, &line.account)?.is_none()
                && chart::subject_of(&self.call.in_force.chart, &line.account).is_some_and(|s| s.opens_leaves)
                && !self.is_known(leaf)?
            {
                return Err(Rejection::new(Code::PartyUnknown)
                    .with("party", leaf)
                    .with("account", &line.account)
                    .into());
            }
        }
        Ok(())
    }

    /// Due events that a case takes back, or of trades that it records, and that are not booked when it is through.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn left_unbooked(&mut self) -> Result<Vec<(TradeNo, Event)>, StoreError> {
        let mut unbooked = Vec::new();
        let mut events = std::mem::take(&mut self.earlier.taken_back);
        let recorded = &self.earlier.recorded;
        events.extend(recorded.iter().map(|(trade_no, known)| (trade_no.clone(), Event::Captured, known.id)));
        events.sort();
        events.dedup();
        for (trade_no, event, trade) in events {
            let known = (trade, event);
            if self.earlier.booked.contains(&known) || self.earlier.beside.contains(&known) {
                continue;
            }
            let standing = self.standing(&trade_no)?;
            let stands =
                standing.live(event).any(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no));
            let facts = self.facts(&standing)?;
            let due =
                self.call.in_force.rule(&facts, event).is_some_and(|(_, r)| r.is_due_status(facts.status));
            if due && !stands {
                unbooked.push((trade_no, event));
            }
        }
        Ok(unbooked)
    }

    /// The event has no live posting that this case leaves standing.
    pub(crate) fn is_free(&self, standing: &TradePosition, event: Event) -> Result<(), StoreError> {
        self.is_not_parked(standing, event)?;
        let live = standing
            .live(event)
            .find(|voucher| !self.earlier.reversed.contains(&voucher.voucher_no))
            .map(|voucher| voucher.voucher_no.to_string());
        let here = self.earlier.booked.contains(&(standing.id, event)).then(|| "–".to_owned());
        match live.or(here) {
            Some(voucher) => Err(Rejection::new(Code::AlreadyPosted)
                .with("trade", &standing.trade.trade_no)
                .with("event", event)
                .with("voucher", voucher)
                .into()),
            None => Ok(()),
        }
    }

    pub(crate) fn status(
        &mut self,
        number: i64,
        trade_no: &TradeNo,
        status: TradeStatus,
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let standing = self.standing(trade_no)?;
        let trade = &standing.trade;
        let lines = statements::lines_of(self.reader, trade.channel.as_str(), trade.channel_ref.as_str())?;
        let proven = match (status, lines.as_slice()) {
            (TradeStatus::Failed, []) => standing.recon == crate::domain::trade::ReconStatus::Short,
            (_, [line]) => proves(&line.line, status),
            _ => false,
        };
        let taken_back = status == TradeStatus::Failed && self.was_taken_back(trade)?;
        if !proven && !taken_back {
            return Err(Rejection::new(Code::NoEvidence)
                .with("trade", trade_no)
                .with("status", status)
                .with("channel", trade.channel)
                .into());
        }
        if status != TradeStatus::Succeeded {
            let amount_minor = self.facts(&standing)?.amount_minor;
            self.is_not_undone_twice(&standing, (amount_minor, 0))?;
        }
        self.earlier.status.insert(standing.id, status);
        let key = match lines.as_slice() {
            _ if taken_back => "why.stubbed",
            [] => "why.absent",
            _ => "why.status",
        };
        let default = Note::new(key).with("status", status).with("channel", trade.channel);
        let row = StepRow {
            status: Some(status),
            why: self.words(&why.unwrap_or(default)),
            ..row(number, "status", Some(trade_no.clone()), None)
        };
        Ok(Resolved {
            row,
            trade: Some(trade_no.clone()),
            effect: Effect::Status { trade: standing.id, status, amount: standing.trade.amount() },
        })
    }

    pub(crate) fn standing(&mut self, trade_no: &TradeNo) -> Result<TradePosition, StoreError> {
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

/// Refuses an event that is not due.
pub(crate) fn refuse_unless_due(
    due: &Due,
    trade_no: &TradeNo,
    event: Event,
    currency: Currency,
) -> Result<(), Rejection> {
    let base = |code| Rejection::new(code).with("trade", trade_no).with("event", event);
    match due {
        Due::Yes => Ok(()),
        Due::No(why) => {
            let why = why.note();
            let mut rejection = base(Code::NotDue);
            rejection.args.extend(why.args);
            Err(rejection.with("problem", why.key))
        }
        Due::Waiting { system, until } => {
            Err(base(Code::Waiting).with("system", system).with("until", until))
        }
        Due::Late { ended } => Err(base(Code::NotDue).with("problem", "finding.late").with("ended", ended)),
        Due::OverLimit { system, limit_minor, .. } => {
            let limit = Money::new(*limit_minor, currency).grouped();
            Err(base(Code::OverLimit).with("system", system).with("limit", limit))
        }
    }
}
