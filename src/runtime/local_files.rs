//! Files of this machine, wherever the ledger is: those that are imported, profiles, and the names that a folder holds.

use crate::domain::authored::{AuthoredError, rejection_as};
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{self, FileKind, Format, Source, read_profile};
use crate::files::profile::{SHIPPED_PROFILES, TableProfile};
use crate::protocol::bills::FileOptions;
use crate::protocol::context::Context;
use crate::protocol::intake::{ImportAnswer, Incoming, LocalFile, other_kind};
use crate::protocol::refusal::Refusal;
use crate::protocol::service::Service;
use crate::protocol::watch::Watch;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;
use std::sync::Arc;

/// Imports a file of this machine, of whatever kind; one for a case must be a journal. A dry run writes nothing.
///
/// # Errors
/// The file or its profile cannot be read, something is said beside it that is not said of its kind, or as
/// [`Service::import`].
pub fn import_local<S: Service + ?Sized>(
    service: &mut S,
    context: &Context,
    file: LocalFile,
    dry_run: bool,
    watch: &mut dyn Watch,
) -> Result<ImportAnswer, Refusal> {
    let LocalFile { path, profile, options: bill, case_no } = file;
    let path = home(&path);
    let mut source = match &profile {
        Some(profile) => import::table(&path, Arc::new(profile_named(profile)?.of_day(bill.day))),
        None => import::open(&path),
    }?;
    source.tell_day(bill.day);
    let format = source.format()?;
    if case_no.is_some() && format.kind() != FileKind::Journal {
        return Err(other_kind(source.name(), format, context.lang).into());
    }
    refuse_untellable(&source, format, &bill)?;
    let incoming = Incoming { source: &mut source, format, dry_run, bill, case_no, refused_after: None };
    service.import(context, incoming, watch)
}

/// Refuses what is said beside a file that only files of another kind take.
fn refuse_untellable(source: &Source, format: Format, told: &FileOptions) -> Result<(), Rejection> {
    let (kind, of_account) = (format.kind(), told.account.is_some() || told.number.is_some());
    let problem = if of_account && kind != FileKind::Account {
        "import.told_of_accounts_only"
    } else if told.until.is_some() && kind != FileKind::Bill {
        "import.told_of_bills_only"
    } else {
        return Ok(());
    };
    let file = source.name();
    Err(Rejection::new(Code::BadFile).with("file", file).with("place", file).with("problem", problem))
}

/// Returns the file name and text of a profile, by the name of a shipped one or the path of a file.
///
/// # Errors
/// A refusal that names the shipped profiles; a fault if a file cannot be read.
pub fn profile_text(named: &str) -> Result<(String, String), Refusal> {
    if let Some(shipped) = SHIPPED_PROFILES.iter().find(|shipped| shipped.name == named) {
        return Ok((shipped.file.to_owned(), shipped.text.to_owned()));
    }
    let path = home(named);
    // A word without an ending is a name that is not shipped rather than a file that is not there.
    if !path.exists() && path.extension().is_none() {
        let names: Vec<&str> = SHIPPED_PROFILES.iter().map(|shipped| shipped.name).collect();
        return Err(Rejection::new(Code::BadValue)
            .with("what", "profile")
            .with("value", named.escape_debug())
            .with("allowed", names.join(", "))
            .into());
    }
    read_text(&path, Code::BadProfile)
}

/// Returns a profile, by the name of a shipped one or the path of a file.
///
/// # Errors
/// As [`profile_text`], or every mistake of the profile.
pub fn profile_named(named: &str) -> Result<TableProfile, Refusal> {
    let (file, text) = profile_text(named)?;
    let bad = |mistakes| rejection_as(Code::BadProfile, mistakes);
    Ok(read_profile(&file, &text).map_err(bad)?)
}

/// Reads a text file in UTF-8 and returns its name without folders, and its text.
///
/// # Errors
/// A fault if it cannot be read; for other bytes a refusal with line, column and number of the first, under the `code`
/// of the file's kind.
pub fn read_text(path: &Path, code: Code) -> Result<(String, String), Refusal> {
    let (name, bytes) = read_bytes(path)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(error) => Err(rejection_as(code, vec![wrong_byte(name, &error)]).into()),
    }
}

/// Reads a file and returns its name without folders, and its bytes.
///
/// # Errors
/// A fault if it cannot be read.
pub fn read_bytes(path: &Path) -> Result<(String, Vec<u8>), Refusal> {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|error| {
        let detail = format!("{}: {error}", path.display());
        Refusal::Fault { code: "STORNO-IO".to_owned(), args: vec![("detail".to_owned(), detail)] }
    })?;
    Ok((name, bytes))
}

/// Returns the place of the first byte that is not text.
fn wrong_byte(file: String, error: &FromUtf8Error) -> AuthoredError {
    let good = error.utf8_error().valid_up_to();
    let before = error.as_bytes().get(..good).unwrap_or_default();
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let in_line = before.get(line_start..).unwrap_or_default();
    AuthoredError {
        file,
        line: before.split(|byte| *byte == b'\n').count(),
        column: String::from_utf8_lossy(in_line).chars().count() + 1,
        column_name: None,
        key: "file.wrong_encoding".to_owned(),
        args: vec![("expected".to_owned(), "UTF-8".to_owned()), ("byte".to_owned(), (good + 1).to_string())],
        nearest: None,
    }
}

/// Returns a path in which a leading `~/` stands for the user's home folder.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

/// Most names that a folder is asked for: more cannot be chosen from by eye.
const MOST_NAMES: usize = 200;

/// Returns the paths that begin with `typed`, sorted, folders with a `/` at their end. Names that begin with a dot are
/// left out unless the dot is typed. A folder that cannot be read has none.
#[must_use]
pub fn paths_from(typed: &str) -> Vec<String> {
    let at = typed.rfind('/').map_or(0, |at| at + 1);
    let (folder, begun) = typed.split_at(at);
    let read = std::fs::read_dir(if folder.is_empty() { PathBuf::from(".") } else { home(folder) });
    let mut found: Vec<String> = read
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let shown = name.starts_with(begun) && (!name.starts_with('.') || begun.starts_with('.'));
            // A link to a folder is a folder.
            let slash = if shown && entry.path().is_dir() { "/" } else { "" };
            shown.then(|| format!("{folder}{name}{slash}"))
        })
        .collect();
    found.sort_unstable();
    found.truncate(MOST_NAMES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_asked_for_the_names_that_begin_with_what_is_typed() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bill-2.csv", "bill-1.csv", "other.csv", ".hidden"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("bills")).unwrap();
        let at = folder.path().display();
        let found = |typed: &str| -> Vec<String> {
            let whole = paths_from(&format!("{at}/{typed}"));
            whole.iter().map(|path| path.strip_prefix(&format!("{at}/")).unwrap().to_owned()).collect()
        };
        assert_eq!(found("bill"), ["bill-1.csv", "bill-2.csv", "bills/"]);
        assert_eq!(found(""), ["bill-1.csv", "bill-2.csv", "bills/", "other.csv"]);
        assert_eq!(found("."), [".hidden"]);
        assert_eq!(paths_from(&format!("{at}/nowhere/x")), [""; 0]);
    }
}
