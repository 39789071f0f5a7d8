//! What is read in place of a value that is missing or of the wrong type.

use super::shape_error::ShapeError;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde_spanned::de::{SpannedDeserializer, is_spanned};
use std::ops::Range;

/// Span of a value that is not in the text.
pub(super) const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// An empty value of whatever type is asked for.
#[derive(Clone, Copy)]
pub(super) struct Absent;

/// Answers methods with an empty value.
macro_rules! empty {
    ($($method:ident: $visit:ident($value:expr),)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            visitor.$visit($value)
        }
    )+};
}

impl<'de> Deserializer<'de> for Absent {
    type Error = ShapeError;

    empty! {
        deserialize_any: visit_str(""),
        deserialize_bool: visit_bool(false),
        deserialize_i8: visit_i64(0),
        deserialize_i16: visit_i64(0),
        deserialize_i32: visit_i64(0),
        deserialize_i64: visit_i64(0),
        deserialize_u8: visit_i64(0),
        deserialize_u16: visit_i64(0),
        deserialize_u32: visit_i64(0),
        deserialize_u64: visit_i64(0),
        deserialize_seq: visit_seq(SeqDeserializer::<_, ShapeError>::new(std::iter::empty::<&str>())),
        deserialize_map: visit_map(MapDeserializer::<_, ShapeError>::new(std::iter::empty::<(&str, &str)>())),
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        visitor.visit_none()
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        if is_spanned(name) {
            return visitor.visit_map(SpannedDeserializer::new(self, NOWHERE));
        }
        visitor.visit_map(MapDeserializer::new(fields.iter().map(|field| (*field, Self))))
    }

    serde::forward_to_deserialize_any! {
        i128 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        enum identifier ignored_any
    }
}

impl IntoDeserializer<'_, ShapeError> for Absent {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
