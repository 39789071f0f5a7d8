//! Texts: every key that the code asks for exists in both languages, names the same facts in both, and none
//! is unused.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use storno::desk::Desk;
use storno::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS};
use storno::desk::ledger::OpenLedger;
use storno::domain::finding::Cause;
use storno::domain::rejection::{Code, Rejection};
use storno::domain::trade_news::ListedFact;
use storno::i18n::Lang;
use storno::protocol::refusal::Refusal;
use storno::store::{Fault, StoreError};

/// First parts of the keys that the desk, the store and the domain build.
const PREFIXES: [&str; 16] = [
    "finding",
    "plan",
    "why",
    "memo",
    "due",
    "guard",
    "verify",
    "lineage",
    "receipt",
    "explain",
    "refusal",
    "what",
    "calendar_says",
    "day_check",
    "role_missing",
    "listed",
];

/// Keys of the desk's texts that appear in no literal, with the reason why they stay.
const UNNAMED: [(&str, &str); 0] = [];

/// Values for the braces of a key template. A template that is not listed must at least match one key.
fn expansions() -> Vec<(&'static str, Vec<String>)> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let codes: Vec<String> = codes().iter().map(|code| (*code).to_owned()).collect();
    let booked = words(&["wrong_account", "wrong_amount", "wrong_side", "wrong_fee", "half_posted"]);
    let taken_back = words(&["wrong_account", "wrong_amount", "wrong_side", "wrong_date"]);
    vec![
        ("refusal.{}.message", codes.clone()),
        ("refusal.{}.hint", codes),
        ("finding.{}", booked),
        ("plan.{}", taken_back),
        ("plan.{cause}", words(&[Cause::AmountDiff.as_str(), Cause::ChannelFeeDiff.as_str()])),
        ("listed.{value}", ListedFact::ALL.iter().map(ToString::to_string).collect()),
        ("why.{word}", words(&["repost", "supplement"])),
        ("memo.{word}", words(&["repost", "supplement", "adjust", "park"])),
        (
            "day_check.{check}.{key}",
            ["earlier", "due", "cases", "trial_balance", "chain"]
                .iter()
                .flat_map(|check| [format!("{check}.ok"), format!("{check}.failed")])
                .collect(),
        ),
        ("guard.{name}.ok", words(&["balanced", "day_open", "first_reversal", "due", "floors", "accounts"])),
        (
            "verify.{}",
            words(&[
                "sequence",
                "link",
                "hash",
                "account",
                "chain",
                "balance",
                "unbalanced",
                "mirror",
                "orphan",
                "head",
                "event",
                "lines",
                "closed",
                "early",
                "finding_missing",
                "finding_extra",
                "closing",
                "tail",
                "text",
                "file",
                "schema",
                "facts",
                "account_lines",
                "account_balance",
                "account_twice",
                "account_end",
            ]),
        ),
    ]
}

fn codes() -> Vec<&'static str> {
    let technical = Fault::CODES.iter().chain(storno::remote::CODES).copied();
    Code::ALL.iter().map(|code| code.as_str()).chain(technical).collect()
}

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Texts of one locale file: key, then language, then text.
type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn texts_of(path: &Path) -> Texts {
    let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    assert_eq!(table.get("_version").and_then(toml::Value::as_integer), Some(2), "{}", path.display());
    let mut texts = Texts::new();
    for (key, value) in &table {
        collect(key, value, &mut texts);
    }
    texts
}

fn collect(key: &str, value: &toml::Value, texts: &mut Texts) {
    let Some(table) = value.as_table() else { return };
    for (name, value) in table {
        match value.as_str() {
            Some(text) => {
                texts.entry(key.to_owned()).or_default().insert(name.clone(), text.to_owned());
            }
            None => collect(&format!("{key}.{name}"), value, texts),
        }
    }
}

/// Texts of all locale files that `chosen` accepts by their path below `assets/locales`.
fn texts(chosen: impl Fn(&Path) -> bool) -> Texts {
    let (folder, mut all) = (root("assets/locales"), Texts::new());
    for path in files(&folder, "toml").into_iter().filter(|path| chosen(path.strip_prefix(&folder).unwrap()))
    {
        for (key, texts) in texts_of(&path) {
            assert!(all.insert(key.clone(), texts).is_none(), "{key} is in two locale files");
        }
    }
    all
}

fn all_texts() -> Texts {
    texts(|_| true)
}

/// Texts that the desk, the store and the domain ask for: `desk.toml` and every file in a folder of its own.
fn desk_texts() -> Texts {
    let mut found = texts(|path| path == Path::new("desk.toml") || path.components().count() > 1);
    // The names of causes are the screens', the help of steps is the command line's.
    found.retain(|key, _| !["cause", "step.", "cli."].iter().any(|other| key.starts_with(other)));
    found
}

/// Files with this extension in a folder and the folders below it.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

/// String literals of the sources with file and line; good enough for keys, which contain no quotes.
fn literals() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files(&root("src"), "rs") {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for literal in line.split('"').skip(1).step_by(2) {
                found.push((literal.to_owned(), format!("{}:{number}", path.display())));
            }
        }
    }
    found
}

fn is_key(literal: &str) -> bool {
    let mut parts = literal.split('.');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let shaped = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_-{}".contains(c))
    };
    PREFIXES.contains(&first) && !rest.is_empty() && rest.iter().all(shaped)
}

/// Returns the keys a literal stands for: itself, or a template's expansions.
fn keys_of(literal: &str) -> Option<Vec<String>> {
    if !literal.contains('{') {
        return Some(vec![literal.to_owned()]);
    }
    let known = expansions();
    let (_, values) = known.iter().find(|(template, _)| *template == literal)?;
    let (before, after) = (literal.split('{').next()?, literal.split('}').next_back()?);
    Some(values.iter().map(|value| format!("{before}{value}{after}")).collect())
}

fn holes(text: &str) -> BTreeSet<&str> {
    text.split("%{").skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn every_key_the_sources_build_has_both_languages() {
    let texts = all_texts();
    let mut lacking = BTreeSet::new();
    for (literal, place) in literals().into_iter().filter(|(literal, _)| is_key(literal)) {
        let Some(keys) = keys_of(&literal) else {
            let (before, _) = literal.split_once('{').unwrap();
            let after = literal.rsplit('}').next().unwrap();
            if !texts.keys().any(|key| key.starts_with(before) && key.ends_with(after)) {
                lacking.insert(format!("{place}: nothing fits {literal}"));
            }
            continue;
        };
        for key in keys {
            for lang in [Lang::En, Lang::Zh] {
                let text = texts.get(&key).and_then(|texts| texts.get(lang.tag()));
                if text.is_none_or(|text| text.trim().is_empty()) {
                    lacking.insert(format!("{place}: {key} in {lang}"));
                }
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

#[test]
fn every_code_says_what_and_what_to_do_in_both_languages() {
    for code in codes() {
        for part in ["message", "hint"] {
            for lang in [Lang::En, Lang::Zh] {
                let key = format!("refusal.{code}.{part}");
                assert!(storno::i18n::has(lang, &key), "{key} in {lang}");
            }
        }
    }
}

#[test]
fn both_languages_name_the_same_facts_and_close_their_brackets() {
    for (key, texts) in desk_texts() {
        let (en, zh) = (&texts["en"], &texts["zh-CN"]);
        assert_eq!(texts.len(), 2, "{key}");
        assert_eq!(holes(en), holes(zh), "{key}: the languages name different facts");
        for text in [en, zh] {
            assert_eq!(text.matches("[[").count(), text.matches("]]").count(), "{key}: {text}");
        }
        assert_eq!(en.matches("[[").count(), zh.matches("[[").count(), "{key}: optional parts differ");
    }
}

#[test]
fn no_text_is_there_for_nobody() {
    let literals: BTreeSet<String> = literals().into_iter().map(|(literal, _)| literal).collect();
    let mut used: BTreeSet<String> = UNNAMED.iter().map(|(key, _)| (*key).to_owned()).collect();
    for literal in &literals {
        used.extend(keys_of(literal).unwrap_or_default());
    }
    let unused: Vec<String> = desk_texts()
        .into_keys()
        .filter(|key| match key.strip_prefix("what.") {
            Some(what) => !literals.contains(&what.replace('_', " ")),
            // A problem may have its own hint.
            None => !used.contains(key) && !key.strip_suffix(".hint").is_some_and(|of| used.contains(of)),
        })
        .collect();
    assert!(unused.is_empty(), "unused texts: {unused:#?}");
}

#[test]
fn every_check_of_the_verification_is_known_here() {
    let folder = fs::read_dir(root("src/store/verify")).unwrap().map(|entry| entry.unwrap().path());
    let source: String = folder.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(source.contains(".defect(\""), "the verification was not found");
    let known = expansions();
    let (_, checks) = known.iter().find(|(template, _)| *template == "verify.{}").unwrap();
    for call in source.split(".defect(\"").skip(1) {
        let check = call.split('"').next().unwrap();
        assert!(checks.iter().any(|known| known == check), "verify.{check}");
    }
}

/// The facts each refusal gives; a guard gives only the engine's message.
#[test]
fn a_refusal_reads_well_with_and_without_its_facts() {
    for code in Code::ALL {
        let bare: Refusal =
            StoreError::from(Rejection::new(*code).with("guard", "the engine's words")).into();
        for lang in [Lang::En, Lang::Zh] {
            for text in [bare.message(lang), bare.hint(lang)] {
                let odd = ["%{", "[[", "]]", "  ", " .", ": .", "，。", "：。"];
                let from_files = matches!(
                    code,
                    Code::BadFile
                        | Code::BadRules
                        | Code::BadPolicy
                        | Code::BadCalendar
                        | Code::BadChannels
                        | Code::BadKinds
                        | Code::BadProfile
                        | Code::RuleFailed
                );
                assert!(
                    from_files || (!text.is_empty() && odd.iter().all(|mark| !text.contains(mark))),
                    "{code} in {lang}: {text}"
                );
            }
        }
    }
    let missing = Refusal::from(StoreError::from(
        Rejection::new(Code::NotFound).with("what", "trade").with("value", "T0099"),
    ));
    assert_eq!(missing.message(Lang::En), "There is no such thing: trade T0099.");
    assert_eq!(missing.message(Lang::Zh), "没有找到：交易 T0099。");
    let placed = Refusal::from(StoreError::from(
        Rejection::new(Code::AccountUnknown).with("account", "9999").with("place", "old.csv:7"),
    ));
    assert_eq!(
        placed.message(Lang::En),
        "old.csv:7: 9999: There is no such account, and its subject does not open accounts by itself."
    );
}

#[test]
fn a_wrong_rule_file_is_told_with_its_line() {
    let error = OpenLedger::create(
        &tempfile::tempdir().unwrap().path().join("day.db"),
        &storno::desk::open::NewLedger {
            settings: storno::store::settings::Settings {
                ledger_id: "l".to_owned(),
                name: "l".to_owned(),
                role: storno::domain::role::LedgerRole::Test,
                currency: storno::domain::money::Currency::CNY,
                currencies: Vec::new(),
                zone: "Asia/Shanghai".to_owned(),
            },
            policy: storno::desk::in_force::DEFAULT_POLICY,
            chart: ("bad.toml", "nonsense = 1\n"),
            channels: DEFAULT_CHANNELS,
            kinds: DEFAULT_KINDS,
            rules: storno::desk::open::DEFAULT_RULES,
            calendar: None,
            template: storno::store::settings::StoredTemplate::default(),
        },
        &"op1".parse().unwrap(),
        "2018-09-12T12:00:00+08:00".parse().unwrap(),
    )
    .map(Desk::from)
    .err()
    .unwrap();
    assert_eq!(error.code(), "STORNO-BAD-RULES");
    assert!(error.message(Lang::En).starts_with("bad.toml:1:1: unknown key"), "{}", error.message(Lang::En));
}
