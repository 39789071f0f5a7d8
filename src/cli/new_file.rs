//! A file that a command writes for the operator: it appears whole or not at all, and no existing file is touched.

use super::outcome::Failure;
use crate::domain::rejection::{Code, Rejection};
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

/// A file without its name until it is complete; removed if it never is.
pub struct NewFile {
    file: NamedTempFile,
}

impl NewFile {
    /// Creates a file with a name of its own in the same folder, so that it can be renamed. No existing file is
    /// touched.
    pub fn create(path: &Path) -> Result<(Self, File), Failure> {
        refuse_existing(path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // As any other file that the operator makes: the process's umask applies.
        let mode = Permissions::from_mode(0o666);
        let made =
            tempfile::Builder::new().prefix(".storno-").suffix(".part").permissions(mode).tempfile_in(folder);
        let file = made.map_err(|error| unwritable(path, &error))?;
        let handle = file.reopen().map_err(|error| unwritable(path, &error))?;
        Ok((Self { file }, handle))
    }

    /// Gives the complete file its name.
    pub fn finish(self, path: &Path) -> Result<(), Failure> {
        match self.file.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(path)),
            Err(error) => Err(unwritable(path, &error.error)),
        }
    }
}

/// Writes a new file.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let (unfinished, mut file) = NewFile::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    unfinished.finish(path)
}

/// Refuses a path at which something is already.
pub fn refuse_existing(path: &Path) -> Result<(), Failure> {
    if path.exists() { Err(exists(path)) } else { Ok(()) }
}

fn exists(path: &Path) -> Failure {
    Rejection::new(Code::Exists).with("path", path.display()).into()
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    io::Error::new(error.kind(), format!("{}: {error}", path.display())).into()
}
