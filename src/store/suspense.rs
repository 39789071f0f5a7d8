//! Open items in suspense (挂账): each opened by one voucher, cleared as a whole by one other.

use super::append::{account_head, side_of};
use super::row::{Param, Row};
use super::{Reader, Sink, StoreError, all, first};
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use jiff::civil::Date;

/// An open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Place of the voucher that opened it.
    pub voucher: i64,
    /// Its number.
    pub voucher_no: VoucherNo,
    /// The suspense account.
    pub account: AccountCode,
    /// Debit-positive minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Currency,
    /// The trade behind it.
    pub trade_no: Option<TradeNo>,
    /// Accounting day it was opened on.
    pub opened_on: Date,
    /// When it was opened.
    pub opened_at: crate::domain::period::Moment,
}

/// Items that neither a clearing nor a reversal has ended.
const OPEN: &str = "SELECT o.voucher, v.voucher_no, a.code, o.amount_minor, a.currency, \
     (SELECT t.trade_no FROM trade t WHERE t.id = v.trade), v.accounting_date, v.posted_at \
     FROM open_item o JOIN voucher v ON v.id = o.voucher JOIN account a ON a.id = o.account \
     WHERE NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.voucher) \
     AND (o.cleared_by IS NULL OR EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.cleared_by))";

fn item(row: &Row<'_>) -> Result<OpenItem, StoreError> {
    Ok(OpenItem {
        voucher: row.int(0)?,
        voucher_no: row.parse(1)?,
        account: row.parse(2)?,
        amount_minor: row.int(3)?,
        currency: row.parse(4)?,
        trade_no: row.maybe_parse(5)?,
        opened_on: row.parse(6)?,
        opened_at: row.parse(7)?,
    })
}

/// The open items, oldest first; at most `limit`.
///
/// # Errors
/// A fault of the engine.
pub fn open_items<R: Reader + ?Sized>(reader: &mut R, limit: i64) -> Result<Vec<OpenItem>, StoreError> {
    all(reader, &format!("{OPEN} ORDER BY o.voucher LIMIT ?1"), &[Param::Int(limit)], item)
}

/// The item that a voucher opened, where it is still open.
///
/// # Errors
/// A fault of the engine.
pub fn open_item<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
    first(reader, &format!("{OPEN} AND o.voucher = ?1"), &[Param::Int(voucher)], item)
}

/// Whether an event's amount went to suspense and was not taken back: it is not to be posted beside that.
///
/// # Errors
/// A fault of the engine.
pub fn is_parked<R: Reader + ?Sized>(reader: &mut R, trade: i64, event: i64) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM voucher v WHERE v.trade = ?1 AND v.event = ?2 AND v.kind = 'park' \
               AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id))";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(event)], |row| row.flag(0))?.unwrap_or(false))
}

/// Opens an item for the voucher just written.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn open<S: Sink + ?Sized>(
    sink: &mut S,
    voucher: i64,
    account: &AccountCode,
    amount_minor: i64,
) -> Result<(), StoreError> {
    let head = account_head(sink, account)?
        .ok_or_else(|| Rejection::new(Code::AccountUnknown).with("account", account))?;
    sink.run(
        "INSERT INTO open_item (voucher, account, amount_minor) VALUES (?1, ?2, ?3)",
        &[Param::Int(voucher), Param::Int(head.id), Param::Int(amount_minor)],
    )
}

/// Clears an item by the voucher just written.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn clear<S: Sink + ?Sized>(sink: &mut S, item: i64, by: i64) -> Result<(), StoreError> {
    sink.run("UPDATE open_item SET cleared_by = ?2 WHERE voucher = ?1", &[Param::Int(item), Param::Int(by)])
}

/// The side an item stands on.
#[must_use]
pub const fn side(item: &OpenItem) -> crate::domain::account::Side {
    side_of(item.amount_minor)
}
