//! Reconciliation (对账) of a channel's day: trades compared with statement lines, and lines without a
//! trade. The view `trade_recon` alone decides what "short" or "waiting" means.

use super::engine::columns::columns;
use super::engine::{Param, Reader, StoreError, all};
use crate::domain::trade::{Channel, ReconStatus};
use crate::protocol::reports::{ChannelDay, ReconRow};
use crate::protocol::trades::StatementRow;
use jiff::civil::Date;

/// A statement of a channel's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// Row number.
    pub id: i64,
    /// File name.
    pub file: String,
    /// Number of lines.
    pub lines: i64,
}

/// Returns the statements of a channel's day, in order of arrival.
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

/// Returns the days with channel statements, newest first. A statement without a day is left out.
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

columns! {
    /// What the channel pays: a trade `r` compared with its line `l` of a statement `s`. Of a trade with
    /// several lines the sum of those in the currency of the last one is compared.
    mod compared from 0 => {
        RECON = "r.recon",
        TRADE_NO = "r.trade_no",
        KIND = "r.kind",
        CHANNEL_REF = "r.channel_ref",
        CURRENCY = "r.currency",
        OURS = "r.paid_now",
        OUR_FEE = "r.fee_now",
        OUR_STATUS = "r.status_now",
        BUSINESS_DATE = "r.business_date",
        OCCURRED_AT = "r.occurred_at",
        THEIRS = "CASE WHEN r.line_count > 1 THEN (SELECT sum(d.amount_minor - d.merchant_discount_minor) FROM statement_line d \
            WHERE d.channel_ref = r.channel_ref AND d.channel = r.channel AND d.currency = l.currency) ELSE l.amount_minor - l.merchant_discount_minor END",
        THEIR_FEE = "CASE WHEN r.line_count > 1 THEN (SELECT sum(d.fee_minor) FROM statement_line d \
            WHERE d.channel_ref = r.channel_ref AND d.channel = r.channel AND d.currency = l.currency) ELSE l.fee_minor END",
        THEIR_STATUS = "l.status",
        STATEMENT_DAY = "s.day",
        THEIR_CURRENCY = "nullif(l.currency, r.currency)",
    }
}

/// Passes every trade of a channel's day to `each`, in order of arrival: those of the business day, and
/// those of other days whose line is in this day's statements.
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
        &format!(
            "SELECT {} FROM trade_recon r LEFT JOIN statement_line l ON l.id = r.line_id \
             LEFT JOIN statement s ON s.id = l.statement \
             WHERE r.id IN (SELECT t.id FROM trade t WHERE t.business_date = ?2 AND t.channel = ?1 \
                            UNION SELECT t.id FROM statement b CROSS JOIN statement_line x ON x.statement = b.id \
                                    CROSS JOIN trade t ON t.channel_ref = x.channel_ref AND t.channel = x.channel \
                                   WHERE b.channel = ?1 AND b.day = ?2) \
             ORDER BY r.id",
            compared::SQL
        ),
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
        &mut |row| {
            each(ReconRow {
                recon: row.parse(compared::RECON)?,
                trade_no: Some(row.parse(compared::TRADE_NO)?),
                kind: row.text(compared::KIND)?.to_owned(),
                channel_ref: row.parse(compared::CHANNEL_REF)?,
                currency: row.text(compared::CURRENCY)?.to_owned(),
                their_currency: row.maybe_text(compared::THEIR_CURRENCY)?.map(str::to_owned),
                ours_minor: Some(row.int(compared::OURS)?),
                our_fee_minor: Some(row.int(compared::OUR_FEE)?),
                our_status: Some(row.parse(compared::OUR_STATUS)?),
                business_date: Some(row.parse(compared::BUSINESS_DATE)?),
                occurred_at: row.parse(compared::OCCURRED_AT)?,
                theirs_minor: row.maybe_int(compared::THEIRS)?,
                their_fee_minor: row.maybe_int(compared::THEIR_FEE)?,
                their_status: row.maybe_parse(compared::THEIR_STATUS)?,
                statement_day: row.maybe_parse(compared::STATEMENT_DAY)?,
            })
        },
    )
}

/// Returns the lines of a channel's day without a trade and without a case's answer, in the order of the
/// statements.
pub fn orphans<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
    limit: usize,
) -> Result<Vec<StatementRow>, StoreError> {
    super::statements::lines_where(
        reader,
        &format!(
            "s.channel = ?1 AND s.day = ?2 AND NOT EXISTS (SELECT 1 FROM trade t WHERE t.channel_ref = l.channel_ref \
             AND t.channel = l.channel) AND {} ORDER BY l.id LIMIT {limit}",
            super::answered::unanswered()
        ),
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
    )
}

/// Returns a line without trade as a row of the comparison.
#[must_use]
pub fn orphan_row(row: StatementRow, recon: ReconStatus) -> ReconRow {
    let theirs_minor = Some(row.line.paid_minor());
    ReconRow {
        recon,
        trade_no: None,
        kind: row.line.kind.as_str().to_owned(),
        channel_ref: row.line.channel_ref,
        currency: row.line.currency.code().to_owned(),
        their_currency: None,
        ours_minor: None,
        our_fee_minor: None,
        our_status: None,
        business_date: None,
        occurred_at: row.line.occurred_at,
        theirs_minor,
        their_fee_minor: Some(row.line.fee_minor),
        their_status: Some(row.line.status),
        statement_day: row.day,
    }
}
