//! Reason codes: the list, and the check of a step's reason.

use crate::desk::corrections::steps;
use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::i18n::Lang;
use crate::protocol::context::Context;
use crate::protocol::policy::{ListReasons, ReasonRow};
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::StepRequest;
use crate::protocol::watch::Watch;

impl OpenLedger {
    /// Returns the reason codes, named in the language of the request.
    pub(crate) fn reasons(&self, context: &Context) -> Vec<ReasonRow> {
        let row = |reason: &crate::domain::policy::Reason| ReasonRow {
            code: reason.code.clone(),
            name: if context.lang == Lang::Zh { reason.zh.clone() } else { reason.en.clone() },
            zh: reason.zh.clone(),
            en: reason.en.clone(),
        };
        self.in_force.policy.reasons.iter().map(row).collect()
    }

    /// Refuses steps without the reason that the policy asks for.
    pub(crate) fn check_reasons<'s>(
        &self,
        reason: &str,
        requests: impl IntoIterator<Item = &'s StepRequest>,
    ) -> Result<(), Refusal> {
        for step in requests {
            for kind in steps::reasons(step) {
                self.in_force.policy.check_reason(kind, reason)?;
            }
        }
        Ok(())
    }
}

impl Handle for ListReasons {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(ledger.reasons(context))
    }
}
