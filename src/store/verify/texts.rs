//! Check of the texts that a ledger keeps: policy, rules, calendars, channels and kinds of trades.

use crate::domain::chain::fingerprint;
use crate::store::engine::{Reader, StoreError};

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
