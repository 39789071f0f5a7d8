//! The special pictures of screens, as documents; lists are in [`super::lists`].

mod account_reconciliation;
mod account_statements;
mod bills;
mod cases;
mod findings;
mod imports;
mod journal;
mod lines;
mod matches;
mod overview;
mod reconcile;
mod reconciled;
mod reports;
mod trades;
mod trail;

pub use account_reconciliation::account_reconciliation;
pub use account_statements::account_statement;
pub use bills::{bill, bill_beside};
pub use cases::{case, case_side};
pub use findings::finding;
pub use imports::import;
pub use journal::{lineage, voucher, voucher_beside};
pub use matches::choice;
pub use overview::overview;
pub use reconcile::day_sums;
pub use reports::{explain, receipt, takeover, verified};
pub use trades::trade;
pub use trail::trail;

use super::Look;
use super::grid;
use super::text::Strip;
use crate::app::table::Table;
use crate::app::{Tone, format};
use crate::domain::voucher::Mode;
use crate::protocol::steps::StepRow;

/// Returns what a step does, in a few words: `reverse J00001`, `re-post T0001 captured customer=A`.
pub fn step_words(look: Look, step: &StepRow) -> String {
    let lang = look.state.lang;
    let key = format!("step.{}", step.kind);
    let verb = if crate::i18n::has(lang, &key) { look.word(&key) } else { step.kind.to_string() };
    let mut words = vec![verb];
    words.extend(step.voucher_no.as_ref().map(ToString::to_string));
    if step.voucher_no.is_none() {
        words.extend(step.trade_no.as_ref().map(ToString::to_string));
        words.extend(step.event.map(|event| look.view().event(event)));
    }
    words.extend(step.account.as_ref().map(ToString::to_string));
    words.extend(step.listed.map(|fact| format::label(lang, "listed", fact.as_str())));
    words.extend(step.set.iter().map(|(fact, value)| format!("{fact}={value}")));
    words.extend(
        step.status.map(|status| format!("→ {}", format::label(lang, "state.trade", status.as_str()))),
    );
    words.join(" ")
}

/// Returns how and when a step is booked: `wipe 09-12`.
pub fn step_mode(look: Look, step: &StepRow) -> String {
    let lang = look.state.lang;
    let mut words = Vec::new();
    words.extend(
        step.mode.filter(|mode| *mode != Mode::Normal).map(|mode| format::label(lang, "mode", mode.as_str())),
    );
    words.extend(step.accounting_date.map(|day| format::day(day, look.state.now)));
    words.join(" ")
}

/// Returns a table as lines of a document, its head first.
fn table_lines(look: Look, table: &Table, cells: usize) -> Vec<Strip> {
    let laid = grid::lay(table, cells, look.state.lang);
    let mut lines = vec![laid.head];
    for (row, under) in laid.rows {
        lines.push(row);
        lines.extend(under);
    }
    lines
}

/// Returns a label and its value: `channel  WECHAT`.
fn fact(look: Look, key: &str, value: impl Into<String>) -> Strip {
    Strip::of(format!("{} ", look.word(key)), Tone::Dim).and(value, Tone::Plain).and("   ", Tone::Plain)
}

/// Sets facts one after the other, with line breaks where the room ends.
fn facts(cells: usize, facts: impl IntoIterator<Item = Strip>) -> Vec<Strip> {
    let mut lines = vec![Strip::empty()];
    for fact in facts {
        let used = lines.last().map_or(0, Strip::width);
        if used > 0 && used + fact.width() > cells + 3 {
            lines.push(Strip::empty());
        }
        if let Some(line) = lines.last_mut() {
            line.0.extend(fact.0);
        }
    }
    lines
}
