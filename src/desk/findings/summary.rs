//! Findings counted by cause, and by day for the charts.

use crate::desk::findings::memory::Remembered;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::due_time::AgeBucket;
use crate::domain::finding::Cause;
use crate::protocol::context::Context;
use crate::protocol::findings::{AgeCount, CauseCount, FindingSummary, SummariseFindings};
use crate::protocol::refusal::Refusal;
use crate::protocol::totals::totals;
use crate::protocol::watch::Watch;
use crate::store::cases;
use std::collections::BTreeMap;

impl OpenLedger {
    /// Findings counted by cause, and by day for the charts.
    pub(crate) fn finding_summary(
        &mut self,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<FindingSummary, Refusal> {
        const DAYS: usize = 30;
        let accepted = self.accepted_sum(context, watch, |_| true)?;
        self.update_findings(context, watch)?;
        let today = self.in_force.today(context);
        let first = today.saturating_sub(jiff::Span::new().days(29));
        let slot = |day: jiff::civil::Date| {
            usize::try_from(day.since(first).ok()?.get_days()).ok().filter(|slot| *slot < DAYS)
        };
        let mut summary = FindingSummary {
            found_by_day: vec![0; DAYS],
            fixed_by_day: vec![0; DAYS],
            trades: self.memory.mark.as_ref().map_or(0, |mark| mark.trades),
            accepted,
            ..FindingSummary::default()
        };
        let main = self.in_force.currency().code();
        let mut counts: BTreeMap<Cause, CauseCount> = BTreeMap::new();
        let mut others: BTreeMap<(Cause, &str), i64> = BTreeMap::new();
        let mut ages: BTreeMap<AgeBucket, (i64, BTreeMap<String, i64>)> = BTreeMap::new();
        let is_open = |one: &&Remembered| !self.accepted.holds(&one.finding, &one.mark, today);
        for finding in self.memory.found.values().flatten().filter(is_open) {
            let count = counts.entry(finding.cause).or_insert(CauseCount {
                cause: finding.cause,
                count: 0,
                oldest_seconds: 0,
                amount_minor: 0,
                currency: self.in_force.currency(),
                totals: Vec::new(),
            });
            count.count += 1;
            if &*finding.currency == main {
                count.amount_minor = count.amount_minor.saturating_add(finding.amount_minor);
            } else {
                let sum = others.entry((finding.cause, &*finding.currency)).or_insert(0_i64);
                *sum = sum.saturating_add(finding.amount_minor);
            }
            let age = AgeBucket::of_seconds(context.now.seconds_since(finding.since));
            let (number, sums) = ages.entry(age).or_default();
            *number += 1;
            let sum = sums.entry((*finding.currency).to_owned()).or_default();
            *sum = sum.saturating_add(finding.amount_minor);
            count.oldest_seconds = count.oldest_seconds.max(context.now.seconds_since(finding.since));
            let day = self.in_force.day_of(finding.since);
            if finding.cause != Cause::Waiting
                && let Some(bar) = slot(day).and_then(|slot| summary.found_by_day.get_mut(slot))
            {
                *bar += 1;
            }
        }
        summary.ages = ages
            .into_iter()
            .map(|(age_bucket, (count, sums))| {
                let (amount_minor, totals) = totals(main, sums);
                AgeCount { age_bucket, count, amount_minor, totals }
            })
            .collect();
        summary.causes = counts.into_values().collect();
        for count in &mut summary.causes {
            let of_cause =
                others.range((count.cause, "")..).take_while(|((cause, _), _)| *cause == count.cause);
            let mut sums: BTreeMap<String, i64> =
                of_cause.map(|((_, currency), sum)| ((*currency).to_owned(), *sum)).collect();
            sums.insert(main.to_owned(), count.amount_minor);
            count.totals = totals(main, sums).1;
        }
        summary.causes.sort_by_key(|count| (count.cause.severity(), -count.oldest_seconds));
        for (day, fixed) in cases::log::committed_since(&mut *self.engine, &first.to_string())? {
            let bar = day.parse().ok().and_then(slot).and_then(|slot| summary.fixed_by_day.get_mut(slot));
            if let Some(bar) = bar {
                *bar += fixed.unsigned_abs();
            }
        }
        Ok(summary)
    }
}

impl Handle for SummariseFindings {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.finding_summary(context, watch)
    }
}
