//! Account statements from tables of banks, read by profiles.

use super::*;
use crate::files::import::account_kit::{self, Statement};
use crate::files::import::tables_kit::{settings, shipped};
use crate::files::import::{Format, read_profile, try_profile};
use crate::files::profile::SHIPPED_PROFILES;

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../tests/data/profiles/", $name, ".csv"))
    };
}

fn statement(profile: &str, table: &str) -> Result<Statement, FileError> {
    account_kit::statement(table.as_bytes(), "t.csv", Format::AccountCsv, &settings(profile))
}

/// A profile of a small table; `more` is added at its end.
fn profile(more: &str) -> String {
    format!(
        r#"makes = "account"
[table]
thousands = ","
[fields.currency]
value = "CNY"
[fields.day]
columns = ["日期"]
patterns = ["%Y%m%d"]
{more}"#
    )
}

const AMOUNT: &str = "[fields.amount]\ncolumns = [\"金额\"]\n";

#[test]
fn shipped_profiles_of_banks_read_their_samples() {
    let banks = [
        ("icbc-account", sample!("icbc-account"), "1001000000000000001", "CNY"),
        ("icbc-account-side", sample!("icbc-account-side"), "1001000000000000001", "CNY"),
        ("ccb-account", sample!("ccb-account"), "33001000000000000001", "CNY"),
        ("cmb-account", sample!("cmb-account"), "571900000000001", "CNY"),
        ("boc-account", sample!("boc-account"), "350000000001", "USD"),
        ("bocom-account", sample!("bocom-account"), "310000000000001", "CNY"),
        ("abc-account", sample!("abc-account"), "10-0000000000000001", "CNY"),
        ("spdb-account", sample!("spdb-account"), "98000000000000001", "CNY"),
    ];
    let named =
        SHIPPED_PROFILES.iter().filter(|shipped| shipped.text.contains("makes = \"account\"")).count();
    assert_eq!(named, banks.len(), "each has a sample");
    for (name, table, account, currency) in banks {
        let (head, mut lines, end) = statement(shipped(name), table).unwrap();
        assert_eq!((head.number.as_deref(), head.currency.code()), (Some(account), currency), "{name}");
        assert_eq!((end.opening_minor, end.closing_minor), (Some(1_001_000), Some(901_540)), "{name}");
        if end.newest_first {
            lines.reverse();
        }
        let amounts: Vec<i64> = lines.iter().map(|line| line.amount_minor).collect();
        assert_eq!(amounts, [26_540, -1_000, -125_000], "{name}");
        assert_eq!(lines[0].day.to_string(), "2018-09-12", "{name}");
        assert_eq!(lines[0].time.unwrap().to_string(), "10:05:00", "{name}");
        assert_eq!(lines[0].counterparty, "支付宝（中国）网络技术有限公司 2088000000000001", "{name}");
        assert_eq!(lines[2].counterparty, "某供应商 6222000000000009", "{name}");
        let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
        let fee = if name == "abc-account" { AccountLineKind::Other } else { AccountLineKind::Fee };
        assert_eq!(kinds, [AccountLineKind::Other, fee, AccountLineKind::Other], "{name}");
    }
}

#[test]
fn what_banks_tell_beside_amounts_is_kept() {
    let lines = statement(shipped("boc-account"), sample!("boc-account")).unwrap().1;
    assert_eq!((lines[0].words.as_str(), lines[0].text.as_str()), ("转账收入", "来账 提现 结算款"));
    assert_eq!((lines[2].text.as_str(), lines[2].number.as_str()), ("货款", "100000003"), "each text once");
    assert_eq!(lines[2].reference.as_ref().unwrap().as_str(), "P20180912");
    assert_eq!(lines[2].value_day.unwrap().to_string(), "2018-09-13");
    let late = &statement(shipped("ccb-account"), sample!("ccb-account")).unwrap().1[2];
    assert_eq!(
        (late.day.to_string(), late.time),
        ("2018-09-13".to_owned(), None),
        "ordered the evening before"
    );
    let older = sample!("ccb-account")
        .replace("/元", "")
        .replace("账　　号,33001000000000000001,账户名称,某商户有限公司\n", "")
        .replace("交易时间,", "账号,交易时间,")
        .replace("\n20180912", "\n33001000000000000001,20180912");
    let (head, lines, _) = statement(shipped("ccb-account"), &older).unwrap();
    assert_eq!((head.number.as_deref(), lines.len()), (Some("33001000000000000001"), 3), "{older}");
}

#[test]
fn the_number_of_the_account_may_stand_above_the_header() {
    let above = profile(&format!("{AMOUNT}[fields.account]\nabove = [\"账号\", \"卡号\"]\n"));
    let rows = "日期,金额\n20180912,1.00\n";
    let number = |head: &str| statement(&above, &format!("{head}{rows}")).unwrap().0.number;
    assert_eq!(number("账号,6222,x\n").as_deref(), Some("6222"));
    assert_eq!(number("户名,某,\"卡 号：\",,6222\n").as_deref(), Some("6222"));
    assert_eq!(number("账号:6222\n").as_deref(), Some("6222"));
    assert_eq!(number("账号名称,6222\n"), None);
    let currency = above.replace("value = \"CNY\"", "above = [\"币种\"]\nmap = { \"美元\" = \"USD\" }");
    let head = statement(&currency, &format!("币种：美元\n{rows}")).unwrap().0;
    assert_eq!((head.currency.code(), head.number), ("USD", None));
    let error = statement(&currency, rows).unwrap_err();
    assert_eq!((error.line, error.reason.key()), (Some(1), "missing_above"));
    let error = statement(&currency, &format!("币种：英镑\n{rows}")).unwrap_err();
    assert_eq!(error.reason.key(), "not_in_map");
}

#[test]
fn which_way_money_goes_may_be_said_in_three_ways() {
    let amounts = |amount: &str, table: &str| -> Result<Vec<i64>, FileError> {
        Ok(statement(&profile(amount), table)?.1.iter().map(|line| line.amount_minor).collect())
    };
    assert_eq!(amounts(AMOUNT, "日期,金额\n20180912,+1.00\n20180912,-2.00\n").unwrap(), [100, -200]);
    let two = "[fields.amount]\nin_columns = [\"收入\"]\nout_columns = [\"支出\"]\n";
    assert_eq!(amounts(two, "日期,收入,支出\n20180912,1.00,\n20180912,0.00,2.00\n").unwrap(), [100, -200]);
    let side =
        format!("{AMOUNT}side_columns = [\"借贷\"]\nside_map = {{ \"贷\" = \"+\", \"借\" = \"-\" }}\n");
    assert_eq!(amounts(&side, "日期,借贷,金额\n20180912,贷,1.00\n20180912,借,2.00\n").unwrap(), [100, -200]);
    let error = amounts(&side, "日期,借贷,金额\n20180912,D,1.00\n").unwrap_err();
    assert_eq!((error.column.unwrap().number, error.reason.key()), (2, "not_in_map"));
}

#[test]
fn a_table_that_does_not_add_up_is_refused_with_its_column() {
    let text = profile(&format!(
        "{AMOUNT}[fields.balance]\ncolumns = [\"余额\"]\n[fields.account]\ncolumns = [\"账号\"]\n"
    ));
    let table = "账号,日期,金额,余额\nA,20180912,1.00,11.00\nA,20180912,-2.00,9.00\nA,20180912,-2.00,7.00\n";
    let (_, lines, end) = statement(&text, table).unwrap();
    assert_eq!((lines.len(), end.opening_minor, end.closing_minor), (3, Some(1_000), Some(700)));
    for (from, to, place) in [
        ("9.00", "9.01", "t.csv:3:4 (余额): balance_breaks expected=9.00 actual=9.01"),
        ("A,20180912,-2.00,9.00\n", "", "t.csv:3:4 (余额): balance_breaks expected=9.00 actual=7.00"),
        ("A,20180912,-2.00,7.00", "B,20180912,-2.00,7.00", "t.csv:4:1 (账号): mixed_accounts first=A here=B"),
        ("20180912,1", "2018-09-12,1", "t.csv:2:2 (日期): no_pattern"),
        (",7.00\n", ",7.00", "cut_last_line"),
        ("金额", "数额", "t.csv:1: missing_column_of field=amount names=金额"),
    ] {
        let error = statement(&text, &table.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(place), "{from} → {to}: {error}");
    }
    let empty = statement(&text, "账号,日期,金额,余额\n").unwrap_err();
    assert_eq!(empty.reason.key(), "account_of_nothing");
    let footer = format!("{text}[footer]\nstarts = [\"合计\"]\ncount = \"共{{}}笔\"\n");
    assert_eq!(statement(&footer, &format!("{table}合计,共3笔,,\n")).unwrap().1.len(), 3);
    assert_eq!(
        statement(&footer, &format!("{table}合计,共4笔,,\n")).unwrap_err().reason.key(),
        "footer_count"
    );
    assert_eq!(statement(&footer, table).unwrap_err().reason.key(), "footer_missing");
}

#[test]
fn trying_tells_each_row_and_goes_on_behind_a_bad_one() {
    let text = profile(&format!("{AMOUNT}[fields.balance]\ncolumns = [\"余额\"]\n"));
    let settings = settings(&text);
    let table = "日期,金额,余额\n20180912,1.00,11.00\n20180912,x,9.00\n20180912,-2.00,7.00\n";
    let mut rows = Vec::new();
    let profile = settings.profile.clone().unwrap();
    try_profile(table.as_bytes(), "t.csv", &settings, &profile, &mut |row| rows.push(row)).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.line, row.error.is_some())).collect();
    assert_eq!(told, [(2, false), (3, true), (4, false)]);
    assert!(rows[0].fields.contains(&("amount".to_owned(), "1.00".to_owned())));
}

#[test]
fn every_mistake_of_the_new_keys_is_told() {
    for (more, key) in [
        ("[fields.amount]\nabove = [\"金额\"]\n", "profilefile.key_of_other"),
        ("[fields.amount]\njoin_columns = [[\"金额\"]]\n", "profilefile.key_of_other"),
        (
            "[fields.amount]\ncolumns = [\"a\"]\n[fields.kind]\ncolumns = [\"b\"]\nmap_else = \"other\"\n",
            "profilefile.key_of_other",
        ),
        (
            "[fields.amount]\ncolumns = [\"a\"]\n[fields.kind]\ncolumns = [\"b\"]\nmap = { x = \"fee\" }\nmap_else = \"rest\"\n",
            "rulefile.bad_word",
        ),
        ("[fields.amount]\ncolumns = [\"a\"]\n[fields.text]\nin_columns = [\"b\"]\n", "profilefile.one_way"),
        (
            "[fields.amount]\ncolumns = [\"a\"]\n[fields.text]\ncolumns = [\"b\"]\njoin_columns = [[\"c\"]]\n",
            "profilefile.two_sources",
        ),
        ("", "profilefile.missing_field"),
    ] {
        let mistakes = read_profile("p.toml", &profile(more)).unwrap_err();
        assert!(mistakes.iter().any(|mistake| mistake.key == key), "{more}: {mistakes:?}");
    }
}

#[test]
fn no_bytes_make_a_reader_panic() {
    let (text, table) = (shipped("ccb-account"), sample!("ccb-account").as_bytes());
    let settings = settings(text);
    for cut in 0..table.len() {
        let _ = account_kit::statement(&table[..cut], "t.csv", Format::AccountCsv, &settings);
        let mut bytes = table.to_vec();
        for byte in [0, b'"', b',', 0xff, b'\n'] {
            bytes[cut] = byte;
            let _ = account_kit::statement(&bytes, "t.csv", Format::AccountCsv, &settings);
        }
    }
}
