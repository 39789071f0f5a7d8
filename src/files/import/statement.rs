//! A channel's statement in a plain CSV of our own, for channels whose own files no reader knows: columns are
//! found by name, and every row names channel and day.
//!
//! The format is read strictly, as the trade list is: an unknown column or word is a mistake. The last line has
//! the totals, so that a statement that was cut off is noticed; payments and refunds count as they are paid,
//! without the discounts that the merchant bears:
//! `total,ROWS,PAYMENTS,REFUNDS,FEES,end`.
//!
//! Optional columns say more of the statement, the same in every row: `covers` (`all`, `payments`, `refunds`,
//! `recharge_refunds`, `errors`) which lines it lists, `until` its last moment if that is before the end of the day.
//!
//! The statement of a day without lines has one row, of kind `none`, which names channel and day; its other
//! fields may be empty.
//!
//! A profile gives rows with these columns from a channel's own table. It has no last line of ours: its footer is the
//! profile's to check, and a table without one must end with a line break. A table of several days is read a day at a
//! time.

use super::bad_rows::BadRows;
use super::bill::{BillHead, BillSummary};
use super::fields::{Fields, Style};
use super::head::Mark;
use super::lines::{Encoding, Lines};
use super::mapped::{self, RowReader, TriedRow};
use super::reader::{Reader, Settings, Summary};
use super::reason::{FileError, ReadError, Reason, shown};
use super::row::{Header, Row};
use super::trades::{STATUSES, discount, mapped, time};
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::Channel;
use crate::files::column::{Accepts, FileColumn, optional, required, words_of};
use crate::files::profile::TableProfile;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::Read;

/// The reader of plain statements.
pub(super) static READER: Reader = Reader {
    option: "csv",
    marks: &[Mark::Columns(&["channel", "day", "reference", "channel_no"])],
    columns: COLUMNS,
};

/// The columns; their order is free.
const COLUMNS: &[FileColumn] = &[
    required("channel", Accepts::Channel),
    required("day", Accepts::Date),
    optional("merchant_no", Accepts::Name),
    required(
        "kind",
        Accepts::Words(|| LineKind::ALL.iter().map(|kind| kind.as_str()).chain([NONE]).collect()),
    ),
    required("reference", Accepts::Name),
    optional("original_reference", Accepts::Name),
    required("channel_no", Accepts::Name),
    required("amount", Accepts::Amount),
    optional("merchant_discount", Accepts::Amount),
    optional("channel_discount", Accepts::Amount),
    required("currency", Accepts::Currency),
    required("channel_fee", Accepts::Amount),
    required("status", Accepts::Words(|| words_of(STATUSES))),
    required("time", Accepts::Time),
    optional("covers", Accepts::Words(|| Coverage::ALL.iter().map(|covers| covers.as_str()).collect())),
    optional("until", Accepts::Time),
];

/// The kind of the only row of a statement without lines.
const NONE: &str = "none";

/// Beginning and end of the last line.
const TOTAL: &str = "total,";
const END: &str = "end";

/// Indexes of the columns.
struct Columns {
    channel: usize,
    day: usize,
    merchant: Option<usize>,
    covers: Option<usize>,
    until: Option<usize>,
    kind: usize,
    reference: usize,
    original: Option<usize>,
    number: usize,
    amount: usize,
    /// Parts of the amount that the merchant and the channel bear.
    discounts: [Option<usize>; 2],
    currency: usize,
    fee: usize,
    status: usize,
    time: usize,
}

/// What all rows of a statement share.
#[derive(Clone, PartialEq, Eq)]
struct Shared {
    channel: Channel,
    day: Date,
    merchant: String,
    covers: Coverage,
    until: Option<Moment>,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, Box<FileError>> {
        header.check(COLUMNS)?;
        Ok(Self {
            channel: header.need(&["channel"])?,
            day: header.need(&["day"])?,
            merchant: header.find(&["merchant_no"]),
            covers: header.find(&["covers"]),
            until: header.find(&["until"]),
            kind: header.need(&["kind"])?,
            reference: header.need(&["reference"])?,
            original: header.find(&["original_reference"]),
            number: header.need(&["channel_no"])?,
            amount: header.need(&["amount"])?,
            discounts: [header.find(&["merchant_discount"]), header.find(&["channel_discount"])],
            currency: header.need(&["currency"])?,
            fee: header.need(&["channel_fee"])?,
            status: header.need(&["status"])?,
            time: header.need(&["time"])?,
        })
    }

    fn shared(&self, row: &Row<'_>, settings: &Settings) -> Result<Shared, Box<FileError>> {
        let merchant = row.maybe_number(self.merchant)?;
        let channel = row.code(self.channel, &settings.codes.channels)?;
        Ok(Shared {
            channel,
            day: row.day(self.day, settings.clock(channel))?,
            merchant: merchant.unwrap_or_default(),
            covers: match named(row, self.covers) {
                Some(index) => row.word(index, Coverage::ALL)?,
                None => Coverage::All,
            },
            until: named(row, self.until)
                .map(|index| time(row, index, settings.clock(channel)))
                .transpose()?,
        })
    }

    /// Refuses a row of another channel, day or merchant number than the first row's.
    fn same(&self, row: &Row<'_>, first: &Shared, here: &Shared) -> Result<(), Box<FileError>> {
        let other = |index, value: &dyn std::fmt::Display| {
            let (first, here) = (shown(&value.to_string()), shown(row.raw(index)));
            Err(row.refuse(index, Reason::MixedStatements { first, here }))
        };
        if here.channel != first.channel {
            return other(self.channel, &first.channel);
        }
        if here.day != first.day {
            return other(self.day, &first.day);
        }
        if let Some(index) = self.merchant.filter(|_| here.merchant != first.merchant) {
            return other(index, &first.merchant);
        }
        if let Some(index) = self.covers.filter(|_| here.covers != first.covers) {
            return other(index, &first.covers);
        }
        match self.until.filter(|_| here.until != first.until) {
            Some(index) => other(index, &first.until.map_or_else(String::new, |until| until.to_string())),
            None => Ok(()),
        }
    }

    /// Reads a row, which must be of the first row's channel, day, merchant number and currency, and adds it to
    /// the sums. Returns `None` for the row of a statement without lines.
    fn next_line(
        &self,
        row: &Row<'_>,
        settings: &Settings,
        first: &mut Option<Shared>,
        summary: &mut BillSummary,
    ) -> Result<Option<StatementLine>, Box<FileError>> {
        let here = self.shared(row, settings)?;
        let is_none = row.raw(self.kind) == NONE;
        if first.is_some() && (is_none || summary.rows == 0) {
            return Err(row.refuse(self.kind, Reason::NotTheOnlyRow {}));
        }
        let first = first.get_or_insert_with(|| {
            let merchant_id = Some(here.merchant.clone()).filter(|number| !number.is_empty());
            let (day, covers, until) = (Some(here.day), here.covers, here.until);
            summary.head = BillHead { day, merchant_id, sub_merchant: None, covers, until };
            here.clone()
        });
        if is_none {
            return Ok(None);
        }
        self.same(row, first, &here)?;
        let line = self.line(row, settings.clock(first.channel))?;
        if !first.covers.lists(line.kind) {
            return Err(row.unknown_word(self.kind, first.covers.kinds()));
        }
        if summary.rows > 0 && line.currency != summary.currency {
            let (first, here) = (summary.currency.to_string(), line.currency.to_string());
            return Err(row.refuse(self.currency, Reason::MixedCurrencies { first, here }));
        }
        summary.currency = line.currency;
        summary.add(&line).map_err(|reason| FileError::at(row.line, reason))?;
        Ok(Some(line))
    }

    fn line(&self, row: &Row<'_>, clock: &TimeZone) -> Result<StatementLine, Box<FileError>> {
        row.printable()?;
        let currency = row.currency(self.currency, row.raw(self.currency))?;
        let kind = row.word(self.kind, LineKind::ALL)?;
        let channel_no = row.maybe_number(Some(self.number))?.unwrap_or_default();
        // A refund made by hand at the channel has no number of ours.
        let by_hand = row.raw(self.reference).is_empty() && kind != LineKind::Pay;
        let reference = if by_hand { self.number } else { self.reference };
        let amount_minor = row.amount_unsigned(self.amount, row.raw(self.amount), currency)?;
        let [merchant_discount_minor, channel_discount_minor] = self.discounts.map(|index| match index {
            Some(index) => discount(row, index, Money::new(amount_minor, currency)),
            None => Ok(0),
        });
        Ok(StatementLine {
            line: row.line,
            kind,
            channel_ref: row.name(reference, row.raw(reference))?,
            original_ref: row.maybe_name(self.original)?,
            channel_no,
            amount_minor,
            fee_minor: row.amount(self.fee, row.raw(self.fee), currency)?,
            currency,
            status: mapped(row, self.status, STATUSES)?,
            occurred_at: time(row, self.time, clock)?,
            merchant_no: row.maybe_number(self.merchant)?,
            merchant_discount_minor: merchant_discount_minor?,
            channel_discount_minor: channel_discount_minor?,
            trouble: None,
        })
    }
}

/// Returns the index of an optional column if the row says something in it.
fn named(row: &Row<'_>, index: Option<usize>) -> Option<usize> {
    index.filter(|index| !row.raw(*index).is_empty())
}

/// Returns the channel that the first row names, or that a profile says.
pub(super) fn channel(input: impl Read, settings: &Settings) -> Result<Channel, Box<FileError>> {
    if let Some(profile) = &settings.profile {
        return channel_of_table(input, settings, profile);
    }
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = Header::first_line(&mut lines, &mut fields)?;
    let columns = Columns::of(&header)?;
    let Some(line) = lines.next()? else { return Err(FileError::whole(Reason::Empty {})) };
    let number = line.number;
    if line.text.starts_with(TOTAL) {
        return Err(FileError::at(number, Reason::StatementOfNothing {}));
    }
    let row = header.row(fields.split(line)?, number)?;
    Ok(columns.shared(&row, settings)?.channel)
}

/// Reads a statement.
pub(super) fn read<E>(
    input: impl Read,
    settings: &Settings,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    if let Some(profile) = &settings.profile {
        return read_table(input, settings, profile, bad, each);
    }
    let mut lines = Lines::new(input, Encoding::Utf8);
    let mut fields = Fields::new(Style::Strict);
    let header = Header::first_line(&mut lines, &mut fields)?;
    let columns = Columns::of(&header)?;
    let mut first: Option<Shared> = None;
    let mut summary = BillSummary::new(BillHead::default(), settings.currency);
    while let Some(line) = lines.next_row(bad)? {
        let number = line.number;
        if let Some(totals) = line.text.strip_prefix(TOTAL) {
            if bad.any() {
                return Ok(summary);
            }
            check(totals, &summary).map_err(|reason| FileError::at(number, reason))?;
            return match lines.next()? {
                Some(line) => Err(FileError::at(line.number, Reason::TextAfterFooter {}).into()),
                None => Ok(summary),
            };
        }
        let read = fields.split(line).and_then(|record| {
            columns.next_line(&header.row(record, number)?, settings, &mut first, &mut summary)
        });
        match read {
            Ok(Some(line)) => each(line).map_err(ReadError::Each)?,
            Ok(None) => {}
            Err(error) => bad.take(error, line.text)?,
        }
    }
    Err(FileError::at(lines.number(), Reason::StatementTotals { found: "–".to_owned() }).into())
}

/// The rows of a table as lines of a statement.
struct StatementRows<'s> {
    settings: &'s Settings,
    days: Days,
    first: Option<Shared>,
    summary: BillSummary,
}

/// Which days of a table are read.
enum Days {
    /// Each: the rows are only tried.
    Each,
    /// The one that all rows must have.
    One,
    /// This one; what else is there, from and to.
    Only(Date, Option<(Date, Date)>),
}

impl<'s> StatementRows<'s> {
    fn new(settings: &'s Settings, days: Days) -> Self {
        let summary = BillSummary::new(BillHead::default(), settings.currency);
        Self { settings, days, first: None, summary }
    }
}

impl RowReader for StatementRows<'_> {
    type Columns = Columns;
    type Taken = Option<StatementLine>;

    fn open(&mut self, header: &Header) -> Result<Columns, Box<FileError>> {
        Columns::of(header)
    }

    fn take(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        _: &str,
        _: &mut BadRows<'_>,
    ) -> Result<Option<StatementLine>, Box<FileError>> {
        let here = columns.shared(row, self.settings)?;
        match (&mut self.days, &mut self.first) {
            (Days::Only(day, seen), _) => {
                let (from, to) = seen.unwrap_or((here.day, here.day));
                *seen = Some((from.min(here.day), to.max(here.day)));
                if here.day != *day {
                    return Ok(None);
                }
            }
            (Days::Each, Some(first)) => first.day = here.day,
            (Days::One, Some(first)) if first.day != here.day => {
                let (first, here) = (first.day.to_string(), here.day.to_string());
                return Err(row.refuse(columns.day, Reason::SeveralDays { first, here }));
            }
            (Days::Each | Days::One, _) => {}
        }
        columns.next_line(row, self.settings, &mut self.first, &mut self.summary)
    }
}

/// Tells what each row of a table would become by a profile.
pub(super) fn tried(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    each: &mut dyn FnMut(TriedRow),
) -> Result<Summary, Box<FileError>> {
    mapped::tried(input, profile, &mut StatementRows::new(settings, Days::Each), each)
}

/// Reads a channel's table by a profile: all of it, or the day that was asked for.
fn read_table<E>(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
    bad: &mut BadRows<'_>,
    each: &mut dyn FnMut(StatementLine) -> Result<(), E>,
) -> Result<BillSummary, ReadError<E>> {
    let days = profile.day.map_or(Days::One, |day| Days::Only(day, None));
    let mut rows = StatementRows::new(settings, days);
    let read = mapped::read(input, profile, bad, &mut rows, &mut |_, line| line.map_or(Ok(()), &mut *each))?;
    if !read.last_line_ended {
        return Err(FileError::at(read.lines + 1, Reason::CutLastLine {}).into());
    }
    // A day between others may have no lines. One before or after them was not asked of the channel.
    if let (Days::Only(day, Some((from, to))), None) = (&rows.days, &rows.first)
        && (day < from || day > to)
    {
        let (day, from, to) = (day.to_string(), from.to_string(), to.to_string());
        return Err(FileError::whole(Reason::DayNotInTable { day, from, to }).into());
    }
    Ok(rows.summary)
}

/// The rows of a table for the channel of the first one.
struct ChannelRows<'s>(&'s Settings);

impl RowReader for ChannelRows<'_> {
    type Columns = Columns;
    type Taken = Channel;

    fn open(&mut self, header: &Header) -> Result<Columns, Box<FileError>> {
        Columns::of(header)
    }

    fn take(
        &mut self,
        columns: &Columns,
        row: &Row<'_>,
        _: &str,
        _: &mut BadRows<'_>,
    ) -> Result<Channel, Box<FileError>> {
        Ok(columns.shared(row, self.0)?.channel)
    }
}

/// Returns the channel that the first row of a table names, or the profile for every row.
fn channel_of_table(
    input: impl Read,
    settings: &Settings,
    profile: &TableProfile,
) -> Result<Channel, Box<FileError>> {
    let found =
        mapped::read(input, profile, &mut BadRows::Refuse, &mut ChannelRows(settings), &mut |_, channel| {
            Err(channel)
        });
    match found {
        Err(ReadError::Each(channel)) => Ok(channel),
        Err(ReadError::File(error)) => Err(error),
        Ok(_) => {
            let said = profile.constant("channel").and_then(|code| code.parse().ok());
            let known = said.filter(|channel| settings.codes.channels.contains(channel));
            known.ok_or_else(|| FileError::whole(Reason::StatementOfNothing {}))
        }
    }
}

/// Compares the last line with the rows: their number, sums of payments, of refunds and revocations, and of
/// fees, and the word `end`.
fn check(totals: &str, summary: &BillSummary) -> Result<(), Reason> {
    let bad = || Reason::StatementTotals { found: shown(&format!("{TOTAL}{totals}")) };
    let [rows, paid, refunded, fees, END] = totals.split(',').collect::<Vec<_>>()[..] else {
        return Err(bad());
    };
    let expected = rows.parse().map_err(|_| bad())?;
    if expected != summary.rows {
        return Err(Reason::FooterCount { name: "rows".to_owned(), expected, actual: summary.rows });
    }
    let sums = [
        ("payments", paid, summary.pay_minor),
        ("refunds", refunded, summary.refund_minor),
        ("fees", fees, summary.fee_minor),
    ];
    for (name, text, minor) in sums {
        let expected = Money::parse(text, summary.currency).map_err(|_| bad())?;
        if expected.minor != minor {
            let actual = Money::new(minor, summary.currency).to_string();
            return Err(Reason::FooterSum { name: name.to_owned(), expected: expected.to_string(), actual });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Codes, Format, read_bill};
    use super::*;
    use crate::domain::id::ChannelRef;
    use crate::domain::money::Currency;
    use jiff::tz::TimeZone;

    const HEADER: &str =
        "channel,day,kind,reference,original_reference,channel_no,amount,currency,channel_fee,status,time\n";

    fn statement(rows: &str) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
        let totals = if rows.contains("total,") { "" } else { TOTALS };
        read_whole(&format!("{HEADER}{rows}{totals}"))
    }

    fn read_whole(text: &str) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
        let settings = Settings {
            currency: Currency::CNY,
            zone: TimeZone::UTC,
            codes: Codes::named(),
            profile: None,
            day: None,
        };
        let mut found = Vec::new();
        let mut each = |line| -> Result<(), ()> {
            found.push(line);
            Ok(())
        };
        match read_bill(text.as_bytes(), "s.csv", &settings, Format::Statement, &mut each) {
            Ok(summary) => Ok((found, summary)),
            Err(ReadError::File(error)) => Err(*error),
            Err(ReadError::Each(())) => unreachable!(),
        }
    }

    const PAID: &str = "BANK,2026-03-02,pay,R1,,N1,100.00,CNY,0.60,SUCCESS,2026-03-02 10:00:00\n";
    const REFUNDED: &str = "BANK,2026-03-02,refund,R2,R1,N2,40.00,CNY,-0.20,SUCCESS,2026-03-02T11:00:00Z\n";

    const TOTALS: &str = "total,2,100.00,40.00,0.40,end\n";

    #[test]
    fn lines_and_sums_are_read() {
        let (lines, summary) = statement(&format!("{PAID}{REFUNDED}")).unwrap();
        assert_eq!((lines[0].kind, lines[0].amount_minor, lines[0].fee_minor), (LineKind::Pay, 10_000, 60));
        assert_eq!(lines[1].original_ref.as_ref().map(ChannelRef::as_str), Some("R1"));
        assert_eq!(
            (summary.rows, summary.pay_minor, summary.refund_minor, summary.fee_minor),
            (2, 10_000, 4_000, 40)
        );
        assert_eq!(summary.head.day.map(|day| day.to_string()).as_deref(), Some("2026-03-02"));
    }

    #[test]
    fn optional_columns_say_what_the_statement_covers() {
        let settings = Settings {
            currency: Currency::CNY,
            zone: TimeZone::UTC,
            codes: Codes::named(),
            profile: None,
            day: None,
        };
        let read = |covers: &str, kind: &str| {
            let text = format!(
                "channel,day,merchant_no,covers,until,kind,reference,channel_no,amount,currency,channel_fee,status,time\n\
                 BANK,2026-03-02,M1,{covers},2026-03-02 18:00:00,{kind},R1,N1,1.00,CNY,0.00,SUCCESS,2026-03-02 10:00:00\n\
                 total,1,{},{},0.00,end\n",
                if kind == "pay" { "1.00" } else { "0.00" },
                if kind == "pay" { "0.00" } else { "1.00" },
            );
            let mut each = |line: StatementLine| -> Result<(), ()> {
                assert_eq!(line.merchant_no.as_deref(), Some("M1"));
                Ok(())
            };
            match read_bill(text.as_bytes(), "s.csv", &settings, Format::Statement, &mut each) {
                Ok(summary) => Ok(summary.head),
                Err(ReadError::File(error)) => Err(error.reason.key()),
                Err(ReadError::Each(())) => unreachable!(),
            }
        };
        let head = read("refunds", "refund").unwrap();
        assert_eq!((head.covers, head.merchant_id.as_deref()), (Coverage::Refunds, Some("M1")));
        assert_eq!(head.until.unwrap().to_string(), "2026-03-02T18:00:00+00:00");
        assert_eq!(read("", "pay").unwrap().covers, Coverage::All);
        assert_eq!(read("refunds", "pay").unwrap_err(), "unknown_word");
        assert_eq!(read("some", "pay").unwrap_err(), "unknown_word");
    }

    #[test]
    fn a_refund_without_a_number_of_ours_goes_by_the_channels() {
        let (lines, _) = statement(&format!("{PAID}{}", REFUNDED.replacen("R2", "", 1))).unwrap();
        let refund = &lines[1];
        assert_eq!((refund.channel_ref.as_str(), refund.channel_no.as_str()), ("N2", "N2"));
    }

    #[test]
    fn discounts_are_parts_of_the_amount_by_who_bears_them() {
        let with = |discounts: &str, paid: &str| {
            let head = HEADER.replace("time\n", "time,merchant_discount,channel_discount\n");
            let row = PAID.trim_end();
            read_whole(&format!("{head}{row},{discounts}\ntotal,1,{paid},0.00,0.60,end\n"))
        };
        let (lines, summary) = with("10.00,5.00", "90.00").unwrap();
        let discounts = (lines[0].merchant_discount_minor, lines[0].channel_discount_minor);
        assert_eq!((lines[0].amount_minor, discounts, summary.pay_minor), (10_000, (1_000, 500), 9_000));
        assert_eq!(with(",", "100.00").unwrap().0[0].paid_minor(), 10_000);
        assert_eq!(with("10.00,", "100.00").unwrap_err().reason.key(), "footer_sum", "as it is paid");
        assert_eq!(with("100.01,", "0.00").unwrap_err().reason.key(), "discount_too_large");
    }

    #[test]
    fn a_day_without_lines_has_one_row_that_names_it() {
        let none = "BANK,2026-03-02,none,,,,,,,,\n";
        let nothing = "total,0,0.00,0.00,0.00,end\n";
        let (lines, summary) = statement(&format!("{none}{nothing}")).unwrap();
        assert_eq!((lines.len(), summary.rows), (0, 0));
        assert_eq!(summary.head.day.map(|day| day.to_string()).as_deref(), Some("2026-03-02"));
        let settings = Settings {
            currency: Currency::CNY,
            zone: TimeZone::UTC,
            codes: Codes::named(),
            profile: None,
            day: None,
        };
        let named = |rows: &str| channel(format!("{HEADER}{rows}").as_bytes(), &settings);
        assert_eq!(named(none).unwrap(), Channel::BANK);
        assert_eq!(named(nothing).unwrap_err().reason.key(), "statement_of_nothing");
        for rows in [format!("{none}{none}{nothing}"), format!("{none}{PAID}{TOTALS}")] {
            let error = statement(&rows).unwrap_err();
            assert_eq!((error.line, error.reason.key()), (Some(3), "not_the_only_row"), "{rows}");
        }
        let counted = statement(&format!("{none}{TOTALS}")).unwrap_err();
        assert_eq!(counted.reason.key(), "footer_count");
    }

    #[test]
    fn the_header_once_more_is_refused_as_such() {
        let error = statement(&format!("{PAID}{HEADER}{REFUNDED}")).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (Some(3), "header_again"));
    }

    #[test]
    fn what_does_not_belong_is_refused_with_its_place() {
        let other = |from: &str, to: &str| format!("{PAID}{}", REFUNDED.replacen(from, to, 1));
        for (rows, line, column, key) in [
            (other("BANK", "NUCC"), 3, 1, "mixed_statements"),
            (other("BANK", "PAYPAL"), 3, 1, "unknown_word"),
            (other("2026-03-02,", "2026-03-03,"), 3, 2, "mixed_statements"),
            (other("refund", "refunded"), 3, 3, "unknown_word"),
            (other("40.00", "-40.00"), 3, 7, "negative_amount"),
            (other("CNY", "EUR"), 3, 8, "mixed_currencies"),
            (other("refund", "none"), 3, 3, "not_the_only_row"),
            (other("SUCCESS", "OK"), 3, 10, "unknown_word"),
            (other("2026-03-02T", "2026-13-02T"), 3, 11, "bad_time"),
            (other("N2", "4.2E+27"), 3, 6, "scientific_notation"),
            (other("N2", " N2"), 3, 6, "bad_name"),
            (other("R2,R1", "2.0E+15,R1"), 3, 4, "scientific_notation"),
            (other("R2,R1,N2", ",R1,"), 3, 6, "empty_field"),
            (other("refund,R2", "pay,"), 3, 4, "empty_field"),
        ] {
            let error = statement(&rows).unwrap_err();
            let place = (error.line, error.column.as_ref().map(|column| column.number), error.reason.key());
            assert_eq!(place, (Some(line), Some(column), key), "{rows}");
        }
        for (totals, key) in [
            ("total,1,100.00,40.00,0.40,end\n", "footer_count"),
            ("total,2,100.00,40.00,0.41,end\n", "footer_sum"),
            ("total,2,100.00,40.00,0.40,en\n", "statement_totals"),
            ("total,2,100.00,40.00,0.40,end\nx\n", "text_after_footer"),
        ] {
            let error = statement(&format!("{PAID}{REFUNDED}{totals}")).unwrap_err();
            assert_eq!((error.line >= Some(4), error.reason.key()), (true, key), "{totals}");
        }
    }
}
