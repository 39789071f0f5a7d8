//! Lines of channels that no trade answers to: their money into suspense, or the note that a payment was taken back before it
//! came.

use crate::desk::corrections::effect::{Effect, Item, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::domain::account::Side;
use crate::domain::chart;
use crate::domain::correction::{posting_day, to_prior_year};
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo};
use crate::domain::position::TradePosition;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::CHANNEL_ACCOUNT;
use crate::domain::statement::{LineKind, StatementLine, proves};
use crate::domain::step::StepKind;
use crate::domain::trade::{Channel, TradeStatus};
use crate::domain::voucher::{Draft, Line, Mode, VoucherKind};
use crate::protocol::steps::{LineRef, StepLine, StepRow};
use crate::protocol::trades::StatementRow;
use crate::store::append::Refs;
use crate::store::{Reader, StoreError, answered, statements, trades};
use jiff::civil::Date;

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Puts money into suspense that came or went without a trade.
    pub(crate) fn park_line(
        &mut self,
        number: i64,
        at: Option<&LineRef>,
        asked: &[StepLine],
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        let (mut whole, mut of) = (None, None);
        let (day, mut lines) = match at {
            Some(at) => {
                let line = self.unanswered(at)?;
                if !proves(&line, TradeStatus::Succeeded) {
                    return Err(Rejection::new(Code::NoEvidence)
                        .with("status", TradeStatus::Succeeded)
                        .with("channel", at.channel)
                        .into());
                }
                let day = line.occurred_at.date();
                // What came is owed to somebody, what went is owed to us.
                whole = Some(if line.kind.comes_in() { -line.amount_minor } else { line.amount_minor });
                let booked = self.of_line(at, &line, day)?;
                of = booked.first().cloned();
                (day, if asked.is_empty() { booked } else { Vec::new() })
            }
            None => (self.call.today(), Vec::new()),
        };
        if lines.is_empty() {
            lines = self.asked_for(asked, Mode::Normal, false)?;
        }
        self.opens_nobodys(&lines)?;
        let item = self.item_of(&lines)?;
        if let (Some(at), Some(of)) = (at, &of) {
            let own =
                lines.iter().filter(|line| !chart::is_suspense(&self.call.in_force.chart, &line.account));
            // Beside suspense there is the channel's own account with what the line says, and nothing else.
            if !own.eq([of]) {
                let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
                return Err(bad.into());
            }
        }
        if let (Some(at), Some(whole), Item::Open { amount_minor, .. }) = (at, whole, &item)
            && *amount_minor != whole
        {
            // Answered in part, the line would ask nobody for its rest.
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.into());
        }
        let account = lines.iter().find(|line| chart::is_suspense(&self.call.in_force.chart, &line.account));
        let account = account.map_or_else(String::new, |line| line.account.to_string());
        let date = posting_day(day, self.call.today(), self.days)?;
        if date.year() > day.year() {
            to_prior_year(&mut lines, &self.call.in_force.chart)?;
        }
        let mut memo = Note::new("memo.unclaimed");
        if let Some(at) = at {
            memo = memo.with("line", at);
        }
        let default = Note::new("why.park").with("account", account).with("day", date);
        let draft = Draft {
            lines,
            ..self.draft(VoucherKind::Park, Mode::Normal, (None, None), (date, day, day), self.words(&memo))
        };
        let row = StepRow {
            line: at.map(ToString::to_string),
            lines: asked.to_vec(),
            mode: Some(Mode::Normal),
            accounting_date: Some(date),
            why: self.words(&why.unwrap_or(default)),
            ..row(number, StepKind::Park, None, None)
        };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs: Refs::default(),
            original: None,
            amendments: Vec::new(),
            item: Some(item),
            line: at.cloned(),
        };
        Ok(Resolved { row, trade: None, effect })
    }

    /// Notes that a channel took a payment back before it came.
    pub(crate) fn stub(
        &mut self,
        number: i64,
        at: &LineRef,
        why: Option<Note>,
    ) -> Result<Resolved, StoreError> {
        if let Some(None) = answered::answer_of(self.reader, at.channel, &at.channel_ref)? {
            return Err(Rejection::new(Code::AlreadyReversed).with("line", at).with("trade", at).into());
        }
        let line = self.unanswered(at)?;
        let original = self.taken_back_by(at, &line)?;
        let default = Note::new("why.stub").with("channel", at.channel).with("original", &original);
        let row = StepRow {
            line: Some(at.to_string()),
            why: self.words(&why.unwrap_or(default)),
            ..row(number, StepKind::Stub, None, None)
        };
        Ok(Resolved { row, trade: None, effect: Effect::Stub { line: at.clone(), original } })
    }

    /// The payment that a line takes back, which neither we nor the channel's own statements have.
    fn taken_back_by(&mut self, at: &LineRef, line: &StatementLine) -> Result<ChannelRef, StoreError> {
        let none = || {
            Rejection::new(Code::NoEvidence).with("status", TradeStatus::Failed).with("channel", at.channel)
        };
        let original = line.original_ref.clone().filter(|_| line.kind != LineKind::Pay).ok_or_else(none)?;
        if let Some(trade) = self.held(at.channel, &original)? {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).into());
        }
        let theirs = statements::lines_of(self.reader, at.channel.as_str(), original.as_str())?;
        if theirs.iter().any(|line| line.line.kind == LineKind::Pay) {
            return Err(none().into());
        }
        Ok(original)
    }

    /// A channel's line that neither a trade nor a case answers to.
    pub(crate) fn unanswered(&mut self, at: &LineRef) -> Result<StatementLine, StoreError> {
        let found = statements::lines_of(self.reader, at.channel.as_str(), at.channel_ref.as_str())?;
        let Some(StatementRow { line, .. }) = found.into_iter().next() else {
            return Err(Rejection::not_found("channel line", at).into());
        };
        if let Some(trade) = self.held(at.channel, &at.channel_ref)? {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).with("answers", at).into());
        }
        let answer = answered::answer_of(self.reader, at.channel, &at.channel_ref)?;
        let stands = answer
            .filter(|answer| answer.as_ref().is_none_or(|voucher| !self.earlier.reversed.contains(voucher)));
        if stands.is_some() || !self.earlier.lines.insert(at.clone()) {
            let rejection = Rejection::new(Code::LineAnswered).with("line", at);
            let voucher = stands.flatten();
            return Err(voucher.map_or(rejection.clone(), |no| rejection.with("voucher", no)).into());
        }
        Ok(line)
    }

    /// A trade with a channel's reference, in the ledger or recorded by the case.
    fn held(&mut self, channel: Channel, channel_ref: &ChannelRef) -> Result<Option<TradeNo>, StoreError> {
        let held = trades::trades_with_ref(self.reader, channel, channel_ref)?.into_iter().next();
        let is_it = |known: &&TradePosition| {
            known.trade.channel == channel && known.trade.channel_ref == *channel_ref
        };
        let here = || self.earlier.recorded.values().find(is_it).map(|known| known.trade.trade_no.clone());
        Ok(held.or_else(here))
    }

    /// The line's amount between the channel's own account and suspense: what came is owed to somebody, what went is owed to us.
    fn of_line(&self, at: &LineRef, line: &StatementLine, day: Date) -> Result<Vec<Line>, StoreError> {
        let account = self.channel_account(at.channel, day)?;
        let side = if line.kind.comes_in() { Side::Debit } else { Side::Credit };
        let suspense = chart::suspense(&self.call.in_force.chart, side.other())
            .ok_or_else(|| Rejection::new(Code::OpenItem).with("account", &account))?;
        let booked = |side, account: AccountCode| Line {
            side,
            account,
            amount_minor: line.amount_minor,
            mode: Mode::Normal,
        };
        Ok(vec![booked(side, account), booked(side.other(), suspense.code.parse()?)])
    }

    /// The account of a channel by the rules of a day.
    fn channel_account(&self, channel: Channel, day: Date) -> Result<AccountCode, StoreError> {
        let set = self.call.in_force.rules.in_force(day);
        let account = set.and_then(|set| set.channel_account(channel)).ok_or_else(|| {
            Rejection::new(Code::RuleFailed)
                .with("problem", "rulefile.missing_alias")
                .with("name", CHANNEL_ACCOUNT)
                .with("channel", channel)
        })?;
        Ok(account.parse()?)
    }

    /// The line by which an open item was paid: its amount, the way it has to go, and on the account of its channel.
    pub(crate) fn paid_by(
        &mut self,
        at: &LineRef,
        (amount_minor, of): (i64, Option<&TradeNo>),
        to: &AccountCode,
    ) -> Result<(), StoreError> {
        let line = self.unanswered(at)?;
        // What takes back somebody else's payment belongs to that one.
        if let Some(original) = line.original_ref.as_ref().filter(|original| **original != line.channel_ref)
            && let Some(trade) = self.held(at.channel, original)?.filter(|trade| Some(trade) != of)
        {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).with("answers", at).into());
        }
        // What we owe goes out, what is owed to us comes in.
        let (owed_to_us, paid) = (amount_minor > 0, proves(&line, TradeStatus::Succeeded));
        let account = self.channel_account(at.channel, line.occurred_at.date())?;
        if !paid
            || line.kind.comes_in() != owed_to_us
            || line.amount_minor != amount_minor.abs()
            || account != *to
        {
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.into());
        }
        Ok(())
    }

    /// Nothing that a case made of the channel's lines keeps the trade from being posted.
    pub(crate) fn is_not_barred(&mut self, trade: &crate::domain::trade::Trade) -> Result<(), StoreError> {
        match answered::bar(self.reader, trade.channel, &trade.channel_ref)? {
            Some(answered::Bar::Booked(voucher)) if self.earlier.reversed.contains(&voucher) => Ok(()),
            Some(bar) => Err(bar.rejection(&trade.trade_no).into()),
            None => Ok(()),
        }
    }

    /// Whether a channel took a trade back before it came.
    pub(crate) fn was_taken_back(&mut self, trade: &crate::domain::trade::Trade) -> Result<bool, StoreError> {
        let bar = answered::bar(self.reader, trade.channel, &trade.channel_ref)?;
        Ok(matches!(bar, Some(answered::Bar::TakenBack(_))))
    }
}
