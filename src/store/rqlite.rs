//! rqlite: SQLite replicated over several hosts, for teams that outgrow one machine.
//!
//! There are no transactions across requests there. So a batch is written down while it is filled ([`super::tape`]), and
//! sent as one request, all or nothing. What it was decided on is guarded by a number: every batch takes the next place in the
//! table `batch`, and one whose place is taken was decided on what is not so any more; it is filled again. That is the
//! serial order that a local write transaction gives, at the price of filling twice where two write at once.
//!
//! The same number tells whether what was read before still holds, so reads are kept until it moves: a commit that follows
//! its preview has nothing left to read, and costs one round trip. Every request that reads asks for it beside, in one state with
//! what it reads. What a request will read is found by trial ([`Reader::rehearse`]): whatever one answer does not hang on another
//! for is asked for at once.
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
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::connection::{Connection, ConnectionState};
use answer::{Cellular, Outcome};
use http::{Http, To};
use serde_json::{Value as Json, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Makes keys, each different from all others; none where chance fails.
pub type Keys = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// How often a batch is filled again because others were faster.
const TRIES: usize = 40;
/// Longest request in bytes; a longer one is refused before it is sent.
const LONGEST: usize = 64 << 20;
/// Answers kept between two batches: bytes of all, and of the longest one.
const KEPT: usize = 8 << 20;
const KEPT_ONE: usize = 256 << 10;
/// Rehearsals of one thing: answers hang on one another a few deep.
const ROUNDS: usize = 12;
/// Rows of work that one batch is made of at most.
const ROWS: usize = 250;
/// Statements of a question that tells how long the way is.
const SMALL: usize = 3;

/// A ledger in a cluster.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, told beside it")]
pub struct Rqlite {
    http: Http,
    keys: Keys,
    read_only: bool,
    /// The place of the last batch known here, and its key.
    place: Place,
    /// How far the cluster has come as far as anybody here knows: a node that knows less has not caught up, and one that has
    /// another batch there was set back.
    floor: Place,
    /// Whether the place was not asked for yet since the request began, so that what is kept may not hold.
    due: bool,
    /// Whether the request began with what was kept.
    trusting: bool,
    /// Whether a batch is being filled: its place stays what it was at the beginning.
    filling: bool,
    /// Whether the place was seen to have moved since the request, or the filling, began.
    moved: bool,
    /// Whether a batch was written since the request began.
    wrote: bool,
    /// What was read at this place; `None` where nothing is kept.
    kept: Option<HashMap<String, Rows>>,
    kept_bytes: usize,
    /// What was asked for in a rehearsal and is not kept.
    fetched: HashMap<String, Rows>,
    /// What a rehearsal asked for that is not known yet; `None` where none runs.
    noted: Option<Vec<(String, Json)>>,
    /// Rehearsals of the same.
    rounds: usize,
    /// Whether the cluster answered when it was asked last, and how long a small question took.
    way: (ConnectionState, Option<Duration>),
}

type Rows = Arc<Vec<Cellular>>;

/// A batch's place, and its key: a cluster that was set back may come to the same place again, but not by the same batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Place {
    n: i64,
    key: String,
}

/// Asks for the last one.
const PLACE: &str = "SELECT n, key, (SELECT key FROM batch WHERE n = ?1) FROM batch ORDER BY n DESC LIMIT 1";

impl Rqlite {
    /// Makes a new, empty ledger in a cluster that holds nothing.
    ///
    /// # Errors
    /// [`Code::Exists`] where it holds a ledger, a fault where it holds something else or cannot be used.
    pub fn create(cluster: Cluster, keys: Keys) -> Result<Self, StoreError> {
        let mut ledger = Self::connect(cluster, keys, false)?;
        let found = ledger.look()?;
        if found.application == APPLICATION_ID {
            let rows = ledger.look_surely(json!(["SELECT count(*) FROM setting"]))?;
            // An earlier attempt came as far as the empty schema; the settings are what makes it a ledger.
            if found.version == VERSION && rows.first().map_or(Ok(1), |row| Row(row).int(0))? == 0 {
                return Ok(ledger);
            }
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
        match ledger.http.order(&body, |status, body| answer::committed(status, body, count)) {
            Outcome::Done(()) => {
                // Whatever was seen there before is gone.
                ledger.floor = Place::default();
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
        Ok(ledger)
    }

    fn connect(cluster: Cluster, keys: Keys, read_only: bool) -> Result<Self, StoreError> {
        let floor = Place { n: cluster.place, key: cluster.key.clone() };
        let http = Http::new(cluster)?;
        Ok(Self {
            http,
            keys,
            read_only,
            place: Place::default(),
            floor,
            due: true,
            trusting: false,
            filling: false,
            moved: false,
            wrote: false,
            kept: Some(HashMap::new()),
            kept_bytes: 0,
            fetched: HashMap::new(),
            noted: None,
            rounds: 0,
            way: (ConnectionState::Up, None),
        })
    }

    /// What errors call it.
    fn name(&self) -> String {
        let cluster = self.http.cluster();
        format!("rqlite{}://{}", if cluster.tls { "s" } else { "" }, cluster.hosts.join(","))
    }

    /// What the cluster holds. A node that has been started again knows nothing at first, and becomes leader before it has caught
    /// up: so that there is no ledger of ours is only believed where the log says so. Nodes that do not check foreign keys are
    /// refused: without them entries could stay without their voucher.
    fn look(&mut self) -> Result<Found, StoreError> {
        let asked = [json!([LOOK])];
        let start = Instant::now();
        // Not through the log: a cluster that holds nothing has nothing that could be written to.
        let rows = self.http.ask(To::Look, &asked, answer::rows)?;
        self.way.1 = Some(start.elapsed());
        let found = Found::of(&rows, || self.name())?;
        if found.is_ours() {
            return Ok(found);
        }
        let read = |status, body: &[u8], results| match answer::rows(status, body, results) {
            // What goes before the question is done after everything that was written.
            Outcome::Unclear(why) if why.contains("no such table: batch") => Outcome::Done(None),
            answered => answered.and_then(|rows| Outcome::Done(Some(rows))),
        };
        let surely = match self.http.ask(To::ReadSurely, &asked, read)? {
            Some(surely) => surely,
            None => self.http.ask(To::Look, &asked, answer::rows)?,
        };
        Found::of(&surely, || self.name())
    }

    /// One question through the log.
    fn look_surely(&mut self, statement: Json) -> Result<Vec<Cellular>, StoreError> {
        Ok(self.http.ask(To::ReadSurely, &[statement], answer::rows)?.pop().unwrap_or_default())
    }

    fn forget(&mut self) {
        if let Some(kept) = &mut self.kept {
            kept.clear();
        }
        self.kept_bytes = 0;
        self.fetched.clear();
    }

    /// The last batch that anybody here knows of.
    fn furthest(&self) -> Place {
        if self.place.n > self.floor.n { &self.place } else { &self.floor }.clone()
    }

    /// Reads so many statements in one request, and the place of the last batch beside them. Where that has moved, what was
    /// kept is forgotten.
    fn fetch(&mut self, statements: Vec<Json>) -> Result<Vec<Rows>, StoreError> {
        let floor = self.furthest();
        let asked: Vec<Json> = std::iter::once(json!([PLACE, floor.n])).chain(statements).collect();
        let (count, start) = (asked.len(), Instant::now());
        let is_behind = std::cell::Cell::new(false);
        let address = self.name();
        let set_back = || Fault::SetBack { address: address.clone(), batch: floor.n }.into();
        let read = |status, body: &[u8], results| {
            answer::rows(status, body, results).and_then(|rows| match place_in(&rows, results - count) {
                // A node that has just become leader may answer before it has caught up with what was written under another.
                Ok((place, _)) if place.n < floor.n => {
                    is_behind.set(true);
                    Outcome::Unclear(format!("the node is behind batch {}", floor.n))
                }
                Ok((_, Some(key))) if !floor.key.is_empty() && key != floor.key => {
                    Outcome::Refused(set_back())
                }
                Ok((place, _)) => Outcome::Done((place, rows)),
                Err(error) => Outcome::Refused(error),
            })
        };
        let answered = self.http.ask(To::Read, &asked, read);
        self.way = match &answered {
            Err(StoreError::Fault(Fault::Unreachable { .. })) => (ConnectionState::Down, None),
            // What a large question takes is the cluster's work, not the way.
            Ok(_) if count <= SMALL => (ConnectionState::Up, Some(start.elapsed())),
            _ => (ConnectionState::Up, self.way.1),
        };
        let (place, mut rows) = match answered {
            // Nobody caught up all the while: the cluster was set back.
            Err(StoreError::Fault(Fault::Unreachable { .. })) if is_behind.get() => {
                return Err(set_back());
            }
            answered => answered?,
        };
        let read = rows.split_off(rows.len() + 1 - count);
        if place != self.place {
            // What was used of the kept answers, or read since the request began, is of another state.
            self.moved |= !self.due;
            if !self.filling {
                self.forget();
                self.place = place;
            }
        }
        self.due = false;
        Ok(read.into_iter().map(Arc::new).collect())
    }

    /// Keeps an answer until the place moves, where there is room for it. `false` where there is none.
    fn keep(&mut self, name: &str, rows: &Rows) -> bool {
        let bytes = name.len() + rows.iter().map(|row| row.0.len() * 32).sum::<usize>();
        let Some(kept) = &mut self.kept else { return false };
        // What was read after a place that moved on is not of the state that the rest is of.
        if bytes > KEPT_ONE || self.kept_bytes + bytes > KEPT || self.moved && self.filling {
            return false;
        }
        self.kept_bytes += bytes;
        kept.insert(name.to_owned(), Arc::clone(rows));
        true
    }

    /// What is known without asking. A rehearsal takes what is kept for granted: what it leads to asks for the place beside.
    fn known(&self, name: &str) -> Option<Rows> {
        let holds = !self.due || self.noted.is_some();
        let kept = self.kept.as_ref().filter(|_| holds).and_then(|kept| kept.get(name));
        kept.or_else(|| self.fetched.get(name)).map(Arc::clone)
    }

    /// Sends a batch, and ends the doubt where its answer leaves one. `false` where another batch was faster.
    fn send(&mut self, tape: &Tape, key: &str) -> Result<bool, StoreError> {
        let place = self.place.n + 1;
        let guard = json!(["INSERT INTO batch (n, key) VALUES (?1, ?2)", place, key]);
        let statements: Vec<Json> = std::iter::once(guard).chain(tape.statements().map(statement)).collect();
        let count = statements.len();
        let body = body(&Json::Array(statements))?;
        match self.http.order(&body, |status, body| answer::committed(status, body, count)) {
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
        let fence = json!(["INSERT INTO batch (n, key) VALUES (?1, ?2)", place, format!("void {key}")]);
        let taken = self.http.ask(To::Write, &[fence], answer::committed);
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
        let asked = json!(["SELECT key FROM batch WHERE n = ?1", place]);
        let rows = self.look_surely(asked).map_err(|error| match error {
            StoreError::Fault(Fault::Unreachable { detail }) => Fault::Unknown { why: detail }.into(),
            other => other,
        })?;
        rows.first().map_or(Ok(false), |row| Ok(Row(row).text(0)? == key))
    }
}

impl Drop for Rqlite {
    fn drop(&mut self) {
        let cluster = self.http.cluster();
        if let Some(remember) = cluster.remember.as_ref().filter(|_| self.place.n > cluster.place) {
            remember(self.place.n, &self.place.key);
        }
    }
}

/// The place that the answer of [`PLACE`] tells, and the key of the batch that was asked for.
fn place_in(results: &[Vec<Cellular>], at: usize) -> Result<(Place, Option<String>), StoreError> {
    let Some(row) = results.get(at).and_then(|rows| rows.first()) else { return Ok(Default::default()) };
    let row = Row(row);
    Ok((Place { n: row.int(0)?, key: row.text(1)?.to_owned() }, row.maybe_text(2)?.map(str::to_owned)))
}

/// Asks what a cluster holds.
const LOOK: &str = "SELECT (SELECT application_id FROM pragma_application_id), \
     (SELECT user_version FROM pragma_user_version), (SELECT foreign_keys FROM pragma_foreign_keys), \
     (SELECT count(*) FROM sqlite_schema WHERE type = 'table')";

/// What a cluster holds.
struct Found {
    application: i64,
    version: i64,
    tables: i64,
}

impl Found {
    /// What the answer to [`LOOK`] tells.
    fn of(results: &[Vec<Cellular>], name: impl FnOnce() -> String) -> Result<Self, StoreError> {
        let Some(row) = results.last().and_then(|rows| rows.first()) else {
            return Err(Fault::Corrupt { detail: "no answer".to_owned() }.into());
        };
        let row = Row(row);
        if row.int(2)? != 1 {
            return Err(Fault::NoForeignKeys { path: name() }.into());
        }
        Ok(Self { application: row.int(0)?, version: row.int(1)?, tables: row.int(3)? })
    }

    /// Whether it is a ledger that this program can open.
    const fn is_ours(&self) -> bool {
        self.application == APPLICATION_ID && self.version == VERSION
    }
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
        let rows = if let Some(rows) = self.known(&name) {
            rows
        } else if let Some(noted) = &mut self.noted {
            if !noted.iter().any(|(known, _)| *known == name) {
                noted.push((name, asked));
            }
            return Ok(());
        } else {
            let Some(rows) = self.fetch(vec![asked])?.pop() else {
                return Err(Fault::Corrupt { detail: "no answer".to_owned() }.into());
            };
            self.keep(&name, &rows);
            rows
        };
        rows.iter().try_for_each(|row| each(&Row(row)))
    }

    fn rehearse(&mut self) -> Result<bool, StoreError> {
        let Some(noted) = self.noted.take() else {
            self.rounds = 1;
            self.fetched.clear();
            self.noted = Some(Vec::new());
            return Ok(true);
        };
        if noted.is_empty() && !self.due {
            return Ok(false);
        }
        let before = self.place.clone();
        let (names, statements): (Vec<_>, Vec<_>) = noted.into_iter().unzip();
        let rows = match self.fetch(statements) {
            Ok(rows) => rows,
            // Asked one by one, the one that it is about says so where it matters.
            Err(StoreError::Fault(Fault::Internal { .. })) => return Ok(false),
            Err(error) => return Err(error),
        };
        let led_on = !names.is_empty() || before != self.place;
        for (name, rows) in names.into_iter().zip(rows) {
            if !self.keep(&name, &rows) {
                self.fetched.insert(name, rows);
            }
        }
        self.rounds += 1;
        let again = led_on && self.rounds <= ROUNDS;
        self.noted = again.then(Vec::new);
        Ok(again)
    }

    fn is_rehearsal(&self) -> bool {
        self.noted.is_some()
    }
}

impl Engine for Rqlite {
    fn connection(&self) -> Option<Connection> {
        let (state, took) = self.way;
        let round_trip_ms = took.and_then(|took| u64::try_from(took.as_millis()).ok());
        Some(Connection { address: self.name(), state, round_trip_ms, role: None })
    }

    fn commit(
        &mut self,
        fill: &mut dyn FnMut(&mut dyn Sink) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        if self.read_only {
            return Err(Fault::ReadOnly.into());
        }
        for _ in 0..TRIES {
            (self.filling, self.moved) = (true, false);
            let mut recorder = Recorder { below: self, tape: Tape::default() };
            let filled = fill(&mut recorder);
            let tape = recorder.tape;
            self.filling = false;
            if self.noted.is_some() {
                return Err(Fault::Internal { detail: "a rehearsal".to_owned() }.into());
            }
            // What was decided on two states, refusals among it, is decided again.
            if !self.moved {
                filled?;
                if tape.is_empty() {
                    return Ok(());
                }
                let key =
                    (self.keys)().ok_or_else(|| Fault::Io { detail: "no chance to be had".to_owned() })?;
                if self.send(&tape, &key)? {
                    self.wrote = true;
                    self.forget();
                    self.place = Place { n: self.place.n + 1, key };
                    return Ok(());
                }
            }
            self.fetch(Vec::new())?;
        }
        Err(StoreError::rejected(Code::Conflict))
    }

    fn begin(&mut self, guarded: bool) -> Result<(), StoreError> {
        self.fetched.clear();
        self.noted = None;
        // What a batch will guard by its place is decided on what is known; where that is outdated it is refused.
        self.trusting = guarded && self.kept.as_ref().is_some_and(|kept| !kept.is_empty());
        self.due = !self.trusting;
        (self.moved, self.wrote) = (false, false);
        Ok(())
    }

    fn was_outdated(&mut self) -> Result<bool, StoreError> {
        if std::mem::take(&mut self.trusting) && !self.moved {
            self.fetch(Vec::new())?;
        }
        // What was done in part is not done again from the beginning.
        Ok(std::mem::take(&mut self.moved) && !self.wrote)
    }

    fn batch(&self, usual: usize) -> usize {
        usual.min(ROWS)
    }

    fn beside(&self) -> Option<Box<dyn Engine>> {
        let mut other = Self::connect(self.http.cluster().clone(), Arc::clone(&self.keys), true).ok()?;
        // Nobody tells the other reader when a place moves.
        other.kept = None;
        other.floor = self.furthest();
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    /// Answers to [`LOOK`] as nodes of 8.26 give them.
    const LEDGER: &str = r#"{"values":[[1398035022,1,1,30]]}"#;
    const EMPTY: &str = r#"{"values":[[0,0,1,0]]}"#;
    const THEIRS: &str = r#"{"values":[[0,0,1,1]]}"#;
    const NO_LEDGER: &str = r#"{"error":"no such table: batch"}"#;

    /// A node that gives these results, one answer after the other. Joined, it tells the paths that were asked.
    fn node(answers: &'static [&'static [&'static str]]) -> (Cluster, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hosts = vec![listener.local_addr().unwrap().to_string()];
        let asked =
            std::thread::spawn(move || answers.iter().map(|results| answer(&listener, results)).collect());
        (Cluster { hosts, ..Cluster::default() }, asked)
    }

    fn answer(listener: &TcpListener, results: &[&str]) -> String {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let mut line = || {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            line.trim().to_ascii_lowercase()
        };
        let path = line().split(' ').nth(1).unwrap().to_owned();
        let headers: Vec<String> =
            std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty())).collect();
        let length = headers.iter().find_map(|header| header.strip_prefix("content-length: ")).unwrap();
        stream.read_exact(&mut vec![0; length.parse().unwrap()]).unwrap();
        let body = format!(r#"{{"results":[{}]}}"#, results.join(","));
        let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
        path
    }

    const LOOKED: &str = "/db/query?transaction&level=weak";
    const SURELY: &str = "/db/request?transaction";

    #[test]
    fn a_node_that_has_not_caught_up_is_not_taken_for_an_empty_one() {
        let keys: Keys = Arc::new(|| Some("k".to_owned()));
        // It has become leader and knows nothing yet; what goes through the log waits until it does.
        let (cluster, asked) = node(&[&[EMPTY], &["{}", LEDGER]]);
        assert!(Rqlite::open(cluster, Arc::clone(&keys), true).is_ok());
        assert_eq!(asked.join().unwrap(), [LOOKED, SURELY]);
        let (cluster, asked) = node(&[&[EMPTY], &["{}", LEDGER], &["{}", r#"{"values":[[5]]}"#]]);
        let made = Rqlite::create(cluster, Arc::clone(&keys)).map(|_| ());
        assert!(matches!(&made, Err(StoreError::Rejected(told)) if told.code == Code::Exists), "{made:?}");
        assert_eq!(asked.join().unwrap(), [LOOKED, SURELY, SURELY]);
        // What the log says is looked at again: it may hold what others made.
        let (cluster, asked) = node(&[&[EMPTY], &[NO_LEDGER], &[THEIRS]]);
        let made = Rqlite::create(cluster, Arc::clone(&keys)).map(|_| ());
        assert!(matches!(&made, Err(StoreError::Fault(Fault::NotALedger { .. }))), "{made:?}");
        assert_eq!(asked.join().unwrap(), [LOOKED, SURELY, LOOKED]);
        let (cluster, asked) = node(&[&[EMPTY], &[NO_LEDGER], &[EMPTY]]);
        let opened = Rqlite::open(cluster, Arc::clone(&keys), true).map(|_| ());
        assert!(matches!(&opened, Err(StoreError::Fault(Fault::Missing { .. }))), "{opened:?}");
        assert_eq!(asked.join().unwrap(), [LOOKED, SURELY, LOOKED]);
    }

    #[test]
    fn a_cluster_that_nobody_met_is_read_through_the_log_first() {
        const LAST: &str = r#"{"values":[[7,"k7",null]]}"#;
        const ONE: &str = r#"{"values":[[1]]}"#;
        let keys: Keys = Arc::new(|| Some("k".to_owned()));
        let (cluster, asked) = node(&[&[LEDGER], &["{}", LAST, ONE], &[LAST, ONE]]);
        let mut ledger = Rqlite::open(cluster, keys, true).ok().unwrap();
        for sql in ["SELECT 1", "SELECT 1 AS again"] {
            ledger.read(sql, &[], &mut |row| row.int(0).map(drop)).unwrap();
        }
        assert_eq!(asked.join().unwrap(), [LOOKED, SURELY, LOOKED]);
    }
}
