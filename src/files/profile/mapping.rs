//! The rows of one table as rows of our own format: the columns of a profile found in a header, and the values
//! of each field read from a row's cells.

use super::definition::{CellSource, Field, Form, LetterCase, NumberForm, SignRule, TableProfile};
use super::heading::{Above, folded};
use super::number::{Plain, plain};
use super::time;
use rust_decimal::Decimal;

/// The field whose sign says which way money goes.
const AMOUNT: &str = "amount";

/// What is wrong with a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum HeaderMistake {
    /// No column of a required field.
    Missing { field: &'static str, names: String },
    /// A column that a field reads is there twice.
    Twice { name: String, second: usize },
    /// Two columns with different names for one field.
    Two { field: &'static str, first: String, second: usize },
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowIs {
    /// A record; its values were written.
    Record,
    /// Empty cells only.
    Blank,
    /// A row that the profile skips, by the cell at this index.
    Skipped(usize),
    /// The first row of the footer.
    Footer,
}

/// Why a cell cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CellMistake {
    /// A word that the profile's map does not have.
    NotInMap { field: &'static str, value: String, words: String },
    /// Not a number as described.
    NotANumber { value: String, decimal: char, thousands: Option<char> },
    /// A time or date that fits no pattern.
    NotADate { value: String, patterns: String },
    /// Both or none of the columns of money in and money out have an amount.
    BothWays,
    /// Another value than in a column that must have the same.
    NotSame { value: String, column: String, other: String },
}

/// The values of a row of our own format.
#[derive(Debug, Default)]
pub(crate) struct Values {
    pub(crate) text: String,
    pub(crate) spans: Vec<(usize, usize)>,
}

/// Indexes of the columns of a table, for each field of a profile that the table has.
#[derive(Debug)]
pub(crate) struct Mapping<'p> {
    profile: &'p TableProfile,
    fields: Vec<(&'p Field, Vec<usize>)>,
    skips: Vec<(Vec<usize>, &'p [String])>,
    /// Pairs of columns that must have the same value, the second with its name.
    equals: Vec<(usize, usize, String)>,
    /// Columns of the sums in the footer.
    sums: Vec<usize>,
    /// What stands above the header, by field.
    above: Vec<(&'static str, String)>,
}

/// Returns the index of the column with one of these names; `None` if there is none.
fn find(header: &[String], names: &[String], field: &'static str) -> Result<Option<usize>, HeaderMistake> {
    let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
    let mut found = header.iter().enumerate().filter(|(_, column)| names.contains(column));
    let Some((first, name)) = found.next() else { return Ok(None) };
    match found.next() {
        None => Ok(Some(first)),
        Some((second, other)) if other == name => Err(HeaderMistake::Twice { name: name.clone(), second }),
        Some((second, _)) => Err(HeaderMistake::Two { field, first: name.clone(), second }),
    }
}

/// Returns how many fields of a profile find their columns in a row.
pub(crate) fn fields_found(profile: &TableProfile, cells: &[String]) -> usize {
    let header: Vec<String> = cells.iter().map(|cell| folded(cell)).collect();
    let has = |names: &[String]| find(&header, names, "") != Ok(None);
    let found = profile.fields.iter().filter(|field| {
        let columns = field.columns();
        !columns.is_empty() && columns.into_iter().all(has)
    });
    found.count()
}

impl<'p> Mapping<'p> {
    /// Finds the columns of a profile in a header.
    ///
    /// # Errors
    /// A column that is missing although its field is required, or that is not unique.
    pub(crate) fn of(profile: &'p TableProfile, cells: &[String]) -> Result<Self, HeaderMistake> {
        let header: Vec<String> = cells.iter().map(|cell| folded(cell)).collect();
        let mut fields = Vec::new();
        for field in &profile.fields {
            let mut indexes = Vec::new();
            let is_joined = matches!(field.from, CellSource::Joined(_));
            let is_above = matches!(field.from, CellSource::Above(..));
            for names in field.columns() {
                match find(&header, names, field.name)? {
                    Some(index) => indexes.push(index),
                    None if is_joined || is_above => {}
                    None if field.required || !indexes.is_empty() => {
                        return Err(HeaderMistake::Missing { field: field.name, names: names.join(", ") });
                    }
                    None => break,
                }
            }
            if indexes.len() == field.columns().len() || is_above || (is_joined && !indexes.is_empty()) {
                fields.push((field, indexes));
            }
        }
        let mut skips = Vec::new();
        for skip in &profile.skips {
            let index = find(&header, &skip.columns, "skip")?;
            let missing = || HeaderMistake::Missing { field: "skip", names: skip.columns.join(", ") };
            skips.push((vec![index.ok_or_else(missing)?], skip.values.as_slice()));
        }
        let mut sums = Vec::new();
        for sum in profile.footer.iter().flat_map(|footer| &footer.sums) {
            let missing = || HeaderMistake::Missing { field: "footer", names: sum.columns.join(", ") };
            sums.push(find(&header, &sum.columns, "footer")?.ok_or_else(missing)?);
        }
        let mut equals = Vec::new();
        for equal in &profile.equals {
            let place = |names: &[String]| {
                let missing = || HeaderMistake::Missing { field: "equals", names: names.join(", ") };
                find(&header, names, "equals")?.ok_or_else(missing)
            };
            let (index, other) = (place(&equal.columns)?, place(&equal.others)?);
            equals.push((index, other, cells.get(other).cloned().unwrap_or_default()));
        }
        Ok(Self { profile, fields, skips, equals, sums, above: Vec::new() })
    }

    /// Returns the mapping with what stands above the header. A field that is not there has no value.
    ///
    /// # Errors
    /// A required field that is not there, with its labels.
    pub(crate) fn with(mut self, above: Above<'p>) -> Result<Self, (&'static str, String)> {
        for (field, labels, found) in above.fields {
            if self.fields.iter().any(|(other, indexes)| other.name == field.name && !indexes.is_empty()) {
                continue;
            }
            match found {
                Some(value) => self.above.push((field.name, value)),
                None if field.required => return Err((field.name, labels.join(", "))),
                None => self.fields.retain(|(other, _)| other.name != field.name),
            }
        }
        Ok(self)
    }

    /// Returns the fields in order, each with the index of its first column; `None` of a constant.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static str, Option<usize>)> {
        self.fields.iter().map(|(field, indexes)| (field.name, indexes.first().copied()))
    }

    /// Returns the indexes of the columns that sums of the footer add up, in its order.
    pub(super) fn sums(&self) -> &[usize] {
        &self.sums
    }

    /// Returns the profile.
    pub(super) const fn profile(&self) -> &'p TableProfile {
        self.profile
    }

    /// Reads a row of `count` cells; the values of a record are written to `values`.
    ///
    /// # Errors
    /// The first cell that cannot be read, with its index.
    pub(crate) fn row<'c>(
        &self,
        count: usize,
        cell: &impl Fn(usize) -> &'c str,
        values: &mut Values,
    ) -> Result<RowIs, (usize, CellMistake)> {
        values.text.clear();
        values.spans.clear();
        let Some(first) = (0..count).map(|index| cell(index).trim()).find(|text| !text.is_empty()) else {
            return Ok(RowIs::Blank);
        };
        let footer = self.profile.footer.as_ref();
        if footer.is_some_and(|footer| footer.marks.iter().any(|mark| first.starts_with(mark.as_str()))) {
            return Ok(RowIs::Footer);
        }
        for (columns, skipped) in &self.skips {
            let is_skipped =
                |index: &&usize| skipped.iter().any(|value| value.trim() == cell(**index).trim());
            if let Some(index) = columns.iter().find(is_skipped) {
                return Ok(RowIs::Skipped(*index));
            }
        }
        for (index, other, column) in &self.equals {
            let (value, other) = (cell(*index).trim(), cell(*other).trim());
            if value != other {
                let (value, other) = (value.to_owned(), other.to_owned());
                return Err((*index, CellMistake::NotSame { value, column: column.clone(), other }));
            }
        }
        for (field, indexes) in &self.fields {
            let start = values.text.len();
            self.value(field, indexes, cell, &mut values.text)?;
            values.spans.push((start, values.text.len()));
        }
        Ok(RowIs::Record)
    }

    /// Returns what stands above the header of a field.
    fn above(&self, field: &Field) -> &str {
        let found = self.above.iter().find(|(name, _)| *name == field.name);
        found.map_or("", |(_, value)| strip(value, &field.strip))
    }

    /// Returns whether the amount of a row is money that goes out.
    fn goes_out<'c>(&self, cell: &impl Fn(usize) -> &'c str) -> Result<bool, (usize, CellMistake)> {
        let amount = self.fields.iter().find(|(field, _)| field.name == AMOUNT);
        let amount = amount.map_or(Ok(None), |(field, indexes)| number(field, indexes, cell))?;
        Ok(amount.is_some_and(|amount| amount.sign() == "-"))
    }

    /// Writes the value of a field.
    fn value<'c>(
        &self,
        field: &Field,
        indexes: &[usize],
        cell: &impl Fn(usize) -> &'c str,
        out: &mut String,
    ) -> Result<(), (usize, CellMistake)> {
        let first = indexes.first().copied().unwrap_or_default();
        let stripped = |index: usize| strip(cell(index), &field.strip);
        match (&field.from, &field.form) {
            (CellSource::Constant(value), _) => out.push_str(value),
            (CellSource::SignOf(other), _) => {
                let other = self.fields.iter().find(|(field, _)| field.name == *other);
                let number = match other {
                    Some((field, indexes)) => number(field, indexes, cell)?,
                    None => None,
                };
                let sign = number.as_ref().map_or("0", Plain::sign);
                out.push_str(mapped(field, sign).map_err(|mistake| (first, mistake))?);
            }
            (CellSource::SideOf(other), _) => {
                let other = self.fields.iter().find(|(field, _)| field.name == *other);
                let side = match other {
                    Some((field, indexes)) => filled_side(field, indexes, cell)?,
                    None => "",
                };
                out.push_str(mapped(field, side).map_err(|mistake| (first, mistake))?);
            }
            (_, Form::Number(form)) => match number(field, indexes, cell)? {
                Some(number) => out.push_str(&number.written(form.sign)),
                None => out.push_str(field.if_empty.as_deref().unwrap_or_default()),
            },
            (_, form) => {
                let mut text = if indexes.is_empty() { self.above(field) } else { stripped(first) };
                let mut whole = String::new();
                match (&field.from, indexes) {
                    (CellSource::Joined(_), _) => {
                        join(indexes, &stripped, &mut whole);
                        text = &whole;
                    }
                    (CellSource::BySign(..), &[_, second]) if self.goes_out(cell)? => text = stripped(second),
                    (CellSource::Either(..), &[_, second]) if text.is_empty() => text = stripped(second),
                    (CellSource::DateAndTime(_, zones), &[_, .., _]) if !text.is_empty() => {
                        joined(field, indexes, zones, &stripped, &mut whole)?;
                        text = &whole;
                    }
                    _ => {}
                }
                if text.is_empty() {
                    out.push_str(field.if_empty.as_deref().unwrap_or_default());
                    return Ok(());
                }
                let no_date = |patterns: &[String]| {
                    (first, CellMistake::NotADate { value: text.to_owned(), patterns: patterns.join(", ") })
                };
                match form {
                    Form::Time(form) if !form.patterns.is_empty() => {
                        out.push_str(&time::time(text, form).ok_or_else(|| no_date(&form.patterns))?);
                    }
                    Form::Date(patterns) if !patterns.is_empty() => {
                        // The day of a statement is the channel's, that of a voucher the ledger's own.
                        let day = if field.name == "day" { time::day_or_moment } else { time::day };
                        out.push_str(&day(text, patterns).ok_or_else(|| no_date(patterns))?);
                    }
                    _ => {
                        let value = mapped(field, text).map_err(|mistake| (first, mistake))?;
                        match field.case {
                            None => out.push_str(value),
                            Some(LetterCase::Upper) => out.push_str(&value.to_uppercase()),
                            Some(LetterCase::Lower) => out.push_str(&value.to_lowercase()),
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// Returns a cell without blanks and the given texts around it.
fn strip<'c>(cell: &'c str, texts: &[String]) -> &'c str {
    let mut cell = cell.trim();
    for text in texts {
        cell = cell.strip_prefix(text.as_str()).unwrap_or(cell);
        cell = cell.strip_suffix(text.as_str()).unwrap_or(cell).trim();
    }
    cell
}

/// Writes the texts of cells that are not empty, a blank between them, each once.
fn join<'c>(indexes: &[usize], cell: &impl Fn(usize) -> &'c str, out: &mut String) {
    for (at, index) in indexes.iter().enumerate() {
        let text = cell(*index);
        if text.is_empty() || indexes[..at].iter().any(|earlier| cell(*earlier) == text) {
            continue;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(text);
    }
}

/// Writes date, time of day and zone as one text, the words of zones as what they mean.
fn joined<'c>(
    field: &Field,
    indexes: &[usize],
    zones: &[(String, String)],
    cell: &impl Fn(usize) -> &'c str,
    out: &mut String,
) -> Result<(), (usize, CellMistake)> {
    for (at, index) in indexes.iter().enumerate() {
        let text = cell(*index);
        if at > 0 {
            out.push(' ');
        }
        if zones.is_empty() || at + 1 < indexes.len() {
            out.push_str(text);
            continue;
        }
        let Some((_, zone)) = zones.iter().find(|(word, _)| word == text) else {
            let words: Vec<&str> = zones.iter().map(|(word, _)| word.as_str()).collect();
            let (value, words) = (text.to_owned(), words.join(", "));
            return Err((*index, CellMistake::NotInMap { field: field.name, value, words }));
        };
        out.push_str(zone);
    }
    Ok(())
}

/// Returns what a word means.
fn mapped<'v>(field: &'v Field, word: &'v str) -> Result<&'v str, CellMistake> {
    let Some(map) = &field.map else { return Ok(word) };
    let found = map.iter().find(|(known, _)| known == word).map(|(_, value)| value.as_str());
    found.or(field.map_else.as_deref()).ok_or_else(|| {
        let words: Vec<&str> = map.iter().map(|(known, _)| known.as_str()).collect();
        CellMistake::NotInMap { field: field.name, value: word.to_owned(), words: words.join(", ") }
    })
}

/// Reads the amount of a field with its sign; `None` if its cells are empty.
fn number<'c>(
    field: &Field,
    indexes: &[usize],
    cell: &impl Fn(usize) -> &'c str,
) -> Result<Option<Plain>, (usize, CellMistake)> {
    let Form::Number(form) = &field.form else { return Ok(None) };
    let read = |index: usize| read_number(index, strip(cell(index), &field.strip), form);
    match (&field.from, indexes) {
        (CellSource::InAndOut(..), &[income, expense]) => {
            // A table fills the column that does not apply with nothing, or with zero.
            let filled = |number: Option<Plain>| number.filter(|number| number.sign() != "0");
            match (filled(read(income)?), filled(read(expense)?)) {
                (Some(number), None) => Ok(Some(number)),
                // Some tables write what goes out with its sign, some without.
                (None, Some(number)) => Ok(Some(Plain { is_negative: true, ..number })),
                _ => Err((income, CellMistake::BothWays)),
            }
        }
        (CellSource::Sum(_), _) => {
            let mut sum: Option<Decimal> = None;
            for index in indexes {
                let Some(number) = read(*index)? else { continue };
                let added: Option<Decimal> = number.written(SignRule::AsIs).parse().ok();
                let added = added.and_then(|added| sum.unwrap_or_default().checked_add(added));
                let NumberForm { decimal, thousands, .. } = *form;
                let value = cell(*index).to_owned();
                let bad = || (*index, CellMistake::NotANumber { value, decimal, thousands });
                sum = Some(added.ok_or_else(bad)?);
            }
            Ok(sum.map(|sum| Plain { is_negative: sum.is_sign_negative(), digits: sum.abs().to_string() }))
        }
        (CellSource::DebitAndCredit(..), &[debit, credit]) => {
            let filled = |number: Option<Plain>| number.filter(|number| number.sign() != "0");
            match (filled(read(debit)?), filled(read(credit)?)) {
                (Some(number), None) | (None, Some(number)) => Ok(Some(number)),
                _ => Err((debit, CellMistake::BothWays)),
            }
        }
        (CellSource::Sided(_, _, sides), &[amount, side]) => {
            let Some(number) = read(amount)? else { return Ok(None) };
            let word = strip(cell(side), &[]);
            let Some((_, is_minus)) = sides.iter().find(|(known, _)| known == word) else {
                let words: Vec<&str> = sides.iter().map(|(known, _)| known.as_str()).collect();
                let value = word.to_owned();
                return Err((
                    side,
                    CellMistake::NotInMap { field: field.name, value, words: words.join(", ") },
                ));
            };
            let is_negative = number.is_negative != *is_minus;
            Ok(Some(Plain { is_negative, ..number }))
        }
        (_, &[index, ..]) => read(index),
        _ => Ok(None),
    }
}

/// Returns `debit` or `credit`: which of the columns of an amount has it; nothing if the amount has one column.
fn filled_side<'c>(
    field: &Field,
    indexes: &[usize],
    cell: &impl Fn(usize) -> &'c str,
) -> Result<&'static str, (usize, CellMistake)> {
    let (Form::Number(form), CellSource::DebitAndCredit(..), &[debit, _]) =
        (&field.form, &field.from, indexes)
    else {
        return Ok("");
    };
    let debit = read_number(debit, strip(cell(debit), &field.strip), form)?;
    Ok(if debit.is_some_and(|number| number.sign() != "0") { "debit" } else { "credit" })
}

/// Reads a number at a cell; `None` if it is empty.
pub(super) fn read_number(
    index: usize,
    text: &str,
    form: &NumberForm,
) -> Result<Option<Plain>, (usize, CellMistake)> {
    if text.is_empty() {
        return Ok(None);
    }
    let NumberForm { decimal, thousands, .. } = *form;
    let number = plain(text, form);
    number
        .map(Some)
        .ok_or_else(|| (index, CellMistake::NotANumber { value: text.to_owned(), decimal, thousands }))
}
