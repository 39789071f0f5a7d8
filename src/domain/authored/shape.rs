//! Reads TOML as a form past the first mistake of its shape.
//!
//! serde stops at the first key or value that does not fit. So the text is read again after each: an unknown
//! key is left out, a missing key or a value of the wrong type is replaced by an empty value of the right
//! one. Such a value has the span [`NOWHERE`], at which no further mistake is reported.
//!
//! A mistake of the syntax ends the reading: what follows it has no certain meaning.

use super::absent::{Absent, NOWHERE};
use super::shape_error::ShapeError;
use crate::domain::nearest::nearest;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde_spanned::de::{SpannedDeserializer, is_spanned};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// Readings that any text gets. Each mistake costs another reading, so a large text with more mistakes is
/// given up after these.
const FREE_READINGS: usize = 100;

/// Bytes that are read again after [`FREE_READINGS`], in all readings together: a file of ten kilobytes has
/// thousands of mistakes counted, and the largest one still ends within seconds.
const MAX_READ_BYTES: usize = 32 * 1024 * 1024;

/// A mistake of a text's shape.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ShapeMistake {
    /// No TOML, or a value of the wrong type.
    Syntax { place: Range<usize>, message: String },
    /// A key that the form does not have.
    UnknownKey { place: Range<usize>, name: String, nearest: Option<&'static str> },
    /// A key that the table at `place` lacks.
    MissingKey { place: Range<usize>, name: &'static str },
}

/// Reads a text as `T`; `None` if the mistakes do not allow it.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> (Option<T>, Vec<ShapeMistake>) {
    let document = match DeTable::parse(text) {
        Ok(document) => Spanned::new(0..0, DeValue::Table(document.into_inner())),
        Err(error) => {
            let place = error.span().unwrap_or(0..0);
            let message = error.message().replace('\n', " ");
            return (None, vec![ShapeMistake::Syntax { place, message }]);
        }
    };
    let repairs = RefCell::new(Repairs::default());
    let readings = FREE_READINGS + MAX_READ_BYTES / text.len().max(1);
    let mut read = None;
    for _ in 0..readings {
        let known = repairs.borrow().mistakes.len();
        read = T::deserialize(Walk { value: &document, repairs: &repairs }).ok();
        if read.is_some() || repairs.borrow().mistakes.len() == known {
            break;
        }
    }
    (read, repairs.into_inner().mistakes)
}

type Value<'d> = Spanned<DeValue<'d>>;
type Key<'d> = Spanned<DeString<'d>>;

/// Mistakes found so far, and what is read instead. A place in the document is told by its address.
#[derive(Default)]
struct Repairs<'d> {
    mistakes: Vec<ShapeMistake>,
    left_out: HashSet<*const Key<'d>>,
    supplied: HashMap<*const Value<'d>, Vec<&'static str>>,
    replaced: HashSet<*const Value<'d>>,
}

/// A value of the document.
#[derive(Clone, Copy)]
struct Walk<'d, 'r> {
    value: &'d Value<'d>,
    repairs: &'r RefCell<Repairs<'d>>,
}

impl<'d, 'r> Walk<'d, 'r> {
    fn is_replaced(&self) -> bool {
        self.repairs.borrow().replaced.contains(&std::ptr::from_ref(self.value))
    }

    /// Notes an error of this value and how the next reading gets past it.
    fn told(self, error: ShapeError) -> ShapeError {
        let mut repairs = self.repairs.borrow_mut();
        let place = self.value.span();
        match error {
            ShapeError::MissingKey(name) => {
                repairs.mistakes.push(ShapeMistake::MissingKey { place, name });
                repairs.supplied.entry(self.value).or_default().push(name);
            }
            ShapeError::WrongValue(message) => {
                repairs.mistakes.push(ShapeMistake::Syntax { place, message });
                repairs.replaced.insert(self.value);
            }
            ShapeError::UnknownKey(_) | ShapeError::Told => {}
        }
        ShapeError::Told
    }

    fn supplied(self) -> Vec<&'static str> {
        self.repairs.borrow().supplied.get(&std::ptr::from_ref(self.value)).cloned().unwrap_or_default()
    }

    fn entries(
        self,
        table: &'d DeTable<'d>,
    ) -> Entries<'d, 'r, impl Iterator<Item = (&'d Key<'d>, &'d Value<'d>)>> {
        Entries { present: table.iter(), supplied: self.supplied(), next: None, repairs: self.repairs }
    }
}

/// Forwards methods to `deserialize_any`, unless the value is replaced.
macro_rules! typed {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            if self.is_replaced() { Absent.$method(visitor) } else { self.deserialize_any(visitor) }
        }
    )+};
}

impl<'de> Deserializer<'de> for Walk<'_, '_> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        let wrong = |what: &str, visitor: &V| ShapeError::invalid_type(Unexpected::Other(what), visitor);
        match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => Err(ShapeError::custom("integer number overflowed")),
            },
            DeValue::Float(number) => Err(wrong(&format!("floating point `{}`", number.as_str()), &visitor)),
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Datetime(_) => Err(wrong("date", &visitor)),
            DeValue::Array(items) => visitor.visit_seq(Items { items: items.iter(), repairs: self.repairs }),
            DeValue::Table(table) => visitor.visit_map(self.entries(table)),
        }
        .map_err(|error| self.told(error))
    }

    typed! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 deserialize_char
        deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_seq deserialize_map deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        let is_replaced = self.is_replaced();
        if is_spanned(name) {
            let place = if is_replaced { NOWHERE } else { self.value.span() };
            return visitor.visit_map(SpannedDeserializer::new(self, place));
        }
        if is_replaced {
            return Absent.deserialize_struct(name, fields, visitor);
        }
        let found = match self.value.get_ref() {
            DeValue::Table(_) => return self.deserialize_any(visitor),
            DeValue::String(text) => Unexpected::Str(text),
            DeValue::Array(_) => Unexpected::Seq,
            DeValue::Boolean(value) => Unexpected::Bool(*value),
            DeValue::Integer(_) | DeValue::Float(_) => Unexpected::Other("number"),
            DeValue::Datetime(_) => Unexpected::Other("date"),
        };
        Err(self.told(ShapeError::invalid_type(found, &"a table")))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        let read = match self.value.get_ref() {
            DeValue::String(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            _ => Err(ShapeError::custom("invalid type, expected a word")),
        };
        read.map_err(|error| self.told(error))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, ShapeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_seq(visitor)
    }
}

impl IntoDeserializer<'_, ShapeError> for Walk<'_, '_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The items of an array.
struct Items<'d, 'r, I> {
    items: I,
    repairs: &'r RefCell<Repairs<'d>>,
}

impl<'de, 'd, I: Iterator<Item = &'d Value<'d>>> SeqAccess<'de> for Items<'d, '_, I> {
    type Error = ShapeError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, ShapeError> {
        let Some(value) = self.items.next() else { return Ok(None) };
        seed.deserialize(Walk { value, repairs: self.repairs }).map(Some)
    }
}

/// The keys of a table, and after them the missing ones that are supplied.
struct Entries<'d, 'r, I> {
    present: I,
    supplied: Vec<&'static str>,
    /// The value of the last key; `None` for a supplied one.
    next: Option<&'d Value<'d>>,
    repairs: &'r RefCell<Repairs<'d>>,
}

impl<'de, 'd, I: Iterator<Item = (&'d Key<'d>, &'d Value<'d>)>> MapAccess<'de> for Entries<'d, '_, I> {
    type Error = ShapeError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, ShapeError> {
        let repairs = self.repairs;
        let is_left_out = |key: &Key<'d>| repairs.borrow().left_out.contains(&std::ptr::from_ref(key));
        let Some((key, value)) = self.present.find(|(key, _)| !is_left_out(key)) else {
            self.next = None;
            let Some(name) = self.supplied.pop() else { return Ok(None) };
            return seed.deserialize(name.into_deserializer()).map(Some);
        };
        self.next = Some(value);
        seed.deserialize(KeyText(key)).map(Some).map_err(|error| {
            let (place, mut repairs) = (key.span(), repairs.borrow_mut());
            repairs.mistakes.push(match error {
                ShapeError::UnknownKey(known) => {
                    let name = key.get_ref().to_string();
                    let nearest = nearest(&name, known.iter().copied());
                    ShapeMistake::UnknownKey { place, name, nearest }
                }
                other => ShapeMistake::Syntax { place, message: other.to_string() },
            });
            repairs.left_out.insert(key);
            ShapeError::Told
        })
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, ShapeError> {
        match self.next {
            Some(value) => seed.deserialize(Walk { value, repairs: self.repairs }),
            None => seed.deserialize(Absent),
        }
    }
}

/// A key of the document.
struct KeyText<'d>(&'d Key<'d>);

impl<'de> Deserializer<'de> for KeyText<'_> {
    type Error = ShapeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_str(self.0.get_ref())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if is_spanned(name) {
            visitor.visit_map(SpannedDeserializer::new(self.0.get_ref().as_ref(), self.0.span()))
        } else {
            self.deserialize_any(visitor)
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        name: Spanned<String>,
        #[serde(default = "ten")]
        size: i64,
        note: Option<Spanned<String>>,
        #[serde(default)]
        row: Vec<Spanned<Row>>,
        #[serde(default)]
        account: BTreeMap<Spanned<String>, Spanned<String>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        code: Spanned<String>,
        value: Spanned<i64>,
        small: Option<i16>,
    }

    fn ten() -> i64 {
        10
    }

    fn told(text: &str) -> (Option<Form>, Vec<String>) {
        let (form, mistakes) = read::<Form>(text);
        let words = mistakes.iter().map(|mistake| match mistake {
            ShapeMistake::Syntax { place, message } => format!("{}: {message}", &text[place.clone()]),
            ShapeMistake::UnknownKey { place, name, nearest } => {
                assert_eq!(&text[place.clone()], name);
                format!("unknown {name}, perhaps {}", nearest.unwrap_or("nothing"))
            }
            ShapeMistake::MissingKey { place, name } => {
                format!("missing {name} in {}", &text[place.clone()])
            }
        });
        (form, words.collect())
    }

    #[test]
    fn a_text_without_mistakes_is_read_with_its_spans() {
        let text = "name = \"a\"\n[account]\nCH = \"1001\"\n[[row]]\ncode = \"x\"\nvalue = 0x10\nsmall = 3\n";
        let (form, mistakes) = told(text);
        let form = form.unwrap();
        assert!(mistakes.is_empty());
        assert_eq!((form.size, form.note.is_none(), form.name.span()), (10, true, 7..10));
        let (key, account) = form.account.first_key_value().unwrap();
        assert_eq!((&text[key.span()], account.get_ref().as_str()), ("CH", "1001"));
        let row = form.row[0].get_ref();
        assert_eq!((*row.value.get_ref(), row.small, row.code.get_ref().as_str()), (16, Some(3), "x"));
    }

    #[test]
    fn every_key_and_value_that_does_not_fit_is_told_and_the_rest_is_read() {
        let text = "size = 3\nnota = \"b\"\n[account]\nCH = 7\n[[row]]\ncode = \"x\"\nvalu = 1\nsmall = 99999\n\
                    [[row]]\nvalue = 0.5\n[[row]]\ncode = \"y\"\nvalue = 2018-01-01\n";
        let (form, mut mistakes) = told(text);
        let form = form.unwrap();
        mistakes.sort();
        let mut expected = [
            "missing name in ",
            "unknown nota, perhaps note",
            "7: invalid type: integer `7`, expected a string",
            "unknown valu, perhaps value",
            "missing value in [[row]]",
            "99999: invalid value: integer `99999`, expected i16",
            "missing code in [[row]]",
            "0.5: invalid type: floating point `0.5`, expected i64",
            "2018-01-01: invalid type: date, expected i64",
        ]
        .map(str::to_owned);
        expected.sort();
        assert_eq!(mistakes, expected);
        assert_eq!((form.size, form.row.len()), (3, 3));
        assert_eq!((form.name.span(), form.row[1].get_ref().code.span()), (NOWHERE, NOWHERE));
        assert_eq!(form.row[2].get_ref().code.get_ref(), "y");
    }

    #[test]
    fn a_value_that_should_be_a_table_or_a_list_is_told() {
        let (form, mistakes) = told("name = \"a\"\naccount = 1\nrow = [\"x\", 5]\n");
        assert_eq!(form.unwrap().row.len(), 2);
        assert_eq!(
            mistakes,
            [
                "1: invalid type: integer `1`, expected a map",
                "\"x\": invalid type: string \"x\", expected a table",
                "5: invalid type: number, expected a table"
            ]
        );
    }

    #[test]
    fn a_mistake_of_the_syntax_ends_the_reading() {
        let (form, mistakes) = told("name = \"a\"\nsize = = 1\nnota = 1\n");
        assert!(form.is_none());
        assert_eq!(mistakes.len(), 1);
    }

    #[test]
    fn all_mistakes_of_a_small_text_are_counted() {
        let text: String = (0..1_000).map(|n| format!("k{n} = 1\n")).collect();
        let (form, mistakes) = told(&text);
        assert!(form.is_some());
        assert_eq!(mistakes.len(), 1_001, "the keys, and the name that is missing");
    }

    #[test]
    fn a_large_text_with_nothing_but_mistakes_is_given_up_after_some() {
        let filler = "#".repeat(MAX_READ_BYTES / 50);
        let keys: String = (0..1_000).map(|n| format!("k{n} = 1\n")).collect();
        let (form, mistakes) = told(&format!("{filler}\n{keys}"));
        assert!(form.is_none());
        assert!((FREE_READINGS..=FREE_READINGS + 50).contains(&mistakes.len()), "{}", mistakes.len());
    }
}
