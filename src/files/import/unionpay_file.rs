//! What UnionPay's files of trades and of error trades share: the walk over their records, and what their amounts must
//! come to.

use super::bad_rows::BadRows;
use super::bill::{BillHead, BillSummary, CHINA, SharedNumber};
use super::fixed::{FixedLayout, FixedRecord};
use super::lines::{Encoding, Lines};
use super::reader::Settings;
use super::reason::{FileError, ReadError, Reason};
use crate::domain::money::{Currency, Money};
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use encoding_rs::GBK;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::Read;

/// The merchant's account at UnionPay is in yuan; amounts are in fen.
pub(super) const CURRENCY: Currency = Currency::CNY;

/// One of the files that a merchant gets for a day.
pub(super) struct MerchantFile {
    pub(super) layout: FixedLayout,
    /// Index of the merchant's number, and of the sub-merchant's if the file has it.
    pub(super) merchant: usize,
    pub(super) sub_merchant: Option<usize>,
    pub(super) covers: Coverage,
    /// Reads a record, given the day of the file.
    pub(super) line: fn(&FixedRecord<'_>, Date, &TimeZone) -> Result<StatementLine, Box<FileError>>,
}

/// Reads a file.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    file: &MerchantFile,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let day = settings.day.ok_or_else(|| FileError::whole(Reason::DayUnknown {}))?;
    let zone = TimeZone::fixed(CHINA);
    let mut lines = Lines::new(input, Encoding::Gbk);
    let head = BillHead { day: Some(day), covers: file.covers, ..BillHead::default() };
    let mut summary = BillSummary::new(head, CURRENCY);
    let (mut merchant, mut sub_merchant) = (SharedNumber::default(), SharedNumber::default());
    let mut is_empty = true;
    while let Some(raw) = lines.next_raw()? {
        is_empty = false;
        let read = FixedRecord::of(raw, file.layout).and_then(|row| {
            let line = (file.line)(&row, day, &zone)?;
            merchant.add(row.text(file.merchant)?);
            sub_merchant.add(file.sub_merchant.map_or(Ok(""), |index| row.text(index))?);
            summary.add(&line).map_err(|reason| FileError::at(row.line, reason))?;
            Ok(line)
        });
        match read {
            Ok(line) => each(line).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, &GBK.decode_without_bom_handling(raw.bytes).0)?,
        }
    }
    if is_empty {
        return Err(FileError::whole(Reason::Empty {}).into());
    }
    summary.head.merchant_id = merchant.number();
    summary.head.sub_merchant = sub_merchant.number();
    Ok(summary)
}

/// Returns the sign of an amount that the merchant receives or pays.
pub(super) const fn sign(kind: LineKind) -> i64 {
    if kind.comes_in() { 1 } else { -1 }
}

/// Returns what the merchant receives of fees: the trade's, and that of instalments.
pub(super) fn fees(row: &FixedRecord<'_>, fee: usize, instalments: usize) -> Result<i64, Box<FileError>> {
    Ok(row.signed(fee)?.unwrap_or_default() + row.signed(instalments)?.unwrap_or_default())
}

/// Refuses a settled amount that is not what the other amounts of its record come to.
pub(super) fn settled(row: &FixedRecord<'_>, index: usize, expected: i64) -> Result<(), Box<FileError>> {
    match row.signed(index)? {
        Some(found) if found == expected => Ok(()),
        Some(found) => {
            let (value, expected) = (yuan(found), yuan(expected));
            Err(row.refuse(index, Reason::AmountsDiffer { value, expected }))
        }
        None => Err(row.refuse(index, Reason::EmptyField {})),
    }
}

/// Returns the only way of an amount, not negative, that comes to what is settled, with the fees.
pub(super) fn way_settled(row: &FixedRecord<'_>, index: usize, amount: i64, fees: i64) -> Option<LineKind> {
    let found = row.signed(index).ok().flatten()?;
    let fits = |kind| amount != 0 && amount * sign(kind) + fees == found;
    [LineKind::Pay, LineKind::Refund].into_iter().find(|kind| fits(*kind))
}

/// Returns an amount for an error.
pub(super) fn yuan(minor: i64) -> String {
    Money::new(minor, CURRENCY).to_string()
}
