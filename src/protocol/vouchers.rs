//! Vouchers: which are listed.

use crate::domain::id::{CaseNo, TradeNo};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Which vouchers.
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
}
