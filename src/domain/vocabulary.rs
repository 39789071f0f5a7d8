//! Closed sets of words, each spelled once, so that a word is the same in the schema, in JSON, on the
//! command line and in the code.

/// A closed set of words, declared by `vocabulary!`.
pub trait Vocabulary: Copy {
    /// What the words are for, as refusals call it (`channel`).
    const WHAT: &'static str;
    /// Every word as stored and printed, in the order of declaration.
    const WORDS: &'static [&'static str];

    /// Returns the value whose word is exactly `text`.
    fn of_word(text: &str) -> Option<Self>;

    /// Returns every word, separated by commas.
    #[must_use]
    fn allowed() -> String {
        Self::WORDS.join(", ")
    }
}

/// Declares an enum whose variants are stored and printed as fixed words.
macro_rules! vocabulary {
    ($(#[doc = $doc:literal])+ $name:ident, $what:literal { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal,)+ }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $vdoc])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every word, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the word as stored and printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl $crate::domain::vocabulary::Vocabulary for $name {
            const WHAT: &'static str = $what;
            const WORDS: &'static [&'static str] = &[$($text),+];

            fn of_word(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::domain::rejection::Rejection;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                use $crate::domain::vocabulary::Vocabulary;
                Self::of_word(text).ok_or_else(|| {
                    $crate::domain::rejection::Rejection::new($crate::domain::rejection::Code::BadValue)
                        .with("what", Self::WHAT)
                        .with("value", text.escape_debug())
                        .with("allowed", Self::allowed())
                })
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.pad(self.as_str()) }
        }
    };
}

pub(crate) use vocabulary;
