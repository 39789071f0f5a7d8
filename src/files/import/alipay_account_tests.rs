//! Alipay's account details by generator: what is read and what is refused.

use super::*;
use crate::files::import::Format;
use crate::files::import::account_kit::{self, Statement};

const SAMPLE: &[u8] = include_bytes!("../../../tests/data/alipay-account-detail-20180912.gbk.csv");

/// The sample as UTF-8.
fn sample() -> String {
    encoding_rs::GBK.decode(SAMPLE).0.into_owned()
}

fn statement(bytes: impl AsRef<[u8]>) -> Result<Statement, FileError> {
    account_kit::statement(bytes.as_ref(), "a.csv", Format::AlipayAccount, &account_kit::settings())
}

#[test]
fn the_sample_reads_whole() {
    let (head, lines, end) = statement(SAMPLE).unwrap();
    assert_eq!(head.number.as_deref(), Some("20881000000000000156"));
    assert_eq!((head.from, head.to, head.until), (head.from, head.from, None));
    assert_eq!(head.from.unwrap().to_string(), "2018-09-12");
    assert_eq!((end.opening_minor, end.closing_minor), (Some(500_000), Some(516_451)));
    assert_eq!((end.newest_first, end.until), (false, None));
    let seen: Vec<_> = lines.iter().map(|line| (line.line, line.kind, line.amount_minor)).collect();
    let expected = [
        (6, AccountLineKind::Payment, 20_000),
        (7, AccountLineKind::Fee, -120),
        (8, AccountLineKind::Payment, 4_550),
        (9, AccountLineKind::Fee, -27),
        (10, AccountLineKind::Refund, -8_000),
        (11, AccountLineKind::Fee, 48),
    ];
    assert_eq!(seen, expected);
    let fee = &lines[1];
    assert_eq!((fee.number.as_str(), fee.words.as_str()), ("90000000000002", "收费"));
    assert_eq!(fee.channel_no.as_deref(), Some("2018091222001400000000000001"));
    assert_eq!(fee.reference.as_ref().unwrap().as_str(), "SYN20180912A001");
    assert_eq!((fee.counterparty.as_str(), fee.text.as_str()), ("测试 (138****0000)", "账户充值 服务费"));
    assert_eq!(fee.balance_minor, Some(519_880));
}

#[test]
fn generators_differ_and_mean_the_same() {
    let plain = statement(SAMPLE).unwrap();
    let text = sample();
    let positive =
        text.replace(",-1.20,", ",1.20,").replace(",-0.27,", ",0.27,").replace(",-80.00,", ",80.00,");
    for variant in [
        text.clone(),
        format!("\u{feff}{}", text.replace("\r\n", "\n")),
        text.replace('（', "(").replace('）', ")"),
        text.replace('\t', ""),
        text.replace(",0.00,", ",,"),
        text.replace("2018年09月13日 00:00:00]\r\n#--", "2018年09月12日 23:59:59]\r\n#--"),
        positive.clone(),
        positive.replace("共-81.47元", "共81.47元"),
    ] {
        assert_eq!(statement(&variant).unwrap(), plain, "{variant}");
    }
}

/// Returns the sample with a change of each row's fields, the header's as well.
fn rearranged(change: impl Fn(usize, Vec<&str>) -> Vec<String>) -> String {
    let mut row = 0;
    let text = sample();
    let lines = text.lines().map(|line| {
        if line.starts_with('#') {
            return line.to_owned();
        }
        row += 1;
        change(row - 1, line.split(',').collect()).join(",")
    });
    lines.collect::<Vec<_>>().join("\r\n")
}

#[test]
fn newer_files_have_other_columns_in_another_order() {
    let newer = rearranged(|row, fields| {
        let extra = if row == 0 {
            ["对方名称", "业务描述", "业务基础订单号"]
        } else {
            ["某公司", "交易服务费", "B1\t"]
        };
        let kept = fields.iter().enumerate().filter(|(at, _)| *at != 2).map(|(_, field)| *field);
        let order = if row == 2 { "" } else { fields[2] };
        kept.chain([order]).chain(extra).map(str::to_owned).collect()
    });
    let (_, lines, end) = statement(newer).unwrap();
    assert_eq!((lines.len(), end.closing_minor), (6, Some(516_451)));
    let references: Vec<_> = lines.iter().map(|line| line.reference.as_ref().unwrap().as_str()).collect();
    assert_eq!(references[..3], ["SYN20180912A001", "B1", "SYN20180912A002"]);
    assert_eq!(lines[1].counterparty, "某公司 测试 (138****0000)");
    assert_eq!(lines[1].text, "账户充值 交易服务费 服务费");
}

#[test]
fn a_statement_may_be_of_several_days_or_end_before_its_last_day_does() {
    let text = sample();
    let days = text.replace("2018年09月12日 00:00:00]", "2018年09月01日 00:00:00]");
    let days = days.replacen("2018年09月13日 00:00:00]", "2018年10月01日 00:00:00]", 1);
    let (head, _, end) = statement(&days).unwrap();
    assert_eq!(
        (head.from.unwrap().to_string(), head.to.unwrap().to_string()),
        ("2018-09-01".into(), "2018-09-30".into())
    );
    assert_eq!(end.until.unwrap().to_string(), "2018-09-13T05:46:49+08:00", "exported before its last day");
    let part = text.replace("2018年09月13日 00:00:00]", "2018年09月12日 18:00:00]");
    let (head, _, end) = statement(&part).unwrap();
    assert_eq!(head.until.unwrap().to_string(), "2018-09-12T18:00:00+08:00");
    assert_eq!(end.until, None);
}

#[test]
fn balances_are_for_information_but_tell_opening_and_closing_if_they_fit() {
    let text = sample();
    // Two lines of one second in another order: their balances do not follow.
    let (first, second) = (text.lines().nth(5).unwrap(), text.lines().nth(6).unwrap());
    let swapped = text.replacen(&format!("{first}\r\n{second}"), &format!("{second}\r\n{first}"), 1);
    let (_, lines, end) = statement(swapped).unwrap();
    assert_eq!((lines.len(), end.opening_minor, end.closing_minor), (6, None, None));
    let third = text.replace(",5244.30,", ",5244.31,");
    let (_, _, end) = statement(third).unwrap();
    assert_eq!((end.opening_minor, end.closing_minor), (Some(500_000), Some(516_451)));
    let last = text.replace(",5164.51,", ",5164.52,");
    let end = statement(last).unwrap().2;
    assert_eq!((end.opening_minor, end.closing_minor, end.newest_first), (None, None, false));
}

#[test]
fn the_newest_line_may_be_first() {
    let text = sample();
    let (mut rows, rest): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with('9'));
    rows.reverse();
    let lines: Vec<&str> = rest[..5].iter().chain(&rows).chain(&rest[5..]).copied().collect();
    let end = statement(lines.join("\n")).unwrap().2;
    assert_eq!((end.opening_minor, end.closing_minor), (Some(500_000), Some(516_451)));
    assert!(end.newest_first);
}

#[test]
fn a_row_without_an_amount_counts_on_either_side() {
    let text = sample();
    let row = text.lines().nth(7).unwrap();
    let zero = row.replace(",45.50,0.00,5244.30,", ",0.00,0.00,5198.80,");
    let added = text.replacen(row, &format!("{zero}\r\n{row}"), 1);
    assert_eq!(statement(&added).unwrap().1.len(), 7);
    assert_eq!(statement(added.replace("收入合计：3笔", "收入合计：4笔")).unwrap().1.len(), 7);
    let both = added.replace("收入合计：3笔", "收入合计：5笔");
    assert_eq!(statement(both).unwrap_err().reason.key(), "footer_count");
}

#[test]
fn equal_rows_are_lines_of_their_own() {
    let text = sample();
    let row = text.lines().nth(5).unwrap();
    let twice = text.replacen(row, &format!("{row}\r\n{row}"), 1);
    let twice = twice.replace("收入合计：3笔，共245.98元", "收入合计：4笔，共445.98元");
    let (_, lines, _) = statement(twice).unwrap();
    assert_eq!((lines.len(), lines[0].number == lines[1].number, lines[1].line), (7, true, 7));
}

#[test]
fn each_mistake_has_its_line_and_reason() {
    let text = sample();
    let cases: &[(&str, &str, Option<u64>, &str)] = &[
        ("#起始日期", "#期间", None, "preamble_missing"),
        ("终止日期：[2018年09月13日", "终止日期：[2018年09月31日", Some(3), "bad_time"),
        ("终止日期：[2018年09月13日", "终止日期：[2018年09月11日", Some(3), "more_than_one_day"),
        ("发生时间", "时间", Some(5), "missing_column"),
        ("备注", "商品名称", Some(5), "duplicate_column"),
        ("2018-09-12 14:00:00", "2018-09-13 00:00:00", Some(10), "outside_period"),
        ("2018-09-12 14:00:00", "2018-09-12", Some(10), "bad_time"),
        (",200.00,0.00,", ",200.00,-1.00,", Some(6), "in_and_out"),
        (",200.00,0.00,", ",,,", Some(6), "in_and_out"),
        (",200.00,0.00,", ",-200.00,0.00,", Some(6), "negative_amount"),
        (",200.00,0.00,", ",2e2,0.00,", Some(6), "not_a_number"),
        (",-0.27,", ",0.27,", Some(9), "mixed_signs"),
        ("90000000000003\t", "\t", Some(8), "empty_field"),
        ("90000000000003\t", "9.0E+13", Some(8), "scientific_notation"),
        (",在线支付,", ",在线支付", Some(6), "too_few_fields"),
        (",在线支付,", ",在线支付,,", Some(6), "too_many_fields"),
        ("#支出合计：3笔", "#支出合计：2笔", Some(13), "footer_count"),
        ("共-81.47元", "共-81.48元", Some(13), "footer_sum"),
        ("共245.98元", "共-245.98元", Some(14), "footer_sum"),
        ("共245.98元", "245.98元", Some(14), "bad_footer"),
        ("#收入合计", "#收入", Some(15), "footer_missing"),
        ("#导出时间", "#时间", Some(15), "footer_missing"),
        ("#支出合计", "支出合计", Some(13), "text_after_footer"),
        ("列表结束", "列表", Some(12), "bad_footer"),
    ];
    for (from, to, line, key) in cases {
        assert!(text.contains(from), "{from}");
        let error = statement(text.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (*line, *key), "{from} → {to}: {error}");
    }
    let missing: Vec<&str> =
        text.lines().enumerate().filter(|(at, _)| *at != 7).map(|(_, line)| line).collect();
    assert_eq!(statement(missing.join("\n")).unwrap_err().reason.key(), "footer_count");
    assert_eq!(statement(format!("{text}{text}")).unwrap_err().reason.key(), "text_after_footer");
    let gbk = encoding_rs::GBK.encode("备注").0.into_owned();
    let mixed = [text.as_bytes(), &gbk].concat();
    assert_eq!(statement(mixed).unwrap_err().reason.key(), "wrong_encoding");
}

#[test]
fn kinds_follow_from_the_type_of_business() {
    for (words, kind) in [
        ("退费", AccountLineKind::Fee),
        ("收费", AccountLineKind::Fee),
        ("退款（交易退款）", AccountLineKind::Refund),
        ("交易付款", AccountLineKind::Payment),
        ("交易分账", AccountLineKind::Sharing),
        ("提现", AccountLineKind::Payout),
        ("转账", AccountLineKind::Transfer),
        ("充值", AccountLineKind::TopUp),
        ("保证金", AccountLineKind::Reserve),
        ("其它", AccountLineKind::Other),
    ] {
        let (_, lines, _) = statement(sample().replacen(",在线支付,", &format!(",{words},"), 1)).unwrap();
        assert_eq!((lines[0].kind, lines[0].words.as_str()), (kind, words));
    }
}

/// Rows behind the end that the file states were taken.
#[test]
fn a_row_before_the_stated_begin_or_behind_the_stated_end_is_refused() {
    let text = sample();
    assert!(
        statement(text.replace("终止日期：[2018年09月13日 00:00:00]", "终止日期：[2018年09月12日 23:00:00]"))
            .is_ok()
    );
    let early_end =
        text.replace("终止日期：[2018年09月13日 00:00:00]", "终止日期：[2018年09月12日 10:00:00]");
    let said = statement(early_end).unwrap_err().to_string();
    assert!(
        said.contains("outside_period from=2018-09-12 to=2018-09-12 10:00:00 value=2018-09-12"),
        "{said}"
    );
    let late_begin =
        text.replace("起始日期：[2018年09月12日 00:00:00]", "起始日期：[2018年09月12日 10:00:00]");
    let said = statement(late_begin).unwrap_err().to_string();
    assert!(said.contains("outside_period from=2018-09-12 10:00:00 to=2018-09-12"), "{said}");
}
