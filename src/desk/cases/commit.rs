//! The commit: the run inside one transaction, and the check that nothing else was changed by it.
//!
//! A retry after a lost answer reads the receipt; if another writer was first, the commit starts again on
//! fresh reads.

use crate::desk::corrections::case_run::{CaseRun, RunOptions};
use crate::desk::corrections::dry_run::read_planned;
use crate::desk::corrections::effect::{Item, StatementEnd, kept_steps};
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps;
use crate::desk::corrections::steps::touches;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::case::{CaseLogVerb, CaseVerb};
use crate::domain::chain::fingerprint;
use crate::domain::id::{CaseNo, TradeNo};
use crate::domain::policy::Policy;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::BillState;
use crate::domain::trade::ReconStatus;
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::receipt::{CommitCase, Receipt};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::bills::NewChange;
use crate::store::{
    Sink, StoreError, acceptances, amendments, answered, bills, cases, suspense, trade_news, trades,
};
use std::collections::BTreeSet;

/// Attempts of a commit when other sessions write in between; each attempt reads everything anew.
const MAX_ATTEMPTS: usize = 5;

/// Longest idempotency key.
const MAX_KEY: usize = 200;

impl OpenLedger {
    /// Writes a case, all or nothing. A repeated key returns the receipt of the first commit.
    pub(crate) fn commit_case(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        key: Option<&str>,
        watch: &mut dyn Watch,
    ) -> Result<Receipt, Refusal> {
        let key =
            key.map_or_else(|| format!("{}/{case_no}", self.in_force.settings.ledger_id), str::to_owned);
        if key.is_empty() || key.len() > MAX_KEY || key.chars().any(char::is_control) {
            return Err(Rejection::new(Code::BadValue)
                .with("what", "key")
                .with("value", key.escape_debug())
                .into());
        }
        let mut attempts = 0;
        loop {
            if let Some(receipt) = self.receipt(case_no, &key)? {
                return Ok(receipt);
            }
            attempts += 1;
            match self.try_commit(context, case_no, &key, watch) {
                Ok(receipt) => return Ok(receipt),
                Err(error) => {
                    self.appender.forget();
                    // Another program may have committed the case with this key since the receipt was read;
                    // the loop then finds its receipt.
                    let raced = error.is_race()
                        || matches!(&error, StoreError::Rejected(rejection)
                            if matches!(rejection.code, Code::KeyConflict | Code::CaseState));
                    if !raced || attempts >= MAX_ATTEMPTS {
                        return Err(error.into());
                    }
                }
            }
        }
    }

    /// Returns the receipt of an earlier commit with this key.
    fn receipt(&mut self, case_no: &CaseNo, key: &str) -> Result<Option<Receipt>, Refusal> {
        let Some((known, _, body)) = cases::receipts::find(&mut *self.engine, key)? else { return Ok(None) };
        if known != *case_no {
            return Err(Rejection::new(Code::KeyConflict).with("key", key).with("case", known).into());
        }
        let receipt: Receipt = serde_json::from_slice(body.as_bytes())
            .map_err(|error| crate::store::Fault::Corrupt { detail: format!("receipt {key}: {error}") })?;
        Ok(Some(Receipt { replayed: true, ..receipt }))
    }

    fn try_commit(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        key: &str,
        watch: &mut dyn Watch,
    ) -> Result<Receipt, StoreError> {
        let precondition = self.precondition_of_all();
        let call = Call { in_force: &self.in_force, context };
        let (engine, appender, policy) = (&mut self.engine, &mut self.appender, &self.in_force.policy);
        let mut receipt = None;
        engine.commit(&mut |sink| {
            // Another session may have loaded a policy since the approval.
            precondition.holds(sink)?;
            receipt = Some(write_case(&call, appender, sink, (case_no, key), policy, watch)?);
            Ok(())
        })?;
        receipt.ok_or_else(|| StoreError::rejected(Code::Nothing))
    }
}

/// Writes the case, inside its transaction.
fn write_case(
    call: &Call<'_>,
    appender: &mut Appender,
    sink: &mut dyn Sink,
    (case_no, key): (&CaseNo, &str),
    policy: &Policy,
    watch: &mut dyn Watch,
) -> Result<Receipt, StoreError> {
    let (context, four_eyes) = (call.context, policy.four_eyes);
    let case = cases::case(sink, case_no)?.ok_or_else(|| Rejection::not_found("case", case_no))?;
    let steps = kept_steps(sink, case_no)?;
    let next_state =
        case.state.after(CaseVerb::Commit, steps.len(), four_eyes).map_err(|r| r.with("case", case_no))?;
    if four_eyes && case.checker.as_ref().is_none_or(|checker| checker.is_same_person(&case.maker)) {
        return Err(Rejection::new(Code::FourEyes)
            .with("operator", &case.maker)
            .with("case", case_no)
            .into());
    }
    if steps.is_empty() {
        return Err(Rejection::new(Code::Nothing).into());
    }
    let planned = read_planned(sink, case_no)?;
    let mut touched = Vec::new();
    for (_, step) in &steps {
        touched.extend(touches(sink, step)?);
    }
    touched.sort();
    touched.dedup();
    let before = seen(sink, &touched)?;
    let author = Author {
        case_no: Some(case_no),
        maker: &case.maker,
        checker: case.checker.as_ref(),
        reason: &case.reason,
    };
    let options = RunOptions { receipt: true, planned: planned.as_ref(), ..RunOptions::default() };
    let run = run_steps(call, appender, sink, &author, &steps, options, watch)?;
    if let Some((step, rejection)) = run.refused {
        return Err(rejection.with("step", step).into());
    }
    run.same_as_planned()?;
    if let Some(checker) = case.checker.as_ref().filter(|_| four_eyes) {
        // The limit is that of the policy in force now, not at the approval.
        run.refuse_above_limit(call.in_force, checker, case_no)?;
    }
    let change = amendments::Change { case_no, operator: &case.maker, now: context.now };
    write_trades(sink, &run, change, &case.reason)?;
    for (voucher, item) in &run.items {
        match item {
            Item::Open { account, amount_minor } => {
                suspense::open(sink, *voucher, account, *amount_minor)?;
            }
            Item::Clear { voucher: opened } => suspense::clear(sink, *opened, *voucher)?,
        }
    }
    for (claim, reason) in &run.dismissed {
        trade_news::dismiss(sink, *claim, reason, change)?;
    }
    write_lines(sink, &run, change)?;
    let statuses = run.statuses.iter().map(|(trade, _)| *trade);
    let changed_on_purpose: BTreeSet<i64> =
        statuses.chain(run.amendments.iter().map(|(trade, _)| *trade)).collect();
    let touched: Vec<TradeNo> = touched
        .into_iter()
        .filter(|trade| !run.recorded.iter().any(|recorded| recorded.trade_no == *trade))
        .collect();
    let after = seen(sink, &touched)?;
    // A statement that stands no more changes comparisons on purpose.
    let as_before = |then: &Seen, now: &Seen| {
        then.facts == now.facts && (then.recon == now.recon || !run.statements.is_empty())
    };
    let slipped = before
        .iter()
        .zip(&after)
        .find(|(then, now)| !as_before(then, now) && !changed_on_purpose.contains(&now.trade));
    if slipped.is_some() || before.len() != after.len() {
        return Err(Rejection::new(Code::ViewChanged).with("case", case_no).into());
    }
    cases::set_state(
        sink,
        case_no,
        next_state,
        case.checker.as_ref(),
        case.decided_at.or(Some(context.now)),
    )?;
    cases::log::append(sink, case_no, &context.operator, CaseLogVerb::Commit, Some(key), context.now)?;
    acceptances::close(sink, case_no, &context.operator, context.now)?;
    let receipt = Receipt {
        case_no: case_no.clone(),
        key: key.to_owned(),
        replayed: false,
        vouchers: run.receipt,
        next: i18n::word(context.lang, "receipt.advice"),
    };
    let body = serde_json::to_string(&receipt)
        .map_err(|error| crate::store::Fault::Internal { detail: error.to_string() })?;
    cases::receipts::insert(sink, key, case_no, &fingerprint(body.as_bytes()), &body, context.now)?;
    Ok(receipt)
}

/// Writes the statuses and facts of trades that the run corrects. A preview writes them into an excerpt of the ledger.
pub(crate) fn write_trades(
    sink: &mut dyn Sink,
    run: &CaseRun,
    change: amendments::Change<'_>,
    reason: &str,
) -> Result<(), StoreError> {
    for (trade, status) in &run.statuses {
        amendments::insert_status(sink, *trade, *status, change)?;
    }
    for (trade, amendment) in &run.amendments {
        let reason = amendment.reason.as_deref().unwrap_or(reason);
        amendments::insert_amendment(sink, *trade, amendment.fact, &amendment.value, reason, change)?;
    }
    Ok(())
}

/// Writes how the run answers lines of channels, and how statements stand. A preview writes it into an excerpt of the
/// ledger.
pub(crate) fn write_lines(
    sink: &mut dyn Sink,
    run: &CaseRun,
    change: amendments::Change<'_>,
) -> Result<(), StoreError> {
    for (line, answer) in &run.answers {
        answered::insert(sink, line, answer, change)?;
    }
    for end in &run.statements {
        end_statement(sink, end, change)?;
    }
    Ok(())
}

/// Writes how a statement stands from now on, and that it takes the place of others.
fn end_statement(
    sink: &mut dyn Sink,
    end: &StatementEnd,
    change: amendments::Change<'_>,
) -> Result<(), StoreError> {
    let of = NewChange {
        statement: end.statement,
        state: end.state,
        by_statement: None,
        case_no: Some(change.case_no.as_str()),
        reason: &end.reason,
        at: change.now,
        operator: change.operator,
    };
    bills::change(sink, of)?;
    for replaced in &end.replaces {
        let (state, by_statement) = (BillState::Replaced, Some(end.statement));
        bills::change(sink, NewChange { statement: *replaced, state, by_statement, ..of })?;
    }
    Ok(())
}

/// What customers and channels see of a trade.
struct Seen {
    /// Its row.
    trade: i64,
    /// A fingerprint of its status and facts.
    facts: String,
    /// How it compares with the channel.
    recon: ReconStatus,
}

/// Returns what customers and channels see of each trade.
fn seen<S: Sink + ?Sized>(sink: &mut S, trades: &[TradeNo]) -> Result<Vec<Seen>, StoreError> {
    let mut views = Vec::new();
    for trade_no in trades {
        if let Some(row) = trades::trade(sink, trade_no)? {
            let facts = fingerprint(format!("{} {:?}", row.status_now, row.trade).as_bytes());
            views.push(Seen { trade: row.id, facts, recon: row.recon });
        }
    }
    Ok(views)
}

impl Handle for CommitCase {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { case_no, key } = self;
        ledger.commit_case(context, &case_no, key.as_deref(), watch)
    }
}
