//! What the steps share that account for a channel's line without a trade.

use crate::desk::corrections::resolver::Resolver;
use crate::domain::account::{AccountRole, Class, Side};
use crate::domain::channel::{ChannelDefinition, FeeTaken};
use crate::domain::chart;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo};
use crate::domain::kind::Kind;
use crate::domain::line_name::MarkedLine;
use crate::domain::money::Currency;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::CHANNEL_ACCOUNT;
use crate::domain::statement::StatementLine;
use crate::domain::trade::{Channel, Trade};
use crate::domain::voucher::{Line, Mode};
use crate::protocol::steps::LineRef;
use crate::store::named_lines::NamedLine;
use crate::store::{Reader, StoreError, answered, matching, named_lines, trades};
use jiff::civil::Date;
use std::collections::BTreeSet;

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Claims a channel's line for this step, one that `fits` if there is any; refuses it if a trade or another step
    /// accounts for it, and a name that means several lines which nothing accounts for yet.
    pub(crate) fn claim_line(
        &mut self,
        at: &LineRef,
        fits: impl Fn(&StatementLine) -> bool,
    ) -> Result<NamedLine, StoreError> {
        let meant = named_lines::meant(self.reader, at)?;
        let Some(first) = meant.first() else {
            return Err(Rejection::not_found("channel line", at).into());
        };
        let channel_ref = first.listed.line.channel_ref.clone();
        let is_meant = |line: &NamedLine| {
            meant.iter().any(|one| one.row == line.row || one.marked().is_same(&line.marked()))
        };
        let references: BTreeSet<&ChannelRef> =
            meant.iter().map(|line| &line.listed.line.channel_ref).collect();
        let mut spare = Vec::new();
        for reference in references {
            spare.extend(matching::spare_lines(self.reader, at.channel, reference)?);
        }
        spare.retain(|line| is_meant(line) && !self.has_recorded(at.channel, line.marked()));
        if spare.iter().any(|line| fits(&line.listed.line)) {
            spare.retain(|line| fits(&line.listed.line));
        }
        let (mut open, mut refused) = (Vec::new(), None);
        for line in spare {
            match self.accounts_for(at, line.marked())? {
                Some(answered) => refused = refused.or(Some(answered)),
                None => open.push(line),
            }
        }
        if let Some(several) = named_lines::refuse_several(self.reader, at.channel, at, &open)? {
            return Err(several.into());
        }
        if let Some(line) = open.into_iter().next() {
            self.earlier.lines.insert(LineRef::of(at.channel, line.marked()));
            return Ok(line);
        }
        if let Some(refused) = refused {
            return Err(refused.into());
        }
        let rejection = Rejection::new(Code::TradeConflict).with("answers", at);
        let trade = self.trade_with_ref(at.channel, &channel_ref, &BTreeSet::new())?;
        Err(trade.map_or(rejection.clone(), |trade| rejection.with("trade", trade)).into())
    }

    /// Returns the refusal of a line that is accounted for already, by a case's answer or an earlier step.
    fn accounts_for(&mut self, at: &LineRef, line: MarkedLine<'_>) -> Result<Option<Rejection>, StoreError> {
        let whole = LineRef::of(at.channel, line);
        let answer = answered::answer_of(self.reader, &whole)?;
        let answered = answer
            .filter(|answer| answer.as_ref().is_none_or(|voucher| !self.earlier.reversed.contains(voucher)));
        if answered.is_none() && !self.earlier.lines.contains(&whole) {
            return Ok(None);
        }
        let rejection = Rejection::new(Code::LineAnswered).with("line", at);
        Ok(Some(match answered.flatten() {
            Some(voucher) => rejection.with("voucher", voucher),
            None => rejection,
        }))
    }

    /// Returns whether the case records a trade that a line answers.
    fn has_recorded(&self, channel: Channel, of: MarkedLine<'_>) -> bool {
        let MarkedLine { line, merchant } = of;
        let kinds = &self.call.in_force.kinds;
        self.earlier.recorded.values().map(|known| &known.trade).any(|trade| {
            let comes_in = kinds.get(trade.kind).and_then(Kind::comes_in);
            (trade.channel, &trade.channel_ref) == (channel, &line.channel_ref)
                && comes_in.is_none_or(|comes_in| comes_in == line.kind.comes_in())
                && trade
                    .channel_no
                    .as_ref()
                    .is_none_or(|no| line.channel_no.is_empty() || *no == line.channel_no)
                && trade.merchant_no.as_deref().zip(merchant).is_none_or(|(own, other)| own == other)
        })
    }

    /// Returns a trade with a channel's reference, from the ledger or recorded by the case; none that went by another
    /// merchant number than these, if there are any.
    pub(super) fn trade_with_ref(
        &mut self,
        channel: Channel,
        channel_ref: &ChannelRef,
        merchants: &BTreeSet<String>,
    ) -> Result<Option<TradeNo>, StoreError> {
        let may_be = |trade: &Trade| {
            merchants.is_empty() || trade.merchant_no.as_ref().is_none_or(|own| merchants.contains(own))
        };
        for number in trades::trades_with_ref(self.reader, channel, channel_ref)? {
            if merchants.is_empty()
                || trades::trade(self.reader, &number)?.is_some_and(|row| may_be(&row.trade))
            {
                return Ok(Some(number));
            }
        }
        let is_it = |known: &&TradePosition| {
            let trade = &known.trade;
            trade.channel == channel && trade.channel_ref == *channel_ref && may_be(trade)
        };
        Ok(self.earlier.recorded.values().find(is_it).map(|known| known.trade.trade_no.clone()))
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

    /// Returns the lines that book the fee of a channel's line on the channel's account: what the channel keeps is an
    /// expense, what it gives back takes from it. A channel that bills its fee apart moves none with the line.
    pub(super) fn fee_lines(
        &self,
        channel: Channel,
        line: &StatementLine,
        account: &AccountCode,
    ) -> Result<Vec<Line>, StoreError> {
        let is_billed = |known: &ChannelDefinition| known.fee == FeeTaken::Billed;
        if line.fee_minor == 0 || self.call.in_force.channels.get(channel).is_some_and(is_billed) {
            return Ok(Vec::new());
        }
        let subject = chart::needed(&self.call.in_force.chart, AccountRole::FeeExpense)?;
        if !matches!(subject.class, Class::Expense | Class::Income) {
            return Err(Rejection::new(Code::BadValue)
                .with("what", "account class")
                .with("value", format!("{}: {}", subject.code, subject.class))
                .with("allowed", Class::Expense)
                .into());
        }
        let expense = self.call.in_force.account_in(&subject.code, line.currency)?;
        let side = if line.fee_minor > 0 { Side::Debit } else { Side::Credit };
        let amount_minor = line.fee_minor.saturating_abs();
        let booked = |side, account| Line { side, account, amount_minor, mode: Mode::Normal };
        Ok(vec![booked(side, expense), booked(side.other(), account.clone())])
    }

    /// Refuses to post a trade whose channel line a case accounted for in another way.
    pub(crate) fn refuse_if_barred(&mut self, trade: &crate::domain::trade::Trade) -> Result<(), StoreError> {
        match answered::bar(self.reader, trade)? {
            Some(answered::Bar::Booked(voucher)) if self.earlier.reversed.contains(&voucher) => Ok(()),
            Some(bar) => Err(bar.rejection(&trade.trade_no).into()),
            None => Ok(()),
        }
    }

    /// Returns true if the channel took the trade back before it came.
    pub(crate) fn was_taken_back(&mut self, trade: &crate::domain::trade::Trade) -> Result<bool, StoreError> {
        let bar = answered::bar(self.reader, trade)?;
        Ok(matches!(bar, Some(answered::Bar::TakenBack(_))))
    }
}
