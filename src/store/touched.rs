//! What was touched between two watermarks: trades and lines of statements whose findings may have changed.

use super::engine::{Param, Reader, StoreError, all};
use super::related::{LINES, TRADES, related};
use super::row_lists::all_of;
use super::watermark::Watermark;
use crate::domain::trade::Channel;
use std::collections::BTreeSet;

/// What was touched between two watermarks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Rows of trades.
    pub trades: BTreeSet<i64>,
    /// Rows of statement lines that may have found or lost their trade.
    pub lines: BTreeSet<i64>,
    /// Channels with a statement that is new or changed.
    pub channels: BTreeSet<Channel>,
}

impl Touched {
    /// Adds the rows that [`both`] found.
    fn add(&mut self, found: Vec<(i64, i64)>) {
        for (is_line, row) in found {
            if is_line == 1 {
                self.lines.insert(row)
            } else {
                self.trades.insert(row)
            };
        }
    }
}

/// Returns what was touched between two watermarks.
pub fn touched<R: Reader + ?Sized>(
    reader: &mut R,
    before: &Watermark,
    now: &Watermark,
) -> Result<Touched, StoreError> {
    let mut touched = Touched::default();
    // Trades whose own facts changed.
    let mut facts: BTreeSet<i64> = (before.trades + 1..=now.trades).collect();
    if now.news > before.news {
        let sql = "SELECT DISTINCT trade FROM trade_news WHERE n > ?1";
        facts.extend(rows(reader, sql, &[Param::Int(before.news)])?);
    }
    let mut changed = Vec::new();
    if now.touched > before.touched {
        let sql = "SELECT DISTINCT trade FROM touched WHERE n > ?1 AND trade IS NOT NULL";
        facts.extend(rows(reader, sql, &[Param::Int(before.touched)])?);
        let sql = "SELECT DISTINCT statement FROM touched WHERE n > ?1 AND statement IS NOT NULL";
        changed = rows(reader, sql, &[Param::Int(before.touched)])?;
    }
    add_relatives(reader, &facts, &mut touched)?;
    add_statements(reader, before, now, &changed, &mut touched)?;
    if now.answers > before.answers || now.vouchers > before.vouchers {
        add_answers(reader, before, &mut touched)?;
    }
    if now.vouchers > before.vouchers {
        let sql = "SELECT DISTINCT trade FROM voucher WHERE id > ?1 AND trade IS NOT NULL";
        touched.trades.extend(rows(reader, sql, &[Param::Int(before.vouchers)])?);
    }
    Ok(touched)
}

fn rows<R: Reader + ?Sized>(reader: &mut R, sql: &str, params: &[Param<'_>]) -> Result<Vec<i64>, StoreError> {
    all(reader, sql, params, |row| row.int(0))
}

/// Runs a query with rows as a JSON array in `?1`, and returns the rows that it finds.
fn rows_of<R: Reader + ?Sized>(
    reader: &mut R,
    sql: &str,
    of: impl IntoIterator<Item = i64>,
) -> Result<Vec<i64>, StoreError> {
    all_of(reader, sql, of, |row| row.int(0))
}

/// Returns the query of the trades and lines of related references: 0 and a trade's row, or 1 and a line's.
fn both() -> String {
    format!("SELECT 0, t.id FROM {TRADES} UNION ALL SELECT 1, l.id FROM {LINES}")
}

/// Most steps from a trade to what goes back on what it goes back on: a refund of a payment, its return, and so on.
const FAMILY_DEPTH: usize = 4;

/// Adds what hangs together with trades: those that go back on them, that they go back on, or that go back on the same
/// original, and so on; those of related references; and the lines of these references.
fn add_relatives<R: Reader + ?Sized>(
    reader: &mut R,
    facts: &BTreeSet<i64>,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    let head =
        related("SELECT t.channel, t.channel_ref FROM json_each(?1) j CROSS JOIN trade t ON t.id = j.value");
    let relatives = format!(
        "{head} SELECT t.id FROM {TRADES} UNION SELECT x.id FROM refs r CROSS JOIN trade x ON x.original_ref = r.ref \
         UNION SELECT x.id FROM {TRADES} CROSS JOIN trade x ON x.original_ref = t.original_ref AND x.channel = t.channel \
         UNION SELECT x.id FROM {TRADES} CROSS JOIN trade x ON x.channel_ref = t.original_ref AND x.channel = t.channel"
    );
    let mut all = facts.clone();
    let mut newest = facts.clone();
    for _ in 0..FAMILY_DEPTH {
        if newest.is_empty() {
            break;
        }
        let related: BTreeSet<i64> = rows_of(reader, &relatives, newest)?.into_iter().collect();
        newest = &related - &all;
        all.extend(&newest);
    }
    let lines = format!("{head} SELECT l.id FROM {LINES}");
    touched.lines.extend(rows_of(reader, &lines, all.iter().copied())?);
    touched.trades.extend(all);
    Ok(())
}

/// Adds what new and `changed` statements touch: the trades and lines of their lines' references, and the trades
/// of the days that they cover.
fn add_statements<R: Reader + ?Sized>(
    reader: &mut R,
    before: &Watermark,
    now: &Watermark,
    changed: &[i64],
    touched: &mut Touched,
) -> Result<(), StoreError> {
    // A channel whose day is not the ledger's lists trades of the days beside it.
    const DAYS: &str = "SELECT t.id FROM json_each(?1) j CROSS JOIN statement s ON s.id = j.value \
         CROSS JOIN trade t ON t.channel = s.channel AND t.business_date BETWEEN \
           date(s.day, CASE WHEN s.channel IN (SELECT channel FROM channel_now WHERE NOT plain) THEN '-1 day' ELSE '+0 day' END) AND \
           date(coalesce(s.last_day, s.day), CASE WHEN s.channel IN (SELECT channel FROM channel_now WHERE NOT plain) THEN '+1 day' ELSE '+0 day' END)";
    // A line concerns the payment that it goes back on as well.
    const NAMED: &str = "SELECT l.channel, l.channel_ref FROM json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value \
         UNION SELECT l.channel, l.original_ref FROM json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value";
    let mut statements = changed.to_vec();
    if now.statements > before.statements {
        statements.extend(before.statements + 1..=now.statements);
    }
    if statements.is_empty() && now.lines <= before.lines {
        return Ok(());
    }
    let range = [Param::Int(before.lines), Param::Int(now.lines)];
    let mut lines = rows(reader, "SELECT id FROM statement_line WHERE id > ?1 AND id <= ?2", &range)?;
    lines.extend(rows_of(
        reader,
        "SELECT id FROM statement_line WHERE statement IN (SELECT value FROM json_each(?1))",
        changed.iter().copied(),
    )?);
    touched.trades.extend(rows_of(reader, DAYS, statements.iter().copied())?);
    let sql = format!("{} {}", related(NAMED), both());
    let found = all_of(reader, &sql, lines, |row| Ok((row.int(0)?, row.int(1)?)))?;
    touched.add(found);
    let named = "SELECT DISTINCT s.channel FROM json_each(?1) j CROSS JOIN statement s ON s.id = j.value";
    touched.channels.extend(all_of(reader, named, statements, |row| row.parse::<Channel>(0))?);
    Ok(())
}

/// Adds the trades and lines of new answers, and of answers whose voucher was reversed.
fn add_answers<R: Reader + ?Sized>(
    reader: &mut R,
    before: &Watermark,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    const NAMED: &str = "SELECT a.channel, a.channel_ref FROM answers a UNION SELECT a.channel, a.original_ref FROM answers a";
    let sql = format!(
        "{}, answers AS MATERIALIZED (SELECT a.channel, a.channel_ref, a.original_ref FROM answered_line a WHERE a.n > ?1 \
           UNION SELECT a.channel, a.channel_ref, a.original_ref FROM voucher v CROSS JOIN answered_line a ON a.voucher = v.reverses \
            WHERE v.id > ?2 AND v.reverses IS NOT NULL) {}",
        related(NAMED),
        both()
    );
    let params = [Param::Int(before.answers), Param::Int(before.vouchers)];
    let found = all(reader, &sql, &params, |row| Ok((row.int(0)?, row.int(1)?)))?;
    touched.add(found);
    Ok(())
}
