//! A trade that only a channel knows of, recorded as the channel's line proves it.

use super::{Effect, Resolved, Resolver, proves, row};
use crate::desk::answer::StepRow;
use crate::desk::request::{LineRef, StepRequest};
use crate::domain::finding::Note;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeStatus};
use crate::store::import::trade_id;
use crate::store::scan::Standing;
use crate::store::{Reader, StoreError};

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Records the trade that a channel's line proves; the operator says whose it is.
    pub(super) fn record(
        &mut self,
        number: i64,
        request: &StepRequest,
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let StepRequest::Record { trade_no, trade_kind, channel, channel_ref, customer, merchant } = request
        else {
            return Err(StoreError::rejected(Code::Nothing));
        };
        let line = self.proof(*channel, channel_ref)?;
        if trade_id(self.reader, trade_no)?.is_some() || self.overlay.recorded.contains_key(trade_no) {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade_no).into());
        }
        if customer.is_none() && merchant.is_none() {
            let nobody = Rejection::new(Code::BadValue).with("what", "customer").with("value", "");
            return Err(nobody.into());
        }
        let trade = Trade {
            trade_no: trade_no.clone(),
            kind: *trade_kind,
            product: None,
            channel: *channel,
            channel_ref: channel_ref.clone(),
            original_ref: line.original_ref.clone(),
            amount_minor: line.amount_minor,
            fee_minor: line.fee_minor,
            currency: line.currency,
            customer: customer.clone(),
            merchant: merchant.clone(),
            occurred_at: line.occurred_at,
            business_date: line.occurred_at.date(),
            status: TradeStatus::Succeeded,
            clearing: ClearingStatus::Uncleared,
            counters: None,
        };
        let id = self.record_here(&trade)?;
        let default = Note::new("why.record").with("channel", channel).with("ref", channel_ref);
        let row = StepRow {
            why: self.words(&why.unwrap_or(default)),
            ..row(number, "record", Some(trade_no.clone()), None)
        };
        Ok(Resolved { row, trade: None, effect: Effect::Record { id, trade: Box::new(trade), proven: true } })
    }

    /// The line of the channel that proves the trade, which nothing answers to yet.
    fn proof(
        &mut self,
        channel: Channel,
        channel_ref: &ChannelRef,
    ) -> Result<crate::domain::statement::StatementLine, StoreError> {
        let line = self.unanswered(&LineRef { channel, channel_ref: channel_ref.clone() })?;
        if !proves(&line, TradeStatus::Succeeded) {
            return Err(Rejection::new(Code::NoEvidence)
                .with("status", TradeStatus::Succeeded)
                .with("channel", channel)
                .into());
        }
        Ok(line)
    }

    /// A trade of this case that is not in the ledger yet.
    pub(super) fn recorded(&self, trade_no: &TradeNo) -> Option<Standing> {
        self.overlay.recorded.get(trade_no).cloned()
    }
}
