//! Names of things in the books, each a type of its own, so that a trade number cannot be used as a voucher
//! number. A name is 1 to [`MAX_BYTES`] bytes of text without control characters or surrounding blanks.

mod parse;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name: channel order numbers have at most 64 characters, party names are short; 128 bytes hold both
/// and keep an index row small.
pub const MAX_BYTES: usize = 128;

macro_rules! names {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "CompactString", into = "CompactString")]
        pub struct $name(CompactString);

        impl $name {
            /// Returns the text of the name.
            #[must_use]
            pub fn as_str(&self) -> &str { &self.0 }
        }

        impl From<$name> for CompactString {
            fn from(name: $name) -> Self { name.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(&self.0) }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str { &self.0 }
        }
    )+};
}

names! {
    /// Number of a trade, as the trade layer gave it.
    TradeNo;
    /// Number of a voucher; Storno's own are `V` and the ledger sequence, imported ones keep theirs.
    VoucherNo;
    /// Code of an account: subject code, and for a leaf a dot and its name (`2001.A`).
    AccountCode;
    /// Number of a case (`C0001`).
    CaseNo;
    /// Name of an operator.
    Operator;
    /// Name of a customer or merchant.
    Party;
    /// A channel's reference of a trade: merchant order number, or refund number.
    ChannelRef;
    /// Name and version of a posting rule (`topup.captured@1`).
    RuleName;
}

impl AccountCode {
    /// Returns the subject part of the code: everything before the first dot.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// Returns the name of the leaf; `None` for the code of a subject.
    #[must_use]
    pub fn leaf(&self) -> Option<&str> {
        self.0.split_once('.').map(|(_, leaf)| leaf)
    }
}

impl Operator {
    /// Returns whether two names are the same person's: they may differ in case or in width only.
    #[must_use]
    pub fn is_same_person(&self, other: &Self) -> bool {
        let plain = |name: &str| name.chars().map(half_width).collect::<String>().to_lowercase();
        plain(&self.0) == plain(&other.0)
    }
}

/// Returns the plain form of a full-width letter, digit or sign; other characters unchanged.
#[must_use]
pub fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

impl CaseNo {
    /// Returns the number of the `n`-th case of a ledger.
    #[must_use]
    pub fn numbered(n: i64) -> Self {
        Self(compact_str::format_compact!("C{n:04}"))
    }
}

impl VoucherNo {
    /// Returns Storno's own number for the voucher with ledger sequence `seq`.
    #[must_use]
    pub fn numbered(seq: i64) -> Self {
        Self(compact_str::format_compact!("V{seq:05}"))
    }

    /// Returns whether it has the form of Storno's own numbers, `V` and at least five digits: an imported voucher
    /// with such a number could collide with a later one of ours.
    #[must_use]
    pub fn is_our_own(&self) -> bool {
        self.as_str()
            .strip_prefix('V')
            .is_some_and(|digits| digits.len() >= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    }
}
