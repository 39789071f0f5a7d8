//! The open ledger: its engine, what is in force in it, and what is kept in memory between requests.

use super::findings::memory::{AcceptedFindings, Memory};
use super::in_force::InForce;
use crate::protocol::refusal::Refusal;
use crate::store::Engine;
use crate::store::append::Appender;

/// A ledger that this process opened. The rooms of the desk add what they can do with it.
pub struct OpenLedger {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) in_force: InForce,
    pub(crate) appender: Appender,
    pub(crate) memory: Memory,
    /// What people accepted, beside what was found.
    pub(crate) accepted: AcceptedFindings,
    /// Result of the last verification in this session; `None` before the first.
    pub(super) verified: Option<bool>,
}

impl OpenLedger {
    /// Returns what is in force in the ledger.
    #[must_use]
    pub const fn in_force(&self) -> &InForce {
        &self.in_force
    }

    /// Reloads policy, rules and calendar if another session has changed them.
    pub(super) fn refresh(&mut self) -> Result<(), Refusal> {
        if self.in_force.refresh(&mut *self.engine)? {
            self.memory.forget();
        }
        Ok(())
    }
}
