//! What an order about a case rests on.
//!
//! An order is decided on what was read before its batch begins, and another session may write in between. So the batch begins by
//! looking whether anything was done about the case, or another policy, rule set or calendar was loaded; where it was, the order is
//! refused as overtaken, and the desk decides it again on what is there now ([`crate::desk::ledger::OpenLedger`]).

use crate::desk::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::domain::rejection::Code;
use crate::protocol::refusal::Refusal;
use crate::store::{Reader, StoreError, cases, settings};

/// The versions that are in force, and how much was done about a case.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    case: Option<(CaseNo, i64)>,
    versions: (i64, i64, i64),
}

impl OpenLedger {
    /// What is decided on from here on.
    pub(crate) fn basis(&mut self, case_no: &CaseNo) -> Result<Basis, Refusal> {
        let done = cases::log::length(&mut *self.engine, case_no)?;
        Ok(Basis { case: Some((case_no.clone(), done)), ..self.basis_of_all() })
    }

    /// The same where no case is meant.
    pub(crate) const fn basis_of_all(&self) -> Basis {
        Basis { case: None, versions: self.in_force.versions() }
    }
}

impl Basis {
    /// Whether it still stands, asked inside the batch.
    ///
    /// # Errors
    /// [`Code::Overtaken`] where it does not, or a fault of the engine.
    pub fn stands<R: Reader + ?Sized>(&self, reader: &mut R) -> Result<(), StoreError> {
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
