//! Known obstacles to a correction, and the steps that practice takes around them: what a customer has
//! spent becomes a receivable, a cleared posting is uncleared first, an account that takes no postings is
//! represented by suspense.

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
use crate::domain::rejection::{Obstacle, Rejection};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::{self, StepLine, StepRequest};
use crate::store::vouchers;

/// Most obstacles that one plan works around.
const MAX_REPAIRS: usize = 6;

impl OpenLedger {
    /// Runs steps without writing; as long as a step meets a known obstacle, changes the steps and runs
    /// them again.
    pub(crate) fn plan_around_obstacles(
        &mut self,
        context: &Context,
        mut steps: Vec<KeptStep>,
    ) -> Result<(Vec<KeptStep>, CaseRun), Refusal> {
        let mut run = self.dry_run_plan(context, &steps)?;
        for _ in 0..MAX_REPAIRS {
            let Some((step, rejection)) = &run.refused else { break };
            let at = usize::try_from(step - 1).unwrap_or_default();
            if !self.work_around(&mut steps, at, rejection)? {
                break;
            }
            run = self.dry_run_plan(context, &steps)?;
        }
        Ok((steps, run))
    }

    /// Changes the steps so that the one at index `at` is not refused again; returns false if no way is
    /// known.
    fn work_around(
        &mut self,
        steps: &mut Vec<KeptStep>,
        at: usize,
        rejection: &Rejection,
    ) -> Result<bool, Refusal> {
        let Some(step) = steps.get(at).cloned() else { return Ok(false) };
        match (rejection.obstacle(), &step.request) {
            (Some(Obstacle::Floor { account, short }), request) => {
                let Some(of) = self.booked_event(request)? else { return Ok(false) };
                let Some(receivable) = self.book_receivable_for(of, account, *short) else {
                    return Ok(false);
                };
                steps.insert(at, receivable);
                Ok(true)
            }
            (
                Some(Obstacle::Cleared { clearing }),
                StepRequest::Reverse(steps::Reverse { voucher_no, .. }),
            ) => self.unclear_first(steps, at, voucher_no, clearing),
            (Some(Obstacle::AccountNotActive { account }), request) => {
                let Some(of) = self.booked_event(request)? else { return Ok(false) };
                park_instead(steps, of, account);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Reverses the clearing before the posting below it, and clears again if that is posted again.
    fn unclear_first(
        &mut self,
        steps: &mut Vec<KeptStep>,
        at: usize,
        posting: &VoucherNo,
        clearing: &VoucherNo,
    ) -> Result<bool, Refusal> {
        let voucher = vouchers::voucher(&mut *self.engine, posting)?;
        let Some(trade_no) = voucher.and_then(|voucher| voucher.trade_no) else { return Ok(false) };
        steps.insert(at, KeptStep { request: reverse(clearing), why: Some(Note::new("why.unclear")) });
        let posts_again = steps.iter().any(
            |step| matches!(&step.request, StepRequest::Repost(steps::Repost { trade_no: again, .. }) if *again == trade_no),
        );
        if posts_again {
            let request = repost(&trade_no, Event::CLEARED, Vec::new());
            steps.push(KeptStep { request, why: Some(Note::new("why.reclear")) });
        }
        Ok(true)
    }

    /// Returns the trade and event that a step books or reverses.
    fn booked_event(&mut self, request: &StepRequest) -> Result<Option<(TradeNo, Event)>, Refusal> {
        Ok(match request {
            StepRequest::Repost(steps::Repost { trade_no, event, .. })
            | StepRequest::Supplement(steps::Supplement { trade_no, event }) => {
                Some((trade_no.clone(), event.unwrap_or(Event::CAPTURED)))
            }
            StepRequest::Reverse(steps::Reverse { voucher_no, .. }) => {
                vouchers::voucher(&mut *self.engine, voucher_no)?
                    .and_then(|voucher| voucher.trade_no.zip(voucher.event))
            }
            _ => None,
        })
    }

    /// Returns the step that lets a customer or merchant owe what its account lacks; `None` for any other
    /// account.
    fn book_receivable_for(
        &self,
        (trade_no, event): (TradeNo, Event),
        account: &AccountCode,
        short: Money,
    ) -> Option<KeptStep> {
        let subject = chart::subject_of(&self.in_force.chart, account)?;
        let owed = chart::with_role(&self.in_force.chart, AccountRole::Receivable)?;
        if !subject.customer_visible {
            return None;
        }
        let amount = short.to_string();
        let why = Note::new("why.receivable").with("account", account).with("short", &amount);
        let line = |side, account: AccountCode| StepLine { side, account, amount: amount.clone() };
        let debtor = format!("{}.{}", owed.code, account.leaf()?).parse().ok()?;
        let lines = vec![line(Side::Debit, debtor), line(Side::Credit, account.clone())];
        let request = StepRequest::Adjust(steps::Adjust {
            trade_no,
            event: Some(event),
            lines,
            red: false,
            aside: true,
        });
        Some(KeptStep { request, why: Some(why) })
    }

    /// Returns steps that book what accounts of customers and merchants lack after a run. A chargeback
    /// takes from a merchant what there is and the merchant owes the rest; the account itself has no floor,
    /// because the postings of a day come in any order.
    pub(crate) fn cover_shortfall(&self, trade_no: &TradeNo, run: &CaseRun) -> Vec<KeptStep> {
        let mut steps = Vec::new();
        for (account, head) in &run.before {
            let after = run.after.get(account).copied().unwrap_or(head.balance_minor);
            let lacks = head.balance_minor.min(0).saturating_sub(after);
            if lacks <= 0 || !head.account.customer_visible {
                continue;
            }
            let short = Money::new(lacks, head.account.currency);
            let of = (trade_no.clone(), Event::CAPTURED);
            if let Some(receivable) = self.book_receivable_for(of, account, short) {
                steps.insert(0, receivable);
            }
        }
        steps
    }
}

/// Parks what an event lacks in place of an account that takes no postings. What was to be reversed on that
/// account stays.
fn park_instead(steps: &mut Vec<KeptStep>, (trade_no, event): (TradeNo, Event), account: &AccountCode) {
    steps.retain(|step| {
        !matches!(step.request, StepRequest::Reverse(_) | StepRequest::Repost(_) | StepRequest::Supplement(_))
    });
    let why = Note::new("why.frozen").with("account", account);
    let request = StepRequest::Park(steps::Park {
        trade_no,
        event: Some(event),
        instead_of: Some(account.clone()),
        lines: Vec::new(),
    });
    steps.push(KeptStep { request, why: Some(why) });
}
