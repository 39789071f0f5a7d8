//! What the holders of customer-visible accounts see before a case and after it.

use crate::desk::corrections::case_run::CaseRun;
use crate::desk::corrections::effect::Amendment;
use crate::desk::ledger::OpenLedger;
use crate::domain::amendment::AmendableFact;
use crate::domain::id::TradeNo;
use crate::protocol::preview::HolderView;
use crate::protocol::refusal::Refusal;
use crate::store::parties;
use std::collections::{BTreeMap, BTreeSet};

/// Trades of a holder that the preview lists.
const SEEN: usize = 50;

/// Holders that the preview lists although they see the same trades as before.
const HOLDERS: usize = 200;

/// Customer and merchant of a trade.
type Parties = [Option<String>; 2];

/// Trades by the party that sees them.
type ByParty = BTreeMap<String, BTreeSet<TradeNo>>;

impl OpenLedger {
    /// Returns what the holders of the touched customer-visible accounts see, before and after: every
    /// holder whose list of trades changes, and the first of the others.
    pub(crate) fn holders(&mut self, run: &CaseRun) -> Result<Vec<HolderView>, Refusal> {
        let (gone, came) = self.moves(run)?;
        let mut holders = Vec::new();
        for (account, head) in run.before.iter().filter(|(_, head)| head.account.customer_visible) {
            let Some(party) = self.in_force.currencies.holder(account) else { continue };
            let (leaves, arrives) = (gone.get(party), came.get(party));
            if holders.len() >= HOLDERS && leaves.is_none() && arrives.is_none() {
                continue;
            }
            let before = parties::trades_seen(&mut *self.engine, party, SEEN)?;
            let mut after = before.clone();
            after.retain(|seen| !leaves.is_some_and(|gone| gone.contains(seen)));
            after.splice(0..0, arrives.into_iter().flatten().cloned());
            if holders.len() >= HOLDERS && before == after {
                continue;
            }
            holders.push(HolderView {
                account: account.clone(),
                trades_before: before,
                trades_after: after,
                balance_before_minor: head.balance_minor,
                balance_after_minor: run.after.get(account).copied().unwrap_or(head.balance_minor),
            });
        }
        Ok(holders)
    }

    /// Returns the trades that each party loses by this case, and those that it gains.
    fn moves(&mut self, run: &CaseRun) -> Result<(ByParty, ByParty), Refusal> {
        let mut parties: BTreeMap<i64, (Parties, Parties)> = BTreeMap::new();
        for (trade, Amendment { fact, value, .. }) in &run.amendments {
            let at = match fact {
                AmendableFact::Customer => 0,
                AmendableFact::Merchant => 1,
                _ => continue,
            };
            if !parties.contains_key(trade) {
                let before = parties::parties_now(&mut *self.engine, *trade)?;
                parties.insert(*trade, (before.clone(), before));
            }
            if let Some((_, after)) = parties.get_mut(trade) {
                after[at] = Some(value.clone());
            }
        }
        let (mut gone, mut came) = (ByParty::new(), ByParty::new());
        for trade in &run.recorded {
            for party in [&trade.customer, &trade.merchant].into_iter().flatten() {
                came.entry(party.to_string()).or_default().insert(trade.trade_no.clone());
            }
        }
        for (trade, (before, after)) in parties {
            let Some(trade_no) = crate::store::trades::trade_no(&mut *self.engine, trade)? else { continue };
            for (from, to, moves) in [(&before, &after, &mut gone), (&after, &before, &mut came)] {
                for party in from.iter().flatten().filter(|party| !to.iter().flatten().any(|o| o == *party)) {
                    moves.entry(party.clone()).or_default().insert(trade_no.clone());
                }
            }
        }
        Ok((gone, came))
    }
}
