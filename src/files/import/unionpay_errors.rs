//! UnionPay's file of error trades (差错交易, `INN…ZME_…`): records of fixed width in GBK, without header or footer.
//!
//! The layout is that of UnionPay's interface specification, part 3 (6.2), as its sample programs and public readers of
//! the file have it: 21 fields and a reserve of 135 bytes, together 339.
//!
//! An error trade is a movement of its own: the channel takes money back (退单) or gives it again (再请款) long after
//! the trade. Which way it goes follows from its code, and what is settled must bear it out, as in the file of trades.
//! Of a code that is not documented, or not which way its money goes, what is settled tells the way; where that fits no
//! way, the record is refused, not guessed.
//!
//! The file names no order, neither of the error trade nor of the trade it is about. So the line's reference is code,
//! official word, trace number and time of the error trade, for example `E23-退单-000301-0915101010`: only the channel
//! has it until a person decides about it, and every list shows the word. Such a file lists no trade of the day, so it
//! says of none that it is missing.

use super::bad_rows::BadRows;
use super::bill::BillSummary;
use super::fixed::{self, FixedField, FixedLayout, FixedRecord};
use super::head::{Head, Mark};
use super::reader::{Reader, Settings};
use super::reason::{FileError, ReadError, Reason};
use super::unionpay_file::{self, CURRENCY, MerchantFile, fees, settled, sign, way_settled};
use crate::domain::id::ChannelRef;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::TradeStatus;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::Read;

/// The reader of UnionPay's files of error trades.
pub(super) static READER: Reader =
    Reader { option: "unionpay-errors", marks: &[Mark::Last(looks_like_errors)], columns: &[] };

/// The layout of a record.
const LAYOUT: FixedLayout = FixedLayout { fields: &FIELDS, width: 339, parted: 21 };

/// Its fields.
const FIELDS: [FixedField; 22] = fixed::fields([
    ("交易代码", 3),
    ("代理机构标识码", 11),
    ("发送机构标识码", 11),
    ("系统跟踪号", 6),
    ("交易传输时间", 10),
    ("账号", 19),
    ("交易金额", 12),
    ("商户类型", 4),
    ("终端类型", 2),
    ("支付卡类型", 2),
    ("上一笔交易的系统跟踪号", 6),
    ("上一笔交易的日期时间", 10),
    ("上一笔交易清算日期", 4),
    ("上一笔交易金额", 12),
    ("商户手续费", 13),
    ("结算金额", 13),
    ("集团商户代码", 15),
    ("商户代码", 15),
    ("分账清算标识", 1),
    ("分期付款附加手续费", 12),
    ("分期付款期数", 2),
    ("保留使用", 135),
]);

/// Indexes of the fields that are read.
const CODE: usize = 0;
const TRACE: usize = 3;
const TIME: usize = 4;
const AMOUNT: usize = 6;
const FEE: usize = 14;
const SETTLED: usize = 15;
const MERCHANT: usize = 17;
const INSTALMENT_FEE: usize = 19;

/// A code of error trades, its official word, and which way the merchant's money goes; `None` if that is not
/// documented.
type ErrorCode = (&'static str, &'static str, Option<LineKind>);

/// The letter with which codes of trades begin; those have a file of their own.
const TRADES: char = 'S';

const CODES: &[ErrorCode] = &[
    ("E05", "调单回复", None),
    ("E22", "请款", Some(LineKind::Pay)),
    ("E23", "退单", Some(LineKind::Refund)),
    ("E24", "再请款", Some(LineKind::Pay)),
    ("E25", "二次退单", Some(LineKind::Refund)),
    ("E32", "贷记调整", Some(LineKind::Refund)),
    ("E33", "一般转账转入贷记调整", None),
    ("E34", "一般转账转出贷记调整", None),
    ("E35", "一般转账转入对贷记调整的请款", None),
    ("E36", "一般转账转出请款", None),
    ("E73", "差错例外", Some(LineKind::Refund)),
    ("E74", "能查到原交易的手工退货", Some(LineKind::Refund)),
    ("E80", "贷记调整(存入类)", None),
    ("E84", "不能查到原交易的手工退货", Some(LineKind::Refund)),
    ("H01", "追扣", None),
    ("2", "交易挂账", None),
    ("3", "交易解挂", None),
];

/// The word of a code that is not documented.
const UNKNOWN: &str = "未知差错";

/// Returns the official word of a record's code, and which way its money goes.
fn code(row: &FixedRecord<'_>, amount: i64, fees: i64) -> Result<(&'static str, LineKind), Box<FileError>> {
    let text = row.filled(CODE)?;
    let known = || {
        let known = CODES.iter().filter(|(.., way)| way.is_some());
        known.map(|(code, word, _)| format!("{code} {word}")).collect::<Vec<_>>().join(", ")
    };
    let value = || row.shown(CODE);
    match CODES.iter().find(|(code, ..)| *code == text) {
        Some((_, word, Some(way))) => Ok((word, *way)),
        Some((_, word, None)) => {
            if let Some(way) = way_settled(row, SETTLED, amount, fees) {
                return Ok((word, way));
            }
            let (value, word) = (value(), (*word).to_owned());
            Err(row.refuse(CODE, Reason::ErrorWayUnknown { value, word, known: known() }))
        }
        // Codes of trades belong into the file of trades.
        None if text.starts_with(TRADES) => {
            Err(row.refuse(CODE, Reason::UnknownWord { value: value(), allowed: known() }))
        }
        None => match way_settled(row, SETTLED, amount, fees) {
            Some(way) => Ok((UNKNOWN, way)),
            None => Err(row.refuse(CODE, Reason::UnknownWord { value: value(), allowed: known() })),
        },
    }
}

/// Reads a record.
fn line(row: &FixedRecord<'_>, day: Date, zone: &TimeZone) -> Result<StatementLine, Box<FileError>> {
    row.filled(CODE)?;
    let (amount, fees) = (row.minor(AMOUNT)?, fees(row, FEE, INSTALMENT_FEE)?);
    let (word, kind) = code(row, amount, fees)?;
    settled(row, SETTLED, amount * sign(kind) + fees)?;
    let occurred_at = row.time(TIME, day, zone)?;
    let number = format!("{}-{}", row.filled(TRACE)?, row.filled(TIME)?);
    let reference = format!("{}-{word}-{number}", row.filled(CODE)?);
    let channel_ref: ChannelRef = reference.parse().map_err(|_| row.refuse(TRACE, Reason::EmptyField {}))?;
    let merchant: ChannelRef = row.name(MERCHANT)?;
    Ok(StatementLine {
        line: row.line,
        kind,
        channel_ref,
        original_ref: None,
        channel_no: number,
        amount_minor: amount,
        fee_minor: -fees,
        currency: CURRENCY,
        status: TradeStatus::Succeeded,
        occurred_at,
        merchant_no: Some(merchant.as_str().to_owned()),
        merchant_discount_minor: 0,
        channel_discount_minor: 0,
        trouble: None,
    })
}

/// Reads a file of error trades.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let covers = Coverage::Errors;
    let file = MerchantFile { layout: LAYOUT, merchant: MERCHANT, sub_merchant: None, covers, line };
    unionpay_file::read(input, settings, &file, bad, each)
}

/// Returns whether the first line has the form of a record: the amounts with a letter are where they belong.
fn looks_like_errors(head: &Head<'_>) -> bool {
    head.begins_as_unionpay() && fixed::is_signed(head, &FIELDS[SETTLED])
}

#[cfg(test)]
#[path = "unionpay_errors_tests.rs"]
mod tests;
