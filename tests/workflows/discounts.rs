//! What a channel pays of an order: discounts by who bears them, from the bill to the last finding.

use super::scenarios::fixture::{noted, put_right};
use crate::support::{Shop, TRADES, data};
use serde_json::Value;

const COUPON: &str = "wechat-coupon-20180912.csv";
const DISCOUNTS: &str = "alipay-discounts-20180912.gbk.csv";

/// A ledger with these trades, posted, and a bill.
fn billed(trades: &str, bill: &str) -> Shop {
    let shop = Shop::empty();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    shop.done(&["import", "bill", &data(bill)]);
    shop
}

/// Trades and causes of the findings, in order.
fn found(shop: &Shop) -> String {
    let mut found: Vec<String> =
        shop.findings(&[]).into_iter().map(|(trade, cause)| format!("{trade} {cause}")).collect();
    found.sort();
    found.join(", ")
}

/// Has the planner's proposals for all findings carried out.
fn put_all_right(shop: &Shop) {
    let found = shop.run(&["findings", "--json"]).parsed();
    for finding in found.as_array().unwrap() {
        put_right(shop, finding["finding"].as_str().unwrap());
    }
}

/// What the channel's side of the day adds up to, payments and refunds.
fn theirs(shop: &Shop, channel: &str) -> i64 {
    let told = shop.run(&["reconcile", "--channel", channel, "--day", "2018-09-12", "--json"]).parsed();
    let sum = |count: &Value| {
        ["theirs_minor", "their_refunds_minor"].map(|way| count[way].as_i64().unwrap()).iter().sum::<i64>()
    };
    told["counts"].as_array().unwrap().iter().map(sum).sum()
}

/// A payment by WeChat; the channel's reference is CP and the digit of its number.
fn pay(number: &str, amount: &str, fee: &str) -> String {
    let reference = number.replace('C', "CP");
    format!(
        "{number},pay,direct,WECHAT,{reference},,{amount},CNY,{fee},A,M7,2018-09-12 09:05:00,SUCCESS,UNCLEARED\n"
    )
}

#[test]
fn a_coupon_that_pays_the_whole_order_was_a_line_that_no_step_could_end() {
    // Whatever our list has of it: nothing, 0.00, or the order.
    for (order, before) in [
        (String::new(), ""),
        (pay("C3", "0.00", "0.00"), ""),
        (pay("C3", "9.90", "0.00"), "C3 merchant_discount"),
    ] {
        let shop = billed(&[pay("C2", "100.00", "0.60"), order.clone()].concat(), COUPON);
        assert_eq!(found(&shop), before);
        put_all_right(&shop);
        assert_eq!(found(&shop), "");
        assert_eq!(shop.balance("1101.WECHAT"), 9_940, "{order}");
        assert_eq!(theirs(&shop, "WECHAT"), 10_000, "{order}");
        let reconciled = shop.run(&["reconcile", "--channel", "WECHAT", "--day", "2018-09-12", "--json"]);
        assert_eq!(reconciled.json()["differs"], false, "{order}");
        shop.done(&["day", "close", "2018-09-12"]);
        shop.verified();
    }
}

#[test]
fn a_trade_that_moves_nothing_needs_no_posting_until_its_amount_is_corrected() {
    let shop = billed(&pay("C2", "0.00", "0.00"), COUPON);
    let state = "SELECT posting || ' ' || recon FROM v_trade WHERE trade_no = 'C2'";
    assert_eq!(shop.text(state), "posted amount_diff");
    assert_eq!(shop.number("SELECT count(*) FROM v_event"), 0);
    assert_eq!(found(&shop), "C2 amount_diff", "the channel pays 100.00");
    put_all_right(&shop);
    assert_eq!((found(&shop), shop.balance("1101.WECHAT")), (String::new(), 9_940));
    assert_eq!(shop.text(state), "reposted matched");
    shop.verified();
    let unlisted = billed(&[pay("C2", "100.00", "0.60"), pay("C9", "0.00", "0.00")].concat(), COUPON);
    let recon = unlisted.text("SELECT recon FROM v_trade WHERE trade_no = 'C9'");
    assert_eq!(recon, "matched", "the channel need not list it");
}

#[test]
fn the_channels_account_is_compared_with_what_the_channel_pays() {
    let row = |number: &str, kind: &str, refs: &str, amount: &str, fee: &str, time: &str| {
        format!(
            "{number},{kind},,ALIPAY,{refs},{amount},CNY,{fee},A,M7,2018-09-12 {time},SUCCESS,UNCLEARED\n"
        )
    };
    let refund = |amount: &str| row("DR1", "refund", "ADR1,AD1", amount, "-0.27", "15:00:00");
    // 90.00 + 100.00 - 45.00 + 0.00, less fees of 0.54 + 0.60 - 0.27.
    let (paid, theirs_minor) = (14_413, 9_000 + 10_000 + 4_500);
    let received = [
        row("D1", "pay", "AD1,", "90.00", "0.54", "08:00:10"),
        row("D2", "pay", "AD2,", "100.00", "0.60", "08:00:20"),
        refund("45.00"),
    ]
    .concat();
    let shop = billed(&received, DISCOUNTS);
    assert_eq!((found(&shop), shop.balance("1102.ALIPAY")), (String::new(), paid));
    assert_eq!(theirs(&shop, "ALIPAY"), theirs_minor);
    let order = [
        row("D1", "pay", "AD1,", "100.00", "0.54", "08:00:10"),
        row("D2", "pay", "AD2,", "100.00", "0.60", "08:00:20"),
        refund("50.00"),
        row("D3", "pay", "AD3,", "9.90", "0.00", "08:00:30"),
    ]
    .concat();
    let shop = billed(&order, DISCOUNTS);
    assert_eq!(found(&shop), "D1 merchant_discount, D3 merchant_discount, DR1 merchant_discount");
    assert_eq!(theirs(&shop, "ALIPAY"), theirs_minor, "whatever our trades say");
    put_all_right(&shop);
    assert_eq!((found(&shop), shop.balance("1102.ALIPAY")), (String::new(), paid));
    // Of 159.90 the merchant bore 10.00 + 9.90 - 5.00; our fee of 1 % is on what it received.
    assert_eq!(shop.balance("2002.M7"), 15_990 - 1_490 - (90 + 100));
    shop.verified();
}

#[test]
fn an_order_that_a_coupon_pays_whole_is_not_cleared_and_holds_up_no_day() {
    let trades =
        [pay("C2", "100.00", "0.60"), pay("C3", "9.90", "0.00").replace("UNCLEARED", "CLEARED")].concat();
    let shop = billed(&trades, COUPON);
    shop.done(&["clear"]);
    assert_eq!(shop.balance("2003.M7"), 9_900 + 980);
    put_all_right(&shop);
    assert_eq!((found(&shop), shop.balance("2003.M7")), (String::new(), 9_900));
    assert_eq!(shop.json(&["clear"])["refused"], serde_json::json!([]), "nothing is to be cleared");
    let case = shop.json(&["case", "open", "--trade", "C3"])["case_no"].as_str().unwrap().to_owned();
    shop.run(&["stage", "supplement", "C3", "--event", "cleared", "--case", &case]).refused("STORNO-NOT-DUE");
    shop.done(&["case", "withdraw", &case]);
    shop.done(&["day", "close", "2018-09-12"]);
    shop.verified();
}

#[test]
fn a_payment_that_failed_with_us_alone_is_posted_with_its_discount_at_once() {
    let shop = billed(&pay("C3", "9.90", "0.00").replace("SUCCESS", "FAILED"), COUPON);
    assert_eq!(found(&shop).matches("long").count(), 2, "CP2 and C3: {}", found(&shop));
    let finding = shop.text("SELECT 'long/C3'");
    assert_eq!(put_right(&shop, &finding), ["status", "repost"]);
    assert_eq!(shop.findings(&["--trade", "C3"]), []);
    assert_eq!(
        (shop.balance("2002.M7"), shop.number("SELECT count(*) FROM v_account WHERE code = '1101.WECHAT'")),
        (0, 0)
    );
}

#[test]
fn a_line_that_only_the_channel_has_is_recorded_as_it_is_paid() {
    let shop = billed(&pay("D9", "1.00", "0.00").replace("WECHAT", "ALIPAY"), DISCOUNTS);
    let case = noted(&shop);
    shop.done(&[
        "stage",
        "record",
        "ALIPAY",
        "AD1",
        "--as",
        "D1",
        "--kind",
        "pay",
        "--customer",
        "A",
        "--merchant",
        "M7",
        "--case",
        &case,
    ]);
    shop.done(&["stage", "supplement", "D1", "--case", &case]);
    shop.done(&["stage", "park", "--line", "ALIPAY/AD2", "--case", &case]);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    let state = "SELECT amount_minor || ' ' || recon FROM v_trade WHERE trade_no = 'D1'";
    assert_eq!(shop.text(state), "10000 matched");
    assert_eq!(shop.balance("2190"), 10_000, "Alipay bears the discount of AD2 and pays it");
    assert_eq!(shop.balance("1102.ALIPAY"), 100 + (9_000 - 54) + (10_000 - 60));
}

#[test]
fn a_trade_list_may_tell_the_discount_itself() {
    let rows = [pay("C2", "100.00", "0.60"), pay("C3", "9.90", "0.00")];
    let [first, second] = rows.each_ref().map(|row| row.trim_end());
    let list = format!("{},merchant_discount\n{first},\n{second},9.90\n", TRADES.trim_end());
    let shop = Shop::empty();
    shop.done(&["import", "trades", &shop.file("trades.csv", &list)]);
    shop.done(&["post"]);
    shop.done(&["import", "bill", &data(COUPON)]);
    assert_eq!((found(&shop), shop.balance("1101.WECHAT")), (String::new(), 9_940));
    let discount = "SELECT merchant_discount_minor FROM trade WHERE trade_no = 'C3'";
    assert_eq!(shop.number(discount), 990);
    // A later list that says otherwise is a claim; the channel's line proves what is known.
    shop.done(&["import", "trades", &shop.file("again.csv", list.replace("9.90\n", "9.80\n"))]);
    assert_eq!(found(&shop), "C3 facts_differ");
    put_all_right(&shop);
    assert_eq!((found(&shop), shop.number(discount)), (String::new(), 990));
    // A list without the discount, which the channel has: its plan follows the channel.
    let unknown = billed(&[pay("C2", "100.00", "0.60"), pay("C3", "9.90", "0.00")].concat(), COUPON);
    unknown.done(&["import", "trades", &unknown.file("later.csv", &list)]);
    assert_eq!(found(&unknown), "C3 facts_differ, C3 merchant_discount");
    put_right(&unknown, "facts_differ/C3/merchant_discount");
    assert_eq!((found(&unknown), unknown.balance("1101.WECHAT")), (String::new(), 9_940));
}

#[test]
fn a_discount_that_the_rules_do_not_book_is_found_and_not_planned() {
    let rules = include_str!("../../assets/templates/cn-wallet/rules.toml");
    let silent = rules.replace("paid = \"amount - merchant_discount\"", "paid = \"amount\"");
    let silent: Vec<&str> =
        silent.lines().filter(|line| !line.contains("amount = \"merchant_discount\"")).collect();
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--rules", &shop.file("rules.toml", silent.join("\n"))]);
    let trades = [pay("C2", "100.00", "0.60"), pay("C3", "9.90", "0.00")].concat();
    shop.done(&["import", "trades", &shop.file("trades.csv", format!("{TRADES}{trades}"))]);
    shop.done(&["post"]);
    shop.done(&["import", "bill", &data(COUPON)]);
    assert_eq!(found(&shop), "C3 merchant_discount");
    let plan = shop.json(&["plan", "C3"]);
    assert_eq!(plan["steps"], serde_json::json!([]), "nothing is taken from anybody: {plan}");
    assert!(plan.to_string().contains("load rules whose lines use merchant_discount"), "{plan}");
}

#[test]
fn a_discount_is_corrected_by_hand_only_as_far_as_the_channel_proves_it() {
    let shop = billed(&[pay("C2", "100.00", "0.60"), pay("C3", "9.90", "0.00")].concat(), COUPON);
    let voucher = shop.text("SELECT voucher_no FROM v_voucher WHERE trade_no = 'C3'");
    let case = shop.json(&["case", "open", "--trade", "C3"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "reverse", &voucher, "--case", &case]);
    let stage = |set: &str| shop.run(&["stage", "repost", "C3", "--set", set, "--case", &case]);
    stage("merchant_discount=9.91").refused("STORNO-REASON-REQUIRED");
    stage("merchant_discount=9.80").refused("STORNO-REASON-REQUIRED");
    stage("merchant_discount=-1.00").refused("STORNO-BAD-VALUE");
    let more =
        ["stage", "repost", "C3", "--set", "merchant_discount=9.91", "--set", "reason=x", "--case", &case];
    shop.run(&more).refused("STORNO-BAD-VALUE");
    assert_eq!(stage("merchant_discount=9.90").code, 0);
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(found(&shop), "");
}
