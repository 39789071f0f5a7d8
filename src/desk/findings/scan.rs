//! Scans the trades for findings and keeps the memory of them up to date.
//!
//! What was found is remembered by trade. A later request judges only the trades that a voucher, an
//! amendment or a status correction touched since; it judges all of them after a new statement, rule set or
//! state of a day, and once the clock has moved on.

use crate::desk::findings::chunks::each_chunk;
use crate::desk::findings::views::Scope;
use crate::desk::findings::{evidence, judge};
use crate::desk::ledger::OpenLedger;
use crate::desk::missing;
use crate::domain::finding::{Cause, Finding};
use crate::protocol::context::Context;
use crate::protocol::names::Names;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::watched::Touched;
use crate::store::{Reader, watermark};
use std::collections::BTreeMap;

/// Up to this many trades everything is judged anew whenever the clock moved; beyond it, findings that
/// depend on the clock alone (a window that ended) may be [`STALE_SECONDS`] late.
const SMALL: i64 = 20_000;

/// See [`SMALL`].
const STALE_SECONDS: i64 = 600;

/// Judges trades on one reader of the ledger.
#[derive(Clone, Copy)]
struct Scanner<'d> {
    scope: Scope<'d>,
}

impl Scanner<'_> {
    /// Returns the findings of each trade in rows `from..=until`.
    fn scan<R: Reader + ?Sized>(
        self,
        reader: &mut R,
        from: i64,
        until: i64,
    ) -> Result<Vec<(i64, Vec<Finding>)>, Refusal> {
        let trades = evidence::read(reader, &self.scope.in_force.kinds, from, until)?;
        let mut found = Vec::with_capacity(trades.len());
        for evidence in &trades {
            found.push((evidence.position.id, judge::trade(self.scope, evidence)?));
        }
        Ok(found)
    }
}

impl OpenLedger {
    /// Brings the memory of findings up to date.
    pub(crate) fn update_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        let mark = watermark::read(&mut *self.engine)?;
        // Rows may be missing in a prefetch pass, so nothing of it is remembered.
        if self.engine.is_prefetch() {
            return Ok(());
        }
        let last = mark.trades;
        let clock_ok = self.memory.at.is_some_and(|at| {
            at == context.now || (last > SMALL && context.now.seconds_since(at).abs() < STALE_SECONDS)
        });
        let touched = match &self.memory.mark {
            Some(before) if clock_ok && before.keeps_untouched_findings(&mark) => {
                Some(watermark::touched(&mut *self.engine, before, &mark)?)
            }
            _ => None,
        };
        match touched {
            Some(trades) => {
                for trade in trades {
                    self.scan_trade(context, trade)?;
                }
                // With the same statements, only a new trade or case can explain a line, or bring a later
                // day.
                let moved = match &self.memory.mark {
                    Some(before) => {
                        before.trades != mark.trades
                            || before.answers != mark.answers
                            || before.decisions != mark.decisions
                            || before.corrections != mark.corrections
                            || before.accepted != mark.accepted
                            || watermark::without_trade(&mut *self.engine, before)?
                    }
                    None => true,
                };
                if moved {
                    self.scan_unmatched(context)?;
                }
                if let Some(before) = self.memory.mark.clone().filter(|before| *before != mark) {
                    self.scan_accounts(context, Some(before.vouchers))?;
                }
            }
            None => self.scan_all(context, last, watch)?,
        }
        self.memory.mark = Some(mark);
        self.memory.at = Some(context.now);
        Ok(())
    }

    /// Scans every trade.
    fn scan_all(&mut self, context: &Context, last: i64, watch: &mut dyn Watch) -> Result<(), Refusal> {
        self.memory.forget();
        let scanner = Scanner { scope: Scope { in_force: &self.in_force, now: context.now } };
        let found = each_chunk(&mut *self.engine, last, watch, |reader, from, until, found: &mut Vec<_>| {
            found.extend(scanner.scan(reader, from, until)?.into_iter().filter(has_any));
            Ok(())
        })?;
        for found in found {
            self.memory.keep(found);
        }
        self.scan_unmatched(context)?;
        self.scan_accounts(context, None)
    }

    /// Scans what no trade explains: lines of channels, money in suspense, vouchers of an older system, and
    /// statements that never came.
    fn scan_unmatched(&mut self, context: &Context) -> Result<(), Refusal> {
        let unmatched = evidence::unmatched(&mut *self.engine, &self.in_force)?;
        let missing = missing::missing(&mut *self.engine, &self.in_force, context.now, None)?;
        let scope = Scope { in_force: &self.in_force, now: context.now };
        let lines = unmatched.lines.iter().filter_map(|line| judge::line(scope, line));
        let unclaimed = unmatched.unclaimed.iter().filter_map(|item| judge::unclaimed(scope, item));
        let missing = missing.iter().flat_map(|days| judge::missing(scope, days));
        let gone = unmatched.gone.iter().filter_map(|line| judge::gone(scope, line));
        let vouchers = unmatched.vouchers.iter().filter_map(|voucher| judge::voucher(scope, voucher));
        self.memory.unmatched = lines.chain(unclaimed).chain(gone).chain(missing).chain(vouchers).collect();
        self.memory.join_without_trade();
        Ok(())
    }

    /// Scans the balances of accounts: of all, or of those that vouchers behind a place moved and those that
    /// were odd before. Trades are judged already, since a finding of theirs explains the account.
    fn scan_accounts(&mut self, context: &Context, since: Option<i64>) -> Result<(), Refusal> {
        let known: Vec<i64> = self.memory.accounts.keys().copied().collect();
        let touched = Touched { since, known: &known };
        let odd = evidence::accounts(&mut *self.engine, &self.in_force, touched)?;
        let scope = Scope { in_force: &self.in_force, now: context.now };
        let mut accounts: BTreeMap<i64, Vec<Finding>> = BTreeMap::new();
        for evidence in &odd {
            let is_explained = self.memory.is_wrong(&evidence.trades);
            let found = judge::account(scope, evidence, is_explained);
            accounts.entry(evidence.account.row).or_default().extend(found);
        }
        self.memory.accounts = accounts;
        self.memory.join_without_trade();
        Ok(())
    }

    fn scan_trade(&mut self, context: &Context, trade: i64) -> Result<(), Refusal> {
        let scanner = Scanner { scope: Scope { in_force: &self.in_force, now: context.now } };
        let found = scanner.scan(&mut *self.engine, trade, trade)?;
        self.memory.keep(found);
        Ok(())
    }

    /// Returns the findings of one trade, without the scan of any other.
    pub(crate) fn findings_of(&mut self, context: &Context, trade: i64) -> Result<Vec<Finding>, Refusal> {
        let scanner = Scanner { scope: Scope { in_force: &self.in_force, now: context.now } };
        let found = scanner.scan(&mut *self.engine, trade, trade)?;
        let words = |finding| worded(finding, &self.in_force.names, context);
        let found = found.into_iter().flat_map(|(_, found)| found).map(words).collect();
        self.told_again(found, context.lang)
    }

    /// Returns the rows of the trades that have findings other than waiting ones.
    pub(crate) fn rows_with_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Vec<i64>, Refusal> {
        self.update_findings(context, watch)?;
        Ok(self
            .memory
            .found
            .iter()
            .filter(|(row, found)| **row > 0 && found.iter().any(|one| one.cause != Cause::Waiting))
            .map(|(row, _)| *row)
            .collect())
    }
}

fn has_any((_, found): &(i64, Vec<Finding>)) -> bool {
    !found.is_empty()
}

/// Returns a finding with its age at the time of the request and its explanation in the request's language.
pub(crate) fn worded(mut finding: Finding, names: &Names, context: &Context) -> Finding {
    finding.age_seconds = context.now.seconds_since(finding.since);
    finding.detail = names.note(context.lang, &finding.note);
    finding
}
