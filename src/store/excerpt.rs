//! An excerpt of the ledger in memory: all that the comparison with a channel reads for some references. What a case
//! would change is written there, so that the comparison after it is made by the same views, and nothing is written
//! to the ledger itself.
//!
//! Taken along are the trades and lines of the references, those that views relate to them (revocations, matches of
//! people), and all heads of the channel's statements. Vouchers are not: of the answers to lines only those that
//! stand are copied.

use super::engine::sqlite::{Sqlite, unguarded};
use super::engine::{Cell, Engine, Param, Reader, Sink, StoreError, all, first};
use super::related::related;
use super::row_lists::all_of;
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::trade::Channel;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// References by channel.
pub type References = BTreeMap<Channel, BTreeSet<ChannelRef>>;

/// The references of a channel (?1) in ?2, a JSON array.
const NAMED: &str = "SELECT ?1, value FROM json_each(?2)";

/// What is copied by reference: table, and where its rows `x` come from.
const BY_REFERENCE: [(&str, &str); 6] = [
    ("trade", "refs r CROSS JOIN trade x ON x.channel_ref = r.ref AND x.channel = r.channel"),
    (
        "trade_status",
        "refs r CROSS JOIN trade t ON t.channel_ref = r.ref AND t.channel = r.channel CROSS JOIN trade_status x ON x.trade = t.id",
    ),
    (
        "amendment",
        "refs r CROSS JOIN trade t ON t.channel_ref = r.ref AND t.channel = r.channel CROSS JOIN amendment x ON x.trade = t.id",
    ),
    (
        "match_decision",
        "refs r CROSS JOIN trade t ON t.channel_ref = r.ref AND t.channel = r.channel CROSS JOIN match_decision x ON x.trade = t.id",
    ),
    (
        "statement_line",
        "refs r CROSS JOIN statement_line x ON x.channel_ref = r.ref AND x.channel = r.channel",
    ),
    (
        "answered_line",
        "refs r CROSS JOIN answered_line x ON x.channel_ref = r.ref AND x.channel = r.channel \
         WHERE x.voucher IS NULL OR NOT EXISTS (SELECT 1 FROM voucher v WHERE v.reverses = x.voucher)",
    ),
];

/// What is copied of a channel (?1).
const BY_CHANNEL: [(&str, &str); 2] = [
    ("statement", "statement x WHERE x.channel = ?1"),
    (
        "statement_change",
        "statement s CROSS JOIN statement_change x ON x.statement = s.id WHERE s.channel = ?1",
    ),
];

/// What is copied in any case: definitions in force, and what was known when days closed.
const IN_FORCE: [(&str, &str); 8] = [
    ("day_known", "day_known x"),
    ("policy", "policy x ORDER BY x.version DESC LIMIT 1"),
    ("kind_set", "kind_set x ORDER BY x.version DESC LIMIT 1"),
    ("trade_kind", "trade_kind x WHERE x.version = (SELECT coalesce(max(version), 0) FROM kind_set)"),
    ("kind_undoes", "kind_undoes x WHERE x.version = (SELECT coalesce(max(version), 0) FROM kind_set)"),
    ("channel_set", "channel_set x ORDER BY x.version DESC LIMIT 1"),
    ("channel_fact", "channel_fact x WHERE x.version = (SELECT coalesce(max(version), 0) FROM channel_set)"),
    (
        "channel_merchant",
        "channel_merchant x WHERE x.version = (SELECT coalesce(max(version), 0) FROM channel_set)",
    ),
];

/// An excerpt of a ledger.
pub struct Excerpt {
    memory: Sqlite,
}

impl Excerpt {
    /// Copies what the comparison reads for the references of some channels.
    ///
    /// # Errors
    /// A fault of either engine.
    pub fn of<R: Reader + ?Sized>(reader: &mut R, refs: &References) -> Result<Self, StoreError> {
        let mut memory = unguarded()?;
        let mut columns = BTreeMap::new();
        for (table, _) in IN_FORCE.iter().chain(&BY_CHANNEL).chain(&BY_REFERENCE) {
            let sql = "SELECT name FROM pragma_table_info(?1)";
            let names = all(&mut memory, sql, &[Param::Text(table)], |row| Ok(row.text(0)?.to_owned()))?;
            columns.insert(*table, names);
        }
        memory.commit(&mut |sink| {
            for (table, from) in IN_FORCE {
                copy(reader, sink, (table, &columns[table]), ("", from), &[])?;
            }
            let related = related(NAMED);
            for (channel, refs) in refs {
                let channel = Param::Text(channel.as_str());
                for (table, from) in BY_CHANNEL {
                    copy(reader, sink, (table, &columns[table]), ("", from), &[channel])?;
                }
                let listed = json_list(refs);
                for (table, from) in BY_REFERENCE {
                    let params = [channel, Param::Text(&listed)];
                    copy(reader, sink, (table, &columns[table]), (&related, from), &params)?;
                }
            }
            Ok(())
        })?;
        Ok(Self { memory })
    }

    /// Writes into the excerpt.
    ///
    /// # Errors
    /// A fault of the engine, or what `fill` returned.
    pub fn write(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.memory.commit(fill)
    }

    /// Removes the answer that a voucher gave to a line, as the reversal of the voucher does in the ledger.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn take_back_answer(sink: &mut dyn Sink, voucher: i64) -> Result<(), StoreError> {
        sink.run("DELETE FROM answered_line WHERE voucher = ?1", &[Param::Int(voucher)])
    }

    /// Returns the days of the channels that the trades and lines of the excerpt are of.
    ///
    /// # Errors
    /// A fault of the engine.
    pub fn days(&mut self) -> Result<BTreeSet<(Channel, Date)>, StoreError> {
        let sql = "SELECT t.channel, k.channel_day FROM trade t JOIN trade_clock k ON k.id = t.id \
             UNION SELECT s.channel, s.day FROM statement s WHERE s.day IS NOT NULL \
               AND EXISTS (SELECT 1 FROM statement_line l WHERE l.statement = s.id)";
        Ok(all(&mut self.memory, sql, &[], |row| Ok((row.parse(0)?, row.parse(1)?)))?.into_iter().collect())
    }
}

impl Reader for Excerpt {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: super::engine::EachRow<'_>,
    ) -> Result<(), StoreError> {
        self.memory.read(sql, params, each)
    }
}

/// Copies the rows `x` of a table, with its columns, that come from a query: what stands before SELECT, and behind
/// FROM.
fn copy<R: Reader + ?Sized>(
    reader: &mut R,
    sink: &mut dyn Sink,
    (table, columns): (&str, &[String]),
    (with, from): (&str, &str),
    params: &[Param<'_>],
) -> Result<(), StoreError> {
    let read = columns.iter().map(|column| format!("x.{column}")).collect::<Vec<_>>().join(", ");
    let places = (1..=columns.len()).map(|n| format!("?{n}")).collect::<Vec<_>>().join(", ");
    // A version of the schema's own rows stands in every ledger.
    let insert = format!("INSERT OR REPLACE INTO {table} ({}) VALUES ({places})", columns.join(", "));
    reader.read(&format!("{with} SELECT {read} FROM {from}"), params, &mut |row| {
        let mut values = Vec::with_capacity(columns.len());
        for column in 0..columns.len() {
            values.push(match row.0.cell(column)? {
                Cell::Null => Param::Null,
                Cell::Int(value) => Param::Int(value),
                Cell::Text(text) => Param::Text(text),
            });
        }
        sink.run(&insert, &values)
    })
}

/// Returns references as a JSON array.
fn json_list(refs: &BTreeSet<ChannelRef>) -> String {
    serde_json::Value::from(refs.iter().map(ChannelRef::as_str).collect::<Vec<_>>()).to_string()
}

/// Returns the references that the comparison of a channel's day is about: of its trades, of the lines of its
/// statements however they stand, and of the trades just across its cut, which its statements may list.
///
/// # Errors
/// A fault of the engine.
pub fn refs_of_day<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
) -> Result<Vec<ChannelRef>, StoreError> {
    all(
        reader,
        "SELECT t.channel_ref FROM trade t JOIN trade_clock k ON k.id = t.id \
          WHERE t.channel = ?1 AND t.business_date BETWEEN date(?2, '-2 day') AND date(?2, '+2 day') \
            AND (k.channel_day = ?2 OR (k.channel_day = date(?2, '-1 day') AND k.since_cut >= 1440 - k.window) \
              OR (k.channel_day = date(?2, '+1 day') AND k.since_cut < k.window)) \
         UNION SELECT l.channel_ref FROM statement s CROSS JOIN statement_line l ON l.statement = s.id \
          WHERE s.channel = ?1 AND s.day = ?2",
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
        |row| row.parse(0),
    )
}

/// Returns the references of those of some trades, by row, that no line of a channel answers, or that fight for one.
///
/// # Errors
/// A fault of the engine.
pub fn refs_without_line<R: Reader + ?Sized>(
    reader: &mut R,
    trades: impl IntoIterator<Item = i64>,
) -> Result<Vec<(Channel, ChannelRef)>, StoreError> {
    let sql = "SELECT n.channel, n.channel_ref FROM json_each(?1) j CROSS JOIN trade_recon n ON n.id = j.value \
         WHERE n.recon IN ('short', 'waiting', 'overdue', 'ambiguous')";
    all_of(reader, sql, trades, |row| Ok((row.parse(0)?, row.parse(1)?)))
}

/// Returns channel and reference of a trade, found by number.
///
/// # Errors
/// A fault of the engine.
pub fn ref_of_trade<R: Reader + ?Sized>(
    reader: &mut R,
    trade_no: &TradeNo,
) -> Result<Option<(Channel, ChannelRef)>, StoreError> {
    let sql = "SELECT channel, channel_ref FROM trade WHERE trade_no = ?1";
    first(reader, sql, &[Param::Text(trade_no.as_str())], |row| Ok((row.parse(0)?, row.parse(1)?)))
}

/// Returns channel and reference of the trade in a row.
///
/// # Errors
/// A fault of the engine.
pub fn ref_in_row<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Option<(Channel, ChannelRef)>, StoreError> {
    let sql = "SELECT channel, channel_ref FROM trade WHERE id = ?1";
    first(reader, sql, &[Param::Int(trade)], |row| Ok((row.parse(0)?, row.parse(1)?)))
}

/// Returns channel and reference of the line that a voucher answers.
///
/// # Errors
/// A fault of the engine.
pub fn ref_answered_by<R: Reader + ?Sized>(
    reader: &mut R,
    voucher: i64,
) -> Result<Option<(Channel, ChannelRef)>, StoreError> {
    let sql = "SELECT channel, channel_ref FROM answered_line WHERE voucher = ?1";
    first(reader, sql, &[Param::Int(voucher)], |row| Ok((row.parse(0)?, row.parse(1)?)))
}

/// Returns the days of the channel that the trades and standing lines of a reference are of.
///
/// # Errors
/// A fault of the engine.
pub fn days_of_ref<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Vec<Date>, StoreError> {
    all(
        reader,
        "SELECT (SELECT k.channel_day FROM trade_clock k WHERE k.id = t.id) FROM trade t WHERE t.channel_ref = ?2 AND t.channel = ?1 \
         UNION SELECT s.day FROM standing_line l JOIN statement s ON s.id = l.statement \
          WHERE l.channel_ref = ?2 AND l.channel = ?1 AND s.day IS NOT NULL",
        &[Param::Text(channel.as_str()), Param::Text(channel_ref.as_str())],
        |row| row.parse(0),
    )
}
