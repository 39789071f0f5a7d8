//! What the tests of account statements share: settings, and a reader that keeps what it reads.

use super::{Codes, FileError, Format, ReadError, Settings, read_account};
use crate::domain::account_statement::{AccountEnd, AccountHead, AccountLine, AccountPart};
use crate::domain::money::Currency;
use jiff::tz::TimeZone;

/// Head, lines and end of a statement.
pub(super) type Statement = (AccountHead, Vec<AccountLine>, AccountEnd);

/// Settings of a ledger in UTC with the shipped codes.
pub(super) fn settings() -> Settings {
    Settings { currency: Currency::CNY, zone: TimeZone::UTC, codes: Codes::named(), profile: None, day: None }
}

/// Returns the statements of a file; each has begun and ended, and they are as many as the summary says.
pub(super) fn statements(
    bytes: &[u8],
    name: &str,
    format: Format,
    settings: &Settings,
) -> Result<Vec<Statement>, FileError> {
    let mut read: Vec<(AccountHead, Vec<AccountLine>, Option<AccountEnd>)> = Vec::new();
    let mut each = |part| -> Result<(), ()> {
        match part {
            AccountPart::Begins(head) => read.push((*head, Vec::new(), None)),
            AccountPart::Line(line) => read.last_mut().unwrap().1.push(*line),
            AccountPart::Ends(end) => read.last_mut().unwrap().2 = Some(end),
        }
        Ok(())
    };
    match read_account(bytes, name, settings, format, &mut each) {
        Ok(summary) => {
            assert_eq!(summary.statements, read.len() as u64);
            assert_eq!(summary.rows, read.iter().map(|one| one.1.len() as u64).sum::<u64>());
            Ok(read.into_iter().map(|(head, lines, end)| (head, lines, end.unwrap())).collect())
        }
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

/// Returns the only statement of a file.
pub(super) fn statement(
    bytes: &[u8],
    name: &str,
    format: Format,
    settings: &Settings,
) -> Result<Statement, FileError> {
    let mut read = statements(bytes, name, format, settings)?;
    assert_eq!(read.len(), 1);
    Ok(read.remove(0))
}
