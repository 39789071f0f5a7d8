//! `stage`: the steps of a case.

use super::cases::case_or_only;
use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::progress::LongWork;
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{fact, money, number, step_lines, word};
use crate::domain::event::Event;
use crate::domain::id::{AccountCode, CaseNo, ChannelRef, Party, TradeNo, VoucherNo};
use crate::domain::trade::{Channel, TradeKind, TradeStatus};
use crate::protocol::cases::{DropStep, RestoreStep, ShowCase, StageStep};
use crate::protocol::page::Slice;
use crate::protocol::request::Request;
use crate::protocol::steps::{self, LineRef, StepRequest};
use clap::{Args, Subcommand};

/// Adds, drops, restores and lists the steps of a case.
#[derive(Debug, Args)]
pub struct StageArgs {
    /// Sets the case's reason as well.
    #[arg(long, global = true, value_name = "CODE")]
    reason: Option<String>,
    #[command(subcommand)]
    stage: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Step(Step),
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

impl RunCommand for StageArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let request = match self.stage {
            Verb::Step(step) => {
                let (case_no, step) = step.request();
                Request::Stage(StageStep {
                    case_no: case_or_only(session, case_no)?,
                    step,
                    reason: self.reason,
                })
            }
            Verb::Drop { step, case_no } => {
                Request::StageDrop(DropStep { case_no: case_or_only(session, case_no)?, step })
            }
            Verb::Restore { step, case_no } => {
                Request::StageRestore(RestoreStep { case_no: case_or_only(session, case_no)?, step })
            }
            Verb::List { case_no } => {
                Request::Case(ShowCase { case_no: case_or_only(session, case_no)?, slice: Slice::ALL })
            }
        };
        session.ask_long(LongWork::Steps, request)
    }
}

/// A step to add.
#[derive(Debug, Subcommand)]
enum Step {
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
}

impl Step {
    /// Returns the case named, and the step for the desk.
    fn request(self) -> (Option<CaseNo>, StepRequest) {
        match self {
            Self::Reverse { voucher_no, case_no, mode } => {
                // `auto` is not a mode: the desk decides by the dates.
                (case_no, StepRequest::Reverse(steps::Reverse { voucher_no, mode: mode.parse().ok() }))
            }
            Self::Repost { trade_no, case_no, event, set } => {
                (case_no, StepRequest::Repost(steps::Repost { trade_no, event, set }))
            }
            Self::Supplement { trade_no, case_no, event } => {
                (case_no, StepRequest::Supplement(steps::Supplement { trade_no, event }))
            }
            Self::Adjust { trade_no, case_no, event, debit, credit, red, aside } => {
                let lines = step_lines(debit, credit);
                (case_no, StepRequest::Adjust(steps::Adjust { trade_no, event, lines, red, aside }))
            }
            Self::Park { trade_no, case_no, line, event, instead_of, debit, credit } => {
                let lines = step_lines(debit, credit);
                let step = match trade_no {
                    Some(trade_no) => StepRequest::Park(steps::Park { trade_no, event, instead_of, lines }),
                    None => StepRequest::ParkLine(steps::ParkLine { line, lines }),
                };
                (case_no, step)
            }
            Self::Record {
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
            Self::Counter {
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
            Self::Stub { line, case_no } => (case_no, StepRequest::Stub(steps::Stub { line })),
            Self::Unpark { voucher_no, into, paid_by, case_no } => {
                (case_no, StepRequest::Unpark(steps::Unpark { voucher_no, to: into, line: paid_by }))
            }
            Self::Status { trade_no, status, case_no } => {
                (case_no, StepRequest::Status(steps::Status { trade_no, status }))
            }
        }
    }
}
