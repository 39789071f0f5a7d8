//! Decisions of people about matches, in the order in which they were made.

use super::engine::{Param, Reader, Sink, StoreError, all, first};
use crate::domain::id::{ChannelRef, Operator, TradeNo};
use crate::domain::period::Moment;
use crate::domain::statement::StatementLine;
use crate::domain::trade::Channel;
use crate::protocol::trades::{DecidedMatch, StatementRow};

/// A decision that a trade and a line belong together, to be added.
#[derive(Debug, Clone, Copy)]
pub struct MatchDecision<'d> {
    /// The line.
    pub line: &'d StatementLine,
    /// Whether it counts: as many people as the policy asks for have decided it.
    pub is_agreed: bool,
    /// Why.
    pub reason: &'d str,
    /// Who decided.
    pub operator: &'d Operator,
    /// When.
    pub now: Moment,
}

/// The last decision about a trade, if it was not undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDecision {
    /// Reference of the line.
    pub channel_ref: String,
    /// Kind of the line.
    pub kind: String,
    /// The channel's own number.
    pub channel_no: String,
    /// Whether it counts.
    pub is_agreed: bool,
    /// Who decided.
    pub operator: Operator,
}

impl StoredDecision {
    /// Returns whether it is about a line.
    #[must_use]
    pub fn is_of(&self, line: &StatementLine) -> bool {
        (self.channel_ref.as_str(), self.kind.as_str(), &self.channel_no)
            == (line.channel_ref.as_str(), line.kind.as_str(), &line.channel_no)
    }
}

/// Returns the trade that people gave a line with this reference; the oldest of several.
///
/// # Errors
/// A fault of the engine.
pub fn given_to<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    channel_ref: &ChannelRef,
) -> Result<Option<TradeNo>, StoreError> {
    first(
        reader,
        "SELECT t.trade_no FROM match_now d CROSS JOIN trade t ON t.id = d.trade \
         WHERE d.channel_ref = ?1 AND t.channel = ?2 ORDER BY t.id",
        &[Param::Text(channel_ref.as_str()), Param::Text(channel.as_str())],
        |row| row.parse(0),
    )
}

/// Returns the last decision about a trade, if it was not undone.
///
/// # Errors
/// A fault of the engine.
pub fn decision_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Option<StoredDecision>, StoreError> {
    first(
        reader,
        "SELECT channel_ref, line_kind, channel_no, agreed, operator FROM match_decision d WHERE trade = ?1 AND verb = 'match' \
         AND NOT EXISTS (SELECT 1 FROM match_decision x WHERE x.trade = d.trade AND x.n > d.n)",
        &[Param::Int(trade)],
        |row| {
            Ok(StoredDecision {
                channel_ref: row.text(0)?.to_owned(),
                kind: row.text(1)?.to_owned(),
                channel_no: row.text(2)?.to_owned(),
                is_agreed: row.flag(3)?,
                operator: row.parse(4)?,
            })
        },
    )
}

/// Returns the trade that a line was decided for.
///
/// # Errors
/// A fault of the engine.
pub fn holder_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    line: &StatementLine,
) -> Result<Option<TradeNo>, StoreError> {
    first(
        reader,
        "SELECT t.trade_no FROM match_now d JOIN trade t ON t.id = d.trade \
         WHERE d.channel_ref = ?2 AND t.channel = ?1 AND d.line_kind = ?3 AND d.channel_no = ?4",
        &[
            Param::Text(channel.as_str()),
            Param::Text(line.channel_ref.as_str()),
            Param::Text(line.kind.as_str()),
            Param::Text(&line.channel_no),
        ],
        |row| row.parse(0),
    )
}

/// Returns the standing lines of a channel with the channel's own number, or else with a reference.
///
/// # Errors
/// A fault of the engine.
pub fn lines_named<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    number: &str,
) -> Result<Vec<StatementRow>, StoreError> {
    let rows = line_rows_named(reader, channel, number)?;
    super::statements::lines_in(reader, &rows)
}

/// Returns the rows of the standing lines of a channel with the channel's own number, or else with a reference.
///
/// # Errors
/// A fault of the engine.
pub fn line_rows_named<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    number: &str,
) -> Result<Vec<i64>, StoreError> {
    let params = [Param::Text(channel.as_str()), Param::Text(number)];
    // Without an index: a person asks for one line.
    let sql = "SELECT id FROM standing_line WHERE channel = ?1 AND channel_no = ?2 ORDER BY id";
    let rows = all(reader, sql, &params, |row| row.int(0))?;
    if !rows.is_empty() {
        return Ok(rows);
    }
    let sql = "SELECT id FROM standing_line WHERE channel = ?1 AND channel_ref = ?2 ORDER BY id";
    all(reader, sql, &params, |row| row.int(0))
}

/// Returns the decision of a person about a trade that is in force.
///
/// # Errors
/// A fault of the engine.
pub fn decided<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Option<DecidedMatch>, StoreError> {
    let sql = "SELECT operator, at, reason FROM match_now WHERE trade = ?1";
    first(reader, sql, &[Param::Int(trade)], |row| {
        Ok(DecidedMatch { operator: row.parse(0)?, at: row.parse(1)?, reason: row.text(2)?.to_owned() })
    })
}

/// Adds a decision that a trade and a line belong together.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn decide_line<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    decision: &MatchDecision<'_>,
) -> Result<(), StoreError> {
    let MatchDecision { line, is_agreed, reason, operator, now } = decision;
    sink.run(
        "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator) \
         SELECT ?1, coalesce(max(n), 0) + 1, 'match', ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM match_decision WHERE trade = ?1",
        &[
            Param::Int(trade),
            Param::Text(line.kind.as_str()),
            Param::Text(&line.channel_no),
            Param::Text(line.channel_ref.as_str()),
            Param::Int(i64::from(*is_agreed)),
            Param::Text(reason),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}

/// Adds that the last decision about a trade no longer counts.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn undo_decision<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    reason: &str,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, reason, at, operator) \
         SELECT trade, n + 1, 'undo', line_kind, channel_no, channel_ref, ?2, ?3, ?4 FROM match_decision WHERE trade = ?1 \
         ORDER BY n DESC LIMIT 1",
        &[Param::Int(trade), Param::Text(reason), Param::Text(&now.to_string()), Param::Text(operator.as_str())],
    )
}
