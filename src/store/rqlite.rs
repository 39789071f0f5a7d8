//! rqlite: SQLite replicated over several hosts, for teams that outgrow one machine.
//!
//! There are no transactions across requests there. So a batch is written down while it is filled ([`super::tape`]), and
//! sent as one request, all or nothing. What it was decided on is guarded by a number: every batch takes the next place in the
//! table `batch`, and one whose place is taken was decided on what is not so any more; it is filled again. That is the
//! serial order that a local write transaction gives, at the price of filling twice where two write at once.
//!
//! The same number tells whether what was read before still holds, so reads are kept until it moves: a commit that follows
//! its preview has nothing left to read, and costs one round trip.
//!
//! An answer that does not come, or says nothing, leaves the batch in doubt, and it may yet be applied. The doubt is ended
//! by taking its place with an empty batch: either that succeeds, and the batch in doubt can never follow, or the place is
//! taken, and its key says by whom.

mod answer;
mod http;

pub use http::Cluster;

use super::row::{Param, Row};
use super::schema::{APPLICATION_ID, MIGRATIONS, VERSION};
use super::tape::{Recorder, Tape};
use super::{Carrier, Engine, Fault, Reader, Sink, StoreError};
use crate::desk::{Line, LineState};
use crate::domain::rejection::{Code, Rejection};
use answer::{Cellular, Outcome};
use http::Http;
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Makes keys, each different from all others; none where chance fails.
pub type Keys = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The leader's own state. A node that has just become leader may not have caught up with its log yet, so every request begins
/// with a read that goes through the log, and every answer tells how far its node has come: one that is behind is asked again.
const READ: &str = "/db/query?level=weak";
/// Through the log itself: behind a write that changes nothing, what was written before is seen, whoever leads. Nodes of 8.26 answer
/// with old rows to `level=strong` while they catch up.
const READ_SURELY: &str = "/db/request?transaction";
/// That write.
const NOTHING: &str = "DELETE FROM batch WHERE 0";
/// A batch, all or nothing.
const WRITE: &str = "/db/execute?transaction";

/// The place of the last batch.
const PLACE: &str = "SELECT coalesce(max(n), 0) FROM batch";

/// How often a batch is filled again because others were faster.
const TRIES: usize = 40;
/// Longest request in bytes; a longer one is refused before it is sent.
const LONGEST: usize = 64 << 20;
/// Answers kept between two batches: bytes of all, and of the longest one.
const KEPT: usize = 8 << 20;
const KEPT_ONE: usize = 256 << 10;
/// Rows of work that one batch is made of at most.
const ROWS: usize = 250;

/// A ledger in a cluster.
pub struct Rqlite {
    http: Http,
    keys: Keys,
    read_only: bool,
    /// The place of the last batch known here.
    place: i64,
    /// Whether the place was asked for since the request began.
    sure: bool,
    /// What was read at this place; `None` where nothing is kept.
    kept: Option<HashMap<String, Arc<Vec<Cellular>>>>,
    kept_bytes: usize,
    /// Whether the cluster answered when it was asked last, and how long the smallest question took.
    way: (LineState, Option<Duration>),
}

impl Rqlite {
    /// Makes a new, empty ledger in a cluster that holds nothing.
    ///
    /// # Errors
    /// [`Code::Exists`] where it holds a ledger, a fault where it holds something else or cannot be used.
    pub fn create(cluster: Cluster, keys: Keys) -> Result<Self, StoreError> {
        let mut ledger = Self::connect(cluster, keys, false)?;
        let found = ledger.look()?;
        if found.application == APPLICATION_ID {
            return Err(Rejection::new(Code::Exists).with("path", ledger.name()).into());
        }
        if found.tables > 0 {
            return Err(Fault::NotALedger { path: ledger.name() }.into());
        }
        let pattern = super::sqlite::pattern()?;
        let mut statements: Vec<Json> = pattern.into_iter().map(|sql| json!([sql])).collect();
        statements.push(json!([format!("PRAGMA application_id = {APPLICATION_ID}")]));
        statements.push(json!([format!("PRAGMA user_version = {}", MIGRATIONS.len())]));
        let count = statements.len();
        let body = body(&Json::Array(statements))?;
        match ledger.http.order(WRITE, &body, |status, body| answer::committed(status, body, count)) {
            Outcome::Done(()) => {
                // Whatever was seen there before is gone.
                ledger.place = 0;
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
        let found = ledger.look()?;
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
            return Err(Fault::Older { path, found: found.version, known: VERSION }.into());
        }
        ledger.ask_place()?;
        Ok(ledger)
    }

    fn connect(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, StoreError> {
        let place = cluster.place;
        let http = Http::new(cluster)?;
        let kept = Some(HashMap::new());
        let way = (LineState::Up, None);
        Ok(Self { http, keys, read_only, place, sure: false, kept, kept_bytes: 0, way })
    }

    /// What errors call it.
    fn name(&self) -> String {
        let cluster = self.http.cluster();
        format!("rqlite{}://{}", if cluster.tls { "s" } else { "" }, cluster.hosts.join(","))
    }

    /// What the cluster holds. Nodes that do not check foreign keys are refused: without them entries could stay without
    /// their voucher.
    fn look(&mut self) -> Result<Found, StoreError> {
        let sql = "SELECT (SELECT application_id FROM pragma_application_id), \
                   (SELECT user_version FROM pragma_user_version), (SELECT foreign_keys FROM pragma_foreign_keys), \
                   (SELECT count(*) FROM sqlite_schema WHERE type = 'table')";
        let rows = self.http.ask(READ, &json!([[sql]]), |status, body| answer::rows(status, body, 1))?;
        let Some(row) = rows.first() else {
            return Err(Fault::Corrupt { detail: "no answer".to_owned() }.into());
        };
        let row = Row(row);
        if row.int(2)? != 1 {
            return Err(Fault::NoForeignKeys { path: self.name() }.into());
        }
        Ok(Found { application: row.int(0)?, version: row.int(1)?, tables: row.int(3)? })
    }

    fn forget(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        self.kept_bytes = 0;
    }

    /// Asks for the place of the last batch; what was kept is forgotten where it has moved.
    fn ask_place(&mut self) -> Result<(), StoreError> {
        let (known, start) = (self.place, Instant::now());
        // A node that has just become leader may answer before it has caught up with what was written under another.
        let caught_up =
            |rows: &[Cellular]| rows.first().is_none_or(|row| Row(row).int(0).is_ok_and(|at| at >= known));
        let asked =
            self.http.ask(READ_SURELY, &json!([[NOTHING], [PLACE]]), |status, body| {
                match answer::rows(status, body, 2) {
                    Outcome::Done(rows) if !caught_up(&rows) => {
                        Outcome::Unclear(format!("the node is behind batch {known}"))
                    }
                    other => other,
                }
            });
        // A small question, and one that begins every request: what it takes is the way.
        self.way = match &asked {
            Err(StoreError::Fault(Fault::Unreachable { .. })) => (LineState::Down, None),
            Err(_) => self.way,
            Ok(_) => (LineState::Up, Some(start.elapsed())),
        };
        let rows = asked?;
        let place = rows.first().map_or(Ok(0), |row| Row(row).int(0))?;
        if place != self.place {
            self.forget();
            self.place = place;
        }
        self.sure = true;
        Ok(())
    }

    /// Sends a batch, and ends the doubt where its answer leaves one. `false` where another batch was faster.
    fn send(&mut self, tape: &Tape, key: &str) -> Result<bool, StoreError> {
        let place = self.place + 1;
        let guard = json!(["INSERT INTO batch (n, key) VALUES (?1, ?2)", place, key]);
        let statements: Vec<Json> = std::iter::once(guard).chain(tape.statements().map(statement)).collect();
        let count = statements.len();
        let body = body(&Json::Array(statements))?;
        match self.http.order(WRITE, &body, |status, body| answer::committed(status, body, count)) {
            Outcome::Done(()) => Ok(true),
            // A node may have passed the batch on twice: the second one finds its place taken by the first.
            Outcome::Refused(error) if is_overtaken(&error) => self.is_taken_by(place, key),
            Outcome::Refused(error) => Err(error),
            Outcome::Unclear(why) => {
                tracing::warn!(why, place, "a batch is in doubt");
                self.end_doubt(place, key)
            }
        }
    }

    /// Takes the place of a batch in doubt, or finds out who has it.
    fn end_doubt(&mut self, place: i64, key: &str) -> Result<bool, StoreError> {
        let fence = json!([["INSERT INTO batch (n, key) VALUES (?1, ?2)", place, format!("void {key}")]]);
        let taken = self.http.ask(WRITE, &fence, |status, body| answer::committed(status, body, 1));
        match taken {
            Ok(()) => Ok(false),
            Err(error) if is_overtaken(&error) => self.is_taken_by(place, key),
            Err(StoreError::Fault(Fault::Unreachable { detail })) => {
                Err(Fault::Unknown { why: detail }.into())
            }
            Err(error) => Err(error),
        }
    }

    fn is_taken_by(&mut self, place: i64, key: &str) -> Result<bool, StoreError> {
        let asked = json!([[NOTHING], ["SELECT key FROM batch WHERE n = ?1", place]]);
        let rows = self.http.ask(READ_SURELY, &asked, |status, body| answer::rows(status, body, 2)).map_err(
            |error| match error {
                StoreError::Fault(Fault::Unreachable { detail }) => Fault::Unknown { why: detail }.into(),
                other => other,
            },
        )?;
        rows.first().map_or(Ok(false), |row| Ok(Row(row).text(0)? == key))
    }
}

impl Drop for Rqlite {
    fn drop(&mut self) {
        let cluster = self.http.cluster();
        if let Some(remember) = cluster.remember.as_ref().filter(|_| self.place > cluster.place) {
            remember(self.place);
        }
    }
}

/// What a cluster holds.
struct Found {
    application: i64,
    version: i64,
    tables: i64,
}

fn body(statements: &Json) -> Result<Vec<u8>, StoreError> {
    let body = serde_json::to_vec(statements).map_err(|e| Fault::Internal { detail: e.to_string() })?;
    if body.len() > LONGEST {
        return Err(Rejection::new(Code::TooMuch).with("bytes", body.len()).with("limit", LONGEST).into());
    }
    Ok(body)
}

fn statement((sql, params): (&str, Vec<Param<'_>>)) -> Json {
    let values = params.into_iter().map(|param| match param {
        Param::Null => Json::Null,
        Param::Int(value) => Json::from(value),
        Param::Text(text) => Json::from(text),
    });
    std::iter::once(Json::from(sql)).chain(values).collect()
}

/// Whether the place of a batch was taken by another.
fn is_overtaken(error: &StoreError) -> bool {
    matches!(error, StoreError::Rejected(rejection) if rejection.code == Code::Overtaken)
}

impl Reader for Rqlite {
    fn read(
        &mut self,
        sql: &str,
        params: &[Param<'_>],
        each: &mut dyn FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let asked = statement((sql, params.to_vec()));
        let name = asked.to_string();
        let rows = if let Some(rows) = self.kept.as_ref().and_then(|kept| kept.get(&name)) {
            Arc::clone(rows)
        } else {
            let (asked, place) = (json!([[PLACE], asked]), self.place);
            let rows = self.http.ask(READ, &asked, |status, body| answer::rows_at(status, body, place))?;
            let rows = Arc::new(rows);
            let bytes = name.len() + rows.iter().map(|row| row.0.len() * 32).sum::<usize>();
            if let Some(kept) = &mut self.kept
                && bytes <= KEPT_ONE
                && self.kept_bytes + bytes <= KEPT
            {
                self.kept_bytes += bytes;
                kept.insert(name, Arc::clone(&rows));
            }
            rows
        };
        rows.iter().try_for_each(|row| each(&Row(row)))
    }
}

impl Engine for Rqlite {
    fn line(&self) -> Option<Line> {
        let (state, took) = self.way;
        let round_trip_ms = took.and_then(|took| u64::try_from(took.as_millis()).ok());
        Some(Line { address: self.name(), state, round_trip_ms, role: None })
    }

    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::ReadOnly.into());
        }
        for _ in 0..TRIES {
            let mut recorder = Recorder { below: self, tape: Tape::default() };
            fill(&mut recorder)?;
            let tape = recorder.tape;
            if tape.is_empty() {
                return Ok(());
            }
            let key = (self.keys)().ok_or_else(|| Fault::Io { detail: "no chance to be had".to_owned() })?;
            if self.send(&tape, &key)? {
                self.forget();
                self.place += 1;
                return Ok(());
            }
            self.ask_place()?;
        }
        Err(StoreError::rejected(Code::Conflict))
    }

    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        self.sure = false;
        // What a batch will guard by its place is decided on what is known; where that is outdated it is refused.
        let something = self.kept.as_ref().is_some_and(|kept| !kept.is_empty());
        if guarded && something { Ok(()) } else { self.ask_place() }
    }

    fn was_outdated(&mut self) -> Result<bool, StoreError> {
        if self.sure {
            return Ok(false);
        }
        let before = self.place;
        self.ask_place()?;
        Ok(self.place != before)
    }

    fn batch(&self, usual: usize) -> usize {
        usual.min(ROWS)
    }

    fn beside(&self) -> Option<Box<dyn Engine>> {
        let mut other = Self::connect(self.http.cluster().clone(), Arc::clone(&self.keys), true).ok()?;
        // Nobody tells the other reader when a place moves.
        other.kept = None;
        other.place = self.place;
        Some(Box::new(other))
    }

    fn carrier(&self) -> Option<Box<dyn Carrier>> {
        None
    }

    fn read_only(&self) -> bool {
        self.read_only
    }

    fn schema_changes(&mut self) -> Result<Vec<String>, StoreError> {
        super::sqlite::changes_of(self)
    }

    fn integrity(&mut self) -> Result<Vec<String>, StoreError> {
        super::sqlite::integrity_of(self)
    }
}
