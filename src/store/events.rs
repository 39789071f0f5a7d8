//! The events of trades (记账事项): pages, the events of one trade, and adding events.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::page::List;
use super::suspense::NOT_PARKED;
use crate::desk::{EventRow, Page, Rows};
use crate::domain::event::Event;

const EVENT_COLUMNS: &str = "e.id, t.trade_no, e.event, e.occurred_at, e.business_date, e.amount_minor, \
     CASE WHEN e.live > 1 THEN 'posted_twice' \
          WHEN e.suspense = 'open' THEN 'parked' \
          WHEN e.live = 0 AND e.suspense IS NULL THEN CASE WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id \
            AND v.reverses IS NOT NULL) THEN 'reversed' ELSE 'unposted' END \
          WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.kind = 'repost' \
            AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted' ELSE 'posted' END, e.live";

fn event_row(row: &Row<'_>) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: row.int(0)?,
        trade_no: row.parse(1)?,
        event: row.parse(2)?,
        occurred_at: row.parse(3)?,
        business_date: row.parse(4)?,
        amount_minor: row.int(5)?,
        posting: row.parse(6)?,
        live_vouchers: row.int(7)?,
    })
}

/// A page of events.
///
/// # Errors
/// A fault of the engine.
pub fn events<R: Reader + ?Sized>(
    reader: &mut R,
    unposted: bool,
    page: &Page,
) -> Result<Rows<EventRow>, StoreError> {
    let mut list = List::of(EVENT_COLUMNS, "event_now e JOIN trade t ON t.id = e.trade", "e.id");
    if unposted {
        list.conditions.push(format!("e.live = 0 AND {NOT_PARKED}"));
    }
    list.page(reader, page, event_row)
}

/// The events of a trade.
///
/// # Errors
/// A fault of the engine.
pub fn events_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<EventRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {EVENT_COLUMNS} FROM event_now e JOIN trade t ON t.id = e.trade \
             WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id"
        ),
        &[Param::Int(trade * 8), Param::Int(trade * 8 + 7)],
        event_row,
    )
}

/// Whether an event has a live posting.
///
/// # Errors
/// A fault of the engine.
pub fn live<R: Reader + ?Sized>(reader: &mut R, trade: i64, event: Event) -> Result<i64, StoreError> {
    let id = event_id(trade, event);
    Ok(first(reader, "SELECT live FROM event WHERE id = ?1", &[Param::Int(id)], |row| row.int(0))?
        .unwrap_or(0))
}

/// The event behind the low digits of an event's row.
pub(super) const fn event_of(number: i64) -> Option<Event> {
    match number {
        1 => Some(Event::Captured),
        2 => Some(Event::Cleared),
        3 => Some(Event::Settled),
        4 => Some(Event::Refunded),
        _ => None,
    }
}

/// Row of an event: eight times the trade's row, and the event's own number.
#[must_use]
pub fn event_id(trade: i64, event: crate::domain::event::Event) -> i64 {
    use crate::domain::event::Event;
    trade * 8
        + match event {
            Event::Captured => 1,
            Event::Cleared => 2,
            Event::Settled => 3,
            Event::Refunded => 4,
        }
}

pub(super) fn insert_event<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    event: Event,
    occurred_at: &str,
    business_date: &str,
    amount_minor: i64,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT OR FAIL INTO event (id, trade, event, occurred_at, business_date, amount_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Int(event_id(trade, event)),
            Param::Int(trade),
            Param::Text(event.as_str()),
            Param::Text(occurred_at),
            Param::Text(business_date),
            Param::Int(amount_minor),
        ],
    )
}

/// Adds an event to a trade that lacks it: an old journal proves that it happened.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn ensure_event<S: Sink + ?Sized>(sink: &mut S, trade: i64, event: Event) -> Result<(), StoreError> {
    let id = event_id(trade, event);
    if first(sink, "SELECT 1 FROM event WHERE id = ?1", &[Param::Int(id)], |row| row.int(0))?.is_some() {
        return Ok(());
    }
    let facts = first(
        sink,
        "SELECT occurred_at, business_date, amount_minor FROM trade WHERE id = ?1",
        &[Param::Int(trade)],
        |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?)),
    )?;
    match facts {
        Some((occurred_at, business_date, amount)) => {
            insert_event(sink, trade, event, &occurred_at, &business_date, amount)
        }
        None => Ok(()),
    }
}
