//! Events without a live voucher, and clearings still to be made: the input of posting.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, StoreError, all, first};
use super::event_id::{EventId, event_sql};
use super::trade_news::clearing_told;
use super::trades::{fact, trade_facts};
use crate::domain::event::Event;
use crate::domain::own_clearing::OwnClearing;
use crate::domain::trade::{Trade, TradeStatus};
use jiff::civil::Date;

/// An event without a live voucher, and what is needed to book it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unposted {
    /// Row of the trade.
    pub trade_id: i64,
    /// The trade.
    pub trade: Trade,
    /// Current status.
    pub status_now: TradeStatus,
    /// The event.
    pub event: Event,
    /// Its row.
    pub row: EventId,
    /// Whether an earlier posting of it was reversed.
    pub booked_before: bool,
    /// Whether the trade has corrected facts.
    pub amended: bool,
    /// Whether the event itself must be written too: clearing is what creates it.
    pub new: bool,
    /// The day on which it happened.
    pub day: Date,
}

columns! {
    /// What posting needs in addition to the facts of a trade `t`, for an event `e`.
    mod unposted_column from super::fact::END => {
        STATUS_NOW = crate::store::amendments::status_now!(),
        EVENT = "e.id",
        NAME = "e.event",
        BOOKED_BEFORE = "EXISTS (SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.event = e.id)",
        AMENDED = "EXISTS (SELECT 1 FROM amendment a WHERE a.trade = t.id)",
        NEW = "0",
        DAY = "e.business_date",
    }
}

columns! {
    /// As [`unposted_column`], for the clearing `c` that a trade `t` has or lacks.
    mod uncleared_column from super::fact::END => {
        STATUS_NOW = crate::store::amendments::status_now!(),
        EVENT = crate::store::event_id::event_sql!(cleared of "t.id"),
        NAME = "'cleared'",
        BOOKED_BEFORE = concat!(
            "EXISTS (SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.event = ", crate::store::event_id::event_sql!(cleared of "t.id"), ")"
        ),
        AMENDED = "EXISTS (SELECT 1 FROM amendment a WHERE a.trade = t.id)",
        NEW = "c.id IS NULL",
        DAY = "coalesce(c.business_date, t.business_date)",
    }
}

/// Both lists of columns have the same order.
const _: () = assert!(unposted_column::NEW == uncleared_column::NEW);

fn unposted_row(row: &Row<'_>) -> Result<(i64, Unposted), StoreError> {
    let id = EventId::read(row.int(unposted_column::EVENT)?);
    Ok((
        id.row(),
        Unposted {
            trade_id: row.int(fact::ID)?,
            trade: trade_facts(row)?,
            status_now: row.parse(unposted_column::STATUS_NOW)?,
            event: row.parse(unposted_column::NAME)?,
            row: id,
            booked_before: row.flag(unposted_column::BOOKED_BEFORE)?,
            amended: row.flag(unposted_column::AMENDED)?,
            new: row.flag(unposted_column::NEW)?,
            day: row.parse(unposted_column::DAY)?,
        },
    ))
}

/// Returns at most `limit` clearings not booked yet, of trades after that of event row `after`, with
/// their event rows: the trades are posted and not excluded from clearing. Whether there is anything to
/// clear is for the rules to say.
pub fn uncleared<R: Reader + ?Sized>(
    reader: &mut R,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {}, {} FROM trade t JOIN event p ON p.id = {} AND p.live > 0 LEFT JOIN event c ON c.id = {} \
             WHERE t.id > ?1 AND {} <> 'excluded' AND coalesce(c.live, 0) = 0 ORDER BY t.id LIMIT ?2",
            fact::SQL,
            uncleared_column::SQL,
            event_sql!(captured of "t.id"),
            event_sql!(cleared of "t.id"),
            clearing_told!(),
        ),
        &[Param::Int(EventId::read(after).trade()), Param::Int(limit)],
        unposted_row,
    )
}

/// As [`uncleared`], for an event of a kind's own that comes to be by clearing.
pub fn uncleared_own<R: Reader + ?Sized>(
    reader: &mut R,
    own: &OwnClearing,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    let (number, first) = (own.number, own.first);
    all(
        reader,
        &format!(
            "SELECT {}, {}, 8 * t.id + {number}, ?4, \
             EXISTS (SELECT 1 FROM voucher v WHERE v.trade = t.id AND v.event = 8 * t.id + {number}), \
             EXISTS (SELECT 1 FROM amendment a WHERE a.trade = t.id), c.id IS NULL, \
             coalesce(c.business_date, t.business_date) \
             FROM trade t JOIN event p ON p.id = 8 * t.id + {first} AND p.live > 0 \
             LEFT JOIN event c ON c.id = 8 * t.id + {number} \
             WHERE t.id > ?1 AND t.kind = ?3 AND ({} <> 'excluded' OR ?5 = 1) AND coalesce(c.live, 0) = 0 \
             ORDER BY t.id LIMIT ?2",
            fact::SQL,
            crate::store::amendments::status_now!(),
            clearing_told!(),
        ),
        &[
            Param::Int(EventId::read(after).trade()),
            Param::Int(limit),
            Param::Text(own.kind.as_str()),
            Param::Text(own.event.as_str()),
            Param::Int(i64::from(own.is_settlement())),
        ],
        unposted_row,
    )
}

/// As [`uncleared_of`], for an event of a kind's own that comes to be by clearing.
pub fn uncleared_own_of<R: Reader + ?Sized>(
    reader: &mut R,
    own: &OwnClearing,
    trade: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    let mut found = uncleared_own(reader, own, EventId::numbered(trade - 1, own.number).row(), 1)?;
    found.retain(|(_, unposted)| unposted.trade_id == trade);
    Ok(found)
}

/// Returns the clearing of one trade, unless it is booked.
pub fn uncleared_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    let mut found = uncleared(reader, EventId::clearing(trade - 1).row(), 1)?;
    found.retain(|(_, unposted)| unposted.trade_id == trade);
    Ok(found)
}

/// Returns at most `limit` events without a live voucher after event row `after`, with their rows;
/// without clearings.
pub fn unposted<R: Reader + ?Sized>(
    reader: &mut R,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {}, {} FROM event e INDEXED BY event_unposted CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.id > ?1 AND {} ORDER BY e.id LIMIT ?2",
            fact::SQL,
            unposted_column::SQL,
            event_sql!(is not cleared "e.id"),
        ),
        &[Param::Int(after), Param::Int(limit)],
        unposted_row,
    )
}

/// Returns the unposted events of one trade, each with its event row; clearings are left out.
pub fn unposted_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(i64, Unposted)>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {}, {} FROM event e CROSS JOIN trade t ON t.id = e.trade \
             WHERE e.live = 0 AND e.id BETWEEN ?1 AND ?2 AND {} ORDER BY e.id",
            fact::SQL,
            unposted_column::SQL,
            event_sql!(is not cleared "e.id"),
        ),
        &EventId::range(trade, trade),
        unposted_row,
    )
}

/// Returns how many events have a live voucher: of these trades, or of all if `trades` is empty;
/// those with a number alone (clearings, settlements), or all kinds.
pub fn posted_count<R: Reader + ?Sized>(
    reader: &mut R,
    trades: &[i64],
    only: Option<i64>,
) -> Result<i64, StoreError> {
    if trades.is_empty() {
        let counted = if let Some(number) = only {
            let sql = "SELECT count(*) FROM event WHERE id & 7 = ?1 AND live > 0";
            first(reader, sql, &[Param::Int(number)], |row| row.int(0))?
        } else {
            let sql = "SELECT (SELECT count(*) FROM event) - (SELECT count(*) FROM event INDEXED BY event_unposted WHERE live = 0)";
            first(reader, sql, &[], |row| row.int(0))?
        };
        return Ok(counted.unwrap_or(0));
    }
    let mut count = 0;
    for trade in trades {
        let range = match only {
            Some(number) => [Param::Int(EventId::numbered(*trade, number).row()); 2],
            None => EventId::range(*trade, *trade),
        };
        count += first(
            reader,
            "SELECT count(*) FROM event WHERE id BETWEEN ?1 AND ?2 AND live > 0",
            &range,
            |row| row.int(0),
        )?
        .unwrap_or(0);
    }
    Ok(count)
}

/// Returns how many events have no live voucher, counting no further than `at_most`.
pub fn unposted_count<R: Reader + ?Sized>(reader: &mut R, at_most: i64) -> Result<i64, StoreError> {
    Ok(first(
        reader,
        "SELECT count(*) FROM (SELECT 1 FROM event INDEXED BY event_unposted WHERE live = 0 LIMIT ?1)",
        &[Param::Int(at_most)],
        |row| row.int(0),
    )?
    .unwrap_or(0))
}

/// Returns how many events have neither a live voucher nor an item in suspense. Items are few and counted
/// one by one; if `at_most` or more events are unposted, they make no difference and are not read.
pub fn unbooked_count<R: Reader + ?Sized>(reader: &mut R, at_most: i64) -> Result<i64, StoreError> {
    let unposted = unposted_count(reader, at_most)?;
    if unposted >= at_most {
        return Ok(unposted);
    }
    let sql = "SELECT count(DISTINCT e.id) FROM open_item o CROSS JOIN voucher p ON p.id = o.voucher \
         CROSS JOIN event e ON e.id = p.event WHERE e.live = 0 AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = p.id)";
    Ok(unposted - first(reader, sql, &[], |row| row.int(0))?.unwrap_or(0))
}
