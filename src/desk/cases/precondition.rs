//! The precondition of a change to a case (optimistic lock).
//!
//! A change is decided on what was read before its batch begins, and another session may write in between.
//! So the batch first checks that the case has no new log entry and that no other policy, rule set,
//! calendar, channels or kinds were loaded. Otherwise the change is refused as overtaken, and the service
//! decides it again on fresh reads (`Desk::answer_with_retry`).

use crate::desk::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::rejection::Code;
use crate::protocol::refusal::Refusal;
use crate::store::settings::Versions;
use crate::store::{Reader, StoreError, cases, settings};

/// The versions in force, and the length of a case's log.
#[derive(Debug, Clone)]
pub(crate) struct Precondition {
    case: Option<(CaseNo, i64)>,
    versions: Versions,
}

impl OpenLedger {
    /// Returns the precondition for a change to a case, from here on.
    pub(crate) fn precondition(&mut self, case_no: &CaseNo) -> Result<Precondition, Refusal> {
        let done = cases::log::length(&mut *self.engine, case_no)?;
        Ok(Precondition { case: Some((case_no.clone(), done)), ..self.precondition_of_all() })
    }

    /// Returns the precondition for a change that concerns no single case.
    pub(crate) const fn precondition_of_all(&self) -> Precondition {
        Precondition { case: None, versions: self.in_force.versions() }
    }
}

impl Precondition {
    /// Refuses if it does not hold any more; called inside the batch.
    ///
    /// # Errors
    /// [`Code::Overtaken`], or a fault of the engine.
    pub fn holds<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<(), StoreError> {
        let done = match &self.case {
            Some((case_no, done)) => cases::log::length(reader, case_no)? == *done,
            None => true,
        };
        if done && settings::versions(reader)? == self.versions {
            return Ok(());
        }
        Err(StoreError::rejected(Code::Overtaken))
    }
}
