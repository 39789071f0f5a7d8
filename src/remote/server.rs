//! A desk behind a line: reads questions from one end, writes answers to the other.
//!
//! One thread reads, so that a cancellation or a ping is heard while the desk works; one thread owns the desk and answers
//! one question after the other. What the server's command line says of ledger, operator, role and writing stands over
//! everything that the client says. The end of the line ends the server: the batch in hand is committed or not, whole.

use super::frame::{self, FrameError};
use super::words::{
    Asker, CHUNK, FromClient, FromServer, Greeting, MAGIC, MAX_FILE, Open, PROTOCOL, Welcome,
};
use crate::desk::intake::bad_file;
use crate::desk::ledger::OpenLedger;
use crate::desk::service::Desk;
use crate::domain::id::Operator;
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::{Need, Role};
use crate::files::import::{Format, opened};
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::context::Context;
use crate::protocol::intake::Incoming;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::watch::{Progress, Unwatched, Watch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// Questions that wait to be answered; a client that asks more is not listened to until there is room.
const WAITING: usize = 64;

/// What the server's command line decides.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// The only ledger there is.
    pub ledger: Option<PathBuf>,
    /// The folder that ledgers must lie in.
    pub restrict_to: Option<PathBuf>,
    /// Who works.
    pub operator: Option<Operator>,
    /// What the session may do; `None` for everything.
    pub role: Option<Role>,
    /// Whether nothing may be written.
    pub read_only: bool,
    /// A time that stands still.
    pub now: Option<Moment>,
}

impl Terms {
    /// The path of the ledger that is meant.
    fn path(&self, asked: &str) -> Result<PathBuf, Refusal> {
        if let Some(ledger) = &self.ledger {
            return Ok(ledger.clone());
        }
        let asked = Path::new(asked);
        let Some(folder) = &self.restrict_to else { return Ok(asked.to_path_buf()) };
        let missing = |path: &Path| crate::store::Fault::Missing { path: path.display().to_string() };
        let folder = folder.canonicalize().map_err(|_| missing(folder))?;
        // A path from the root of what may be seen: the client need not know where that is.
        let below = asked.strip_prefix("/").unwrap_or(asked);
        let candidates = [asked.to_path_buf(), folder.join(below)];
        let found = candidates.iter().filter_map(|path| path.canonicalize().ok());
        // Symbolic links and `..` are resolved before the comparison; what lies outside is not even said to exist.
        let inside = found.into_iter().find(|path| path.starts_with(&folder) && path.is_file());
        inside.ok_or_else(|| missing(asked).into())
    }

    /// What the session may do.
    fn role(&self) -> Role {
        self.role.unwrap_or(Role::Admin)
    }
}

/// One end of the line, for every thread that speaks.
type Mouth = Mutex<Box<dyn Write + Send>>;

/// Serves one client until the line ends.
///
/// # Errors
/// Where the line fails in the server's direction before anything was asked.
pub fn serve(
    mut input: impl Read,
    output: impl Write + Send + 'static,
    terms: &Terms,
    clock: &(dyn Fn() -> Moment + Sync),
) -> io::Result<()> {
    let mut output: Box<dyn Write + Send> = Box::new(output);
    output.write_all(MAGIC)?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let greeting = Greeting { protocol: PROTOCOL, program, schema: crate::store::engine::schema::VERSION };
    frame::write(&mut output, &greeting)?;
    let mouth = Mutex::new(output);
    let open: Open = match frame::read(&mut input) {
        Ok(open) => open,
        Err(FrameError::Ended) => return Ok(()),
        Err(error) => {
            say(&mouth, &FromServer::Refused { id: 0, refusal: garbled(&error) });
            return Ok(());
        }
    };
    let (desk, welcome) = match begin(&open, terms, clock) {
        Ok(begun) => begun,
        Err(refusal) => {
            say(&mouth, &FromServer::Refused { id: 0, refusal });
            return Ok(());
        }
    };
    tracing::info!(operator = %welcome.operator, role = %welcome.role, "serving");
    let production = welcome.ledger.role == "prod";
    let may_import = welcome.role.may(Need::Make).map_err(Refusal::from).and_then(|()| {
        if welcome.ledger.read_only { Err(crate::store::Fault::ReadOnly.into()) } else { Ok(()) }
    });
    say(&mouth, &FromServer::Welcome(Box::new(welcome)));
    let clerk = Clerk { desk, terms: terms.clone(), production, clock, mouth: &mouth };
    std::thread::scope(|scope| {
        let (jobs, inbox) = mpsc::sync_channel(WAITING);
        scope.spawn(move || clerk.work(&inbox));
        let (waiting, files) = (HashMap::new(), HashMap::new());
        let mut ear = Ear { jobs, mouth: &mouth, may_import, waiting, files };
        ear.listen(&mut input);
    });
    Ok(())
}

/// Opens the ledger that is meant.
fn begin(
    open: &Open,
    terms: &Terms,
    clock: &(dyn Fn() -> Moment + Sync),
) -> Result<(Desk, Welcome), Refusal> {
    if !(PROTOCOL.0..=PROTOCOL.1).contains(&open.protocol) {
        return Err(super::fault(
            "STORNO-PROTOCOL",
            &[("here", &open.program), ("there", &env!("CARGO_PKG_VERSION"))],
        ));
    }
    let role = terms.role();
    // A viewer's connection cannot write, whatever the desk would let pass.
    let read_only = terms.read_only || open.read_only || role == Role::Viewer;
    let mut desk =
        OpenLedger::open_guarded(&terms.path(&open.ledger)?, read_only).map(Desk::from)?.for_role(role);
    let operator = terms.operator.clone().unwrap_or_else(|| open.operator.clone());
    let context =
        Context { operator: operator.clone(), now: terms.now.unwrap_or_else(clock), lang: Lang::En };
    let Answer::Ledger(ledger) = desk.ask(&context, Request::Ledger, &mut Unwatched)? else {
        return Err(super::fault("STORNO-INTERNAL", &[("detail", &"no ledger answer")]));
    };
    let operator_is_fixed = terms.operator.is_some();
    Ok((desk, Welcome { ledger: *ledger, operator, operator_is_fixed, role }))
}

fn garbled(error: &FrameError) -> Refusal {
    super::fault("STORNO-GARBLED", &[("detail", &format!("{error:?}"))])
}

/// Says something; a client that hears nothing any more is found out by the thread that listens.
fn say(mouth: &Mouth, message: &FromServer) {
    let Ok(mut output) = mouth.lock() else { return };
    let written = frame::write(&mut *output, message);
    let Err(error) = written else { return };
    if error.kind() != io::ErrorKind::InvalidData {
        return;
    }
    if let FromServer::Answer { id, .. } = message {
        let refusal = super::fault("STORNO-TOO-LONG", &[("detail", &error)]);
        let _ = frame::write(&mut *output, &FromServer::Refused { id: *id, refusal });
    }
}

/// What the clerk has to do.
enum Work {
    Ask(Box<Request>),
    Import { file: File, name: String, format: Format, dry_run: bool },
}

struct Job {
    id: u64,
    asker: Asker,
    work: Work,
    gone: Arc<AtomicBool>,
}

/// A file on its way here.
struct Arriving {
    asker: Asker,
    name: String,
    format: Format,
    dry_run: bool,
    /// Where it is kept meanwhile: a file without a name, that goes when it is closed.
    kept: io::Result<File>,
    bytes: u64,
}

/// The thread that listens.
struct Ear<'m> {
    jobs: mpsc::SyncSender<Job>,
    mouth: &'m Mouth,
    /// Whether this session's files are taken at all, so that nobody else's fill the disk.
    may_import: Result<(), Refusal>,
    waiting: HashMap<u64, Arc<AtomicBool>>,
    files: HashMap<u64, Arriving>,
}

impl Ear<'_> {
    /// Listens until the line ends, then lets go of everything.
    fn listen(&mut self, input: &mut impl Read) {
        loop {
            match frame::read(input) {
                Ok(message) => self.hear(message),
                Err(FrameError::Ended | FrameError::Broken(_)) => break,
                Err(error) => {
                    // Nothing after it can be told apart any more.
                    say(self.mouth, &FromServer::Refused { id: 0, refusal: garbled(&error) });
                    break;
                }
            }
        }
        for gone in self.waiting.values() {
            gone.store(true, Ordering::Relaxed);
        }
    }

    fn hear(&mut self, message: FromClient) {
        match message {
            FromClient::Ask { id, asker, request } => self.hand_over(id, asker, Work::Ask(request)),
            FromClient::Import { id, asker, file, format, dry_run } => {
                if let Err(refusal) = &self.may_import {
                    return say(self.mouth, &FromServer::Refused { id, refusal: refusal.clone() });
                }
                // One file at a time: whoever begins another has given up the one before.
                for (id, _) in self.files.drain() {
                    let refusal = Rejection::new(Code::Cancelled).into();
                    say(self.mouth, &FromServer::Refused { id, refusal });
                }
                let kept = tempfile::tempfile();
                self.files.insert(id, Arriving { asker, name: file, format, dry_run, kept, bytes: 0 });
            }
            FromClient::Data { id, bytes } => {
                if let Some(file) = self.files.get_mut(&id) {
                    file.take(&bytes);
                }
            }
            FromClient::End { id } => {
                let Some(Arriving { asker, name, format, dry_run, kept, .. }) = self.files.remove(&id) else {
                    return;
                };
                match kept {
                    Ok(file) => self.hand_over(id, asker, Work::Import { file, name, format, dry_run }),
                    Err(error) => {
                        let refusal = super::fault("STORNO-IO", &[("detail", &error)]);
                        say(self.mouth, &FromServer::Refused { id, refusal });
                    }
                }
            }
            FromClient::Cancel { id } => {
                self.files.remove(&id);
                if let Some(gone) = self.waiting.get(&id) {
                    gone.store(true, Ordering::Relaxed);
                }
            }
            FromClient::Ping { id } => say(self.mouth, &FromServer::Pong { id }),
        }
    }

    fn hand_over(&mut self, id: u64, asker: Asker, work: Work) {
        let gone = Arc::new(AtomicBool::new(false));
        // What the clerk has done is let go of by both; the rest is what somebody still waits for.
        self.waiting.retain(|_, gone| Arc::strong_count(gone) > 1);
        self.waiting.insert(id, Arc::clone(&gone));
        // The clerk ends after this thread only.
        let _ = self.jobs.send(Job { id, asker, work, gone });
    }
}

impl Arriving {
    fn take(&mut self, bytes: &str) {
        let Ok(file) = &mut self.kept else { return };
        let decoded = BASE64.decode(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        let written = decoded.and_then(|bytes| {
            self.bytes += bytes.len() as u64;
            if bytes.len() > CHUNK || self.bytes > MAX_FILE {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is too large"));
            }
            file.write_all(&bytes)
        });
        if let Err(error) = written {
            self.kept = Err(error);
        }
    }
}

/// The thread that owns the desk.
struct Clerk<'m> {
    desk: Desk,
    terms: Terms,
    production: bool,
    clock: &'m (dyn Fn() -> Moment + Sync),
    mouth: &'m Mouth,
}

impl Clerk<'_> {
    fn work(mut self, inbox: &mpsc::Receiver<Job>) {
        while let Ok(job) = inbox.recv() {
            let Job { id, asker, work, gone } = job;
            let refused = |refusal| FromServer::Refused { id, refusal };
            // What was given up before it was begun is not begun.
            if gone.load(Ordering::Relaxed) {
                say(self.mouth, &refused(Rejection::new(Code::Cancelled).into()));
                continue;
            }
            let context = match self.context(asker) {
                Ok(context) => context,
                Err(refusal) => {
                    say(self.mouth, &refused(refusal));
                    continue;
                }
            };
            let mut told = Told { id, gone, mouth: self.mouth };
            let desk = &mut self.desk;
            let done = catch_unwind(AssertUnwindSafe(|| match work {
                Work::Ask(request) => desk
                    .ask(&context, *request, &mut told)
                    .map(|answer| FromServer::Answer { id, answer: Box::new(answer) }),
                Work::Import { file, name, format, dry_run } => opened(file, &name)
                    .map_err(|error| bad_file(&error))
                    .and_then(|mut source| {
                        desk.import(&context, Incoming { source: &mut source, format, dry_run }, &mut told)
                    })
                    .map(|answer| FromServer::Imported { id, answer }),
            }));
            let message =
                done.unwrap_or_else(|_| Err(super::fault("STORNO-INTERNAL", &[("detail", &"panic")])));
            say(self.mouth, &message.unwrap_or_else(refused));
        }
    }

    /// Who asks, as this server sees it.
    fn context(&self, asker: Asker) -> Result<Context, Refusal> {
        let now = match (self.terms.now, asker.now) {
            (None, Some(_)) if self.production => return Err(Rejection::new(Code::Clock).into()),
            (Some(now), _) | (None, Some(now)) => now,
            (None, None) => (self.clock)().in_zone(&self.desk.ledger().in_force().zone),
        };
        let operator = self.terms.operator.clone().unwrap_or(asker.operator);
        Ok(Context { operator, now, lang: asker.lang })
    }
}

/// The watch of one question.
struct Told<'m> {
    id: u64,
    gone: Arc<AtomicBool>,
    mouth: &'m Mouth,
}

impl Watch for Told<'_> {
    fn progress(&mut self, progress: Progress) {
        say(self.mouth, &FromServer::Progress { id: self.id, progress });
    }
    fn cancelled(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
}
