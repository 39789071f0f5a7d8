//! Open items in suspense (挂账): each is opened by one voucher and cleared as a whole by another.

use super::engine::row::side_of;
use super::engine::{Param, Reader, Sink, StoreError, first};
use super::event_id::EventId;
use crate::domain::id::{AccountCode, VoucherNo};

/// An open item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Row of the voucher that opened it.
    pub voucher: i64,
    /// The suspense account.
    pub account: AccountCode,
    /// Debit-positive minor units.
    pub amount_minor: i64,
    /// The voucher that cleared it, if that is not reversed.
    pub cleared_by: Option<VoucherNo>,
}

/// Condition on an event `e`: its amount never went to suspense, or that was reversed.
pub(super) const NOT_PARKED: &str = "NOT EXISTS (SELECT 1 FROM voucher p WHERE p.trade = e.trade AND p.event = e.id AND p.kind = 'park' \
     AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id))";

/// Returns the item that a voucher opened, open or cleared; `None` if the voucher opened none or is
/// reversed.
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

/// Returns the item that a voucher opened, if it is still open.
pub fn open_item<R: Reader + ?Sized>(reader: &mut R, voucher: i64) -> Result<Option<OpenItem>, StoreError> {
    Ok(item(reader, voucher)?.filter(|item| item.cleared_by.is_none()))
}

/// Returns whether an event's amount went to suspense and that is not reversed: then it must not be
/// posted as well.
pub fn is_parked<R: Reader + ?Sized>(reader: &mut R, event: EventId) -> Result<bool, StoreError> {
    let sql = format!("SELECT NOT ({NOT_PARKED}) FROM event e WHERE e.id = ?1");
    Ok(first(reader, &sql, &[Param::Int(event.row())], |row| row.flag(0))?.unwrap_or(false))
}

/// Opens an item for the voucher just written; `amount_minor` is debit-positive.
pub fn open<S: Sink + ?Sized>(
    sink: &mut S,
    voucher: i64,
    account: &AccountCode,
    amount_minor: i64,
) -> Result<(), StoreError> {
    // The voucher's batch may have opened the account itself, and a cluster reads nothing of its own batch.
    sink.run(
        "INSERT INTO open_item (voucher, account, amount_minor) VALUES (?1, (SELECT id FROM account WHERE code = ?2), ?3)",
        &[Param::Int(voucher), Param::Text(account.as_str()), Param::Int(amount_minor)],
    )
}

/// Clears an item by the voucher just written.
pub fn clear<S: Sink + ?Sized>(sink: &mut S, item: i64, by: i64) -> Result<(), StoreError> {
    sink.run("UPDATE open_item SET cleared_by = ?2 WHERE voucher = ?1", &[Param::Int(item), Param::Int(by)])
}

/// Returns the side of an item's amount.
#[must_use]
pub const fn side(item: &OpenItem) -> crate::domain::account::Side {
    side_of(item.amount_minor)
}
