//! What a piece of work came to, and the ledger's own data, in words.

use super::case::case_list;
use super::{L, R, heads, label};
use crate::desk::import::ImportAnswer;
use crate::desk::{DayAnswer, DayRow, LedgerInfo, Overview, Posted, RuleSetRow, Verified};
use crate::i18n::{Lang, text as words, word};

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
    shown
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
