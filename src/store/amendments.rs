//! Proven corrections of a trade's status and facts; the trade as imported stays as it was.

use super::engine::{Param, Reader, Sink, StoreError, all};
use crate::domain::amendment::AmendableFact;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::domain::trade::TradeStatus;

/// Current status of a trade `t` in SQL: as corrected, else as imported.
macro_rules! status_now {
    () => {
        "coalesce((SELECT s.status FROM trade_status s WHERE s.trade = t.id ORDER BY s.n DESC LIMIT 1), t.status)"
    };
}
pub(super) use status_now;

/// Origin of a change that is not a voucher.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The case that makes it.
    pub case_no: &'a CaseNo,
    /// The case's maker.
    pub operator: &'a Operator,
    /// Time of the commit.
    pub now: Moment,
}

/// Adds a correction of a trade's status.
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

/// Adds a correction of a trade's fact; the trade as imported does not change.
pub fn insert_amendment<S: Sink + ?Sized>(
    sink: &mut S,
    trade: i64,
    fact: AmendableFact,
    value: &str,
    reason: &str,
    change: Change<'_>,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO amendment (trade, n, fact, value, reason, case_no, at, operator) VALUES (?1, \
         (SELECT coalesce(max(n), 0) + 1 FROM amendment WHERE trade = ?1), ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            Param::Int(trade),
            Param::Text(fact.stored()),
            Param::Text(value),
            Param::Text(reason),
            Param::Text(change.case_no.as_str()),
            Param::Text(&change.now.to_string()),
            Param::Text(change.operator.as_str()),
        ],
    )
}

/// Returns the corrected facts of a trade in order: fact, value, case.
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
