//! Tables of somebody else's, read by profiles.

use super::super::{
    BillSummary, Codes, FileError, Format, JournalVoucher, ReadError, Settings, Summary, TriedRow,
    channel_named, read_bill, read_journal, read_profile, read_trades, survey, try_profile,
};
use super::SkippedRow;
use crate::domain::account::Side;
use crate::domain::money::Currency;
use crate::domain::period::parse_zone;
use crate::domain::statement::{Coverage, LineKind, StatementLine};
use crate::domain::trade::{Channel, Trade};
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

fn settings(profile: &str) -> Settings {
    let profile = read_profile("p.toml", profile).unwrap();
    Settings {
        currency: Currency::CNY,
        zone: parse_zone("Asia/Shanghai").unwrap(),
        codes: Codes::named(),
        profile: Some(Arc::new(profile)),
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
fn place(error: &FileError) -> (Option<u64>, Option<usize>, &'static str) {
    (error.line, error.column.as_ref().map(|column| column.number), error.reason.key())
}

fn shipped(name: &str) -> &'static str {
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

/// A profile of a channel's table.
const STATEMENT: &str = r#"makes = "statement"
[table]
thousands = ","
[fields.channel]
value = "BANK"
[fields.day]
columns = ["时间"]
patterns = ["%Y%m%d %H%M%S"]
[fields.merchant_no]
columns = ["商户"]
[fields.kind]
sign_of = "amount"
map = { "+" = "pay", "-" = "refund" }
[fields.reference]
columns = ["订单"]
[fields.original_reference]
columns = ["原订单"]
[fields.channel_no]
columns = ["流水"]
[fields.amount]
columns = ["金额"]
sign = "absolute"
[fields.merchant_discount]
columns = ["商家优惠"]
[fields.channel_fee]
columns = ["手续费"]
if_empty = "0"
[fields.currency]
value = "CNY"
[fields.status]
value = "SUCCESS"
[fields.time]
columns = ["时间"]
patterns = ["%Y%m%d %H%M%S"]
"#;

const LINES: &str = "时间,商户,订单,原订单,流水,金额,商家优惠,手续费\n\
    20260302 100000,M1,R1,,N1,\"1,100.00\",10.00,6.60\n\
    20260302 110000,M1,R2,R1,N2,-40.00,,-0.20\n";

/// The day after.
const LATER: &str = "20260304 090000,M1,R3,,N3,5.00,,\n";

fn statement(profile: &str, day: &str, table: &str) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let profile = read_profile("p.toml", profile).unwrap().of_day(day.parse().ok());
    let settings = Settings { profile: Some(Arc::new(profile)), ..settings(STATEMENT) };
    let mut found = Vec::new();
    let mut each = |line| -> Result<(), ()> {
        found.push(line);
        Ok(())
    };
    match read_bill(table.as_bytes(), "t.csv", &settings, Format::Statement, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

#[test]
fn a_channels_table_is_a_statement() {
    let (lines, summary) = statement(STATEMENT, "", LINES).unwrap();
    let [paid, refunded] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((paid.kind, paid.amount_minor, paid.merchant_discount_minor), (LineKind::Pay, 110_000, 1_000));
    assert_eq!((refunded.kind, refunded.amount_minor, refunded.fee_minor), (LineKind::Refund, 4_000, -20));
    assert_eq!((paid.channel_ref.as_str(), paid.channel_no.as_str()), ("R1", "N1"));
    assert_eq!(refunded.original_ref.as_ref().unwrap().as_str(), "R1");
    assert_eq!(paid.occurred_at.to_string(), "2026-03-02T10:00:00+08:00");
    assert_eq!((summary.rows, summary.pay_minor, summary.refund_minor), (2, 109_000, 4_000));
    let head = summary.head;
    assert_eq!(
        (head.day.unwrap().to_string().as_str(), head.merchant_id.as_deref()),
        ("2026-03-02", Some("M1"))
    );
    assert_eq!(head.covers, Coverage::All);
    let refunds = format!("{STATEMENT}[fields.covers]\nvalue = \"refunds\"\n");
    let error = statement(&refunds, "", LINES).unwrap_err();
    // The kind comes from no column of its own.
    assert_eq!(place(&error), (Some(2), Some(0), "unknown_word"));
    let table = LINES.replace("R1,,N1,\"1,100.00\",10.00", "R1,R0,N1,-5.00,");
    assert_eq!(statement(&refunds, "", &table).unwrap().1.head.covers, Coverage::Refunds);
}

#[test]
fn a_table_of_several_days_is_read_a_day_at_a_time() {
    let table = format!("{LINES}{LATER}");
    let error = statement(STATEMENT, "", &table).unwrap_err();
    assert_eq!(place(&error), (Some(4), Some(1), "several_days"));
    let of = |day: &str| {
        let (lines, summary) = statement(STATEMENT, day, &table)?;
        Ok::<_, FileError>((lines.len(), summary.head.day.map(|day| day.to_string())))
    };
    assert_eq!(of("2026-03-02").unwrap(), (2, Some("2026-03-02".to_owned())));
    assert_eq!(of("2026-03-04").unwrap(), (1, Some("2026-03-04".to_owned())));
    assert_eq!(of("2026-03-03").unwrap(), (0, None), "a day between others may have no lines");
    for day in ["2026-03-01", "2026-03-05"] {
        assert_eq!(of(day).unwrap_err().reason.key(), "day_not_in_table", "{day}");
    }
    let mut taken = 0;
    let settings = settings(STATEMENT);
    let profile = settings.profile.clone().unwrap();
    let mut each = |row: TriedRow| taken += usize::from(row.error.is_none());
    try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut each).unwrap();
    assert_eq!(taken, 3, "a trial shows the rows of each day");
}

#[test]
fn a_channels_table_is_refused_as_a_statement_is() {
    for (table, expected) in [
        (LINES.replace("110000,M1", "110000,M2"), (Some(3), Some(2), "mixed_statements")),
        (LINES.replace("R2,R1", ",R1").replace("-40", "40"), (Some(3), Some(3), "empty_field")),
        (LINES.replace(",10.00,", ",1200.00,"), (Some(2), Some(7), "discount_too_large")),
        (LINES.replace("-40.00", "-40.005"), (Some(3), Some(6), "too_precise")),
        (LINES.replace("N1", "4.2E+27"), (Some(2), Some(5), "scientific_notation")),
        (LINES.trim_end().to_owned(), (Some(3), None, "cut_last_line")),
    ] {
        assert_eq!(place(&statement(STATEMENT, "", &table).unwrap_err()), expected, "{table}");
    }
    let footer =
        "[footer]\nstarts = [\"合计\"]\ncount = \"合计,{}笔\"\n[[footer.sums]]\ncolumns = [\"金额\"]\n";
    let profile = format!("{STATEMENT}{footer}");
    assert_eq!(statement(&profile, "", &format!("{LINES}合计,2笔,,,,1060.00,,")).unwrap().0.len(), 2);
    let days = format!("{LINES}{LATER}合计,3笔,,,,1065.00,,\n");
    assert_eq!(statement(&profile, "2026-03-02", &days).unwrap().0.len(), 2, "the footer is of all days");
    for (footer, key) in
        [("合计,3笔,,,,1060.00,,\n", "footer_count"), ("合计,2笔,,,,1060.01,,\n", "footer_sum")]
    {
        assert_eq!(statement(&profile, "", &format!("{LINES}{footer}")).unwrap_err().reason.key(), key);
    }
    assert_eq!(statement(&profile, "", LINES).unwrap_err().reason.key(), "footer_missing");
}

#[test]
fn the_channel_of_a_table_is_that_of_its_first_row_or_of_its_profile() {
    let channel = |profile: &str, table: &str| {
        channel_named(table.as_bytes(), "t.csv", &settings(profile), Format::Statement)
    };
    let head = LINES.lines().next().unwrap();
    let by_row = STATEMENT.replace("value = \"BANK\"", "columns = [\"商户\"]\nmap = { \"M1\" = \"ALIPAY\" }");
    assert_eq!(channel(&by_row, LINES).unwrap(), Some(Channel::ALIPAY));
    assert_eq!(channel(&by_row, head).unwrap_err().reason.key(), "statement_of_nothing");
    for table in [LINES, head] {
        assert_eq!(channel(STATEMENT, table).unwrap(), Some(Channel::BANK));
    }
    let unknown = STATEMENT.replace("BANK", "PAYPAL");
    assert_eq!(channel(&unknown, head).unwrap_err().reason.key(), "statement_of_nothing");
}

/// A profile of a journal with columns of debits and credits.
const JOURNAL: &str = r#"makes = "journal"
[table]
thousands = ","
[fields.voucher_no]
columns = ["凭证号"]
[fields.accounting_date]
columns = ["日期"]
patterns = ["%Y/%m/%d"]
[fields.account]
columns = ["科目"]
[fields.side]
side_of = "amount"
[fields.amount]
debit_columns = ["借方金额", "借方"]
credit_columns = ["贷方金额", "贷方"]
[fields.memo]
columns = ["摘要"]
"#;

const VOUCHERS: &str = "凭证号,日期,科目,摘要,借方金额,贷方金额\n\
    记-1,2026/3/2,1001,收款,\"1,000.00\",\n\
    记-1,2026/3/2,2190,收款,,\"1,000.00\"\n\
    记-2,2026/3/3,1001,冲错,-20.00,0\n\
    记-2,2026/3/3,2190,冲错,0,-20.00\n";

fn journal(profile: &str, table: &str) -> Result<(Vec<JournalVoucher>, Summary), FileError> {
    let mut found = Vec::new();
    let mut each = |voucher| -> Result<(), ()> {
        found.push(voucher);
        Ok(())
    };
    match read_journal(table.as_bytes(), "t.csv", &settings(profile), Format::LocalJournal, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

#[test]
fn a_table_with_debits_and_credits_is_a_journal() {
    let (vouchers, summary) = journal(JOURNAL, VOUCHERS).unwrap();
    assert_eq!((summary.lines, summary.items, vouchers.len()), (4, 2, 2));
    let lines = |at: usize| -> Vec<(Side, i64)> {
        vouchers[at].lines.iter().map(|line| (line.side, line.amount_minor)).collect()
    };
    assert_eq!(lines(0), [(Side::Debit, 100_000), (Side::Credit, 100_000)]);
    assert_eq!(lines(1), [(Side::Debit, -2_000), (Side::Credit, -2_000)], "red entries stay on their side");
    assert_eq!((vouchers[1].first_line, vouchers[1].memo.as_str()), (4, "冲错"));
    assert_eq!(vouchers[1].accounting_date.to_string(), "2026-03-03");
}

#[test]
fn a_table_with_a_column_of_sides_or_with_signs_is_a_journal() {
    let amount = "[fields.amount]\ndebit_columns = [\"借方金额\", \"借方\"]\ncredit_columns = [\"贷方金额\", \"贷方\"]\n";
    let sided = JOURNAL
        .replace(
            "side_of = \"amount\"",
            "columns = [\"方向\"]\nmap = { \"借\" = \"debit\", \"贷\" = \"credit\" }",
        )
        .replace(amount, "[fields.amount]\ncolumns = [\"金额\"]\n");
    let table = "凭证号,日期,科目,方向,金额\nA,2026/3/2,1001,借,-1.00\nA,2026/3/2,2190,贷,-1.00\n";
    assert_eq!(journal(&sided, table).unwrap().0[0].lines[1].side, Side::Credit);
    assert_eq!(
        place(&journal(&sided, &table.replace('借', "收")).unwrap_err()),
        (Some(2), Some(4), "not_in_map")
    );
    let signed = JOURNAL
        .replace(
            "side_of = \"amount\"",
            "sign_of = \"amount\"\nmap = { \"+\" = \"debit\", \"-\" = \"credit\" }",
        )
        .replace(amount, "[fields.amount]\ncolumns = [\"金额\"]\nsign = \"absolute\"\n");
    let table = "凭证号,日期,科目,金额\nA,2026/3/2,1001,1.00\nA,2026/3/2,2190,-1.00\n";
    let lines = &journal(&signed, table).unwrap().0[0].lines;
    assert_eq!((lines[1].side, lines[1].amount_minor), (Side::Credit, 100));
}

#[test]
fn a_journals_table_is_refused_as_a_journal_is() {
    for (table, expected) in [
        (VOUCHERS.replace("0,-20.00", "0,-20.01"), (Some(4), None, "unbalanced")),
        (VOUCHERS.replace("-20.00,0", "-20.00,1.00"), (Some(4), Some(5), "in_and_out")),
        (VOUCHERS.replace("-20.00,0", ","), (Some(4), Some(5), "in_and_out")),
        (VOUCHERS.replacen("记-2", "记-3", 1), (Some(4), None, "voucher_too_short")),
        (VOUCHERS.replacen("2026/3/3", "2026/3/4", 1), (Some(5), Some(2), "voucher_differs")),
        (VOUCHERS.replacen("2026/3/2", "2026-3-2", 1), (Some(2), Some(2), "no_pattern")),
        (format!("{VOUCHERS}记-1,2026/3/2,1001,,1.00,\n"), (Some(6), Some(1), "voucher_returns")),
    ] {
        assert_eq!(place(&journal(JOURNAL, &table).unwrap_err()), expected, "{table}");
        let mut told = Vec::new();
        let (settings, format) = (settings(JOURNAL), Format::LocalJournal);
        survey(table.as_bytes(), "t.csv", &settings, format, &mut |error, _| told.push(place(&error)))
            .unwrap();
        assert!(told.contains(&expected), "{told:?}");
        let mut refused = Vec::new();
        let profile = settings.profile.clone().unwrap();
        let mut each = |row: TriedRow| refused.extend(row.error.as_ref().map(place));
        try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut each).unwrap();
        assert_eq!(refused, told);
    }
    assert!(!journal(JOURNAL, VOUCHERS.trim_end()).unwrap().1.last_line_ended);
}

#[test]
fn sides_need_columns_of_debits_and_credits() {
    let keys = |profile: &str| -> Vec<String> {
        read_profile("p.toml", profile).unwrap_err().into_iter().map(|mistake| mistake.key).collect()
    };
    let one = JOURNAL.replace("credit_columns = [\"贷方金额\", \"贷方\"]\n", "");
    assert_eq!(keys(&one), ["profilefile.one_side"]);
    let none = one.replace("debit_columns", "columns");
    assert_eq!(keys(&none), ["profilefile.side_of_none"]);
    assert_eq!(keys(&JOURNAL.replace("side_of = \"amount\"", "side_of = \"sum\"")), ["rulefile.bad_word"]);
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
