//! Short codes that data defines: channels, kinds of trades, events. Unlike a
//! [`vocabulary`](super::vocabulary) the words are not listed in the program. A ledger lists those that it
//! knows; the types here only say that a code is well formed.
//!
//! A code is held in place, so that it is as cheap to copy and to compare as an enum.

/// Longest code in bytes.
pub const MAX_CODE_BYTES: usize = 23;

/// A short code: 1 to [`MAX_CODE_BYTES`] ASCII letters, digits, `_` or `-`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ShortCode {
    // First, so that codes sort by their text: what follows the text is zero.
    bytes: [u8; MAX_CODE_BYTES],
    length: u8,
}

impl ShortCode {
    /// Returns the code of a text that the program itself names; a test parses each of them.
    pub(super) const fn named(text: &str) -> Self {
        let text = text.as_bytes();
        let mut bytes = [0; MAX_CODE_BYTES];
        let mut length = 0;
        while (length as usize) < MAX_CODE_BYTES && (length as usize) < text.len() {
            bytes[length as usize] = text[length as usize];
            length += 1;
        }
        Self { bytes, length }
    }

    /// Returns the code of a text; `None` if the text is not a code. `letter` tells which letters it may
    /// have; the first character is one of them.
    pub(super) fn read(text: &str, letter: impl Fn(u8) -> bool) -> Option<Self> {
        let well_formed = (1..=MAX_CODE_BYTES).contains(&text.len())
            && text.bytes().next().is_some_and(&letter)
            && text.bytes().all(|byte| letter(byte) || byte.is_ascii_digit() || matches!(byte, b'_' | b'-'));
        well_formed.then(|| Self::named(text))
    }

    /// Returns the text.
    pub(super) fn as_str(&self) -> &str {
        let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }
}

/// Declares types of short codes, each with the letters that its codes have and the codes that the program
/// names.
macro_rules! short_codes {
    ($($(#[doc = $doc:literal])+ $name:ident, $what:literal, $letter:expr, {
        $($(#[doc = $cdoc:literal])+ $constant:ident = $text:literal,)*
    })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($crate::domain::short_code::ShortCode);

        impl $name {
            $($(#[doc = $cdoc])+ pub const $constant: Self = Self($crate::domain::short_code::ShortCode::named($text));)*

            /// The codes that the program names.
            pub const NAMED: &'static [Self] = &[$(Self::$constant,)*];

            /// What the codes are for, as refusals call it.
            pub const WHAT: &'static str = $what;

            /// The code as stored and printed.
            #[must_use]
            pub fn as_str(&self) -> &str { self.0.as_str() }

            /// Returns the code of a text; `None` if the text is not well formed.
            #[must_use]
            pub fn of_text(text: &str) -> Option<Self> {
                $crate::domain::short_code::ShortCode::read(text, $letter).map(Self)
            }

            /// Returns the refusal of a text that is none of the `known` codes; it lists them, and names the
            /// nearest.
            #[must_use]
            pub fn unknown(text: &str, known: impl IntoIterator<Item = Self>) -> $crate::domain::rejection::Rejection {
                let known: Vec<String> = known.into_iter().map(|code| code.to_string()).collect();
                let mut refusal = $crate::domain::rejection::Rejection::new($crate::domain::rejection::Code::BadValue)
                    .with("what", Self::WHAT)
                    .with("value", text.escape_debug());
                if !known.is_empty() {
                    refusal = refusal.with("allowed", known.join(", "));
                }
                let near = $crate::domain::nearest::nearest(text, known.iter().map(String::as_str));
                near.map_or(refusal.clone(), |near| refusal.with("nearest", near))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::domain::rejection::Rejection;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::of_text(text).ok_or_else(|| Self::unknown(text, []))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.pad(self.as_str()) }
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }
    )+};
}

pub(crate) use short_codes;
