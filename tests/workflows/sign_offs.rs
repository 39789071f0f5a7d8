//! Days of an account signed off: what it takes, what is kept of it, and what changes afterwards.

use crate::support::{Ran, Shop, data};
use serde_json::Value;

const ACCOUNT: &str = "1101.WECHAT";
const LATER: &str = "2018-09-15T12:00:00+08:00";

/// Imports statements of the account.
fn import(shop: &Shop, file: &str) {
    shop.json(&["import", "account", file, "--account", ACCOUNT, "--number", "1900000109", "--now", LATER]);
}

fn sign(shop: &Shop, day: &str, rest: &[&str]) -> Ran {
    let command = ["reconcile", "--account", ACCOUNT, "--day", day, "--sign-off", "--json", "--now", LATER];
    shop.run(&[&command, rest].concat())
}

const KEPT: [&str; 6] = ["--holder", "op3", "--due", "2018-09-20", "--note", "asked the channel"];

#[test]
fn two_people_sign_every_open_item() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    sign(&shop, "2018-09-12", &[]).refused("STORNO-REASON-REQUIRED");
    sign(&shop, "2018-09-12", &KEPT[..4]).refused("STORNO-REASON-REQUIRED");
    let early = ["--holder", "op3", "--due", "2018-09-11", "--note", "x"];
    sign(&shop, "2018-09-12", &early).refused("STORNO-BAD-VALUE");
    let asked = sign(&shop, "2018-09-12", &KEPT).parsed();
    assert_eq!(asked["state"], "asked");
    sign(&shop, "2018-09-12", &[]).refused("STORNO-FOUR-EYES");
    let signed = sign(&shop, "2018-09-12", &["--operator", "op2"]).parsed();
    assert_eq!((&signed["state"], &signed["operator"]), (&"signed".into(), &"op2".into()));
    assert_eq!(signed["first"]["reason"], "asked the channel");
    let report = &signed["report"];
    let day = report["days"].as_array().unwrap().last().unwrap();
    let minor = |value: &Value| value.as_i64().unwrap();
    let items = report["items"].as_array().unwrap();
    let effect: i64 = items
        .iter()
        .map(|item| {
            if item["side"] == "ours" { -minor(&item["amount_minor"]) } else { minor(&item["amount_minor"]) }
        })
        .sum();
    // What was there at the start is an item as any other.
    assert_eq!(minor(&day["difference_minor"]), effect);
    let start = items.iter().find(|item| item["side"] == "at_start").unwrap();
    assert_eq!((&start["amount_minor"], &start["holder"]), (&day["at_start_minor"], &"op3".into()));
    assert!(items.iter().all(|item| item["in_transit"] == true || item["holder"] == "op3"), "{items:?}");
    assert_eq!(minor(&report["backlog"]["now"]["count"]), i64::try_from(items.len()).unwrap());
    // Signed again it is the same, and nothing is added.
    assert_eq!(sign(&shop, "2018-09-12", &[]).parsed()["id"], signed["id"]);
    let list = shop.json(&["reconcile", "--sign-offs"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    // What was signed is not taken away by one person.
    let withdraw = ["account-statement", "withdraw", "1", "--reason", "wrong file", "--now", LATER];
    let proposed = shop.json(&withdraw);
    assert_eq!(
        (&proposed["statement"]["state"], &proposed["rests"]["closed_day"]),
        (&"standing".into(), &"2018-09-12".into())
    );
    shop.verified();
}

#[test]
fn what_was_signed_is_shown_again_byte_for_byte_and_what_changed_is_named() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    sign(&shop, "2018-09-12", &KEPT).json();
    let signed = sign(&shop, "2018-09-12", &["--operator", "op2"]).out;
    let as_of = ["reconcile", "--account", ACCOUNT, "--as-of", "2018-09-12", "--json"];
    assert_eq!(shop.run(&as_of).out, signed);
    let now = ["reconcile", "--account", ACCOUNT, "--json"];
    let since = |shop: &Shop| shop.run(&now).parsed()["signed"].clone();
    let empty = |value: &Value| value.as_array().is_some_and(Vec::is_empty);
    let before = since(&shop);
    assert!(
        empty(&before["changed"]) && empty(&before["vouchers"]) && empty(&before["statements"]),
        "{before}"
    );
    // A correction on the signed day moves its balance.
    let case = shop.approved_case("T0003");
    shop.done(&["commit", &case]);
    let changed = since(&shop);
    let vouchers = changed["vouchers"].as_array().unwrap();
    assert_eq!(vouchers.len(), 1, "{changed}");
    assert_eq!(
        (&vouchers[0]["amount_minor"], &vouchers[0]["case_no"]),
        (&8_835.into(), &case.as_str().into())
    );
    assert_eq!(changed["changed"][0]["day"], "2018-09-12");
    assert_eq!(shop.run(&as_of).out, signed);
    // The newest day is signed again with what changed; the old report stays in the list.
    let noted = ["--note", "T0003 is booked"];
    let other = ["--holder", "op9", "--due", "2018-09-30", "--note", "x"];
    sign(&shop, "2018-09-12", &other).refused("STORNO-BAD-VALUE");
    sign(&shop, "2018-09-12", &noted).json();
    sign(&shop, "2018-09-12", &["--operator", "op2"]).json();
    let list = shop.json(&["reconcile", "--sign-offs"]);
    let numbers: Vec<String> = list.as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
    assert_eq!(numbers.len(), 2);
    // Each of the two is shown by its number, the older one as it was.
    let numbered = |n: &str| shop.run(&[&as_of[..], &["--sign-off-no", n]].concat());
    assert_eq!(numbered(&numbers[1]).out, signed);
    assert_eq!(numbered(&numbers[0]).out, shop.run(&as_of).out);
    assert_ne!(numbered(&numbers[0]).out, signed);
    numbered("99").refused("STORNO-NOT-FOUND");
    let after = since(&shop);
    assert!(empty(&after["changed"]) && empty(&after["vouchers"]), "{after}");
}

#[test]
fn an_open_item_changes_hands_before_its_day_by_two_people() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    sign(&shop, "2018-09-12", &KEPT).json();
    let before = sign(&shop, "2018-09-12", &["--operator", "op2"]).json();
    let keepers = |signed: &Value| -> Vec<(String, String)> {
        let items = signed["report"]["items"].as_array().unwrap().iter();
        let word = |value: &Value| value.as_str().unwrap_or("–").to_owned();
        items.map(|item| (word(&item["side"]), word(&item["holder"]))).collect()
    };
    assert!(keepers(&before).iter().all(|(_, holder)| holder == "op3" || holder == "–"));
    let to = ["--holder", "op9", "--due", "2018-09-25", "--note", "op3 is on leave"];
    sign(&shop, "2018-09-12", &[&to[..], &["--item", "V09999"]].concat()).refused("STORNO-NOT-FOUND");
    let unused = sign(&shop, "2018-09-12", &to);
    assert!(unused.refused("STORNO-BAD-VALUE").err.contains("--item"), "{unused:?}");
    let asked = sign(&shop, "2018-09-12", &[&to[..], &["--item", "start"]].concat()).json();
    assert_eq!(asked["state"], "asked");
    let after = sign(&shop, "2018-09-12", &["--operator", "op2"]).json();
    assert_eq!((&after["state"], &after["note"]), (&"signed".into(), &"op3 is on leave".into()));
    for (side, holder) in keepers(&after) {
        assert!(holder == if side == "at_start" { "op9" } else { "op3" } || holder == "–", "{after}");
    }
    // Who saw to it before stays in the list.
    let number = before["id"].to_string();
    let as_of = ["reconcile", "--account", ACCOUNT, "--as-of", "2018-09-12", "--sign-off-no", &number];
    assert_eq!(keepers(&shop.json(&as_of)), keepers(&before));
    let read_only = sign(&shop, "2018-09-12", &["--read-only"]);
    assert!(read_only.refused("STORNO-USAGE").err.contains("This command writes"), "{read_only:?}");
}

#[test]
fn a_day_is_signed_only_if_its_statements_go_on_and_explain_it() {
    let shop = Shop::sample();
    shop.done(&[
        "import",
        "account",
        &data("wechat-fundflow-20180912.csv"),
        "--account",
        ACCOUNT,
        "--now",
        LATER,
    ]);
    let missing = sign(&shop, "2018-09-14", &KEPT);
    assert!(missing.refused("STORNO-NOT-RECONCILED").err.contains("no statement stands"), "{missing:?}");
    sign(&shop, "2018-09-12", &KEPT).json();
    sign(&shop, "2018-09-12", &["--operator", "op2"]).json();
    // The next statement does not begin where this one ended.
    let head = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\n";
    let foot = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`1,`1,`1.00,`0,`0.00\n";
    let gap = "`2018-09-13 09:00:00,`N1,`F1,`交易,`交易,`收入,`1.00,`9.00,`system,`,`W1\n";
    let file = shop.file("gap.csv", format!("{head}{gap}{foot}"));
    shop.done(&["import", "account", &file, "--account", ACCOUNT, "--now", LATER]);
    let refused = sign(&shop, "2018-09-13", &KEPT);
    assert!(refused.refused("STORNO-NOT-RECONCILED").err.contains("balance forward"), "{refused:?}");
    // A day before the newest signed one is not signed by itself, nor one that has not come.
    sign(&shop, "2018-09-16", &KEPT).refused("STORNO-BAD-VALUE");
    let whole = "`2018-09-13 09:00:00,`N1,`F1,`交易,`交易,`收入,`1.00,`1363.69,`system,`,`W1\n";
    let file = shop.file("whole.csv", format!("{head}{whole}{foot}"));
    let supersede = ["--supersede", "--reason", "the first file was cut", "--now", LATER];
    shop.done(&[&["import", "account", &file, "--account", ACCOUNT], supersede.as_slice()].concat());
    sign(&shop, "2018-09-13", &KEPT).json();
    let signed = sign(&shop, "2018-09-13", &["--operator", "op2"]).json();
    assert_eq!((&signed["first_day"], &signed["day"]), (&"2018-09-13".into(), &"2018-09-13".into()));
    // Holders stay with their items; what is open adds up from one sign-off to the next.
    let count = |key: &str| signed["report"]["backlog"][key]["count"].as_i64().unwrap();
    assert_eq!(count("before") + count("new") - count("closed"), count("now"));
    assert!(count("before") > 0 && count("new") > 0, "{signed}");
    sign(&shop, "2018-09-12", &KEPT).refused("STORNO-NOT-RECONCILED");
}

#[test]
fn the_reconciliation_statement_comes_to_one_balance_in_every_form_and_language() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    let report = |name: &str, lang: &str| {
        let path = shop.path(name);
        let path = path.to_str().unwrap();
        shop.done(&[
            "reconcile",
            "--account",
            ACCOUNT,
            "--day",
            "2018-09-12",
            "--report",
            path,
            "--lang",
            lang,
        ]);
        std::fs::read_to_string(path).unwrap()
    };
    let markdown = report("r.md", "en");
    let adjusted = markdown.lines().find(|line| line.starts_with("| **Adjusted")).unwrap();
    let cells: Vec<&str> = adjusted.split('|').map(str::trim).collect();
    assert_eq!(cells[2], cells[4], "{adjusted}");
    assert!(markdown.contains("wechat-fundflow-20180912.csv:6"), "{markdown}");
    let html = report("r.html", "zh-CN");
    assert!(html.contains("<html lang=\"zh-CN\">") && html.contains("调节后余额"), "{html}");
    let csv = report("r.csv", "zh-CN");
    assert!(csv.starts_with("\u{feff}余额调节表\r\n"), "{csv}");
    // No file is overwritten, and an ending that says no form is refused.
    let path = shop.path("r.md");
    shop.run(&["reconcile", "--account", ACCOUNT, "--report", path.to_str().unwrap()])
        .refused("STORNO-EXISTS");
    shop.run(&["reconcile", "--account", ACCOUNT, "--report", "r.pdf"]).refused("STORNO-BAD-VALUE");
}

#[test]
fn whatever_changed_on_signed_days_is_told_whenever_the_clock_says_it_was() {
    let shop = Shop::sample();
    import(&shop, &data("wechat-fundflow-20180912.csv"));
    sign(&shop, "2018-09-12", &KEPT).json();
    sign(&shop, "2018-09-12", &["--operator", "op2"]).json();
    let signed = || shop.run(&["reconcile", "--account", ACCOUNT, "--json"]).parsed()["signed"].clone();
    let count = |value: &Value, key: &str| value[key].as_array().unwrap().len();
    assert_eq!((count(&signed(), "opened"), count(&signed(), "closed")), (0, 0));
    // A match by hand that two people make afterwards closes what was open when it was signed.
    let pair = [
        "account-statement",
        "match",
        "--account",
        ACCOUNT,
        "--line",
        "1#1",
        "--line",
        "1#2",
        "--voucher",
        "J00001",
        "--reason",
        "x",
        "--now",
        LATER,
    ];
    let by = |who: &str| shop.done(&[&pair[..], &["--operator", who]].concat());
    by("op1");
    by("op2");
    assert_eq!((count(&signed(), "opened"), count(&signed(), "closed")), (0, 0), "they were no open items");
    // The statement is withdrawn by two people whose clock is behind.
    let early = "2018-09-15T11:00:00+08:00";
    let withdraw = |who: &str| {
        shop.done(&[
            "account-statement",
            "withdraw",
            "1",
            "--reason",
            "wrong",
            "--operator",
            who,
            "--now",
            early,
        ])
    };
    withdraw("op1");
    withdraw("op2");
    let after = signed();
    assert_eq!(count(&after, "statements"), 1, "{after}");
    let told = shop.run(&["reconcile", "--account", ACCOUNT]);
    assert!(told.code == 1 && told.out.contains("withdrawn"), "{told:?}");
    sign(&shop, "2018-09-12", &["--note", "x"]).refused("STORNO-NOT-RECONCILED");
    assert_eq!(shop.json(&["account-statement", "matches"])[0]["state"], "line_gone");
}
