//! Where one can go, and the stack of places one came through.

use super::screens::{self, ListScreen, Listing, Screen};
use crate::domain::id::{AccountCode, CaseNo, TradeNo, VoucherNo};
use crate::domain::trade::Channel;
use crate::protocol::cases::CaseFilter;
use crate::protocol::findings::FindingFilter;
use crate::protocol::ledger::Verified;
use crate::protocol::receipt::Receipt;
use crate::protocol::refusal::Refusal;
use crate::protocol::trades::TradeFilter;
use crate::protocol::vouchers::VoucherFilter;
use jiff::civil::Date;

/// Somewhere to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// What needs me.
    Overview,
    /// Trades.
    Trades(TradeFilter),
    /// One trade.
    Trade(TradeNo),
    /// The subject tree.
    Subjects,
    /// Accounts whose code starts with this.
    Accounts(String),
    /// An account's chain.
    Chain(AccountCode),
    /// Vouchers.
    Vouchers(VoucherFilter),
    /// One voucher.
    Voucher(VoucherNo),
    /// The family of a trade or voucher.
    Lineage(Option<TradeNo>, Option<VoucherNo>),
    /// Findings.
    Findings(FindingFilter),
    /// One finding, by identity or trade number, with the words for the crumbs.
    Finding(String, String),
    /// Cases.
    Cases(CaseFilter),
    /// One case.
    Case(CaseNo),
    /// Why a trade is booked as it is.
    Explain(TradeNo),
    /// Accounting days.
    Days,
    /// The days channels sent statements of.
    ChannelDays,
    /// A channel's day.
    Reconcile(Channel, Date),
    /// Turnover by subject, or of a subject's accounts; of a day, or of the newest.
    Books(Option<String>, Option<Date>),
    /// What a commit answered.
    Receipt(Receipt),
    /// What verification found.
    Verified(Verified),
}

impl Route {
    /// The screen at the end of it, still empty.
    #[must_use]
    pub fn screen(&self) -> Screen {
        match self.clone() {
            Self::Overview => Screen::Overview(Box::default()),
            Self::Trades(filter) => list(screens::TradeList { filter }, Screen::Trades),
            Self::Trade(no) => Screen::Trade(Box::new(screens::TradeView::new(no))),
            Self::Subjects => list(screens::SubjectList, Screen::Subjects),
            Self::Accounts(prefix) => list(screens::AccountList { prefix }, Screen::Accounts),
            Self::Chain(code) => list(screens::ChainOf::new(code), Screen::Chain),
            Self::Vouchers(filter) => list(screens::VoucherList { filter }, Screen::Vouchers),
            Self::Voucher(no) => Screen::Voucher(Box::new(screens::VoucherView::new(no))),
            Self::Lineage(trade, voucher) => Screen::Lineage(Box::new(screens::Lineage::new(trade, voucher))),
            Self::Findings(filter) => list(screens::FindingList { filter }, Screen::Findings),
            Self::Finding(target, words) => {
                Screen::Finding(Box::new(screens::FindingView::new(target, words)))
            }
            Self::Cases(filter) => list(screens::CaseList { filter }, Screen::Cases),
            Self::Case(no) => Screen::Case(Box::new(screens::CaseView::new(no))),
            Self::Explain(no) => Screen::Explain(Box::new(screens::Explain::new(no))),
            Self::Days => list(screens::DayList::default(), Screen::Days),
            Self::ChannelDays => list(screens::ChannelDayList, Screen::ChannelDays),
            Self::Reconcile(channel, day) => list(screens::ReconList::new(channel, day), Screen::Reconcile),
            Self::Books(subject, day) => list(screens::BookList::new(subject, day), Screen::Books),
            Self::Receipt(receipt) => Screen::Receipt(Box::new(screens::ReceiptView::new(receipt))),
            Self::Verified(verified) => Screen::Verified(Box::new(screens::VerifiedView::new(verified))),
        }
    }
}

fn list<L: Listing>(of: L, screen: impl Fn(Box<ListScreen<L>>) -> Screen) -> Screen {
    screen(Box::new(ListScreen::new(of)))
}

/// A place on the stack.
#[derive(Debug, Clone)]
pub struct Place {
    /// Serial number, never used twice: answers find their place by it.
    pub serial: u32,
    /// What stands there.
    pub screen: Screen,
    /// Why it could not be loaded.
    pub failure: Option<Refusal>,
    /// Whether the books changed since it was loaded.
    pub stale: bool,
}
