//! Reconciliation of a channel's day by trades: counts and sums by status, and the rows that do not
//! match.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::rejection::Rejection;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::domain::turnover::minor;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{ListChannelDays, ReconCount, ReconRow, ReconcileChannel, Reconciliation};
use crate::protocol::trades::awaits_trade;
use crate::protocol::watch::Watch;
use crate::store::{reconcile, watermark};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Most rows listed; the counts cover all of them.
const LISTED: usize = 1000;
/// Most bill lines without a trade that are read: a bill of another ledger matches nothing and need not
/// be read to its end.
const MAX_ORPHANS: usize = 100_000;

/// The statuses in the order of display.
const ORDER: [ReconStatus; 8] = [
    ReconStatus::Matched,
    ReconStatus::Long,
    ReconStatus::Short,
    ReconStatus::AmountDiff,
    ReconStatus::FeeDiff,
    ReconStatus::Duplicate,
    ReconStatus::Waiting,
    ReconStatus::Unmatched,
];

#[derive(Debug, Default)]
struct Count {
    rows: i64,
    ours: i128,
    theirs: i128,
}

/// Counts by status, and the rows that do not match.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<(String, ReconStatus), Count>,
    rows: Vec<ReconRow>,
    more: bool,
    differs: bool,
}

impl Tally {
    fn add(&mut self, row: ReconRow) {
        let count = self.counts.entry((row.currency.clone(), row.recon)).or_default();
        count.rows += 1;
        if row.our_status == Some(TradeStatus::Succeeded) {
            count.ours += i128::from(row.ours_minor.unwrap_or(0));
        }
        let theirs = match &row.their_currency {
            None => count,
            Some(currency) => self.counts.entry((currency.clone(), row.recon)).or_default(),
        };
        if !matches!(row.their_status, Some(TradeStatus::Failed | TradeStatus::Closed)) {
            theirs.theirs += i128::from(row.theirs_minor.unwrap_or(0));
        }
        match row.recon {
            ReconStatus::Matched => return,
            ReconStatus::Waiting | ReconStatus::Unmatched => {}
            _ => self.differs = true,
        }
        if self.rows.len() < LISTED {
            self.rows.push(row);
        } else {
            self.more = true;
        }
    }
}

impl OpenLedger {
    pub(crate) fn reconcile(&mut self, channel: Channel, day: Date) -> Result<Reconciliation, Refusal> {
        let bills = reconcile::bills(&mut *self.engine, channel, day)?;
        let mut tally = Tally::default();
        reconcile::trades(&mut *self.engine, channel, day, &mut |row| {
            tally.add(row);
            Ok(())
        })?;
        let newest = watermark::newest_day(&mut *self.engine)?;
        for line in reconcile::orphans(&mut *self.engine, channel, day, MAX_ORPHANS)? {
            let waits = awaits_trade(&line, newest.as_deref(), &self.in_force.policy.cut_from());
            let recon = match waits {
                // An order that a discount pays whole moves no money, so nothing is missing here.
                _ if line.line.moves_nothing() => ReconStatus::Matched,
                true => ReconStatus::Waiting,
                false => ReconStatus::Long,
            };
            tally.add(reconcile::orphan_row(line, recon));
        }
        let mut currencies: Vec<String> = tally.counts.keys().map(|(currency, _)| currency.clone()).collect();
        currencies.dedup();
        if currencies.is_empty() {
            currencies.push(self.in_force.currency().code().to_owned());
        }
        let mut counts = Vec::new();
        for currency in currencies {
            for recon in ORDER {
                let count = tally.counts.remove(&(currency.clone(), recon)).unwrap_or_default();
                counts.push(counted(recon, &currency, &count)?);
            }
        }
        Ok(Reconciliation {
            channel,
            day,
            cut_from: self.in_force.policy.cut_from(),
            cut_until: self.in_force.policy.cut_until(),
            lines: bills.iter().map(|bill| bill.lines).sum(),
            statements: bills.into_iter().map(|bill| bill.file).collect(),
            counts,
            rows: tally.rows,
            more: tally.more,
            differs: tally.differs,
        })
    }
}

fn counted(recon: ReconStatus, currency: &str, count: &Count) -> Result<ReconCount, Rejection> {
    Ok(ReconCount {
        recon,
        currency: currency.to_owned(),
        count: count.rows,
        ours_minor: minor(count.ours)?,
        theirs_minor: minor(count.theirs)?,
    })
}

impl Handle for ListChannelDays {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(crate::store::reconcile::channel_days(&mut *ledger.engine)?)
    }
}

impl Handle for ReconcileChannel {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { channel, day } = self;
        if ledger.in_force.channels.get(channel).is_none() {
            return Err(Channel::unknown(channel.as_str(), ledger.in_force.channels.codes()).into());
        }
        Ok(Box::new(ledger.reconcile(channel, day)?))
    }
}
