//! rqlite: SQLite replicated over several hosts, for teams that outgrow one machine.
//!
//! There are no transactions across requests, so a batch is recorded while it is filled ([`super::tape`])
//! and sent as one request, all or nothing:
//!
//! | | |
//! |---|---|
//! | guard | every batch inserts the next number into the table `batch` |
//! | another writer was first | the number is already used: the batch is built again on fresh reads |
//! | cost | as the serial order of local write transactions; two concurrent writers build twice |
//!
//! The number of the last batch also tells whether cached reads are current, so reads are cached until it
//! changes: a commit that follows its preview has nothing left to read and costs one round trip. Every
//! request that reads returns that number in the same state as its rows. What a request will read is
//! found by prefetch passes ([`Reader::prefetch_pass`]): reads that do not depend on each other's results
//! are fetched in one request.
//!
//! If the answer to a batch is lost or unclear, the batch is in doubt and may still be applied. The doubt
//! is resolved by writing an empty batch under its number: either that succeeds, and the batch in doubt
//! can no longer be applied, or the number is taken, and its key tells by which batch.

mod answer;
mod batch;
mod http;
mod migrate;
mod probe;
mod request;

pub use http::Cluster;

use super::row::{Param, Row};
use super::schema::{APPLICATION_ID, MIGRATIONS, VERSION};
use super::tape::{Recorder, Tape};
use super::{Checkpointer, EachRow, Engine, Fault, Fill, Reader, StoreError, inspect, sqlite};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::connection::{Connection, ConnectionState};
use answer::{JsonRow, Outcome};
use batch::{BatchId, LAST_BATCH, batch_in};
use http::{Http, RequestKind};
use probe::{Contents, PROBE};
use request::{body, statement};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Creates unique keys; `None` if the source of randomness fails.
pub type Keys = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Attempts to fill and send a batch while other writers are faster.
const MAX_TRIES: usize = 40;
/// Limits of the cache in bytes: in all, and for one query.
const CACHE_BYTES: usize = 8 << 20;
const MAX_CACHED_BYTES: usize = 256 << 10;
/// Limit of prefetch passes in a row: reads depend on each other only a few levels deep.
const MAX_PASSES: usize = 12;
/// Limit of rows of work in one batch.
const MAX_ROWS: usize = 250;
/// Limit of statements in a request whose time counts as the round trip.
const PING_STATEMENTS: usize = 3;

/// A ledger in a cluster.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each documented")]
pub struct Rqlite {
    http: Http,
    keys: Keys,
    read_only: bool,
    /// The batch at which the cache was read.
    batch: BatchId,
    /// Newest batch that this client has seen. A node below it lags; the same number under another key
    /// means the cluster was restored.
    floor: BatchId,
    /// Whether the last batch was not read yet since the request began, so that the cache may be stale.
    unchecked: bool,
    /// Whether the request began with the cache unchecked, because its batch will be guarded.
    trusts_cache: bool,
    /// Whether a batch is being filled: its number stays what it was at the beginning.
    filling: bool,
    /// Whether another batch was seen since the request, or the filling, began.
    moved: bool,
    /// Whether a batch was written since the request began.
    wrote: bool,
    /// Rows read at `batch`, by query; `None` if this client does not cache.
    cache: Option<HashMap<String, Rows>>,
    cache_bytes: usize,
    /// Rows read by a prefetch pass that do not fit the cache.
    fetched: HashMap<String, Rows>,
    /// Queries that the running prefetch pass must fetch; `None` if none runs.
    requested: Option<Vec<(String, Json)>>,
    /// Prefetch passes in a row.
    passes: usize,
    /// State of the connection, and the round-trip time of the last small request.
    connection: (ConnectionState, Option<Duration>),
}

type Rows = Arc<Vec<JsonRow>>;

impl Rqlite {
    /// Creates a new, empty ledger in an empty cluster.
    ///
    /// # Errors
    /// [`Code::Exists`] if it holds a ledger, a fault if it holds something else or cannot be used.
    pub fn create(cluster: Cluster, keys: Keys) -> Result<Self, StoreError> {
        let mut ledger = Self::connect(cluster, keys, false)?;
        let found = ledger.probe()?;
        if found.application == APPLICATION_ID {
            let rows = ledger.read_through_log(json!(["SELECT count(*) FROM setting"]))?;
            // An earlier attempt got as far as the empty schema; only the settings make it a ledger.
            if found.version == VERSION && rows.first().map_or(Ok(1), |row| Row(row).int(0))? == 0 {
                return Ok(ledger);
            }
            return Err(Rejection::new(Code::Exists).with("path", ledger.name()).into());
        }
        if found.tables > 0 {
            return Err(Fault::NotALedger { path: ledger.name() }.into());
        }
        let pattern = inspect::creation_statements(&mut sqlite::pattern()?)?;
        let mut statements: Vec<Json> = pattern.into_iter().map(|sql| json!([sql])).collect();
        statements.push(json!([format!("PRAGMA application_id = {APPLICATION_ID}")]));
        statements.push(json!([format!("PRAGMA user_version = {}", MIGRATIONS.len())]));
        let count = statements.len();
        let body = body(&Json::Array(statements))?;
        match ledger.http.send_once(&body, |status, body| answer::committed(status, body, count)) {
            Outcome::Done(()) => {
                // Batches seen there before no longer exist.
                ledger.floor = BatchId::default();
                Ok(ledger)
            }
            Outcome::Refused(error) => Err(error),
            Outcome::Unclear(detail) => Err(Fault::Unreachable { detail }.into()),
        }
    }

    /// Opens the ledger of a cluster.
    ///
    /// # Errors
    /// A fault that says what the cluster holds instead, or why it cannot be used.
    pub fn open(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, StoreError> {
        let mut ledger = Self::connect(cluster, keys, read_only)?;
        let found = ledger.probe()?;
        let path = ledger.name();
        if found.application != APPLICATION_ID {
            return Err(
                if found.tables == 0 { Fault::Missing { path } } else { Fault::NotALedger { path } }.into()
            );
        }
        if found.version > VERSION {
            return Err(Fault::Newer { path, found: found.version, known: VERSION }.into());
        }
        if found.version < VERSION {
            ledger.migrate(found.version)?;
        }
        Ok(ledger)
    }

    fn connect(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, StoreError> {
        let floor = BatchId { n: cluster.place, key: cluster.key.clone() };
        let http = Http::new(cluster)?;
        Ok(Self {
            http,
            keys,
            read_only,
            batch: BatchId::default(),
            floor,
            unchecked: true,
            trusts_cache: false,
            filling: false,
            moved: false,
            wrote: false,
            cache: Some(HashMap::new()),
            cache_bytes: 0,
            fetched: HashMap::new(),
            requested: None,
            passes: 0,
            connection: (ConnectionState::Up, None),
        })
    }

    /// Returns the name of the cluster in errors.
    fn name(&self) -> String {
        let cluster = self.http.cluster();
        format!("rqlite{}://{}", if cluster.tls { "s" } else { "" }, cluster.hosts.join(","))
    }

    /// Returns what the cluster holds. A restarted node knows nothing at first, and may become leader
    /// before it has caught up: so the absence of a ledger is only believed when read through the log.
    /// Nodes that do not check foreign keys are refused: without them entries could stay without their
    /// voucher.
    fn probe(&mut self) -> Result<Contents, StoreError> {
        let asked = [json!([PROBE])];
        let start = Instant::now();
        // Not through the log: that needs a table, which an empty cluster does not have.
        let rows = self.http.send(RequestKind::Probe, &asked, answer::rows)?;
        self.connection.1 = Some(start.elapsed());
        let found = Contents::of(&rows, || self.name())?;
        if found.is_ours() {
            return Ok(found);
        }
        let read = |status, body: &[u8], results| match answer::rows(status, body, results) {
            // The write before the query failed only after everything before it in the log was applied.
            Outcome::Unclear(why) if why.contains("no such table: batch") => Outcome::Done(None),
            answered => answered.and_then(|rows| Outcome::Done(Some(rows))),
        };
        let confirmed = match self.http.send(RequestKind::ReadThroughLog, &asked, read)? {
            Some(confirmed) => confirmed,
            None => self.http.send(RequestKind::Probe, &asked, answer::rows)?,
        };
        Contents::of(&confirmed, || self.name())
    }

    /// Reads one statement through the log.
    fn read_through_log(&mut self, statement: Json) -> Result<Vec<JsonRow>, StoreError> {
        Ok(self.http.send(RequestKind::ReadThroughLog, &[statement], answer::rows)?.pop().unwrap_or_default())
    }

    fn clear_cache(&mut self) {
        if let Some(cache) = &mut self.cache {
            cache.clear();
        }
        self.cache_bytes = 0;
        self.fetched.clear();
    }

    /// Returns the newest batch that this client knows.
    fn newest_batch(&self) -> BatchId {
        if self.batch.n > self.floor.n { &self.batch } else { &self.floor }.clone()
    }

    /// Reads statements and the last batch in one request. If that has changed, the cache is cleared.
    fn fetch(&mut self, statements: Vec<Json>) -> Result<Vec<Rows>, StoreError> {
        let floor = self.newest_batch();
        let asked: Vec<Json> = std::iter::once(json!([LAST_BATCH, floor.n])).chain(statements).collect();
        let (count, start) = (asked.len(), Instant::now());
        let is_behind = std::cell::Cell::new(false);
        let address = self.name();
        let restored = || Fault::SetBack { address: address.clone(), batch: floor.n }.into();
        let read = |status, body: &[u8], results| {
            answer::rows(status, body, results).and_then(|rows| match batch_in(&rows, results - count) {
                // A new leader may answer before it has caught up with its log.
                Ok((last, _)) if last.n < floor.n => {
                    is_behind.set(true);
                    Outcome::Unclear(format!("the node is behind batch {}", floor.n))
                }
                Ok((_, Some(key))) if !floor.key.is_empty() && key != floor.key => {
                    Outcome::Refused(restored())
                }
                Ok((last, _)) => Outcome::Done((last, rows)),
                Err(error) => Outcome::Refused(error),
            })
        };
        let answered = self.http.send(RequestKind::Read, &asked, read);
        self.connection = match &answered {
            Err(StoreError::Fault(Fault::Unreachable { .. })) => (ConnectionState::Down, None),
            // The time of a large request is the cluster's work, not the network's.
            Ok(_) if count <= PING_STATEMENTS => (ConnectionState::Up, Some(start.elapsed())),
            _ => (ConnectionState::Up, self.connection.1),
        };
        let (last, mut rows) = match answered {
            // No node caught up in all that time: the cluster was restored.
            Err(StoreError::Fault(Fault::Unreachable { .. })) if is_behind.get() => return Err(restored()),
            answered => answered?,
        };
        let read = rows.split_off(rows.len() + 1 - count);
        if last != self.batch {
            // Cached rows already used, and rows read since the request began, are of another state.
            self.moved |= !self.unchecked;
            if !self.filling {
                self.clear_cache();
                self.batch = last;
            }
        }
        self.unchecked = false;
        Ok(read.into_iter().map(Arc::new).collect())
    }

    /// Caches rows until the next batch. Returns false if they do not fit.
    fn cache_rows(&mut self, name: &str, rows: &Rows) -> bool {
        let bytes = name.len() + rows.iter().map(|row| row.0.len() * 32).sum::<usize>();
        let Some(cache) = &mut self.cache else { return false };
        // Rows read after another batch are not of the state of the rest.
        if bytes > MAX_CACHED_BYTES || self.cache_bytes + bytes > CACHE_BYTES || self.moved && self.filling {
            return false;
        }
        self.cache_bytes += bytes;
        cache.insert(name.to_owned(), Arc::clone(rows));
        true
    }

    /// Returns rows that are known without a request. A prefetch pass trusts the cache: the fetch that
    /// ends it checks the last batch.
    fn cached(&self, name: &str) -> Option<Rows> {
        let holds = !self.unchecked || self.requested.is_some();
        let cache = self.cache.as_ref().filter(|_| holds).and_then(|cache| cache.get(name));
        cache.or_else(|| self.fetched.get(name)).map(Arc::clone)
    }

    /// Sends a batch and resolves a doubt about it. Returns false if another batch was faster.
    fn send(&mut self, tape: &Tape, key: &str) -> Result<bool, StoreError> {
        let number = self.batch.n + 1;
        let guard = json!(["INSERT INTO batch (n, key) VALUES (?1, ?2)", number, key]);
        let statements: Vec<Json> = std::iter::once(guard).chain(tape.statements().map(statement)).collect();
        let count = statements.len();
        let body = body(&Json::Array(statements))?;
        match self.http.send_once(&body, |status, body| answer::committed(status, body, count)) {
            Outcome::Done(()) => Ok(true),
            // A node may have forwarded the batch twice: the second finds its number taken by the first.
            Outcome::Refused(error) if is_number_taken(&error) => self.is_written_by(number, key),
            Outcome::Refused(error) => Err(error),
            Outcome::Unclear(why) => {
                tracing::warn!(why, number, "a batch is in doubt");
                self.resolve_doubt(number, key)
            }
        }
    }

    /// Writes an empty batch under the number of a batch in doubt, or finds out whose batch has it.
    fn resolve_doubt(&mut self, number: i64, key: &str) -> Result<bool, StoreError> {
        let fence = json!(["INSERT INTO batch (n, key) VALUES (?1, ?2)", number, format!("void {key}")]);
        let taken = self.http.send(RequestKind::Write, &[fence], answer::committed);
        match taken {
            Ok(()) => Ok(false),
            Err(error) if is_number_taken(&error) => self.is_written_by(number, key),
            Err(StoreError::Fault(Fault::Unreachable { detail })) => {
                Err(Fault::Unknown { why: detail }.into())
            }
            Err(error) => Err(error),
        }
    }

    /// Returns whether the batch with this number has this key.
    fn is_written_by(&mut self, number: i64, key: &str) -> Result<bool, StoreError> {
        let asked = json!(["SELECT key FROM batch WHERE n = ?1", number]);
        let rows = self.read_through_log(asked).map_err(|error| match error {
            StoreError::Fault(Fault::Unreachable { detail }) => Fault::Unknown { why: detail }.into(),
            other => other,
        })?;
        rows.first().map_or(Ok(false), |row| Ok(Row(row).text(0)? == key))
    }
}

impl Drop for Rqlite {
    fn drop(&mut self) {
        let cluster = self.http.cluster();
        if let Some(remember) = cluster.remember.as_ref().filter(|_| self.batch.n > cluster.place) {
            remember(self.batch.n, &self.batch.key);
        }
    }
}

/// Returns whether the number of a batch was taken by another.
fn is_number_taken(error: &StoreError) -> bool {
    matches!(error, StoreError::Rejected(rejection) if rejection.code == Code::Overtaken)
}

impl Reader for Rqlite {
    fn read(&mut self, sql: &str, params: &[Param<'_>], each: EachRow<'_>) -> Result<(), StoreError> {
        let asked = statement((sql, params.to_vec()));
        let name = asked.to_string();
        let rows = if let Some(rows) = self.cached(&name) {
            rows
        } else if let Some(requested) = &mut self.requested {
            if !requested.iter().any(|(known, _)| *known == name) {
                requested.push((name, asked));
            }
            return Ok(());
        } else {
            let Some(rows) = self.fetch(vec![asked])?.pop() else {
                return Err(Fault::Corrupt { detail: "no answer".to_owned() }.into());
            };
            self.cache_rows(&name, &rows);
            rows
        };
        rows.iter().try_for_each(|row| each(&Row(row)))
    }

    fn prefetch_pass(&mut self) -> Result<bool, StoreError> {
        let Some(requested) = self.requested.take() else {
            self.passes = 1;
            self.fetched.clear();
            self.requested = Some(Vec::new());
            return Ok(true);
        };
        if requested.is_empty() && !self.unchecked {
            return Ok(false);
        }
        let before = self.batch.clone();
        let (names, statements): (Vec<_>, Vec<_>) = requested.into_iter().unzip();
        let rows = match self.fetch(statements) {
            Ok(rows) => rows,
            // Read one by one later, the failing query reports its error where it matters.
            Err(StoreError::Fault(Fault::Internal { .. })) => return Ok(false),
            Err(error) => return Err(error),
        };
        let found_more = !names.is_empty() || before != self.batch;
        for (name, rows) in names.into_iter().zip(rows) {
            if !self.cache_rows(&name, &rows) {
                self.fetched.insert(name, rows);
            }
        }
        self.passes += 1;
        let again = found_more && self.passes <= MAX_PASSES;
        self.requested = again.then(Vec::new);
        Ok(again)
    }

    fn is_prefetch(&self) -> bool {
        self.requested.is_some()
    }
}

impl Engine for Rqlite {
    fn connection(&self) -> Option<Connection> {
        let (state, took) = self.connection;
        let round_trip_ms = took.and_then(|took| u64::try_from(took.as_millis()).ok());
        Some(Connection { address: self.name(), state, round_trip_ms, role: None })
    }

    fn commit(&mut self, fill: Fill<'_>) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::ReadOnly.into());
        }
        for _ in 0..MAX_TRIES {
            (self.filling, self.moved) = (true, false);
            let mut recorder = Recorder { below: self, tape: Tape::default() };
            let filled = fill(&mut recorder);
            let tape = recorder.tape;
            self.filling = false;
            if self.requested.is_some() {
                return Err(Fault::Internal { detail: "a commit in a prefetch pass".to_owned() }.into());
            }
            // A batch filled from two states is filled again, also if it was refused.
            if !self.moved {
                filled?;
                if tape.is_empty() {
                    return Ok(());
                }
                let key = (self.keys)()
                    .ok_or_else(|| Fault::Io { detail: "no source of randomness".to_owned() })?;
                if self.send(&tape, &key)? {
                    self.wrote = true;
                    self.clear_cache();
                    self.batch = BatchId { n: self.batch.n + 1, key };
                    return Ok(());
                }
            }
            self.fetch(Vec::new())?;
        }
        Err(StoreError::rejected(Code::Conflict))
    }

    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        self.fetched.clear();
        self.requested = None;
        // A batch guards its number, so it may be filled from the cache: if that is stale, it is refused.
        self.trusts_cache = guarded && self.cache.as_ref().is_some_and(|cache| !cache.is_empty());
        self.unchecked = !self.trusts_cache;
        (self.moved, self.wrote) = (false, false);
        Ok(())
    }

    fn read_was_stale(&mut self) -> Result<bool, StoreError> {
        if std::mem::take(&mut self.trusts_cache) && !self.moved {
            self.fetch(Vec::new())?;
        }
        // A request that has written a batch is not repeated.
        Ok(std::mem::take(&mut self.moved) && !self.wrote)
    }

    fn batch_rows(&self, default: usize) -> usize {
        default.min(MAX_ROWS)
    }

    fn second_reader(&self) -> Option<Box<dyn Engine>> {
        let mut other = Self::connect(self.http.cluster().clone(), Arc::clone(&self.keys), true).ok()?;
        // The second reader is not told of new batches, so it does not cache.
        other.cache = None;
        other.floor = self.newest_batch();
        Some(Box::new(other))
    }

    fn checkpointer(&self) -> Option<Box<dyn Checkpointer>> {
        None
    }

    fn read_only(&self) -> bool {
        self.read_only
    }

    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        inspect::schema_changes(&mut sqlite::pattern()?, self)
    }

    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        inspect::integrity(self)
    }
}

#[cfg(test)]
mod tests;
