//! Calendars, and what one says of a trade.

use super::{L, Layout, R, Show, heads, label, named};
use crate::domain::period::Moment;
use crate::i18n::word;
use crate::protocol::calendars::{CalendarAnswer, CalendarRow};

impl Show for CalendarAnswer {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let span = |starts: Option<Moment>, ends: Option<Moment>| {
            starts.zip(ends).map(|(starts, ends)| format!("{starts} – {ends}"))
        };
        let workday = word(lang, if self.workday { "cli.workday.yes" } else { "cli.workday.no" });
        let facts = named(
            &[
                ("trade", Some(self.trade_no.to_string())),
                ("channel", Some(layout.channel(self.channel))),
                ("amount", Some(layout.amount(self.amount_minor, &self.currency))),
                ("occurred", Some(self.occurred_at.to_string())),
                ("status", Some(label(lang, "state.trade", self.status))),
                ("posting", Some(label(lang, "posting", self.posting))),
                (
                    "workday",
                    Some(self.holiday.as_ref().map_or(workday.clone(), |name| format!("{workday} ({name})"))),
                ),
                ("session", span(self.session_starts, self.session_ends)),
                ("next_session", span(self.next_session_starts, self.next_session_ends)),
                ("limit", self.limit_minor.map(|minor| layout.amount(minor, "CNY"))),
                ("system_business_day", self.system_business_day.map(|day| day.to_string())),
                ("bill_ready", self.bill_ready_at.map(|at| at.to_string())),
                ("calendar", Some(format!("{}@{}", self.calendar, self.version))),
            ],
            lang,
        );
        format!("{facts}{}\n", self.why)
    }
}

impl Show for Vec<CalendarRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(
            lang,
            &[
                ("version", R),
                ("calendar", L),
                ("from", L),
                ("operator", L),
                ("years", L),
                ("provisional", L),
            ],
        );
        let years = |years: &[i16]| years.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        for row in self {
            table.row(vec![
                row.version.to_string(),
                row.id.clone(),
                row.loaded_at.map_or_else(String::new, |at| at.to_string()),
                row.operator.as_ref().map_or_else(|| word(lang, "cli.calendar.shipped"), ToString::to_string),
                years(&row.years),
                years(&row.provisional_years),
            ]);
        }
        table.text()
    }
}
