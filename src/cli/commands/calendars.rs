//! `calendar`: workdays and service windows of payout systems.

use crate::cli::against::{Against, What};
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::{CheckScope, CheckedFile, OwnFiles};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::desk::in_force::shipped_calendar;
use crate::desk::setup::calendars::calendar_channels;
use crate::domain::authored::rejection_as;
use crate::domain::calendar::Calendar;
use crate::domain::id::TradeNo;
use crate::domain::rejection::Code;
use crate::i18n::text;
use crate::protocol::calendars::{CheckCalendar, ListCalendars, LoadCalendar};
use crate::protocol::request::Request;
use crate::runtime::local_files::read_text;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Works on calendars.
#[derive(Debug, Args)]
pub struct CalendarArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
    },
    CheckFile {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, value_name = "FILE")]
        base: Option<PathBuf>,
        #[arg(long, value_name = "FILE")]
        channels: Option<PathBuf>,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    List,
}

impl RunCommand for CalendarArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Check { trade_no } => Request::CalendarCheck(CheckCalendar { trade_no }),
            Verb::CheckFile { file, base, channels } => {
                return check_file(session, &file, base.as_deref(), channels.as_deref());
            }
            Verb::List => Request::Calendars(ListCalendars {}),
            Verb::Load { file } => {
                let (file, text) = read_text(&file, Code::BadCalendar)?;
                Request::CalendarLoad(LoadCalendar { file, text })
            }
        })
    }
}

/// Checks a calendar file, which may extend the shipped calendar or the one of another file.
fn check_file(
    session: &mut Session,
    file: &Path,
    base: Option<&Path>,
    channels_file: Option<&Path>,
) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file, Code::BadCalendar)?;
    let scope = CheckScope::read(session, OwnFiles { channels: channels_file, ..OwnFiles::default() })?;
    let channels = calendar_channels(&scope.channels);
    let shipped = shipped_calendar()?;
    let read = |name: &str, source: &str, base: &Calendar| {
        let bad = |mistakes| Failure::from(rejection_as(Code::BadCalendar, mistakes));
        Calendar::parse_over(name, source, Some(base), Some(&channels)).map_err(bad)
    };
    let against = vec![
        match base {
            Some(path) => Against::file(What::Calendars, path),
            None => Against::shipped(What::Calendars),
        },
        Against::file_or(channels_file, session, What::Channels),
    ];
    let base = match base {
        Some(path) => {
            let (name, source) = read_text(path, Code::BadCalendar)?;
            read(&name, &source, &shipped)?
        }
        None => shipped,
    };
    let calendar = read(&name, &source, &base)?;
    let line = text(session.lang, "cli.calendar_ok", &[("id", calendar.id())]);
    let object = serde_json::json!({ "ok": true, "calendar": calendar.id() });
    CheckedFile { line, object, against }.print(session)
}
