//! The preview: a case run without writing, and what of it is shown.
//!
//! Of a long case a slice is shown; sums, guards and counts are of all of it.

use super::bench;
use super::guards::{fail, guards};
use super::prepared::{Planned, Prepared, Sums, Wanted};
use super::run::prepare_heard;
use crate::desk::local::Desk;
use crate::desk::resolve::{Author, missing};
use crate::domain::case::CaseState;
use crate::domain::chain::Head;
use crate::domain::id::{AccountCode, CaseNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::voucher::Voucher;
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::preview::{
    BalanceChange, Guard, GuardState, Preview, PreviewCount, PreviewEntry, TurnoverChange,
};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::{Appender, Dry};
use crate::store::cases;
use std::collections::BTreeMap;

impl Desk {
    /// The commit, run without writing. Of a long case a slice is shown; sums, guards and counts are of all of it.
    pub(in crate::desk) fn preview(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        slice: Slice,
        watch: &mut dyn Watch,
    ) -> Result<Preview, Refusal> {
        self.preview_heard(context, case_no, (slice, slice), watch, &mut |_| Ok(()))
    }

    /// The same with all steps and no entries: each entry is heard as it comes, so that nobody holds them all.
    ///
    /// # Errors
    /// As [`Service::ask`](super::Service::ask), and what `hear` answers.
    pub(in crate::desk) fn preview_each(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.preview_heard(context, case_no, (Slice::ALL, Slice::NONE), watch, hear)
    }

    fn preview_heard(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        (rows, entries): (Slice, Slice),
        watch: &mut dyn Watch,
        hear: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        let case = cases::case(&mut *self.engine, case_no)?.ok_or_else(|| missing("case", case_no))?;
        let steps = self.kept_steps(case_no)?;
        let author = Author {
            case_no: Some(case_no),
            maker: &case.maker,
            checker: case.checker.as_ref(),
            reason: &case.reason,
        };
        let done = case.state.is_final();
        let planned = self.planned(case_no)?;
        let wanted = Wanted {
            rows: Some(rows),
            entries: Some(entries),
            planned: planned.as_ref(),
            unbooked: true,
            ..Wanted::default()
        };
        let mut prepared = if done {
            Prepared::default()
        } else {
            let bench = bench!(self, context);
            let mut appender = Appender::new(&self.chart, self.settings.currency);
            let sink = &mut Dry(&mut *self.engine);
            prepare_heard(
                &bench,
                &mut appender,
                sink,
                &author,
                &steps,
                wanted,
                watch,
                &mut |step, voucher| {
                    preview_entries(step, voucher)
                        .try_for_each(&mut *hear)
                        .map_err(|error| crate::store::Fault::Io { detail: error.to_string() }.into())
                },
            )?
        };
        let mut guards = guards(&prepared, planned.as_ref(), context);
        guards.push(self.approval_guard(context, case.state, case.checker.as_ref() != Some(&case.maker)));
        if let Some(checker) = case.checker.as_ref().filter(|_| case.state == CaseState::Approved)
            && let Err(above) = prepared.within(&self.policy, self.settings.currency, checker, case_no)
        {
            guards.push(fail("limit", &above, context));
        }
        guards.extend(prepared.warnings(context, rows).into_iter().map(|text| Guard {
            guard: "booked".to_owned(),
            state: GuardState::Note,
            code: None,
            text,
        }));
        if !done {
            guards.extend(self.checklist_guard(context, &case)?);
        }
        let nothing =
            if steps.is_empty() { Some(Rejection::new(Code::Nothing)) } else { prepared.records_only() };
        guards.extend(nothing.filter(|_| !done).map(|rejection| fail("steps", &rejection, context)));
        let balances = balances(&prepared, planned.as_ref(), rows.limit);
        let holders = self.holders(&prepared)?;
        let customer_view_changed = !prepared.statuses.is_empty()
            || prepared.changes_views().0
            || holders.iter().any(|holder| holder.trades_before != holder.trades_after);
        let (_, channels) = prepared.changes_views();
        let ready = !done && guards.iter().all(|guard| guard.state != GuardState::Fail);
        let mut turnover = turnover(&prepared);
        let count = PreviewCount {
            steps: steps.len(),
            vouchers: prepared.vouchers,
            balances: prepared.before.len(),
            turnover: turnover.len(),
        };
        turnover.truncate(rows.limit);
        Ok(Preview {
            case_no: case_no.clone(),
            state: case.state,
            totals: totals(&prepared),
            gross: gross(&prepared),
            entries: std::mem::take(&mut prepared.entries),
            turnover,
            steps: std::mem::take(&mut prepared.rows),
            balances,
            holders,
            customer_view_changed,
            reconciliation_changed: channels,
            guards,
            ready,
            count,
        })
    }
}

pub(super) fn preview_entries(step: i64, voucher: &Voucher) -> impl Iterator<Item = PreviewEntry> {
    voucher.entries.iter().map(move |entry| PreviewEntry {
        step,
        voucher_no: voucher.voucher_no.clone(),
        kind: voucher.kind,
        accounting_date: voucher.accounting_date,
        entry: entry.clone(),
    })
}

/// The first accounts touched, before and after.
fn balances(prepared: &Prepared, planned: Option<&Planned>, most: usize) -> Vec<BalanceChange> {
    let heads: BTreeMap<&AccountCode, i64> =
        planned.iter().flat_map(|planned| &planned.heads).map(|(account, seq)| (account, *seq)).collect();
    let change = |(account, head): (&AccountCode, &Head)| BalanceChange {
        account: account.clone(),
        name: head.account.name.clone(),
        currency: head.account.currency.code().to_owned(),
        before_minor: head.balance_minor,
        after_minor: prepared.after.get(account).copied().unwrap_or(head.balance_minor),
        floor_minor: head.account.floor_minor,
        customer_visible: head.account.customer_visible,
        moved: heads.get(account).is_some_and(|at| *at != head.seq),
    };
    prepared.before.iter().map(change).take(most).collect()
}

fn turnover(prepared: &Prepared) -> Vec<TurnoverChange> {
    prepared
        .turnover
        .iter()
        .filter(|(_, (debit, credit))| *debit != 0 || *credit != 0)
        .map(|((day, account), (debit, credit))| TurnoverChange {
            day: *day,
            account: account.clone(),
            debit_minor: *debit,
            credit_minor: *credit,
        })
        .collect()
}

/// Net effect per currency: debits booked less debits taken back.
fn totals(prepared: &Prepared) -> Vec<(String, i64)> {
    let net = |sums: &Sums| sums.booked.saturating_sub(sums.back);
    prepared.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), net(sums))).collect()
}

/// What is moved per currency: debits of every entry, whichever sign they carry.
fn gross(prepared: &Prepared) -> Vec<(String, i64)> {
    let all = |sums: &Sums| sums.booked.saturating_add(sums.back);
    prepared.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), all(sums))).collect()
}
