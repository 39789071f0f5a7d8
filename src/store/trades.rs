//! Trades (交易): pages, one trade, the trades that undo it, adding trades.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use super::event_id::EventId;
use super::event_id::event_sql;
use super::events::insert_event;
use super::matching::Contests;
use super::page::{List, prefix_end};
use super::suspense::NOT_PARKED;
use crate::domain::event::Event;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::money::{Currency, Money};
use crate::domain::trade::{Channel, ReconStatus, Trade, TradeKind};
use crate::protocol::page::{Page, Rows};
use crate::protocol::trades::{TradeFilter, TradeRow};

columns! {
    /// A trade's row and facts, of a table or view `t`.
    pub(super) mod fact from 0 => {
        ID = "t.id",
        TRADE_NO = "t.trade_no",
        KIND = "t.kind",
        PRODUCT = "t.product",
        CHANNEL = "t.channel",
        CHANNEL_REF = "t.channel_ref",
        ORIGINAL_REF = "t.original_ref",
        AMOUNT = "t.amount_minor",
        FEE = "t.fee_minor",
        CURRENCY = "t.currency",
        CUSTOMER = "t.customer",
        MERCHANT = "t.merchant",
        OCCURRED_AT = "t.occurred_at",
        BUSINESS_DATE = "t.business_date",
        STATUS = "t.status",
        CLEARING = "t.clearing",
        COUNTERS = "t.counters",
        COUNTER_MINOR = "t.counter_minor",
        COUNTER_CURRENCY = "t.counter_currency",
        MERCHANT_NO = "t.merchant_no",
        CHANNEL_NO = "t.channel_no",
        MERCHANT_DISCOUNT = "t.merchant_discount_minor",
    }
}

columns! {
    /// What a page shows in addition to the facts of a trade `t`.
    mod shown from super::fact::END => {
        STATUS_NOW = "t.status_now",
        ORIGINAL = "(SELECT o.trade_no FROM trade o WHERE o.channel_ref = t.original_ref AND o.channel = t.channel \
            ORDER BY o.id LIMIT 1)",
        POSTING = "(SELECT posting FROM v_trade v WHERE v.trade_no = t.trade_no)",
        SETTLEMENT = concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM event e WHERE e.id = ", crate::store::event_id::event_sql!(settled of "t.id"),
            ") THEN 'settled' ELSE 'unsettled' END"
        ),
        RECON = "t.recon",
        CLEARING_NOW = concat!(
            "CASE WHEN ", crate::store::trade_news::clearing_told!(), " = 'uncleared' AND EXISTS (SELECT 1 FROM event e WHERE e.id = ",
            crate::store::event_id::event_sql!(cleared of "t.id"), " AND e.live > 0) THEN 'cleared' \
             WHEN ", crate::store::trade_news::clearing_told!(), " = 'cleared' AND EXISTS (SELECT 1 FROM event e JOIN voucher v ON v.trade = t.id \
             AND v.event = e.id WHERE e.id = ", crate::store::event_id::event_sql!(cleared of "t.id"), " AND e.live = 0) THEN 'uncleared' \
             ELSE ", crate::store::trade_news::clearing_told!(), " END"
        ),
    }
}

/// Reads a trade's facts from the columns [`fact`].
///
/// # Errors
/// A fault if a column is malformed.
pub(super) fn trade_facts(row: &Row<'_>) -> Result<Trade, StoreError> {
    Ok(Trade {
        trade_no: row.parse(fact::TRADE_NO)?,
        kind: row.parse(fact::KIND)?,
        product: row.maybe_text(fact::PRODUCT)?.map(str::to_owned),
        channel: row.parse(fact::CHANNEL)?,
        channel_ref: row.parse(fact::CHANNEL_REF)?,
        original_ref: row.maybe_parse(fact::ORIGINAL_REF)?,
        amount_minor: row.int(fact::AMOUNT)?,
        fee_minor: row.int(fact::FEE)?,
        currency: row.parse(fact::CURRENCY)?,
        counter_amount: match row.maybe_int(fact::COUNTER_MINOR)? {
            Some(minor) => Some(Money::new(minor, row.parse(fact::COUNTER_CURRENCY)?)),
            None => None,
        },
        customer: row.maybe_parse(fact::CUSTOMER)?,
        merchant: row.maybe_parse(fact::MERCHANT)?,
        occurred_at: row.parse(fact::OCCURRED_AT)?,
        business_date: row.parse(fact::BUSINESS_DATE)?,
        status: row.parse(fact::STATUS)?,
        clearing: row.parse(fact::CLEARING)?,
        counters: row.maybe_parse(fact::COUNTERS)?,
        merchant_no: row.maybe_text(fact::MERCHANT_NO)?.map(str::to_owned),
        channel_no: row.maybe_text(fact::CHANNEL_NO)?.map(str::to_owned),
        merchant_discount_minor: row.int(fact::MERCHANT_DISCOUNT)?,
    })
}

fn trade_row(row: &Row<'_>) -> Result<TradeRow, StoreError> {
    Ok(TradeRow {
        id: row.int(fact::ID)?,
        trade: trade_facts(row)?,
        status_now: row.parse(shown::STATUS_NOW)?,
        original_trade_no: row.maybe_parse(shown::ORIGINAL)?,
        posting: row.parse(shown::POSTING)?,
        settlement: row.parse(shown::SETTLEMENT)?,
        recon: row.parse(shown::RECON)?,
        clearing_now: row.parse(shown::CLEARING_NOW)?,
    })
}

/// Limit of rows up to which a name search becomes a list of rows instead of a condition on each row.
const MAX_LISTED_ROWS: usize = 2000;

/// Returns a page of trades. `among` restricts it to these rows.
pub fn trades<R: Reader + ?Sized>(
    reader: &mut R,
    filter: &TradeFilter,
    among: Option<&[i64]>,
    page: &Page,
) -> Result<Rows<TradeRow>, StoreError> {
    let day = filter.day.map(|day| day.to_string());
    let text = filter.text.clone().unwrap_or_default();
    let end = prefix_end(&text);
    let columns = format!("{}, {}", fact::SQL, shown::SQL);
    let mut list = List::of(&columns, "trade_recon t", "t.id");
    if filter.unposted {
        // The list is read from the index alone; suspense is checked for the rows of a page.
        list.conditions.push(format!(
            "t.id IN (SELECT {} FROM event e WHERE e.live = 0) AND (t.status_now = 'succeeded' \
             OR (t.status_now = 'processing' AND t.kind IN (SELECT code FROM kind_now WHERE in_process = 1))) \
             AND EXISTS (SELECT 1 FROM event e WHERE e.id {} AND e.live = 0 AND {NOT_PARKED})",
            event_sql!(trade of "e.id"),
            event_sql!(all of "t.id"),
        ));
    }
    if filter.follow_up {
        list.conditions.push("t.id IN (SELECT u.trade FROM trade_follow_up u)".to_owned());
    }
    if let Some(day) = &day {
        list.only("t.business_date = ?", Param::Text(day));
    }
    if let Some(channel) = &filter.channel {
        list.only("t.channel = ?", Param::Text(channel));
    }
    if let Some(kind) = &filter.kind {
        list.only("t.kind = ?", Param::Text(kind));
    }
    if let Some(customer) = &filter.customer {
        list.only(
            "t.id IN (SELECT id FROM trade WHERE customer = ? UNION SELECT trade FROM amendment WHERE fact = 'customer' \
             AND value = ?) AND coalesce((SELECT a.value FROM amendment a WHERE a.trade = t.id AND a.fact = 'customer' \
             ORDER BY a.n DESC LIMIT 1), t.customer) = ?",
            Param::Text(customer),
        );
    }
    if !text.is_empty() {
        by_name(reader, &mut list, &text, &end)?;
    }
    if let Some(among) = among {
        let ids: Vec<String> = among.iter().map(i64::to_string).collect();
        list.conditions.push(format!("t.id IN ({})", ids.join(",")));
    }
    let mut rows = list.page(reader, page, trade_row)?;
    resolve(reader, &mut rows.rows)?;
    Ok(rows)
}

/// Says of trades that the schema leaves to the program what they are.
fn resolve<'r, R: Reader + ?Sized>(
    reader: &mut R,
    rows: impl IntoIterator<Item = &'r mut TradeRow>,
) -> Result<(), StoreError> {
    let mut contests = Contests::default();
    for row in rows.into_iter().filter(|row| row.recon == ReconStatus::Ambiguous) {
        row.recon = contests.resolve(reader, row.id, (row.trade.channel, &row.trade.channel_ref))?.recon;
    }
    Ok(())
}

/// Returns the rows of trades with a name (number, channel reference, customer, merchant) that starts
/// with `text`; `None` if there are too many to list.
pub fn rows_named<R: Reader + ?Sized>(reader: &mut R, text: &str) -> Result<Option<Vec<i64>>, StoreError> {
    let found = all(
        reader,
        &format!(
            "SELECT id FROM trade WHERE trade_no >= ?1 AND trade_no < ?2 \
             UNION SELECT id FROM trade WHERE channel_ref >= ?1 AND channel_ref < ?2 \
             UNION SELECT id FROM trade WHERE customer >= ?1 AND customer < ?2 \
             UNION SELECT id FROM trade WHERE merchant >= ?1 AND merchant < ?2 LIMIT {}",
            MAX_LISTED_ROWS + 1
        ),
        &[Param::Text(text), Param::Text(&prefix_end(text))],
        |row| row.int(0),
    )?;
    Ok(Some(found).filter(|found| found.len() <= MAX_LISTED_ROWS))
}

/// Returns whether the trade in a row has a name that starts with `text`.
pub fn is_named<R: Reader + ?Sized>(reader: &mut R, row: i64, text: &str) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM trade t WHERE t.id = ?3 AND {}", named(1, 2));
    let params = [Param::Text(text), Param::Text(&prefix_end(text)), Param::Int(row)];
    Ok(first(reader, &sql, &params, |_| Ok(()))?.is_some())
}

/// Returns the condition that a name of trade `t` is in the range between two parameters.
fn named(from: usize, until: usize) -> String {
    let any: Vec<String> = ["trade_no", "channel_ref", "customer", "merchant"]
        .iter()
        .map(|column| format!("(t.{column} >= ?{from} AND t.{column} < ?{until})"))
        .collect();
    format!("({})", any.join(" OR "))
}

/// Restricts a list of trades to those with a name that starts with `text`: as a list of rows if there
/// are few, else as a condition on each row, with which a page fills quickly anyway.
fn by_name<'a, R: Reader + ?Sized>(
    reader: &mut R,
    list: &mut List<'a>,
    text: &'a str,
    end: &'a str,
) -> Result<(), StoreError> {
    if let Some(found) = rows_named(reader, text)? {
        let ids: Vec<String> = found.iter().map(i64::to_string).collect();
        list.conditions.push(format!("t.id IN ({})", ids.join(",")));
        return Ok(());
    }
    list.params.extend([Param::Text(text), Param::Text(end)]);
    list.conditions.push(named(list.params.len() - 1, list.params.len()));
    Ok(())
}

/// Returns one trade.
pub fn trade<R: Reader + ?Sized>(reader: &mut R, trade_no: &TradeNo) -> Result<Option<TradeRow>, StoreError> {
    let mut found = first(
        reader,
        &format!("SELECT {}, {} FROM trade_recon t WHERE t.trade_no = ?1", fact::SQL, shown::SQL),
        &[Param::Text(trade_no.as_str())],
        trade_row,
    )?;
    resolve(reader, &mut found)?;
    Ok(found)
}

/// Returns the row of a trade and its facts as imported: much lighter than [`trade`] on an engine that prepares each
/// statement anew.
pub fn imported_facts<R: Reader + ?Sized>(
    reader: &mut R,
    trade_no: &TradeNo,
) -> Result<Option<(i64, Trade)>, StoreError> {
    first(
        reader,
        &format!("SELECT {} FROM trade t WHERE t.trade_no = ?1", fact::SQL),
        &[Param::Text(trade_no.as_str())],
        |row| Ok((row.int(fact::ID)?, trade_facts(row)?)),
    )
}

/// Returns the numbers of the trades with a channel reference.
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

/// Returns the succeeded trades of a kind that undo an original in a currency: row, amount and channel fee
/// in minor units.
pub fn refunds_of<R: Reader + ?Sized>(
    reader: &mut R,
    kind: TradeKind,
    channel: Channel,
    original: &ChannelRef,
    currency: Currency,
) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    all(
        reader,
        "SELECT id, amount_minor, fee_minor FROM trade WHERE original_ref = ?2 AND channel = ?1 AND kind = ?3 \
         AND status = 'succeeded' AND currency = ?4 ORDER BY id",
        &[
            Param::Text(channel.as_str()),
            Param::Text(original.as_str()),
            Param::Text(kind.as_str()),
            Param::Text(currency.code()),
        ],
        |row| Ok((row.int(0)?, row.int(1)?, row.int(2)?)),
    )
}

/// Returns how much of a trade is undone by counter trades before a row, in minor units.
pub fn countered_of<R: Reader + ?Sized>(reader: &mut R, trade: i64, before: i64) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(sum(x.amount_now), 0) FROM trade t JOIN trade_now x ON x.original_ref = t.channel_ref AND x.channel = t.channel AND x.currency = t.currency \
         WHERE t.id = ?1 AND x.id < ?2 AND x.status_now = 'succeeded' AND x.kind = 'counter' AND x.counters = t.kind";
    Ok(first(reader, sql, &[Param::Int(trade), Param::Int(before)], |row| row.int(0))?.unwrap_or(0))
}

/// Returns the highest row of a trade; 0 if there is none.
pub fn last_trade<R: Reader + ?Sized>(reader: &mut R) -> Result<i64, StoreError> {
    Ok(first(reader, "SELECT coalesce(max(id), 0) FROM trade", &[], |row| row.int(0))?.unwrap_or(0))
}

/// Returns the trades in rows `from..=until` as imported.
pub fn trade_range<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<Trade>, StoreError> {
    all(
        reader,
        &format!("SELECT {} FROM trade t WHERE t.id BETWEEN ?1 AND ?2 ORDER BY t.id", fact::SQL),
        &[Param::Int(from), Param::Int(until)],
        trade_facts,
    )
}

/// Returns the row of a trade.
pub fn trade_id<R: Reader + ?Sized>(reader: &mut R, trade_no: &TradeNo) -> Result<Option<i64>, StoreError> {
    first(reader, "SELECT id FROM trade WHERE trade_no = ?1", &[Param::Text(trade_no.as_str())], |row| {
        row.int(0)
    })
}

/// Returns the row and business day of a trade.
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

/// Returns the number of the trade in a row.
pub fn trade_no<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<TradeNo>, StoreError> {
    first(reader, "SELECT trade_no FROM trade WHERE id = ?1", &[Param::Int(id)], |row| row.parse(0))
}

const INSERT_TRADE: &str = "INSERT OR FAIL INTO trade (id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, \
     currency, customer, merchant, occurred_at, business_date, status, clearing, counters, merchant_no, channel_no, merchant_discount_minor) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

/// The same with the counter amount.
const INSERT_EXCHANGE: &str = "INSERT OR FAIL INTO trade (id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, \
     currency, customer, merchant, occurred_at, business_date, status, clearing, counters, merchant_no, channel_no, merchant_discount_minor, counter_minor, counter_currency) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)";

/// Adds a trade with its events, each with the number that its kind gives it. A trade that moves nothing has
/// none: there is nothing to post.
pub fn insert_trade<S: Sink + ?Sized>(
    sink: &mut S,
    id: i64,
    trade: &Trade,
    events: &[(Event, i64)],
) -> Result<(), StoreError> {
    let occurred_at = trade.occurred_at.to_string();
    let business_date = trade.business_date.to_string();
    let counter = trade.counter_amount;
    let all = [
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
        Param::maybe(trade.counters.as_ref().map(TradeKind::as_str)),
        Param::maybe(trade.merchant_no.as_ref()),
        Param::maybe(trade.channel_no.as_ref()),
        Param::Int(trade.merchant_discount_minor),
        counter.map_or(Param::Null, |money| Param::Int(money.minor)),
        Param::maybe(counter.map(|money| money.currency.code())),
    ];
    if counter.is_some() {
        sink.run(INSERT_EXCHANGE, &all)?;
    } else {
        sink.run(INSERT_TRADE, &all[..20])?;
    }
    let events = if trade.moves_nothing() { &[] } else { events };
    for (event, number) in events {
        insert_event(
            sink,
            EventId::numbered(id, *number),
            *event,
            &occurred_at,
            &business_date,
            trade.amount_minor,
        )?;
    }
    Ok(())
}
