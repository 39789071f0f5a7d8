//! What is said of findings beside what was judged: that a committed case had closed one and it is there
//! again, that a match by hand that would settle one waits for a second person, and whether people accepted
//! it.

use crate::desk::ledger::OpenLedger;
use crate::domain::finding::{Cause, Finding};
use crate::i18n;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::{acceptances, matches};
use crate::store::{cases, decisions};

impl OpenLedger {
    /// Says of a finding with its words whether it is there again, which match by hand waits for a second
    /// person, and whether people accepted it.
    pub(crate) fn one_told_again(&mut self, finding: Finding, context: &Context) -> Result<Finding, Refusal> {
        let known = finding.clone();
        Ok(self.told_again(vec![finding], context)?.pop().unwrap_or(known))
    }

    /// Says of findings with their words which of them are there again, which case had closed each, and
    /// which match by hand waits for a second person.
    pub(crate) fn told_again(
        &mut self,
        mut found: Vec<Finding>,
        context: &Context,
    ) -> Result<Vec<Finding>, Refusal> {
        let lang = context.lang;
        self.read_accepted()?;
        let closed = cases::closed_by(&mut *self.engine, &found)?;
        let asked = if found.iter().any(is_about_a_match) {
            decisions::asked(&mut *self.engine)?
        } else {
            Vec::new()
        };
        for finding in &mut found {
            if let Some(case_no) = closed.get(&finding.finding) {
                let args = [("detail", finding.detail.clone()), ("case", case_no.to_string())];
                finding.detail = i18n::text(lang, "finding.again", &args);
                finding.closed_by = Some(case_no.clone());
            }
            let (trade, channel_ref) = (finding.trade_no.as_ref(), finding.channel_ref.as_deref());
            let concerns = asked.iter().find(|one| one.concerns(trade, finding.channel, channel_ref));
            if let Some(one) = concerns.filter(|_| is_about_a_match(finding)) {
                let args = [("detail", finding.detail.clone()), ("asked", matches::told(lang, one))];
                finding.detail = i18n::text(lang, "finding.asked", &args);
                finding.asked = Some(one.clone());
            }
            if let Some(one) = self.acceptance_of(context, finding) {
                let args = [("detail", finding.detail.clone()), ("asked", acceptances::told(lang, &one))];
                finding.detail = i18n::text(lang, "finding.asked", &args);
                finding.acceptance = Some(Box::new(one));
            }
        }
        self.timed(&mut found, context)?;
        Ok(found)
    }
}

/// Returns whether a match by hand may end a finding.
pub(super) const fn is_about_a_match(finding: &Finding) -> bool {
    matches!(
        finding.cause,
        Cause::Long
            | Cause::Short
            | Cause::Overdue
            | Cause::Waiting
            | Cause::Ambiguous
            | Cause::Duplicate
            | Cause::AmountDiff
            | Cause::DateDiff
            | Cause::ChannelFeeDiff
            | Cause::Rematch
    )
}
