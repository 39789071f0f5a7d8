//! `day`: opening, cutting over, checking and closing accounting days and periods.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::day;
use crate::domain::period::Period;
use crate::i18n::{text, word};
use crate::protocol::days::{CheckDay, CloseDay, ClosePeriod, CutDay, ListDays, ListPeriods, OpenDay};
use crate::protocol::request::Request;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::fmt;
use std::io::{self, IsTerminal, Write};

/// Works on accounting days.
#[derive(Debug, Args)]
pub struct DayArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Status,
    Open {
        #[arg(value_name = "DAY", value_parser = day)]
        day: Date,
    },
    Cut {
        #[arg(value_name = "DAY", value_parser = day)]
        day: Date,
    },
    Check {
        #[arg(value_name = "DAY", value_parser = day)]
        day: Date,
    },
    Close {
        #[arg(value_name = "DAY|MONTH|YEAR", value_parser = closing)]
        closing: Closing,
    },
    Periods,
}

impl RunCommand for DayArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(match self.verb {
            Verb::Status => Request::Days(ListDays {}),
            Verb::Open { day } => Request::DayOpen(OpenDay { day }),
            Verb::Cut { day } => Request::DayCut(CutDay { day }),
            Verb::Check { day } => Request::DayCheck(CheckDay { day }),
            Verb::Periods => Request::Periods(ListPeriods {}),
            Verb::Close { closing } => {
                if !may_close(session, closing)? {
                    return Ok(CommandOutcome::Reported);
                }
                match closing {
                    Closing::Day(day) => Request::DayClose(CloseDay { day }),
                    Closing::Period(period) => Request::PeriodClose(ClosePeriod { period }),
                }
            }
        })
    }
}

/// What is closed: a day, or a month or year.
#[derive(Debug, Clone, Copy)]
enum Closing {
    Day(Date),
    Period(Period),
}

impl fmt::Display for Closing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Period(period) => period.fmt(f),
        }
    }
}

/// Parses what is to be closed.
fn closing(text: &str) -> Result<Closing, String> {
    let period = text.parse().map(Closing::Period);
    period.or_else(|_| day(text).map(Closing::Day)).map_err(|_| format!("{text}: YYYY-MM-DD, YYYY-MM, YYYY"))
}

/// Asks for confirmation, because closing cannot be undone. Scripts and `--yes` are not asked.
fn may_close(session: &Session, closing: Closing) -> Result<bool, Failure> {
    let (stdin, mut out) = (io::stdin(), io::stderr());
    if session.global.yes || session.global.json || !stdin.is_terminal() || !out.is_terminal() {
        return Ok(true);
    }
    write!(out, "{} ", text(session.lang, "cli.close.ask", &[("day", closing.to_string())]))?;
    out.flush()?;
    let mut reply = String::new();
    stdin.read_line(&mut reply)?;
    let yes = matches!(reply.trim().to_lowercase().as_str(), "y" | "yes" | "是");
    if !yes {
        writeln!(out, "{}", word(session.lang, "cli.close.not"))?;
    }
    Ok(yes)
}
