//! Matches of lines and entries of an account that people decide: the decisions in their order, and which are in force.

use super::engine::{Fault, Param, Reader, Row, Sink, StoreError, all, first};
use crate::domain::account_by_hand::{AccountHandMatch, ByHand};
use crate::domain::hand_match::{FirstDecision, HandMatchState};
use crate::domain::id::{AccountCode, Operator, VoucherNo};
use crate::domain::period::Moment;

/// A match `m` of the account `a`; `f` is the first of two people who said it, `u` the wish of one person that it ends.
const SELECT: &str = "SELECT m.id, m.account, a.currency, m.content, m.agreed, m.operator, m.at, m.reason, f.operator, f.at, f.reason, u.operator, f.id \
      FROM account_match m JOIN account a ON a.code = m.account \
      LEFT JOIN account_match f ON m.agreed = 1 AND f.id = (SELECT max(x.id) FROM account_match x \
           WHERE x.account = m.account AND x.verb = 'match' AND x.content = m.content AND x.agreed = 0 AND x.id < m.id) \
      LEFT JOIN account_match u ON u.id = (SELECT max(x.id) FROM account_match x WHERE x.undoes = m.id AND x.agreed = 0)";

/// That a match is in force, or that one person asked for it and nobody agreed since.
const STANDS: &str = "m.verb = 'match' AND (m.id IN (SELECT id FROM account_match_now) OR (m.agreed = 0 AND NOT EXISTS ( \
      SELECT 1 FROM account_match x WHERE x.account = m.account AND x.content = m.content AND x.id > m.id)))";

fn row_of(row: &Row<'_>) -> Result<AccountHandMatch, StoreError> {
    let content: ByHand = serde_json::from_str(row.text(3)?)
        .map_err(|error| Fault::Corrupt { detail: format!("account_match: {error}") })?;
    let state = match (row.flag(4)?, row.maybe_text(11)?.is_some()) {
        (false, _) => HandMatchState::Asked,
        (true, false) => HandMatchState::InForce,
        (true, true) => HandMatchState::UndoAsked,
    };
    let first = match row.maybe_parse(8)? {
        None => None,
        Some(operator) => {
            Some(FirstDecision { operator, at: row.parse(9)?, reason: row.text(10)?.to_owned() })
        }
    };
    Ok(AccountHandMatch {
        id: row.int(0)?,
        asked_as: row.maybe_int(12)?,
        account: row.parse(1)?,
        currency: row.text(2)?.to_owned(),
        content,
        state,
        operator: row.parse(5)?,
        at: row.parse(6)?,
        reason: row.text(7)?.to_owned(),
        first,
    })
}

/// Returns the matches in force and those that wait for a second person, of an account if one is given.
///
/// # Errors
/// A fault of the engine.
pub fn list<R: Reader + ?Sized>(
    reader: &mut R,
    account: Option<&AccountCode>,
) -> Result<Vec<AccountHandMatch>, StoreError> {
    let of_account = if account.is_some() { "m.account = ?1" } else { "1" };
    let sql = format!("{SELECT} WHERE {STANDS} AND {of_account} ORDER BY m.account, m.id");
    let params: Vec<Param<'_>> = account.map(|account| Param::Text(account.as_str())).into_iter().collect();
    all(reader, &sql, &params, row_of)
}

/// Returns a match that stands, by its number or the one under which a first person asked for it.
///
/// # Errors
/// A fault of the engine.
pub fn one<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<AccountHandMatch>, StoreError> {
    let sql = format!("{SELECT} WHERE {STANDS} AND (m.id = ?1 OR f.id = ?1)");
    first(reader, &sql, &[Param::Int(id)], row_of)
}

/// Returns who asked that a match ends, if one person has and it has not ended.
///
/// # Errors
/// A fault of the engine.
pub fn end_asked<R: Reader + ?Sized>(reader: &mut R, id: i64) -> Result<Option<Operator>, StoreError> {
    let sql = "SELECT operator FROM account_match WHERE undoes = ?1 AND agreed = 0 ORDER BY id DESC LIMIT 1";
    first(reader, sql, &[Param::Int(id)], |row| row.parse(0))
}

/// Returns what a voucher moves on an account, in minor units, positive if debited; `None` if it has no entry there.
///
/// # Errors
/// A fault of the engine.
pub fn moved_by<R: Reader + ?Sized>(
    reader: &mut R,
    account: &AccountCode,
    voucher_no: &VoucherNo,
) -> Result<Option<i64>, StoreError> {
    let sum = first(
        reader,
        "SELECT sum(e.side * e.amount_minor) FROM voucher v JOIN entry e ON e.voucher = v.id JOIN account a ON a.id = e.account \
          WHERE v.voucher_no = ?2 AND a.code = ?1",
        &[Param::Text(account.as_str()), Param::Text(voucher_no.as_str())],
        |row| row.maybe_int(0),
    )?;
    Ok(sum.flatten())
}

/// Returns the voucher that reverses one.
///
/// # Errors
/// A fault of the engine.
pub fn reversal_of<R: Reader + ?Sized>(
    reader: &mut R,
    voucher_no: &VoucherNo,
) -> Result<Option<VoucherNo>, StoreError> {
    let sql =
        "SELECT r.voucher_no FROM voucher v JOIN voucher r ON r.reverses = v.id WHERE v.voucher_no = ?1";
    first(reader, sql, &[Param::Text(voucher_no.as_str())], |row| row.parse(0))
}

/// A decision to be added.
#[derive(Debug, Clone, Copy)]
pub struct AccountDecision<'d> {
    /// The account.
    pub account: &'d AccountCode,
    /// The match that ends; `None` for one that begins.
    pub undoes: Option<i64>,
    /// What belongs together, as JSON.
    pub content: &'d str,
    /// Whether it counts: as many people as the policy asks for have decided it.
    pub is_agreed: bool,
    /// Why.
    pub reason: &'d str,
    /// Who.
    pub operator: &'d Operator,
    /// When.
    pub now: Moment,
}

/// Adds a decision. Returns nothing: its number is the next one.
///
/// # Errors
/// A refusal of a guard, or a fault.
pub fn decide<S: Sink + ?Sized>(sink: &mut S, decision: &AccountDecision<'_>) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO account_match (id, account, verb, undoes, content, agreed, reason, at, operator) \
         SELECT (SELECT coalesce(max(id), 0) + 1 FROM account_match), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8",
        &[
            Param::Text(decision.account.as_str()),
            Param::Text(if decision.undoes.is_some() { "undo" } else { "match" }),
            Param::maybe_int(decision.undoes),
            Param::Text(decision.content),
            Param::Int(i64::from(decision.is_agreed)),
            Param::Text(decision.reason),
            Param::Text(&decision.now.to_string()),
            Param::Text(decision.operator.as_str()),
        ],
    )
}
