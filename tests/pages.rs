//! The pages do what they say: the walks of the README run as written, its picture is the program's own, and no
//! page names a command or an option that does not exist.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use crate::support::place::PROGRAM;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a walk needs of a checkout.
const TOP: [&str; 3] = ["README.md", "assets", "tests"];

/// Lines of a walk that begin with these words build and test the program; they are left out.
const BUILD: [&str; 2] = ["cargo ", "bash "];

/// What a line's comment says if the command ends with 1.
const EXIT_1: &str = "exit code 1";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Blocks of a page: their language and their lines.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match (line.strip_prefix("```"), found.last_mut()) {
            (Some(_), _) if inside => inside = false,
            (Some(language), _) => {
                inside = true;
                found.push((language, Vec::new()));
            }
            (None, Some((_, lines))) if inside => lines.push(line),
            (None, _) => {}
        }
    }
    found
}

/// A folder like the top of a checkout, in which the walks run one after the other.
struct Walk {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Walk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in TOP {
            std::os::unix::fs::symlink(root().join(name), folder.path().join(name)).unwrap();
        }
        fs::create_dir(folder.path().join("bin")).unwrap();
        fs::write(folder.path().join("config.toml"), "").unwrap();
        std::os::unix::fs::symlink(PROGRAM, folder.path().join("bin/storno")).unwrap();
        Self { folder, variables: BTreeMap::new() }
    }

    /// Runs a line in a shell, as a reader types it.
    fn run(&self, line: &str) -> Output {
        let here = self.folder.path();
        let mut command = Command::new("sh");
        for name in ["STORNO_LEDGER", "STORNO_OPERATOR", "STORNO_NOW", "LC_ALL", "LANG"] {
            command.env_remove(name);
        }
        let path = format!("{}:{}", here.join("bin").display(), std::env::var("PATH").unwrap_or_default());
        command.env("PATH", path).env("HOME", here).env("STORNO_LANG", "en").env("STORNO_OPERATOR", "op1");
        command.env("STORNO_STATE", here.join("state")).env("STORNO_CONFIG", here.join("config.toml"));
        command.envs(&self.variables).current_dir(here).stdin(Stdio::null()).args(["-c", line]);
        command.output().unwrap()
    }

    /// Runs the walks of a page up to its end. Returns how many commands ran.
    fn walk(&mut self, page: &str) -> usize {
        let mut ran = 0;
        for line in
            blocks(page).into_iter().filter(|(language, _)| *language == "sh").flat_map(|block| block.1)
        {
            if let Some(variables) = line.strip_prefix("export ") {
                let pairs = variables.split_whitespace().map(|pair| pair.split_once('=').unwrap());
                self.variables.extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
            } else if !line.is_empty() && !BUILD.iter().any(|word| line.starts_with(word)) {
                let output = self.run(line);
                let expected = i32::from(line.contains(EXIT_1));
                assert_eq!(output.status.code(), Some(expected), "{line}\n{output:?}");
                ran += 1;
            }
        }
        ran
    }

    fn json(&self, line: &str) -> Value {
        let output = self.run(line);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}: {output:?}"))
    }
}

/// The names of an object's fields in order.
fn fields(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect()
}

#[test]
fn the_walks_of_the_readme_run_as_written_and_answer_what_it_says() {
    let readme = read(&root().join("README.md"));
    let mut walk = Walk::new();
    let ran = walk.walk(&readme);
    assert!(ran > 20, "{ran} commands were found");
    let shown = walk.json("storno trade T0001 --json");
    assert_eq!(shown["row"]["posting"], "reposted", "the case was committed");
    // `turnover` answers `{from, to, …}`: the names of all its fields.
    let plain = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for (said, line) in [
        ("`turnover` answers ", "storno turnover --from 2018-09-12 --to 2018-09-14"),
        ("`trial-balance` answers ", "storno trial-balance --as-of 2018-09-12"),
        ("balance-days ", "storno account 2001.B --balance-days --from 2018-09-01 --to 2018-09-30"),
        ("`statement` ", "storno statement B --from 2018-09-01 --to 2018-09-30"),
        ("`reconcile` ", "storno reconcile --channel WECHAT --day 2018-09-12"),
    ] {
        let (_, after) = plain.split_once(&format!("{said}`{{")).unwrap_or_else(|| panic!("{said}`{{"));
        let named: BTreeSet<&str> = after.split_once('}').unwrap().0.split(", ").collect();
        let answered = walk.json(&format!("{line} --json"));
        assert_eq!(fields(&answered), named, "{line}");
    }
}

#[test]
fn the_picture_of_the_readme_is_the_programs() {
    let readme = read(&root().join("README.md"));
    let picture = blocks(&readme).into_iter().map(|(_, lines)| lines).find(|lines| lines.len() > 20).unwrap();
    let snapshot = read(&root().join("tests/workstation/snapshots/finding-80x24-en.snap"));
    let drawn: Vec<&str> = snapshot.lines().skip_while(|line| !line.starts_with("Storno")).collect();
    let plain = |lines: Vec<&str>| lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n");
    assert_eq!(plain(picture), plain(drawn));
}

/// A command with the words that may follow it.
#[derive(Default)]
struct Described {
    /// Commands below it.
    commands: BTreeSet<String>,
    options: BTreeSet<String>,
}

/// Every command of the program by its words, as its own help tells them.
fn tree() -> BTreeMap<String, Described> {
    let mut found = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(words) = open.pop() {
        let output = Command::new(PROGRAM)
            .args(words.split_whitespace())
            .args(["--help", "--lang", "en"])
            .output()
            .unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        let mut described = Described::default();
        let mut of_commands = false;
        for line in help.lines() {
            if !line.starts_with(' ') && !line.is_empty() {
                of_commands = line == "Commands:";
            }
            let text = line.trim_start();
            if of_commands && line.starts_with("  ") && !line.starts_with("   ") {
                described.commands.extend(text.split_whitespace().next().map(str::to_owned));
            }
            if text.starts_with('-') {
                let options = text.split([' ', ',']).filter(|word| word.starts_with("--"));
                described.options.extend(options.take(1).map(str::to_owned));
            }
        }
        assert!(described.options.contains("--help"), "{words}: {help}");
        open.extend(described.commands.iter().map(|name| format!("{words} {name}").trim().to_owned()));
        found.insert(words, described);
    }
    found
}

/// Pages whose commands are looked at, with their texts; of the changelog only the newest section.
fn pages() -> Vec<(PathBuf, String)> {
    fn below(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                found.push(path);
            }
        }
    }
    let names = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];
    let mut found: Vec<PathBuf> = names.iter().map(|name| root().join(name)).collect();
    below(&root().join("assets"), &mut found);
    let text = |path: PathBuf| {
        let mut text = read(&path);
        if path.ends_with("CHANGELOG.md") {
            text = text.split("\n## ").nth(1).unwrap_or_default().to_owned();
        }
        (path, text)
    };
    found.into_iter().map(text).collect()
}

/// Lines of blocks, and what stands between backticks; each on one line.
fn code(page: &str) -> Vec<String> {
    let mut outside = String::new();
    let mut found = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            found.push(line.split(" #").next().unwrap_or_default().trim().to_owned());
        } else {
            outside.push_str(line);
            outside.push('\n');
        }
    }
    let spans = outside.split('`').skip(1).step_by(2);
    found.extend(spans.map(|span| span.split_whitespace().collect::<Vec<_>>().join(" ")));
    found
}

/// Returns what a line of code says of the program that is not so: `storno`, the words of a command, and its
/// options.
fn mistakes(line: &str, tree: &BTreeMap<String, Described>) -> Vec<String> {
    let is_word = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
    let mut words = line.split(' ').peekable();
    let named = words.next_if_eq(&"storno").is_some();
    let mut at = String::new();
    while let Some(next) = words.peek().filter(|word| is_word(word)) {
        let below = format!("{at} {next}").trim().to_owned();
        if !tree.contains_key(&below) {
            break;
        }
        at = below;
        words.next();
    }
    // Without `storno` a word such as `post` may mean anything; with an option it is a command.
    if !named && at.is_empty() && !line.starts_with("--") {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    if let Some(next) = words.peek().filter(|word| named && is_word(word))
        && tree[&at].commands.iter().any(|name| name != "help")
        // The program itself takes a ledger.
        && (!at.is_empty() || !next.contains(['.', '/']))
    {
        wrong.push(format!("`{line}`: no command {next}"));
    }
    // `stage STEP …` stands for all that are below it.
    let below = if at.is_empty() { String::new() } else { format!("{at} ") };
    let is_any = words.peek().is_some_and(|word| !word.starts_with('-')) || at.is_empty() && !named;
    let part_of = |name: &String| *name == at || is_any && name.starts_with(&below);
    for word in words.filter_map(|word| word.split(['=', '|', ')', ',', ';']).next()) {
        let is_option = word.len() > 2 && word.starts_with("--");
        let known = |described: &Described| described.options.contains(word);
        if is_option && !tree.iter().any(|(name, described)| part_of(name) && known(described)) {
            wrong.push(format!("`{line}`: no option {word}"));
        }
    }
    wrong
}

#[test]
fn no_page_names_a_command_or_an_option_that_does_not_exist() {
    let tree = tree();
    assert!(tree.len() > 80, "{} commands were found", tree.len());
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for (path, text) in pages() {
        for line in code(&text) {
            looked_at += usize::from(line.starts_with("storno "));
            wrong
                .extend(mistakes(&line, &tree).into_iter().map(|what| format!("{}: {what}", path.display())));
        }
    }
    assert!(looked_at > 100, "{looked_at} commands were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_command_or_an_option_that_does_not_exist_is_noticed() {
    let tree = tree();
    for line in [
        "storno reconcil",
        "storno case shut C0001",
        "storno post --fast",
        "case open --plans",
        "--no-such-option",
    ] {
        assert_eq!(mistakes(line, &tree).len(), 1, "{line}");
    }
    for line in
        ["storno", "storno day.db", "storno case open --trade T1 --plan", "post", "case open", "--json"]
    {
        assert_eq!(mistakes(line, &tree), Vec::<String>::new(), "{line}");
    }
}
