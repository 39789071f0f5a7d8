//! Records of fixed width, as UnionPay writes them: fields are told by their bytes, with one blank between them.
//!
//! A record has exactly the bytes of its layout, so that one that was cut, trimmed or saved in another encoding is
//! refused as a whole: a Chinese character has two bytes in GBK and three in UTF-8, and all fields behind it would
//! be read at the wrong place. Bytes are never counted as characters.
//!
//! Amounts are in minor units with zeros in front; a signed one begins with `C` (credit: the merchant receives it) or
//! `D` (debit: the merchant pays it). Times have no year.

use super::head::Head;
use super::lines::{RawLine, decode_gbk};
use super::reason::{Column, FileError, Reason, shown};
use crate::domain::id::MAX_BYTES;
use crate::domain::period::Moment;
use encoding_rs::GBK;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::str::FromStr;

/// The byte between two fields.
const BETWEEN: u8 = b' ';

/// How many days a time may be before the day of its file. Its year is that of the file or the one before; half a year
/// leaves no doubt which.
const DAYS_BEFORE: i32 = 180;

/// A field of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedField {
    name: &'static str,
    at: usize,
    width: usize,
}

#[cfg(test)]
impl FixedField {
    /// Returns where it begins in its record.
    pub(super) const fn at(self) -> usize {
        self.at
    }

    /// Returns how many bytes it has.
    pub(super) const fn width(self) -> usize {
        self.width
    }
}

/// The layout of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedLayout {
    /// Its fields in order.
    pub(super) fields: &'static [FixedField],
    /// How many bytes a record has.
    pub(super) width: usize,
    /// How many of the fields have a blank behind them. The others are part of a reserve, which older generations leave
    /// blank.
    pub(super) parted: usize,
}

/// Returns the fields of a layout, given the name and width of each.
pub(super) const fn fields<const N: usize>(columns: [(&'static str, usize); N]) -> [FixedField; N] {
    let mut fields = [FixedField { name: "", at: 0, width: 0 }; N];
    let (mut index, mut at) = (0, 0);
    while index < N {
        let (name, width) = columns[index];
        fields[index] = FixedField { name, at, width };
        at += width + 1;
        index += 1;
    }
    fields
}

/// A record of the right width, with a blank between its fields.
#[derive(Debug, Clone, Copy)]
pub(super) struct FixedRecord<'a> {
    bytes: &'a [u8],
    layout: FixedLayout,
    /// Its line in the file.
    pub(super) line: u64,
}

impl<'a> FixedRecord<'a> {
    /// Reads a line as a record.
    ///
    /// # Errors
    /// Another width, UTF-8 in place of GBK, and a field that runs into the next one.
    pub(super) fn of(raw: RawLine<'a>, layout: FixedLayout) -> Result<Self, Box<FileError>> {
        let RawLine { number, bytes, offset } = raw;
        let record = Self { bytes, layout, line: number };
        let expected = layout.width;
        let wrong = |valid: usize| {
            let byte = offset + valid as u64 + 1;
            FileError::at(number, Reason::WrongEncoding { expected: "GBK".to_owned(), byte })
        };
        if bytes.len() != expected {
            return Err(match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(first) if std::str::from_utf8(bytes).is_ok() => wrong(first),
                _ => FileError::at(number, Reason::RecordWidth { expected, found: bytes.len() }),
            });
        }
        if !bytes.is_ascii() {
            decode_gbk(bytes, &mut String::new()).map_err(wrong)?;
        }
        let parted = |field: &FixedField| bytes.get(field.at + field.width) == Some(&BETWEEN);
        let joined = layout.fields.iter().take(layout.parted).position(|field| !parted(field));
        match joined {
            Some(index) => Err(record.refuse(index, Reason::FieldsJoined {})),
            None => Ok(record),
        }
    }

    /// Returns a refusal of a field.
    pub(super) fn refuse(&self, index: usize, reason: Reason) -> Box<FileError> {
        let name = self.layout.fields.get(index).map(|field| field.name.to_owned());
        FileError::at(self.line, reason).in_origin(Column { number: index + 1, name })
    }

    /// Returns the bytes of a field.
    fn raw(&self, index: usize) -> &'a [u8] {
        let field = self.layout.fields.get(index);
        field.and_then(|field| self.bytes.get(field.at..field.at + field.width)).unwrap_or_default()
    }

    /// Returns a field without blanks around it, for an error.
    pub(super) fn shown(&self, index: usize) -> String {
        shown(GBK.decode_without_bom_handling(self.raw(index)).0.trim())
    }

    /// Returns a field without blanks around it.
    ///
    /// # Errors
    /// Other characters than printable ASCII.
    pub(super) fn text(&self, index: usize) -> Result<&'a str, Box<FileError>> {
        let printable = self.raw(index).iter().all(|byte| (b' '..=b'~').contains(byte));
        let text = std::str::from_utf8(self.raw(index)).ok().filter(|_| printable);
        text.map(str::trim)
            .ok_or_else(|| self.refuse(index, Reason::BadName { value: self.shown(index), limit: MAX_BYTES }))
    }

    /// Returns a field that is not empty.
    pub(super) fn filled(&self, index: usize) -> Result<&'a str, Box<FileError>> {
        match self.text(index)? {
            "" => Err(self.refuse(index, Reason::EmptyField {})),
            text => Ok(text),
        }
    }

    /// Parses a name of the books; `None` if the field is empty.
    pub(super) fn maybe_name<T: FromStr>(&self, index: usize) -> Result<Option<T>, Box<FileError>> {
        let bad = || self.refuse(index, Reason::BadName { value: self.shown(index), limit: MAX_BYTES });
        match self.text(index)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| bad()),
        }
    }

    /// Parses a name of the books.
    pub(super) fn name<T: FromStr>(&self, index: usize) -> Result<T, Box<FileError>> {
        self.maybe_name(index)?.ok_or_else(|| self.refuse(index, Reason::EmptyField {}))
    }

    /// Parses an amount in minor units that fills its field with digits.
    pub(super) fn minor(&self, index: usize) -> Result<i64, Box<FileError>> {
        digits(self.raw(index)).ok_or_else(|| self.bad_minor(index))
    }

    /// Parses an amount with its letter: positive if the merchant receives it; `None` if the field is blank.
    pub(super) fn signed(&self, index: usize) -> Result<Option<i64>, Box<FileError>> {
        let raw = self.raw(index);
        if raw.trim_ascii().is_empty() {
            return Ok(None);
        }
        self.signed_if(index).map(Some).ok_or_else(|| self.bad_minor(index))
    }

    /// As [`Self::signed`], `None` if the field has another form.
    pub(super) fn signed_if(&self, index: usize) -> Option<i64> {
        match self.raw(index).split_first()? {
            (b'C', rest) => digits(rest),
            (b'D', rest) => digits(rest).map(|minor| -minor),
            _ => None,
        }
    }

    fn bad_minor(&self, index: usize) -> Box<FileError> {
        self.refuse(index, Reason::BadMinorAmount { value: self.shown(index) })
    }

    /// Parses a time `MMDDhhmmss` of the half year that ends with `day`, in `zone`.
    pub(super) fn time(&self, index: usize, day: Date, zone: &TimeZone) -> Result<Moment, Box<FileError>> {
        let bad = || self.refuse(index, Reason::BadShortTime { value: self.shown(index) });
        let two = |at: usize| digits(self.raw(index).get(at..at + 2)?).and_then(|n| i8::try_from(n).ok());
        let in_year = |year: i16| DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok();
        if self.raw(index).len() != 10 {
            return Err(bad());
        }
        let years = [Some(day.year()), day.year().checked_sub(1)];
        let local = years.into_iter().flatten().filter_map(in_year).find(|local| local.date() <= day);
        let local = local.or_else(|| in_year(day.year())).ok_or_else(bad)?;
        let before = day.since(local.date()).map_or(i32::MAX, |span| span.get_days());
        if !(0..=DAYS_BEFORE).contains(&before) {
            let (day, value) = (day.to_string(), self.shown(index));
            return Err(self.refuse(index, Reason::YearUnclear { day, value, days: DAYS_BEFORE }));
        }
        Moment::from_local(local, zone).map_err(|_| bad())
    }
}

/// Returns whether the first record has an amount with its letter in a field.
pub(super) fn is_signed(head: &Head<'_>, field: &FixedField) -> bool {
    match head.bytes().get(field.at..field.at + field.width).and_then(<[u8]>::split_first) {
        Some((letter, rest)) => matches!(letter, b'C' | b'D') && digits(rest).is_some(),
        None => false,
    }
}

/// Returns the number that is written with these digits alone, at most 18 of them.
fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0_i64, |number, byte| match byte {
        b'0'..=b'9' => Some(number * 10 + i64::from(byte - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: FixedLayout = FixedLayout {
        fields: &fields([("code", 3), ("amount", 4), ("sum", 5), ("name", 6), ("time", 10)]),
        width: 32,
        parted: 4,
    };

    fn record(text: &[u8]) -> Result<FixedRecord<'_>, Box<FileError>> {
        FixedRecord::of(RawLine { number: 7, bytes: text, offset: 100 }, LAYOUT)
    }

    fn refused<T: std::fmt::Debug>(read: Result<T, Box<FileError>>) -> (usize, Reason) {
        let error = *read.unwrap_err();
        assert_eq!(error.line, Some(7));
        (error.column.map_or(0, |column| column.number), error.reason)
    }

    #[test]
    fn fields_are_told_by_their_bytes() {
        let gbk = GBK.encode("S22 0120 D0001 商户店 0912101010").0;
        let row = record(&gbk).unwrap();
        assert_eq!(row.text(0), Ok("S22"));
        assert_eq!(row.minor(1), Ok(120));
        assert_eq!(row.signed(2), Ok(Some(-1)));
        assert_eq!(row.shown(3), "商户店");
        assert_eq!(refused(row.text(3)).0, 4);
        let day = "2018-09-12".parse().unwrap();
        assert_eq!(
            row.time(4, day, &TimeZone::fixed(jiff::tz::offset(8))).unwrap().to_string(),
            "2018-09-12T10:10:10+08:00"
        );
    }

    #[test]
    fn another_width_or_encoding_is_refused() {
        let encoded = |byte| Reason::WrongEncoding { expected: "GBK".to_owned(), byte };
        let utf8 = "S22 0120 D0001 商户店 0912101010";
        assert_eq!(refused(record(utf8.as_bytes())), (0, encoded(116)));
        assert_eq!(refused(record(b"S22 0120 D0001 a\xff     0912101010")), (0, encoded(117)));
        for (text, found) in [("S22 0120 D0001        091210101", 31), ("S22 0120", 8)] {
            let width = Reason::RecordWidth { expected: 32, found };
            assert_eq!(refused(record(text.as_bytes())), (0, width), "{text}");
        }
        assert_eq!(refused(record(b"S22 01200D0001        0912101010")), (2, Reason::FieldsJoined {}));
    }

    #[test]
    fn amounts_have_digits_only() {
        for (text, index) in [
            ("S22  120 D0001        0912101010", 1),
            ("S22 1.20 D0001        0912101010", 1),
            ("S22 0120 X0001        0912101010", 2),
            ("S22 0120 D 001        0912101010", 2),
            ("S22 0120 00001        0912101010", 2),
        ] {
            let row = record(text.as_bytes()).unwrap();
            let read = if index == 1 { row.minor(1).map(Some) } else { row.signed(2) };
            let (column, reason) = refused(read);
            assert_eq!(column, index + 1, "{text}");
            assert!(matches!(reason, Reason::BadMinorAmount { .. }), "{text}");
        }
        assert_eq!(record(b"S22 0120              0912101010").unwrap().signed(2), Ok(None));
    }

    /// A time of December in a file of January is of the year before; one after the file's day is of none.
    #[test]
    fn the_year_is_that_of_the_file_or_the_one_before() {
        let zone = TimeZone::UTC;
        for (text, day, expected) in [
            ("0912101010", "2018-09-12", Ok("2018-09-12T10:10:10+00:00")),
            ("1231231500", "2019-01-01", Ok("2018-12-31T23:15:00+00:00")),
            ("0101001500", "2019-01-01", Ok("2019-01-01T00:15:00+00:00")),
            ("0229101010", "2020-03-01", Ok("2020-02-29T10:10:10+00:00")),
            ("0229101010", "2019-03-01", Err("bad_short_time")),
            ("0913000000", "2018-09-12", Err("year_unclear")),
            ("0101101010", "2018-09-12", Err("year_unclear")),
            ("0931101010", "2018-10-01", Err("bad_short_time")),
            ("0912241010", "2018-09-12", Err("bad_short_time")),
            ("09121010  ", "2018-09-12", Err("bad_short_time")),
        ] {
            let line = format!("S22 0120 D0001        {text}");
            let row = record(line.as_bytes()).unwrap();
            let read = row.time(4, day.parse().unwrap(), &zone);
            let read = read.map(|time| time.to_string()).map_err(|error| error.reason.key());
            assert_eq!(read.as_deref().map_err(|key| *key), expected, "{text} in a file of {day}");
        }
    }
}
