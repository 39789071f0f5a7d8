//! Answers on a screen of their own: why a trade is booked as it is, a receipt, what a verification found.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::id::{TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::answer::Answer;
use crate::protocol::ledger::Verified;
use crate::protocol::receipt::Receipt;
use crate::protocol::request::Request;
use crate::protocol::rules::{ExplainTrade, Explanation};

/// Why a trade is booked as it is.
pub type ExplainScreen = DocumentScreen<ExplainDocument>;

impl ExplainScreen {
    /// Returns the screen of the explanation of a trade.
    #[must_use]
    pub fn at(trade_no: TradeNo) -> Self {
        Self::new(ExplainDocument { trade_no })
    }
}

/// The explanation of a trade; Enter leads to the trade.
#[derive(Debug, Clone)]
pub struct ExplainDocument {
    /// The trade.
    pub trade_no: TradeNo,
}

impl Document for ExplainDocument {
    type Content = Explanation;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        Some(Request::Explain(ExplainTrade { trade_no: self.trade_no.clone() }))
    }
    fn content(answer: Answer) -> Option<Explanation> {
        if let Answer::Explain(explanation) = answer { Some(explanation) } else { None }
    }
    fn links(&self, _: &Explanation) -> usize {
        0
    }
    fn open(&self, _: Option<&Explanation>, _: usize) -> Option<Route> {
        Some(Route::Trade(self.trade_no.clone()))
    }
    fn name(&self, _: Option<&Explanation>, _: usize) -> Option<String> {
        Some(self.trade_no.to_string())
    }
    fn trade(&self, _: Option<&Explanation>) -> Option<TradeNo> {
        Some(self.trade_no.clone())
    }
    fn status(&self, _: Option<&Explanation>, around: &Surroundings) -> StatusLine {
        StatusLine::of(i18n::word(around.view.lang, "status.explain"), Tone::Dim)
    }
    fn crumb(&self, _: Option<&Explanation>, _: Lang) -> Option<String> {
        Some(self.trade_no.to_string())
    }
}

/// A receipt.
pub type ReceiptScreen = DocumentScreen<ReceiptDocument>;

impl ReceiptScreen {
    /// Returns the screen of a receipt.
    #[must_use]
    pub fn at(receipt: Receipt) -> Self {
        Self::with_content(ReceiptDocument, receipt)
    }
}

/// What a commit answered; its vouchers are links.
#[derive(Debug, Clone)]
pub struct ReceiptDocument;

impl Document for ReceiptDocument {
    type Content = Receipt;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Copy, Command::Back];

    fn request(&self) -> Option<Request> {
        None
    }
    fn content(_: Answer) -> Option<Receipt> {
        None
    }
    fn links(&self, receipt: &Receipt) -> usize {
        receipt.vouchers.len()
    }
    fn open(&self, receipt: Option<&Receipt>, link: usize) -> Option<Route> {
        self.voucher(receipt, link).map(Route::Voucher)
    }
    fn name(&self, receipt: Option<&Receipt>, link: usize) -> Option<String> {
        receipt?.vouchers.get(link).map(|voucher| voucher.hash.clone())
    }
    fn voucher(&self, receipt: Option<&Receipt>, link: usize) -> Option<VoucherNo> {
        receipt?.vouchers.get(link).map(|voucher| voucher.voucher_no.clone())
    }
    fn status(&self, _: Option<&Receipt>, around: &Surroundings) -> StatusLine {
        StatusLine::of(i18n::word(around.view.lang, "status.receipt"), Tone::Good)
    }
    fn crumb(&self, receipt: Option<&Receipt>, _: Lang) -> Option<String> {
        receipt.map(|receipt| receipt.case_no.to_string())
    }
}

/// What a verification found.
pub type VerifiedScreen = DocumentScreen<VerifiedDocument>;

impl VerifiedScreen {
    /// Returns the screen of a verification.
    #[must_use]
    pub fn at(verified: Verified) -> Self {
        Self::with_content(VerifiedDocument, verified)
    }
}

/// The problems that a verification found; each is a link.
#[derive(Debug, Clone)]
pub struct VerifiedDocument;

impl Document for VerifiedDocument {
    type Content = Verified;
    const FOOTER: &'static [Command] = &[Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        None
    }
    fn content(_: Answer) -> Option<Verified> {
        None
    }
    fn links(&self, verified: &Verified) -> usize {
        verified.problems.len()
    }
    fn open(&self, verified: Option<&Verified>, link: usize) -> Option<Route> {
        let problem = verified?.problems.get(link)?;
        if let Some(voucher) = problem.voucher_no.as_ref().and_then(|no| no.parse().ok()) {
            return Some(Route::Voucher(voucher));
        }
        problem.account.as_ref().and_then(|code| code.parse().ok()).map(Route::Chain)
    }
    fn name(&self, verified: Option<&Verified>, _: usize) -> Option<String> {
        verified.map(|verified| verified.head_hash.clone())
    }
    fn status(&self, _: Option<&Verified>, around: &Surroundings) -> StatusLine {
        StatusLine::of(i18n::word(around.view.lang, "status.verified"), Tone::Bad)
    }
}
