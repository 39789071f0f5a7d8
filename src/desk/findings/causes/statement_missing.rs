//! A channel's statement never came: nothing says whether its trades of the day are right.

use crate::desk::findings::cause::CauseDef;
use crate::desk::findings::proposed_steps::Correction;
use crate::desk::findings::views::MissingView;
use crate::desk::missing::MissingStatement;
use crate::domain::finding::{Cause, Finding, Note, Severity};
use crate::domain::finding_id::FindingId;
use crate::domain::statement::Coverage;

const CAUSE: Cause = Cause::StatementMissing;

pub(super) const DEF: CauseDef = CauseDef {
    of_missing: Some(of_missing),
    plan_line: |_| Some(Correction::none("plan.statement_missing")),
    is_actionable: false,
    ..CauseDef::new(CAUSE)
};

/// Returns a finding for each day from the channel's first statement on. The days before it, or all of them if there
/// never was one, are one finding: their trades may have been brought in without any statement. It is a note where the
/// channel never had one, since its statements may not be kept here at all.
fn of_missing(view: &MissingView<'_>) -> Vec<Finding> {
    let first = view.days.first_statement;
    let is_later = |missing: &&MissingStatement| first.is_some_and(|first| missing.day >= first);
    let (later, before): (Vec<_>, Vec<_>) = view.days.missing.iter().partition(is_later);
    let mut found = Vec::new();
    if let (Some(oldest), Some(newest)) = (before.first(), before.last()) {
        let mut days: Vec<_> = before.iter().map(|missing| missing.day).collect();
        days.dedup();
        let note = Note::new("finding.statements_missing")
            .with("channel", oldest.channel)
            .with("count", days.len())
            .with("from", oldest.day)
            .with("until", newest.day);
        let mut all = finding(view, oldest, None, note);
        if first.is_none() {
            all.severity = Severity::Info;
        }
        found.push(all);
    }
    for missing in later {
        let key = match missing.covers {
            Coverage::Payments => "finding.statement_missing.payments",
            Coverage::Refunds => "finding.statement_missing.refunds",
            Coverage::All | Coverage::RechargeRefunds | Coverage::Errors => "finding.statement_missing",
        };
        let mut note = Note::new(key).with("channel", missing.channel).with("day", missing.day);
        note = match missing.later {
            Some(later) => note.with("later", later),
            None => note.with("ready", missing.ready.local().strftime("%Y-%m-%d %H:%M")),
        };
        if let Some(number) = &missing.number {
            note = note.with("number", number);
        }
        let part = match &missing.number {
            Some(number) => format!("{}/{number}", missing.day),
            None => missing.day.to_string(),
        };
        let part = if missing.covers == Coverage::All { part } else { format!("{part}/{}", missing.covers) };
        found.push(finding(view, missing, Some(part), note));
    }
    found
}

fn finding(view: &MissingView<'_>, missing: &MissingStatement, part: Option<String>, note: Note) -> Finding {
    let id = FindingId { part, ..FindingId::of_channel(CAUSE, missing.channel) };
    let currency = view.scope.in_force.currency();
    Finding { note, ..id.finding(missing.ready, view.scope.now, currency.code()) }
}
