//! Every word in both languages: what the code names exists, and what exists is in English and Chinese.

use super::{Command, ScreenKind};
use crate::domain::account::{AccountStatus, Class, Side};
use crate::domain::case::{CaseState, GuardName};
use crate::domain::event::Event;
use crate::domain::finding::Cause;
use crate::domain::period::DayState;
use crate::domain::role::{LedgerRole, Role};
use crate::domain::statement::LineKind;
use crate::domain::step::StepKind;
use crate::domain::takeover::Standing;
use crate::domain::trade::{ClearingStatus, PostingStatus, ReconStatus, SettlementStatus, TradeStatus};
use crate::domain::trade_news::ListedFact;
use crate::domain::voucher::{Mode, VoucherKind};
use std::collections::BTreeMap;
use std::path::Path;

/// Returns the texts by key and language.
fn texts() -> BTreeMap<String, BTreeMap<String, String>> {
    fn walk(at: &str, value: &toml::Value, texts: &mut BTreeMap<String, BTreeMap<String, String>>) {
        let toml::Value::Table(table) = value else { return };
        for (name, value) in table {
            match value {
                toml::Value::String(text) => {
                    texts.entry(at.to_owned()).or_default().insert(name.clone(), text.clone());
                }
                value => {
                    let key = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    walk(&key, value, texts);
                }
            }
        }
    }
    let mut texts = BTreeMap::new();
    let files = ["cli", "desk", "app"].map(str::to_owned).into_iter();
    let files = files.chain(Cause::ALL.iter().map(|cause| format!("causes/{cause}")));
    for file in files.chain(StepKind::ALL.iter().map(|kind| format!("steps/{kind}"))) {
        let path = format!("{}/assets/locales/{file}.toml", env!("CARGO_MANIFEST_DIR"));
        let value = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        walk("", &value, &mut texts);
    }
    texts
}

/// Returns the sources of `app` and `ui` without their tests, each with its name.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !name.contains("test") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.push((name, text));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["src/app", "src/ui"] {
        walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    }
    found
}

/// Returns every quoted word in the sources that looks like a key, with the file it is in.
fn named(sources: &[(String, String)]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, text) in sources {
        for word in text.split('"').skip(1).step_by(2) {
            let parts = word.split('.').count();
            let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '.' || c == '-';
            if parts > 1 && !word.starts_with('.') && !word.ends_with('.') && word.chars().all(plain) {
                found.push((name.clone(), word.to_owned()));
            }
        }
    }
    found
}

/// Returns the keys that are the first argument of a function, wherever the sources call it.
fn keys_given_to(function: &str, sources: &[(String, String)]) -> Vec<String> {
    let mut keys = Vec::new();
    for (_, text) in sources {
        for after in text.split(&format!("{function}(")).skip(1) {
            if let Some(literal) = after.trim_start().strip_prefix('"') {
                keys.extend(literal.split('"').next().map(str::to_owned));
            }
        }
    }
    assert!(!keys.is_empty(), "{function} is called nowhere");
    keys
}

fn vocabularies() -> Vec<String> {
    fn family<T: std::fmt::Display>(name: &str, words: &[T]) -> Vec<String> {
        words.iter().map(|word| format!("{name}.{word}")).collect()
    }
    let days = [DayState::Open, DayState::Closing, DayState::Closed].map(DayState::as_str);
    // These two are only shown with the refusal that fails them.
    let guards: Vec<GuardName> = GuardName::ALL
        .iter()
        .copied()
        .filter(|name| !matches!(name, GuardName::Steps | GuardName::Limit))
        .collect();
    [
        family("cause", Cause::ALL),
        family("cause_long", Cause::ALL),
        family("state.case", CaseState::ALL),
        family("state.trade", TradeStatus::ALL),
        family("state.account", AccountStatus::ALL),
        family("state.day", &days),
        family("posting", PostingStatus::ALL),
        family("clearing", ClearingStatus::ALL),
        family("settlement", SettlementStatus::ALL),
        family("recon", ReconStatus::ALL),
        family("line", LineKind::ALL),
        family("event", Event::NAMED),
        family("vkind", VoucherKind::ALL),
        family("mode", Mode::ALL),
        family("class", Class::ALL),
        family("side", Side::ALL),
        family("side.short", Side::ALL),
        family("guard", &guards),
        family("role", LedgerRole::ALL),
        family("session", Role::ALL),
        family("listed", ListedFact::ALL),
        family("standing", Standing::ALL),
        family("step", StepKind::ALL),
        family("verb", &["open", "stage", "drop", "submit", "approve", "reject", "withdraw", "commit"]),
    ]
    .concat()
}

#[test]
fn every_word_the_code_names_exists_in_both_languages() {
    let texts = texts();
    let sources = sources();
    let mut keys: Vec<(String, String)> = named(&sources);
    keys.extend(vocabularies().into_iter().map(|key| ("vocabulary".to_owned(), key)));
    for command in Command::ALL {
        for part in ["label", "short", "doc"] {
            keys.push(("command".to_owned(), format!("command.{}.{part}", command.id())));
        }
        assert!(keys.iter().any(|(_, key)| *key == command.label()));
    }
    for key in keys_given_to("Prompt::new", &sources) {
        keys.push(("prompt".to_owned(), format!("{key}.doc")));
    }
    for key in keys_given_to("Confirm::new", &sources) {
        keys.push(("confirm".to_owned(), format!("{key}.doc")));
        // Going to another ledger, one voucher by name and the end of the takeover count nothing.
        if !["confirm.ledger", "confirm.accept_voucher", "confirm.end_takeover"].contains(&key.as_str()) {
            keys.push(("confirm".to_owned(), format!("{key}.count")));
        }
    }
    let empty: Vec<String> =
        keys.iter().map(|(_, key)| key.clone()).filter(|key| key.starts_with("empty.")).collect();
    assert!(empty.len() > ScreenKind::ALL.iter().filter(|kind| kind.has_table()).count(), "{empty:?}");
    keys.extend(empty.iter().filter(|key| *key != "empty.below").map(|key| {
        let hint = format!("{key}.hint");
        ("empty".to_owned(), hint)
    }));
    // A family (`state.case`) is named where its word is only known at run time; the vocabularies hold
    // those words.
    let family = |key: &str| {
        texts.keys().any(|known| known.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    };
    let missing: Vec<_> = keys.iter().filter(|(_, key)| !texts.contains_key(key) && !family(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_text_is_in_both_languages_with_the_same_places() {
    let places = |text: &str| {
        let mut names: Vec<String> =
            text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).map(str::to_owned).collect();
        names.sort();
        names
    };
    for (key, by_lang) in texts() {
        let (en, zh) = (by_lang.get("en"), by_lang.get("zh-CN"));
        let (Some(en), Some(zh)) = (en, zh) else { panic!("{key} lacks a language: {by_lang:?}") };
        assert!(!en.is_empty() && !zh.is_empty(), "{key} is empty");
        assert_eq!(places(en), places(zh), "{key}");
    }
}
