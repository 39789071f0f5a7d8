//! Payouts of channels and the trail of money: grouped by what the file names, received at the bank, and each level's
//! sum equal to that of the one above, or the difference named.

use crate::support::{Ran, Shop};
use serde_json::Value;

const LATER: [&str; 2] = ["--now", "2018-09-15T12:00:00+08:00"];

/// A line of a statement: day, amount in minor units, kind, reference, batch, text.
type Line<'l> = (&'l str, i64, &'l str, &'l str, &'l str, &'l str);

/// Two payments of the sample day with their fees, and their payout.
const BATCH: [Line<'_>; 5] = [
    ("2018-09-12", 10_000, "payment", "SYN20180912W001", "B20180912", ""),
    ("2018-09-12", -60, "fee", "SYN20180912W001", "B20180912", ""),
    ("2018-09-12", 25_000, "payment", "SYN20180912W002", "B20180912", ""),
    ("2018-09-12", -150, "fee", "SYN20180912W002", "B20180912", ""),
    ("2018-09-13", -34_790, "payout", "", "B20180912", ""),
];

const RECEIVED: Line<'_> = ("2018-09-13", 34_790, "payout", "", "", "WECHAT B20180912 settlement");

/// A statement of 12 and 13 September in the plain form, from balance 1,000.00.
fn statement(number: &str, lines: &[Line<'_>]) -> String {
    let yuan = |minor: i64| {
        format!("{}{}.{:02}", if minor < 0 { "-" } else { "" }, minor.abs() / 100, minor.abs() % 100)
    };
    let mut text = "account,holder,currency,from,to,day,time,value_day,amount,balance,kind,words,number,reference,batch,\
                    counterparty,counterparty_account,text\n"
        .to_owned();
    let (mut balance, mut came, mut went) = (100_000, 0, 0);
    for (n, (day, minor, kind, reference, batch, words)) in lines.iter().enumerate() {
        balance += minor;
        if *minor < 0 {
            went -= minor;
        } else {
            came += minor;
        }
        text.push_str(&format!(
            "{number},,CNY,2018-09-12,2018-09-13,{day},,,{},{},{kind},,N{n},{reference},{batch},,,{words}\n",
            yuan(*minor),
            yuan(balance)
        ));
    }
    let sums = [yuan(came), yuan(went), yuan(100_000), yuan(balance)].join(",");
    text.push_str(&format!("total,{},{sums},end\n", lines.len()));
    text
}

fn import(shop: &Shop, account: &str, lines: &[Line<'_>]) {
    let file = shop.file(&format!("{account}.csv"), statement(&format!("N{account}"), lines));
    shop.done(&[&["import", "account", &file, "--account", account], LATER.as_slice()].concat());
}

/// The sample day with the batch at the channel, and what the bank says.
fn shop(channel: &[Line<'_>], bank: &[Line<'_>]) -> Shop {
    let shop = Shop::sample();
    import(&shop, "1101.WECHAT", channel);
    if !bank.is_empty() {
        import(&shop, "1001", bank);
    }
    shop
}

fn told(shop: &Shop, command: &[&str]) -> (i32, Value) {
    let ran: Ran = shop.run(&[command, &["--json"], LATER.as_slice()].concat());
    (ran.code, ran.parsed())
}

fn only(shop: &Shop) -> (i32, Value) {
    let (code, list) = told(shop, &["payout", "list"]);
    (code, list["payouts"][0].clone())
}

/// Returns the levels of the only part of a trail: word, sum, difference.
fn levels(trail: &Value) -> Vec<(&str, i64, Option<i64>)> {
    assert_eq!(trail["parts"].as_array().unwrap().len(), 1, "{trail}");
    let level = |level: &'_ Value| -> (String, i64, Option<i64>) {
        let text = level["stage"].as_str().unwrap().to_owned();
        (text, level["sum_minor"].as_i64().unwrap(), level["difference_minor"].as_i64())
    };
    let words = ["bank", "payout", "lines", "trades", "vouchers", "accounts"];
    let of = trail["parts"][0]["levels"].as_array().unwrap().iter().map(level);
    of.map(|(stage, sum, difference)| (*words.iter().find(|word| **word == stage).unwrap(), sum, difference))
        .collect()
}

#[test]
fn a_batch_leads_from_the_bank_to_the_customers_chain_with_equal_sums() {
    let shop = shop(&BATCH, &[RECEIVED]);
    let (code, payout) = only(&shop);
    assert_eq!((code, &payout["state"], &payout["key"]), (0, &"complete".into(), &"B20180912".into()));
    assert_eq!(
        [
            &payout["earned_minor"],
            &payout["paid_out_minor"],
            &payout["received_minor"],
            &payout["missing_minor"]
        ],
        [&34_790.into(), &34_790.into(), &34_790.into(), &Value::from(0)]
    );
    assert_eq!(
        (&payout["received"][0]["by"], &payout["received"][0]["file"]),
        (&"key".into(), &"1001.csv".into())
    );
    let (_, shown) = told(&shop, &["payout", "show", "B20180912"]);
    let first = &shown["members"][0];
    assert_eq!(
        (&first["line"], &first["file"], &first["trades"], &first["vouchers"]),
        (&2.into(), &"1101.WECHAT.csv".into(), &serde_json::json!(["T0001"]), &serde_json::json!(["J00001"]))
    );
    let whole = [
        ("bank", 34_790, None),
        ("payout", 34_790, Some(0)),
        ("lines", 34_790, Some(0)),
        ("trades", 34_790, Some(0)),
        ("vouchers", 34_790, Some(0)),
        ("accounts", 34_790, Some(0)),
    ];
    // From the payout, its line, and the bank's line by file or by statement.
    for key in [
        "B20180912",
        "1101.WECHAT/N1101.WECHAT/B20180912",
        "1101.WECHAT/2018-09-13#6",
        "1001/2018-09-13#2",
        "4#1",
    ] {
        let (code, trail) = told(&shop, &["trail", key]);
        assert_eq!((code, levels(&trail)), (0, whole.to_vec()), "{key}: {trail}");
    }
    // From what is below one payment: its own part of the levels from the lines down.
    let part = [
        ("bank", 34_790, None),
        ("payout", 34_790, Some(0)),
        ("lines", 9_940, None),
        ("trades", 9_940, Some(0)),
        ("vouchers", 9_940, Some(0)),
        ("accounts", 9_940, Some(0)),
    ];
    for key in ["T0001", "J00001", "SYN20180912W001", "2001.B"] {
        let (code, trail) = told(&shop, &["trail", key]);
        assert_eq!((code, levels(&trail)), (0, part.to_vec()), "{key}: {trail}");
    }
    let (_, trail) = told(&shop, &["trail", "J00001"]);
    let chain = &trail["parts"][0]["levels"][5]["rows"][0];
    assert_eq!(
        (&chain["account"], &chain["seq"], &chain["voucher_no"], &chain["amount_minor"]),
        (&"2001.B".into(), &1.into(), &"J00001".into(), &10_000.into())
    );
    let text = shop.run(&["trail", "J00001"]).out;
    assert!(
        text.contains("1001.csv:2") && text.contains("1101.WECHAT.csv:2") && text.contains("2001.B #1"),
        "{text}"
    );
}

#[test]
fn what_differs_at_a_level_is_named_and_ends_with_one() {
    let with = |change: &dyn Fn(&mut Vec<Line<'static>>, &mut Vec<Line<'static>>)| {
        let (mut channel, mut bank) = (BATCH.to_vec(), vec![RECEIVED]);
        change(&mut channel, &mut bank);
        let (code, payout) = only(&shop(&channel, &bank));
        (code, payout["state"].as_str().unwrap().to_owned(), payout)
    };
    let (code, state, payout) = with(&|_, bank| bank[0].1 = 34_700);
    assert_eq!((code, state.as_str(), &payout["missing_minor"]), (1, "differs", &90.into()));
    let (code, state, payout) = with(&|channel, _| channel[3].1 = -160);
    assert_eq!((code, state.as_str(), &payout["left_minor"]), (1, "differs", &(-10).into()));
    let (code, state, _) = with(&|channel, _| channel[3].2 = "other");
    assert_eq!((code, state.as_str()), (1, "unknown_kind"));
    let (code, state, _) = with(&|_, bank| bank.clear());
    assert_eq!((code, state.as_str()), (0, "in_transit"));
    let (code, state, _) = with(&|channel, bank| {
        channel.pop();
        bank.clear();
    });
    assert_eq!((code, state.as_str()), (0, "unpaid"));
    let (_, state, payout) = with(&|_, bank| bank[0].5 = "");
    assert_eq!((state.as_str(), &payout["received"]), ("in_transit", &serde_json::json!([])));
    assert_eq!(
        (&payout["proposed"]["by"], &payout["proposed"]["line"]),
        (&"amount_and_day".into(), &2.into()),
        "the amount alone is only proposed"
    );
}

#[test]
fn a_line_that_nothing_books_is_a_difference_of_the_trail() {
    let mut channel = BATCH.to_vec();
    channel.insert(4, ("2018-09-12", 8_888, "payment", "SYN20180912W003", "B20180912", ""));
    channel[5].1 -= 8_888;
    let shop = shop(&channel, &[]);
    let (code, trail) = told(&shop, &["trail", "T0003"]);
    let found = [
        ("bank", 0, None),
        ("payout", 43_678, None),
        ("lines", 8_888, None),
        ("trades", 8_835, Some(53)),
        ("vouchers", 0, Some(8_888)),
    ];
    assert_eq!((code, levels(&trail)), (1, found.to_vec()), "{trail}");
    let text = shop.run(&["trail", "T0003"]).out;
    assert!(text.contains("DIFFERS by 88.88 from the lines") && text.contains("(not booked)"), "{text}");
}

#[test]
fn a_day_that_a_payout_names_is_its_group_and_other_payouts_are_told_as_not_grouped() {
    let mut channel: Vec<Line<'_>> =
        BATCH.iter().map(|line| (line.0, line.1, line.2, line.3, "", line.5)).collect();
    channel[4].5 = "settlement of 20180912";
    channel.push(("2018-09-13", -5_000, "payout", "W77", "", ""));
    channel.push(("2018-09-13", -20, "fee", "", "", ""));
    let shop = shop(&channel, &[]);
    let (code, list) = told(&shop, &["payout", "list"]);
    let rows: Vec<(&str, &str, i64)> = list["payouts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["key"].as_str().unwrap(),
                row["state"].as_str().unwrap(),
                row["paid_out_minor"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!((code, rows), (0, vec![("2018-09-12", "in_transit", 34_790), ("W77", "not_grouped", 5_000)]));
    assert_eq!(
        (&list["ungrouped"][0]["lines"], &list["ungrouped"][0]["sum_minor"]),
        (&1.into(), &(-20).into())
    );
    let text = shop.run(&["payout", "list"]).out;
    assert!(text.contains("neither a batch nor the day") && text.contains("1 lines, -0.20"), "{text}");
}

#[test]
fn a_key_that_two_payouts_have_is_asked_for_by_name() {
    let shop = shop(&BATCH, &[]);
    import(&shop, "1102.ALIPAY", &BATCH);
    let refused = shop.run(&[&["payout", "show", "B20180912"], LATER.as_slice()].concat());
    let err = &refused.refused("STORNO-BAD-VALUE").err;
    assert!(err.contains("1101.WECHAT/N1101.WECHAT/B20180912, 1102.ALIPAY/N1102.ALIPAY/B20180912"), "{err}");
    shop.run(&["trail", "B20180912"]).refused("STORNO-BAD-VALUE");
    let (_, shown) = told(&shop, &["payout", "show", "1102.ALIPAY/B20180912"]);
    assert_eq!(shown["payout"]["account"], "1102.ALIPAY");
    shop.run(&["payout", "show", "B9"]).refused("STORNO-NOT-FOUND");
    shop.run(&["trail", "nothing"]).refused("STORNO-NOT-FOUND");
    shop.run(&["trail", "1001/2018-09-13#99"]).refused("STORNO-NOT-FOUND");
}

#[test]
fn a_bank_line_matched_with_the_payouts_voucher_is_its_arrival() {
    let shop = shop(&BATCH, &[("2018-09-13", 34_790, "payout", "", "", "")]);
    let trades = "trade_no,kind,product,channel,out_trade_no,original_out_trade_no,amount,currency,channel_fee,customer,merchant,\
                  trade_time,trade_status,clearing_status\n\
                  S1,settlement,,WECHAT,B20180912,,347.90,CNY,0.00,,,2018-09-13 10:00:00,SUCCESS,UNCLEARED\n";
    shop.done(&[&["import", "trades", &shop.file("settlement.csv", trades)], LATER.as_slice()].concat());
    shop.done(&[&["post", "S1"], LATER.as_slice()].concat());
    let (code, payout) = only(&shop);
    assert_eq!((code, &payout["state"]), (0, &"complete".into()), "{payout}");
    assert_eq!((&payout["received"][0]["by"], &payout["proposed"]), (&"voucher".into(), &Value::Null));
    let text = shop.run(&["trail", "B20180912"]).out;
    assert!(text.contains("complete, 5 lines, booked by V"), "{text}");
    // The channel's payout is no trade of a customer: it leads to all of them.
    let (_, batch) = told(&shop, &["trail", "1101.WECHAT/B20180912"]);
    let (code, trail) = told(&shop, &["trail", "S1"]);
    assert_eq!((code, &trail["start"], levels(&trail)), (0, &"trade".into(), levels(&batch)));
}
