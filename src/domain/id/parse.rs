//! Names from text; apart from the names themselves, which refusals hold.

use super::{AccountCode, CaseNo, ChannelRef, MAX_BYTES, Operator, Party, RuleName, TradeNo, VoucherNo};
use crate::domain::rejection::{Code, Rejection};
use compact_str::CompactString;
use std::str::FromStr;

macro_rules! parsed {
    ($($name:ident, $what:literal;)+) => {$(
        impl TryFrom<CompactString> for $name {
            type Error = Rejection;
            fn try_from(text: CompactString) -> Result<Self, Rejection> {
                check(&text, $what)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = Rejection;
            fn from_str(text: &str) -> Result<Self, Rejection> {
                check(text, $what)?;
                Ok(Self(CompactString::new(text)))
            }
        }
    )+};
}

parsed! {
    TradeNo, "trade number";
    VoucherNo, "voucher number";
    AccountCode, "account";
    CaseNo, "case number";
    Operator, "operator";
    Party, "customer or merchant";
    ChannelRef, "channel reference";
    RuleName, "rule";
}

fn check(text: &str, what: &str) -> Result<(), Rejection> {
    // Most names are plain ASCII and can be checked byte by byte.
    let good_characters = text.bytes().all(|byte| byte.is_ascii_graphic())
        || (text.trim() == text && !text.chars().any(|c| c.is_control() || is_invisible(c)));
    if text.is_empty() || text.len() > MAX_BYTES || !good_characters {
        return Err(Rejection::new(Code::BadValue).with("what", what).with("value", text.escape_debug()));
    }
    Ok(())
}

/// Returns whether a character is invisible: two different names must not look the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
