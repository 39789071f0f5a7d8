//! The policy in force: shown, loaded, and asked where a case depends on it.

use super::commit::Wanted;
use super::local::{Desk, authored, authored_as};
use crate::domain::id::Operator;
use crate::domain::money::Currency;
use crate::domain::policy::{Policy, ReasonFor};
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::Lang;
use crate::protocol::cases::CaseRow;
use crate::protocol::context::Context;
use crate::protocol::policy::{PolicyAnswer, PolicyChange, ReasonRow};
use crate::protocol::refusal::Refusal;
use crate::protocol::steps::StepRequest;
use crate::store::{Fault, Reader, setup};
use std::str::FromStr;

/// The policy of a new ledger, shipped with the program: file name for errors, and text.
pub const DEFAULT_POLICY: (&str, &str) = ("default.toml", include_str!("../../assets/policy/default.toml"));

/// The policy in force.
pub(super) fn in_force<R: Reader + ?Sized>(reader: &mut R, currency: Currency) -> Result<Policy, Refusal> {
    let stored = setup::read_policy(reader)?;
    let mut policy =
        Policy::parse(&format!("policy@{}", stored.version), &stored.source, currency).map_err(authored)?;
    policy.version = stored.version;
    // The guards of the database read the columns, everything else the text.
    if (policy.four_eyes, policy.later_day) != (stored.four_eyes, stored.later_day) {
        return Err(Fault::Corrupt { detail: format!("policy {} is not its text", stored.version) }.into());
    }
    Ok(policy)
}

impl Desk {
    /// The policy in force, with its text.
    pub(super) fn policy_answer(&mut self) -> Result<PolicyAnswer, Refusal> {
        let stored = setup::read_policy(&mut *self.engine)?;
        let policy = &self.policy;
        Ok(PolicyAnswer {
            version: policy.version,
            four_eyes: policy.four_eyes,
            later_day: policy.later_day,
            cut_window_minutes: policy.cut_window_minutes,
            late_grace_minutes: policy.late_grace_minutes,
            approval_limit_minor: policy.approval_limit_minor,
            approvers: policy
                .approvers
                .iter()
                .map(|role| (role.role.clone(), role.operators.clone(), role.limit_minor))
                .collect(),
            auto_stage: policy.auto_stage.clone(),
            admins: policy.admins.clone(),
            known_reasons_only: policy.known_reasons_only,
            reasons_required: policy.reasons_required.clone(),
            loaded_at: stored.loaded_at,
            operator: stored.operator,
            source: stored.source,
        })
    }

    /// Loads a policy and puts it in force; the same text again changes nothing.
    pub(super) fn policy_load(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<PolicyAnswer, Refusal> {
        let basis = self.basis_of_all();
        self.policy.may_change(&context.operator)?;
        let bad = |mistakes| authored_as(Code::BadPolicy, mistakes);
        let policy = Policy::parse(file, text, self.settings.currency).map_err(bad)?;
        if toml::Table::from_str(text).is_ok_and(|table| table.is_empty()) {
            // It would put every default in force, and hardly anybody means that by an empty file.
            return Err(Rejection::new(Code::BadPolicy)
                .with("file", file)
                .with("line", 1)
                .with("problem", "refusal.policy.empty")
                .into());
        }
        if setup::read_policy(&mut *self.engine)?.source != text {
            self.may_loosen(&policy, &context.operator)?;
            self.engine.commit(&mut |sink| {
                basis.stands(sink)?;
                setup::write_policy(sink, &policy, text, &context.operator, context.now)
            })?;
            self.refresh()?;
            self.memory.forget();
        }
        self.policy_answer()
    }

    /// Nobody gives up the second person or raises the limits alone: it takes an admin, and one whom somebody else made that, or
    /// who was it from the ledger's beginning. Two names are needed that way, as far as names can tell.
    fn may_loosen(&mut self, new: &Policy, operator: &Operator) -> Result<(), Refusal> {
        let mut loosened = self.policy.loosened_by(new);
        loosened.retain(|part| Policy::GUARDED.contains(part));
        if loosened.is_empty() {
            return Ok(());
        }
        let mut appointed_by = None;
        for stored in setup::read_policies(&mut *self.engine)? {
            let policy = Policy::parse("policy", &stored.source, self.settings.currency).map_err(authored)?;
            if !policy.admins.iter().any(|admin| admin.is_same_person(operator)) {
                appointed_by = None;
            } else if appointed_by.is_none() {
                appointed_by = Some((stored.version, stored.operator));
            }
        }
        match appointed_by {
            Some((version, by)) if version == 1 || !by.is_same_person(operator) => Ok(()),
            _ => Err(Rejection::new(Code::NotAllowed)
                .with("operator", operator)
                .with("loosened", loosened.join(", "))
                .into()),
        }
    }

    /// The versions that loosened the one before, with who loaded them.
    pub(super) fn loosenings(&mut self) -> Result<Vec<PolicyChange>, Refusal> {
        let mut before: Option<Policy> = None;
        let mut changes = Vec::new();
        for stored in setup::read_policies(&mut *self.engine)? {
            let policy = Policy::parse("policy", &stored.source, self.settings.currency).map_err(authored)?;
            let loosened = before.map(|before| before.loosened_by(&policy)).unwrap_or_default();
            if !loosened.is_empty() {
                changes.push(PolicyChange {
                    version: stored.version,
                    loaded_at: stored.loaded_at,
                    operator: stored.operator,
                    loosened: loosened.into_iter().map(str::to_owned).collect(),
                });
            }
            before = Some(policy);
        }
        Ok(changes)
    }

    /// The reason codes.
    pub(super) fn reasons(&self, context: &Context) -> Vec<ReasonRow> {
        let row = |reason: &crate::domain::policy::Reason| ReasonRow {
            code: reason.code.clone(),
            name: if context.lang == Lang::Zh { reason.zh.clone() } else { reason.en.clone() },
            zh: reason.zh.clone(),
            en: reason.en.clone(),
        };
        self.policy.reasons.iter().map(row).collect()
    }

    /// Every step has the reason that the policy asks for.
    pub(super) fn reasons_will_do<'s>(
        &self,
        reason: &str,
        steps: impl IntoIterator<Item = &'s StepRequest>,
    ) -> Result<(), Refusal> {
        for step in steps {
            for kind in reasons_for(step) {
                self.policy.reason_will_do(kind, reason)?;
            }
        }
        Ok(())
    }

    /// The case is not above what the checker may approve.
    pub(super) fn within_limit(&mut self, context: &Context, case: &CaseRow) -> Result<(), Refusal> {
        if self.policy.limit_of(&context.operator).is_none() {
            return Ok(());
        }
        let steps = self.kept_steps(&case.case_no)?;
        let author = super::case::author(case, &case.case_no);
        let prepared = self.rehearse(
            context,
            &author,
            &steps,
            Wanted::default(),
            &mut crate::protocol::watch::Unwatched,
        )?;
        if let Some((step, rejection)) = prepared.refused {
            return Err(rejection.with("step", step).into());
        }
        Ok(prepared.within(&self.policy, self.settings.currency, &context.operator, &case.case_no)?)
    }
}

/// What the policy may ask a reason for at a step, by the step's own word; a re-posting with corrected facts is an override too.
fn reasons_for(step: &StepRequest) -> Vec<ReasonFor> {
    let value = serde_json::to_value(step).unwrap_or_default();
    let kind = match step {
        StepRequest::ParkLine { .. } => Some(ReasonFor::Park),
        _ => value["kind"].as_str().and_then(|kind| kind.parse().ok()),
    };
    let corrects = value["set"].as_array().is_some_and(|set| !set.is_empty());
    kind.into_iter().chain(corrects.then_some(ReasonFor::Override)).collect()
}
