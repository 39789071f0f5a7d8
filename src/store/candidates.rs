//! What comes nearest to a trade that no line answers, or to a line without a trade: by reference, then by amount and
//! time around it. Few rows are read; [`crate::domain::apart`] tells what kept each from matching.

use super::engine::{Param, Reader, StoreError, all, first};
use super::matching::lines_of_trade;
use super::{decisions, reconcile, statements};
use crate::domain::apart::{Apart, Distance, LineSide, TradeSide, apart, distance};
use crate::domain::id::{ChannelRef, TradeNo};
use crate::domain::kind::{Kind, Kinds};
use crate::domain::matching::KEYS;
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, ReconStatus};
use crate::protocol::trades::{ApartField, MatchCandidate, MatchedPair};
use jiff::civil::Date;

/// Candidates that are told.
const TOLD: usize = 3;
/// Candidates of one reference, or of one amount, that are looked at.
const LOOKED_AT: usize = 8;
/// Seconds between a trade and a line of different amounts that may be meant for each other.
const CLOSE_SECONDS: i64 = 60;
/// Rows of a day that are searched for an amount where a screen waits for it.
pub const FEW: i64 = 5_000;
/// Rows of a day that are searched for an amount where a person asked why.
pub const MANY: i64 = 1_000_000;

/// Returns whether a comparison leaves open what answers a trade or line, so that candidates tell something.
#[must_use]
pub const fn is_open(recon: ReconStatus) -> bool {
    matches!(
        recon,
        ReconStatus::Short
            | ReconStatus::Long
            | ReconStatus::Overdue
            | ReconStatus::Waiting
            | ReconStatus::Ambiguous
            | ReconStatus::Unmatched
    )
}

/// A trade with its row and channel.
struct TradeAt {
    channel: Channel,
    side: TradeSide,
    order_minor: i64,
    fee_minor: i64,
}

/// A line with its channel.
struct LineAt {
    channel: Channel,
    side: LineSide,
    order_minor: i64,
}

/// Returns the pair of a trade: the line that answers it, and how the two came together.
///
/// # Errors
/// A fault of the engine.
pub fn pair_of<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Option<MatchedPair>, StoreError> {
    let found = lines_of_trade(reader, trade)?;
    let (Some(line), Some(key)) = (found.lines.first(), found.key) else { return Ok(None) };
    let Some(line) = statements::lines_in(reader, &[*line])?.pop() else { return Ok(None) };
    let sql = "SELECT trade_no, channel_ref FROM trade WHERE id = ?1";
    let names =
        first(reader, sql, &[Param::Int(trade)], |row| Ok((row.parse::<TradeNo>(0)?, row.parse(1)?)))?;
    let Some((trade_no, channel_ref)) = names else { return Ok(None) };
    let Some(how) = reconcile::how(Some(key)) else { return Ok(None) };
    // A line that revokes the trade's payment answers nothing.
    if line.line.revokes(&channel_ref) && line.line.channel_ref != channel_ref {
        return Ok(None);
    }
    let decided = decisions::decided(reader, trade)?;
    Ok(Some(MatchedPair { trade_no, line, how, key, rules: KEYS.to_owned(), decided }))
}

/// Returns what a trade and the line that answers it do not agree on, the most telling first.
///
/// # Errors
/// A fault of the engine.
pub fn pair_differs<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    trade: i64,
) -> Result<Vec<ApartField>, StoreError> {
    let Some(line) = lines_of_trade(reader, trade)?.lines.first().copied() else { return Ok(Vec::new()) };
    let (Some(trade), Some(line)) = (trade_at(reader, kinds, trade)?, line_at(reader, line)?) else {
        return Ok(Vec::new());
    };
    // They have each other.
    Ok(shown(apart(&TradeSide { line: None, ..trade.side }, &LineSide { trade: None, ..line.side })))
}

/// Returns the lines that come nearest to a trade, the nearest first. At most `most` rows of the days around it are
/// searched for its amount.
///
/// # Errors
/// A fault of the engine.
pub fn lines_near<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    trade: i64,
    most: i64,
) -> Result<Vec<MatchCandidate>, StoreError> {
    let Some(at) = trade_at(reader, kinds, trade)? else { return Ok(Vec::new()) };
    let own = lines_of_trade(reader, trade)?.lines;
    let sought = Sought {
        channel: at.channel,
        reference: at.side.channel_ref.as_str(),
        other_reference: at.side.channel_no.as_deref(),
        day: at.side.day,
        most,
        currency: at.side.currency,
        order_minor: at.order_minor,
        paid_minor: at.side.paid_minor,
        fee_minor: at.fee_minor,
        occurred_at: at.side.occurred_at,
    };
    let rows = near(reader, &LINES, &sought)?;
    let mut found = Vec::new();
    for row in rows.into_iter().filter(|row| !own.contains(row)) {
        let Some(line) = line_at(reader, row)? else { continue };
        let fields = apart(&at.side, &line.side);
        let far = distance(&at.side, &line.side, &fields);
        let Some(shown) = statements::lines_in(reader, &[row])?.pop() else { continue };
        let seen = (line.side.paid_minor, line.side.currency.code().to_owned(), line.side.occurred_at);
        let one = candidate(line.side.channel_ref, fields, seen);
        found.push((far, row, MatchCandidate { line: Some(shown), ..one }));
    }
    Ok(nearest(found))
}

/// Returns the trades that come nearest to a line, the nearest first. At most `most` rows of the days around it are
/// searched for its amount.
///
/// # Errors
/// A fault of the engine.
pub fn trades_near<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    line: i64,
    most: i64,
) -> Result<Vec<MatchCandidate>, StoreError> {
    let Some(at) = line_at(reader, line)? else { return Ok(Vec::new()) };
    let sought = Sought {
        channel: at.channel,
        reference: at.side.channel_ref.as_str(),
        other_reference: Some(&at.side.channel_no),
        day: at.side.days.map_or_else(|| at.side.occurred_at.local().date(), |(first, _)| first),
        most,
        currency: at.side.currency,
        order_minor: at.order_minor,
        paid_minor: at.side.paid_minor,
        fee_minor: 0,
        occurred_at: at.side.occurred_at,
    };
    let mut found = Vec::new();
    for row in near(reader, &TRADES, &sought)? {
        let Some(trade) = trade_at(reader, kinds, row)? else { continue };
        let fields = apart(&trade.side, &at.side);
        let far = distance(&trade.side, &at.side, &fields);
        let seen = (trade.side.paid_minor, trade.side.currency.code().to_owned(), trade.side.occurred_at);
        let one = candidate(trade.side.channel_ref, fields, seen);
        found.push((far, row, MatchCandidate { trade_no: Some(trade.side.trade_no), ..one }));
    }
    Ok(nearest(found))
}

/// What is looked for around a trade or a line.
struct Sought<'s> {
    channel: Channel,
    reference: &'s str,
    /// The number that the other side may have as its reference.
    other_reference: Option<&'s str>,
    day: Date,
    /// Most rows of the days around it that are searched.
    most: i64,
    currency: Currency,
    order_minor: i64,
    paid_minor: i64,
    fee_minor: i64,
    occurred_at: Moment,
}

/// A table in which candidates `x` are looked for.
struct Place {
    table: &'static str,
    /// The rows of a channel (?1) on the days around one (?2).
    of_days: &'static str,
    /// What is about the same: order (?5), paid (?6), paid without the fee (?7) and with it (?8), reference (?9).
    alike: &'static str,
    /// That nothing on the other side has it.
    free: &'static str,
}

const LINES: Place = Place {
    table: "statement_line",
    of_days: "statement s CROSS JOIN statement_line y ON y.statement = s.id \
         WHERE s.channel = ?1 AND s.day IN (date(?2, '-1 day'), ?2, date(?2, '+1 day'))",
    alike: "x.amount_minor IN (?5, ?6, ?7, ?8) OR x.amount_minor - x.merchant_discount_minor = ?6 OR x.channel_no = ?9",
    free: "NOT EXISTS (SELECT 1 FROM trade_fits f WHERE f.line = x.id) \
         AND NOT EXISTS (SELECT 1 FROM match_now d JOIN trade o ON o.id = d.trade WHERE d.channel_ref = x.channel_ref \
             AND o.channel = x.channel AND d.line_kind = x.kind AND d.channel_no = x.channel_no)",
};

const TRADES: Place = Place {
    table: "trade",
    of_days: "trade y WHERE y.channel = ?1 AND y.business_date IN (date(?2, '-1 day'), ?2, date(?2, '+1 day'))",
    alike: "x.amount_minor = ?5 OR x.amount_minor - x.merchant_discount_minor = ?6 OR x.amount_minor - x.fee_minor = ?6 \
         OR x.amount_minor + x.fee_minor = ?6",
    free: "NOT EXISTS (SELECT 1 FROM trade_fits f WHERE f.trade = x.id) AND NOT EXISTS (SELECT 1 FROM match_now d WHERE d.trade = x.id)",
};

/// Returns the rows that come near: those of the references, and of the days around those of about the same amount,
/// or at about the same time with nothing on the other side.
fn near<R: Reader + ?Sized>(
    reader: &mut R,
    place: &Place,
    sought: &Sought<'_>,
) -> Result<Vec<i64>, StoreError> {
    let Place { table, of_days, alike, free } = place;
    let of_reference = |n: usize| {
        format!(
            "SELECT id FROM (SELECT x.id FROM {table} x WHERE x.channel_ref = ?{n} AND x.channel = ?1 ORDER BY x.id DESC LIMIT {LOOKED_AT})"
        )
    };
    let by_reference = format!("{} UNION {}", of_reference(2), of_reference(3));
    let channel = Param::Text(sought.channel.as_str());
    let mut rows = all(
        reader,
        &by_reference,
        &[channel, Param::Text(sought.reference), Param::maybe(sought.other_reference)],
        |row| row.int(0),
    )?;
    let (day, occurred_at) = (sought.day.to_string(), sought.occurred_at.to_string());
    let params = [
        channel,
        Param::Text(&day),
        Param::Int(sought.most),
        Param::Text(sought.currency.code()),
        Param::Int(sought.order_minor),
        Param::Int(sought.paid_minor),
        Param::Int(sought.paid_minor.saturating_sub(sought.fee_minor)),
        Param::Int(sought.paid_minor.saturating_add(sought.fee_minor)),
        Param::Text(sought.reference),
        Param::Text(&occurred_at),
    ];
    let close = format!("abs(unixepoch(x.occurred_at) - unixepoch(?10)) <= {CLOSE_SECONDS}");
    for (condition, limit) in
        [(format!("({alike} OR {close}) AND {free}"), LOOKED_AT), (format!("({alike})"), TOLD)]
    {
        let by_amount = format!(
            "SELECT x.id FROM (SELECT y.* FROM {of_days} LIMIT ?3) x WHERE x.currency = ?4 AND {condition} \
             ORDER BY abs(x.amount_minor - x.merchant_discount_minor - ?6), abs(unixepoch(x.occurred_at) - unixepoch(?10)), x.id \
             LIMIT {limit}"
        );
        rows.extend(all(reader, &by_amount, &params, |row| row.int(0))?);
    }
    rows.sort_unstable();
    rows.dedup();
    Ok(rows)
}

/// Returns the nearest of those found, each with its distance and row.
fn nearest(mut found: Vec<(Distance, i64, MatchCandidate)>) -> Vec<MatchCandidate> {
    found.sort_by_key(|(far, row, _)| (*far, *row));
    found.into_iter().map(|(_, _, one)| one).take(TOLD).collect()
}

/// Returns a candidate that still needs the name of its trade or line.
fn candidate(
    channel_ref: ChannelRef,
    fields: Vec<Apart>,
    (amount_minor, currency, occurred_at): (i64, String, Moment),
) -> MatchCandidate {
    let kept_by = fields.first().map(|field| field.by);
    let differs = shown(fields);
    MatchCandidate {
        trade_no: None,
        line: None,
        channel_ref,
        amount_minor,
        currency,
        occurred_at,
        kept_by,
        differs,
    }
}

fn shown(fields: Vec<Apart>) -> Vec<ApartField> {
    let field = |one: Apart| ApartField { field: one.by, ours: one.ours, theirs: one.theirs };
    fields.into_iter().map(field).collect()
}

fn trade_at<R: Reader + ?Sized>(
    reader: &mut R,
    kinds: &Kinds,
    trade: i64,
) -> Result<Option<TradeAt>, StoreError> {
    let found = first(
        reader,
        "SELECT n.trade_no, n.kind, n.channel, n.channel_ref, n.original_ref, n.channel_no, n.merchant_no, n.paid_now, n.currency, \
                n.occurred_at, n.status_now, (SELECT k.channel_day FROM trade_clock k WHERE k.id = n.id), n.amount_now, n.fee_now, \
                (SELECT l.channel_ref FROM trade_revoked r JOIN statement_line l ON l.id = r.line WHERE r.trade = n.id ORDER BY l.id LIMIT 1) \
         FROM trade_now n WHERE n.id = ?1",
        &[Param::Int(trade)],
        |row| {
            Ok(TradeAt {
                channel: row.parse(2)?,
                side: TradeSide {
                    trade_no: row.parse(0)?,
                    kind: row.parse(1)?,
                    comes_in: None,
                    channel_ref: row.parse(3)?,
                    original_ref: row.maybe_parse(4)?,
                    channel_no: row.maybe_text(5)?.map(str::to_owned),
                    merchant_no: row.maybe_text(6)?.map(str::to_owned),
                    paid_minor: row.int(7)?,
                    currency: row.parse(8)?,
                    occurred_at: row.parse(9)?,
                    status: row.parse(10)?,
                    day: row.parse(11)?,
                    line: None,
                    revoked_by: row.maybe_text(14)?.map(str::to_owned),
                },
                order_minor: row.int(12)?,
                fee_minor: row.int(13)?,
            })
        },
    )?;
    let Some(mut at) = found else { return Ok(None) };
    at.side.comes_in = kinds.get(at.side.kind).and_then(Kind::comes_in);
    if at.side.revoked_by.is_none()
        && let Some(pair) = pair_of(reader, trade)?
    {
        at.side.line = Some(format!("{}:{}", pair.line.file, pair.line.line.line));
    }
    Ok(Some(at))
}

fn line_at<R: Reader + ?Sized>(reader: &mut R, line: i64) -> Result<Option<LineAt>, StoreError> {
    let found = first(
        reader,
        "SELECT l.channel, l.kind, l.channel_ref, l.original_ref, l.channel_no, l.amount_minor - l.merchant_discount_minor, l.currency, \
                l.occurred_at, l.status, l.amount_minor, s.day, coalesce(s.last_day, s.day), l.merchant_no, s.merchant_id, s.sub_merchant, \
                (SELECT c.state FROM statement_change c WHERE c.statement = s.id ORDER BY c.n DESC LIMIT 1) \
         FROM statement_line l JOIN statement s ON s.id = l.statement WHERE l.id = ?1",
        &[Param::Int(line)],
        |row| {
            let days = row.maybe_parse(10)?;
            let numbers = [row.maybe_text(12)?, row.maybe_text(13)?, row.maybe_text(14)?];
            let merchants = numbers.into_iter().flatten().map(str::to_owned).collect();
            Ok(LineAt {
                channel: row.parse(0)?,
                side: LineSide {
                    kind: row.parse(1)?,
                    channel_ref: row.parse(2)?,
                    original_ref: row.maybe_parse(3)?,
                    channel_no: row.text(4)?.to_owned(),
                    merchants,
                    paid_minor: row.int(5)?,
                    currency: row.parse(6)?,
                    occurred_at: row.parse(7)?,
                    status: row.parse(8)?,
                    days: days.zip(row.maybe_parse(11)?),
                    ended: row.maybe_text(15)?.filter(|state| *state != "standing").map(str::to_owned),
                    trade: None,
                },
                order_minor: row.int(9)?,
            })
        },
    )?;
    let Some(mut at) = found else { return Ok(None) };
    at.side.trade = trade_of_line(reader, line)?.map(|(_, trade_no)| trade_no);
    Ok(Some(at))
}

/// Returns the row and number of the trade that a line answers.
///
/// # Errors
/// A fault of the engine.
pub fn trade_of_line<R: Reader + ?Sized>(
    reader: &mut R,
    line: i64,
) -> Result<Option<(i64, TradeNo)>, StoreError> {
    let trades = all(
        reader,
        "SELECT t.id, t.trade_no FROM trade_fits f JOIN trade t ON t.id = f.trade WHERE f.line = ?1 \
         UNION SELECT t.id, t.trade_no FROM statement_line l CROSS JOIN match_now d ON d.channel_ref = l.channel_ref \
            AND d.line_kind = l.kind AND d.channel_no = l.channel_no CROSS JOIN trade t ON t.id = d.trade AND t.channel = l.channel \
          WHERE l.id = ?1 ORDER BY 1 LIMIT 100",
        &[Param::Int(line)],
        |row| Ok((row.int(0)?, row.parse(1)?)),
    )?;
    for (trade, trade_no) in trades {
        if lines_of_trade(reader, trade)?.lines.contains(&line) {
            return Ok(Some((trade, trade_no)));
        }
    }
    Ok(None)
}
