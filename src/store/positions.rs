//! Walking over all trades with what stands in the books for them, a chunk at a time: the input of findings and posting.

use super::append::side_of;
use super::list::trade_facts;
use super::row::{Param, Row};
use super::{Reader, StoreError, all, first};
use crate::domain::event::Event;
use crate::domain::id::VoucherNo;
use crate::domain::trade::{ReconStatus, Trade, TradeStatus};
use crate::domain::voucher::{Line, VoucherKind};
use jiff::civil::Date;

/// Trades of one chunk; some 2 MB in memory, and large enough that the statements' own cost vanishes.
pub const CHUNK: i64 = 1000;

/// Lines that most vouchers have room for from the start.
const USUAL_LINES: usize = 6;

/// A voucher as findings need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingVoucher {
    /// Place.
    pub seq: i64,
    /// Number.
    pub voucher_no: VoucherNo,
    /// Kind.
    pub kind: VoucherKind,
    /// Event.
    pub event: Option<Event>,
    /// Accounting day.
    pub accounting_date: Date,
    /// Day of the trade as booked.
    pub business_date: Date,
    /// Whether it was taken back.
    pub reversed: bool,
    /// Whether it put an amount into suspense that is still there.
    pub open_item: bool,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A trade with what stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Row of the trade.
    pub id: i64,
    /// The facts as imported.
    pub trade: Trade,
    /// Status now.
    pub status_now: TradeStatus,
    /// Comparison with the channel.
    pub recon: ReconStatus,
    /// Its events with the number of live vouchers.
    pub events: Vec<(Event, i64)>,
    /// Its vouchers.
    pub vouchers: Vec<StandingVoucher>,
    /// Corrected facts, in order.
    pub amendments: Vec<(String, String)>,
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
pub fn trades<R: Reader + ?Sized>(reader: &mut R, from: i64, until: i64) -> Result<Vec<Trade>, StoreError> {
    all(
        reader,
        "SELECT id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, currency, customer, \
         merchant, occurred_at, business_date, status, clearing, counters FROM trade WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &[Param::Int(from), Param::Int(until)],
        trade_facts,
    )
}

/// The trades in rows `from..=until` with what stands for them.
///
/// # Errors
/// A fault of the engine.
pub fn standing<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<Standing>, StoreError> {
    let range = [Param::Int(from), Param::Int(until)];
    let mut found = all(
        reader,
        "SELECT id, trade_no, kind, product, channel, channel_ref, original_ref, amount_minor, fee_minor, currency, customer, \
         merchant, occurred_at, business_date, status, clearing, counters, status_now, recon FROM trade_recon \
         WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &range,
        |row| {
            Ok(Standing {
                id: row.int(0)?,
                trade: trade_facts(row)?,
                status_now: row.parse(17)?,
                recon: row.parse(18)?,
                events: Vec::new(),
                vouchers: Vec::new(),
                amendments: Vec::new(),
            })
        },
    )?;
    add_events(reader, &mut found, from, until)?;
    add_vouchers(reader, &mut found, &range)?;
    add_amendments(reader, &mut found, &range)?;
    Ok(found)
}

fn of_trade(found: &mut [Standing], trade: i64) -> Option<&mut Standing> {
    let index = found.binary_search_by_key(&trade, |standing| standing.id).ok()?;
    found.get_mut(index)
}

fn add_events<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [Standing],
    from: i64,
    until: i64,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT trade, event, live FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &[Param::Int(from * 8), Param::Int(until * 8 + 7)],
        &mut |row| {
            if let Some(standing) = of_trade(found, row.int(0)?) {
                standing.events.push((row.parse(1)?, row.int(2)?));
            }
            Ok(())
        },
    )
}

fn add_vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [Standing],
    range: &[Param<'_>],
) -> Result<(), StoreError> {
    reader.read(
        "SELECT v.trade, v.id, v.voucher_no, v.kind, v.event & 7, v.accounting_date, r.id IS NOT NULL, v.business_date, \
         v.kind = 'park' AND EXISTS (SELECT 1 FROM open_item o WHERE o.voucher = v.id AND (o.cleared_by IS NULL \
         OR EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by))) \
         FROM voucher v INDEXED BY voucher_trade LEFT JOIN voucher r ON r.reverses = v.id \
         WHERE v.trade BETWEEN ?1 AND ?2 ORDER BY v.trade, v.id",
        range,
        &mut |row| {
            if let Some(standing) = of_trade(found, row.int(0)?) {
                standing.vouchers.push(StandingVoucher {
                    seq: row.int(1)?,
                    voucher_no: row.parse(2)?,
                    kind: row.parse(3)?,
                    event: row.maybe_int(4)?.and_then(event_of),
                    accounting_date: row.parse(5)?,
                    reversed: row.flag(6)?,
                    business_date: row.parse(7)?,
                    open_item: row.flag(8)?,
                    lines: Vec::with_capacity(USUAL_LINES),
                });
            }
            Ok(())
        },
    )?;
    reader.read(
        "SELECT v.trade, v.id, a.code, e.side, e.amount_minor, e.mode \
         FROM voucher v INDEXED BY voucher_trade CROSS JOIN entry e ON e.voucher = v.id CROSS JOIN account a ON a.id = e.account \
         WHERE v.trade BETWEEN ?1 AND ?2 ORDER BY v.trade, v.id, e.line",
        range,
        &mut |row| {
            let seq = row.int(1)?;
            let voucher = of_trade(found, row.int(0)?)
                .and_then(|standing| standing.vouchers.iter_mut().find(|voucher| voucher.seq == seq));
            if let Some(voucher) = voucher {
                voucher.lines.push(Line {
                    account: row.parse(2)?,
                    side: side_of(row.int(3)?),
                    amount_minor: row.int(4)?,
                    mode: row.parse(5)?,
                });
            }
            Ok(())
        },
    )
}

fn add_amendments<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [Standing],
    range: &[Param<'_>],
) -> Result<(), StoreError> {
    reader.read(
        "SELECT trade, fact, value FROM amendment WHERE trade BETWEEN ?1 AND ?2 ORDER BY trade, n",
        range,
        &mut |row| {
            if let Some(standing) = of_trade(found, row.int(0)?) {
                standing.amendments.push((row.text(1)?.to_owned(), row.text(2)?.to_owned()));
            }
            Ok(())
        },
    )
}

/// The event behind the low digits of an event's row.
const fn event_of(number: i64) -> Option<Event> {
    match number {
        1 => Some(Event::Captured),
        2 => Some(Event::Cleared),
        3 => Some(Event::Settled),
        4 => Some(Event::Refunded),
        _ => None,
    }
}

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

/// Whether an event has a live posting.
///
/// # Errors
/// A fault of the engine.
pub fn live<R: Reader + ?Sized>(reader: &mut R, trade: i64, event: Event) -> Result<i64, StoreError> {
    let id = super::append::event_id(trade, event);
    Ok(first(reader, "SELECT live FROM event WHERE id = ?1", &[Param::Int(id)], |row| row.int(0))?
        .unwrap_or(0))
}
