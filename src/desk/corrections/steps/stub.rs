//! A note that a channel took a payment back before it came (冲正先到).

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::finding::Note;
use crate::domain::id::ChannelRef;
use crate::domain::money::Money;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::LineKind;
use crate::domain::step::StepKind;
use crate::domain::trade::TradeStatus;
use crate::protocol::steps::{LineRef, StepRow, Stub};
use crate::protocol::trades::StatementRow;
use crate::store::{Reader, StoreError, answered, statements};

impl Step for Stub {
    fn row(&self, number: i64) -> StepRow {
        StepRow { line: Some(self.line.to_string()), ..row(number, StepKind::Stub, None, None) }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let at = &self.line;
        let is_noted = matches!(answered::answer_of(resolver.reader, at)?, Some(None));
        let listed = match resolver.claim_line(at, |_| true) {
            // Another line of the name may be left.
            Err(StoreError::Rejected(_)) if is_noted => {
                return Err(Rejection::new(Code::AlreadyReversed).with("line", at).with("trade", at).into());
            }
            claimed => claimed?.listed,
        };
        let original = resolver.payment_taken_back_by(at, &listed)?;
        let line = &listed.line;
        let amount = resolver.call.in_force.currencies.amount(Money::new(line.paid_minor(), line.currency));
        let default = Note::new("why.stub").with("channel", at.channel).with("original", &original);
        let default = default.with("amount", amount);
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        Ok(Resolved {
            row,
            trade: None,
            effect: Effect::Stub { line: LineRef::of(at.channel, listed.marked()), original },
        })
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the payment that a line takes back, which neither we nor the channel's own statements have.
    fn payment_taken_back_by(
        &mut self,
        at: &LineRef,
        listed: &StatementRow,
    ) -> Result<ChannelRef, StoreError> {
        let line = &listed.line;
        let none = || {
            Rejection::new(Code::NoEvidence).with("status", TradeStatus::Failed).with("channel", at.channel)
        };
        let original =
            line.original_ref.clone().filter(|_| line.kind == LineKind::Revoke).ok_or_else(none)?;
        let merchants = statements::merchant_numbers(self.reader, at.channel, listed.marked())?;
        if let Some(trade) = self.trade_with_ref(at.channel, &original, &merchants)? {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).into());
        }
        let theirs = statements::lines_of(self.reader, at.channel.as_str(), original.as_str())?;
        let may_be = |row: &StatementRow| {
            row.merchant.as_ref().zip(listed.merchant.as_ref()).is_none_or(|(a, b)| a == b)
        };
        if theirs.iter().any(|row| row.line.kind == LineKind::Pay && may_be(row)) {
            return Err(none().into());
        }
        Ok(original)
    }
}
