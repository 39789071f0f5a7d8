//! Gathers what tried rules would change: counts by rule, sums by account, the first differing lines.

use crate::domain::account::{Side, Subject};
use crate::domain::chart::subject_of;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, RuleName};
use crate::domain::position::TradePosition;
use crate::domain::rejection::Rejection;
use crate::domain::tried::{OutcomeCounts, TriedEvent, TriedSums, TryOutcome};
use crate::domain::turnover::minor;
use crate::domain::voucher::Line;
use crate::i18n::Lang;
use crate::protocol::posting::Refused;
use crate::protocol::refusal::Refusal;
use crate::protocol::try_rules::{TriedAccount, TriedLine, TriedRule};
use std::collections::BTreeMap;

/// Most accounts listed in one answer, as in other reports.
const LISTED: usize = 10_000;

/// What one thread has gathered, or both.
#[derive(Default)]
pub(super) struct Tally<'t> {
    /// Trades that the tried set would book.
    pub trades: i64,
    rules: BTreeMap<Option<&'t RuleName>, OutcomeCounts>,
    sums: TriedSums,
    /// The first differing lines, each with the row of its trade.
    lines: Vec<(i64, TriedLine)>,
    /// Number of differing lines, listed or not.
    line_count: usize,
    /// The first refusals, each with the row of its trade.
    refused: Vec<(i64, Refused)>,
}

impl<'t> Tally<'t> {
    /// Adds an event; of its differing lines and its refusal at most `limit` in all are kept.
    ///
    /// # Errors
    /// [`Code::Overflow`](crate::domain::rejection::Code::Overflow) if a sum does not fit 64 bits.
    pub(super) fn add(
        &mut self,
        position: &TradePosition,
        event: Event,
        rule: Option<&'t RuleName>,
        judged: TriedEvent,
        (limit, lang): (usize, Lang),
    ) -> Result<(), Rejection> {
        self.rules.entry(rule).or_default().count(judged.outcome);
        let (trade, booked) = (&position.trade, position.counted_lines(event));
        if judged.outcome == TryOutcome::Unchanged {
            self.sums.add_unchanged(trade.currency, &booked);
            return Ok(());
        }
        let would_be: Vec<&Line> = judged.would_be.iter().collect();
        for differing in self.sums.add_changed(trade.currency, &booked, &would_be) {
            self.line_count += 1;
            if self.lines.len() < limit {
                let line = TriedLine {
                    trade_no: trade.trade_no.clone(),
                    event,
                    outcome: judged.outcome,
                    account: differing.account,
                    side: differing.side,
                    currency: trade.currency.code().to_owned(),
                    booked_minor: minor(differing.booked)?,
                    would_be_minor: minor(differing.would_be)?,
                };
                self.lines.push((position.id, line));
            }
        }
        if let Some(refusal) = judged.refusal.filter(|_| self.refused.len() < limit) {
            let refused = Refused {
                trade_no: trade.trade_no.clone(),
                event,
                code: refusal.code.as_str().to_owned(),
                message: Refusal::from(refusal).message(lang),
            };
            self.refused.push((position.id, refused));
        }
        Ok(())
    }

    /// Adds what another thread has gathered; the first `limit` lines and refusals are kept.
    pub(super) fn join(&mut self, other: Self, limit: usize) {
        self.trades += other.trades;
        for (rule, counts) in other.rules {
            self.rules.entry(rule).or_default().join(counts);
        }
        self.sums.join(other.sums);
        self.line_count += other.line_count;
        self.lines.extend(other.lines);
        self.refused.extend(other.refused);
        self.lines.sort_by_key(|(row, _)| *row);
        self.refused.sort_by_key(|(row, _)| *row);
        self.lines.truncate(limit);
        self.refused.truncate(limit);
    }

    /// Returns the events by outcome.
    pub(super) fn counts(&self) -> OutcomeCounts {
        let mut all = OutcomeCounts::default();
        for counts in self.rules.values() {
            all.join(*counts);
        }
        all
    }

    /// Returns the events by rule and outcome.
    pub(super) fn rules(&self) -> Vec<TriedRule> {
        let rows = self.rules.iter();
        rows.map(|(rule, counts)| TriedRule { rule: rule.cloned(), counts: *counts }).collect()
    }

    /// Takes the sums of the accounts that change, and how many of them are left out. The first of
    /// the charts that has a subject names it.
    ///
    /// # Errors
    /// As [`Tally::add`].
    pub(super) fn take_accounts(
        &mut self,
        charts: [&[Subject]; 2],
        lang: Lang,
    ) -> Result<(Vec<TriedAccount>, i64), Rejection> {
        let changing = std::mem::take(&mut self.sums).changing();
        let left_out = changing.len().saturating_sub(LISTED);
        let mut accounts = Vec::with_capacity(changing.len() - left_out);
        for (account, currency, sum) in changing.into_iter().take(LISTED) {
            let subject = charts.iter().find_map(|chart| subject_of(chart, &account));
            let normal_side = subject.map_or(Side::Debit, |subject| subject.normal_side);
            let on_side = |sum: i128| minor(if normal_side == Side::Debit { sum } else { -sum });
            accounts.push(TriedAccount {
                name: subject.map(|subject| name(subject, &account, lang)).unwrap_or_default(),
                currency: currency.code().to_owned(),
                normal_side,
                booked_minor: on_side(sum.booked)?,
                would_be_minor: on_side(sum.would_be)?,
                difference_minor: on_side(sum.would_be - sum.booked)?,
                account,
            });
        }
        Ok((accounts, i64::try_from(left_out).unwrap_or(i64::MAX)))
    }

    /// Takes the first differing lines, and how many are left out.
    pub(super) fn take_lines(&mut self) -> (Vec<TriedLine>, i64) {
        let lines: Vec<TriedLine> =
            std::mem::take(&mut self.lines).into_iter().map(|(_, line)| line).collect();
        let left_out = self.line_count.saturating_sub(lines.len());
        (lines, i64::try_from(left_out).unwrap_or(i64::MAX))
    }

    /// Takes the first refusals.
    pub(super) fn take_refused(&mut self) -> Vec<Refused> {
        std::mem::take(&mut self.refused).into_iter().map(|(_, refused)| refused).collect()
    }
}

/// Returns the name of a subject in a language, with the leaf of an account.
fn name(subject: &Subject, account: &AccountCode, lang: Lang) -> String {
    let english = subject.name_en.as_ref().filter(|_| lang == Lang::En);
    let name = english.unwrap_or(&subject.name);
    account.leaf().map_or_else(|| name.clone(), |leaf| format!("{name} {leaf}"))
}
