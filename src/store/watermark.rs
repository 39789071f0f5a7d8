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
    /// Last statement, and the number of changes of statements.
    pub statements: i64,
    /// Number of corrections of facts and statuses by cases, and of claims that cases dismissed.
    pub corrections: i64,
    /// Last thing that a later list told of a known trade.
    pub news: i64,
    /// Number of rule sets.
    pub rules: i64,
    /// Last answer to a channel line.
    pub answers: i64,
    /// Number of decisions of people about matches.
    pub decisions: i64,
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
        self.corrections == now.corrections
            && self.rules == now.rules
            && self.answers == now.answers
            && self.news == now.news
    }
}

/// Reads the watermarks. Each is one seek, or a count of a table that stays small.
pub fn read<R: Reader + ?Sized>(reader: &mut R) -> Result<Watermark, StoreError> {
    let mark = first(
        reader,
        "SELECT (SELECT coalesce(max(id), 0) FROM trade), (SELECT coalesce(max(id), 0) FROM voucher), \
         (SELECT coalesce(max(id), 0) FROM statement) + (SELECT count(*) FROM statement_change), \
         (SELECT count(*) FROM amendment) + (SELECT count(*) FROM trade_status WHERE file IS NULL) \
         + (SELECT count(*) FROM claim_dismissal), (SELECT count(*) FROM rule_set), \
         (SELECT coalesce(max(n), 0) FROM answered_line), (SELECT coalesce(max(n), 0) FROM trade_news), \
         (SELECT count(*) FROM match_decision), (SELECT count(*) FROM accepted_voucher)",
        &[],
        |row| {
            Ok(Watermark {
                trades: row.int(0)?,
                vouchers: row.int(1)?,
                statements: row.int(2)?,
                corrections: row.int(3)?,
                rules: row.int(4)?,
                answers: row.int(5)?,
                news: row.int(6)?,
                decisions: row.int(7)?,
                accepted: row.int(8)?,
            })
        },
    )?;
    Ok(mark.unwrap_or(Watermark {
        trades: 0,
        vouchers: 0,
        statements: 0,
        corrections: 0,
        news: 0,
        rules: 0,
        answers: 0,
        decisions: 0,
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
            "SELECT trade FROM amendment UNION SELECT trade FROM trade_status WHERE file IS NULL \
             UNION SELECT w.trade FROM claim_dismissal d JOIN trade_news w ON w.n = d.claim",
            &[],
            |row| row.int(0),
        )?);
    }
    if now.news > before.news {
        let sql = "SELECT DISTINCT trade FROM trade_news WHERE n > ?1";
        rows.extend(all(reader, sql, &[Param::Int(before.news)], |row| row.int(0))?);
    }
    if now.answers != before.answers {
        rows.extend(super::answered::trades(reader)?);
    }
    if now.decisions != before.decisions {
        rows.extend(all(reader, "SELECT trade FROM match_decision", &[], |row| row.int(0))?);
    }
    rows.extend(held_against(reader, before, now)?);
    with_rivals(reader, rows, before, now)
}

/// Returns the rows of trades that are held against one that came, was corrected or that a list told news of
/// between two watermarks: those that name it, and those that name the original that it names.
fn held_against<R: Reader + ?Sized>(
    reader: &mut R,
    before: &Watermark,
    now: &Watermark,
) -> Result<Vec<i64>, StoreError> {
    let mut rows = Vec::new();
    for (changed, since) in changed(before, now) {
        let sql = format!(
            "WITH changed(id) AS MATERIALIZED ({changed}) \
             SELECT x.id FROM changed c CROSS JOIN trade t ON t.id = c.id CROSS JOIN trade x ON x.original_ref = t.channel_ref \
             UNION SELECT x.id FROM changed c CROSS JOIN trade t ON t.id = c.id \
             CROSS JOIN trade x ON x.original_ref = t.original_ref AND x.channel = t.channel"
        );
        rows.extend(all(reader, &sql, &[Param::Int(since)], |row| row.int(0))?);
    }
    Ok(rows)
}

/// Returns queries of the trades that came, were corrected, matched by a person, or that a list told news of
/// between two watermarks, each with its parameter.
fn changed(before: &Watermark, now: &Watermark) -> Vec<(&'static str, i64)> {
    let mut changed = Vec::new();
    if now.trades > before.trades {
        changed.push(("SELECT id FROM trade WHERE id > ?1", before.trades));
    }
    if (now.corrections, now.decisions) != (before.corrections, before.decisions) {
        let sql = "SELECT trade FROM amendment WHERE trade > ?1 UNION SELECT trade FROM trade_status WHERE file IS NULL \
                   UNION SELECT trade FROM match_decision";
        changed.push((sql, 0));
    }
    if now.news > before.news {
        changed.push(("SELECT trade FROM trade_news WHERE n > ?1", before.news));
    }
    changed
}

/// Adds the trades with a reference of one that changed: which of them has the line may have changed.
fn with_rivals<R: Reader + ?Sized>(
    reader: &mut R,
    mut rows: BTreeSet<i64>,
    before: &Watermark,
    now: &Watermark,
) -> Result<BTreeSet<i64>, StoreError> {
    for (changed, since) in changed(before, now) {
        let sql = format!(
            "WITH changed(id) AS MATERIALIZED ({changed}) \
             SELECT o.id FROM changed c CROSS JOIN trade t ON t.id = c.id \
             CROSS JOIN trade o ON o.channel_ref = t.channel_ref AND o.channel = t.channel AND o.id <> t.id"
        );
        rows.extend(all(reader, &sql, &[Param::Int(since)], |row| row.int(0))?);
    }
    if now.decisions != before.decisions {
        let sql = "SELECT o.id FROM match_decision d CROSS JOIN trade t ON t.id = d.trade \
                   CROSS JOIN trade o ON o.channel_ref = d.channel_ref AND o.channel = t.channel";
        rows.extend(all(reader, sql, &[], |row| row.int(0))?);
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
