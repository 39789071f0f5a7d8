//! `rules`: the posting rules.

use crate::cli::files::read_text;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::scope::{CheckScope, OwnFiles, print_checked};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, word};
use crate::domain::authored::rejection;
use crate::domain::id::TradeNo;
use crate::domain::rule::RuleSet;
use crate::protocol::request::Request;
use crate::protocol::rules::{ExplainTrade, ListRules, LoadRules};
use crate::protocol::try_rules::{TriedFile, TryRules};
use clap::{Args, Subcommand};
use jiff::civil::Date;
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
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        #[arg(long, value_name = "FILE")]
        channels: Option<PathBuf>,
        #[arg(long, value_name = "FILE")]
        kinds: Option<PathBuf>,
    },
    Try(TryArgs),
}

/// What is tried, and on which trades.
#[derive(Debug, Args)]
struct TryArgs {
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    chart: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    channels: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    kinds: Option<PathBuf>,
    #[arg(long, value_parser = day)]
    from: Option<Date>,
    #[arg(long, value_parser = day)]
    to: Option<Date>,
    #[arg(long, default_value_t = 20)]
    limit: usize,
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
            Verb::Try(arguments) => arguments.run(session),
            Verb::Check { file, chart, channels, kinds } => {
                let own = OwnFiles {
                    chart: chart.as_deref(),
                    channels: channels.as_deref(),
                    kinds: kinds.as_deref(),
                };
                check(session, &file, own)
            }
        }
    }
}

impl RunCommand for TryArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let read = |path: &PathBuf| read_text(path).map(|(file, text)| TriedFile { file, text });
        let optional = |path: Option<PathBuf>| path.as_ref().map(read).transpose();
        let request = TryRules {
            rules: read(&self.file)?,
            chart: optional(self.chart)?,
            channels: optional(self.channels)?,
            kinds: optional(self.kinds)?,
            from: self.from,
            to: self.to,
            limit: self.limit,
        };
        session.ask_long(LongWork::Rules, Request::RulesTry(request))
    }
}

/// Checks a rule file against chart, channels and kinds: the files named, the ledger's or the shipped ones.
fn check(session: &mut Session, file: &Path, own: OwnFiles<'_>) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file)?;
    let scope = CheckScope::read(session, own)?;
    let set = RuleSet::parse(&name, &source, scope.of_rules()).map_err(rejection)?;
    let args = [("id", set.id().to_owned()), ("count", set.rules().len().to_string())];
    let object = serde_json::json!({ "ok": true, "rules": set.rules().len() });
    print_checked(
        session,
        "cli.rules_ok",
        &args,
        object,
        &scope.chart,
        &set.other_decimals(&scope.currencies),
    )
}
