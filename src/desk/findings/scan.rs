//! Judges what was touched, and keeps the memory of findings up to date.
//!
//! | judged again | after |
//! |---|---|
//! | trades that were touched, and their relatives | a trade list, a posting, a correction, a decision about a match |
//! | trades of its lines and days, and those of its channel with findings | a new, replaced or withdrawn statement |
//! | trades that time says something else about | a window, a session or a grace that ended |
//! | balances of account statements | a new, replaced or withdrawn account statement |
//! | lines, vouchers of an older system, accounts | what touched them, and always those with findings |
//! | everything | a new policy, rule set, calendar, or file of channels or kinds |

use crate::desk::findings::chunks::{chunks, chunks_of, each_chunk};
use crate::desk::findings::evidence::AccountEvidence;
use crate::desk::findings::memory::{Judged, Remembered};
use crate::desk::findings::views::{Again, Scope};
use crate::desk::findings::{evidence, judge};
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::desk::missing::{self, Asked};
use crate::domain::finding::{Cause, Finding};
use crate::domain::period::Moment;
use crate::protocol::context::Context;
use crate::protocol::names::Names;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::kept::Part;
use crate::store::touched::touched;
use crate::store::watched::{self, MovedAccounts, Oddity};
use crate::store::watermark::Watermark;
use crate::store::{Reader, watermark};
use std::collections::{BTreeMap, BTreeSet};

/// Clocks of several machines that use one ledger differ by less. If the time is further back than the memory, all is
/// judged again.
const SKEW_SECONDS: i64 = 600;

/// Judges trades on one reader of the ledger.
#[derive(Clone, Copy)]
struct Scanner<'d> {
    in_force: &'d InForce,
    now: Moment,
}

impl Scanner<'_> {
    /// Judges the trades in rows `from..=until`.
    fn scan<R: Reader + ?Sized>(self, reader: &mut R, from: i64, until: i64) -> Result<Vec<Judged>, Refusal> {
        let trades = evidence::read(reader, &self.in_force.kinds, from, until)?;
        let again = Again::default();
        let scope = Scope { in_force: self.in_force, now: self.now, again: Some(&again) };
        let mut judged = Vec::with_capacity(trades.len());
        for evidence in &trades {
            let found = judge::trade(scope, evidence)?.into_iter();
            let found = found.map(Remembered::of).collect::<Result<_, _>>()?;
            judged.push(Judged { row: evidence.position.id, found, again: again.take() });
        }
        Ok(judged)
    }
}

impl OpenLedger {
    /// Brings the memory of findings up to date.
    pub(crate) fn update_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        // Rows may be missing in a prefetch pass, so nothing of it is remembered.
        if self.engine.is_prefetch() {
            watermark::read(&mut *self.engine, 0)?;
            return Ok(());
        }
        if self.memory.mark.is_none() {
            self.read_kept()?;
        }
        let before = self.memory.mark.clone().zip(self.memory.at);
        let lines = before.as_ref().map_or(0, |(mark, _)| mark.lines);
        let mark = watermark::read(&mut *self.engine, lines)?;
        let now = match before {
            Some((before, at))
                if at.seconds_since(context.now) <= SKEW_SECONDS && !mark.is_behind(&before) =>
            {
                let now = context.now.max(at);
                self.judge_touched(now, &before, &mark, watch)?;
                now
            }
            _ => {
                self.judge_all(context.now, &mark, watch)?;
                context.now
            }
        };
        self.memory.mark = Some(mark);
        self.memory.at = Some(now);
        Ok(())
    }

    /// Judges everything.
    pub(super) fn judge_all(
        &mut self,
        now: Moment,
        mark: &Watermark,
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        self.memory.forget();
        self.judge_trades(now, &chunks(mark.trades), watch)?;
        self.judge_lines(now, None)?;
        self.judge_vouchers(now, 0)?;
        self.judge_rest(now)?;
        self.judge_accounts(now, None)?;
        self.memory.join_without_trade();
        Ok(())
    }

    /// Judges what was touched between two watermarks, and what time says something else about.
    fn judge_touched(
        &mut self,
        now: Moment,
        before: &Watermark,
        mark: &Watermark,
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        let touched = touched(&mut *self.engine, before, mark)?;
        let mut trades = touched.trades;
        trades.extend(self.memory.to_look_at_again(now));
        trades.extend(self.memory.found_at(&touched.channels));
        self.judge_trades(now, &chunks_of(&trades), watch)?;
        let moved = before != mark;
        if moved {
            self.judge_lines(now, Some(touched.lines))?;
            self.judge_vouchers(now, before.vouchers)?;
        }
        let is_time = self.memory.others_again().is_some_and(|at| at <= now);
        if moved || is_time {
            self.judge_rest(now)?;
        }
        if moved || is_time || !trades.is_empty() {
            self.judge_accounts(now, Some(before.vouchers))?;
        }
        self.memory.join_without_trade();
        Ok(())
    }

    fn judge_trades(
        &mut self,
        now: Moment,
        chunks: &[(i64, i64)],
        watch: &mut dyn Watch,
    ) -> Result<(), Refusal> {
        let scanner = Scanner { in_force: &self.in_force, now };
        // Of a trade that is not wrong and was not before, nothing has to be remembered.
        let memory = &self.memory;
        let judged =
            each_chunk(&mut *self.engine, chunks, watch, |reader, from, until, judged: &mut Vec<_>| {
                let all = scanner.scan(reader, from, until)?.into_iter();
                judged.extend(
                    all.filter(|one| !one.found.is_empty() || one.again.is_some() || memory.knows(one.row)),
                );
                Ok(())
            })?;
        self.memory.unkept.judged +=
            chunks.iter().map(|(from, until)| (until - from + 1).unsigned_abs()).sum::<u64>();
        for judged in judged {
            self.memory.keep(judged);
        }
        Ok(())
    }

    /// Judges lines of channels without a trade: all, or those that were touched and those with findings.
    fn judge_lines(&mut self, now: Moment, touched: Option<BTreeSet<i64>>) -> Result<(), Refusal> {
        let known = self.memory.rows_of(Part::Line);
        let among = touched.map(|touched| &touched | &known);
        let lines = evidence::lines(&mut *self.engine, &self.in_force, among.as_ref())?;
        let scope = Scope { in_force: &self.in_force, now, again: None };
        let found = lines.iter().map(|line| (line.id, Vec::from_iter(judge::line(scope, line))));
        Ok(self.memory.keep_part(Part::Line, found)?)
    }

    /// Judges vouchers of an older system that no trade explains: those behind a place, and those with findings.
    fn judge_vouchers(&mut self, now: Moment, since: i64) -> Result<(), Refusal> {
        let known = self.memory.rows_of(Part::Voucher);
        let vouchers = evidence::vouchers(&mut *self.engine, since, &known)?;
        let scope = Scope { in_force: &self.in_force, now, again: None };
        let found = vouchers.iter().map(|one| (one.row, Vec::from_iter(judge::voucher(scope, one))));
        Ok(self.memory.keep_part(Part::Voucher, found)?)
    }

    /// Judges money in suspense that no trade put there, answered lines that are gone, statements that never came, and
    /// those of accounts that do not go on.
    fn judge_rest(&mut self, now: Moment) -> Result<(), Refusal> {
        let evidence = evidence::rest(&mut *self.engine)?;
        let missing = missing::missing(&mut *self.engine, &self.in_force, now, Asked::default())?;
        let scope = Scope { in_force: &self.in_force, now, again: None };
        let unclaimed = evidence.unclaimed.iter().filter_map(|item| judge::unclaimed(scope, item));
        let gone = evidence.gone.iter().filter_map(|line| judge::gone(scope, line));
        let gaps = evidence.gaps.iter().filter_map(|gap| judge::gap(scope, gap));
        let never_came = missing.days.iter().flat_map(|days| judge::missing(scope, days));
        let found: Vec<Finding> = unclaimed.chain(gone).chain(gaps).chain(never_came).collect();
        let again_changed = self.memory.rest_again != missing.next;
        self.memory.rest_again = missing.next;
        if again_changed {
            self.memory.unkept.rows.insert((Part::Rest, 0));
        }
        Ok(self.memory.keep_part(Part::Rest, [(0, found)])?)
    }

    /// Judges the balances of accounts: of all, or of those that vouchers behind a place moved and those that
    /// were odd before. Trades are judged already, since a finding of one that touches the account or its holder
    /// explains it.
    fn judge_accounts(&mut self, now: Moment, since: Option<i64>) -> Result<(), Refusal> {
        let known: Vec<i64> = self.memory.rows_of(Part::Account).into_iter().collect();
        let moved = MovedAccounts { since, known: &known };
        let odd = evidence::accounts(&mut *self.engine, &self.in_force, moved)?;
        let again = Again::default();
        let scope = Scope { in_force: &self.in_force, now, again: Some(&again) };
        let mut accounts: BTreeMap<i64, Vec<Finding>> = BTreeMap::new();
        let may_be_explained = |one: &AccountEvidence| one.account.oddity != Oddity::Debt;
        if odd.iter().any(may_be_explained) {
            let reach = watched::reach(&mut *self.engine, &self.memory.unknown_reach())?;
            self.memory.keep_reach(reach);
        }
        let (moved, parties) = self.memory.explained();
        for evidence in &odd {
            let is_explained = may_be_explained(evidence)
                && (moved.contains(&evidence.account.row)
                    || evidence.holder.as_ref().is_some_and(|holder| parties.contains(holder.as_str())));
            let found = judge::account(scope, evidence, is_explained);
            accounts.entry(evidence.account.row).or_default().extend(found);
        }
        let again = again.take();
        if self.memory.accounts_again != again {
            self.memory.accounts_again = again;
            self.memory.unkept.rows.insert((Part::Rest, 0));
        }
        Ok(self.memory.keep_part(Part::Account, accounts)?)
    }

    /// Returns the findings of one trade, judged anew.
    pub(crate) fn findings_of(&mut self, context: &Context, trade: i64) -> Result<Vec<Finding>, Refusal> {
        let scanner = Scanner { in_force: &self.in_force, now: context.now };
        let judged = scanner.scan(&mut *self.engine, trade, trade)?;
        let words = |one: &Remembered| Ok::<_, Refusal>(worded(one.whole()?, &self.in_force.names, context));
        let found = judged.iter().flat_map(|one| &one.found).map(words).collect::<Result<_, _>>()?;
        self.told_again(found, context)
    }

    /// Returns the rows of the trades that have findings other than waiting and accepted ones.
    pub(crate) fn rows_with_findings(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Vec<i64>, Refusal> {
        self.update_findings(context, watch)?;
        self.read_accepted()?;
        let today = self.in_force.today(context);
        let is_wrong = |one: &Remembered| {
            one.cause != Cause::Waiting && !self.accepted.holds(&one.finding, &one.mark, today)
        };
        Ok(self
            .memory
            .found
            .iter()
            .filter(|(row, found)| **row > 0 && found.iter().any(is_wrong))
            .map(|(row, _)| *row)
            .collect())
    }
}

/// Returns a finding with its age at the time of the request and its explanation in the request's language.
pub(crate) fn worded(mut finding: Finding, names: &Names, context: &Context) -> Finding {
    finding.age_seconds = context.now.seconds_since(finding.since);
    finding.detail = names.note(context.lang, &finding.note);
    finding
}
