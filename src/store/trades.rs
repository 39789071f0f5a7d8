//! The tables of trades (交易): pages, one trade, what undoes it, and adding trades.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::events::insert_event;
use super::page::{List, prefix_end};
use super::suspense::NOT_PARKED;
use crate::desk::{Page, Rows, TradeFilter, TradeRow};
use crate::domain::event::Event;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::trade::{Channel, Trade};

const TRADE_COLUMNS: &str = "r.id, r.trade_no, r.kind, r.product, r.channel, r.channel_ref, r.original_ref, r.amount_minor, \
     r.fee_minor, r.currency, r.customer, r.merchant, r.occurred_at, r.business_date, r.status, r.clearing, r.counters, r.status_now, \
     (SELECT o.trade_no FROM trade o WHERE o.channel_ref = r.original_ref AND o.channel = r.channel ORDER BY o.id LIMIT 1), \
     (SELECT posting FROM v_trade v WHERE v.trade_no = r.trade_no), \
     CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 3) THEN 'settled' ELSE 'unsettled' END, r.recon, \
     CASE WHEN r.clearing = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = 8 * r.id + 2 AND e.live > 0) THEN 'cleared' \
       WHEN r.clearing = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = r.id AND v.event = e.id \
         WHERE e.id = 8 * r.id + 2 AND e.live = 0) THEN 'uncleared' ELSE r.clearing END";

/// Reads a trade's facts from seventeen columns, the row number first.
///
/// # Errors
/// A fault where a column makes no sense.
pub fn trade_facts(row: &Row<'_>) -> Result<Trade, StoreError> {
    Ok(Trade {
        trade_no: row.parse(1)?,
        kind: row.parse(2)?,
        product: row.maybe_text(3)?.map(str::to_owned),
        channel: row.parse(4)?,
        channel_ref: row.parse(5)?,
        original_ref: row.maybe_parse(6)?,
        amount_minor: row.int(7)?,
        fee_minor: row.int(8)?,
        currency: row.parse(9)?,
        customer: row.maybe_parse(10)?,
        merchant: row.maybe_parse(11)?,
        occurred_at: row.parse(12)?,
        business_date: row.parse(13)?,
        status: row.parse(14)?,
        clearing: row.parse(15)?,
        counters: row.maybe_parse(16)?,
    })
}

fn trade_row(row: &Row<'_>) -> Result<TradeRow, StoreError> {
    Ok(TradeRow {
        id: row.int(0)?,
        trade: trade_facts(row)?,
        status_now: row.parse(17)?,
        original_trade_no: row.maybe_parse(18)?,
        posting: row.parse(19)?,
        settlement: row.parse(20)?,
        recon: row.parse(21)?,
        clearing_now: row.parse(22)?,
    })
}

/// Rows a name search may find before it becomes a condition on each row instead of a list of rows.
const FEW: usize = 2000;

/// A page of trades. `among` restricts it to these rows.
///
/// # Errors
/// A fault of the engine.
pub fn trades<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &TradeFilter,
    among: Option<&[i64]>,
    page: &Page,
) -> Result<Rows<TradeRow>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let mut list = List::of(TRADE_COLUMNS, "trade_recon r", "r.id");
    if filter.unposted {
        // The list is made of the index alone; what is in suspense is asked of a page's rows.
        list.conditions.push(format!(
            "r.id IN (SELECT e.id / 8 FROM event e WHERE e.live = 0) AND (r.status_now = 'succeeded' \
             OR (r.status_now = 'processing' AND r.kind = 'payout')) \
             AND EXISTS (SELECT 1 FROM event e WHERE e.id BETWEEN 8 * r.id AND 8 * r.id + 7 AND e.live = 0 AND {NOT_PARKED})"
        ));
    }
    if let Some(day) = &day {
        list.only("r.business_date = ?", Param::Text(day));
    }
    if let Some(channel) = &filter.channel {
        list.only("r.channel = ?", Param::Text(channel));
    }
    if let Some(kind) = &filter.kind {
        list.only("r.kind = ?", Param::Text(kind));
    }
    if let Some(customer) = &filter.customer {
        list.only(
            "r.id IN (SELECT id FROM trade WHERE customer = ? UNION SELECT trade FROM amendment WHERE fact = 'customer' \
             AND value = ?) AND coalesce((SELECT a.value FROM amendment a WHERE a.trade = r.id AND a.fact = 'customer' \
             ORDER BY a.n DESC LIMIT 1), r.customer) = ?",
            Param::Text(customer),
        );
    }
    if !text.is_empty() {
        by_name(reader, &mut list, &text, &end)?;
    }
    if let Some(among) = among {
        let ids: Vec<String> = among.iter().map(i64::to_string).collect();
        list.conditions.push(format!("r.id IN ({})", ids.join(",")));
    }
    list.page(reader, page, trade_row)
}

/// Rows of the trades with a name (number, channel reference, customer, merchant) that starts with `text`; `None` where
/// they are too many to list.
///
/// # Errors
/// A fault of the engine.
pub fn rows_named<R: Reader + ?Sized>(reader: &mut R, text: &str) -> Result<Option<Vec<i64>>, StoreError> {
    let found = all(
        reader,
        &format!(
            "SELECT id FROM trade WHERE trade_no >= ?1 AND trade_no < ?2 \
             UNION SELECT id FROM trade WHERE channel_ref >= ?1 AND channel_ref < ?2 \
             UNION SELECT id FROM trade WHERE customer >= ?1 AND customer < ?2 \
             UNION SELECT id FROM trade WHERE merchant >= ?1 AND merchant < ?2 LIMIT {}",
            FEW + 1
        ),
        &[Param::Text(text), Param::Text(&prefix_end(text))],
        |row| row.int(0),
    )?;
    Ok(Some(found).filter(|found| found.len() <= FEW))
}

/// Whether the trade in a row has such a name.
///
/// # Errors
/// A fault of the engine.
pub fn is_named<R: Reader + ?Sized>(reader: &mut R, row: i64, text: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM trade r WHERE r.id = ?3 AND {}", named(1, 2));
    let params = [Param::Text(text), Param::Text(&prefix_end(text)), Param::Int(row)];
    Ok(first(reader, &sql, &params, |_| Ok(()))?.is_some())
}

/// The condition that a name of trade `r` lies in the range between two values.
fn named(from: usize, until: usize) -> String {
    let any: Vec<String> = ["trade_no", "channel_ref", "customer", "merchant"]
        .iter()
        .map(|column| format!("(r.{column} >= ?{from} AND r.{column} < ?{until})"))
        .collect();
    format!("({})", any.join(" OR "))
}

/// Restricts a list of trades to those with a name that starts with `text`: as a list of rows where they are few, as a
/// condition on each row where they are many and the page fills quickly anyway.
fn by_name<'a, R: Reader + ?Sized>(
    reader: &mut R,
    list: &mut List<'a>,
    text: &'a str,
    end: &'a str,
) -> Result<(), StoreError> {
    if let Some(found) = rows_named(reader, text)? {
        let ids: Vec<String> = found.iter().map(i64::to_string).collect();
        list.conditions.push(format!("r.id IN ({})", ids.join(",")));
        return Ok(());
    }
    list.params.extend([Param::Text(text), Param::Text(end)]);
    list.conditions.push(named(list.params.len() - 1, list.params.len()));
    Ok(())
}

/// One trade.
///
/// # Errors
/// A fault of the engine.
pub fn trade<R: Reader + ?Sized>(reader: &mut R, trade_no: &TradeNo) -> Result<Option<TradeRow>, StoreError> {
    first(
        reader,
        &format!("SELECT {TRADE_COLUMNS} FROM trade_recon r WHERE r.trade_no = ?1"),
        &[Param::Text(trade_no.as_str())],
        trade_row,
    )
}

/// Numbers of the trades with a channel's reference.
///
/// # Errors
/// A fault of the engine.
pub fn trades_with_ref<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Vec<TradeNo>, StoreError> {
    all(
        reader,
        "SELECT trade_no FROM trade WHERE channel_ref = ?2 AND channel = ?1 ORDER BY id",
        &[Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())],
        |row| row.parse(0),
    )
}

/// The succeeded refunds that name an original: row, amount and channel fee in minor units.
///
/// # Errors
/// A fault of the engine.
pub fn refunds_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    original: &ChannelRef,
) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    all(
        reader,
        "SELECT id, amount_minor, fee_minor FROM trade WHERE original_ref = ?2 AND channel = ?1 AND kind = 'refund' \
         AND status = 'succeeded' ORDER BY id",
        &[Param::Text(channel.as_str()), Param::Text(original.as_str())],
        |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
    )
}

/// How much of a trade others undo, those before a row: refunds, returns, chargebacks and counter trades that name it; of a
/// chargeback, what was claimed back.
///
/// # Errors
/// A fault of the engine.
pub fn undone_of<R: Reader + ?Sized>(reader: &mut R, trade: i64, before: i64) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(x.amount_now), 0) FROM trade t JOIN trade_now x ON x.original_ref = t.channel_ref AND x.channel = t.channel \
         WHERE t.id = ?1 AND x.id < ?2 AND x.status_now = 'succeeded' AND (x.kind = 'counter' OR (t.kind = 'chargeback' AND x.kind = 'representment') \
           OR (t.kind <> 'chargeback' AND (x.kind = 'refund' OR x.kind = 'return' OR x.kind = 'chargeback')))";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(before)], |row| row.int(0))?.unwrap_or(0))
}

/// How much of a trade counter trades undo, those before a row.
///
/// # Errors
/// A fault of the engine.
pub fn countered_of<R: Reader + ?Sized>(reader: &mut R, trade: i64, before: i64) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(x.amount_now), 0) FROM trade t JOIN trade_now x ON x.original_ref = t.channel_ref AND x.channel = t.channel \
         WHERE t.id = ?1 AND x.id < ?2 AND x.status_now = 'succeeded' AND x.kind = 'counter' AND x.counters = t.kind";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(before)], |row| row.int(0))?.unwrap_or(0))
}

/// Amount and channel fee of the trade with a channel's reference, minor units; of several the first.
///
/// # Errors
/// A fault of the engine.
pub fn original_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Option<(i64, i64)>, StoreError> {
    first(
        reader,
        "SELECT amount_minor, fee_minor FROM trade WHERE channel_ref = ?2 AND channel = ?1 ORDER BY id LIMIT 1",
        &[Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())],
        |row| Ok((row.int(0)?, row.int(1)?)),
    )
}

/// The highest trade row.
///
/// # Errors
/// A fault of the engine.
pub fn last_trade<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    Ok(first(reader, "SELECT coalesce(max(id), 0) FROM trade", &[], |row| row.int(0))?.unwrap_or(0))
}

/// The trades in rows `from..=until` as imported.
///
/// # Errors
/// A fault of the engine.
pub fn trade_range<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<Trade>, StoreError> {
    all(
        reader,
        "SELECT id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, currency, customer, \
         merchant, occurred_at, business_date, status, clearing, counters FROM trade WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &[Param::Int(from), Param::Int(until)],
        trade_facts,
    )
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
