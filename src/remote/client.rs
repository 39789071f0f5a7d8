//! The client: a [`Service`] whose desk is on another host.
//!
//! A lost connection is restored with growing pauses, and what was running is then sent again:
//! reads as they are, and write requests under an idempotency key ([`Request::Once`]), so that one
//! that was carried out answers with what it did.

use super::connection::{Disconnect, Failed, LiveConnection, POLL, StartServer, unexpected};
use super::known::{KnownHead, KnownHeads, Proof};
use super::messages::{Asker, CHUNK, FromClient, FromServer, Open, PROTOCOL, Welcome};

use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::Need;
use crate::files::import::{FileError, Reason};
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::connection::{Connection, ConnectionState};
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::ledger::{CheckSeal, ShowLedger};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::{Ask, Request};
use crate::protocol::service::Service;
use crate::protocol::watch::{Unwatched, Watch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::io::Read;
use std::time::{Duration, Instant};

/// Pauses before each attempt to reconnect, in milliseconds. After the last attempt nothing is tried
/// until the next request.
const PAUSES: [u64; 6] = [0, 500, 1000, 2000, 4000, 8000];
/// Maximum attempts for one request.
const MAX_ATTEMPTS: usize = 4;

/// What a client works with.
pub struct ClientTerms {
    /// The address as the user gave it.
    pub address: String,
    /// The ledger's path on the server.
    pub ledger: String,
    /// True if nothing may be written.
    pub read_only: bool,
    /// The operator.
    pub operator: Operator,
    /// True if the command line gave the time, which is then sent along.
    pub time_is_given: bool,
    /// The heads that were seen before.
    pub known: KnownHeads,
    /// Makes idempotency keys, each different from all others; `None` if the random source fails.
    pub keys: Box<dyn FnMut() -> Option<String> + Send>,
}

impl ClientTerms {
    fn open(&self) -> Open {
        Open {
            protocol: PROTOCOL.1,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            ledger: self.ledger.clone(),
            read_only: self.read_only,
            operator: self.operator.clone(),
        }
    }
}

/// A desk on another host.
pub struct Client {
    connection: Option<LiveConnection>,
    starter: Box<dyn StartServer>,
    terms: ClientTerms,
    welcome: Welcome,
    head: KnownHead,
    /// The round-trip time of the last connection, shown while there is none.
    round_trip: Option<Duration>,
    /// True if reconnecting has failed; it is tried again with the next request.
    given_up: bool,
}

impl Client {
    /// Connects, with one attempt.
    ///
    /// # Errors
    /// Why there is no connection, or why the ledger is not the one that was seen before.
    pub fn connect(
        mut starter: Box<dyn StartServer>,
        mut terms: ClientTerms,
        watch: &mut dyn Watch,
    ) -> Result<Self, Refusal> {
        // Read before connecting: another session may store a newer head meanwhile.
        let before = terms.known.recall(&terms.address);
        let (connection, welcome) =
            LiveConnection::open(&mut *starter, terms.open(), watch).map_err(|lost| lost.refusal)?;
        let now = KnownHead::of(&welcome.ledger);
        terms.operator.clone_from(&welcome.operator);
        let mut client = Self {
            connection: Some(connection),
            starter,
            head: before.unwrap_or_else(|| now.clone()),
            welcome,
            round_trip: None,
            given_up: false,
            terms,
        };
        client.accept(&now)?;
        Ok(client)
    }

    /// Returns what the server opened.
    #[must_use]
    pub const fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Accepts the ledger that answers now as the one that was known, or refuses it.
    fn accept(&mut self, now: &KnownHead) -> Result<(), Refusal> {
        match self.head.compare(now, &self.terms.address)? {
            Proof::None => {}
            Proof::Holds(seq, hash) => {
                let asker = Asker { operator: self.terms.operator.clone(), now: None, lang: Lang::En };
                let request = CheckSeal { seq, hash }.request();
                let answer = self.ask_once(&asker, &request, &mut Unwatched);
                let answer = answer.map_err(|failed| match failed {
                    Failed::Refused(refusal) | Failed::Lost(Disconnect { refusal, .. }) => refusal,
                })?;
                if !CheckSeal::unwrap(answer).ok_or_else(Refusal::wrong_answer)? {
                    return Err(self.head.gone_back(now.head_seq, &self.terms.address));
                }
            }
        }
        self.head = now.clone();
        self.terms.known.remember(&self.terms.address, now);
        Ok(())
    }

    /// Drops the connection.
    fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.round_trip = connection.round_trip;
        }
    }

    /// Returns the connection.
    fn live(&mut self) -> Result<&mut LiveConnection, Failed> {
        let none = || Failed::Lost(Disconnect { refusal: super::fault("STORNO-LINE", &[]), retry: true });
        self.connection.as_mut().ok_or_else(none)
    }

    /// Reconnects if the connection is lost.
    fn ensure_connected(&mut self, watch: &mut dyn Watch) -> Result<(), Disconnect> {
        if self.connection.is_some() {
            return Ok(());
        }
        let connected = self.reconnect(watch);
        if connected.is_err() {
            watch.connection(&self.described(ConnectionState::Down));
        }
        connected
    }

    /// Reconnects, with growing pauses between the attempts.
    fn reconnect(&mut self, watch: &mut dyn Watch) -> Result<(), Disconnect> {
        let mut last = None;
        for (number, pause) in (1..).zip(PAUSES) {
            watch.connection(&self.described(ConnectionState::Reconnecting(number)));
            let until = Instant::now() + Duration::from_millis(pause);
            while Instant::now() < until {
                if watch.cancelled() {
                    return Err(Disconnect::cancelled());
                }
                std::thread::sleep(POLL);
            }
            match LiveConnection::open(&mut *self.starter, self.terms.open(), watch) {
                Ok((connection, welcome)) => {
                    self.connection = Some(connection);
                    let now = KnownHead::of(&welcome.ledger);
                    self.welcome = welcome;
                    if let Err(refusal) = self.accept(&now) {
                        self.disconnect();
                        return Err(Disconnect::for_good(refusal));
                    }
                    watch.connection(&self.described(ConnectionState::Up));
                    return Ok(());
                }
                Err(lost) if lost.retry => last = Some(lost.refusal),
                Err(lost) => return Err(lost),
            }
        }
        let refusal = last.unwrap_or_else(|| super::fault("STORNO-LINE", &[("detail", &"")]));
        Err(Disconnect::for_good(refusal))
    }

    /// Returns the connection's state as users see it.
    fn described(&self, state: ConnectionState) -> Connection {
        let round_trip = self.connection.as_ref().map_or(self.round_trip, |live| live.round_trip);
        let round_trip_ms = round_trip.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        Connection {
            address: self.terms.address.clone(),
            state,
            round_trip_ms,
            role: Some(self.welcome.role),
        }
    }

    fn asker(&self, context: &Context) -> Asker {
        Asker {
            operator: context.operator.clone(),
            now: self.terms.time_is_given.then_some(context.now),
            lang: context.lang,
        }
    }

    /// Runs `work` over the connection, and again after the connection was lost. If a write request was
    /// running and the connection cannot be restored, the refusal says that the outcome is unknown.
    fn with_retries<T>(
        &mut self,
        watch: &mut dyn Watch,
        writes: bool,
        mut work: impl FnMut(&mut Self, &mut dyn Watch) -> Result<T, Failed>,
    ) -> Result<T, Refusal> {
        let mut begun = false;
        self.given_up = false;
        for _ in 0..MAX_ATTEMPTS {
            if let Err(lost) = self.ensure_connected(watch) {
                return Err(if begun && writes { outcome_unknown(&lost.refusal) } else { lost.refusal });
            }
            begun = true;
            match work(self, watch) {
                Ok(done) => return Ok(done),
                Err(Failed::Refused(refusal)) => return Err(refusal),
                Err(Failed::Lost(lost)) => {
                    tracing::warn!(why = %lost.refusal, "connection lost");
                    self.disconnect();
                    watch.connection(&self.described(ConnectionState::Down));
                    if !lost.retry {
                        return Err(if writes { outcome_unknown(&lost.refusal) } else { lost.refusal });
                    }
                }
            }
        }
        let refusal = super::fault("STORNO-LINE", &[("detail", &self.terms.address)]);
        Err(if writes { outcome_unknown(&refusal) } else { refusal })
    }

    /// Sends one request over the live connection and waits for its answer.
    fn ask_once(
        &mut self,
        asker: &Asker,
        request: &Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Failed> {
        let connection = self.live()?;
        let id = connection.new_id();
        connection.measure()?;
        connection.send(&FromClient::Ask { id, asker: asker.clone(), request: Box::new(request.clone()) })?;
        // After a cancellation the answer of a write request is still awaited, because it may be carried
        // out.
        let writes = !matches!(request.needs(), Need::Look);
        match self.wait(id, writes, watch)? {
            FromServer::Answer { answer, .. } => {
                self.note_head(&answer);
                Ok(*answer)
            }
            other => Err(Failed::Refused(unexpected(&other))),
        }
    }

    /// Sends a file and waits for the answer.
    fn send_file(
        &mut self,
        asker: &Asker,
        incoming: &mut Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Failed> {
        let connection = self.live()?;
        let id = connection.new_id();
        let (format, dry_run, bill) = (incoming.format, incoming.dry_run, incoming.bill.clone());
        let (case_no, refused_after) = (incoming.case_no.clone(), incoming.refused_after);
        let profile = incoming.source.profile().map(|profile| (profile.name.clone(), profile.text.clone()));
        let refuse = |error: FileError| Failed::Refused(Refusal::from(&error));
        let (name, file) = incoming.source.whole().map_err(|error| refuse(*error))?;
        let name = name.to_owned();
        let (asker, begin) = (asker.clone(), name.clone());
        let begin = FromClient::Import {
            id,
            asker,
            file: begin,
            format,
            dry_run,
            bill: Box::new(bill),
            case_no,
            profile,
            refused_after,
        };
        connection.send(&begin)?;
        // Small pieces: the server acknowledges each one, which shows that a slow link is alive.
        let mut buffer = vec![0; CHUNK / 8];
        loop {
            // A server that will not take the file says so before it has all of it.
            while let Some(message) = connection.arrived()? {
                if let FromServer::Refused { id: of, refusal } = message
                    && (of == id || of == 0)
                {
                    return Err(Failed::Refused(refusal));
                }
            }
            let count = file.read(&mut buffer).map_err(|error| {
                let reason = Reason::Unreadable { detail: error.to_string() };
                refuse(FileError { file: name.clone(), line: None, column: None, reason })
            })?;
            if count == 0 {
                break;
            }
            if watch.cancelled() {
                connection.send(&FromClient::Cancel { id })?;
                return Err(Failed::Refused(Rejection::new(Code::Cancelled).into()));
            }
            let bytes = BASE64.encode(buffer.get(..count).unwrap_or_default());
            connection.send(&FromClient::Data { id, bytes })?;
        }
        connection.send(&FromClient::End { id })?;
        connection.restart_silence();
        match self.wait(id, true, watch)? {
            FromServer::Imported { answer, .. } => Ok(*answer),
            other => Err(Failed::Refused(unexpected(&other))),
        }
    }

    /// Waits for the answer to a request and passes its progress on. A cancellation is sent to the
    /// server once; only write requests are then awaited further.
    fn wait(&mut self, id: u64, writes: bool, watch: &mut dyn Watch) -> Result<FromServer, Failed> {
        let connection = self.live()?;
        let mut cancelled = false;
        loop {
            if watch.cancelled() && !cancelled {
                cancelled = true;
                connection.send(&FromClient::Cancel { id })?;
                if !writes {
                    return Err(Failed::Refused(Rejection::new(Code::Cancelled).into()));
                }
            }
            match connection.receive()? {
                Some(FromServer::Progress { id: of, progress }) if of == id => watch.progress(progress),
                Some(FromServer::Refused { id: of, refusal }) if of == id || of == 0 => {
                    return Err(Failed::Refused(refusal));
                }
                Some(message @ (FromServer::Answer { id: of, .. } | FromServer::Imported { id: of, .. }))
                    if of == id =>
                {
                    return Ok(message);
                }
                // Nothing, or the answer to a request that was cancelled.
                _ => {}
            }
        }
    }

    /// Reads the ledger's head after work whose answer does not tell it. If that fails, the known head
    /// stays older.
    fn refresh_head(&mut self, asker: &Asker, watch: &mut dyn Watch) {
        let _ = self.with_retries(watch, false, |client, watch| {
            client.ask_once(asker, &Request::Ledger(ShowLedger {}), watch)
        });
    }

    /// Notes the ledger's head if an answer tells it.
    fn note_head(&mut self, answer: &Answer) {
        let head = match answer {
            Answer::Ledger(ledger) => Some((ledger.head_seq, &ledger.head_hash)),
            Answer::Overview(overview) => Some((overview.ledger.head_seq, &overview.ledger.head_hash)),
            Answer::Receipt(receipt) => receipt.vouchers.last().map(|last| (last.seq, &last.hash)),
            _ => None,
        };
        if let Some((seq, hash)) = head.filter(|(seq, _)| *seq > self.head.head_seq) {
            self.head.head_seq = seq;
            self.head.head_hash.clone_from(hash);
        }
    }
}

impl Service for Client {
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        let asker = self.asker(context);
        let writes = request.needs() != Need::Look;
        let adds = matches!(request, Request::Post(..) | Request::Clear(..) | Request::Settle(..));
        let request = if request.is_repeatable() {
            request
        } else {
            let key = (self.terms.keys)();
            let key = key.ok_or_else(|| super::fault("STORNO-IO", &[("detail", &"random")]))?;
            Request::Once { key, request: Box::new(request) }
        };
        let answer =
            self.with_retries(watch, writes, |client, watch| client.ask_once(&asker, &request, watch))?;
        if adds {
            self.refresh_head(&asker, watch);
        }
        Ok(answer)
    }

    fn import(
        &mut self,
        context: &Context,
        mut incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        let asker = self.asker(context);
        // The file's fingerprint makes a second attempt harmless.
        let answer =
            self.with_retries(watch, true, |client, watch| client.send_file(&asker, &mut incoming, watch))?;
        self.refresh_head(&asker, watch);
        Ok(answer)
    }

    fn connection(&self) -> Option<Connection> {
        let state = if self.connection.is_some() { ConnectionState::Up } else { ConnectionState::Down };
        Some(self.described(state))
    }

    fn tend(&mut self, watch: &mut dyn Watch) {
        if self.given_up {
            return;
        }
        if let Some(connection) = &mut self.connection {
            if connection.drain() {
                return;
            }
            tracing::warn!("connection lost while idle");
            self.disconnect();
            watch.connection(&self.described(ConnectionState::Down));
        }
        // A request that arrives meanwhile stops this, and reconnects by itself.
        self.given_up = self.ensure_connected(watch).is_err() && !watch.cancelled();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.terms.known.remember(&self.terms.address, &self.head);
    }
}

/// Returns the refusal of a write request that may or may not have been carried out when the connection was lost.
fn outcome_unknown(why: &Refusal) -> Refusal {
    super::fault("STORNO-UNKNOWN", &[("why", &why.code())])
}
