//! Tables that are no text: spreadsheets, JSON lines, and queries on databases of somebody else's.

use super::super::{Codes, ReadError, Settings, guess_profile, read_profile, read_trades};
use super::*;
use crate::domain::money::Currency;
use crate::domain::period::parse_zone;
use crate::domain::trade::{Trade, TradeKind};
use crate::files::profile::SHIPPED_PROFILES;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A profile of a table with the columns `no`, `amount`, `time` and `state`.
const PROFILE: &str = r#"makes = "trades"
[table]
MORE
[fields.trade_no]
columns = ["no"]
[fields.kind]
value = "pay"
[fields.channel]
value = "WECHAT"
[fields.out_trade_no]
columns = ["no"]
[fields.amount]
columns = ["amount"]
[fields.currency]
value = "CNY"
[fields.channel_fee]
value = "0"
[fields.trade_time]
columns = ["time"]
[fields.trade_status]
columns = ["state"]
map = { "ok" = "SUCCESS", "2" = "SUCCESS", "bad" = "FAILED" }
[fields.clearing_status]
value = "UNCLEARED"
"#;

fn profile(more: &str) -> String {
    PROFILE.replace("MORE", more)
}

/// Trades of a file at a path, and the source that they came from.
fn trades_of(path: &Path, profile: &str) -> Result<(Vec<Trade>, Source), FileError> {
    let profile = read_profile("p.toml", profile).unwrap();
    let mut source = table(path, Arc::new(profile)).map_err(|error| *error)?;
    let settings = Settings {
        currency: Currency::CNY,
        zone: parse_zone("Asia/Shanghai").unwrap(),
        codes: Codes::named(),
        profile: source.profile().cloned(),
        day: None,
    };
    let (name, format) = (source.name().to_owned(), source.format().unwrap());
    let mut found = Vec::new();
    let mut each = |_, listed: crate::domain::trade_news::ListedTrade| -> Result<(), ()> {
        found.push(listed.trade);
        Ok(())
    };
    let read = read_trades(source.reader().unwrap(), &name, &settings, format, &mut each);
    match read {
        Ok(summary) => assert!(summary.last_line_ended),
        Err(ReadError::File(error)) => return Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
    Ok((found, source))
}

/// Writes a file and reads its trades.
fn trades(name: &str, bytes: &[u8], profile: &str) -> Result<Vec<Trade>, FileError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    trades_of(&path, profile).map(|(found, _)| found)
}

/// Line, column number and reason.
fn place(error: &FileError) -> (Option<u64>, Option<usize>, &'static str) {
    (error.line, error.column.as_ref().map(|column| column.number), error.reason.key())
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/profiles").join(name)
}

/// A workbook with these sheets: the XML of their rows.
fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut part = |name: &str, text: &str| {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    };
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    part("[Content_Types].xml", "<Types/>");
    let document =
        format!("<Relationship Id=\"r\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/>");
    part("_rels/.rels", &format!("<Relationships xmlns=\"{packages}\">{document}</Relationships>"));
    let (mut listed, mut targets) = (String::new(), String::new());
    for (number, (name, rows)) in (1..).zip(sheets) {
        listed.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>"));
        targets.push_str(&format!(
            "<Relationship Id=\"r{number}\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        ));
        let sheet = format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>");
        part(&format!("xl/worksheets/sheet{number}.xml"), &sheet);
    }
    part(
        "xl/workbook.xml",
        &format!("<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>{listed}</sheets></workbook>"),
    );
    part(
        "xl/_rels/workbook.xml.rels",
        &format!("<Relationships xmlns=\"{packages}\">{targets}</Relationships>"),
    );
    writer.finish().unwrap().into_inner()
}

/// A row of a sheet: texts, and numbers as they are written in the file.
fn row(number: u32, cells: &[&str]) -> String {
    let mut xml = format!("<row r=\"{number}\">");
    for (column, cell) in ('A'..).zip(cells) {
        let place = format!("{column}{number}");
        match cell.strip_prefix('=') {
            Some(value) => xml.push_str(&format!("<c r=\"{place}\"><v>{value}</v></c>")),
            None => {
                xml.push_str(&format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"));
            }
        }
    }
    xml + "</row>"
}

const HEADER: [&str; 4] = ["no", "amount", "time", "state"];

fn sheet(rows: &[&[&str]]) -> Vec<u8> {
    let mut xml = row(3, &HEADER);
    for (number, cells) in (4..).zip(rows) {
        xml.push_str(&row(number, cells));
    }
    workbook(&[("one", &xml)])
}

const TIME: &str = "2018-09-12 09:00:01";

#[test]
fn spreadsheets_are_read_as_the_same_table_in_text_is() {
    let shipped = SHIPPED_PROFILES.iter().find(|shipped| shipped.name == "trades-zh").unwrap().text;
    let (expected, _) = trades_of(&sample("trades-zh.csv"), shipped).unwrap();
    assert_eq!(expected.len(), 4);
    for name in ["trades-zh.xlsx", "trades-zh.xls", "trades-zh.ods"] {
        let (found, mut source) = trades_of(&sample(name), shipped).unwrap();
        assert_eq!(found, expected, "{name}");
        // Another host gets the file itself.
        assert_eq!(
            source.whole().unwrap().1.metadata().unwrap().len(),
            sample(name).metadata().unwrap().len()
        );
        let mut plain = unknown_table(&sample(name)).unwrap();
        let proposed = guess_profile(plain.reader().unwrap(), name, &|key, _| key.to_owned()).unwrap();
        assert_eq!(trades_of(&sample(name), &proposed).unwrap().0.len(), 4, "{proposed}");
    }
}

#[test]
fn numbers_of_a_spreadsheet_are_decimals_and_refused_if_they_are_none() {
    let amounts = |value: &str| {
        let found = trades("t.xlsx", &sheet(&[&["A1", value, TIME, "ok"]]), &profile(""));
        found.map(|found| found[0].amount_minor).map_err(|error| place(&error))
    };
    assert_eq!(amounts("=1100.0999999999999"), Ok(110_010));
    assert_eq!(amounts("=12"), Ok(1_200));
    assert_eq!(amounts("=1.1E+2"), Ok(11_000));
    assert_eq!(amounts("=0.30000000000000004"), Err((Some(4), Some(2), "too_precise")));
    assert_eq!(amounts("=0.005"), Err((Some(4), Some(2), "too_precise")));
    let long = sheet(&[&["=4200000000201809120000000002", "=1", TIME, "ok"]]);
    let error = trades("t.xlsx", &long, &profile("")).unwrap_err();
    assert_eq!(place(&error), (Some(4), Some(1), "scientific_notation"), "digits are lost");
}

#[test]
fn the_first_sheet_is_read_unless_the_profile_names_one() {
    let rows = |no: &str| format!("{}{}", row(1, &HEADER), row(2, &[no, "=1", TIME, "ok"]));
    let book = workbook(&[("one", &rows("A1")), ("two", &rows("B1"))]);
    let no = |more: &str| trades("t.xlsx", &book, &profile(more)).map(|found| found[0].trade_no.to_string());
    assert_eq!(no("").unwrap(), "A1");
    assert_eq!(no("sheet = \"two\"").unwrap(), "B1");
    let error = no("sheet = \"three\"").unwrap_err();
    assert!(matches!(&error.reason, Reason::NoSheet { sheets, .. } if sheets == "one, two"), "{error}");
}

#[test]
fn a_damaged_spreadsheet_is_refused() {
    let whole = sheet(&[&["A1", "=1", TIME, "ok"]]);
    for bytes in [&whole[..whole.len() / 2], b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice()] {
        let error = trades("t.xlsx", bytes, &profile("")).unwrap_err();
        assert_eq!(error.reason.key(), "spreadsheet_damaged", "{error}");
    }
    for cut in (0..whole.len()).step_by(37) {
        let _ = trades("t.xlsx", &whole[..cut], &profile(""));
        let mut bytes = whole.clone();
        bytes[cut] ^= 0x55;
        let _ = trades("t.xlsx", &bytes, &profile(""));
    }
}

#[test]
fn json_lines_are_a_table_with_their_keys() {
    let nested =
        profile("").replace("[\"amount\"]", "[\"money.value\"]").replace("[\"state\"]", "[\"a.b.c\"]");
    let line =
        r#"{"no":"A1","money":{"value":12.10,"unit":"CNY"},"time":"2018-09-12 09:00:01","a":{"b":{"c":2}}}"#;
    let text = format!("\u{feff}{line}\n\n{}\n", line.replace("A1", "A,2").replace("12.10", "\"5\""));
    let found = trades("t.jsonl", text.as_bytes(), &nested).unwrap();
    let read: Vec<(&str, i64)> =
        found.iter().map(|trade| (trade.trade_no.as_str(), trade.amount_minor)).collect();
    assert_eq!(read, [("A1", 1_210), ("A,2", 500)]);
    for (from, to, expected) in [
        ("12.10", "12.105", (Some(1), Some(2), "too_precise")),
        ("12.10", "1.2e1", (Some(1), Some(2), "number_marks")),
        ("12.10", "null", (Some(1), Some(2), "empty_field")),
        ("12.10", "12.10,", (Some(1), None, "bad_json")),
        ("\"c\":2", "\"c\":\"3\"", (Some(1), Some(1), "not_in_map")),
    ] {
        let error = trades("t.jsonl", text.replacen(from, to, 1).as_bytes(), &nested).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (expected.0, expected.2), "{to}");
    }
    let second = format!("{line}\n[1]\n");
    assert_eq!(
        place(&trades("t.jsonl", second.as_bytes(), &nested).unwrap_err()),
        (Some(2), None, "bad_json")
    );
    let deep = format!("{}1{}\n", "{\"a\":".repeat(20), "}".repeat(20));
    assert_eq!(trades("t.jsonl", deep.as_bytes(), &nested).unwrap_err().reason.key(), "bad_json");
    let lacks = "{\"no\":\"A1\"}\n";
    assert_eq!(trades("t.jsonl", lacks.as_bytes(), &nested).unwrap_err().reason.key(), "missing_column_of");
}

/// A database of somebody else's with two tables.
fn database() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch(
            "CREATE TABLE payment (id TEXT, cents INTEGER, at TEXT, state INTEGER, price REAL, raw BLOB);
             CREATE TABLE state (id INTEGER, word TEXT);
             INSERT INTO state VALUES (1, 'ok'), (2, 'bad');
             INSERT INTO payment VALUES ('A1', 1210, '2018-09-12 09:00:01', 1, 0.1, x'00'),
                 ('A2', 500, '2018-09-12 10:00:00', 2, 0.25, x'01');",
        )
        .unwrap();
    (dir, path)
}

const QUERY: &str = "query = \"SELECT p.id AS no, p.cents AS amount, p.at AS time, s.word AS state \
    FROM payment p JOIN state s ON s.id = p.state ORDER BY p.id\"";

#[test]
fn a_query_on_another_database_is_a_table() {
    let (_dir, path) = database();
    let cents = profile(QUERY).replace("columns = [\"amount\"]", "columns = [\"amount\"]\nscale = 2");
    let (found, mut source) = trades_of(&path, &cents).unwrap();
    let read: Vec<(&str, i64)> =
        found.iter().map(|trade| (trade.trade_no.as_str(), trade.amount_minor)).collect();
    assert_eq!(read, [("A1", 1_210), ("A2", 500)]);
    assert_eq!(found[0].kind, TradeKind::PAY);
    // Another host gets the rows, and reads them by the same profile.
    let print = source.fingerprint().unwrap();
    let mut rows = Vec::new();
    source.whole().unwrap().1.read_to_end(&mut rows).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let sent = dir.path().join("other.db");
    std::fs::write(&sent, rows).unwrap();
    let (again, mut there) = trades_of(&sent, &cents).unwrap();
    assert_eq!((again, there.fingerprint().unwrap()), (found, print));
    let real = profile(&QUERY.replace("p.cents", "p.price"));
    assert_eq!(trades_of(&path, &real).unwrap().0[1].amount_minor, 25);
}

#[test]
fn a_query_only_reads_and_names_the_row_that_it_cannot_take() {
    let (_dir, path) = database();
    let refused = |query: &str| {
        let error = trades_of(&path, &profile(query)).map(|_| ()).unwrap_err();
        (error.line, error.reason.key())
    };
    assert_eq!(refused(""), (None, "no_query"));
    for query in ["DELETE FROM payment", "SELECT nothing", "CREATE TABLE x (y)", "PRAGMA user_version = 3"] {
        assert_eq!(refused(&format!("query = \"{query}\"")), (None, "bad_query"), "{query}");
    }
    assert_eq!(refused(&QUERY.replace("p.cents", "p.raw")), (Some(1), "bad_query"));
    let minus = QUERY.replace("p.cents", "-p.cents");
    assert_eq!(refused(&minus), (Some(1), "negative_amount"));
    assert_eq!(trades_of(&path, &profile(QUERY)).unwrap().0.len(), 2, "nothing was changed");
}
