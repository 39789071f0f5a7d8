//! Reason codes: which there are, and which a step takes.

use crate::desk::ledger::OpenLedger;
use crate::domain::policy::ReasonFor;
use crate::i18n::Lang;
use crate::protocol::context::Context;
use crate::protocol::policy::ReasonRow;
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::StepRequest;

/// What the policy may ask a reason for at a step, by the step's own word; a re-posting with corrected facts is an override too.
pub(crate) fn reasons_for(step: &StepRequest) -> Vec<ReasonFor> {
    let corrects = matches!(step, StepRequest::Repost(repost) if !repost.set.is_empty());
    std::iter::once(ReasonFor::Step(step.kind())).chain(corrects.then_some(ReasonFor::Override)).collect()
}

impl OpenLedger {
    /// The reason codes.
    pub(crate) fn reasons(&self, context: &Context) -> Vec<ReasonRow> {
        let row = |reason: &crate::domain::policy::Reason| ReasonRow {
            code: reason.code.clone(),
            name: if context.lang == Lang::Zh { reason.zh.clone() } else { reason.en.clone() },
            zh: reason.zh.clone(),
            en: reason.en.clone(),
        };
        self.in_force.policy.reasons.iter().map(row).collect()
    }

    /// Every step has the reason that the policy asks for.
    pub(crate) fn reasons_will_do<'s>(
        &self,
        reason: &str,
        steps: impl IntoIterator<Item = &'s StepRequest>,
    ) -> Result<(), Refusal> {
        for step in steps {
            for kind in reasons_for(step) {
                self.in_force.policy.check_reason(kind, reason)?;
            }
        }
        Ok(())
    }
}
