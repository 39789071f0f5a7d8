//! Watermarks of the growing tables, so that after a change only the trades it touched are scanned again.

use super::engine::{Param, Reader, StoreError, all, first};
use std::collections::BTreeSet;

/// Last row, or number of rows, of each growing table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    /// Last trade.
    pub trades: i64,
    /// Last voucher.
    pub vouchers: i64,
    /// Last statement.
    pub statements: i64,
    /// Number of corrections of facts and statuses.
    pub corrections: i64,
    /// Number of rule sets.
    pub rules: i64,
    /// Last answer to a channel line.
    pub answers: i64,
    /// Number of accepted vouchers of an older system.
    pub accepted: i64,
}

impl Watermark {
    /// Returns whether findings about untouched trades are still valid.
    #[must_use]
    pub const fn keeps_untouched_findings(&self, now: &Self) -> bool {
        self.statements == now.statements && self.rules == now.rules && self.trades <= now.trades
    }
}

impl Watermark {
    /// Returns whether facts of trades and rules are unchanged, so that results computed from them are
    /// still valid.
    #[must_use]
    pub const fn same_facts(&self, now: &Self) -> bool {
        self.corrections == now.corrections && self.rules == now.rules && self.answers == now.answers
    }
}

/// Reads the watermarks. Each is one seek, or a count of a table that stays small.
pub fn read<R: Reader + ?Sized>(reader: &mut R) -> Result<Watermark, StoreError> {
    let mark = first(
        reader,
        "SELECT (SELECT coalesce(max(id), 0) FROM trade), (SELECT coalesce(max(id), 0) FROM voucher), \
         (SELECT coalesce(max(id), 0) FROM statement), \
         (SELECT count(*) FROM amendment) + (SELECT count(*) FROM trade_status), (SELECT count(*) FROM rule_set), \
         (SELECT coalesce(max(n), 0) FROM answered_line), (SELECT count(*) FROM accepted_voucher)",
        &[],
        |row| {
            Ok(Watermark {
                trades: row.int(0)?,
                vouchers: row.int(1)?,
                statements: row.int(2)?,
                corrections: row.int(3)?,
                rules: row.int(4)?,
                answers: row.int(5)?,
                accepted: row.int(6)?,
            })
        },
    )?;
    Ok(mark.unwrap_or(Watermark {
        trades: 0,
        vouchers: 0,
        statements: 0,
        corrections: 0,
        rules: 0,
        answers: 0,
        accepted: 0,
    }))
}

/// Returns the rows of trades touched between two watermarks.
pub fn touched<R: Reader + ?Sized>(
    reader: &mut R,
    before: &Watermark,
    now: &Watermark,
) -> Result<BTreeSet<i64>, StoreError> {
    let mut rows: BTreeSet<i64> = (before.trades + 1..=now.trades).collect();
    if now.vouchers > before.vouchers {
        rows.extend(all(
            reader,
            "SELECT DISTINCT trade FROM voucher WHERE id > ?1 AND trade IS NOT NULL",
            &[Param::Int(before.vouchers)],
            |row| row.int(0),
        )?);
    }
    if now.corrections != before.corrections {
        rows.extend(all(
            reader,
            "SELECT trade FROM amendment UNION SELECT trade FROM trade_status",
            &[],
            |row| row.int(0),
        )?);
    }
    if now.answers != before.answers {
        rows.extend(super::answered::trades(reader)?);
    }
    Ok(rows)
}

/// Returns whether vouchers without a trade came after a watermark: unclaimed money in suspense may have
/// moved.
pub fn without_trade<R: Reader + ?Sized>(reader: &mut R, before: &Watermark) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM voucher WHERE id > ?1 AND trade IS NULL LIMIT 1";
    Ok(first(reader, sql, &[Param::Int(before.vouchers)], |_| Ok(()))?.is_some())
}

/// Returns the latest business day of any trade.
pub fn newest_day<R: Reader + ?Sized>(reader: &mut R) -> Result<Option<String>, StoreError> {
    Ok(first(reader, "SELECT max(business_date) FROM trade", &[], |row| {
        Ok(row.maybe_text(0)?.map(str::to_owned))
    })?
    .flatten())
}
