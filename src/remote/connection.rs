//! A live connection to a server: the two ends of a program's input and output, and what travels over them.
//!
//! A thread of its own reads what arrives; the client waits for it here. The connection notices when
//! the server falls silent: after 5 seconds it sends a ping, after 15 it counts as lost.

use super::frame::{self, FrameError};
use super::messages::{FromClient, FromServer, Greeting, MAGIC, Open, PROTOCOL, Welcome};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// Time that opening may take: connecting, logging in, migrating the ledger.
const OPENING: Duration = Duration::from_mins(1);
/// Interval at which a waiting client checks whether its request was cancelled.
pub(super) const POLL: Duration = Duration::from_millis(20);
/// Silence after which the server is pinged.
const PING_AFTER: Duration = Duration::from_secs(5);
/// Silence, in spite of a ping, after which the connection counts as lost.
const DEAD_AFTER: Duration = Duration::from_secs(15);
/// Interval between two measurements of the round-trip time.
const MEASURE_EVERY: Duration = Duration::from_secs(2);
/// Maximum bytes that are kept, and shown, of what arrives instead of the server's first bytes.
const MAX_NOISE: usize = 16 << 10;

/// A way to start the server program.
pub trait StartServer: Send {
    /// Starts it.
    ///
    /// # Errors
    /// Why it cannot be started.
    fn start(&mut self) -> Result<Pipe, Refusal>;
}

/// A started server program.
pub struct Pipe {
    /// Its output.
    pub input: Box<dyn Read + Send>,
    /// Its input.
    pub output: Box<dyn Write + Send>,
    /// The program itself.
    pub process: Box<dyn ChildProcess>,
}

/// A child process that serves the connection.
pub trait ChildProcess: Send {
    /// Ends the process if it is still running, and returns why the connection is lost. `noise` is what
    /// it printed instead of the protocol.
    fn disconnect(&mut self, noise: &str) -> Disconnect;
}

/// Why a connection was lost or not made.
pub struct Disconnect {
    /// The reason.
    pub refusal: Refusal,
    /// True if reconnecting may help. It does not if a key is refused, or if the program is not installed.
    pub retry: bool,
}

impl Disconnect {
    /// Returns a reason that reconnecting does not change.
    pub(super) const fn for_good(refusal: Refusal) -> Self {
        Self { refusal, retry: false }
    }

    /// Returns the reason `STORNO-CANCELLED`.
    pub(super) fn cancelled() -> Self {
        Self::for_good(Rejection::new(Code::Cancelled).into())
    }
}

/// Why a request has no answer.
pub(super) enum Failed {
    /// The server refused it.
    Refused(Refusal),
    /// The connection was lost while it ran.
    Lost(Disconnect),
}

impl From<Disconnect> for Failed {
    fn from(lost: Disconnect) -> Self {
        Self::Lost(lost)
    }
}

/// What the reading thread passes on.
enum Received {
    Greeting(Greeting),
    Message(Box<FromServer>),
    Ended { noise: String },
    Garbled(String),
}

/// A ping whose answer is awaited.
struct Ping {
    id: u64,
    sent: Instant,
}

/// A connection over which requests can be sent.
pub(super) struct LiveConnection {
    // Dropped before `process`: the server ends by itself when its input is closed.
    output: Box<dyn Write + Send>,
    inbox: mpsc::Receiver<Received>,
    process: Box<dyn ChildProcess>,
    last_id: u64,
    heard_at: Instant,
    ping: Option<Ping>,
    measured_at: Option<Instant>,
    /// The round-trip time, once measured.
    pub(super) round_trip: Option<Duration>,
}

impl LiveConnection {
    /// Starts the server program and opens the ledger. The protocol's version in `open` is chosen here.
    pub(super) fn open(
        starter: &mut dyn StartServer,
        mut open: Open,
        watch: &dyn Watch,
    ) -> Result<(Self, Welcome), Disconnect> {
        let Pipe { input, output, process } = starter.start().map_err(Disconnect::for_good)?;
        let (sender, inbox) = mpsc::channel();
        let reader = std::thread::Builder::new().name("storno-connection".to_owned());
        reader
            .spawn(move || read_all(input, &sender))
            .map_err(|error| Disconnect::for_good(super::fault("STORNO-IO", &[("detail", &error)])))?;
        let mut connection = Self {
            output,
            inbox,
            process,
            last_id: 1,
            heard_at: Instant::now(),
            ping: None,
            measured_at: None,
            round_trip: None,
        };
        let greeting = match connection.receive_while_opening(watch)? {
            Received::Greeting(greeting) => greeting,
            Received::Garbled(detail) => return Err(Disconnect::for_good(garbled(&detail))),
            Received::Ended { noise } => return Err(connection.process.disconnect(&noise)),
            Received::Message(_) => return Err(connection.process.disconnect("")),
        };
        if greeting.protocol.1 < PROTOCOL.0 || greeting.protocol.0 > PROTOCOL.1 {
            let versions: [(&str, &dyn std::fmt::Display); 2] =
                [("here", &open.program), ("there", &greeting.program)];
            return Err(Disconnect::for_good(super::fault("STORNO-PROTOCOL", &versions)));
        }
        open.protocol = greeting.protocol.1.min(PROTOCOL.1);
        if frame::write(&mut connection.output, &open).is_err() {
            return Err(connection.process.disconnect(""));
        }
        match connection.receive_while_opening(watch)? {
            Received::Message(message) => match *message {
                FromServer::Welcome(welcome) => Ok((connection, *welcome)),
                FromServer::Refused { refusal, .. } => Err(Disconnect::for_good(refusal)),
                other => Err(Disconnect::for_good(unexpected(&other))),
            },
            Received::Ended { noise } => Err(connection.process.disconnect(&noise)),
            Received::Greeting(_) | Received::Garbled(_) => Err(connection.process.disconnect("")),
        }
    }

    /// Waits for the next message of the opening, at most [`OPENING`].
    fn receive_while_opening(&mut self, watch: &dyn Watch) -> Result<Received, Disconnect> {
        let until = Instant::now() + OPENING;
        loop {
            match self.inbox.recv_timeout(POLL) {
                Ok(received) => return Ok(received),
                Err(RecvTimeoutError::Timeout) if watch.cancelled() => return Err(Disconnect::cancelled()),
                Err(RecvTimeoutError::Timeout) if Instant::now() < until => {}
                Err(_) => return Err(self.process.disconnect("")),
            }
        }
    }

    /// Returns a new id for a request.
    pub(super) const fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Sends a message.
    pub(super) fn send(&mut self, message: &FromClient) -> Result<(), Failed> {
        frame::write(&mut self.output, message).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => {
                Failed::Refused(super::fault("STORNO-TOO-LONG", &[("detail", &error)]))
            }
            _ => Failed::Lost(self.process.disconnect("")),
        })
    }

    /// Waits up to [`POLL`] for a message. Answers to pings are handled here.
    pub(super) fn receive(&mut self) -> Result<Option<FromServer>, Failed> {
        match self.inbox.recv_timeout(POLL) {
            Ok(Received::Message(message)) => Ok(self.take(*message)),
            Ok(Received::Greeting(_)) => Ok(None),
            Ok(Received::Ended { noise }) => Err(Failed::Lost(self.process.disconnect(&noise))),
            Ok(Received::Garbled(detail)) => {
                Err(Failed::Lost(Disconnect { refusal: garbled(&detail), retry: true }))
            }
            Err(RecvTimeoutError::Timeout) => self.keep_alive().map(|()| None),
            Err(RecvTimeoutError::Disconnected) => Err(Failed::Lost(self.process.disconnect(""))),
        }
    }

    /// Returns a message that has arrived already, without waiting for one. Answers to pings are handled
    /// here.
    pub(super) fn arrived(&mut self) -> Result<Option<FromServer>, Failed> {
        loop {
            match self.inbox.try_recv() {
                Ok(Received::Message(message)) => {
                    if let Some(message) = self.take(*message) {
                        return Ok(Some(message));
                    }
                }
                Ok(Received::Greeting(_)) => {}
                Ok(Received::Ended { noise }) => return Err(Failed::Lost(self.process.disconnect(&noise))),
                Ok(Received::Garbled(detail)) => {
                    return Err(Failed::Lost(Disconnect { refusal: garbled(&detail), retry: true }));
                }
                Err(TryRecvError::Empty) => return Ok(None),
                Err(TryRecvError::Disconnected) => return Err(Failed::Lost(self.process.disconnect(""))),
            }
        }
    }

    /// Counts silence from now on: what was sent just now may take long to arrive.
    pub(super) fn restart_silence(&mut self) {
        self.heard_at = Instant::now();
        self.ping = None;
    }

    /// Handles what arrived while no request was running, and returns false if the connection is lost.
    pub(super) fn drain(&mut self) -> bool {
        loop {
            match self.inbox.try_recv() {
                Ok(Received::Message(message)) => drop(self.take(*message)),
                Ok(Received::Greeting(_)) => {}
                Err(TryRecvError::Empty) => return true,
                Ok(Received::Ended { .. } | Received::Garbled(_)) | Err(TryRecvError::Disconnected) => {
                    return false;
                }
            }
        }
    }

    /// Notes that the server is alive, and returns the message unless it answers a ping.
    fn take(&mut self, message: FromServer) -> Option<FromServer> {
        self.heard_at = Instant::now();
        let FromServer::Pong { id } = message else { return Some(message) };
        if let Some(ping) = self.ping.take_if(|ping| ping.id == id) {
            self.round_trip = Some(ping.sent.elapsed());
        }
        None
    }

    /// Pings a silent server, and gives the connection up if it stays silent.
    fn keep_alive(&mut self) -> Result<(), Failed> {
        let silent = self.heard_at.elapsed();
        // A busy link may be silent for long; only a ping that stays unanswered tells that it is dead.
        if silent > DEAD_AFTER && self.ping.is_some() {
            let lost = self.process.disconnect("");
            return Err(Failed::Lost(Disconnect { retry: true, ..lost }));
        }
        if silent > PING_AFTER && self.ping.is_none() { self.send_ping() } else { Ok(()) }
    }

    /// Measures the round-trip time if the last measurement is older than [`MEASURE_EVERY`].
    pub(super) fn measure(&mut self) -> Result<(), Failed> {
        let due = self.measured_at.is_none_or(|last| last.elapsed() > MEASURE_EVERY);
        if due { self.send_ping() } else { Ok(()) }
    }

    fn send_ping(&mut self) -> Result<(), Failed> {
        let id = self.new_id();
        self.send(&FromClient::Ping { id })?;
        let now = Instant::now();
        self.ping = Some(Ping { id, sent: now });
        self.measured_at = Some(now);
        // Silence counts from a request on, not from the last one the night before.
        if self.heard_at.elapsed() > DEAD_AFTER {
            self.heard_at = now;
        }
        Ok(())
    }
}

fn garbled(detail: &str) -> Refusal {
    super::fault("STORNO-GARBLED", &[("detail", &detail)])
}

/// Returns the refusal of a message that does not belong here, with the start of the message.
pub(super) fn unexpected(message: &FromServer) -> Refusal {
    let json = serde_json::to_string(message).unwrap_or_default();
    super::fault("STORNO-GARBLED", &[("detail", &json.chars().take(200).collect::<String>())])
}

/// Reads the server's first bytes, its greeting, then messages until the connection ends. Runs in a
/// thread of its own.
fn read_all(input: Box<dyn Read + Send>, sender: &mpsc::Sender<Received>) {
    let mut input = BufReader::with_capacity(64 << 10, input);
    if let Err(noise) = read_magic(&mut input) {
        let _ = sender.send(Received::Ended { noise });
        return;
    }
    match frame::read::<Greeting>(&mut input) {
        Ok(greeting) => {
            if sender.send(Received::Greeting(greeting)).is_err() {
                return;
            }
        }
        Err(error) => {
            let _ = sender.send(ended(error));
            return;
        }
    }
    loop {
        let message = match frame::read::<FromServer>(&mut input) {
            Ok(message) => Received::Message(Box::new(message)),
            Err(error) => {
                let _ = sender.send(ended(error));
                return;
            }
        };
        if sender.send(message).is_err() {
            return;
        }
    }
}

fn ended(error: FrameError) -> Received {
    match error {
        FrameError::Garbled(detail) => Received::Garbled(detail),
        FrameError::Ended | FrameError::Broken(_) => Received::Ended { noise: String::new() },
    }
}

/// Reads the server's first bytes. The error is what arrived before or instead of them, as much as
/// arrived at once: a login shell that printed a greeting may then wait for ever.
fn read_magic(input: &mut impl BufRead) -> Result<(), String> {
    let mut word = vec![0; MAGIC.len()];
    let begins = match input.fill_buf() {
        Ok(bytes) if bytes.first() == MAGIC.first() => Ok(()),
        Ok(bytes) => Err(bytes.get(..MAX_NOISE).unwrap_or(bytes)),
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
    fn the_magic_bytes_come_first_and_alone() {
        let heard = |bytes: &[u8]| read_magic(&mut &*bytes);
        assert_eq!(heard(MAGIC), Ok(()));
        let mut banner = b"Welcome!\nLast login: never\n".to_vec();
        assert_eq!(heard(&banner), Err("Welcome!\nLast login: never\n".to_owned()));
        banner.extend_from_slice(MAGIC);
        assert!(heard(&banner).unwrap_err().starts_with("Welcome!"));
        assert!(heard(b"\x01something else").is_err());
        assert_eq!(heard(b""), Err(String::new()));
        assert!(heard(&vec![b'x'; 1 << 20]).unwrap_err().len() <= MAX_NOISE);
    }
}
