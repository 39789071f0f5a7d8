//! Reconciliation of a channel's day: counts and sums by status, and the rows that do not match.

use crate::desk::day_tally::{DayScope, tally_in_ledger};
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::desk::missing::{self, Asked};
use crate::domain::statement::BillState;
use crate::domain::trade::Channel;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::{MissingBill, ReconcileChannel, Reconciliation};
use crate::protocol::watch::Watch;
use crate::store::{bills, coverage, decisions};
use jiff::civil::Date;

/// Most rows listed; the counts cover all of them.
const LISTED: usize = 1000;

impl OpenLedger {
    pub(crate) fn reconcile(
        &mut self,
        context: &Context,
        channel: Channel,
        day: Date,
        watch: &mut dyn Watch,
    ) -> Result<Reconciliation, Refusal> {
        let zone = self.in_force.zone.clone();
        let accepted = self.accepted_sum(context, watch, |finding| {
            finding.channel == Some(channel) && finding.since.in_zone(&zone).date() == day
        })?;
        let mut all = bills::list(&mut *self.engine, true, Some(channel.as_str()), Some(&day.to_string()))?;
        all.sort_by_key(|bill| (bill.state != BillState::Standing, bill.id));
        let standing: Vec<_> = all.iter().filter(|bill| bill.state == BillState::Standing).collect();
        let asked = Asked { only: Some((channel, day)), ..Asked::default() };
        let missing = missing::missing(&mut *self.engine, &self.in_force, context.now, asked)?;
        let missing: Vec<MissingBill> =
            missing.days.iter().flat_map(|days| &days.missing).map(Into::into).collect();
        let known = coverage::known_days(&mut *self.engine)?;
        let scope = DayScope { channel, day, known: &known, most: LISTED };
        let tally = tally_in_ledger(&mut *self.engine, &self.in_force, scope)?;
        let mut asked = decisions::asked(&mut *self.engine)?;
        asked.retain(|one| {
            tally
                .rows
                .iter()
                .any(|row| one.concerns(row.trade_no.as_ref(), Some(channel), Some(row.channel_ref.as_str())))
        });
        let cut = self.in_force.cut(channel);
        Ok(Reconciliation {
            channel,
            day,
            cut_from: cut.from(),
            cut_until: cut.until(),
            lines: standing.iter().map(|bill| bill.lines).sum(),
            statements: standing.iter().map(|bill| bill.file.clone()).collect(),
            differs: tally.differs || !missing.is_empty(),
            bills: all,
            missing,
            counts: tally.counts(self.in_force.currency().code())?,
            sums: tally.sums()?,
            rows: tally.rows,
            listed_again: tally.again,
            asked,
            accepted,
            more: tally.more,
        })
    }
}

impl Handle for ReconcileChannel {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { channel, day } = self;
        if ledger.in_force.channels.get(channel).is_none() {
            return Err(Channel::unknown(channel.as_str(), ledger.in_force.channels.codes()).into());
        }
        Ok(Box::new(ledger.reconcile(context, channel, day, watch)?))
    }
}
