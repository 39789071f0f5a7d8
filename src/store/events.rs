//! The events of trades (记账事项): pages, the events of one trade, and adding events.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::event_id::EventId;
use super::page::List;
use super::suspense::NOT_PARKED;
use crate::domain::event::Event;
use crate::protocol::page::{Page, Rows};
use crate::protocol::trades::EventRow;

columns! {
    mod event_column from 0 => {
        ID = "e.id",
        TRADE_NO = "t.trade_no",
        EVENT = "e.event",
        OCCURRED_AT = "e.occurred_at",
        BUSINESS_DATE = "e.business_date",
        AMOUNT = "e.amount_minor",
        POSTING = "CASE WHEN e.live > 1 THEN 'posted_twice' \
          WHEN e.suspense = 'open' THEN 'parked' \
          WHEN e.live = 0 AND e.suspense IS NULL THEN CASE WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id \
            AND v.reverses IS NOT NULL) THEN 'reversed' ELSE 'unposted' END \
          WHEN EXISTS (SELECT 1 FROM voucher v WHERE v.trade = e.trade AND v.event = e.id AND v.kind = 'repost' \
            AND NOT EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = v.id)) THEN 'reposted' ELSE 'posted' END",
        LIVE = "e.live",
        CURRENCY = "t.currency",
    }
}

fn event_row(row: &Row<'_>) -> Result<EventRow, StoreError> {
    Ok(EventRow {
        id: row.int(event_column::ID)?,
        trade_no: row.parse(event_column::TRADE_NO)?,
        event: row.parse(event_column::EVENT)?,
        occurred_at: row.parse(event_column::OCCURRED_AT)?,
        business_date: row.parse(event_column::BUSINESS_DATE)?,
        amount_minor: row.int(event_column::AMOUNT)?,
        currency: row.parse(event_column::CURRENCY)?,
        posting: row.parse(event_column::POSTING)?,
        live_vouchers: row.int(event_column::LIVE)?,
    })
}

/// Returns a page of events; with `unposted` only those neither posted nor in suspense.
pub fn events<R: Reader + ?Sized>(
    reader: &mut R,
    unposted: bool,
    page: &Page,
) -> Result<Rows<EventRow>, StoreError> {
    let mut list = List::of(event_column::SQL, "event_now e JOIN trade t ON t.id = e.trade", "e.id");
    if unposted {
        list.conditions.push(format!("e.live = 0 AND {NOT_PARKED}"));
    }
    list.page(reader, page, event_row)
}

/// Returns the events of a trade.
pub fn events_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<EventRow>, StoreError> {
    all(
        reader,
        &format!(
            "SELECT {} FROM event_now e JOIN trade t ON t.id = e.trade \
             WHERE e.id BETWEEN ?1 AND ?2 ORDER BY e.id",
            event_column::SQL
        ),
        &EventId::range(trade, trade),
        event_row,
    )
}

/// Returns the number of live postings of an event.
pub fn live<R: Reader + ?Sized>(reader: &mut R, trade: i64, event: Event) -> Result<i64, StoreError> {
    let Some(id) = row_of(reader, trade, event)? else { return Ok(0) };
    Ok(first(reader, "SELECT live FROM event WHERE id = ?1", &[Param::Int(id.row())], |row| row.int(0))?
        .unwrap_or(0))
}

/// Returns the day on which an event of a trade happened; `None` if the trade has no such event.
pub fn day_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
    event: Event,
) -> Result<Option<jiff::civil::Date>, StoreError> {
    let Some(id) = row_of(reader, trade, event)? else { return Ok(None) };
    first(reader, "SELECT business_date FROM event WHERE id = ?1", &[Param::Int(id.row())], |row| {
        row.parse(0)
    })
}

/// Returns the row of a trade's event; `None` if it is an event of its kind's own that the trade lacks.
pub(super) fn row_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
    event: Event,
) -> Result<Option<EventId>, StoreError> {
    if let Some(id) = EventId::of(trade, event) {
        return Ok(Some(id));
    }
    let [from, until] = EventId::range(trade, trade);
    let named = [from, until, Param::Text(event.as_str())];
    first(reader, "SELECT id FROM event WHERE id BETWEEN ?1 AND ?2 AND event = ?3", &named, |row| {
        Ok(EventId::read(row.int(0)?))
    })
}

pub(super) fn insert_event<S: Sink + ?Sized>(
    sink: &mut S,
    id: EventId,
    event: Event,
    occurred_at: &str,
    business_date: &str,
    amount_minor: i64,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT OR FAIL INTO event (id, trade, event, occurred_at, business_date, amount_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Int(id.row()),
            Param::Int(id.trade()),
            Param::Text(event.as_str()),
            Param::Text(occurred_at),
            Param::Text(business_date),
            Param::Int(amount_minor),
        ],
    )
}

/// Adds an event to a trade unless it exists: an imported journal proves that it happened.
pub fn ensure_event<S: Sink + ?Sized>(sink: &mut S, id: EventId, event: Event) -> Result<(), StoreError> {
    let known = first(sink, "SELECT 1 FROM event WHERE id = ?1", &[Param::Int(id.row())], |row| row.int(0))?;
    if known.is_some() {
        return Ok(());
    }
    let facts = first(
        sink,
        "SELECT occurred_at, business_date, amount_minor FROM trade WHERE id = ?1",
        &[Param::Int(id.trade())],
        |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.int(2)?)),
    )?;
    match facts {
        Some((occurred_at, business_date, amount)) => {
            insert_event(sink, id, event, &occurred_at, &business_date, amount)
        }
        None => Ok(()),
    }
}
