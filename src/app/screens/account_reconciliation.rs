//! An account of the books beside its statements.

use super::Route;
use super::behaviour::{StatusLine, Surroundings};
use super::document::{Document, DocumentScreen};
use crate::app::command::Command;
use crate::app::message::Tone;
use crate::domain::id::{AccountCode, TradeNo, VoucherNo};
use crate::i18n::{self, Lang};
use crate::protocol::account_reconciliation::{AccountReconciliation, ReconcileAccount};
use crate::protocol::account_statements::OpenSide;
use crate::protocol::answer::Answer;
use crate::protocol::request::Request;

/// An account of the books beside its statements.
pub type AccountReconciliationScreen = DocumentScreen<AccountBeside>;

impl AccountReconciliationScreen {
    /// Returns the screen of an account.
    #[must_use]
    pub fn at(code: AccountCode) -> Self {
        Self::new(AccountBeside { code })
    }
}

/// The account.
#[derive(Debug, Clone)]
pub struct AccountBeside {
    /// Its code.
    pub code: AccountCode,
}

/// Returns the voucher and the trade of the entry that a link names: the open entries of the books are links.
fn entry(content: Option<&AccountReconciliation>, link: usize) -> Option<(&VoucherNo, Option<&TradeNo>)> {
    let content = content?;
    let in_transit = content.in_transit.iter().map(|answered| &answered.item);
    let ours = content.open.iter().chain(in_transit).filter_map(|open| match open {
        OpenSide::Ours { voucher_no, trade_no, .. } => Some((voucher_no, trade_no.as_ref())),
        OpenSide::Theirs { .. } | OpenSide::AtStart { .. } => None,
    });
    ours.into_iter().nth(link)
}

impl Document for AccountBeside {
    type Content = Box<AccountReconciliation>;
    const FOOTER: &'static [Command] = &[Command::SignOff, Command::Open, Command::Copy];

    fn request(&self) -> Option<Request> {
        let account = self.code.clone();
        Some(Request::AccountReconcile(ReconcileAccount { account, from: None, to: None, pairs: false }))
    }
    fn content(answer: Answer) -> Option<Self::Content> {
        if let Answer::AccountReconciliation(found) = answer { Some(found) } else { None }
    }
    fn links(&self, content: &Self::Content) -> usize {
        content
            .open
            .iter()
            .chain(content.in_transit.iter().map(|answered| &answered.item))
            .filter(|open| matches!(open, OpenSide::Ours { .. }))
            .count()
    }
    fn open(&self, content: Option<&Self::Content>, link: usize) -> Option<Route> {
        entry(content.map(|found| &**found), link).map(|(voucher, _)| Route::Voucher(voucher.clone()))
    }
    fn name(&self, content: Option<&Self::Content>, link: usize) -> Option<String> {
        entry(content.map(|found| &**found), link)
            .map(|(voucher, _)| voucher.to_string())
            .or_else(|| Some(self.code.to_string()))
    }
    fn trade(&self, _: Option<&Self::Content>) -> Option<TradeNo> {
        None
    }
    fn status(&self, content: Option<&Self::Content>, around: &Surroundings) -> StatusLine {
        let Some(found) = content else { return StatusLine::default() };
        let (key, tone) = if found.differs {
            ("account_beside.differs", Tone::Bad)
        } else {
            ("account_beside.agrees", Tone::Good)
        };
        let left = vec![(i18n::word(around.view.lang, key), tone)];
        StatusLine { left, right: vec![(found.name.clone(), Tone::Dim)], right_yields: true }
    }
    fn crumb(&self, _: Option<&Self::Content>, _: Lang) -> Option<String> {
        Some(self.code.to_string())
    }
}
