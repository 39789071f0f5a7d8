//! Trades with everything booked for them, a chunk at a time: the input of findings and plans.

use super::engine::{Param, Reader, StoreError, all};
use super::event_id::EventId;
use super::matching::Contests;
use super::relatives::families;
use super::row_lists::json;
use super::trades::{fact, trade_facts};
use crate::domain::event::Event;
use crate::domain::position::{PositionVoucher, TradePosition};
use crate::domain::trade::ReconStatus;
use crate::domain::voucher::Line;

/// Trades in one chunk: some 2 MB in memory, and enough that the fixed cost of a query is negligible.
pub const CHUNK: i64 = 1000;

/// Trades that are weighed in the statement that reads them: it saves a request to a cluster.
const FEW: i64 = 64;

/// Initial capacity of a voucher's lines; most have no more.
const USUAL_LINES: usize = 6;

/// Returns the trades in rows `from..=until` with their events, vouchers, corrections
/// and families.
pub fn positions<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<TradePosition>, StoreError> {
    let range = [Param::Int(from), Param::Int(until)];
    let are_few = until.saturating_sub(from) < FEW;
    let (view, recon) =
        if are_few { ("trade_recon", "t.recon") } else { ("trade_beside", "iif(t.agrees, 'matched', NULL)") };
    let mut others = Vec::new();
    let mut found = all(
        reader,
        &format!(
            "SELECT {}, t.status_now, {recon} FROM {view} t WHERE t.id BETWEEN ?1 AND ?2 ORDER BY t.id",
            fact::SQL
        ),
        &range,
        |row| {
            let recon = row.maybe_parse(fact::END + 1)?;
            let id = row.int(fact::ID)?;
            if recon.is_none() {
                others.push(id);
            }
            Ok(TradePosition {
                id,
                trade: trade_facts(row)?,
                status_now: row.parse(fact::END)?,
                recon: recon.unwrap_or(ReconStatus::Unmatched),
                events: Vec::new(),
                vouchers: Vec::new(),
                amendments: Vec::new(),
                family: None,
            })
        },
    )?;
    weigh(reader, &mut found, &others)?;
    add_families(reader, &mut found, from, until)?;
    let mut contests = Contests::default();
    for position in found.iter_mut().filter(|position| position.recon == ReconStatus::Ambiguous) {
        let of = (position.trade.channel, &position.trade.channel_ref);
        position.recon = contests.resolve(reader, position.id, of)?.recon;
    }
    let own = add_events(reader, &mut found, from, until)?;
    add_vouchers(reader, &mut found, &range, &own)?;
    add_amendments(reader, &mut found, &range)?;
    Ok(found)
}

/// Compares the trades in `others` with the channel. A statement of its own: SQLite walks the list of open cursors
/// whenever it opens one, and the weighing views have more than a hundred, which each trade would pay for.
fn weigh<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [TradePosition],
    others: &[i64],
) -> Result<(), StoreError> {
    if others.is_empty() {
        return Ok(());
    }
    reader.read(
        "SELECT t.id, t.recon FROM json_each(?1) j CROSS JOIN trade_recon t ON t.id = j.value",
        &[Param::Text(&json(others))],
        &mut |row| {
            let recon = row.parse(1)?;
            if let Some(position) = of_trade(found, row.int(0)?) {
                position.recon = recon;
            }
            Ok(())
        },
    )
}

fn of_trade(found: &mut [TradePosition], trade: i64) -> Option<&mut TradePosition> {
    let index = found.binary_search_by_key(&trade, |position| position.id).ok()?;
    found.get_mut(index)
}

/// Adds the families of the trades that name an original.
fn add_families<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [TradePosition],
    from: i64,
    until: i64,
) -> Result<(), StoreError> {
    if found.iter().all(|position| position.trade.original_ref.is_none()) {
        return Ok(());
    }
    let families = families(reader, from, until)?;
    for position in found {
        let Some(original) = &position.trade.original_ref else { continue };
        position.family = families.get(&(position.trade.channel, original.clone())).cloned();
    }
    Ok(())
}

/// Adds the events; returns those of kinds' own, in the order of their rows.
fn add_events<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [TradePosition],
    from: i64,
    until: i64,
) -> Result<Vec<(EventId, Event)>, StoreError> {
    let mut own = Vec::new();
    reader.read(
        "SELECT trade, event, live, id FROM event WHERE id BETWEEN ?1 AND ?2 ORDER BY id",
        &EventId::range(from, until),
        &mut |row| {
            let (event, id) = (row.parse(1)?, EventId::read(row.int(3)?));
            if let Some(position) = of_trade(found, row.int(0)?) {
                position.events.push((event, row.int(2)?));
            }
            if id.event().is_none() {
                own.push((id, event));
            }
            Ok(())
        },
    )?;
    Ok(own)
}

/// Returns the event in a row.
fn event_in(own: &[(EventId, Event)], id: EventId) -> Option<Event> {
    id.event().or_else(|| {
        own.binary_search_by_key(&id, |(known, _)| *known)
            .ok()
            .and_then(|at| own.get(at))
            .map(|(_, event)| *event)
    })
}

fn add_vouchers<R: Reader + ?Sized>(
    reader: &mut R,
    found: &mut [TradePosition],
    range: &[Param<'_>],
    own: &[(EventId, Event)],
) -> Result<(), StoreError> {
    reader.read(
        "SELECT v.trade, v.id, v.voucher_no, v.kind, v.event, v.accounting_date, r.id IS NOT NULL, v.business_date, \
         v.kind = 'park' AND EXISTS (SELECT 1 FROM open_item o WHERE o.voucher = v.id AND (o.cleared_by IS NULL \
         OR EXISTS (SELECT 1 FROM voucher x WHERE x.reverses = o.cleared_by))) \
         FROM voucher v INDEXED BY voucher_trade LEFT JOIN voucher r ON r.reverses = v.id \
         WHERE v.trade BETWEEN ?1 AND ?2 ORDER BY v.trade, v.id",
        range,
        &mut |row| {
            if let Some(position) = of_trade(found, row.int(0)?) {
                position.vouchers.push(PositionVoucher {
                    seq: row.int(1)?,
                    voucher_no: row.parse(2)?,
                    kind: row.parse(3)?,
                    event: row.maybe_int(4)?.and_then(|row| event_in(own, EventId::read(row))),
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
                .and_then(|position| position.vouchers.iter_mut().find(|voucher| voucher.seq == seq));
            if let Some(voucher) = voucher {
                voucher.lines.push(Line {
                    account: row.parse(2)?,
                    side: row.side(3)?,
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
    found: &mut [TradePosition],
    range: &[Param<'_>],
) -> Result<(), StoreError> {
    reader.read(
        "SELECT trade, fact, value FROM amendment WHERE trade BETWEEN ?1 AND ?2 ORDER BY trade, n",
        range,
        &mut |row| {
            if let Some(position) = of_trade(found, row.int(0)?) {
                position.amendments.push((row.text(1)?.to_owned(), row.text(2)?.to_owned()));
            }
            Ok(())
        },
    )
}
