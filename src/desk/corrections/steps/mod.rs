//! The kinds of steps, one file each; what several kinds share is in `lines`, `channel_line` and the
//! resolver.
//!
//! To add a kind: its struct, its syntax and its line in `protocol/steps.rs`, its word in `domain/step.rs`,
//! a file here with its [`Step`], its name in the two lists below, and its texts in `assets/locales/steps`.

mod adjust;
mod channel_line;
mod codes;
mod counter;
mod dismiss;
mod journal;
mod lines;
mod park;
mod park_line;
mod record;
mod repost;
mod reverse;
mod statement;
mod status;
mod stub;
mod supplement;
mod unpark;

pub(crate) use codes::refuse_unknown_codes;

use crate::desk::corrections::effect::{KeptStep, Resolved};
use crate::desk::corrections::resolver::Resolver;
use crate::domain::finding::Note;
use crate::domain::id::TradeNo;
use crate::domain::policy::ReasonFor;
use crate::protocol::steps::{StepRequest, StepRow};
use crate::store::{Reader, StoreError};

/// What a step is resolved with.
struct StepCall<'c, 'd, 'r, R: Reader + ?Sized> {
    /// The ledger and the earlier steps.
    resolver: &'c mut Resolver<'d, 'r, R>,
    /// Number of the step in its case.
    number: i64,
    /// The planner's reason; `None` for the kind's own.
    why: Option<Note>,
}

/// What each kind of step answers about itself.
trait Step: Clone + Into<StepRequest> {
    /// Returns the row as far as the request alone tells it; shown if the step cannot be resolved.
    fn row(&self, number: i64) -> StepRow;

    /// Resolves the step against the ledger and the earlier steps; returns what it would book and the row
    /// that shows it.
    fn resolve<R: Reader + ?Sized>(&self, call: StepCall<'_, '_, '_, R>) -> Result<Resolved, StoreError>;

    /// Returns the trade whose status, facts and comparison the commit watches while this step is booked:
    /// the one of its row, unless the kind finds it elsewhere.
    fn touches<R: Reader + ?Sized>(&self, _: &mut R) -> Result<Option<TradeNo>, StoreError> {
        Ok(self.row(0).trade_no)
    }

    /// Returns what a policy may require a reason for.
    fn reasons(&self) -> Vec<ReasonFor> {
        let request: StepRequest = self.clone().into();
        vec![ReasonFor::Step(request.kind())]
    }

    /// Returns the steps that are stored when this one is staged after `steps`: itself, unless the kind
    /// brings more.
    fn staged<R: Reader + ?Sized>(
        &self,
        _: &mut R,
        _: &[(i64, KeptStep)],
    ) -> Result<Vec<KeptStep>, StoreError> {
        Ok(vec![KeptStep { request: self.clone().into(), why: None }])
    }
}

/// Makes the functions that hand a request to its kind.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        /// Resolves a step; see [`Resolver`].
        ///
        /// # Errors
        /// The reason why the step cannot be booked, or a fault.
        pub(crate) fn resolve<R: Reader + ?Sized>(
            resolver: &mut Resolver<'_, '_, R>,
            number: i64,
            step: &KeptStep,
        ) -> Result<Resolved, StoreError> {
            let call = StepCall { resolver, number, why: step.why.clone() };
            match &step.request { $(StepRequest::$kind(step) => step.resolve(call),)+ }
        }

        /// Returns the row of a step that is not resolved: refused, dropped or booked.
        pub(crate) fn unresolved(number: i64, step: &KeptStep, dropped: bool, why: String) -> StepRow {
            let row = match &step.request { $(StepRequest::$kind(step) => step.row(number),)+ };
            StepRow { why, dropped, ..row }
        }

        /// Returns the trade that a step is about, if it is about one.
        pub(crate) fn touches<R: Reader + ?Sized>(
            reader: &mut R,
            step: &KeptStep,
        ) -> Result<Option<TradeNo>, StoreError> {
            match &step.request { $(StepRequest::$kind(step) => step.touches(reader),)+ }
        }

        /// Returns what a policy may require a reason for at a step.
        pub(crate) fn reasons(step: &StepRequest) -> Vec<ReasonFor> {
            match step { $(StepRequest::$kind(step) => step.reasons(),)+ }
        }

        /// Returns the steps to store when one is staged after `steps`.
        pub(crate) fn staged<R: Reader + ?Sized>(
            reader: &mut R,
            step: &StepRequest,
            steps: &[(i64, KeptStep)],
        ) -> Result<Vec<KeptStep>, StoreError> {
            match step { $(StepRequest::$kind(step) => step.staged(reader, steps),)+ }
        }
    };
}

kinds! {
    Reverse, Repost, Supplement, Adjust, Park, ParkLine, Stub, Unpark, Record, Counter, Status, Dismiss,
    Statement, Journal,
}
