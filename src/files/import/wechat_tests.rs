//! WeChat's bills by generation: what is read and what is refused.

use super::*;
use crate::files::import::{Codes, Format, read_bill};

const SAMPLE: &str = include_str!("../../../tests/data/wechat-trade-ALL-20180912.csv");
const EMPTY_DAY: &str = include_str!("../../../tests/data/wechat-trade-ALL-empty-day.csv");

fn bill(text: impl AsRef<[u8]>) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
    let settings = Settings {
        currency: Currency::CNY,
        zone: TimeZone::UTC,
        codes: Codes::named(),
        profile: None,
        day: None,
    };
    let mut found = Vec::new();
    let mut each = |line| -> Result<(), ()> {
        found.push(line);
        Ok(())
    };
    match read_bill(text.as_ref(), "w.csv", &settings, Format::WechatTrade, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

#[test]
fn the_sample_reads_whole() {
    let (found, summary) = bill(SAMPLE).unwrap();
    assert_eq!((summary.rows, summary.pay_count, summary.refund_count), (8, 5, 3));
    assert_eq!((summary.pay_minor, summary.refund_minor, summary.fee_minor), (53_488, 17_000, 219));
    assert_eq!(summary.head.day.unwrap().to_string(), "2018-09-12");
    assert_eq!(summary.head.merchant_id.as_deref(), Some("1900000109"));
    let (pay, refund, pending) = (&found[0], &found[5], &found[7]);
    assert_eq!((pay.line, pay.kind, pay.status), (2, LineKind::Pay, TradeStatus::Succeeded));
    assert_eq!((pay.channel_ref.as_str(), pay.fee_minor), ("SYN20180912W001", 60));
    assert_eq!(
        pay.occurred_at.to_string(),
        "2018-09-12T09:00:01+08:00",
        "the channel's clock, not the ledger's"
    );
    assert_eq!(
        (refund.channel_ref.as_str(), refund.channel_no.as_str()),
        ("SYN20180912R001", "5000000000020180912000000001")
    );
    assert_eq!(refund.original_ref.as_ref().unwrap().as_str(), "SYN20180912W002");
    assert_eq!((refund.amount_minor, refund.fee_minor), (5_000, -30));
    assert_eq!(pending.status, TradeStatus::Processing);
}

#[test]
fn marks_line_ends_and_wide_colons_make_no_difference() {
    let plain = bill(SAMPLE).unwrap();
    for text in [
        format!("\u{feff}{}", SAMPLE.replace('\n', "\r\n")),
        SAMPLE.replace("`2018-09-12 09:00:01", "`2018-09-12 09：00：01"),
        SAMPLE.replace("账户充值", "充值,\"100`元"),
    ] {
        assert_eq!(bill(&text).unwrap(), plain, "{text}");
    }
}

#[test]
fn the_portals_downloads_are_read_like_the_interfaces() {
    let plain = bill(SAMPLE).unwrap();
    let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let each_field = |change: &dyn Fn(&str) -> String| -> String {
        let line = |line: &str| line.split(',').map(change).collect::<Vec<_>>().join(",");
        SAMPLE.lines().map(|text| line(text) + "\r\n").collect()
    };
    let bare = each_field(&|field| field.trim_start_matches('`').to_owned());
    let quoted = each_field(&|field| format!("\"{field}\""));
    let both = each_field(&|field| format!("\"{}\t\"", field.trim_start_matches('`')));
    let colons = SAMPLE.replace("交易时间,", "交易时间：,").replace("总交易单数,", "总交易单数：,");
    for text in [bare.as_str(), &quoted, &both, &colons, &format!("\u{feff}{quoted}")] {
        assert_eq!(bill(text).unwrap(), plain, "{text}");
    }
    let rare = SAMPLE.replace("账户充值", "𠀀充值");
    for bytes in [gbk(SAMPLE), gbk(&bare), gbk(&quoted), gbk(&colons), gbk(&rare)] {
        assert_eq!(bill(&bytes).unwrap(), plain, "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn figures_without_trailing_zeros_are_read_if_the_footer_adds_up() {
    let bill = |footer: &str| {
        bill(format!(
            "交易时间,微信订单号,商户订单号,交易状态,货币种类,总金额,退款金额,手续费\n\
             `2014-11-10 16：33：45,`1001,`1415,`SUCCESS,`CNY,`3.5,`0,`0\n\
             `2014-11-10 16：46：14,`1002,`1416,`SUCCESS,`CNY,`7,`0,`0.0\n\
             总交易单数,总交易额,总退款金额,手续费总金额\n{footer}"
        ))
    };
    for footer in ["`2,`10.5,`0.0,`0\n", "`2,`10.5,`0,`0", "`2,`10.50,`0.00,`0.0"] {
        let (lines, summary) = bill(footer).unwrap();
        assert_eq!(
            (lines[1].amount_minor, summary.pay_minor, summary.fee_minor),
            (700, 1_050, 0),
            "{footer}"
        );
    }
    for (footer, key) in [
        ("`2,`10.4,`0.0,`0\n", "footer_sum"),
        ("`2,`10,`0.0,`0\n", "footer_sum"),
        ("`2,`10.5,`0.0", "too_few_fields"),
        ("`2,`10.5,`0.0,`", "empty_field"),
        ("", "footer_missing"),
    ] {
        assert_eq!(bill(footer).unwrap_err().reason.key(), key, "{footer}");
    }
}

#[test]
fn a_footer_cut_inside_its_last_figure_is_refused() {
    for cut in [1, 3] {
        let text = SAMPLE.trim_end();
        assert_eq!(bill(&text[..text.len() - cut]).unwrap_err().reason.key(), "bad_footer");
    }
    assert_eq!(bill(SAMPLE.trim_end()).unwrap(), bill(SAMPLE).unwrap());
}

#[test]
fn a_refund_without_a_number_of_ours_goes_by_the_channels() {
    for none in ["`0", "`"] {
        let text = SAMPLE.replacen("`SYN20180912R001", none, 1);
        let refund = bill(&text).unwrap().0.swap_remove(5);
        assert_eq!(refund.channel_ref.as_str(), "5000000000020180912000000001");
        assert_eq!(refund.original_ref.unwrap().as_str(), "SYN20180912W002");
    }
}

#[test]
fn a_day_without_trades_is_an_empty_bill() {
    for text in [
        EMPTY_DAY,
        "<xml>\n<return_code><![CDATA[FAIL]]></return_code>\n<return_msg><![CDATA[No Bill Exist]]></return_msg>\n</xml>",
        "No Bill Exist",
        "{\"code\":\"NO_STATEMENT_EXIST\",\"message\":\"账单文件不存在\"}",
    ] {
        let (found, summary) = bill(text).unwrap();
        assert_eq!((found.len(), summary.rows, summary.head.day), (0, 0, None), "{text}");
    }
    assert_eq!(bill("<xml>\n<a/></xml>").unwrap_err().reason.key(), "unrecognised");
}

#[test]
fn older_and_partial_bills_are_read_by_their_names() {
    let old = "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率\n\
        `2014-11-10 16：33：45,`wx2,`10000100,`0,`1000,`1001,`1415,`085e,`MICROPAY,`SUCCESS,`CFT,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`被扫支付,`订单,`0.00000,`0.60%\n\
        `2014-11-10 16：46：14,`wx2,`10000100,`0,`1000,`1002,`1416,`085e,`MICROPAY,`REVOKED,`CFT,`CNY,`0.00,`0.00,`2001,`R1416,`0.05,`0.00,`ORIGINAL,`SUCCESS,`被扫支付,`订单,`0.00000,`0.60%\n\
        总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额\n\
        `2,`0.01,`0.05,`0.00,`0.00000\n";
    let (found, summary) = bill(old).unwrap();
    assert_eq!((summary.pay_minor, summary.refund_minor), (1, 5));
    assert_eq!((found[1].kind, found[1].channel_ref.as_str()), (LineKind::Revoke, "R1416"));

    let success = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注\n\
        `2018-09-12 09:00:01,`wx8,`19,`0,`,`42,`W1,`o,`JSAPI,`SUCCESS,`OTHERS,`USD,`99.00,`0.00,`x,`,`0.60000,`0.60%,`100.00,`\n\
        总交易单数,应结订单总金额,手续费总金额,订单总金额\n`1,`99.00,`0.60000,`100.00\n";
    let (found, summary) = bill(success).unwrap();
    assert_eq!((found[0].paid_minor(), summary.currency.code()), (9_900, "USD"));
    assert_eq!((found[0].amount_minor, summary.pay_minor), (10_000, 9_900), "the order, and what is paid");
}

#[test]
fn a_refund_with_coupons_moves_its_settlement_amount() {
    let text = SAMPLE
        .replacen("`50.00,`0.00,`ORIGINAL", "`45.00,`10.00,`ORIGINAL", 1)
        .replace("`8,`534.88,`170.00,`0.00", "`8,`534.88,`165.00,`10.00");
    let (found, summary) = bill(&text).unwrap();
    assert_eq!((found[5].paid_minor(), summary.refund_minor), (4_500, 16_500));
    // Of the 50.00 applied for the merchant's own coupon was never paid; the prepaid one is part of the 45.00.
    let refund = &found[5];
    let discounts = (refund.merchant_discount_minor, refund.channel_discount_minor);
    assert_eq!((refund.amount_minor, discounts), (5_000, (500, 1_000)));
}

#[test]
fn coupons_are_told_apart_by_who_bears_them() {
    // Order 100.00 each: paid in money, a prepaid coupon of 8.00, the merchant's of 8.00, both, and all of it.
    for (settled, coupon, amount, merchant, channel) in [
        ("100.00", "0.00", 10_000, 0, 0),
        ("100.00", "8.00", 10_000, 0, 800),
        ("92.00", "8.00", 10_000, 800, 0),
        ("92.00", "20.00", 10_000, 800, 1_200),
        ("0.00", "100.00", 10_000, 10_000, 0),
    ] {
        let text = SAMPLE
            .replacen("`CNY,`100.00,`0.00,", &format!("`CNY,`{settled},`{coupon},"), 1)
            .replace("`8,`534.88,", &format!("`8,`{},", pays_less(settled)));
        let line = &bill(&text).unwrap().0[0];
        let discounts = (line.merchant_discount_minor, line.channel_discount_minor);
        assert_eq!((line.amount_minor, discounts), (amount, (merchant, channel)), "{settled} {coupon}");
        assert!(!line.moves_nothing(), "the channel takes its fee: {settled}");
    }
}

/// The sum of the sample's payments if the first pays this instead of 100.00.
fn pays_less(settled: &str) -> String {
    let minor = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let sum = minor("534.88") - minor("100.00") + minor(settled);
    format!("{}.{:02}", sum / 100, sum % 100)
}

#[test]
fn a_revocation_without_an_amount_revokes_the_discounted_order() {
    let row = |state: &str| {
        SAMPLE.lines().nth(1).unwrap().replace("`SUCCESS", state).replacen(
            "`CNY,`100.00,`0.00,",
            "`CNY,`92.00,`8.00,",
            1,
        )
    };
    let text = SAMPLE
        .replacen(SAMPLE.lines().nth(1).unwrap(), &row("`REVOKED"), 1)
        .replace("`8,`534.88,", "`8,`526.88,");
    let line = &bill(&text).unwrap().0[0];
    assert_eq!((line.kind, line.amount_minor, line.paid_minor()), (LineKind::Revoke, 10_000, 9_200));
}

#[test]
fn the_same_row_twice_is_two_lines() {
    let row = SAMPLE.lines().nth(1).unwrap();
    let text = SAMPLE
        .replacen(row, &format!("{row}\n{row}"), 1)
        .replace("`8,`534.88,`170.00,`0.00,`2.19000,`534.88", "`9,`634.88,`170.00,`0.00,`2.79000,`634.88");
    let found = bill(&text).unwrap().0;
    assert_eq!((found[0].line, found[1].line), (2, 3));
    assert_eq!(found[0].channel_ref, found[1].channel_ref);
}

/// One that was made by hand at the channel has no number of ours.
/// The money has left the merchant all the same.
#[test]
fn a_refund_that_did_not_reach_the_customer_is_done_and_says_so() {
    for state in ["CHANGE", "ABNORMAL"] {
        let text = SAMPLE.replacen("`ORIGINAL,`SUCCESS", &format!("`ORIGINAL,`{state}"), 1);
        let found = bill(&text).unwrap().0;
        let refund = found.iter().find(|line| line.kind == LineKind::Refund).unwrap();
        assert_eq!((refund.status, refund.trouble.as_deref()), (TradeStatus::Succeeded, Some(state)));
    }
}

#[test]
fn each_mistake_has_its_line_column_and_reason() {
    let cases: &[(&str, &str, u64, Option<usize>, &str)] = &[
        ("`SYN20180912W001", "SYN20180912W001", 2, Some(7), "missing_backtick"),
        ("`2018-09-12 09:00:01", "2018-09-12 09:00:01", 2, Some(1), "missing_backtick"),
        ("`2018-09-12 10:15:30", "`2018-09-13 10:15:30", 3, Some(1), "mixed_days"),
        ("`2018-09-12 10:15:30", "`2018-09-12 25:15:30", 3, Some(1), "bad_time"),
        ("`SUCCESS,`OTHERS", "`USERPAYING,`OTHERS", 2, Some(10), "unknown_word"),
        ("`OTHERS,`CNY", "`OTHERS,`RMB", 2, Some(12), "unknown_currency"),
        (
            "15:30,`wx8888888888888888,`1900000109,`0,`,`4200000000201809120000000002,`SYN20180912W002,`oSYNTHETIC0000000000000002,`JSAPI,`SUCCESS,`OTHERS,`CNY",
            "15:30,`wx8888888888888888,`1900000109,`0,`,`4200000000201809120000000002,`SYN20180912W002,`oSYNTHETIC0000000000000002,`JSAPI,`SUCCESS,`OTHERS,`USD",
            3,
            Some(12),
            "mixed_currencies",
        ),
        ("`CNY,`100.00", "`CNY,`-100.00", 2, Some(13), "negative_amount"),
        ("`0.60000", "`0.60500", 2, Some(23), "too_precise"),
        ("`5000000000020180912000000001,`SYN20180912R001", "`0,`", 7, Some(15), "empty_field"),
        ("`4200000000201809120000000001", "`4.20E+27", 2, Some(6), "scientific_notation"),
        ("`1900000109", "`1.9E+09", 2, Some(3), "scientific_notation"),
        ("`SYN20180912R001", "`5.00E+27", 7, Some(16), "scientific_notation"),
        ("`8,`534.88", "`7,`534.88", 11, Some(1), "footer_count"),
        ("`8,`534.88", "`8,`534.87", 11, Some(2), "footer_sum"),
        ("`2.19000", "`2.18000", 11, Some(5), "footer_sum"),
        ("`2.19000,`534.88", "`2.19000,`534.89", 11, Some(6), "footer_sum"),
        ("`8,`534.88", "`many,`534.88", 11, Some(1), "bad_footer"),
        ("微信订单号,", "订单号,", 1, None, "missing_column"),
    ];
    for (from, to, line, column, key) in cases {
        assert!(SAMPLE.contains(from), "{from}");
        let error = bill(SAMPLE.replacen(from, to, 1)).unwrap_err();
        let found = (error.line, error.column.as_ref().map(|column| column.number), error.reason.key());
        assert_eq!(found, (Some(*line), *column, *key), "{from} → {to}: {error}");
    }
    let cut = SAMPLE.split_once("总交易单数").unwrap().0;
    assert_eq!(bill(cut).unwrap_err().reason.key(), "footer_missing");
    assert_eq!(bill(format!("{SAMPLE}{SAMPLE}")).unwrap_err().reason.key(), "text_after_footer");
    let lost: String =
        SAMPLE.lines().enumerate().filter(|(at, _)| *at != 3).map(|(_, line)| format!("{line}\n")).collect();
    let count = Reason::FooterCount { name: COUNT.to_owned(), expected: 8, actual: 7 };
    assert_eq!(bill(&lost).unwrap_err().reason, count);
}

const REFUNDS: &str = include_str!("../../../tests/data/wechat-trade-REFUND-20250312.csv");

#[test]
fn the_header_tells_which_lines_a_bill_lists() {
    assert_eq!(bill(SAMPLE).unwrap().1.head.covers, Coverage::All);
    let (_, summary) = bill(REFUNDS).unwrap();
    assert_eq!(summary.head.covers, Coverage::Refunds);
    let recharge = REFUNDS.replacen("费率备注\n", "费率备注,返还手续费\n", 1).replace(",`\n", ",`,`0.00\n");
    assert_eq!(bill(&recharge).unwrap().1.head.covers, Coverage::RechargeRefunds);
    let columns = [
        "微信退款单号",
        "商户退款单号",
        "退款金额",
        "充值券退款金额",
        "退款类型",
        "退款状态",
        "申请退款金额",
    ];
    let names = EMPTY_DAY.lines().next().unwrap().split(',').filter(|name| !columns.contains(name));
    let names: Vec<_> = names.collect();
    let payments = format!(
        "{}\n总交易单数,应结订单总金额,手续费总金额,订单总金额\n`0,`0.00,`0.00000,`0.00\n",
        names.join(",")
    );
    assert_eq!(bill(&payments).unwrap().1.head.covers, Coverage::Payments);
}

#[test]
fn the_day_of_a_bill_of_refunds_is_that_of_their_applications() {
    let (found, summary) = bill(REFUNDS).unwrap();
    assert_eq!(summary.head.day.unwrap().to_string(), "2025-03-12");
    assert_eq!(found[0].occurred_at.to_string(), "2025-03-12T18:13:10+08:00");
    let late = REFUNDS.replacen("`2025-03-12 18:13:10", "`2025-03-13 18:13:10", 1);
    let error = bill(&late).unwrap_err();
    assert_eq!(
        (error.reason.key(), error.column.unwrap().name.as_deref()),
        ("mixed_days", Some("退款申请时间"))
    );
}

#[test]
fn a_payment_among_refunds_shows_a_bill_of_all() {
    let payment = REFUNDS.lines().nth(1).unwrap().replacen("`REFUND", "`SUCCESS", 1);
    let payment = payment.replacen("`2025-03-10 14:40:09", "`2025-03-12 14:40:09", 1);
    let text = REFUNDS.replacen(REFUNDS.lines().nth(1).unwrap(), &payment, 1);
    let (found, summary) = bill(&text).unwrap();
    assert_eq!((summary.head.covers, found[0].kind), (Coverage::All, LineKind::Pay));
    assert_eq!(found[0].occurred_at.to_string(), "2025-03-12T14:40:09+08:00");
}

#[test]
fn a_line_names_the_merchant_number_of_its_own_merchant() {
    let numbers = |text: &str| {
        let (found, summary) = bill(text).unwrap();
        let lines: Vec<_> = found.into_iter().map(|line| line.merchant_no.unwrap()).collect();
        (lines, summary.head.merchant_id, summary.head.sub_merchant)
    };
    let (lines, merchant, sub) = numbers(REFUNDS);
    assert_eq!((lines[0].as_str(), merchant.as_deref(), sub), ("1623000088", Some("1623000088"), None));
    let (lines, merchant, sub) = numbers(&REFUNDS.replace("`1623000088,`0,", "`1623000088,`1641000001,"));
    assert_eq!(lines[2], "1641000001");
    assert_eq!((merchant.as_deref(), sub.as_deref()), (Some("1623000088"), Some("1641000001")));
    let (lines, _, sub) = numbers(&REFUNDS.replacen("`1623000088,`0,", "`1623000088,`1641000001,", 1));
    assert_eq!((lines[0].as_str(), lines[1].as_str(), sub), ("1641000001", "1623000088", None));
}
