//! What became of decisions about findings, and the findings to decide on.

use super::{L, Layout, R, Show, heads, label, words};
use crate::domain::decision::DecisionVerdict;
use crate::i18n::word;
use crate::protocol::decisions::Decided;

impl Show for Decided {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let columns =
            [("line", R), ("column", L), ("finding", L), ("decision", L), ("verdict", L), ("outcome", L)];
        let mut table = heads(lang, &columns);
        for row in &self.rows {
            table.row(vec![
                row.line.to_string(),
                row.column.as_ref().map_or_else(String::new, |(number, name)| format!("{number} {name}")),
                row.finding.clone(),
                row.decision.map_or_else(String::new, |decision| label(lang, "decision_word", decision)),
                label(lang, "decision_verdict", row.verdict),
                row.what.clone(),
            ]);
        }
        let mut shown = if table.is_empty() { String::new() } else { table.text() };
        let ok = self.rows.iter().filter(|row| row.verdict == DecisionVerdict::Ok).count();
        let args = [
            ("count", self.rows.len().to_string()),
            ("ok", ok.to_string()),
            ("refused", (self.rows.len() - ok).to_string()),
            ("undecided", self.undecided.to_string()),
        ];
        shown.push_str(&format!("{}\n", words(lang, "cli.decisions.summary", &args)));
        if !self.staged && ok > 0 {
            shown.push_str(&format!("{}\n", word(lang, "cli.decisions.dry")));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.rows.iter().any(|row| row.verdict != DecisionVerdict::Ok)
    }
}
