//! Account statements as a plain CSV of our own: what is read and what is refused.

use super::*;
use crate::files::import::account_kit::{self, Statement, settings};
use crate::files::import::{Format, survey};

const SAMPLE: &str = include_str!("../../../tests/data/account-statement-20180912.csv");

fn statement(text: &str) -> Result<Statement, FileError> {
    account_kit::statement(text.as_bytes(), "s.csv", Format::AccountCsv, &settings())
}

#[test]
fn the_sample_reads_whole() {
    let (head, lines, end) = statement(SAMPLE).unwrap();
    assert_eq!(
        (head.number.as_deref(), head.holder.as_deref()),
        (Some("6222000000000001"), Some("ICBKCNBJ"))
    );
    assert_eq!(
        (head.from.unwrap().to_string(), head.to.unwrap().to_string()),
        ("2018-09-12".into(), "2018-09-13".into())
    );
    assert_eq!(
        (end.opening_minor, end.closing_minor, end.newest_first),
        (Some(1_000_000), Some(1_024_300), false)
    );
    let seen: Vec<_> = lines.iter().map(|line| (line.line, line.kind, line.amount_minor)).collect();
    let expected = [
        (2, AccountLineKind::Payout, 26_540),
        (3, AccountLineKind::Fee, -240),
        (4, AccountLineKind::Transfer, -1_000),
        (5, AccountLineKind::Transfer, -1_000),
    ];
    assert_eq!(seen, expected);
    let payout = &lines[0];
    assert_eq!(payout.time.unwrap().to_string(), "10:05:00");
    assert_eq!(payout.value_day.unwrap().to_string(), "2018-09-13");
    assert_eq!((payout.batch.as_deref(), payout.channel_no.as_deref()), (Some("20180911"), None));
    assert_eq!(payout.counterparty, "支付宝（中国）网络技术有限公司 2088000000000001");
    assert_eq!((payout.words.as_str(), payout.text.as_str()), ("来账", "结算款"));
    assert_eq!(lines[1].time, None, "charged on the 12th, booked on the 13th");
    assert_eq!(
        (&lines[2].number, lines[2].amount_minor),
        (&lines[3].number, lines[3].amount_minor),
        "equal, but two"
    );
}

#[test]
fn the_newest_line_may_be_first_and_balances_may_be_missing() {
    let (head, rest) = SAMPLE.split_once('\n').unwrap();
    let (rows, total) = rest.split_once("total").unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let turned = format!("{head}\n{}\ntotal{total}", rows.join("\n"));
    let end = statement(&turned).unwrap().2;
    assert_eq!(
        (end.opening_minor, end.closing_minor, end.newest_first),
        (Some(1_000_000), Some(1_024_300), true)
    );
    let plain =
        "account,currency,day,amount,kind\nA,JPY,2018-09-12,100,payment\nA,JPY,2018-09-12,-30,other\n";
    let (head, lines, end) = statement(&format!("{plain}total,2,100,30,,,end\n")).unwrap();
    assert_eq!((head.currency.code(), head.from, lines[0].amount_minor), ("JPY", None, 100));
    assert_eq!((end.opening_minor, end.closing_minor), (None, None));
    let end = statement(&format!("{plain}total,2,100,30,50,,end\n")).unwrap().2;
    assert_eq!((end.opening_minor, end.closing_minor), (Some(50), Some(120)));
    let wrong = statement(&format!("{plain}total,2,100,30,50,121,end\n")).unwrap_err();
    assert_eq!((wrong.line, wrong.reason.key()), (Some(4), "balance_sum"));
}

#[test]
fn days_without_movements_have_one_row_that_names_them() {
    let header = "account,currency,from,to,day,amount,kind\n";
    let none = "A,CNY,,,2018-09-12,,none\n";
    let total = "total,0,0.00,0.00,50.00,50.00,end\n";
    let (head, lines, end) = statement(&format!("{header}{none}{total}")).unwrap();
    assert_eq!((lines.len(), head.from, end.closing_minor), (0, head.to, Some(5_000)));
    assert_eq!(head.from.unwrap().to_string(), "2018-09-12");
    let line = "A,CNY,,,2018-09-12,1.00,other\n";
    for rows in [format!("{none}{none}"), format!("{none}{line}"), format!("{line}{none}")] {
        let error = statement(&format!("{header}{rows}{total}")).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (Some(3), "not_the_only_row"), "{rows}");
    }
    let nothing = statement(&format!("{header}{total}")).unwrap_err();
    assert_eq!((nothing.line, nothing.reason.key()), (Some(2), "account_of_nothing"));
}

#[test]
fn what_does_not_belong_is_refused_with_its_place() {
    for (from, to, place) in [
        (
            "6222000000000001,ICBKCNBJ,CNY,2018-09-12,2018-09-13,2018-09-13,2018-09-13 09",
            "6222000000000002,ICBKCNBJ,CNY,2018-09-12,2018-09-13,2018-09-13,2018-09-13 09",
            "s.csv:4:1 (account): mixed_accounts first=6222000000000001 here=6222000000000002",
        ),
        (
            "2018-09-12,2018-09-12 10:05:00",
            "2018-09-14,2018-09-12 10:05:00",
            "s.csv:2:6 (day): outside_period from=2018-09-12 to=2018-09-13 value=2018-09-14",
        ),
        ("10:05:00", "10:65:00", "s.csv:2:7 (time): bad_time value=2018-09-12 10:65:00"),
        (",fee,", ",charge,", "unknown_word"),
        ("10263.00", "10263.01", "s.csv:3:10 (balance): balance_breaks expected=10263.00 actual=10263.01"),
        (",-2.40,", ",-2.401,", "s.csv:3:9 (amount): too_precise value=-2.401 currency=CNY"),
        ("total,4", "total,5", "s.csv:6: footer_count name=rows expected=5 actual=4"),
        ("265.40,22.40", "265.41,22.40", "s.csv:6: footer_sum name=money in expected=265.41 actual=265.40"),
        ("265.40,22.40", "265.40,-22.40", "s.csv:6: footer_sum name=money out expected=-22.40 actual=22.40"),
        (",end", ",en", "account_totals"),
        ("total,4", "sum,4", "too_few_fields"),
        (",10000.00,10243.00,end", ",10000.00,10243.01,end", "balance_sum"),
        (",10000.00,10243.00,end", ",10000.01,,end", "balance_sum"),
        ("value_day", "valueday", "unknown_column"),
        (",currency,", ",words,", "duplicate_column"),
    ] {
        assert!(SAMPLE.contains(from), "{from}");
        let error = statement(&SAMPLE.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(place), "{from} → {to}: {error}");
    }
    let cut = SAMPLE.split_once("total").unwrap().0;
    assert_eq!(statement(cut).unwrap_err().reason.key(), "account_totals");
    assert_eq!(statement(&format!("{SAMPLE}{SAMPLE}")).unwrap_err().reason.key(), "text_after_footer");
    assert_eq!(
        statement(&format!("\u{feff}{}", SAMPLE.replace('\n', "\r\n"))).unwrap(),
        statement(SAMPLE).unwrap()
    );
}

#[test]
fn all_bad_rows_are_told_and_no_balance_behind_them() {
    let text = SAMPLE.replacen(",-2.40,", ",x,", 1).replacen("2018-09-13 09:30:00", "9:30", 1);
    let mut found = Vec::new();
    let mut each = |error: FileError, _: &str| found.push((error.line.unwrap(), error.reason.key()));
    survey(text.as_bytes(), "s.csv", &settings(), Format::AccountCsv, &mut each).unwrap();
    assert_eq!(found, [(3, "not_a_number"), (4, "bad_time")]);
}
