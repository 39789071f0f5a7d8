//! The screens: what each holds, asks for, and where Enter leads from it.

mod accounts;
mod books;
mod cases;
mod days;
mod findings;
mod journal;
mod listing;
mod overview;
mod reconcile;
mod reports;
mod trades;

pub use accounts::{AccountList, Accounts, Chain, ChainOf, SubjectList, Subjects};
pub use books::{BookList, Books};
pub use cases::{CaseList, CaseView, Cases, Draft, state as case_state};
pub use days::{DayChecks, DayList, Days, day_cases, day_findings, day_route, day_unposted};
pub use findings::{FindingList, FindingView, Findings, cause as cause_word};
pub use journal::{Lineage, VoucherList, VoucherView, Vouchers, entries};
pub use listing::{ListScreen, Listing};
pub use overview::{Group, Overview};
pub use reconcile::{ChannelDayList, ChannelDays, ReconList, Reconcile};
pub use reports::{Explain, ReceiptView, VerifiedView};
pub use trades::{
    TradeList, TradeView, Trades, posting as posting_status, recon as recon_status, status as trade_status,
};

use super::action::SlotPart;
use super::list::Cursor;
use super::route::Route;
use super::table::Table;
use crate::desk::{Answer, Page, Request};
use crate::domain::id::{TradeNo, VoucherNo};
use crate::domain::period::Moment;
use crate::i18n::Lang;
use std::ops::Range;

/// What a screen needs to put its rows into words.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Language.
    pub lang: Lang,
    /// The time.
    pub now: Moment,
}

/// What every screen can do.
pub trait Behave {
    /// Everything to ask for.
    fn requests(&self) -> Vec<(SlotPart, Request)>;
    /// Takes an answer; `false` where it is none of its own.
    fn take(&mut self, part: SlotPart, answer: Answer) -> bool;
    /// Hears that a part beside the main one was refused: what it showed no longer holds.
    fn lost(&mut self, _part: SlotPart) {}
    /// Its list or links.
    fn cursor(&self) -> &dyn Cursor;
    /// Its list or links.
    fn cursor_mut(&mut self) -> &mut dyn Cursor;
    /// Whether the main answer has come.
    fn loaded(&self) -> bool;
    /// Where Enter leads.
    fn open(&self) -> Option<Route>;
    /// What `copy` takes: the number people look things up by.
    fn name(&self) -> Option<String>;
    /// The request for a further page.
    fn more(&self, _page: Page) -> Option<Request> {
        None
    }
    /// The request for the detail beside the list.
    fn side(&self) -> Option<Request> {
        None
    }
    /// Some rows as a table.
    fn table(&self, _view: View, _rows: Range<usize>) -> Option<Table> {
        None
    }
    /// The trade under the cursor.
    fn trade(&self) -> Option<TradeNo> {
        None
    }
    /// The voucher under the cursor.
    fn voucher(&self) -> Option<VoucherNo> {
        None
    }
    /// The text filter, where there is one.
    fn text(&self) -> Option<&str> {
        None
    }
    /// Sets the text filter.
    fn set_text(&mut self, _text: &str) {}
    /// Goes to the next of its fixed filters.
    fn cycle(&mut self) {}
    /// Moves the window of a long document on where the cursor stands at its edge; whether it must be fetched.
    fn turn(&mut self) -> bool {
        false
    }
    /// Groups of links, each by its first.
    fn groups(&self) -> Vec<usize> {
        Vec::new()
    }
}

macro_rules! screens {
    ($($kind:ident($screen:ty) marks=$marks:literal table=$table:literal,)+) => {
        /// Which screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is described at its screen")]
        pub enum Kind { $($kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Whether rows can be marked.
            #[must_use]
            pub const fn marks(self) -> bool {
                match self { $(Self::$kind => $marks,)+ }
            }

            /// Whether it is a table that can be exported.
            #[must_use]
            pub const fn has_table(self) -> bool {
                match self { $(Self::$kind => $table,)+ }
            }
        }

        /// A screen with what it shows.
        #[derive(Debug, Clone)]
        #[allow(missing_docs, reason = "each is described at its screen")]
        pub enum Screen { $($kind(Box<$screen>),)+ }

        impl Screen {
            /// Its kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)+ }
            }

            /// What it can do.
            #[must_use]
            pub fn behave(&self) -> &dyn Behave {
                match self { $(Self::$kind(screen) => &**screen,)+ }
            }

            pub(super) fn behave_mut(&mut self) -> &mut dyn Behave {
                match self { $(Self::$kind(screen) => &mut **screen,)+ }
            }
        }
    };
}

screens! {
    Overview(Overview) marks=false table=false,
    Trades(Trades) marks=true table=true,
    Trade(TradeView) marks=false table=false,
    Subjects(Subjects) marks=false table=true,
    Accounts(Accounts) marks=false table=true,
    Chain(Chain) marks=false table=true,
    Vouchers(Vouchers) marks=false table=true,
    Voucher(VoucherView) marks=false table=true,
    Lineage(Lineage) marks=false table=false,
    Findings(Findings) marks=true table=true,
    Finding(FindingView) marks=false table=false,
    Cases(Cases) marks=false table=true,
    Case(CaseView) marks=false table=false,
    Explain(Explain) marks=false table=false,
    Days(Days) marks=false table=true,
    ChannelDays(ChannelDays) marks=false table=true,
    Reconcile(Reconcile) marks=false table=true,
    Books(Books) marks=false table=true,
    Receipt(ReceiptView) marks=false table=false,
    Verified(VerifiedView) marks=false table=false,
}

impl Kind {
    /// The screens with a number, in the order of the tab line: number, screen.
    pub const TABS: &'static [(char, Self)] = &[
        ('1', Self::Overview),
        ('2', Self::Trades),
        ('3', Self::Subjects),
        ('4', Self::Vouchers),
        ('5', Self::Findings),
        ('6', Self::Cases),
        ('7', Self::ChannelDays),
        ('8', Self::Days),
        ('9', Self::Books),
    ];

    /// Locale key of its name.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Overview => "screen.overview",
            Self::Trades | Self::Trade => "screen.trades",
            Self::Subjects | Self::Accounts | Self::Chain => "screen.accounts",
            Self::Vouchers | Self::Voucher => "screen.journal",
            Self::Lineage => "screen.lineage",
            Self::Findings | Self::Finding => "screen.findings",
            Self::Cases | Self::Case => "screen.cases",
            Self::Explain => "screen.explain",
            Self::Days => "screen.days",
            Self::ChannelDays | Self::Reconcile => "screen.reconcile",
            Self::Books => "screen.books",
            Self::Receipt => "screen.receipt",
            Self::Verified => "screen.verified",
        }
    }

    /// Whether it stands in the tab line.
    #[must_use]
    pub fn is_tab(self) -> bool {
        Self::TABS.iter().any(|(_, kind)| *kind == self)
    }
}
