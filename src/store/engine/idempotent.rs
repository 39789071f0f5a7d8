//! Idempotency keys of write requests.
//!
//! Over a connection that may break, a client cannot know whether a request whose answer was lost was
//! carried out. So each such request has a key, and its first batch writes the key together with its
//! changes: both are committed, or neither.

use super::row::Param;
use super::{Checkpointer, EachRow, Engine, Fill, Reader, StoreError, first};
use crate::domain::id::CaseNo;
use crate::domain::period::Moment;
use crate::protocol::connection::Connection;

/// Writes a key with the newest case, which a request that opens a case has just opened.
pub const INSERT_KEY: &str = "INSERT INTO order_key (key, at, case_no) \
     VALUES (?1, ?2, (SELECT case_no FROM case_file ORDER BY n DESC LIMIT 1))";

/// An engine that writes a key into the next batch, if one is set.
pub struct Idempotent {
    inner: Box<dyn Engine>,
    key: Option<(String, Moment)>,
}

impl Idempotent {
    /// Wraps an engine; no key is set.
    #[must_use]
    pub const fn over(inner: Box<dyn Engine>) -> Self {
        Self { inner, key: None }
    }
}

impl Reader for Idempotent {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        self.inner.read(sql, params, each)
    }

    fn prefetch_pass(&mut self) -> Result<bool, StoreError> {
        self.inner.prefetch_pass()
    }

    fn is_prefetch(&self) -> bool {
        self.inner.is_prefetch()
    }
}

impl Engine for Idempotent {
    fn commit(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        let Some((key, at)) = &self.key else { return self.inner.commit(fill) };
        let at = at.to_string();
        self.inner.commit(&mut |sink| {
            fill(sink)?;
            sink.run(INSERT_KEY, &[Param::Text(key), Param::Text(&at)])
        })?;
        self.key = None;
        Ok(())
    }

    fn commit_if_idle(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        if self.key.is_some() { self.commit(fill) } else { self.inner.commit_if_idle(fill) }
    }

    fn set_key(&mut self, key: Option<(String, Moment)>) {
        self.key = key;
    }

    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        self.inner.begin(guarded)
    }

    fn read_was_stale(&mut self) -> Result<bool, StoreError> {
        self.inner.read_was_stale()
    }

    fn connection(&self) -> Option<Connection> {
        self.inner.connection()
    }

    fn batch_rows(&self, default: usize) -> usize {
        self.inner.batch_rows(default)
    }

    fn second_reader(&self) -> Option<Box<dyn Engine>> {
        self.inner.second_reader()
    }

    fn checkpointer(&self) -> Option<Box<dyn Checkpointer>> {
        self.inner.checkpointer()
    }

    fn read_only(&self) -> bool {
        self.inner.read_only()
    }

    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.schema_changes()
    }

    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        self.inner.integrity()
    }
}

/// Returns the case recorded under a key: the one that the request opened, or the newest at that time (an
/// inner `None` if there was no case). `None` if no request with this key was carried out.
pub fn carried_out<R: Reader + ?Sized>(
    reader: &mut R,
    key: &str,
) -> Result<Option<Option<CaseNo>>, StoreError> {
    let sql = "SELECT case_no FROM order_key WHERE key = ?1";
    first(reader, sql, &[Param::Text(key)], |row| {
        Ok(row.maybe_text(0)?.and_then(|case_no| case_no.parse().ok()))
    })
}
