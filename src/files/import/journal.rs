//! Journals of older systems: a CSV with one line per entry, the lines of a voucher one after another.
//!
//! A voucher must be complete, numbered, balanced in each currency, and of one event and day; whether it is correct is
//! decided later by the findings. A negative amount is a red entry (红字) and keeps its sign.

use super::bad_rows::BadRows;
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::mapped::{self, RowReader, TriedRow};
use super::reader::{Reader, Settings, Summary};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use super::voucher_index::VoucherIndex;
use crate::domain::account::Side;
use crate::domain::currencies::Currencies;
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, MAX_BYTES, TradeNo, VoucherNo};
use crate::domain::money::{Currency, Money};
use crate::domain::voucher::{Line, Mode};
use crate::files::column::{Accepts, FileColumn, optional, required};
use crate::files::profile::TableProfile;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::io::Read;

/// The reader of journals.
pub(super) static READER: Reader =
    Reader { option: "csv", marks: &[Mark::Columns(&["voucher_no", "accounting_date"])], columns: COLUMNS };

/// Most lines of one voucher: the batch voucher of a busy day has thousands, and a voucher is held in
/// memory whole.
pub const MAX_VOUCHER_LINES: usize = 100_000;

/// The columns; their order is free.
const COLUMNS: &[FileColumn] = &columns(false);

/// The columns that a profile makes.
pub(super) const TABLE_COLUMNS: &[FileColumn] = &columns(true);

/// Returns the columns. A table of another program may number no lines and name no trades.
const fn columns(is_table: bool) -> [FileColumn; 10] {
    [
        required("voucher_no", Accepts::Name),
        FileColumn { name: "line", required: !is_table, accepts: Accepts::Number },
        FileColumn { name: "trade_no", required: !is_table, accepts: Accepts::Name },
        FileColumn { name: "event", required: !is_table, accepts: Accepts::Event },
        required("accounting_date", Accepts::Date),
        required("account", Accepts::Name),
        required("side", Accepts::Words(|| Side::ALL.iter().map(|side| side.as_str()).collect())),
        required("amount", Accepts::Amount),
        optional("currency", Accepts::Currency),
        optional("memo", Accepts::Text),
    ]
}

/// A voucher of an older system: balanced, with at least two lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalVoucher {
    /// Line in the file, from 1, on which it begins.
    pub first_line: u64,
    /// Its number in the older system.
    pub voucher_no: VoucherNo,
    /// The trade it books; `None` for a manual voucher.
    pub trade_no: Option<TradeNo>,
    /// The event that it books; present only with a trade.
    pub event: Option<Event>,
    /// Its accounting day.
    pub accounting_date: Date,
    /// Memo of its first line; empty if there is none.
    pub memo: String,
    /// Its lines in order; negative amounts in mode red, others in mode normal.
    pub lines: Vec<Line>,
}

/// Indexes of the columns.
struct Columns {
    voucher: usize,
    line: Option<usize>,
    trade: Option<usize>,
    event: Option<usize>,
    date: usize,
    account: usize,
    side: usize,
    amount: usize,
    currency: Option<usize>,
    memo: Option<usize>,
}

impl Columns {
    fn of(header: &Header, columns: &[FileColumn]) -> Result<Self, Box<FileError>> {
        header.check(columns)?;
        Ok(Self {
            voucher: header.need(&["voucher_no"])?,
            line: header.find(&["line"]),
            trade: header.find(&["trade_no"]),
            event: header.find(&["event"]),
            date: header.need(&["accounting_date"])?,
            account: header.need(&["account"])?,
            side: header.need(&["side"])?,
            amount: header.need(&["amount"])?,
            currency: header.find(&["currency"]),
            memo: header.find(&["memo"]),
        })
    }

    /// Starts the voucher of this row, still without lines.
    fn begin(&self, row: &Row<'_>, events: &[Event]) -> Result<JournalVoucher, Box<FileError>> {
        let event = match self.event.filter(|index| !row.raw(*index).is_empty()) {
            None => None,
            Some(index) => Some((row.code(index, events)?, index)),
        };
        let trade_no = row.maybe_name(self.trade)?;
        if let (Some((event, index)), None) = (event, &trade_no) {
            let index = self.trade.unwrap_or(index);
            return Err(row.refuse(index, Reason::EventWithoutTrade { event: event.to_string() }));
        }
        Ok(JournalVoucher {
            first_line: row.line,
            voucher_no: row.name(self.voucher, row.raw(self.voucher))?,
            trade_no,
            event: event.map(|(event, _)| event),
            accounting_date: row.date(self.date)?,
            memo: self.memo.map(|index| row.raw(index).to_owned()).unwrap_or_default(),
            lines: Vec::with_capacity(4),
        })
    }

    /// Adds the row's entry to its voucher.
    fn add(
        &self,
        row: &Row<'_>,
        voucher: &mut JournalVoucher,
        currencies: &Currencies,
    ) -> Result<(), Box<FileError>> {
        if let Some(index) = self.line {
            let expected = voucher.lines.len() as u64 + 1;
            let number = row.raw(index);
            if !number.bytes().all(|b| b.is_ascii_digit()) || number.parse() != Ok(expected) {
                let name = voucher.voucher_no.to_string();
                let found = shown(number);
                return Err(row.refuse(index, Reason::LineNumber { voucher: name, expected, found }));
            }
        }
        if voucher.lines.len() >= MAX_VOUCHER_LINES {
            let reason =
                Reason::VoucherTooLong { voucher: voucher.voucher_no.to_string(), limit: MAX_VOUCHER_LINES };
            return Err(row.refuse(self.line.unwrap_or(self.voucher), reason));
        }
        self.same(row, voucher)?;
        voucher.lines.push(self.entry(row, currencies)?);
        Ok(())
    }

    /// Reads the row's entry.
    fn entry(&self, row: &Row<'_>, currencies: &Currencies) -> Result<Line, Box<FileError>> {
        let (account, currency) = self.account(row, currencies)?;
        let amount_minor = row.amount(self.amount, row.raw(self.amount), currency)?;
        let mode = match amount_minor {
            0 => return Err(row.refuse(self.amount, Reason::ZeroAmount {})),
            ..0 => Mode::Red,
            _ => Mode::Normal,
        };
        Ok(Line { account, side: row.word(self.side, Side::ALL)?, amount_minor, mode })
    }

    /// Returns the row's account and currency. A line without a currency is in that of its account.
    fn account(
        &self,
        row: &Row<'_>,
        currencies: &Currencies,
    ) -> Result<(AccountCode, Currency), Box<FileError>> {
        let account: AccountCode = row.name(self.account, row.raw(self.account))?;
        let own = currencies.of(&account);
        let Some(index) = self.currency.filter(|index| !row.raw(*index).is_empty()) else {
            return Ok((account, own));
        };
        let currency = row.currency(index, row.raw(index))?;
        if currency == own {
            return Ok((account, currency));
        }
        let value = shown(row.raw(index));
        if !currencies.keeps(currency) {
            return Err(row.refuse(index, Reason::CurrencyNotKept { value, kept: currencies.codes(", ") }));
        }
        if own != currencies.main() {
            return Err(row.refuse(index, Reason::CurrencyOfAccount { value, account: account.to_string() }));
        }
        let value = shown(account.as_str());
        let in_currency = account.in_currency(currency, currencies.main());
        let account =
            in_currency.map_err(|_| row.refuse(self.account, Reason::BadName { value, limit: MAX_BYTES }))?;
        Ok((account, currency))
    }

    /// Checks that the row agrees with the first line of its voucher.
    fn same(&self, row: &Row<'_>, voucher: &JournalVoucher) -> Result<(), Box<FileError>> {
        let trade = voucher.trade_no.as_ref().map(TradeNo::as_str).unwrap_or_default();
        let event = voucher.event.as_ref().map(Event::as_str).unwrap_or_default();
        for (index, first) in [(self.trade, trade), (self.event, event)] {
            if let Some(index) = index.filter(|index| row.raw(*index) != first) {
                return Err(differs(row, index, voucher, first));
            }
        }
        if voucher.lines.is_empty() || row.date(self.date)? == voucher.accounting_date {
            return Ok(());
        }
        Err(differs(row, self.date, voucher, &voucher.accounting_date.to_string()))
    }
}

fn differs(row: &Row<'_>, index: usize, voucher: &JournalVoucher, first: &str) -> Box<FileError> {
    row.refuse(
        index,
        Reason::VoucherDiffers {
            voucher: voucher.voucher_no.to_string(),
            first_line: voucher.first_line,
            first: first.to_owned(),
            here: shown(row.raw(index)),
        },
    )
}

/// Checks a complete voucher; it balances in each currency.
fn complete(voucher: &JournalVoucher, currencies: &Currencies) -> Result<(), Box<FileError>> {
    let name = || voucher.voucher_no.to_string();
    let refuse = |reason| Err(FileError::at(voucher.first_line, reason));
    if voucher.lines.len() < 2 {
        return refuse(Reason::VoucherTooShort { voucher: name() });
    }
    for currency in currencies.all() {
        let side = |side: Side| {
            let lines = voucher.lines.iter().filter(|line| line.side == side);
            let amounts = lines.filter(|line| currencies.of(&line.account) == currency);
            amounts.map(|line| line.amount_minor).try_fold(0_i64, i64::checked_add)
        };
        let (Some(debit), Some(credit)) = (side(Side::Debit), side(Side::Credit)) else {
            return refuse(Reason::SumTooLarge {});
        };
        if debit != credit {
            let text = |minor| Money::new(minor, currency).to_string();
            return refuse(Reason::Unbalanced { voucher: name(), debit: text(debit), credit: text(credit) });
        }
    }
    Ok(())
}

/// Puts the rows of a journal together to vouchers.
struct Vouchers<'s> {
    events: &'s [Event],
    currencies: Currencies,
    known: VoucherIndex,
    open: Open,
    /// Complete ones so far.
    count: u64,
}

impl<'s> Vouchers<'s> {
    fn new(settings: &'s Settings) -> Self {
        let currencies = Currencies::new(settings.currency, &settings.codes.currencies);
        Self {
            events: &settings.codes.events,
            currencies,
            known: VoucherIndex::default(),
            open: Open::None,
            count: 0,
        }
    }

    /// Closes the voucher that is open, and returns it if it is complete; `bad` takes what is wrong with it.
    fn close(&mut self, bad: &mut BadRows<'_>) -> Result<Option<JournalVoucher>, Box<FileError>> {
        let open = std::mem::replace(&mut self.open, Open::None);
        let Open::Voucher(voucher, first_row) = open else { return Ok(None) };
        if let Err(error) = complete(&voucher, &self.currencies) {
            bad.take(error, &first_row)?;
            return Ok(None);
        }
        self.known.add(voucher.voucher_no.as_str(), voucher.first_line, voucher.lines.len());
        self.count += 1;
        Ok(Some(voucher))
    }

    /// Notes a row that cannot be read, which was probably of the voucher that is open.
    fn broken(&mut self) {
        self.open = std::mem::replace(&mut self.open, Open::None).broken();
    }

    /// Adds a row. Returns the voucher before it if this row begins another.
    fn add(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        text: &str,
        bad: &mut BadRows<'_>,
    ) -> Result<Option<JournalVoucher>, Box<FileError>> {
        if let Err(error) = row.printable() {
            self.broken();
            return Err(error);
        }
        let closed = if self.open.is(row.raw(columns.voucher)) { None } else { self.close(bad)? };
        let added = match &mut self.open {
            Open::Voucher(voucher, _) => columns.add(row, voucher, &self.currencies),
            Open::Broken(_) => columns.entry(row, &self.currencies).map(|_| ()),
            Open::None => columns.begin(row, self.events).and_then(|mut voucher| {
                first_time(row, columns.voucher, &self.known)?;
                columns.add(row, &mut voucher, &self.currencies)?;
                let first_row = if bad.are_told() { text.to_owned() } else { String::new() };
                self.open = Open::Voucher(voucher, first_row);
                Ok(())
            }),
        };
        if let Err(error) = added {
            self.open = Open::Broken(row.raw(columns.voucher).to_owned());
            return Err(error);
        }
        Ok(closed)
    }
}

impl RowReader for Vouchers<'_> {
    type Columns = Columns;
    type Taken = Option<JournalVoucher>;

    fn open(&mut self, header: &Header) -> Result<Columns, Box<FileError>> {
        Columns::of(header, TABLE_COLUMNS)
    }

    fn take(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        text: &str,
        bad: &mut BadRows<'_>,
    ) -> Result<Option<JournalVoucher>, Box<FileError>> {
        self.add(columns, row, text, bad)
    }

    fn unreadable(&mut self) {
        self.broken();
    }

    fn end(&mut self, bad: &mut BadRows<'_>) -> Result<Option<Option<JournalVoucher>>, Box<FileError>> {
        self.close(bad).map(Some)
    }
}

/// Tells what each row of a table would become by a profile.
pub(super) fn tried(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    mapped::tried(input, profile, &mut Vouchers::new(settings), each)
}

/// Reads a journal file, or a table by the profile of the settings.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(JournalVoucher) -> Result<(), E>,
) -> Result<Summary, ReadError<E>> {
    let mut vouchers = Vouchers::new(settings);
    if let Some(profile) = &settings.profile {
        let mut pass_on = |_, voucher: Option<JournalVoucher>| voucher.map_or(Ok(()), &mut *each);
        let read = mapped::read(input, profile, bad, &mut vouchers, &mut pass_on)?;
        return Ok(Summary { items: vouchers.count, ..read });
    }
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = Header::first_line(&mut lines, &mut fields)?;
    let columns = Columns::of(&header, COLUMNS)?;
    let mut rows = 0;
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        rows += 1;
        let added = match fields.split(line).and_then(|record| header.row(record, number)) {
            Ok(row) => vouchers.add(&columns, &row, line.text, bad),
            Err(error) => {
                vouchers.broken();
                Err(error)
            }
        };
        match added {
            Ok(closed) => closed.map_or(Ok(()), &mut *each).map_err(ReadError::Each)?,
            Err(error) => bad.take(error, line.text)?,
        }
    }
    vouchers.close(bad)?.map_or(Ok(()), &mut *each).map_err(ReadError::Each)?;
    Ok(Summary { lines: rows, items: vouchers.count, last_line_ended: lines.ended() })
}

/// Returns the columns of a journal with their numbers, from 1.
pub(super) fn column_numbers(input: impl Read) -> Result<Vec<(&'static str, usize)>, Box<FileError>> {
    let header = Header::first_line(&mut Lines::new(input, Encoding::Utf8), &mut Fields::new(Style::Strict))?;
    let number = |column: &FileColumn| Some((column.name, header.find(&[column.name])? + 1));
    Ok(COLUMNS.iter().filter_map(number).collect())
}

/// The voucher whose lines are being read.
enum Open {
    /// None.
    None,
    /// One, and for a survey of bad rows the text of its first row.
    Voucher(JournalVoucher, String),
    /// The number of one that had a bad row. Its other rows are still checked, each by itself.
    Broken(String),
}

impl Open {
    fn is(&self, number: &str) -> bool {
        match self {
            Self::None => false,
            Self::Voucher(voucher, _) => voucher.voucher_no.as_str() == number,
            Self::Broken(broken) => broken == number,
        }
    }

    /// Returns it after a row that cannot be read, which was probably its own.
    fn broken(self) -> Self {
        match self {
            Self::Voucher(voucher, _) => Self::Broken(voucher.voucher_no.to_string()),
            other => other,
        }
    }
}

/// Refuses a voucher number that was used earlier in the file.
fn first_time(row: &Row<'_>, index: usize, known: &VoucherIndex) -> Result<(), Box<FileError>> {
    let voucher = row.raw(index);
    match known.line_of(voucher) {
        None => Ok(()),
        Some(first_line) => Err(row.refuse(
            index,
            Reason::VoucherReturns { voucher: voucher.to_owned(), first_line, line: row.line },
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Codes, Format, read_journal};
    use super::*;
    use jiff::tz::TimeZone;

    const SAMPLE: &str = include_str!("../../../tests/data/local-journal-20180912.csv");
    const HEADER: &str = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n";

    fn vouchers(text: &str) -> Result<(Vec<JournalVoucher>, Summary), FileError> {
        let settings = Settings {
            currency: Currency::CNY,
            zone: TimeZone::UTC,
            codes: Codes::named(),
            profile: None,
            day: None,
        };
        let mut found = Vec::new();
        let mut each = |voucher| -> Result<(), ()> {
            found.push(voucher);
            Ok(())
        };
        match read_journal(text.as_bytes(), "j.csv", &settings, Format::LocalJournal, &mut each) {
            Ok(summary) => Ok((found, summary)),
            Err(ReadError::File(error)) => Err(*error),
            Err(ReadError::Each(())) => unreachable!(),
        }
    }

    #[test]
    fn the_sample_reads_whole() {
        let (found, summary) = vouchers(SAMPLE).unwrap();
        assert_eq!((summary.items, summary.lines), (15, SAMPLE.lines().count() as u64 - 1));
        let second = &found[1];
        assert_eq!((second.first_line, second.lines.len(), second.memo.as_str()), (6, 6, "payment"));
        assert_eq!(second.event, Some(Event::CAPTURED));
        let line = &second.lines[3];
        assert_eq!((line.account.as_str(), line.side, line.amount_minor), ("6001", Side::Credit, 250));
    }

    #[test]
    fn a_manual_voucher_and_an_old_red_one_are_vouchers() {
        let text = format!(
            "{HEADER}M1,1,,,2018-09-12,1001,debit,5.00,a\nM1,2,,,2018-09-12,2190,credit,5.00,b\n\
             R1,1,T1,captured,2018-09-13,1001,debit,-5.00,\nR1,2,T1,captured,2018-09-13,2190,credit,-5.00,\n"
        );
        let found = vouchers(&text).unwrap().0;
        assert_eq!((found[0].trade_no.as_ref(), found[0].event, found[0].memo.as_str()), (None, None, "a"));
        assert!(found[0].lines.iter().all(|line| line.mode == Mode::Normal));
        assert!(found[1].lines.iter().all(|line| line.mode == Mode::Red && line.amount_minor == -500));
    }

    #[test]
    fn a_line_is_in_the_currency_of_its_column_or_of_its_account() {
        let usd: Currency = "USD".parse().unwrap();
        let mut settings = Settings {
            currency: Currency::CNY,
            zone: TimeZone::UTC,
            codes: Codes::named(),
            profile: None,
            day: None,
        };
        settings.codes.currencies.push(usd);
        let read = |rows: &str| {
            let header = HEADER.replace("amount,", "amount,currency,");
            let mut found = Vec::new();
            let mut each = |voucher: JournalVoucher| -> Result<(), ()> {
                found.extend(
                    voucher.lines.into_iter().map(|line| (line.account.to_string(), line.amount_minor)),
                );
                Ok(())
            };
            let text = format!("{header}{rows}");
            match read_journal(text.as_bytes(), "j.csv", &settings, Format::LocalJournal, &mut each) {
                Ok(_) => Ok(found),
                Err(ReadError::File(error)) => Err((error.line, error.reason.key())),
                Err(ReadError::Each(())) => unreachable!(),
            }
        };
        let line = |n: u8, account: &str, side: &str, amount: &str, currency: &str| {
            format!("M1,{n},,,2018-09-12,{account},{side},{amount},{currency},\n")
        };
        let debit = line(1, "1001", "debit", "5.00", "USD");
        let credit = line(2, "2001.A.USD", "credit", "5.00", "");
        let both = [("1001.USD".to_owned(), 500), ("2001.A.USD".to_owned(), 500)];
        assert_eq!(read(&format!("{debit}{credit}")), Ok(both.to_vec()));
        let in_cny = line(2, "2001.A", "credit", "5.00", "CNY");
        assert_eq!(read(&format!("{debit}{in_cny}")), Err((Some(2), "unbalanced")));
        let wrong = line(2, "2001.A.USD", "credit", "5.00", "CNY");
        assert_eq!(read(&format!("{debit}{wrong}")), Err((Some(3), "currency_of_account")));
        let other = line(1, "1001", "debit", "5.00", "EUR");
        assert_eq!(read(&other), Err((Some(2), "currency_not_kept")));
    }

    #[test]
    fn each_mistake_has_its_line_and_reason() {
        let cases: &[(&str, &str, u64, &str)] = &[
            ("J00001,2,", "J00001,3,", 3, "line_number"),
            ("J00001,2,", "J00001,+2,", 3, "line_number"),
            ("J00001,1,", "J00001,0,", 2, "line_number"),
            ("J00002,1,", "J00001,1,", 6, "line_number"),
            ("2001.B,credit,100.00", "2001.B,credit,100.01", 2, "unbalanced"),
            ("2001.B,credit,100.00", "2001.B,credit,0.00", 3, "zero_amount"),
            ("2001.B,credit,100.00", "2001.B,Credit,100.00", 3, "unknown_word"),
            ("2001.B,credit,100.00", ",credit,100.00", 3, "empty_field"),
            ("J00001,1,T0001", "J00001,1,", 2, "event_without_trade"),
            ("J00001,2,T0001", "J00001,2,T0002", 3, "voucher_differs"),
            ("J00001,2,T0001,captured", "J00001,2,T0001,cleared", 3, "voucher_differs"),
            (
                "J00001,2,T0001,captured,2018-09-12",
                "J00001,2,T0001,captured,2018-09-13",
                3,
                "voucher_differs",
            ),
            ("J00001,2,T0001,captured,2018-09-12", "J00001,2,T0001,captured,2018-9-12", 3, "bad_date"),
            (
                "J00003,2,T0002,cleared,2018-09-12,2003.M001,credit,247.50,clearing\r\n",
                "",
                12,
                "voucher_too_short",
            ),
        ];
        for (from, to, line, key) in cases {
            let error = vouchers(&SAMPLE.replacen(from, to, 1)).unwrap_err();
            assert_eq!((error.line, error.reason.key()), (Some(*line), *key), "{from} → {to}: {error}");
        }
    }

    #[test]
    fn a_voucher_that_comes_back_is_refused_with_both_lines() {
        let again = "J00002,1,T0002,captured,2018-09-12,1101.WECHAT,debit,1.00,\r\n";
        let error = vouchers(&format!("{SAMPLE}{again}")).unwrap_err();
        let line = SAMPLE.lines().count() as u64 + 1;
        let voucher = "J00002".to_owned();
        assert_eq!(error.reason, Reason::VoucherReturns { voucher, first_line: 6, line });
        assert_eq!(error.line, Some(line));
    }
}
