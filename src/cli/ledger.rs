//! Ledgers on the command line: addresses, new ones, their rules, the workstation on top.

use super::{Failure, Outcome, Session};
use crate::cli::args::{AUTO, ImportKind};
use crate::config::Address;
use crate::desk::in_force::DEFAULT_POLICY;
use crate::desk::ledger::OpenLedger;
use crate::desk::open::{DEFAULT_CHART, DEFAULT_RULES, NewLedger};
use crate::desk::service::Desk;
use crate::domain::chain::hex;
use crate::domain::id::Operator;
use crate::domain::rejection::{Code, Rejection};
use crate::files::import::{Format, Source};
use crate::i18n::{text, word};
use crate::protocol::answer::Answer;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::watch::Unwatched;
use crate::runtime::{Ledgers, Opened};
use crate::store::settings::Settings;
use std::path::{Path, PathBuf};

/// What `storno init` was asked for.
pub struct Wish {
    pub chart: Option<PathBuf>,
    pub rules: Option<PathBuf>,
    pub currency: String,
    pub policy: Option<PathBuf>,
    pub role: String,
    pub zone: String,
}

/// The operator by default: who is logged in.
pub fn login_name() -> Result<Operator, Failure> {
    whoami::username().ok().and_then(|name| name.parse().ok()).ok_or_else(|| {
        Failure::Refused(Rejection::new(Code::BadValue).with("what", "operator").with("value", "").into())
    })
}

/// The path of a local address; where only a file here will do, any other is refused.
pub fn local_path(address: &str) -> Result<PathBuf, Failure> {
    match address.parse()? {
        crate::config::Address::Local(path) => Ok(path),
        _ => Err(Rejection::new(Code::LocalOnly).with("address", address.escape_debug()).into()),
    }
}

/// A file's name and text.
pub fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let name = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|error| {
        Failure::Refused(crate::protocol::refusal::Refusal::Fault {
            code: "STORNO-IO".to_owned(),
            args: vec![("detail".to_owned(), format!("{}: {error}", path.display()))],
        })
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
        Failure::from(
            Rejection::new(Code::BadRules)
                .with("file", &name)
                .with("line", line)
                .with("problem", "file.wrong_encoding")
                .with("expected", "UTF-8")
                .with("byte", good + 1),
        )
    })?;
    Ok((name, text))
}

/// A kept seal: the head's place and hash, as `storno seal` prints them (JSON, or words with the place before the hash).
pub fn read_seal(path: &Path) -> Result<(i64, String), Failure> {
    let (name, text) = read_text(path)?;
    let bad = || Failure::from(Rejection::new(Code::BadValue).with("what", "seal").with("value", &name));
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
        let seq = value["head_seq"].as_i64().ok_or_else(bad)?;
        let hash = value["head_hash"].as_str().ok_or_else(bad)?;
        return Ok((seq, hash.to_owned()));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()));
    let found =
        at.and_then(|at| Some((words.get(at.checked_sub(1)?)?.parse().ok()?, (*words.get(at)?).to_owned())));
    found.ok_or_else(bad)
}

/// A ledger's identity: 128 random bits.
pub fn new_id() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::Refused(crate::protocol::refusal::Refusal::Fault {
            code: "STORNO-IO".to_owned(),
            args: vec![("detail".to_owned(), error.to_string())],
        })
    })?;
    Ok(hex(&bytes))
}

impl Session {
    /// The format asked for, which must be one that the command takes; `None` where the content decides.
    pub(super) fn asked_format(&self, kind: ImportKind, asked: &str) -> Result<Option<Format>, Failure> {
        if asked == AUTO {
            return Ok(None);
        }
        let found = Format::ALL.iter().find(|format| format.option() == asked && kind.takes(**format));
        found
            .copied()
            .map(Some)
            .ok_or_else(|| Failure::Usage(text(self.lang, "cli.format_contradicts", &[("format", asked)])))
    }

    /// What a file is by its content; it must be what the command takes.
    pub(super) fn format_of(&self, source: &Source, kind: ImportKind) -> Result<Format, Failure> {
        let format = source.format().map_err(|error| crate::desk::intake::bad_file(&error))?;
        if kind.takes(format) {
            return Ok(format);
        }
        let rejection = Rejection::new(Code::BadFile)
            .with("file", source.name())
            .with("place", source.name())
            .with("problem", "cli.other_kind")
            .with("format", word(self.lang, &format!("file.kind.{format}")));
        Err(rejection.into())
    }

    pub(super) fn init(&mut self, address: &str, wish: &Wish) -> Result<Outcome, Failure> {
        self.must_write()?;
        let profile = super::place::profile(address)?;
        let own = |file: &Option<PathBuf>, default: (&str, &str)| match file {
            Some(path) => read_text(path),
            None => Ok((default.0.to_owned(), default.1.to_owned())),
        };
        let chart = own(&wish.chart, DEFAULT_CHART)?;
        let rules = own(&wish.rules, DEFAULT_RULES)?;
        let policy = own(&wish.policy, DEFAULT_POLICY)?;
        let currency = wish.currency.parse().map_err(|_| {
            Failure::from(
                Rejection::new(Code::BadValue)
                    .with("what", "currency")
                    .with("value", wish.currency.escape_debug()),
            )
        })?;
        crate::domain::period::parse_zone(&wish.zone)?;
        let settings = Settings {
            ledger_id: new_id()?,
            name: match &profile.address {
                Address::Local(path) => {
                    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
                }
                other => other.to_string(),
            },
            role: wish.role.clone(),
            currency,
            zone: wish.zone.clone(),
        };
        let new = NewLedger {
            settings,
            policy: (&policy.0, &policy.1),
            chart: (&chart.0, &chart.1),
            rules: (&rules.0, &rules.1),
        };
        let (operator, now) = (&self.context.operator, self.context.now);
        let mut desk = match &profile.address {
            Address::Local(path) => OpenLedger::create(path, &new, operator, now).map(Desk::from)?,
            Address::Rqlite(rqlite) => {
                let cluster = super::place::cluster(rqlite, &profile)?;
                let made = OpenLedger::create_in_cluster(cluster, super::place::keys(), &new, operator, now)
                    .map(Desk::from)?;
                // Whatever was seen there before is gone.
                super::place::forget(&profile.address.to_string());
                made
            }
            Address::Ssh(_) => {
                return Err(Rejection::new(Code::LocalOnly).with("address", &profile.address).into());
            }
        };
        let answer = desk.ask(
            &self.context,
            crate::protocol::request::Request::Ledger,
            &mut crate::protocol::watch::Unwatched,
        )?;
        let crate::protocol::answer::Answer::Ledger(ledger) = answer else { return Ok(Outcome::Done) };
        let args = [("path", profile.address.to_string()), ("id", ledger.ledger_id.clone())];
        self.print_object(&ledger, &text(self.lang, "cli.made", &args))
    }

    pub(super) fn load_rules(&mut self, file: &Path) -> Result<Outcome, Failure> {
        let (name, source) = read_text(file)?;
        self.ask(Request::RulesLoad { file: name, text: source })
    }

    pub(super) fn check_rules(&mut self, file: &Path) -> Result<Outcome, Failure> {
        let (name, source) = read_text(file)?;
        let chart = crate::domain::chart::Chart::parse(DEFAULT_CHART.0, DEFAULT_CHART.1)
            .map_err(|mistakes| mistakes_of(&mistakes))?;
        let subjects = match &self.global.ledger {
            Some(_) => match self.open()?.ask(&self.context, Request::Chart, &mut Unwatched)? {
                Answer::Chart(subjects) => subjects,
                _ => chart.subjects,
            },
            None => chart.subjects,
        };
        let set = crate::domain::rule::RuleSet::parse(&name, &source, &subjects)
            .map_err(|mistakes| self.all_mistakes(&mistakes))?;
        let args = [("id", set.id().to_owned()), ("count", set.rules().len().to_string())];
        self.print_object(
            &serde_json::json!({ "ok": true, "rules": set.rules().len() }),
            &text(self.lang, "cli.rules_ok", &args),
        )
    }

    /// Every mistake on its own line; the last is the refusal.
    fn all_mistakes(&self, mistakes: &[crate::domain::authored::AuthoredError]) -> Failure {
        let Some((last, others)) = mistakes.split_last() else {
            return Rejection::new(Code::BadRules).into();
        };
        if !self.global.json {
            for mistake in others {
                eprintln!(
                    "{}:{}: {}",
                    mistake.file,
                    mistake.line,
                    text(self.lang, &mistake.key, &mistake.args)
                );
            }
        }
        last.rejection().into()
    }

    /// The workstation on the ledger named, or on the choice between those of the configuration.
    pub(super) fn workstation(&mut self) -> Result<Outcome, Failure> {
        let ledgers = super::place::ledgers(self)?;
        let opened = match self.global.ledger.clone() {
            Some(address) => Some(super::place::connect(self, &address, &mut Unwatched)?),
            None if ledgers.named.is_empty() || !is_terminal() => {
                return Err(Failure::Usage(word(self.lang, "cli.no_ledger")));
            }
            None => None,
        };
        self.run_workstation(opened, ledgers)
    }

    pub(super) fn run_workstation(
        &self,
        opened: Option<Opened>,
        ledgers: Ledgers,
    ) -> Result<Outcome, Failure> {
        if !is_terminal() {
            return Err(Failure::Usage(word(self.lang, "cli.no_terminal")));
        }
        let options = crate::runtime::Options {
            now: self.global.now,
            ..crate::runtime::Options::new(self.context.operator.clone(), self.lang)
        };
        crate::runtime::run(opened, ledgers, options).map_err(|error| {
            Failure::Refused(crate::protocol::refusal::Refusal::Fault {
                code: "STORNO-IO".to_owned(),
                args: vec![("detail".to_owned(), error.to_string())],
            })
        })?;
        Ok(Outcome::Done)
    }
}

/// Whether somebody sits at both ends.
fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stdout().is_terminal() && std::io::stdin().is_terminal()
}

fn mistakes_of(mistakes: &[crate::domain::authored::AuthoredError]) -> Failure {
    mistakes
        .first()
        .map_or_else(|| Rejection::new(Code::BadRules).into(), |mistake| mistake.rejection().into())
}
