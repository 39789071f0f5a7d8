//! What a cluster holds before it is opened.

use super::answer::JsonRow;
use crate::store::engine::schema::{APPLICATION_ID, VERSION};
use crate::store::engine::{Fault, Row, StoreError};

/// Reads what a cluster holds.
pub(super) const PROBE: &str = "SELECT (SELECT application_id FROM pragma_application_id), \
     (SELECT user_version FROM pragma_user_version), (SELECT foreign_keys FROM pragma_foreign_keys), \
     (SELECT count(*) FROM sqlite_schema WHERE type = 'table')";

/// Contents of a cluster.
pub(super) struct Contents {
    /// `PRAGMA application_id`.
    pub application: i64,
    /// `PRAGMA user_version`.
    pub version: i64,
    /// Number of tables.
    pub tables: i64,
}

impl Contents {
    /// Reads the result of [`PROBE`].
    pub fn of(results: &[Vec<JsonRow>], name: impl FnOnce() -> String) -> Result<Self, StoreError> {
        let Some(row) = results.last().and_then(|rows| rows.first()) else {
            return Err(Fault::Corrupt { detail: "no answer".to_owned() }.into());
        };
        let row = Row(row);
        if row.int(2)? != 1 {
            return Err(Fault::NoForeignKeys { path: name() }.into());
        }
        Ok(Self { application: row.int(0)?, version: row.int(1)?, tables: row.int(3)? })
    }

    /// Returns whether it is a ledger that this program can open.
    pub const fn is_ours(&self) -> bool {
        self.application == APPLICATION_ID && self.version == VERSION
    }
}
