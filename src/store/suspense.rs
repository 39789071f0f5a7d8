//! Open items in suspense (挂账): each opened by one voucher, cleared as a whole by one other.

use super::accounts::account_head;
use super::engine::{Param, Reader, Sink, StoreError, first, row::side_of};
use crate::domain::id::{AccountCode, VoucherNo};
use crate::domain::rejection::{Code, Rejection};

/// An open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Place of the voucher that opened it.
    pub voucher: i64,
    /// The suspense account.
    pub account: AccountCode,
    /// Debit-positive minor units.
    pub amount_minor: i64,
    /// The voucher that cleared it, while that stands.
    pub cleared_by: Option<VoucherNo>,
}

/// Of an event `e`: that no part of it is in suspense, or was and went elsewhere from there.
pub(super) const NOT_PARKED: &str = "NOT EXISTS (SELECT 1 FROM voucher p WHERE p.trade = e.trade AND p.event = e.id AND p.kind = 'park' \
     AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id))";

/// The item that a voucher opened and nobody took back, cleared or not.
///
/// # Errors
/// A fault of the engine.
pub fn item<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
    let sql = "SELECT o.voucher, a.code, o.amount_minor, (SELECT v.voucher_no FROM voucher v WHERE v.id = o.cleared_by \
           AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = v.id)) \
         FROM open_item o JOIN account a ON a.id = o.account WHERE o.voucher = ?1 \
         AND NOT EXISTS (SELECT 1 FROM voucher r WHERE r.reverses = o.voucher)";
    first(reader, sql, &[Param::Int(voucher)], |row| {
        Ok(OpenItem {
            voucher: row.int(0)?,
            account: row.parse(1)?,
            amount_minor: row.int(2)?,
            cleared_by: row.maybe_parse(3)?,
        })
    })
}

/// The item that a voucher opened, where it is still open.
///
/// # Errors
/// A fault of the engine.
pub fn open_item<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
    Ok(item(reader, voucher)?.filter(|item| item.cleared_by.is_none()))
}

/// Whether an event's amount went to suspense and was not taken back: it is not to be posted beside that.
///
/// # Errors
/// A fault of the engine.
pub fn is_parked<R: Reader + ?Sized>(reader: &mut R, event: i64) -> Result<bool, StoreError> {
    let sql = format!("SELECT NOT ({NOT_PARKED}) FROM event e WHERE e.id = ?1");
    Ok(first(reader, &sql, &[Param::Int(event)], |row| row.flag(0))?.unwrap_or(false))
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
