//! `case`, `preview` and `commit`: cases from opening to commit.

use crate::cli::decisions::run_decisions;
use crate::cli::files::evidence;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{day, number, word};
use crate::domain::case::CaseState;
use crate::domain::finding::Cause;
use crate::domain::id::{CaseNo, Operator, TradeNo};
use crate::i18n;
use crate::protocol::answer::Answer;
use crate::protocol::cases::{
    ApproveCase, CaseFilter, HandOverCase, ListCases, RejectCase, RestageCase, ShowCase, SubmitCase,
    WithdrawCase,
};
use crate::protocol::checklists::{ShowChecklist, TickItem};
use crate::protocol::findings::FindingFilter;
use crate::protocol::opening::{Bulk, OpenCase, OpenCases, OpenCasesByPolicy, Opening};
use crate::protocol::page::{Page, Slice};
use crate::protocol::preview::{PreviewCase, PreviewEntry};
use crate::protocol::receipt::CommitCase;
use crate::protocol::request::Request;
use crate::protocol::service::ask_for;
use crate::protocol::watch::Unwatched;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use std::io::{self, Write};
use std::path::PathBuf;

/// Works on cases.
#[derive(Debug, Args)]
pub struct CaseArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Open(OpenArgs),
    List {
        #[arg(long, value_parser = word::<CaseState>)]
        state: Option<CaseState>,
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    Show {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
    },
    Auto,
    Hand {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
        #[arg(long = "to", value_name = "NAME", value_parser = word::<Operator>)]
        to_operator: Operator,
    },
    Check {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
        #[arg(value_name = "ITEM")]
        item: Option<String>,
        #[arg(long, requires = "item")]
        note: Option<String>,
        #[arg(long, value_name = "FILE", requires = "item")]
        file: Option<PathBuf>,
    },
    Restage {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
    },
    Submit {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
    },
    Approve {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
    },
    Reject {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
        #[arg(long)]
        reason: String,
    },
    Withdraw {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: CaseNo,
    },
}

impl RunCommand for CaseArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let request = match self.verb {
            Verb::List { state, text } => {
                let filter = CaseFilter { state, text, ..CaseFilter::default() };
                let ask = |page| ListCases { filter: filter.clone(), page };
                return session.ask_all_pages(None, ask, Answer::Cases);
            }
            Verb::Open(OpenArgs { from: Some(path), stage, rejects, .. }) => {
                return run_decisions(session, &path, (stage, rejects.as_deref()));
            }
            Verb::Open(open) => return session.ask_long(LongWork::Steps, open.request()),
            Verb::Show { case_no } => {
                return session
                    .ask_long(LongWork::Steps, Request::Case(ShowCase { case_no, slice: Slice::ALL }));
            }
            Verb::Restage { case_no } => {
                return session.ask_long(LongWork::Steps, Request::CaseRestage(RestageCase { case_no }));
            }
            Verb::Submit { case_no } => {
                return session.ask_long(LongWork::Steps, Request::CaseSubmit(SubmitCase { case_no }));
            }
            Verb::Check { case_no, item: None, .. } => Request::CaseCheck(ShowChecklist { case_no }),
            Verb::Check { case_no, item: Some(item), note, file } => {
                let file = file.as_deref().map(evidence).transpose()?;
                Request::CaseTick(TickItem { case_no, item, note, file })
            }
            Verb::Auto => Request::CaseAuto(OpenCasesByPolicy {}),
            Verb::Hand { case_no, to_operator } => {
                Request::CaseHand(HandOverCase { case_no, to: to_operator })
            }
            Verb::Approve { case_no } => Request::CaseApprove(ApproveCase { case_no, seen: None }),
            Verb::Reject { case_no, reason } => Request::CaseReject(RejectCase { case_no, reason }),
            Verb::Withdraw { case_no } => Request::CaseWithdraw(WithdrawCase { case_no }),
        };
        session.ask(request)
    }
}

/// Opens one case for trades and findings, or cases for all findings of a cause.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
struct OpenArgs {
    #[arg(long, value_parser = word::<TradeNo>)]
    trade: Vec<TradeNo>,
    #[arg(long)]
    finding: Vec<String>,
    #[arg(long, value_parser = word::<Cause>, conflicts_with_all = ["trade", "finding"])]
    cause: Option<Cause>,
    #[arg(long, value_parser = day, requires = "cause")]
    day: Option<Date>,
    #[arg(long, value_parser = number::<u64>, requires = "cause")]
    limit: Option<u64>,
    #[arg(long, requires = "cause")]
    one: bool,
    #[arg(long, requires = "cause", conflicts_with = "one")]
    // A case for each trade is the default; the flag says so and excludes `--one`.
    each: bool,
    #[arg(long)]
    plan: bool,
    #[arg(long)]
    once: bool,
    #[arg(long)]
    reason: Option<String>,
    #[arg(long)]
    note: Option<String>,
    /// A file with decisions.
    #[arg(id = "decisions_from", long = "from", value_name = "FILE", conflicts_with_all = ["trade", "finding", "cause", "plan", "once", "reason", "note"])]
    from: Option<PathBuf>,
    #[arg(id = "decisions_stage", long = "stage", requires = "decisions_from")]
    stage: bool,
    #[arg(id = "decisions_rejects", long = "rejects", value_name = "FILE", requires = "decisions_from")]
    rejects: Option<PathBuf>,
}

impl OpenArgs {
    fn request(self) -> Request {
        let Self { trade, finding, cause, day, limit, one, plan, once, reason, note, .. } = self;
        // A finding that is named is opened even if another case holds it; one that is found by its
        // cause is not.
        let again = cause.is_none() && !once;
        let opening = Opening { trades: trade, findings: finding, plan, again, reason, note };
        if cause.is_none() {
            return Request::CaseOpen(OpenCase { opening });
        }
        let filter = FindingFilter { cause, day, ..FindingFilter::default() };
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        Request::CaseBulk(OpenCases { bulk: Bulk { opening, filter, limit, one } })
    }
}

/// Shows what a case would book.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
    case_no: Option<CaseNo>,
}

impl RunCommand for PreviewArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let case_no = case_or_only(session, self.case_no)?;
        if session.global.json {
            return preview_json(session, &case_no);
        }
        session.ask_long(LongWork::Steps, Request::Preview(PreviewCase { case_no, slice: Slice::ALL }))
    }
}

/// Prints a preview as JSON. Entries are written as they arrive, because those of a long case need not
/// fit into memory.
fn preview_json(session: &mut Session, case_no: &CaseNo) -> Result<CommandOutcome, Failure> {
    let mut desk = session.open()?;
    let mut watch = session.watch(Some(LongWork::Steps));
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut before, mut closed) = ("{\"entries\":[", false);
    let mut on_entry = |entry: PreviewEntry| -> io::Result<()> {
        let written =
            out.write_all(before.as_bytes()).and_then(|()| Ok(serde_json::to_writer(&mut out, &entry)?));
        before = ",";
        closed |= written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        written
    };
    let answer = desk.preview_streamed(&session.context, case_no, &mut watch, &mut on_entry);
    watch.finish();
    if closed {
        return Err(Failure::Closed);
    }
    let rest = serde_json::to_string(&answer?).map_err(io::Error::from)?;
    let start = if before == "," { "" } else { before };
    writeln!(out, "{start}],{}", rest.strip_prefix('{').unwrap_or(&rest))?;
    out.flush()?;
    Ok(CommandOutcome::Done)
}

/// Books an approved case.
#[derive(Debug, Args)]
pub struct CommitArgs {
    #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
    case_no: Option<CaseNo>,
    #[arg(long)]
    key: Option<String>,
}

impl RunCommand for CommitArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let case_no = case_or_only(session, self.case_no)?;
        session.ask_long(LongWork::Steps, Request::Commit(CommitCase { case_no, key: self.key }))
    }
}

/// Returns the case named, or else the operator's only unfinished one.
pub fn case_or_only(session: &mut Session, case_no: Option<CaseNo>) -> Result<CaseNo, Failure> {
    if let Some(case_no) = case_no {
        return Ok(case_no);
    }
    let mut desk = session.open()?;
    let filter = CaseFilter { undone: true, ..CaseFilter::default() };
    let ask = ListCases { filter, page: Page::first() };
    let cases = ask_for(&mut *desk, &session.context, ask, &mut Unwatched)?;
    let mine: Vec<_> = cases.rows.into_iter().filter(|case| case.maker == session.context.operator).collect();
    match mine.as_slice() {
        [case] => Ok(case.case_no.clone()),
        _ => Err(Failure::Usage(i18n::word(session.lang, "cli.which_case"))),
    }
}
