//! A file on disk as a stream of bytes: itself, what a gzip contains, the one importable file in a zip, or the text
//! of a table that is no text.
//! Which of them it is, its first bytes tell, not its name.
//!
//! Alipay's zips contain the detail and a summary, both named in GBK without the flag for it; the right one
//! is recognised by its content. Nothing is unpacked to disk or memory: entries are streamed, and a zip
//! bomb meets the limits below, or the readers' limit on a line.

use super::Format;
use super::database::{self, SQLITE};
use super::detect::detect;
use super::download::Download;
use super::foreign::{Foreign, binary};
use super::gzip::{GZIP, Gunzip};
use super::json_lines;
use super::lines::io_reason;
use super::reason::{FileError, Reason};
use super::rendered::MAX_TEXT_BYTES;
use super::spreadsheet;
use super::zip_entries::{Chosen, HEAD_BYTES, choose, whole, zip_reason};
use crate::domain::chain::hex;
use crate::files::profile::TableProfile;
use jiff::civil::Date;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use zip::ZipArchive;

/// Most bytes read from one entry of a zip: about forty million rows of a bill.
pub const MAX_UNPACKED_BYTES: u64 = 16 << 30;

/// Largest spreadsheet in a zip, unpacked.
const MAX_PACKED_BOOK_BYTES: u64 = 256 << 20;

/// An input file; it can be read more than once.
#[derive(Debug)]
pub struct Source {
    name: String,
    /// The name of the file itself, and the file, packed or not.
    whole: (String, File),
    head: Vec<u8>,
    inner: Inner,
    /// How it becomes rows of a format of our own, if it is a table of somebody else's.
    profile: Option<Arc<TableProfile>>,
    /// The day that was told beside it.
    told_day: Option<Date>,
}

#[derive(Debug)]
enum Inner {
    Plain(File),
    Gzip(File),
    Zipped { archive: Box<ZipArchive<BufReader<File>>>, index: usize },
}

impl Source {
    /// Its name in errors: the last part of the path, and for a zip the entry after a colon.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the format.
    ///
    /// # Errors
    /// As [`detect`], naming the file.
    pub fn format(&self) -> Result<Format, Box<FileError>> {
        if let Some(profile) = &self.profile {
            return Ok(Format::made_by(profile.makes));
        }
        detect(&self.head).map_err(|reason| FileError::whole(reason).in_file(&self.name))
    }

    /// Returns the profile by which it is read.
    #[must_use]
    pub const fn profile(&self) -> Option<&Arc<TableProfile>> {
        self.profile.as_ref()
    }

    /// Takes the day that was told beside the file.
    pub const fn tell_day(&mut self, day: Option<Date>) {
        self.told_day = day;
    }

    /// Returns the day of a file whose rows have no year: that of its name, else the one that was told. `None` for a
    /// format that needs none.
    #[must_use]
    pub fn day(&self, format: Format) -> Option<Date> {
        let named = || Download::named(&self.name, format).map(|name| name.day);
        if format.needs_day() { named().or(self.told_day) } else { None }
    }

    /// Returns the name of the file itself, and the file from the beginning, packed as it is: what another
    /// host needs to read it.
    ///
    /// # Errors
    /// [`Reason::Unreadable`].
    pub fn whole(&mut self) -> Result<(&str, &mut File), Box<FileError>> {
        let (name, file) = &mut self.whole;
        match file.rewind() {
            Ok(()) => Ok((name, file)),
            Err(error) => Err(FileError::whole(io_reason(&error)).in_file(name)),
        }
    }

    /// Returns its bytes from the beginning, unpacked. Reading an entry to its end also checks the zip's
    /// checksum.
    ///
    /// # Errors
    /// [`Reason::Unreadable`], or the reason for a damaged zip.
    pub fn reader(&mut self) -> Result<Box<dyn Read + '_>, Box<FileError>> {
        let reader: Result<Box<dyn Read + '_>, Reason> = match &mut self.inner {
            Inner::Plain(file) => match file.rewind() {
                Ok(()) => Ok(Box::new(file)),
                Err(error) => Err(io_reason(&error)),
            },
            Inner::Gzip(file) => match file.rewind() {
                Ok(()) => Ok(Box::new(Bounded { entry: Gunzip::new(file), left: MAX_UNPACKED_BYTES })),
                Err(error) => Err(io_reason(&error)),
            },
            Inner::Zipped { archive, index } => match archive.by_index(*index) {
                Ok(entry) => Ok(Box::new(Bounded { entry, left: MAX_UNPACKED_BYTES })),
                Err(error) => Err(zip_reason(&error)),
            },
        };
        reader.map_err(|reason| FileError::whole(reason).in_file(&self.name))
    }

    /// Returns the SHA-256 of its content, unpacked, in hex; if a profile reads it, of the content, the profile's text
    /// and the day that it takes, so that a table is read again by a profile that has changed, and for another day.
    ///
    /// # Errors
    /// As [`Source::reader`].
    pub fn fingerprint(&mut self) -> Result<String, Box<FileError>> {
        Ok(hex(&self.digest()?.finalize()))
    }

    /// As [`Source::fingerprint`], of content and day for a format whose rows have no year: the same rows are others on
    /// another day.
    ///
    /// # Errors
    /// As [`Source::reader`].
    pub fn fingerprint_as(&mut self, format: Format) -> Result<String, Box<FileError>> {
        let mut hasher = self.digest()?;
        if let Some(day) = self.day(format) {
            hasher.update(day.to_string());
        }
        Ok(hex(&hasher.finalize()))
    }

    /// Hashes its content, and what its profile says.
    fn digest(&mut self) -> Result<Sha256, Box<FileError>> {
        let (name, profile) = (self.name.clone(), self.profile.clone());
        let mut reader = self.reader()?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => {
                    if let Some(profile) = profile {
                        hasher.update(&profile.text);
                        if let Some(day) = profile.day {
                            hasher.update(day.to_string());
                        }
                    }
                    return Ok(hasher);
                }
                Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(&error, &name)),
            }
        }
    }
}

/// Opens a file, or the one importable file in a zip.
///
/// # Errors
/// If it cannot be read, or if a zip is damaged, has a password, or does not contain exactly one importable
/// file. Whether a plain file can be imported is decided by [`Source::format`] and the readers.
pub fn open(path: &Path) -> Result<Source, Box<FileError>> {
    open_by(path, Wanted::Import)
}

/// Opens a table that a profile reads, or the one file in a zip.
///
/// # Errors
/// As [`open`]; a spreadsheet, JSON lines or a query's rows that cannot be read.
pub fn table(path: &Path, profile: Arc<TableProfile>) -> Result<Source, Box<FileError>> {
    open_by(path, Wanted::Table(Some(profile)))
}

/// Opens a table for which there is no profile yet.
///
/// # Errors
/// As [`table`].
pub fn unknown_table(path: &Path) -> Result<Source, Box<FileError>> {
    let source = open_by(path, Wanted::Table(None))?;
    refuse_binary(&source.head).map_err(|reason| FileError::whole(reason).in_file(&source.name))?;
    Ok(source)
}

/// What a file is opened as.
enum Wanted {
    /// One of a format that can be imported.
    Import,
    /// A table that this profile reads, if there is one yet.
    Table(Option<Arc<TableProfile>>),
}

fn open_by(path: &Path, wanted: Wanted) -> Result<Source, Box<FileError>> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    // For a missing file or a folder the error names the whole path.
    let whole_name = path.to_string_lossy();
    let unreadable = |error: io::Error| {
        FileError::whole(Reason::Unreadable { detail: error.to_string() }).in_file(&whole_name)
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    open_named(file, &name, Some(path), wanted).map_err(|error| error.in_file(&name))
}

/// As [`open`], for a file that is already open; `name` is its name in errors.
///
/// # Errors
/// As [`open`].
pub fn opened(file: File, name: &str) -> Result<Source, Box<FileError>> {
    open_named(file, name, None, Wanted::Import).map_err(|error| error.in_file(name))
}

/// As [`table`], for a file that is already open.
///
/// # Errors
/// As [`table`].
pub fn table_opened(file: File, name: &str, profile: Arc<TableProfile>) -> Result<Source, Box<FileError>> {
    open_named(file, name, None, Wanted::Table(Some(profile))).map_err(|error| error.in_file(name))
}

fn open_named(
    mut file: File,
    name: &str,
    path: Option<&Path>,
    wanted: Wanted,
) -> Result<Source, Box<FileError>> {
    let refuse = |error: &io::Error| FileError::whole(Reason::Unreadable { detail: error.to_string() });
    let itself = (name.to_owned(), file.try_clone().map_err(|error| refuse(&error))?);
    let mut head = Vec::new();
    // A file that another host sent is open behind its last byte.
    file.rewind().map_err(|error| refuse(&error))?;
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(|error| refuse(&error))?;
    let is_table = matches!(wanted, Wanted::Table(_));
    let profile = match wanted {
        Wanted::Import => None,
        Wanted::Table(profile) => match text_of(&file, &head, path, profile.as_deref())? {
            Some(text) => return of_text(text, name, itself, profile.as_deref()),
            None => profile,
        },
    };
    if head.starts_with(GZIP) {
        let source = gunzipped(file, name, itself, profile)?;
        return if is_table { rendered(source) } else { Ok(source) };
    }
    let workbook =
        !is_table && matches!(detect(&head), Err(Reason::Foreign { kind }) if kind != Foreign::Zip);
    if !head.starts_with(b"PK") || workbook {
        if profile.is_some() {
            refuse_binary(&head).map_err(FileError::whole)?;
        }
        return Ok(Source {
            name: name.to_owned(),
            whole: itself,
            head,
            inner: Inner::Plain(file),
            profile,
            told_day: None,
        });
    }
    file.rewind().map_err(|error| refuse(&error))?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| whole(&error))?;
    let fits = |head: &[u8]| match binary(head) {
        Some(Foreign::Spreadsheet) if is_table => Ok(()),
        _ if is_table => refuse_binary(head),
        _ => detect(head).map(|_| ()),
    };
    let Chosen { index, entry, head } = choose(&mut archive, &fits)?;
    let source = Source {
        name: format!("{name}:{entry}"),
        whole: itself,
        head,
        inner: Inner::Zipped { archive: Box::new(archive), index },
        profile,
        told_day: None,
    };
    if is_table { rendered(source) } else { Ok(source) }
}

/// Returns a packed table that is no text as text: it is unpacked to a temporary file without a name. The file itself
/// is what goes to another host.
fn rendered(mut source: Source) -> Result<Source, Box<FileError>> {
    let is_book = binary(&source.head) == Some(Foreign::Spreadsheet);
    if !is_book && !json_lines::is_json(&source.head) {
        return Ok(source);
    }
    let limit = if is_book { MAX_PACKED_BOOK_BYTES } else { MAX_TEXT_BYTES };
    let unreadable = |error: &io::Error| FileError::whole(io_reason(error));
    let mut file = tempfile::tempfile().map_err(|error| unreadable(&error))?;
    let mut entry = source.reader()?.take(limit + 1);
    let bytes = io::copy(&mut entry, &mut file).map_err(|error| unreadable(&error))?;
    drop(entry);
    if bytes > limit {
        return Err(FileError::whole(Reason::UnpackedTooLarge { limit }));
    }
    let Source { name, whole, head, profile, .. } = source;
    match text_of(&file, &head, None, profile.as_deref()).map_err(|error| error.in_file(&name))? {
        Some(text) => of_text(text, &name, whole, profile.as_deref()),
        None => Err(FileError::whole(Reason::Foreign { kind: Foreign::Zip }).in_file(&name)),
    }
}

/// The text of a table that is no text.
struct TableText {
    file: File,
    /// Whether its first line is a header that was added.
    header_is_added: bool,
    /// Whether it goes to another host in place of the file.
    travels: bool,
}

/// Returns the text of a table that is none; `None` for one that is.
fn text_of(
    file: &File,
    head: &[u8],
    path: Option<&Path>,
    profile: Option<&TableProfile>,
) -> Result<Option<TableText>, Box<FileError>> {
    let itself = || {
        let unreadable = |error: io::Error| FileError::whole(io_reason(&error));
        let mut file = file.try_clone().map_err(unreadable)?;
        file.rewind().map_err(unreadable)?;
        Ok::<File, Box<FileError>>(file)
    };
    if binary(head) == Some(Foreign::Spreadsheet) && !is_zip_of_others(itself()?) {
        let sheet = profile.and_then(|profile| profile.sheet.as_deref());
        let file = spreadsheet::as_text(itself()?, sheet)?;
        return Ok(Some(TableText { file, header_is_added: false, travels: false }));
    }
    let query = profile.and_then(|profile| profile.query.as_deref());
    if head.starts_with(SQLITE) {
        let (Some(path), Some(query)) = (path, query) else {
            return Err(FileError::whole(Reason::NoQuery {}));
        };
        let file = database::as_text(path, query)?;
        return Ok(Some(TableText { file, header_is_added: true, travels: true }));
    }
    if query.is_some() {
        // The rows of the query, from the host that has the database.
        return Ok(Some(TableText { file: itself()?, header_is_added: true, travels: true }));
    }
    if json_lines::is_json(head) {
        let file = json_lines::as_text(itself()?)?;
        return Ok(Some(TableText { file, header_is_added: true, travels: false }));
    }
    Ok(None)
}

/// Returns whether a file is a zip without the parts of a spreadsheet: one in it may be stored as it is, and then looks
/// like one itself.
fn is_zip_of_others(file: File) -> bool {
    let Ok(archive) = ZipArchive::new(BufReader::new(file)) else { return false };
    let is_part = |name: &str| name == "[Content_Types].xml" || name == "mimetype" || name.starts_with("xl/");
    !archive.file_names().flatten().any(|name| is_part(&name))
}

/// Returns the source of a table's text.
fn of_text(
    text: TableText,
    name: &str,
    itself: (String, File),
    profile: Option<&TableProfile>,
) -> Result<Source, Box<FileError>> {
    let TableText { mut file, header_is_added, travels } = text;
    let unreadable = |error: io::Error| FileError::whole(io_reason(&error));
    file.rewind().map_err(unreadable)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES).read_to_end(&mut head).map_err(unreadable)?;
    let whole = if travels { (name.to_owned(), file.try_clone().map_err(unreadable)?) } else { itself };
    let profile = profile.map(|profile| Arc::new(profile.of_text(header_is_added)));
    Ok(Source { name: name.to_owned(), whole, head, inner: Inner::Plain(file), profile, told_day: None })
}

/// Returns why reading a source failed: the file is damaged, or the disk.
#[must_use]
pub fn read_error(error: &io::Error, name: &str) -> Box<FileError> {
    FileError::whole(io_reason(error)).in_file(name)
}

/// Refuses what is no text.
fn refuse_binary(head: &[u8]) -> Result<(), Reason> {
    match binary(head) {
        None | Some(Foreign::Utf16) => Ok(()),
        Some(kind) => Err(Reason::Foreign { kind }),
    }
}

/// Returns the source of a gzip, which keeps the name of the file itself.
fn gunzipped(
    mut file: File,
    name: &str,
    whole: (String, File),
    profile: Option<Arc<TableProfile>>,
) -> Result<Source, Box<FileError>> {
    let mut head = Vec::new();
    file.rewind()
        .and_then(|()| Gunzip::new(&mut file).take(HEAD_BYTES).read_to_end(&mut head))
        .map_err(|error| FileError::whole(io_reason(&error)))?;
    Ok(Source { name: name.to_owned(), whole, head, inner: Inner::Gzip(file), profile, told_day: None })
}

/// A reader with a limit on the number of bytes.
struct Bounded<R> {
    entry: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.entry.read(buffer).map_err(as_damage)?;
        self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// Errors while unpacking count as damage, except those of the disk.
fn as_damage(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::Other => {
            io::Error::new(io::ErrorKind::InvalidData, error)
        }
        _ => error,
    }
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "tables_tests.rs"]
mod table_tests;
