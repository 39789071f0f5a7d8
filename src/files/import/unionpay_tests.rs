//! UnionPay's files of trades: what is read and what is refused.

use super::*;
use crate::domain::money::Currency;
use crate::files::import::{Codes, Format, detect, read_bill};
use encoding_rs::GBK;

const SAMPLE: &[u8] = include_bytes!("../../../tests/data/INN18091288ZM_777000000000001.txt");

fn read_on(bytes: &[u8], day: Option<&str>) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let (codes, day) = (Codes::named(), day.map(|day| day.parse().unwrap()));
    let settings = Settings { currency: Currency::CNY, zone: TimeZone::UTC, codes, profile: None, day };
    let mut found = Vec::new();
    let mut each = |line| -> Result<(), ()> {
        found.push(line);
        Ok(())
    };
    match read_bill(bytes, "zm.txt", &settings, Format::UnionpayTrade, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

fn bill(bytes: &[u8]) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    read_on(bytes, Some("2018-09-12"))
}

/// Returns the sample with text written over a field of the record on `line`, from 1.
fn with(line: usize, index: usize, text: &str) -> Vec<u8> {
    let mut bytes = SAMPLE.to_vec();
    put(&mut bytes, line, index, text);
    bytes
}

fn put(bytes: &mut [u8], line: usize, index: usize, text: &str) {
    let field = FIELDS[index];
    let at = (line - 1) * (LAYOUT.width + 2) + field.at();
    let blank = vec![b' '; field.width()];
    bytes[at..at + blank.len()].copy_from_slice(&blank);
    let encoded = GBK.encode(text).0;
    bytes[at..at + encoded.len()].copy_from_slice(&encoded);
}

/// Returns line, column and key of a refusal.
fn refused(bytes: &[u8]) -> (u64, usize, &'static str) {
    let error = bill(bytes).unwrap_err();
    let column = error.column.as_ref().map_or(0, |column| column.number);
    (error.line.unwrap_or_default(), column, error.reason.key())
}

#[test]
fn the_sample_reads_whole() {
    assert_eq!(detect(SAMPLE), Ok(Format::UnionpayTrade));
    let last = FIELDS[ORIGINAL_ORDER];
    assert_eq!((last.at(), SAMPLE.len()), (476, 3 * (LAYOUT.width + 2)), "40 fields, then the reserve");
    let (found, summary) = bill(SAMPLE).unwrap();
    assert_eq!((summary.rows, summary.pay_count, summary.refund_count), (3, 2, 1));
    assert_eq!((summary.pay_minor, summary.refund_minor, summary.fee_minor), (62_345, 20_000, 85));
    assert_eq!(summary.head.day.unwrap().to_string(), "2018-09-12");
    assert_eq!(summary.head.merchant_id.as_deref(), Some("777000000000001"));
    assert_eq!((summary.head.sub_merchant.as_deref(), summary.head.covers), (None, Coverage::All));
    let (pay, refund) = (&found[0], &found[2]);
    assert_eq!((pay.line, pay.kind, pay.status), (1, LineKind::Pay, TradeStatus::Succeeded));
    assert_eq!(
        (pay.channel_ref.as_str(), pay.channel_no.as_str()),
        ("SYN20180912U001", "201809121010100001018")
    );
    assert_eq!((pay.amount_minor, pay.fee_minor, pay.paid_minor()), (50_000, 100, 50_000));
    assert_eq!(pay.occurred_at.to_string(), "2018-09-12T10:10:10+08:00");
    assert_eq!(pay.merchant_no.as_deref(), Some("777000000000001"));
    assert_eq!((refund.kind, refund.amount_minor, refund.fee_minor), (LineKind::Refund, 20_000, -40));
    assert_eq!(refund.original_ref, None, "the payment's number at UnionPay is no reference of ours");
}

#[test]
fn newer_generations_tell_the_order_of_the_payment_and_what_is_cleared() {
    let mut bytes = with(3, ORIGINAL_ORDER, "SYN20180912U001");
    put(&mut bytes, 3, CLEARED, "D000000020000");
    let (found, _) = bill(&bytes).unwrap();
    assert_eq!(found[2].original_ref.as_ref().unwrap().as_str(), "SYN20180912U001");
    put(&mut bytes, 1, ORIGINAL_ORDER, "PREAUTH1");
    put(&mut bytes, 1, CLEARED, "C000000045000");
    put(&mut bytes, 1, SETTLED, "C000000044900");
    put(&mut bytes, 1, NET, "C000000044900");
    let (found, summary) = bill(&bytes).unwrap();
    let line = &found[0];
    assert_eq!((line.amount_minor, line.merchant_discount_minor, line.fee_minor), (50_000, 5_000, 100));
    assert_eq!((line.original_ref.as_ref(), line.paid_minor()), (None, 45_000));
    assert_eq!(summary.pay_minor, 57_345);
    put(&mut bytes, 1, CLEARED, "C000000060000");
    assert_eq!(refused(&bytes), (1, CLEARED + 1, "received_too_much"));
    put(&mut bytes, 1, CLEARED, "D000000045000");
    assert_eq!(refused(&bytes), (1, CLEARED + 1, "received_too_much"));
}

#[test]
fn marks_and_line_ends_make_no_difference() {
    let plain = bill(SAMPLE).unwrap();
    let unix: Vec<u8> = SAMPLE.iter().copied().filter(|byte| *byte != b'\r').collect();
    let marked = [b"\xef\xbb\xbf".as_slice(), SAMPLE].concat();
    for bytes in [unix.as_slice(), &marked, &SAMPLE[..SAMPLE.len() - 2]] {
        assert_eq!(bill(bytes).unwrap(), plain);
    }
    let trimmed = SAMPLE.trim_ascii_end();
    assert_eq!(refused(trimmed), (3, 0, "record_width"), "blanks at the end are part of the record");
}

#[test]
fn types_of_trades_are_what_unionpay_documents() {
    for (word, kind) in [("03", LineKind::Pay), ("11", LineKind::Pay), ("13", LineKind::Pay)] {
        assert_eq!(bill(&with(1, TYPE, word)).unwrap().0[0].kind, kind, "{word}");
    }
    for (word, kind) in [("31", LineKind::Revoke), ("33", LineKind::Revoke)] {
        assert_eq!(bill(&with(3, TYPE, word)).unwrap().0[2].kind, kind, "{word}");
    }
    assert_eq!(refused(&with(2, TYPE, "")), (2, TYPE + 1, "empty_field"));
    for word in ["00", "02", "12", "32", "99"] {
        // One that is not known is what its settled amount says, and nothing if that fits neither way.
        assert_eq!(bill(&with(2, TYPE, word)).unwrap().0[1].kind, LineKind::Pay, "{word}");
        assert_eq!(bill(&with(3, TYPE, word)).unwrap().0[2].kind, LineKind::Refund, "{word}");
        let mut bytes = with(2, TYPE, word);
        put(&mut bytes, 2, SETTLED, "C000000000000");
        let error = bill(&bytes).unwrap_err();
        assert_eq!(error.column.as_ref().unwrap().name.as_deref(), Some("交易类型"));
        assert!(matches!(&error.reason, Reason::UnknownWord { value, .. } if value == word), "{error}");
        assert_eq!(error.line, Some(2));
    }
    assert_eq!(refused(&with(2, CODE, "E23")), (2, CODE + 1, "unknown_word"));
}

/// The type says which way the money goes and the amounts bear it out: nothing is guessed from one of them.
#[test]
fn amounts_must_add_up() {
    for (index, text) in [
        (TYPE, "04"),
        (SETTLED, "C000000050000"),
        (SETTLED, "D000000049900"),
        (FEE, "C000000000100"),
        (FEE, "D000000000101"),
        (NET, "C000000049800"),
        (AMOUNT, "000000500000"),
        (INSTALMENT_FEE, "D00000000001"),
    ] {
        let column = if index == NET { NET + 1 } else { SETTLED + 1 };
        assert_eq!(refused(&with(1, index, text)), (1, column, "amounts_differ"), "{index} {text}");
    }
    for (index, text, key) in [
        (SETTLED, "", "empty_field"),
        (SETTLED, "0000000049900", "bad_minor_amount"),
        (AMOUNT, "500.00", "bad_minor_amount"),
        (FEE, "D 0000000100", "bad_minor_amount"),
        (DISCOUNT, "C000000050001", "discount_too_large"),
        (DISCOUNT, "D000000000001", "discount_too_large"),
        (ORDER, "", "empty_field"),
        (NUMBER, "", "empty_field"),
        (MERCHANT, "", "empty_field"),
        (ORDER, "订单1", "bad_name"),
        (TIME, "0913000000", "year_unclear"),
        (TIME, "1312000000", "bad_short_time"),
    ] {
        assert_eq!(refused(&with(1, index, text)), (1, index + 1, key), "{index} {text}");
    }
    let mut bytes = with(1, INSTALMENT_FEE, "D00000000050");
    put(&mut bytes, 1, SETTLED, "C000000049850");
    put(&mut bytes, 1, NET, "C000000049850");
    assert_eq!(bill(&bytes).unwrap().0[0].fee_minor, 150, "with the fee for instalments");
    let found = bill(&with(1, DISCOUNT, "C000000001000")).unwrap().0;
    assert_eq!((found[0].channel_discount_minor, found[0].paid_minor()), (1_000, 50_000));
}

#[test]
fn swapped_fields_are_refused() {
    let mut bytes = with(1, FEE, "C000000049900");
    put(&mut bytes, 1, SETTLED, "D000000000100");
    assert_eq!(refused(&bytes), (1, SETTLED + 1, "amounts_differ"), "fee and settled amount");
    let mut bytes = with(1, TIME, "0000005000");
    put(&mut bytes, 1, AMOUNT, "000912101010");
    assert_eq!(refused(&bytes).0, 1, "time and amount");
}

#[test]
fn another_width_or_encoding_is_refused() {
    let name = FIELDS[30];
    assert_eq!(name.width(), 32, "the sub-merchant's short name");
    let mut bytes = with(2, 30, "商户店");
    assert_eq!(bill(&bytes).unwrap().0.len(), 3, "Chinese in GBK is as wide as it should be");
    let utf8 = GBK.decode_without_bom_handling(&bytes).0.into_owned();
    assert_eq!(refused(utf8.as_bytes()), (2, 0, "wrong_encoding"), "three bytes where two belong");
    bytes.remove(LAYOUT.width + 2 + 300);
    assert_eq!(refused(&bytes), (2, 0, "record_width"));
    for end in [1, 300, LAYOUT.width - 1] {
        assert_eq!(refused(&SAMPLE[..end]), (1, 0, "record_width"), "cut at {end}");
    }
    assert_eq!(refused(b""), (0, 0, "empty"));
    assert_eq!(refused(&[SAMPLE, b"\r\nx"].concat()), (4, 0, "blank_line"));
    let mut joined = SAMPLE.to_vec();
    joined[FIELDS[ORDER].at() - 1] = b'0';
    assert_eq!(refused(&joined), (1, ORDER, "fields_joined"));
}

/// UnionPay's times have no year: the day of the file's name tells it, and without one nothing is read.
#[test]
fn the_year_is_that_of_the_file() {
    let error = read_on(SAMPLE, None).unwrap_err();
    assert_eq!((error.line, error.reason), (None, Reason::DayUnknown {}));
    let mut january = with(1, TIME, "1231231500");
    put(&mut january, 2, TIME, "0101090000");
    put(&mut january, 3, TIME, "0101225959");
    let (found, summary) = read_on(&january, Some("2019-01-01")).unwrap();
    let times: Vec<String> = found.iter().map(|line| line.occurred_at.to_string()).collect();
    assert_eq!(times[0], "2018-12-31T23:15:00+08:00", "after the cut of the day before");
    assert_eq!(times[1], "2019-01-01T09:00:00+08:00");
    assert_eq!(summary.head.day.unwrap().to_string(), "2019-01-01");
}

#[test]
fn merchants_and_sub_merchants_are_told_by_each_line() {
    let mut bytes = with(1, SUB_MERCHANT, "777000000000901");
    let (found, summary) = bill(&bytes).unwrap();
    assert_eq!(found[0].merchant_no.as_deref(), Some("777000000000901"));
    assert_eq!(found[1].merchant_no.as_deref(), Some("777000000000001"));
    assert_eq!(summary.head.sub_merchant, None, "not of one sub-merchant alone");
    put(&mut bytes, 1, SPLIT, "C000000040000");
    put(&mut bytes, 1, NET, "C000000009900");
    assert_eq!(bill(&bytes).unwrap().0[0].fee_minor, 100, "a split says nothing of the trade");
    put(&mut bytes, 3, MERCHANT, "777000000000002");
    assert_eq!(bill(&bytes).unwrap().1.head.merchant_id, None, "several merchants of a group");
}
