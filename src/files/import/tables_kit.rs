//! What the tests of tables share: settings, readers that keep what they read, and the place of a refusal.

use super::{
    BillSummary, Codes, FileError, Format, JournalVoucher, ReadError, Settings, Summary, read_bill,
    read_journal, read_profile, read_trades,
};
use crate::domain::money::Currency;
use crate::domain::period::parse_zone;
use crate::domain::statement::StatementLine;
use crate::domain::trade::Trade;
use crate::files::profile::{SHIPPED_PROFILES, TableProfile};
use std::io::Read;
use std::sync::Arc;

/// Settings of a ledger in Shanghai with the shipped codes, and a profile.
pub(super) fn settings_of(profile: Option<Arc<TableProfile>>) -> Settings {
    Settings {
        currency: Currency::CNY,
        zone: parse_zone("Asia/Shanghai").unwrap(),
        codes: Codes::named(),
        profile,
        day: None,
    }
}

/// As [`settings_of`], of a profile's text.
pub(super) fn settings(profile: &str) -> Settings {
    settings_of(Some(Arc::new(read_profile("p.toml", profile).unwrap())))
}

/// The text of a shipped profile.
pub(super) fn shipped(name: &str) -> &'static str {
    SHIPPED_PROFILES.iter().find(|shipped| shipped.name == name).unwrap().text
}

/// Line, column number and reason.
pub(super) fn place(error: &FileError) -> (Option<u64>, Option<usize>, &'static str) {
    (error.line, error.column.as_ref().map(|column| column.number), error.reason.key())
}

/// Returns what was read with the summary, or the refusal of the file.
fn kept<T, S>(read: Result<S, ReadError<()>>, found: Vec<T>) -> Result<(Vec<T>, S), FileError> {
    match read {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

/// The trades of a table.
pub(super) fn trades(settings: &Settings, table: impl Read) -> Result<(Vec<Trade>, Summary), FileError> {
    let mut found = Vec::new();
    let read = read_trades(table, "t.csv", settings, Format::LocalTrades, &mut |_, listed| {
        found.push(listed.trade);
        Ok(())
    });
    kept(read, found)
}

/// The lines of a channel's table.
pub(super) fn lines(
    settings: &Settings,
    table: impl Read,
) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let mut found = Vec::new();
    let read = read_bill(table, "t.csv", settings, Format::Statement, &mut |line| {
        found.push(line);
        Ok(())
    });
    kept(read, found)
}

/// The vouchers of a journal's table.
pub(super) fn vouchers(
    settings: &Settings,
    table: impl Read,
) -> Result<(Vec<JournalVoucher>, Summary), FileError> {
    let mut found = Vec::new();
    let read = read_journal(table, "t.csv", settings, Format::LocalJournal, &mut |voucher| {
        found.push(voucher);
        Ok(())
    });
    kept(read, found)
}
