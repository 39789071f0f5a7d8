//! The handbook says what is there: paths, lists and glossary of `CONTRIBUTING.md` and the links of the other
//! pages, compared with the sources.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The most files that each list of "How to add" may name.
const MAX_FILES: &[(&str, usize)] = &[
    ("A cause of findings", 4),
    ("A reader of files", 4),
    ("A profile of tables", 3),
    ("A writer of files", 4),
    ("A channel or a kind of trade", 2),
    ("A screen", 6),
    ("A step of a case", 6),
    ("A command of the workstation", 3),
    ("A command of the command line", 3),
    ("A request", 4),
    ("A template", 3),
];

/// The pages whose links and paths are checked.
const PAGES: &[&str] =
    &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "assets/sql/README.md"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every text below a folder whose name ends in `ending`.
fn texts(folder: &Path, ending: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

fn sources(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    texts(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty(), "{folder} has no {ending}");
    found
}

/// What is between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The part of a page below a heading, up to the next heading of its level or above.
fn section<'t>(page: &'t str, heading: &str) -> &'t str {
    let start = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`"));
    let body = &page[start + heading.len() + 2..];
    let level = heading.find(' ').unwrap_or(1);
    let ends = (1..=level).filter_map(|level| body.find(&format!("\n{} ", "#".repeat(level))));
    &body[..ends.min().unwrap_or(body.len())]
}

/// The cells of a table's rows, without its head.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Returns true if the path exists; `<name>` in it is any name.
fn exists(path: &str) -> bool {
    fn fits(folder: &Path, parts: &[&str]) -> bool {
        let Some((first, rest)) = parts.split_first() else { return folder.exists() };
        let Some((before, after)) = first.split_once('<') else { return fits(&folder.join(first), rest) };
        let after = after.split_once('>').map_or(after, |(_, after)| after);
        let Ok(entries) = fs::read_dir(folder) else { return false };
        entries.flatten().any(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_table = name == "mod.rs";
            !is_table && name.starts_with(before) && name.ends_with(after) && fits(&entry.path(), rest)
        })
    }
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    fits(&root(), &parts) || fits(&root().join("src"), &parts)
}

fn is_path(text: &str) -> bool {
    let folders = ["src/", "assets/", "tests/", "benches/", ".ci/"];
    let rooms = [
        "app/",
        "cli/",
        "config/",
        "desk/",
        "domain/",
        "files/",
        "protocol/",
        "remote/",
        "runtime/",
        "store/",
        "ui/",
    ];
    let is_source = rooms.iter().any(|room| text.starts_with(room)) && text.contains('.');
    (folders.iter().any(|folder| text.starts_with(folder)) || is_source) && !text.contains([' ', '{', '*'])
}

#[test]
fn every_path_in_the_handbook_exists() {
    let mut missing = Vec::new();
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(page);
        for path in quoted(&text).into_iter().filter(|path| is_path(path) && !exists(path)) {
            missing.push(format!("{page}: {path}"));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_link_leads_to_a_file() {
    let mut broken = Vec::new();
    for page in PAGES {
        let text = read(page);
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            if !link.contains("://") && !path.is_empty() && !folder.join(path).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn a_thing_is_added_in_few_files() {
    let page = read("CONTRIBUTING.md");
    let lists = section(&page, "## How to add");
    let named: BTreeSet<&str> = lists.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let limited: BTreeSet<&str> = MAX_FILES.iter().map(|(heading, _)| *heading).collect();
    assert_eq!(named, limited);
    for (heading, max) in MAX_FILES {
        let list = section(&page, &format!("### {heading}"));
        let items: Vec<&str> =
            list.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
        assert!((2..=*max).contains(&items.len()), "{heading}: {} files", items.len());
        for item in items {
            assert!(quoted(item).first().is_some_and(|path| is_path(path)), "{heading}: no path in `{item}`");
        }
        let example = list.split("To copy from:").nth(1).unwrap_or_else(|| panic!("{heading}: no example"));
        assert!(quoted(example).first().is_some_and(|path| exists(path)), "{heading}: no such example");
    }
}

/// Words that name a type somewhere in the sources.
fn types() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in sources("src", ".rs") {
        for line in text.lines().map(str::trim_start).filter(|line| !line.starts_with("//")) {
            let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
            for keyword in ["struct ", "enum ", "trait ", "type "] {
                if let Some(rest) = line.strip_prefix(keyword) {
                    found.insert(rest.chars().take_while(char::is_ascii_alphanumeric).collect());
                }
            }
        }
    }
    found.extend(vocabularies("src").into_keys());
    found
}

/// The bodies of a macro's uses at the top level of a file.
fn blocks<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let uses = text.split(&format!("\n{name}! {{\n")).skip(1).collect::<Vec<_>>();
    uses.into_iter().map(|rest| rest.split("\n}\n").next().unwrap_or(rest)).collect()
}

/// The words that variants are given: `Name = "word"`.
fn words(block: &str) -> Vec<String> {
    let lines = block.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.filter_map(|line| Some(line.split_once("= \"")?.1.split('"').next()?.to_owned())).collect()
}

/// The closed sets of words below a folder: type and words.
fn vocabularies(folder: &str) -> BTreeMap<String, Vec<String>> {
    let mut found = BTreeMap::new();
    for text in sources(folder, ".rs") {
        for block in blocks(&text, "vocabulary") {
            let name = block.lines().map(str::trim).find(|line| !line.starts_with("//"));
            let name = name.and_then(|line| line.split(',').next()).unwrap_or_default();
            found.insert(name.to_owned(), words(block));
        }
        // The causes have a table of their own, which makes their vocabulary.
        for block in blocks(&text, "causes") {
            found.insert("Cause".to_owned(), words(block));
        }
    }
    assert!(found.len() > 10, "the vocabularies were not found");
    found
}

/// The tables of the schema.
fn tables() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in sources("assets/sql", ".sql") {
        for rest in text.split("\nCREATE TABLE ").skip(1) {
            found.insert(rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect());
        }
    }
    found
}

/// The commands of the command line, from their table: `TrialBalance` is `trial-balance`.
fn commands() -> BTreeSet<String> {
    let text = read("src/cli/commands/mod.rs");
    let table =
        text.split("\ncommands! {\n").nth(1).unwrap_or_default().split("\n}").next().unwrap_or_default();
    let names = table.lines().filter_map(|line| line.trim().split_once('(')).map(|(name, _)| name);
    names.map(kebab).collect()
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A command of an older version may be gone; only the current section of the changelog is read.
#[test]
fn no_page_names_a_command_that_does_not_exist() {
    let there = commands();
    let (mut named, mut unknown) = (0, Vec::new());
    for page in PAGES {
        let mut text = read(page);
        if *page == "CHANGELOG.md" {
            text = text.split("\n## ").nth(1).unwrap_or_default().to_owned();
        }
        for (at, _) in text.match_indices("storno ") {
            let is_command = at == 0 || matches!(text.as_bytes()[at - 1], b'`' | b'\n');
            let rest = text[at..].trim_start_matches("storno ");
            let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
            if is_command && word.starts_with(|c: char| c.is_ascii_lowercase()) {
                named += 1;
                if !there.contains(&word) {
                    unknown.push(format!("{page}: storno {word}"));
                }
            }
        }
    }
    assert!(named > 50, "the scan found {named} commands");
    assert!(unknown.is_empty(), "\n{}", unknown.join("\n"));
}

/// Compares what a column of the glossary names with what there is.
fn compare(what: &str, named: &BTreeSet<String>, there: &BTreeSet<String>) {
    let missing: Vec<_> = there.difference(named).collect();
    let unknown: Vec<_> = named.difference(there).collect();
    assert!(missing.is_empty(), "the glossary lacks the {what} {missing:?}");
    assert!(unknown.is_empty(), "the glossary names the {what} {unknown:?}, which do not exist");
}

#[test]
fn the_glossary_has_every_table_and_command_and_only_types_that_exist() {
    let page = read("CONTRIBUTING.md");
    let rows = rows(section(&page, "### Terms"));
    let column = |number: usize| -> BTreeSet<String> {
        rows.iter().flat_map(|row| quoted(row[number])).map(str::to_owned).collect()
    };
    for row in &rows {
        assert_eq!(row.len(), 5, "{row:?}");
        assert!(!row[0].is_empty() && row[1].chars().any(|c| c > '\u{2e80}'), "{row:?}");
    }
    compare("tables", &column(3), &tables());
    compare("commands", &column(4), &commands());
    let unknown: Vec<String> = column(2).difference(&types()).cloned().collect();
    assert!(unknown.is_empty(), "no type of this name: {unknown:?}");
}

#[test]
fn the_glossary_has_every_word_of_the_domain() {
    let page = read("CONTRIBUTING.md");
    let there = vocabularies("src/domain");
    let mut listed = BTreeMap::new();
    for row in rows(section(&page, "### Words")) {
        let name = quoted(row[2]).first().map(|name| (*name).to_owned()).unwrap_or_default();
        listed.insert(name, quoted(row[3]).into_iter().map(str::to_owned).collect::<Vec<String>>());
    }
    for (name, words) in &there {
        let row = listed.remove(name).unwrap_or_else(|| panic!("the glossary lacks `{name}`"));
        let (row, words): (BTreeSet<_>, BTreeSet<_>) = (row.iter().collect(), words.iter().collect());
        assert_eq!(row, words, "{name}");
    }
    assert!(listed.is_empty(), "these sets of words do not exist: {:?}", listed.keys());
}

#[test]
fn the_scan_reads_what_it_should() {
    assert_eq!(quoted("a `b` and `c/d`"), ["b", "c/d"]);
    assert_eq!(section("\n## A\nx\n### B\ny\n## C\n", "## A"), "x\n### B\ny");
    assert_eq!(rows("| a | b |\n|---|---|\n| `c` | d |"), [["`c`", "d"]]);
    assert!(exists("src/domain/<file>.rs") && !exists("src/domain/<file>.sql"));
    assert!(exists("src/desk/<room>/mod.rs") && !exists("src/no/such.rs"));
    assert_eq!(kebab("TrialBalance"), "trial-balance");
}
