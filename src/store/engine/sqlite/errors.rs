//! What errors of SQLite and of its files mean to the store.

use crate::domain::rejection::{Code, Rejection};
use crate::store::engine::fault::{Fault, StoreError};
use rusqlite::ErrorCode;
use std::path::Path;

/// Converts an error of the operating system about a file.
pub(super) fn io(path: &Path, error: &std::io::Error) -> StoreError {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    match (error.kind(), folder) {
        (std::io::ErrorKind::StorageFull, _) => Fault::Full.into(),
        (std::io::ErrorKind::NotFound, Some(folder)) => {
            Fault::Io { detail: format!("{}: {error}", folder.display()) }.into()
        }
        (std::io::ErrorKind::NotFound, None) => Fault::Missing { path: path.display().to_string() }.into(),
        _ => Fault::Io { detail: format!("{}: {error}", path.display()) }.into(),
    }
}

/// Converts an error of opening or creating a file; the path is part of the fault.
pub(super) fn fault(path: &Path, error: &rusqlite::Error) -> StoreError {
    match refusal(error) {
        StoreError::Fault(Fault::Corrupt { .. })
            if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) =>
        {
            Fault::NotADatabase { path: path.display().to_string() }.into()
        }
        StoreError::Fault(Fault::Io { detail }) => {
            Fault::Io { detail: format!("{}: {detail}", path.display()) }.into()
        }
        other => other,
    }
}

/// Converts an error of the engine: to a refusal if a guard raised it, else to a fault.
pub(super) fn refusal(error: &rusqlite::Error) -> StoreError {
    let text = error.to_string();
    if let Some(code) = Code::find_in(&text) {
        return Rejection::by_guard(code, text).into();
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) if text.contains("voucher.reverses") => {
            StoreError::rejected(Code::AlreadyReversed)
        }
        Some(ErrorCode::ConstraintViolation) => Rejection::by_guard(Code::Reference, text).into(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Fault::Locked.into(),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Fault::ReadOnly.into(),
        Some(ErrorCode::DiskFull) => Fault::Full.into(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Fault::Corrupt { detail: text }.into(),
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => Fault::Io { detail: text }.into(),
        Some(ErrorCode::OperationInterrupted) => StoreError::rejected(Code::Cancelled),
        // Another program took it out of the file.
        _ if text.starts_with("no such ") => Fault::Corrupt { detail: text }.into(),
        _ => Fault::Internal { detail: text }.into(),
    }
}
