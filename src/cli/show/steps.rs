//! The steps of a case or plan.

use super::{L, Layout, R, first, heads, label};
use crate::i18n::word;
use crate::protocol::steps::StepRow;

/// Returns the table of steps, without dropped ones; at most `most` of them.
pub(super) fn steps(rows: &[StepRow], most: usize, layout: &Layout) -> String {
    let lang = layout.lang;
    let mut table =
        heads(lang, &[("step", R), ("kind", L), ("what", L), ("mode", L), ("day", L), ("why", L)]);
    for row in rows.iter().filter(|row| !row.dropped) {
        let mut what = match (&row.voucher_no, &row.trade_no) {
            (Some(voucher_no), _) => voucher_no.to_string(),
            (None, Some(trade_no)) => trade_no.to_string(),
            (None, None) => String::new(),
        };
        if let Some(event) = row.event.filter(|_| row.voucher_no.is_none()) {
            what.push_str(&format!(" {}", layout.event(event)));
        }
        if let Some(fact) = row.listed {
            what.push_str(&format!(" {}", label(lang, "listed", fact)));
        }
        for (fact, value) in &row.set {
            what.push_str(&format!(" {fact}={value}"));
        }
        for more in [row.line.clone(), row.account.as_ref().map(ToString::to_string)].into_iter().flatten() {
            what.push_str(if what.is_empty() { "" } else { " " });
            what.push_str(&more);
        }
        table.row(vec![
            row.step.to_string(),
            label(lang, "step", row.kind),
            row.status
                .map_or(what.clone(), |status| format!("{what} {}", label(lang, "state.trade", status))),
            row.mode.map_or_else(String::new, |mode| label(lang, "mode", mode)),
            row.accounting_date.map_or_else(String::new, |day| day.to_string()),
            row.why.clone(),
        ]);
    }
    if table.is_empty() { format!("{}\n", word(lang, "cli.no_steps")) } else { first(&table, most, lang) }
}
