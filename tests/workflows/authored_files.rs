//! Files that people write: every mistake is told at once, and channels and kinds of trades are loaded as rules are.

use crate::support::Shop;
use crate::support::place::Place;
use serde_json::Value;
use storno::desk::Desk;
use storno::desk::ledger::OpenLedger;
use storno::i18n::Lang;
use storno::protocol::channels::ListChannels;
use storno::protocol::context::Context;
use storno::protocol::service::ask_for;
use storno::protocol::watch::Unwatched;

const RULES: &str = include_str!("../../assets/templates/cn-wallet/rules.toml");
const CHANNELS: &str = include_str!("../../assets/templates/cn-wallet/channels.toml");
const KINDS: &str = include_str!("../../assets/templates/cn-wallet/kinds.toml");
const CHART: &str = include_str!("../../assets/templates/cn-wallet/chart.toml");

/// A rule file with eight mistakes: keys, types, words, a name and an amount.
const WRONG: &str = r#"id = "mine"
version = 2
valid_form = "2018-01-01"
[[rule]]
id = "pay.captured"
kind = "pya"
event = "captured"
due = ["succeded"]
lines = [
  { side = "debit", account = "{CHH}", amount = "amout", part = "principal" },
  { side = "credit", account = "2002.{merchant}", rest = true },
]
[[rule]]
id = "topup.captured"
kind = "topup"
event = "cleard"
lines = 5
"#;

/// A payment in Brazil: a channel of one's own, on an account of the demo chart.
const PIX: &str = "\n[[channel]]\ncode = \"PIX\"\nname = \"PIX\"\nname_en = \"PIX\"\ntype = \"clearing\"\n\
                   account = \"1103.PIX\"\nzone = \"America/Sao_Paulo\"\n";

/// Rules that book top-ups by PIX.
const PIX_RULES: &str = r#"id = "pix"
version = 2
valid_from = "2018-01-01"
[[rule]]
id = "topup.captured"
kind = "topup"
event = "captured"
channel = ["PIX"]
lines = [
  { side = "debit", account = "{CH}", amount = "amount", part = "principal" },
  { side = "credit", account = "2001.{customer}", rest = true, part = "principal" },
]
"#;

/// A kind of one's own with an event of its own.
const CHARGE: &str = "\n[[kind]]\ncode = \"charge\"\nname = \"学费\"\nname_en = \"school fee\"\nmoney = \"in\"\n\
                      [[kind.event]]\nname = \"captured\"\n[[kind.event]]\nname = \"instalment\"\nafter = \"captured\"\n";

/// Line, column, key and nearest word of each mistake in an answer.
fn mistakes(answer: &Value) -> Vec<(i64, i64, &str, &str)> {
    let mut told = Vec::new();
    for mistake in answer["error"]["mistakes"].as_array().unwrap() {
        let number = |name: &str| mistake[name].as_i64().unwrap();
        let nearest = mistake["nearest"].as_str().unwrap_or("-");
        told.push((number("line"), number("column"), mistake["key"].as_str().unwrap(), nearest));
    }
    told
}

#[test]
fn every_mistake_of_a_rule_file_is_told_at_once() {
    let shop = Shop::empty();
    let file = shop.file("wrong.toml", WRONG);
    let expected = [
        (1, 1, "rulefile.missing_key", "-"),
        (3, 1, "rulefile.unknown_key", "valid_from"),
        (6, 8, "rulefile.bad_word", "pay"),
        (8, 8, "rulefile.bad_word", "succeeded"),
        (10, 31, "rulefile.unknown_template", "CH"),
        (10, 49, "rulefile.unknown_variable", "amount"),
        (11, 3, "rulefile.missing_key", "-"),
        (16, 9, "rulefile.bad_word", "cleared"),
        (17, 9, "rulefile.syntax", "-"),
    ];
    let other = shop.path("other.db").display().to_string();
    for command in
        [["rules", "check", &file].as_slice(), &["rules", "load", &file], &["init", &other, "--rules", &file]]
    {
        let said = shop.run(&[command, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&said.refused("STORNO-BAD-RULES").err).unwrap();
        assert_eq!(mistakes(&answer), expected, "{command:?}");
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("wrong.toml:1:1: "), "{answer}");
        let said = shop.run(command);
        let lines: Vec<&str> = said.refused("STORNO-BAD-RULES").err.lines().collect();
        assert_eq!(lines.len(), expected.len() + 1, "{lines:#?}");
        assert_eq!(lines[2], "wrong.toml:3:1: unknown key `valid_form`; did you mean `valid_from`?");
        assert!(lines[0].contains("mistakes found: 9"), "{lines:#?}");
    }
    assert!(!shop.path("other.db").exists());
    assert_eq!(shop.number("SELECT count(*) FROM rule_set"), 1);
    let chinese = shop.run(&["rules", "check", &file, "--lang", "zh-CN"]);
    assert!(
        chinese.err.contains("wrong.toml:6:8：") && chinese.err.contains("是否应为 `pay`？"),
        "{chinese:?}"
    );
}

#[test]
fn of_a_file_with_very_many_mistakes_the_first_are_listed_and_the_others_counted() {
    let shop = Shop::empty();
    let keys: String = (0..250).map(|n| format!("key{n} = 1\n")).collect();
    let file = shop.file("many.toml", format!("{keys}four_eyes = 1\n"));
    let said = shop.run_without_ledger(&["policy", "check", &file, "--json"]);
    let answer: Value = serde_json::from_str(&said.refused("STORNO-BAD-POLICY").err).unwrap();
    let listed = mistakes(&answer);
    assert_eq!((listed.len(), listed[99].0), (100, 100));
    assert_eq!(answer["error"]["mistakes_found"], 251);
    let said = shop.run_without_ledger(&["policy", "check", &file]);
    let lines: Vec<&str> = said.refused("STORNO-BAD-POLICY").err.lines().collect();
    assert!(lines[0].contains("mistakes found: 251"), "{}", lines[0]);
    assert_eq!((lines.len(), lines[101]), (102, "... and 151 more"));
}

#[test]
fn a_file_that_is_not_utf8_is_refused_under_the_code_of_its_kind_with_its_place() {
    let shop = Shop::empty();
    let path = shop.path("gbk.toml");
    std::fs::write(&path, b"# one\nid = \"\xe7\x94\xb2\xd6\xd0\"\n").unwrap();
    let file = path.display().to_string();
    let other = shop.path("other.db").display().to_string();
    for (words, code) in [
        (["rules", "check", &file].as_slice(), "STORNO-BAD-RULES"),
        (&["rules", "load", &file], "STORNO-BAD-RULES"),
        (&["channels", "check", &file], "STORNO-BAD-CHANNELS"),
        (&["kinds", "load", &file], "STORNO-BAD-KINDS"),
        (&["chart", "check", &file], "STORNO-BAD-RULES"),
        (&["policy", "check", &file], "STORNO-BAD-POLICY"),
        (&["calendar", "load", &file], "STORNO-BAD-CALENDAR"),
        (&["init", &other, "--policy", &file], "STORNO-BAD-POLICY"),
        (&["rules", "try", &file], "STORNO-BAD-RULES"),
    ] {
        let said = shop.run(&[words, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&said.refused(code).err).unwrap();
        assert_eq!(mistakes(&answer), [(2, 8, "file.wrong_encoding", "-")], "{words:?}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("gbk.toml:2:8: Byte 16 of the file is not valid UTF-8."), "{message}");
    }
    let folder = shop.path("mine");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(&path, folder.join("kinds.toml")).unwrap();
    shop.run(&["init", &other, "--template", &folder.display().to_string()]).refused("STORNO-BAD-KINDS");
    assert!(!shop.path("other.db").exists());
}

fn json(shop: &Shop, words: &[&str]) -> Value {
    shop.run_without_ledger(&[words, &["--json"]].concat()).json()
}

fn done(shop: &Shop, words: &[&str]) -> String {
    let ran = shop.run_without_ledger(words);
    assert_eq!(ran.code, 0, "{ran:?}");
    ran.out
}

#[test]
fn the_whole_set_is_checked_over_the_rules_without_mistakes() {
    let shop = Shop::at(Place::File);
    let unbalanced = RULES.replacen(
        "\"2001.{customer}\", amount = \"amount\"",
        "\"2001.{customer}\", amount = \"net\"",
        1,
    );
    let file = shop.file("two.toml", unbalanced.replacen("kind = \"refund\"", "kind = \"refnd\"", 1));
    let said = shop.run_without_ledger(&["rules", "check", &file, "--json"]);
    let answer: Value = serde_json::from_str(&said.refused("STORNO-BAD-RULES").err).unwrap();
    let keys: Vec<&str> = mistakes(&answer).into_iter().map(|(_, _, key, _)| key).collect();
    assert_eq!(keys, ["rulefile.unbalanced", "rulefile.bad_word"]);
}

#[test]
fn files_are_checked_without_a_ledger_against_each_other() {
    let shop = Shop::at(Place::File);
    let rules = shop.file("rules.toml", PIX_RULES);
    let channels = shop.file("channels.toml", format!("{CHANNELS}{PIX}"));
    let kinds = shop.file("kinds.toml", format!("{KINDS}{CHARGE}"));
    shop.run_without_ledger(&["rules", "check", &rules]).refused("STORNO-BAD-RULES");
    let shipped = shop.file("shipped.toml", RULES);
    let ledger = Shop::empty().run(&["rules", "check", &shipped, "--json"]).json();
    let origins = |checked: &Value| -> Vec<String> {
        let origin =
            |one: &Value| format!("{} {}", one["what"].as_str().unwrap(), one["from"].as_str().unwrap());
        checked["against"].as_array().unwrap().iter().map(origin).collect()
    };
    assert_eq!(origins(&ledger), ["chart ledger", "channels ledger", "kinds ledger", "currency ledger"]);
    let none = json(&shop, &["kinds", "check", &kinds]);
    assert_eq!(origins(&none), Vec::<String>::new());
    let checked = json(&shop, &["rules", "check", &rules, "--channels", &channels]);
    assert_eq!((checked["ok"].as_bool(), checked["rules"].as_i64()), (Some(true), Some(1)));
    assert_eq!(checked["notes"], serde_json::json!([]));
    assert_eq!(origins(&checked), ["chart template", "channels file", "kinds template", "currency template"]);
    let charge = PIX_RULES.replace("\"topup\"", "\"charge\"");
    let instalment =
        shop.file("charge.toml", charge.replace("event = \"captured\"", "event = \"instalment\""));
    let with = ["--channels", channels.as_str(), "--kinds", kinds.as_str()];
    let said = done(&shop, &[["rules", "check", instalment.as_str()].as_slice(), &with].concat());
    let against = format!(
        "\nChecked against: chart of the template cn-wallet; channels of {channels}; kinds of {kinds}; main currency of the \
         template cn-wallet.\n"
    );
    assert!(said.contains(&against), "{said}");
    let settled = shop.file("settled.toml", charge.replace("event = \"captured\"", "event = \"settled\""));
    let said = shop.run_without_ledger(&[["rules", "check", settled.as_str()].as_slice(), &with].concat());
    let err = &said.refused("STORNO-BAD-RULES").err;
    assert!(err.contains("settled.toml:7:9: `settled` is no event; allowed: captured, instalment"), "{err}");
    for words in [
        ["channels", "check", &channels],
        ["kinds", "check", &kinds],
        ["chart", "check", &shop.file("chart.toml", CHART)],
        ["policy", "check", &shop.file("policy.toml", "four_eyes = false\n")],
        [
            "calendar",
            "check-file",
            &shop.file("calendar.toml", "id = \"x\"\nzone = \"Europe/Berlin\"\nyears = []\n"),
        ],
    ] {
        assert!(done(&shop, &words).contains("no mistakes"), "{words:?}");
        assert_eq!(json(&shop, &words)["ok"].as_bool(), Some(true), "{words:?}");
        assert!(
            done(&shop, &[words.as_slice(), &["--lang", "zh-CN"]].concat()).contains("无误"),
            "{words:?}"
        );
    }
    for (words, code) in [
        (["channels", "check"], "STORNO-BAD-CHANNELS"),
        (["kinds", "check"], "STORNO-BAD-KINDS"),
        (["chart", "check"], "STORNO-BAD-RULES"),
        (["policy", "check"], "STORNO-BAD-POLICY"),
        (["calendar", "check-file"], "STORNO-BAD-CALENDAR"),
    ] {
        let file = shop.file("nonsense.toml", "nonsense = 1\nmore = 2\n");
        let said = shop.run_without_ledger(&[words.as_slice(), &[file.as_str()]].concat());
        assert!(said.refused(code).err.contains("nonsense.toml:2:1: unknown key `more`"), "{said:?}");
    }
    let empty = shop.run_without_ledger(&["policy", "check", &shop.file("empty.toml", "")]);
    assert!(empty.refused("STORNO-BAD-POLICY").err.contains("nothing is in it"), "{empty:?}");
}

#[test]
fn a_chart_without_a_role_is_accepted_and_said_what_is_not_possible() {
    let shop = Shop::at(Place::File);
    let chart = shop.file("chart.toml", CHART.replace("role = \"receivable\"\n", ""));
    let rules = shop.file("rules.toml", RULES);
    let said = done(&shop, &["rules", "check", &rules, "--chart", &chart]);
    assert!(said.contains("Note: no account with the role `receivable`"), "{said}");
    assert!(done(&shop, &["chart", "check", &chart]).contains("`receivable`"));
    assert_eq!(
        json(&shop, &["rules", "check", &rules, "--chart", &chart])["notes"].as_array().unwrap().len(),
        1
    );
    assert!(!done(&shop, &["rules", "check", &rules]).contains("Note"));
}

#[test]
fn channels_are_loaded_version_after_version_and_open_sessions_see_them() {
    let shop = Shop::sample_at(Place::File);
    let context = Context {
        operator: "watcher".parse().unwrap(),
        now: "2018-09-13T12:00:00+08:00".parse().unwrap(),
        lang: Lang::En,
    };
    let mut open = Desk::from(OpenLedger::open(&shop.path("day.db"), false).unwrap());
    let mut seen = || ask_for(&mut open, &context, ListChannels {}, &mut Unwatched).unwrap();
    assert_eq!((seen().version, seen().channels.len()), (1, 8));

    let listed = shop.json(&["channels", "list"]);
    assert_eq!((listed["id"].as_str(), listed["version"].as_i64()), (Some("china"), Some(1)));
    assert_eq!(listed["channels"][0]["account"], "1101.WECHAT");
    let file = shop.file("channels.toml", format!("{CHANNELS}{PIX}"));
    let loaded = shop.json(&["channels", "load", &file]);
    assert_eq!((loaded["version"].as_i64(), &loaded["channels"][8]["code"]), (Some(2), &"PIX".into()));
    shop.done(&["channels", "load", &file]);
    assert_eq!(shop.number("SELECT count(*) FROM channel_set"), 2, "the same text again changes nothing");
    assert_eq!((seen().version, seen().channels.len()), (2, 9));
    let line = shop.done(&["channels", "list", "--lang", "zh-CN"]);
    assert!(line.contains("微信支付") && line.contains("24:00 America/Sao_Paulo"), "{line}");
    shop.done(&["rules", "load", &shop.file("rules.toml", PIX_RULES)]);

    let without = shop.file("without.toml", CHANNELS);
    let said = shop.run(&["channels", "load", &without]);
    assert!(said.refused("STORNO-BAD-CHANNELS").err.contains("channel `PIX` is missing"), "{said:?}");
    let unfit = shop.file("unfit.toml", format!("{CHANNELS}{}", PIX.replace("account = \"1103.PIX\"\n", "")));
    for command in ["check", "load"] {
        let said = shop.run(&["channels", command, &unfit]);
        let err = &said.refused("STORNO-BAD-CHANNELS").err;
        assert!(err.contains("pix@2:10:31: rule topup.captured"), "{err}");
    }
    assert!(shop.done(&["channels", "check", &file]).contains("9 channels, no mistakes"));
    let names = PIX.replace("1103.PIX", "1109.PIX").replace("\"clearing\"", "\"cleering\"")
        + "readers = [\"wechat-trad\"]\ncalendar = \"cn-payment-system\"\n";
    let wrong = shop.file("wrong.toml", format!("{CHANNELS}{names}"));
    for command in ["check", "load"] {
        let said = shop.run(&["channels", command, &wrong, "--json"]);
        let answer: Value = serde_json::from_str(&said.refused("STORNO-BAD-CHANNELS").err).unwrap();
        let told: Vec<(&str, &str)> =
            mistakes(&answer).into_iter().map(|(_, _, key, near)| (key, near)).collect();
        assert_eq!(
            told,
            [
                ("rulefile.bad_word", "clearing"),
                ("rulefile.unknown_account", "-"),
                ("rulefile.bad_word", "wechat-trade"),
                ("rulefile.bad_word", "cn-payment-systems")
            ]
        );
    }
    assert_eq!(shop.number("SELECT count(*) FROM channel_set"), 2);
    shop.verified();
}

#[test]
fn a_channel_that_only_superseded_rules_do_not_know_can_be_loaded() {
    let shop = Shop::sample();
    // Without `channel` the rule is for every channel, so that each needs an account.
    let any = PIX_RULES
        .replace("channel = [\"PIX\"]\n", "")
        .replace("[[rule]]", "[account.CH]\nNUCC = \"1001\"\n[[rule]]");
    shop.done(&["rules", "load", &shop.file("any.toml", &any)]);
    let more = PIX.replace("PIX", "CASH").replace("account = \"1103.CASH\"\n", "");
    let more = shop.file("more.toml", format!("{CHANNELS}{more}"));
    let said = shop.run(&["channels", "load", &more]);
    assert!(said.refused("STORNO-BAD-CHANNELS").err.contains("{CH} has no account for CASH"), "{said:?}");
    let some = PIX_RULES.replace("[\"PIX\"]", "[\"WECHAT\"]").replace("version = 2", "version = 3");
    let later = some.replace("2018-01-01", "2018-12-01");
    shop.done(&["rules", "load", &shop.file("later.toml", &later)]);
    shop.run(&["channels", "load", &more]).refused("STORNO-BAD-CHANNELS");
    let now = some.replace("version = 3", "version = 4").replace("2018-01-01", "2018-09-01");
    shop.done(&["rules", "load", &shop.file("now.toml", &now)]);
    shop.done(&["channels", "load", &more]);
    assert_eq!(shop.json(&["rules", "list"]).as_array().unwrap().len(), 4);
}

/// The shipped rules name the accounts of the channels, so that those of the channel file do not count.
#[test]
fn an_account_that_the_rules_name_themselves_may_change_in_the_channel_file() {
    let shop = Shop::sample();
    let found = shop.findings(&[]);
    let other = shop.file("other.toml", CHANNELS.replace("\"1101.WECHAT\"", "\"1103.WECHAT\""));
    let changes = shop.json(&["channels", "load", &other])["changes"].clone();
    let trades = shop.number("SELECT count(*) FROM v_trade WHERE channel = 'WECHAT'");
    assert!(trades > 0);
    let expected = serde_json::json!([{
        "code": "WECHAT", "event": null, "field": "account", "was": "1101.WECHAT", "will_be": "1103.WECHAT",
        "trades": trades, "unposted": null,
    }]);
    assert_eq!(changes, expected);
    assert_eq!(shop.findings(&[]), found);
    // A set that leaves the account to the channel file holds it there.
    let unnamed = RULES.replace("WECHAT = \"1101.WECHAT\"\n", "").replacen("version = 1", "version = 2", 1);
    let dated = unnamed.replacen("valid_from = \"2018-01-01\"", "valid_from = \"2018-10-01\"", 1);
    shop.done(&["rules", "load", &shop.file("dated.toml", &dated)]);
    let said = shop.run(&["channels", "load", &shop.file("back.toml", CHANNELS)]);
    let err = &said.refused("STORNO-BAD-CHANNELS").err;
    assert!(err.contains("that are booked on its account `1103.WECHAT`"), "{err}");
    shop.verified();
}

#[test]
fn kinds_are_loaded_and_none_that_the_ledger_knows_may_go() {
    let shop = Shop::sample();
    let listed = shop.json(&["kinds", "list"]);
    assert_eq!((listed["id"].as_str(), listed["version"].as_i64()), (Some("default"), Some(1)));
    let file = shop.file("kinds.toml", format!("{KINDS}{CHARGE}"));
    let loaded = shop.json(&["kinds", "load", &file]);
    assert_eq!((loaded["version"].as_i64(), &loaded["kinds"][12]["code"]), (Some(2), &"charge".into()));
    assert_eq!(loaded["kinds"][12]["events"][1]["after"], "captured");
    shop.done(&["kinds", "load", &file]);
    assert_eq!(shop.number("SELECT count(*) FROM kind_set"), 2, "the same text again changes nothing");
    assert!(shop.done(&["kinds", "list"]).contains("captured instalment"));
    for (text, message) in [
        (KINDS.to_owned(), "kind `charge` is missing"),
        (format!("{KINDS}{}", CHARGE.replace("instalment", "rate")), "lacks its event `instalment`"),
    ] {
        let wrong = shop.file("wrong.toml", text);
        for command in ["check", "load"] {
            let said = shop.run(&["kinds", command, &wrong]);
            assert!(said.refused("STORNO-BAD-KINDS").err.contains(message), "{said:?}");
        }
    }
    assert_eq!(shop.number("SELECT count(*) FROM kind_set"), 2);
    assert_eq!(shop.number("SELECT first_event FROM kind_now WHERE code = 'charge'"), 1);
    shop.verified();
}

/// Two decimals are right in yuan, and no whole amount in yen.
#[test]
fn rules_that_are_wrong_in_one_of_the_currencies_are_refused_with_it() {
    let shop = Shop::bare();
    let cents = RULES.replace("merchant_fee_rate)", "merchant_fee_rate, 2)");
    assert_ne!(cents, RULES);
    let cents = shop.file("cents.toml", cents);
    let check =
        |file: &str, codes: &str| shop.run_without_ledger(&["rules", "check", file, "--currency", codes]);
    assert_eq!(check(&cents, "CNY,USD").code, 0);
    let refused = check(&cents, "CNY,JPY");
    refused.refused("STORNO-BAD-RULES");
    assert!(refused.err.contains("JPY") && refused.err.contains("round(…)"), "{refused:?}");
    assert_eq!(check(&shop.file("right.toml", RULES), "CNY,JPY,KWD").code, 0);
    assert_ne!(check(&cents, "CNY,XXY").code, 0);
    // A ledger is not made with them (nothing of it stands in the way of the next), nor are they loaded into one.
    let home = shop.home();
    let init = |more: &[&str]| shop.run(&[&["init", &home, "--currency", "CNY,JPY"], more].concat());
    init(&["--rules", &cents]).refused("STORNO-BAD-RULES");
    assert_eq!(init(&[]).code, 0);
    let version = shop.file(
        "next.toml",
        RULES.replace("merchant_fee_rate)", "merchant_fee_rate, 2)").replace("version = 1", "version = 2"),
    );
    let loaded = shop.run(&["rules", "load", &version]);
    loaded.refused("STORNO-BAD-RULES");
    assert!(loaded.err.contains("JPY"), "{loaded:?}");
}

#[test]
fn a_rounding_that_does_not_fit_a_currency_of_the_ledger_is_noted() {
    let shop = Shop::bare();
    shop.done(&["init", &shop.home(), "--currency", "CNY,KWD"]);
    let fits = shop.file("fits.toml", RULES.replacen("version = 1", "version = 2", 1));
    assert_eq!(shop.json(&["rules", "check", &fits])["notes"], serde_json::json!([]));
    let coarse = RULES.replacen(
        "- round(undone_paid * merchant_fee_rate)",
        "- round(undone_paid * merchant_fee_rate, 2)",
        1,
    );
    let coarse = shop.file("coarse.toml", coarse.replacen("version = 1", "version = 2", 1));
    let checked = shop.json(&["rules", "check", &coarse]);
    let notes = checked["notes"].as_array().unwrap();
    let said = notes[0].as_str().unwrap();
    let line = RULES.lines().position(|line| line.starts_with("mfee = ")).unwrap() + 1;
    let place = format!("coarse.toml:{line}:8: ");
    assert!(notes.len() == 1 && said.starts_with(&place) && said.contains("KWD has 3"), "{said}");
    // A rule set that says its digits is loaded as before.
    shop.done(&["rules", "load", &coarse]);
    let chinese = shop.done(&["rules", "check", &coarse, "--lang", "zh-CN"]);
    assert!(chinese.contains("KWD 为 3 位"), "{chinese}");
}
