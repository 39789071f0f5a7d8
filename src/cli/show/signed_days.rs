//! Who signed off the days of an account, and what has changed since.

use super::{money, words};
use crate::domain::sign_off::SignOffState;
use crate::i18n::{Lang, word};
use crate::protocol::sign_offs::{SignOffRow, SignedDays};

/// Returns who signed or asked, with what is open.
pub fn told(row: &SignOffRow, lang: Lang) -> String {
    let mut args = vec![
        ("from", row.first_day.to_string()),
        ("day", row.day.to_string()),
        ("operator", row.operator.to_string()),
        ("at", row.at.local().to_string().replace('T', " ")),
        ("open", row.open.to_string()),
        ("difference", money(row.difference_minor, &row.currency)),
    ];
    args.extend(row.first.as_ref().map(|first| ("first", first.operator.to_string())));
    args.extend((!row.note.is_empty()).then(|| ("note", row.note.clone())));
    let key = match row.state {
        SignOffState::Asked => "account_sign_off.asked",
        SignOffState::Signed => "account_sign_off.signed",
    };
    words(lang, key, &args)
}

/// Returns what has changed since a sign-off, a line each.
pub fn changes(signed: &SignedDays, lang: Lang) -> Vec<String> {
    let sum = |minor: i64| money(minor, &signed.sign_off.currency);
    let maybe = |minor: Option<i64>| minor.map_or_else(|| "–".to_owned(), sum);
    let days = signed.changed.iter().map(|day| {
        let args = [
            ("day", day.day.to_string()),
            ("theirs", maybe(day.theirs.1)),
            ("theirs_was", maybe(day.theirs.0)),
            ("ours", sum(day.ours.1)),
            ("ours_was", sum(day.ours.0)),
        ];
        words(lang, "account_sign_off.balance", &args)
    });
    let statements = signed.statements.iter().map(|row| {
        let (operator, at) = match &row.changed {
            Some(change) => (&change.operator, change.at),
            None => (&row.operator, row.imported_at),
        };
        let args = [
            ("id", row.id.to_string()),
            ("day", row.day.day.to_string()),
            ("file", row.file.clone()),
            ("state", word(lang, &format!("state.bill.{}", row.state))),
            ("operator", operator.to_string()),
            ("at", at.local().to_string().replace('T', " ")),
        ];
        words(lang, "account_sign_off.statement", &args)
    });
    let vouchers = signed.vouchers.iter().map(|late| {
        let mut args = vec![
            ("voucher", late.voucher_no.to_string()),
            ("day", late.day.to_string()),
            ("amount", sum(late.amount_minor)),
            ("maker", late.maker.to_string()),
            ("at", late.at.local().to_string().replace('T', " ")),
        ];
        args.extend(late.case_no.as_ref().map(|case| ("case", case.to_string())));
        args.extend(late.checker.as_ref().map(|checker| ("checker", checker.to_string())));
        words(lang, "account_sign_off.voucher", &args)
    });
    days.chain(statements).chain(vouchers).collect()
}
