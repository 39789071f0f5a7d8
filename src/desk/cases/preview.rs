//! The preview: a dry run of a case and what is shown of it.
//!
//! Of a long case a slice is shown; sums, guards and counts cover all of it.

use crate::desk::cases::checks::{fail, guards};
use crate::desk::corrections::case_run::{AgreedLines, CaseRun, RunOptions, Sums, preview_entries};
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps_with;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseState, GuardName};
use crate::domain::chain::Head;
use crate::domain::currencies::Currencies;
use crate::domain::id::{AccountCode, CaseNo};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::context::Context;
use crate::protocol::page::Slice;
use crate::protocol::preview::{
    BalanceChange, DayReconciled, Guard, GuardState, Preview, PreviewCase, PreviewCount, PreviewEntry,
    TurnoverChange,
};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::cases;
use crate::store::engine::dry::Dry;
use std::collections::BTreeMap;

impl OpenLedger {
    /// Returns the preview of a case with a slice of its steps and entries.
    pub(crate) fn preview(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        slice: Slice,
        watch: &mut dyn Watch,
    ) -> Result<Preview, Refusal> {
        self.preview_streamed(context, case_no, (slice, slice), watch, &mut |_| Ok(()))
    }

    /// Returns the preview with all steps; entries are streamed to `on_entry` instead of collected.
    ///
    /// # Errors
    /// A refusal or fault of the dry run, or the error of `on_entry`.
    pub(crate) fn preview_each(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        on_entry: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.preview_streamed(context, case_no, (Slice::ALL, Slice::NONE), watch, on_entry)
    }

    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        (rows, entries): (Slice, Slice),
        watch: &mut dyn Watch,
        on_entry: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        let case =
            cases::case(&mut *self.engine, case_no)?.ok_or_else(|| Rejection::not_found("case", case_no))?;
        let steps = self.kept_steps(case_no)?;
        let author = Author {
            case_no: Some(case_no),
            maker: &case.maker,
            checker: case.checker.as_ref(),
            reason: &case.reason,
        };
        let done = case.state.is_final();
        let planned = self.planned(case_no)?;
        let options = RunOptions {
            rows: Some(rows),
            entries: Some(entries),
            planned: planned.as_ref(),
            unbooked: true,
            ..RunOptions::default()
        };
        let mut run = if done {
            CaseRun::default()
        } else {
            let call = Call { in_force: &self.in_force, context };
            let mut appender = Appender::new(&self.in_force.chart, &self.in_force.currencies);
            let sink = &mut Dry(&mut *self.engine);
            run_steps_with(
                &call,
                &mut appender,
                sink,
                &author,
                &steps,
                options,
                watch,
                &mut |step, voucher| {
                    preview_entries(step, voucher)
                        .try_for_each(&mut *on_entry)
                        .map_err(|error| crate::store::Fault::Io { detail: error.to_string() }.into())
                },
            )?
        };
        let checklist = if done { None } else { self.checklist_guard(context, &case)? };
        let call = Call { in_force: &self.in_force, context };
        let mut guards = guards(&run, planned.as_ref(), &call);
        guards.push(self.approval_guard(context, case.state, case.checker.as_ref() != Some(&case.maker)));
        if let Some(checker) = case.checker.as_ref().filter(|_| case.state == CaseState::Approved)
            && let Err(above) = run.refuse_above_limit(&self.in_force, checker, case_no)
        {
            guards.push(fail(GuardName::Limit, &above, &call));
        }
        guards.extend(run.warnings(&call, rows).into_iter().map(|text| Guard {
            guard: GuardName::Booked,
            state: GuardState::Note,
            code: None,
            text,
        }));
        guards.extend(checklist);
        let nothing = if steps.is_empty() { Some(Rejection::new(Code::Nothing)) } else { run.records_only() };
        guards.extend(nothing.filter(|_| !done).map(|rejection| fail(GuardName::Steps, &rejection, &call)));
        let balances = balances(&run, planned.as_ref(), rows.limit);
        let holders = self.holders(&run)?;
        let customer_view_changed = !run.statuses.is_empty()
            || run.changes_views().0
            || holders.iter().any(|holder| holder.trades_before != holder.trades_after);
        let (_, channels) = run.changes_views();
        let (days, touched_days) =
            if done { (Vec::new(), 0) } else { self.reconciled_days(context, &case, &run, &steps, watch)? };
        let take_back = if done { Vec::new() } else { self.take_backs(context, &run)? };
        let ready = !done && guards.iter().all(|guard| guard.state != GuardState::Fail);
        let mut turnover = turnover(&run, &self.in_force.currencies);
        let count = PreviewCount {
            steps: steps.len(),
            vouchers: run.vouchers,
            balances: run.before.len(),
            turnover: turnover.len(),
            days: touched_days,
        };
        turnover.truncate(rows.limit);
        Ok(Preview {
            case_no: case_no.clone(),
            state: case.state,
            totals: totals(&run),
            gross: gross(&run),
            entries: std::mem::take(&mut run.entries),
            turnover,
            steps: std::mem::take(&mut run.rows),
            balances,
            holders,
            customer_view_changed,
            reconciliation_changed: channels || days.iter().any(DayReconciled::changes),
            days,
            take_back,
            guards,
            ready,
            count,
        })
    }
}

/// Returns the first accounts touched, with their balances before and after.
fn balances(run: &CaseRun, planned: Option<&AgreedLines>, most: usize) -> Vec<BalanceChange> {
    let heads: BTreeMap<&AccountCode, i64> =
        planned.iter().flat_map(|planned| &planned.heads).map(|(account, seq)| (account, *seq)).collect();
    let change = |(account, head): (&AccountCode, &Head)| BalanceChange {
        account: account.clone(),
        name: head.account.name.clone(),
        currency: head.account.currency.code().to_owned(),
        before_minor: head.balance_minor,
        after_minor: run.after.get(account).copied().unwrap_or(head.balance_minor),
        floor_minor: head.account.floor_minor,
        customer_visible: head.account.customer_visible,
        moved: heads.get(account).is_some_and(|at| *at != head.seq),
    };
    run.before.iter().map(change).take(most).collect()
}

fn turnover(run: &CaseRun, currencies: &Currencies) -> Vec<TurnoverChange> {
    run.turnover
        .iter()
        .filter(|(_, (debit, credit))| *debit != 0 || *credit != 0)
        .map(|((day, account), (debit, credit))| TurnoverChange {
            day: *day,
            account: account.clone(),
            currency: currencies.of(account),
            debit_minor: *debit,
            credit_minor: *credit,
        })
        .collect()
}

/// Returns the net effect per currency: debits booked less debits reversed.
fn totals(run: &CaseRun) -> Vec<(String, i64)> {
    let net = |sums: &Sums| sums.booked.saturating_sub(sums.back);
    run.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), net(sums))).collect()
}

/// Returns the gross effect per currency: debits of every entry, whatever their sign.
fn gross(run: &CaseRun) -> Vec<(String, i64)> {
    let all = |sums: &Sums| sums.booked.saturating_add(sums.back);
    run.sums.iter().map(|(currency, sums)| ((*currency).to_owned(), all(sums))).collect()
}

impl Handle for PreviewCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, slice } = self;
        Ok(Box::new(ledger.preview(context, &case_no, slice, watch)?))
    }
}
