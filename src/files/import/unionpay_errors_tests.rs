//! UnionPay's files of error trades: what is read and what is refused.

use super::*;
use crate::domain::money::Currency;
use crate::files::import::{Codes, Format, detect, read_bill};

const SAMPLE: &[u8] = include_bytes!("../../../tests/data/INN18091288ZME_777000000000001.txt");

fn bill(bytes: &[u8]) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let (codes, day) = (Codes::named(), Some("2018-09-12".parse().unwrap()));
    let settings = Settings { currency: Currency::CNY, zone: TimeZone::UTC, codes, profile: None, day };
    let mut found = Vec::new();
    let mut each = |line| -> Result<(), ()> {
        found.push(line);
        Ok(())
    };
    match read_bill(bytes, "zme.txt", &settings, Format::UnionpayErrors, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

/// Returns the sample with text written over a field of the first record.
fn with(index: usize, text: &str) -> Vec<u8> {
    let mut bytes = SAMPLE.to_vec();
    put(&mut bytes, index, text);
    bytes
}

fn put(bytes: &mut [u8], index: usize, text: &str) {
    let field = FIELDS[index];
    bytes[field.at()..field.at() + field.width()].fill(b' ');
    bytes[field.at()..field.at() + text.len()].copy_from_slice(text.as_bytes());
}

fn refused(bytes: &[u8]) -> (u64, usize, &'static str) {
    let error = bill(bytes).unwrap_err();
    let column = error.column.as_ref().map_or(0, |column| column.number);
    (error.line.unwrap_or_default(), column, error.reason.key())
}

#[test]
fn the_sample_reads_whole() {
    assert_eq!(detect(SAMPLE), Ok(Format::UnionpayErrors));
    let last = FIELDS[FIELDS.len() - 1];
    assert_eq!(last.at() + last.width(), LAYOUT.width);
    let (found, summary) = bill(SAMPLE).unwrap();
    assert_eq!((summary.rows, summary.pay_count, summary.refund_count), (3, 1, 2));
    assert_eq!((summary.pay_minor, summary.refund_minor, summary.fee_minor), (4_500, 11_100, -11));
    assert_eq!(summary.head.day.unwrap().to_string(), "2018-09-12");
    assert_eq!(summary.head.merchant_id.as_deref(), Some("777000000000001"));
    let seen: Vec<(LineKind, &str, &str, i64, i64)> = found
        .iter()
        .map(|line| {
            let (reference, number) = (line.channel_ref.as_str(), line.channel_no.as_str());
            (line.kind, reference, number, line.amount_minor, line.fee_minor)
        })
        .collect();
    assert_eq!(
        seen,
        [
            (LineKind::Refund, "E23-退单-000301-0912110000", "000301-0912110000", 9_900, -20),
            (LineKind::Pay, "E24-再请款-000302-0912113000", "000302-0912113000", 4_500, 9),
            (LineKind::Refund, "E32-贷记调整-000303-0912120000", "000303-0912120000", 1_200, 0),
        ]
    );
    assert!(found.iter().all(|line| line.original_ref.is_none() && line.trouble.is_none()));
}

#[test]
fn codes_go_the_way_that_is_documented() {
    for (code, word, way) in CODES {
        // What is settled fits the way of the code, so that only the code can be refused.
        let mut bytes = with(CODE, code);
        if *way == Some(LineKind::Pay) {
            put(&mut bytes, SETTLED, "C000000009920");
        }
        let line = &bill(&bytes).unwrap().0[0];
        assert_eq!(line.kind, way.unwrap_or(LineKind::Refund), "{code}");
        assert!(line.channel_ref.as_str().starts_with(&format!("{code}-{word}-")), "{code}");
        if way.is_none() {
            // What is settled told the way, and now fits none.
            put(&mut bytes, SETTLED, "D000000000001");
            assert_eq!(refused(&bytes), (1, CODE + 1, "error_way_unknown"), "{code}");
        }
    }
    let mut unknown = with(CODE, "E99");
    let line = &bill(&unknown).unwrap().0[0];
    assert_eq!((line.kind, line.channel_ref.as_str()), (LineKind::Refund, "E99-未知差错-000301-0912110000"));
    put(&mut unknown, SETTLED, "C000000009920");
    assert_eq!(bill(&unknown).unwrap().0[0].kind, LineKind::Pay);
    put(&mut unknown, SETTLED, "C000000000001");
    assert_eq!(refused(&unknown), (1, CODE + 1, "unknown_word"));
    assert_eq!(refused(&with(CODE, "")), (1, CODE + 1, "empty_field"));
    assert_eq!(refused(&with(CODE, "S22")), (1, CODE + 1, "unknown_word"));
}

#[test]
fn amounts_that_contradict_the_code_are_refused() {
    for (index, text) in [
        (CODE, "E22"),
        (SETTLED, "C000000009880"),
        (FEE, "D000000000020"),
        (FEE, ""),
        (AMOUNT, "000000009901"),
        (INSTALMENT_FEE, "D00000000100"),
    ] {
        assert_eq!(refused(&with(index, text)), (1, SETTLED + 1, "amounts_differ"), "{index} {text}");
    }
    for (index, text, key) in [
        (TIME, "0913110000", "year_unclear"),
        (TRACE, "", "empty_field"),
        (MERCHANT, "", "empty_field"),
        (AMOUNT, "99.00", "bad_minor_amount"),
        (SETTLED, "", "empty_field"),
    ] {
        assert_eq!(refused(&with(index, text)), (1, index + 1, key), "{index} {text}");
    }
}

#[test]
fn another_width_or_encoding_is_refused() {
    let plain = bill(SAMPLE).unwrap();
    let unix: Vec<u8> = SAMPLE.iter().copied().filter(|byte| *byte != b'\r').collect();
    for bytes in [unix.as_slice(), &[b"\xef\xbb\xbf".as_slice(), SAMPLE].concat()] {
        assert_eq!(bill(bytes).unwrap(), plain);
    }
    for end in [1, LAYOUT.width - 1] {
        assert_eq!(refused(&SAMPLE[..end]), (1, 0, "record_width"), "cut at {end}");
    }
    let utf8 = [&SAMPLE[..210], "商户".as_bytes(), &SAMPLE[214..]].concat();
    assert_eq!(refused(&utf8), (1, 0, "wrong_encoding"));
    let trades = include_bytes!("../../../tests/data/INN18091288ZM_777000000000001.txt");
    assert_eq!(refused(trades), (1, 0, "record_width"), "a file of trades");
}
