//! The ends of all accounts' chains as far as they were walked.

use crate::domain::account::Side;
use crate::store::engine::{Reader, StoreError, all};

/// The end of an account's chain as far as it was walked.
pub(super) struct ChainCursor {
    pub id: i64,
    pub code: String,
    pub normal: Side,
    pub seq: i64,
    pub balance: i64,
    /// Balance at the end of the closed days compared so far.
    pub closing: i64,
}

/// Returns a cursor at the start of every chain, by row.
pub(super) fn accounts<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<ChainCursor>, StoreError> {
    all(reader, "SELECT id, code, normal FROM account ORDER BY id", &[], |row| {
        Ok(ChainCursor {
            id: row.int(0)?,
            code: row.text(1)?.to_owned(),
            normal: row.side(2)?,
            seq: 0,
            balance: 0,
            closing: 0,
        })
    })
}

/// Returns the account in row `id`: at its index, or by search if rows are missing.
pub(super) fn account_at(accounts: &mut [ChainCursor], id: i64) -> Option<&mut ChainCursor> {
    let place = id.checked_sub(1).and_then(|place| usize::try_from(place).ok());
    let own = place.filter(|at| accounts.get(*at).is_some_and(|known| known.id == id));
    let at = own.or_else(|| accounts.binary_search_by_key(&id, |known| known.id).ok())?;
    accounts.get_mut(at)
}
