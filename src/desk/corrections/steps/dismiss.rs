//! What a later trade list claims is dismissed: the trade stays as it is known.

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::finding::Note;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::proves;
use crate::domain::step::StepKind;
use crate::domain::trade_news::ListedFact;
use crate::protocol::steps::{Dismiss, StepRow};
use crate::store::{Reader, StoreError, statements, trade_news};

impl Step for Dismiss {
    fn row(&self, number: i64) -> StepRow {
        StepRow {
            listed: Some(self.fact),
            ..row(number, StepKind::Dismiss, Some(self.trade_no.clone()), None)
        }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (trade_no, fact) = (&self.trade_no, self.fact);
        let position = resolver.position(trade_no)?;
        let open = trade_news::open_claims(resolver.reader, position.id, position.id)?;
        let claims: Vec<i64> =
            open.iter().filter(|(_, claim)| claim.fact == fact).map(|(_, claim)| claim.n).collect();
        if claims.is_empty() || !resolver.earlier.dismissed.insert((position.id, fact)) {
            return Err(Rejection::not_found("claim", format!("{trade_no} {fact}")).into());
        }
        let said = self.because.as_deref().map(str::trim).filter(|said| !said.is_empty());
        let (trade, facts) = (&position.trade, resolver.facts(&position)?);
        let lines =
            statements::lines_of(resolver.reader, trade.channel.as_str(), trade.channel_ref.as_str())?;
        let proven = match (fact, lines.as_slice()) {
            (ListedFact::Status, [row]) => proves(&row.line, facts.status),
            (ListedFact::Amount, [row]) => {
                (row.line.amount_minor, row.line.currency) == (facts.amount_minor, facts.currency)
            }
            (ListedFact::MerchantDiscount, [row]) => {
                (row.line.merchant_discount_minor, row.line.currency)
                    == (facts.merchant_discount_minor, facts.currency)
            }
            (ListedFact::Fee, [row]) => {
                (row.line.fee_minor, row.line.currency) == (facts.fee_minor, facts.currency)
            }
            (ListedFact::Channel | ListedFact::ChannelRef, [_]) => true,
            (ListedFact::Kind | ListedFact::OriginalRef | ListedFact::OccurredAt, [row]) => open
                .iter()
                .filter(|(_, claim)| claim.fact == fact)
                .all(|(_, claim)| claim.is_denied(trade, &row.line, &resolver.call.in_force.kinds)),
            _ => false,
        };
        if !proven && said.is_none() {
            return Err(Rejection::new(Code::ReasonRequired)
                .with("trade", trade_no)
                .with("fact", fact)
                .with("value", fact.known(trade, &facts))
                .into());
        }
        let default = match said {
            Some(said) => Note::new("why.dismiss").with("listed", fact).with("because", said),
            None => Note::new("why.dismiss_line").with("listed", fact).with("channel", trade.channel),
        };
        let words = resolver.words(&default);
        // The operator's own words are kept; the sentence about the line if there are none.
        let reason = said.map_or_else(|| words.clone(), str::to_owned);
        let why = why.map_or(words, |note| resolver.words(&note));
        let row = StepRow { why, ..self.row(number) };
        let effect = Effect::Dismiss { claims, reason, amount: trade.amount() };
        Ok(Resolved { row, trade: Some(trade_no.clone()), effect })
    }
}
