//! What later trade lists tell of known trades: what moved on, and claims that wait for a case.

use super::amendments::Change;
use super::engine::{Param, Reader, Sink, StoreError, all};
use super::event_id::EventId;
use super::events::insert_event;
use crate::domain::event::Event;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::trade_news::{Claim, ListedFact, ListedTrade, TradeNews};
use crate::protocol::trades::ToldFact;

/// Clearing of a trade `t` in SQL: as the last list told it.
macro_rules! clearing_told {
    () => {
        "coalesce((SELECT c.clearing FROM trade_clearing c WHERE c.trade = t.id), t.clearing)"
    };
}
pub(super) use clearing_told;

/// The list that tells something, and who imports it.
#[derive(Debug, Clone, Copy)]
pub struct ToldBy<'a> {
    /// SHA-256 of the list, in hex.
    pub file: &'a str,
    /// Importing operator.
    pub operator: &'a Operator,
    /// Time of import.
    pub now: Moment,
}

/// Returns what later lists told of a trade, in order.
pub fn told<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<(ListedFact, String)>, StoreError> {
    let sql = "SELECT fact, value FROM trade_news WHERE trade = ?1 ORDER BY n";
    all(reader, sql, &[Param::Int(trade)], |row| Ok((row.parse(0)?, row.text(1)?.to_owned())))
}

/// Returns what later lists told of a trade, in order, with the lists and the ends of claims.
pub fn history<R: Reader + ?Sized>(reader: &mut R, trade: i64) -> Result<Vec<ToldFact>, StoreError> {
    all(
        reader,
        "SELECT w.fact, w.value, w.claim, (SELECT d.reason FROM claim_dismissal d WHERE d.claim = w.n), \
         coalesce((SELECT f.file FROM import_file f WHERE f.fingerprint = w.file), w.file), w.at, w.operator \
         FROM trade_news w WHERE w.trade = ?1 ORDER BY w.n",
        &[Param::Int(trade)],
        |row| {
            Ok(ToldFact {
                fact: row.parse(0)?,
                value: row.text(1)?.to_owned(),
                claim: row.flag(2)?,
                dismissed: row.maybe_text(3)?.map(str::to_owned),
                file: row.text(4)?.to_owned(),
                at: row.parse(5)?,
                operator: row.parse(6)?,
            })
        },
    )
}

/// Adds what a list tells of a trade; a status that moves on is in force at once.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    news: &TradeNews,
    by: ToldBy<'_>,
) -> Result<(), StoreError> {
    let now = by.now.to_string();
    if news.fact == ListedFact::Status && !news.claim {
        sink.run(
            "INSERT INTO trade_status (trade, n, status, case_no, at, operator, file) VALUES (?1, \
             (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = ?1), ?2, '', ?3, ?4, ?5)",
            &[
                Param::Int(trade),
                Param::Text(&news.value),
                Param::Text(&now),
                Param::Text(by.operator.as_str()),
                Param::Text(by.file),
            ],
        )?;
    }
    sink.run(
        "INSERT INTO trade_news (trade, fact, value, claim, file, at, operator) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(trade),
            Param::Text(news.fact.as_str()),
            Param::Text(&news.value),
            Param::Int(i64::from(news.claim)),
            Param::Text(by.file),
            Param::Text(&now),
            Param::Text(by.operator.as_str()),
        ],
    )
}

/// Adds the settlement of a trade that has none yet, at the time when its money moved.
pub fn settle<S: Sink + ?Sized>(sink: &mut S, trade: i64, listed: &ListedTrade) -> Result<(), StoreError> {
    let Some(id) = EventId::of(trade, Event::SETTLED) else { return Ok(()) };
    let at = listed.settled_at;
    let day = at.date().to_string();
    insert_event(sink, id, Event::SETTLED, &at.to_string(), &day, listed.trade.amount_minor)
}

/// Returns the claims about the trades in rows `from..=until` that no case has dismissed, each with its trade's row.
pub fn open_claims<R: Reader + ?Sized>(
    reader: &mut R,
    from: i64,
    until: i64,
) -> Result<Vec<(i64, Claim)>, StoreError> {
    all(
        reader,
        "SELECT w.trade, w.n, w.fact, w.value, coalesce((SELECT f.file FROM import_file f WHERE f.fingerprint = w.file), w.file), \
         w.at FROM trade_news w WHERE w.claim = 1 AND w.trade BETWEEN ?1 AND ?2 \
         AND NOT EXISTS (SELECT 1 FROM claim_dismissal d WHERE d.claim = w.n) ORDER BY w.trade, w.n",
        &[Param::Int(from), Param::Int(until)],
        |row| {
            let claim = Claim {
                n: row.int(1)?,
                fact: row.parse(2)?,
                value: row.text(3)?.to_owned(),
                file: row.text(4)?.to_owned(),
                at: row.parse(5)?,
            };
            Ok((row.int(0)?, claim))
        },
    )
}

/// Dismisses a claim.
pub fn dismiss<S: Sink + ?Sized>(
    sink: &mut S,
    claim: i64,
    reason: &str,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO claim_dismissal (claim, case_no, reason, at, operator) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Param::Int(claim),
            Param::Text(change.case_no.as_str()),
            Param::Text(reason),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}
