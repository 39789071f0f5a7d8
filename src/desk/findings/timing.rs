//! Until when findings are to be settled, who has them in hand, and how old they are.

use crate::desk::findings::again::is_about_a_match;
use crate::desk::findings::memory::{AcceptedFindings, Remembered};
use crate::desk::in_force::InForce;
use crate::desk::ledger::OpenLedger;
use crate::domain::acceptance::AcceptanceState;
use crate::domain::due_time::{AgeBucket, DueState};
use crate::domain::finding::{Cause, Finding};
use crate::domain::hand_match::HandMatch;
use crate::domain::id::CaseNo;
use crate::domain::period::Moment;
use crate::domain::policy::DueRule;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::store::{Reader, StoreError, cases, decisions};
use std::collections::HashMap;

impl InForce {
    /// Returns when a finding is due, and how it stands to that at a time, if nobody has it in hand; `None`
    /// if the policy says nothing about it.
    pub(crate) fn finding_due(
        &self,
        (cause, amount_minor, currency): (Cause, i64, &str),
        since: Moment,
        now: Moment,
    ) -> Option<(Moment, DueState)> {
        let rule = DueRule::of(&self.policy.due, cause, amount_minor, currency)?;
        let since = since.in_zone(&self.zone).local();
        let is_workday = |day| self.calendar.is_workday(day);
        let after = |quarters| {
            let at = self.policy.working_hours.after(since, quarters, is_workday);
            Moment::from_local(at, &self.zone).ok()
        };
        let (warns, due) = (after(rule.hours * 3)?, after(rule.hours * 4)?);
        let state = match now {
            now if now > due => DueState::Breached,
            now if now >= warns => DueState::Warning,
            _ => DueState::OnTrack,
        };
        Some((due, state))
    }
}

impl OpenLedger {
    /// Says of findings when each is due, who holds it, and how old it is, if the policy has due times.
    /// What is accepted is not due.
    pub(super) fn timed(&mut self, found: &mut [Finding], context: &Context) -> Result<(), Refusal> {
        if self.in_force.policy.due.is_empty() || found.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = found.iter().map(|finding| finding.finding.as_str()).collect();
        let holders = cases::holders(&mut *self.engine, &names)?;
        for finding in found {
            finding.age_bucket = Some(AgeBucket::of_seconds(finding.age_seconds));
            finding.holder =
                holders.get(&finding.finding).map(ToString::to_string).or_else(|| asked_by(finding));
            if finding.is_accepted() {
                continue;
            }
            let of = (finding.cause, finding.amount_minor, finding.currency.as_str());
            let due = self.in_force.finding_due(of, finding.since, context.now);
            let paused = finding.holder.as_ref().map(|_| DueState::Paused);
            finding.due = due.map(|(due, _)| due);
            finding.due_state = due.map(|(_, state)| paused.unwrap_or(state));
        }
        Ok(())
    }
}

/// Returns who asked for a second person about a finding.
fn asked_by(finding: &Finding) -> Option<String> {
    let acceptance = finding.acceptance.as_ref().filter(|one| one.state == AcceptanceState::Asked);
    let accepted = acceptance.map(|one| one.operator.to_string());
    accepted.or_else(|| finding.asked.as_ref().map(|one| one.operator.to_string()))
}

/// What tells how any of the findings stands to its due time.
pub(super) struct DueScope<'d> {
    in_force: &'d InForce,
    accepted: &'d AcceptedFindings,
    held: HashMap<String, CaseNo>,
    asked: Vec<HandMatch>,
    now: Moment,
}

/// What is read for a [`DueScope`].
pub(super) struct InHand {
    held: HashMap<String, CaseNo>,
    asked: Vec<HandMatch>,
}

impl InHand {
    /// Reads what cases hold, and which matches wait for a second person.
    pub(super) fn read<R: Reader + ?Sized>(reader: &mut R) -> Result<Self, StoreError> {
        Ok(Self { held: cases::all_holders(reader)?, asked: decisions::asked(reader)? })
    }

    /// Returns the scope with what is in force and accepted, at a time.
    pub(super) fn among<'d>(
        self,
        in_force: &'d InForce,
        accepted: &'d AcceptedFindings,
        now: Moment,
    ) -> DueScope<'d> {
        DueScope { in_force, accepted, held: self.held, asked: self.asked, now }
    }
}

impl DueScope<'_> {
    /// Returns how an open finding stands to its due time; `None` if it has none.
    pub(super) fn state(&self, finding: &Remembered) -> Result<Option<DueState>, StoreError> {
        let of = (finding.cause, finding.amount_minor, &*finding.currency);
        let Some((_, state)) = self.in_force.finding_due(of, finding.since, self.now) else {
            return Ok(None);
        };
        let is_asked =
            || self.accepted.asked.get(&*finding.finding).is_some_and(|one| one.mark == *finding.mark);
        if self.held.contains_key(&*finding.finding) || is_asked() || self.is_matched(finding)? {
            return Ok(Some(DueState::Paused));
        }
        Ok(Some(state))
    }

    /// Returns whether a match that would settle a finding waits for a second person.
    fn is_matched(&self, finding: &Remembered) -> Result<bool, StoreError> {
        if self.asked.is_empty() {
            return Ok(false);
        }
        let finding = finding.whole()?;
        let (trade, channel_ref) = (finding.trade_no.as_ref(), finding.channel_ref.as_deref());
        let concerns = |one: &HandMatch| one.concerns(trade, finding.channel, channel_ref);
        Ok(is_about_a_match(&finding) && self.asked.iter().any(concerns))
    }
}
