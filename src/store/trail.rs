//! What the trail of money reads: trades, vouchers and entries by lists of their numbers.

use super::engine::{Param, Reader, StoreError, all};
use crate::domain::id::{AccountCode, Party, TradeNo, VoucherNo};
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// What a trade pays, as known now. Amounts are in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidTrade {
    /// Its number.
    pub trade_no: TradeNo,
    /// Its kind.
    pub kind: TradeKind,
    /// Of a counter trade the kind that it undoes.
    pub counters: Option<TradeKind>,
    /// Its channel.
    pub channel: Channel,
    /// Its status.
    pub status: TradeStatus,
    /// What the channel pays of it, without sign.
    pub paid_minor: i64,
    /// The channel's fee.
    pub fee_minor: i64,
    /// Its currency.
    pub currency: String,
    /// Its day.
    pub day: Date,
    /// The customer.
    pub customer: Option<Party>,
    /// The merchant.
    pub merchant: Option<Party>,
}

/// An entry of a voucher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its voucher.
    pub voucher_no: VoucherNo,
    /// Accounting day of the voucher.
    pub day: Date,
    /// Text of the voucher.
    pub memo: String,
    /// The voucher's trade.
    pub trade_no: Option<TradeNo>,
    /// Its account.
    pub account: AccountCode,
    /// Its number in the account's chain.
    pub seq: i64,
    /// What it moves in minor units, positive if debited.
    pub moved_minor: i64,
    /// Its currency.
    pub currency: String,
}

/// Returns numbers as a JSON list.
fn list<'n>(numbers: impl IntoIterator<Item = &'n str>) -> String {
    serde_json::Value::from_iter(numbers).to_string()
}

/// Returns what trades pay, in the order of their arrival.
pub fn paid_trades<R: Reader + ?Sized>(
    reader: &mut R,
    trades: &BTreeSet<TradeNo>,
) -> Result<Vec<PaidTrade>, StoreError> {
    if trades.is_empty() {
        return Ok(Vec::new());
    }
    all(
        reader,
        "SELECT t.trade_no, t.kind, t.counters, t.channel, t.status_now, t.paid_now, t.fee_now, t.currency, t.business_date, t.customer, \
                t.merchant \
           FROM json_each(?1) j CROSS JOIN trade_now t ON t.trade_no = j.value ORDER BY t.id",
        &[Param::Text(&list(trades.iter().map(TradeNo::as_str)))],
        |row| {
            Ok(PaidTrade {
                trade_no: row.parse(0)?,
                kind: row.parse(1)?,
                counters: row.maybe_parse(2)?,
                channel: row.parse(3)?,
                status: row.parse(4)?,
                paid_minor: row.int(5)?,
                fee_minor: row.int(6)?,
                currency: row.text(7)?.to_owned(),
                day: row.parse(8)?,
                customer: row.maybe_parse(9)?,
                merchant: row.maybe_parse(10)?,
            })
        },
    )
}

/// Returns the trades that bear references, each with its reference.
pub fn trades_of_references<R: Reader + ?Sized>(
    reader: &mut R,
    references: &BTreeSet<String>,
) -> Result<Vec<(String, TradeNo)>, StoreError> {
    if references.is_empty() {
        return Ok(Vec::new());
    }
    all(
        reader,
        "SELECT t.channel_ref, t.trade_no FROM json_each(?1) j CROSS JOIN trade t ON t.channel_ref = j.value ORDER BY t.id",
        &[Param::Text(&list(references.iter().map(String::as_str)))],
        |row| Ok((row.text(0)?.to_owned(), row.parse(1)?)),
    )
}

/// Returns the vouchers of a trade, oldest first.
pub fn vouchers_of_trades<R: Reader + ?Sized>(
    reader: &mut R,
    trades: &BTreeSet<TradeNo>,
) -> Result<Vec<VoucherNo>, StoreError> {
    if trades.is_empty() {
        return Ok(Vec::new());
    }
    all(
        reader,
        "SELECT v.voucher_no FROM json_each(?1) j CROSS JOIN trade t ON t.trade_no = j.value CROSS JOIN voucher v ON v.trade = t.id \
         ORDER BY v.id",
        &[Param::Text(&list(trades.iter().map(TradeNo::as_str)))],
        |row| row.parse(0),
    )
}

/// Returns the vouchers of the newest entries of an account, at most `most`.
pub fn newest_of_account<R: Reader + ?Sized>(
    reader: &mut R,
    account: i64,
    most: usize,
) -> Result<Vec<VoucherNo>, StoreError> {
    all(
        reader,
        "SELECT v.voucher_no FROM entry e CROSS JOIN voucher v ON v.id = e.voucher WHERE e.account = ?1 ORDER BY e.seq DESC LIMIT ?2",
        &[Param::Int(account), Param::Int(i64::try_from(most).unwrap_or(i64::MAX))],
        |row| row.parse(0),
    )
}

/// Returns the entries of vouchers, in the order of booking.
pub fn entries_of<R: Reader + ?Sized>(
    reader: &mut R,
    vouchers: &BTreeSet<VoucherNo>,
) -> Result<Vec<TrailEntry>, StoreError> {
    if vouchers.is_empty() {
        return Ok(Vec::new());
    }
    all(
        reader,
        "SELECT v.voucher_no, v.accounting_date, v.memo, t.trade_no, a.code, e.seq, e.side * e.amount_minor, e.currency \
           FROM json_each(?1) j CROSS JOIN voucher v ON v.voucher_no = j.value CROSS JOIN entry e ON e.voucher = v.id \
          CROSS JOIN account a ON a.id = e.account LEFT JOIN trade t ON t.id = v.trade ORDER BY v.id, e.line",
        &[Param::Text(&list(vouchers.iter().map(VoucherNo::as_str)))],
        |row| {
            Ok(TrailEntry {
                voucher_no: row.parse(0)?,
                day: row.parse(1)?,
                memo: row.text(2)?.to_owned(),
                trade_no: row.maybe_parse(3)?,
                account: row.parse(4)?,
                seq: row.int(5)?,
                moved_minor: row.int(6)?,
                currency: row.text(7)?.to_owned(),
            })
        },
    )
}
