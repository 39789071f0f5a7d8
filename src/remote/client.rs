//! The client's end: a [`Service`] whose desk is on another host.
//!
//! One thread reads what comes; who asks waits for the answer under its id. A line that breaks is dialled again, with
//! pauses that grow. What was asked for is then asked again: questions simply, orders under their key
//! ([`Request::Keyed`]), so that one that was carried out answers with what it did.

use super::frame::{self, FrameError};
use super::known::{Known, Proof, Seen};
use super::words::{Asker, CHUNK, FromClient, FromServer, Greeting, MAGIC, Open, PROTOCOL, Welcome};
use crate::desk::intake::bad_file;
use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::answer::Answer;
use crate::protocol::connection::{Connection, ConnectionState};
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::watch::Watch;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long an opening may take: a connection, a login, a migration.
const OPENING: Duration = Duration::from_mins(1);
/// How often a waiting asker looks whether it was given up.
const LOOK: Duration = Duration::from_millis(20);
/// After so long without a word the other side is asked whether it is there.
const QUIET: Duration = Duration::from_secs(5);
/// After so long without a word, in spite of being asked, the line is taken for broken.
const DEAD: Duration = Duration::from_secs(15);
/// The round trip is measured again after so long.
const MEASURE: Duration = Duration::from_secs(2);
/// Pauses before the line is dialled again, in milliseconds; then it is given up until the next question.
const PAUSES: [u64; 6] = [0, 500, 1000, 2000, 4000, 8000];
/// How often one order is asked again before its line is given up.
const TRIES: usize = 4;
/// Noise before the server's first word that is looked at, and shown.
const NOISE: usize = 16 << 10;

/// A way to start the program on the other side.
pub trait Dial: Send {
    /// Starts it.
    ///
    /// # Errors
    /// Why it cannot be started.
    fn dial(&mut self) -> Result<Call, Refusal>;
}

/// The two ends of a program that was started, and what can be said when they end.
pub struct Call {
    /// What it says.
    pub input: Box<dyn Read + Send>,
    /// What it hears.
    pub output: Box<dyn Write + Send>,
    /// Its end.
    pub end: Box<dyn Ending>,
}

/// The end of a program that was started.
pub trait Ending: Send {
    /// Ends it where it has not ended by itself, and says why there is no line: `noise` is what it said instead.
    fn why(&mut self, noise: &str) -> Lost;
}

/// Why a line was lost.
pub struct Lost {
    /// In words.
    pub refusal: Refusal,
    /// Whether dialling again may help: not where a key is refused or no program is there.
    pub again: bool,
}

/// What the reading thread hears.
enum Heard {
    Greeting(Greeting),
    Message(Box<FromServer>),
    Ended { noise: String },
    Garbled(String),
}

struct Standing {
    // Dropped before `end`: the server ends by itself when it hears no more.
    output: Box<dyn Write + Send>,
    inbox: mpsc::Receiver<Heard>,
    end: Box<dyn Ending>,
    heard: Instant,
    pinged: Option<(u64, Instant)>,
    measured: Option<Instant>,
}

impl Standing {
    /// The round trip that the answer to a ping ends.
    fn measured_by(&mut self, ping: u64) -> Option<Duration> {
        let (_, sent) = self.pinged.take_if(|(whose, _)| *whose == ping)?;
        Some(sent.elapsed())
    }

    /// What is heard next while the line is opened.
    fn greeted(&mut self, watch: &dyn Watch) -> Result<Heard, Lost> {
        let until = Instant::now() + OPENING;
        loop {
            match self.inbox.recv_timeout(LOOK) {
                Ok(heard) => return Ok(heard),
                Err(RecvTimeoutError::Timeout) if watch.cancelled() => {
                    return Err(Lost { refusal: Rejection::new(Code::Cancelled).into(), again: false });
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => return Err(self.end.why("")),
            }
        }
    }
}

/// How the client works.
pub struct Terms {
    /// The address as it was given.
    pub address: String,
    /// The ledger's path there.
    pub ledger: String,
    /// Whether nothing is to be written.
    pub read_only: bool,
    /// Who works.
    pub operator: Operator,
    /// Whether the time was told on the command line, so that it is passed on.
    pub time_is_told: bool,
    /// What was seen of ledgers before.
    pub known: Known,
    /// Makes keys for orders, each different from all others; none where chance fails.
    pub keys: Box<dyn FnMut() -> Option<String> + Send>,
}

/// A desk on another host.
pub struct Client {
    standing: Option<Standing>,
    dial: Box<dyn Dial>,
    terms: Terms,
    welcome: Welcome,
    seen: Seen,
    next: u64,
    round_trip: Option<Duration>,
    /// Whether dialling has been given up until something is asked.
    given_up: bool,
}

/// Why a question has no answer.
enum Failed {
    Refused(Refusal),
    Lost(Lost),
}

impl Client {
    /// Connects; once, without trying again.
    ///
    /// # Errors
    /// Why there is no line, or why the ledger there is refused.
    pub fn connect(
        mut dial: Box<dyn Dial>,
        mut terms: Terms,
        watch: &mut dyn Watch,
    ) -> Result<Self, Refusal> {
        // Before the ledger is looked at: another session may remember a newer head in the meantime.
        let before = terms.known.recall(&terms.address);
        let (standing, welcome) = stand(&mut *dial, &terms, watch).map_err(|lost| lost.refusal)?;
        let now = Seen::of(&welcome.ledger);
        terms.operator.clone_from(&welcome.operator);
        let mut client = Self {
            standing: Some(standing),
            dial,
            seen: before.clone().unwrap_or_else(|| now.clone()),
            welcome,
            next: 1,
            round_trip: None,
            given_up: false,
            terms,
        };
        client.accept(&now)?;
        Ok(client)
    }

    /// What the server has opened.
    #[must_use]
    pub const fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Takes the ledger that answers now for the one that was known, or refuses it.
    fn accept(&mut self, now: &Seen) -> Result<(), Refusal> {
        match self.seen.compare(now, &self.terms.address)? {
            Proof::None => {}
            Proof::Holds(seq, hash) => {
                let asker =
                    Asker { operator: self.terms.operator.clone(), now: None, lang: crate::i18n::Lang::En };
                let request = Request::HoldsSeal { seq, hash };
                let answer = self.talk(&asker, &request, &mut crate::protocol::watch::Unwatched);
                match answer.map_err(|failed| match failed {
                    Failed::Refused(refusal) | Failed::Lost(Lost { refusal, .. }) => refusal,
                })? {
                    Answer::HoldsSeal(true) => {}
                    _ => return Err(self.seen.gone_back(now.head_seq, &self.terms.address)),
                }
            }
        }
        self.seen = now.clone();
        self.terms.known.remember(&self.terms.address, now);
        Ok(())
    }

    /// Makes sure that there is a line, dialling again with growing pauses.
    fn ensure(&mut self, watch: &mut dyn Watch) -> Result<(), Lost> {
        if self.standing.is_some() {
            return Ok(());
        }
        let stands = self.dial_again(watch);
        if stands.is_err() {
            watch.connection(&self.described(ConnectionState::Down));
        }
        stands
    }

    fn dial_again(&mut self, watch: &mut dyn Watch) -> Result<(), Lost> {
        let mut last = None;
        for (number, pause) in (1..).zip(PAUSES) {
            watch.connection(&self.described(ConnectionState::Dialling(number)));
            let until = Instant::now() + Duration::from_millis(pause);
            while Instant::now() < until {
                if watch.cancelled() {
                    return Err(Lost { refusal: Rejection::new(Code::Cancelled).into(), again: false });
                }
                std::thread::sleep(LOOK);
            }
            match stand(&mut *self.dial, &self.terms, watch) {
                Ok((standing, welcome)) => {
                    self.standing = Some(standing);
                    self.round_trip = None;
                    let now = Seen::of(&welcome.ledger);
                    self.welcome = welcome;
                    if let Err(refusal) = self.accept(&now) {
                        self.standing = None;
                        return Err(Lost { refusal, again: false });
                    }
                    watch.connection(&self.described(ConnectionState::Up));
                    return Ok(());
                }
                Err(lost) if lost.again => last = Some(lost.refusal),
                Err(lost) => return Err(lost),
            }
        }
        let refusal = last.unwrap_or_else(|| super::fault("STORNO-LINE", &[("detail", &"")]));
        Err(Lost { refusal, again: false })
    }

    fn described(&self, state: ConnectionState) -> Connection {
        let round_trip_ms = self.round_trip.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
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
            now: self.terms.time_is_told.then_some(context.now),
            lang: context.lang,
        }
    }

    /// Does something over the line, again after it broke. `unknown` says what cannot be told where the line stays broken.
    fn through<T>(
        &mut self,
        watch: &mut dyn Watch,
        is_order: bool,
        mut work: impl FnMut(&mut Self, &mut dyn Watch) -> Result<T, Failed>,
    ) -> Result<T, Refusal> {
        let mut begun = false;
        self.given_up = false;
        for _ in 0..TRIES {
            if let Err(lost) = self.ensure(watch) {
                return Err(if begun && is_order { unknown(&lost.refusal) } else { lost.refusal });
            }
            begun = true;
            match work(self, watch) {
                Ok(done) => return Ok(done),
                Err(Failed::Refused(refusal)) => return Err(refusal),
                Err(Failed::Lost(lost)) => {
                    tracing::warn!(why = %lost.refusal, "the line broke");
                    self.standing = None;
                    watch.connection(&self.described(ConnectionState::Down));
                    if !lost.again {
                        return Err(if is_order { unknown(&lost.refusal) } else { lost.refusal });
                    }
                }
            }
        }
        let refusal = super::fault("STORNO-LINE", &[("detail", &self.terms.address)]);
        Err(if is_order { unknown(&refusal) } else { refusal })
    }

    /// Asks one question over the line that stands.
    fn talk(&mut self, asker: &Asker, request: &Request, watch: &mut dyn Watch) -> Result<Answer, Failed> {
        let id = self.new_id();
        self.measure()?;
        let ask = FromClient::Ask { id, asker: asker.clone(), request: Box::new(request.clone()) };
        self.say(&ask)?;
        // A question given up is not waited for; an order is, for it may be done.
        let patient = !matches!(request.needs(), crate::domain::role::Need::Look);
        match self.wait(id, patient, watch)? {
            FromServer::Answer { answer, .. } => {
                self.learn(&answer);
                Ok(*answer)
            }
            other => Err(Failed::Refused(unexpected(&other))),
        }
    }

    /// Sends a file and waits for what became of it.
    fn send_file(
        &mut self,
        asker: &Asker,
        incoming: &mut Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Failed> {
        let id = self.new_id();
        let (format, dry_run) = (incoming.format, incoming.dry_run);
        let refuse = |error| Failed::Refused(bad_file(&error));
        let (name, file) = incoming.source.whole().map_err(|error| refuse(*error))?;
        let name = name.to_owned();
        self.say(&FromClient::Import { id, asker: asker.clone(), file: name.clone(), format, dry_run })?;
        let mut buffer = vec![0; CHUNK];
        loop {
            let count = file.read(&mut buffer).map_err(|error| {
                let reason = crate::files::import::Reason::Unreadable { detail: error.to_string() };
                let file = name.clone();
                refuse(crate::files::import::FileError { file, line: None, column: None, reason })
            })?;
            if count == 0 {
                break;
            }
            if watch.cancelled() {
                self.say(&FromClient::Cancel { id })?;
                return Err(Failed::Refused(Rejection::new(Code::Cancelled).into()));
            }
            let bytes = BASE64.encode(buffer.get(..count).unwrap_or_default());
            self.say(&FromClient::Data { id, bytes })?;
        }
        self.say(&FromClient::End { id })?;
        match self.wait(id, true, watch)? {
            FromServer::Imported { answer, .. } => Ok(answer),
            other => Err(Failed::Refused(unexpected(&other))),
        }
    }

    /// Waits for the answer under an id, hearing how far it has come.
    fn wait(&mut self, id: u64, patient: bool, watch: &mut dyn Watch) -> Result<FromServer, Failed> {
        let mut cancelled = false;
        loop {
            if watch.cancelled() && !cancelled {
                cancelled = true;
                self.say(&FromClient::Cancel { id })?;
                if !patient {
                    return Err(Failed::Refused(Rejection::new(Code::Cancelled).into()));
                }
            }
            let Some(standing) = &mut self.standing else {
                return Err(Failed::Lost(Lost { refusal: super::fault("STORNO-LINE", &[]), again: true }));
            };
            match standing.inbox.recv_timeout(LOOK) {
                Ok(Heard::Message(message)) => {
                    standing.heard = Instant::now();
                    match *message {
                        FromServer::Progress { id: whose, progress } if whose == id => {
                            watch.progress(progress);
                        }
                        FromServer::Pong { id: ping } => {
                            self.round_trip = standing.measured_by(ping).or(self.round_trip);
                        }
                        FromServer::Refused { id: whose, refusal } if whose == id || whose == 0 => {
                            return Err(Failed::Refused(refusal));
                        }
                        FromServer::Answer { id: whose, .. } | FromServer::Imported { id: whose, .. }
                            if whose == id =>
                        {
                            return Ok(*message);
                        }
                        // To a question that was given up.
                        _ => {}
                    }
                }
                Ok(Heard::Ended { noise }) => return Err(Failed::Lost(standing.end.why(&noise))),
                Ok(Heard::Garbled(detail)) => {
                    let refusal = super::fault("STORNO-GARBLED", &[("detail", &detail)]);
                    return Err(Failed::Lost(Lost { refusal, again: true }));
                }
                Ok(Heard::Greeting(_)) => {}
                Err(RecvTimeoutError::Timeout) => self.listen_for_life()?,
                Err(RecvTimeoutError::Disconnected) => return Err(Failed::Lost(standing.end.why(""))),
            }
        }
    }

    /// Asks a silent server whether it is there, and gives it up after a while.
    fn listen_for_life(&mut self) -> Result<(), Failed> {
        let Some(standing) = &mut self.standing else { return Ok(()) };
        let silent = standing.heard.elapsed();
        if silent > DEAD {
            let mut lost = standing.end.why("");
            lost.again = true;
            return Err(Failed::Lost(lost));
        }
        if silent > QUIET && standing.pinged.is_none() {
            self.ping()?;
        }
        Ok(())
    }

    /// Measures the round trip beside a question, now and then.
    fn measure(&mut self) -> Result<(), Failed> {
        let due = self
            .standing
            .as_ref()
            .is_some_and(|standing| standing.measured.is_none_or(|last| last.elapsed() > MEASURE));
        if due { self.ping() } else { Ok(()) }
    }

    fn ping(&mut self) -> Result<(), Failed> {
        let id = self.new_id();
        self.say(&FromClient::Ping { id })?;
        if let Some(standing) = &mut self.standing {
            let now = Instant::now();
            standing.pinged = Some((id, now));
            standing.measured = Some(now);
            // Silence counts from a question on, not from the night before.
            if standing.heard.elapsed() > DEAD {
                standing.heard = now;
            }
        }
        Ok(())
    }

    fn say(&mut self, message: &FromClient) -> Result<(), Failed> {
        let Some(standing) = &mut self.standing else {
            return Err(Failed::Lost(Lost { refusal: super::fault("STORNO-LINE", &[]), again: true }));
        };
        frame::write(&mut standing.output, message).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                Failed::Refused(super::fault("STORNO-TOO-LONG", &[("detail", &error)]))
            }
            _ => Failed::Lost(standing.end.why("")),
        })
    }

    const fn new_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Looks how far the ledger has come after work whose answer does not say. Where that fails, less is remembered.
    fn look_at_head(&mut self, asker: &Asker, watch: &mut dyn Watch) {
        let _ = self.through(watch, false, |client, watch| client.talk(asker, &Request::Ledger, watch));
    }

    /// Remembers how far the ledger has come where an answer says so.
    fn learn(&mut self, answer: &Answer) {
        let head = match answer {
            Answer::Ledger(ledger) => Some((ledger.head_seq, &ledger.head_hash)),
            Answer::Overview(overview) => Some((overview.ledger.head_seq, &overview.ledger.head_hash)),
            Answer::Receipt(receipt) => receipt.vouchers.last().map(|last| (last.seq, &last.hash)),
            _ => None,
        };
        if let Some((seq, hash)) = head.filter(|(seq, _)| *seq > self.seen.head_seq) {
            self.seen.head_seq = seq;
            self.seen.head_hash.clone_from(hash);
        }
    }
}

impl Service for Client {
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        let asker = self.asker(context);
        let is_order = request.needs() != crate::domain::role::Need::Look;
        let adds = matches!(request, Request::Post { .. } | Request::Clear { .. });
        let request = if request.is_repeatable() {
            request
        } else {
            let key = (self.terms.keys)();
            let key = key.ok_or_else(|| super::fault("STORNO-IO", &[("detail", &"random")]))?;
            Request::Keyed { key, order: Box::new(request) }
        };
        let answer = self.through(watch, is_order, |client, watch| client.talk(&asker, &request, watch))?;
        if adds {
            self.look_at_head(&asker, watch);
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
            self.through(watch, true, |client, watch| client.send_file(&asker, &mut incoming, watch))?;
        self.look_at_head(&asker, watch);
        Ok(answer)
    }

    fn connection(&self) -> Option<Connection> {
        let state = if self.standing.is_some() { ConnectionState::Up } else { ConnectionState::Down };
        Some(self.described(state))
    }

    fn tend(&mut self, watch: &mut dyn Watch) {
        if self.given_up {
            return;
        }
        while let Some(standing) = &mut self.standing {
            match standing.inbox.try_recv() {
                Ok(Heard::Message(message)) => {
                    standing.heard = Instant::now();
                    if let FromServer::Pong { id } = *message {
                        self.round_trip = standing.measured_by(id).or(self.round_trip);
                    }
                }
                Ok(Heard::Greeting(_)) => {}
                Err(mpsc::TryRecvError::Empty) => return,
                Ok(Heard::Ended { .. } | Heard::Garbled(_)) | Err(mpsc::TryRecvError::Disconnected) => {
                    tracing::warn!("the line broke while nothing was asked");
                    self.standing = None;
                    watch.connection(&self.described(ConnectionState::Down));
                }
            }
        }
        // A question that comes meanwhile stops this, and dials by itself.
        self.given_up = self.ensure(watch).is_err() && !watch.cancelled();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.terms.known.remember(&self.terms.address, &self.seen);
    }
}

/// Dials, and opens the ledger there.
fn stand(dial: &mut dyn Dial, terms: &Terms, watch: &dyn Watch) -> Result<(Standing, Welcome), Lost> {
    let Call { input, output, end } = dial.dial().map_err(|refusal| Lost { refusal, again: false })?;
    let (heard, inbox) = mpsc::channel();
    let reader = std::thread::Builder::new().name("storno-line".to_owned());
    reader
        .spawn(move || listen(input, &heard))
        .map_err(|error| Lost { refusal: super::fault("STORNO-IO", &[("detail", &error)]), again: false })?;
    let mut standing = Standing { output, inbox, end, heard: Instant::now(), pinged: None, measured: None };
    let greeting = match standing.greeted(watch)? {
        Heard::Greeting(greeting) => greeting,
        Heard::Garbled(detail) => {
            return Err(Lost {
                refusal: super::fault("STORNO-GARBLED", &[("detail", &detail)]),
                again: false,
            });
        }
        Heard::Ended { noise } => return Err(standing.end.why(&noise)),
        Heard::Message(_) => return Err(standing.end.why("")),
    };
    let here = env!("CARGO_PKG_VERSION");
    if greeting.protocol.1 < PROTOCOL.0 || greeting.protocol.0 > PROTOCOL.1 {
        let args: [(&str, &dyn std::fmt::Display); 2] = [("here", &here), ("there", &greeting.program)];
        return Err(Lost { refusal: super::fault("STORNO-PROTOCOL", &args), again: false });
    }
    let open = Open {
        protocol: greeting.protocol.1.min(PROTOCOL.1),
        program: here.to_owned(),
        ledger: terms.ledger.clone(),
        read_only: terms.read_only,
        operator: terms.operator.clone(),
    };
    if frame::write(&mut standing.output, &open).is_err() {
        return Err(standing.end.why(""));
    }
    match standing.greeted(watch)? {
        Heard::Message(message) => match *message {
            FromServer::Welcome(welcome) => Ok((standing, *welcome)),
            FromServer::Refused { refusal, .. } => Err(Lost { refusal, again: false }),
            other => Err(Lost { refusal: unexpected(&other), again: false }),
        },
        Heard::Ended { noise } => Err(standing.end.why(&noise)),
        Heard::Greeting(_) | Heard::Garbled(_) => Err(standing.end.why("")),
    }
}

fn unexpected(message: &FromServer) -> Refusal {
    super::fault("STORNO-GARBLED", &[("detail", &format!("{message:.200?}"))])
}

/// Nobody can tell whether an order was carried out whose line broke and stays broken.
fn unknown(why: &Refusal) -> Refusal {
    super::fault("STORNO-UNKNOWN", &[("why", &why.code())])
}

/// The reading thread: the server's first word, its greeting, then message after message.
fn listen(input: Box<dyn Read + Send>, heard: &mpsc::Sender<Heard>) {
    let mut input = BufReader::with_capacity(64 << 10, input);
    if let Err(noise) = first_word(&mut input) {
        let _ = heard.send(Heard::Ended { noise });
        return;
    }
    match frame::read::<Greeting>(&mut input) {
        Ok(greeting) => {
            if heard.send(Heard::Greeting(greeting)).is_err() {
                return;
            }
        }
        Err(error) => {
            let _ = heard.send(ended(error));
            return;
        }
    }
    loop {
        let message = match frame::read::<FromServer>(&mut input) {
            Ok(message) => Heard::Message(Box::new(message)),
            Err(error) => {
                let _ = heard.send(ended(error));
                return;
            }
        };
        if heard.send(message).is_err() {
            return;
        }
    }
}

fn ended(error: FrameError) -> Heard {
    match error {
        FrameError::Garbled(detail) => Heard::Garbled(detail),
        FrameError::Ended | FrameError::Broken(_) => Heard::Ended { noise: String::new() },
    }
}

/// Reads the server's first word. What came instead of it, or before it, is the error: as much as came at once, for a shell that
/// has greeted may wait for ever.
fn first_word(input: &mut impl BufRead) -> Result<(), String> {
    let mut word = vec![0; MAGIC.len()];
    let begins = match input.fill_buf() {
        Ok(bytes) if bytes.first() == MAGIC.first() => Ok(()),
        Ok(bytes) => Err(bytes.get(..NOISE).unwrap_or(bytes)),
        Err(_) => Err(&[] as &[u8]),
    };
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    begins.map_err(shown)?;
    match input.read_exact(&mut word) {
        Ok(()) if word == MAGIC => Ok(()),
        Ok(()) => Err(shown(&word)),
        Err(_) => Err(String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_stands_alone() {
        let heard = |bytes: &[u8]| first_word(&mut &*bytes);
        assert_eq!(heard(MAGIC), Ok(()));
        let mut banner = b"Welcome!\nLast login: never\n".to_vec();
        assert_eq!(heard(&banner), Err("Welcome!\nLast login: never\n".to_owned()));
        banner.extend_from_slice(MAGIC);
        assert!(heard(&banner).unwrap_err().starts_with("Welcome!"));
        assert!(heard(b"\x01something else").is_err());
        assert_eq!(heard(b""), Err(String::new()));
        assert!(heard(&vec![b'x'; 1 << 20]).unwrap_err().len() <= NOISE);
    }
}
