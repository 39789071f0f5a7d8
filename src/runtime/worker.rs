//! The worker: a thread that owns the desk and answers its requests.

use super::local_files::import_local;
use crate::app::{Action, DeskRequest, ImportRequest, Slot};
use crate::domain::period::Moment;
use crate::protocol::connection::Connection;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::service::Service;
use crate::protocol::watch::{Progress, Watch};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedSender;

/// Name of the thread.
pub const NAME: &str = "storno-desk";
/// Minimum interval of progress reports: four a second are lively enough, and cheap over a slow connection.
const REPORT_INTERVAL: Duration = Duration::from_millis(250);
/// While there is no request, a connection to another host is checked this often.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

struct QueuedRequest {
    work: Work,
    now: Moment,
    gone: Arc<AtomicBool>,
}

/// What the desk is asked for.
#[derive(Debug)]
enum Work {
    Ask(DeskRequest),
    Import(ImportRequest),
}

impl Work {
    const fn id(&self) -> u64 {
        match self {
            Self::Ask(ask) => ask.id,
            Self::Import(import) => import.id,
        }
    }

    const fn slot(&self) -> Slot {
        match self {
            Self::Ask(ask) => ask.slot,
            Self::Import(import) => import.slot,
        }
    }

    /// Has the desk do it; returns what happened.
    fn run(self, service: &mut dyn Service, now: Moment, watch: &mut dyn Watch) -> Action {
        match self {
            Self::Ask(DeskRequest { id, operator, lang, request, .. }) => {
                let result = service.ask(&Context { operator, now, lang }, request, watch);
                logged(&result);
                Action::Reply { id, result: Box::new(result) }
            }
            Self::Import(ImportRequest { id, operator, lang, file, dry_run, .. }) => {
                let context = Context { operator, now, lang };
                let result = import_local(service, &context, file, dry_run, watch);
                logged(&result);
                Action::Imported { id, result: Box::new(result) }
            }
        }
    }
}

fn logged<T>(result: &Result<T, Refusal>) {
    if let Err(refusal) = result {
        tracing::info!(code = refusal.code(), what = %refusal, "refused");
    }
}

/// The handle of the worker's thread.
#[derive(Debug)]
pub struct Worker {
    jobs: mpsc::Sender<QueuedRequest>,
    current: HashMap<Slot, (u64, Arc<AtomicBool>)>,
    /// Number of waiting jobs; checking the connection yields to them.
    waiting: Arc<AtomicUsize>,
}

impl std::fmt::Debug for QueuedRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueuedRequest").field("work", &self.work).finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts the thread; its answers arrive at `replies`.
    pub fn start(service: Box<dyn Service>, replies: UnboundedSender<Action>) -> std::io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let thread = Thread { service, inbox, replies, waiting: Arc::clone(&waiting), connection: None };
        std::thread::Builder::new().name(NAME.to_owned()).spawn(move || thread.serve())?;
        Ok(Self { jobs, current: HashMap::new(), waiting })
    }

    /// Hands over a request; an older one of its slot is told to stop.
    pub fn ask(&mut self, ask: DeskRequest, now: Moment) {
        self.queue(Work::Ask(ask), now);
    }

    /// Hands over a file to import.
    pub fn import(&mut self, import: ImportRequest, now: Moment) {
        self.queue(Work::Import(import), now);
    }

    fn queue(&mut self, work: Work, now: Moment) {
        let gone = Arc::new(AtomicBool::new(false));
        if let Some((_, older)) = self.current.insert(work.slot(), (work.id(), Arc::clone(&gone))) {
            older.store(true, Ordering::Relaxed);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        if self.jobs.send(QueuedRequest { work, now, gone }).is_err() {
            tracing::error!("the desk's thread is gone");
        }
    }

    /// Tells a request to stop.
    pub fn cancel(&mut self, id: u64) {
        if let Some((_, gone)) = self.current.values().find(|(current, _)| *current == id) {
            gone.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        for (_, gone) in self.current.values() {
            gone.store(true, Ordering::Relaxed);
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }
}

/// The state of the thread.
struct Thread {
    service: Box<dyn Service>,
    inbox: mpsc::Receiver<QueuedRequest>,
    replies: UnboundedSender<Action>,
    waiting: Arc<AtomicUsize>,
    /// The connection as last reported.
    connection: Option<Connection>,
}

impl Thread {
    fn serve(mut self) {
        self.report_connection();
        while let Some(job) = self.next() {
            let is_change = job.work.slot().part == crate::app::SlotPart::Change;
            // A cancelled read is dropped. A write request is always answered, if only by its refusal.
            if job.gone.load(Ordering::Relaxed) && !is_change {
                continue;
            }
            let id = job.work.id();
            let mut watch =
                RequestWatch { id, gone: job.gone, replies: self.replies.clone(), last: Instant::now() };
            let (work, service) = (job.work, &mut self.service);
            let done = catch_unwind(AssertUnwindSafe(|| work.run(service.as_mut(), job.now, &mut watch)));
            let action = match done {
                Ok(action) => action,
                Err(panic) => Action::Broken { id, what: words(panic.as_ref()) },
            };
            if self.replies.send(action).is_err() {
                return;
            }
            self.report_connection();
        }
    }

    /// Waits for the next job; meanwhile a connection to another host is checked.
    fn next(&mut self) -> Option<QueuedRequest> {
        loop {
            let job = if self.connection.is_some() {
                match self.inbox.recv_timeout(CHECK_INTERVAL) {
                    Err(RecvTimeoutError::Timeout) => None,
                    other => Some(other.ok()?),
                }
            } else {
                Some(self.inbox.recv().ok()?)
            };
            if let Some(job) = job {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                return Some(job);
            }
            let mut idle = Idle { waiting: &self.waiting, replies: &self.replies };
            self.service.tend(&mut idle);
            self.report_connection();
        }
    }

    /// Reports the connection if it has changed.
    fn report_connection(&mut self) {
        let connection = self.service.connection();
        if connection != self.connection {
            self.connection.clone_from(&connection);
            if let Some(connection) = connection {
                let _ = self.replies.send(Action::Connection(connection));
            }
        }
    }
}

/// Watch used while idle; gives way as soon as a request arrives.
struct Idle<'c> {
    waiting: &'c AtomicUsize,
    replies: &'c UnboundedSender<Action>,
}

impl Watch for Idle<'_> {
    fn progress(&mut self, _: Progress) {}
    fn cancelled(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
    fn connection(&mut self, connection: &Connection) {
        let _ = self.replies.send(Action::Connection(connection.clone()));
    }
}

fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}

/// The watch of one request.
struct RequestWatch {
    id: u64,
    gone: Arc<AtomicBool>,
    replies: UnboundedSender<Action>,
    last: Instant,
}

impl Watch for RequestWatch {
    fn progress(&mut self, progress: Progress) {
        if self.last.elapsed() >= REPORT_INTERVAL {
            self.last = Instant::now();
            let _ = self.replies.send(Action::Progress { id: self.id, progress });
        }
    }
    fn cancelled(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }
    fn connection(&mut self, connection: &Connection) {
        let _ = self.replies.send(Action::Connection(connection.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::SlotPart;
    use crate::i18n::Lang;
    use crate::protocol::answer::Answer;
    use crate::protocol::days::ListDays;
    use crate::protocol::ledger::{ShowOverview, VerifyLedger};
    use crate::protocol::request::Request;

    struct Slow;

    impl Service for Slow {
        fn import(
            &mut self,
            _: &Context,
            _: crate::protocol::intake::Incoming<'_>,
            _: &mut dyn Watch,
        ) -> Result<crate::protocol::intake::ImportAnswer, Refusal> {
            panic!("not asked for")
        }

        fn ask(&mut self, _: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
            match request {
                Request::Verify(VerifyLedger { .. }) => panic!("broken on purpose"),
                Request::Overview(ShowOverview {}) => {
                    let start = Instant::now();
                    while !watch.cancelled() && start.elapsed() < Duration::from_secs(10) {
                        std::thread::sleep(Duration::from_millis(2));
                    }
                    let code = if watch.cancelled() { "STOPPED" } else { "LATE" };
                    Err(Refusal::Fault { code: code.to_owned(), args: Vec::new() })
                }
                _ => Ok(Answer::Days(Vec::new())),
            }
        }
    }

    fn ask(id: u64, part: SlotPart, request: Request) -> DeskRequest {
        DeskRequest {
            id,
            slot: Slot { screen: 1, part },
            operator: "op1".parse().unwrap(),
            lang: Lang::En,
            request,
        }
    }

    #[test]
    fn a_newer_request_stops_the_older_and_a_panic_becomes_an_answer() {
        let (sender, mut replies) = tokio::sync::mpsc::unbounded_channel();
        let mut worker = Worker::start(Box::new(Slow), sender).unwrap();
        let now: Moment = "2018-09-13T12:00:00+08:00".parse().unwrap();
        worker.ask(ask(1, SlotPart::Main, Request::Overview(ShowOverview {})), now);
        worker.ask(ask(2, SlotPart::Main, Request::Days(ListDays {})), now);
        worker.ask(ask(3, SlotPart::Change, Request::Verify(VerifyLedger::default())), now);
        worker.ask(ask(4, SlotPart::Extra, Request::Days(ListDays {})), now);
        let mut seen = Vec::new();
        while seen.len() < 3 {
            match replies.blocking_recv().unwrap() {
                Action::Reply { id, result } => {
                    if let Err(Refusal::Fault { code, .. }) = result.as_ref() {
                        assert_eq!(code, "STOPPED");
                    }
                    seen.push(id);
                }
                Action::Broken { id, what } => {
                    assert_eq!((id, what.as_str()), (3, "broken on purpose"));
                    seen.push(id);
                }
                other => panic!("{other:?}"),
            }
        }
        // The first may have been dropped before it was begun.
        seen.retain(|id| *id != 1);
        assert_eq!(seen.first(), Some(&2));
    }
}
