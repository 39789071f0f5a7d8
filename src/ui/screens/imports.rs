//! A file before it is imported: what it is, what it comes to, and what it would do; or why it is refused, row by row.

use super::bills::{add_differences, rests};
use super::{fact, facts, table_lines};
use crate::app::screens::bills::head_merchant;
use crate::app::screens::imports::{ImportScreen, differences};
use crate::app::table::{Cell, Column, Row, Table};
use crate::app::{Tone, format};
use crate::domain::authored::AuthoredError;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::refusal::Refusal;
use crate::ui::Look;
use crate::ui::doc::{self, Doc};
use crate::ui::text::{self, Strip};

/// Returns the file with what the dry run found.
pub fn import(look: Look, screen: &ImportScreen, width: u16) -> Doc {
    let cells = doc::cells(width);
    let mut doc = Doc::default();
    doc.push(Strip::of(text::cut(&screen.file.path, cells), Tone::Strong));
    match &screen.found {
        None => {}
        Some(Ok(answer)) => {
            recognised(look, screen, answer, cells, &mut doc);
            outcome(look, answer, cells, &mut doc);
        }
        Some(Err(refusal)) => refused(look, screen, refusal, cells, &mut doc),
    }
    doc
}

fn wrapped(words: &str, tone: Tone, cells: usize) -> impl Iterator<Item = Strip> {
    text::wrap(words, cells).into_iter().map(move |line| Strip::of(line, tone))
}

/// Returns what was said beside the file; of a file that was recognised, what is not shown with that.
fn told(look: Look, screen: &ImportScreen) -> Vec<Strip> {
    let is_refused = !matches!(screen.found, Some(Ok(_)));
    let options = &screen.file.options;
    let refused = |value: Option<String>| value.filter(|_| is_refused);
    let said = [
        ("import_screen.profile", screen.file.profile.clone()),
        ("column.account", refused(options.account.as_ref().map(ToString::to_string))),
        ("import_screen.number", options.number.clone()),
        ("column.day", refused(options.day.map(|day| day.to_string()))),
        ("column.until", refused(options.until.clone())),
    ];
    said.into_iter().filter_map(|(key, value)| Some(fact(look, key, value?))).collect()
}

/// Adds what the file was recognised as, and what its rows come to.
fn recognised(look: Look, screen: &ImportScreen, answer: &ImportAnswer, cells: usize, doc: &mut Doc) {
    let lang = look.state.lang;
    let format = look.word(&format!("file.kind.{}", answer.format));
    let mut known = vec![fact(look, "import_screen.format", format)];
    if let Some(head) = &answer.bill {
        known.push(fact(look, "column.channel", look.view().channel(head.channel)));
        known.extend(head.day.map(|day| fact(look, "column.statement_day", day.to_string())));
        known.push(fact(look, "column.covers", format::label(lang, "covers", head.covers.as_str())));
        known.extend(head_merchant(head).map(|number| fact(look, "column.merchant_no", number)));
        let until = head.until.map(|until| format::time(until, look.state.now));
        known.extend(until.map(|until| fact(look, "column.until", until)));
    }
    if let Some(account) = &answer.account {
        let codes: Vec<String> = account.accounts.iter().map(ToString::to_string).collect();
        known.push(fact(look, "column.account", codes.join(", ")));
    }
    let days = answer.account.as_ref().map(|account| (account.from, account.to)).or(answer.days);
    if let Some((from, to)) = days.filter(|_| answer.bill.is_none()) {
        let days = if from == to { from.to_string() } else { format!("{from} – {to}") };
        known.push(fact(look, "import_screen.days", days));
    }
    known.push(fact(look, "column.rows", answer.rows.to_string()));
    doc.extend(facts(cells, known));
    let told = told(look, screen);
    if !told.is_empty() {
        doc.extend(facts(cells, told));
    }
    if !answer.sums.is_empty() {
        doc.gap();
        doc.extend(table_lines(look, &sums(look, answer), cells));
    }
}

/// Returns what the rows come to by kind.
fn sums(look: Look, answer: &ImportAnswer) -> Table {
    let columns = vec![
        Column::text("column.kind", 6, 20),
        Column::number("column.rows"),
        Column::amount("column.amount"),
    ];
    let lang = look.state.lang;
    let kind = |word: &str| match (word, &answer.bill, &answer.account) {
        ("", ..) => look.word("import_screen.vouchers"),
        (_, Some(_), _) => format::label(lang, "line", word),
        (_, _, Some(_)) => format::label(lang, "account_line", word),
        _ => look.view().kind(word),
    };
    let row = |sum: &crate::protocol::intake::FileSum| {
        Row::from(vec![
            Cell::text(kind(&sum.kind)),
            Cell::text(sum.rows.to_string()),
            Cell::amount_in(sum.amount_minor, &sum.currency),
        ])
    };
    Table::new(columns, answer.sums.iter().map(row).collect(), look.view().several_currencies)
}

/// Adds what taking the file would do.
fn outcome(look: Look, answer: &ImportAnswer, cells: usize, doc: &mut Doc) {
    doc.gap();
    let mut say = |key: &str, args: &[(&str, String)], tone: Tone| {
        doc.extend(wrapped(&look.text(key, args), tone, cells));
    };
    if let Some(ended) = &answer.ended {
        let state = format::label(look.state.lang, "state.bill", ended.state.as_str());
        say("import_screen.ended", &[("bill", ended.id.to_string()), ("state", state)], Tone::Warn);
        return;
    }
    if let Some(at) = &answer.imported_before {
        let held = answer.statement.filter(|_| answer.held).map(|held| ("held", held.to_string()));
        let until = answer.until.map(|until| ("until", format::time(until, look.state.now)));
        let at = at.parse().map_or_else(|_| at.clone(), |at| format::time(at, look.state.now));
        let args: Vec<_> = [("at", at)].into_iter().chain(held).chain(until).collect();
        say("import_screen.before", &args, Tone::Warn);
        return;
    }
    let counts = [
        ("import_screen.added", answer.added, Tone::Plain),
        ("import_screen.already", answer.already, Tone::Dim),
        ("import_screen.moved", answer.moved_on, Tone::Plain),
        ("import_screen.contradicting", answer.contradicting, Tone::Warn),
    ];
    for (key, count, tone) in
        counts.into_iter().filter(|(key, count, _)| *count > 0 || *key == "import_screen.added")
    {
        say(key, &[("n", count.to_string())], tone);
    }
    let names: Vec<String> =
        answer.replaces.iter().map(|bill| format!("{} ({})", bill.file, bill.id)).collect();
    if !names.is_empty() {
        let key = if answer.extends { "import_screen.extends" } else { "import_screen.replaces" };
        say(key, &[("files", names.join(", "))], Tone::Warn);
    }
    match (answer.held, &answer.account) {
        (true, Some(_)) => say("import_screen.asked", &[], Tone::Warn),
        (true, None) => say("import_screen.held", &[], Tone::Warn),
        (false, _) => say("import_screen.way_on", &[], Tone::Plain),
    }
    if let Some(found) = &answer.differences {
        doc.extend(rests(look, &found.shakes, cells));
    }
}

/// Adds why the file is refused: its bad rows, how it differs from what stands, and what to do.
fn refused(look: Look, screen: &ImportScreen, refusal: &Refusal, cells: usize, doc: &mut Doc) {
    let told = told(look, screen);
    if !told.is_empty() {
        doc.extend(facts(cells, told));
    }
    doc.gap();
    let (message, hint) = format::refusal(look.state.lang, refusal);
    let found = differences(refusal);
    let mistakes = refusal.mistakes();
    if mistakes.len() < 2 {
        let tone = if found.is_some() { Tone::Warn } else { Tone::Bad };
        doc.extend(wrapped(&message, tone, cells));
    } else {
        let count = mistakes.len() + refusal.unlisted();
        let words = look.text("import_screen.mistakes", &[("n", count.to_string())]);
        doc.extend(wrapped(&words, Tone::Bad, cells));
    }
    if let Some(found) = found {
        return add_differences(look, found, cells, doc);
    }
    doc.extend(wrapped(&hint, Tone::Plain, cells));
    let problem = refusal.file_place().and_then(|place| place.reason);
    if screen.file.profile.is_none()
        && problem.as_deref().and_then(|problem| problem.strip_prefix("file.")) == Some("unrecognised")
    {
        doc.gap();
        doc.extend(wrapped(&look.word("import_screen.by_profile"), Tone::Plain, cells));
    }
    if screen.may_supersede() {
        doc.extend(wrapped(&look.word("bill.way_on"), Tone::Plain, cells));
    }
    if mistakes.len() < 2 {
        return;
    }
    doc.gap();
    for mistake in mistakes {
        doc.push_beside(place(look, mistake), &reason(look, mistake), Tone::Plain, cells);
    }
    if refusal.unlisted() > 0 {
        let more = look.text("notice.more", &[("n", refusal.unlisted().to_string())]);
        doc.push(Strip::of(more, Tone::Dim));
    }
}

/// Returns where a mistake is: line, column, and what the column is called.
fn place(look: Look, mistake: &AuthoredError) -> Strip {
    let number = |number: usize| Some(number).filter(|number| *number > 0).map(|number| number.to_string());
    let facts = [
        ("line", number(mistake.line)),
        ("column", number(mistake.column)),
        ("name", mistake.column_name.clone()),
    ];
    let known: Vec<(&str, String)> =
        facts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    Strip::of(look.text("import_screen.place", &known), Tone::Accent)
}

fn reason(look: Look, mistake: &AuthoredError) -> String {
    look.text(
        &mistake.key,
        &mistake.args.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>(),
    )
}
