//! What tried rules would change.

use super::{C, L, Layout, R, Show, heads, label, money};
use crate::domain::id::RuleName;
use crate::domain::tried::OutcomeCounts;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::try_rules::TriedRules;

impl Show for TriedRules {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = self.title(lang);
        shown.push_str(&self.rule_table(lang));
        if self.accounts.is_empty() && self.lines.is_empty() && self.refused.is_empty() {
            shown.push_str(&format!("{}\n", word(lang, "cli.tried.same")));
            return shown;
        }
        shown.push_str(&self.account_table(lang));
        left_out(&mut shown, "cli.tried.more_accounts", self.accounts_left_out, lang);
        shown.push_str(&self.line_table(layout));
        left_out(&mut shown, "cli.tried.more_lines", self.lines_left_out, lang);
        for refused in &self.refused {
            shown.push_str(&format!(
                "{} {} {}: {}\n",
                refused.trade_no,
                label(lang, "event", refused.event),
                refused.code,
                refused.message
            ));
        }
        shown
    }
}

impl TriedRules {
    fn title(&self, lang: Lang) -> String {
        let OutcomeCounts { unchanged, changed, added, dropped, refused } = self.counts;
        let mut args = vec![
            ("id", self.id.clone()),
            ("version", self.version.to_string()),
            ("from", self.from.to_string()),
            ("trades", self.trades.to_string()),
            ("events", (unchanged + changed + added + dropped + refused).to_string()),
        ];
        args.extend(self.to.map(|to| ("to", to.to_string())));
        let key = if self.to.is_some() { "cli.tried.title_to" } else { "cli.tried.title" };
        format!("{}\n", words(lang, key, &args))
    }

    fn rule_table(&self, lang: Lang) -> String {
        let columns = ["unchanged", "changed", "added", "dropped", "refused"].map(|name| (name, R));
        let mut table = heads(lang, &[&[("tried_rule", L)], &columns[..]].concat());
        for row in &self.rules {
            let name = row.rule.as_ref().map(RuleName::to_string);
            let mut cells = vec![name.unwrap_or_else(|| word(lang, "cli.tried.no_rule"))];
            cells.extend(numbers(row.counts));
            table.row(cells);
        }
        let mut cells = vec![word(lang, "cli.total")];
        cells.extend(numbers(self.counts));
        table.row(cells);
        table.text()
    }

    fn account_table(&self, lang: Lang) -> String {
        let mut table = heads(
            lang,
            &[
                ("account", L),
                ("name", L),
                ("currency", L),
                ("side", L),
                ("booked", R),
                ("would_be", R),
                ("difference", R),
            ],
        );
        for row in &self.accounts {
            table.row(vec![
                row.account.to_string(),
                row.name.clone(),
                row.currency.clone(),
                label(lang, "side", row.normal_side),
                money(row.booked_minor, &row.currency),
                money(row.would_be_minor, &row.currency),
                money(row.difference_minor, &row.currency),
            ]);
        }
        if table.is_empty() { String::new() } else { table.text() }
    }

    fn line_table(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = layout.heads(&[
            ("trade", L),
            ("event", L),
            ("outcome", L),
            ("account", L),
            ("side", L),
            ("currency", C),
            ("booked", R),
            ("would_be", R),
        ]);
        for line in &self.lines {
            table.row(vec![
                line.trade_no.to_string(),
                label(lang, "event", line.event),
                label(lang, "outcome", line.outcome),
                line.account.to_string(),
                label(lang, "side", line.side),
                line.currency.clone(),
                money(line.booked_minor, &line.currency),
                money(line.would_be_minor, &line.currency),
            ]);
        }
        if table.is_empty() { String::new() } else { table.text() }
    }
}

fn numbers(counts: OutcomeCounts) -> [String; 5] {
    let OutcomeCounts { unchanged, changed, added, dropped, refused } = counts;
    [unchanged, changed, added, dropped, refused].map(|count| count.to_string())
}

/// Adds the line about rows that are not listed.
fn left_out(shown: &mut String, key: &str, count: i64, lang: Lang) {
    if count > 0 {
        shown.push_str(&format!("{}\n", words(lang, key, &[("n", count.to_string())])));
    }
}
