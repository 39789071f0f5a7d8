//! Statements in MT940: what is read and what is refused.

use super::*;
use crate::domain::account_statement::AccountLineKind;
use crate::files::import::account_kit::{self, Statement, settings};
use crate::files::import::{Foreign, Format, detect, read_account, survey};
use std::convert::Infallible;
use std::sync::LazyLock;

/// One message, so that it can be cut nowhere.
const PAGE: &str = include_str!("../../../tests/data/bank-mt940-20180912.sta");

/// The messages behind the first page of the statement in the sample.
const REST: &[&str] = &[
    "-}{1:F01EXAMDEFFAXXX0000000000}{2:O9402330180912EXAMUS33AXXX00000000001809122330N}{4:",
    ":20:SYN20180912",
    ":25:10000000/0001234567",
    ":28C:00178/002",
    ":60M:C180912EUR1019,80",
    ":61:1809120912RD20,00NMSCNONREF",
    ":61:1809130912D3,20NCHGNONREF//B20180912007",
    ":86:808?00ACCOUNT FEE",
    ":62F:C180912EUR1036,60",
    ":64:C180912EUR1036,60",
    ":86:Thank you",
    "-}",
    "{1:F01EXAMDEFFAXXX0000000000}{2:I940EXAMUS33AXXXN}{4:",
    ":20:SYN20180912Y",
    ":25:0007654321",
    ":28C:00012",
    ":60F:D180911JPY100,",
    ":61:180912C12000,FINTNONREF",
    ":62F:C180912JPY11900,",
    "-}",
];

/// The sample as the first page of a statement, its second page, and another account's statement.
static SAMPLE: LazyLock<String> = LazyLock::new(|| {
    let page = PAGE.replace(":62F:", ":62M:");
    format!("{}{}\r\n", page.trim_end().trim_end_matches("-}"), REST.join("\r\n"))
});

fn statements(text: &str) -> Result<Vec<Statement>, FileError> {
    account_kit::statements(text.as_bytes(), "f.sta", Format::Mt940, &settings())
}

fn refused(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "{from}");
    statements(&SAMPLE.replacen(from, to, 1)).unwrap_err().to_string()
}

fn date(day: i8) -> Date {
    jiff::civil::date(2018, 9, day)
}

#[test]
fn the_sample_reads_whole_and_pages_are_one_statement() {
    assert_eq!(detect(SAMPLE.as_bytes()), Ok(Format::Mt940));
    let read = statements(&SAMPLE).unwrap();
    let [(head, lines, end), (yen, interest, yen_end)] = read.as_slice() else { panic!("two statements") };
    assert_eq!(head.number.as_deref(), Some("10000000/0001234567"));
    assert_eq!(head.holder.as_deref(), Some("10000000"));
    assert_eq!(head.sequence.as_deref(), Some("00178/001"));
    assert_eq!((end.opening_minor, end.closing_minor), (Some(100_000), Some(103_660)));
    let found: Vec<_> = lines.iter().map(|line| (line.line, line.amount_minor, line.kind)).collect();
    let transfer = AccountLineKind::Transfer;
    assert_eq!(
        found,
        [
            (6, 15_000, transfer),
            (10, 990, transfer),
            (12, 990, transfer),
            (14, -15_000, transfer),
            (21, 2_000, AccountLineKind::Other),
            (22, -320, AccountLineKind::Fee),
        ]
    );
    let first = &lines[0];
    assert_eq!(first.reference.as_ref().unwrap().as_str(), "SYN20180912B001");
    assert_eq!((first.number.as_str(), first.words.as_str()), ("B20180912001", "NTRF 166 SEPA CREDIT"));
    assert_eq!(first.counterparty, "Example Payer A DE00000000000000000011");
    assert_eq!(first.text, "Invoice 1001 and 1002 Further words");
    assert_eq!(lines[1], AccountLine { line: 10, ..lines[2].clone() });
    assert_eq!((lines[1].reference.as_ref(), lines[1].text.as_str()), (None, "Order 7"));
    assert_eq!((lines[5].day, lines[5].value_day), (date(12), Some(date(13))));
    assert_eq!((yen.number.as_deref(), yen.holder.as_deref()), (Some("0007654321"), Some("EXAMDEFFXXX")));
    assert_eq!((yen.opening_minor, yen_end.closing_minor), (Some(-100), Some(11_900)));
    assert_eq!((interest[0].kind, interest[0].day), (AccountLineKind::Interest, date(12)));
}

/// The first page of the sample without the blocks of SWIFT.
fn plain() -> String {
    let (_, rest) = SAMPLE.split_once("{4:\r\n").unwrap();
    let (page, _) = rest.split_once("-}").unwrap();
    page.replace(":62M:", ":62F:")
}

#[test]
fn blocks_line_ends_mark_and_preface_make_no_difference() {
    let read = statements(&plain()).unwrap();
    assert_eq!((read.len(), read[0].1.len()), (1, 4));
    let (_, lines, end) = &read[0];
    for text in [
        format!("\u{feff}{}", plain()),
        format!("EXAMNL2A\r\n940\r\n{}-\r\n", plain()),
        plain().replace("\r\n", "\n"),
        format!("{}-", plain()),
        format!("{}\r\n\r\n", plain()),
    ] {
        let read = statements(&text).unwrap();
        assert_eq!((read[0].1.len(), read[0].2), (lines.len(), *end), "{text}");
    }
    let two = format!("{}-\r\n{}-\r\n", plain(), plain());
    assert_eq!(statements(&two).unwrap().len(), 2);
    let two = format!("{}{}", plain(), plain());
    assert_eq!(statements(&two).unwrap().len(), 2);
}

/// A page alone was taken as the whole statement.
#[test]
fn a_page_without_the_others_of_its_statement_is_refused() {
    let first = plain().replace(":62F:", ":62M:");
    assert_eq!(statements(&first).unwrap_err().to_string(), "f.sta:14: page_after_missing");
    let second = plain().replace(":60F:", ":60M:");
    assert_eq!(statements(&second).unwrap_err().to_string(), "f.sta:4: page_before_missing");
    let other = format!("{first}-\r\n{}", plain().replace("00178", "00179"));
    assert_eq!(statements(&other).unwrap_err().to_string(), "f.sta:14: page_after_missing");
    let third = SAMPLE.replace("00178/002", "00178/003");
    assert_eq!(statements(&third).unwrap_err().to_string(), "f.sta:20: page_before_missing");
}

#[test]
fn the_day_of_the_closing_balance_is_the_last_one_that_a_statement_covers() {
    let read = statements(&plain().replace(":62F:C180912", ":62F:C180914")).unwrap();
    assert_eq!((read[0].1[0].day, read[0].2.to), (date(12), Some(date(14))));
}

#[test]
fn the_year_of_an_entry_is_the_nearest_and_a_statement_without_lines_has_its_day() {
    for (dates, day) in [
        ("1812310102", (2019, 1, 2)),
        ("1901021231", (2018, 12, 31)),
        ("2002280229", (2020, 2, 29)),
        ("180912", (2018, 9, 12)),
    ] {
        let read = statements(&SAMPLE.replacen("1809120912CR", &format!("{dates}CR"), 1)).unwrap();
        assert_eq!(read[0].1[0].day, jiff::civil::date(day.0, day.1, day.2), "{dates}");
    }
    let read = statements(":20:A\n:25:1\n:60F:C180911KWD1,125\n:62F:C180912KWD1,125\n").unwrap();
    assert_eq!((read[0].0.from, read[0].0.to), (Some(date(12)), Some(date(12))));
    assert_eq!((read[0].1.len(), read[0].2.closing_minor), (0, Some(1_125)));
}

#[test]
fn letters_of_the_currency_do_not_change_the_mark() {
    for (mark, minor) in
        [("C", 500), ("CR", 500), ("D", -500), ("DD", -500), ("RC", -500), ("RCR", -500), ("RDF", 500)]
    {
        let line = format!(":61:180912{mark}5,NTRFX//Y");
        let read = statements(&format!(
            ":20:A\n:25:1\n:60F:C180911EUR10,\n{line}\n:62F:C180912EUR{},\n",
            10 + minor / 100
        ));
        assert_eq!(read.unwrap()[0].1[0].amount_minor, minor, "{mark}");
    }
}

#[test]
fn an_interim_report_is_named_and_refused() {
    let text = ":20:A\n:25:1\n:28C:1/1\n:34F:EUR0,\n:13D:1809121200+0200\n:61:1809120912C1,NTRFNONREF\n";
    assert_eq!(detect(text.as_bytes()), Err(Reason::Foreign { kind: Foreign::Mt942 }));
}

#[test]
fn what_does_not_add_up_is_refused_with_its_place() {
    for (from, to, expected) in [
        (
            "EUR1036,60\r\n:64",
            "EUR1036,61\r\n:64",
            "f.sta:24: balance_sum opening=1000.00 sum=36.60 closing=1036.61",
        ),
        (
            ":60M:C180912EUR1019,80",
            ":60M:C180912EUR1019,81",
            "f.sta:20: balance_breaks expected=1019.80 actual=1019.81",
        ),
        (":60M:C180912EUR", ":60M:C180912USD", "f.sta:20: mixed_currencies first=EUR here=USD"),
        (":62M:C180912EUR", ":62M:C180912USD", "f.sta:15: mixed_currencies first=EUR here=USD"),
        (":62M:C180912EUR1019,80\r\n", "", "f.sta:15: missing_part name=:62F:"),
        (":60F:C180911EUR1000,00\r\n", "", "f.sta:5: missing_part name=:60F:"),
        (":25:0007654321\r\n", "", "f.sta:31: missing_part name=:25:"),
        ("C9,9N", "C9.9N", "f.sta:10: bad_part name=:61:"),
        ("C9,9N", "C9,999N", "f.sta:10: too_precise value=9.999 currency=EUR"),
        ("C9,9N", "C,9N", "f.sta:10: bad_part name=15d value=,9"),
        ("C9,9N", "X9,9N", "f.sta:10: bad_part name=:61:"),
        ("C9,9NTRFNONREF", "C9,9NT", "f.sta:10: bad_part name=:61:"),
        ("1809120912C9,9N", "1809310912C9,9N", "f.sta:10: bad_date value=180931"),
        ("1809120912C9,9N", "1809120931C9,9N", "f.sta:10: bad_date value=0931"),
        ("JPY100,", "JPX100,", "unknown_currency value=JPX"),
        ("JPY100,", "JPY100,5", "too_precise value=100.5 currency=JPY"),
        ("D180911JPY", "X180911JPY", "bad_part name=:60F:"),
    ] {
        let error = refused(from, to);
        assert!(error.contains(expected), "{from}: {error}");
    }
    assert_eq!(statements(":25:1\n").unwrap_err().to_string(), "f.sta:1: missing_part name=:20:");
    let cut = SAMPLE.trim_end().strip_suffix("-}").unwrap();
    assert_eq!(statements(cut).unwrap_err().to_string(), "f.sta:34: footer_missing what=-}");
    let cut = plain();
    assert!(statements(cut.trim_end()).unwrap_err().to_string().contains("cut_last_line"));
    assert!(statements("x y z!\n").unwrap_err().to_string().contains("bad_part"));
    let latin = SAMPLE.replace("Order 7", "M\u{fc}ller").chars().map(|c| c as u8).collect::<Vec<u8>>();
    let read: Result<_, ReadError<Infallible>> =
        read_account(latin.as_slice(), "f", &settings(), Format::Mt940, &mut |_| Ok(()));
    assert!(read.unwrap_err().to_string().contains("wrong_encoding expected=UTF-8"));
}

#[test]
fn every_bad_booking_is_told() {
    let mut told = Vec::new();
    let text = SAMPLE.replace("C9,9N", "X9,9N");
    let ended = survey(text.as_bytes(), "f", &settings(), Format::Mt940, &mut |error, row| {
        told.push((error.line, row.to_owned()));
    });
    let row = "1809120912X9,9NTRFNONREF".to_owned();
    assert_eq!((ended, told), (Ok(()), vec![(Some(10), row.clone()), (Some(12), row)]));
}
