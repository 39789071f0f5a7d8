//! A case took something from a channel's line, and no standing statement lists that line any more as it was.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::plan_evidence::LinePlan;
use crate::desk::findings::proposed_steps::{Correction, reverse};
use crate::desk::findings::views::GoneView;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::line_name;

pub(super) const DEF: CauseDef =
    CauseDef { of_gone: Some(of_gone), plan_line, ..CauseDef::new(Cause::LineGone) };

fn of_gone(view: &GoneView<'_>) -> Finding {
    let line = view.line;
    let key = if line.changed { "finding.line_changed" } else { "finding.line_gone" };
    let id = FindingId::of_channel(Cause::LineGone, line.channel)
        .with_part(line_name::joined(line.channel_ref.as_str(), &line.apart));
    Finding {
        voucher_no: line.voucher_no.clone(),
        channel_ref: Some(line.channel_ref.to_string()),
        actual_minor: Some(line.amount_minor),
        amount_minor: line.amount_minor,
        note: Note::new(key)
            .with("channel", line.channel)
            .with("ref", &line.channel_ref)
            .with("case", &line.case_no)
            .with("file", &line.file),
        ..id.finding(line.at, view.scope.now, &line.currency)
    }
}

/// Takes back what the case booked; a note that a payment was taken back in advance books nothing.
#[expect(clippy::unnecessary_wraps, reason = "the type of every plan")]
fn plan_line(plan: &LinePlan<'_>) -> Option<Correction> {
    Some(match &plan.finding.voucher_no {
        Some(voucher_no) => Correction::new(vec![reverse(voucher_no)], "plan.line_gone"),
        None => Correction::none("plan.line_gone_note"),
    })
}
