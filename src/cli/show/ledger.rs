//! The ledger itself: its head, an overview, its verification, and the configured ledgers.

use super::cases::case_list;
use super::days::days;
use super::{L, Layout, R, Show, heads, label};
use crate::domain::account::AccountRole;
use crate::domain::role::LedgerRole;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::ledger::{LedgerInfo, Overview, Verified};
use serde::Serialize;
use serde_json::Value;

impl Show for LedgerInfo {
    fn text(&self, _: &Layout) -> String {
        format!("{} {} {}\n", self.ledger_id, self.head_seq, self.head_hash)
    }

    fn json(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self).map(without_names)
    }
}

/// Removes the names of the ledger's codes, which are for screens; `kinds` and `channels` list them.
fn without_names(mut ledger: Value) -> Value {
    if let Some(ledger) = ledger.as_object_mut() {
        ledger.remove("names");
    }
    ledger
}

impl Show for Overview {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let ledger = self.ledger.text(layout);
        let lacks = missing_roles(&self.missing_roles, lang);
        let cases = case_list(&self.waiting_for_me, lang);
        let matches =
            if self.matches_for_me.is_empty() { String::new() } else { self.matches_for_me.text(layout) };
        format!("{ledger}{cases}{matches}{}{lacks}", days(&self.days, lang))
    }

    fn json(&self) -> serde_json::Result<Value> {
        let mut overview = serde_json::to_value(self)?;
        if let Some(ledger) = overview.get_mut("ledger") {
            *ledger = without_names(ledger.take());
        }
        Ok(overview)
    }
}

/// Returns a line for each role that the chart lacks, with what is not possible without it.
pub fn missing_roles(roles: &[AccountRole], lang: Lang) -> String {
    roles
        .iter()
        .map(|role| {
            let lacks = word(lang, &format!("role_missing.{role}"));
            format!("{}\n", words(lang, "cli.note", &[("note", lacks)]))
        })
        .collect()
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

/// A configured ledger, as `storno ledgers` lists it.
#[derive(Serialize)]
pub struct ListedLedger {
    /// Its name in the configuration.
    pub name: String,
    /// Its address.
    pub address: String,
    /// What it is used for, if the configuration says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<LedgerRole>,
    /// True if it may not be written.
    pub read_only: bool,
    /// Sequence number of the last voucher that was seen there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_head_seq: Option<i64>,
}

/// Returns the table of configured ledgers.
pub fn ledgers(rows: &[ListedLedger], lang: Lang) -> String {
    let mut table = heads(lang, &[("name", L), ("address", L), ("role", L), ("read_only", L), ("head", R)]);
    for row in rows {
        table.row(vec![
            row.name.clone(),
            row.address.clone(),
            label(lang, "ledger_role", row.role.map_or("", LedgerRole::as_str)),
            if row.read_only { "✓".to_owned() } else { String::new() },
            row.last_head_seq.map(|seq| seq.to_string()).unwrap_or_default(),
        ]);
    }
    if table.is_empty() { format!("{}\n", word(lang, "cli.ledgers.none")) } else { table.text() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configured_ledger_has_a_line() {
        let ledger = |name: &str, role: Option<LedgerRole>, read_only| ListedLedger {
            name: name.to_owned(),
            address: format!("{name}.db"),
            role,
            read_only,
            last_head_seq: role.map(|_| 7),
        };
        let rows = [ledger("a", None, false), ledger("books", Some(LedgerRole::Prod), true)];
        let lines = ledgers(&rows, Lang::En);
        let cells: Vec<Vec<&str>> =
            lines.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(cells, [vec!["a", "a.db"], vec!["books", "books.db", "prod", "✓", "7"]]);
        assert_eq!(ledgers(&[], Lang::En).lines().count(), 1);
    }
}
