//! Writes the channels' bills of a day, line by line as the trades of the day are read: what the channels list,
//! which is what happened unless a mistake says otherwise.

use crate::domain::chain::fingerprint;
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::statement::{BillState, Coverage, LineKind, StatementHead, StatementLine};
use crate::domain::trade::{Channel, Trade, TradeStatus};
use crate::protocol::context::Context;
use crate::sample::clock::DAY;
use crate::sample::description::{BillEntry, Description};
use crate::sample::happening::{Collected, Deviation};
use crate::store::imports::{FileRecord, Numbered};
use crate::store::{Sink, StoreError, bills, imports, statements};
use jiff::civil::Date;

/// What is written on a bill that another one replaces.
const REPLACED: &str = "the channel's final bill";

/// The bill of one channel while it is written.
struct Bill<'d> {
    channel: Channel,
    entry: &'d BillEntry,
    /// Row of the bill.
    id: i64,
    /// Row of the bill that this one replaces, if there is one; it lists more.
    earlier: Option<i64>,
    /// Lines of both.
    count: u64,
    earlier_count: u64,
    /// Lines that the channel has numbered.
    numbered: u64,
    /// What the channel owes by currency, and its fees, in minor units; refunds and chargebacks are negative.
    sums: Vec<(Currency, i64, i64)>,
}

/// The bills of one day while they are written.
pub(super) struct ChannelBills<'d> {
    description: &'d Description,
    kinds: &'d Kinds,
    bills: Vec<Bill<'d>>,
}

impl<'d> ChannelBills<'d> {
    /// Begins the bills of all channels but `lost`; a bill of a channel in `replaced` has an earlier version.
    pub fn begin(
        sink: &mut dyn Sink,
        (description, kinds): (&'d Description, &'d Kinds),
        lost: Option<Channel>,
        replaced: &[Channel],
    ) -> Result<Self, StoreError> {
        let mut next = imports::next_id(sink, Numbered::Statement)?;
        let mut row = || {
            next += 1;
            next - 1
        };
        let of = description.billing().into_iter().filter(|(channel, _)| Some(*channel) != lost);
        let bills = of.map(|(channel, entry)| Bill {
            channel,
            entry,
            earlier: replaced.contains(&channel).then(&mut row),
            id: row(),
            count: 0,
            earlier_count: 0,
            numbered: 0,
            sums: Vec::new(),
        });
        let bills = bills.collect();
        Ok(Self { description, kinds, bills })
    }

    /// Returns how many lines were written.
    pub fn lines(&self) -> u64 {
        self.bills.iter().map(|bill| bill.count + bill.earlier_count).sum()
    }

    /// Adds a trade to its channel's bill, if the channel sends bills and knows of it.
    pub fn list(
        &mut self,
        sink: &mut dyn Sink,
        trade: &Trade,
        deviation: Option<Deviation>,
    ) -> Result<(), StoreError> {
        let Some(kind) = self.kinds.get(trade.kind) else { return Ok(()) };
        let known = match deviation {
            Some(Deviation::Missing | Deviation::NextDay) => false,
            Some(_) => true,
            // A bill lists the customers' trades; the channel's payment to us is in its fund bill.
            None => trade.status == TradeStatus::Succeeded && kind.listed,
        };
        let Some(bill) = self.bills.iter_mut().find(|bill| bill.channel == trade.channel && known) else {
            return Ok(());
        };
        let (amount_minor, fee_minor) = match deviation {
            Some(Deviation::Amounts { amount_minor, fee_minor }) => (amount_minor, fee_minor),
            _ => (trade.amount_minor, trade.fee_minor),
        };
        let discount_minor = match deviation {
            Some(Deviation::Discounted { minor }) => minor,
            _ => trade.merchant_discount_minor,
        };
        let line_kind = match deviation {
            Some(Deviation::Revokes) => LineKind::Revoke,
            _ if kind.comes_in() == Some(false) => LineKind::Refund,
            _ => LineKind::Pay,
        };
        let back = line_kind != LineKind::Pay;
        let mut line = StatementLine {
            line: 0,
            kind: line_kind,
            channel_ref: trade.channel_ref.clone(),
            original_ref: trade.original_ref.clone(),
            channel_no: String::new(),
            amount_minor,
            fee_minor,
            currency: trade.currency,
            status: TradeStatus::Succeeded,
            occurred_at: trade.occurred_at,
            merchant_no: None,
            merchant_discount_minor: discount_minor,
            channel_discount_minor: 0,
            trouble: None,
        };
        let (again, stands) = (deviation == Some(Deviation::Twice), deviation != Some(Deviation::Replaced));
        for _ in 0..=u64::from(again) {
            bill.numbered += 1;
            line.channel_no = channel_no(self.description, trade, back, bill.numbered);
            bill.write(sink, &mut line, stands)?;
        }
        Ok(())
    }

    /// As [`ChannelBills::list`], of a trade of the day before that the channel has a day later.
    pub fn list_late(&mut self, sink: &mut dyn Sink, trade: &Trade) -> Result<(), StoreError> {
        let late = Trade { occurred_at: trade.occurred_at.plus_seconds(DAY), ..trade.clone() };
        self.list(sink, &late, None)
    }

    /// Returns what each channel owes us in each currency; nothing if more was refunded than collected.
    pub fn collected(&self, at: Moment) -> Vec<Collected> {
        let owed = self.bills.iter().flat_map(|bill| {
            bill.sums.iter().map(|(currency, amount_minor, fee_minor)| Collected {
                channel: bill.channel,
                amount_minor: *amount_minor,
                fee_minor: *fee_minor,
                currency: *currency,
                at,
            })
        });
        owed.filter(|owed| owed.amount_minor > 0 && owed.amount_minor > owed.fee_minor).collect()
    }

    /// Writes the heads of the bills.
    pub fn end(
        self,
        sink: &mut dyn Sink,
        day: Date,
        at: Moment,
        seed: u64,
        context: &Context,
    ) -> Result<(), StoreError> {
        self.bills.into_iter().try_for_each(|bill| bill.end(sink, (day, at), seed, context))
    }
}

impl Bill<'_> {
    /// Writes a line to the bill that stands, unless `stands` is false, and to the one before it.
    fn write(
        &mut self,
        sink: &mut dyn Sink,
        line: &mut StatementLine,
        stands: bool,
    ) -> Result<(), StoreError> {
        // Line 1 of the file is its header.
        if let Some(earlier) = self.earlier {
            self.earlier_count += 1;
            line.line = self.earlier_count + 1;
            statements::insert_line(sink, earlier, self.channel, line)?;
        }
        if !stands {
            return Ok(());
        }
        let paid = line.amount_minor - line.merchant_discount_minor;
        let signed = if line.kind == LineKind::Pay { paid } else { -paid };
        match self.sums.iter_mut().find(|(currency, ..)| *currency == line.currency) {
            Some((_, amounts, fees)) => (*amounts, *fees) = (*amounts + signed, *fees + line.fee_minor),
            None => self.sums.push((line.currency, signed, line.fee_minor)),
        }
        self.count += 1;
        line.line = self.count + 1;
        statements::insert_line(sink, self.id, self.channel, line)
    }

    fn end(
        self,
        sink: &mut dyn Sink,
        (day, at): (Date, Moment),
        seed: u64,
        context: &Context,
    ) -> Result<(), StoreError> {
        let channel = self.channel;
        let head = StatementHead {
            channel,
            day: Some(day),
            merchant_id: Some(self.entry.merchant.clone()),
            sub_merchant: None,
            covers: Coverage::All,
            until: None,
            format: self.entry.format.clone(),
        };
        let name = format!("{}-{}", self.entry.file, day.strftime("%Y%m%d"));
        let others = bills::standing(sink, channel.as_str(), &day.to_string())?;
        if let Some(other) = others.into_iter().find(|other| head.overlaps(&other.head)) {
            return Err(Rejection::new(Code::BillConflict)
                .with("file", format!("{name}.csv"))
                .with("other", other.file)
                .with("channel", channel)
                .with("day", day)
                .into());
        }
        let record = |content: String| fingerprint(content.as_bytes());
        let mut insert = |id: i64, file: &str, content: String, rows: u64| {
            let record = FileRecord {
                fingerprint: &record(content),
                kind: "bill",
                file,
                rows,
                operator: &context.operator,
                now: at,
            };
            statements::insert_statement(sink, id, &head, None, &record)
        };
        let base = format!("{seed}/{channel}/{day}");
        let Some(earlier) = self.earlier else {
            return insert(self.id, &format!("{name}.csv"), base, self.count);
        };
        insert(earlier, &format!("{name}.csv"), format!("{base}/first"), self.earlier_count)?;
        insert(self.id, &format!("{name}-final.csv"), base, self.count)?;
        let replaced = bills::NewChange {
            statement: earlier,
            state: BillState::Replaced,
            by_statement: Some(self.id),
            case_no: None,
            reason: REPLACED,
            at,
            operator: &context.operator,
        };
        bills::change(sink, replaced)
    }
}

/// Returns the channel's own number of a trade, in the channel's format.
fn channel_no(description: &Description, trade: &Trade, back: bool, count: u64) -> String {
    let date = trade.business_date.strftime("%Y%m%d");
    let Some(channel) = description.channel(trade.channel) else { return format!("{date}{count:013}") };
    let form = channel.number_back.as_ref().filter(|_| back).unwrap_or(&channel.number);
    format!("{}{date}{}{count:0width$}", form.before, form.after, width = form.digits)
}
