//! Lists of rows as parameters of queries: JSON arrays, some rows at a time.

use super::engine::{Param, Reader, Row, StoreError, all};

/// Rows in one query: as many as fit a parameter comfortably.
const AT_ONCE: usize = 5_000;

/// Returns rows as a JSON array.
pub(super) fn json(rows: &[i64]) -> String {
    let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
    format!("[{}]", rows.join(","))
}

/// Returns JSON arrays of rows, each for one query.
pub(super) fn pieces(rows: impl IntoIterator<Item = i64>) -> impl Iterator<Item = String> {
    let rows: Vec<i64> = rows.into_iter().collect();
    let texts: Vec<String> = rows.chunks(AT_ONCE).map(json).collect();
    texts.into_iter()
}

/// Runs a query with rows as a JSON array in `?1`, some at a time, and returns what `make` makes of its rows.
pub(super) fn all_of<R: Reader + ?Sized, T>(
    reader: &mut R,
    sql: &str,
    rows: impl IntoIterator<Item = i64>,
    mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    for piece in pieces(rows) {
        found.extend(all(reader, sql, &[Param::Text(&piece)], &mut make)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::engine::sqlite::unguarded;

    #[test]
    fn no_row_is_lost_between_two_queries() {
        let rows = 0..i64::try_from(2 * AT_ONCE).unwrap() + 1;
        let asked: Vec<usize> = pieces(rows.clone()).map(|piece| piece.split(',').count()).collect();
        assert_eq!(asked, [AT_ONCE, AT_ONCE, 1]);
        let mut memory = unguarded().unwrap();
        let sql = "SELECT value FROM json_each(?1)";
        assert!(rows.clone().eq(all_of(&mut memory, sql, rows, |row| row.int(0)).unwrap()));
    }
}
