//! Findings are accepted without booking: an order about a finding with the facts it has, by two people
//! above a limit.
//!
//! An acceptance ends by itself once a fact of its finding changes or its last day is over, and by a
//! committed case about the finding. It is looked up by the finding's identity and compared by the digest
//! of its facts, so a list of findings reads nothing for it as long as nobody has accepted anything more.

use crate::desk::findings::page::several_meant;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::acceptance::{Acceptance, AcceptanceState};
use crate::domain::chain::fingerprint;
use crate::domain::channel::Channels;
use crate::domain::finding::Finding;
use crate::domain::finding_id::{FindingId, PlanTarget};
use crate::domain::id::{CaseNo, Operator, TradeNo};
use crate::domain::money::{Currency, Money};
use crate::domain::reason::{given, given_as};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Need;
use crate::domain::second_person::same_person;
use crate::protocol::acceptances::{AcceptFinding, ListAcceptances, UndoAcceptance};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::totals::{AcceptedSum, totals};
use crate::protocol::watch::Watch;
use crate::store::acceptances::{self, NewAcceptance};
use crate::store::{Fault, Sink, StoreError, cases};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// An acceptance to be asked for.
pub(crate) struct AcceptanceAsk<'a> {
    /// The finding as it is seen.
    pub finding: &'a Finding,
    /// Reason code.
    pub reason: &'a str,
    /// What the operator says about it.
    pub note: &'a str,
    /// The last day on which it counts.
    pub until: Option<Date>,
}

impl OpenLedger {
    /// Reads what people accepted, if there is something new.
    pub(crate) fn read_accepted(&mut self) -> Result<(), Refusal> {
        let last = acceptances::last(&mut *self.engine)?;
        if last == self.accepted.last && !self.engine.is_prefetch() {
            return Ok(());
        }
        let by_name = |all: Vec<Acceptance>| all.into_iter().map(|one| (one.finding.clone(), one)).collect();
        let agreed = by_name(acceptances::agreed(&mut *self.engine)?);
        let asked = by_name(acceptances::asked(&mut *self.engine)?);
        if !self.engine.is_prefetch() {
            let accepted = &mut self.accepted;
            (accepted.last, accepted.agreed, accepted.asked) = (last, agreed, asked);
        }
        Ok(())
    }

    /// Accepts a finding. Above the policy's limit the first person proposes it, and a second one who
    /// accepts the same puts it in force.
    ///
    /// # Errors
    /// [`Code::NotFound`] without such a finding, [`Code::Held`] if a case that is not over holds it,
    /// [`Code::BadValue`] if the last day is over, [`Code::FourEyes`] if the same person accepts it again,
    /// [`Code::ApprovalLimit`] if the second person may not approve as much, [`Code::Role`] if the session may not;
    /// for its reason as the policy says.
    fn accept_finding(&mut self, context: &Context, request: &AcceptFinding) -> Result<String, Refusal> {
        let (reason, note) =
            self.acceptance_order(context, (&request.reason, &request.note), request.until)?;
        if let Some((name, _)) = request.file.as_ref().filter(|(_, hash)| *hash == fingerprint(b"")) {
            let empty = Rejection::new(Code::BadFile).with("file", name).with("place", name);
            return Err(empty.with("problem", "step.empty_proof").into());
        }
        let finding = self.finding_meant(context, &request.finding)?;
        let facts = facts_of(&finding)?;
        let alone = self.may_accept_alone(&finding);
        let beyond = self.refuse_above_limit(&finding, &context.operator).err();
        let role = self.in_force.role;
        self.engine.commit(&mut |sink| {
            refuse_held(sink, &finding)?;
            let asked = acceptances::asked_for(sink, &finding.finding)?;
            let first = asked.filter(|first| {
                (first.mark.as_str(), first.reason.as_str()) == (finding.mark.as_str(), reason)
                    && (request.until.is_none() || request.until == first.until)
            });
            let is_agreed = match &first {
                _ if alone && beyond.is_none() && role.reaches(Need::Check) => true,
                Some(first) if first.operator.is_same_person(&context.operator) => {
                    return Err(same_person(&context.operator, "accept.alone").into());
                }
                Some(_) => {
                    role.may(Need::Check)?;
                    if let Some(beyond) = &beyond {
                        return Err(beyond.clone().into());
                    }
                    true
                }
                None => {
                    role.may(Need::Make)?;
                    false
                }
            };
            let new = NewAcceptance {
                finding: &finding,
                facts: &facts,
                until: request.until.or(first.as_ref().and_then(|first| first.until)),
                reason,
                note,
                file: request.file.as_ref(),
                is_agreed,
                operator: &context.operator,
                now: context.now,
            };
            acceptances::accept(sink, &new)
        })?;
        Ok(finding.finding)
    }

    /// Returns a finding by its identity, or the only one of a trade.
    fn finding_meant(&mut self, context: &Context, name: &str) -> Result<Finding, Refusal> {
        let PlanTarget::Trade(trade_no) = PlanTarget::read(name, &self.in_force.channels)? else {
            return self.finding_named(context, name);
        };
        let row = self.trade_row(&trade_no)?.id;
        let found = self.findings_of(context, row)?;
        let names: Vec<String> = found.iter().map(|finding| finding.finding.clone()).collect();
        let only = only_one(name, names)?;
        let found = found.into_iter().find(|finding| finding.finding == only);
        Ok(found.ok_or_else(|| Rejection::not_found("finding", name))?)
    }

    /// Returns reason and note of an acceptance as they are stored.
    ///
    /// # Errors
    /// [`Code::BadValue`] if the last day is over; for its reason as the policy says, for its note as [`given`].
    pub(crate) fn acceptance_order<'r>(
        &self,
        context: &Context,
        (reason, note): (&'r str, &'r str),
        until: Option<Date>,
    ) -> Result<(&'r str, &'r str), Rejection> {
        let order = (self.in_force.policy.given_reason(reason)?, given_as(note, "accept.note")?);
        let today = self.in_force.today(context);
        match until.filter(|until| *until < today) {
            None => Ok(order),
            Some(until) => {
                let over = Rejection::new(Code::BadValue).with("what", "accept until").with("value", until);
                Err(over.with("problem", "accept.over").with("today", today))
            }
        }
    }

    /// Asks for acceptances; none is in force before it is accepted by [`AcceptFinding`], even if one person suffices.
    ///
    /// # Errors
    /// [`Code::Held`] if a case that is not over holds one of the findings, or a fault of the engine.
    pub(crate) fn ask_acceptances(
        &mut self,
        context: &Context,
        asks: &[AcceptanceAsk<'_>],
    ) -> Result<(), Refusal> {
        let facts = asks.iter().map(|ask| facts_of(ask.finding)).collect::<Result<Vec<_>, _>>()?;
        self.engine.commit(&mut |sink| {
            for (AcceptanceAsk { finding, reason, note, until }, facts) in asks.iter().zip(&facts) {
                refuse_held(sink, finding)?;
                let new = NewAcceptance {
                    finding,
                    facts,
                    until: *until,
                    reason,
                    note,
                    file: None,
                    is_agreed: false,
                    operator: &context.operator,
                    now: context.now,
                };
                acceptances::accept(sink, &new)?;
            }
            Ok(())
        })?;
        Ok(())
    }

    /// Returns a finding by its identity, with its facts of now.
    pub(crate) fn finding_named(&mut self, context: &Context, name: &str) -> Result<Finding, Refusal> {
        let id = FindingId::read(name, &self.in_force.channels)?;
        let Some(trade_no) = id.trade_no() else { return self.channel_finding(context, name) };
        let row = self.trade_row(trade_no)?.id;
        let found = self.findings_of(context, row)?.into_iter().find(|finding| finding.finding == name);
        Ok(found.ok_or_else(|| Rejection::not_found("finding", name))?)
    }

    /// Returns whether one person may accept a finding: four eyes are off, or it is not above the limit for
    /// that.
    fn may_accept_alone(&self, finding: &Finding) -> bool {
        let policy = &self.in_force.policy;
        let limit =
            finding.currency.parse().ok().and_then(|currency| policy.accept_limits.in_currency(currency));
        !policy.four_eyes || limit.is_some_and(|limit| finding.amount_minor <= limit)
    }

    /// Refuses to put an acceptance in force above what an operator may approve.
    fn refuse_above_limit(&self, finding: &Finding, operator: &Operator) -> Result<(), Rejection> {
        let unknown =
            |_| Rejection::new(Code::BadValue).with("what", "currency").with("value", &finding.currency);
        let currency: Currency = finding.currency.parse().map_err(unknown)?;
        let Some(limit) = self.in_force.policy.limit_of(operator, currency) else { return Ok(()) };
        if finding.amount_minor <= limit {
            return Ok(());
        }
        let amount = |minor| self.in_force.currencies.amount(Money::new(minor, currency));
        Err(Rejection::new(Code::ApprovalLimit)
            .with("operator", operator)
            .with("finding", &finding.finding)
            .with("amount", amount(finding.amount_minor))
            .with("limit", amount(limit)))
    }

    /// Takes the acceptance of a finding back, or drops the wish for one. One person may do so, since it
    /// loosens nothing.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is nothing to take back; for its reason as [`given`].
    fn undo_acceptance(&mut self, context: &Context, request: &UndoAcceptance) -> Result<String, Refusal> {
        let reason = given(&request.reason)?;
        self.read_accepted()?;
        let accepted = &self.accepted;
        let known: BTreeSet<&String> = accepted.agreed.keys().chain(accepted.asked.keys()).collect();
        let finding = match PlanTarget::read(&request.finding, &self.in_force.channels)? {
            PlanTarget::Trade(trade_no) => {
                let channels = &self.in_force.channels;
                let is_of = |name: &&&String| is_of_trade(name, &trade_no, channels);
                let names = known.iter().filter(is_of).map(|name| (*name).clone()).collect();
                only_one(&request.finding, names)?
            }
            PlanTarget::Finding(_) => request.finding.clone(),
        };
        if !self.engine.is_prefetch() && !known.contains(&finding) {
            return Err(Rejection::not_found("acceptance", &finding).into());
        }
        self.engine.commit(&mut |sink| {
            acceptances::undo(sink, &finding, (reason, &context.operator, context.now))
        })?;
        Ok(finding)
    }

    /// Returns the acceptances as they stand today: first those that wait for a second person.
    fn acceptances(&mut self, context: &Context, watch: &mut dyn Watch) -> Result<Vec<Acceptance>, Refusal> {
        self.read_accepted()?;
        if self.accepted.last == 0 {
            return Ok(Vec::new());
        }
        self.update_findings(context, watch)?;
        let today = self.in_force.today(context);
        let accepted = &self.accepted;
        let marks: BTreeMap<&str, &str> = self
            .memory
            .found
            .values()
            .flatten()
            .filter(|one| accepted.agreed.contains_key(&*one.finding))
            .map(|one| (&*one.finding, &*one.mark))
            .collect();
        let stands = |one: &Acceptance| {
            let state = one.stands(marks.get(one.finding.as_str()).copied(), today);
            Acceptance { state, ..one.clone() }
        };
        let in_order = |mut all: Vec<Acceptance>| {
            all.sort_by_key(|one| one.n);
            all
        };
        let mut all = in_order(accepted.asked.values().map(stands).collect());
        all.extend(in_order(accepted.agreed.values().map(stands).collect()));
        Ok(all)
    }

    /// Returns number and sum of the accepted findings that `counts` names.
    pub(crate) fn accepted_sum(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
        counts: impl Fn(&Finding) -> bool,
    ) -> Result<AcceptedSum, Refusal> {
        self.read_accepted()?;
        if self.accepted.agreed.is_empty() {
            return Ok(AcceptedSum::default());
        }
        self.update_findings(context, watch)?;
        let today = self.in_force.today(context);
        let mut sum = AcceptedSum::default();
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for one in self.memory.found.values().flatten() {
            if self.accepted.holds(&one.finding, &one.mark, today) && counts(&one.whole()?) {
                sum.count += 1;
                let total = sums.entry((*one.currency).to_owned()).or_default();
                *total = total.saturating_add(one.amount_minor);
            }
        }
        (sum.amount_minor, sum.totals) = totals(self.in_force.currency().code(), sums);
        Ok(sum)
    }

    /// Returns the acceptance of a finding as it stands today: what people agreed on, or else what waits.
    pub(crate) fn acceptance_of(&self, context: &Context, finding: &Finding) -> Option<Acceptance> {
        let accepted = &self.accepted;
        let today = self.in_force.today(context);
        let stands =
            |one: &Acceptance| Acceptance { state: one.stands(Some(&finding.mark), today), ..one.clone() };
        let agreed = accepted.agreed.get(&finding.finding).map(stands);
        let in_force = agreed.clone().filter(|one| one.state == AcceptanceState::InForce);
        let asked =
            || accepted.asked.get(&finding.finding).filter(|one| one.mark == finding.mark).map(stands);
        in_force.or_else(asked).or(agreed)
    }
}

/// Refuses to accept a finding that a case holds which is not over.
fn refuse_held(sink: &mut dyn Sink, finding: &Finding) -> Result<(), StoreError> {
    match cases::held_by(sink, &finding.finding)? {
        None => Ok(()),
        Some(holder) => {
            let held = Rejection::new(Code::Held).with("finding", &finding.finding);
            Err(held.with("case", holder).into())
        }
    }
}

/// Returns a finding as it is seen, as JSON, without what depends on the reader and the time.
fn facts_of(finding: &Finding) -> Result<String, StoreError> {
    let seen = Finding {
        age_seconds: 0,
        detail: String::new(),
        closed_by: None,
        asked: None,
        acceptance: None,
        due: None,
        due_state: None,
        holder: None,
        age_bucket: None,
        ..finding.clone()
    };
    serde_json::to_string(&seen).map_err(|error| Fault::Internal { detail: error.to_string() }.into())
}

/// Answers an order about a finding with its acceptance, also if it was carried out before.
macro_rules! answers_with_acceptance {
    ($request:ident, $carry_out:ident) => {
        impl Handle for $request {
            fn handle(
                self,
                ledger: &mut OpenLedger,
                context: &Context,
                watch: &mut dyn Watch,
            ) -> Result<Self::Answer, Refusal> {
                let finding = ledger.$carry_out(context, &self)?;
                about(ledger, context, &finding, watch)
            }

            fn replay(
                self,
                ledger: &mut OpenLedger,
                context: &Context,
                _: Option<CaseNo>,
                watch: &mut dyn Watch,
            ) -> Result<Self::Answer, Refusal> {
                about(ledger, context, &self.finding, watch)
            }
        }
    };
}

/// Returns the only one of the findings that a trade's number may mean.
fn only_one(trade: &str, mut names: Vec<String>) -> Result<String, Rejection> {
    match (names.pop(), names.is_empty()) {
        (None, _) => Err(Rejection::not_found("finding", trade)),
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            names.push(last);
            Err(several_meant("trade", trade, &names.join(", ")))
        }
    }
}

/// Returns whether a finding is of a trade.
fn is_of_trade(finding: &str, trade_no: &TradeNo, channels: &Channels) -> bool {
    FindingId::read(finding, channels).is_ok_and(|id| id.trade_no() == Some(trade_no))
}

/// Returns the acceptances of one finding, or of the findings of a trade.
fn about(
    ledger: &mut OpenLedger,
    context: &Context,
    finding: &str,
    watch: &mut dyn Watch,
) -> Result<Vec<Acceptance>, Refusal> {
    let mut all = ledger.acceptances(context, watch)?;
    let channels = &ledger.in_force.channels;
    let trade = finding.parse().ok().filter(|_| !finding.contains('/'));
    let is_meant = |one: &Acceptance| match &trade {
        Some(trade_no) => is_of_trade(&one.finding, trade_no, channels),
        None => one.finding == finding,
    };
    all.retain(is_meant);
    Ok(all)
}

answers_with_acceptance!(AcceptFinding, accept_finding);
answers_with_acceptance!(UndoAcceptance, undo_acceptance);

impl Handle for ListAcceptances {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let mut all = ledger.acceptances(context, watch)?;
        all.retain(|one| !self.waiting || one.state == AcceptanceState::Asked);
        if self.all && !self.waiting {
            all.extend(acceptances::ended(&mut *ledger.engine)?);
        }
        Ok(all)
    }
}
