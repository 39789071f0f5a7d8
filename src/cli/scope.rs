//! What an authored file is checked against: files of the command line, what is in force in the session's
//! ledger, and without a ledger what the program ships.

use super::against::{self, Against, What};
use super::outcome::{CommandOutcome, Failure};
use super::printable::printable;
use super::refused::line;
use super::session::Session;
use super::show;
use crate::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, shipped_calendar};
use crate::desk::open::DEFAULT_CHART;
use crate::domain::account::Subject;
use crate::domain::authored::{AuthoredError, rejection, rejection_as};
use crate::domain::channel::Channels;
use crate::domain::chart::{Chart, missing_roles};
use crate::domain::currencies::Currencies;
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::i18n::{text, word};
use crate::protocol::accounts::ShowChart;
use crate::protocol::calendars::ListCalendars;
use crate::protocol::changes::CountedChange;
use crate::protocol::channels::ListChannels;
use crate::protocol::kinds::ListKinds;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::runtime::local_files::read_text;
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Display;
use std::io;
use std::path::Path;

/// The files that take the place of the ledger's.
#[derive(Debug, Clone, Copy, Default)]
pub struct OwnFiles<'a> {
    /// Chart of accounts.
    pub chart: Option<&'a Path>,
    /// Channels.
    pub channels: Option<&'a Path>,
    /// Kinds of trades.
    pub kinds: Option<&'a Path>,
}

/// What an authored file is checked against.
pub struct CheckScope {
    /// The chart of accounts.
    pub chart: Vec<Subject>,
    /// The channels.
    pub channels: Channels,
    /// The kinds of trades.
    pub kinds: Kinds,
    /// The names of the calendars.
    pub calendars: Vec<String>,
    /// The ledger's currencies, or without one that of the default template.
    pub currencies: Currencies,
    /// Whether a ledger's own are read.
    pub of_ledger: bool,
    /// Where chart, channels, kinds and currency come from.
    pub against: Vec<Against>,
}

/// An authored file: its name for errors, and its text.
type Source = (String, String);

impl CheckScope {
    /// Reads what files are checked against.
    ///
    /// # Errors
    /// Every mistake of the first file that has one, or the failure of the ledger.
    pub fn read(session: &mut Session, own: OwnFiles<'_>) -> Result<Self, Failure> {
        let mut chart = None;
        let mut currencies = Currencies::new(Currency::CNY, &[]);
        let mut channels = (DEFAULT_CHANNELS.0.to_owned(), DEFAULT_CHANNELS.1.to_owned());
        let mut kinds = (DEFAULT_KINDS.0.to_owned(), DEFAULT_KINDS.1.to_owned());
        let mut calendars = vec![shipped_calendar()?.id().to_owned()];
        let of_ledger = session.global.ledger.is_some();
        if of_ledger {
            let mut desk = session.open()?;
            let (desk, context, watch) = (&mut *desk, &session.context, &mut Unwatched);
            chart = Some(ask_for(desk, context, ShowChart {}, watch)?);
            let ledger = ask_for(desk, context, ShowLedger {}, watch)?;
            let kept: Vec<Currency> = ledger.currencies.iter().filter_map(|code| code.parse().ok()).collect();
            currencies = Currencies::new(ledger.currency.parse().unwrap_or(currencies.main()), &kept);
            let known = ask_for(desk, context, ListChannels {}, watch)?;
            channels = (format!("{}@{}", known.id, known.version), known.source);
            let known = ask_for(desk, context, ListKinds {}, watch)?;
            kinds = (format!("{}@{}", known.id, known.version), known.source);
            let known = ask_for(desk, context, ListCalendars {}, watch)?;
            calendars.extend(known.into_iter().map(|row| row.id));
        }
        let chart = match (own.chart, chart) {
            (Some(path), _) => parse_chart(read_text(path, Code::BadRules)?)?,
            (None, Some(chart)) => chart,
            (None, None) => parse_chart((DEFAULT_CHART.0.to_owned(), DEFAULT_CHART.1.to_owned()))?,
        };
        let own_or = |path: Option<&Path>, code, known| path.map_or(Ok(known), |path| read_text(path, code));
        let channels = parse_channels(own_or(own.channels, Code::BadChannels, channels)?)?;
        let kinds = parse_kinds(own_or(own.kinds, Code::BadKinds, kinds)?)?;
        let against = vec![
            Against::file_or(own.chart, session, What::Chart),
            Against::file_or(own.channels, session, What::Channels),
            Against::file_or(own.kinds, session, What::Kinds),
            Against::in_force(session, What::Currency),
        ];
        Ok(Self { chart, channels, kinds, calendars, currencies, of_ledger, against })
    }

    /// Returns it as rule sets need it.
    pub fn of_rules(&self) -> RuleScope<'_> {
        RuleScope {
            chart: &self.chart,
            channels: &self.channels,
            kinds: &self.kinds,
            currencies: &self.currencies,
        }
    }
}

/// Reads a chart.
pub fn parse_chart((file, source): Source) -> Result<Vec<Subject>, Failure> {
    Ok(Chart::parse(&file, &source).map_err(rejection)?.subjects)
}

fn parse_channels((file, source): Source) -> Result<Channels, Failure> {
    let bad = |mistakes| rejection_as(Code::BadChannels, mistakes);
    Ok(Channels::parse(&file, &source, None).map_err(bad)?)
}

fn parse_kinds((file, source): Source) -> Result<Kinds, Failure> {
    Ok(Kinds::parse(&file, &source, None).map_err(|mistakes| rejection_as(Code::BadKinds, mistakes))?)
}

/// A file without mistakes.
pub struct CheckedFile {
    /// The sentence that says so.
    pub line: String,
    /// What `--json` says of it.
    pub object: Value,
    /// What it was checked against.
    pub against: Vec<Against>,
}

impl CheckedFile {
    /// Prints it.
    pub fn print(self, session: &Session) -> Result<CommandOutcome, Failure> {
        self.print_with(session, None, None)
    }

    /// Prints it, and what it changes about the version in force; `None` if no ledger has one.
    pub fn print_with_changes<F: Serialize + Display>(
        mut self,
        session: &Session,
        changes: Option<&[CountedChange<F>]>,
    ) -> Result<CommandOutcome, Failure> {
        let Some(changes) = changes else { return self.print(session) };
        if let Some(object) = self.object.as_object_mut() {
            object.insert("changes".to_owned(), serde_json::to_value(changes).map_err(io::Error::from)?);
        }
        let table = show::changes(changes, session.lang);
        self.print_with(session, None, Some(table))
    }

    /// Prints it, with what corrections cannot do with a chart and remarks on the file.
    pub fn print_with_chart(
        self,
        session: &Session,
        chart: &[Subject],
        remarks: &[AuthoredError],
    ) -> Result<CommandOutcome, Failure> {
        let missing = missing_roles(chart).into_iter().map(|(_, note)| word(session.lang, note));
        let notes = missing.chain(remarks.iter().map(|remark| line(remark, session.lang))).collect();
        self.print_with(session, Some(notes), None)
    }

    fn print_with(
        mut self,
        session: &Session,
        notes: Option<Vec<String>>,
        changes: Option<String>,
    ) -> Result<CommandOutcome, Failure> {
        let against = against::line(&self.against, session.lang);
        let mut lines = format!("{}\n{}\n", printable(&self.line), printable(&against));
        for note in notes.iter().flatten() {
            lines.push_str(&format!("{}\n", text(session.lang, "cli.note", &[("note", note)])));
        }
        lines.extend(changes);
        if let Some(object) = self.object.as_object_mut() {
            object.insert("against".to_owned(), json!(self.against));
            object.extend(notes.map(|notes| ("notes".to_owned(), json!(notes))));
        }
        session.print_table(&self.object, &lines)
    }
}
