//! What a cause of findings is made of: how it is found and how it is put right.

use crate::desk::findings::plan_evidence::{LinePlan, TradePlan};
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::{
    AccountView, ChannelView, EventView, GapView, GoneView, LineView, MissingView, TradeView, UnclaimedView,
    VoucherView,
};
use crate::domain::finding::{Cause, Finding};
use crate::domain::position::PositionVoucher;
use crate::domain::rejection::Rejection;
use crate::domain::rule::Facts;
use crate::domain::trade_news::Claim;

/// A cause: the functions that find it, by what they judge, and the ones that plan its correction. All are
/// pure.
///
/// For each thing judged, the first cause in the table that answers wins; open items are judged one by one.
pub(crate) struct CauseDef {
    /// The cause.
    pub cause: Cause,
    /// Judges a trade before anything else; a finding is the only one of its trade.
    pub of_trade: Option<fn(&TradeView<'_>) -> Option<Finding>>,
    /// Judges an amount of a trade that waits in suspense.
    pub of_open_item: Option<fn(&TradeView<'_>, &PositionVoucher) -> Option<Finding>>,
    /// Judges an event against the rules.
    pub of_event: Option<fn(&EventView<'_>) -> Option<Finding>>,
    /// Judges a trade against the channel's lines.
    pub of_channel: Option<fn(&ChannelView<'_>) -> Option<Finding>>,
    /// Judges what a later trade list claims against what is known.
    pub of_claim: Option<fn(&TradeView<'_>, &Facts<'_>, &Claim) -> Option<Finding>>,
    /// Judges all refunds of a payment together, at the last of them.
    pub of_refunds: Option<fn(&TradeView<'_>) -> Option<Finding>>,
    /// Judges a channel's line without a trade.
    pub of_line: Option<fn(&LineView<'_>) -> Option<Finding>>,
    /// Judges money in suspense that no trade put there.
    pub of_unclaimed: Option<fn(&UnclaimedView<'_>) -> Option<Finding>>,
    /// Judges a line that a case answered and that is gone or changed since.
    pub of_gone: Option<fn(&GoneView<'_>) -> Finding>,
    /// Judges the statements that never came from a channel.
    pub of_missing: Option<fn(&MissingView<'_>) -> Vec<Finding>>,
    /// Judges a statement of an account that does not go on from the one before.
    pub of_gap: Option<fn(&GapView<'_>) -> Finding>,
    /// Judges a voucher of an older system that names no event of a trade.
    pub of_voucher: Option<fn(&VoucherView<'_>) -> Option<Finding>>,
    /// Judges an account whose balance is odd.
    pub of_account: Option<fn(&AccountView<'_>) -> Option<Finding>>,
    /// Plans the correction of a finding about a trade.
    pub plan: fn(&TradePlan<'_>) -> Result<Correction, Rejection>,
    /// Plans the correction of a finding without a trade; `None` if the planner has nothing for it.
    pub plan_line: fn(&LinePlan<'_>) -> Option<Correction>,
    /// Whether a plan may book something; of several findings of a trade such a one is planned first.
    pub is_actionable: bool,
}

impl CauseDef {
    /// A cause that finds and plans nothing; each cause replaces what it does.
    pub(crate) const fn new(cause: Cause) -> Self {
        Self {
            cause,
            of_trade: None,
            of_open_item: None,
            of_event: None,
            of_channel: None,
            of_claim: None,
            of_refunds: None,
            of_line: None,
            of_unclaimed: None,
            of_gone: None,
            of_missing: None,
            of_gap: None,
            of_voucher: None,
            of_account: None,
            plan: |_| Ok(Correction::none("plan.nothing")),
            plan_line: |_| None,
            is_actionable: true,
        }
    }
}
