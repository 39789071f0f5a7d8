//! SQL engines behind three small traits.
//!
//! An engine reads rows ([`Reader`]) and commits one guarded batch ([`Engine::commit`]). A batch is
//! filled by a closure that may read on the way ([`Sink`]):
//!
//! | engine | the closure runs | a concurrent writer |
//! |---|---|---|
//! | [`sqlite`] | inside one write transaction | waits |
//! | [`rqlite`] | before the batch is sent, as one request | makes a guard refuse the batch, which is built again |
//!
//! Besides the engines: a sink for dry runs ([`dry`]), a batch that is planned on one thread and run on
//! another ([`tape`]), and an engine that writes idempotency keys ([`idempotent`]).

pub mod columns;
pub mod dry;
pub mod fault;
pub mod idempotent;
mod inspect;
pub mod row;
pub mod rqlite;
pub mod schema;
pub mod sqlite;
pub mod tape;

use crate::domain::period::Moment;
use crate::protocol::connection::Connection;

pub use fault::{Fault, StoreError};
pub use row::{Cell, Cells, Param, Row};

/// A function that takes one row after the other, and stops the query by returning an error.
pub type EachRow<'e> = &'e mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>;

/// A function that fills a batch.
pub type Fill<'f> = &'f mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>;

/// Reads rows.
pub trait Reader {
    /// Runs a query and passes each row to `each`.
    ///
    /// # Errors
    /// A fault of the engine, or what `each` returned.
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError>;

    /// Starts a prefetch pass, or ends the one that runs.
    ///
    /// While this returns true, run the reads once more: rows that are not cached yet come back empty,
    /// and are then fetched in one request. It returns false when everything is cached, and at once for
    /// an engine whose reads are local. During a pass nothing may be written, and results mean nothing:
    /// do not keep them.
    fn prefetch_pass(&mut self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Returns whether a prefetch pass is running.
    fn is_prefetch(&self) -> bool {
        false
    }
}

/// Takes the statements of a batch.
pub trait Sink: Reader {
    /// Adds one statement to the batch.
    ///
    /// # Errors
    /// If the engine runs statements as they come, the refusal of a guard or a fault; the batch is then lost.
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError>;
}

/// An SQL engine that holds a ledger.
pub trait Engine: Reader + Send {
    /// Commits what `fill` adds to the batch, all or nothing. If another session wrote in between, `fill`
    /// may run again from the start.
    ///
    /// # Errors
    /// The refusal of a guard, a fault, or what `fill` returned; nothing was written then.
    fn commit(&mut self, fill: Fill<'_>) -> Result<(), StoreError>;

    /// Commits as [`Engine::commit`], but does not wait while another session writes.
    ///
    /// # Errors
    /// As [`Engine::commit`], and a fault if another session writes.
    fn commit_if_idle(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        self.commit(fill)
    }

    /// Sets the idempotency key, and its time, that the next batch writes ([`idempotent::Idempotent`]),
    /// or removes it. An engine without that ignores it.
    fn set_key(&mut self, _: Option<(String, Moment)>) {}

    /// Begins a request. An engine with a cache then checks whether the cache is current; not if the
    /// request is `guarded`, that is, does nothing but what a batch guards anyway.
    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        let _ = guarded;
        Ok(())
    }

    /// Returns true if the request was answered from stale reads, and should be retried.
    fn read_was_stale(&mut self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Returns the connection to a ledger on another host; `None` for a local file.
    fn connection(&self) -> Option<Connection> {
        None
    }

    /// Returns how many rows of work to put into one batch: `default`, unless this engine needs smaller
    /// batches.
    fn batch_rows(&self, default: usize) -> usize {
        default
    }

    /// Returns another reader of the same ledger, for use on another thread; it sees what was committed.
    /// `None` if there cannot be one.
    fn second_reader(&self) -> Option<Box<dyn Engine>>;

    /// Returns a checkpointer that can run on another thread; while it lives, commits do not checkpoint.
    /// `None` for an engine without a write-ahead log.
    fn checkpointer(&self) -> Option<Box<dyn Checkpointer>>;

    /// Returns whether this connection may only read; the engine enforces it.
    fn read_only(&self) -> bool;

    /// Returns the names of tables, views, triggers and indexes that differ from this program's schema:
    /// missing, changed or added.
    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError>;

    /// Runs the engine's own check of its file, and returns the problems in the engine's words.
    ///
    /// # Errors
    /// A fault if the check cannot run.
    fn integrity(&mut self) -> Result<Vec<String>, StoreError>;
}

/// Copies committed pages from the write-ahead log into the file, so that the writer need not. A commit
/// is durable either way.
pub trait Checkpointer {
    /// Copies what was committed until now.
    ///
    /// # Errors
    /// A fault of the engine. Nothing is lost then: a later checkpoint copies the rest.
    fn checkpoint(&mut self) -> Result<(), StoreError>;
}

/// Returns the first row of a query as `make` reads it.
pub fn first<R: Reader + ?Sized, T>(
    reader: &mut R,
    sql: &str,
    params: &[Param<'_>],
    mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut found = None;
    reader.read(sql, params, &mut |row| {
        if found.is_none() {
            found = Some(make(row)?);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Returns all rows of a query as `make` reads them; for queries that are bounded by their own LIMIT or
/// nature.
pub fn all<R: Reader + ?Sized, T>(
    reader: &mut R,
    sql: &str,
    params: &[Param<'_>],
    mut make: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = Vec::new();
    reader.read(sql, params, &mut |row| {
        rows.push(make(row)?);
        Ok(())
    })?;
    Ok(rows)
}
