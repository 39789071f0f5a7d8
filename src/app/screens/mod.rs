//! The screens, one line each: what leads to one, its type, title and shape. All else a screen says itself,
//! in the file of its name.
//!
//! A plain list needs one file here ([`listing::Listing`]) and one line in the table; so does a document
//! with links ([`document::Document`]). From the table come [`ScreenKind`] and [`Route`] here, and the enum
//! of the screens themselves in `app/places.rs`, which lies above them.

pub mod account_reconciliation;
pub mod account_statements;
pub mod accounts;
pub mod behaviour;
pub mod bills;
pub mod case;
pub mod cases;
pub mod days;
pub mod document;
pub mod findings;
pub mod imports;
pub mod journal;
pub mod lineage;
pub mod listing;
pub mod matches;
pub mod overview;
pub mod reconcile;
pub mod reports;
pub mod takeover;
pub mod trades;
pub mod trail;
pub mod turnover;

use crate::protocol::cases::CaseFilter;
use crate::protocol::matches::MatchSide;

use crate::protocol::findings::FindingFilter;

use crate::protocol::intake::LocalFile;

use crate::protocol::ledger::Verified;

use crate::protocol::receipt::Receipt;

use crate::protocol::trades::TradeFilter;

use crate::domain::id::{AccountCode, CaseNo, TradeNo, VoucherNo};
use crate::domain::trade::Channel;
use crate::protocol::vouchers::VoucherFilter;
use jiff::civil::Date;

/// Hands the table to a macro. A line: name with what its route carries, type, locale key of the title,
/// shape, and the number in the tab line if it has one. The type's `at` function gets what the route
/// carries.
macro_rules! screen_table {
    ($make:ident) => {
        $make! {
            /// What needs attention.
            Overview = overview::OverviewScreen, "screen.overview", Document, tab '1';
            /// Trades of a filter.
            Trades(filter: TradeFilter) = trades::TradesScreen, "screen.trades", MarkedList, tab '2';
            /// One trade.
            Trade(trade_no: TradeNo) = trades::TradeScreen, "screen.trades", Document;
            /// The subject tree.
            Subjects = accounts::SubjectsScreen, "screen.accounts", List, tab '3';
            /// Accounts whose code starts with a text.
            Accounts(prefix: String) = accounts::AccountsScreen, "screen.accounts", List;
            /// The chain of an account.
            Chain(code: AccountCode) = accounts::ChainScreen, "screen.accounts", List;
            /// An account beside its statements.
            AccountBeside(code: AccountCode)
                = account_reconciliation::AccountReconciliationScreen, "screen.account_beside", MarkedDocument;
            /// The statements of an account.
            AccountStatements(account: AccountCode)
                = account_statements::AccountStatementsScreen, "screen.account_statements", List;
            /// One statement of an account.
            AccountStatement(id: i64)
                = account_statements::AccountStatementScreen, "screen.account_statements", Document;
            /// Vouchers of a filter.
            Vouchers(filter: VoucherFilter) = journal::VouchersScreen, "screen.journal", List, tab '4';
            /// One voucher.
            Voucher(voucher_no: VoucherNo) = journal::VoucherScreen, "screen.journal", DocumentWithTable;
            /// The family of a trade or a voucher.
            Lineage(trade_no: Option<TradeNo>, voucher_no: Option<VoucherNo>)
                = lineage::LineageScreen, "screen.lineage", Document;
            /// The trail of money from what people have in hand.
            Trail(key: String) = trail::TrailScreen, "screen.trail", Document;
            /// Findings of a filter.
            Findings(filter: FindingFilter) = findings::FindingsScreen, "screen.findings", MarkedList, tab '5';
            /// One finding, by identity or trade number, with the words for the crumbs.
            Finding(target: String, words: String) = findings::FindingScreen, "screen.findings", Document;
            /// Cases of a filter.
            Cases(filter: CaseFilter) = cases::CasesScreen, "screen.cases", List, tab '6';
            /// One case.
            Case(case_no: CaseNo) = case::CaseScreen, "screen.cases", Document;
            /// Why a trade is booked as it is.
            Explain(trade_no: TradeNo) = reports::ExplainScreen, "screen.explain", Document;
            /// The days for which channels sent statements.
            ChannelDays = reconcile::ChannelDaysScreen, "screen.reconcile", List, tab '7';
            /// A channel's day.
            Reconcile(channel: Channel, day: Date) = reconcile::ReconcileScreen, "screen.reconcile", List;
            /// Statements of a channel's day.
            Bills(channel: Channel, day: Date) = bills::BillsScreen, "screen.bills", List;
            /// One statement.
            Bill(id: i64) = bills::BillScreen, "screen.bills", Document;
            /// A file before it is imported.
            Import(file: LocalFile) = imports::ImportScreen, "screen.import", Document;
            /// The choice of the line of a trade, or of the trade of a line.
            Match(target: MatchSide) = matches::MatchScreen, "screen.match", Document;
            /// The takeover from an older system.
            Takeover = takeover::TakeoverScreen, "screen.takeover", Document;
            /// Accounting days.
            Days = days::DaysScreen, "screen.days", List, tab '8';
            /// Turnover by subject, or of a subject's accounts; of a day, or of the newest.
            Books(subject: Option<String>, day: Option<Date>) = turnover::TurnoverScreen, "screen.books", List, tab '9';
            /// What a commit answered.
            Receipt(receipt: Receipt) = reports::ReceiptScreen, "screen.receipt", Document;
            /// What a verification found.
            Verified(verified: Verified) = reports::VerifiedScreen, "screen.verified", Document;
        }
    };
}
pub(super) use screen_table;

/// The shape of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Lines to read, some of them links.
    Document,
    /// A document in which lines can be marked.
    MarkedDocument,
    /// A document whose rows can be exported as a table.
    DocumentWithTable,
    /// A list.
    List,
    /// A list whose rows can be marked.
    MarkedList,
}

macro_rules! declare_kinds {
    ($($(#[$doc:meta])* $kind:ident $(($($value:ident: $type:ty),+))?
        = $file:ident::$screen:ident, $title:literal, $shape:ident $(, tab $tab:literal)?;)+) => {
        /// Kind of a screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ScreenKind { $($(#[$doc])* $kind,)+ }

        impl ScreenKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The screens with a number, in the order of the tab line: number, screen.
            pub const TABS: &'static [(char, Self)] = &[$($(($tab, Self::$kind),)?)+];

            /// Returns the locale key of its title.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)+ }
            }

            /// Returns its shape.
            #[must_use]
            pub const fn shape(self) -> Shape {
                match self { $(Self::$kind => Shape::$shape,)+ }
            }
        }

        /// Somewhere to go: a screen with what it is about.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Route { $($(#[$doc])* $kind $(($($type),+))?,)+ }
    };
}

screen_table!(declare_kinds);

impl ScreenKind {
    /// Returns true if rows can be marked.
    #[must_use]
    pub const fn marks(self) -> bool {
        matches!(self.shape(), Shape::MarkedList | Shape::MarkedDocument)
    }

    /// Returns true if it can be exported as a table.
    #[must_use]
    pub const fn has_table(self) -> bool {
        !matches!(self.shape(), Shape::Document | Shape::MarkedDocument)
    }

    /// Returns true if it has a number in the tab line.
    #[must_use]
    pub fn is_tab(self) -> bool {
        Self::TABS.iter().any(|(_, kind)| *kind == self)
    }
}
