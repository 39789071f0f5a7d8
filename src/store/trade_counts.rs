//! How many trades a kind or a channel has: what a newer version of their definitions would reach.

use super::engine::{Param, Reader, StoreError, all, first};
use super::suspense::NOT_PARKED;
use crate::domain::event::Event;
use crate::domain::trade::TradeKind;

/// What trades are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradesBy {
    /// Their kind.
    Kind,
    /// Their channel: the one they were imported with, and each that an amendment gave them.
    Channel,
}

/// Returns the code of each kind or channel that has trades, with their number.
pub fn counts<R: Reader + ?Sized>(reader: &mut R, by: TradesBy) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = match by {
        TradesBy::Kind => "SELECT kind, count(*) FROM trade GROUP BY kind ORDER BY kind",
        TradesBy::Channel => {
            "SELECT channel, count(*) FROM (SELECT channel FROM trade UNION ALL \
             SELECT a.value FROM (SELECT DISTINCT trade, value FROM amendment WHERE fact = 'channel') a \
               JOIN trade t ON t.id = a.trade WHERE t.channel <> a.value) \
             GROUP BY channel ORDER BY channel"
        }
    };
    all(reader, sql, &[], |row| Ok((row.text(0)?.to_owned(), row.int(1)?)))
}

/// Returns whether a kind or channel that had no trades up to the row `since` has one now.
pub fn has_any_since<R: Reader + ?Sized>(
    reader: &mut R,
    by: TradesBy,
    code: &str,
    since: i64,
) -> Result<bool, StoreError> {
    let sql = match by {
        TradesBy::Kind => "SELECT EXISTS (SELECT 1 FROM trade WHERE id > ?1 AND kind = ?2)",
        TradesBy::Channel => {
            "SELECT EXISTS (SELECT 1 FROM trade WHERE id > ?1 AND channel = ?2) \
                 OR EXISTS (SELECT 1 FROM amendment WHERE fact = 'channel' AND value = ?2)"
        }
    };
    Ok(first(reader, sql, &[Param::Int(since), Param::Text(code)], |row| row.int(0))?.unwrap_or(0) != 0)
}

/// Returns the number of trades of a kind of which this event is neither posted nor in suspense.
pub fn unposted_of_kind<R: Reader + ?Sized>(
    reader: &mut R,
    kind: TradeKind,
    event: Event,
) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT count(*) FROM event e JOIN trade t ON t.id = e.trade \
         WHERE e.live = 0 AND {NOT_PARKED} AND e.event = ?2 AND t.kind = ?1"
    );
    let params = [Param::Text(kind.as_str()), Param::Text(event.as_str())];
    Ok(first(reader, &sql, &params, |row| row.int(0))?.unwrap_or(0))
}
