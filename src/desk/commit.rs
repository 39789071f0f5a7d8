//! Preview and commit: one code, run without and with writing.
//!
//! Both resolve every step over the ledger as it is now, then append the vouchers with the same appender. The commit also
//! compares what comes out with what was planned when the case was last staged or handed in, and proves inside its
//! transaction that no trade list and no comparison with a channel changed unless a step says so.

mod guards;
mod holders;
mod prepared;
mod preview;
mod run;
mod write;

pub(super) use prepared::{Planned, Prepared, Shown, Wanted};
pub(super) use run::prepare;

use super::local::Desk;
use super::resolve::{Author, KeptStep, kept_steps};
use crate::domain::id::CaseNo;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::{Appender, Dry};
use crate::store::{Reader, StoreError, cases};

/// The bench of a desk, borrowing none of its engine.
macro_rules! bench {
    ($desk:ident, $context:ident) => {
        $crate::desk::resolve::Bench {
            judge: $crate::desk::expect::Judge { rules: &$desk.rules, calendar: &$desk.calendar },
            chart: &$desk.chart,
            currency: $desk.settings.currency,
            later_day: $desk.policy.later_day,
            today: $context.now.in_zone(&$desk.zone).date(),
            context: $context,
        }
    };
}
pub(super) use bench;

impl Desk {
    pub(super) fn kept_steps(&mut self, case_no: &CaseNo) -> Result<Vec<(i64, KeptStep)>, Refusal> {
        Ok(kept_steps(&mut *self.engine, case_no)?)
    }

    /// Runs a case without writing.
    pub(super) fn rehearse(
        &mut self,
        context: &Context,
        author: &Author<'_>,
        steps: &[(i64, KeptStep)],
        wanted: Wanted<'_>,
        watch: &mut dyn Watch,
    ) -> Result<Prepared, Refusal> {
        let bench = bench!(self, context);
        // An appender of its own: what is tried must not move the heads that postings build on.
        let mut appender = Appender::new(&self.chart, self.settings.currency);
        Ok(prepare(&bench, &mut appender, &mut Dry(&mut *self.engine), author, steps, wanted, watch)?)
    }

    fn planned(&mut self, case_no: &CaseNo) -> Result<Option<Planned>, Refusal> {
        Ok(read_planned(&mut *self.engine, case_no)?)
    }
}

/// What a case was planned to book; a plan that cannot be read is a damaged ledger, never a missing plan.
fn read_planned<R: Reader + ?Sized>(reader: &mut R, case_no: &CaseNo) -> Result<Option<Planned>, StoreError> {
    let Some(text) = cases::planned(reader, case_no)? else { return Ok(None) };
    let planned = serde_json::from_str(&text)
        .map_err(|error| crate::store::Fault::Corrupt { detail: format!("plan of {case_no}: {error}") })?;
    Ok(Some(planned))
}
