//! Answers that stand on a page of their own: why a trade is booked so, a receipt, what verification found.

use super::{Behave, SlotPart};
use crate::app::list::{Cursor, Links};
use crate::app::route::Route;
use crate::desk::{Answer, Explanation, Receipt, Request, Verified};
use crate::domain::id::{TradeNo, VoucherNo};

/// Why a trade is booked as it is.
#[derive(Debug, Clone)]
pub struct Explain {
    /// Which.
    pub trade_no: TradeNo,
    /// What the desk said.
    pub explanation: Option<Explanation>,
    /// Only scrolled.
    pub links: Links,
}

impl Explain {
    /// The explanation of a trade.
    #[must_use]
    pub fn new(trade_no: TradeNo) -> Self {
        Self { trade_no, explanation: None, links: Links::default() }
    }
}

impl Behave for Explain {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        vec![(SlotPart::Main, Request::Explain { trade_no: self.trade_no.clone() })]
    }
    fn take(&mut self, _: SlotPart, answer: Answer) -> bool {
        let Answer::Explain(explanation) = answer else { return false };
        self.explanation = Some(explanation);
        true
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        self.explanation.is_some()
    }
    fn open(&self) -> Option<Route> {
        Some(Route::Trade(self.trade_no.clone()))
    }
    fn name(&self) -> Option<String> {
        Some(self.trade_no.to_string())
    }
    fn trade(&self) -> Option<TradeNo> {
        Some(self.trade_no.clone())
    }
}

/// A receipt.
#[derive(Debug, Clone)]
pub struct ReceiptView {
    /// What the commit answered.
    pub receipt: Receipt,
    /// Its vouchers.
    pub links: Links,
}

impl ReceiptView {
    /// A receipt to look at.
    #[must_use]
    pub fn new(receipt: Receipt) -> Self {
        let mut links = Links::default();
        links.resize(receipt.vouchers.len());
        Self { receipt, links }
    }
}

impl Behave for ReceiptView {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        Vec::new()
    }
    fn take(&mut self, _: SlotPart, _: Answer) -> bool {
        false
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        true
    }
    fn open(&self) -> Option<Route> {
        self.voucher().map(Route::Voucher)
    }
    fn name(&self) -> Option<String> {
        self.receipt.vouchers.get(self.links.cursor).map(|voucher| voucher.hash.clone())
    }
    fn voucher(&self) -> Option<VoucherNo> {
        self.receipt.vouchers.get(self.links.cursor).map(|voucher| voucher.voucher_no.clone())
    }
}

/// What verification found.
#[derive(Debug, Clone)]
pub struct VerifiedView {
    /// What the desk said.
    pub verified: Verified,
    /// Problems that can be opened.
    pub links: Links,
}

impl VerifiedView {
    /// A result to look at.
    #[must_use]
    pub fn new(verified: Verified) -> Self {
        let mut links = Links::default();
        links.resize(verified.problems.len());
        Self { verified, links }
    }
}

impl Behave for VerifiedView {
    fn requests(&self) -> Vec<(SlotPart, Request)> {
        Vec::new()
    }
    fn take(&mut self, _: SlotPart, _: Answer) -> bool {
        false
    }
    fn cursor(&self) -> &dyn Cursor {
        &self.links
    }
    fn cursor_mut(&mut self) -> &mut dyn Cursor {
        &mut self.links
    }
    fn loaded(&self) -> bool {
        true
    }
    fn open(&self) -> Option<Route> {
        let problem = self.verified.problems.get(self.links.cursor)?;
        if let Some(voucher) = problem.voucher_no.as_ref().and_then(|no| no.parse().ok()) {
            return Some(Route::Voucher(voucher));
        }
        problem.account.as_ref().and_then(|code| code.parse().ok()).map(Route::Chain)
    }
    fn name(&self) -> Option<String> {
        Some(self.verified.head_hash.clone())
    }
}
