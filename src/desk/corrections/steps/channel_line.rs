//! What the steps share that account for a channel's line without a trade.

use crate::desk::corrections::resolver::Resolver;
use crate::domain::account::{AccountRole, Class, Side};
use crate::domain::channel::{ChannelDefinition, FeeTaken};
use crate::domain::chart;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo};
use crate::domain::kind::Kind;
use crate::domain::money::Currency;
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::CHANNEL_ACCOUNT;
use crate::domain::statement::{LineKind, StatementLine};
use crate::domain::trade::Channel;
use crate::domain::voucher::{Line, Mode};
use crate::protocol::steps::LineRef;
use crate::protocol::trades::StatementRow;
use crate::store::{Reader, StoreError, answered, decisions, matching, statements, trades};
use jiff::civil::Date;

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Claims a channel's line, of a kind if several kinds of lines bear the reference, for this step; refuses it if a
    /// trade or another step accounts for it. Of several lines the first that nothing accounts for is claimed.
    pub(crate) fn claim_line(
        &mut self,
        at: &LineRef,
        wanted: Option<LineKind>,
    ) -> Result<StatementLine, StoreError> {
        let Some(channel_ref) = self.reference_of(at)? else {
            return Err(Rejection::not_found("channel line", at).into());
        };
        let spare = matching::spare_lines(self.reader, at.channel, &channel_ref)?;
        let fits = |line: &StatementLine| {
            wanted.or(at.kind).is_none_or(|kind| kind == line.kind)
                && at
                    .channel_no
                    .as_ref()
                    .is_none_or(|no| *no == line.channel_no || no == channel_ref.as_str())
        };
        let fitting = spare.into_iter().map(|row| row.line).filter(fits);
        let lines: Vec<StatementLine> = fitting.filter(|line| !self.has_recorded(at.channel, line)).collect();
        let mut refused = None;
        for line in lines {
            let Some(answered) = self.accounts_for(at, &line)? else {
                self.earlier.lines.insert(LineRef::of(at.channel, &line));
                return Ok(line);
            };
            refused = refused.or(Some(answered));
        }
        if let Some(refused) = refused {
            return Err(refused.into());
        }
        let rejection = Rejection::new(Code::TradeConflict).with("answers", at);
        let trade = self.trade_with_ref(at.channel, &channel_ref)?;
        Err(trade.map_or(rejection.clone(), |trade| rejection.with("trade", trade)).into())
    }

    /// Returns the reference of a line that may be named by the channel's own number; `None` if no statement has it.
    fn reference_of(&mut self, at: &LineRef) -> Result<Option<ChannelRef>, StoreError> {
        let named = match &at.channel_no {
            Some(number) => decisions::lines_named(self.reader, at.channel, number)?,
            None => statements::lines_of(self.reader, at.channel.as_str(), at.channel_ref.as_str())?,
        };
        let is_it = |row: &&StatementRow| row.line.channel_ref == at.channel_ref;
        let row = named.iter().find(is_it).or_else(|| named.first());
        Ok(row.map(|row| row.line.channel_ref.clone()))
    }

    /// Returns the refusal of a line that is accounted for already, by a case's answer or an earlier step.
    fn accounts_for(&mut self, at: &LineRef, line: &StatementLine) -> Result<Option<Rejection>, StoreError> {
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
    fn has_recorded(&self, channel: Channel, line: &StatementLine) -> bool {
        let kinds = &self.call.in_force.kinds;
        self.earlier.recorded.values().map(|known| &known.trade).any(|trade| {
            let comes_in = kinds.get(trade.kind).and_then(Kind::comes_in);
            (trade.channel, &trade.channel_ref) == (channel, &line.channel_ref)
                && comes_in.is_none_or(|comes_in| comes_in == line.kind.comes_in())
                && trade
                    .channel_no
                    .as_ref()
                    .is_none_or(|no| line.channel_no.is_empty() || *no == line.channel_no)
        })
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
