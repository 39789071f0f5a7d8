//! `rules`: the posting rules.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::scope::{CheckScope, CheckedFile, OwnFiles};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{currency, day, word};
use crate::domain::authored::rejection;
use crate::domain::currencies::Currencies;
use crate::domain::id::TradeNo;
use crate::domain::money::Currency;
use crate::domain::rejection::Code;
use crate::domain::rule::RuleSet;
use crate::i18n::text;
use crate::protocol::request::Request;
use crate::protocol::rules::{ExplainTrade, ListRules, LoadRules};
use crate::protocol::try_rules::{TriedFile, TryRules};
use crate::runtime::local_files::read_text;
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
        #[arg(long = "currency", value_name = "CODES", value_delimiter = ',', value_parser = currency)]
        check_currency: Vec<Currency>,
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
                let (file, text) = read_text(&file, Code::BadRules)?;
                session.ask(Request::RulesLoad(LoadRules { file, text }))
            }
            Verb::Try(arguments) => arguments.run(session),
            Verb::Check { file, chart, channels, kinds, check_currency } => {
                let own = OwnFiles {
                    chart: chart.as_deref(),
                    channels: channels.as_deref(),
                    kinds: kinds.as_deref(),
                };
                check(session, &file, own, &check_currency)
            }
        }
    }
}

impl RunCommand for TryArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let read = |path: &PathBuf, code| read_text(path, code).map(|(file, text)| TriedFile { file, text });
        let optional = |path: Option<PathBuf>, code| path.as_ref().map(|path| read(path, code)).transpose();
        let request = TryRules {
            rules: read(&self.file, Code::BadRules)?,
            chart: optional(self.chart, Code::BadRules)?,
            channels: optional(self.channels, Code::BadChannels)?,
            kinds: optional(self.kinds, Code::BadKinds)?,
            from: self.from,
            to: self.to,
            limit: self.limit,
        };
        session.ask_long(LongWork::Rules, Request::RulesTry(request))
    }
}

/// Checks a rule file against chart, channels and kinds: the files named, the ledger's or the shipped ones; in
/// the currencies named, or those of the ledger.
fn check(
    session: &mut Session,
    file: &Path,
    own: OwnFiles<'_>,
    currencies: &[Currency],
) -> Result<CommandOutcome, Failure> {
    let (name, source) = read_text(file, Code::BadRules)?;
    let mut scope = CheckScope::read(session, own)?;
    if let Some(main) = currencies.first() {
        scope.currencies = Currencies::new(*main, currencies);
    }
    let set = RuleSet::parse(&name, &source, scope.of_rules()).map_err(rejection)?;
    let args = [("id", set.id().to_owned()), ("count", set.rules().len().to_string())];
    let checked = CheckedFile {
        line: text(session.lang, "cli.rules_ok", &args),
        object: serde_json::json!({ "ok": true, "rules": set.rules().len() }),
        against: scope.against,
    };
    checked.print_with_chart(session, &scope.chart, &set.other_decimals(&scope.currencies))
}
