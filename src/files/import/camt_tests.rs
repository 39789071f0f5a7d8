//! Statements in XML: what is read and what is refused.

use super::*;
use crate::domain::account_statement::{AccountEnd, AccountLine, AccountLineKind};
use crate::files::import::account_kit::{self, settings};
use crate::files::import::{Format, detect, survey};

const SAMPLE: &str = include_str!("../../../tests/data/bank-camt053-20180912.xml");

/// One statement as it is read.
#[derive(Debug, Clone, PartialEq)]
struct Read {
    head: AccountHead,
    lines: Vec<AccountLine>,
    end: AccountEnd,
}

fn statements_of(bytes: &[u8]) -> Result<Vec<Read>, FileError> {
    let read = account_kit::statements(bytes, "f.xml", Format::IsoCamt, &settings())?;
    Ok(read.into_iter().map(|(head, lines, end)| Read { head, lines, end }).collect())
}

fn statements(text: &str) -> Result<Vec<Read>, FileError> {
    statements_of(text.as_bytes())
}

fn refused(from: &str, to: &str) -> String {
    assert!(SAMPLE.contains(from), "{from}");
    statements(&SAMPLE.replacen(from, to, 1)).unwrap_err().to_string()
}

/// A statement of one account with these balances and entries, in this version.
fn of_entries(version: &str, balances: &str, entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><c:Document xmlns:c=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}\">\
         <c:BkToCstmrStmt><c:Stmt><c:Id>1</c:Id><c:Acct><c:Id><c:IBAN>XX1</c:IBAN></c:Id><c:Ccy>EUR</c:Ccy></c:Acct>\
         {balances}{entries}</c:Stmt></c:BkToCstmrStmt></c:Document>"
    )
}

fn entry(inner: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>2018-09-12</Dt></BookgDt>{inner}</Ntry>"
    )
}

#[test]
fn the_sample_reads_whole() {
    assert_eq!(detect(SAMPLE.as_bytes()), Ok(Format::IsoCamt));
    let read = statements(SAMPLE).unwrap();
    let [euros, yen] = read.as_slice() else { panic!("two statements") };
    assert_eq!(euros.head.number.as_deref(), Some("DE00000000000000000001"));
    assert_eq!(euros.head.holder.as_deref(), Some("EXAMDEFFXXX"));
    assert_eq!(euros.head.sequence.as_deref(), Some("178"));
    assert_eq!((euros.head.from, euros.head.to), (Some(day(12)), Some(day(12))));
    assert_eq!((euros.head.opening_minor, euros.end.closing_minor), (Some(100_000), Some(105_555)));
    assert_eq!(euros.head.until, None);
    let lines: Vec<_> = euros.lines.iter().map(|line| (line.line, line.amount_minor, line.kind)).collect();
    let (transfer, fee) = (AccountLineKind::Transfer, AccountLineKind::Fee);
    assert_eq!(
        lines,
        [
            (10, 15_000, transfer),
            (12, 990, transfer),
            (14, 990, transfer),
            (16, -1_000, transfer),
            (16, -2_000, transfer),
            (16, -3_000, transfer),
            (20, 10_000, transfer),
            (20, -150, fee),
            (22, -15_000, transfer),
            (24, -320, fee),
            (26, 45, AccountLineKind::Interest),
        ]
    );
    let first = &euros.lines[0];
    assert_eq!(first.reference.as_ref().unwrap().as_str(), "SYN20180912B001");
    assert_eq!((first.number.as_str(), first.channel_no.as_deref()), ("B20180912001", Some("TX0001")));
    assert_eq!(first.counterparty, "Example Payer A DE00000000000000000011");
    assert_eq!((first.text.as_str(), first.words.as_str()), ("Invoice 1001 & 1002", "PMNT-RCDT-ESCT"));
    assert_eq!((first.day, first.time), (day(12), Some(jiff::civil::time(9, 0, 1, 0))));
    let last = &euros.lines[10];
    assert_eq!((last.value_day, last.text.as_str()), (Some(day(13)), "Zinsen für August"));
    assert_eq!(yen.head.currency.code(), "JPY");
    assert_eq!((yen.head.number.as_deref(), yen.head.to), (Some("000001-JPY"), Some(day(12))));
    assert_eq!(yen.head.sequence.as_deref(), Some("2018-09-12/2"));
    assert_eq!((yen.head.opening_minor, yen.end.closing_minor), (Some(-100), Some(9_400)));
    assert_eq!(yen.lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [12_000, -2_500]);
}

fn day(day: i8) -> Date {
    jiff::civil::date(2018, 9, day)
}

#[test]
fn equal_bookings_are_two_lines() {
    let read = statements(SAMPLE).unwrap();
    let [one, other] = [&read[0].lines[1], &read[0].lines[2]];
    assert_eq!(one, &AccountLine { line: one.line, ..other.clone() });
    assert_eq!((one.reference.as_ref(), one.counterparty.as_str()), (None, "Example Payer B"));
}

#[test]
fn a_batch_is_a_line_for_each_transaction_if_their_amounts_make_the_entry() {
    let read = statements(SAMPLE).unwrap();
    let batch = &read[0].lines[3..6];
    assert!(batch.iter().all(|line| line.batch.as_deref() == Some("PAYOUT-7")));
    assert_eq!(batch[2].counterparty, "Example Merchant C");
    for (from, to) in
        [("\">30.00<", "\">30.01<"), ("<TxAmt><Amt Ccy=\"EUR\">30.00", "<TxAmt><Amt Ccy=\"USD\">30.00")]
    {
        let read = statements(&SAMPLE.replacen(from, to, 1)).unwrap();
        let whole = &read[0].lines[3];
        assert_eq!((whole.amount_minor, whole.batch.as_deref()), (-6_000, Some("PAYOUT-7")));
        assert_eq!((whole.reference.as_ref(), read[0].lines.len()), (None, 9));
    }
}

#[test]
fn charges_taken_out_of_an_amount_are_a_line_of_their_own() {
    let read = statements(SAMPLE).unwrap();
    let [paid, charge] = [&read[0].lines[6], &read[0].lines[7]];
    assert_eq!((paid.amount_minor, charge.amount_minor), (10_000, -150));
    assert_eq!(paid.number, charge.number);
    // Charges that are not taken out of the amount say nothing about it.
    let details = "<Chrgs><Rcrd><Amt Ccy=\"EUR\">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>false</ChrgInclInd>\
                   </Rcrd></Chrgs><NtryDtls><TxDtls><Amt Ccy=\"EUR\">6.00</Amt></TxDtls></NtryDtls>";
    let read = statements(&of_entries("08", "", &entry(details))).unwrap();
    assert_eq!(read[0].lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [500]);
    let read = statements(&of_entries("08", "", &entry(&details.replace("false", "true")))).unwrap();
    assert_eq!(read[0].lines.iter().map(|line| line.amount_minor).collect::<Vec<_>>(), [600, -100]);
}

#[test]
fn a_reversal_has_its_own_direction_and_the_parties_of_what_it_takes_back() {
    let read = statements(SAMPLE).unwrap();
    let reversal = &read[0].lines[8];
    assert_eq!((reversal.amount_minor, reversal.counterparty.as_str()), (-15_000, "Example Payer A"));
}

#[test]
fn newer_versions_and_any_prefix_are_read() {
    let parties = "<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><InstrId>I-1</InstrId></Refs>\
                   <Amt Ccy=\"EUR\">5.00</Amt><RltdPties><Dbtr><Pty><Nm>A</Nm></Pty></Dbtr>\
                   <DbtrAcct><Id><Othr><Id>9</Id></Othr></Id></DbtrAcct></RltdPties>\
                   <RmtInf><Ustrd>a</Ustrd><Ustrd>b</Ustrd><Strd><CdtrRefInf><Ref>RF1</Ref></CdtrRefInf></Strd></RmtInf>\
                   </TxDtls></NtryDtls>";
    let text = of_entries("13", "", &entry(parties).replace('<', "<c:").replace("<c:/", "</c:"));
    assert_eq!(detect(text.as_bytes()), Ok(Format::IsoCamt));
    let read = statements(&text).unwrap();
    let line = &read[0].lines[0];
    assert_eq!((line.counterparty.as_str(), line.text.as_str()), ("A 9", "a b RF1"));
    assert_eq!(line.reference.as_ref().unwrap().as_str(), "I-1");
    // Without balances nothing is known of them.
    assert_eq!((read[0].head.opening_minor, read[0].end), (None, AccountEnd::default()));
    // Whatever a bank writes for its dates and times.
    let stamped = entry("").replace("<Dt>2018-09-12</Dt>", "<DtTm>2018-09-12T23:59:59.999Z</DtTm>");
    let read = statements(&of_entries("02", "", &stamped)).unwrap();
    assert_eq!(
        (read[0].lines[0].day, read[0].lines[0].time),
        (day(12), Some(jiff::civil::time(23, 59, 59, 0)))
    );
}

#[test]
fn a_report_of_the_running_day_covers_it_until_its_time() {
    let balance = "<Bal><Tp><CdOrPrtry><Cd>ITBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">7.00</Amt>\
                   <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2018-09-12</Dt></Dt></Bal>";
    let times = "<CreDtTm>2018-09-12T15:00:00</CreDtTm><FrToDt><FrDtTm>2018-09-12T00:00:00+08:00</FrDtTm>\
                 <ToDtTm>2018-09-12T14:30:00+08:00</ToDtTm></FrToDt>";
    let report = |times: &str| {
        of_entries("08", &format!("{times}{balance}"), &entry(""))
            .replace("BkToCstmrStmt", "BkToCstmrAcctRpt")
            .replace("Stmt>", "Rpt>")
            .replace("camt.053", "camt.052")
    };
    assert_eq!(detect(report(times).as_bytes()), Ok(Format::IsoCamt));
    let read = statements(&report(times)).unwrap();
    assert_eq!(read[0].head.until.unwrap().to_string(), "2018-09-12T14:30:00+08:00");
    assert_eq!((read[0].head.to, read[0].end.opening_minor), (Some(day(12)), Some(200)));
    let read = statements(&report("<CreDtTm>2018-09-12T15:00:00</CreDtTm>")).unwrap();
    assert_eq!(read[0].head.until.unwrap().to_string(), "2018-09-12T15:00:00+00:00");
}

#[test]
fn a_notification_is_named_and_refused() {
    let text = "<?xml version=\"1.0\"?><Document><BkToCstmrDbtCdtNtfctn><Ntfctn/>";
    assert_eq!(
        detect(text.as_bytes()),
        Err(Reason::Foreign { kind: crate::files::import::Foreign::Camt054 })
    );
}

#[test]
fn what_does_not_add_up_is_refused_with_its_place() {
    for (from, to, expected) in [
        (
            "1055.55",
            "1055.56",
            ":27:1 (Document/BkToCstmrStmt/Stmt): balance_sum opening=1000.00 sum=55.55 closing=1055.56",
        ),
        ("268.75", "268.74", "footer_sum name=TtlCdtNtries/Sum expected=268.74 actual=268.75"),
        ("<NbOfNtries>9<", "<NbOfNtries>10<", "footer_count name=TtlNtries expected=10 actual=8"),
        (
            ">1000.00<",
            ">1000.001<",
            "(Document/BkToCstmrStmt/Stmt/Bal/Amt): too_precise value=1000.001 currency=EUR",
        ),
        (
            "\"EUR\">9.90<",
            "\"EUR\">-9.90<",
            ":12:7 (Document/BkToCstmrStmt/Stmt/Ntry/Amt): negative_amount value=-9.90",
        ),
        ("\"EUR\">9.90<", "\"EUR\">9,90<", "not_a_number value=9,90"),
        ("\"EUR\">9.90<", "\"USD\">9.90<", "mixed_currencies first=EUR here=USD"),
        ("\"JPY\">12000<", "\"JPY\">12000.5<", "too_precise value=12000.5 currency=JPY"),
        ("<Sts>BOOK<", "<Sts>BOOKED<", "unknown_word value=BOOKED allowed=BOOK, PDNG, FUTR, INFO"),
        (
            "<CdtDbtInd>DBIT</CdtDbtInd><Rvsl",
            "<CdtDbtInd>C</CdtDbtInd><Rvsl",
            "unknown_word value=C allowed=CRDT, DBIT",
        ),
        ("<Sts>BOOK</Sts>", "", "missing_part name=Ntry/Sts"),
        ("<BookgDt><Dt>2018-09-12</Dt></BookgDt>", "", "missing_part name=Ntry/BookgDt"),
        ("<BookgDt><Dt>2018-09-12", "<BookgDt><Dt>2018-09-31", "bad_date value=2018-09-31"),
        ("<Ccy>EUR</Ccy>", "<Ccy>EUX</Ccy>", "unknown_currency value=EUX"),
        ("<IBAN>DE00000000000000000001</IBAN>", "", "missing_part name=Acct/Id"),
        ("<Stmt>", "<Report>", "bad_xml"),
        ("encoding=\"UTF-8\"", "encoding=\"UTF-16\"", "f.xml:1: unknown_encoding value=UTF-16"),
        ("?>", "?><!DOCTYPE Document SYSTEM \"file:///etc/passwd\">", "xml_entities"),
        ("Order 7", "&order;", "xml_entities"),
        ("Order 7", "Order\u{7}", "control_character character=U+0007"),
    ] {
        let error = refused(from, to);
        assert!(error.contains(expected), "{from}: {error}");
    }
    let without = SAMPLE.replace("BkToCstmrStmt", "Other");
    assert_eq!(statements(&without).unwrap_err().to_string(), "f.xml: missing_part name=Stmt");
}

#[test]
fn mark_line_ends_and_a_declared_encoding_make_no_difference() {
    let expected = statements(SAMPLE).unwrap();
    let windows = SAMPLE.replace("UTF-8", "ISO-8859-1").replace("入金", "x").replace("支払", "y");
    let latin: Vec<u8> = windows.chars().map(|c| u8::try_from(c).unwrap()).collect();
    let read = statements_of(&latin).unwrap();
    assert_eq!(read[0], expected[0]);
    for text in [format!("\u{feff}{SAMPLE}"), SAMPLE.replace('\n', "\r\n")] {
        assert_eq!(statements(&text).unwrap(), expected);
    }
    // Of a file of one line every entry is on that line.
    let mut one_line = statements(SAMPLE).unwrap();
    one_line.iter_mut().flat_map(|read| &mut read.lines).for_each(|line| line.line = 1);
    assert_eq!(statements(&SAMPLE.replace(">\n", ">")).unwrap(), one_line);
    let undeclared: Vec<u8> = windows.replace("ISO-8859-1", "UTF-8").chars().map(|c| c as u8).collect();
    let error = statements_of(&undeclared).unwrap_err().to_string();
    assert!(error.contains("wrong_encoding expected=UTF-8"), "{error}");
}

#[test]
fn every_bad_entry_is_told() {
    let text = SAMPLE.replace("\"EUR\">9.90<", "\"EUR\">9,90<");
    let mut told = Vec::new();
    let ended = survey(text.as_bytes(), "f.xml", &settings(), Format::IsoCamt, &mut |error, row| {
        told.push(format!("{error} | {row}"));
    });
    assert_eq!(ended, Ok(()));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("| 9,90"), "{told:?}");
}

#[test]
fn an_entry_with_more_transactions_than_are_kept_is_one_line() {
    let details = "<TxDtls><Amt Ccy=\"EUR\">0.00</Amt></TxDtls>".repeat(20_001);
    let read = statements(&of_entries("08", "", &entry(&format!("<NtryDtls>{details}</NtryDtls>")))).unwrap();
    assert_eq!(read[0].lines.len(), 1);
    let long = format!(
        "<NtryDtls><TxDtls><RmtInf>{}</RmtInf></TxDtls></NtryDtls>",
        "<Ustrd>ü123456789</Ustrd>".repeat(1_000)
    );
    let read = statements(&of_entries("08", "", &entry(&long))).unwrap();
    assert!(read[0].lines[0].text.len() < 4_200 && read[0].lines[0].text.ends_with('…'));
}

/// An entry outside of the span that the file states was taken.
#[test]
fn an_entry_outside_of_the_days_that_the_statement_names_is_refused() {
    for (day, value) in [("2018-09-11", "2018-09-11"), ("2018-09-13", "2018-09-13")] {
        let entry = "<BookgDt><Dt>2018-09-12</Dt></BookgDt><ValDt><Dt>2018-09-12</Dt></ValDt><AcctSvcrRef>B20180912007";
        let said = refused(entry, &entry.replacen("2018-09-12", day, 1));
        let expected = "f.xml:24";
        let period = format!("outside_period from=2018-09-12 to=2018-09-12 value={value}");
        assert!(said.starts_with(expected) && said.contains(&period), "{said}");
    }
}
