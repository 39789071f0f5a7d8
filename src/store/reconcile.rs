//! A channel's day: its trades as `trade_recon` compares them, and the lines of its statements that no trade answers to.
//! What "short" or "waiting" means is decided in that view alone.

use super::row::Param;
use super::{Reader, StoreError, all};
use crate::domain::trade::{Channel, ReconStatus};
use crate::protocol::reports::{ChannelDay, ReconRow};
use crate::protocol::trades::StatementRow;
use jiff::civil::Date;

/// The statements of a channel's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Row number.
    pub id: i64,
    /// File name.
    pub file: String,
    /// Lines.
    pub lines: i64,
}

/// The statements of a channel's day, as they came.
///
/// # Errors
/// A fault of the engine.
pub fn bills<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
) -> Result<Vec<Bill>, StoreError> {
    all(
        reader,
        "SELECT id, file, rows FROM statement WHERE channel = ?1 AND day = ?2 ORDER BY id",
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
        |row| Ok(Bill { id: row.int(0)?, file: row.text(1)?.to_owned(), lines: row.int(2)? }),
    )
}

/// The days that channels sent statements of, newest first. A statement that names no day is of none.
///
/// # Errors
/// A fault of the engine.
pub fn channel_days<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<ChannelDay>, StoreError> {
    all(
        reader,
        "SELECT day, channel, count(*), sum(rows) FROM statement WHERE day IS NOT NULL GROUP BY day, channel \
         ORDER BY day DESC, channel",
        &[],
        |row| {
            Ok(ChannelDay {
                day: row.parse(0)?,
                channel: row.parse(1)?,
                statements: row.int(2)?,
                lines: row.int(3)?,
            })
        },
    )
}

/// Hands every trade of a channel's day to `each`, in order of arrival: those of the business day, and those of other days
/// whose line stands in this day's statements.
///
/// # Errors
/// A fault of the engine, or what `each` returned.
pub fn trades<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
    each: &mut dyn FnMut(ReconRow) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT r.recon, r.trade_no, r.kind, r.channel_ref, r.currency, r.amount_now, r.fee_now, r.status_now, r.business_date, \
                r.occurred_at, \
                CASE WHEN r.line_count > 1 THEN (SELECT sum(d.amount_minor) FROM statement_line d \
                  WHERE d.channel_ref = r.channel_ref AND d.channel = r.channel) ELSE l.amount_minor END, \
                CASE WHEN r.line_count > 1 THEN (SELECT sum(d.fee_minor) FROM statement_line d \
                  WHERE d.channel_ref = r.channel_ref AND d.channel = r.channel) ELSE l.fee_minor END, l.status, s.day \
           FROM trade_recon r LEFT JOIN statement_line l ON l.id = r.line_id LEFT JOIN statement s ON s.id = l.statement \
          WHERE r.id IN (SELECT t.id FROM trade t WHERE t.business_date = ?2 AND t.channel = ?1 \
                         UNION SELECT t.id FROM statement b CROSS JOIN statement_line x ON x.statement = b.id \
                                 CROSS JOIN trade t ON t.channel_ref = x.channel_ref AND t.channel = x.channel \
                                WHERE b.channel = ?1 AND b.day = ?2) \
          ORDER BY r.id",
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
        &mut |row| {
            each(ReconRow {
                recon: row.parse(0)?,
                trade_no: Some(row.parse(1)?),
                kind: row.text(2)?.to_owned(),
                channel_ref: row.parse(3)?,
                currency: row.text(4)?.to_owned(),
                ours_minor: Some(row.int(5)?),
                our_fee_minor: Some(row.int(6)?),
                our_status: Some(row.parse(7)?),
                business_date: Some(row.parse(8)?),
                occurred_at: row.parse(9)?,
                theirs_minor: row.maybe_int(10)?,
                their_fee_minor: row.maybe_int(11)?,
                their_status: row.maybe_parse(12)?,
                statement_day: row.maybe_parse(13)?,
            })
        },
    )
}

/// The lines of a channel's day that neither a trade nor a case answers to, in the order of the statements.
///
/// # Errors
/// A fault of the engine.
pub fn orphans<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
    limit: usize,
) -> Result<Vec<StatementRow>, StoreError> {
    super::list::lines_where(
        reader,
        &format!(
            "s.channel = ?1 AND s.day = ?2 AND NOT EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = l.channel_ref \
             AND t.channel = l.channel) AND {} ORDER BY l.id LIMIT {limit}",
            super::answered::unanswered()
        ),
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
    )
}

/// A line without trade as a row of the comparison.
#[must_use]
pub fn orphan_row(row: StatementRow, recon: ReconStatus) -> ReconRow {
    ReconRow {
        recon,
        trade_no: None,
        kind: row.line.kind.as_str().to_owned(),
        channel_ref: row.line.channel_ref,
        currency: row.line.currency.code().to_owned(),
        ours_minor: None,
        our_fee_minor: None,
        our_status: None,
        business_date: None,
        occurred_at: row.line.occurred_at,
        theirs_minor: Some(row.line.amount_minor),
        their_fee_minor: Some(row.line.fee_minor),
        their_status: Some(row.line.status),
        statement_day: row.day,
    }
}
