//! Reading of enums whose JSON is an object that begins with the tag, as serde writes it.
//!
//! What serde derives for such an enum accepts the tag anywhere, and buffers the object to find it: each
//! type below is then compiled twice, for the buffer and for JSON itself. With the tag in front, the rest of
//! the object is read once it is known which type it is.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// An enum whose JSON begins with its tag.
pub(super) trait Tagged<'de>: Sized {
    /// The key of the tag.
    const KEY: &'static str;
    /// The words of the tag.
    type Tag: Deserialize<'de>;

    /// Reads the variant of a tag from the other fields.
    fn variant<A: MapAccess<'de>>(tag: Self::Tag, fields: A) -> Result<Self, A::Error>;
}

/// Reads an enum whose JSON begins with its tag.
pub(super) fn read<'de, T: Tagged<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TagFirst(PhantomData))
}

/// Reads the other fields as a struct.
pub(super) fn fields<'de, T: Deserialize<'de>, A: MapAccess<'de>>(fields: A) -> Result<T, A::Error> {
    T::deserialize(MapAccessDeserializer::new(fields))
}

/// Reads the next key of an object.
///
/// # Errors
/// Another key, or none.
pub(super) fn key<'de, A: MapAccess<'de>>(fields: &mut A, key: &'static str) -> Result<(), A::Error> {
    let found = fields.next_key::<String>()?;
    if found.as_deref() == Some(key) { Ok(()) } else { Err(Error::missing_field(key)) }
}

struct TagFirst<T>(PhantomData<T>);

impl<'de, T: Tagged<'de>> Visitor<'de> for TagFirst<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object that begins with `{}`", T::KEY)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        key(&mut map, T::KEY)?;
        let tag = map.next_value()?;
        T::variant(tag, map)
    }
}

#[cfg(test)]
mod tests {
    use crate::protocol::answer::Answer;
    use crate::protocol::ledger::ShowLedger;
    use crate::protocol::request::Request;
    use crate::protocol::steps::StepRequest;

    #[test]
    fn the_tag_is_first_and_its_word_is_known() {
        let answer = serde_json::to_string(&Answer::HoldsSeal(true)).unwrap();
        assert_eq!(answer, r#"{"answer":"holds_seal","body":true}"#);
        assert_eq!(serde_json::from_str::<Answer>(&answer).unwrap(), Answer::HoldsSeal(true));
        for wrong in [
            r#"{"body":true,"answer":"holds_seal"}"#,
            r#"{"answer":"holds","body":true}"#,
            r#"{"answer":"holds_seal"}"#,
            r#"{"answer":"holds_seal","body":true,"body":true}"#,
            "{}",
        ] {
            assert!(serde_json::from_str::<Answer>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn requests_and_steps_are_read_as_they_are_written() {
        let order = Box::new(Request::Ledger(ShowLedger {}));
        let keyed = Request::Once { key: "k".to_owned(), request: order };
        let json = serde_json::to_string(&keyed).unwrap();
        assert_eq!(json, r#"{"request":"keyed","key":"k","order":{"request":"ledger"}}"#);
        assert_eq!(serde_json::from_str::<Request>(&json).unwrap(), keyed);
        let step = r#"{"kind":"park_line","line":{"channel":"WECHAT","channel_ref":"a"}}"#;
        let read: StepRequest = serde_json::from_str(step).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), step);
        // A field that is not known is skipped, one that is missing is refused.
        assert!(serde_json::from_str::<StepRequest>(r#"{"kind":"unpark","to":"1"}"#).is_err());
        assert!(serde_json::from_str::<Request>(r#"{"request":"ledger","more":1}"#).is_ok());
    }
}
