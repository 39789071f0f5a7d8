//! Malformed input: readers must refuse it or read it, and never panic.

use super::{
    Codes, FileKind, Format, ReadError, Settings, Source, detect, open, read_account, read_bill,
    read_journal, read_trades, survey,
};
use crate::domain::money::Currency;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

const TRADES: &[u8] = include_bytes!("../../../tests/data/local-trades-20180912.csv");
const JOURNAL: &[u8] = include_bytes!("../../../tests/data/local-journal-20180912.csv");

/// Every file in `tests/data` that can be imported, with its format.
static SAMPLES: LazyLock<Vec<(Vec<u8>, Format)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files = paths.iter().filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap());
    files.filter_map(|bytes| detect(&bytes).ok().map(|format| (bytes, format))).collect()
});

/// Returns whether a file of the format says where it ends.
fn has_end(format: Format) -> bool {
    matches!(format.kind(), FileKind::Bill | FileKind::Account)
}

/// Returns the records of a file as text; `None` if it is refused.
fn read(bytes: &[u8], format: Format) -> Option<Vec<String>> {
    let settings = Settings {
        currency: Currency::CNY,
        zone: TimeZone::UTC,
        codes: Codes::named(),
        profile: None,
        day: format.needs_day().then_some(jiff::civil::date(2018, 9, 12)),
    };
    let mut found = Vec::new();
    let outcome: Result<(), ReadError<()>> = match format.kind() {
        FileKind::Trades => read_trades(bytes, "f", &settings, format, &mut |_, trade| {
            found.push(format!("{trade:?}"));
            Ok(())
        })
        .map(drop),
        FileKind::Journal => read_journal(bytes, "f", &settings, format, &mut |voucher| {
            found.push(format!("{voucher:?}"));
            Ok(())
        })
        .map(drop),
        FileKind::Bill => read_bill(bytes, "f", &settings, format, &mut |line| {
            found.push(format!("{line:?}"));
            Ok(())
        })
        .map(drop),
        FileKind::Account => read_account(bytes, "f", &settings, format, &mut |part| {
            found.push(format!("{part:?}"));
            Ok(())
        })
        .map(drop),
    };
    let mut told = false;
    let ended = survey(bytes, "f", &settings, format, &mut |_, _| told = true);
    assert_eq!(
        told || ended.is_err(),
        outcome.is_err(),
        "a survey finds what a reading is refused for: {ended:?}"
    );
    outcome.ok().map(|()| found)
}

#[test]
fn every_format_has_a_sample() {
    for format in Format::ALL {
        assert!(SAMPLES.iter().any(|(_, found)| found == format), "{format} has no sample in tests/data");
    }
    assert!(SAMPLES.len() >= 5, "a sample went missing");
}

/// Files of records that nothing follows: cut behind one they are a shorter file.
fn is_without_footer(format: Format) -> bool {
    matches!(format, Format::UnionpayTrade | Format::UnionpayErrors)
}

#[test]
fn a_bill_or_account_statement_cut_anywhere_is_refused() {
    for (sample, format) in
        SAMPLES.iter().filter(|(_, format)| has_end(*format) && !is_without_footer(*format))
    {
        let format = *format;
        let whole = read(sample, format).unwrap();
        let content = sample.trim_ascii_end().len();
        for end in 0..=sample.len() {
            let cut = read(&sample[..end], format);
            assert_eq!(cut.is_some(), end >= content, "{format} cut at {end} of {}", sample.len());
            assert!(cut.is_none_or(|rows| rows == whole), "{format} cut at {end}");
        }
    }
}

#[test]
fn a_bill_without_footer_cut_inside_a_record_is_refused() {
    for (sample, format) in SAMPLES.iter().filter(|(_, format)| is_without_footer(*format)) {
        let format = *format;
        let whole = read(sample, format).unwrap();
        for end in 0..=sample.len() {
            let rest = &sample[end..];
            let records =
                sample[..end].split(|byte| *byte == b'\n').filter(|record| !record.is_empty()).count();
            let is_between =
                sample[..end].ends_with(b"\n") || rest.starts_with(b"\r\n") || rest.starts_with(b"\n");
            let cut = read(&sample[..end], format);
            assert_eq!(
                cut.is_some(),
                is_between || rest.is_empty(),
                "{format} cut at {end} of {}",
                sample.len()
            );
            assert!(cut.is_none_or(|rows| rows == whole[..records]), "{format} cut at {end}");
        }
    }
}

/// Local files have no footer: truncated at a line break they are a shorter file. Truncated inside a line
/// they are refused, or at most lack a part of the last free text.
#[test]
fn a_local_file_cut_inside_a_row_is_refused_or_gives_no_wrong_amount() {
    let whole = read(TRADES, Format::LocalTrades).unwrap();
    for end in 0..=TRADES.len() {
        let Some(rows) = read(&TRADES[..end], Format::LocalTrades) else { continue };
        assert!(whole.starts_with(&rows), "cut at {end}");
        let rest = &TRADES[end..];
        assert!(
            rest.is_empty()
                || rest.starts_with(b"\r\n")
                || TRADES[..end].ends_with(b"\n")
                || rest.starts_with(b"\n")
        );
    }
    let amounts = |vouchers: &[String]| -> Vec<String> {
        vouchers.iter().map(|text| text.split("memo:").next().unwrap_or_default().to_owned()).collect()
    };
    let whole = amounts(&read(JOURNAL, Format::LocalJournal).unwrap());
    for end in 0..=JOURNAL.len() {
        if let Some(vouchers) = read(&JOURNAL[..end], Format::LocalJournal) {
            assert!(whole.starts_with(&amounts(&vouchers)), "cut at {end}");
        }
    }
}

fn open_bytes(bytes: &[u8]) -> Result<Source, Box<super::FileError>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    open(file.path())
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = detect(&bytes);
        for format in Format::ALL {
            let _ = read(&bytes, *format);
        }
    }

    #[test]
    fn no_damage_to_a_sample_makes_a_reader_panic(
        sample in 0..SAMPLES.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_usize..3), 1..6),
    ) {
        let (mut bytes, format) = SAMPLES[sample].clone();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let _ = detect(&bytes);
        let _ = read(&bytes, format);
    }

    #[test]
    fn no_text_of_the_right_letters_makes_a_reader_panic(text in "[`\",#0-9交易合计笔，共元：\\[\\]\r\n\t.-]{0,200}") {
        for (sample, format) in SAMPLES.iter() {
            let head = sample.split_inclusive(|b| *b == b'\n').take(5).flatten().copied();
            let bytes: Vec<u8> = head.chain(text.bytes()).collect();
            let _ = read(&bytes, *format);
        }
    }

    #[test]
    fn no_damaged_zip_makes_opening_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = open_bytes(&[b"PK\x03\x04".as_slice(), &bytes].concat());
    }
}
