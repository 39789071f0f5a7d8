//! `vouchers` and `voucher`.

use crate::cli::outcome::{CommandOutcome, Failure};
use crate::cli::session::{RunCommand, Session};
use crate::cli::values::{Paging, day, word};
use crate::domain::id::{CaseNo, TradeNo, VoucherNo};
use crate::protocol::request::Request;
use crate::protocol::vouchers::{ListVouchers, ShowVoucher, VoucherFilter};
use clap::Args;
use jiff::civil::Date;

/// Lists vouchers.
#[derive(Debug, Args)]
pub struct VouchersArgs {
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
}

impl RunCommand for VouchersArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        let Self { text, day, trade, case_no, paging } = self;
        let filter = VoucherFilter { text, day, trade_no: trade, case_no, ..VoucherFilter::default() };
        session.ask(Request::Vouchers(ListVouchers { filter, page: paging.by_number()? }))
    }
}

/// Shows one voucher with its entries.
#[derive(Debug, Args)]
pub struct VoucherArgs {
    #[arg(value_name = "VOUCHER", value_parser = word::<VoucherNo>)]
    voucher_no: VoucherNo,
}

impl RunCommand for VoucherArgs {
    fn run(self, session: &mut Session) -> Result<CommandOutcome, Failure> {
        session.ask(Request::Voucher(ShowVoucher { voucher_no: self.voucher_no }))
    }
}
