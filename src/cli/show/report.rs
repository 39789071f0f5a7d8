//! What a piece of work came to, and the ledger's own data, in words.

use super::case::case_list;
use super::{L, R, heads, label, money, named};
use crate::domain::money::Currency;
use crate::domain::period::Moment;
use crate::i18n::{Lang, text as words, word};
use crate::protocol::calendars::{CalendarAnswer, CalendarRow};
use crate::protocol::days::{DayAnswer, DayCheck, DayRow, PeriodRow};
use crate::protocol::intake::ImportAnswer;
use crate::protocol::ledger::{LedgerInfo, Overview, Verified};
use crate::protocol::policy::{PolicyAnswer, ReasonRow};
use crate::protocol::posting::Posted;
use crate::protocol::rules::RuleSetRow;

pub(super) fn post_report(posted: &Posted, lang: Lang) -> String {
    let args = [
        ("posted", posted.posted.to_string()),
        ("already", posted.already.to_string()),
        ("waiting", posted.waiting.to_string()),
        ("refused", posted.refused.len().to_string()),
    ];
    let mut shown = words(lang, "cli.posted", &args);
    shown.push('\n');
    for refused in &posted.refused {
        shown.push_str(&format!(
            "{} {} {}: {}\n",
            refused.trade_no,
            label(lang, "event", refused.event),
            refused.code,
            refused.message
        ));
    }
    for (trade_no, why) in &posted.nothing {
        shown.push_str(&format!("{trade_no}: {why}\n"));
    }
    shown
}

pub(super) fn verify_report(verified: &Verified, lang: Lang) -> String {
    let args = [
        ("vouchers", verified.vouchers.to_string()),
        ("entries", verified.entries.to_string()),
        ("seq", verified.head_seq.to_string()),
        ("hash", verified.head_hash.clone()),
        ("problems", verified.problems.len().to_string()),
    ];
    let key = if verified.ok { "cli.verified" } else { "cli.not_whole" };
    let mut shown = words(lang, key, &args);
    shown.push('\n');
    for problem in &verified.problems {
        shown.push_str(&format!("{}: {}\n", label(lang, "cli.check", &problem.check), problem.detail));
    }
    for change in &verified.loosened {
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

/// A part of the policy: its word in the file for those who read English, a name otherwise.
fn policy_part(part: &str, lang: Lang) -> String {
    label(lang, "policy_part", part)
}

/// What taking a file over did, in words.
pub fn imported(answer: &ImportAnswer, lang: Lang) -> String {
    let args = [
        ("file", answer.file.clone()),
        ("format", word(lang, &format!("file.kind.{}", answer.format))),
        ("rows", answer.rows.to_string()),
        ("added", answer.added.to_string()),
        ("already", answer.already.to_string()),
        ("at", answer.imported_before.clone().unwrap_or_default()),
    ];
    let key = match (&answer.imported_before, answer.dry_run) {
        (Some(_), _) => "cli.imported_before",
        (None, true) => "cli.import_tried",
        (None, false) => "cli.imported",
    };
    words(lang, key, &args)
}

pub(super) fn ledger(ledger: &LedgerInfo) -> String {
    format!("{} {} {}\n", ledger.ledger_id, ledger.head_seq, ledger.head_hash)
}

pub(super) fn overview(overview: &Overview, lang: Lang) -> String {
    format!(
        "{}{}{}",
        ledger(&overview.ledger),
        case_list(&overview.waiting_for_me, lang),
        days(&overview.days, lang)
    )
}

pub(super) fn days(rows: &[DayRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("day", L), ("state", L), ("unposted", R), ("open_cases", R)]);
    for day in rows {
        let state = label(lang, "state.day", day.state.as_str());
        let counts = [day.unposted, day.open_cases].map(|count| count.to_string());
        table.row([vec![day.day.to_string(), state], counts.to_vec()].concat());
    }
    table.text()
}

pub(super) fn day(day: &DayAnswer, lang: Lang) -> String {
    let state = label(lang, "state.day", day.state.as_str());
    format!("{} {state} {} {}\n", day.day, day.head_seq, day.head_hash)
}

pub(super) fn day_checks(checks: &[DayCheck], lang: Lang) -> String {
    let mut shown = String::new();
    for check in checks {
        let mark = word(lang, if check.ok { "cli.day_check.ok" } else { "cli.day_check.failed" });
        shown.push_str(&format!("{mark} {}: {}\n", label(lang, "day_check_name", &check.check), check.text));
    }
    shown
}

pub(super) fn periods(rows: &[PeriodRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("period", L), ("locked", L), ("operator", L), ("seal", L)]);
    for row in rows {
        table.row(vec![
            row.period.to_string(),
            row.closed_at.to_string(),
            row.closed_by.to_string(),
            format!("{} {}", row.head_seq, row.head_hash),
        ]);
    }
    table.text()
}

pub(super) fn calendar(answer: &CalendarAnswer, lang: Lang) -> String {
    let span = |starts: Option<Moment>, ends: Option<Moment>| {
        starts.zip(ends).map(|(starts, ends)| format!("{starts} – {ends}"))
    };
    let workday = word(lang, if answer.workday { "cli.workday.yes" } else { "cli.workday.no" });
    let facts = named(
        &[
            ("trade", Some(answer.trade_no.to_string())),
            ("channel", Some(label(lang, "channel", answer.channel))),
            ("amount", Some(money(answer.amount_minor, &answer.currency))),
            ("occurred", Some(answer.occurred_at.to_string())),
            ("status", Some(label(lang, "state.trade", answer.status))),
            ("posting", Some(label(lang, "posting", answer.posting))),
            (
                "workday",
                Some(answer.holiday.as_ref().map_or(workday.clone(), |name| format!("{workday} ({name})"))),
            ),
            ("session", span(answer.session_starts, answer.session_ends)),
            ("next_session", span(answer.next_session_starts, answer.next_session_ends)),
            ("limit", answer.limit_minor.map(|minor| money(minor, "CNY"))),
            ("system_business_day", answer.system_business_day.map(|day| day.to_string())),
            ("bill_ready", answer.bill_ready_at.map(|at| at.to_string())),
            ("calendar", Some(format!("{}@{}", answer.calendar, answer.version))),
        ],
        lang,
    );
    format!("{facts}{}\n", answer.why)
}

pub(super) fn calendars(rows: &[CalendarRow], lang: Lang) -> String {
    let mut table = heads(
        lang,
        &[("version", R), ("calendar", L), ("from", L), ("operator", L), ("years", L), ("provisional", L)],
    );
    let years = |years: &[i16]| years.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    for row in rows {
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

pub(super) fn reasons(rows: &[ReasonRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("reason", L), ("name", L)]);
    for row in rows {
        table.row(vec![row.code.clone(), row.name.clone()]);
    }
    table.text()
}

pub(super) fn policy(policy: &PolicyAnswer, currency: Currency, lang: Lang) -> String {
    let limit = |minor: Option<i64>| {
        minor.map_or_else(|| word(lang, "cli.policy.no_limit"), |minor| money(minor, currency.code()))
    };
    let switch = |on: bool| Some(word(lang, if on { "cli.policy.yes" } else { "cli.policy.no" }));
    let list = |words: Vec<String>| Some(words.join(", "));
    let facts = named(
        &[
            ("version", Some(policy.version.to_string())),
            ("operator", Some(policy.operator.to_string())),
            ("loaded", Some(policy.loaded_at.to_string())),
            ("four_eyes", switch(policy.four_eyes)),
            ("later_day", Some(label(lang, "mode", policy.later_day))),
            ("cut_window", Some(policy.cut_window_minutes.to_string())),
            ("late_grace", Some(policy.late_grace_minutes.to_string())),
            ("approval_limit", Some(limit(policy.approval_limit_minor))),
            ("auto_stage", list(policy.auto_stage.iter().map(|cause| label(lang, "cause", cause)).collect())),
            ("admins", list(policy.admins.iter().map(ToString::to_string).collect())),
            ("known_reasons", switch(policy.known_reasons_only)),
            ("reasons_required", list(policy.reasons_required.iter().map(ToString::to_string).collect())),
        ],
        lang,
    );
    let mut roles = heads(lang, &[("role", L), ("limit", R), ("operators", L)]);
    for (role, operators, minor) in &policy.approvers {
        let names: Vec<String> = operators.iter().map(ToString::to_string).collect();
        roles.row(vec![role.clone(), limit(*minor), names.join(", ")]);
    }
    if roles.is_empty() { facts } else { format!("{facts}\n{}", roles.text()) }
}

pub(super) fn rules(sets: &[RuleSetRow], lang: Lang) -> String {
    let mut table = heads(lang, &[("rules", L), ("version", R), ("from", L), ("operator", L), ("count", R)]);
    for set in sets {
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
