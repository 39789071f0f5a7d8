//! Statements of an account do not go on: a statement is missing between two, or one is of another account.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::GapView;
use crate::domain::finding::{Cause, Finding, Note};
use crate::domain::finding_id::FindingId;
use crate::domain::money::Money;

const CAUSE: Cause = Cause::StatementGap;

pub(super) const DEF: CauseDef = CauseDef {
    of_gap: Some(of_gap),
    plan_line: |_| Some(Correction::none("plan.statement_gap")),
    is_actionable: false,
    ..CauseDef::new(CAUSE)
};

/// Returns the finding, named by account and day, and by the holder's number if there is one.
fn of_gap(view: &GapView<'_>) -> Finding {
    let gap = view.gap;
    let mut part = format!("{}/{}", gap.account, gap.day);
    if !gap.number.is_empty() {
        part = format!("{part}/{}", gap.number);
    }
    let money = |minor: i64| Money::new(minor, gap.currency).grouped();
    let mut note = Note::new("finding.statement_gap")
        .with("account", &gap.account)
        .with("day", gap.day)
        .with("before", gap.before)
        .with("expected", money(gap.expected_minor))
        .with("actual", money(gap.actual_minor));
    if let (Some(before), Some(sequence)) = &gap.sequences {
        note = note.with("sequence_before", before).with("sequence", sequence);
    }
    Finding {
        account: Some(gap.account.clone()),
        expected_minor: Some(gap.expected_minor),
        actual_minor: Some(gap.actual_minor),
        amount_minor: gap.actual_minor.saturating_sub(gap.expected_minor).saturating_abs(),
        note,
        ..FindingId::of_unclaimed(CAUSE).with_part(part).finding(gap.at, view.scope.now, gap.currency.code())
    }
}
