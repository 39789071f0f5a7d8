//! What cases that are staged, and not committed, would book on an account.

use crate::desk::corrections::case_run::RunOptions;
use crate::desk::corrections::effect::kept_steps;
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps_with;
use crate::desk::ledger::OpenLedger;
use crate::domain::account::Side;
use crate::domain::account_matching::EntryFacts;
use crate::domain::id::AccountCode;
use crate::domain::voucher::Voucher;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::step_row::LineRef;
use crate::protocol::watch::Unwatched;
use crate::store::answered::Answer;
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{StoreError, cases, trades};
use std::collections::HashMap;

/// A staged case with the entries that it would book on an account.
pub(crate) struct StagedEntries {
    /// The case.
    pub(crate) case: CaseRow,
    /// Its entries on the account.
    pub(crate) entries: Vec<EntryFacts>,
}

impl OpenLedger {
    /// Returns the entries that staged cases would book on an account. A case of which a step is refused now books
    /// none.
    pub(crate) fn staged_entries(
        &mut self,
        context: &Context,
        account: &AccountCode,
    ) -> Result<Vec<StagedEntries>, Refusal> {
        let mut staged = Vec::new();
        for case in cases::staged_on(&mut *self.engine, account)? {
            let entries = self.entries_of_case(context, &case, account)?;
            if !entries.is_empty() {
                staged.push(StagedEntries { case, entries });
            }
        }
        Ok(staged)
    }

    fn entries_of_case(
        &mut self,
        context: &Context,
        case: &CaseRow,
        account: &AccountCode,
    ) -> Result<Vec<EntryFacts>, Refusal> {
        let steps = kept_steps(&mut *self.engine, &case.case_no)?;
        let author = Author {
            case_no: Some(&case.case_no),
            maker: &case.maker,
            checker: case.checker.as_ref(),
            reason: &case.reason,
        };
        let call = Call { in_force: &self.in_force, context };
        let mut appender = Appender::new(&self.in_force.chart, &self.in_force.currencies);
        let mut vouchers: Vec<Voucher> = Vec::new();
        let run = run_steps_with(
            &call,
            &mut appender,
            &mut Dry(&mut *self.engine),
            &author,
            &steps,
            RunOptions::default(),
            &mut Unwatched,
            &mut |_, voucher| {
                vouchers.extend(moves(voucher, account).then(|| voucher.clone()));
                Ok(())
            },
        );
        let run = match run {
            Ok(run) if run.refused.is_none() => run,
            Ok(_) | Err(StoreError::Rejected(_)) => return Ok(Vec::new()),
            Err(fault) => return Err(fault.into()),
        };
        let lines: HashMap<i64, &LineRef> = run
            .answers
            .iter()
            .filter_map(|(line, answer)| match answer {
                Answer::Booked(voucher) => Some((*voucher, line)),
                Answer::TakenBack(_) => None,
            })
            .collect();
        let mut entries = Vec::new();
        for voucher in &vouchers {
            let trade = match &voucher.trade_no {
                Some(trade_no) => {
                    trades::imported_facts(&mut *self.engine, trade_no)?.map(|(_, trade)| trade)
                }
                None => None,
            };
            let line = lines.get(&voucher.seq);
            let of_trade = || trade.as_ref().map(|trade| trade.channel_ref.clone());
            let number_of_trade = || trade.as_ref().and_then(|trade| trade.channel_no.clone());
            for entry in voucher.entries.iter().filter(|entry| entry.account == *account) {
                let sign = if entry.side == Side::Debit { 1 } else { -1 };
                entries.push(EntryFacts {
                    day: voucher.accounting_date,
                    amount_minor: sign * entry.amount_minor,
                    voucher_no: voucher.voucher_no.clone(),
                    reverses: voucher.reverses.clone(),
                    reference: line.map(|line| line.channel_ref.clone()).or_else(of_trade),
                    original: trade.as_ref().and_then(|trade| trade.original_ref.clone()),
                    channel_no: line.and_then(|line| line.channel_no.clone()).or_else(number_of_trade),
                });
            }
        }
        Ok(entries)
    }
}

fn moves(voucher: &Voucher, account: &AccountCode) -> bool {
    voucher.entries.iter().any(|entry| entry.account == *account)
}
