//! Requests by which a person says something about a trade: a match, its end, a refund that was seen to.

/// Answers such a request with the trade, also where it was carried out before.
macro_rules! answers_with_trade {
    ($request:ident, $carry_out:ident) => {
        impl $crate::desk::handle::Handle for $request {
            fn handle(
                self,
                ledger: &mut $crate::desk::ledger::OpenLedger,
                context: &$crate::protocol::context::Context,
                _: &mut dyn $crate::protocol::watch::Watch,
            ) -> Result<Self::Answer, $crate::protocol::refusal::Refusal> {
                ledger.$carry_out(context, &self)?;
                Ok(Box::new(ledger.trade_detail(context, &self.trade_no)?))
            }

            fn replay(
                self,
                ledger: &mut $crate::desk::ledger::OpenLedger,
                context: &$crate::protocol::context::Context,
                _: Option<$crate::domain::id::CaseNo>,
                _: &mut dyn $crate::protocol::watch::Watch,
            ) -> Result<Self::Answer, $crate::protocol::refusal::Refusal> {
                Ok(Box::new(ledger.trade_detail(context, &self.trade_no)?))
            }
        }
    };
}

pub(super) use answers_with_trade;
