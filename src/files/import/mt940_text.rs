//! The text of a booking of MT940 (field 86): free text, the code words of SWIFT between slashes, or the numbered
//! parts of German banks (`166?00...?20...?32...`).

use super::bank_codes::kind_of_code;
use crate::domain::account_statement::{AccountLine, AccountLineKind};
use crate::domain::id::ChannelRef;

/// Stands in place of a reference that the owner of the account did not give.
const NO_REFERENCE: &str = "NONREF";

/// Stands in place of an end-to-end id that the payer did not give.
const NOT_PROVIDED: &str = "NOTPROVIDED";

/// Marks between the numbered parts that banks use.
const SEPARATORS: &[char] = &['?', '>', '+', '~', '|', '@'];

/// Words before the values in the remittance of SEPA payments.
const SEPA_WORDS: &[&str] = &[
    "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "SVWZ+", "ABWA+", "ABWE+", "IBAN+", "BIC+",
];

/// What field 86 says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Details {
    /// Business code of German banks (GVC), and what the bank calls the booking.
    pub(super) code: String,
    pub(super) words: String,
    /// End-to-end id; empty if there is none.
    pub(super) end_to_end: String,
    /// Name and account of the other party.
    pub(super) party: String,
    /// Remittance information, or the whole text.
    pub(super) text: String,
}

/// Reads the lines of field 86, which are joined with line feeds.
pub(super) fn details(field: &str) -> Details {
    let mut characters = field.chars();
    let code: String = characters.by_ref().take(3).collect();
    let separator = characters.next().filter(|c| SEPARATORS.contains(c));
    let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    match separator.filter(|_| is_code) {
        Some(separator) => numbered(code, separator, characters.as_str()),
        None => free(field),
    }
}

/// Reads numbered parts. They are cut at the ends of lines, wherever those are.
fn numbered(code: String, separator: char, parts: &str) -> Details {
    let parts = parts.replace('\n', "");
    let (mut found, mut remittance) = (Details { code, ..Details::default() }, String::new());
    let (mut name, mut account) = (String::new(), "");
    for piece in parts.split(separator) {
        let number = piece.get(..2).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
        let value = piece.get(2..).unwrap_or_default();
        match number.and_then(|number| number.parse::<u8>().ok()) {
            Some(0) => value.trim().clone_into(&mut found.words),
            Some(31) => account = value.trim(),
            Some(32 | 33) => name.push_str(value),
            Some(20..=29 | 60..=63) => remittance.push_str(value),
            Some(_) => {}
            // The separator itself in a text.
            None => {
                remittance.push(separator);
                remittance.push_str(piece);
            }
        }
    }
    let party = [name.trim(), account].join(" ");
    party.trim().clone_into(&mut found.party);
    found.end_to_end = given(value_of(&remittance, "EREF+"));
    let purpose = value_of(&remittance, "SVWZ+");
    let text = if purpose.is_empty() { remittance.trim() } else { purpose };
    text.clone_into(&mut found.text);
    found
}

/// Returns the value after a word of SEPA, up to the next word.
fn value_of<'t>(text: &'t str, word: &str) -> &'t str {
    let Some((_, value)) = text.split_once(word) else { return "" };
    let end = SEPA_WORDS.iter().filter_map(|next| value.find(next)).min().unwrap_or(value.len());
    value.get(..end).unwrap_or_default().trim()
}

/// Reads free text, with the code words of SWIFT if it has them.
fn free(field: &str) -> Details {
    let joined = field.replace('\n', "");
    let after = |word: &str| {
        let (_, value) = joined.split_once(word)?;
        Some(value.split('/').next().unwrap_or_default().trim())
    };
    let text = field.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
    if !joined.starts_with('/') {
        return Details { text: text.trim().to_owned(), ..Details::default() };
    }
    let party = [after("/NAME/"), after("/IBAN/")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    Details {
        end_to_end: given(after("/EREF/").unwrap_or_default()),
        party: party.trim().to_owned(),
        text: text.trim().to_owned(),
        ..Details::default()
    }
}

fn given(reference: &str) -> String {
    if reference == NOT_PROVIDED { String::new() } else { reference.to_owned() }
}

/// Returns a reference that was given.
pub(super) fn reference(text: &str) -> Option<ChannelRef> {
    let text = text.trim();
    if text == NO_REFERENCE { None } else { text.parse().ok() }
}

/// Adds to a line what its text says.
pub(super) fn add_details(line: &mut AccountLine, field: &str) {
    let found = details(field);
    if line.kind == AccountLineKind::Other {
        line.kind = kind_of_code(&found.code);
    }
    for words in [&found.code, &found.words].into_iter().filter(|words| !words.is_empty()) {
        line.words.push(' ');
        line.words.push_str(words);
    }
    if let Some(given) = reference(&found.end_to_end) {
        line.reference = Some(given);
    }
    line.counterparty = found.party;
    let text = [found.text.as_str(), line.text.as_str()].join(" ");
    text.trim().clone_into(&mut line.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_parts_are_joined_over_the_ends_of_lines() {
        let field = "166?00SEPA CREDIT?109075?20EREF+SYN2018\n0912B001?21SVWZ+Invoice 10\n01?22 and 1002?30EXAMDEFF?31DE00?\n\
                     32Example Pa?33yer A?34000";
        assert_eq!(
            details(field),
            Details {
                code: "166".to_owned(),
                words: "SEPA CREDIT".to_owned(),
                end_to_end: "SYN20180912B001".to_owned(),
                party: "Example Payer A DE00".to_owned(),
                text: "Invoice 1001 and 1002".to_owned(),
            }
        );
        let found = details("808?00FEE?20Q3? 2018?21 EREF+NOTPROVIDED");
        assert_eq!((found.end_to_end.as_str(), found.text.as_str()), ("", "Q3? 2018 EREF+NOTPROVIDED"));
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "166", "166 Euro", "Fee for 2018", "12ü?20x", "166ü20x", "货款"] {
            assert_eq!(details(text), Details { text: text.to_owned(), ..Details::default() }, "{text}");
        }
        assert_eq!(details("one\n two ").text, "one two");
        let found = details("/TRTP/SEPA/IBAN/XX1/NAME/A B\n C/REMI/x/EREF/E-1");
        assert_eq!((found.party.as_str(), found.end_to_end.as_str()), ("A B C XX1", "E-1"));
    }
}
