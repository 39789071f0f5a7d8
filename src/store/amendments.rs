//! Proven corrections of a trade's status and facts; the trade as imported stays as it was.

use super::engine::{Param, Reader, Sink, StoreError, all};
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::domain::trade::TradeStatus;

/// Who made a change beside the vouchers, in which case, when.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// Case.
    pub case_no: &'a CaseNo,
    /// Maker.
    pub operator: &'a Operator,
    /// When.
    pub now: Moment,
}

/// Corrects a trade's own status.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_status<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    status: TradeStatus,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO trade_status (trade, n, status, case_no, at, operator) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM trade_status WHERE trade = ?1), ?2, ?3, ?4, ?5)",
        &[
            Param::Int(trade),
            Param::Text(status.as_str()),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

/// Corrects a fact of a trade, beside the trade as imported.
///
/// # Errors
/// A guard's refusal, or a fault.
pub fn insert_amendment<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    fact: &str,
    value: &str,
    reason: &str,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO amendment (trade, n, fact, value, reason, case_no, at, operator) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(trade),
            Param::Text(fact),
            Param::Text(value),
            Param::Text(reason),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

/// The corrected facts of a trade, in order: fact, value, case.
///
/// # Errors
/// A fault of the engine.
pub fn amendments<R: Reader + ?Sized>(
    reader: &mut R,
    trade: i64,
) -> Result<Vec<(String, String, CaseNo)>, StoreError> {
    all(
        reader,
        "SELECT fact, value, case_no FROM amendment WHERE trade = ?1 ORDER BY n",
        &[Param::Int(trade)],
        |row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned(), row.parse(2)?)),
    )
}
