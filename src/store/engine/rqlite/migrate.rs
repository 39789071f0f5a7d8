//! Brings the ledger of a cluster to the schema of this program.

use super::Rqlite;
use crate::store::engine::schema::VERSION;
use crate::store::engine::tape::Tape;
use crate::store::engine::{Fault, StoreError, sqlite};

impl Rqlite {
    /// Migrates the ledger from schema version `from` in one transaction, as the next batch: batches that other
    /// clients have filled on the older schema are built again. If another client migrates at the same time,
    /// one of both is refused whole, and finds the ledger migrated.
    pub(super) fn migrate(&mut self, from: i64) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::Older { path: self.name(), found: from, known: VERSION }.into());
        }
        self.fetch(Vec::new())?;
        let mut tape = Tape::default();
        for sql in sqlite::migration_statements(from)? {
            tape.add(&sql, &[]);
        }
        tape.add(&format!("PRAGMA user_version = {VERSION}"), &[]);
        let key = (self.keys)().ok_or_else(|| Fault::Io { detail: "no source of randomness".to_owned() })?;
        let migrated = self.send(&tape, &key);
        self.clear_cache();
        self.unchecked = true;
        let now = self.probe()?;
        if now.version == VERSION {
            return Ok(());
        }
        migrated?;
        Err(Fault::Older { path: self.name(), found: now.version, known: VERSION }.into())
    }
}
