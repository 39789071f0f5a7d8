//! WeChat Pay's trade bill (交易账单) in all its generations: columns are found by name, older names included.
//!
//! Every data field starts with a back-tick. Amounts have no sign; the direction is in the state column.
//! What changes the merchant's settlement is `应结订单金额` of a payment and `退款金额` of a refund. The order
//! (`订单金额`, of a refund `申请退款金额`) may be more: the rest is a coupon that the merchant bears (免充值券),
//! which nobody pays. A prepaid coupon (充值券) is paid like money: `应结订单金额` and `退款金额` already *contain*
//! it, so `充值券退款金额` is never added. Bills of older generations do not tell the order's amount, and have
//! prepaid coupons only.
//!
//! The header tells which lines a bill lists: a bill of payments (SUCCESS) has no columns of refunds, a
//! bill of refunds (REFUND) has the time at which each was applied for (`退款申请时间`), and one of recharge
//! refunds (RECHARGE_REFUND) also the fee given back (`返还手续费`). In bills of refunds `交易时间` is the time of
//! the payment, so the day is that of the application.

use super::bad_rows::BadRows;
use super::bill::{BillHead, BillSummary, CHINA, SharedNumber};
use super::fields::{Fields, Style};
use super::head::{Head, Mark};
use super::lines::{Encoding, Line, Lines};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use super::wechat_totals::{COUNT, SUMS, Totals};
use crate::domain::id::ChannelRef;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::TradeStatus;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::Read;

/// The reader of WeChat's trade bills.
pub(super) static READER: Reader = Reader {
    option: "wechat",
    marks: &[Mark::First(says_no_bill), Mark::Columns(&["交易时间", "微信订单号", "交易状态"])],
    columns: &[],
};

/// The answers in place of the bill of a day without trades (API v2 and v3).
const NO_BILL: &[&str] = &["No Bill Exist", "NO_STATEMENT_EXIST"];

/// Most lines of such an answer.
const NO_BILL_LINES: u64 = 20;

const STATES: &[&str] = &["SUCCESS", "REFUND", "REVOKED"];

/// States of a refund that left the merchant and did not reach the customer.
const CHANGE: &str = "CHANGE";
const ABNORMAL: &str = "ABNORMAL";

/// Indexes of the columns.
struct Columns {
    time: usize,
    /// When a refund was applied for.
    applied: Option<usize>,
    merchant: Option<usize>,
    /// The merchant number of a service provider's merchant.
    sub_merchant: Option<usize>,
    /// The fee given back, of bills of recharge refunds alone.
    fee_returned: Option<usize>,
    number: usize,
    order: usize,
    state: usize,
    currency: usize,
    refund_number: Option<usize>,
    refund_order: Option<usize>,
    refund_state: Option<usize>,
    coupon: Option<usize>,
    /// The columns of [`SUMS`], in their order.
    amounts: [Option<usize>; SUMS.len()],
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        header.need(SUMS[0].columns)?;
        header.need(SUMS[FEE].columns)?;
        Ok(Self {
            time: header.need(&["交易时间"])?,
            applied: header.find(&["退款申请时间"]),
            merchant: header.find(&["商户号"]),
            sub_merchant: header.find(&["特约商户号", "子商户号"]),
            fee_returned: header.find(&["返还手续费"]),
            number: header.need(&["微信订单号"])?,
            order: header.need(&["商户订单号"])?,
            state: header.need(&["交易状态"])?,
            currency: header.need(&["货币种类"])?,
            refund_number: header.find(&["微信退款单号"]),
            refund_order: header.find(&["商户退款单号"]),
            refund_state: header.find(&["退款状态"]),
            coupon: header.find(COUPONS),
            amounts: SUMS.map(|sum| header.find(sum.columns)),
        })
    }

    /// Returns which lines the bill lists, by its header.
    const fn covers(&self) -> Coverage {
        if self.fee_returned.is_some() {
            Coverage::RechargeRefunds
        } else if self.applied.is_some() {
            Coverage::Refunds
        } else if self.refund_number.is_none() && self.refund_order.is_none() {
            Coverage::Payments
        } else {
            Coverage::All
        }
    }

    /// Returns the column with the time of a row: of a refund when it was applied for, if the bill has that.
    fn time_of(&self, row: &Row<'_>) -> usize {
        self.applied
            .filter(|index| row.raw(self.state) != "SUCCESS" && !row.text(*index).is_empty())
            .unwrap_or(self.time)
    }

    /// Returns the merchant number of a row: that of the service provider's merchant, if there is one.
    fn merchant_no(&self, row: &Row<'_>) -> Result<Option<String>, Box<FileError>> {
        let named = present(row, self.sub_merchant).or_else(|| present(row, self.merchant));
        let Some((index, text)) = named else { return Ok(None) };
        let number: ChannelRef = row.name(index, text.trim())?;
        Ok(Some(number.as_str().to_owned()))
    }

    fn line(
        &self,
        row: &Row<'_>,
        currency: Currency,
        zone: &TimeZone,
        totals: &mut Totals,
    ) -> Result<StatementLine, Box<FileError>> {
        let mut minor = [0; SUMS.len()];
        for (at, index) in self.amounts.iter().enumerate() {
            let Some(index) = *index else { continue };
            totals.note_form(row.raw(index), currency);
            minor[at] = if at == FEE {
                row.amount(index, row.raw(index), currency)?
            } else {
                row.amount_unsigned(index, row.raw(index), currency)?
            };
        }
        totals.add(&minor).map_err(|reason| FileError::at(row.line, reason))?;
        let occurred_at = self.time(row, zone)?;
        let order = row.name(self.order, row.raw(self.order))?;
        let coupon_minor = match self.coupon {
            Some(index) => row.amount_unsigned(index, row.raw(index), currency)?,
            None => 0,
        };
        let discount = self.beyond(minor[SETTLED], (ORDERED, &minor));
        let line = StatementLine {
            line: row.line,
            kind: LineKind::Pay,
            channel_ref: order,
            original_ref: None,
            channel_no: String::new(),
            amount_minor: minor[SETTLED] + discount,
            fee_minor: minor[FEE],
            currency,
            status: TradeStatus::Succeeded,
            occurred_at,
            merchant_no: self.merchant_no(row)?,
            merchant_discount_minor: discount,
            channel_discount_minor: (coupon_minor - discount).max(0),
            trouble: None,
        };
        match row.raw(self.state) {
            "SUCCESS" => Ok(StatementLine { channel_no: channel_number(row, self.number)?, ..line }),
            "REFUND" => self.refund(row, line, &minor),
            "REVOKED" => self.revocation(row, line, &minor),
            _ => Err(row.unknown_word(self.state, STATES)),
        }
    }

    /// Returns the line of a refund: its own numbers, with the payment's as the original. A refund made by hand at
    /// the channel has no number of ours; its reference is the channel's number.
    fn refund(
        &self,
        row: &Row<'_>,
        payment: StatementLine,
        minor: &[i64; SUMS.len()],
    ) -> Result<StatementLine, Box<FileError>> {
        let missing = |name: &str| FileError::at(row.line, Reason::MissingColumn { name: name.to_owned() });
        let order = self.refund_order.ok_or_else(|| missing("商户退款单号"))?;
        let number = self.refund_number.ok_or_else(|| missing("微信退款单号"))?;
        let own = present(row, Some(order)).or_else(|| present(row, Some(number)));
        let own = own.ok_or_else(|| row.refuse(number, Reason::EmptyField {}))?;
        let refunded = self.refunded(minor);
        let discount = self.beyond(refunded, (APPLIED, minor));
        Ok(StatementLine {
            kind: LineKind::Refund,
            original_ref: Some(payment.channel_ref),
            channel_ref: row.name(own.0, own.1)?,
            channel_no: channel_number(row, number)?,
            amount_minor: refunded + discount,
            merchant_discount_minor: discount,
            channel_discount_minor: minor[PREPAID],
            status: self.refund_status(row, TradeStatus::Unknown),
            trouble: self.trouble(row),
            ..payment
        })
    }

    /// Returns the line of a revocation (撤销): like a refund, but with the payment's numbers if it has none
    /// of its own.
    fn revocation(
        &self,
        row: &Row<'_>,
        payment: StatementLine,
        minor: &[i64; SUMS.len()],
    ) -> Result<StatementLine, Box<FileError>> {
        let own: Option<ChannelRef> = match present(row, self.refund_order) {
            Some((index, text)) => Some(row.name(index, text)?),
            None => None,
        };
        let number = present(row, self.refund_number).map_or(self.number, |(index, _)| index);
        let refunded = self.refunded(minor);
        let applied = self.beyond(refunded, (APPLIED, minor));
        // Without an amount of its own it revokes the payment as it is.
        let (amount_minor, discount, prepaid) = if refunded + applied == 0 {
            (payment.amount_minor, payment.merchant_discount_minor, payment.channel_discount_minor)
        } else {
            (refunded + applied, applied, minor[PREPAID])
        };
        Ok(StatementLine {
            kind: LineKind::Revoke,
            original_ref: Some(payment.channel_ref.clone()),
            channel_ref: own.unwrap_or(payment.channel_ref),
            channel_no: channel_number(row, number)?,
            amount_minor,
            merchant_discount_minor: discount,
            channel_discount_minor: prepaid,
            status: self.refund_status(row, TradeStatus::Succeeded),
            ..payment
        })
    }

    /// Returns the amount refunded in settlement; in bills without that column, the amount applied for.
    fn refunded(&self, minor: &[i64; SUMS.len()]) -> i64 {
        if self.amounts[REFUNDED].is_some() { minor[REFUNDED] } else { minor[APPLIED] }
    }

    /// Returns what the merchant bears of an order or of a refund applied for: the part beyond what is settled.
    /// Zero if the bill does not tell that amount.
    fn beyond(&self, settled_minor: i64, (whole, minor): (usize, &[i64; SUMS.len()])) -> i64 {
        if self.amounts[whole].is_some() { (minor[whole] - settled_minor).max(0) } else { 0 }
    }

    /// Returns the state of a refund at the time of the bill; later bills do not update it.
    fn refund_status(&self, row: &Row<'_>, silent: TradeStatus) -> TradeStatus {
        match self.refund_state.map(|index| row.raw(index)).unwrap_or_default() {
            // With the last two the money has left the merchant; that the customer lacks it is told by `trouble`.
            "SUCCESS" | CHANGE | ABNORMAL => TradeStatus::Succeeded,
            "PROCESSING" => TradeStatus::Processing,
            "FAIL" | "FAILED" | "REFUNDCLOSE" | "CLOSED" => TradeStatus::Failed,
            "" => silent,
            _ => TradeStatus::Unknown,
        }
    }

    /// Returns the state of a refund that did not reach the customer.
    fn trouble(&self, row: &Row<'_>) -> Option<String> {
        let state = self.refund_state.map(|index| row.raw(index))?;
        matches!(state, CHANGE | ABNORMAL).then(|| state.to_owned())
    }

    /// Parses the row's time; some files have full-width colons in it.
    fn time(&self, row: &Row<'_>, zone: &TimeZone) -> Result<Moment, Box<FileError>> {
        let index = self.time_of(row);
        let text = row.raw(index);
        if text.contains('：') {
            return row.local_time(index, &text.replace('：', ":"), zone);
        }
        row.local_time(index, text, zone)
    }
}

/// Names of the column of coupons, of all generations.
const COUPONS: &[&str] = &["代金券金额", "企业红包金额", "代金券或立减优惠金额"];

/// Indexes of the amounts in [`SUMS`].
const SETTLED: usize = 0;
const REFUNDED: usize = 1;
const PREPAID: usize = 2;
const FEE: usize = 3;
const ORDERED: usize = 4;
const APPLIED: usize = 5;

/// Parses one of the channel's own numbers.
fn channel_number(row: &Row<'_>, index: usize) -> Result<String, Box<FileError>> {
    let number: ChannelRef = row.name(index, row.raw(index))?;
    Ok(number.as_str().to_owned())
}

/// Returns a number if it is present: WeChat fills absent ones with `0`.
fn present<'a>(row: &Row<'a>, index: Option<usize>) -> Option<(usize, &'a str)> {
    index.map(|index| (index, row.raw(index))).filter(|(_, text)| !matches!(*text, "" | "0"))
}

/// Returns a merchant number, empty if it is absent.
fn number<'a>(row: &Row<'a>, index: Option<usize>) -> &'a str {
    present(row, index).map_or("", |(_, text)| text.trim())
}

/// What all rows of a bill share.
#[derive(Default)]
struct Common {
    day: Option<(Date, u64)>,
    currency: Option<(Currency, String)>,
    merchant: SharedNumber,
    sub_merchant: SharedNumber,
    /// Whether a payment is among the rows.
    has_payment: bool,
}

impl Common {
    /// Returns the row's currency; refuses one that differs from the rows before.
    fn currency(&mut self, row: &Row<'_>, columns: &Columns) -> Result<Currency, Box<FileError>> {
        let text = row.raw(columns.currency);
        if let Some((currency, first)) = &self.currency {
            if first == text {
                return Ok(*currency);
            }
            row.currency(columns.currency, text)?;
            let (first, here) = (first.clone(), text.to_owned());
            return Err(row.refuse(columns.currency, Reason::MixedCurrencies { first, here }));
        }
        let currency = row.currency(columns.currency, text)?;
        self.currency = Some((currency, text.to_owned()));
        if let Some(index) = columns.merchant {
            row.whole_number(index, row.text(index))?;
        }
        Ok(currency)
    }

    /// Notes whose row it is, and of which kind.
    fn row(&mut self, row: &Row<'_>, columns: &Columns, kind: LineKind) {
        self.merchant.add(number(row, columns.merchant));
        self.sub_merchant.add(number(row, columns.sub_merchant));
        self.has_payment |= kind == LineKind::Pay;
    }

    /// Refuses rows of several days.
    fn day(&mut self, row: &Row<'_>, columns: &Columns, date: Date) -> Result<(), Box<FileError>> {
        match self.day {
            None => self.day = Some((date, row.line)),
            Some((first, _)) if first == date => {}
            Some((first, first_line)) => {
                let (first, here) = (first.to_string(), date.to_string());
                return Err(row.refuse(columns.time_of(row), Reason::MixedDays { first, first_line, here }));
            }
        }
        Ok(())
    }

    /// Returns the head of a bill that covers `covers` by its header. A payment among refunds shows that it
    /// lists all.
    fn head(self, covers: Coverage) -> BillHead {
        let refunds_only = matches!(covers, Coverage::Refunds | Coverage::RechargeRefunds);
        BillHead {
            day: self.day.map(|(day, _)| day),
            merchant_id: self.merchant.number(),
            sub_merchant: self.sub_merchant.number(),
            covers: if refunds_only && self.has_payment { Coverage::All } else { covers },
            until: None,
        }
    }
}

/// Reads a trade bill.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let mut lines = Lines::new(input, Encoding::Either);
    let Some(first) = lines.next()? else { return Err(FileError::whole(Reason::Empty {}).into()) };
    if NO_BILL.iter().any(|answer| first.text.contains(answer)) || first.text.starts_with(['<', '{']) {
        let first = first.text.to_owned();
        no_bill(&first, lines)?;
        return Ok(BillSummary::new(BillHead::default(), settings.currency));
    }
    let header = names(first)?;
    let columns = Columns::of(&header)?;
    let zone = TimeZone::fixed(CHINA);
    let mut fields = Fields::new(Style::Backtick);
    let mut common = Common::default();
    let mut totals = Totals::default();
    let mut summary = BillSummary::new(BillHead::default(), settings.currency);
    while let Some(line) = lines.next_row(bad)? {
        if line.text.trim_start_matches(['"', '`', ' ']).starts_with(COUNT) {
            if bad.any() {
                return Ok(summary);
            }
            let footer = names(line)?;
            summary.currency = common.currency.as_ref().map_or(settings.currency, |(c, _)| *c);
            totals.check(&mut lines, &footer, &columns.amounts, summary.currency)?;
            summary.head = common.head(columns.covers());
            return Ok(summary);
        }
        let read = data_row(&header, &mut fields, line).and_then(|row| {
            let currency = common.currency(&row, &columns)?;
            let line = columns.line(&row, currency, &zone, &mut totals)?;
            common.day(&row, &columns, line.occurred_at.date())?;
            common.row(&row, &columns, line.kind);
            summary.add(&line).map_err(|reason| FileError::at(row.line, reason))?;
            Ok(line)
        });
        match read {
            Ok(line) => each(line).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::FooterMissing { what: COUNT.to_owned() }).into())
}

/// Reads a line of names, of the columns or of the footer's figures. Some downloads have quotes, back-ticks or a
/// colon around them.
fn names(line: Line<'_>) -> Result<Header, Box<FileError>> {
    let plain = |name: &str| name.trim_matches(['"', '`', ' ', '\t', ':', '：']).to_owned();
    Header::new(line.text.split(',').map(plain), line.number)
}

/// Returns a data row. If a field lacks its back-tick and the row therefore has too few fields, the refusal
/// names that field.
fn data_row<'a>(
    header: &'a Header,
    fields: &'a mut Fields,
    line: Line<'a>,
) -> Result<Row<'a>, Box<FileError>> {
    let record = fields.split(line)?;
    if record.len() < header.len() && line.text.split(',').count() == header.len() {
        let bare = line.text.split(',').position(|field| !field.starts_with('`'));
        if let Some(index) = bare {
            return Err(header.refuse(index, line.number, Reason::MissingBacktick {}));
        }
    }
    header.row(record, line.number)
}

/// Returns whether the file is the answer in place of a bill: XML, JSON or a line without commas.
fn says_no_bill(head: &Head<'_>) -> bool {
    if head.first().starts_with(['{', '<']) {
        NO_BILL.iter().any(|answer| head.contains(answer))
    } else {
        NO_BILL.iter().any(|answer| head.first().contains(answer)) && !head.first().contains(',')
    }
}

/// Checks the answer for a day without a bill.
fn no_bill<R: Read>(first: &str, mut lines: Lines<R>) -> Result<(), Box<FileError>> {
    let says = |text: &str| NO_BILL.iter().any(|answer| text.contains(answer));
    let start = shown(first);
    let mut found = says(first);
    while let Some(line) = lines.next()? {
        found = found || says(line.text);
        if line.number > NO_BILL_LINES {
            return Err(FileError::at(line.number, Reason::TextAfterFooter {}));
        }
    }
    if found { Ok(()) } else { Err(FileError::at(1, Reason::Unrecognised { start })) }
}

#[cfg(test)]
#[path = "wechat_tests.rs"]
mod tests;
