//! Matches of lines and entries of an account by people.

use super::{L, Layout, R, Show, heads, label, money, table_or_nothing};
use crate::domain::account_by_hand::AccountHandMatch;

impl Show for Vec<AccountHandMatch> {
    fn text(&self, layout: &Layout) -> String {
        let columns = [
            ("number", L),
            ("account", L),
            ("state", L),
            ("amount", R),
            ("lines", L),
            ("vouchers", L),
            ("operator", L),
            ("time", L),
            ("asked_by", L),
            ("why", L),
        ];
        let mut table = heads(layout.lang, &columns);
        for one in self {
            let content = &one.content;
            let lines = content.lines.iter().map(|line| {
                format!("{} {} {}", line.day, money(line.amount_minor, &one.currency), line.words.trim())
            });
            let vouchers: Vec<String> = content.vouchers.iter().map(ToString::to_string).collect();
            let sum = content.lines.iter().map(|line| line.amount_minor).fold(0, i64::saturating_add);
            table.row(vec![
                one.asked_as.map_or_else(|| one.id.to_string(), |asked| format!("{asked} ({})", one.id)),
                one.account.to_string(),
                label(layout.lang, "account_match_state", one.state),
                money(sum, &one.currency),
                lines.collect::<Vec<_>>().join("; "),
                vouchers.join(", "),
                one.operator.to_string(),
                one.at.local().to_string().replace('T', " "),
                one.first.as_ref().map_or_else(String::new, |first| first.operator.to_string()),
                one.reason.clone(),
            ]);
        }
        table_or_nothing(&table, layout.lang)
    }
}
