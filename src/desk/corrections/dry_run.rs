//! The dry run of a case: the code of its commit on a sink that writes nothing, so that a preview promises
//! exactly what a commit does.

use crate::desk::corrections::case_run::{AgreedLines, CaseRun, RunOptions};
use crate::desk::corrections::effect::{KeptStep, kept_steps};
use crate::desk::corrections::resolver::{Author, Call};
use crate::desk::corrections::run::run_steps;
use crate::desk::ledger::OpenLedger;
use crate::domain::id::CaseNo;
use crate::protocol::context::Context;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;
use crate::store::append::Appender;
use crate::store::engine::dry::Dry;
use crate::store::{Reader, StoreError, cases};

impl OpenLedger {
    pub(crate) fn kept_steps(&mut self, case_no: &CaseNo) -> Result<Vec<(i64, KeptStep)>, Refusal> {
        Ok(kept_steps(&mut *self.engine, case_no)?)
    }

    /// Runs a case without writing.
    pub(crate) fn dry_run(
        &mut self,
        context: &Context,
        author: &Author<'_>,
        steps: &[(i64, KeptStep)],
        options: RunOptions<'_>,
        watch: &mut dyn Watch,
    ) -> Result<CaseRun, Refusal> {
        let call = Call { in_force: &self.in_force, context };
        // An appender of its own: a dry run must not move the heads that postings build on.
        let mut appender = Appender::new(&self.in_force.chart, &self.in_force.currencies);
        Ok(run_steps(&call, &mut appender, &mut Dry(&mut *self.engine), author, steps, options, watch)?)
    }

    pub(crate) fn planned(&mut self, case_no: &CaseNo) -> Result<Option<AgreedLines>, Refusal> {
        Ok(read_planned(&mut *self.engine, case_no)?)
    }
}

/// Returns the lines that a case was planned to book; a plan that cannot be read is a damaged ledger, not a
/// missing plan.
pub(crate) fn read_planned<R: Reader + ?Sized>(
    reader: &mut R,
    case_no: &CaseNo,
) -> Result<Option<AgreedLines>, StoreError> {
    let Some(text) = cases::planned(reader, case_no)? else { return Ok(None) };
    let planned = serde_json::from_slice(text.as_bytes())
        .map_err(|error| crate::store::Fault::Corrupt { detail: format!("plan of {case_no}: {error}") })?;
    Ok(Some(planned))
}
