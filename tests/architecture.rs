//! Layers of the crate: which room may import which, and where SQL, the clock, the environment and files
//! are allowed.
//!
//! The sources are read as text. Test code (below `#[cfg(test)]`, and files and folders named so) is
//! exempt. A room that does not exist yet keeps its rules for later.

use std::fs;
use std::path::{Path, PathBuf};

/// What a room may import of our own modules.
enum Own {
    /// These modules only.
    Only(&'static [&'static str]),
    /// Everything but these.
    Never(&'static [&'static str]),
}

/// Every room, its imports, and why.
const ROOMS: &[(&str, Own)] = &[
    // Pure: no engine, no terminal, no desk.
    ("domain", Own::Only(&["domain"])),
    ("files", Own::Only(&["domain", "files"])),
    ("i18n", Own::Only(&["domain", "i18n", "_rust_i18n_try_translate"])),
    // The language: what is asked and answered. It acts on nothing.
    ("protocol", Own::Only(&["domain", "files", "i18n", "protocol"])),
    // The store fills the rows of the protocol directly, so that a page is not copied on its way.
    ("store", Own::Only(&["domain", "protocol", "store"])),
    ("desk", Own::Only(&["domain", "files", "i18n", "protocol", "store", "desk"])),
    ("sample", Own::Only(&["domain", "i18n", "protocol", "store", "desk", "sample"])),
    ("remote", Own::Never(&["app", "ui", "runtime", "cli"])),
    ("app", Own::Never(&["store", "remote", "ui", "runtime", "cli"])),
    ("ui", Own::Never(&["store", "remote", "runtime", "cli"])),
    ("config", Own::Never(&["store", "remote", "ui", "runtime", "cli"])),
];

/// Words allowed in some places only: prefixes of paths below `src`.
const WORDS: &[(&[&str], &[&str], &str)] = &[
    (&["rusqlite"], &["store/"], "only the store knows the engine"),
    (
        &["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"PRAGMA ", "\"REPLACE ", "\"CREATE "],
        &["store/"],
        "only the store knows SQL",
    ),
    (&["tokio"], &["runtime/", "remote/", "cli/", "store/", "main.rs"], "waiting is the shell's"),
    (
        &["crossterm::", "ratatui::"],
        &["runtime/", "ui/", "app/", "config/", "main.rs"],
        "the terminal is the shell's",
    ),
    (&["crossterm::"], &["runtime/", "main.rs", "app/", "config/"], "drawing writes to a buffer"),
    (&["SystemTime", "Timestamp::now", "Zoned::now"], &["runtime/", "cli/"], "time is given, not read"),
    (
        &["Instant::now"],
        // How long a line is silent is nothing that the books know.
        &["runtime/", "cli/", "remote/", "store/engine/rqlite"],
        "time is given, not read",
    ),
    (
        &["std::env", "env::var", "env::args", "whoami::", "ProjectDirs", "BaseDirs"],
        &["runtime/", "cli/", "config/", "main.rs"],
        "the environment is read at the edge",
    ),
    (
        &["std::process", "process::exit"],
        &["runtime/", "cli/", "remote/", "main.rs"],
        "programs are started at the edge",
    ),
    (
        &["std::fs", "fs::read", "fs::write", "File::open", "File::create"],
        &[
            "runtime/",
            "cli/",
            "config/",
            "remote/",
            "main.rs",
            // Makes the ledger file, and takes it away again where the making failed.
            "store/engine/sqlite",
            "desk/open.rs",
            // Opens a file to take over.
            "files/import/source.rs",
            // Writes a file that was asked for.
            "files/export",
        ],
        "files are opened at the edge",
    ),
    (
        &["fastrand::", "getrandom::", "rand::"],
        &["runtime/", "cli/", "demo/", "sample/"],
        "chance is given, not drawn",
    ),
    (&["unsafe {", "unsafe fn"], &[], "there is no unsafe code"),
];

struct Source {
    /// Path below `src`, with forward slashes.
    name: String,
    lines: Vec<String>,
}

fn is_for_tests(name: &str) -> bool {
    let stem = name.trim_end_matches(".rs");
    name.contains("/tests/")
        || stem.ends_with("tests")
        || stem.ends_with("/hostile")
        || stem.ends_with("_test")
}

/// Lines of code: comments blanked, unit tests cut off.
fn code(text: &str) -> Vec<String> {
    text.lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"))
        .map(|line| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() })
        .collect()
}

fn collect(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            if !is_for_tests(&name) {
                found.push(Source { name, lines: code(&fs::read_to_string(&path).unwrap()) });
            }
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The room of a source: its first folder, or its file at the top.
fn room(name: &str) -> &str {
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// Returns true if `line` contains `word`, and not as the end of a longer name.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Our own modules named in a line: the word behind each `crate::`, and each one inside `crate::{…}`.
fn imported(line: &str) -> Vec<String> {
    let word =
        |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut modules = Vec::new();
    for after in line.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => modules.extend(top_level(list).iter().map(|item| word(item.trim()))),
            None => modules.push(word(after)),
        }
    }
    modules.retain(|module| module.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c == '_'));
    modules
}

/// Top-level items of an import list.
fn top_level(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    items
}

#[test]
fn rooms_import_only_what_lies_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, own)) = ROOMS.iter().find(|(name, _)| *name == room(&source.name)) else { continue };
        for (number, line) in (1..).zip(&source.lines) {
            for module in imported(line) {
                let fine = match own {
                    Own::Only(allowed) => allowed.contains(&module.as_str()),
                    Own::Never(denied) => !denied.contains(&module.as_str()),
                };
                if !fine {
                    wrong.push(format!(
                        "src/{}:{number}: {} imports {module}: {}",
                        source.name,
                        room(&source.name),
                        line.trim()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_world_outside_is_met_at_the_edge_only() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in (1..).zip(&source.lines) {
            for (words, places, why) in WORDS {
                let allowed = places.iter().any(|place| source.name.starts_with(place));
                if !allowed && words.iter().any(|word| names(line, word)) {
                    wrong.push(format!("src/{}:{number}: {why}: {}", source.name, line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_scan_sees_what_it_should() {
    assert_eq!(imported("use crate::store::{Sink, list};"), ["store"]);
    assert_eq!(imported("use crate::{app::State, store::{a, b}, ui};"), ["app", "store", "ui"]);
    assert_eq!(imported("    let x: crate::remote::Client = crate::desk::y();"), ["remote", "desk"]);
    assert_eq!(imported("pub(crate) use words; // $crate::domain"), ["domain"]);
    assert_eq!(code("use a;\n// crate::store\n#[cfg(test)]\nmod tests {"), ["use a;", ""]);
    assert!(is_for_tests("domain/rule/tests/mistakes.rs") && is_for_tests("files/import/source_tests.rs"));
    assert!(!is_for_tests("store/import.rs"));
    assert!(names("let n = rand::random();", "rand::") && !names("Errand::Commit", "rand::"));
    assert_eq!(room("domain/rule/set.rs"), "domain");
    assert_eq!(room("main.rs"), "main");
}

/// Every room must be listed here, because an unlisted one would have no rules.
#[test]
fn every_room_is_known() {
    let free = ["main", "lib", "runtime", "cli", "demo"];
    for source in sources() {
        let name = room(&source.name);
        assert!(
            free.contains(&name) || ROOMS.iter().any(|(room, _)| *room == name),
            "src/{}: the room `{name}` has no rules in this test",
            source.name
        );
    }
}
