//! The bad rows of a refused file as a CSV: `line`, `column`, `column_name`, `reason`, `row`.
//!
//! The file is here, whichever host the ledger is on; the ledger is asked for the codes that rows may name.

use super::new_file::NewFile;
use super::outcome::Failure;
use super::refused::words;
use super::scope::CheckScope;
use super::session::Session;
use crate::domain::authored::{AuthoredError, rejection};
use crate::domain::ledger_template::DEFAULT_TEMPLATE;
use crate::domain::period::parse_zone;
use crate::files::import::{self, Codes, FileError, Format, Settings, Source};
use crate::i18n::Lang;
use crate::protocol::intake::ImportAnswer;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::refusal::{Refusal, mistake};
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Returns every row of a file that the ledger refuses; `listed_after` asks for those after a line, as many as an
/// answer may have.
pub fn all_refused(
    refusal: &Refusal,
    listed_after: &mut dyn FnMut(usize) -> Result<ImportAnswer, Refusal>,
) -> Vec<AuthoredError> {
    let by_ledger = |refusal: &Refusal| -> Vec<AuthoredError> {
        refusal.mistakes().iter().filter(|mistake| mistake.refused_by().is_some()).cloned().collect()
    };
    if refusal.unlisted() == 0 {
        return by_ledger(refusal);
    }
    let mut all: Vec<AuthoredError> = Vec::new();
    loop {
        let last = all.last().map_or(0, |mistake| mistake.line);
        let Err(refusal) = listed_after(last) else { return all };
        let before = all.len();
        all.extend(by_ledger(&refusal).into_iter().filter(|mistake| mistake.line > last));
        if refusal.unlisted() == 0 || all.len() == before {
            return all;
        }
    }
}

/// Writes every bad row of a file to a new CSV at `path`; `refused` are those that the ledger refuses.
pub fn write_rejects(
    session: &mut Session,
    source: &mut Source,
    format: Format,
    refused: &[AuthoredError],
    path: &Path,
) -> Result<(), Failure> {
    let (profile, day) = (source.profile().cloned(), source.day(format));
    let settings = Settings { profile, day, ..file_settings(session)? };
    let (new, file) = NewFile::create(path)?;
    let mut out = BufWriter::new(file);
    writeln!(out, "line,column,column_name,reason,row")?;
    let (name, lang) = (source.name().to_owned(), session.lang);
    let mut written = Ok(());
    let mut of_ledger = of_ledger(source, refused)?.into_iter().peekable();
    let mut write = |error: Option<&FileError>, row: &str| {
        let line = error.map_or(usize::MAX, |error| mistake(error).line);
        while let Some((refused, text)) = of_ledger.next_if(|(refused, _)| refused.line < line) {
            if written.is_ok() {
                written = write_row(&mut out, refused, &text, lang);
            }
        }
        if let (Ok(()), Some(error)) = (&written, error) {
            written = write_row(&mut out, &mistake(error), row, lang);
        }
    };
    let reader = source.reader().map_err(Refusal::from)?;
    let ended = import::survey(reader, &name, &settings, format, &mut |error, row| write(Some(&error), row));
    if let Err(error) = ended {
        write(Some(&error), "");
    }
    write(None, "");
    written?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    new.finish(path)
}

/// Returns what the ledger refuses of the rows of a file, each with the text of its row.
fn of_ledger<'m>(
    source: &mut Source,
    refused: &'m [AuthoredError],
) -> Result<Vec<(&'m AuthoredError, String)>, Failure> {
    let wanted: HashSet<usize> = refused.iter().map(|mistake| mistake.line).collect();
    let Some(last) = wanted.iter().max() else { return Ok(Vec::new()) };
    let reader = BufReader::new(source.reader().map_err(Refusal::from)?);
    let mut rows = HashMap::new();
    for (number, row) in (1..=*last).zip(reader.split(b'\n')) {
        let row = row?;
        if wanted.contains(&number) {
            rows.insert(number, String::from_utf8_lossy(&row).trim_end_matches('\r').to_owned());
        }
    }
    let text = |mistake: &AuthoredError| rows.get(&mistake.line).cloned().unwrap_or_default();
    Ok(refused.iter().map(|mistake| (mistake, text(mistake))).collect())
}

/// Writes one bad row.
fn write_row(out: &mut dyn Write, mistake: &AuthoredError, row: &str, lang: Lang) -> io::Result<()> {
    let number = |number: usize| if number == 0 { String::new() } else { number.to_string() };
    let name = mistake.column_name.as_deref().unwrap_or_default();
    let (line, column) = (number(mistake.line), number(mistake.column));
    writeln!(out, "{line},{column},{},{},{}", quoted(name), quoted(&words(mistake, lang)), quoted(row))
}

/// Returns a text as a quoted field.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Returns what readers must know of the session's ledger, or without one of a ledger of the default template.
pub fn file_settings(session: &mut Session) -> Result<Settings, Failure> {
    let scope = CheckScope::read(session, super::scope::OwnFiles::default())?;
    let zone = if scope.of_ledger {
        let desk = &mut *session.open()?;
        ask_for(desk, &session.context, ShowLedger {}, &mut Unwatched)?.zone
    } else {
        DEFAULT_TEMPLATE.read_head().map_err(rejection)?.zone
    };
    Ok(Settings {
        currency: scope.currencies.main(),
        zone: parse_zone(&zone)?,
        codes: Codes::of(&scope.kinds, &scope.channels, scope.currencies.others()),
        profile: None,
        day: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rejection::{Code, Rejection};

    fn refused(lines: impl IntoIterator<Item = usize>, more: usize) -> Refusal {
        let mistake = |line| AuthoredError {
            file: "a.csv".to_owned(),
            line,
            column: 0,
            column_name: None,
            key: "refusal.STORNO-NOT-FOUND.message".to_owned(),
            args: vec![(AuthoredError::REFUSED_BY.to_owned(), "STORNO-NOT-FOUND".to_owned())],
            nearest: None,
        };
        Refusal::from(Rejection::new(Code::NotFound))
            .with_mistakes(lines.into_iter().map(mistake).collect(), more)
    }

    #[test]
    fn what_one_answer_cannot_list_is_asked_for_in_parts() {
        let mut asked = Vec::new();
        let all = all_refused(&refused(1..=3, 4), &mut |after| {
            asked.push(after);
            Err(refused(after + 1..=(after + 3).min(7), 7_usize.saturating_sub(after + 3)))
        });
        assert_eq!(all.iter().map(|one| one.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(asked, [0, 3, 6]);
        // A server that knows nothing of lines answers the same each time.
        let all = all_refused(&refused(1..=3, 4), &mut |_| Err(refused(1..=3, 4)));
        assert_eq!(all.len(), 3);
    }
}
