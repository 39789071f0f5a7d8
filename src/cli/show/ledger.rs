//! The ledger itself: its head, an overview, its verification, and the configured ledgers.

use super::cases::case_list;
use super::days::days;
use super::{L, Layout, R, Show, heads, label};
use crate::desk::{LedgerInfo, Overview, Verified};
use crate::i18n::{Lang, text as words, word};

impl Show for LedgerInfo {
    fn text(&self, _: &Layout) -> String {
        format!("{} {} {}\n", self.ledger_id, self.head_seq, self.head_hash)
    }
}

impl Show for Overview {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let ledger = self.ledger.text(layout);
        format!("{ledger}{}{}", case_list(&self.waiting_for_me, lang), days(&self.days, lang))
    }
}

impl Show for Verified {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let args = [
            ("vouchers", self.vouchers.to_string()),
            ("entries", self.entries.to_string()),
            ("seq", self.head_seq.to_string()),
            ("hash", self.head_hash.clone()),
            ("problems", self.problems.len().to_string()),
        ];
        let key = if self.ok { "cli.verified" } else { "cli.not_whole" };
        let mut shown = words(lang, key, &args);
        shown.push('\n');
        for problem in &self.problems {
            shown.push_str(&format!("{}: {}\n", label(lang, "cli.check", &problem.check), problem.detail));
        }
        for change in &self.loosened {
            let parts: Vec<String> = change.loosened.iter().map(|part| policy_part(part, lang)).collect();
            let args = [
                ("version", change.version.to_string()),
                ("operator", change.operator.to_string()),
                ("at", change.loaded_at.to_string()),
                ("parts", parts.join(", ")),
            ];
            shown.push_str(&words(lang, "cli.policy_loosened", &args));
            shown.push('\n');
        }
        shown
    }

    fn reports(&self) -> bool {
        !self.ok
    }
}

/// Returns the name of a part of the policy; in English, its word in the policy file.
fn policy_part(part: &str, lang: Lang) -> String {
    label(lang, "policy_part", part)
}

/// Returns the table of configured ledgers: name, address, role, `true` if read-only, last head seen.
pub fn ledgers(rows: impl Iterator<Item = [String; 5]>, lang: Lang) -> String {
    let mut table = heads(lang, &[("name", L), ("address", L), ("role", L), ("read_only", L), ("head", R)]);
    for [name, address, role, read_only, head] in rows {
        let read_only = if read_only == "true" { "✓".to_owned() } else { String::new() };
        table.row(vec![name, address, label(lang, "ledger_role", role), read_only, head]);
    }
    if table.is_empty() { format!("{}\n", word(lang, "cli.ledgers.none")) } else { table.text() }
}
