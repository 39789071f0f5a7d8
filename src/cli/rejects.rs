//! The bad rows of a refused file as a CSV: `line`, `column`, `column_name`, `reason`, `row`.
//!
//! The file is here, whichever host the ledger is on; the ledger is asked for the codes that rows may name.

use super::new_file::NewFile;
use super::outcome::Failure;
use super::refused::words;
use super::scope::CheckScope;
use super::session::Session;
use crate::domain::authored::rejection;
use crate::domain::ledger_template::DEFAULT_TEMPLATE;
use crate::domain::period::parse_zone;
use crate::files::import::{self, Codes, FileError, Format, Settings, Source};
use crate::i18n::Lang;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::refusal::{Refusal, mistake};
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes every bad row of a file to a new CSV at `path`.
pub fn write_rejects(
    session: &mut Session,
    source: &mut Source,
    format: Format,
    path: &Path,
) -> Result<(), Failure> {
    let settings = Settings { profile: source.profile().cloned(), ..file_settings(session)? };
    let (new, file) = NewFile::create(path)?;
    let mut out = BufWriter::new(file);
    writeln!(out, "line,column,column_name,reason,row")?;
    let (name, lang) = (source.name().to_owned(), session.lang);
    let mut written = Ok(());
    let mut write = |error: &FileError, row: &str| {
        if written.is_ok() {
            written = write_row(&mut out, error, row, lang);
        }
    };
    let reader = source.reader().map_err(Refusal::from)?;
    let ended = import::survey(reader, &name, &settings, format, &mut |error, row| write(&error, row));
    if let Err(error) = ended {
        write(&error, "");
    }
    written?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    new.finish(path)
}

/// Writes one bad row.
fn write_row(out: &mut dyn Write, error: &FileError, row: &str, lang: Lang) -> io::Result<()> {
    let number = |number: usize| if number == 0 { String::new() } else { number.to_string() };
    let mistake = mistake(error);
    let name = mistake.column_name.as_deref().unwrap_or_default();
    let (line, column) = (number(mistake.line), number(mistake.column));
    writeln!(out, "{line},{column},{},{},{}", quoted(name), quoted(&words(&mistake, lang)), quoted(row))
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
    })
}
