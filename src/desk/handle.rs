//! What a handler of a request is. Each handler is in the file of its capability.

use super::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::request::Ask;
use crate::protocol::watch::Watch;

/// Answers one kind of request.
pub trait Handle: Ask {
    /// Answers the request.
    ///
    /// # Errors
    /// Why the books forbid it, or a fault. Nothing is half done.
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal>;

    /// Answers a change whose key shows that it was made before; `opened` is the case that it opened.
    ///
    /// # Errors
    /// [`Code::OrderDone`] unless the request can show what it did.
    fn replay(
        self,
        _: &mut OpenLedger,
        _: &Context,
        _opened: Option<CaseNo>,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Err(Rejection::new(Code::OrderDone).into())
    }
}
