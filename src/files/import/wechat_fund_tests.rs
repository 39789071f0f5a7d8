//! WeChat's fund bill: what is read and what is refused.

use super::*;
use crate::domain::account_statement::AccountEnd;
use crate::files::import::{Format, account_kit};

const SAMPLE: &str = include_str!("../../../tests/data/wechat-fundflow-20180912.csv");

fn parts(text: &str) -> Result<(Vec<AccountLine>, AccountEnd), FileError> {
    let read = account_kit::statement(text.as_bytes(), "f.csv", Format::WechatFund, &account_kit::settings());
    read.map(|(_, lines, end)| (lines, end))
}

#[test]
fn the_sample_reads_whole() {
    let (lines, end) = parts(SAMPLE).unwrap();
    assert_eq!(lines.len(), 13);
    let (opening_minor, closing_minor) = (Some(100_000), Some(136_269));
    assert_eq!(end, AccountEnd { opening_minor, closing_minor, ..AccountEnd::default() });
    let (pay, fee, refund) = (&lines[0], &lines[1], &lines[10]);
    assert_eq!(
        (pay.kind, pay.amount_minor, pay.balance_minor),
        (AccountLineKind::Payment, 10_000, Some(110_000))
    );
    assert_eq!(
        (fee.kind, fee.amount_minor, fee.words.as_str()),
        (AccountLineKind::Fee, -60, "交易 扣除交易手续费")
    );
    assert_eq!((refund.kind, refund.amount_minor), (AccountLineKind::Refund, -4_970));
    assert_eq!(refund.text, "退款总金额50.00元;含手续费0.30元");
    assert_eq!(pay.channel_no.as_deref(), Some("4200000000201809120000000001"));
    assert_eq!(pay.reference.as_ref().unwrap().as_str(), "SYN20180912W001");
    assert_eq!((pay.line, pay.number.as_str()), (2, "F20180912000001"));
}

#[test]
fn the_newest_line_may_be_first() {
    let (head, rest) = SAMPLE.split_once('\n').unwrap();
    let (rows, footer) = rest.split_once("资金流水总笔数").unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let (lines, end) = parts(&format!("{head}\n{}\n资金流水总笔数{footer}", rows.join("\n"))).unwrap();
    assert_eq!((lines.len(), end.opening_minor, end.closing_minor), (13, Some(100_000), Some(136_269)));
    assert!(end.newest_first);
}

#[test]
fn what_does_not_add_up_is_refused_with_its_place() {
    for (from, to, place) in [
        (
            "`534.88",
            "`534.87",
            "f.csv:16:3 (收入金额): footer_sum name=收入金额 expected=534.87 actual=534.88",
        ),
        (
            "`13,",
            "`12,",
            "f.csv:16:1 (资金流水总笔数): footer_count name=资金流水总笔数 expected=12 actual=13",
        ),
        ("`1349.40", "`1349.41", "f.csv:4:8 (账户结余(元)): balance_breaks expected=1349.40 actual=1349.41"),
        ("`收入,`250.00", "`收,`250.00", "f.csv:4:6 (收支类型): unknown_word value=收 allowed=收入, 支出"),
        ("`250.00", "`-250.00", "f.csv:4:7 (收支金额(元)): negative_amount value=-250.00"),
        ("09:00:01", "25:00:01", "f.csv:2:1 (记账时间): bad_time value=2018-09-12 25:00:01"),
        (",账户结余(元)", ",结余", "f.csv:1: missing_column name=账户结余(元)"),
    ] {
        assert_eq!(parts(&SAMPLE.replacen(from, to, 1)).unwrap_err().to_string(), place);
    }
    let without_a_line: Vec<&str> =
        SAMPLE.lines().enumerate().filter(|(i, _)| *i != 5).map(|(_, l)| l).collect();
    let error = parts(&without_a_line.join("\n")).unwrap_err();
    assert!(error.to_string().contains("balance_breaks"), "{error}");
}

#[test]
fn unknown_words_are_no_reason_to_refuse() {
    let (lines, _) = parts(&SAMPLE.replacen("`交易,`交易,", "`新业务,`新类型,", 1)).unwrap();
    assert_eq!((lines[0].kind, lines[0].words.as_str()), (AccountLineKind::Other, "新业务 新类型"));
}
