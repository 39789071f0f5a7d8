//! UnionPay's file of trades (全渠道商户对账文件, `INN…ZM_…`): records of fixed width in GBK, without header or
//! footer.
//!
//! The layout is that of UnionPay's interface specification, part 3 (全渠道平台接入接口规范 第3部分 文件接口, 6.1), as
//! its sample programs and public readers of the file have it: 40 fields and a reserve of 131 bytes, in newer
//! generations the number of the payment's order (原始交易订单号, 32 bytes) and a reserve of 98. Both are 607 bytes.
//!
//! The type of the trade (交易类型) says which way the money goes, as UnionPay's interface documents it. The amounts
//! must bear it out: what is settled (结算金额) is the amount, or the cleared amount (清算金额) of generations that
//! have it, with the fee (商户手续费); `C` is what the merchant receives and `D` what it pays. A record for which that
//! is not so is refused. Of a type that is not known, what is settled tells the way: a payment, or what goes back. The
//! cleared amount may be less than that of the order: the rest is a discount that the
//! merchant bears.
//!
//! Times have no year, so that the day of the file's name is needed. A refund names the order of its payment in newer
//! generations alone; the payment's number at UnionPay (原交易查询流水号), which all have, is not the trade layer's
//! reference and is not taken for it. Nothing tells the end of the file: one that was cut behind a record is a shorter
//! one.

use super::bad_rows::BadRows;
use super::bill::BillSummary;
use super::fixed::{self, FixedField, FixedLayout, FixedRecord};
use super::head::{Head, Mark};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason};
use super::unionpay_file::{self, CURRENCY, MerchantFile, fees, settled, sign, way_settled, yuan};
use crate::domain::id::ChannelRef;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::TradeStatus;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::Read;

/// The reader of UnionPay's files of trades.
pub(super) static READER: Reader =
    Reader { option: "unionpay", marks: &[Mark::Last(looks_like_trades)], columns: &[] };

/// The layout of a record.
const LAYOUT: FixedLayout = FixedLayout { fields: &FIELDS, width: 607, parted: 40 };

/// Its fields; the last two are part of the reserve.
const FIELDS: [FixedField; 42] = fixed::fields([
    ("交易代码", 3),
    ("代理机构标识码", 11),
    ("发送机构标识码", 11),
    ("系统跟踪号", 6),
    ("交易传输时间", 10),
    ("账号", 19),
    ("交易金额", 12),
    ("商户类别", 4),
    ("终端类型", 2),
    ("查询流水号", 21),
    ("支付方式（旧）", 2),
    ("商户订单号", 32),
    ("支付卡类型", 2),
    ("原始交易的系统跟踪号", 6),
    ("原始交易日期时间", 10),
    ("商户手续费", 13),
    ("结算金额", 13),
    ("支付方式", 4),
    ("集团商户代码", 15),
    ("交易类型", 2),
    ("交易子类", 2),
    ("业务类型", 6),
    ("账号类型", 2),
    ("账单类型", 4),
    ("账单号码", 32),
    ("交互方式", 1),
    ("原交易查询流水号", 21),
    ("商户代码", 15),
    ("分账入账方式", 1),
    ("二级商户代码", 15),
    ("二级商户简称", 32),
    ("二级商户分账入账金额", 13),
    ("清算净额", 13),
    ("终端号", 8),
    ("商户自定义域", 32),
    ("优惠金额", 13),
    ("发票金额", 13),
    ("分期付款附加手续费", 12),
    ("分期付款期数", 2),
    ("交易介质", 1),
    ("原始交易订单号", 32),
    ("清算金额", 13),
]);

/// Indexes of the fields that are read.
const CODE: usize = 0;
const TIME: usize = 4;
const AMOUNT: usize = 6;
const NUMBER: usize = 9;
const ORDER: usize = 11;
const FEE: usize = 15;
const SETTLED: usize = 16;
const TYPE: usize = 19;
const MERCHANT: usize = 27;
const SUB_MERCHANT: usize = 29;
const SPLIT: usize = 31;
const NET: usize = 32;
const DISCOUNT: usize = 35;
const INSTALMENT_FEE: usize = 37;
const ORIGINAL_ORDER: usize = 40;
const CLEARED: usize = 41;

/// What the types of trades (交易类型) that move a merchant's money are.
const TYPES: &[(&str, &str, LineKind)] = &[
    ("01", "消费", LineKind::Pay),
    ("03", "预授权完成", LineKind::Pay),
    ("11", "代收", LineKind::Pay),
    ("13", "账单支付", LineKind::Pay),
    ("04", "退货", LineKind::Refund),
    ("31", "消费撤销", LineKind::Revoke),
    ("33", "预授权完成撤销", LineKind::Revoke),
];

/// The letter with which codes of error trades begin; those have a file of their own.
const ERRORS: char = 'E';

/// Returns what a record is.
fn kind(row: &FixedRecord<'_>) -> Result<LineKind, Box<FileError>> {
    let code = row.filled(CODE)?;
    if code.starts_with(ERRORS) {
        let (value, allowed) = (row.shown(CODE), "S22, S30, …".to_owned());
        return Err(row.refuse(CODE, Reason::UnknownWord { value, allowed }));
    }
    let word = row.filled(TYPE)?;
    let known = TYPES.iter().find(|(known, ..)| *known == word).map(|(.., kind)| *kind);
    if let Some(kind) = known {
        return Ok(kind);
    }
    let cleared = row.signed_if(CLEARED).map_or(row.minor(AMOUNT)?, i64::abs);
    way_settled(row, SETTLED, cleared, fees(row, FEE, INSTALMENT_FEE)?).ok_or_else(|| {
        let allowed: Vec<String> = TYPES.iter().map(|(word, name, _)| format!("{word} {name}")).collect();
        row.refuse(TYPE, Reason::UnknownWord { value: row.shown(TYPE), allowed: allowed.join(", ") })
    })
}

/// The amounts of a record, each positive if the merchant receives it.
struct Amounts {
    /// Of the order or refund.
    amount: i64,
    /// What of it is cleared.
    cleared: i64,
    /// What the merchant receives of fees, of instalments among them.
    fees: i64,
}

impl Amounts {
    /// Reads the amounts and refuses those that do not add up.
    fn of(row: &FixedRecord<'_>, kind: LineKind) -> Result<Self, Box<FileError>> {
        let sign = sign(kind);
        let amount = row.minor(AMOUNT)? * sign;
        let cleared = row.signed_if(CLEARED).unwrap_or(amount);
        if cleared * sign < 0 || cleared.abs() > amount.abs() {
            let (value, amount) = (row.shown(CLEARED), yuan(amount.abs()));
            return Err(row.refuse(CLEARED, Reason::ReceivedTooMuch { value, amount }));
        }
        let fees = fees(row, FEE, INSTALMENT_FEE)?;
        let net = cleared + fees;
        settled(row, SETTLED, net)?;
        // What is passed on to sub-merchants (分账) is told beside the trade; without it all that is settled is paid.
        if row.signed(SPLIT)?.unwrap_or_default() == 0 && row.signed(NET)?.is_some() {
            settled(row, NET, net)?;
        }
        Ok(Self { amount, cleared, fees })
    }
}

/// Reads a record.
fn line(row: &FixedRecord<'_>, day: Date, zone: &TimeZone) -> Result<StatementLine, Box<FileError>> {
    let kind = kind(row)?;
    let Amounts { amount, cleared, fees } = Amounts::of(row, kind)?;
    let discount = row.signed(DISCOUNT)?.unwrap_or_default();
    if discount * amount < 0 || discount.abs() > amount.abs() {
        let (value, amount) = (row.shown(DISCOUNT), yuan(amount.abs()));
        return Err(row.refuse(DISCOUNT, Reason::DiscountTooLarge { value, amount }));
    }
    let number: ChannelRef = row.name(NUMBER)?;
    let original = if kind.comes_in() { None } else { row.maybe_name(ORIGINAL_ORDER)? };
    let sub_merchant: Option<ChannelRef> = row.maybe_name(SUB_MERCHANT)?;
    let merchant: ChannelRef = row.name(MERCHANT)?;
    Ok(StatementLine {
        line: row.line,
        kind,
        channel_ref: row.name(ORDER)?,
        original_ref: original,
        channel_no: number.as_str().to_owned(),
        amount_minor: amount.abs(),
        fee_minor: -fees,
        currency: CURRENCY,
        // The file lists what was cleared.
        status: TradeStatus::Succeeded,
        occurred_at: row.time(TIME, day, zone)?,
        merchant_no: Some(sub_merchant.unwrap_or(merchant).as_str().to_owned()),
        merchant_discount_minor: (amount - cleared).abs(),
        channel_discount_minor: discount.abs(),
        trouble: None,
    })
}

/// Reads a file of trades.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let (sub_merchant, covers) = (Some(SUB_MERCHANT), Coverage::All);
    let file = MerchantFile { layout: LAYOUT, merchant: MERCHANT, sub_merchant, covers, line };
    unionpay_file::read(input, settings, &file, bad, each)
}

/// Returns whether the first line has the form of a record: the settled amount with its letter is where it belongs.
fn looks_like_trades(head: &Head<'_>) -> bool {
    head.begins_as_unionpay() && fixed::is_signed(head, &FIELDS[SETTLED])
}

#[cfg(test)]
#[path = "unionpay_tests.rs"]
mod tests;
