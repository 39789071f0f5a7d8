//! Committed cases whose evidence a case takes away, and how each is taken back afterwards.

use crate::desk::corrections::case_run::CaseRun;
use crate::desk::corrections::effect::KeptStep;
use crate::desk::findings::proposed_steps::reverse;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::statement::BillState;
use crate::protocol::context::Context;
use crate::protocol::preview::TakeBack;
use crate::protocol::refusal::Refusal;
use crate::store::bills;
use crate::store::shaken_cases::{self, LostEvidence};
use std::collections::BTreeMap;

impl OpenLedger {
    /// Returns the committed cases that rest on lines which are gone or changed once a case has ended their statements,
    /// or on what those did not list; each with the steps that take back what it booked.
    ///
    /// # Errors
    /// A fault of the engine.
    pub(crate) fn take_backs(&mut self, context: &Context, run: &CaseRun) -> Result<Vec<TakeBack>, Refusal> {
        let mut cases: BTreeMap<CaseNo, TakeBack> = BTreeMap::new();
        for end in &run.statements {
            let (going, coming) = match end.state {
                BillState::Standing => (end.replaces.clone(), Some(end.statement)),
                BillState::Held | BillState::Replaced | BillState::Withdrawn => (vec![end.statement], None),
            };
            let mut standing = Vec::new();
            for id in going {
                let bill = bills::one(&mut *self.engine, id)?.map(|(bill, _)| bill);
                standing.extend(bill.filter(|bill| bill.state == BillState::Standing).map(|bill| bill.id));
            }
            for LostEvidence { case_no, voucher_no, trade_no } in
                shaken_cases::by_end(&mut *self.engine, &standing, coming)?
            {
                let of = cases.entry(case_no.clone()).or_insert_with(|| TakeBack {
                    case_no,
                    vouchers: Vec::new(),
                    steps: Vec::new(),
                    refused: None,
                    trades: Vec::new(),
                });
                of.vouchers.extend(voucher_no.filter(|voucher| !of.vouchers.contains(voucher)));
                of.trades.extend(trade_no.filter(|trade| !of.trades.contains(trade)));
            }
        }
        let mut found: Vec<TakeBack> = cases.into_values().collect();
        for case in found.iter_mut().filter(|case| !case.vouchers.is_empty()) {
            // The last one first.
            case.vouchers.reverse();
            let steps = case.vouchers.iter().map(|voucher| KeptStep { request: reverse(voucher), why: None });
            match self.dry_run_plan(context, &steps.collect::<Vec<_>>()) {
                Ok(tried) => case.steps = tried.rows,
                Err(Refusal::Rejected(rejection)) => {
                    case.refused = Some(Refusal::Rejected(rejection).message(context.lang));
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }
}
