//! One run of the program: who works, when, in which language and on which ledger; and how a command
//! asks and prints.

use super::global::Global;
use super::outcome::{CommandOutcome, Failure};
use super::place::{self, Opener};
use super::printable::printable;
use super::progress::{LongWork, TerminalWatch};
use super::show::{self, Layout};
use crate::domain::currencies::Currencies;
use crate::domain::id::Operator;
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::{Lang, word};
use crate::protocol::answer::Answer;
use crate::protocol::context::Context;
use crate::protocol::names::Names;
use crate::protocol::page::{HasRowKey, Page, Rows, Start};
use crate::protocol::refusal::Refusal;
use crate::protocol::request::{Ask, Request};
use crate::protocol::service::{Service, ask_for};
use crate::protocol::watch::{Unwatched, Watch};
use crate::runtime::{Ledgers, Opened};
use serde::Serialize;
use std::io::{self, IsTerminal, Write};

/// Asks for every page of a list and joins them to one.
pub fn every_page<A: Ask<Answer = Rows<R>>, R: HasRowKey>(
    desk: &mut dyn Service,
    context: &Context,
    ask: impl Fn(Page) -> A,
    watch: &mut dyn Watch,
) -> Result<Rows<R>, Refusal> {
    let mut page = Page::first();
    let mut all = ask_for(desk, context, ask(page.clone()), watch)?;
    while let Some(next) = all.next() {
        page.start = Start::After(next);
        all.join(ask_for(desk, context, ask(page.clone()), watch)?);
    }
    Ok(all)
}

/// A command: its parsed arguments, which can run.
pub trait RunCommand {
    /// Runs the command and prints its answer.
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure>;
}

/// One run of the program.
pub struct Session {
    /// The options that every command takes.
    pub global: Global,
    /// The language of everything that is printed.
    pub lang: Lang,
    /// Operator, time and language for the desk.
    pub context: Context,
    /// The ledger's currencies once it is open; CNY until then.
    pub currencies: Currencies,
    /// Names of the ledger's codes once it is open; none until then.
    pub names: Names,
    /// Builds the whole command line: for completions, the man page and suggestions.
    pub command_line: fn() -> clap::Command,
}

impl Session {
    /// Starts a session. `lang` is the language if the options name none.
    pub fn new(global: Global, lang: Lang, command_line: fn() -> clap::Command) -> Result<Self, Failure> {
        let operator = match &global.operator {
            Some(operator) => operator.clone(),
            None => login_name()?,
        };
        let now = global.now.unwrap_or_else(|| crate::runtime::now(&jiff::tz::TimeZone::UTC));
        let lang = global.lang.unwrap_or(lang);
        let context = Context { operator, now, lang };
        let currencies = Currencies::new(Currency::CNY, &[]);
        Ok(Self { global, lang, context, currencies, names: Names::NONE, command_line })
    }

    /// Refuses a command that writes if the session is read-only.
    pub fn must_write(&self) -> Result<(), Failure> {
        if self.global.read_only { Err(Failure::Usage(word(self.lang, "cli.must_write"))) } else { Ok(()) }
    }

    /// Returns what opens ledgers for this session.
    pub fn opener(&self) -> Opener {
        Opener {
            operator: self.context.operator.clone(),
            read_only: self.global.read_only,
            time_is_given: self.global.now.is_some(),
        }
    }

    /// Opens the session's ledger. Without `--now` the session's time takes the ledger's zone.
    pub fn open(&mut self) -> Result<Box<dyn Service>, Failure> {
        let address =
            self.global.ledger.as_deref().ok_or_else(|| Failure::Usage(word(self.lang, "cli.no_ledger")))?;
        let opened = self.opener().open(address, &mut Unwatched)?;
        if self.global.now.is_none() {
            self.context.now = self.context.now.in_zone(&opened.zone);
        }
        self.names = opened.names;
        self.currencies = opened.currencies;
        Ok(opened.service)
    }

    /// Returns the progress bar for long work, or without work the reports on the connection alone.
    pub fn watch(&self, work: Option<LongWork>) -> TerminalWatch {
        TerminalWatch::new(work, self.lang, self.global.json)
    }

    /// Opens the ledger, sends one request and prints the answer.
    pub fn ask(&mut self, request: Request) -> Result<CommandOutcome, Failure> {
        self.ask_with(None, request)
    }

    /// As [`Session::ask`], with a progress bar.
    pub fn ask_long(&mut self, work: LongWork, request: Request) -> Result<CommandOutcome, Failure> {
        self.ask_with(Some(work), request)
    }

    fn ask_with(&mut self, work: Option<LongWork>, request: Request) -> Result<CommandOutcome, Failure> {
        let mut desk = self.open()?;
        let mut watch = self.watch(work);
        let answer = desk.ask(&self.context, request, &mut watch)?;
        watch.finish();
        self.print(&answer)
    }

    /// As [`Session::ask`], with every page of a list joined to one: scripts read findings and cases as
    /// one list.
    pub fn ask_all_pages<A: Ask<Answer = Rows<R>>, R: HasRowKey>(
        &mut self,
        work: Option<LongWork>,
        ask: impl Fn(Page) -> A,
        answer: impl Fn(Rows<R>) -> Answer,
    ) -> Result<CommandOutcome, Failure> {
        let mut desk = self.open()?;
        let mut watch = self.watch(work);
        let all = every_page(&mut *desk, &self.context, ask, &mut watch)?;
        watch.finish();
        self.print(&answer(all))
    }

    /// Prints an answer: as text, or with `--json` as one JSON value.
    pub fn print(&self, answer: &Answer) -> Result<CommandOutcome, Failure> {
        let layout = Layout::new(self.lang, &self.currencies, self.global.all, &self.names);
        let mut out = io::BufWriter::new(io::stdout().lock());
        let reports = show::print(&mut out, answer, &layout, self.global.json)?;
        out.flush()?;
        Ok(if reports { CommandOutcome::Reported } else { CommandOutcome::Done })
    }

    /// Prints what is not an answer of the desk: one line, or with `--json` the object.
    pub fn print_object<T: Serialize>(&self, object: &T, line: &str) -> Result<CommandOutcome, Failure> {
        self.print_table(object, &format!("{}\n", printable(line)))
    }

    /// As [`Session::print_object`], for text of several lines whose cells are escaped already.
    pub fn print_table<T: Serialize>(&self, object: &T, text: &str) -> Result<CommandOutcome, Failure> {
        let mut out = io::stdout().lock();
        if self.global.json {
            serde_json::to_writer(&mut out, object).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            write!(out, "{text}")?;
        }
        Ok(CommandOutcome::Done)
    }

    /// Runs the workstation on the session's ledger, or if none is named on a choice of the configured
    /// ones.
    pub fn workstation(&mut self) -> Result<CommandOutcome, Failure> {
        let ledgers = place::ledgers(self.opener())?;
        let opened = match self.global.ledger.clone() {
            Some(address) => Some(self.opener().open(&address, &mut Unwatched)?),
            None if ledgers.named.is_empty() || !is_terminal() => {
                return Err(Failure::Usage(word(self.lang, "cli.no_ledger")));
            }
            None => None,
        };
        self.run_workstation(opened, ledgers)
    }

    /// Runs the workstation on an open ledger.
    pub fn run_workstation(
        &self,
        opened: Option<Opened>,
        ledgers: Ledgers,
    ) -> Result<CommandOutcome, Failure> {
        if !is_terminal() {
            return Err(Failure::Usage(word(self.lang, "cli.no_terminal")));
        }
        let options = crate::runtime::Options {
            now: self.global.now,
            ..crate::runtime::Options::new(self.context.operator.clone(), self.lang)
        };
        crate::runtime::run(opened, ledgers, options).map_err(super::outcome::io_fault)?;
        Ok(CommandOutcome::Done)
    }
}

/// Returns the login name, which is the operator by default.
fn login_name() -> Result<Operator, Failure> {
    whoami::username().ok().and_then(|name| name.parse().ok()).ok_or_else(|| {
        Failure::Refused(Rejection::new(Code::BadValue).with("what", "operator").with("value", "").into())
    })
}

/// Returns true if both input and output are a terminal.
fn is_terminal() -> bool {
    io::stdout().is_terminal() && io::stdin().is_terminal()
}
