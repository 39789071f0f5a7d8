//! An open item is cleared from suspense (销账).

use crate::desk::corrections::effect::{Effect, Item, Resolved, row};
use crate::desk::corrections::resolver::Resolver;
use crate::desk::corrections::steps::{Step, StepCall};
use crate::domain::chart;
use crate::domain::dating::posting_day;
use crate::domain::finding::Note;
use crate::domain::id::{AccountCode, ChannelRef, TradeNo};
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::proves;
use crate::domain::step::StepKind;
use crate::domain::trade::TradeStatus;
use crate::domain::voucher::{Draft, Line, Mode, VoucherKind};
use crate::protocol::steps::{LineRef, StepRow, Unpark};
use crate::store::append::Refs;
use crate::store::suspense::OpenItem;
use crate::store::{Reader, StoreError, answered, statements, suspense, trades, vouchers};
use jiff::civil::Date;

impl Step for Unpark {
    fn row(&self, number: i64) -> StepRow {
        StepRow {
            voucher_no: Some(self.voucher_no.clone()),
            account: Some(self.to.clone()),
            line: self.line.as_ref().map(ToString::to_string),
            ..row(number, StepKind::Unpark, None, None)
        }
    }

    fn touches<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<Option<TradeNo>, StoreError> {
        Ok(vouchers::voucher(reader, &self.voucher_no)?.and_then(|voucher| voucher.trade_no))
    }

    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError> {
        let StepCall { resolver, number, why } = call;
        let (voucher_no, to, paid_by) = (&self.voucher_no, &self.to, self.line.as_ref());
        let parked = resolver.voucher(voucher_no)?;
        let closed = || Rejection::new(Code::OpenItem).with("voucher", voucher_no);
        if chart::is_suspense(&resolver.call.in_force.chart, to) {
            return Err(Rejection::new(Code::OpenItem).with("account", to).into());
        }
        let item = resolver.open_item(parked.seq)?.ok_or_else(closed)?;
        if resolver.earlier.reversed.contains(voucher_no)
            || !resolver.earlier.cleared.insert(voucher_no.clone())
        {
            return Err(closed().into());
        }
        let paid = match paid_by {
            Some(at) => Some(resolver.payment_of(at, &item, parked.trade_no.as_ref(), to)?),
            None => None,
        };
        let side = suspense::side(&item);
        let amount_minor = item.amount_minor.abs();
        let line = |side, account: &AccountCode| Line {
            side,
            account: account.clone(),
            amount_minor,
            mode: Mode::Normal,
        };
        let mut lines = vec![line(side.other(), &item.account), line(side, to)];
        resolver.refuse_accounts_of_unknown_parties(&lines)?;
        let trade = match &parked.trade_no {
            Some(trade_no) => trades::trade_id(resolver.reader, trade_no)?,
            None => None,
        };
        let date = posting_day(resolver.call.today(), resolver.call.today(), resolver.days)?;
        let paid_by = match paid {
            Some(Payment { line, day, fee }) => {
                lines.extend(fee);
                if date.year() > day.year() {
                    resolver.call.in_force.to_prior_year(&mut lines)?;
                }
                Some(line)
            }
            None => None,
        };
        let memo = Note::new("memo.unpark").with("voucher", voucher_no);
        let default = Note::new("why.unpark").with("voucher", voucher_no).with("account", to);
        let draft = Draft {
            lines,
            ..resolver.draft(
                VoucherKind::Unpark,
                Mode::Normal,
                (parked.trade_no.clone(), parked.event),
                (date, parked.business_date, parked.value_date),
                resolver.words(&memo),
            )
        };
        let row = StepRow {
            trade_no: parked.trade_no.clone(),
            event: parked.event,
            mode: Some(Mode::Normal),
            accounting_date: Some(date),
            why: resolver.words(&why.unwrap_or(default)),
            ..self.row(number)
        };
        let effect = Effect::Book {
            draft: Box::new(draft),
            refs: Refs { trade, ..Refs::default() },
            original: None,
            amendments: Vec::new(),
            item: Some(Item::Clear { voucher: item.voucher }),
            line: paid_by,
            arises: false,
        };
        Ok(Resolved { row, trade: parked.trade_no, effect })
    }
}

/// The channel's line that paid an open item.
struct Payment {
    /// The line.
    line: LineRef,
    /// Its day.
    day: Date,
    /// What the channel keeps of it, or gives back with it, booked.
    fee: Vec<Line>,
}

impl<R: Reader + ?Sized> Resolver<'_, '_, R> {
    /// Returns the channel's line that paid the open item; refuses another amount, direction, or account.
    fn payment_of(
        &mut self,
        at: &LineRef,
        item: &OpenItem,
        of: Option<&TradeNo>,
        to: &AccountCode,
    ) -> Result<Payment, StoreError> {
        let listed = self.claim_line(at, |_| true)?.listed;
        let line = &listed.line;
        // A line that reverses another trade's payment belongs to that trade, unless a further payment of its
        // reference is what waits.
        let brought_by = answered::line_of(self.reader, item.voucher)?;
        let is_further = |original: &ChannelRef| {
            brought_by.as_ref().is_some_and(|of| {
                of.channel == at.channel
                    && of.channel_ref == *original
                    && of.may_be_of(listed.merchant.as_deref())
            })
        };
        let merchants = statements::merchant_numbers(self.reader, at.channel, listed.marked())?;
        if let Some(original) = line.original_ref.as_ref().filter(|original| **original != line.channel_ref)
            && !is_further(original)
            && let Some(trade) =
                self.trade_with_ref(at.channel, original, &merchants)?.filter(|trade| Some(trade) != of)
        {
            return Err(Rejection::new(Code::TradeConflict).with("trade", trade).with("answers", at).into());
        }
        // What we owe goes out, what is owed to us comes in.
        let (owed_to_us, paid) = (item.amount_minor > 0, proves(line, TradeStatus::Succeeded));
        let day = line.occurred_at.date();
        let account = self.channel_account(at.channel, day, line.currency)?;
        if !paid
            || line.kind.comes_in() != owed_to_us
            || line.paid_minor() != item.amount_minor.abs()
            || account != *to
        {
            let bad = Rejection::new(Code::BadValue).with("what", "channel line").with("value", at);
            return Err(bad.into());
        }
        let fee = self.fee_lines(at.channel, line, &account)?;
        Ok(Payment { line: LineRef::of(at.channel, listed.marked()), day, fee })
    }
}
