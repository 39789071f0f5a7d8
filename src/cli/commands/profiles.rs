//! `profile`: how tables with other columns become files of our own formats.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::rejects::file_settings;
use crate::cli::session::{RunCommand, Session};
use crate::cli::show;
use crate::domain::authored::rejection_as;
use crate::domain::rejection::Code;
use crate::files::import::{self, read_profile};
use crate::files::profile::{Makes, SHIPPED_PROFILES};
use crate::i18n::{Lang, text};
use crate::protocol::refusal::Refusal;
use crate::runtime::local_files::{profile_named, profile_text};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Works on profiles.
#[derive(Debug, Args)]
pub struct ProfileArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List,
    Show {
        #[arg(value_name = "NAME")]
        profile: String,
    },
    Check {
        #[arg(value_name = "FILE")]
        profile: String,
    },
    Guess {
        #[arg(value_name = "TABLE")]
        table: PathBuf,
        /// What the table becomes; by its headings if it is not said.
        #[arg(long = "as", value_name = "FORMAT", value_parser = makes())]
        makes: Option<String>,
    },
    Try {
        #[arg(value_name = "PROFILE")]
        profile: String,
        #[arg(value_name = "TABLE")]
        table: PathBuf,
    },
}

/// Returns the words of what a profile makes.
fn makes() -> PossibleValuesParser {
    Makes::ALL.iter().map(|makes| makes.as_str()).collect::<Vec<_>>().into()
}

impl RunCommand for ProfileArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.verb {
            Verb::List => list(session),
            Verb::Show { profile } => {
                let (file, text) = profile_text(&profile)?;
                session.print_table(&json!({ "file": file, "text": text }), &text)
            }
            Verb::Check { profile } => check(session, &profile),
            Verb::Guess { table, makes } => guess(session, &table, makes.as_deref()),
            Verb::Try { profile, table } => try_table(session, &profile, &table),
        }
    }
}

/// Lists the shipped profiles.
fn list(session: &Session) -> Result<CommandOutcome, Failure> {
    let mut rows = Vec::new();
    for shipped in SHIPPED_PROFILES {
        let bad = |mistakes| rejection_as(Code::BadProfile, mistakes);
        let profile = read_profile(shipped.file, shipped.text).map_err(bad)?;
        let about = if session.lang == Lang::Zh { profile.title } else { profile.title_en };
        rows.push((shipped.name, profile.makes.as_str(), about));
    }
    let objects: Vec<_> = rows
        .iter()
        .map(|(name, makes, about)| json!({ "name": name, "makes": makes, "title": about }))
        .collect();
    session.print_table(&objects, &show::profiles(&rows, session.lang))
}

/// Checks a profile.
fn check(session: &Session, named: &str) -> Result<CommandOutcome, Failure> {
    let profile = profile_named(named)?;
    let count = profile.fields().count();
    let args =
        [("file", profile.name.clone()), ("makes", profile.makes.to_string()), ("count", count.to_string())];
    session.print_object(
        &json!({ "ok": true, "makes": profile.makes, "fields": count }),
        &text(session.lang, "cli.profile.ok", &args),
    )
}

/// Proposes a profile for a table.
fn guess(session: &Session, path: &Path, named: Option<&str>) -> Result<CommandOutcome, Failure> {
    let makes = named.and_then(|word| word.parse().ok());
    let mut source = import::unknown_table(path).map_err(Refusal::from)?;
    let name = source.name().to_owned();
    let reader = source.reader().map_err(Refusal::from)?;
    let note = |key: &str, args: &[(&str, String)]| text(session.lang, key, args);
    let proposed = import::guess_profile(reader, &name, makes, &note).map_err(Refusal::from)?;
    session.print_table(&json!({ "file": name, "text": proposed }), &proposed)
}

/// Shows what each row of a table would become.
fn try_table(session: &mut Session, named: &str, path: &Path) -> Result<CommandOutcome, Failure> {
    let profile = Arc::new(profile_named(named)?);
    let settings = file_settings(session)?;
    let mut source = import::table(path, profile).map_err(Refusal::from)?;
    let profile = source.profile().cloned();
    let Some(profile) = profile else { return Ok(CommandOutcome::Done) };
    let name = source.name().to_owned();
    let mut tried = show::TriedTable::new(session.global.all);
    let reader = source.reader().map_err(Refusal::from)?;
    let ended = import::try_profile(reader, &name, &settings, &profile, &mut |row| tried.take(row));
    let text = tried.text(session.lang);
    let object = tried.object(&name, &profile, session.lang);
    if let Err(error) = ended {
        if !session.global.json {
            session.print_table(&object, &text)?;
        }
        return Err(Refusal::from(error).into());
    }
    session.print_table(&object, &text)?;
    Ok(if tried.refused() == 0 { CommandOutcome::Done } else { CommandOutcome::Reported })
}
