//! How a refusal is printed: code, message and hint; for a file with several mistakes each of them on a line
//! below.

use super::printable::printable;
use super::show::{difference, rests};
use super::usage::print_error;
use crate::domain::authored::AuthoredError;
use crate::i18n::{Lang, text};
use crate::protocol::refusal::Refusal;
use serde_json::{Map, Value, json};
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
        _ if json => writeln!(out, "{}", json!({ "error": error(refusal, lang) })),
        mistakes @ [first, _, ..] => {
            let refused = text(lang, "cli.file_refused", &[("file", &first.file)]);
            print_error(code, &refused, &hint, false);
            let listed =
                mistakes.iter().try_for_each(|mistake| writeln!(out, "{}", printable(&line(mistake, lang))));
            listed.and_then(|()| match refusal.unlisted() {
                0 => Ok(()),
                more => writeln!(out, "{}", text(lang, "rulefile.more", &[("count", more.to_string())])),
            })
        }
        _ => {
            print_error(code, &message, &hint, false);
            let mut rows = differences.into_iter().flat_map(|differences| &differences.rows);
            let listed = rows.try_for_each(|row| writeln!(out, "{}", printable(&difference(row, lang))));
            let shakes = differences.map(|differences| &differences.shakes).filter(|it| !it.is_empty());
            listed.and_then(|()| {
                shakes.map_or(Ok(()), |shakes| writeln!(out, "{}", printable(&rests(shakes, lang))))
            })
        }
    };
}

/// Returns a refusal as an object: code, message and hint, and the rule that a match breaks; of a file also the place,
/// and all its mistakes.
fn error(refusal: &Refusal, lang: Lang) -> Map<String, Value> {
    let mut error = Map::new();
    error.insert("code".to_owned(), json!(refusal.code()));
    error.insert("message".to_owned(), json!(refusal.message(lang)));
    error.insert("hint".to_owned(), json!(refusal.hint(lang)));
    if let Some(place) = refusal.file_place() {
        error.insert("file".to_owned(), json!(place.file));
        error.extend(place.line.map(|line| ("line".to_owned(), json!(line))));
        error.extend(place.column.map(|column| ("column".to_owned(), json!(column))));
        error.extend(place.reason.map(|reason| ("reason".to_owned(), json!(reason))));
    }
    error.extend(refusal.rule().map(|rule| ("rule".to_owned(), json!(rule))));
    if let Refusal::Rejected(rejection) = refusal
        && let Some(differences) = &rejection.differences
    {
        error.insert("differences".to_owned(), json!(differences));
    }
    let mistakes = refusal.mistakes();
    if !mistakes.is_empty() {
        let objects: Vec<Value> = mistakes.iter().map(|mistake| object(mistake, lang)).collect();
        error.insert("mistakes".to_owned(), json!(objects));
        error.insert("mistakes_found".to_owned(), json!(mistakes.len() + refusal.unlisted()));
    }
    error
}

/// Returns what is wrong, in words.
pub fn words(mistake: &AuthoredError, lang: Lang) -> String {
    text(lang, &mistake.key, &mistake.args)
}

/// Returns a mistake with its place, and the word that was probably meant.
pub(super) fn line(mistake: &AuthoredError, lang: Lang) -> String {
    let number = |number: usize| Some(number).filter(|number| *number > 0).map(|number| number.to_string());
    let facts = [
        ("file", Some(mistake.file.clone())),
        ("line", number(mistake.line)),
        ("column", number(mistake.column)),
        ("name", mistake.column_name.clone()),
        ("words", Some(words(mistake, lang))),
        ("nearest", mistake.nearest.clone()),
    ];
    let known: Vec<(&str, String)> =
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    text(lang, "rulefile.mistake", &known)
}

fn object(mistake: &AuthoredError, lang: Lang) -> Value {
    let number = |number: usize| Some(number).filter(|number| *number > 0);
    json!({
        "file": mistake.file,
        "line": number(mistake.line),
        "column": number(mistake.column),
        "column_name": mistake.column_name,
        "key": mistake.reason(),
        "reason": mistake.reason(),
        "message": words(mistake, lang),
        "nearest": mistake.nearest,
    })
}
