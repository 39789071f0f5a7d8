//! Accounting days and periods.

use super::{L, Layout, R, Show, heads, label};
use crate::i18n::{Lang, word};
use crate::protocol::days::{DayAnswer, DayCheck, DayRow, PeriodRow};

impl Show for Vec<DayRow> {
    fn text(&self, layout: &Layout) -> String {
        days(self, layout.lang)
    }
}

impl Show for DayAnswer {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let state = label(lang, "state.day", self.state.as_str());
        format!("{} {state} {} {}\n", self.day, self.head_seq, self.head_hash)
    }
}

impl Show for Vec<DayCheck> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut shown = String::new();
        for check in self {
            let mark = word(lang, if check.ok { "cli.day_check.ok" } else { "cli.day_check.failed" });
            shown.push_str(&format!(
                "{mark} {}: {}\n",
                label(lang, "day_check_name", &check.check),
                check.text
            ));
        }
        shown
    }

    fn reports(&self) -> bool {
        self.iter().any(|check| !check.ok)
    }
}

impl Show for Vec<PeriodRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(lang, &[("period", L), ("locked", L), ("operator", L), ("seal", L)]);
        for row in self {
            table.row(vec![
                row.period.to_string(),
                row.closed_at.to_string(),
                row.closed_by.to_string(),
                format!("{} {}", row.head_seq, row.head_hash),
            ]);
        }
        table.text()
    }
}

/// Returns the table of accounting days.
pub(super) fn days(rows: &[DayRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("day", L), ("state", L), ("unposted", R), ("open_cases", R)]);
    for day in rows {
        let state = label(lang, "state.day", day.state.as_str());
        let counts = [day.unposted, day.open_cases].map(|count| count.to_string());
        table.row([vec![day.day.to_string(), state], counts.to_vec()].concat());
    }
    table.text()
}
