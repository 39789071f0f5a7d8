//! Decisions of people about matches, in the order in which they were made.

use super::engine::{Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::hand_match::{FirstDecision, HandMatch, HandMatchState};
use crate::domain::id::{Operator, TradeNo};
use crate::domain::line_name::MarkedLine;
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use crate::protocol::trades::DecidedMatch;

/// A decision that a trade and a line belong together, to be added.
#[derive(Debug, Clone, Copy)]
pub struct MatchDecision<'d> {
    /// The line.
    pub line: MarkedLine<'d>,
    /// Whether it counts: as many people as the policy asks for have decided it.
    pub is_agreed: bool,
    /// Why.
    pub reason: &'d str,
    /// Who decided.
    pub operator: &'d Operator,
    /// When.
    pub now: Moment,
}

/// Columns of a decision `d` of a trade `t`, and of the decision `f` by which a first person proposed it.
const DECISION: &str = "t.trade_no, t.channel, d.channel_ref, d.line_kind, d.channel_no, d.operator, d.at, d.reason, d.agreed, d.verb, \
    f.operator, f.at, f.reason, \
    EXISTS (SELECT 1 FROM known_line l WHERE l.channel_ref = d.channel_ref AND l.channel = t.channel AND l.kind = d.line_kind \
       AND l.channel_no = d.channel_no AND (d.merchant_no IS NULL OR l.merchant IS NULL OR l.merchant = d.merchant_no)), d.merchant_no, \
    EXISTS (SELECT 1 FROM known_line l WHERE l.channel_ref = d.channel_ref AND l.channel = t.channel AND l.kind = d.line_kind \
       AND l.channel_no = d.channel_no AND l.merchant <> d.merchant_no)";
/// Joins the decision `f` by which a first person proposed the match `d` that a second one put in force.
const PROPOSED: &str = "LEFT JOIN match_decision f ON d.agreed = 1 AND f.trade = d.trade AND f.n = d.n - 1 AND f.agreed = 0 \
    AND f.verb = d.verb AND f.channel_ref = d.channel_ref AND f.line_kind = d.line_kind AND f.channel_no = d.channel_no \
    AND f.merchant_no IS d.merchant_no";

/// Reads the first person's decision from the column on; `None` if one person decided alone.
fn proposed(row: &Row<'_>, column: usize) -> Result<Option<FirstDecision>, StoreError> {
    let Some(operator) = row.maybe_parse(column)? else { return Ok(None) };
    Ok(Some(FirstDecision { operator, at: row.parse(column + 1)?, reason: row.text(column + 2)?.to_owned() }))
}

fn hand_match(row: &Row<'_>) -> Result<HandMatch, StoreError> {
    let state = match (row.flag(8)?, row.text(9)?, row.flag(13)?) {
        (true, _, true) => HandMatchState::InForce,
        (true, _, false) => HandMatchState::LineGone,
        (false, "undo", _) => HandMatchState::UndoAsked,
        (false, ..) => HandMatchState::Asked,
    };
    Ok(HandMatch {
        trade_no: row.parse(0)?,
        channel: row.parse(1)?,
        channel_ref: row.parse(2)?,
        line_kind: row.parse(3)?,
        channel_no: row.text(4)?.to_owned(),
        merchant_no: row.maybe_text(14)?.map(str::to_owned),
        is_shared: row.flag(15)?,
        state,
        operator: row.parse(5)?,
        at: row.parse(6)?,
        reason: row.text(7)?.to_owned(),
        first: proposed(row, 10)?,
    })
}

/// Returns what people decided about a trade: the match in force, and what one person has decided since and a second
/// one has not yet.
///
/// # Errors
/// A fault of the engine.
pub fn decisions_of<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<(Option<HandMatch>, Option<HandMatch>), StoreError> {
    let [in_force, asked] = ["match_now", "match_asked"].map(|view| {
        let sql = format!(
            "SELECT {DECISION} FROM {view} d JOIN trade t ON t.id = d.trade {PROPOSED} WHERE d.trade = ?1"
        );
        first(reader, &sql, &[Param::Int(trade)], hand_match)
    });
    Ok((in_force?, asked?))
}

/// Returns what waits for a second person, by trade.
///
/// # Errors
/// A fault of the engine.
pub fn asked<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<HandMatch>, StoreError> {
    let sql = format!(
        "SELECT {DECISION} FROM match_asked d JOIN trade t ON t.id = d.trade {PROPOSED} ORDER BY d.trade"
    );
    all(reader, &sql, &[], hand_match)
}

/// Returns the matches by hand in force, by trade, and those whose line is gone.
///
/// # Errors
/// A fault of the engine.
pub fn in_force<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<HandMatch>, StoreError> {
    let sql = format!(
        "SELECT {DECISION} FROM match_now d JOIN trade t ON t.id = d.trade {PROPOSED} ORDER BY d.trade"
    );
    all(reader, &sql, &[], hand_match)
}

/// Returns the trade that a line was decided for.
///
/// # Errors
/// A fault of the engine.
pub fn holder_of<R: Reader + ?Sized>(
    reader: &mut R,
    channel: Channel,
    of: MarkedLine<'_>,
) -> Result<Option<TradeNo>, StoreError> {
    let line = of.line;
    first(
        reader,
        "SELECT t.trade_no FROM match_now d JOIN trade t ON t.id = d.trade \
         WHERE d.channel_ref = ?2 AND t.channel = ?1 AND d.line_kind = ?3 AND d.channel_no = ?4 \
           AND (d.merchant_no IS NULL OR ?5 IS NULL OR d.merchant_no = ?5)",
        &[
            Param::Text(channel.as_str()),
            Param::Text(line.channel_ref.as_str()),
            Param::Text(line.kind.as_str()),
            Param::Text(&line.channel_no),
            Param::maybe(of.merchant),
        ],
        |row| row.parse(0),
    )
}

/// Returns the decision of a person about a trade that is in force.
///
/// # Errors
/// A fault of the engine.
pub fn decided<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Option<DecidedMatch>, StoreError> {
    let sql = format!(
        "SELECT d.operator, d.at, d.reason, f.operator, f.at, f.reason FROM match_now d {PROPOSED} WHERE d.trade = ?1"
    );
    first(reader, &sql, &[Param::Int(trade)], |row| {
        Ok(DecidedMatch {
            operator: row.parse(0)?,
            at: row.parse(1)?,
            reason: row.text(2)?.to_owned(),
            first: proposed(row, 3)?,
        })
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
    let MatchDecision { line: of, is_agreed, reason, operator, now } = decision;
    let line = of.line;
    sink.run(
        "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator, merchant_no) \
         SELECT ?1, coalesce(max(n), 0) + 1, 'match', ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM match_decision WHERE trade = ?1",
        &[
            Param::Int(trade),
            Param::Text(line.kind.as_str()),
            Param::Text(&line.channel_no),
            Param::Text(line.channel_ref.as_str()),
            Param::Int(i64::from(*is_agreed)),
            Param::Text(reason),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
            Param::maybe(of.merchant),
        ],
    )
}

/// Adds that the match in force of a trade ends, or else that what was asked for it is dropped. `agreed` says whether
/// that counts: as many people as the policy asks for have decided it.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn undo_decision<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    is_agreed: bool,
    (reason, operator, now): (&str, &Operator, Moment),
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO match_decision (trade, n, verb, line_kind, channel_no, channel_ref, agreed, reason, at, operator, merchant_no) \
         SELECT d.trade, (SELECT max(x.n) + 1 FROM match_decision x WHERE x.trade = ?1), 'undo', d.line_kind, d.channel_no, d.channel_ref, \
                ?2, ?3, ?4, ?5, d.merchant_no \
           FROM match_decision d WHERE d.trade = ?1 \
          ORDER BY EXISTS (SELECT 1 FROM match_now m WHERE m.trade = d.trade AND m.n = d.n) DESC, d.n DESC LIMIT 1",
        &[
            Param::Int(trade),
            Param::Int(i64::from(is_agreed)),
            Param::Text(reason),
            Param::Text(&now.to_string()),
            Param::Text(operator.as_str()),
        ],
    )
}
