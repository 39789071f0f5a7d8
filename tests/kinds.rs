//! A company whose kinds, events and channels are its own, by files alone: a school that collects fees by
//! instalments through a channel PIX.

use crate::support::place::Place;
use crate::support::{Shop, TRADES};
use serde_json::{Value, json};
use std::path::Path;
use storno::desk::in_force::DEFAULT_POLICY;
use storno::desk::ledger::OpenLedger;
use storno::desk::open::{DEFAULT_CHART, NewLedger};
use storno::domain::money::Currency;
use storno::domain::role::LedgerRole;
use storno::store::settings::Settings;

const CHANNELS: &str = r#"id = "school"
[[channel]]
code = "PIX"
name = "即时支付"
name_en = "Pix"
type = "clearing"
account = "1001"
zone = "America/Sao_Paulo"
"#;

const KINDS: &str = r#"id = "school"
[[kind]]
code = "charge"
name = "收费"
name_en = "school fee"
money = "in"
parties = ["customer"]
statement = { zh = "学费", en = "School fee" }
event = [
  { name = "captured" },
  { name = "instalment", zh = "分期", en = "instalment", after = "captured" },
  { name = "levy", zh = "代征", en = "levy", arises = "clearing", after = "captured" },
]

[[kind]]
code = "waiver"
name = "减免"
name_en = "waiver"
money = "out"
undoes = ["charge"]
undoes_up_to = "any"
event = [{ name = "captured" }]
"#;

const RULES: &str = r#"id = "school"
version = 1
valid_from = "2018-01-01"

[[rule]]
id = "charge.captured"
kind = "charge"
event = "captured"
lines = [
  { side = "debit", account = "{CH}", amount = "amount", part = "principal" },
  { side = "credit", account = "2001.{customer}", amount = "amount", part = "principal" },
]

[[rule]]
id = "charge.instalment"
kind = "charge"
event = "instalment"
lines = [
  { side = "debit", account = "2001.{customer}", amount = "round(amount / 2, 2)", part = "principal" },
  { side = "credit", account = "6001", rest = true, part = "principal" },
]

[[rule]]
id = "charge.levy"
kind = "charge"
event = "levy"
lines = [
  { side = "debit", account = "6401", amount = "round(amount * 0.01, 2)", part = "fee" },
  { side = "credit", account = "1001", rest = true, part = "fee" },
]

[[rule]]
id = "waiver.captured"
kind = "waiver"
event = "captured"
lines = [
  { side = "debit", account = "2001.{customer}", amount = "amount", part = "principal" },
  { side = "credit", account = "{CH}", amount = "amount", part = "principal" },
]
"#;

/// Makes the school's ledger.
fn school() -> Shop {
    let shop = Shop::at(Place::File);
    let new = NewLedger {
        settings: Settings {
            ledger_id: "school".to_owned(),
            name: "school".to_owned(),
            role: LedgerRole::Test,
            currency: Currency::CNY,
            currencies: Vec::new(),
            zone: "Asia/Shanghai".to_owned(),
        },
        policy: DEFAULT_POLICY,
        chart: DEFAULT_CHART,
        channels: ("pix.toml", CHANNELS),
        kinds: ("school.toml", KINDS),
        rules: ("school-rules.toml", RULES),
        calendar: None,
        template: storno::store::settings::StoredTemplate::default(),
    };
    let at = "2018-09-12T08:00:00+08:00".parse().unwrap();
    OpenLedger::create(Path::new(&shop.ledger()), &new, &"admin".parse().unwrap(), at).unwrap();
    shop
}

fn charge(number: &str, customer: &str) -> String {
    format!(
        "{number},charge,,PIX,R{number},,100.00,CNY,0.00,{customer},,2018-09-12 09:00:00,SUCCESS,UNCLEARED\n"
    )
}

fn import(shop: &Shop, rows: &str) {
    shop.done(&["import", "trades", &shop.file("charges.csv", format!("{TRADES}{rows}"))]);
}

/// Event and posting status of each event of a trade, in the order of the list.
fn events(shop: &Shop) -> Vec<(String, String)> {
    let rows = shop.json(&["events"])["rows"].as_array().unwrap().clone();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(row, "event"), text(row, "posting"))).collect()
}

fn pair(event: &str, posting: &str) -> (String, String) {
    (event.to_owned(), posting.to_owned())
}

#[test]
fn a_trade_without_a_party_of_its_kind_is_refused_with_line_and_column() {
    let shop = school();
    let file = shop.file("charges.csv", format!("{TRADES}{}{}", charge("T1", "A"), charge("T2", "")));
    let ran = shop.run(&["import", "trades", &file]);
    ran.refused("STORNO-BAD-FILE");
    assert!(ran.err.contains("charges.csv:3:10 (customer)") && ran.err.contains("`charge`"), "{ran:?}");
    assert_eq!(shop.json(&["trades"])["rows"], json!([]), "the file is refused whole");
}

#[test]
fn an_event_of_a_kinds_own_is_posted_after_the_event_before_it() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    assert_eq!(events(&shop), [pair("captured", "unposted"), pair("instalment", "unposted")]);
    assert_eq!(shop.findings(&[]), [("T1".to_owned(), "unposted".to_owned())], "what follows is not due yet");
    let posted = shop.json(&["post", "--due"]);
    assert_eq!((&posted["posted"], &posted["refused"]), (&json!(2), &json!([])));
    assert_eq!(events(&shop), [pair("captured", "posted"), pair("instalment", "posted")]);
    assert_eq!(shop.json(&["account", "6001"])["balance_minor"], 5_000);
    assert_eq!(shop.findings(&[]), []);
    shop.verified();
}

#[test]
fn an_event_that_arises_by_clearing_is_made_by_clear() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    assert_eq!(shop.json(&["clear"])["posted"], 0, "its trade is not posted");
    shop.done(&["post", "--due"]);
    let cleared = shop.json(&["clear"]);
    assert_eq!((&cleared["posted"], &cleared["refused"]), (&json!(1), &json!([])));
    assert_eq!(events(&shop)[2..], [pair("levy", "posted")]);
    assert_eq!(shop.json(&["clear", "T1"])["posted"], 0, "once is enough");
    assert_eq!(shop.json(&["account", "6401"])["balance_minor"], 100);
    shop.verified();
}

#[test]
fn an_event_of_a_kinds_own_is_found_and_corrected_by_its_name() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    let journal = "voucher_no,line,trade_no,event,accounting_date,account,side,amount,memo\n\
        OLD1,1,T1,captured,2018-09-12,1001,debit,100.00,old\n\
        OLD1,2,T1,captured,2018-09-12,2001.A,credit,100.00,old\n\
        OLD2,1,T1,instalment,2018-09-12,2001.A,debit,30.00,old\n\
        OLD2,2,T1,instalment,2018-09-12,6001,credit,30.00,old\n";
    shop.done(&["import", "journal", &shop.file("old.csv", journal)]);
    assert_eq!(shop.findings(&[]), [("T1".to_owned(), "wrong_amount".to_owned())]);
    let case = shop.json(&["case", "open", "--trade", "T1"])["case_no"].as_str().unwrap().to_owned();
    shop.done(&["stage", "reverse", "OLD2"]);
    let unknown = shop.run(&["stage", "repost", "T1", "--event", "instalmnt"]);
    unknown.refused("STORNO-BAD-VALUE");
    let told = "event “instalmnt”, allowed: captured, instalment, levy, nearest: instalment";
    assert!(unknown.err.contains(told), "{unknown:?}");
    shop.done(&["stage", "repost", "T1", "--event", "instalment"]);
    let shown = shop.done(&["case", "show", &case, "--lang", "zh-CN"]);
    assert!(shown.contains("T1 分期"), "{shown}");
    shop.agreed(&case);
    shop.done(&["commit", &case]);
    assert_eq!(shop.json(&["account", "6001"])["balance_minor"], 5_000);
    assert_eq!(shop.findings(&[]), []);
    // What an operator left out is supplemented under the same name.
    let bare = school();
    import(&bare, &charge("T1", "A"));
    bare.done(&["case", "open", "--trade", "T1"]);
    let early = bare.run(&["stage", "supplement", "T1", "--event", "instalment"]);
    early.refused("STORNO-NOT-DUE");
    assert!(early.err.contains("captured must be booked first"), "{early:?}");
    bare.done(&["stage", "supplement", "T1"]);
    bare.done(&["stage", "supplement", "T1", "--event", "instalment"]);
    bare.agreed("C0001");
    assert_eq!(bare.json(&["commit", "C0001"])["vouchers"].as_array().unwrap().len(), 2);
    bare.verified();
}

#[test]
fn lists_and_statements_call_kinds_and_events_by_their_names() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    let zh = |words: &[&str]| shop.done(&[words, &["--lang", "zh-CN"]].concat());
    assert!(zh(&["trades"]).contains("收费") && shop.done(&["trades"]).contains("charge"));
    assert!(zh(&["events"]).contains("分期") && zh(&["events"]).contains("入账"));
    let from = ["statement", "A", "--from", "2018-09-12"];
    assert!(zh(&from).contains("学费") && shop.done(&from).contains("School fee"));
    assert_eq!(shop.json(&from)["trades"][0]["called"], "School fee");
    shop.done(&["post", "--due"]);
    let lineage = zh(&["chain", "V00002"]);
    assert!(
        lineage.contains("收费，PIX") && lineage.contains("分期："),
        "the desk names them too: {lineage}"
    );
}

#[test]
fn what_a_user_types_is_one_of_the_ledgers_own_codes() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    let count = |words: &[&str]| shop.json(words)["rows"].as_array().unwrap().len();
    assert_eq!([count(&["trades", "--kind", "charge"]), count(&["trades", "--kind", "waiver"])], [1, 0]);
    assert_eq!(count(&["trades", "--channel", "PIX"]), 1);
    shop.done(&["case", "open", "--trade", "T1"]);
    let cases: [(&[&str], &str); 7] = [
        (&["trades", "--kind", "chargee"], "trade kind “chargee”, allowed: charge, waiver, nearest: charge."),
        (&["trades", "--kind", "topup"], "trade kind “topup”, allowed: charge, waiver."),
        (&["trades", "--channel", "WECHAT"], "channel “WECHAT”, allowed: PIX."),
        (&["reconcile", "--channel", "PXI", "--day", "2018-09-12"], "allowed: PIX, nearest: PIX."),
        (&["stage", "repost", "T1", "--event", "customer"], "event “customer”"),
        (&["stage", "stub", "WECHAT/R1"], "channel “WECHAT”"),
        (&["stage", "counter", "T1", "--kind", "refund", "--because", "x"], "trade kind “refund”"),
    ];
    for (words, told) in cases {
        let ran = shop.run(words);
        ran.refused("STORNO-BAD-VALUE");
        assert!(ran.err.contains(told), "{told}: {ran:?}");
    }
}

#[test]
fn a_kind_may_undo_more_than_is_left_if_it_says_so() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    shop.done(&["post", "--due"]);
    shop.done(&["case", "open", "--trade", "T1"]);
    let counter = |kind: &[&str]| {
        let words = ["stage", "counter", "T1", "--amount", "150.00", "--because", "a gift"];
        shop.run(&[&words, kind].concat())
    };
    counter(&[]).refused("STORNO-COUNTERED");
    // The account may not fall below its floor, but that is another question.
    counter(&["--kind", "waiver"]).refused("STORNO-FLOOR");
}

/// Field, was, will be, trades and unposted trades of each change in an answer.
fn changes(answer: &Value) -> Vec<String> {
    let told = |change: &Value| {
        let value = |name: &str| match &change[name] {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        ["code", "event", "field", "was", "will_be", "trades", "unposted"].map(value).join(" ")
    };
    answer["changes"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_change_of_when_an_event_is_due_is_told_with_the_trades_that_wait_for_it() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    shop.done(&["post", "--due"]);
    import(&shop, &format!("{}{}", charge("T2", "A"), charge("T3", "B")));
    let text = KINDS
        .replace(
            "{ name = \"captured\" },",
            "{ name = \"captured\", status = [\"processing\", \"succeeded\"] },",
        )
        .replace("en = \"instalment\", after = \"captured\"", "en = \"rate\"")
        .replace("name_en = \"school fee\"", "name_en = \"fee\"\nowed_if_short = true")
        .replace("undoes_up_to = \"any\"", "undoes_up_to = \"rest\"")
        + "[[kind]]\ncode = \"gift\"\nname = \"捐款\"\nname_en = \"gift\"\nmoney = \"in\"\nevent = [{ name = \"captured\" }]\n";
    let file = shop.file("new.toml", &text);
    let told = [
        "charge - name_en school fee fee 3 -",
        "charge - owed_if_short false true 3 -",
        "charge captured status succeeded processing, succeeded 3 2",
        "charge instalment after captured - 3 2",
        "charge instalment event_name 分期 / instalment 分期 / rate 3 -",
        "waiver - undoes_up_to any rest 0 -",
        "gift - kind - gift 0 -",
    ];
    let checked = shop.json(&["kinds", "check", &file]);
    assert_eq!((checked["kinds"].as_i64(), changes(&checked)), (Some(3), told.map(str::to_owned).to_vec()));
    assert_eq!(shop.number("SELECT count(*) FROM kind_set"), 1, "a check stores nothing");
    let loaded = shop.json(&["kinds", "load", &file]);
    assert_eq!((loaded["version"].as_i64(), changes(&loaded)), (Some(2), told.map(str::to_owned).to_vec()));
    assert_eq!(changes(&shop.json(&["kinds", "load", &file])), [""; 0]);
    assert_eq!(shop.json(&["kinds", "list"]).get("changes"), None, "a list compares with nothing");
    assert!(shop.done(&["kinds", "check", &file]).contains("Nothing changes."));
    let back = shop.file("back.toml", text.replace("en = \"rate\"", "en = \"rate\", after = \"captured\""));
    let line = shop.done(&["kinds", "check", &back]);
    let row = line.lines().last().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(row, "charge instalment after captured 3 2", "{line}");
    assert!(shop.done(&["kinds", "check", &back, "--lang", "zh-CN"]).contains("未记账"));
}

#[test]
fn a_kind_with_trades_keeps_its_meaning_and_a_kind_without_any_may_change() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    let text = KINDS
        .replace(
            "money = \"in\"\nparties = [\"customer\"]",
            "money = \"within\"\nparties = [\"customer\", \"merchant\"]",
        )
        .replace(", arises = \"clearing\"", "")
        .replace(
            "money = \"out\"\nundoes = [\"charge\"]",
            "money = \"either\"\nundoes = [\"charge\", \"waiver\"]",
        );
    let file = shop.file("other.toml", &text);
    for command in ["check", "load"] {
        let said = shop.run(&["kinds", command, &file, "--json"]);
        let answer: Value = serde_json::from_str(&said.refused("STORNO-BAD-KINDS").err).unwrap();
        let mistakes = answer["error"]["mistakes"].as_array().unwrap();
        let places: Vec<_> = mistakes.iter().map(|m| (m["line"].as_i64(), m["column"].as_i64())).collect();
        assert_eq!(places, [(Some(6), Some(9)), (Some(7), Some(11)), (Some(12), Some(12))], "{answer}");
        assert!(mistakes.iter().all(|mistake| mistake["key"] == "kindfile.meaning_changes"));
    }
    let said = shop.run(&["kinds", "load", &file]);
    let told = "other.toml:6:9: kind `charge` has trades (1), and what they mean cannot change in retrospect: \
                `money` was `in` and would be `within`; leave it, and give the new meaning a kind with a code of its own";
    assert!(
        said.err.contains(told) && said.err.contains("`arises` of its event `levy` was `clearing`"),
        "{said:?}"
    );
    let chinese = shop.run(&["kinds", "check", &file, "--lang", "zh-CN"]);
    assert!(chinese.err.contains("事项 `levy` 的 `arises` 原为 `clearing`，将变为 `trade`"), "{chinese:?}");
    assert_eq!(shop.number("SELECT count(*) FROM kind_set"), 1);
    // Without trades all of it is a matter of the file.
    let fresh = school();
    let loaded = fresh.json(&["kinds", "load", &file]);
    assert_eq!(
        changes(&loaded)[..2],
        ["charge - money in within 0 -", "charge - parties customer customer, merchant 0 -"]
    );
    assert_eq!((loaded["version"].as_i64(), changes(&loaded).len()), (Some(2), 5));
}

/// The remedy that the refusal of another account names.
#[test]
fn a_channels_account_changes_from_a_day_on_by_rules_and_not_in_retrospect_by_its_file() {
    let shop = school();
    let moved = CHANNELS.replace("\"1001\"", "\"1103.PIX\"");
    let file = shop.file("moved.toml", &moved);
    let told = shop.json(&["channels", "check", &file]);
    assert_eq!(changes(&told), ["PIX - account 1001 1103.PIX 0 -"], "no trade yet");
    import(&shop, &charge("T1", "A"));
    shop.done(&["post", "--due"]);
    for command in ["check", "load"] {
        let said = shop.run(&["channels", command, &file]);
        let err = &said.refused("STORNO-BAD-CHANNELS").err;
        let told = "moved.toml:7:11: channel `PIX` has trades (1) that are booked on its account `1001`, and `1103.PIX` would \
                    count for them in retrospect; leave `1001` here, and load a rule set that is valid from the day of the \
                    change with `PIX = \"1103.PIX\"` under `[account.CH]`";
        assert!(err.contains(told), "{err}");
    }
    let dated = RULES
        .replace("version = 1", "version = 2")
        .replace("2018-01-01\"\n", "2018-09-13\"\n[account.CH]\nPIX = \"1103.PIX\"\n");
    shop.done(&["rules", "load", &shop.file("dated.toml", &dated)]);
    let later = charge("T2", "B").replace("2018-09-12", "2018-09-13");
    let earlier = charge("T3", "C");
    import(&shop, &format!("{later}{earlier}"));
    shop.done(&["post", "--due"]);
    assert_eq!(["1001", "1103.PIX"].map(|account| shop.balance(account)), [20_000, 10_000]);
    assert_eq!(shop.findings(&[]), [], "what was booked before the day is as it should be");
    shop.run(&["channels", "load", &file]).refused("STORNO-BAD-CHANNELS");
    shop.verified();
}

#[test]
fn a_channels_numbers_and_day_may_change_and_are_told() {
    let shop = school();
    import(&shop, &charge("T1", "A"));
    let text = CHANNELS.replace(
        "zone = \"America/Sao_Paulo\"",
        "zone = \"UTC\"\ncut = \"23:00\"\npayment_numbers = \"merchant\"\nrefund_numbers = \"order\"\nrefunds_numbered = false",
    );
    let told = [
        "PIX - cut 24:00 23:00 1 -",
        "PIX - zone America/Sao_Paulo UTC 1 -",
        "PIX - payment_numbers channel merchant 1 -",
        "PIX - refund_numbers channel order 1 -",
        "PIX - refunds_numbered true false 1 -",
    ];
    let file = shop.file("numbers.toml", &text);
    assert_eq!(changes(&shop.json(&["channels", "check", &file])), told);
    let loaded = shop.json(&["channels", "load", &file]);
    assert_eq!((loaded["version"].as_i64(), changes(&loaded)), (Some(2), told.map(str::to_owned).to_vec()));
    assert_eq!(shop.json(&["channels", "list"]).get("changes"), None);
}
