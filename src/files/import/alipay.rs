//! Alipay's trade detail (业务明细): `#` lines about the bill, a header, rows, `#` lines with the totals.
//!
//! Signs depend on the program that generated the file (a cost is `-1.20` or `1.20`, a refund `-80.00` or
//! `80.00`), so the kind of business (`业务类型`) decides, not the sign: the service fee of a payment is kept
//! by the channel, that of a refund is returned. A file with both signs for the same kind of amount is
//! refused: one of the rows must mean something else.
//!
//! Alipay pays `商家实收`. What the order is more than that, the merchant bears (`商家优惠`, `商家红包`); red packets,
//! points and discounts of Alipay's own are paid like money.

use super::alipay_totals::{Period, Sign, Totals, beginning};
use super::bad_rows::BadRows;
use super::bill::{BillHead, BillSummary, CHINA};
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use crate::domain::id::ChannelRef;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::statement::{LineKind, StatementLine};
use crate::domain::trade::TradeStatus;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::Read;

/// The reader of Alipay's trade details.
pub(super) static READER: Reader = Reader {
    option: "alipay",
    marks: &[
        Mark::Columns(&["支付宝交易号", "业务类型", "完成时间"]),
        Mark::Title("支付宝业务明细"),
        Mark::Title("业务明细列表"),
    ],
    columns: &[],
};

/// Alipay's amounts are in yuan, as their column names say.
const CURRENCY: Currency = Currency::CNY;

const KINDS: &[&str] = &["交易", "退款"];

/// Indexes of the columns.
struct Columns {
    number: usize,
    order: usize,
    kind: usize,
    time: usize,
    amount: usize,
    received: usize,
    discount: Option<usize>,
    /// Red packets, points and discounts that Alipay bears.
    of_channel: [Option<usize>; 3],
    refund: usize,
    fee: usize,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        Ok(Self {
            number: header.need(&["支付宝交易号", "支付宝流水号"])?,
            order: header.need(&["商户订单号"])?,
            kind: header.need(&["业务类型"])?,
            time: header.need(&["完成时间"])?,
            amount: header.need(&["订单金额(元)", "订单金额"])?,
            received: header.need(&["商家实收(元)", "商家实收"])?,
            discount: header.find(&["商家优惠(元)", "商家优惠"]),
            of_channel: [
                header.find(&["支付宝红包(元)", "支付宝红包"]),
                header.find(&["集分宝(元)", "集分宝"]),
                header.find(&["支付宝优惠(元)", "支付宝优惠"]),
            ],
            refund: header.need(&["退款批次号/请求号", "退款批次号", "退款请求号"])?,
            fee: header.need(&["服务费(元)", "服务费"])?,
        })
    }

    fn line(&self, row: &Row<'_>, zone: &TimeZone, file: &mut File) -> Result<StatementLine, Box<FileError>> {
        let refund = match row.text(self.kind) {
            "交易" => false,
            "退款" => true,
            _ => return Err(row.unknown_word(self.kind, KINDS)),
        };
        let amount = |index: usize| row.amount(index, row.text(index), CURRENCY);
        let (order_minor, fee_minor) = (amount(self.amount)?, amount(self.fee)?);
        if !refund {
            row.amount_unsigned(self.amount, row.text(self.amount), CURRENCY)?;
        }
        let signs = &mut file.signs[usize::from(refund)];
        signs.amount.check(row, self.amount, order_minor)?;
        signs.fee.check(row, self.fee, fee_minor)?;
        let discount = self.discount.map_or(Ok(0), amount)?;
        let received = amount(self.received)?;
        if received.abs() > order_minor.abs() {
            let (value, amount) = (shown(row.text(self.received)), shown(row.text(self.amount)));
            return Err(row.refuse(self.received, Reason::ReceivedTooMuch { value, amount }));
        }
        let mut borne_minor = 0_i64;
        for index in self.of_channel.into_iter().flatten() {
            borne_minor = borne_minor.saturating_add(amount(index)?.abs());
        }
        let totals = &mut file.totals[usize::from(refund)];
        totals.add(received, discount).map_err(|reason| FileError::at(row.line, reason))?;
        let order: ChannelRef = row.name(self.order, row.text(self.order))?;
        let number: ChannelRef = row.name(self.number, row.text(self.number))?;
        let occurred_at = row.local_time(self.time, row.text(self.time), zone)?;
        let line = StatementLine {
            line: row.line,
            kind: LineKind::Pay,
            channel_ref: order,
            original_ref: None,
            channel_no: number.as_str().to_owned(),
            amount_minor: order_minor.abs(),
            fee_minor: fee_minor.abs(),
            currency: CURRENCY,
            status: TradeStatus::Succeeded,
            occurred_at,
            merchant_no: None,
            merchant_discount_minor: (order_minor.abs() - received.abs()).max(0),
            channel_discount_minor: borne_minor,
            trouble: None,
        };
        if !refund {
            return Ok(line);
        }
        // A refund without a number of its own, as one made by hand, has the order's; Alipay's number is that
        // of the payment.
        let is_numbered = !row.text(self.refund).is_empty();
        let own = if is_numbered { self.refund } else { self.order };
        Ok(StatementLine {
            kind: LineKind::Refund,
            original_ref: Some(line.channel_ref.clone()),
            channel_ref: row.name(own, row.text(own))?,
            fee_minor: -line.fee_minor,
            channel_no: if is_numbered { line.channel_no.clone() } else { file.number_of(&line) },
            ..line
        })
    }
}

#[derive(Debug, Default)]
struct Signs {
    amount: Sign,
    fee: Sign,
}

/// State while the rows are read; pairs are payments and refunds.
struct File {
    period: Period,
    signs: [Signs; 2],
    totals: [Totals; 2],
    /// How often a refund without a number of its own came with one number of the payment, time and amount.
    unnumbered: BTreeMap<String, u32>,
}

impl File {
    /// Returns a number for a refund that has none: that of its payment with its own time and amount, so that it is the
    /// same in every bill that lists it, and each of several refunds of an order has another.
    fn number_of(&mut self, refund: &StatementLine) -> String {
        let time = refund.occurred_at.local().strftime("%Y%m%d%H%M%S");
        let number = format!("{}-{time}-{}", refund.channel_no, refund.amount_minor);
        let count = self.unnumbered.entry(number.clone()).or_default();
        *count += 1;
        if *count > 1 { format!("{number}-{count}") } else { number }
    }
}

/// Reads a trade detail; its amounts and times depend on no setting of the ledger.
pub(super) fn read<E>(
    input: impl Read,
    _settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let mut lines = Lines::new(input, Encoding::Either);
    let mut fields = Fields::new(Style::Lenient);
    let (preamble, header) = beginning(&mut lines, &mut fields, "支付宝交易号")?;
    let columns = Columns::of(&header)?;
    let said = preamble.finish()?;
    let (period, merchant_id) = (said.day()?, said.account);
    let head = BillHead { day: Some(period.day), merchant_id: merchant_id.clone(), ..BillHead::default() };
    let mut summary = BillSummary::new(head, CURRENCY);
    let mut file =
        File { period, signs: Default::default(), totals: Default::default(), unnumbered: BTreeMap::new() };
    let zone = TimeZone::fixed(CHINA);
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        if line.text.starts_with('#') {
            if bad.any() {
                return Ok(summary);
            }
            if !line.text.contains("列表结束") {
                return Err(FileError::at(number, Reason::BadFooter { value: shown(line.text) }).into());
            }
            let exported = super::alipay_totals::check(&mut lines, &file.totals, CURRENCY)?;
            // Exported while its day still ran: what came later is in no bill yet.
            let early = exported.filter(|time| time.date() == file.period.day);
            let until = early.into_iter().chain(file.period.until).min();
            summary.head.until =
                until.and_then(|time| CHINA.to_timestamp(time).ok()).map(|at| Moment::new(at, &zone));
            return Ok(summary);
        }
        let read = fields.split(line).and_then(|record| {
            let row = header.row(record, number)?;
            let mut line = columns.line(&row, &zone, &mut file)?;
            line.merchant_no.clone_from(&merchant_id);
            if line.occurred_at.date() != file.period.day {
                let (day, value) = (file.period.day.to_string(), shown(row.text(columns.time)));
                return Err(row.refuse(columns.time, Reason::OutsideDay { day, value }));
            }
            summary.add(&line).map_err(|reason| FileError::at(number, reason))?;
            Ok(line)
        });
        match read {
            Ok(line) => each(line).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::FooterMissing { what: "业务明细列表结束".to_owned() }).into())
}

#[cfg(test)]
#[path = "alipay_tests.rs"]
mod tests;
