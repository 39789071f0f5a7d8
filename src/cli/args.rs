//! The command line's shape, once: parsing, help, completions and the man page all come from here. The words of the help
//! are in the locales (`cli.<command>` and `cli.arg.<name>`), so that help speaks both languages.

use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::finding::Cause;
use crate::domain::id::{AccountCode, CaseNo, Operator, TradeNo, VoucherNo};
use crate::domain::period::{Moment, parse_date};
use crate::domain::trade::TradeStatus;
use crate::domain::voucher::Mode;
use crate::i18n::Lang;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

fn day(text: &str) -> Result<Date, String> {
    parse_date(text).map_err(|_| format!("{text}: YYYY-MM-DD"))
}

fn moment(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|_| format!("{text}: RFC 3339, 2018-09-13T12:00:00+08:00"))
}

/// A value of one of the books' own types.
fn word<T: std::str::FromStr<Err = crate::domain::rejection::Rejection>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|rejection: crate::domain::rejection::Rejection| {
        let allowed = rejection.arg("allowed").map(|words| format!(": {words}")).unwrap_or_default();
        format!("{}{allowed}", text.escape_debug())
    })
}

/// A whole number; what is said of another names no language.
fn number<T: std::str::FromStr + std::fmt::Display + Bounded>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{}: 0–{}", text.escape_debug(), T::MOST))
}

/// A type of whole numbers with its greatest.
trait Bounded: Sized {
    const MOST: Self;
}
impl Bounded for u64 {
    const MOST: Self = Self::MAX;
}
impl Bounded for i64 {
    const MOST: Self = Self::MAX;
}

/// Most rows of a page.
const MOST_ROWS: u16 = 1000;

fn rows(text: &str) -> Result<u16, String> {
    let count = text.parse().ok().filter(|count| (1..=MOST_ROWS).contains(count));
    count.ok_or_else(|| format!("{}: 1–{MOST_ROWS}", text.escape_debug()))
}

fn fact(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("{text}: fact=value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn money(text: &str) -> Result<(AccountCode, String), String> {
    let (account, amount) = text.split_once('=').ok_or_else(|| format!("{text}: account=amount"))?;
    Ok((word::<AccountCode>(account.trim())?, amount.trim().to_owned()))
}

/// Storno.
#[derive(Debug, Parser)]
#[command(name = "storno", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[arg(value_name = "LEDGER")]
    pub address: Option<String>,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Clone, Args)]
pub struct Global {
    #[arg(long, global = true, env = "STORNO_LEDGER", value_name = "LEDGER")]
    pub ledger: Option<String>,
    #[arg(long, global = true, env = "STORNO_OPERATOR", value_name = "NAME", value_parser = word::<Operator>)]
    pub operator: Option<Operator>,
    #[arg(long, global = true, env = "STORNO_NOW", value_name = "TIME", value_parser = moment)]
    pub now: Option<Moment>,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true)]
    pub read_only: bool,
    #[arg(long, global = true, env = "STORNO_LANG", value_name = "LANG")]
    pub lang: Option<Lang>,
    #[arg(long, short = 'y', global = true)]
    pub yes: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Paging {
    #[arg(long, default_value_t = 50, value_parser = rows)]
    pub limit: u16,
    #[arg(long, value_name = "KEY")]
    pub after: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    Trades,
    Bill,
    Journal,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Demo {
        #[arg(long, default_value_t = 1, value_parser = number::<u64>)]
        seed: u64,
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
        #[arg(long)]
        no_ui: bool,
    },
    Init {
        #[arg(value_name = "LEDGER")]
        address: String,
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        #[arg(long, default_value = "CNY")]
        currency: String,
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        #[arg(long, default_value = "test", value_parser = ["prod", "test", "demo"])]
        role: String,
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
    },
    Import {
        #[arg(value_enum)]
        kind: ImportKind,
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[arg(long, default_value = "auto", value_parser = ["auto", "wechat", "alipay", "csv"])]
        format: String,
        #[arg(long)]
        dry_run: bool,
    },
    Generate {
        #[arg(value_name = "LEDGER")]
        address: String,
        #[arg(long, value_parser = number::<u64>)]
        trades: u64,
        #[arg(long, default_value_t = 200, value_parser = number::<u64>)]
        accounts: u64,
        #[arg(long, default_value = "0")]
        errors: String,
        #[arg(long, default_value_t = 1, value_parser = number::<u64>)]
        seed: u64,
        #[arg(long, value_name = "FILE")]
        answers: Option<PathBuf>,
    },
    Post {
        #[arg(long)]
        due: bool,
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trades: Vec<TradeNo>,
    },
    Trades {
        #[arg(long)]
        unposted: bool,
        #[arg(long)]
        with_findings: bool,
        #[arg(long, value_parser = day)]
        day: Option<Date>,
        #[arg(long)]
        channel: Option<String>,
        #[arg(long)]
        kind: Option<String>,
        #[arg(long)]
        customer: Option<String>,
        #[arg(value_name = "TEXT")]
        text: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    Accounts {
        #[arg(value_name = "PREFIX", default_value = "")]
        prefix: String,
        #[command(flatten)]
        paging: Paging,
    },
    Vouchers {
        #[arg(value_name = "TEXT")]
        text: Option<String>,
        #[arg(long, value_parser = day)]
        day: Option<Date>,
        #[arg(long, value_parser = word::<TradeNo>)]
        trade: Option<TradeNo>,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[command(flatten)]
        paging: Paging,
    },
    Events {
        #[arg(long)]
        unposted: bool,
        #[command(flatten)]
        paging: Paging,
    },
    Account {
        #[arg(value_parser = word::<AccountCode>)]
        code: AccountCode,
        #[arg(long, value_parser = day)]
        as_of: Option<Date>,
    },
    Trade {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
    },
    Voucher {
        #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
        voucher_no: VoucherNo,
    },
    Chain {
        #[arg(value_name = "ACCOUNT|VOUCHER")]
        of: String,
        #[command(flatten)]
        paging: Paging,
    },
    Findings {
        #[arg(long, value_parser = word::<Cause>)]
        cause: Option<Cause>,
        #[arg(long, value_parser = day)]
        day: Option<Date>,
        #[arg(long, value_parser = word::<TradeNo>)]
        trade: Option<TradeNo>,
        #[arg(value_name = "TEXT")]
        text: Option<String>,
    },
    Plan {
        #[arg(value_name = "FINDING|TRADE")]
        target: String,
    },
    #[command(subcommand)]
    Case(CaseCommand),
    #[command(subcommand)]
    Stage(StageCommand),
    Preview {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Commit {
        #[arg(value_name = "CASE", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long)]
        key: Option<String>,
    },
    #[command(subcommand)]
    Day(DayCommand),
    #[command(subcommand)]
    Rules(RulesCommand),
    Verify {
        #[arg(long, value_name = "FILE")]
        seal: Option<PathBuf>,
    },
    Seal,
    Completions {
        shell: clap_complete::Shell,
    },
    Man,
}

#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    Open {
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
        each: bool,
        #[arg(long)]
        plan: bool,
        #[arg(long)]
        again: bool,
        #[arg(long)]
        reason: Option<String>,
        #[arg(long)]
        note: Option<String>,
    },
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

#[derive(Debug, Subcommand)]
pub enum StageCommand {
    Reverse {
        #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
        voucher_no: VoucherNo,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, default_value = "auto", value_parser = ["auto", "wipe", "red", "blue"])]
        mode: String,
    },
    Repost {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, value_parser = word::<Event>)]
        event: Option<Event>,
        #[arg(long = "set", value_name = "FACT=VALUE", value_parser = fact)]
        set: Vec<(String, String)>,
    },
    Supplement {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, value_parser = word::<Event>)]
        event: Option<Event>,
    },
    Adjust {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, value_parser = word::<Event>)]
        event: Option<Event>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        debit: Vec<(AccountCode, String)>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        credit: Vec<(AccountCode, String)>,
        #[arg(long)]
        red: bool,
        #[arg(long)]
        aside: bool,
    },
    Park {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, value_parser = word::<Event>)]
        event: Option<Event>,
        #[arg(long, value_name = "ACCOUNT", value_parser = word::<AccountCode>)]
        instead_of: Option<AccountCode>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        debit: Vec<(AccountCode, String)>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        credit: Vec<(AccountCode, String)>,
    },
    Unpark {
        #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
        voucher_no: VoucherNo,
        #[arg(long, value_name = "ACCOUNT", value_parser = word::<AccountCode>)]
        to: AccountCode,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Status {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
        #[arg(value_name = "STATUS", value_parser = word::<TradeStatus>)]
        status: TradeStatus,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Drop {
        #[arg(value_name = "STEP", value_parser = number::<i64>)]
        step: i64,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Restore {
        #[arg(value_name = "STEP", value_parser = number::<i64>)]
        step: i64,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    List {
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
}

#[derive(Debug, Subcommand)]
pub enum DayCommand {
    Status,
    Open {
        #[arg(value_name = "DAY", value_parser = day)]
        day: Date,
    },
    Close {
        #[arg(value_name = "DAY", value_parser = day)]
        day: Date,
    },
}

#[derive(Debug, Subcommand)]
pub enum RulesCommand {
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

/// The mode a `--mode` word asks for; `auto` lets the dates decide.
pub fn asked_mode(text: &str) -> Option<Mode> {
    text.parse().ok()
}
