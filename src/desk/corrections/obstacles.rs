//! Known obstacles to a correction, and the steps that practice takes around them: what a customer has
//! spent becomes a receivable, or waits in suspense if the chart has no receivable; a cleared posting is
//! uncleared first; an account that takes no postings is represented by suspense.

use crate::desk::corrections::case_run::CaseRun;
use crate::desk::corrections::effect::KeptStep;
use crate::desk::findings::proposed_steps::{repost, reverse};
use crate::desk::ledger::OpenLedger;
use crate::domain::account::{AccountRole, Side};
use crate::domain::chart;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Obstacle, Rejection};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{self, StepLine, StepRequest};
use crate::store::vouchers;
use std::collections::BTreeMap;

/// Most obstacles that the plan of one finding works around; the longest known way takes three.
const MAX_REPAIRS: usize = 6;

/// Most obstacles that the plan of several findings works around: each costs a dry run of all steps.
const MAX_REPAIRS_TOGETHER: usize = 30;

/// What became of a try to work around a refusal.
enum WorkAround {
    /// The steps were changed.
    Found,
    /// No way around it is known.
    Unknown,
    /// The ways around it need a role that the chart lacks.
    Lacks(Rejection),
}

impl OpenLedger {
    /// Runs steps without writing; as long as a step meets a known obstacle, changes the steps and runs
    /// them again. If the run is refused in the end, there is no way, and its refusal says why.
    pub(crate) fn plan_around_obstacles(
        &mut self,
        context: &Context,
        steps: Vec<KeptStep>,
    ) -> Result<(Vec<KeptStep>, CaseRun), Refusal> {
        self.repaired(context, steps, MAX_REPAIRS, |_| true)
    }

    /// As [`OpenLedger::plan_around_obstacles`], for the steps of several findings in one case: each was
    /// tried alone, and one may take money that the other needs.
    ///
    /// # Errors
    /// The refusal of the first step that cannot be booked after the others.
    pub(crate) fn plan_together(
        &mut self,
        context: &Context,
        steps: Vec<KeptStep>,
    ) -> Result<Vec<KeptStep>, Refusal> {
        let is_floor = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Floor { .. });
        let (steps, run) = self.repaired(context, steps, MAX_REPAIRS_TOGETHER, is_floor)?;
        match run.refused {
            Some((step, rejection)) => Err(rejection.with("step", step).into()),
            None => Ok(steps),
        }
    }

    /// Runs steps without writing, and works around the obstacles that `may_repair` accepts.
    fn repaired(
        &mut self,
        context: &Context,
        mut steps: Vec<KeptStep>,
        most: usize,
        may_repair: impl Fn(&Obstacle) -> bool,
    ) -> Result<(Vec<KeptStep>, CaseRun), Refusal> {
        let mut run = self.dry_run_plan(context, &steps)?;
        let mut obstacle = None;
        for _ in 0..most {
            let Some((step, rejection)) = run.refused.clone() else { break };
            if !rejection.obstacle().is_some_and(&may_repair) {
                break;
            }
            let at = usize::try_from(step - 1).unwrap_or_default();
            match self.work_around(&mut steps, at, &rejection)? {
                WorkAround::Found => obstacle = Some(rejection),
                WorkAround::Unknown => break,
                WorkAround::Lacks(missing) => {
                    run.refused = Some((step, missing));
                    return Ok((steps, run));
                }
            }
            run = self.dry_run_plan(context, &steps)?;
        }
        if let Some((_, last)) = &mut run.refused
            && matches!(last.code, Code::Nothing | Code::AlreadyPosted)
            && let Some(obstacle) = obstacle
        {
            // The way around leads to what is booked already: the obstacle itself is the reason.
            *last = obstacle;
        }
        if run.refused.is_none() {
            let back = self.paid_back(&steps, &run);
            if !back.is_empty() {
                let whole: Vec<KeptStep> = steps.iter().cloned().chain(back).collect();
                let tried = self.dry_run_plan(context, &whole)?;
                if tried.refused.is_none() {
                    return Ok((whole, tried));
                }
            }
        }
        Ok((steps, run))
    }

    /// Returns the steps that take back what was booked as owed only so that no step in between left an
    /// account below its floor: what the account has again after all of them, at most what was owed.
    fn paid_back(&self, steps: &[KeptStep], run: &CaseRun) -> Vec<KeptStep> {
        let chart = &self.in_force.chart;
        let is_debt = |account: &AccountCode| {
            chart::subject_of(chart, account)
                .is_some_and(|subject| subject.role == Some(AccountRole::Receivable))
        };
        let mut left: BTreeMap<&AccountCode, i64> = BTreeMap::new();
        let mut back = Vec::new();
        for step in steps.iter().rev() {
            let StepRequest::Adjust(adjust) = &step.request else { continue };
            let [owed, covered] = adjust.lines.as_slice() else { continue };
            let is_cover = adjust.aside && owed.side == Side::Debit && is_debt(&owed.account);
            let Some(head) = run.before.get(&covered.account).filter(|_| is_cover) else { continue };
            let Ok(lent) = Money::parse(&covered.amount, head.account.currency) else { continue };
            let has = run.after.get(&covered.account).copied().unwrap_or(head.balance_minor);
            let left = left
                .entry(&covered.account)
                .or_insert_with(|| has.saturating_sub(head.account.floor_minor.unwrap_or(0)));
            let minor = lent.minor.min(*left);
            if minor <= 0 {
                continue;
            }
            *left -= minor;
            let amount = Money::new(minor, head.account.currency).to_string();
            let line = |side, of: &StepLine| StepLine { side, amount: amount.clone(), ..of.clone() };
            let lines = vec![line(Side::Debit, covered), line(Side::Credit, owed)];
            let said = self.in_force.currencies.with_code(amount.clone(), head.account.currency);
            let why = Note::new("why.paid_back").with("account", &covered.account).with("short", said);
            let request = StepRequest::Adjust(steps::Adjust { lines, ..adjust.clone() });
            back.push(KeptStep { request, why: Some(why) });
        }
        back
    }

    /// Changes the steps so that the one at index `at` is not refused again.
    fn work_around(
        &mut self,
        steps: &mut Vec<KeptStep>,
        at: usize,
        rejection: &Rejection,
    ) -> Result<WorkAround, Refusal> {
        let Some(step) = steps.get(at).cloned() else { return Ok(WorkAround::Unknown) };
        match (rejection.obstacle(), &step.request) {
            (Some(Obstacle::Floor { account, short }), request) => {
                let Some(of) = self.booked_event(request)? else { return Ok(WorkAround::Unknown) };
                match self.book_what_lacks(of, account, *short) {
                    Ok(Some(cover)) => steps.insert(at, cover),
                    Ok(None) => return Ok(WorkAround::Unknown),
                    Err(missing) => return Ok(WorkAround::Lacks(missing)),
                }
                Ok(WorkAround::Found)
            }
            (
                Some(Obstacle::Cleared { clearing }),
                StepRequest::Reverse(steps::Reverse { voucher_no, .. }),
            ) => self.unclear_first(steps, at, voucher_no, clearing),
            // The clearing of a trade that a discount pays whole was taken back, and there is no other.
            (Some(Obstacle::NothingToBook), StepRequest::Repost(_)) => {
                steps.remove(at);
                Ok(WorkAround::Found)
            }
            (Some(Obstacle::AccountNotActive { account }), request)
                if !matches!(request, StepRequest::Park(_)) =>
            {
                let Some(of) = self.booked_event(request)? else { return Ok(WorkAround::Unknown) };
                park_instead(steps, of, account);
                Ok(WorkAround::Found)
            }
            _ => Ok(WorkAround::Unknown),
        }
    }

    /// Reverses the clearing before the posting below it, and clears again if that is posted again.
    fn unclear_first(
        &mut self,
        steps: &mut Vec<KeptStep>,
        at: usize,
        posting: &VoucherNo,
        clearing: &VoucherNo,
    ) -> Result<WorkAround, Refusal> {
        let voucher = vouchers::voucher(&mut *self.engine, posting)?;
        let Some(trade_no) = voucher.and_then(|voucher| voucher.trade_no) else {
            return Ok(WorkAround::Unknown);
        };
        steps.insert(at, KeptStep { request: reverse(clearing), why: Some(Note::new("why.unclear")) });
        let posts_again = steps.iter().any(
            |step| matches!(&step.request, StepRequest::Repost(steps::Repost { trade_no: again, .. }) if *again == trade_no),
        );
        if posts_again {
            let request = repost(&trade_no, Event::CLEARED, Vec::new());
            steps.push(KeptStep { request, why: Some(Note::new("why.reclear")) });
        }
        Ok(WorkAround::Found)
    }

    /// Returns the trade and event that a step books or reverses; `None` for lines given one by one.
    fn booked_event(&mut self, request: &StepRequest) -> Result<Option<(TradeNo, Event)>, Refusal> {
        Ok(match request {
            StepRequest::Repost(steps::Repost { trade_no, event, .. })
            | StepRequest::Supplement(steps::Supplement { trade_no, event }) => {
                Some((trade_no.clone(), event.unwrap_or(Event::CAPTURED)))
            }
            StepRequest::Adjust(steps::Adjust { trade_no, event, lines, .. })
            | StepRequest::Park(steps::Park { trade_no, event, lines, .. }) => {
                lines.is_empty().then(|| (trade_no.clone(), event.unwrap_or(Event::CAPTURED)))
            }
            StepRequest::Reverse(steps::Reverse { voucher_no, .. }) => {
                vouchers::voucher(&mut *self.engine, voucher_no)?
                    .and_then(|voucher| voucher.trade_no.zip(voucher.event))
            }
            _ => None,
        })
    }

    /// Returns the step that books what a customer's or merchant's account lacks: its holder owes it, or it
    /// is a shortage in suspense if the chart has no receivable. `None` for any other account.
    ///
    /// # Errors
    /// [`Code::RoleMissing`] if the chart has neither.
    fn book_what_lacks(
        &self,
        (trade_no, event): (TradeNo, Event),
        account: &AccountCode,
        short: Money,
    ) -> Result<Option<KeptStep>, Rejection> {
        let chart = &self.in_force.chart;
        if !chart::is_of_party(chart, account) {
            return Ok(None);
        }
        let amount = short.to_string();
        let said = self.in_force.currencies.with_code(amount.clone(), short.currency);
        let why = |key| Note::new(key).with("account", account).with("short", &said);
        let line = |side, account: AccountCode| StepLine { side, account, amount: amount.clone() };
        let owed = chart::with_role(chart, AccountRole::Receivable).zip(account.leaf());
        if let Some((owed, holder)) = owed {
            let debtor = format!("{}.{holder}", owed.code).parse()?;
            let lines = vec![line(Side::Debit, debtor), line(Side::Credit, account.clone())];
            let event = Some(event);
            let request =
                StepRequest::Adjust(steps::Adjust { trade_no, event, lines, red: false, aside: true });
            return Ok(Some(KeptStep { request, why: Some(why("why.receivable")) }));
        }
        let Some(suspense) = chart::with_role(chart, AccountRole::Shortage) else {
            return Err(Rejection::new(Code::RoleMissing)
                .with("role", AccountRole::Receivable)
                .with("other", AccountRole::Shortage));
        };
        let lines = vec![line(Side::Debit, suspense.code.parse()?), line(Side::Credit, account.clone())];
        let request = StepRequest::Park(steps::Park {
            trade_no,
            event: Some(event),
            instead_of: None,
            lines,
            excess: false,
        });
        Ok(Some(KeptStep { request, why: Some(why("why.shortage")) }))
    }

    /// Returns steps that book what accounts of customers and merchants lack after a run. A chargeback
    /// takes from a merchant what there is and the merchant owes the rest; the account itself has no floor,
    /// because the postings of a day come in any order.
    ///
    /// # Errors
    /// The account that is left below zero because the chart has no role to book on what it lacks.
    pub(crate) fn cover_shortfall(
        &self,
        trade_no: &TradeNo,
        run: &CaseRun,
    ) -> Result<Vec<KeptStep>, AccountCode> {
        let mut steps = Vec::new();
        for (account, head) in &run.before {
            let after = run.after.get(account).copied().unwrap_or(head.balance_minor);
            let lacks = head.balance_minor.min(0).saturating_sub(after);
            if lacks <= 0 || !chart::is_of_party(&self.in_force.chart, account) {
                continue;
            }
            let short = Money::new(lacks, head.account.currency);
            let of = (trade_no.clone(), Event::CAPTURED);
            let cover = self.book_what_lacks(of, account, short).map_err(|_| account.clone())?;
            steps.splice(0..0, cover);
        }
        Ok(steps)
    }
}

/// Parks what an event lacks in place of an account that takes no postings. What was to be reversed on that
/// account stays, and a difference is part of what is parked.
fn park_instead(steps: &mut Vec<KeptStep>, (trade_no, event): (TradeNo, Event), account: &AccountCode) {
    steps.retain(|step| match &step.request {
        StepRequest::Reverse(_) | StepRequest::Repost(_) | StepRequest::Supplement(_) => false,
        StepRequest::Adjust(adjust) => !adjust.lines.is_empty(),
        _ => true,
    });
    let why = Note::new("why.frozen").with("account", account);
    let request = StepRequest::Park(steps::Park {
        trade_no,
        event: Some(event),
        instead_of: Some(account.clone()),
        lines: Vec::new(),
        excess: false,
    });
    steps.push(KeptStep { request, why: Some(why) });
}
