//! The desk itself: a request in, an answer out. Role, idempotency, refresh, retry and prefetch are here, once for all requests.

use super::books::account_names;
use super::findings::page::causes_meant;
use super::ledger::OpenLedger;
use super::posting::Work;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::{Need, Role};
use crate::protocol::answer::Answer;
use crate::protocol::connection::Connection;
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::page::Slice;
use crate::protocol::preview::{Preview, PreviewEntry};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::rules::Explanation;
use crate::protocol::service::Service;
use crate::protocol::watch::Watch;
use crate::store::engine::idempotent;
use crate::store::{accounts, cases, days, events, vouchers};

/// Retries after a refusal on stale data.
const MAX_RETRIES: usize = 8;

/// The desk over a ledger of this process.
pub struct Desk {
    ledger: OpenLedger,
    role: Role,
}

impl From<OpenLedger> for Desk {
    fn from(ledger: OpenLedger) -> Self {
        Self { ledger, role: Role::Admin }
    }
}

impl Desk {
    /// Returns the desk for a session of this role. Without it a desk does whatever the policy allows.
    #[must_use]
    pub fn for_role(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &OpenLedger {
        &self.ledger
    }

    /// The ledger.
    pub const fn ledger_mut(&mut self) -> &mut OpenLedger {
        &mut self.ledger
    }

    /// Answers on what is loaded now. A request under a key is answered inside this once more, on the same.
    fn refreshed(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        self.ledger.refresh()?;
        self.answer(context, request, watch)
    }

    /// Carries an order out under its key, or answers with what is there where it was carried out before.
    fn once(
        &mut self,
        context: &Context,
        key: &str,
        order: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        let Some(case) = idempotent::carried_out(&mut *self.ledger.engine, key)? else {
            self.ledger.engine.set_key(Some((key.to_owned(), context.now)));
            let answer = self.answer(context, order, watch);
            self.ledger.engine.set_key(None);
            return answer;
        };
        match (order, case) {
            (Request::CaseOpen { .. }, Some(case_no)) => {
                Ok(Answer::Case(Box::new(self.ledger.case(context, &case_no, Slice::ALL, watch)?)))
            }
            (Request::CaseTick { case_no, .. }, _) => {
                Ok(Answer::Checklist(self.ledger.checklist(context, &case_no)?))
            }
            (
                Request::CaseHand { case_no, .. }
                | Request::Stage { case_no, .. }
                | Request::StageDrop { case_no, .. }
                | Request::StageRestore { case_no, .. }
                | Request::CaseRestage { case_no }
                | Request::CaseSubmit { case_no }
                | Request::CaseApprove { case_no, .. }
                | Request::CaseReject { case_no, .. }
                | Request::CaseWithdraw { case_no },
                _,
            ) => Ok(Answer::Case(Box::new(self.ledger.case(context, &case_no, Slice::ALL, watch)?))),
            _ => Err(Rejection::new(Code::OrderDone).into()),
        }
    }
}

impl Service for Desk {
    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.ledger.engine.begin(false)?;
        self.ledger.refresh()?;
        let mut preview = self.ledger.preview_each(context, case_no, watch, hear)?;
        account_names::localize_preview(&mut preview, &self.ledger.in_force.chart, context.lang);
        Ok(preview)
    }

    fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        self.role.may(Need::Make)?;
        self.ledger.engine.begin(false)?;
        self.ledger.refresh()?;
        self.ledger.take_over(context, incoming, watch)
    }

    fn connection(&self) -> Option<Connection> {
        self.ledger.engine.connection()
    }

    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        self.role.may(request.needs())?;
        // An order that panicked leaves no key behind for the next one.
        self.ledger.engine.set_key(None);
        self.ledger.engine.begin(matches!(request, Request::Commit { .. }))?;
        self.rehearse_reads(context, &request)?;
        let answer = self.decided(context, request, watch)?;
        Ok(account_names::localized(answer, &self.ledger.in_force.chart, context.lang))
    }
}

/// Whether an order was decided on what another session has changed since.
fn is_overtaken(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Rejected(rejection) if rejection.code == Code::Overtaken)
}

impl Desk {
    /// Answers, again where what the answer was decided on was read from two states, or kept from before and does not hold any
    /// more; or where somebody did something about it before its batch began.
    fn decided(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        for _ in 0..MAX_RETRIES {
            match self.refreshed(context, request.clone(), watch) {
                Err(refusal) if self.ledger.engine.read_was_stale()? || is_overtaken(&refusal) => {}
                answer => return answer,
            }
        }
        self.refreshed(context, request, watch)
    }

    /// Lets an engine that is far away hear what a request will read. A preview is mostly followed by its commit, so that one
    /// is heard with it.
    fn rehearse_reads(&mut self, context: &Context, request: &Request) -> Result<(), Refusal> {
        let next = match request {
            Request::Trade { .. }
            | Request::Voucher { .. }
            | Request::Lineage { .. }
            | Request::Account { .. }
            | Request::Chain { .. }
            | Request::Statement { .. }
            | Request::Explain { .. }
            | Request::Overview
            | Request::Plan { .. }
            | Request::Case { .. }
            | Request::CaseCheck { .. }
            | Request::Commit { .. } => None,
            Request::Preview { case_no, .. } => Some(Request::Commit { case_no: case_no.clone(), key: None }),
            _ => return Ok(()),
        };
        while self.ledger.engine.prefetch_pass()? {
            for request in std::iter::once(request).chain(&next) {
                let _ = self.refreshed(context, request.clone(), &mut crate::protocol::watch::Unwatched);
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one arm a request, and no request forgotten")]
    fn answer(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        match request {
            Request::Keyed { key, order } => self.once(context, &key, *order, watch),
            Request::HoldsSeal { seq, hash } => Ok(Answer::HoldsSeal(self.ledger.holds_seal(seq, &hash)?)),
            Request::Chart => Ok(Answer::Chart(self.ledger.in_force.chart.clone())),
            Request::RulesLoad { file, text } => {
                self.ledger.load_rules(context, &file, &text)?;
                Ok(Answer::Rules(self.ledger.rule_sets()?))
            }
            Request::Ledger => Ok(Answer::Ledger(Box::new(self.ledger.ledger_info()?))),
            Request::Overview => Ok(Answer::Overview(Box::new(self.ledger.overview(context)?))),
            Request::FindingSummary => {
                Ok(Answer::FindingSummary(self.ledger.finding_summary(context, watch)?))
            }
            Request::Trades { filter, page } => self.ledger.trades(context, &filter, &page, watch),
            Request::Trade { trade_no } => {
                Ok(Answer::Trade(Box::new(self.ledger.trade_detail(context, &trade_no)?)))
            }
            Request::Events { unposted, page } => {
                Ok(Answer::Events(events::events(&mut *self.ledger.engine, unposted, &page)?))
            }
            Request::Accounts { prefix, page } => {
                Ok(Answer::Accounts(accounts::accounts(&mut *self.ledger.engine, &prefix, &page)?))
            }
            Request::Subjects => Ok(Answer::Subjects(accounts::subjects(
                &mut *self.ledger.engine,
                self.ledger.in_force.currency().code(),
            )?)),
            Request::Account { code, as_of } => {
                Ok(Answer::Account(Box::new(self.ledger.account(&code, as_of.as_ref())?)))
            }
            Request::Turnover { of, from, to } => {
                Ok(Answer::Turnover(Box::new(self.ledger.turnover(context, of, from, to)?)))
            }
            Request::TrialBalance { as_of } => {
                Ok(Answer::TrialBalance(Box::new(self.ledger.trial_balance(as_of)?)))
            }
            Request::BalanceDays { account, from, to } => {
                Ok(Answer::BalanceDays(Box::new(self.ledger.balance_days(&account, from, to)?)))
            }
            Request::Statement { holder, from, to } => {
                Ok(Answer::Statement(Box::new(self.ledger.statement(context, &holder, from, to)?)))
            }
            Request::ChannelDays => {
                Ok(Answer::ChannelDays(crate::store::reconcile::channel_days(&mut *self.ledger.engine)?))
            }
            Request::Reconcile { channel, day } => {
                Ok(Answer::Reconciliation(Box::new(self.ledger.reconcile(channel, day)?)))
            }
            Request::Chain { account, page } => {
                self.ledger.account(&account, None)?;
                Ok(Answer::Chain(vouchers::chain(&mut *self.ledger.engine, &account, &page)?))
            }
            Request::Vouchers { filter, page } => {
                Ok(Answer::Vouchers(vouchers::vouchers(&mut *self.ledger.engine, &filter, &page)?))
            }
            Request::Voucher { voucher_no } => {
                Ok(Answer::Voucher(Box::new(self.ledger.voucher(&voucher_no)?)))
            }
            Request::Lineage { trade_no, voucher_no } => {
                Ok(Answer::Lineage(self.ledger.lineage(context, trade_no, voucher_no)?))
            }
            Request::Findings { filter, page } => {
                Ok(Answer::Findings(self.ledger.findings(context, &filter, &page, watch)?))
            }
            Request::Plan { target } => Ok(Answer::Plan(Box::new(self.ledger.plan(context, &target)?))),
            Request::Explain { trade_no } => Ok(Answer::Explain(Explanation {
                events: self.ledger.explain(context, &trade_no)?,
                trade_no,
            })),
            Request::Cases { filter, page } => {
                let meant = filter.text.as_ref().map(|text| causes_meant(text, context.lang));
                let meant = meant.unwrap_or_default();
                Ok(Answer::Cases(cases::cases(&mut *self.ledger.engine, &filter, &meant, &page)?))
            }
            Request::Days => Ok(Answer::Days(days::days(&mut *self.ledger.engine, false)?)),
            Request::Rules => Ok(Answer::Rules(self.ledger.rule_sets()?)),
            Request::Policy => Ok(Answer::Policy(Box::new(self.ledger.policy_answer()?))),
            Request::PolicyLoad { file, text } => {
                Ok(Answer::Policy(Box::new(self.ledger.policy_load(context, &file, &text)?)))
            }
            Request::Reasons => Ok(Answer::Reasons(self.ledger.reasons(context))),
            Request::CalendarCheck { trade_no } => {
                Ok(Answer::Calendar(Box::new(self.ledger.calendar_check(context, &trade_no)?)))
            }
            Request::Calendars => Ok(Answer::Calendars(self.ledger.calendars()?)),
            Request::CalendarLoad { file, text } => {
                Ok(Answer::Calendars(self.ledger.calendar_load(context, &file, &text)?))
            }
            Request::Verify => Ok(Answer::Verified(self.ledger.verify(context, watch)?)),
            Request::Preview { case_no, slice } => {
                Ok(Answer::Preview(Box::new(self.ledger.preview(context, &case_no, slice, watch)?)))
            }
            Request::Case { case_no, slice } => {
                Ok(Answer::Case(Box::new(self.ledger.case(context, &case_no, slice, watch)?)))
            }
            Request::CaseOpen { opening } => {
                Ok(Answer::Case(Box::new(self.ledger.case_open(context, &opening, watch)?)))
            }
            Request::CaseCheck { case_no } => {
                Ok(Answer::Checklist(self.ledger.checklist(context, &case_no)?))
            }
            Request::CaseTick { case_no, item, note, file } => {
                let file = file.as_ref().map(|(name, fingerprint)| (name.as_str(), fingerprint.as_str()));
                let tick = crate::store::cases::ticks::NewTick { item: &item, note: note.as_deref(), file };
                Ok(Answer::Checklist(self.ledger.tick(context, &case_no, tick)?))
            }
            Request::CaseHand { case_no, to } => {
                Ok(Answer::Case(Box::new(self.ledger.case_hand(context, &case_no, &to)?)))
            }
            Request::CaseAuto => Ok(Answer::Opened(self.ledger.case_auto(context, watch)?)),
            Request::CaseBulk { bulk } => Ok(Answer::Opened(self.ledger.case_bulk(context, &bulk, watch)?)),
            Request::Stage { case_no, step, reason } => Ok(Answer::Case(Box::new(self.ledger.stage(
                context,
                &case_no,
                &step,
                reason.as_deref(),
                watch,
            )?))),
            Request::StageDrop { case_no, step } => {
                Ok(Answer::Case(Box::new(self.ledger.stage_drop(context, &case_no, step, true, watch)?)))
            }
            Request::StageRestore { case_no, step } => {
                Ok(Answer::Case(Box::new(self.ledger.stage_drop(context, &case_no, step, false, watch)?)))
            }
            Request::CaseRestage { case_no } => {
                Ok(Answer::Case(Box::new(self.ledger.case_restage(context, &case_no, watch)?)))
            }
            Request::CaseSubmit { case_no } => {
                Ok(Answer::Case(Box::new(self.ledger.case_submit(context, &case_no, watch)?)))
            }
            Request::CaseApprove { case_no, seen } => {
                Ok(Answer::Case(Box::new(self.ledger.case_approve(context, &case_no, seen.as_deref())?)))
            }
            Request::CaseReject { case_no, reason } => {
                Ok(Answer::Case(Box::new(self.ledger.case_reject(context, &case_no, &reason)?)))
            }
            Request::CaseWithdraw { case_no } => {
                Ok(Answer::Case(Box::new(self.ledger.case_withdraw(context, &case_no)?)))
            }
            Request::Commit { case_no, key } => {
                Ok(Answer::Receipt(self.ledger.commit_case(context, &case_no, key.as_deref(), watch)?))
            }
            Request::Post { trades } => {
                Ok(Answer::Posted(self.ledger.post(context, Work::Posting, &trades, watch)?))
            }
            Request::Clear { trades } => {
                Ok(Answer::Posted(self.ledger.post(context, Work::Clearing, &trades, watch)?))
            }
            Request::DayOpen { day } => Ok(Answer::Day(self.ledger.day_open(context, day)?)),
            Request::DayCut { day } => Ok(Answer::Day(self.ledger.day_cut(context, day)?)),
            Request::DayCheck { day } => Ok(Answer::DayChecks(self.ledger.day_checks(context, day)?)),
            Request::PeriodClose { period } => {
                Ok(Answer::Periods(self.ledger.period_close(context, period)?))
            }
            Request::Periods => Ok(Answer::Periods(self.ledger.periods()?)),
            Request::DayClose { day } => Ok(Answer::Day(self.ledger.day_close(context, day)?)),
        }
    }
}
