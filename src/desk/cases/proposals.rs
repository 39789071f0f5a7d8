//! Findings with the correction proposed for each, for people who decide many at once.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Finding, Scenario};
use crate::domain::kind::Kind;
use crate::domain::rejection::Code;
use crate::protocol::context::Context;
use crate::protocol::decisions::{ListProposals, ProposedFinding};
use crate::protocol::page::Rows;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::TradeRow;
use crate::protocol::watch::Watch;
use crate::store::cases;

impl OpenLedger {
    /// Returns a page of findings as they are now, each with what is proposed.
    fn proposals(
        &mut self,
        context: &Context,
        asked: &ListProposals,
        watch: &mut dyn Watch,
    ) -> Result<Rows<ProposedFinding>, Refusal> {
        let page = self.findings(context, &asked.filter, &asked.page, watch)?;
        let names: Vec<&str> = page.rows.iter().map(|finding| finding.finding.as_str()).collect();
        let holders = cases::holders(&mut *self.engine, &names)?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for (done, listed) in (1..).zip(&page.rows) {
            watch.step(done, page.rows.len())?;
            // The mark of the list may be of older facts than those by which the finding is accepted or planned.
            let finding = match self.finding_named(context, &listed.finding) {
                Ok(finding) => finding,
                Err(Refusal::Rejected(rejection)) if rejection.code == Code::NotFound => listed.clone(),
                Err(refusal) => return Err(refusal),
            };
            let proposed = match self.propose(context, &finding.finding) {
                Ok(proposal) => proposal.words(&self.in_force.names, context.lang),
                Err(refusal @ Refusal::Rejected(_)) => refusal.message(context.lang),
                Err(fault) => return Err(fault),
            };
            let held = holders.get(&finding.finding).map(ToString::to_string);
            let trade = finding.trade_no.as_ref().map(|trade_no| self.trade_row(trade_no)).transpose()?;
            rows.push(ProposedFinding {
                day: finding.since.in_zone(&self.in_force.zone).date(),
                channel: finding.channel.or(trade.as_ref().map(|row| row.trade.channel)),
                party: self.party_of(&finding, trade.as_ref()),
                holder: held.or_else(|| finding.holder.clone()),
                effect_minor: self.effect_of(&finding, trade.as_ref()),
                proposed,
                finding,
            });
        }
        Ok(Rows { rows, more_before: page.more_before, more_after: page.more_after })
    }

    /// Returns the customer or merchant that a finding is about.
    fn party_of(&self, finding: &Finding, trade: Option<&TradeRow>) -> Option<String> {
        let of_trade = trade.and_then(|row| row.trade.customer.as_ref().or(row.trade.merchant.as_ref()));
        let of_account = || finding.account.as_ref().and_then(|code| self.in_force.currencies.holder(code));
        of_trade
            .map(ToString::to_string)
            .or_else(|| of_account().filter(|_| trade.is_none()).map(str::to_owned))
    }

    /// Returns what is expected less what is there, with the sign of the way of the money.
    fn effect_of(&self, finding: &Finding, trade: Option<&TradeRow>) -> Option<i64> {
        let effect = match (finding.cause, finding.expected_minor, finding.actual_minor) {
            // The channel has the payment, or has it once more.
            (Cause::Long, ..) => finding.amount_minor,
            (_, None, None) => return None,
            (_, expected, actual) => expected.unwrap_or_default().saturating_sub(actual.unwrap_or_default()),
        };
        let goes_out = match trade {
            Some(row) => self.in_force.kinds.get(row.trade.kind).and_then(Kind::comes_in) == Some(false),
            // A refund that only the channel has.
            None => finding.cause == Cause::Long && finding.scenario == Scenario::S14,
        };
        Some(if goes_out { effect.saturating_neg() } else { effect })
    }
}

impl Handle for ListProposals {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.proposals(context, &self, watch)
    }
}
