//! Taking over trades, old journals and channel statements.

use super::append::event_id;
use super::row::Param;
use super::{Reader, Sink, StoreError, first};
use crate::domain::event::Event;
use crate::domain::id::{Operator, TradeNo};
use crate::domain::period::Moment;
use crate::domain::statement::{StatementHead, StatementLine};
use crate::domain::trade::{Channel, Trade};

/// The next free number of a numbered table.
///
/// # Errors
/// A fault of the engine.
pub fn next_id<R: Reader + ?Sized>(reader: &mut R, table: Numbered) -> Result<i64, StoreError> {
    let sql = match table {
        Numbered::Trade => "SELECT coalesce(max(id), 0) + 1 FROM trade",
        Numbered::Statement => "SELECT coalesce(max(id), 0) + 1 FROM statement",
    };
    Ok(first(reader, sql, &[], |row| row.int(0))?.unwrap_or(1))
}

/// The tables whose rows are numbered in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Numbered {
    /// Trades.
    Trade,
    /// Statements.
    Statement,
}

/// Adds a trade with the events it has, `captured` first.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_trade<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    trade: &Trade,
    events: &[Event],
) -> Result<(), StoreError> {
    let occurred_at = trade.occurred_at.to_string();
    let business_date = trade.business_date.to_string();
    sink.run(
        "INSERT OR FAIL INTO trade (id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, \
         currency, customer, merchant, occurred_at, business_date, status, clearing, counters) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        &[
            Param::Int(id),
            Param::Text(trade.trade_no.as_str()),
            Param::Text(trade.kind.as_str()),
            Param::maybe(trade.product.as_deref()),
            Param::Text(trade.channel.as_str()),
            Param::Text(trade.channel_ref.as_str()),
            Param::maybe(trade.original_ref.as_ref()),
            Param::Int(trade.amount_minor),
            Param::Int(trade.fee_minor),
            Param::Text(trade.currency.code()),
            Param::maybe(trade.customer.as_ref()),
            Param::maybe(trade.merchant.as_ref()),
            Param::Text(&occurred_at),
            Param::Text(&business_date),
            Param::Text(trade.status.as_str()),
            Param::Text(trade.clearing.as_str()),
            trade.counters.map_or(Param::Null, |kind| Param::Text(kind.as_str())),
        ],
    )?;
    for event in events {
        insert_event(sink, id, *event, &occurred_at, &business_date, trade.amount_minor)?;
    }
    Ok(())
}

fn insert_event<S: Sink + ?Sized>(
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

/// The row of a trade.
///
/// # Errors
/// A fault of the engine.
pub fn trade_id<R: Reader + ?Sized>(reader: &mut R, trade_no: &TradeNo) -> Result<Option<i64>, StoreError> {
    first(reader, "SELECT id FROM trade WHERE trade_no = ?1", &[Param::Text(trade_no.as_str())], |row| {
        row.int(0)
    })
}

/// The row and business day of a trade.
///
/// # Errors
/// A fault of the engine.
pub fn trade_day<R: Reader + ?Sized>(
    reader: &mut R,
    trade_no: &TradeNo,
) -> Result<Option<(i64, jiff::civil::Date)>, StoreError> {
    first(
        reader,
        "SELECT id, business_date FROM trade WHERE trade_no = ?1",
        &[Param::Text(trade_no.as_str())],
        |row| Ok((row.int(0)?, row.parse(1)?)),
    )
}

/// The number of the trade in a row.
///
/// # Errors
/// A fault of the engine.
pub fn trade_no<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<TradeNo>, StoreError> {
    first(reader, "SELECT trade_no FROM trade WHERE id = ?1", &[Param::Int(id)], |row| row.parse(0))
}

/// A file taken over before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its name then.
    pub file: String,
    /// Rows in it.
    pub rows: i64,
    /// When.
    pub at: String,
}

/// Whether a file of this content was taken over before.
///
/// # Errors
/// A fault of the engine.
pub fn imported<R: Reader + ?Sized>(
    reader: &mut R,
    fingerprint: &str,
) -> Result<Option<Imported>, StoreError> {
    first(
        reader,
        "SELECT file, rows, imported_at FROM import_file WHERE fingerprint = ?1 \
         UNION ALL SELECT file, rows, imported_at FROM statement WHERE fingerprint = ?1",
        &[Param::Text(fingerprint)],
        |row| Ok(Imported { file: row.text(0)?.to_owned(), rows: row.int(1)?, at: row.text(2)?.to_owned() }),
    )
}

/// Remembers a file that was taken over.
#[derive(Debug, Clone, Copy)]
pub struct FileRecord<'a> {
    /// SHA-256 of its bytes.
    pub fingerprint: &'a str,
    /// `trades`, `journal` or the statement's format.
    pub kind: &'a str,
    /// Its name.
    pub file: &'a str,
    /// Rows in it.
    pub rows: u64,
    /// By whom.
    pub operator: &'a Operator,
    /// When.
    pub now: Moment,
}

/// Adds a trade or journal file to those taken over.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_file<S: Sink + ?Sized>(sink: &mut S, file: &FileRecord<'_>) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO import_file (fingerprint, kind, file, rows, imported_at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Param::Text(file.fingerprint),
            Param::Text(file.kind),
            Param::Text(file.file),
            Param::Int(i64::try_from(file.rows).unwrap_or(i64::MAX)),
            Param::Text(&file.now.to_string()),
            Param::Text(file.operator.as_str()),
        ],
    )
}

/// Adds a channel's statement; its lines go in before it.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_statement<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    head: &StatementHead,
    file: &FileRecord<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO statement (id, channel, day, merchant_id, format, file, fingerprint, rows, imported_at, operator) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &[
            Param::Int(id),
            Param::Text(head.channel.as_str()),
            Param::maybe(head.day.map(|day| day.to_string()).as_ref()),
            Param::maybe(head.merchant_id.as_ref()),
            Param::Text(&head.format),
            Param::Text(file.file),
            Param::Text(file.fingerprint),
            Param::Int(i64::try_from(file.rows).unwrap_or(i64::MAX)),
            Param::Text(&file.now.to_string()),
            Param::Text(file.operator.as_str()),
        ],
    )
}

/// The file of another statement of the same channel, merchant and day.
///
/// # Errors
/// A fault of the engine.
pub fn same_statement<R: Reader + ?Sized>(
    reader: &mut R,
    head: &StatementHead,
) -> Result<Option<String>, StoreError> {
    let Some(day) = head.day else { return Ok(None) };
    first(
        reader,
        "SELECT file FROM statement WHERE channel = ?1 AND day = ?2 AND merchant_id IS ?3",
        &[
            Param::Text(head.channel.as_str()),
            Param::Text(&day.to_string()),
            Param::maybe(head.merchant_id.as_ref()),
        ],
        |row| Ok(row.text(0)?.to_owned()),
    )
}

/// Adds a line of statement `statement`.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_line<S: Sink + ?Sized>(
    sink: &mut S,
    statement: i64,
    channel: Channel,
    line: &StatementLine,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT OR FAIL INTO statement_line (statement, line, channel, kind, channel_ref, original_ref, channel_no, \
         amount_minor, fee_minor, currency, status, occurred_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &[
            Param::Int(statement),
            Param::Int(i64::try_from(line.line).unwrap_or(i64::MAX)),
            Param::Text(channel.as_str()),
            Param::Text(line.kind.as_str()),
            Param::Text(line.channel_ref.as_str()),
            Param::maybe(line.original_ref.as_ref()),
            Param::Text(&line.channel_no),
            Param::Int(line.amount_minor),
            Param::Int(line.fee_minor),
            Param::Text(line.currency.code()),
            Param::Text(line.status.as_str()),
            Param::Text(&line.occurred_at.to_string()),
        ],
    )
}
