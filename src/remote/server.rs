//! The server: reads requests from its input and writes answers to its output.
//!
//! One thread reads, so that cancellations and pings are handled while the desk works; one thread owns
//! the desk and answers one request after the other. The server's command line overrides the client in
//! ledger, operator, role and writing. The server ends with its input; a batch in progress is then
//! committed as a whole or not at all.

use super::frame::{self, FrameError};
use super::messages::{
    Asker, CHUNK, FromClient, FromServer, Greeting, MAGIC, MAX_FILE, Open, PROTOCOL, Welcome,
};
use crate::desk::Desk;

use crate::desk::ledger::OpenLedger;
use crate::domain::authored::rejection_as;
use crate::domain::id::{CaseNo, Operator};
use crate::domain::period::Moment;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::role::{LedgerRole, Need, Role};
use crate::files::import::{Format, Source, opened, read_profile, table_opened};
use crate::i18n::Lang;
use crate::protocol::bills::FileOptions;
use crate::protocol::context::Context;
use crate::protocol::intake::Incoming;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Request;
use crate::protocol::service::{Service, ask_for};
use crate::protocol::watch::{Progress, Unwatched, Watch};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::civil::Date;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

/// Maximum waiting requests. Above it the server stops reading until there is room.
const MAX_WAITING: usize = 64;

/// What the server's command line decides.
#[derive(Debug, Clone, Default)]
pub struct ServerTerms {
    /// The only ledger that is served; `None` for the one the client names.
    pub ledger: Option<PathBuf>,
    /// The folder that ledgers must be in.
    pub restrict_to: Option<PathBuf>,
    /// The operator; `None` for the one the client names.
    pub operator: Option<Operator>,
    /// What the session may do; `None` for everything.
    pub role: Option<Role>,
    /// True if nothing may be written.
    pub read_only: bool,
    /// A fixed time, instead of the clock.
    pub now: Option<Moment>,
}

impl ServerTerms {
    /// Returns the path of the ledger to open, for the path that the client names.
    fn path(&self, named: &str) -> Result<PathBuf, Refusal> {
        if let Some(ledger) = &self.ledger {
            return Ok(ledger.clone());
        }
        let named = Path::new(named);
        let Some(folder) = &self.restrict_to else { return Ok(named.to_path_buf()) };
        let missing = |path: &Path| crate::store::Fault::Missing { path: path.display().to_string() };
        let folder = folder.canonicalize().map_err(|_| missing(folder))?;
        // An absolute path may also be relative to the folder: the client need not know where that is.
        let below = named.strip_prefix("/").unwrap_or(named);
        let candidates = [named.to_path_buf(), folder.join(below)];
        let found = candidates.iter().filter_map(|path| path.canonicalize().ok());
        // Symbolic links and `..` are resolved before the comparison. A file outside the folder is
        // reported as missing.
        let inside = found.into_iter().find(|path| path.starts_with(&folder) && path.is_file());
        inside.ok_or_else(|| missing(named).into())
    }

    /// Returns what the session may do.
    fn role(&self) -> Role {
        self.role.unwrap_or(Role::Admin)
    }
}

/// The output, shared by both threads.
type Output = Mutex<Box<dyn Write + Send>>;

/// Serves one client until its input ends.
///
/// # Errors
/// If the greeting cannot be written.
pub fn serve(
    mut input: impl Read,
    output: impl Write + Send + 'static,
    terms: &ServerTerms,
    clock: &(dyn Fn() -> Moment + Sync),
) -> io::Result<()> {
    let mut output: Box<dyn Write + Send> = Box::new(output);
    output.write_all(MAGIC)?;
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let greeting = Greeting { protocol: PROTOCOL, program, schema: crate::store::engine::schema::VERSION };
    frame::write(&mut output, &greeting)?;
    let output = Mutex::new(output);
    let open: Open = match frame::read(&mut input) {
        Ok(open) => open,
        Err(FrameError::Ended) => return Ok(()),
        Err(error) => {
            send(&output, &FromServer::Refused { id: 0, refusal: garbled(&error) });
            return Ok(());
        }
    };
    let (desk, welcome) = match begin(&open, terms, clock) {
        Ok(begun) => begun,
        Err(refusal) => {
            send(&output, &FromServer::Refused { id: 0, refusal });
            return Ok(());
        }
    };
    tracing::info!(operator = %welcome.operator, role = %welcome.role, "serving");
    let production = welcome.ledger.role == LedgerRole::Prod;
    let may_import = welcome.role.may(Need::Make).map_err(Refusal::from).and_then(|()| {
        if welcome.ledger.read_only { Err(crate::store::Fault::ReadOnly.into()) } else { Ok(()) }
    });
    send(&output, &FromServer::Welcome(Box::new(welcome)));
    let worker = RequestWorker { desk, terms: terms.clone(), production, clock, output: &output };
    std::thread::scope(|scope| {
        let (pending, inbox) = mpsc::sync_channel(MAX_WAITING);
        scope.spawn(move || worker.work(&inbox));
        let (waiting, files) = (HashMap::new(), HashMap::new());
        let mut listener = Listener { pending, output: &output, may_import, waiting, files };
        listener.listen(&mut input);
    });
    Ok(())
}

/// Opens the ledger for a session.
fn begin(
    open: &Open,
    terms: &ServerTerms,
    clock: &(dyn Fn() -> Moment + Sync),
) -> Result<(Desk, Welcome), Refusal> {
    if !(PROTOCOL.0..=PROTOCOL.1).contains(&open.protocol) {
        return Err(super::fault(
            "STORNO-PROTOCOL",
            &[("here", &open.program), ("there", &env!("CARGO_PKG_VERSION"))],
        ));
    }
    let role = terms.role();
    // A viewer's ledger is opened read-only, in addition to the desk's own checks.
    let read_only = terms.read_only || open.read_only || role == Role::Viewer;
    let mut desk =
        OpenLedger::open_guarded(&terms.path(&open.ledger)?, read_only).map(Desk::from)?.for_role(role);
    let operator = terms.operator.clone().unwrap_or_else(|| open.operator.clone());
    let context =
        Context { operator: operator.clone(), now: terms.now.unwrap_or_else(clock), lang: Lang::En };
    let ledger = ask_for(&mut desk, &context, ShowLedger {}, &mut Unwatched)?;
    let operator_is_fixed = terms.operator.is_some();
    Ok((desk, Welcome { ledger: *ledger, operator, operator_is_fixed, role }))
}

fn garbled(error: &FrameError) -> Refusal {
    super::fault("STORNO-GARBLED", &[("detail", &format!("{error:?}"))])
}

/// Sends a message. Errors are ignored: the reading thread notices a lost connection.
fn send(output: &Output, message: &FromServer) {
    let Ok(mut output) = output.lock() else { return };
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

/// Opens a file that was sent, with the profile that reads it.
fn source(
    file: File,
    name: &str,
    profile: Option<(String, String)>,
    day: Option<Date>,
) -> Result<Source, Refusal> {
    let Some((profile, text)) = profile else { return Ok(opened(file, name)?) };
    let bad = |mistakes| Refusal::from(rejection_as(Code::BadProfile, mistakes));
    let profile = read_profile(&profile, &text).map_err(bad)?;
    Ok(table_opened(file, name, Arc::new(profile.of_day(day)))?)
}

/// What the worker has to do.
enum Task {
    Ask(Box<Request>),
    Import(File, ImportTask),
}

/// How a file is imported.
struct ImportTask {
    name: String,
    format: Format,
    dry_run: bool,
    bill: Box<FileOptions>,
    case_no: Option<CaseNo>,
    profile: Option<(String, String)>,
    refused_after: Option<usize>,
}

/// A request that waits for the worker.
struct PendingRequest {
    id: u64,
    asker: Asker,
    task: Task,
    cancelled: Arc<AtomicBool>,
}

/// A file that the client is sending.
struct Upload {
    asker: Asker,
    task: ImportTask,
    /// The content so far: an unnamed temporary file, which is removed when it is closed; or why it
    /// cannot be kept.
    kept: io::Result<File>,
    bytes: u64,
}

/// The thread that reads messages.
struct Listener<'s> {
    pending: mpsc::SyncSender<PendingRequest>,
    output: &'s Output,
    /// Refuses files before they are sent if the session may not import, so that they do not fill the disk.
    may_import: Result<(), Refusal>,
    waiting: HashMap<u64, Arc<AtomicBool>>,
    files: HashMap<u64, Upload>,
}

impl Listener<'_> {
    /// Reads messages until the input ends, then cancels all waiting requests.
    fn listen(&mut self, input: &mut impl Read) {
        loop {
            match frame::read(input) {
                Ok(message) => self.handle(message),
                Err(FrameError::Ended | FrameError::Broken(_)) => break,
                Err(error) => {
                    // The start of the next frame is unknown.
                    send(self.output, &FromServer::Refused { id: 0, refusal: garbled(&error) });
                    break;
                }
            }
        }
        for cancelled in self.waiting.values() {
            cancelled.store(true, Ordering::Relaxed);
        }
    }

    fn handle(&mut self, message: FromClient) {
        match message {
            FromClient::Ask { id, asker, request } => self.hand_over(id, asker, Task::Ask(request)),
            FromClient::Import {
                id,
                asker,
                file: name,
                format,
                dry_run,
                bill,
                case_no,
                profile,
                refused_after,
            } => {
                if let Err(refusal) = &self.may_import {
                    return send(self.output, &FromServer::Refused { id, refusal: refusal.clone() });
                }
                // One file at a time: a new upload cancels the one before.
                for (id, _) in self.files.drain() {
                    let refusal = Rejection::new(Code::Cancelled).into();
                    send(self.output, &FromServer::Refused { id, refusal });
                }
                let kept = tempfile::tempfile();
                let task = ImportTask { name, format, dry_run, bill, case_no, profile, refused_after };
                self.files.insert(id, Upload { asker, task, kept, bytes: 0 });
            }
            FromClient::Data { id, bytes } => {
                if let Some(file) = self.files.get_mut(&id) {
                    file.take(&bytes);
                    // Tells the client that the file is arriving; no ping has this id.
                    send(self.output, &FromServer::Pong { id: 0 });
                }
            }
            FromClient::End { id } => {
                let Some(Upload { asker, task, kept, .. }) = self.files.remove(&id) else { return };
                match kept {
                    Ok(file) => self.hand_over(id, asker, Task::Import(file, task)),
                    Err(error) => {
                        let refusal = super::fault("STORNO-IO", &[("detail", &error)]);
                        send(self.output, &FromServer::Refused { id, refusal });
                    }
                }
            }
            FromClient::Cancel { id } => {
                self.files.remove(&id);
                if let Some(cancelled) = self.waiting.get(&id) {
                    cancelled.store(true, Ordering::Relaxed);
                }
            }
            FromClient::Ping { id } => send(self.output, &FromServer::Pong { id }),
        }
    }

    fn hand_over(&mut self, id: u64, asker: Asker, task: Task) {
        let cancelled = Arc::new(AtomicBool::new(false));
        // Forgets answered requests: the worker no longer holds their flag.
        self.waiting.retain(|_, cancelled| Arc::strong_count(cancelled) > 1);
        self.waiting.insert(id, Arc::clone(&cancelled));
        // Cannot fail: the worker ends only after this thread.
        let _ = self.pending.send(PendingRequest { id, asker, task, cancelled });
    }
}

impl Upload {
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

/// The thread that owns the desk and answers requests.
struct RequestWorker<'s> {
    desk: Desk,
    terms: ServerTerms,
    production: bool,
    clock: &'s (dyn Fn() -> Moment + Sync),
    output: &'s Output,
}

impl RequestWorker<'_> {
    fn work(mut self, inbox: &mpsc::Receiver<PendingRequest>) {
        while let Ok(next) = inbox.recv() {
            let PendingRequest { id, asker, task, cancelled } = next;
            let refused = |refusal| FromServer::Refused { id, refusal };
            // A request that was cancelled while it waited is not started.
            if cancelled.load(Ordering::Relaxed) {
                send(self.output, &refused(Rejection::new(Code::Cancelled).into()));
                continue;
            }
            let context = match self.context(asker) {
                Ok(context) => context,
                Err(refusal) => {
                    send(self.output, &refused(refusal));
                    continue;
                }
            };
            let mut watch = RequestWatch { id, cancelled, output: self.output };
            let desk = &mut self.desk;
            let done = catch_unwind(AssertUnwindSafe(|| match task {
                Task::Ask(request) => desk
                    .ask(&context, *request, &mut watch)
                    .map(|answer| FromServer::Answer { id, answer: Box::new(answer) }),
                Task::Import(file, task) => {
                    let ImportTask { name, format, dry_run, bill, case_no, profile, refused_after } = task;
                    source(file, &name, profile, bill.day)
                        .and_then(|mut source| {
                            let (source, bill) = (&mut source, *bill);
                            let incoming = Incoming { source, format, dry_run, bill, case_no, refused_after };
                            desk.import(&context, incoming, &mut watch)
                        })
                        .map(|answer| FromServer::Imported { id, answer: Box::new(answer) })
                }
            }));
            let message =
                done.unwrap_or_else(|_| Err(super::fault("STORNO-INTERNAL", &[("detail", &"panic")])));
            send(self.output, &message.unwrap_or_else(refused));
        }
    }

    /// Returns the context of a request: what the command line decides, else what the client says.
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

/// The watch of one request.
struct RequestWatch<'s> {
    id: u64,
    cancelled: Arc<AtomicBool>,
    output: &'s Output,
}

impl Watch for RequestWatch<'_> {
    fn progress(&mut self, progress: Progress) {
        send(self.output, &FromServer::Progress { id: self.id, progress });
    }
    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
