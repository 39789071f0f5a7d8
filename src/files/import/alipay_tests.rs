//! Alipay's trade details by generator: what is read and what is refused.

use super::super::{Codes, Format, Settings, read_bill};
use super::*;

const SAMPLE: &[u8] = include_bytes!("../../../tests/data/alipay-trade-detail-20180912.gbk.csv");

/// The sample as UTF-8.
fn sample() -> String {
    encoding_rs::GBK.decode(SAMPLE).0.into_owned()
}

fn bill(bytes: impl AsRef<[u8]>) -> Result<(Vec<StatementLine>, BillSummary), FileError> {
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
    match read_bill(bytes.as_ref(), "a.csv", &settings, Format::AlipayTrade, &mut each) {
        Ok(summary) => Ok((found, summary)),
        Err(ReadError::File(error)) => Err(*error),
        Err(ReadError::Each(())) => unreachable!(),
    }
}

#[test]
fn the_sample_reads_whole() {
    let (found, summary) = bill(SAMPLE).unwrap();
    assert_eq!((summary.rows, summary.pay_count, summary.refund_count), (4, 3, 1));
    assert_eq!((summary.pay_minor, summary.refund_minor, summary.fee_minor), (26_540, 8_000, 111));
    assert_eq!(summary.head.day.unwrap().to_string(), "2018-09-12");
    assert_eq!(summary.head.merchant_id.as_deref(), Some("20881000000000000156"));
    let (pay, refund) = (&found[0], &found[3]);
    assert_eq!((pay.line, pay.channel_ref.as_str(), pay.fee_minor), (6, "SYN20180912A001", 120));
    assert_eq!(pay.channel_no, "2018091222001400000000000001");
    assert_eq!(pay.occurred_at.to_string(), "2018-09-12T09:30:05+08:00");
    assert_eq!((refund.kind, refund.channel_ref.as_str()), (LineKind::Refund, "SYN20180912AR01"));
    assert_eq!(refund.original_ref.as_ref().unwrap().as_str(), "SYN20180912A001");
    assert_eq!((refund.amount_minor, refund.fee_minor), (8_000, -48));
}

#[test]
fn generators_differ_and_mean_the_same() {
    let plain = bill(SAMPLE).unwrap();
    let text = sample();
    let positive_costs = ["1.20", "0.27", "0.12"]
        .iter()
        .fold(text.clone(), |text, cost| text.replace(&format!(",-{cost},"), &format!(",{cost},")));
    for variant in [
        text.clone(),
        format!("\u{feff}{}", text.replace("\r\n", "\n")),
        text.replace('（', "(").replace('）', ")"),
        text.replace('\t', ""),
        text.replace("2018年09月13日 00:00:00]\r\n#--", "2018年09月12日 23:59:59]\r\n#--"),
        text.replace("\t,账户充值,", "\t,\"账户,充值\","),
        text.replace("\t,账户充值,", "\t,\"特价\"充值,"),
        text.replace("\t,-80.00,-80.00,", "\t,80.00,80.00,"),
        text.replace("\t,0.48,", "\t,-0.48,"),
        positive_costs,
    ] {
        assert_eq!(bill(&variant).unwrap(), plain, "{variant}");
    }
}

#[test]
fn a_day_without_trades_is_an_empty_bill_of_that_day() {
    let text: String = sample()
        .lines()
        .filter(|line| line.starts_with('#') || line.starts_with("支付宝交易号"))
        .map(|line| format!("{line}\r\n"))
        .collect();
    let text = text.replace("3笔，商家实收共265.40", "0笔，商家实收共0.00");
    let text = text.replace("1笔，商家实收退款共-80.00", "0笔，商家实收退款共0.00");
    let (found, summary) = bill(text).unwrap();
    assert_eq!((found.len(), summary.rows), (0, 0));
    assert_eq!(summary.head.day.unwrap().to_string(), "2018-09-12");
}

#[test]
fn each_mistake_has_its_line_and_reason() {
    let text = sample();
    let cases: &[(&str, &str, Option<u64>, &str)] = &[
        ("#起始日期", "#期间", None, "preamble_missing"),
        ("终止日期：[2018年09月13日", "终止日期：[2018年09月14日", Some(3), "more_than_one_day"),
        ("终止日期：[2018年09月13日", "终止日期：[2018年09月31日", Some(3), "bad_time"),
        ("完成时间", "结束时间", Some(5), "missing_column"),
        ("交易\t", "转账\t", Some(6), "unknown_word"),
        ("200.00,200.00", "-200.00,200.00", Some(6), "negative_amount"),
        ("-0.27", "0.27", Some(7), "mixed_signs"),
        ("2018-09-12 23:59:58", "2018-09-13 00:00:00", Some(8), "outside_day"),
        ("SYN20180912AR01", "5.2E+27", Some(9), "scientific_notation"),
        ("SYN20180912A003\t,", "", Some(8), "too_few_fields"),
        ("#交易合计：3笔", "#交易合计：4笔", Some(11), "footer_count"),
        ("商家实收共265.40", "商家实收共265.41", Some(11), "footer_sum"),
        ("商家优惠共0.00", "商家优惠共0.01", Some(11), "footer_sum"),
        ("商家实收退款共-80.00", "商家实收退款共-80.01", Some(12), "footer_sum"),
        ("#退款合计", "#退款", Some(13), "footer_missing"),
        ("3笔，", "三笔，", Some(11), "bad_footer"),
    ];
    for (from, to, line, key) in cases {
        assert!(text.contains(from), "{from}");
        let error = bill(text.replacen(from, to, 1)).unwrap_err();
        assert_eq!((error.line, error.reason.key()), (*line, *key), "{from} → {to}: {error}");
    }
    let cut = text.split_once("#---").unwrap().1.split_once("#---").unwrap().0.len();
    let cut = &text[..text.find("#---").unwrap() + 4 + cut];
    assert_eq!(bill(cut).unwrap_err().reason.key(), "footer_missing");
    assert_eq!(bill(format!("{text}{text}")).unwrap_err().reason.key(), "text_after_footer");
}

#[test]
fn more_received_than_ordered_and_the_header_once_more_are_refused() {
    let text = sample();
    let more = text.replacen(",200.00,200.00,", ",200.00,210.00,", 1).replacen("265.40", "275.40", 1);
    let error = bill(more).unwrap_err();
    assert_eq!(
        (error.line, error.column.unwrap().number, error.reason.key()),
        (Some(6), 13, "received_too_much")
    );
    let header = text.lines().nth(4).unwrap();
    let twice = bill(text.replacen(header, &format!("{header}\r\n{header}"), 1)).unwrap_err();
    assert_eq!((twice.line, twice.reason.key()), (Some(6), "header_again"));
}

#[test]
fn a_bill_that_ends_before_its_day_does_says_until_when_it_covers() {
    let text = sample();
    assert_eq!(bill(&text).unwrap().1.head.until, None);
    for (from, to) in [
        ("2018年09月13日 00:00:00]\r\n#--", "2018年09月12日 18:00:00]\r\n#--"),
        ("导出时间：[2018年09月13日 05:46:49]", "导出时间：[2018年09月12日 18:00:00]"),
    ] {
        let until = bill(text.replace(from, to)).unwrap().1.head.until.unwrap();
        assert_eq!(until.to_string(), "2018-09-12T18:00:00+08:00", "{to}");
    }
}

#[test]
fn a_refund_without_a_number_of_its_own_has_the_orders() {
    let text = sample().replacen("SYN20180912AR01", "", 1);
    let refund = bill(text).unwrap().0.swap_remove(3);
    assert_eq!((refund.kind, refund.channel_ref.as_str()), (LineKind::Refund, "SYN20180912A001"));
    assert_eq!(refund.original_ref.unwrap().as_str(), "SYN20180912A001");
    // Other refunds of the order have Alipay's number of the payment too, so time and amount tell it apart.
    let number = &refund.channel_no;
    assert!(
        number.ends_with(&format!("-{}", refund.amount_minor)) && number.contains("-20180912"),
        "{number}"
    );
}

#[test]
fn what_the_merchant_bears_is_not_received_and_what_alipay_bears_is() {
    // The second payment of 45.50: 5.50 by the merchant; 2.00, 0.30 and 0.20 by Alipay. Of the refund of 80.00
    // the merchant bears 8.00.
    let text = sample()
        .replace(",45.50,45.50,0.00,0.00,0.00,0.00,", ",45.50,40.00,2.00,0.30,0.20,5.50,")
        .replace(",-80.00,-80.00,0.00,0.00,0.00,0.00,", ",-80.00,-72.00,0.00,0.00,0.00,-8.00,")
        .replace("商家实收共265.40元，商家优惠共0.00元", "商家实收共259.90元，商家优惠共5.50元")
        .replace(
            "商家实收退款共-80.00元，商家优惠退款共0.00元",
            "商家实收退款共-72.00元，商家优惠退款共-8.00元",
        );
    let (found, summary) = bill(&text).unwrap();
    let amounts = |line: &StatementLine| {
        (line.amount_minor, line.merchant_discount_minor, line.channel_discount_minor, line.paid_minor())
    };
    assert_eq!(amounts(&found[0]), (20_000, 0, 0, 20_000));
    assert_eq!(amounts(&found[1]), (4_550, 550, 250, 4_000));
    assert_eq!(amounts(&found[3]), (8_000, 800, 0, 7_200));
    assert_eq!((summary.pay_minor, summary.refund_minor), (25_990, 7_200), "what Alipay pays");
}
