//! How a refusal is printed: code, message and hint; for a file with several mistakes each of them on a line
//! below.

use super::printable::printable;
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
    let _ = match refusal.mistakes() {
        mistakes if json && !mistakes.is_empty() => {
            let mistakes: Vec<Value> = mistakes.iter().map(|mistake| object(mistake, lang)).collect();
            let found = mistakes.len() + refusal.unlisted();
            let error = json!({
                "code": code,
                "message": message,
                "hint": hint,
                "mistakes": mistakes,
                "mistakes_found": found,
            });
            writeln!(out, "{}", json!({ "error": error }))
        }
        mistakes @ [first, _, ..] => {
            let refused = text(lang, "cli.file_refused", &[("file", &first.file)]);
            print_error(code, &refused, &hint, json);
            let listed =
                mistakes.iter().try_for_each(|mistake| writeln!(out, "{}", printable(&line(mistake, lang))));
            listed.and_then(|()| match refusal.unlisted() {
                0 => Ok(()),
                more => writeln!(out, "{}", text(lang, "rulefile.more", &[("count", more.to_string())])),
            })
        }
        _ => {
            print_error(code, &message, &hint, json);
            Ok(())
        }
    };
}

fn words(mistake: &AuthoredError, lang: Lang) -> String {
    text(lang, &mistake.key, &mistake.args)
}

/// Returns a mistake with its place, and the word that was probably meant.
pub(super) fn line(mistake: &AuthoredError, lang: Lang) -> String {
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
