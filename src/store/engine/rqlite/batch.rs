//! Identity of a cluster's batches.

use super::answer::JsonRow;
use crate::store::engine::{Row, StoreError};

/// Number and key of a batch: a restored cluster may reach the same number again, but not with the same
/// key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct BatchId {
    /// Number: 1, 2, 3 ...
    pub n: i64,
    /// Unique key.
    pub key: String,
}

/// Reads the last batch, and the key of batch `?1`.
pub(super) const LAST_BATCH: &str =
    "SELECT n, key, (SELECT key FROM batch WHERE n = ?1) FROM batch ORDER BY n DESC LIMIT 1";

/// Reads the result of [`LAST_BATCH`]: the last batch, and the key of the batch in question.
pub(super) fn batch_in(results: &[Vec<JsonRow>], at: usize) -> Result<(BatchId, Option<String>), StoreError> {
    let Some(row) = results.get(at).and_then(|rows| rows.first()) else { return Ok(Default::default()) };
    let row = Row(row);
    Ok((BatchId { n: row.int(0)?, key: row.text(1)?.to_owned() }, row.maybe_text(2)?.map(str::to_owned)))
}
