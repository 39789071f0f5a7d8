//! What a file of kinds or channels changes about the version in force.

use super::{L, R, heads};
use crate::i18n::{Lang, word};
use crate::protocol::changes::CountedChange;
use std::fmt::Display;

/// Returns the changes as a table under its heading, or the line that says that there is none.
pub fn changes<F: Display>(changes: &[CountedChange<F>], lang: Lang) -> String {
    if changes.is_empty() {
        return format!("{}\n", word(lang, "cli.changes.none"));
    }
    let columns =
        [("code", L), ("event", L), ("field", L), ("was", L), ("will_be", L), ("trades", R), ("unposted", R)];
    let mut table = heads(lang, &columns);
    for CountedChange { change, trades, unposted } in changes {
        table.row(vec![
            change.code.clone(),
            change.event.map_or_else(String::new, |event| event.to_string()),
            change.field.to_string(),
            change.was.clone().unwrap_or_default(),
            change.will_be.clone().unwrap_or_default(),
            trades.to_string(),
            unposted.map_or_else(String::new, |unposted| unposted.to_string()),
        ]);
    }
    format!("{}\n{}", word(lang, "cli.changes.head"), table.text())
}
