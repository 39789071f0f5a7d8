//! Typed fields of a record; each refusal names line, column number and column name.

use super::fields::{Fields, Record};
use super::lines::Lines;
use super::reason::{Column, FileError, Reason, shown};
use crate::domain::id::{ChannelRef, MAX_BYTES};
use crate::domain::money::{AmountError, Currency, Money};
use crate::domain::period::{Moment, parse_date};
use crate::files::column::FileColumn;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use std::fmt::Display;
use std::io::Read;
use std::str::FromStr;

/// The header of a file: column names in order.
#[derive(Debug)]
pub(super) struct Header {
    names: Vec<String>,
    line: u64,
    /// The columns of the table that the fields come from, if a profile read them.
    origins: Vec<Column>,
}

impl Header {
    /// Returns the header on `line`; refuses duplicate names.
    pub(super) fn new(names: impl Iterator<Item = String>, line: u64) -> Result<Self, Box<FileError>> {
        let names: Vec<String> = names.collect();
        for (index, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..index].contains(name) {
                return Err(FileError::at(line, Reason::DuplicateColumn { name: shown(name) })
                    .in_column(index, Some(name)));
            }
        }
        Ok(Self { names, line, origins: Vec::new() })
    }

    /// Returns the header of a table as it is, whatever its names.
    pub(super) const fn of_table(names: Vec<String>, line: u64) -> Self {
        Self { names, line, origins: Vec::new() }
    }

    /// Returns the header of fields that a profile reads from the columns of this table; a field without a column is
    /// a constant.
    pub(super) fn mapped<'f>(&self, fields: impl Iterator<Item = (&'f str, Option<usize>)>) -> Self {
        let (mut names, mut origins) = (Vec::new(), Vec::new());
        for (name, index) in fields {
            names.push(name.to_owned());
            let number = index.map_or(0, |index| index + 1);
            let shown_as = index.map_or(name, |index| self.name(index));
            origins.push(Column { number, name: Some(shown(shown_as)) });
        }
        Self { names, line: self.line, origins }
    }

    /// Reads the header of a local file, its first line.
    pub(super) fn first_line<R: Read>(
        lines: &mut Lines<R>,
        fields: &mut Fields,
    ) -> Result<Self, Box<FileError>> {
        let Some(line) = lines.next()? else { return Err(FileError::whole(Reason::Empty {})) };
        let number = line.number;
        let record = fields.split(line)?;
        Self::new(record.iter().map(str::to_owned), number)
    }

    /// Refuses a name that is not one of `columns`, and a header without a required one.
    pub(super) fn check(&self, columns: &[FileColumn]) -> Result<(), Box<FileError>> {
        let is_known = |name: &String| columns.iter().any(|column| column.name == name);
        if let Some(index) = self.names.iter().position(|name| !is_known(name)) {
            let name = &self.names[index];
            return Err(FileError::at(self.line, Reason::UnknownColumn { name: shown(name) })
                .in_column(index, Some(name)));
        }
        columns
            .iter()
            .filter(|column| column.required)
            .try_for_each(|column| self.need(&[column.name]).map(|_| ()))
    }

    /// Returns the index of the column with one of these names: the current name first, then those of older
    /// files.
    pub(super) fn find(&self, aliases: &[&str]) -> Option<usize> {
        aliases.iter().find_map(|alias| self.names.iter().position(|name| name == alias))
    }

    /// As [`Self::find`], for a required column.
    pub(super) fn need(&self, aliases: &[&str]) -> Result<usize, Box<FileError>> {
        self.find(aliases).ok_or_else(|| {
            let name = aliases.first().copied().unwrap_or_default().to_owned();
            FileError::at(self.line, Reason::MissingColumn { name })
        })
    }

    pub(super) const fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns the names in order.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the name of the column at `index`; empty if there is none.
    pub(super) fn name(&self, index: usize) -> &str {
        self.names.get(index).map(String::as_str).unwrap_or_default()
    }

    /// Returns a refusal on `line` in the column at `index`.
    pub(super) fn refuse(&self, index: usize, line: u64, reason: Reason) -> Box<FileError> {
        match self.origins.get(index) {
            Some(origin) => FileError::at(line, reason).in_origin(origin.clone()),
            None => FileError::at(line, reason).in_column(index, self.names.get(index).map(String::as_str)),
        }
    }

    /// Returns the record as a row of this header; refuses another number of fields, and the header once more.
    pub(super) fn row<'a>(&'a self, record: Record<'a>, line: u64) -> Result<Row<'a>, Box<FileError>> {
        let (expected, found) = (self.len(), record.len());
        let row = Row { header: self, record, line };
        if found > 1 && record.get(0) == self.name(0) && record.get(1) == self.name(1) {
            return Err(FileError::at(line, Reason::HeaderAgain {}));
        }
        match found.cmp(&expected) {
            std::cmp::Ordering::Equal => Ok(row),
            std::cmp::Ordering::Less => Err(row.refuse(found, Reason::TooFewFields { expected, found })),
            std::cmp::Ordering::Greater => {
                Err(row.refuse(expected, Reason::TooManyFields { expected, found }))
            }
        }
    }
}

/// A record with its header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    header: &'a Header,
    record: Record<'a>,
    /// Its line in the file.
    pub(super) line: u64,
}

impl<'a> Row<'a> {
    /// Returns the field without surrounding blanks and TABs.
    pub(super) fn text(&self, index: usize) -> &'a str {
        self.record.get(index).trim()
    }

    /// Returns the field unchanged.
    pub(super) fn raw(&self, index: usize) -> &'a str {
        self.record.get(index)
    }

    /// Returns a refusal of this field.
    pub(super) fn refuse(&self, index: usize, reason: Reason) -> Box<FileError> {
        self.header.refuse(index, self.line, reason)
    }

    /// Refuses control characters anywhere in the row.
    pub(super) fn printable(&self) -> Result<(), Box<FileError>> {
        for (index, field) in self.record.iter().enumerate() {
            if let Some(control) = field.chars().find(|c| c.is_control()) {
                let character = format!("U+{:04X}", u32::from(control));
                return Err(self.refuse(index, Reason::ControlCharacter { character }));
            }
        }
        Ok(())
    }

    /// Parses a name of the books; refuses one whose digits a spreadsheet program has lost.
    pub(super) fn name<T: FromStr>(&self, index: usize, text: &str) -> Result<T, Box<FileError>> {
        self.whole_number(index, text)?;
        text.parse().map_err(|_| {
            if text.is_empty() {
                return self.refuse(index, Reason::EmptyField {});
            }
            self.refuse(index, Reason::BadName { value: shown(text), limit: MAX_BYTES })
        })
    }

    /// Refuses a number in scientific notation: a spreadsheet program wrote it so, and its last digits are lost.
    pub(super) fn whole_number(&self, index: usize, text: &str) -> Result<(), Box<FileError>> {
        if is_scientific(text) {
            return Err(self.refuse(index, Reason::ScientificNotation { value: shown(text) }));
        }
        Ok(())
    }

    /// Parses a name of the books; `None` if the field is empty or the column is missing.
    pub(super) fn maybe_name<T: FromStr>(&self, index: Option<usize>) -> Result<Option<T>, Box<FileError>> {
        match index.map(|index| (index, self.raw(index))) {
            None | Some((_, "")) => Ok(None),
            Some((index, text)) => self.name(index, text).map(Some),
        }
    }

    /// Parses a number of the channel's own, such as a merchant's; `None` if it is empty or the column is missing.
    pub(super) fn maybe_number(&self, index: Option<usize>) -> Result<Option<String>, Box<FileError>> {
        let number: Option<ChannelRef> = self.maybe_name(index)?;
        Ok(number.map(|number| number.as_str().to_owned()))
    }

    /// Parses one of a closed set of words.
    pub(super) fn word<T: FromStr + Copy + Display>(
        &self,
        index: usize,
        all: &[T],
    ) -> Result<T, Box<FileError>> {
        let text = self.raw(index);
        text.parse().map_err(|_| self.unknown_word(index, all))
    }

    /// Parses one of the codes that the ledger knows.
    pub(super) fn code<T: FromStr + Copy + PartialEq + Display>(
        &self,
        index: usize,
        known: &[T],
    ) -> Result<T, Box<FileError>> {
        let code = self.raw(index).parse().ok().filter(|code| known.contains(code));
        code.ok_or_else(|| self.unknown_word(index, known))
    }

    /// Returns the refusal of a word that is not one of `all`.
    pub(super) fn unknown_word<T: Display>(&self, index: usize, all: &[T]) -> Box<FileError> {
        let allowed: Vec<String> = all.iter().map(ToString::to_string).collect();
        let value = shown(self.record.get(index));
        self.refuse(index, Reason::UnknownWord { value, allowed: allowed.join(", ") })
    }

    /// Parses an ISO currency.
    pub(super) fn currency(&self, index: usize, text: &str) -> Result<Currency, Box<FileError>> {
        text.parse().map_err(|_| self.refuse(index, Reason::UnknownCurrency { value: shown(text) }))
    }

    /// Parses a signed amount in major units and returns minor units.
    pub(super) fn amount(&self, index: usize, text: &str, currency: Currency) -> Result<i64, Box<FileError>> {
        amount(text, currency).map_err(|reason| self.refuse(index, reason))
    }

    /// As [`Self::amount`], and refuses a negative amount.
    pub(super) fn amount_unsigned(
        &self,
        index: usize,
        text: &str,
        currency: Currency,
    ) -> Result<i64, Box<FileError>> {
        let minor = self.amount(index, text, currency)?;
        if minor < 0 {
            return Err(self.refuse(index, Reason::NegativeAmount { value: shown(text) }));
        }
        Ok(minor)
    }

    /// Parses a local time `YYYY-MM-DD HH:MM:SS` in `zone`.
    pub(super) fn local_time(
        &self,
        index: usize,
        text: &str,
        zone: &TimeZone,
    ) -> Result<Moment, Box<FileError>> {
        civil(text)
            .and_then(|local| Moment::from_local(local, zone).ok())
            .ok_or_else(|| self.refuse(index, Reason::BadTime { value: shown(text) }))
    }

    /// Parses an ISO date, or, of a table that a profile reads, takes the day of a moment by the clock of `zone`.
    pub(super) fn day(&self, index: usize, zone: &TimeZone) -> Result<Date, Box<FileError>> {
        let text = self.raw(index);
        let is_moment = !self.header.origins.is_empty() && text.as_bytes().get(10) == Some(&b'T');
        match text.parse::<Moment>() {
            Ok(moment) if is_moment => Ok(moment.in_zone(zone).date()),
            _ => self.date(index),
        }
    }

    /// Parses an ISO date.
    pub(super) fn date(&self, index: usize) -> Result<Date, Box<FileError>> {
        let text = self.raw(index);
        parse_date(text).map_err(|_| self.refuse(index, Reason::BadDate { value: shown(text) }))
    }
}

/// Parses a signed amount in major units and returns minor units.
pub(super) fn amount(text: &str, currency: Currency) -> Result<i64, Reason> {
    if text.is_empty() {
        return Err(Reason::EmptyField {});
    }
    let value = || shown(text);
    if is_scientific(text) {
        return Err(Reason::ScientificNotation { value: value() });
    }
    Money::parse(text, currency).map(|money| money.minor).map_err(|error| match error {
        AmountError::NotANumber | AmountError::Currency => Reason::NotANumber { value: value() },
        AmountError::TooPrecise => {
            Reason::TooPrecise { value: value(), currency: currency.code().to_owned() }
        }
        AmountError::TooLarge => Reason::TooLarge { value: value() },
        AmountError::Negative => Reason::NegativeAmount { value: value() },
    })
}

/// Returns whether a field is a number as spreadsheet programs write a long one: `4.2E+27`.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    whole.len() == 1 && digits(whole) && digits(fraction) && exponent.strip_prefix('+').is_some_and(digits)
}

/// Parses `YYYY-MM-DD HH:MM:SS` with ASCII digits; `None` if it is not a valid time.
pub(super) fn civil(text: &str) -> Option<DateTime> {
    let bytes: &[u8; 19] = text.as_bytes().try_into().ok()?;
    let shape = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    if shape.iter().any(|&(at, mark)| bytes[at] != mark) {
        return None;
    }
    let two = |at: usize| -> Option<i8> {
        let (tens, ones) = (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0'));
        if tens > 9 || ones > 9 {
            return None;
        }
        i8::try_from(tens * 10 + ones).ok()
    };
    let year = i16::from(two(0)?) * 100 + i16::from(two(2)?);
    DateTime::new(year, two(5)?, two(8)?, two(11)?, two(14)?, two(17)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_exist_or_are_refused() {
        assert_eq!(civil("2018-09-12 09:00:01").unwrap().to_string(), "2018-09-12T09:00:01");
        for bad in [
            "",
            "2018-09-12",
            "2018-02-29 00:00:00",
            "2018-09-12 24:00:00",
            "2018-09-12 09:00:60",
            "2018-09-12T09:00:01",
            "2018-09-12 9:00:01 ",
            "2018/09/12 09:00:01",
            "2018-09-1\u{ff11} 9:00:1",
            "２０１８-09-12 09",
        ] {
            assert_eq!(civil(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_number_in_scientific_notation_is_told_from_a_name() {
        for damaged in ["4.2E+27", "4E+27", "4.20001E+27", "4,2E+27", "1e+15"] {
            assert!(is_scientific(damaged), "{damaged}");
        }
        for name in ["", "4200000000201809120000000002", "4E27", "4.2", "A4.2E+27", "42E+5", "4.2E+", "1E-5"]
        {
            assert!(!is_scientific(name), "{name}");
        }
    }

    #[test]
    fn amounts_say_what_is_wrong_with_them() {
        let value = |text: &str| text.to_owned();
        for (text, expected) in [
            ("-0.30000", Ok(-30)),
            ("", Err(Reason::EmptyField {})),
            ("１.00", Err(Reason::NotANumber { value: value("１.00") })),
            ("1.005", Err(Reason::TooPrecise { value: value("1.005"), currency: value("CNY") })),
            ("10000000000000.01", Err(Reason::TooLarge { value: value("10000000000000.01") })),
        ] {
            assert_eq!(amount(text, Currency::CNY), expected, "{text}");
        }
    }
}
