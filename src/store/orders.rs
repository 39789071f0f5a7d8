//! Orders under idempotency keys: an engine that writes the key of an order into the batch that carries it out.
//!
//! Over a line that may break, the asker cannot know whether an order whose answer was lost was carried out. So each such
//! order has a key, and its first batch writes the key beside what it does: both stand, or neither does.

use super::row::{Param, Row};
use super::{Carrier, Engine, Reader, Sink, StoreError, first};
use crate::domain::id::CaseNo;
use crate::domain::period::Moment;
use crate::protocol::connection::Connection;

/// Writes a key into the batch: the case is the newest one then, which an order that opens a case has just opened.
pub const TAKE_KEY: &str = "INSERT INTO order_key (key, at, case_no) \
     VALUES (?1, ?2, (SELECT case_no FROM case_file ORDER BY n DESC LIMIT 1))";

/// An engine that marks the next batch with a key where one is set.
pub struct Keyed {
    inner: Box<dyn Engine>,
    key: Option<(String, Moment)>,
}

impl Keyed {
    /// Over an engine, without a key.
    #[must_use]
    pub const fn over(inner: Box<dyn Engine>) -> Self {
        Self { inner, key: None }
    }
}

impl Reader for Keyed {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.inner.read(sql, params, each)
    }

    fn rehearse(&mut self) -> Result<bool, StoreError> {
        self.inner.rehearse()
    }

    fn is_rehearsal(&self) -> bool {
        self.inner.is_rehearsal()
    }
}

impl Engine for Keyed {
    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some((key, at)) = &self.key else { return self.inner.commit(fill) };
        let at = at.to_string();
        self.inner.commit(&mut |sink| {
            fill(sink)?;
            sink.run(TAKE_KEY, &[Param::Text(key), Param::Text(&at)])
        })?;
        self.key = None;
        Ok(())
    }

    fn set_key(&mut self, key: Option<(String, Moment)>) {
        self.key = key;
    }

    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        self.inner.begin(guarded)
    }

    fn was_outdated(&mut self) -> Result<bool, StoreError> {
        self.inner.was_outdated()
    }

    fn connection(&self) -> Option<Connection> {
        self.inner.connection()
    }

    fn batch(&self, usual: usize) -> usize {
        self.inner.batch(usual)
    }

    fn beside(&self) -> Option<Box<dyn Engine>> {
        self.inner.beside()
    }

    fn carrier(&self) -> Option<Box<dyn Carrier>> {
        self.inner.carrier()
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

/// Whether the order under a key was carried out, and the case it opened or the newest one then.
///
/// # Errors
/// A fault of the engine.
pub fn carried_out<R: Reader + ?Sized>(
    reader: &mut R,
    key: &str,
) -> Result<Option<Option<CaseNo>>, StoreError> {
    let sql = "SELECT case_no FROM order_key WHERE key = ?1";
    first(reader, sql, &[Param::Text(key)], |row| {
        Ok(row.maybe_text(0)?.and_then(|case_no| case_no.parse().ok()))
    })
}
