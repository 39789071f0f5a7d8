//! The ledger file: SQL engines behind one small trait, and what is asked of them in plain Rust data.
//!
//! This is the only layer that knows SQL. An engine can do two things: read rows, and commit one guarded batch. A batch
//! is filled by a closure that may read on the way; an engine in this process runs it inside one write transaction, a
//! replicated one collects the statements and sends them as one request, whose guards (chain numbers, previous hash)
//! refuse it when somebody else was faster.

pub mod answered;
pub mod append;
pub mod books;
pub mod calendars;
pub mod cases;
pub mod days;
pub mod fault;
pub mod import;
pub mod list;
pub mod orders;
pub mod reconcile;
pub mod row;
pub mod rqlite;
pub mod scan;
pub mod schema;
pub mod setup;
pub mod sqlite;
pub mod suspense;
pub mod tape;
pub mod verify;
pub mod watermark;

use crate::domain::period::Moment;
use crate::protocol::connection::Connection;

pub use fault::{Fault, StoreError};
pub use row::{Cell, Cells, Param, Row};

/// Reads rows.
pub trait Reader {
    /// Runs a query and hands each row to `each`, which stops the query by returning an error.
    ///
    /// # Errors
    /// A fault of the engine, or what `each` returned.
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Whether what comes next is to be run for trial first, again and again until this says no. An engine to which every
    /// question is a way there and back hears so what will be read, and asks for all of it at once. In a rehearsal answers may
    /// lack rows, and nothing is written; what comes of it means nothing, and nobody may remember it.
    ///
    /// # Errors
    /// A fault of the engine.
    fn rehearse(&mut self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Whether this is a rehearsal.
    fn is_rehearsal(&self) -> bool {
        false
    }
}

/// Takes the statements of a batch.
pub trait Sink: Reader {
    /// Adds one statement to the batch.
    ///
    /// # Errors
    /// Where the engine runs statements as they come, the refusal of a guard or a fault; the batch is then lost.
    fn run(&mut self, sql: &str, params: &[Param<'_>]) -> Result<(), StoreError>;
}

/// An SQL engine that holds a ledger.
pub trait Engine: Reader + Send {
    /// Commits what `fill` puts into the batch, all or nothing. `fill` may run again from the start where somebody
    /// else wrote in between.
    ///
    /// # Errors
    /// The refusal of a guard, a fault, or what `fill` returned; nothing was written then.
    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Sets the idempotency key, and the time, that the next batch is to leave beside what it does ([`orders::Keyed`]), or
    /// takes it away again. An engine without that keeps no keys.
    fn set_key(&mut self, _: Option<(String, Moment)>) {}

    /// A request begins. An engine that keeps what it read asks whether it still holds; not where the request is `guarded`,
    /// that is, does nothing but what a batch will guard.
    ///
    /// # Errors
    /// A fault of the engine.
    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        let _ = guarded;
        Ok(())
    }

    /// Whether what a request was refused on did not hold any more, so that it is to be asked again.
    ///
    /// # Errors
    /// A fault of the engine.
    fn was_outdated(&mut self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// The way to the ledger, where it is on another host.
    fn connection(&self) -> Option<Connection> {
        None
    }

    /// How many rows of work a batch is to be made of, where `usual` is usual.
    fn batch(&self, usual: usize) -> usize {
        usual
    }

    /// Another reader of the same ledger, for work that two threads share; it sees what was committed. `None` where there is
    /// none to be had.
    fn beside(&self) -> Option<Box<dyn Engine>>;

    /// Who, for as long as it lives, carries over what this engine commits from its log into the file, on another thread.
    /// `None` where there is no such log.
    fn carrier(&self) -> Option<Box<dyn Carrier>>;

    /// Whether this connection may only read; enforced by the engine.
    fn read_only(&self) -> bool;

    /// Names of tables, views, triggers and indexes that are not as this program made them: missing, changed or added.
    ///
    /// # Errors
    /// A fault of the engine.
    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError>;

    /// The engine's own check of its file, problems in its words; empty where all is well.
    ///
    /// # Errors
    /// A fault where the check cannot run.
    fn integrity(&mut self) -> Result<Vec<String>, StoreError>;
}

/// Carries over what was committed, so that the writer need not. A commit that was answered is durable either way.
pub trait Carrier {
    /// Carries over what was committed until now.
    ///
    /// # Errors
    /// A fault of the engine. Nothing is lost then: what was left behind is carried over later.
    fn carry(&mut self) -> Result<(), StoreError>;
}

/// The first row of a query as `make` reads it.
///
/// # Errors
/// A fault of the engine or of `make`.
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

/// All rows of a query as `make` reads them; for queries that are bounded by their own LIMIT or nature.
///
/// # Errors
/// A fault of the engine or of `make`.
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
