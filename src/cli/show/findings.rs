//! Findings, and what is planned about them.

use super::steps::steps;
use super::{C, L, Layout, R, Show, heads, label, money, sums};
use crate::domain::finding::Finding;
use crate::i18n::{text as words, word};
use crate::protocol::findings::{FindingSummary, Plan};
use crate::protocol::page::Rows;
use crate::protocol::totals::AcceptedSum;
use serde::ser::{Error, Serialize, Serializer};
use serde_json::Value;
use std::io::Write;

impl Show for Rows<Finding> {
    fn text(&self, layout: &Layout) -> String {
        findings(&self.rows, layout)
    }

    /// An array: scripts read all findings as one list.
    fn write_json(&self, out: &mut dyn Write) -> serde_json::Result<()> {
        let mut rows = serde_json::Serializer::new(out);
        rows.collect_seq(self.rows.iter().map(Row))
    }

    fn reports(&self) -> bool {
        self.rows.iter().any(|finding| !finding.is_accepted())
    }
}

/// A finding as a row of `--json`.
struct Row<'f>(&'f Finding);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        finding_json(self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl Show for FindingSummary {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(lang, &[("cause", L), ("count", R), ("amount", R)]);
        for count in &self.causes {
            table.row(vec![
                label(lang, "cause", count.cause),
                count.count.to_string(),
                sums(count.amount_minor, layout.currencies.main().code(), &count.totals, layout),
            ]);
        }
        let mut shown = table.text();
        let mut ages = heads(lang, &[("age_days", L), ("count", R), ("amount", R)]);
        for age in &self.ages {
            ages.row(vec![
                age.age_bucket.to_string(),
                age.count.to_string(),
                sums(age.amount_minor, layout.currencies.main().code(), &age.totals, layout),
            ]);
        }
        if !ages.is_empty() {
            shown.push_str(&format!("\n{}", ages.text()));
        }
        if !self.accepted.is_empty() {
            shown.push_str(&format!("{}\n", accepted(&self.accepted, layout)));
        }
        shown
    }
}

impl Show for Plan {
    fn text(&self, layout: &Layout) -> String {
        let mut shown = String::new();
        if let Some(finding) = &self.finding {
            shown.push_str(&findings(std::slice::from_ref(finding), layout));
            shown.push('\n');
        }
        if !self.candidates.is_empty() {
            shown.push_str(&super::matches::candidates(&self.candidates, layout));
            shown.push('\n');
        }
        shown.push_str(&self.why);
        shown.push('\n');
        if !self.steps.is_empty() {
            shown.push_str(&steps(&self.steps, usize::MAX, layout));
        }
        shown
    }
}

/// Returns number and sum of what people accepted without booking.
pub(super) fn accepted(sum: &AcceptedSum, layout: &Layout) -> String {
    let sums = sums(sum.amount_minor, layout.currencies.main().code(), &sum.totals, layout);
    words(layout.lang, "cli.accepted", &[("count", sum.count.to_string()), ("sum", sums)])
}

/// Returns the table of findings.
pub(super) fn findings(found: &[Finding], layout: &Layout) -> String {
    let lang = layout.lang;
    if found.is_empty() {
        return format!("{}\n", word(lang, "cli.no_findings"));
    }
    let is_timed = found.iter().any(|finding| finding.due.is_some() || finding.holder.is_some());
    let mut columns = vec![
        ("finding", L),
        ("cause", L),
        ("voucher", L),
        ("amount", R),
        ("currency", C),
        ("since", L),
        ("detail", L),
    ];
    if is_timed {
        columns.splice(6..6, [("due", L), ("due_state", L), ("in_hand", L)]);
    }
    let mut table = layout.heads(&columns);
    for finding in found {
        let mut row = vec![
            finding.finding.clone(),
            label(lang, "cause", finding.cause),
            finding.voucher_no.as_ref().map_or_else(String::new, ToString::to_string),
            money(finding.amount_minor, &finding.currency),
            finding.currency.clone(),
            finding.since.local().to_string().replace('T', " "),
            finding.detail.clone(),
        ];
        if is_timed {
            row.splice(6..6, timing(finding, layout));
        }
        table.row(row);
    }
    table.text()
}

/// Returns until when a finding is to be settled, how it stands to that, and who holds it.
fn timing(finding: &Finding, layout: &Layout) -> [String; 3] {
    let state = finding.due_state.map(|state| label(layout.lang, "due_state", state));
    let due = finding.due.map(|due| due.local().to_string().replace('T', " "));
    [due, state, finding.holder.clone()].map(Option::unwrap_or_default)
}

/// Returns a finding without its note and its mark, which are for translation and comparison only.
fn finding_json(finding: &Finding) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(finding)?;
    if let Some(object) = value.as_object_mut() {
        object.remove("note");
        object.remove("mark");
    }
    Ok(value)
}
