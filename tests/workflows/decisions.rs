//! Findings are decided in a spreadsheet: written with what is proposed, read back as a dry run first, staged only.

use super::acceptances::{NOW, short_of_two};
use crate::support::{Ran, Shop};
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;

/// The rows of the file that `findings --out` writes, its headings first.
fn sheet(shop: &Shop, more: &[&str]) -> Vec<Vec<String>> {
    let path = shop.path("decisions.csv");
    let _ = std::fs::remove_file(&path);
    let path = path.display().to_string();
    shop.done(&[&["findings", "--out", &path, "--now", NOW], more].concat());
    let text = std::fs::read_to_string(&path).unwrap();
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Fills cells of a column in by finding.
fn fill(rows: &mut [Vec<String>], heading: &str, finding: &str, value: &str) {
    let column = rows[0].iter().position(|name| name == heading).unwrap();
    let row = rows.iter_mut().find(|row| row[0] == finding).unwrap();
    value.clone_into(&mut row[column]);
}

fn decide(rows: &mut [Vec<String>], finding: &str, decision: &str, note: &str) {
    fill(rows, "Decision", finding, decision);
    fill(rows, "Reason code", finding, if decision == "accept" { "customer_consent" } else { "" });
    fill(rows, "Note", finding, note);
}

/// Writes the rows as CSV, and returns its path.
fn written(shop: &Shop, rows: &[Vec<String>]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    for row in rows {
        out.write_record(row).unwrap();
    }
    shop.file("filled.csv", out.into_inner().unwrap())
}

fn read(shop: &Shop, path: &str, more: &[&str]) -> Ran {
    shop.run(&[&["case", "open", "--from", path, "--now", NOW], more].concat())
}

/// Finding, verdict and case of each row.
fn verdicts(ran: &Ran) -> Vec<String> {
    let parsed: Value = serde_json::from_str(&ran.out).unwrap();
    let told = |row: &Value| {
        let word = |name: &str| row[name].as_str().unwrap_or("–").to_owned();
        format!("{} {} {}", word("finding"), word("verdict"), word("case_no"))
    };
    parsed["rows"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn decisions_are_read_as_a_dry_run_first_and_staged_once() {
    let shop = short_of_two();
    let mut rows = sheet(&shop, &[]);
    assert_eq!(
        rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["Finding", "short/T2", "short/T3"]
    );
    decide(&mut rows, "short/T2", "plan", "asked the channel");
    decide(&mut rows, "short/T3", "accept", "agreed by telephone");
    let path = written(&shop, &rows);
    let dry = read(&shop, &path, &["--json"]);
    assert_eq!((dry.code, verdicts(&dry)), (0, vec!["short/T2 ok –".to_owned(), "short/T3 ok –".to_owned()]));
    assert_eq!(shop.json(&["case", "list"]), serde_json::json!([]));
    assert_eq!(shop.json(&["accept", "list", "--now", NOW]), serde_json::json!([]));
    let told = read(&shop, &path, &[]).out;
    assert!(told.contains("a case would be staged") && told.contains("with --stage"), "{told}");

    let staged = read(&shop, &path, &["--stage", "--json"]);
    assert_eq!(verdicts(&staged), ["short/T2 ok C0001", "short/T3 ok –"]);
    let case = shop.json(&["case", "show", "C0001"]);
    assert_eq!((&case["state"], &case["note"]), (&"staged".into(), &"asked the channel".into()));
    let asked = shop.json(&["accept", "list", "--now", NOW]);
    assert_eq!((&asked[0]["finding"], &asked[0]["state"]), (&"short/T3".into(), &"asked".into()));

    // The same file again changes nothing, whoever sends it.
    let again = read(&shop, &path, &["--stage", "--operator", "op2"]);
    assert!(again.out.contains("already staged in C0001"), "{}", again.out);
    assert!(again.out.contains("has asked for its acceptance already"), "{}", again.out);
    assert_eq!((again.code, shop.json(&["case", "list"]).as_array().unwrap().len()), (0, 1));
    assert_eq!(shop.json(&["accept", "list", "--now", NOW])[0]["state"], "asked");
    // A second person puts the acceptance in force, as always.
    let accept =
        ["accept", "short/T3", "--reason", "customer_consent", "--note", "agreed", "--operator", "op2"];
    shop.done(&[&accept[..], &["--now", NOW]].concat());
    assert_eq!(verdicts(&read(&shop, &path, &["--json"])), ["short/T2 ok C0001", "short/T3 ok –"]);
    shop.agreed_at("C0001", NOW);
    shop.done(&["commit", "C0001", "--now", NOW]);
    let over = read(&shop, &path, &["--stage", "--json"]);
    assert_eq!((over.code, verdicts(&over)[0].as_str()), (1, "short/T2 gone C0001"));
    shop.verified();
}

#[test]
fn rows_that_cannot_be_carried_out_are_listed_with_line_and_reason() {
    let shop = short_of_two();
    let mut rows = sheet(&shop, &[]);
    decide(&mut rows, "short/T2", "accept", "");
    decide(&mut rows, "short/T3", "burn", "x");
    let extra = |finding: &str, decision: &str, mark: &str| {
        let cells = |heading: &String| match heading.as_str() {
            "Finding" => finding.to_owned(),
            "Decision" => decision.to_owned(),
            "Mark of the facts" => mark.to_owned(),
            "Note" => "x".to_owned(),
            _ => String::new(),
        };
        rows[0].iter().map(cells).collect::<Vec<_>>()
    };
    let more =
        [extra("short/T9", "plan", "m1"), extra("short/T3", "plan", "m1"), extra("short/T3", "leave", "")];
    rows.extend(more);
    let path = written(&shop, &rows);
    let rejects = shop.path("rejects.csv").display().to_string();
    let refused = read(&shop, &path, &["--stage", "--json", "--rejects", &rejects]);
    assert_eq!(refused.code, 1);
    assert_eq!(
        verdicts(&refused),
        [
            "short/T2 ineligible –",
            "short/T3 ineligible –",
            "short/T9 gone –",
            "short/T3 stale –",
            "short/T3 ineligible –"
        ]
    );
    let parsed: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(parsed["rows"][1]["column"], serde_json::json!([16, "Decision"]));
    assert_eq!(
        (&parsed["rows"][0]["line"], &parsed["rows"][0]["code"]),
        (&2.into(), &"STORNO-REASON-REQUIRED".into())
    );
    let text = std::fs::read_to_string(&rejects).unwrap();
    assert!(text.contains("3,16,Decision,short/T3,,ineligible,") && text.lines().count() == 6, "{text}");
    assert_eq!(shop.json(&["case", "list"]), serde_json::json!([]));
    let cut: Vec<Vec<String>> = rows.iter().map(|row| row[..16].to_vec()).collect();
    let refused = read(&shop, &written(&shop, &cut), &[]);
    assert!(refused.refused("STORNO-BAD-FILE").err.contains("Mark of the facts"), "{refused:?}");
    shop.run(&["findings", "--out", &shop.path("x.pdf").display().to_string()]).refused("STORNO-BAD-VALUE");
}

#[test]
fn what_changed_since_the_file_was_written_is_stale() {
    let shop = short_of_two();
    let mut rows = sheet(&shop, &[]);
    decide(&mut rows, "short/T2", "accept", "agreed");
    let path = written(&shop, &rows);
    shop.done(&["case", "open", "--note", "fee of T2", "--now", NOW]);
    let stage = |words: &[&str]| shop.done(&[&["stage"], words, &["--case", "C0001", "--now", NOW]].concat());
    stage(&["reverse", "V00002"]);
    stage(&["repost", "T2", "--set", "customer=B", "--set", "reason=the device is B's"]);
    shop.agreed_at("C0001", NOW);
    shop.done(&["commit", "C0001", "--now", NOW]);
    let stale = read(&shop, &path, &["--stage", "--json"]);
    assert_eq!((stale.code, verdicts(&stale)), (1, vec!["short/T2 stale –".to_owned()]));
    let mut anew = sheet(&shop, &[]);
    decide(&mut anew, "short/T2", "accept", "agreed");
    assert_eq!(read(&shop, &written(&shop, &anew), &["--stage"]).code, 0);
}

/// A workbook is opened, filled in and saved by a spreadsheet program: a date is then a number with a format.
#[test]
fn a_workbook_is_written_for_people_and_read_in_either_language() {
    let shop = short_of_two();
    let path = shop.path("decisions.xlsx").display().to_string();
    shop.done(&["findings", "--out", &path, "--lang", "zh", "--now", NOW]);
    shop.run(&["findings", "--out", &path, "--now", NOW]).refused("STORNO-EXISTS");
    let mut book: Xlsx<_> = open_workbook(&path).unwrap();
    assert_eq!(book.sheet_names(), ["差错", "原因代码"]);
    let range = book.worksheet_range("差错").unwrap();
    let heads: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    let at = |name: &str| u16::try_from(heads.iter().position(|head| head == name).unwrap()).unwrap();
    let row = |row: usize| range.rows().nth(row).unwrap().to_vec();
    assert_eq!(row(1)[usize::from(at("应有减实有"))], Data::Float(-70.0));
    assert_eq!(row(1)[usize::from(at("客户或商户"))], Data::String("A".to_owned()));
    let mut filled = rust_xlsxwriter::Workbook::new();
    let out = filled.add_worksheet();
    for (row, cells) in (0_u32..).zip(range.rows()) {
        for (column, cell) in (0_u16..).zip(cells) {
            if let Data::String(text) = cell {
                out.write_string(row, column, text).unwrap();
            }
        }
    }
    out.write_string(1, at("决定"), "更正").unwrap();
    out.write_string(2, at("决定"), "确认差异").unwrap();
    out.write_string(2, at("原因代码"), "customer_consent").unwrap();
    out.write_string(2, at("说明"), "=1+1").unwrap();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy/m/d");
    let until = rust_xlsxwriter::ExcelDateTime::from_ymd(2018, 9, 20).unwrap();
    out.write_datetime_with_format(2, at("确认有效期"), &until, &format).unwrap();
    let path = shop.path("filled.xlsx").display().to_string();
    filled.save(&path).unwrap();
    let staged = read(&shop, &path, &["--stage", "--json"]);
    assert_eq!(
        (staged.code, verdicts(&staged)),
        (0, vec!["short/T2 ok C0001".to_owned(), "short/T3 ok –".to_owned()])
    );
    let asked = shop.json(&["accept", "list", "--now", NOW]);
    assert_eq!((&asked[0]["until"], &asked[0]["note"]), (&"2018-09-20".into(), &"=1+1".into()));
    let told = shop.run(&["case", "open", "--from", &path, "--lang", "zh", "--now", NOW]);
    assert!(told.out.contains("此前已暂存于 C0001"), "{}", told.out);
}
