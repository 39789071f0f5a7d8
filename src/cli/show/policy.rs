//! The policy and the reason codes.

use super::{C, L, Layout, R, Show, heads, label, money, named};
use crate::i18n::word;
use crate::protocol::policy::{PolicyAnswer, ReasonRow};
use std::collections::BTreeMap;

impl Show for PolicyAnswer {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let limit = |minor: Option<i64>, others: Option<&BTreeMap<String, i64>>| {
            let own = minor.map(|minor| layout.amount(minor, layout.currencies.main().code()));
            let other = |(code, minor): (&String, &i64)| layout.amount(*minor, code);
            let all: Vec<String> = own.into_iter().chain(others.into_iter().flatten().map(other)).collect();
            if all.is_empty() { word(lang, "cli.policy.no_limit") } else { all.join(", ") }
        };
        let switch = |on: bool| Some(word(lang, if on { "cli.policy.yes" } else { "cli.policy.no" }));
        let list = |words: Vec<String>| Some(words.join(", "));
        let facts = named(
            &[
                ("version", Some(self.version.to_string())),
                ("operator", Some(self.operator.to_string())),
                ("loaded", Some(self.loaded_at.to_string())),
                ("four_eyes", switch(self.four_eyes)),
                ("later_day", Some(label(lang, "mode", self.later_day))),
                ("cut_window", Some(self.cut_window_minutes.to_string())),
                ("waiting_days", Some(self.waiting_days.to_string())),
                ("late_grace", Some(self.late_grace_minutes.to_string())),
                ("payout_grace", Some(self.payout_grace_minutes.to_string())),
                ("status_by_file", switch(self.status_by_file)),
                ("debt_days", Some(self.debt_days.to_string())),
                ("approval_limit", Some(limit(self.approval_limit_minor, Some(&self.approval_limits)))),
                ("accept_limit", self.accept_alone(layout)),
                (
                    "auto_stage",
                    list(self.auto_stage.iter().map(|cause| label(lang, "cause", cause)).collect()),
                ),
                ("work", Some(self.working_hours.clone()).filter(|_| !self.due.is_empty())),
                ("admins", list(self.admins.iter().map(ToString::to_string).collect())),
                ("known_reasons", switch(self.known_reasons_only)),
                ("reasons_required", list(self.reasons_required.iter().map(ToString::to_string).collect())),
            ],
            lang,
        );
        let mut roles = heads(lang, &[("role", L), ("limit", R), ("operators", L)]);
        for (role, operators, minor) in &self.approvers {
            let names: Vec<String> = operators.iter().map(ToString::to_string).collect();
            roles.row(vec![role.clone(), limit(*minor, self.approver_limits.get(role)), names.join(", ")]);
        }
        let mut due =
            layout.heads(&[("cause", L), ("amount_from", R), ("currency", C), ("working_hours", R)]);
        for row in &self.due {
            let cause = row.cause.map_or_else(|| word(lang, "cli.policy.any"), |of| label(lang, "cause", of));
            let code = row.currency.clone().unwrap_or_default();
            let from = row.from_minor.map_or_else(String::new, |minor| money(minor, &code));
            due.row(vec![cause, from, code, row.hours.to_string()]);
        }
        let tables = [roles, due].into_iter().filter(|table| !table.is_empty());
        tables.fold(facts, |shown, table| format!("{shown}\n{}", table.text()))
    }
}

impl PolicyAnswer {
    /// Returns what one person alone may accept; `None` if four eyes are off.
    fn accept_alone(&self, layout: &Layout) -> Option<String> {
        let own = self.accept_limit_minor.map(|minor| layout.amount(minor, layout.currencies.main().code()));
        let others = self.accept_limits.iter().map(|(code, minor)| layout.amount(*minor, code));
        let all: Vec<String> = own.into_iter().chain(others).collect();
        let two = || word(layout.lang, "cli.policy.two_people");
        self.four_eyes.then(|| if all.is_empty() { two() } else { all.join(", ") })
    }
}

impl Show for Vec<ReasonRow> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(lang, &[("reason", L), ("name", L)]);
        for row in self {
            table.row(vec![row.code.clone(), row.name.clone()]);
        }
        table.text()
    }
}
