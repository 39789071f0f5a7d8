//! Sign-offs of accounts' days.

use super::account_reconciliation::{OPEN_COLUMNS, day_table, equation, open_row};
use super::{L, Layout, R, Show, heads, label, money, table_or_nothing, words};
use crate::documents::answered_later;
use crate::protocol::sign_offs::{AccountSignOff, SignOffRow, told};

impl Show for Vec<SignOffRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let columns = [
            ("number", R),
            ("account", L),
            ("from", L),
            ("day", L),
            ("state", L),
            ("difference", R),
            ("currency", L),
            ("open_items", R),
            ("operator", L),
            ("time", L),
            ("asked_by", L),
            ("note", L),
        ];
        let mut table = heads(lang, &columns);
        for row in self {
            table.row(vec![
                row.id.to_string(),
                row.account.to_string(),
                row.first_day.to_string(),
                row.day.to_string(),
                label(lang, "state.sign_off", row.state),
                money(row.difference_minor, &row.currency),
                row.currency.clone(),
                row.open.to_string(),
                row.operator.to_string(),
                row.at.local().to_string().replace('T', " "),
                row.first.as_ref().map_or_else(String::new, |first| first.operator.to_string()),
                row.note.clone(),
            ]);
        }
        table_or_nothing(&table, lang)
    }
}

impl Show for AccountSignOff {
    fn text(&self, layout: &Layout) -> String {
        let (lang, report) = (layout.lang, &self.report);
        let mut shown = format!("{} {}\n", report.account, report.name);
        shown.push_str(&format!("{}\n\n", told(&self.sign_off, lang)));
        shown.push_str(&day_table(&report.days, &report.currency, lang));
        if let Some(last) = report.days.last() {
            shown.push_str(&format!("\n{}\n", equation(last, &report.currency, lang)));
        }
        if !report.items.is_empty() {
            let columns = OPEN_COLUMNS.into_iter().chain([("seen_to_by", L), ("due_day", L)]);
            let mut table = heads(lang, &columns.collect::<Vec<_>>());
            for item in &report.items {
                let mut row = open_row(&item.item, &report.currency, lang);
                let keeper = item.keeper.as_ref();
                row.push(match keeper {
                    Some(keeper) => keeper.holder.to_string(),
                    None => answered_later(&item.answered_by, lang),
                });
                row.push(keeper.map_or_else(String::new, |keeper| keeper.due.to_string()));
                table.row(row);
            }
            shown.push_str(&format!("\n{}", table.text()));
        }
        let (backlog, sum) = (&report.backlog, |minor: i64| money(minor, &report.currency));
        let args = [
            ("before", backlog.before.count.to_string()),
            ("before_sum", sum(backlog.before.sum_minor)),
            ("new", backlog.new.count.to_string()),
            ("new_sum", sum(backlog.new.sum_minor)),
            ("closed", backlog.closed.count.to_string()),
            ("closed_sum", sum(backlog.closed.sum_minor)),
            ("now", backlog.now.count.to_string()),
            ("now_sum", sum(backlog.now.sum_minor)),
        ];
        shown.push_str(&format!("\n{}\n", words(lang, "account_sign_off.backlog", &args)));
        shown
    }
}
