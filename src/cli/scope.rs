//! What an authored file is checked against: files of the command line, what is in force in the session's
//! ledger, and without a ledger what the program ships.

use super::files::read_text;
use super::outcome::{CommandOutcome, Failure};
use super::refused::line;
use super::session::Session;
use crate::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS, shipped_calendar};
use crate::desk::open::DEFAULT_CHART;
use crate::domain::account::Subject;
use crate::domain::authored::{AuthoredError, rejection, rejection_as};
use crate::domain::channel::Channels;
use crate::domain::chart::{Chart, missing_roles};
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::rejection::Code;
use crate::domain::rule::RuleScope;
use crate::i18n::text;
use crate::protocol::accounts::ShowChart;
use crate::protocol::calendars::ListCalendars;
use crate::protocol::channels::ListChannels;
use crate::protocol::kinds::ListKinds;
use crate::protocol::ledger::ShowLedger;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
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
    /// The main currency: the ledger's, or without one that of the default template.
    pub currency: Currency,
    /// All currencies: the ledger's, or without one that of the default template.
    pub currencies: Vec<Currency>,
    /// Whether a ledger's own are read.
    pub of_ledger: bool,
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
        let mut currency = Currency::CNY;
        let mut currencies = vec![currency];
        let mut channels = (DEFAULT_CHANNELS.0.to_owned(), DEFAULT_CHANNELS.1.to_owned());
        let mut kinds = (DEFAULT_KINDS.0.to_owned(), DEFAULT_KINDS.1.to_owned());
        let mut calendars = vec![shipped_calendar()?.id().to_owned()];
        let of_ledger = session.global.ledger.is_some();
        if of_ledger {
            let mut desk = session.open()?;
            let (desk, context, watch) = (&mut *desk, &session.context, &mut Unwatched);
            chart = Some(ask_for(desk, context, ShowChart {}, watch)?);
            let ledger = ask_for(desk, context, ShowLedger {}, watch)?;
            currency = ledger.currency.parse().unwrap_or(currency);
            currencies = ledger.currencies.iter().filter_map(|code| code.parse().ok()).collect();
            let known = ask_for(desk, context, ListChannels {}, watch)?;
            channels = (format!("{}@{}", known.id, known.version), known.source);
            let known = ask_for(desk, context, ListKinds {}, watch)?;
            kinds = (format!("{}@{}", known.id, known.version), known.source);
            let known = ask_for(desk, context, ListCalendars {}, watch)?;
            calendars.extend(known.into_iter().map(|row| row.id));
        }
        let chart = match (own.chart, chart) {
            (Some(path), _) => parse_chart(read_text(path)?)?,
            (None, Some(chart)) => chart,
            (None, None) => parse_chart((DEFAULT_CHART.0.to_owned(), DEFAULT_CHART.1.to_owned()))?,
        };
        let channels = parse_channels(own.channels.map(read_text).transpose()?.unwrap_or(channels))?;
        let kinds = parse_kinds(own.kinds.map(read_text).transpose()?.unwrap_or(kinds))?;
        Ok(Self { chart, channels, kinds, calendars, currency, currencies, of_ledger })
    }

    /// Returns it as rule sets need it.
    pub fn of_rules(&self) -> RuleScope<'_> {
        RuleScope {
            chart: &self.chart,
            channels: &self.channels,
            kinds: &self.kinds,
            currency: self.currency,
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

/// Prints that a file has no mistake: the text of `key`, what corrections cannot do with the chart, and
/// remarks on the file.
pub fn print_checked(
    session: &Session,
    key: &str,
    args: &[(&str, String)],
    mut object: serde_json::Value,
    chart: &[Subject],
    remarks: &[AuthoredError],
) -> Result<CommandOutcome, Failure> {
    let missing = missing_roles(chart).into_iter();
    let missing = missing.map(|(_, note)| text::<&str, &str>(session.lang, note, &[]));
    let notes: Vec<String> = missing.chain(remarks.iter().map(|remark| line(remark, session.lang))).collect();
    let mut lines = format!("{}\n", text(session.lang, key, args));
    for note in &notes {
        lines.push_str(&format!("{}\n", text(session.lang, "cli.note", &[("note", note)])));
    }
    if let Some(object) = object.as_object_mut() {
        object.insert("notes".to_owned(), notes.into());
    }
    session.print_table(&object, &lines)
}
