//! Trades as the trade layer exports them: a CSV whose columns are found by name.
//!
//! Strict on purpose: this file is ours, so an unknown column or word is a mistake, not a variant.

use super::fields::{Fields, Style};
use super::lines::{Encoding, Lines};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use super::{Settings, Summary};
use crate::domain::period::Moment;
use crate::domain::trade::{Channel, ClearingStatus, Trade, TradeKind, TradeStatus};
use std::io::Read;

/// The columns a trades file must have; their order is free.
const NEEDED: &[&str] = &[
    "trade_no",
    "kind",
    "channel",
    "out_trade_no",
    "amount",
    "currency",
    "channel_fee",
    "trade_time",
    "trade_status",
    "clearing_status",
];

/// The columns it may leave out where all their values would be empty.
const OPTIONAL: &[&str] = &["product", "original_out_trade_no", "customer", "merchant"];

/// The words of the column `trade_status`.
const STATUSES: &[(&str, TradeStatus)] = &[
    ("SUCCESS", TradeStatus::Succeeded),
    ("FAILED", TradeStatus::Failed),
    ("PROCESSING", TradeStatus::Processing),
    ("UNKNOWN", TradeStatus::Unknown),
    ("CREATED", TradeStatus::Created),
    ("CLOSED", TradeStatus::Closed),
];

/// The words of the column `clearing_status`.
const CLEARINGS: &[(&str, ClearingStatus)] = &[
    ("UNCLEARED", ClearingStatus::Uncleared),
    ("CLEARED", ClearingStatus::Cleared),
    ("EXCLUDED", ClearingStatus::Excluded),
];

/// Indexes of the columns.
struct Columns {
    trade_no: usize,
    kind: usize,
    product: Option<usize>,
    channel: usize,
    channel_ref: usize,
    original_ref: Option<usize>,
    amount: usize,
    currency: usize,
    fee: usize,
    customer: Option<usize>,
    merchant: Option<usize>,
    time: usize,
    status: usize,
    clearing: usize,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        header.only(&[NEEDED, OPTIONAL].concat())?;
        Ok(Self {
            trade_no: header.need(&["trade_no"])?,
            kind: header.need(&["kind"])?,
            product: header.find(&["product"]),
            channel: header.need(&["channel"])?,
            channel_ref: header.need(&["out_trade_no"])?,
            original_ref: header.find(&["original_out_trade_no"]),
            amount: header.need(&["amount"])?,
            currency: header.need(&["currency"])?,
            fee: header.need(&["channel_fee"])?,
            customer: header.find(&["customer"]),
            merchant: header.find(&["merchant"]),
            time: header.need(&["trade_time"])?,
            status: header.need(&["trade_status"])?,
            clearing: header.need(&["clearing_status"])?,
        })
    }

    fn trade(&self, row: &Row<'_>, settings: &Settings) -> Result<Trade, Box<FileError>> {
        row.printable()?;
        let currency = row.currency(self.currency, row.raw(self.currency))?;
        let amount_minor = row.amount_unsigned(self.amount, row.raw(self.amount), currency)?;
        if amount_minor == 0 {
            return Err(row.refuse(self.amount, Reason::ZeroAmount {}));
        }
        let occurred_at = time(row, self.time, settings)?;
        let product = self.product.map(|index| row.raw(index)).filter(|text| !text.is_empty());
        Ok(Trade {
            trade_no: row.name(self.trade_no, row.raw(self.trade_no))?,
            kind: row.word(self.kind, TradeKind::ALL)?,
            product: product.map(str::to_owned),
            channel: row.word(self.channel, Channel::ALL)?,
            channel_ref: row.name(self.channel_ref, row.raw(self.channel_ref))?,
            original_ref: row.maybe_name(self.original_ref)?,
            amount_minor,
            fee_minor: row.amount(self.fee, row.raw(self.fee), currency)?,
            currency,
            customer: row.maybe_name(self.customer)?,
            merchant: row.maybe_name(self.merchant)?,
            occurred_at,
            business_date: occurred_at.date(),
            status: mapped(row, self.status, STATUSES)?,
            clearing: mapped(row, self.clearing, CLEARINGS)?,
        })
    }
}

/// A word of the file as the domain's word.
fn mapped<T: Copy>(row: &Row<'_>, index: usize, words: &[(&str, T)]) -> Result<T, Box<FileError>> {
    let text = row.raw(index);
    words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        row.unknown_word(index, &all)
    })
}

/// A local time in the ledger's zone, or RFC 3339, seen in the ledger's zone.
fn time(row: &Row<'_>, index: usize, settings: &Settings) -> Result<Moment, Box<FileError>> {
    let text = row.raw(index);
    if !text.as_bytes().get(10).is_some_and(|mark| matches!(mark, b'T' | b't')) {
        return row.local_time(index, text, &settings.zone);
    }
    text.parse::<Moment>()
        .map(|moment| moment.in_zone(&settings.zone))
        .map_err(|_| row.refuse(index, Reason::BadTime { value: shown(text) }))
}

/// Reads a trades file; `each` gets the line number and the trade.
///
/// # Errors
/// [`ReadError::File`] where the file is refused; [`ReadError::Each`] with the error of `each`.
pub fn read_trades<E>(
    input: impl Read,
    name: &str,
    settings: &Settings,
    each: &mut dyn FnMut(u64, Trade) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    read(input, settings, each).map_err(|error| error.in_file(name))
}

fn read<E>(
    input: impl Read,
    settings: &Settings,
    each: &mut dyn FnMut(u64, Trade) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = local_header(&mut lines, &mut fields)?;
    let columns = Columns::of(&header)?;
    let mut rows = 0;
    while let Some(line) = lines.next()? {
        let number = line.number;
        let row = header.row(fields.split(line)?, number)?;
        each(number, columns.trade(&row, settings)?).map_err(ReadError::Each)?;
        rows += 1;
    }
    Ok(Summary { lines: rows, items: rows, last_line_ended: lines.ended() })
}

/// The header of a local file: its first line.
pub(super) fn local_header<R: Read>(
    lines: &mut Lines<R>,
    fields: &mut Fields,
) -> Result<Header, Box<FileError>> {
    let Some(line) = lines.next()? else { return Err(FileError::whole(Reason::Empty {})) };
    let number = line.number;
    let record = fields.split(line)?;
    Header::new(record.iter().map(str::to_owned), number)
}
