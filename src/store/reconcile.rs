//! Reconciliation (对账) of a channel's day: trades compared with statement lines, and lines without a
//! trade. The view `trade_recon` decides what "short" or "waiting" means; what the channel has is summed over its
//! lines, whatever the trades are.

use super::engine::columns::columns;
use super::engine::{Param, Reader, Row, StoreError, all, first};
use super::row_lists::{all_of, pieces};
use crate::domain::id::Operator;
use crate::domain::matching::{KEYS, MatchKey};
use crate::domain::statement::LineKind;
use crate::domain::trade::{Channel, ReconStatus, TradeStatus};
use crate::protocol::reports::{ChannelDay, ReconRow};
use crate::protocol::trades::{MatchedHow, StatementRow};
use jiff::civil::Date;
use std::ops::RangeInclusive;

/// Returns the days with channel statements, newest first. A statement without a day, or that counts no more, is left
/// out.
pub fn channel_days<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<ChannelDay>, StoreError> {
    all(
        reader,
        "SELECT day, channel, count(*), sum(rows) FROM standing_statement WHERE day IS NOT NULL GROUP BY day, channel \
         ORDER BY day DESC, channel",
        &[],
        |row| {
            Ok(ChannelDay {
                day: row.parse(0)?,
                channel: row.parse(1)?,
                statements: row.int(2)?,
                lines: row.int(3)?,
                missing: 0,
            })
        },
    )
}

columns! {
    /// What the channel pays: a trade `r` with its plain line `l` of a statement `s`.
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
        THEIRS = "l.amount_minor - l.merchant_discount_minor",
        THEIR_FEE = "l.fee_minor",
        THEIR_STATUS = "l.status",
        STATEMENT_DAY = "s.day",
        THEIR_CURRENCY = "nullif(l.currency, r.currency)",
        ID = "r.id",
        LINE_KIND = "l.kind",
        FILE = "s.file",
        LINE = "l.line",
        DECIDED_BY = "(SELECT d.operator FROM match_now d WHERE d.trade = r.id)",
        NUMBERED = "r.channel_no IS NOT NULL",
        CHANNEL_NO = "l.channel_no",
        MERCHANT_NO = "r.merchant_no",
        PARTY = "coalesce(r.customer, r.merchant)",
    }
}

/// A trade of a channel's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTrade {
    /// Row of the trade.
    pub id: i64,
    /// The trade beside its line, if that is plain.
    pub row: ReconRow,
}

/// A trade of a channel's day and the line that answers it, as far as one look at both tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayPair<'r> {
    /// Row of the trade.
    pub trade: i64,
    /// The line, if trade and line belong together for sure and agree in everything.
    pub agreed: Option<AgreedLine<'r>>,
}

/// A line that agrees with its trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgreedLine<'r> {
    /// Row of the line.
    pub id: i64,
    /// Its kind.
    pub kind: LineKind,
    /// Day of its statement.
    pub day: Date,
    /// Currency of both.
    pub currency: &'r str,
    /// What the channel pays, on either side.
    pub paid_minor: i64,
}

/// Returns how many trades may be of a channel's day, and a row that parts them in halves if they came in order.
///
/// # Errors
/// A fault of the engine.
pub fn middle<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT count(*), coalesce(min(id) + (max(id) - min(id)) / 2, 0) FROM trade \
               WHERE channel = ?1 AND business_date IN (date(?2, '-1 day'), ?2, date(?2, '+1 day'))";
    let params = [Param::Text(channel.as_str()), Param::Text(&day.to_string())];
    Ok(first(reader, sql, &params, |row| Ok((row.int(0)?, row.int(1)?)))?.unwrap_or_default())
}

/// Passes every trade of a channel's day in some rows, by the trade's own time and the channel's cut, to `each`.
///
/// # Errors
/// A fault of the engine, or what `each` returned.
pub fn pairs<R: Reader + ?Sized>(
    reader: &mut R,
    (channel, day): (Channel, Date),
    rows: RangeInclusive<i64>,
    each: &mut dyn FnMut(DayPair<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT b.id, b.agrees, b.sole_line, b.sole_kind, b.sole_day, b.currency, b.paid_now FROM trade_beside b \
         WHERE b.channel = ?1 AND (b.business_date = ?2 OR (b.business_date IN (date(?2, '-1 day'), date(?2, '+1 day')) \
             AND EXISTS (SELECT 1 FROM channel_now c WHERE c.channel = ?1 AND NOT c.plain))) \
           AND (NOT EXISTS (SELECT 1 FROM channel_now c WHERE c.channel = ?1 AND NOT c.plain) \
             OR (SELECT k.channel_day FROM trade_clock k WHERE k.id = b.id) = ?2) AND b.id BETWEEN ?3 AND ?4",
        &[
            Param::Text(channel.as_str()),
            Param::Text(&day.to_string()),
            Param::Int(*rows.start()),
            Param::Int(*rows.end()),
        ],
        &mut |row| {
            let agreed = if row.maybe_int(1)? == Some(1) {
                Some(AgreedLine {
                    id: row.int(2)?,
                    kind: row.parse(3)?,
                    day: row.parse(4)?,
                    currency: row.text(5)?,
                    paid_minor: row.int(6)?,
                })
            } else {
                None
            };
            each(DayPair { trade: row.int(0)?, agreed })
        },
    )
}

/// A standing line of a channel's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLine<'r> {
    /// Row of the line.
    pub id: i64,
    /// Its kind.
    pub kind: LineKind,
    /// Its status.
    pub status: TradeStatus,
    /// Its currency.
    pub currency: &'r str,
    /// What the channel pays.
    pub paid_minor: i64,
}

/// Passes every standing line of a channel's day to `each`.
///
/// # Errors
/// A fault of the engine, or what `each` returned.
pub fn lines<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    day: Date,
    each: &mut dyn FnMut(DayLine<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    reader.read(
        "SELECT l.id, l.kind, l.status, l.currency, l.amount_minor - l.merchant_discount_minor \
         FROM standing_statement s CROSS JOIN statement_line l ON l.statement = s.id WHERE s.channel = ?1 AND s.day = ?2",
        &[Param::Text(channel.as_str()), Param::Text(&day.to_string())],
        &mut |row| {
            each(DayLine {
                id: row.int(0)?,
                kind: row.parse(1)?,
                status: row.parse(2)?,
                currency: row.text(3)?,
                paid_minor: row.int(4)?,
            })
        },
    )
}

/// Returns the rows of the trades that lines may answer, or that people gave them.
///
/// # Errors
/// A fault of the engine.
pub fn answered_by<R: Reader + ?Sized>(reader: &mut R, lines: &[i64]) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT f.trade FROM json_each(?1) j CROSS JOIN trade_fits f ON f.line = j.value \
         UNION SELECT d.trade FROM json_each(?1) j CROSS JOIN statement_line l ON l.id = j.value \
             CROSS JOIN match_now d ON d.channel_ref = l.channel_ref CROSS JOIN trade_decided x ON x.trade = d.trade AND x.line = l.id";
    all_of(reader, sql, lines.iter().copied(), |row| row.int(0))
}

/// Passes trades, by their rows, with their plain lines to `each`, in the order of `rows`, which ascend.
///
/// # Errors
/// A fault of the engine, or what `each` returned.
pub fn trades<R: Reader + ?Sized>(
    reader: &mut R,
    rows: &[i64],
    each: &mut dyn FnMut(DayTrade) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for some in pieces(rows.iter().copied()) {
        trades_in(reader, &some, each)?;
    }
    Ok(())
}

fn trades_in<R: Reader + ?Sized>(
    reader: &mut R,
    rows: &str,
    each: &mut dyn FnMut(DayTrade) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    reader.read(
        &format!(
            "SELECT {} FROM trade_recon r \
             LEFT JOIN statement_line l ON l.id = coalesce((SELECT d.line FROM trade_decided d WHERE d.trade = r.id), \
                 (SELECT o.line FROM trade_own_line o WHERE o.trade = r.id)) \
             LEFT JOIN statement s ON s.id = l.statement \
             WHERE r.id IN (SELECT value FROM json_each(?1)) ORDER BY r.id",
            compared::SQL
        ),
        &[Param::Text(rows)],
        &mut |row| {
            let line = row.maybe_int(compared::LINE)?;
            let decided_by: Option<Operator> = row.maybe_parse(compared::DECIDED_BY)?;
            let key = match (line, decided_by.is_some(), row.flag(compared::NUMBERED)?) {
                (None, ..) => None,
                (_, true, _) => Some(MatchKey::Decision),
                (_, _, true) => Some(MatchKey::ChannelNo),
                _ => Some(MatchKey::Reference),
            };
            each(DayTrade {
                id: row.int(compared::ID)?,
                row: ReconRow {
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
                    line_kind: row.maybe_parse(compared::LINE_KIND)?,
                    how: how(key),
                    rules: rules(key),
                    decided_by: decided_by.filter(|_| line.is_some()),
                    key,
                    statement: row.maybe_text(compared::FILE)?.map(str::to_owned),
                    line,
                    effect_minor: 0,
                    channel_no: row.maybe_text(compared::CHANNEL_NO)?.map(str::to_owned),
                    merchant_no: row.maybe_text(compared::MERCHANT_NO)?.map(str::to_owned),
                    party: row.maybe_text(compared::PARTY)?.map(str::to_owned),
                },
            })
        },
    )
}

/// Returns how a pair came about.
#[must_use]
pub fn how(key: Option<MatchKey>) -> Option<MatchedHow> {
    key.map(|key| if key == MatchKey::Decision { MatchedHow::Manual } else { MatchedHow::Auto })
}

/// Returns the version of the keys by which a pair came about.
#[must_use]
pub fn rules(key: Option<MatchKey>) -> Option<String> {
    key.map(|_| KEYS.to_owned())
}

/// A line of a channel's day that is no trade's plain line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLine {
    /// Row of the line.
    pub id: i64,
    /// Whether a case has answered it.
    pub is_answered: bool,
    /// Whether trades of its reference fit it.
    pub is_contested: bool,
    /// Whether it is a payment that another line revokes, or a line that revokes a payment of ours or of the channel.
    pub is_netted: bool,
}

/// Returns those of some lines, by their rows, that are no trade's plain line.
///
/// # Errors
/// A fault of the engine.
pub fn other_lines<R: Reader + ?Sized>(reader: &mut R, rows: &[i64]) -> Result<Vec<OtherLine>, StoreError> {
    let sql = format!(
        "SELECT {} FROM statement_line l WHERE l.id IN (SELECT value FROM json_each(?1)) \
         AND NOT EXISTS (SELECT 1 FROM trade_own_line o WHERE o.line = l.id) \
         AND NOT EXISTS (SELECT 1 FROM trade_decided d WHERE d.line = l.id) ORDER BY l.id",
        other_columns()
    );
    all_of(reader, &sql, rows.iter().copied(), other)
}

/// Returns a line as one that is no trade's plain line.
///
/// # Errors
/// A fault of the engine.
pub fn other_line<R: Reader + ?Sized>(reader: &mut R, line: i64) -> Result<Option<OtherLine>, StoreError> {
    let sql = format!("SELECT {} FROM statement_line l WHERE l.id = ?1", other_columns());
    first(reader, &sql, &[Param::Int(line)], other)
}

/// Returns the columns of an [`OtherLine`] of a line `l`.
fn other_columns() -> String {
    format!(
        "l.id, NOT {}, EXISTS (SELECT 1 FROM trade_fits f WHERE f.line = l.id), \
         EXISTS (SELECT 1 FROM line_netted n WHERE n.line = l.id)",
        super::answered::unanswered()
    )
}

fn other(row: &Row<'_>) -> Result<OtherLine, StoreError> {
    Ok(OtherLine {
        id: row.int(0)?,
        is_answered: row.flag(1)?,
        is_contested: row.flag(2)?,
        is_netted: row.flag(3)?,
    })
}

/// Returns a line without trade as a row of the comparison.
#[must_use]
pub fn line_row(row: StatementRow, recon: ReconStatus) -> ReconRow {
    let theirs_minor = Some(row.line.paid_minor());
    let channel_no = row.line.number();
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
        line_kind: Some(row.line.kind),
        how: None,
        key: None,
        rules: None,
        decided_by: None,
        statement: Some(row.file),
        line: i64::try_from(row.line.line).ok(),
        effect_minor: 0,
        channel_no,
        merchant_no: row.line.merchant_no,
        party: None,
    }
}
