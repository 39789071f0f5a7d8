//! Reads a profile and tells all its mistakes.

use super::definition::{
    CellSource, Equal, Field, Footer, Form, Makes, NumberForm, SignRule, Skip, Sum, TableLayout,
    TableProfile, TextEncoding, TimeForm,
};
use super::form::{FieldForm, FooterForm, ProfileForm, SumForm, TableForm};
use super::time::is_pattern;
use crate::domain::authored::{AuthoredError, FormReader};
use crate::domain::nearest::nearest;
use crate::files::column::{Accepts, FileColumn};
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// The row of a header must be among the first ones of a table.
pub(crate) const MAX_HEADER_ROW: i64 = 100;

/// Most digits of a whole number that are decimals: no currency has more than four.
const MAX_SCALE: i64 = 8;

/// The words of a sign in a map.
const SIGNS: [&str; 2] = ["+", "-"];

/// How numbers are written unless a field says otherwise.
#[derive(Clone, Copy)]
struct Marks {
    decimal: char,
    thousands: Option<char>,
}

/// Reads a profile; `columns` returns the columns of the format that it makes.
///
/// # Errors
/// Every mistake with its line and column.
pub(super) fn parse(
    file: &str,
    text: &str,
    columns: fn(Makes) -> &'static [FileColumn],
) -> Result<TableProfile, Vec<AuthoredError>> {
    let (mut reader, form) = FormReader::open::<ProfileForm>(file, text)?;
    let makes: Option<Makes> = reader.word(&form.makes);
    let zone = form.zone.as_ref().and_then(|zone| reader.zone(zone));
    let table = form.table.unwrap_or_default();
    let layout = read_layout(&mut reader, &table);
    let marks = Marks {
        decimal: table.decimal.as_ref().and_then(|mark| read_mark(&mut reader, mark)).unwrap_or('.'),
        thousands: table.thousands.as_ref().and_then(|mark| read_mark(&mut reader, mark)),
    };
    if let (Some(thousands), Some(mark)) = (&table.thousands, marks.thousands)
        && mark == marks.decimal
    {
        reader.error(thousands.span(), "profilefile.one_mark", &[("mark", &mark)]);
    }
    let known = makes.map(columns).unwrap_or_default();
    let place = form.fields.span();
    let mut fields = Vec::new();
    let given: Vec<(String, Range<usize>)> =
        form.fields.get_ref().keys().map(|name| (name.get_ref().clone(), name.span())).collect();
    for (name, form) in form.fields.into_inner() {
        let Some(column) = known.iter().find(|column| column.name == name.get_ref()) else {
            if makes.is_some() {
                let near = nearest(name.get_ref(), known.iter().map(|column| column.name));
                reader.error_near(name.span(), "rulefile.unknown_key", &[("name", name.get_ref())], near);
            }
            continue;
        };
        let place = name.span();
        let form = form.into_inner();
        let read = FieldReader { reader: &mut reader, column, known, place };
        fields.extend(read.field(form, marks, zone.as_ref()));
    }
    for column in
        known.iter().filter(|column| column.required && !given.iter().any(|(name, _)| name == column.name))
    {
        reader.error(place.clone(), "profilefile.missing_field", &[("name", &column.name)]);
    }
    refuse_sides_of_none(&mut reader, &fields, &given);
    fields.sort_by_key(|field| known.iter().position(|column| column.name == field.name));
    let mut skips = Vec::new();
    for skip in form.skip {
        let place = skip.span();
        let skip = skip.into_inner();
        if skip.columns.is_empty() || skip.is.is_empty() {
            reader.error(place, "profilefile.empty_skip", &[]);
        }
        skips.push(Skip { columns: names(skip.columns), values: skip.is });
    }
    let mut equals = Vec::new();
    for equal in form.equals {
        let place = equal.span();
        let equal = equal.into_inner();
        if equal.columns.is_empty() || equal.others.is_empty() {
            reader.error(place, "profilefile.empty_equals", &[]);
        }
        equals.push(Equal { columns: names(equal.columns), others: names(equal.others) });
    }
    let footer = form.footer.map(|footer| read_footer(&mut reader, footer, &fields, marks));
    let title = form.title.unwrap_or_default();
    let profile = makes.zip(layout).map(|(makes, layout)| TableProfile {
        name: file.to_owned(),
        text: text.to_owned(),
        makes,
        title_en: form.title_en.unwrap_or_else(|| title.clone()),
        title,
        layout,
        columns: table.columns.map(Spanned::into_inner).unwrap_or_default(),
        sheet: table.sheet,
        query: table.query,
        fields,
        skips,
        equals,
        footer,
        day: None,
    });
    reader.close(profile)
}

/// Refuses a field that is the side of an amount which has no columns of debits and credits.
fn refuse_sides_of_none(reader: &mut FormReader<'_>, fields: &[Field], given: &[(String, Range<usize>)]) {
    for field in fields {
        let CellSource::SideOf(amount) = field.from else { continue };
        let has_sides =
            |other: &Field| other.name == amount && matches!(other.from, CellSource::DebitAndCredit(..));
        let place = given.iter().find(|(name, _)| name == field.name).map(|(_, place)| place.clone());
        if let Some(place) = place.filter(|_| !fields.iter().any(has_sides)) {
            reader.error(place, "profilefile.side_of_none", &[("field", &field.name), ("amount", &amount)]);
        }
    }
}

fn names(spanned: Vec<Spanned<String>>) -> Vec<String> {
    spanned.into_iter().map(Spanned::into_inner).collect()
}

fn read_layout(reader: &mut FormReader<'_>, table: &TableForm) -> Option<TableLayout> {
    let encoding = match &table.encoding {
        Some(word) => reader.word(word),
        None => Some(TextEncoding::Auto),
    };
    let delimiter = match table.delimiter.as_ref() {
        None => Some(b','),
        Some(text) => {
            const ALLOWED: [(&str, u8); 4] = [(",", b','), (";", b';'), ("tab", b'\t'), ("|", b'|')];
            let found = ALLOWED.iter().find(|(word, _)| word == text.get_ref()).map(|(_, byte)| *byte);
            if found.is_none() {
                reader.bad_word(text, "delimiter", &ALLOWED.map(|(word, _)| word));
            }
            found
        }
    };
    let header = table.header.as_ref().map(|row| {
        if !(1..=MAX_HEADER_ROW).contains(row.get_ref()) {
            reader.error(row.span(), "profilefile.out_of_range", &[("from", &1), ("to", &MAX_HEADER_ROW)]);
        }
        row.get_ref().unsigned_abs()
    });
    if let Some(columns) = &table.columns
        && (header.is_some() || columns.get_ref().is_empty())
    {
        reader.error(columns.span(), "profilefile.no_header", &[]);
    }
    Some(TableLayout { encoding: encoding?, delimiter: delimiter?, header, header_is_added: false })
}

/// Reads a mark of numbers: one character that is no digit, sign or letter.
fn read_mark(reader: &mut FormReader<'_>, text: &Spanned<String>) -> Option<char> {
    let mut characters = text.get_ref().chars();
    let mark = characters.next().filter(|mark| !mark.is_alphanumeric() && !matches!(mark, '+' | '-'));
    if mark.is_none() || characters.next().is_some() {
        reader.error(text.span(), "profilefile.bad_mark", &[("value", text.get_ref())]);
        return None;
    }
    mark
}

/// Reads a text with one hole `{}`.
fn read_hole(reader: &mut FormReader<'_>, text: &Spanned<String>) -> (String, String) {
    let halves = text.get_ref().split_once("{}").filter(|(_, after)| !after.contains("{}"));
    let Some((before, after)) = halves else {
        reader.error(text.span(), "profilefile.no_hole", &[("value", text.get_ref())]);
        return Default::default();
    };
    (before.to_owned(), after.to_owned())
}

fn read_footer(
    reader: &mut FormReader<'_>,
    footer: Spanned<FooterForm>,
    fields: &[Field],
    marks: Marks,
) -> Footer {
    let place = footer.span();
    let footer = footer.into_inner();
    if footer.starts.is_empty() || footer.starts.iter().any(|mark| mark.get_ref().trim().is_empty()) {
        reader.error(place, "profilefile.empty_footer", &[]);
    }
    let count = footer.count.as_ref().map(|text| read_hole(reader, text));
    let sums = footer.sums.into_iter().map(|sum| read_sum(reader, sum, fields, marks)).collect();
    Footer { marks: names(footer.starts), count, sums }
}

/// Reads a sum of the footer; its numbers are written as those of the field that has the column.
fn read_sum(reader: &mut FormReader<'_>, sum: SumForm, fields: &[Field], marks: Marks) -> Sum {
    let text = sum.text.as_ref().map(|text| read_hole(reader, text));
    let columns = names(sum.columns);
    let of_field = fields.iter().find_map(|field| match &field.form {
        Form::Number(numbers) if field.columns().concat().iter().any(|name| columns.contains(name)) => {
            Some(*numbers)
        }
        _ => None,
    });
    let Marks { decimal, thousands } = marks;
    let numbers = of_field.unwrap_or(NumberForm { decimal, thousands, scale: 0, sign: SignRule::AsIs });
    Sum { columns, text, numbers: NumberForm { sign: SignRule::AsIs, ..numbers } }
}

/// Reads one field.
struct FieldReader<'r, 'a> {
    reader: &'r mut FormReader<'a>,
    column: &'static FileColumn,
    known: &'static [FileColumn],
    place: Range<usize>,
}

impl FieldReader<'_, '_> {
    fn field(mut self, form: FieldForm, marks: Marks, zone: Option<&TimeZone>) -> Option<Field> {
        self.refuse_keys_of_others(&form);
        let map = form.map.as_ref().map(|map| self.map(map));
        if let Some(value) = form.value.as_ref().filter(|_| form.map.is_none()) {
            self.check_word(value);
        }
        for value in form.if_empty.iter().chain(&form.map_else) {
            self.check_word(value);
        }
        let read = match self.column.accepts {
            Accepts::Amount => Form::Number(self.numbers(&form, marks)),
            Accepts::Time => Form::Time(self.times(&form, zone)),
            Accepts::Date => Form::Date(self.patterns(&form)),
            _ => Form::Text,
        };
        let strip =
            form.strip.iter().map(|text| text.get_ref().clone()).filter(|text| !text.is_empty()).collect();
        let case = form.case.as_ref().and_then(|word| self.reader.word(word));
        let if_empty = form.if_empty.as_ref().map(|value| value.get_ref().clone());
        let map_else = form.map_else.as_ref().map(|value| value.get_ref().clone());
        let from = self.source(form)?;
        let FileColumn { name, required, .. } = *self.column;
        Some(Field { name, required, from, strip, case, if_empty, map, map_else, form: read })
    }

    /// Refuses keys that mean nothing for what the column contains.
    fn refuse_keys_of_others(&mut self, form: &FieldForm) {
        let first = |list: &[Spanned<String>]| list.first().map(Spanned::span);
        let span = |text: &Option<Spanned<String>>| text.as_ref().map(Spanned::span);
        let is_amount = matches!(self.column.accepts, Accepts::Amount);
        let is_time = matches!(self.column.accepts, Accepts::Time);
        let is_dated = is_time || matches!(self.column.accepts, Accepts::Date);
        let is_text = matches!(self.column.accepts, Accepts::Text | Accepts::Name);
        let keys = [
            (is_dated, "patterns", first(&form.patterns)),
            (is_time, "time_columns", first(&form.time_columns)),
            (is_time, "zone", span(&form.zone)),
            (is_amount, "decimal", span(&form.decimal)),
            (is_amount, "thousands", span(&form.thousands)),
            (is_amount, "scale", form.scale.as_ref().map(Spanned::span)),
            (is_amount, "sign", span(&form.sign)),
            (is_amount || is_text, "in_columns", first(&form.in_columns)),
            (is_amount || is_text, "out_columns", first(&form.out_columns)),
            (is_text, "join_columns", form.join_columns.iter().flatten().next().map(Spanned::span)),
            (!is_amount, "above", first(&form.above)),
            (form.map.is_some(), "map_else", span(&form.map_else)),
            (is_time, "zone_columns", first(&form.zone_columns)),
            (is_time, "zone_map", form.zone_map.as_ref().map(Spanned::span)),
            (is_amount, "sum_columns", form.sum_columns.iter().flatten().next().map(Spanned::span)),
            (!is_amount && !is_dated, "else_columns", first(&form.else_columns)),
            (!is_amount && !is_dated, "case", span(&form.case)),
            (is_amount, "debit_columns", first(&form.debit_columns)),
            (is_amount, "credit_columns", first(&form.credit_columns)),
            (is_amount, "side_columns", first(&form.side_columns)),
            (is_amount, "side_map", form.side_map.as_ref().map(Spanned::span)),
            (!is_amount && !is_dated, "sign_of", span(&form.sign_of)),
            (!is_amount && !is_dated, "side_of", span(&form.side_of)),
            (!is_amount && !is_dated, "map", form.map.as_ref().map(Spanned::span)),
        ];
        for (may, key, place) in keys {
            if let (false, Some(place)) = (may, place) {
                let args: [(&str, &dyn std::fmt::Display); 2] = [("key", &key), ("field", &self.column.name)];
                self.reader.error(place, "profilefile.key_of_other", &args);
            }
        }
    }

    /// Refuses a word that the field cannot have. Kinds, channels and currencies are the ledger's to check.
    fn check_word(&mut self, value: &Spanned<String>) {
        if let Accepts::Words(words) = self.column.accepts
            && !words().contains(&value.get_ref().as_str())
        {
            self.reader.bad_word(value, self.column.name, &words());
        }
    }

    fn map(&mut self, map: &Spanned<BTreeMap<String, Spanned<String>>>) -> Vec<(String, String)> {
        let entries = map.get_ref().iter();
        entries
            .map(|(word, value)| {
                self.check_word(value);
                (word.trim().to_owned(), value.get_ref().clone())
            })
            .collect()
    }

    fn numbers(&mut self, form: &FieldForm, marks: Marks) -> NumberForm {
        let mut mark = |text: Option<&Spanned<String>>| text.and_then(|text| read_mark(self.reader, text));
        let decimal = mark(form.decimal.as_ref()).unwrap_or(marks.decimal);
        let thousands = mark(form.thousands.as_ref()).or(marks.thousands.filter(|mark| *mark != decimal));
        if let (Some(text), true) = (&form.thousands, thousands == Some(decimal)) {
            self.reader.error(text.span(), "profilefile.one_mark", &[("mark", &decimal)]);
        }
        let scale = form.scale.as_ref().map_or(0, |scale| {
            if !(0..=MAX_SCALE).contains(scale.get_ref()) {
                let range: [(&str, &dyn std::fmt::Display); 2] = [("from", &0), ("to", &MAX_SCALE)];
                self.reader.error(scale.span(), "profilefile.out_of_range", &range);
            }
            usize::try_from(*scale.get_ref()).unwrap_or(0)
        });
        let sign = form.sign.as_ref().and_then(|word| self.reader.word(word)).unwrap_or(SignRule::AsIs);
        NumberForm { decimal, thousands, scale, sign }
    }

    fn patterns(&mut self, form: &FieldForm) -> Vec<String> {
        let patterns = form.patterns.iter();
        patterns
            .map(|pattern| {
                if !is_pattern(pattern.get_ref()) {
                    let value = pattern.get_ref();
                    self.reader.error(pattern.span(), "profilefile.bad_pattern", &[("value", value)]);
                }
                pattern.get_ref().clone()
            })
            .collect()
    }

    fn times(&mut self, form: &FieldForm, zone: Option<&TimeZone>) -> TimeForm {
        let own = form.zone.as_ref().and_then(|zone| self.reader.zone(zone));
        let mut patterns = self.patterns(form);
        let zone = own.or_else(|| zone.cloned());
        if patterns.is_empty() && (zone.is_some() || !form.time_columns.is_empty()) {
            patterns.push("%Y-%m-%d %H:%M:%S".to_owned());
        }
        TimeForm { patterns, zone }
    }

    /// Returns the field of amounts that another refers to.
    fn amount_named(&mut self, of: &Spanned<String>) -> Option<&'static str> {
        let amounts = self.known.iter().filter(|column| matches!(column.accepts, Accepts::Amount));
        let amounts: Vec<&'static str> = amounts.map(|column| column.name).collect();
        let found = amounts.iter().copied().find(|name| name == of.get_ref());
        if found.is_none() {
            self.reader.bad_word(of, "amount", &amounts);
        }
        found
    }

    /// Returns where the values come from; exactly one way must be given.
    fn source(&mut self, form: FieldForm) -> Option<CellSource> {
        let has_ways = !form.in_columns.is_empty() || !form.out_columns.is_empty();
        let has_sides = !form.debit_columns.is_empty() || !form.credit_columns.is_empty();
        let given = [
            !form.columns.is_empty() || !form.above.is_empty(),
            form.value.is_some(),
            has_ways,
            has_sides,
            !form.sum_columns.is_empty(),
            !form.join_columns.is_empty(),
            form.sign_of.is_some(),
            form.side_of.is_some(),
        ];
        let name = self.column.name;
        match given.iter().filter(|given| **given).count() {
            1 => {}
            0 => {
                self.reader.error(self.place.clone(), "profilefile.no_source", &[("field", &name)]);
                return None;
            }
            _ => {
                self.reader.error(self.place.clone(), "profilefile.two_sources", &[("field", &name)]);
                return None;
            }
        }
        if let Some(value) = form.value {
            return Some(CellSource::Constant(value.into_inner()));
        }
        if let Some(of) = form.sign_of {
            return self.amount_named(&of).map(CellSource::SignOf);
        }
        if let Some(of) = form.side_of {
            return self.amount_named(&of).map(CellSource::SideOf);
        }
        if has_sides {
            if form.debit_columns.is_empty() || form.credit_columns.is_empty() {
                self.reader.error(self.place.clone(), "profilefile.one_side", &[("field", &name)]);
            }
            return Some(CellSource::DebitAndCredit(names(form.debit_columns), names(form.credit_columns)));
        }
        if has_ways {
            if form.in_columns.is_empty() || form.out_columns.is_empty() {
                self.reader.error(self.place.clone(), "profilefile.one_way", &[("field", &name)]);
            }
            let (income, expense) = (names(form.in_columns), names(form.out_columns));
            return Some(match self.column.accepts {
                Accepts::Amount => CellSource::InAndOut(income, expense),
                _ => CellSource::BySign(income, expense),
            });
        }
        if !form.join_columns.is_empty() {
            return Some(CellSource::Joined(form.join_columns.into_iter().map(names).collect()));
        }
        if !form.above.is_empty() {
            return Some(CellSource::Above(names(form.columns), names(form.above)));
        }
        if !form.sum_columns.is_empty() {
            return Some(CellSource::Sum(form.sum_columns.into_iter().map(names).collect()));
        }
        let columns = names(form.columns);
        if !form.else_columns.is_empty() {
            return Some(CellSource::Either(columns, names(form.else_columns)));
        }
        if !form.time_columns.is_empty() || !form.zone_columns.is_empty() {
            let zones = form.zone_map.map(Spanned::into_inner).unwrap_or_default();
            let zones = zones.into_iter().map(|(word, zone)| (word.trim().to_owned(), zone.into_inner()));
            let parts = [columns, names(form.time_columns), names(form.zone_columns)];
            let parts = parts.into_iter().filter(|names| !names.is_empty()).collect();
            return Some(CellSource::DateAndTime(parts, zones.collect()));
        }
        match (form.side_columns.is_empty(), form.side_map) {
            (true, None) => Some(CellSource::Column(columns)),
            (false, Some(map)) => {
                let mut sides = Vec::new();
                for (word, sign) in map.into_inner() {
                    if !SIGNS.contains(&sign.get_ref().as_str()) {
                        self.reader.bad_word(&sign, "sign", &SIGNS);
                    }
                    sides.push((word.trim().to_owned(), sign.get_ref() == "-"));
                }
                Some(CellSource::Sided(columns, names(form.side_columns), sides))
            }
            _ => {
                self.reader.error(self.place.clone(), "profilefile.side_without_map", &[("field", &name)]);
                None
            }
        }
    }
}
