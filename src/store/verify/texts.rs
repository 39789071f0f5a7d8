//! Check of the texts that a ledger keeps (policy, rules, calendars, channels and kinds of trades), and of the number
//! of lines of statements.

use crate::domain::chain::fingerprint;
use crate::store::engine::{Reader, StoreError, all};

/// Tables of texts, with the word of each in messages and on the command line.
const TEXTS: [(&str, &str); 5] = [
    ("policy", "policy"),
    ("rule_set", "rules"),
    ("calendar", "calendar"),
    ("channel_set", "channels"),
    ("kind_set", "kinds"),
];

/// Returns the texts that do not have the fingerprint they were loaded with: what they are, and the version.
pub(super) fn changed<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut found = Vec::new();
    for (table, what) in TEXTS {
        let sql = format!("SELECT version, source, fingerprint FROM {table} ORDER BY version");
        reader.read(&sql, &[], &mut |row| {
            if fingerprint(row.text(1)?.as_bytes()) != row.text(2)? {
                found.push((what, row.int(0)?));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// Returns the statements that have another number of lines than their file had.
pub(super) fn recounted<R: Reader + ?Sized>(reader: &mut R) -> Result<Vec<i64>, StoreError> {
    let sql = "SELECT s.id FROM statement s \
               LEFT JOIN (SELECT statement, count(*) AS lines FROM statement_line GROUP BY statement) l ON l.statement = s.id \
               WHERE s.rows <> coalesce(l.lines, 0) \
               UNION ALL SELECT DISTINCT l.statement FROM statement_line l WHERE l.statement NOT IN (SELECT id FROM statement)";
    all(reader, sql, &[], |row| row.int(0))
}
