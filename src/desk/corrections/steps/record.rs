//! Records a trade known only from a channel's statement line; amount, discount, fee and
//! time are the line's.

use crate::desk::corrections::effect::{Effect, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::finding::Note;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::kind::PartyFact;
use crate::domain::money::Money;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{StatementLine, proves};
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeStatus};
use crate::protocol::steps::{LineRef, Record, StepRow};
use crate::store::named_lines::NamedLine;
use crate::store::trades::trade_id;
use crate::store::{Reader, StoreError, named_lines};

impl Step for Record {
    fn row(&self, number: i64) -> StepRow {
        let line = self.channel_no.as_ref().map(|no| format!("{}:{no}", self.channel));
        StepRow { line, ..row(number, StepKind::Record, Some(self.trade_no.clone()), None) }
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let Self { trade_no, trade_kind, channel, channel_ref, customer, merchant, channel_no, because } =
            self;
        // What the channel gave back proves no payment, nor the other way round.
        let kinds = &resolver.call.in_force.kinds;
        let kind = kinds.read(trade_kind.as_str())?;
        let proof = resolver.proof((*channel, channel_ref, channel_no.as_deref()), kind.comes_in())?;
        let line = &proof.listed.line;
        if kind.comes_in().is_some_and(|comes_in| comes_in != line.kind.comes_in()) {
            let bad = Rejection::new(Code::BadValue).with("what", "trade kind").with("value", trade_kind);
            return Err(bad.into());
        }
        if trade_id(resolver.reader, trade_no)?.is_some() || resolver.earlier.recorded.contains_key(trade_no)
        {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade_no).into());
        }
        let named = |party| match party {
            PartyFact::Customer => customer.is_some(),
            PartyFact::Merchant => merchant.is_some(),
        };
        if let Some(lacking) = kind.parties.iter().find(|party| !named(**party)) {
            let lacking = Rejection::new(Code::BadValue).with("what", lacking).with("value", "");
            return Err(lacking.into());
        }
        if customer.is_none() && merchant.is_none() {
            let nobody = Rejection::new(Code::BadValue)
                .with("what", "customer")
                .with("value", "")
                .with("allowed", "--customer NAME, --merchant NAME");
            return Err(nobody.into());
        }
        // An unknown party may be a typing error, and the posting opens an account for it: that needs a
        // reason.
        let said = because.as_deref().map(str::trim).filter(|said| !said.is_empty());
        let mut new = None;
        for party in [customer, merchant].into_iter().flatten() {
            resolver.call.in_force.currencies.may_name(party)?;
            if !resolver.is_known(party.as_str())? {
                new = Some((
                    party,
                    said.ok_or_else(|| Rejection::new(Code::PartyUnknown).with("party", party))?,
                ));
            }
        }
        let kept = resolver.call.in_force.currencies.must_keep(line.currency);
        kept.map_err(|rejection| rejection.with("trade", trade_no))?;
        let is_shared = line.channel_no.is_empty()
            || named_lines::bearing(resolver.reader, *channel, line.channel_ref.as_str())?.iter().any(
                |other| {
                    other.listed.line.channel_no == line.channel_no
                        && other.listed.merchant != proof.listed.merchant
                },
            );
        let trade = Trade {
            trade_no: trade_no.clone(),
            kind: *trade_kind,
            product: None,
            channel: *channel,
            channel_ref: line.channel_ref.clone(),
            original_ref: line.original_ref.clone(),
            amount_minor: line.amount_minor,
            fee_minor: line.fee_minor,
            currency: line.currency,
            counter_amount: None,
            customer: customer.clone(),
            merchant: merchant.clone(),
            occurred_at: line.occurred_at,
            business_date: line.occurred_at.date(),
            status: TradeStatus::Succeeded,
            clearing: ClearingStatus::Uncleared,
            counters: None,
            // Where the channel's own number does not, the merchant's tells the line from others of its reference.
            merchant_no: line.merchant_no.clone().or(proof.listed.merchant.clone().filter(|_| is_shared)),
            channel_no: line.number().or_else(|| channel_no.clone()),
            merchant_discount_minor: line.merchant_discount_minor,
        };
        let id = resolver.keep_recorded(&trade)?;
        let amount = resolver.call.in_force.currencies.amount(Money::new(line.paid_minor(), line.currency));
        let mut default = Note::new("why.record").with("channel", channel).with("ref", channel_ref);
        default = default.with("amount", amount);
        if let Some((party, said)) = new {
            default = default.with("party", party).with("because", said);
        }
        let row = StepRow { why: resolver.words(&why.unwrap_or(default)), ..self.row(number) };
        let proven = new.is_none();
        Ok(Resolved { row, trade: None, effect: Effect::Record { id, trade: Box::new(trade), proven } })
    }
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the channel's line that proves the trade; refuses a line that is accounted for already. Of several lines
    /// with the reference it is the one with the channel's number, if that is given; a line may also name none.
    fn proof(
        &mut self,
        (channel, channel_ref, channel_no): (Channel, &ChannelRef, Option<&str>),
        comes_in: Option<bool>,
    ) -> Result<NamedLine, StoreError> {
        let mut at = LineRef::by_reference(channel, channel_ref.clone());
        // A payment and its refund may bear one reference.
        let is_way = |line: &StatementLine| comes_in.is_none_or(|is_in| is_in == line.kind.comes_in());
        if let Some(number) = channel_no {
            let known = named_lines::bearing(self.reader, channel, channel_ref.as_str())?;
            let with = |no: &str| {
                let lines = known.iter().map(|one| &one.listed.line);
                lines.filter(|line| is_way(line)).find(|line| line.channel_no == no)
            };
            match with(number) {
                Some(line) => (at.kind, at.channel_no) = (Some(line.kind), line.number()),
                // A line that names no number may be the one whose number is given.
                None if with("").is_none() && !known.is_empty() => {
                    return Err(Rejection::not_found("channel line", at).into());
                }
                None => {}
            }
        }
        let is_meant = |line: &StatementLine| {
            is_way(line) && channel_no.is_none_or(|no| line.channel_no.is_empty() || line.channel_no == no)
        };
        let line = self.claim_line(&at, is_meant)?;
        let of_line = line.listed.line.number();
        if channel_no.is_some_and(|number| of_line.is_some_and(|of_line| of_line != number)) {
            return Err(Rejection::not_found("channel line", at).into());
        }
        if !proves(&line.listed.line, TradeStatus::Succeeded) {
            return Err(Rejection::new(Code::NoEvidence)
                .with("status", TradeStatus::Succeeded)
                .with("channel", channel)
                .into());
        }
        Ok(line)
    }

    /// Returns a trade that this case records.
    pub(crate) fn recorded(&self, trade_no: &TradeNo) -> Option<TradePosition> {
        self.earlier.recorded.get(trade_no).cloned()
    }
}
