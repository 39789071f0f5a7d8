//! Watermarks of the growing tables: how far something was read, so that later only what came since is read
//! again ([`super::touched`]).

use super::engine::{Param, Reader, StoreError, first};
use serde::{Deserialize, Serialize};

/// Lines of statements that are looked through for unfinished statements if nothing is known yet: more than a
/// statement that is still being written has.
const UNFINISHED: i64 = 1_000_000;

/// Last row, or number of rows, of each growing table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watermark {
    /// Last trade.
    pub trades: i64,
    /// Last voucher.
    pub vouchers: i64,
    /// Last statement.
    pub statements: i64,
    /// Last line before the first one whose statement is still being written.
    pub lines: i64,
    /// Last trade or statement that was touched by a correction, a decision or a change of a statement.
    pub touched: i64,
    /// Last thing that a later list told of a known trade.
    pub news: i64,
    /// Last answer to a channel line.
    pub answers: i64,
    /// Number of accepted vouchers of an older system.
    pub accepted: i64,
    /// Number of rule sets.
    pub rules: i64,
    /// Last statement of an account.
    pub account_statements: i64,
    /// Number of statements of accounts that have ended.
    pub account_ends: i64,
}

impl Watermark {
    /// Returns whether facts of trades and rules are unchanged, so that results computed from them are still valid.
    #[must_use]
    pub const fn same_facts(&self, now: &Self) -> bool {
        self.touched == now.touched
            && self.answers == now.answers
            && self.news == now.news
            && self.rules == now.rules
    }

    /// Returns whether another reader saw an earlier ledger than this: one that was restored since.
    #[must_use]
    pub const fn is_behind(&self, before: &Self) -> bool {
        self.trades < before.trades
            || self.vouchers < before.vouchers
            || self.statements < before.statements
            || self.lines < before.lines
            || self.touched < before.touched
            || self.news < before.news
            || self.answers < before.answers
            || self.accepted < before.accepted
            || self.rules < before.rules
            || self.account_statements < before.account_statements
            || self.account_ends < before.account_ends
    }
}

/// Reads the watermarks; lines are known as far as `lines` from an earlier reading, or from 0. Each is one seek, or
/// a count of a table that stays small.
pub fn read<R: Reader + ?Sized>(reader: &mut R, lines: i64) -> Result<Watermark, StoreError> {
    let sql = format!(
        "SELECT (SELECT coalesce(max(id), 0) FROM trade), (SELECT coalesce(max(id), 0) FROM voucher), \
         (SELECT coalesce(max(id), 0) FROM statement), (SELECT coalesce(max(id), 0) FROM statement_line), \
         (SELECT min(l.id) - 1 FROM statement_line l \
           WHERE l.id > max(?1, (SELECT coalesce(max(id), 0) FROM statement_line) - {UNFINISHED}) \
             AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.id = l.statement)), \
         (SELECT coalesce(max(n), 0) FROM touched), (SELECT coalesce(max(n), 0) FROM trade_news), \
         (SELECT coalesce(max(n), 0) FROM answered_line), (SELECT count(*) FROM accepted_voucher), \
         (SELECT count(*) FROM rule_set), (SELECT coalesce(max(id), 0) FROM account_statement), \
         (SELECT count(*) FROM account_statement_change)"
    );
    let mark = first(reader, &sql, &[Param::Int(lines)], |row| {
        Ok(Watermark {
            trades: row.int(0)?,
            vouchers: row.int(1)?,
            statements: row.int(2)?,
            lines: row.maybe_int(4)?.unwrap_or(row.int(3)?),
            touched: row.int(5)?,
            news: row.int(6)?,
            answers: row.int(7)?,
            accepted: row.int(8)?,
            rules: row.int(9)?,
            account_statements: row.int(10)?,
            account_ends: row.int(11)?,
        })
    })?;
    Ok(mark.unwrap_or_default())
}

/// Returns the latest business day of any trade.
pub fn newest_day<R: Reader + ?Sized>(reader: &mut R) -> Result<Option<String>, StoreError> {
    Ok(first(reader, "SELECT max(business_date) FROM trade", &[], |row| {
        Ok(row.maybe_text(0)?.map(str::to_owned))
    })?
    .flatten())
}
