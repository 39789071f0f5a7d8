//! Answers the requests about findings.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::protocol::context::Context;
use crate::protocol::findings::{ListFindings, SummariseFindings};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;

impl Handle for SummariseFindings {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        ledger.finding_summary(context, watch)
    }
}

impl Handle for ListFindings {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { filter, page } = self;
        ledger.findings(context, &filter, &page, watch)
    }
}
