//! Every mistake that a rule file can contain: the line reported, and the texts.

use super::{CHART, SMALL, scope};
use crate::domain::rule::RuleSet;

const SECOND: &str = r#"[[rule]]
id = "second"
kind = "pay"
event = "captured"
due = ["succeeded"]
lines = [
  { side = "debit", account = "1001", amount = "amount", part = "principal" },
  { side = "credit", account = "6001", amount = "amount", part = "principal" },
]
"#;

#[test]
fn mistakes_in_single_parts_are_told_with_their_line() {
    let edit = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    let cases = [
        (edit("id = \"small\"", "id = \"a b\""), 1, "rulefile.bad_name"),
        (edit("version = 1", "version = 0"), 2, "rulefile.bad_number"),
        (edit("version = 1", "version = \"1\""), 2, "rulefile.syntax"),
        (edit("version = 1", "version = 1 1"), 2, "rulefile.syntax"),
        (edit("version = 1", "version = 1\ncolour = 2"), 3, "rulefile.unknown_key"),
        (edit("version = 1\n", ""), 1, "rulefile.missing_key"),
        (edit("2018-01-01", "2018-02-30"), 3, "rulefile.bad_date"),
        (edit("WECHAT =", "WECHATT ="), 5, "rulefile.bad_word"),
        (edit("1101.WECHAT", "1109.WECHAT"), 5, "rulefile.unknown_account"),
        (edit("[account.CH]", "[account.customer]"), 4, "rulefile.bad_name"),
        (edit("\"2018-12-31\"", "\"2017-12-31\""), 8, "rulefile.ends_before_start"),
        (edit("\"2018-12-31\"", "\"2018-13-31\""), 9, "rulefile.bad_date"),
        (edit("\"0.01\"", "\"1e-2\""), 10, "rulefile.bad_number"),
        (edit("\"0.01\"", "0.01"), 10, "rulefile.syntax"),
        (edit("\"2018-12-31\"", "\"2019-01-01\""), 11, "rulefile.coefficient_overlap"),
        (edit("cut =", "amount ="), 15, "rulefile.bad_name"),
        (edit("cut = \"", "cut = \"rat + "), 15, "rulefile.unknown_variable"),
        (edit("round(amount", "sqrt(amount"), 15, "rulefile.unknown_function"),
        (edit("rate, 2)", "rate, 2"), 15, "rulefile.bad_expression"),
        (edit("rate, 2)", "twice, 2)"), 15, "rulefile.unknown_variable"),
        (edit("id = \"pay\"", "id = \"pay@1\""), 18, "rulefile.bad_name"),
        (edit("kind = \"pay\"", "kind = \"paid\""), 19, "rulefile.bad_word"),
        (edit("\"captured\"", "\"caught\""), 20, "rulefile.bad_word"),
        (edit("[\"WECHAT\", \"A", "[\"WECHAT\", \"X"), 21, "rulefile.bad_word"),
        (edit("[\"succeeded\"]", "[]"), 22, "rulefile.never_due"),
        (edit("[\"WECHAT\", \"ALIPAY\"]", "[]"), 21, "rulefile.empty_list"),
        (edit("[\"WECHAT\", \"ALIPAY\"]", "[\"WECHAT\", \"ALIPAY\"]\nproduct = []"), 22, "rulefile.empty_list"),
        (edit("[\"succeeded\"]", "[\"succeeded\"]\nafter = \"captured\""), 23, "rulefile.after_itself"),
        (edit("[\"succeeded\"]", "[\"succeeded\"]\nrequires = [\"colour\"]"), 23, "rulefile.bad_word"),
        (edit("[\"succeeded\"]", "[\"succeeded\"]\nrequires = [\"customer\"]\nabsent = [\"customer\"]"), 24, "rulefile.contradiction"),
        (edit("[\"succeeded\"]", "[\"succeeded\"]\nwhen = { channel = [\"WECHAT\"] }"), 23, "rulefile.own_key"),
        (edit("side = \"debit\"", "side = \"left\""), 24, "rulefile.bad_word"),
        (edit("{CH}", "{CHANNEL}"), 24, "rulefile.unknown_template"),
        (edit("{CH}", "{CH"), 24, "rulefile.unknown_template"),
        (edit("\"6001\"", "\"6009\""), 25, "rulefile.unknown_account"),
        (edit("\"6001\"", "\"6001.{customer}\""), 25, "rulefile.unknown_account"),
        (edit("2002.{merchant}", "2002"), 26, "rulefile.unknown_account"),
        (edit("\"6001\", amount = \"twice\"", "\"6001\", amount = \"thrice\""), 25, "rulefile.unknown_variable"),
        (edit("amount = \"twice\"", "rest = true"), 25, "rulefile.rest_not_last"),
        (edit("rest = true", "rest = true, amount = \"fee\""), 26, "rulefile.rest_or_amount"),
        (edit(", rest = true", ""), 26, "rulefile.rest_or_amount"),
        (edit("part = \"fee\"", "part = \"fees\""), 25, "rulefile.bad_word"),
        (format!("{SMALL}{}", SECOND.replace("second", "pay")), 29, "rulefile.duplicate_rule"),
        (SMALL.split_once("[[rule]]").unwrap().0.to_owned(), 1, "rulefile.no_rules"),
        (format!("{SMALL}{}", SECOND.replace("  { side = \"credit\", account = \"6001\", amount = \"amount\", part = \"principal\" },\n", "")), 33, "rulefile.line_count"),
        ("x".repeat(5_000_000), 1, "rulefile.too_large"),
    ];
    told(&cases);
}

#[test]
fn mistakes_of_the_whole_set_are_told_with_their_line() {
    let edit = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1)
    };
    let second = |from: &str, to: &str| {
        assert!(SECOND.contains(from), "{from}");
        format!("{SMALL}{}", SECOND.replacen("captured", "settled", 1).replacen(from, to, 1))
    };
    let cases = [
        (format!("{SMALL}{SECOND}"), 28, "rulefile.overlap"),
        (edit("\"WECHAT\", \"ALIPAY\"]", "\"WECHAT\", \"NUCC\"]"), 24, "rulefile.alias_gap"),
        (edit("channel = [\"WECHAT\", \"ALIPAY\"]\n", ""), 23, "rulefile.alias_gap"),
        (edit("\"2018-12-31\"", "\"2018-12-30\""), 17, "rulefile.coefficient_gap"),
        (
            edit("valid_from = \"2018-01-01\"\n[acc", "valid_from = \"2017-12-31\"\n[acc"),
            17,
            "rulefile.coefficient_gap",
        ),
        (
            edit("\"2019-01-01\"\n", "\"2019-01-01\"\nvalid_to = \"2019-12-31\"\n"),
            18,
            "rulefile.coefficient_gap",
        ),
        (edit("value = \"0.01\"", "value = \"0.01\"\nchannel = \"WECHAT\""), 18, "rulefile.coefficient_gap"),
        (edit("round(amount * rate, 2)", "amount * rate"), 25, "rulefile.amount_not_rounded"),
        (edit("round(amount * rate, 2)", "round(amount * rate, 99)"), 17, "rulefile.never_works"),
        (edit("round(amount * rate, 2)", "round(amount * rate, 2, 2)"), 17, "rulefile.never_works"),
        (edit("round(amount * rate, 2)", "amount / (rate - rate)"), 17, "rulefile.never_works"),
        (second("amount = \"amount\"", "amount = \"-amount\""), 28, "rulefile.unbalanced"),
        (second("amount = \"amount\"", "amount = \"amount + fee\""), 28, "rulefile.unbalanced"),
        (second("amount = \"amount\"", "amount = \"amount * 1.01\""), 34, "rulefile.amount_not_rounded"),
        (second("\"debit\"", "\"credit\""), 28, "rulefile.unbalanced"),
        (
            second("amount = \"amount\", part", "amount = \"-amount\", part")
                .replace("\"6001\", amount = \"amount\"", "\"6001\", amount = \"-amount\""),
            28,
            "rulefile.amount_negative",
        ),
    ];
    told(&cases);
}

fn told(cases: &[(String, usize, &str)]) {
    assert!(RuleSet::parse("small.toml", SMALL, scope(&CHART)).is_ok());
    for (text, line, key) in cases {
        let errors = RuleSet::parse("small.toml", text, scope(&CHART)).map(|_| ()).unwrap_err();
        assert!(
            errors.iter().any(|e| e.line == *line && e.key == *key && e.file == "small.toml"),
            "wanted {key} in line {line}, got {errors:#?}\n{}",
            text.get(..2_000).unwrap_or(text)
        );
    }
}

#[test]
fn several_mistakes_are_told_together() {
    let text = SMALL
        .replace("\"6001\"", "\"6009\"")
        .replace("kind = \"pay\"", "kind = \"paid\"")
        .replace("0.02", "x");
    let lines: Vec<usize> =
        RuleSet::parse("f", &text, scope(&CHART)).unwrap_err().iter().map(|e| e.line).collect();
    assert_eq!(lines, [13, 19, 25]);
}

/// Three rules of one kind; `after` names the event that each waits for.
fn waiting(after: [&str; 3], conditions: [&str; 3]) -> String {
    let head = SMALL.split_once("[[rule]]").unwrap().0;
    let rules = ["captured", "cleared", "settled"].into_iter().zip(after).zip(conditions);
    let rule = |((event, after), condition): ((&str, &str), &str)| {
        let after = if after.is_empty() { String::new() } else { format!("after = \"{after}\"\n") };
        SECOND
            .replace("\"second\"", &format!("\"of.{event}\""))
            .replace("captured", event)
            .replace("due =", &format!("{after}{condition}\ndue ="))
    };
    format!("{head}{}", rules.map(rule).collect::<String>())
}

#[test]
fn rules_that_wait_for_one_another_are_refused_with_their_names() {
    let refused = |text: &str| {
        let mistakes = RuleSet::parse("f", text, scope(&CHART)).err().unwrap_or_default();
        let told = mistakes.iter().map(|one| (one.key.clone(), one.line, format!("{:?}", one.args)));
        told.collect::<Vec<_>>()
    };
    let none = [""; 3];
    assert_eq!(refused(&waiting(["", "captured", "cleared"], none)), []);
    let three = refused(&waiting(["settled", "captured", "cleared"], none));
    assert_eq!(three.len(), 1, "{three:?}");
    assert_eq!((three[0].0.as_str(), three[0].1), ("rulefile.circle", 17));
    assert!(three[0].2.contains("of.captured, of.settled, of.cleared"), "{three:?}");
    // A rule that only leads into a circle is not in it.
    let two = refused(&waiting(["cleared", "settled", "cleared"], none));
    assert_eq!(two.len(), 1, "{two:?}");
    assert!(two[0].2.contains("of.cleared, of.settled"), "{two:?}");
    // No trade has both rules.
    let apart = ["product = [\"a\"]", "product = [\"b\"]", ""];
    assert_eq!(refused(&waiting(["cleared", "captured", ""], apart)), []);
}

#[test]
fn rules_with_excluding_conditions_may_stand_side_by_side() {
    for condition in ["channel = [\"BANK\"]", "kind = \"refund\""] {
        let second = if condition.starts_with("kind") {
            SECOND.replace("kind = \"pay\"", condition)
        } else {
            SECOND.replace("due =", &format!("{condition}\ndue ="))
        };
        assert!(RuleSet::parse("f", &format!("{SMALL}{second}"), scope(&CHART)).is_ok(), "{condition}");
    }
    for (first, other) in [
        ("requires = [\"customer\"]", "absent = [\"customer\"]"),
        ("product = [\"a\"]", "product = [\"b\", \"c\"]"),
        ("when = { merchant = [\"M\"] }", "absent = [\"merchant\"]"),
    ] {
        let small = SMALL.replace("due =", &format!("{first}\ndue ="));
        let second = SECOND.replace("due =", &format!("{other}\ndue ="));
        assert_eq!(RuleSet::parse("f", &format!("{small}{second}"), scope(&CHART)).err(), None, "{first}");
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    let text = include_str!("../../../../assets/locales/rules.toml");
    let locale: toml::Table = toml::from_str(text).unwrap();
    assert_eq!(locale["_version"].as_integer(), Some(2));
    let sources = [
        include_str!("../../authored.rs"),
        include_str!("../../chart.rs"),
        include_str!("../../calendar.rs"),
        include_str!("../../calendar/file.rs"),
        include_str!("../../policy.rs"),
        include_str!("../book.rs"),
        include_str!("../compile.rs"),
        include_str!("../evaluate.rs"),
        include_str!("../expression.rs"),
        include_str!("../validate.rs"),
    ];
    let used = sources.iter().flat_map(|source| {
        let after = |prefix: &'static str| {
            source.split(prefix).skip(1).map(move |rest| {
                let end = rest.find('"').unwrap();
                (prefix.trim_matches(['"', '.']), &rest[..end])
            })
        };
        after("\"rulefile.").chain(after("\"calendar.")).chain(after("\"policy."))
    });
    let mut count = 0;
    for (section, key) in used {
        let entry = locale[section].get(key).unwrap_or_else(|| panic!("no text for {section}.{key}"));
        let placeholders = |language: &str| {
            let text = entry[language].as_str().unwrap();
            assert!(!text.trim().is_empty());
            let mut names: Vec<&str> =
                text.split("%{").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            names.sort_unstable();
            names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(placeholders("en"), placeholders("zh-CN"), "{section}.{key}");
        count += 1;
    }
    assert!(count > 40);
}
