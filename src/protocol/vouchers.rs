//! Lists of vouchers, and single ones.

use crate::domain::id::{CaseNo, TradeNo, VoucherNo};
use crate::protocol::page::Page;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Filter of vouchers; all conditions must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoucherFilter {
    /// Voucher number or trade number that starts with this.
    pub text: Option<String>,
    /// Only of this accounting day.
    pub day: Option<Date>,
    /// Only of this trade.
    pub trade_no: Option<TradeNo>,
    /// Only of this case.
    pub case_no: Option<CaseNo>,
    /// Only of this accounting day or later ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Only of this accounting day or earlier ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Whether the vouchers come with their entries. Such a page may end early, so that it stays a few
    /// megabytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub with_entries: bool,
}

/// Requests a page of vouchers, in the order of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListVouchers {
    /// Filter of the list.
    pub filter: VoucherFilter,
    /// The page.
    pub page: Page,
}

/// Requests one voucher with its entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowVoucher {
    /// Number of the voucher.
    pub voucher_no: VoucherNo,
}
