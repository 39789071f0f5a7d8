//! Tables of somebody else's, read by profiles.

use super::super::{
    Codes, FileError, Format, ReadError, Settings, Summary, TriedRow, read_profile, read_trades, survey,
    try_profile,
};
use super::SkippedRow;
use crate::domain::money::Currency;
use crate::domain::period::parse_zone;
use crate::domain::trade::Trade;
use crate::domain::trade_news::ListedTrade;
use crate::files::profile::SHIPPED_PROFILES;
use std::sync::Arc;

const ZH: &str = include_str!("../../../tests/data/profiles/trades-zh.csv");
const EN: &str = include_str!("../../../tests/data/profiles/trades-en.csv");

/// A profile of a small table; `more` is added at its end, `[table]` first.
fn profile(table: &str, more: &str) -> String {
    format!(
        r#"makes = "trades"
[table]
{table}
[fields.trade_no]
columns = ["号"]
[fields.kind]
value = "pay"
[fields.channel]
value = "WECHAT"
[fields.out_trade_no]
columns = ["号"]
[fields.currency]
value = "CNY"
[fields.channel_fee]
value = "0"
[fields.trade_time]
columns = ["时间"]
patterns = ["%d.%m.%Y %H:%M"]
[fields.trade_status]
columns = ["状态"]
map = {{ "成功" = "SUCCESS", "失败" = "FAILED" }}
[fields.clearing_status]
value = "UNCLEARED"
{more}"#
    )
}

const AMOUNT: &str = "[fields.amount]\ncolumns = [\"金额\", \"交易金额（元）\"]\n";

pub(super) fn settings(profile: &str) -> Settings {
    let profile = read_profile("p.toml", profile).unwrap();
    Settings {
        currency: Currency::CNY,
        zone: parse_zone("Asia/Shanghai").unwrap(),
        codes: Codes::named(),
        profile: Some(Arc::new(profile)),
        day: None,
    }
}

fn trades(profile: &str, table: impl AsRef<[u8]>) -> Result<(Vec<Trade>, Summary), FileError> {
    let mut found = Vec::new();
    let mut each = |_, listed: ListedTrade| -> Result<(), ()> {
        found.push(listed.trade);
        Ok(())
    };
    match read_trades(table.as_ref(), "t.csv", &settings(profile), Format::LocalTrades, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

fn amounts(profile: &str, table: impl AsRef<[u8]>) -> Vec<i64> {
    trades(profile, table).unwrap().0.iter().map(|trade| trade.amount_minor).collect()
}

/// Line, column number and reason.
pub(super) fn place(error: &FileError) -> (Option<u64>, Option<usize>, &'static str) {
    (error.line, error.column.as_ref().map(|column| column.number), error.reason.key())
}

pub(super) fn shipped(name: &str) -> &'static str {
    SHIPPED_PROFILES.iter().find(|shipped| shipped.name == name).unwrap().text
}

#[test]
fn shipped_profiles_read_their_samples() {
    for (name, table, count) in [("trades-zh", ZH, 4), ("trades-en", EN, 3)] {
        let (found, summary) = trades(shipped(name), table).unwrap();
        assert_eq!(
            (found.len(), summary.lines, summary.last_line_ended),
            (count, count as u64, true),
            "{name}"
        );
        let first = &found[0];
        assert_eq!((first.amount_minor, first.fee_minor), (110_000, 660), "{name}");
        assert_eq!(first.occurred_at.to_string(), "2018-09-12T09:00:01+08:00", "{name}");
        let refund = &found[2];
        assert_eq!((refund.amount_minor, refund.fee_minor), (5_000, 0), "{name}");
        assert_eq!(refund.original_ref.as_ref().unwrap().as_str(), "SYN20180912W002", "{name}");
        assert_eq!(found[1].occurred_at.to_string(), "2018-09-12T09:30:00+08:00", "{name}");
    }
}

#[test]
fn a_trial_tells_what_becomes_of_each_row() {
    let table = ZH.replace("处理中", "挂起");
    let settings = settings(shipped("trades-zh"));
    let profile = settings.profile.clone().unwrap();
    let mut rows: Vec<TriedRow> = Vec::new();
    let mut each = |row| rows.push(row);
    try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut each).unwrap();
    let lines: Vec<u64> = rows.iter().map(|row| row.line).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8]);
    assert!(rows[0].fields.contains(&("channel".to_owned(), "WECHAT".to_owned())));
    let column = "流水号".to_owned();
    assert_eq!(rows[3].skipped, Some(SkippedRow::Value { column, value: "小计".to_owned() }));
    let error = rows[4].error.as_ref().unwrap();
    assert_eq!((error.file.as_str(), place(error)), ("t.csv", (Some(8), Some(12), "not_in_map")));
    assert_eq!(error.column.as_ref().unwrap().name.as_deref(), Some("状态"));
}

#[test]
fn the_header_is_found_by_any_spelling_and_below_titles() {
    let profile = profile("", AMOUNT);
    let rows = "A1,12.09.2018 09:00,1.00,成功\n";
    for header in ["号,时间,金额,状态", "号, 时间 ,交易金额(元),状态", "\u{feff}号,时间,交易金额（元）,状态"]
    {
        assert_eq!(amounts(&profile, format!("{header}\n{rows}")), [100], "{header}");
    }
    assert_eq!(amounts(&profile, format!("a \"title\n\n,,\n号,时间,金额,状态\r\n{rows}")), [100]);
    assert_eq!(amounts(&profile, format!("号,时间,金额,状态\n\n{rows},,,\n{rows}")), [100, 100]);
    assert_eq!(amounts(&profile, "号,时间,金额,状态,备注\nA1,12.09.2018 09:00,1.00,成功,x,\n"), [100]);
}

#[test]
fn a_header_that_does_not_fit_is_refused_with_its_line() {
    let text = profile("", AMOUNT);
    for (table, line, column, key) in [
        ("号,时间,金额\n", 1, None, "missing_column_of"),
        ("title\n号,时间,金额\n", 2, None, "missing_column_of"),
        ("号,时间,金额,状态,号\n", 1, Some(5), "duplicate_column"),
        ("号,时间,金额,状态,交易金额(元)\n", 1, Some(5), "two_columns_of"),
    ] {
        assert_eq!(place(&trades(&text, table).unwrap_err()), (Some(line), column, key), "{table}");
    }
    assert_eq!(trades(&text, "").unwrap_err().reason.key(), "empty");
    let fixed = profile("header = 2", AMOUNT);
    let table = "号,时间,金额,状态\nA1,12.09.2018 09:00,1.00,成功\n";
    assert_eq!(place(&trades(&fixed, table).unwrap_err()), (Some(2), None, "missing_column_of"));
    assert_eq!(amounts(&fixed, format!("x\n{table}")), [100]);
}

#[test]
fn encodings_and_delimiters_are_as_the_profile_says() {
    let table = "号;时间;金额;状态\nA1;12.09.2018 09:00;\"1;0\";成功\nA2;12.09.2018 09:00;2.00;成功\n";
    let table = table.replace("\"1;0\"", "1.00");
    let with = |encoding: &str| profile(&format!("delimiter = \";\"\nencoding = \"{encoding}\""), AMOUNT);
    let gbk = encoding_rs::GBK.encode(&table).0.into_owned();
    let utf16: Vec<u8> = format!("\u{feff}{table}").encode_utf16().flat_map(u16::to_be_bytes).collect();
    for (encoding, bytes) in [
        ("auto", table.as_bytes()),
        ("auto", &gbk),
        ("auto", &utf16),
        ("utf-8", table.as_bytes()),
        ("gbk", &gbk),
        ("gb18030", &gbk),
        ("utf-16", &utf16),
    ] {
        assert_eq!(amounts(&with(encoding), bytes), [100, 200], "{encoding}");
    }
    let error = trades(&with("utf-8"), &gbk).unwrap_err();
    assert_eq!(place(&error), (Some(1), None, "wrong_encoding"));
    let error = trades(&with("gbk"), [table.as_bytes(), b"\xff\n"].concat()).unwrap_err();
    assert_eq!(error.reason.key(), "wrong_encoding");
    let piped = profile("delimiter = \"|\"", AMOUNT);
    assert_eq!(amounts(&piped, table.replace(';', "|").replace('\n', "|\r\n")), [100, 200]);
}

#[test]
fn amounts_are_read_by_the_marks_of_the_profile() {
    let german = profile("delimiter = \";\"\ndecimal = \",\"\nthousands = \".\"", AMOUNT);
    let row = |amount: &str| format!("号;时间;金额;状态\nA1;12.09.2018 09:00;{amount};成功\n");
    assert_eq!(amounts(&german, row("1.234,50")), [123_450]);
    for (amount, key) in [
        ("1,234.50", "number_marks"),
        ("1,005", "too_precise"),
        ("-1,00", "negative_amount"),
        ("", "empty_field"),
    ] {
        assert_eq!(place(&trades(&german, row(amount)).unwrap_err()), (Some(2), Some(3), key), "{amount}");
    }
    let scaled = profile("delimiter = \";\"", &format!("{AMOUNT}scale = 2\n"));
    assert_eq!(amounts(&scaled, row("000000012345")), [12_345]);
}

#[test]
fn the_sign_may_be_in_the_amount_in_two_columns_or_in_a_word() {
    let kind = "[fields.kind]\nsign_of = \"amount\"\nmap = { \"+\" = \"topup\", \"-\" = \"payout\" }\n";
    let with = |amount: &str| profile("", amount).replace("[fields.kind]\nvalue = \"pay\"\n", kind);
    let kinds = |text: &str, table: &str| -> Result<Vec<String>, FileError> {
        let found = trades(text, table)?.0;
        Ok(found.iter().map(|trade| format!("{} {}", trade.kind, trade.amount_minor)).collect())
    };
    let signed = with(&format!("{AMOUNT}sign = \"absolute\"\n"));
    let table = "号,时间,状态,金额\nA,12.09.2018 09:00,成功,1.00\nB,12.09.2018 09:00,成功,-2.00\n";
    assert_eq!(kinds(&signed, table).unwrap(), ["topup 100", "payout 200"]);
    let two =
        with("[fields.amount]\nin_columns = [\"收入\"]\nout_columns = [\"支出\"]\nsign = \"absolute\"\n");
    let head = "号,时间,状态,收入,支出\n";
    let rows =
        "A,12.09.2018 09:00,成功,1.00,\nB,12.09.2018 09:00,成功,0.00,2.00\nC,12.09.2018 09:00,成功,,-3.00\n";
    assert_eq!(kinds(&two, &format!("{head}{rows}")).unwrap(), ["topup 100", "payout 200", "payout 300"]);
    for wrong in ["1.00,2.00", ",", "0.00,0.00"] {
        let error = kinds(&two, &format!("{head}A,12.09.2018 09:00,成功,{wrong}\n")).unwrap_err();
        assert_eq!(place(&error), (Some(2), Some(4), "in_and_out"), "{wrong}");
    }
    let sided = with(
        "[fields.amount]\ncolumns = [\"金额\"]\nside_columns = [\"借贷\"]\nside_map = { \"贷\" = \"+\", \"借\" = \"-\" }\nsign = \"absolute\"\n",
    );
    let head = "号,时间,状态,金额,借贷\n";
    let rows = "A,12.09.2018 09:00,成功,1.00,贷\nB,12.09.2018 09:00,成功,2.00,借\n";
    assert_eq!(kinds(&sided, &format!("{head}{rows}")).unwrap(), ["topup 100", "payout 200"]);
    let error = kinds(&sided, &format!("{head}A,12.09.2018 09:00,成功,1.00,D\n")).unwrap_err();
    assert_eq!(place(&error), (Some(2), Some(5), "not_in_map"));
    let zero = kinds(&signed, "号,时间,状态,金额\nA,12.09.2018 09:00,成功,0.00\n").unwrap_err();
    assert_eq!(zero.reason.key(), "not_in_map");
}

#[test]
fn each_mistake_is_told_with_the_tables_own_column() {
    let text = profile("", AMOUNT);
    let table = "号,备注,时间,金额,状态\nA1,x,12.09.2018 09:00,1.00,成功\nA2,,12.09.2018 09:00,2.00,失败\n";
    for (from, to, line, column, name, key) in [
        ("失败", "部分", 3, 5, Some("状态"), "not_in_map"),
        ("12.09.2018 09:00,2", "2018-09-12,2", 3, 3, Some("时间"), "no_pattern"),
        ("2.00", "2.001", 3, 4, Some("金额"), "too_precise"),
        ("A2", "", 3, 1, Some("号"), "empty_field"),
        ("A1", "4.2E+27", 2, 1, Some("号"), "scientific_notation"),
        ("2.00,失败", "2.00", 3, 5, Some("状态"), "too_few_fields"),
        ("失败", "失败,更多", 3, 6, None, "too_many_fields"),
        ("A2,", "\"A2", 3, 1, None, "unterminated_quote"),
    ] {
        let error = trades(&text, table.replacen(from, to, 1)).unwrap_err();
        assert_eq!(place(&error), (Some(line), Some(column), key), "{from} → {to}: {error}");
        assert_eq!(error.column.unwrap().name.as_deref(), name, "{from} → {to}");
    }
    let again = format!("{table}号,备注,时间,金额,状态\n");
    assert_eq!(place(&trades(&text, again).unwrap_err()), (Some(4), None, "header_again"));
    let constant = text.replace("\"WECHAT\"", "\"WEPAY\"");
    let error = trades(&constant, table).unwrap_err();
    assert_eq!(place(&error), (Some(2), Some(0), "unknown_word"));
    assert_eq!(error.column.unwrap().name.as_deref(), Some("channel"));
}

#[test]
fn all_bad_rows_of_a_table_are_told() {
    let table =
        "号,时间,金额,状态\nA1,x,1.00,成功\nA2,12.09.2018 09:00,2.00,成功\nA3,12.09.2018 09:00,y,成功\n";
    let mut found = Vec::new();
    let settings = settings(&profile("", AMOUNT));
    let mut each = |error: FileError, row: &str| found.push((error.line.unwrap(), row.to_owned()));
    survey(table.as_bytes(), "t.csv", &settings, Format::LocalTrades, &mut each).unwrap();
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(found[0].1, "A1,x,1.00,成功");
}

#[test]
fn a_footer_is_checked_and_its_absence_means_a_cut_file() {
    let footer = "[footer]\nstarts = [\"合计\"]\ncount = \"共{}笔\"\n[[footer.sums]]\ncolumns = [\"金额\"]\n";
    let text = profile("thousands = \",\"", &format!("{AMOUNT}{footer}"));
    let table = "号,时间,金额,状态\nA1,12.09.2018 09:00,\"1,001.00\",成功\nA2,12.09.2018 09:00,2.50,失败\n合计,共2笔,\"1,003.50\",\n制表：某\n";
    let (found, summary) = trades(&text, table).unwrap();
    assert_eq!((found.len(), summary.lines), (2, 2));
    for (from, to, key) in [
        ("共2笔", "共3笔", "footer_count"),
        ("1,003.50", "1,003.51", "footer_sum"),
        ("1,003.50", "x", "bad_footer"),
        ("共2笔", "", "footer_missing"),
        ("合计,共2笔,\"1,003.50\",\n制表：某\n", "", "footer_missing"),
    ] {
        let error = trades(&text, table.replacen(from, to, 1)).unwrap_err();
        assert_eq!(error.reason.key(), key, "{from} → {to}");
        assert!(error.line.is_some(), "{from}");
    }
    let told = text.replace("columns = [\"金额\"]\n", "columns = [\"金额\"]\ntext = \"金额{}元\"\n");
    assert_eq!(trades(&told, table.replace("制表：某", "金额1,003.50元")).unwrap().0.len(), 2);
    let whole = profile("", AMOUNT);
    let cut = "号,时间,金额,状态\nA1,12.09.2018 09:00,1.00,成功";
    assert!(!trades(&whole, cut).unwrap().1.last_line_ended);
}

#[test]
fn every_mistake_of_a_profile_is_told_with_its_place() {
    let text = profile("encoding = \"gkb\"\ndecimal = \"..\"\nheader = 0", "")
        .replace("成功\" = \"SUCCESS", "成功\" = \"SUCCES")
        .replace("[fields.currency]", "[fields.curency]")
        .replace("%d.%m.%Y", "%d.%m")
        + "[fields.product]\nscale = 2\n[fields.merchant]\ncolumns = [\"a\"]\nvalue = \"b\"\n[footer]\nstarts = []\ncount = \"共笔\"\n";
    let mistakes = read_profile("p.toml", &text).unwrap_err();
    let keys: Vec<(&str, Option<&str>)> =
        mistakes.iter().map(|mistake| (mistake.key.as_str(), mistake.nearest.as_deref())).collect();
    let mut expected = vec![
        ("rulefile.bad_word", Some("gbk")),
        ("profilefile.bad_mark", None),
        ("profilefile.out_of_range", None),
        ("rulefile.unknown_key", Some("currency")),
        ("profilefile.bad_pattern", None),
        ("rulefile.bad_word", Some("SUCCESS")),
        ("profilefile.key_of_other", None),
        ("profilefile.no_source", None),
        ("profilefile.two_sources", None),
        ("profilefile.missing_field", None),
        ("profilefile.missing_field", None),
        ("profilefile.empty_footer", None),
        ("profilefile.no_hole", None),
    ];
    let mut found = keys.clone();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{mistakes:?}");
    assert!(mistakes.iter().all(|mistake| mistake.line > 0 && mistake.column > 0));
}

#[test]
fn no_bytes_make_a_reader_panic() {
    let text = profile("", AMOUNT);
    let table = "号,时间,金额,状态\nA1,12.09.2018 09:00,1.00,成功\n".as_bytes();
    for cut in 0..table.len() {
        let _ = trades(&text, &table[..cut]);
        let mut bytes = table.to_vec();
        for byte in [0, b'"', b',', 0xff, b'\n'] {
            bytes[cut] = byte;
            let _ = trades(&text, &bytes);
        }
    }
}
