//! Answers the requests about posting and clearing.

use crate::desk::handle::Handle;
use crate::desk::ledger::OpenLedger;
use crate::desk::posting::Work;
use crate::protocol::context::Context;
use crate::protocol::posting::{ClearTrades, PostTrades};
use crate::protocol::refusal::Refusal;
use crate::protocol::watch::Watch;

impl Handle for PostTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trades } = self;
        ledger.post(context, Work::Posting, &trades, watch)
    }
}

impl Handle for ClearTrades {
    fn handle(
        self,
        ledger: &mut OpenLedger,
        context: &Context,
        watch: &mut dyn Watch,
    ) -> Result<Self::Answer, Refusal> {
        let Self { trades } = self;
        ledger.post(context, Work::Clearing, &trades, watch)
    }
}
