//! A trade that only a channel knows of, recorded as the channel's line proves it.

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::domain::finding::Note;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::proves;
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeStatus};
use crate::protocol::steps::{self, LineRef, StepRequest, StepRow};
use crate::store::trades::trade_id;
use crate::store::{Reader, StoreError};

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Records the trade that a channel's line proves; the operator says whose it is.
    pub(crate) fn record(
        &mut self,
        number: i64,
        request: &StepRequest,
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let StepRequest::Record(steps::Record {
            trade_no,
            trade_kind,
            channel,
            channel_ref,
            customer,
            merchant,
            because,
        }) = request
        else {
            return Err(StoreError::rejected(Code::Nothing));
        };
        let line = self.proof(*channel, channel_ref)?;
        // What the channel gave back proves no payment, nor the other way round.
        if trade_kind.comes_in().is_some_and(|comes_in| comes_in != line.kind.comes_in()) {
            let bad = Rejection::new(Code::BadValue).with("what", "trade kind").with("value", trade_kind);
            return Err(bad.into());
        }
        if trade_id(self.reader, trade_no)?.is_some() || self.earlier.recorded.contains_key(trade_no) {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade_no).into());
        }
        if customer.is_none() && merchant.is_none() {
            let nobody = Rejection::new(Code::BadValue)
                .with("what", "customer")
                .with("value", "")
                .with("allowed", "--customer NAME, --merchant NAME");
            return Err(nobody.into());
        }
        // A name that nobody knows may be a slip, and its posting opens an account: that is an operator's word.
        let said = because.as_deref().map(str::trim).filter(|said| !said.is_empty());
        let mut new = None;
        for party in [customer, merchant].into_iter().flatten() {
            if !self.is_known(party.as_str())? {
                new = Some((
                    party,
                    said.ok_or_else(|| Rejection::new(Code::PartyUnknown).with("party", party))?,
                ));
            }
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
        let mut default = Note::new("why.record").with("channel", channel).with("ref", channel_ref);
        if let Some((party, said)) = new {
            default = default.with("party", party).with("because", said);
        }
        let row = StepRow {
            why: self.words(&why.unwrap_or(default)),
            ..row(number, StepKind::Record, Some(trade_no.clone()), None)
        };
        let proven = new.is_none();
        Ok(Resolved { row, trade: None, effect: Effect::Record { id, trade: Box::new(trade), proven } })
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
    pub(crate) fn recorded(&self, trade_no: &TradeNo) -> Option<TradePosition> {
        self.earlier.recorded.get(trade_no).cloned()
    }
}
