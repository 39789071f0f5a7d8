//! What a table's footer says about its rows, checked against them.

use super::definition::{NumberForm, SignRule};
use super::mapping::Mapping;
use super::number::{Plain, plain};
use rust_decimal::Decimal;

/// What is wrong with a footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FooterMistake {
    /// The table ends before its footer, or the footer lacks what it should say.
    Missing { what: String },
    /// A number that cannot be read.
    Unreadable { value: String },
    /// Another number of rows.
    Count { name: String, expected: u64, actual: u64 },
    /// Another sum.
    Sum { name: String, expected: String, actual: String },
}

/// The rows of a table so far, and what its footer says.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    rows: u64,
    sums: Vec<Decimal>,
    count_said: Option<u64>,
    sums_said: Vec<Option<Decimal>>,
    has_footer: bool,
}

/// Returns the number as a decimal; `None` if it has too many digits.
fn decimal(number: &Plain) -> Option<Decimal> {
    number.written(SignRule::AsIs).parse().ok()
}

/// Returns the text between two others.
fn between<'t>(text: &'t str, (before, after): &(String, String)) -> Option<&'t str> {
    let (_, rest) = text.split_once(before.as_str())?;
    match after.as_str() {
        "" => Some(rest.trim()),
        after => rest.split_once(after).map(|(found, _)| found.trim()),
    }
}

impl Totals {
    /// Adds a record; a cell that is no number adds nothing, since its row is refused by itself.
    pub(crate) fn add<'c>(&mut self, mapping: &Mapping<'_>, cell: &impl Fn(usize) -> &'c str) {
        self.rows += 1;
        let Some(footer) = &mapping.profile().footer else { return };
        self.sums.resize(footer.sums.len(), Decimal::ZERO);
        for ((sum, index), total) in footer.sums.iter().zip(mapping.sums()).zip(&mut self.sums) {
            let number = plain(cell(*index), &sum.numbers).as_ref().and_then(decimal);
            *total = number.and_then(|number| total.checked_add(number)).unwrap_or(*total);
        }
    }

    /// Takes a row of the footer: its text, and its cells.
    ///
    /// # Errors
    /// A number that cannot be read.
    pub(crate) fn footer<'c>(
        &mut self,
        mapping: &Mapping<'_>,
        text: &str,
        cell: &impl Fn(usize) -> &'c str,
    ) -> Result<(), FooterMistake> {
        let is_first = !std::mem::replace(&mut self.has_footer, true);
        let Some(footer) = &mapping.profile().footer else { return Ok(()) };
        let unreadable = |value: &str| FooterMistake::Unreadable { value: value.to_owned() };
        let said = footer.count.as_ref().and_then(|hole| between(text, hole));
        if let (None, Some(count)) = (self.count_said, said) {
            let digits: String = count.chars().filter(|c| *c != ',').collect();
            self.count_said = Some(digits.parse().map_err(|_| unreadable(count))?);
        }
        self.sums_said.resize(footer.sums.len(), None);
        for ((sum, index), said) in footer.sums.iter().zip(mapping.sums()).zip(&mut self.sums_said) {
            let found = match &sum.text {
                Some(hole) => between(text, hole),
                None if is_first => Some(cell(*index).trim()),
                None => None,
            };
            if let (None, Some(found)) = (&said, found) {
                let number: NumberForm = sum.numbers;
                let value = plain(found, &number).as_ref().and_then(decimal);
                *said = Some(value.ok_or_else(|| unreadable(found))?);
            }
        }
        Ok(())
    }

    /// Compares the footer with the rows, once all were read.
    ///
    /// # Errors
    /// What is missing or differs.
    pub(crate) fn check(&self, mapping: &Mapping<'_>) -> Result<(), FooterMistake> {
        let Some(footer) = &mapping.profile().footer else { return Ok(()) };
        let missing = |what: &str| FooterMistake::Missing { what: what.to_owned() };
        if !self.has_footer {
            return Err(missing(footer.marks.first().map_or("", String::as_str)));
        }
        if let Some((before, after)) = &footer.count {
            let name = format!("{before}{{}}{after}");
            let expected = self.count_said.ok_or_else(|| missing(&name))?;
            if expected != self.rows {
                return Err(FooterMistake::Count { name, expected, actual: self.rows });
            }
        }
        for (at, sum) in footer.sums.iter().enumerate() {
            let name = sum.columns.first().cloned().unwrap_or_default();
            let said = self.sums_said.get(at).copied().flatten().ok_or_else(|| missing(&name))?;
            let actual = self.sums.get(at).copied().unwrap_or_default();
            if said != actual {
                let (expected, actual) = (said.normalize().to_string(), actual.normalize().to_string());
                return Err(FooterMistake::Sum { name, expected, actual });
            }
        }
        Ok(())
    }
}
