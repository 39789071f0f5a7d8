//! An event is posted again, with corrected facts if need be (重记).

use crate::desk::corrections::effect::{Amendment, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::amendment::AmendableFact;
use crate::domain::event::Event;
use crate::domain::finding::Note;
use crate::domain::money::Money;
use crate::domain::policy::ReasonFor;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::Facts;
use crate::domain::statement::StatementLine;
use crate::domain::step::StepKind;
use crate::domain::trade_news::Claim;
use crate::domain::vocabulary::Vocabulary;
use crate::domain::voucher::VoucherKind;
use crate::protocol::steps::{Repost, StepRow};
use crate::store::{Reader, StoreError, matching, trade_news};

/// The name under which an operator gives the reason for facts that the channel does not prove.
const REASON: &str = "reason";

impl Step for Repost {
    fn row(&self, number: i64) -> StepRow {
        let event = self.event.unwrap_or(Event::CAPTURED);
        StepRow {
            set: self.set.clone(),
            ..row(number, StepKind::Repost, Some(self.trade_no.clone()), Some(event))
        }
    }

    fn reasons(&self) -> Vec<ReasonFor> {
        let corrects = (!self.set.is_empty()).then_some(ReasonFor::Override);
        std::iter::once(ReasonFor::Step(StepKind::Repost)).chain(corrects).collect()
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let event = self.event.unwrap_or(Event::CAPTURED);
        let row = self.row(number);
        resolver.post_event((row, VoucherKind::Repost), &self.trade_no, event, &self.set, why)
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Applies an operator's corrections to the facts. An amount, discount or fee that the channel's line shows is
    /// proven; anything else is an override and needs a reason.
    pub(crate) fn amend(
        &mut self,
        position: &TradePosition,
        facts: &mut Facts<'_>,
        set: &[(String, String)],
    ) -> Result<Vec<Amendment>, StoreError> {
        let reason = set.iter().find(|(name, _)| name == REASON).map(|(_, why)| why.trim().to_owned());
        let reason = reason.filter(|why| !why.is_empty());
        let trade = &position.trade;
        let mut amendments = Vec::new();
        for (name, value) in set.iter().filter(|(name, _)| name != REASON) {
            let fact = fact_to_correct(name)?;
            let before = facts.clone();
            if value.trim().is_empty() {
                return Err(Rejection::new(Code::BadValue).with("what", fact).with("value", "").into());
            }
            facts.set(fact, value)?;
            if before == *facts {
                continue;
            }
            if fact == AmendableFact::Amount {
                if facts.amount_minor == 0 {
                    // A voucher needs an amount: what moved nothing is taken back and not posted again.
                    let nothing = Rejection::new(Code::BadValue).with("what", fact);
                    return Err(nothing.with("value", value.escape_debug()).into());
                }
                self.refuse_if_undone_below(position, (before.amount_minor, facts.amount_minor))?;
                self.refuse_if_undoing_more(position, (before.amount_minor, facts.amount_minor))?;
            }
            if fact.is_party() && !self.is_known(value)? {
                return Err(Rejection::new(Code::PartyUnknown).with("party", value.escape_debug()).into());
            }
            let lines = matching::lines(self.reader, position.id)?;
            let shown = |minor: fn(&StatementLine) -> i64| match lines.as_slice() {
                [line] if line.line.currency == trade.currency => Some(minor(&line.line)),
                _ => None,
            };
            let (stored, proven) = match fact {
                // A trade may be known by its order or by what the merchant receives.
                AmendableFact::Amount => (
                    facts.amount_minor.to_string(),
                    [shown(|line| line.amount_minor), shown(StatementLine::paid_minor)]
                        .contains(&Some(facts.amount_minor)),
                ),
                AmendableFact::MerchantDiscount => (
                    facts.merchant_discount_minor.to_string(),
                    shown(|line| line.merchant_discount_minor) == Some(facts.merchant_discount_minor),
                ),
                AmendableFact::Fee => {
                    (facts.fee_minor.to_string(), shown(|line| line.fee_minor) == Some(facts.fee_minor))
                }
                _ => (value.clone(), false),
            };
            let reason = match reason.clone() {
                None if !proven => self.claimed(position, facts, fact)?,
                given => given,
            };
            if !proven && reason.is_none() {
                return Err(Rejection::new(Code::ReasonRequired)
                    .with("trade", &trade.trade_no)
                    .with("fact", fact)
                    .with("value", value.escape_debug())
                    .into());
            }
            let reason = if proven { None } else { reason };
            amendments.push(Amendment { fact, value: stored, reason });
        }
        if facts.merchant_discount_minor > facts.amount_minor {
            let money = |minor| Money::new(minor, facts.currency);
            return Err(Rejection::new(Code::BadValue)
                .with("what", AmendableFact::MerchantDiscount)
                .with("value", money(facts.merchant_discount_minor))
                .with("allowed", format!("0 … {}", money(facts.amount_minor)))
                .into());
        }
        Ok(amendments)
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns which later list says what a fact is corrected to, as the reason of the correction.
    fn claimed(
        &mut self,
        position: &TradePosition,
        facts: &Facts<'_>,
        fact: AmendableFact,
    ) -> Result<Option<String>, StoreError> {
        let claims = trade_news::open_claims(self.reader, position.id, position.id)?;
        let says = |claim: &&Claim| {
            claim.fact.amendable() == Some(fact) && claim.value == claim.fact.known(&position.trade, facts)
        };
        let claim = claims.iter().rev().map(|(_, claim)| claim).find(says);
        Ok(claim.map(|claim| self.words(&by_list(claim))))
    }
}

/// Says that a later list is the evidence.
pub(crate) fn by_list(claim: &Claim) -> Note {
    Note::new("why.by_list").with("file", &claim.file).with("at", claim.at)
}

/// Returns the fact that an operator names; refuses one that a step may not change.
fn fact_to_correct(name: &str) -> Result<AmendableFact, Rejection> {
    let fact = AmendableFact::of_word(name).filter(|fact| AmendableFact::BY_STEP.contains(fact));
    fact.ok_or_else(|| {
        Rejection::new(Code::BadValue)
            .with("what", AmendableFact::WHAT)
            .with("value", name.escape_debug())
            .with("allowed", AmendableFact::words(&AmendableFact::BY_STEP))
    })
}
