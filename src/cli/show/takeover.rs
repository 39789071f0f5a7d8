//! What the ledger is to an older system.

use super::{L, Layout, Show, heads, label};
use crate::cli::table::TextTable;
use crate::domain::takeover::{Standing, TakeoverVerb};
use crate::i18n::{text, word};
use crate::protocol::takeover::Takeover;

impl Show for Takeover {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let asked = self.steps.iter().any(|step| step.verb == TakeoverVerb::Ask);
        let mut said = vec![word(
            lang,
            match (self.standing, asked && self.needs_second) {
                (Standing::Books, _) => "cli.takeover.books",
                (Standing::Beside, true) => "cli.takeover.asked",
                (Standing::Beside, false) => "cli.takeover.beside",
            },
        )];
        if self.unexplained > 0 {
            let args = [("count", self.unexplained.to_string())];
            said.push(text(lang, "cli.takeover.unexplained", &args));
        }
        let mut steps = heads(lang, &[("step", L), ("operator", L), ("time", L), ("reason", L)]);
        for step in &self.steps {
            steps.row(vec![
                label(lang, "takeover_verb", step.verb),
                step.operator.to_string(),
                step.at.to_string(),
                step.reason.clone(),
            ]);
        }
        let mut accepted = heads(lang, &[("voucher", L), ("operator", L), ("time", L), ("reason", L)]);
        for row in &self.accepted {
            accepted.row(vec![
                row.voucher_no.to_string(),
                row.operator.to_string(),
                row.at.to_string(),
                row.reason.clone(),
            ]);
        }
        let tables = [&steps, &accepted].into_iter().filter(|table| !table.is_empty());
        let tables: Vec<String> = tables.map(TextTable::text).collect();
        format!("{}\n{}", said.join("\n"), tables.join("\n"))
    }
}
