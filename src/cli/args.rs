//! The command line's shape, once: parsing, help, completions and the man page all come from here. The words of the help
//! are in the locales (`cli.<command>` and `cli.arg.<name>`), so that help speaks both languages.

use crate::domain::case::CaseState;
use crate::domain::event::Event;
use crate::domain::finding::Cause;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, Operator, Party, TradeNo, VoucherNo};
use crate::domain::period::{Moment, Period, parse_date};
use crate::domain::role::Role;
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::domain::voucher::Mode;
use crate::files::export;
use crate::files::import::{FileKind, Format};
use crate::i18n::Lang;
use crate::protocol::reports::AsOf;
use crate::protocol::steps::LineRef;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

fn day(text: &str) -> Result<Date, String> {
    parse_date(text).map_err(|_| format!("{text}: YYYY-MM-DD"))
}

/// A day, or else the number of a voucher. What has the shape of a day and is none is no voucher either.
fn as_of(text: &str) -> Result<AsOf, String> {
    let like_a_day = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if like_a_day { day(text).map(AsOf::Day) } else { word::<VoucherNo>(text).map(AsOf::Voucher) }
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

/// The word of `--format` for a format told by the file's content.
pub const AUTO: &str = "auto";

/// The words of `--format`: [`AUTO`] and what the readers of files are called.
fn import_formats() -> PossibleValuesParser {
    [AUTO].into_iter().chain(Format::options()).into()
}

/// The formats of `export`, by the words of their writers.
fn export_format() -> impl TypedValueParser<Value = export::Format> {
    let words = export::Format::ALL.iter().map(|format| format.writer().word);
    PossibleValuesParser::new(words).try_map(|word| {
        let found = export::Format::ALL.iter().find(|format| format.writer().word == word);
        found.copied().ok_or(word)
    })
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
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
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
    pub all: bool,
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

impl ImportKind {
    /// Returns whether the command takes files of this format.
    pub const fn takes(self, format: Format) -> bool {
        matches!(
            (self, format.kind()),
            (Self::Trades, FileKind::Trades)
                | (Self::Journal, FileKind::Journal)
                | (Self::Bill, FileKind::Bill(_))
        )
    }
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
        #[arg(long, default_value = AUTO, value_parser = import_formats())]
        format: String,
        #[arg(long)]
        dry_run: bool,
    },
    Export {
        #[arg(value_name = "FORMAT", value_parser = export_format())]
        writer: export::Format,
        #[arg(long, value_parser = day, conflicts_with_all = ["from", "to"])]
        day: Option<Date>,
        #[arg(long, value_parser = day)]
        from: Option<Date>,
        #[arg(long, value_parser = day)]
        to: Option<Date>,
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
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
    Clear {
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
        #[arg(long, value_name = "DAY|VOUCHER", value_parser = as_of)]
        as_of: Option<AsOf>,
        #[arg(long, requires_all = ["from", "to"], conflicts_with = "as_of")]
        balance_days: bool,
        #[arg(long, value_parser = day, requires = "balance_days")]
        from: Option<Date>,
        #[arg(long, value_parser = day, requires = "balance_days")]
        to: Option<Date>,
    },
    Turnover {
        #[arg(long, value_parser = day, conflicts_with_all = ["from", "to"])]
        day: Option<Date>,
        #[arg(long, value_parser = day)]
        from: Option<Date>,
        #[arg(long, value_parser = day)]
        to: Option<Date>,
        #[arg(long, value_parser = word::<AccountCode>, conflicts_with = "subject")]
        account: Option<AccountCode>,
        #[arg(long)]
        subject: Option<String>,
    },
    TrialBalance {
        #[arg(long, value_name = "DAY|VOUCHER", value_parser = as_of)]
        as_of: Option<AsOf>,
    },
    Statement {
        #[arg(value_name = "CUSTOMER|ACCOUNT")]
        holder: String,
        #[arg(long, value_parser = day)]
        from: Option<Date>,
        #[arg(long, value_parser = day)]
        to: Option<Date>,
    },
    Reconcile {
        #[arg(long, value_parser = word::<Channel>, requires = "day")]
        channel: Option<Channel>,
        #[arg(long, value_parser = day, requires = "channel")]
        day: Option<Date>,
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
    Stage {
        /// Sets the case's reason as well.
        #[arg(long, global = true, value_name = "CODE")]
        reason: Option<String>,
        #[command(subcommand)]
        stage: StageCommand,
    },
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
    #[command(subcommand)]
    Calendar(CalendarCommand),
    #[command(subcommand)]
    Policy(PolicyCommand),
    Verify {
        #[arg(long, value_name = "FILE")]
        seal: Option<PathBuf>,
    },
    Seal,
    Serve {
        #[arg(long, required = true)]
        stdio: bool,
        #[arg(long, value_name = "FOLDER")]
        restrict_to: Option<PathBuf>,
        #[arg(long = "role", value_name = "ROLE", value_parser = word::<Role>)]
        session_role: Option<Role>,
    },
    Ledgers {
        #[arg(long, value_name = "LEDGER")]
        forget: Option<String>,
    },
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
        once: bool,
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
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>, required_unless_present_any = ["line", "debit"])]
        trade_no: Option<TradeNo>,
        #[arg(long, value_name = "CHANNEL/REFERENCE", value_parser = word::<LineRef>, conflicts_with = "trade_no")]
        line: Option<LineRef>,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
        #[arg(long, value_parser = word::<Event>, requires = "trade_no")]
        event: Option<Event>,
        #[arg(long, value_name = "ACCOUNT", value_parser = word::<AccountCode>, requires = "trade_no")]
        instead_of: Option<AccountCode>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        debit: Vec<(AccountCode, String)>,
        #[arg(long, value_name = "ACCOUNT=AMOUNT", value_parser = money)]
        credit: Vec<(AccountCode, String)>,
    },
    Record {
        #[arg(value_name = "CHANNEL", value_parser = word::<Channel>)]
        channel: Channel,
        #[arg(value_name = "REFERENCE", value_parser = word::<ChannelRef>)]
        channel_ref: ChannelRef,
        #[arg(long = "as", value_name = "TRADE", value_parser = word::<TradeNo>)]
        number: TradeNo,
        #[arg(long = "kind", value_name = "KIND", value_parser = word::<TradeKind>)]
        of_kind: TradeKind,
        #[arg(long = "customer", value_name = "CUSTOMER", value_parser = word::<Party>)]
        of_customer: Option<Party>,
        #[arg(long = "merchant", value_name = "MERCHANT", value_parser = word::<Party>)]
        of_merchant: Option<Party>,
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Counter {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        undone: TradeNo,
        #[arg(long = "as", value_name = "TRADE", value_parser = word::<TradeNo>)]
        new_number: Option<TradeNo>,
        #[arg(long = "kind", value_name = "KIND", value_parser = word::<TradeKind>)]
        undo_kind: Option<TradeKind>,
        #[arg(long = "amount", value_name = "AMOUNT")]
        undo_amount: Option<String>,
        #[arg(long = "fee", value_name = "AMOUNT", allow_hyphen_values = true)]
        undo_fee: Option<String>,
        #[arg(long = "ref", value_name = "REFERENCE", value_parser = word::<ChannelRef>)]
        evidence: Option<ChannelRef>,
        #[arg(long, value_name = "TEXT")]
        because: Option<String>,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Stub {
        #[arg(value_name = "CHANNEL/REFERENCE", value_parser = word::<LineRef>)]
        line: LineRef,
        #[arg(long = "case", value_parser = word::<CaseNo>)]
        case_no: Option<CaseNo>,
    },
    Unpark {
        #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
        voucher_no: VoucherNo,
        #[arg(long = "to", value_name = "ACCOUNT", value_parser = word::<AccountCode>)]
        into: AccountCode,
        #[arg(long = "by", value_name = "CHANNEL/REFERENCE", value_parser = word::<LineRef>)]
        paid_by: Option<LineRef>,
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

/// What a close is asked of.
#[derive(Debug, Clone, Copy)]
pub enum Closing {
    Day(Date),
    Period(Period),
}

impl std::fmt::Display for Closing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Period(period) => period.fmt(f),
        }
    }
}

fn closing(text: &str) -> Result<Closing, String> {
    let period = text.parse().map(Closing::Period);
    period.or_else(|_| day(text).map(Closing::Day)).map_err(|_| format!("{text}: YYYY-MM-DD, YYYY-MM, YYYY"))
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

#[derive(Debug, Subcommand)]
pub enum CalendarCommand {
    Check {
        #[arg(value_name = "TRADE", value_parser = word::<TradeNo>)]
        trade_no: TradeNo,
    },
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    List,
}

#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    Show,
    Load {
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Reasons,
}

/// The mode a `--mode` word asks for; `auto` lets the dates decide.
pub fn asked_mode(text: &str) -> Option<Mode> {
    text.parse().ok()
}
