//! How a refusal is printed: code, message and hint; for a file with several mistakes each of them on a line
//! below.

use super::printable::printable;
use super::show::difference;
use super::usage::print_error;
use crate::domain::authored::AuthoredError;
use crate::i18n::{Lang, text};
use crate::protocol::refusal::Refusal;
use serde_json::{Value, json};
use std::io::{self, Write};

/// Prints a refusal on standard error: text, or with `json` one object.
pub fn print_refusal(refusal: &Refusal, lang: Lang, json: bool) {
    let (code, message, hint) = (refusal.code(), refusal.message(lang), refusal.hint(lang));
    let mut out = io::stderr().lock();
    // A closed stderr is ignored: there is no other place for the message.
    let differences = match refusal {
        Refusal::Rejected(rejection) => rejection.differences.as_deref(),
        Refusal::Fault { .. } => None,
    };
    let _ = match refusal.mistakes() {
        _ if json && let Some(differences) = differences => {
            let error = json!({ "code": code, "message": message, "hint": hint, "differences": differences });
            writeln!(out, "{}", json!({ "error": error }))
        }
        mistakes if json && !mistakes.is_empty() => {
            let mistakes: Vec<Value> = mistakes.iter().map(|mistake| object(mistake, lang)).collect();
            let error = json!({ "code": code, "message": message, "hint": hint, "mistakes": mistakes });
            writeln!(out, "{}", json!({ "error": error }))
        }
        mistakes @ [first, _, ..] => {
            let refused = text(lang, "cli.file_refused", &[("file", &first.file)]);
            print_error(code, &refused, &hint, json);
            mistakes.iter().try_for_each(|mistake| writeln!(out, "{}", printable(&line(mistake, lang))))
        }
        _ => {
            print_error(code, &message, &hint, json);
            let mut rows = differences.into_iter().flat_map(|differences| &differences.rows);
            rows.try_for_each(|row| writeln!(out, "{}", printable(&difference(row, lang))))
        }
    };
}

fn words(mistake: &AuthoredError, lang: Lang) -> String {
    text(lang, &mistake.key, &mistake.args)
}

/// Returns a mistake with its place, and the word that was probably meant.
fn line(mistake: &AuthoredError, lang: Lang) -> String {
    let mut facts = vec![
        ("file", mistake.file.clone()),
        ("line", mistake.line.to_string()),
        ("column", mistake.column.to_string()),
        ("words", words(mistake, lang)),
    ];
    facts.extend(mistake.nearest.clone().map(|nearest| ("nearest", nearest)));
    text(lang, "rulefile.mistake", &facts)
}

fn object(mistake: &AuthoredError, lang: Lang) -> Value {
    json!({
        "file": mistake.file,
        "line": mistake.line,
        "column": mistake.column,
        "key": mistake.key,
        "message": words(mistake, lang),
        "nearest": mistake.nearest,
    })
}
