//! Trade and line fit others equally well, so that none is taken (多笔匹配). A person's match decides.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::ChannelView;
use crate::domain::finding::{Cause, Finding};
use crate::domain::id::TradeNo;
use crate::domain::money::Money;
use crate::domain::trade::ReconStatus;

pub(super) const DEF: CauseDef = CauseDef {
    of_channel: Some(of_channel),
    plan: |_| Ok(Correction::none("plan.ambiguous")),
    is_actionable: false,
    ..CauseDef::new(Cause::Ambiguous)
};

fn of_channel(channel: &ChannelView<'_>) -> Option<Finding> {
    if channel.trade.position().recon != ReconStatus::Ambiguous {
        return None;
    }
    let candidates = &channel.trade.evidence.candidates;
    let mut finding = channel.finding(Cause::Ambiguous);
    let trades: Vec<&str> = candidates.trades.iter().map(TradeNo::as_str).collect();
    let lines = candidates.lines.iter().map(|row| {
        let line = &row.line;
        let money = Money::new(line.paid_minor(), line.currency).grouped();
        let merchant = line.merchant_no.as_ref().map_or_else(String::new, |no| format!(" {no}"));
        let time = line.occurred_at.local().to_string().replace('T', " ");
        format!("{}{merchant} {money} {time}", line.channel_no)
    });
    finding.note = channel
        .note("finding.ambiguous")
        .with("trades", trades.join(", "))
        .with("lines", lines.collect::<Vec<_>>().join("; "));
    Some(finding)
}
