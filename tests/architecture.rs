//! The structure of the crate, checked by reading the sources as text: which room may import which, no
//! import circles, one definition of a name, complete tables, sizes, widths, and where SQL, the clock, the
//! environment and files are allowed.
//!
//! Test code (below `#[cfg(test)]`, and files and folders named so) is exempt, except that its files are
//! short and its comments narrow too.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use storno::domain::trade::{Channel, TradeKind};
use unicode_width::UnicodeWidthStr;

/// A room: its name, the paths below `src` that belong to it, and the rooms it may import besides itself.
struct Room {
    name: &'static str,
    paths: &'static [&'static str],
    may_import: &'static [&'static str],
}

const fn room(
    name: &'static str,
    paths: &'static [&'static str],
    may_import: &'static [&'static str],
) -> Room {
    Room { name, paths, may_import }
}

/// The rooms from the bottom up. A file belongs to the room with the longest matching path. A room may only
/// import rooms above it in this list, so the order itself rules out a circle between rooms.
const ROOMS: &[Room] = &[
    room("domain", &["domain/"], &[]),
    room("i18n", &["i18n/"], &["domain"]),
    room("config", &["config/"], &["domain"]),
    // Profiles turn cells into fields and know no files; the readers are built on them.
    room("profiles", &["files/profile/", "files/column.rs"], &["domain"]),
    room("files", &["files/"], &["domain", "profiles"]),
    room("protocol", &["protocol/"], &["domain", "i18n", "files"]),
    // Documents are made of answers, in one language, for every front end.
    room("documents", &["documents/"], &["domain", "i18n", "files", "protocol"]),
    // The store fills the rows of the protocol directly, so that a page is not copied on its way.
    room("store", &["store/"], &["domain", "protocol"]),
    room("in force", &["desk/in_force.rs"], &["domain", "protocol", "store"]),
    // The open ledger has it as a field, so it is below the findings that fill it.
    room("findings memory", &["desk/findings/memory.rs"], &["domain", "protocol", "store"]),
    room("ledger", &["desk/ledger.rs"], &["protocol", "store", "in force", "findings memory"]),
    room(
        "open",
        &["desk/open.rs"],
        &["domain", "protocol", "store", "in force", "findings memory", "ledger"],
    ),
    // What a handler of a request is; each is beside its capability.
    room("handle", &["desk/handle.rs"], &["domain", "protocol", "ledger"]),
    // Statements that never came: findings of their own, and part of a channel's day.
    room("missing", &["desk/missing.rs"], &["domain", "protocol", "store", "in force"]),
    // The comparison of a channel's day, which reconciliation and the preview of a case show.
    room(
        "day tally",
        &["desk/day_tally.rs", "desk/day_tally/"],
        &["domain", "protocol", "store", "in force"],
    ),
    room(
        "findings",
        &["desk/findings/"],
        &[
            "domain",
            "i18n",
            "files",
            "protocol",
            "store",
            "in force",
            "findings memory",
            "ledger",
            "handle",
            "missing",
        ],
    ),
    room(
        "corrections",
        &["desk/corrections/"],
        &["domain", "i18n", "protocol", "store", "in force", "ledger", "handle", "findings"],
    ),
    room(
        "books",
        &["desk/books/"],
        &[
            "domain",
            "i18n",
            "files",
            "protocol",
            "store",
            "in force",
            "findings memory",
            "ledger",
            "handle",
            "missing",
            "day tally",
            // What staged cases would book stands beside what is open.
            "corrections",
        ],
    ),
    room("posting", &["desk/posting/"], DESK),
    room("intake", &["desk/intake/"], DESK),
    room("days", &["desk/days/"], DESK),
    room(
        "cases",
        &["desk/cases/"],
        &[
            "domain",
            "i18n",
            "protocol",
            "store",
            "in force",
            "ledger",
            "handle",
            "missing",
            "day tally",
            "findings",
            "corrections",
        ],
    ),
    room(
        "setup",
        &["desk/setup/"],
        // A limit of an approver is checked on a case; rules are tried on the evidence of findings.
        &[
            "domain",
            "i18n",
            // A limit of an approver is checked on a case; a channel names readers of files.
            "files",
            "protocol",
            "store",
            "in force",
            "ledger",
            "handle",
            "findings",
            "corrections",
            "cases",
        ],
    ),
    room(
        "service",
        &["desk/service.rs", "desk/mod.rs"],
        &[
            "domain",
            "i18n",
            "files",
            "protocol",
            "store",
            "in force",
            "findings memory",
            "ledger",
            "handle",
            "open",
            "books",
            "findings",
            "posting",
            "intake",
            "days",
            "corrections",
            "cases",
            "setup",
        ],
    ),
    room(
        "sample",
        &["sample/"],
        &["domain", "i18n", "protocol", "store", "in force", "ledger", "open", "service"],
    ),
    room(
        "remote",
        &["remote/"],
        &["domain", "i18n", "files", "protocol", "store", "ledger", "open", "intake", "service"],
    ),
    room("app", &["app/"], &["domain", "i18n", "config", "protocol"]),
    room("update", &["app/update/"], &["domain", "i18n", "config", "profiles", "files", "protocol", "app"]),
    room("ui", &["ui/"], &["domain", "i18n", "config", "protocol", "app", "update"]),
    // The shell opens the files that are imported from its terminal.
    room(
        "runtime",
        &["runtime/"],
        &["domain", "i18n", "config", "profiles", "files", "protocol", "app", "update", "ui"],
    ),
    // The edges: they connect everything.
    room("cli", &["cli/", "main.rs", "lib.rs"], EVERYTHING),
];

/// What the capabilities of the desk may import.
const DESK: &[&str] =
    &["domain", "i18n", "files", "protocol", "store", "in force", "findings memory", "ledger", "handle"];

/// No restriction but the order of [`ROOMS`].
const EVERYTHING: &[&str] = &["*"];

/// The largest share of all lines of `src` that one folder (`src/x`, `src/desk/x`) may have, in percent.
const MAX_ROOM_PERCENT: usize = 18;

/// The most lines of a file without its unit tests, and of a file of tests.
const MAX_FILE_LINES: usize = 500;

/// The most columns of a line that is a comment, including its indentation; a Chinese character takes two.
const MAX_COMMENT_COLUMNS: usize = 120;

/// Files that may be longer, and why.
const LONG_FILES: &[(&str, &str)] = &[];

/// Public type names that are defined in several rooms, and why each of them may be.
const SHARED_NAMES: &[(&str, &str)] = &[
    (
        "Answer",
        "what a request gets, and what answers a line of a channel; the second is used inside the store only",
    ),
    ("Call", "a command of the workstation under way, and the circumstances of a request to the desk"),
    ("Cell", "a cell of a table on screen, and a value of a row in the database"),
    ("Column", "of a table on screen, and of a file with a mistake in it"),
    ("Effect", "what the state machine asks of the shell, and what a step does to the books"),
    ("Explanation", "of a rule's factors, and the answer that carries it"),
    ("Item", "of a checklist, and an open item in suspense (挂账)"),
    (
        "Open",
        "the message that opens a ledger on a server, and the function that opens one for the workstation",
    ),
    ("Opened", "a case just opened, and a ledger just opened for the workstation"),
    ("Reason", "a reason code of the policy, and why a file is refused"),
    ("Row", "of a table on screen, and of the database"),
    ("Scope", "what an export covers, and what findings are judged by besides the evidence"),
    ("Settings", "of a ledger, and those that reading a file depends on"),
    ("Value", "a fact in an explanation, and a JSON value in a cluster's answer"),
];

/// The tables in which every file of a folder has its line, each in the folder's `mod.rs`: how a line names
/// the file (`{}` its stem, `{Camel}` in camel case), and what marks a file as a thing of that kind.
const TABLES: &[Table] = &[
    // A cause of findings.
    Table { folder: "desk/findings/causes", line: "{}::DEF", marker: "", except: &[] },
    // A kind of step; the others share code.
    Table { folder: "desk/corrections/steps", line: "{Camel},", marker: "impl Step for ", except: &[] },
    // A format that can be imported, or written.
    Table { folder: "files/import", line: "in {};", marker: "static READER", except: &[] },
    Table { folder: "files/export", line: "in {};", marker: "static WRITER", except: &[] },
    // A family of commands of the command line.
    Table { folder: "cli/commands", line: "({}::", marker: "", except: &[] },
    // A screen.
    Table {
        folder: "app/screens",
        line: "= {}::",
        marker: "pub struct .*Screen",
        except: &["listing", "document"],
    },
    // A family of commands of the workstation.
    Table {
        folder: "app/update",
        line: " {}_commands ",
        marker: "macro_rules! {}_commands",
        except: &["dispatch"],
    },
];

/// A table; see [`TABLES`].
struct Table {
    folder: &'static str,
    line: &'static str,
    marker: &'static str,
    /// Files with the marker that are no thing of this kind: what the things are made of.
    except: &'static [&'static str],
}

/// Words allowed in some places only: prefixes of paths below `src`, and the reason.
const WORDS: &[(&[&str], &[&str], &str)] = &[
    (
        &["rusqlite"],
        // Reads a query's rows from a database of somebody else's.
        &["store/", "files/import/database.rs"],
        "only the store knows the engine",
    ),
    (
        &["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"PRAGMA ", "\"REPLACE ", "\"CREATE "],
        &["store/"],
        "only the store knows SQL",
    ),
    (&["tokio"], &["runtime/", "remote/", "cli/", "store/", "main.rs"], "only the shell waits"),
    (
        &["crossterm::", "ratatui::"],
        &["runtime/", "ui/", "app/", "config/", "main.rs"],
        "only the shell knows the terminal",
    ),
    (&["crossterm::"], &["runtime/", "main.rs", "app/", "config/"], "drawing writes to a buffer"),
    (&["SystemTime", "Timestamp::now", "Zoned::now"], &["runtime/", "cli/"], "time is given, not read"),
    (
        &["Instant::now"],
        // The silence of a connection is no fact of the books.
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
            // Creates the ledger file, and removes it if creating the ledger fails.
            "store/engine/sqlite",
            "desk/open.rs",
            // Opens a file to import.
            "files/import/source.rs",
            // Read the file that was opened, and write the text of a table to a temporary one.
            "files/import/spreadsheet.rs",
            "files/import/json_lines.rs",
            "files/import/database.rs",
            "files/import/rendered.rs",
            // Writes an exported file.
            "files/export",
        ],
        "files are opened at the edge",
    ),
    (
        &["fastrand::", "getrandom::", "rand::"],
        &["runtime/", "cli/", "sample/"],
        "randomness is given, not drawn",
    ),
    (&["unsafe {", "unsafe fn"], &[], "there is no unsafe code"),
];

/// Kinds of trades that product code knows by name, and why. Everything else asks the kind what it is.
const KINDS_BY_NAME: &[(&str, &[&str], &str)] = &[
    (
        "domain/kind.rs",
        &["counter"],
        "a counter trade has the rules of another kind, turned: only a case brings one, never a file",
    ),
    ("desk/corrections/steps/counter.rs", &["counter"], "the step that records a counter trade"),
    ("store/trades.rs", &["counter"], "what counter trades undo, whatever their original's kind"),
    (
        "files/import/reader.rs",
        &["counter"],
        "the shipped kinds that a file may bring, without a ledger to ask",
    ),
    ("domain/statement.rs", &["pay", "refund"], "words for lines of a channel's statement, not kinds"),
    (
        "domain/account_statement.rs",
        &["refund", "payout", "transfer"],
        "words for lines of an account statement, not kinds",
    ),
    ("desk/books/payouts.rs", &["payout"], "what a channel pays out together, not a kind"),
    ("protocol/trail.rs", &["payout"], "a level of a trail, not a kind"),
    ("cli/show/payouts.rs", &["payout"], "the head of a column, not a kind"),
    ("sample/", &[], "made-up life is made of the shipped kinds and channels"),
];

/// Words that are kinds and also something else: an amount, an action on a case, a step, a status. As a text
/// in double quotes they are not taken for a kind.
const NOT_ONLY_KINDS: &[&str] = &["fee", "withdraw", "counter", "settlement"];

/// Returns the kinds of trades that a line names: by a constant, or by a word in quotes.
fn kinds_named(line: &str) -> Vec<&'static str> {
    let is_named = |word: &&str| {
        let constant = line.contains(&format!("TradeKind::{}", word.to_uppercase()));
        let quoted = line.contains(&format!("'{word}'"));
        let text = !NOT_ONLY_KINDS.contains(word) && line.contains(&format!("\"{word}\""));
        constant || quoted || text
    };
    TradeKind::NAMED.iter().map(TradeKind::as_str).filter(is_named).collect()
}

struct Source {
    /// Path below `src`, with forward slashes.
    name: String,
    lines: Vec<String>,
}

impl Source {
    /// The room of this file: the one with the longest matching path.
    fn room(&self) -> Option<&'static Room> {
        room_of(&self.name)
    }
}

fn room_of(name: &str) -> Option<&'static Room> {
    let length =
        |room: &Room| room.paths.iter().filter(|path| name.starts_with(**path)).map(|path| path.len()).max();
    ROOMS.iter().filter(|room| length(room).is_some()).max_by_key(|room| length(room))
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
    let lines: Vec<&str> = text.lines().collect();
    let starts_tests = |at: usize| {
        lines[at].starts_with("#[cfg(test)]")
            && lines.get(at + 1).is_none_or(|next| next.starts_with("mod ") && next.ends_with('{'))
    };
    let end = (0..lines.len()).find(|at| starts_tests(*at)).unwrap_or(lines.len());
    lines[..end]
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let only_for_tests = at > 0 && lines[at - 1].trim() == "#[cfg(test)]" && line.ends_with(';');
            let comment = line.trim_start().starts_with("//");
            if comment || only_for_tests { String::new() } else { (*line).to_owned() }
        })
        .collect()
}

/// Collects the files of a folder: name below `root`, and text.
fn collect(folder: &Path, root: &Path, found: &mut Vec<(String, String)>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

fn sources() -> Vec<Source> {
    let product = files().into_iter().filter(|(name, _)| !is_for_tests(name));
    product.map(|(name, text)| Source { name, lines: code(&text) }).collect()
}

/// Returns true if `line` contains `word`, and not as the end of a longer name.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The module path of a file: `desk/books/mod.rs` is `desk::books`, `lib.rs` the empty path.
fn module(name: &str) -> String {
    let path = name.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { String::new() } else { path.replace('/', "::") }
}

/// One path for each item of an import: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn flatten(import: &str) -> Vec<String> {
    let Some((prefix, list)) = import.split_once('{') else {
        return vec![import.split(" as ").next().unwrap_or_default().trim().to_owned()];
    };
    let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
    let mut depth = 0;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match c {
            ',' if depth == 0 => items.push(String::new()),
            c => {
                depth += i32::from(c == '{') - i32::from(c == '}');
                items.last_mut().unwrap().push(c);
            }
        }
    }
    items
        .iter()
        .filter(|item| !item.trim().is_empty())
        .flat_map(|item| flatten(&format!("{}{}", prefix.trim(), item.trim())))
        .collect()
}

/// Paths of our own modules named in `lines`, from the root, each with its line number: imports from
/// `crate`, `super` and `self`, and `crate::` paths within the code.
fn paths(lines: &[String], here: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut import: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(lines) {
        let starts = line.split("use ").nth(1).filter(|_| {
            let before = line.split("use ").next().unwrap_or_default().trim();
            before.is_empty() || before.starts_with("pub")
        });
        match (&mut import, starts) {
            (Some((_, text)), _) => text.push_str(line.trim()),
            (None, Some(rest)) => import = Some((number, rest.to_owned())),
            (None, None) => found.extend(line.split("crate::").skip(1).map(|rest| {
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_:".contains(c));
                (number, rest[..end.unwrap_or(rest.len())].to_owned())
            })),
        }
        if let Some((number, text)) = import.take_if(|(_, text)| text.contains(';')) {
            let paths = flatten(text.split(';').next().unwrap_or_default());
            found.extend(paths.iter().filter_map(|path| absolute(path, here)).map(|path| (number, path)));
        }
    }
    found
}

/// A path from the root; `None` for one of another crate.
fn absolute(path: &str, here: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split("::").collect();
    match parts.first() {
        Some(&"crate") => Some(parts.split_off(1).join("::")),
        Some(&"super" | &"self") => {
            let mut base: Vec<&str> = here.split("::").filter(|part| !part.is_empty()).collect();
            while let Some(first @ ("super" | "self")) = parts.first().copied() {
                if first == "super" {
                    base.pop();
                }
                parts.remove(0);
            }
            base.extend(parts);
            Some(base.join("::"))
        }
        _ => None,
    }
}

/// An import of one file by another.
struct Import {
    from: usize,
    line: usize,
    to: usize,
}

/// The imports between the files, as positions in `sources`.
fn imports(sources: &[Source]) -> Vec<Import> {
    let files: BTreeMap<String, usize> =
        sources.iter().enumerate().map(|(at, source)| (module(&source.name), at)).collect();
    let mut found = Vec::new();
    for (from, source) in sources.iter().enumerate() {
        for (line, path) in paths(&source.lines, &module(&source.name)) {
            let mut path = path.as_str();
            let to = loop {
                if let Some(at) = files.get(path) {
                    break *at;
                }
                path = path.rsplit_once("::").map_or("", |(parent, _)| parent);
            };
            if to != from {
                found.push(Import { from, line, to });
            }
        }
    }
    found
}

/// Groups of files that import each other, by Tarjan's algorithm: strongly connected components of more
/// than one file. A file may import the module it is part of.
struct Circles<'s> {
    edges: Vec<BTreeSet<usize>>,
    sources: &'s [Source],
    index: Vec<Option<usize>>,
    low: Vec<usize>,
    stack: Vec<usize>,
    next: usize,
    found: Vec<Vec<&'s str>>,
}

impl<'s> Circles<'s> {
    fn of(sources: &'s [Source]) -> Vec<Vec<&'s str>> {
        let count = sources.len();
        let mut edges = vec![BTreeSet::new(); count];
        for import in imports(sources) {
            let (from, to) = (module(&sources[import.from].name), module(&sources[import.to].name));
            if !to.is_empty() && !from.starts_with(&format!("{to}::")) {
                edges[import.from].insert(import.to);
            }
        }
        let (index, low) = (vec![None; count], vec![0; count]);
        let mut circles = Self { edges, sources, index, low, stack: Vec::new(), next: 0, found: Vec::new() };
        for file in 0..count {
            if circles.index[file].is_none() {
                circles.visit(file);
            }
        }
        circles.found
    }

    fn visit(&mut self, file: usize) {
        (self.index[file], self.low[file]) = (Some(self.next), self.next);
        self.next += 1;
        self.stack.push(file);
        for to in self.edges[file].clone() {
            if self.index[to].is_none() {
                self.visit(to);
                self.low[file] = self.low[file].min(self.low[to]);
            } else if self.stack.contains(&to) {
                self.low[file] = self.low[file].min(self.index[to].unwrap_or(0));
            }
        }
        if Some(self.low[file]) == self.index[file] {
            let start = self.stack.iter().position(|other| *other == file).unwrap_or(0);
            let group = self.stack.split_off(start);
            if group.len() > 1 {
                self.found.push(group.iter().map(|file| self.sources[*file].name.as_str()).collect());
            }
        }
    }
}

#[test]
fn no_two_files_import_each_other() {
    let sources = sources();
    let circles: Vec<String> = Circles::of(&sources).iter().map(|circle| circle.join(", ")).collect();
    assert!(circles.is_empty(), "circles of imports:\n{}", circles.join("\n"));
}

#[test]
fn rooms_import_only_what_they_may() {
    let sources = sources();
    let mut wrong = BTreeSet::new();
    for import in imports(&sources) {
        let (from, to) = (&sources[import.from], &sources[import.to]);
        let (Some(room), Some(imported)) = (from.room(), to.room()) else { continue };
        let allowed = room.may_import.contains(&imported.name) || room.may_import.contains(&"*");
        if room.name != imported.name && !allowed && to.name != "lib.rs" {
            let (room, imported) = (room.name, imported.name);
            let at = format!("src/{}:{}", from.name, import.line);
            wrong.insert(format!("{at}: `{room}` may not import `{imported}` (src/{})", to.name));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn rooms_may_import_only_rooms_below_them() {
    for (at, room) in ROOMS.iter().enumerate() {
        for imported in room.may_import.iter().filter(|imported| **imported != "*") {
            let below = ROOMS[..at].iter().any(|other| other.name == *imported);
            assert!(below, "`{}` may import `{imported}`, which is not below it", room.name);
        }
    }
}

#[test]
fn every_file_belongs_to_a_room_and_every_room_has_files() {
    let sources = sources();
    for source in &sources {
        assert!(source.room().is_some(), "src/{} belongs to no room of this test", source.name);
    }
    for path in ROOMS.iter().flat_map(|room| room.paths) {
        assert!(sources.iter().any(|source| source.name.starts_with(path)), "src/{path} does not exist");
    }
}

#[test]
fn no_module_reexports_everything_of_another() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (number, line) in (1..).zip(&source.lines) {
            let line = line.trim();
            if line.starts_with("pub") && line.contains(" use ") && line.ends_with("*;") {
                wrong.push(format!("src/{}:{number}: {line}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "a type should have one path:\n{}", wrong.join("\n"));
}

/// The type that a line defines for other folders: `pub` or `pub(crate)`.
fn defined_type(line: &str) -> Option<&str> {
    let line = line.trim();
    let rest = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub "))?;
    let name = ["struct ", "enum ", "trait ", "type "].iter().find_map(|word| rest.strip_prefix(word))?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    Some(&name[..end]).filter(|name| !name.is_empty())
}

/// A macro whose calls define types for other folders: how a call begins, and what follows the name of a type.
/// [`every_macro_that_names_types_is_known`] keeps the list complete.
const NAMING_MACROS: &[(&str, &str, &str)] = &[
    ("src/domain/vocabulary.rs", "vocabulary! {", ", \""),
    ("src/domain/short_code.rs", "short_codes! {", ", \""),
    ("src/domain/id.rs", "names! {", ";"),
];

/// The types that a file defines for other folders, by themselves and by [`NAMING_MACROS`].
fn defined_types(lines: &[String]) -> Vec<&str> {
    let mut found = Vec::new();
    let mut follows = None;
    for line in lines.iter().map(|line| line.trim()) {
        if let Some((_, _, after_name)) = NAMING_MACROS.iter().find(|(_, call, _)| line.starts_with(call)) {
            follows = Some(after_name);
        } else if line == "}" {
            follows = None;
        } else if let Some(after_name) = follows {
            let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric());
            found.extend(line.split_once(*after_name).map(|(name, _)| name).filter(is_name));
        } else {
            found.extend(defined_type(line));
        }
    }
    found
}

/// A type private to its file or its folder may have any name: its definition is close by.
#[test]
fn no_two_rooms_define_a_type_of_one_name_without_a_reason() {
    let mut rooms: BTreeMap<String, BTreeSet<(&str, String)>> = BTreeMap::new();
    for source in sources() {
        let Some(room) = source.room() else { continue };
        for name in defined_types(&source.lines) {
            rooms.entry(name.to_owned()).or_default().insert((room.name, source.name.clone()));
        }
    }
    let is_shared = |places: &BTreeSet<(&str, String)>| {
        places.iter().map(|(room, _)| room).collect::<BTreeSet<_>>().len() > 1
    };
    rooms.retain(|_, places| is_shared(places));
    let mut wrong = Vec::new();
    for (name, places) in &rooms {
        if !SHARED_NAMES.iter().any(|(shared, _)| shared == name) {
            wrong.push(format!("`{name}` is defined in {places:?}"));
        }
    }
    for (name, _) in SHARED_NAMES.iter().filter(|(name, _)| !rooms.contains_key(*name)) {
        wrong.push(format!("`{name}` is not defined twice any more: take it off the list"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_macro_that_names_types_is_known() {
    let names_types = |line: &String| {
        let words = ["pub struct $", "pub enum $", "pub trait $", "pub type $"];
        words.iter().any(|word| line.trim().starts_with(word))
    };
    let found: BTreeSet<String> = sources()
        .iter()
        .filter(|source| source.lines.iter().any(names_types))
        .map(|source| format!("src/{}", source.name))
        .collect();
    let known: BTreeSet<String> = NAMING_MACROS.iter().map(|(file, _, _)| (*file).to_owned()).collect();
    assert_eq!(found, known, "files with macros that name types, and `NAMING_MACROS`");
}

/// Returns true if a line compares a code or the key of a text with a literal, or matches on its text.
fn decides_on_text(line: &str) -> bool {
    let compared = [" == \"", " != \"", ".starts_with(", ".ends_with(", ".contains(", ".strip_prefix("];
    [".key", ".code"].iter().flat_map(|field| line.match_indices(field)).any(|(at, field)| {
        let rest = &line[at + field.len()..];
        let text = [".as_str()", ".as_ref()", ".as_deref()", "()"]
            .iter()
            .find_map(|as_text| rest.strip_prefix(as_text));
        let matched =
            text.filter(|rest| line.contains("match") && (rest.starts_with(" {") || rest.starts_with(", ")));
        matched.is_some() || compared.iter().any(|comparison| text.unwrap_or(rest).starts_with(comparison))
    })
}

/// A text key says what people read; a program that decides on it breaks as soon as the sentence is renamed.
#[test]
fn nothing_decides_on_a_text_key() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.name.starts_with("i18n/")) {
        for (number, line) in (1..).zip(&source.lines).filter(|(_, line)| decides_on_text(line)) {
            wrong.push(format!("src/{}:{number}: {}", source.name, line.trim()));
        }
    }
    assert!(wrong.is_empty(), "decide on a type instead:\n{}", wrong.join("\n"));
}

/// `half_posted` as `HalfPosted`.
fn camel(stem: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    stem.split('_').map(capital).collect()
}

/// Returns true if a line of the file marks it as one of its kind; `.*` in the marker is any text.
fn is_marked(source: &Source, marker: &str) -> bool {
    let (start, end) = marker.split_once(".*").unwrap_or((marker, ""));
    let marks = |line: &String| line.split_once(start).is_some_and(|(_, rest)| rest.contains(end));
    marker.is_empty() || source.lines.iter().any(marks)
}

#[test]
fn every_file_of_a_kind_has_its_line_in_the_table() {
    let sources = sources();
    let mut missing = Vec::new();
    for table in TABLES {
        let folder = format!("{}/", table.folder);
        let table_name = format!("{folder}mod.rs");
        let Some(list) = sources.iter().find(|source| source.name == table_name) else {
            panic!("src/{table_name} does not exist");
        };
        let mut kinds = 0;
        for source in &sources {
            let Some(stem) = source.name.strip_prefix(&folder).and_then(|file| file.strip_suffix(".rs"))
            else {
                continue;
            };
            let fill = |text: &str| text.replace("{}", stem).replace("{Camel}", &camel(stem));
            if stem.contains('/')
                || stem == "mod"
                || table.except.contains(&stem)
                || !is_marked(source, &fill(table.marker))
            {
                continue;
            }
            kinds += 1;
            let line = fill(table.line);
            if !list.lines.iter().any(|text| format!(" {text} ").contains(&line)) {
                missing.push(format!("src/{}: no `{}` in src/{table_name}", source.name, line.trim()));
            }
        }
        assert!(kinds > 0, "src/{folder}: no file is of the kind that this test looks for");
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

/// The folder that counts for size: the first, or below `desk` the second.
fn folder(name: &str) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    if parts[0] == "desk" && parts.len() > 2 { parts[..2].join("/") } else { parts[0].to_owned() }
}

#[test]
fn no_room_is_too_large() {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for source in sources() {
        *sizes.entry(folder(&source.name)).or_default() += source.lines.len();
    }
    let total: usize = sizes.values().sum();
    for (folder, size) in sizes {
        let percent = size * 100 / total;
        assert!(percent <= MAX_ROOM_PERCENT, "src/{folder} has {size} of {total} lines, {percent} %");
    }
}

#[test]
fn no_file_is_too_long_without_a_reason() {
    let mut wrong = Vec::new();
    let sources = sources();
    let too_long = |source: &&Source| source.lines.len() > MAX_FILE_LINES;
    for source in sources.iter().filter(too_long) {
        if !LONG_FILES.iter().any(|(name, _)| *name == source.name) {
            wrong.push(format!("src/{} has {} lines", source.name, source.lines.len()));
        }
    }
    for (name, _) in LONG_FILES {
        if !sources.iter().filter(too_long).any(|source| source.name == *name) {
            wrong.push(format!("src/{name} is not too long any more: take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "at most {MAX_FILE_LINES} lines:\n{}", wrong.join("\n"));
}

/// True if the line is a comment of more than [`MAX_COMMENT_COLUMNS`].
fn is_wide_comment(line: &str) -> bool {
    line.trim_start().starts_with("//") && line.width() > MAX_COMMENT_COLUMNS
}

/// `cargo fmt` leaves comments as they are. A row of a table cannot be wrapped, but it can be shortened.
#[test]
fn no_comment_is_too_wide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(&root.join(folder), root, &mut files);
    }
    let mut wrong = Vec::new();
    for (name, text) in &files {
        for (at, _) in text.lines().enumerate().filter(|(_, line)| is_wide_comment(line)) {
            wrong.push(format!("{name}:{}", at + 1));
        }
    }
    assert!(wrong.is_empty(), "comments of more than {MAX_COMMENT_COLUMNS} columns:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_of_tests_is_too_long() {
    let mut tests = files();
    tests.retain(|(name, _)| is_for_tests(name));
    assert!(tests.len() > 5, "the files of tests were not found");
    for (name, text) in tests {
        let count = text.lines().count();
        assert!(
            count <= MAX_FILE_LINES,
            "src/{name} has {count} lines, more than {MAX_FILE_LINES}: split it by topic"
        );
    }
}

#[test]
fn the_outside_world_is_met_at_the_edge_only() {
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

/// The codes of all channels of the shipped templates.
fn channel_codes() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/templates");
    let mut codes = BTreeSet::new();
    for template in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(template.unwrap().path().join("channels.toml")).unwrap();
        let lines = text.lines().filter_map(|line| line.strip_prefix("code = \""));
        codes.extend(lines.map(|rest| rest.trim_end_matches('"').to_owned()));
    }
    assert!(codes.len() > 10 && codes.contains("WECHAT") && codes.contains("STRIPE"), "{codes:?}");
    codes
}

/// Returns true if a line of code names one of these channels, as a text or as a constant.
fn names_a_channel(line: &str, codes: &BTreeSet<String>) -> bool {
    codes.iter().any(|code| line.contains(&format!("\"{code}\"")) || names(line, &format!("Channel::{code}")))
}

#[test]
fn only_the_domain_names_a_channel() {
    let codes = channel_codes();
    assert!(names_a_channel("of(Channel::BANK)", &codes) && names_a_channel("\"ADYEN\"", &codes));
    assert!(!names_a_channel("Channel::WHAT, \"bank\"", &codes));
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !source.name.starts_with("domain/")) {
        for (number, line) in (1..).zip(&source.lines) {
            if names_a_channel(line, &codes) {
                wrong.push(format!("src/{}:{number}: channels are data: {}", source.name, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_kind_is_known_by_name_only_where_there_is_a_reason() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for source in sources().iter().filter(|source| source.name != "domain/trade.rs") {
        let kept = KINDS_BY_NAME.iter().find(|(path, _, _)| source.name.starts_with(path));
        for (number, line) in (1..).zip(&source.lines) {
            for kind in kinds_named(line) {
                match kept {
                    Some((path, kinds, _)) if kinds.is_empty() || kinds.contains(&kind) => {
                        used.insert(*path);
                    }
                    _ => wrong.push(format!("src/{}:{number}: `{kind}`: {}", source.name, line.trim())),
                }
            }
        }
    }
    let unused = KINDS_BY_NAME.iter().filter(|(path, _, _)| !used.contains(path));
    wrong.extend(
        unused.map(|(path, _, _)| format!("src/{path} names no kind any more: take it off the list")),
    );
    assert!(wrong.is_empty(), "ask the kind instead:\n{}", wrong.join("\n"));
}

#[test]
fn no_channel_is_known_by_name_outside_of_the_domain() {
    let mut wrong = Vec::new();
    for source in sources() {
        // Made-up life is made of the shipped channels.
        if ["domain/", "sample/"].iter().any(|path| source.name.starts_with(path)) {
            continue;
        }
        for (number, line) in (1..).zip(&source.lines) {
            let named = Channel::NAMED.iter().map(Channel::as_str).find(|code| {
                line.contains(&format!("Channel::{code}")) || line.contains(&format!("\"{code}\""))
            });
            wrong.extend(named.map(|code| format!("src/{}:{number}: {code}: {}", source.name, line.trim())));
        }
    }
    assert!(wrong.is_empty(), "a channel is data:\n{}", wrong.join("\n"));
}

#[test]
fn the_scan_sees_what_it_should() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let seen = |text: &str| {
        paths(&lines(text), "store::engine").into_iter().map(|(_, path)| path).collect::<Vec<_>>()
    };
    assert_eq!(seen("use crate::store::{Sink, list};"), ["store::Sink", "store::list"]);
    assert_eq!(
        seen("pub use crate::{\n    app::State,\n    store::{a as x, b},\n};"),
        ["app::State", "store::a", "store::b"]
    );
    assert_eq!(seen("use super::page::Row;\nuse std::fs;"), ["store::page::Row"]);
    assert_eq!(seen("let x: crate::remote::Client = crate::desk::y();"), ["remote::Client", "desk::y"]);
    assert_eq!(module("desk/books/mod.rs"), "desk::books");
    assert_eq!(code("use a;\n// crate::store\n#[cfg(test)]\nmod tests {"), ["use a;", ""]);
    assert_eq!(code("#[cfg(test)]\nmod hostile;\nuse a;"), ["#[cfg(test)]", "", "use a;"]);
    assert!(is_for_tests("domain/rule/tests/mistakes.rs") && is_for_tests("files/import/source_tests.rs"));
    assert!(!is_for_tests("store/import.rs"));
    assert!(names("let n = rand::random();", "rand::") && !names("Errand::Commit", "rand::"));
    assert_eq!(room_of("desk/findings/memory.rs").map(|room| room.name), Some("findings memory"));
    assert_eq!(room_of("desk/findings/scan.rs").map(|room| room.name), Some("findings"));
    assert_eq!(kinds_named("kind == TradeKind::REFUND && x.kind = 'counter'"), ["refund", "counter"]);
    assert_eq!(kinds_named("(\"fee\", \"payout\")"), ["payout"]);
    assert_eq!(defined_type("pub(crate) struct Call<'a> {"), Some("Call"));
    assert_eq!(defined_type("    pub use a::Call;"), None);
    let declared = "vocabulary! {\n    Side, \"side\" {\n        Debit = \"debit\",\n    }\n}\nnames! {\n    TradeNo;\n}";
    assert_eq!(defined_types(&lines(&format!("{declared}\npub enum Own {{"))), ["Side", "TradeNo", "Own"]);
    assert!(decides_on_text("if note.key == \"finding.late\" {"));
    assert!(decides_on_text("match refusal.code.as_str() {"));
    assert!(decides_on_text("matches!(note.key.as_str(), \"due.no\" | \"due.late\")"));
    assert!(!decides_on_text("if rejection.code == Code::Waiting {"));
    assert!(!decides_on_text("match rejection.code {") && !decides_on_text("match press.key {"));
    assert_eq!(folder("desk/books/trades.rs"), "desk/books");
    assert_eq!(camel("half_posted"), "HalfPosted");
    let wide = "x".repeat(MAX_COMMENT_COLUMNS - 3);
    assert!(is_wide_comment(&format!(" /// {wide}")) && !is_wide_comment(&format!("// {wide}")));
    assert!(is_wide_comment(&format!("// {}账", &wide[1..])) && !is_wide_comment(&wide.repeat(2)));
}

/// The scan finds a circle through three files, and none in a module that its own files import.
#[test]
fn a_circle_is_found() {
    let source = |name: &str, text: &str| Source { name: name.to_owned(), lines: vec![text.to_owned()] };
    let circle = [
        source("a.rs", "use crate::b::{X};"),
        source("b.rs", "use super::c::y;"),
        source("c.rs", "let x = crate::a::z();"),
        source("d.rs", "use crate::a::X;"),
    ];
    let found: Vec<Vec<&str>> = Circles::of(&circle)
        .into_iter()
        .map(|mut circle| {
            circle.sort_unstable();
            circle
        })
        .collect();
    assert_eq!(found, [["a.rs", "b.rs", "c.rs"]]);
    let module = [source("m/mod.rs", "pub use self::part::X;"), source("m/part.rs", "use super::Y;")];
    assert!(Circles::of(&module).is_empty());
}

/// Test files that the one test program forgets would never run.
#[test]
fn every_test_file_is_part_of_the_test_program() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    // Without a main file, Cargo makes a program of each file.
    let Ok(main) = fs::read_to_string(folder.join("main.rs")) else { return };
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_source = path.extension().is_some_and(|extension| extension == "rs");
        if is_source && stem != "main" {
            assert!(main.contains(&format!("mod {stem};")), "tests/main.rs does not name `{stem}`");
        }
    }
}
