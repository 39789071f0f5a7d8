//! `channels`: the channels that the ledger knows.

use crate::cli::against::{Against, What};
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::{CheckScope, CheckedFile, OwnFiles};
use crate::cli::session::{RunCommand, Session};
use crate::domain::authored::rejection_as;
use crate::domain::channel::{ChannelScope, Channels};
use crate::domain::rejection::Code;
use crate::files::import::Format;
use crate::i18n::text;
use crate::protocol::channels::{CheckChannels, ListChannels, LoadChannels};
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use crate::runtime::local_files::read_text;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Works on the channels.
#[derive(Debug, Args)]
pub struct ChannelsArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List,
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        #[arg(long, value_name = "NAME")]
        calendar: Vec<String>,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl RunCommand for ChannelsArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.verb {
            Verb::List => session.ask(Request::Channels(ListChannels {})),
            Verb::Check { file, chart, calendar } => check(session, &file, chart.as_deref(), &calendar),
            Verb::Load { file } => {
                let (file, text) = read_text(&file, Code::BadChannels)?;
                session.ask(Request::ChannelsLoad(LoadChannels { file, text }))
            }
        }
    }
}

/// Checks a channel file against a chart and the names of calendars; with a ledger and neither of them, as
/// its loading would.
fn check(
    session: &mut Session,
    file: &Path,
    chart: Option<&Path>,
    own_calendars: &[String],
) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file, Code::BadChannels)?;
    let as_loaded = session.global.ledger.is_some() && chart.is_none() && own_calendars.is_empty();
    let (id, count, against, changed) = if as_loaded {
        let desk = &mut *session.open()?;
        let check = CheckChannels { file: name, text: source };
        let answer = ask_for(desk, &session.context, check, &mut Unwatched)?;
        let whats = [What::Chart, What::Channels, What::Rules, What::Calendars];
        let against = whats.map(|what| Against::in_force(session, what)).to_vec();
        (answer.id, answer.channels.len(), against, answer.changes)
    } else {
        let known = CheckScope::read(session, OwnFiles { chart, ..OwnFiles::default() })?;
        let calendars: Vec<&str> = known.calendars.iter().chain(own_calendars).map(String::as_str).collect();
        let readers: Vec<&str> = Format::ALL.iter().map(|format| format.as_str()).collect();
        let scope = ChannelScope {
            before: known.of_ledger.then_some(&known.channels),
            chart: Some(&known.chart),
            readers: Some(&readers),
            calendars: Some(&calendars),
            booked: &[],
        };
        let bad = |mistakes| rejection_as(Code::BadChannels, mistakes);
        let channels = Channels::check(&name, &source, scope).map_err(bad)?;
        let mut against = vec![Against::file_or(chart, session, What::Chart)];
        if known.of_ledger {
            against.push(Against::in_force(session, What::Channels));
        }
        against.push(Against::in_force(session, What::Calendars));
        against.extend(own_calendars.iter().map(|name| Against::option(What::Calendars, name.clone())));
        (channels.id().to_owned(), channels.all().len(), against, None)
    };
    let args = [("id", id), ("count", count.to_string())];
    let line = text(session.lang, "cli.channels_ok", &args);
    let checked = CheckedFile { line, object: json!({ "ok": true, "channels": count }), against };
    checked.print_with_changes(session, changed.as_deref())
}
