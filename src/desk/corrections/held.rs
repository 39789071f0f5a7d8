//! What a trade goes back on, as the earlier steps of a case leave it.

use crate::desk::corrections::resolver::Resolver;
use crate::domain::amendment::AmendableFact;
use crate::domain::id::ChannelRef;
use crate::domain::position::TradePosition;
use crate::domain::trade::Channel;
use crate::domain::undoing::{Family, Left, Relative, Undoing};
use crate::store::relatives::family;
use crate::store::{Reader, StoreError};
use std::sync::Arc;

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the trades with a channel's reference and those that undo them, as the ledger has them.
    pub(crate) fn family(
        &mut self,
        channel: Channel,
        channel_ref: Option<&ChannelRef>,
    ) -> Result<Option<Arc<Family>>, StoreError> {
        channel_ref.map(|named| family(self.reader, channel, named, true)).transpose()
    }

    /// Returns what the trades that undo another have given back of its channel fee, in minor units.
    pub(crate) fn fee_returned(&mut self, original: &TradePosition) -> Result<i64, StoreError> {
        let undone = &original.trade;
        let family = self.family(undone.channel, Some(&undone.channel_ref))?;
        let known = family.as_deref().map_or_else(Vec::new, |family| self.after_earlier(family));
        Ok(Family::new(known).fee_returned(&self.call.in_force.kinds, original.id))
    }

    /// Returns what the trades that undo another have left of it, in this case or in the ledger.
    pub(crate) fn left_of(&mut self, original: &TradePosition) -> Result<Option<Left>, StoreError> {
        let undone = &original.trade;
        let family = self.family(undone.channel, Some(&undone.channel_ref))?;
        let known = family.as_deref().map_or_else(Vec::new, |family| self.after_earlier(family));
        Ok(Family::new(known).left_of(&self.call.in_force.kinds, original.id))
    }

    /// Returns what a trade goes back on after the earlier steps.
    pub(crate) fn undoing(&self, position: &TradePosition) -> Option<Undoing> {
        let kinds = &self.call.in_force.kinds;
        let family = position.family.as_ref()?;
        let earlier = &self.earlier;
        if earlier.recorded.is_empty() && earlier.status.is_empty() && earlier.facts.is_empty() {
            return family.undoing(kinds, position.id);
        }
        Family::new(self.after_earlier(family)).undoing(kinds, position.id)
    }

    /// Returns the trades of a family after the earlier steps.
    fn after_earlier(&self, family: &Family) -> Vec<Relative> {
        let earlier = &self.earlier;
        // The commit has written by now what the case records; a preview has not.
        let before = earlier.first_recorded.unwrap_or(i64::MAX);
        let known = family.trades().iter().filter(|relative| relative.id < before).cloned();
        let here = earlier.recorded.values().map(|known| Relative::of(known.id, &known.trade));
        let mut trades: Vec<Relative> = known.chain(here).collect();
        for relative in &mut trades {
            if let Some(status) = earlier.status.get(&relative.id) {
                relative.status = *status;
            }
            for (fact, value) in earlier.facts.get(&relative.id).into_iter().flatten() {
                amend(relative, *fact, value);
            }
        }
        trades
    }
}

/// Applies a stored correction; one that makes no sense is refused where its own trade is judged.
fn amend(relative: &mut Relative, fact: AmendableFact, value: &str) {
    let party = || Some(value.to_owned()).filter(|name| !name.is_empty());
    match fact {
        AmendableFact::Amount => relative.amount_minor = value.parse().unwrap_or(relative.amount_minor),
        AmendableFact::Fee => relative.fee_minor = value.parse().unwrap_or(relative.fee_minor),
        AmendableFact::Customer => relative.customer = party(),
        AmendableFact::Merchant => relative.merchant = party(),
        AmendableFact::MerchantDiscount => {
            relative.merchant_discount_minor = value.parse().unwrap_or(relative.merchant_discount_minor);
        }
        AmendableFact::Product | AmendableFact::Channel | AmendableFact::BusinessDate => {}
    }
}
