//! Receipts: the answers of commits, by idempotency key.

use crate::domain::id::CaseNo;
use crate::domain::period::Moment;
use crate::store::engine::{Param, Reader, Sink, StoreError, first};

/// Returns the receipt under an idempotency key: case, fingerprint, body.
pub fn find<R: Reader + ?Sized>(
    reader: &mut R,
    key: &str,
) -> Result<Option<(CaseNo, String, String)>, StoreError> {
    first(
        reader,
        "SELECT case_no, fingerprint, body FROM receipt WHERE key = ?1",
        &[Param::Text(key)],
        |row| Ok((row.parse(0)?, row.text(1)?.to_owned(), row.text(2)?.to_owned())),
    )
}

/// Adds a receipt.
pub fn insert<S: Sink + ?Sized>(
    sink: &mut S,
    key: &str,
    case_no: &CaseNo,
    fingerprint: &str,
    body: &str,
    now: Moment,
) -> Result<(), StoreError> {
    sink.run(
        "INSERT INTO receipt (key, case_no, fingerprint, body, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        &[
            Param::Text(key),
            Param::Text(case_no.as_str()),
            Param::Text(fingerprint),
            Param::Text(body),
            Param::Text(&now.to_string()),
        ],
    )
}
