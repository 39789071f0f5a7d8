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
use crate::protocol::ledger::ShowLedger;
use crate::protocol::refusal::{Refusal, mistake};
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Writes every bad row of a file to a new CSV at `path`; `mistakes` are those of the refusal, among them what the
/// ledger refuses.
pub fn write_rejects(
    session: &mut Session,
    source: &mut Source,
    format: Format,
    mistakes: &[AuthoredError],
    path: &Path,
) -> Result<(), Failure> {
    let (profile, day) = (source.profile().cloned(), source.day(format));
    let settings = Settings { profile, day, ..file_settings(session)? };
    let (new, file) = NewFile::create(path)?;
    let mut out = BufWriter::new(file);
    writeln!(out, "line,column,column_name,reason,row")?;
    let (name, lang) = (source.name().to_owned(), session.lang);
    let mut written = Ok(());
    let mut of_ledger = of_ledger(source, mistakes)?.into_iter().peekable();
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
    mistakes: &'m [AuthoredError],
) -> Result<Vec<(&'m AuthoredError, String)>, Failure> {
    let refused: Vec<_> = mistakes.iter().filter(|mistake| mistake.refused_by().is_some()).collect();
    let Some(last) = refused.iter().map(|mistake| mistake.line).max() else { return Ok(Vec::new()) };
    let reader = BufReader::new(source.reader().map_err(Refusal::from)?);
    let mut rows = HashMap::new();
    for (number, row) in (1..=last).zip(reader.split(b'\n')) {
        if refused.iter().any(|mistake| mistake.line == number) {
            rows.insert(number, String::from_utf8_lossy(&row?).trim_end_matches('\r').to_owned());
        }
    }
    let text = |mistake: &AuthoredError| rows.get(&mistake.line).cloned().unwrap_or_default();
    Ok(refused.into_iter().map(|mistake| (mistake, text(mistake))).collect())
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
