//! The command line: every action of the workstation has a twin here. It asks the same desk, prints for people or, with
//! `--json`, for machines, and turns refusals into one line and an exit code.

mod args;
mod demo;
mod help;
mod ledger;
mod place;
mod progress;
mod show;
mod table;
mod usage;

use crate::domain::account::Side;
use crate::domain::id::{AccountCode, CaseNo, VoucherNo};
use crate::domain::money::Currency;
use crate::domain::rejection::{Code, Rejection};
use crate::i18n::{Lang, text, word};
use crate::protocol::answer::Answer;
use crate::protocol::cases::CaseFilter;
use crate::protocol::context::Context;
use crate::protocol::findings::FindingFilter;
use crate::protocol::opening::{Bulk, Opening};
use crate::protocol::page::{Page, RowKey, Slice, Start};
use crate::protocol::preview::PreviewEntry;
use crate::protocol::refusal::Refusal;
use crate::protocol::reports::Part;
use crate::protocol::request::Request;
use crate::protocol::service::Service;
use crate::protocol::steps::{self, StepRequest};
use crate::protocol::trades::TradeFilter;
use crate::protocol::vouchers::VoucherFilter;
use args::{
    CalendarCommand, CaseCommand, Cli, Closing, Command, DayCommand, Global, ImportKind, PolicyCommand,
    RulesCommand, StageCommand,
};
use clap::{CommandFactory, FromArgMatches};
use progress::Bar;
use serde::Serialize;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use usage::{tell, usage, visible};

/// What a command came to.
enum Outcome {
    /// Done.
    Done,
    /// Done, and there is something to report (findings, problems).
    Reported,
}

/// Why a command ends without doing its work.
enum Failure {
    /// The desk refused, or something technical failed.
    Refused(Refusal),
    /// The words of the command are off.
    Usage(String),
    /// The output is closed; nobody is left to tell.
    Closed,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Closed;
        }
        Self::Refused(Refusal::Fault {
            code: "STORNO-IO".to_owned(),
            args: vec![("detail".to_owned(), error.to_string())],
        })
    }
}

/// Exit codes: 0 ok, 1 refused or findings, 2 usage, 3 unavailable or corrupt.
const REFUSED: u8 = 1;
const USAGE: u8 = 2;
const UNAVAILABLE: u8 = 3;

/// Runs the program with its arguments, the program's name first.
#[must_use]
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let lang = help::early_lang(&words, |name| std::env::var(name).ok());
    let json = words.iter().any(|word| word == "--json");
    let command = usage::without_empty_variables(help::localised(Cli::command(), lang));
    let cli = match command.try_get_matches_from(arguments).and_then(|found| Cli::from_arg_matches(&found)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &words, lang, json),
    };
    match Session::new(cli.global, lang).and_then(|mut session| session.dispatch(cli.address, cli.command)) {
        Ok(Outcome::Done) | Err(Failure::Closed) => ExitCode::SUCCESS,
        Ok(Outcome::Reported) => ExitCode::from(REFUSED),
        Err(Failure::Refused(refusal)) => {
            tell(refusal.code(), &refusal.message(lang), &refusal.hint(lang), json);
            ExitCode::from(exit_code(&refusal))
        }
        Err(Failure::Usage(message)) => {
            tell("STORNO-USAGE", &message, &word(lang, "cli.usage.hint"), json);
            ExitCode::from(USAGE)
        }
    }
}

fn exit_code(refusal: &Refusal) -> u8 {
    match refusal {
        Refusal::Fault { .. } => UNAVAILABLE,
        Refusal::Rejected(rejection) if rejection.arg("problem") == Some("file.unreadable") => UNAVAILABLE,
        Refusal::Rejected(_) => REFUSED,
    }
}

/// One run of the program: who, when, in which language, on which ledger.
struct Session {
    global: Global,
    lang: Lang,
    context: Context,
    /// The ledger's currency, once a command asked for it.
    currency: Currency,
}

impl Session {
    fn new(global: Global, lang: Lang) -> Result<Self, Failure> {
        let operator = match &global.operator {
            Some(operator) => operator.clone(),
            None => ledger::login_name()?,
        };
        let now = global.now.unwrap_or_else(|| crate::runtime::now(&jiff::tz::TimeZone::UTC));
        let lang = global.lang.unwrap_or(lang);
        Ok(Self { context: Context { operator, now, lang }, global, lang, currency: Currency::CNY })
    }

    fn dispatch(&mut self, address: Option<String>, command: Option<Command>) -> Result<Outcome, Failure> {
        if let Some(address) = address {
            if usage::is_mistyped(&address) && place::config()?.named(&address).is_none() {
                return Err(Failure::Usage(usage::no_such(&address, self.lang)));
            }
            self.global.ledger = Some(address);
        }
        let Some(command) = command else { return self.workstation() };
        match command {
            Command::Completions { shell } => {
                let mut command = help::localised(Cli::command(), self.lang);
                clap_complete::generate(shell, &mut command, "storno", &mut io::stdout());
                Ok(Outcome::Done)
            }
            Command::Man => {
                clap_mangen::Man::new(help::localised(Cli::command(), self.lang)).render(&mut io::stdout())?;
                Ok(Outcome::Done)
            }
            Command::Serve { stdio: _, restrict_to, session_role } => self.serve(restrict_to, session_role),
            Command::Ledgers { forget } => self.ledgers(forget.as_deref()),
            Command::Demo { seed, keep, no_ui } => self.demo(seed, keep.as_deref(), no_ui),
            Command::Day(DayCommand::Close { closing }) if !self.may_close(closing)? => Ok(Outcome::Reported),
            Command::Init { address, chart, rules, currency, policy, role, zone } => {
                let wish = ledger::Wish { chart, rules, currency, policy, role, zone };
                self.init(&address, &wish)
            }
            Command::Generate { address, trades, accounts, errors, seed, answers } => {
                self.generate(&demo::Generate { address, trades, accounts, errors, seed, answers })
            }
            Command::Import { kind, file, format, dry_run } => self.import(kind, &file, &format, dry_run),
            Command::Verify { seal } => self.verify(seal.as_deref()),
            Command::Rules(RulesCommand::Load { file }) => self.load_rules(&file),
            Command::Rules(RulesCommand::Check { file }) => self.check_rules(&file),
            Command::Calendar(CalendarCommand::Load { file }) => {
                let (file, text) = ledger::read_text(&file)?;
                self.ask(Request::CalendarLoad { file, text })
            }
            Command::Chain { of, paging } => self.chain(&of, &paging),
            Command::Preview { case_no } if self.global.json => {
                let case_no = self.case_or_only(case_no)?;
                self.preview_json(&case_no)
            }
            Command::Policy(PolicyCommand::Load { file }) => {
                let (file, text) = ledger::read_text(&file)?;
                self.ask(Request::PolicyLoad { file, text })
            }
            Command::Stage { stage: StageCommand::List { case_no }, .. } => {
                let case_no = self.case_or_only(case_no)?;
                self.ask(Request::Case { case_no, slice: Slice::ALL })
            }
            other => {
                let request = self.request(other)?;
                self.ask(request)
            }
        }
    }

    /// Whether to go on with what cannot be undone: somebody at a terminal is asked, a script is not.
    fn may_close(&self, day: Closing) -> Result<bool, Failure> {
        let (stdin, mut out) = (io::stdin(), io::stderr());
        if self.global.yes || self.global.json || !stdin.is_terminal() || !out.is_terminal() {
            return Ok(true);
        }
        write!(out, "{} ", text(self.lang, "cli.close.ask", &[("day", day.to_string())]))?;
        out.flush()?;
        let mut said = String::new();
        stdin.read_line(&mut said)?;
        let yes = matches!(said.trim().to_lowercase().as_str(), "y" | "yes" | "是");
        if !yes {
            writeln!(out, "{}", word(self.lang, "cli.close.not"))?;
        }
        Ok(yes)
    }

    /// A command that makes a ledger cannot be one that never writes.
    fn must_write(&self) -> Result<(), Failure> {
        if self.global.read_only { Err(Failure::Usage(word(self.lang, "cli.must_write"))) } else { Ok(()) }
    }

    /// Asks one question and prints the answer.
    fn ask(&mut self, request: Request) -> Result<Outcome, Failure> {
        let mut desk = self.open()?;
        let mut bar = Bar::new(&request, self.lang, self.global.json);
        let answer = self.whole(&mut *desk, request, &mut bar)?;
        bar.finish();
        // Rows of events name no currency; the ledger does.
        if matches!(answer, Answer::Events(_))
            && let Answer::Ledger(ledger) =
                desk.ask(&self.context, Request::Ledger, &mut crate::protocol::watch::Unwatched)?
        {
            self.currency = ledger.currency.parse().unwrap_or(self.currency);
        }
        self.print(&answer)
    }

    /// The answer to a question; findings and cases with all their pages, for scripts read them as one list.
    fn whole(&self, desk: &mut dyn Service, mut request: Request, bar: &mut Bar) -> Result<Answer, Failure> {
        let mut answer = desk.ask(&self.context, request.clone(), bar)?;
        loop {
            let next = match &answer {
                Answer::Findings(rows) => rows.next(),
                Answer::Cases(rows) => rows.next(),
                _ => None,
            };
            let Some(next) = next else { return Ok(answer) };
            if let Request::Findings { page, .. } | Request::Cases { page, .. } = &mut request {
                page.start = Start::After(next);
            }
            match (&mut answer, desk.ask(&self.context, request.clone(), bar)?) {
                (Answer::Findings(all), Answer::Findings(rows)) => all.join(rows),
                (Answer::Cases(all), Answer::Cases(rows)) => all.join(rows),
                (_, other) => return Ok(other),
            }
        }
    }

    fn print(&self, answer: &Answer) -> Result<Outcome, Failure> {
        let mut out = io::stdout().lock();
        if self.global.json {
            show::json(&mut out, answer)?;
        } else {
            write!(out, "{}", show::text(answer, self.currency, self.lang, self.global.all))?;
        }
        out.flush()?;
        Ok(match answer {
            Answer::Findings(found) if !found.rows.is_empty() => Outcome::Reported,
            Answer::Verified(verified) if !verified.ok => Outcome::Reported,
            Answer::Turnover(report) if !report.holds => Outcome::Reported,
            Answer::TrialBalance(trial) if !trial.balanced => Outcome::Reported,
            Answer::Reconciliation(day) if day.differs => Outcome::Reported,
            Answer::DayChecks(checks) if checks.iter().any(|check| !check.ok) => Outcome::Reported,
            Answer::Posted(posted) if !posted.refused.is_empty() => Outcome::Reported,
            Answer::Opened(opened) if !opened.skipped.is_empty() => Outcome::Reported,
            _ => Outcome::Done,
        })
    }

    fn print_object<T: Serialize>(&self, object: &T, words: &str) -> Result<Outcome, Failure> {
        let mut out = io::stdout().lock();
        if self.global.json {
            serde_json::to_writer(&mut out, object).map_err(io::Error::from)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{}", visible(words))?;
        }
        Ok(Outcome::Done)
    }

    /// The request behind a command that is exactly one.
    fn request(&mut self, command: Command) -> Result<Request, Failure> {
        Ok(match command {
            Command::Post { due: _, trades } => Request::Post { trades },
            Command::Clear { due: _, trades } => Request::Clear { trades },
            Command::Trades { unposted, with_findings, day, channel, kind, customer, text, paging } => {
                Request::Trades {
                    filter: TradeFilter { unposted, with_findings, text, day, channel, kind, customer },
                    page: page(&paging, number_key)?,
                }
            }
            Command::Accounts { prefix, paging } => {
                Request::Accounts { prefix, page: page(&paging, |text| Ok(RowKey::Text(text.to_owned())))? }
            }
            Command::Vouchers { text, day, trade, case_no, paging } => Request::Vouchers {
                filter: VoucherFilter { text, day, trade_no: trade, case_no },
                page: page(&paging, number_key)?,
            },
            Command::Events { unposted, paging } => {
                Request::Events { unposted, page: page(&paging, number_key)? }
            }
            Command::Account { code, balance_days: true, from: Some(from), to: Some(to), .. } => {
                Request::BalanceDays { account: code, from, to }
            }
            Command::Account { code, as_of, .. } => Request::Account { code, as_of },
            Command::Turnover { day, from, to, account, subject } => Request::Turnover {
                of: account.map(Part::Account).or(subject.map(Part::Subject)).unwrap_or_default(),
                from: day.or(from),
                to: day.or(to),
            },
            Command::TrialBalance { as_of } => Request::TrialBalance { as_of },
            Command::Statement { holder, from, to } => Request::Statement { holder, from, to },
            Command::Reconcile { channel: Some(channel), day: Some(day) } => {
                Request::Reconcile { channel, day }
            }
            Command::Reconcile { .. } => Request::ChannelDays,
            Command::Trade { trade_no } => Request::Trade { trade_no },
            Command::Voucher { voucher_no } => Request::Voucher { voucher_no },
            Command::Findings { cause, day, trade, text } => Request::Findings {
                filter: FindingFilter { cause, day, trade_no: trade, text },
                page: Page::first(),
            },
            Command::Plan { target } => Request::Plan { target },
            Command::Case(case) => case_request(case)?,
            Command::Stage { reason, stage } => self.stage_request(stage, reason)?,
            Command::Preview { case_no } => {
                Request::Preview { case_no: self.case_or_only(case_no)?, slice: Slice::ALL }
            }
            Command::Commit { case_no, key } => Request::Commit { case_no: self.case_or_only(case_no)?, key },
            Command::Day(DayCommand::Status) => Request::Days,
            Command::Day(DayCommand::Open { day }) => Request::DayOpen { day },
            Command::Day(DayCommand::Cut { day }) => Request::DayCut { day },
            Command::Day(DayCommand::Check { day }) => Request::DayCheck { day },
            Command::Day(DayCommand::Periods) => Request::Periods,
            Command::Day(DayCommand::Close { closing: Closing::Day(day) }) => Request::DayClose { day },
            Command::Day(DayCommand::Close { closing: Closing::Period(period) }) => {
                Request::PeriodClose { period }
            }
            Command::Calendar(CalendarCommand::Check { trade_no }) => Request::CalendarCheck { trade_no },
            Command::Policy(PolicyCommand::Show) => Request::Policy,
            Command::Policy(PolicyCommand::Reasons) => Request::Reasons,
            Command::Calendar(CalendarCommand::List) => Request::Calendars,
            Command::Rules(RulesCommand::Explain { trade_no }) => Request::Explain { trade_no },
            Command::Seal => Request::Ledger,
            _ => Request::Rules,
        })
    }

    fn stage_request(&mut self, stage: StageCommand, reason: Option<String>) -> Result<Request, Failure> {
        let (case_no, step) = match stage {
            StageCommand::Reverse { voucher_no, case_no, mode } => {
                (case_no, StepRequest::Reverse(steps::Reverse { voucher_no, mode: args::asked_mode(&mode) }))
            }
            StageCommand::Repost { trade_no, case_no, event, set } => {
                (case_no, StepRequest::Repost(steps::Repost { trade_no, event, set }))
            }
            StageCommand::Supplement { trade_no, case_no, event } => {
                (case_no, StepRequest::Supplement(steps::Supplement { trade_no, event }))
            }
            StageCommand::Adjust { trade_no, case_no, event, debit, credit, red, aside } => {
                let lines = step_lines(debit, credit);
                (case_no, StepRequest::Adjust(steps::Adjust { trade_no, event, lines, red, aside }))
            }
            StageCommand::Park { trade_no, case_no, line, event, instead_of, debit, credit } => {
                let lines = step_lines(debit, credit);
                let step = match trade_no {
                    Some(trade_no) => StepRequest::Park(steps::Park { trade_no, event, instead_of, lines }),
                    None => StepRequest::ParkLine(steps::ParkLine { line, lines }),
                };
                (case_no, step)
            }
            StageCommand::Counter {
                undone,
                new_number,
                undo_kind,
                undo_amount,
                undo_fee,
                evidence,
                because,
                case_no,
            } => {
                let step = StepRequest::Counter(steps::Counter {
                    trade_no: new_number,
                    of: undone,
                    trade_kind: undo_kind,
                    amount: undo_amount,
                    fee: undo_fee,
                    evidence,
                    because,
                });
                (case_no, step)
            }
            StageCommand::Stub { line, case_no } => (case_no, StepRequest::Stub(steps::Stub { line })),
            StageCommand::Record {
                channel,
                channel_ref,
                number,
                of_kind,
                of_customer,
                of_merchant,
                because,
                case_no,
            } => {
                let step = StepRequest::Record(steps::Record {
                    trade_no: number,
                    trade_kind: of_kind,
                    channel,
                    channel_ref,
                    customer: of_customer,
                    merchant: of_merchant,
                    because,
                });
                (case_no, step)
            }
            StageCommand::Unpark { voucher_no, into, paid_by, case_no } => {
                (case_no, StepRequest::Unpark(steps::Unpark { voucher_no, to: into, line: paid_by }))
            }
            StageCommand::Status { trade_no, status, case_no } => {
                (case_no, StepRequest::Status(steps::Status { trade_no, status }))
            }
            StageCommand::Drop { step, case_no } => {
                return Ok(Request::StageDrop { case_no: self.case_or_only(case_no)?, step });
            }
            StageCommand::Restore { step, case_no } => {
                return Ok(Request::StageRestore { case_no: self.case_or_only(case_no)?, step });
            }
            StageCommand::List { case_no } => {
                return Ok(Request::Case { case_no: self.case_or_only(case_no)?, slice: Slice::ALL });
            }
        };
        let case_no = self.case_or_only(case_no)?;
        Ok(Request::Stage { case_no, step, reason })
    }

    /// The case named, or the operator's only unfinished one.
    fn case_or_only(&mut self, case_no: Option<CaseNo>) -> Result<CaseNo, Failure> {
        if let Some(case_no) = case_no {
            return Ok(case_no);
        }
        let mut desk = self.open()?;
        let filter = CaseFilter { undone: true, ..CaseFilter::default() };
        let Answer::Cases(cases) = desk.ask(
            &self.context,
            Request::Cases { filter, page: Page::first() },
            &mut crate::protocol::watch::Unwatched,
        )?
        else {
            return Err(Failure::Usage(word(self.lang, "cli.which_case")));
        };
        let mine: Vec<_> =
            cases.rows.into_iter().filter(|case| case.maker == self.context.operator).collect();
        match mine.as_slice() {
            [case] => Ok(case.case_no.clone()),
            _ => Err(Failure::Usage(word(self.lang, "cli.which_case"))),
        }
    }

    fn chain(&mut self, of: &str, paging: &args::Paging) -> Result<Outcome, Failure> {
        let mut desk = self.open()?;
        let account: AccountCode = of.parse()?;
        let page = page(paging, number_key)?;
        let as_account = desk.ask(
            &self.context,
            Request::Chain { account: account.clone(), page },
            &mut crate::protocol::watch::Unwatched,
        );
        let answer = match as_account {
            Err(Refusal::Rejected(rejection)) if rejection.code == Code::NotFound => {
                let voucher_no: VoucherNo = of.parse()?;
                let lineage = Request::Lineage { trade_no: None, voucher_no: Some(voucher_no) };
                desk.ask(&self.context, lineage, &mut crate::protocol::watch::Unwatched)?
            }
            other => other?,
        };
        self.print(&answer)
    }

    /// The preview for machines. Its entries are written as they come: a long case has too many to hold.
    fn preview_json(&mut self, case_no: &CaseNo) -> Result<Outcome, Failure> {
        let mut desk = self.open()?;
        let mut bar = Bar::new(
            &Request::Preview { case_no: case_no.clone(), slice: Slice::ALL },
            self.lang,
            self.global.json,
        );
        let mut out = io::BufWriter::new(io::stdout().lock());
        let (mut before, mut closed) = ("{\"entries\":[", false);
        let mut hear = |entry: PreviewEntry| -> io::Result<()> {
            let written =
                out.write_all(before.as_bytes()).and_then(|()| Ok(serde_json::to_writer(&mut out, &entry)?));
            before = ",";
            closed |= written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
            written
        };
        let answer = desk.preview_streamed(&self.context, case_no, &mut bar, &mut hear);
        bar.finish();
        if closed {
            return Err(Failure::Closed);
        }
        let rest = serde_json::to_string(&answer?).map_err(io::Error::from)?;
        let start = if before == "," { "" } else { before };
        writeln!(out, "{start}],{}", rest.strip_prefix('{').unwrap_or(&rest))?;
        out.flush()?;
        Ok(Outcome::Done)
    }

    fn verify(&mut self, seal: Option<&Path>) -> Result<Outcome, Failure> {
        let mut desk = self.open()?;
        let mut bar = Bar::new(&Request::Verify, self.lang, self.global.json);
        let answer = desk.ask(&self.context, Request::Verify, &mut bar)?;
        bar.finish();
        let Answer::Verified(mut verified) = answer else { return Ok(Outcome::Done) };
        if let Some(path) = seal {
            let (seq, hash) = ledger::read_seal(path)?;
            let held = Request::HoldsSeal { seq, hash: hash.clone() };
            let held = desk.ask(&self.context, held, &mut crate::protocol::watch::Unwatched)?;
            if held != Answer::HoldsSeal(true) {
                verified.ok = false;
                let args = [("seq", seq.to_string()), ("hash", hash)];
                verified.problems.push(crate::protocol::ledger::Problem {
                    check: "tail".to_owned(),
                    voucher_no: None,
                    account: None,
                    detail: text(self.lang, "cli.seal.lost", &args),
                });
            }
        }
        self.print(&Answer::Verified(verified))
    }

    fn import(
        &mut self,
        kind: ImportKind,
        file: &Path,
        format: &str,
        dry_run: bool,
    ) -> Result<Outcome, Failure> {
        let asked = self.asked_format(kind, format)?;
        let mut source =
            crate::files::import::open(file).map_err(|error| crate::desk::intake::bad_file(&error))?;
        let format = match asked {
            Some(format) => format,
            None => self.format_of(&source, kind)?,
        };
        let mut desk = self.open()?;
        let mut bar = Bar::rows(self.lang, self.global.json);
        let incoming = crate::protocol::intake::Incoming { source: &mut source, format, dry_run };
        let answer = desk.import(&self.context, incoming, &mut bar)?;
        bar.finish();
        let words = show::imported(&answer, self.lang);
        self.print_object(&answer, &words)
    }

    /// Opens the ledger named; the time is told in its zone unless the operator told the time.
    fn open(&mut self) -> Result<Box<dyn Service>, Failure> {
        let address =
            self.global.ledger.as_deref().ok_or_else(|| Failure::Usage(word(self.lang, "cli.no_ledger")))?;
        let opened = place::connect(self, address, &mut crate::protocol::watch::Unwatched)?;
        if self.global.now.is_none() {
            self.context.now = self.context.now.in_zone(&opened.zone);
        }
        Ok(opened.service)
    }
}

/// The lines of a step, debits first.
fn step_lines(
    debit: Vec<(AccountCode, String)>,
    credit: Vec<(AccountCode, String)>,
) -> Vec<crate::protocol::steps::StepLine> {
    let line = |side, (account, amount)| crate::protocol::steps::StepLine { side, account, amount };
    let debit = debit.into_iter().map(|asked| line(Side::Debit, asked));
    debit.chain(credit.into_iter().map(|asked| line(Side::Credit, asked))).collect()
}

/// Name and SHA-256 of a file that proves something; its content stays where it is.
fn evidence(path: &Path) -> Result<(String, String), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok((name, crate::domain::chain::fingerprint(&std::fs::read(path)?)))
}

fn case_request(case: CaseCommand) -> Result<Request, Failure> {
    Ok(match case {
        CaseCommand::Open { trade, finding, cause, day, limit, one, each: _, plan, once, reason, note } => {
            // What is named is opened even where another case holds it; what is gathered is not.
            let again = cause.is_none() && !once;
            let opening = Opening { trades: trade, findings: finding, plan, again, reason, note };
            if cause.is_none() {
                return Ok(Request::CaseOpen { opening });
            }
            let filter = FindingFilter { cause, day, ..FindingFilter::default() };
            Request::CaseBulk {
                bulk: Bulk { opening, filter, limit: limit.and_then(|most| usize::try_from(most).ok()), one },
            }
        }
        CaseCommand::List { state, text } => Request::Cases {
            filter: CaseFilter { state, text, ..CaseFilter::default() },
            page: Page::first(),
        },
        CaseCommand::Show { case_no } => Request::Case { case_no, slice: Slice::ALL },
        CaseCommand::Check { case_no, item: None, .. } => Request::CaseCheck { case_no },
        CaseCommand::Check { case_no, item: Some(item), note, file } => {
            Request::CaseTick { case_no, item, note, file: file.as_deref().map(evidence).transpose()? }
        }
        CaseCommand::Auto => Request::CaseAuto,
        CaseCommand::Hand { case_no, to_operator } => Request::CaseHand { case_no, to: to_operator },
        CaseCommand::Restage { case_no } => Request::CaseRestage { case_no },
        CaseCommand::Submit { case_no } => Request::CaseSubmit { case_no },
        CaseCommand::Approve { case_no } => Request::CaseApprove { case_no, seen: None },
        CaseCommand::Reject { case_no, reason } => Request::CaseReject { case_no, reason },
        CaseCommand::Withdraw { case_no } => Request::CaseWithdraw { case_no },
    })
}

fn number_key(text: &str) -> Result<RowKey, Failure> {
    text.parse().map(RowKey::Number).map_err(|_| Failure::Usage(format!("--after {}", text.escape_debug())))
}

fn page(paging: &args::Paging, key: impl Fn(&str) -> Result<RowKey, Failure>) -> Result<Page, Failure> {
    let start = match &paging.after {
        Some(after) => Start::After(key(after)?),
        None => Start::First,
    };
    Ok(Page { start, limit: usize::from(paging.limit) })
}
