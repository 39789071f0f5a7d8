//! A trade or a line that came after a day closed fits better than what the day was closed with (更优匹配).

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::TradeView;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::matching::MatchOutcome;

/// Nothing is booked: whose line it is a person finds out, and matches the two.
pub(super) const DEF: CauseDef = CauseDef {
    of_trade: Some(of_trade),
    plan: |_| Ok(Correction::none("plan.rematch")),
    is_actionable: false,
    ..CauseDef::new(Cause::Rematch)
};

/// Judged before the events: whether the trade is to be posted depends on whose the line is.
fn of_trade(trade: &TradeView<'_>) -> Option<Finding> {
    let of = &trade.position().trade;
    let note = match trade.evidence.contest.as_ref()? {
        MatchOutcome::Rematch { kept_by, .. } => Note::new("finding.rematch").with("other", kept_by),
        MatchOutcome::Line { again, better: Some(better), .. } => {
            // The lines are read in this order: the one that is kept, then the others.
            let at = again.iter().position(|line| line == better)?;
            let [kept, others @ ..] = trade.evidence.lines.as_slice() else { return None };
            let better = others.get(at)?;
            Note::new("finding.rematch_line")
                .with("file", &better.file)
                .with("line", better.line.line)
                .with("kept_file", &kept.file)
                .with("kept", kept.line.line)
        }
        _ => return None,
    };
    let mut finding = trade.finding(Cause::Rematch);
    finding.note = note.with("channel", of.channel).with("ref", &of.channel_ref);
    Some(finding)
}
