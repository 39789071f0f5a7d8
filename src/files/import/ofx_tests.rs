//! Statements in OFX: what is read and what is refused.

use super::*;
use crate::domain::account_statement::AccountEnd;
use crate::files::import::account_kit::{self, Statement, settings};
use crate::files::import::{Format, detect, survey};

const SAMPLE: &[u8] = include_bytes!("../../../tests/data/bank-ofx102-20180912.ofx");

fn statements_of(bytes: &[u8]) -> Result<Vec<Statement>, FileError> {
    account_kit::statements(bytes, "f.ofx", Format::Ofx, &settings())
}

/// The sample in UTF-8, with another text in one place.
fn changed(from: &str, to: &str) -> Result<Vec<Statement>, FileError> {
    let text = sample();
    assert!(text.contains(from), "{from}");
    statements_of(text.replacen(from, to, 1).as_bytes())
}

fn sample() -> String {
    let text: String = SAMPLE.iter().map(|byte| char::from(*byte)).collect();
    text.replace("CHARSET:1252", "CHARSET:NONE")
}

fn date(day: i8) -> Date {
    jiff::civil::date(2018, 9, day)
}

#[test]
fn the_sample_reads_whole() {
    assert_eq!(detect(SAMPLE), Ok(Format::Ofx));
    let read = statements_of(SAMPLE).unwrap();
    let [(head, lines, end), (card, interest, card_end)] = read.as_slice() else { panic!("two statements") };
    assert_eq!(head.number.as_deref(), Some("000123456789"));
    assert_eq!((head.holder.as_deref(), head.currency.code()), (Some("000000001"), "USD"));
    assert_eq!((head.from, head.to, head.until), (Some(date(11)), Some(date(12)), None));
    assert_eq!((end.opening_minor, end.closing_minor), (Some(100_000), Some(243_460)));
    let found: Vec<_> = lines.iter().map(|line| (line.line, line.amount_minor, line.kind)).collect();
    let (transfer, other) = (AccountLineKind::Transfer, AccountLineKind::Other);
    assert_eq!(
        found,
        [
            (17, 150_000, transfer),
            (18, -4_510, transfer),
            (19, -990, other),
            (20, -990, other),
            (21, -50, AccountLineKind::Fee),
        ]
    );
    let (first, check, card_pay) = (&lines[0], &lines[1], &lines[2]);
    assert_eq!((first.day, first.time, first.number.as_str()), (date(11), None, "201809110001"));
    assert_eq!(
        (first.counterparty.as_str(), first.text.as_str()),
        ("EXAMPLE PAYER A", "INVOICE 1001 & 1002")
    );
    assert_eq!(check.reference.as_ref().unwrap().as_str(), "1005");
    assert_eq!(check.time, Some(time(10, 15, 0, 0)));
    assert_eq!((card_pay.counterparty.as_str(), card_pay.words.as_str()), ("CAFÉ C", "POS"));
    assert_eq!(card.number.as_deref(), Some("4000000000000002"));
    assert_eq!((interest[0].line, interest[0].kind), (29, AccountLineKind::Interest));
    assert_eq!((card_end.opening_minor, card_end.closing_minor), (Some(-10_000), Some(-10_321)));
}

#[test]
fn version_two_line_ends_and_mark_make_no_difference() {
    let expected = statements_of(SAMPLE).unwrap();
    let text = sample();
    let body = text.split_once("\n\n").unwrap().1;
    let mut xml =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?><?OFX OFXHEADER=\"200\" VERSION=\"211\"?>");
    // Each element of text gets its end.
    for tag in body.replace('\n', "").replace("& ", "&amp; ").split_inclusive('<') {
        let tag = tag.trim_end_matches('<');
        let name = tag.split('>').next().unwrap();
        match tag.split_once('>') {
            Some((_, text)) if !text.is_empty() => xml += &format!("<{tag}</{name}>"),
            Some(_) => xml += &format!("<{tag}"),
            None => {}
        }
    }
    // The line at which a transaction begins is another one then.
    let plain = |text: &str| {
        let mut read = statements_of(text.as_bytes()).unwrap();
        read.iter_mut().flat_map(|(_, lines, _)| lines).for_each(|line| line.line = 0);
        read
    };
    let expected_plain = plain(&text);
    for text in
        [xml, text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text.replacen(":NONE\nC", ":NONE C", 1)]
    {
        assert_eq!(detect(text.as_bytes()), Ok(Format::Ofx));
        assert_eq!(plain(&text), expected_plain, "{text}");
    }
    // Everything behind the header on one line.
    let one_line = text.replace(">\n", ">").replace("USD\n", "USD");
    assert_eq!(plain(&one_line), expected_plain);
    // An element without text and without end.
    assert_eq!(changed("<FITID>201809110001", "<EXTDNAME><FITID>201809110001").unwrap(), expected);
}

#[test]
fn the_ledger_balance_closes_only_what_ends_with_it() {
    let later = changed("2434.60<DTASOF>20180912", "2434.60<DTASOF>20180913").unwrap();
    assert_eq!(later[0].2, AccountEnd::default());
    let earlier = changed("2434.60<DTASOF>20180912", "2434.60<DTASOF>20180911").unwrap();
    assert_eq!(earlier[0].2, AccountEnd::default());
    let quiet = changed("<DTEND>20180912\n", "<DTEND>20180930\n").unwrap();
    assert_eq!(quiet[1].2.closing_minor, Some(-10_321));
}

#[test]
fn a_list_of_the_running_day_ends_at_its_time() {
    for (end, until) in [
        ("20180912153000.000[+8:CST]", "2018-09-12T15:30:00+08:00"),
        ("20180912153000[-3.5]", "2018-09-12T15:30:00-03:30"),
        ("20180912153000", "2018-09-12T15:30:00+00:00"),
    ] {
        let read = changed("20180912235959[-5:EST]\n<STMTTRN>", &format!("{end}\n<STMTTRN>")).unwrap();
        assert_eq!(read[0].0.until.unwrap().to_string(), until);
        assert_eq!(read[0].0.to, Some(date(12)));
    }
}

#[test]
fn amounts_are_read_with_point_or_comma() {
    let known = Known { currency: Some("USD".parse().unwrap()), ..Known::default() };
    for (text, minor) in [("1,50", 150), ("+1.5", 150), ("-.5", -50), ("-0,05", -5), ("7", 700)] {
        assert_eq!(known.amount(text), Ok(minor), "{text}");
    }
    for text in ["1,000", "1,000.00", "1.000,00", "1,000,00", "--1", "-+.5", "", "1e3"] {
        assert!(known.amount(text).is_err(), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    for (from, to, expected) in [
        (
            "-45.10",
            "-45.101",
            "f.ofx:18:48 (…/BANKMSGSRSV1/STMTTRNRS/STMTRS/BANKTRANLIST/STMTTRN/TRNAMT): too_precise",
        ),
        ("-45.10", "45,10.0", "not_a_number value=45,10.0"),
        ("<TRNAMT>-45.10", "", "missing_part name=STMTTRN/TRNAMT"),
        ("<DTPOSTED>20180912101500", "", "missing_part name=STMTTRN/DTPOSTED"),
        ("20180912101500", "20180931", "bad_date value=20180931"),
        ("20180912101500", "20180912251500", "bad_time value=20180912251500"),
        ("<CURDEF>USD\n", "\n", "missing_part name=CURDEF"),
        ("<CURDEF>USD", "<CURDEF>USX", "unknown_currency value=USX"),
        ("<ACCTID>000123456789", "", "missing_part name=ACCTID"),
        (
            "<CHECKNUM>1005",
            "<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>",
            "mixed_currencies first=USD here=EUR",
        ),
        (
            "<CHECKNUM>1005",
            "<CORRECTFITID>1<CORRECTACTION>DELETE",
            "bad_part name=CORRECTACTION value=DELETE",
        ),
        ("</OFX>", "", "footer_missing what=</OFX>"),
        ("CHARSET:NONE", "CHARSET:EBCDIC", "unknown_encoding value=EBCDIC"),
        ("<OFX>", "<!DOCTYPE OFX [<!ENTITY a 'b'>]><OFX>", "xml_entities"),
    ] {
        let error = changed(from, to).unwrap_err().to_string();
        assert!(error.contains(expected), "{from}: {error}");
    }
    assert!(changed("<CHECKNUM>1005", "<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY>").is_ok());
    let undeclared: Vec<u8> = sample().chars().map(|c| c as u8).collect();
    assert!(statements_of(&undeclared).unwrap_err().to_string().contains("wrong_encoding expected=UTF-8"));
    let without = sample().replace("STMTRS", "INVSTMT");
    assert_eq!(statements_of(without.as_bytes()).unwrap_err().to_string(), "f.ofx: missing_part name=STMTRS");
}

#[test]
fn every_bad_transaction_is_told() {
    let mut told = Vec::new();
    let text = sample().replace("-9.90", "-9.9x");
    let ended = survey(text.as_bytes(), "f", &settings(), Format::Ofx, &mut |error, row| {
        told.push((error.line, row.to_owned()));
    });
    assert_eq!((ended, told), (Ok(()), vec![(Some(19), "-9.9x".to_owned()), (Some(20), "-9.9x".to_owned())]));
}

/// A transaction outside of the span that the file states was taken.
#[test]
fn a_transaction_outside_of_the_days_that_the_list_names_is_refused() {
    for (from, to) in
        [("<DTPOSTED>20180912101500", "<DTPOSTED>20180913101500"), ("<DTSTART>20180911", "<DTSTART>20180912")]
    {
        let said = changed(from, to).unwrap_err().to_string();
        assert!(said.contains("outside_period"), "{said}");
    }
}
