//! `chart`: a chart of accounts before a ledger is made from it.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::scope::{CheckedFile, parse_chart};
use crate::cli::session::{RunCommand, Session};
use crate::domain::rejection::Code;
use crate::i18n::text;
use crate::runtime::local_files::read_text;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Works on charts of accounts.
#[derive(Debug, Args)]
pub struct ChartArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Check {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl RunCommand for ChartArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Verb::Check { file } = self.verb;
        let (file, source) = read_text(&file, Code::BadRules)?;
        let chart = parse_chart((file.clone(), source))?;
        let args = [("file", file), ("count", chart.len().to_string())];
        let checked = CheckedFile {
            line: text(session.lang, "cli.chart_ok", &args),
            object: serde_json::json!({ "ok": true, "subjects": chart.len() }),
            against: Vec::new(),
        };
        checked.print_with_chart(session, &chart, &[])
    }
}
