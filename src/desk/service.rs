//! The desk itself: a request in, an answer out.
//!
//! | layer | what it does |
//! |---|---|
//! | role | refuses what the session's role may not do |
//! | prefetch | lets a remote engine fetch the reads of a request at once |
//! | retry | answers again if the reads were stale |
//! | refresh | reads what another session has put in force |
//! | once | makes a change under an idempotency key at most once |
//! | dispatch | calls the handler, made from the table of requests |
//! | keep | keeps the findings in the ledger, if many were judged for the answer |
//! | names | puts the names of accounts, and in a refusal kinds and events, into the reader's language |
//!
//! Handlers (`impl Handle for …`) are each in the file of its capability.

use super::books::account_names;
use super::handle::Handle;
use super::in_force::InForce;
use super::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::rejection::Code;
use crate::domain::role::{Need, Role};
use crate::i18n::Lang;
use crate::protocol::answer::Answer;
use crate::protocol::connection::Connection;
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming};
use crate::protocol::preview::{Preview, PreviewEntry};
use crate::protocol::receipt::CommitCase;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::{Ask, Request, with_requests};
use crate::protocol::service::Service;
use crate::protocol::watch::{Unwatched, Watch};
use crate::store::engine::idempotent;

/// Retries after a refusal on stale data.
const MAX_RETRIES: usize = 8;

/// The desk over a ledger of this process.
pub struct Desk {
    ledger: OpenLedger,
}

impl From<OpenLedger> for Desk {
    fn from(ledger: OpenLedger) -> Self {
        Self { ledger }
    }
}

impl Desk {
    /// Returns the desk for a session of this role. Without it a desk does whatever the policy allows.
    #[must_use]
    pub fn for_role(mut self, role: Role) -> Self {
        self.ledger.in_force.role = role;
        self
    }

    /// Returns the ledger.
    #[must_use]
    pub const fn ledger(&self) -> &OpenLedger {
        &self.ledger
    }

    /// Returns the ledger.
    pub const fn ledger_mut(&mut self) -> &mut OpenLedger {
        &mut self.ledger
    }

    /// Runs the reads of a request that is to be prefetched until a remote engine holds all of them. The
    /// commit that mostly follows a preview is prefetched with it.
    fn prefetch(&mut self, context: &Context, request: &Request) -> Result<(), Refusal> {
        if !request.is_prefetched() {
            return Ok(());
        }
        let next = match request {
            Request::Preview(preview) => {
                Some(CommitCase { case_no: preview.case_no.clone(), key: None }.request())
            }
            _ => None,
        };
        while self.ledger.engine.prefetch_pass()? {
            for request in std::iter::once(request).chain(&next) {
                let _ = self.answer_refreshed(context, request.clone(), &mut Unwatched);
            }
        }
        Ok(())
    }

    /// Answers; retries if the reads were stale, or if another session changed the case in between.
    fn answer_with_retry(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        for _ in 0..MAX_RETRIES {
            match self.answer_refreshed(context, request.clone(), watch) {
                Err(refusal) if self.ledger.engine.read_was_stale()? || is_overtaken(&refusal) => {}
                answer => return answer,
            }
        }
        self.answer_refreshed(context, request, watch)
    }

    /// Answers on what is in force now.
    fn answer_refreshed(
        &mut self,
        context: &Context,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        self.ledger.refresh()?;
        match request {
            Request::Once { key, request } => self.answer_once(context, &key, *request, watch),
            request => handle(request, &mut self.ledger, context, watch),
        }
    }

    /// Makes a change under its key, or answers with what is there if it was made before.
    fn answer_once(
        &mut self,
        context: &Context,
        key: &str,
        request: Request,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Refusal> {
        if let Some(opened) = idempotent::carried_out(&mut *self.ledger.engine, key)? {
            return replay(request, &mut self.ledger, context, opened, watch);
        }
        self.ledger.engine.set_key(Some((key.to_owned(), context.now)));
        let answer = handle(request, &mut self.ledger, context, watch);
        self.ledger.engine.set_key(None);
        answer
    }
}

macro_rules! dispatch {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident($topic:ident::$ask:ident) -> $answer:ident($body:ty), $need:ident $([$($flag:ident),+])?;
    )+) => {
        /// Calls the handler of a request.
        fn handle(
            request: Request,
            ledger: &mut OpenLedger,
            context: &Context,
            watch: &mut dyn Watch,
        ) -> Result<Answer, Refusal> {
            match request {
                $(Request::$name(ask) => ask.handle(ledger, context, watch).map(Answer::$answer),)+
                // A key inside a key adds nothing.
                Request::Once { request, .. } => handle(*request, ledger, context, watch),
            }
        }

        /// Answers a change that was made before; `opened` is the case that it opened.
        fn replay(
            request: Request,
            ledger: &mut OpenLedger,
            context: &Context,
            opened: Option<CaseNo>,
            watch: &mut dyn Watch,
        ) -> Result<Answer, Refusal> {
            match request {
                $(Request::$name(ask) => ask.replay(ledger, context, opened, watch).map(Answer::$answer),)+
                Request::Once { request, .. } => replay(*request, ledger, context, opened, watch),
            }
        }
    };
}

with_requests!(dispatch);

impl Service for Desk {
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal> {
        self.ledger.in_force.role.may(request.needs())?;
        // A change that panicked leaves no key behind for the next one.
        self.ledger.engine.set_key(None);
        self.ledger.engine.begin(matches!(request, Request::Commit(_)))?;
        self.prefetch(context, &request)?;
        let answer = self.answer_with_retry(context, request, watch);
        self.ledger.keep_findings();
        let in_force = &self.ledger.in_force;
        let answer = answer.map_err(|refusal| worded(in_force, context.lang, refusal))?;
        Ok(account_names::localized(answer, &in_force.chart, context.lang))
    }

    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        on_entry: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        self.ledger.engine.begin(false)?;
        self.ledger.refresh()?;
        let preview = self.ledger.preview_each(context, case_no, watch, on_entry);
        let mut preview = preview.map_err(|refusal| worded(&self.ledger.in_force, context.lang, refusal))?;
        account_names::localize_preview(&mut preview, &self.ledger.in_force.chart, context.lang);
        Ok(preview)
    }

    fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal> {
        self.ledger.in_force.role.may(Need::Make)?;
        self.ledger.engine.begin(false)?;
        let Incoming { source, format, dry_run, bill, case_no, refused_after } = incoming;
        // Who asks for refused rows imports nothing.
        let dry_run = dry_run || refused_after.is_some();
        let mut import = || {
            self.ledger.refresh()?;
            let (source, bill) = (&mut *source, bill.clone());
            let again = Incoming { source, format, dry_run, bill, case_no: None, refused_after };
            match &case_no {
                Some(case_no) => import_into_case(&mut self.ledger, context, again, case_no, watch),
                None => self.ledger.import(context, again, watch),
            }
        };
        let mut answer = import();
        for _ in 0..MAX_RETRIES {
            // Other kinds or channels were loaded meanwhile.
            if !answer.as_ref().is_err_and(is_overtaken) {
                break;
            }
            answer = import();
        }
        answer.map_err(|refusal| worded(&self.ledger.in_force, context.lang, refusal))
    }

    fn connection(&self) -> Option<Connection> {
        self.ledger.engine.connection()
    }
}

/// Imports a journal into a case; it is booked with the case.
fn import_into_case(
    ledger: &mut OpenLedger,
    context: &Context,
    mut incoming: Incoming<'_>,
    case_no: &CaseNo,
    watch: &mut dyn Watch,
) -> Result<ImportAnswer, Refusal> {
    let mut refused = Vec::new();
    let taken = match ledger.journal_for_case(&mut incoming, case_no, watch) {
        Ok((answer, Some(journal))) => {
            ledger.stage_journal(context, &journal, watch).map(|held| match held {
                // The same file again: a retry after a lost answer, for example.
                Some(held) => answer.imported_before(held.at.to_string(), held.vouchers.unsigned_abs()),
                None => answer,
            })
        }
        Ok((answer, None)) => Ok(answer),
        Err(refusal) => {
            // Beside its bad rows, what the books refuse of the others.
            if let Some(journal) = ledger.good_journal(&refusal, &mut incoming, case_no)
                && let Err(of_the_books) = ledger.stage_journal(context, &journal, watch)
            {
                refused.extend_from_slice(of_the_books.mistakes());
            }
            Err(refusal)
        }
    };
    taken.map_err(|refusal| {
        refused.extend_from_slice(refusal.mistakes());
        ledger.with_bad_rows(refusal, refused, incoming)
    })
}

/// Returns a refusal as people read it: codes by their names, and in a ledger of several currencies balances
/// with their own.
fn worded(in_force: &InForce, lang: Lang, refusal: Refusal) -> Refusal {
    let refusal = match refusal {
        Refusal::Rejected(rejection) => Refusal::Rejected(in_force.currencies.of_refusal(rejection)),
        fault @ Refusal::Fault { .. } => fault,
    };
    in_force.names.refusal(lang, refusal)
}

/// Returns true if another session changed what the request was decided on.
fn is_overtaken(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Rejected(rejection) if rejection.code == Code::Overtaken)
}
