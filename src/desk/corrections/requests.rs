//! Answers the requests about corrections.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::protocol::context::Context;
use crate::protocol::findings::PlanCorrection;
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;

impl Handle for PlanCorrection {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        _: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { target } = self;
        Ok(Box::new(ledger.plan(context, &target)?))
    }
}
