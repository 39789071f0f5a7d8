//! The policy in force: shown and loaded.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::domain::authored;
use crate::domain::id::Operator;
use crate::domain::policy::{DueRule, Limits, Policy};
use crate::domain::rejection::{Code, Rejection};
use crate::protocol::context::Context;
use crate::protocol::policy::{DueRow, LoadPolicy, PolicyAnswer, PolicyChange, ShowPolicy};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::settings;
use std::collections::BTreeMap;
use std::str::FromStr;

/// Refuses a file with nothing in it: it would put every default in force, which an empty file hardly means.
///
/// # Errors
/// [`Code::BadPolicy`].
pub fn refuse_empty(file: &str, text: &str) -> Result<(), Rejection> {
    if toml::Table::from_str(text).is_ok_and(|table| table.is_empty()) {
        return Err(Rejection::new(Code::BadPolicy)
            .with("file", file)
            .with("line", 1)
            .with("problem", "refusal.policy.empty"));
    }
    Ok(())
}

impl OpenLedger {
    /// Returns the policy in force, with its text.
    pub(crate) fn policy_answer(&mut self) -> Result<PolicyAnswer, Refusal> {
        let stored = settings::read_policy(&mut *self.engine)?;
        let policy = &self.in_force.policy;
        let main = self.in_force.currency();
        let others = |limits: &Limits| -> BTreeMap<String, i64> {
            let others = limits.all().iter().filter(|(currency, _)| *currency != main);
            others.map(|(currency, minor)| (currency.code().to_owned(), *minor)).collect()
        };
        Ok(PolicyAnswer {
            version: policy.version,
            four_eyes: policy.four_eyes,
            later_day: policy.later_day,
            cut_window_minutes: policy.cut_window_minutes,
            waiting_days: policy.waiting_days,
            late_grace_minutes: policy.late_grace_minutes,
            payout_grace_minutes: policy.payout_grace_minutes,
            status_by_file: policy.status_by_file,
            debt_days: policy.debt_days,
            approval_limit_minor: policy.approval_limits.written(main),
            approval_limits: others(&policy.approval_limits),
            accept_limit_minor: policy.accept_limits.written(main),
            accept_limits: others(&policy.accept_limits),
            approvers: policy
                .approvers
                .iter()
                .map(|role| (role.role.clone(), role.operators.clone(), role.limits.written(main)))
                .collect(),
            approver_limits: policy
                .approvers
                .iter()
                .map(|role| (role.role.clone(), others(&role.limits)))
                .filter(|(_, limits)| !limits.is_empty())
                .collect(),
            auto_stage: policy.auto_stage.clone(),
            due: policy.due.iter().map(due_row).collect(),
            working_hours: policy.working_hours.text(),
            admins: policy.admins.clone(),
            known_reasons_only: policy.known_reasons_only,
            reasons_required: policy.reasons_required.clone(),
            loaded_at: stored.loaded_at,
            operator: stored.operator,
            source: stored.source,
        })
    }

    /// Loads a policy and puts it in force; loading the text in force changes nothing.
    pub(crate) fn policy_load(
        &mut self,
        context: &Context,
        file: &str,
        text: &str,
    ) -> Result<PolicyAnswer, Refusal> {
        let precondition = self.precondition_of_all();
        self.in_force.policy.may_change(&context.operator)?;
        let bad = |mistakes| authored::rejection_as(Code::BadPolicy, mistakes);
        let policy = Policy::parse(file, text, self.in_force.currency()).map_err(bad)?;
        refuse_empty(file, text)?;
        if settings::read_policy(&mut *self.engine)?.source != text {
            self.refuse_loosening_alone(&policy, &context.operator)?;
            self.engine.commit(&mut |sink| {
                precondition.holds(sink)?;
                settings::write_policy(sink, &policy, text, &context.operator, context.now)
            })?;
            self.refresh()?;
            self.memory.forget();
        }
        self.policy_answer()
    }

    /// Refuses to loosen a guarded setting by one person alone: the operator must be an admin whom another
    /// operator appointed, or who was one from the ledger's first policy. So two names are involved, as far
    /// as names can tell.
    fn refuse_loosening_alone(&mut self, new: &Policy, operator: &Operator) -> Result<(), Refusal> {
        let mut loosened = self.in_force.policy.loosened_by(new);
        loosened.retain(|part| Policy::GUARDED.contains(part));
        if loosened.is_empty() {
            return Ok(());
        }
        if self.was_appointed_by_another(operator)? {
            return Ok(());
        }
        Err(Rejection::new(Code::NotAllowed)
            .with("operator", operator)
            .with("loosened", loosened.join(", "))
            .into())
    }

    /// Returns true if the operator is an admin whom another operator appointed, or who was one from the
    /// ledger's first policy.
    fn was_appointed_by_another(&mut self, operator: &Operator) -> Result<bool, Refusal> {
        let mut appointed_by = None;
        for stored in settings::read_policies(&mut *self.engine)? {
            let policy = Policy::parse("policy", &stored.source, self.in_force.currency())
                .map_err(authored::rejection)?;
            if !policy.admins.iter().any(|admin| admin.is_same_person(operator)) {
                appointed_by = None;
            } else if appointed_by.is_none() {
                appointed_by = Some((stored.version, stored.operator));
            }
        }
        Ok(appointed_by.is_some_and(|(version, by)| version == 1 || !by.is_same_person(operator)))
    }

    /// Refuses an operator who may not load rules, channels, kinds of trades or a calendar: they decide what
    /// every trade books, so whoever may load a policy may load them. With four eyes an admin who appointed
    /// himself may not.
    ///
    /// # Errors
    /// [`Code::NotAllowed`] if the policy names others.
    pub(crate) fn may_load(&mut self, operator: &Operator) -> Result<(), Refusal> {
        let policy = &self.in_force.policy;
        policy.may_change(operator)?;
        if policy.admins.is_empty() || !policy.four_eyes || self.was_appointed_by_another(operator)? {
            return Ok(());
        }
        Err(Rejection::new(Code::NotAllowed).with("operator", operator).with("alone", operator).into())
    }

    /// Returns the versions that loosened the one before, with their operators.
    pub(crate) fn loosenings(&mut self) -> Result<Vec<PolicyChange>, Refusal> {
        let mut before: Option<Policy> = None;
        let mut changes = Vec::new();
        for stored in settings::read_policies(&mut *self.engine)? {
            let policy = Policy::parse("policy", &stored.source, self.in_force.currency())
                .map_err(authored::rejection)?;
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
}

fn due_row(rule: &DueRule) -> DueRow {
    DueRow {
        cause: rule.cause,
        from_minor: rule.from.map(|(_, from)| from),
        currency: rule.from.map(|(currency, _)| currency.code().to_owned()),
        hours: rule.hours,
    }
}

impl Handle for ShowPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        _: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        Ok(Box::new(ledger.policy_answer()?))
    }
}

impl Handle for LoadPolicy {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { file, text } = self;
        Ok(Box::new(ledger.policy_load(context, &file, &text)?))
    }
}
