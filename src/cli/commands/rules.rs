//! `rules`: the posting rules.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::word;
use crate::desk::in_force::{DEFAULT_CHANNELS, DEFAULT_KINDS};
use crate::desk::open::DEFAULT_CHART;
use crate::domain::authored::{AuthoredError, rejection};
use crate::domain::channel::Channels;
use crate::domain::chart::Chart;
use crate::domain::id::TradeNo;
use crate::domain::kind::Kinds;
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::domain::rule::{RuleScope, RuleSet};
use crate::i18n::text;
use crate::protocol::accounts::ShowChart;
use crate::protocol::request::Request;
use crate::protocol::rules::{ExplainTrade, ListRules, LoadRules};
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Works on the posting rules.
#[derive(Debug, Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List,
    Explain {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl RunCommand for RulesArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        match self.verb {
            Verb::List => session.ask(Request::Rules(ListRules {})),
            Verb::Explain { trade_no } => session.ask(Request::Explain(ExplainTrade { trade_no })),
            Verb::Load { file } => {
                let (file, text) = read_text(&file)?;
                session.ask(Request::RulesLoad(LoadRules { file, text }))
            }
            Verb::Check { file } => check(session, &file),
        }
    }
}

/// Checks a rule file against the ledger's chart of accounts, or without a ledger against the default
/// chart.
fn check(session: &mut Session, file: &Path) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file)?;
    let chart = Chart::parse(DEFAULT_CHART.0, DEFAULT_CHART.1).map_err(|mistakes| {
        mistakes
            .first()
            .map_or_else(|| Failure::from(Rejection::new(Code::BadRules)), |first| first.rejection().into())
    })?;
    let subjects = match &session.global.ledger {
        Some(_) => ask_for(&mut *session.open()?, &session.context, ShowChart {}, &mut Unwatched)?,
        None => chart.subjects,
    };
    let (channels, kinds) = shipped_codes()?;
    let scope = RuleScope { chart: &subjects, channels: &channels, kinds: &kinds, currency: Currency::CNY };
    let set = RuleSet::parse(&name, &source, scope).map_err(|mistakes| all_mistakes(session, &mistakes))?;
    let args = [("id", set.id().to_owned()), ("count", set.rules().len().to_string())];
    session.print_object(
        &serde_json::json!({ "ok": true, "rules": set.rules().len() }),
        &text(session.lang, "cli.rules_ok", &args),
    )
}

/// Returns the shipped channels and kinds.
fn shipped_codes() -> Result<(Channels, Kinds), Failure> {
    let channels = Channels::parse(DEFAULT_CHANNELS.0, DEFAULT_CHANNELS.1, None).map_err(rejection)?;
    let kinds = Kinds::parse(DEFAULT_KINDS.0, DEFAULT_KINDS.1, None).map_err(rejection)?;
    Ok((channels, kinds))
}

/// Prints every mistake but the last on a line of its own, and returns the last as the refusal.
fn all_mistakes(session: &Session, mistakes: &[AuthoredError]) -> Failure {
    let Some((last, others)) = mistakes.split_last() else {
        return Rejection::new(Code::BadRules).into();
    };
    if !session.global.json {
        for mistake in others {
            let words = text(session.lang, &mistake.key, &mistake.args);
            eprintln!("{}:{}: {words}", mistake.file, mistake.line);
        }
    }
    last.rejection().into()
}
