//! Refunds that did not reach the customer, seen to by a person.

use crate::desk::intake::about_trade::answers_with_trade;
use crate::desk::ledger::OpenLedger;
use crate::domain::reason::given;
use crate::domain::rejection::Rejection;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::{FollowUpNote, NoteFollowUp};
use crate::store::{StoreError, follow_up};

impl OpenLedger {
    /// Notes that the follow-up of a refund is done, or open again. Nothing is added if it is so already.
    ///
    /// # Errors
    /// `NotFound` if there is no such trade, or none whose money did not reach the customer; for its note as [`given`].
    fn note_follow_up(&mut self, context: &Context, request: &NoteFollowUp) -> Result<(), Refusal> {
        let NoteFollowUp { trade_no, done, note } = request;
        let note = given(note)?.to_owned();
        let trade = self.trade_row(trade_no)?;
        self.engine.commit(&mut |sink| {
            let Some(known) = follow_up::follow_up(sink, trade.id)? else {
                return Err(StoreError::from(Rejection::not_found("refund to follow up", trade_no)));
            };
            if known.noted.as_ref().is_some_and(|noted| noted.done) == *done {
                return Ok(());
            }
            let (at, operator) = (context.now, context.operator.clone());
            follow_up::note(sink, trade.id, &FollowUpNote { done: *done, note: note.clone(), at, operator })
        })?;
        Ok(())
    }
}

answers_with_trade!(NoteFollowUp, note_follow_up);
