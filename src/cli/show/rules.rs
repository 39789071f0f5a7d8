//! Posting rules, and how they come to a posting.

use super::{C, L, Layout, R, Show, heads, label};
use crate::protocol::rules::{Explanation, RuleSetRow};

impl Show for Vec<RuleSetRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table =
            heads(lang, &[("rules", L), ("version", R), ("from", L), ("operator", L), ("count", R)]);
        for set in self {
            table.row(vec![
                set.id.clone(),
                set.version.to_string(),
                set.valid_from.to_string(),
                set.operator.to_string(),
                set.rules.len().to_string(),
            ]);
        }
        table.text()
    }
}

impl Show for Explanation {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = String::new();
        for event in &self.events {
            let rule = event.rule.clone().unwrap_or_else(|| "–".to_owned());
            shown.push_str(&format!(
                "{} {}: {}\n  {}\n",
                self.trade_no,
                layout.event(event.event),
                rule,
                event.why
            ));
            for (name, source, value) in &event.factors {
                let source = if source.is_empty() { String::new() } else { format!("  ({source})") };
                shown.push_str(&format!("  {name} = {value}{source}\n"));
            }
            let mut table = layout.heads(&[
                ("side", L),
                ("account", L),
                ("expression", L),
                ("amount", R),
                ("currency", C),
            ]);
            for line in &event.lines {
                table.row(vec![
                    label(lang, "side", line.side),
                    format!("{} ({})", line.account, line.template),
                    line.expression.clone(),
                    line.value.clone(),
                    line.currency.to_string(),
                ]);
            }
            shown.push_str(&table.text());
        }
        if let Some(matching) = &self.matching {
            shown.push_str(&super::matches::explanation(matching, layout));
        }
        shown
    }
}
