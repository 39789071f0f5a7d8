//! The service interface: a desk in this process, or one on another host.

use super::answer::Answer;
use super::connection::Connection;
use super::context::Context;
use super::intake::{ImportAnswer, Incoming};
use super::page::Slice;
use super::preview::{Preview, PreviewEntry};
use super::refusal::Refusal;
use super::request::{Ask, Request};
use super::watch::Watch;
use crate::domain::id::CaseNo;
use crate::protocol::preview::PreviewCase;

/// Sends one request and returns its answer.
///
/// # Errors
/// As [`Service::ask`]; `STORNO-GARBLED` if the service answers another request.
pub fn ask_for<A: Ask, S: Service + ?Sized>(
    service: &mut S,
    context: &Context,
    ask: A,
    watch: &mut dyn Watch,
) -> Result<A::Answer, Refusal> {
    A::unwrap(service.ask(context, ask.request(), watch)?).ok_or_else(Refusal::wrong_answer)
}

/// Answers requests: a desk in this process, or one on another host.
pub trait Service: Send {
    /// Answers one request.
    ///
    /// # Errors
    /// [`Refusal`]: the books forbid it, or something technical is in the way. Nothing is half done.
    fn ask(&mut self, context: &Context, request: Request, watch: &mut dyn Watch) -> Result<Answer, Refusal>;

    /// Imports a file of this machine, wherever the ledger is.
    ///
    /// # Errors
    /// [`Refusal`]: the file, with line, column and reason, or the ledger. Nothing is imported then.
    fn import(
        &mut self,
        context: &Context,
        incoming: Incoming<'_>,
        watch: &mut dyn Watch,
    ) -> Result<ImportAnswer, Refusal>;

    /// Previews a case with all its steps. Entries go to `on_entry` one by one instead of into the answer,
    /// so that a long case is never held in memory.
    ///
    /// # Errors
    /// As [`Service::ask`], and errors of `on_entry`.
    fn preview_streamed(
        &mut self,
        context: &Context,
        case_no: &CaseNo,
        watch: &mut dyn Watch,
        on_entry: &mut dyn FnMut(PreviewEntry) -> std::io::Result<()>,
    ) -> Result<Preview, Refusal> {
        let ask = PreviewCase { case_no: case_no.clone(), slice: Slice::ALL };
        let mut preview = ask_for(self, context, ask, watch)?;
        for entry in std::mem::take(&mut preview.entries) {
            on_entry(entry).map_err(|error| Refusal::io(&error))?;
        }
        Ok(*preview)
    }

    /// Returns the connection if the ledger is on another host.
    fn connection(&self) -> Option<Connection> {
        None
    }

    /// Called now and then while nothing is requested: checks the connection and reconnects if it was lost.
    fn tend(&mut self, _: &mut dyn Watch) {}
}
