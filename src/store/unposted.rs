//! Events without a live voucher, and clearings still to be made: the input of posting.

use super::engine::{Param, Reader, Row, StoreError, all, first};
use super::events::event_of;
use super::trades::trade_facts;
use crate::domain::event::Event;
use crate::domain::trade::{Trade, TradeStatus};

/// An event that has no live voucher, with what is needed to book it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unposted {
    /// Row of the trade.
    pub trade_id: i64,
    /// The trade.
    pub trade: Trade,
    /// Status now.
    pub status_now: TradeStatus,
    /// The event.
    pub event: Event,
    /// Whether a posting of it was taken back before.
    pub booked_before: bool,
    /// Whether the trade has corrected facts.
    pub amended: bool,
    /// Whether the event itself is still to be written: clearing is what makes it happen.
    pub new: bool,
}

const UNPOSTED_COLUMNS: &str = "t.id, t.trade_no, t.kind, t.product, t.channel, t.channel_ref, t.original_ref, t.amount_minor, \
     t.fee_minor, t.currency, t.customer, t.merchant, t.occurred_at, t.business_date, t.status, t.clearing, t.counters, \
     coalesce((SELECT s.status FROM trade_status s WHERE s.trade = t.id ORDER BY s.n DESC LIMIT 1), t.status), e.id, \
     EXISTS (SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.event = e.id), \
     EXISTS (SELECT 1 FROM amendment a WHERE a.trade = t.id), 0";

/// As [`UNPOSTED_COLUMNS`], of the clearing that a trade has or lacks.
const UNCLEARED_COLUMNS: &str = "t.id, t.trade_no, t.kind, t.product, t.channel, t.channel_ref, t.original_ref, t.amount_minor, \
     t.fee_minor, t.currency, t.customer, t.merchant, t.occurred_at, t.business_date, t.status, t.clearing, t.counters, \
     coalesce((SELECT s.status FROM trade_status s WHERE s.trade = t.id ORDER BY s.n DESC LIMIT 1), t.status), 8 * t.id + 2, \
     EXISTS (SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.event = 8 * t.id + 2), \
     EXISTS (SELECT 1 FROM amendment a WHERE a.trade = t.id), c.id IS NULL";

fn unposted_row(row: &Row<'_>) -> Result<(i64, Unposted), StoreError> {
    let id = row.int(18)?;
    Ok((
        id,
        Unposted {
            trade_id: row.int(0)?,
            trade: trade_facts(row)?,
            status_now: row.parse(17)?,
            event: event_of(id & 7).unwrap_or(Event::Captured),
            booked_before: row.flag(19)?,
            amended: row.flag(20)?,
            new: row.flag(21)?,
        },
    ))
}

/// Clearings that are not booked behind event row `after`, at most `limit`, with their rows: of trades that are posted and that
/// nobody excluded from clearing. Whether there is anything to clear is for the rules to say.
///
/// # Errors
/// A fault of the engine.
pub fn uncleared<R: Reader + ?Sized>(
    reader: &mut R,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {UNCLEARED_COLUMNS} FROM trade t JOIN event p ON p.id = 8 * t.id + 1 AND p.live > 0 \
             LEFT JOIN event c ON c.id = 8 * t.id + 2 \
             WHERE t.id > ?1 AND t.clearing <> 'excluded' AND coalesce(c.live, 0) = 0 ORDER BY t.id LIMIT ?2"
        ),
        &[Param::Int(after / 8), Param::Int(limit)],
        unposted_row,
    )
}

/// The clearing of one trade, where it is not booked.
///
/// # Errors
/// A fault of the engine.
pub fn uncleared_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    let mut found = uncleared(reader, (trade - 1) * 8, 1)?;
    found.retain(|(_, unposted)| unposted.trade_id == trade);
    Ok(found)
}

/// Events without a live voucher behind event row `after`, at most `limit`, with their rows; clearings are apart.
///
/// # Errors
/// A fault of the engine.
pub fn unposted<R: Reader + ?Sized>(
    reader: &mut R,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {UNPOSTED_COLUMNS} FROM event e INDEXED BY event_unposted CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.id > ?1 AND e.id & 7 <> 2 ORDER BY e.id LIMIT ?2"
        ),
        &[Param::Int(after), Param::Int(limit)],
        unposted_row,
    )
}

/// Events of one trade without a live voucher.
///
/// # Errors
/// A fault of the engine.
pub fn unposted_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {UNPOSTED_COLUMNS} FROM event e CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.id BETWEEN ?1 AND ?2 AND e.id & 7 <> 2 ORDER BY e.id"
        ),
        &[Param::Int(trade * 8), Param::Int(trade * 8 + 7)],
        unposted_row,
    )
}

/// How many events have a live voucher: of these trades, or of all where none is named; clearings alone, or all kinds.
///
/// # Errors
/// A fault of the engine.
pub fn posted_count<R: Reader + ?Sized>(
    reader: &mut R,
    trades: &[i64],
    clearings: bool,
) -> Result<i64, StoreError> {
    if trades.is_empty() {
        let sql = if clearings {
            "SELECT count(*) FROM event WHERE id & 7 = 2 AND live > 0"
        } else {
            "SELECT (SELECT count(*) FROM event) - (SELECT count(*) FROM event INDEXED BY event_unposted WHERE live = 0)"
        };
        return Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(0));
    }
    let mut count = 0;
    for trade in trades {
        let (from, until) =
            if clearings { (trade * 8 + 2, trade * 8 + 2) } else { (trade * 8, trade * 8 + 7) };
        count += first(
            reader,
            "SELECT count(*) FROM event WHERE id BETWEEN ?1 AND ?2 AND live > 0",
            &[Param::Int(from), Param::Int(until)],
            |row| row.int(0),
        )?
        .unwrap_or(0);
    }
    Ok(count)
}

/// How many events have no live voucher.
///
/// # Errors
/// A fault of the engine.
pub fn unposted_count<R: Reader + ?Sized>(reader: &mut R, at_most: i64) -> Result<i64, StoreError> {
    Ok(first(
        reader,
        "SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY event_unposted WHERE live = 0 LIMIT ?1)",
        &[Param::Int(at_most)],
        |row| row.int(0),
    )?
    .unwrap_or(0))
}

/// How many events have no live voucher and nothing in suspense. Those in suspense are few, and counted by their items; where more than
/// `at_most` are unposted nobody asks for a few.
///
/// # Errors
/// A fault of the engine.
pub fn unbooked_count<R: Reader + ?Sized>(reader: &mut R, at_most: i64) -> Result<i64, StoreError> {
    let unposted = unposted_count(reader, at_most)?;
    if unposted >= at_most {
        return Ok(unposted);
    }
    let sql = "SELECT count(DISTINCT e.id) FROM open_item o CROSS JOIN voucher p ON p.id = o.voucher CROSS JOIN event e ON e.id = p.event \
         WHERE e.live = 0 AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id)";
    Ok(unposted - first(reader, sql, &[], |row| row.int(0))?.unwrap_or(0))
}
