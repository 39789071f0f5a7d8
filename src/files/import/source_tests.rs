//! Zips as channels make them, and malformed ones.

use super::super::{Codes, Foreign, Format, ReadError, Settings, read_bill};
use super::*;
use crate::domain::money::Currency;
use jiff::tz::TimeZone;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const DETAIL: &[u8] = include_bytes!("../../../tests/data/alipay-trade-detail-20180912.gbk.csv");
const ACCOUNT: &[u8] = include_bytes!("../../../tests/data/alipay-account-detail-20180912.gbk.csv");
const SUMMARY: &str = "#支付宝账务汇总查询\n";

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn opened(bytes: &[u8]) -> (tempfile::TempDir, Result<Source, Box<FileError>>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bill.zip");
    std::fs::write(&path, bytes).unwrap();
    let source = open(&path);
    (dir, source)
}

fn rows(source: &mut Source) -> Result<u64, FileError> {
    let settings = Settings {
        currency: Currency::CNY,
        zone: TimeZone::UTC,
        codes: Codes::named(),
        profile: None,
        day: None,
    };
    let (name, format) = (source.name().to_owned(), source.format().map_err(|error| *error)?);
    let reader = source.reader().map_err(|error| *error)?;
    match read_bill(reader, &name, &settings, format, &mut |_| Ok::<(), ()>(())) {
        Ok(summary) => Ok(summary.rows),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

/// Names as Alipay writes them: GBK bytes without the flag for UTF-8.
fn with_gbk_names(mut zip: Vec<u8>, ascii: &str, name: &str) -> Vec<u8> {
    let gbk = encoding_rs::GBK.encode(name).0.into_owned();
    assert_eq!(gbk.len(), ascii.len(), "same length, or the offsets move");
    while let Some(at) = zip.windows(ascii.len()).position(|window| window == ascii.as_bytes()) {
        zip[at..at + gbk.len()].copy_from_slice(&gbk);
    }
    zip
}

#[test]
fn the_detail_is_found_beside_the_summary_and_can_be_read_twice() {
    let summary = encoding_rs::GBK.encode("#支付宝业务汇总查询\r\n#账号：[2088]\r\n").0.into_owned();
    let bytes = zipped(&[("2088_xxxxxxxxHZHZ.csv", &summary), ("2088_yyyyMXMX.csv", DETAIL)]);
    let bytes = with_gbk_names(bytes, "yyyyMXMX", "业务明细");
    let (_dir, source) = opened(&bytes);
    let mut source = source.unwrap();
    assert_eq!(source.name(), "bill.zip:2088_业务明细.csv");
    assert_eq!(rows(&mut source), Ok(4));
    assert_eq!(rows(&mut source), Ok(4), "from the beginning again");
}

/// UnionPay's zip has a file of trades and one of error trades, which is empty on most days.
#[test]
fn unionpays_zip_is_read_by_its_member_and_day_or_both_members_are_named() {
    const TRADES: &str = "INN18091288ZM_777000000000001.txt";
    const ERRORS: &str = "INN18091288ZME_777000000000001.txt";
    let trades = include_bytes!("../../../tests/data/INN18091288ZM_777000000000001.txt").as_slice();
    let errors = include_bytes!("../../../tests/data/INN18091288ZME_777000000000001.txt").as_slice();
    let (_dir, source) = opened(&zipped(&[(ERRORS, b""), (TRADES, trades)]));
    let mut source = source.unwrap();
    assert_eq!(source.format(), Ok(Format::UnionpayTrade));
    assert_eq!(source.name(), format!("bill.zip:{TRADES}"));
    assert_eq!(source.day(Format::UnionpayTrade).unwrap().to_string(), "2018-09-12");
    let print = source.fingerprint_as(Format::UnionpayTrade).unwrap();
    source.tell_day("2018-09-13".parse().ok());
    assert_eq!(source.fingerprint_as(Format::UnionpayTrade).unwrap(), print, "the name goes before");
    assert_ne!(source.fingerprint().unwrap(), print);
    let (_dir, source) = opened(&zipped(&[(ERRORS, errors), (TRADES, trades)]));
    let reason = source.unwrap_err().reason;
    assert_eq!(reason, Reason::ZipManyBills { entries: format!("{ERRORS}, {TRADES}") });
    let (_dir, source) = opened(trades);
    let mut source = source.unwrap();
    assert_eq!(source.day(Format::UnionpayTrade), None, "of a file that lost its name");
    let print = source.fingerprint_as(Format::UnionpayTrade).unwrap();
    source.tell_day("2018-09-13".parse().ok());
    assert_eq!(source.day(Format::UnionpayTrade).unwrap().to_string(), "2018-09-13");
    assert_ne!(source.fingerprint_as(Format::UnionpayTrade).unwrap(), print, "the same rows on another day");
}

#[test]
fn a_plain_file_is_its_own_source() {
    let (_dir, source) = opened(DETAIL);
    let mut source = source.unwrap();
    assert_eq!((source.name(), source.format()), ("bill.zip", Ok(Format::AlipayTrade)));
    assert_eq!(rows(&mut source), Ok(4));
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn a_gzip_is_read_whatever_it_is_called_and_can_be_read_twice() {
    let halves = [gzipped(&DETAIL[..500]), gzipped(&DETAIL[500..])].concat();
    for bytes in [gzipped(DETAIL), halves] {
        let (_dir, source) = opened(&bytes);
        let mut source = source.unwrap();
        assert_eq!((source.name(), source.format()), ("bill.zip", Ok(Format::AlipayTrade)));
        assert_eq!(rows(&mut source), Ok(4));
        assert_eq!(rows(&mut source), Ok(4), "from the beginning again");
        let mut sent = Vec::new();
        source.whole().unwrap().1.read_to_end(&mut sent).unwrap();
        assert_eq!(sent, bytes, "the file itself goes to another host");
    }
}

#[test]
fn a_cut_or_damaged_gzip_is_refused() {
    let long = [DETAIL, b"x".repeat(100_000).as_slice()].concat();
    let whole = gzipped(&long);
    let mut wrong_sum = gzipped(DETAIL);
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    let cuts = [3, 12, whole.len() / 2, whole.len() - 4].map(|length| whole[..length].to_vec());
    let trailing = [gzipped(DETAIL), b"and more".to_vec()].concat();
    for bytes in cuts.into_iter().chain([wrong_sum, trailing]) {
        let (_dir, source) = opened(&bytes);
        let error = source.and_then(|mut source| {
            let mut bytes = Vec::new();
            source.reader()?.read_to_end(&mut bytes).map_err(|error| read_error(&error, "bill.zip"))?;
            Ok(())
        });
        let error = error.unwrap_err();
        assert_eq!((error.reason.key(), error.file.as_str()), ("gzip_damaged", "bill.zip"), "{error}");
    }
    let twice = opened(&gzipped(&gzipped(DETAIL))).1.unwrap();
    assert_eq!(twice.format().unwrap_err().reason, Reason::Foreign { kind: Foreign::Gzip });
    let in_zip = opened(&zipped(&[("a.gz", &gzipped(DETAIL))])).1.unwrap_err();
    assert_eq!(in_zip.reason, Reason::Foreign { kind: Foreign::Gzip });
    let inside = opened(&gzipped(&zipped(&[("a.csv", DETAIL)]))).1.unwrap();
    assert_eq!(inside.format().unwrap_err().reason, Reason::Foreign { kind: Foreign::Zip });
}

#[test]
fn an_account_detail_is_taken_out_of_its_zip_beside_the_summary() {
    let zip = zipped(&[("2088_账务汇总.csv", SUMMARY.as_bytes()), ("2088_账务明细.csv", ACCOUNT)]);
    let source = opened(&zip).1.unwrap();
    assert_eq!(source.format().unwrap(), Format::AlipayAccount);
    assert_eq!(source.name(), "bill.zip:2088_账务明细.csv");
}

#[test]
fn zips_that_do_not_hold_exactly_one_bill_are_refused() {
    let many: Vec<(String, &[u8])> =
        (0..=super::super::MAX_ZIP_ENTRIES).map(|n| (format!("{n}"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    for (bytes, key) in [
        (zipped(&[]), "zip_without_bill"),
        (zipped(&[("a.txt", b"hello"), ("b.txt", b"world")]), "zip_without_bill"),
        (zipped(&[("a.csv", SUMMARY.as_bytes())]), Foreign::AlipaySummary.refusal_key()),
        (zipped(&[("a.csv", DETAIL), ("b.csv", DETAIL)]), "zip_many_bills"),
        (zipped(&[("a.zip", &zipped(&[("b.csv", DETAIL)]))]), Foreign::Zip.refusal_key()),
        (zipped(&many), "zip_too_many_entries"),
        (b"PK\x03\x04 and nothing more".to_vec(), "zip_damaged"),
    ] {
        let error = opened(&bytes).1.unwrap_err();
        assert_eq!((error.reason.key(), error.file.as_str()), (key, "bill.zip"));
    }
    let workbook = opened(&zipped(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")])).1;
    assert_eq!(
        workbook.unwrap().format().unwrap_err().reason,
        Reason::Foreign { kind: Foreign::Spreadsheet }
    );
    assert_eq!(open(Path::new("/nonexistent")).unwrap_err().reason.key(), "unreadable");
}

#[test]
fn a_damaged_entry_is_not_read_as_a_bill() {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("a.csv", stored).unwrap();
    writer.write_all(DETAIL).unwrap();
    let mut bytes = writer.finish().unwrap().into_inner();
    let at = bytes.windows(7).position(|window| window == b"SYN2018").unwrap();
    bytes[at + 3] = b'9';
    let (_dir, source) = opened(&bytes);
    let error = source.and_then(|mut source| rows(&mut source).map_err(Box::new)).unwrap_err();
    assert_eq!(error.reason.key(), "zip_damaged", "{error}");
}

#[test]
fn a_file_that_is_open_at_its_end_is_known_by_its_beginning() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&zipped(&[("a.csv", DETAIL)])).unwrap();
    let mut source = super::opened(file, "bill.zip").unwrap();
    assert_eq!(source.name(), "bill.zip:a.csv");
    assert_eq!(rows(&mut source), rows(&mut opened(DETAIL).1.unwrap()));
}
