//! What the steps share that account for a channel's line without a trade.

use crate::desk::corrections::resolver::Resolver;
use crate::domain::account::Class;
use crate::domain::chart;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo};
use crate::domain::money::Currency;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::CHANNEL_ACCOUNT;
use crate::domain::statement::StatementLine;
use crate::domain::trade::Channel;
use crate::protocol::steps::LineRef;
use crate::protocol::trades::StatementRow;
use crate::store::{Reader, StoreError, answered, statements, trades};
use jiff::civil::Date;

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Claims a channel's line for this step; refuses it if a trade or another step accounts for it.
    pub(crate) fn claim_line(&mut self, at: &LineRef) -> Result<StatementLine, StoreError> {
        let found = statements::lines_of(self.reader, at.channel.as_str(), at.channel_ref.as_str())?;
        let Some(StatementRow { line, .. }) = found.into_iter().next() else {
            return Err(Rejection::not_found("channel line", at).into());
        };
        if let Some(trade) = self.trade_with_ref(at.channel, &at.channel_ref)? {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).with("answers", at).into());
        }
        let answer = answered::answer_of(self.reader, at.channel, &at.channel_ref)?;
        let answered = answer
            .filter(|answer| answer.as_ref().is_none_or(|voucher| !self.earlier.reversed.contains(voucher)));
        if answered.is_some() || !self.earlier.lines.insert(at.clone()) {
            let rejection = Rejection::new(Code::LineAnswered).with("line", at);
            let voucher = answered.flatten();
            return Err(voucher.map_or(rejection.clone(), |no| rejection.with("voucher", no)).into());
        }
        Ok(line)
    }

    /// Returns a trade with a channel's reference, from the ledger or recorded by the case.
    pub(super) fn trade_with_ref(
        &mut self,
        channel: Channel,
        channel_ref: &ChannelRef,
    ) -> Result<Option<TradeNo>, StoreError> {
        let held = trades::trades_with_ref(self.reader, channel, channel_ref)?.into_iter().next();
        let is_it = |known: &&TradePosition| {
            known.trade.channel == channel && known.trade.channel_ref == *channel_ref
        };
        let here = || self.earlier.recorded.values().find(is_it).map(|known| known.trade.trade_no.clone());
        Ok(held.or_else(here))
    }

    /// Returns the channel's account in a currency, by the rules of a day. A line without a trade is booked
    /// on an asset only, as the schema demands.
    pub(super) fn channel_account(
        &self,
        channel: Channel,
        day: Date,
        currency: Currency,
    ) -> Result<AccountCode, StoreError> {
        let set = self.call.in_force.rules.in_force(day);
        let account = set.and_then(|set| set.channel_account(channel)).ok_or_else(|| {
            Rejection::new(Code::RuleFailed)
                .with("problem", "rulefile.missing_alias")
                .with("name", CHANNEL_ACCOUNT)
                .with("channel", channel)
        })?;
        let account = self.call.in_force.account_in(account, currency)?;
        match chart::subject_of(&self.call.in_force.chart, &account) {
            Some(subject) if subject.class != Class::Asset => Err(Rejection::new(Code::BadValue)
                .with("what", "account class")
                .with("value", format!("{account}: {}", subject.class))
                .with("allowed", Class::Asset)
                .into()),
            _ => Ok(account),
        }
    }

    /// Refuses to post a trade whose channel line a case accounted for in another way.
    pub(crate) fn refuse_if_barred(&mut self, trade: &crate::domain::trade::Trade) -> Result<(), StoreError> {
        match answered::bar(self.reader, trade.channel, &trade.channel_ref)? {
            Some(answered::Bar::Booked(voucher)) if self.earlier.reversed.contains(&voucher) => Ok(()),
            Some(bar) => Err(bar.rejection(&trade.trade_no).into()),
            None => Ok(()),
        }
    }

    /// Returns true if the channel took the trade back before it came.
    pub(crate) fn was_taken_back(&mut self, trade: &crate::domain::trade::Trade) -> Result<bool, StoreError> {
        let bar = answered::bar(self.reader, trade.channel, &trade.channel_ref)?;
        Ok(matches!(bar, Some(answered::Bar::TakenBack(_))))
    }
}
