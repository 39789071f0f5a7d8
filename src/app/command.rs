//! Every command of the workstation, once: its name, where it is valid, how dangerous it is.
//!
//! The keymap, the footer, `?` help and the `:` palette are all drawn from this table. Its words are in the locales
//! under `command.<id>.label` and `command.<id>.doc`; its keys in `assets/keys.toml`.

use super::screens::Kind;
use crate::domain::role::Need;

/// What a command may do to the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// Nothing.
    None,
    /// Changes a draft or a case, which can be taken back.
    Draft,
    /// Writes what can never be taken out again; asks first.
    Final,
}

/// Where a command is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    Anywhere,
    /// On lists whose rows can be marked.
    Marking,
    /// On anything that can be exported as a table.
    Tables,
    /// On these screens.
    On(&'static [Kind]),
}

macro_rules! commands {
    ($($name:ident = $id:literal, $pinyin:literal, $where:expr, $danger:ident;)+) => {
        /// A command.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the locales document every command, in both languages")]
        pub enum Command { $($name,)+ }

        impl Command {
            /// Every command, in the order help lists them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in the key file and the palette.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// Initials of its Chinese name's pinyin, for the palette.
            #[must_use]
            pub const fn pinyin(self) -> &'static str {
                match self { $(Self::$name => $pinyin,)+ }
            }

            /// Where it is valid.
            #[must_use]
            pub const fn place(self) -> Where {
                match self { $(Self::$name => $where,)+ }
            }

            /// What it may do to the books.
            #[must_use]
            pub const fn danger(self) -> Danger {
                match self { $(Self::$name => Danger::$danger,)+ }
            }
        }
    };
}

use Kind as K;
use Where::{Anywhere, Marking, On, Tables};

const FAMILY: Where = On(&[
    K::Trades,
    K::Trade,
    K::Chain,
    K::Vouchers,
    K::Voucher,
    K::Findings,
    K::Finding,
    K::Case,
    K::Reconcile,
]);
const FILTERED: Where = On(&[K::Trades, K::Subjects, K::Accounts, K::Vouchers, K::Findings, K::Cases]);
const CYCLED: Where = On(&[K::Trades, K::Findings, K::Cases]);

commands! {
    Open = "open", "dk", Anywhere, None;
    Back = "back", "fh", Anywhere, None;
    Down = "down", "x", Anywhere, None;
    Up = "up", "s", Anywhere, None;
    PageDown = "page-down", "xy", Anywhere, None;
    PageUp = "page-up", "sy", Anywhere, None;
    Top = "top", "sh", Anywhere, None;
    Bottom = "bottom", "mh", Anywhere, None;
    NextGroup = "next-group", "xyz", Anywhere, None;
    NextRecord = "next-record", "xyt", On(&[K::Finding, K::Trade, K::Voucher, K::Case]), None;
    PreviousRecord = "previous-record", "syt", On(&[K::Finding, K::Trade, K::Voucher, K::Case]), None;
    Stage = "stage", "zc", On(&[K::Findings, K::Finding]), Draft;
    Restage = "restage", "cxzc", On(&[K::Case]), Draft;
    Submit = "submit", "tj", On(&[K::Case]), Draft;
    Approve = "approve", "fhtg", On(&[K::Case]), Draft;
    Commit = "commit", "rz", On(&[K::Case]), Final;
    StepAdd = "add-step", "tjbz", On(&[K::Case]), Draft;
    StepDrop = "drop-step", "ccbz", On(&[K::Case]), Draft;
    Tick = "tick", "gx", On(&[K::Case]), Draft;
    Hand = "hand", "yj", On(&[K::Case]), Draft;
    Undo = "undo", "cx", On(&[K::Case]), Draft;
    Redo = "redo", "cz", On(&[K::Case]), Draft;
    Reject = "reject", "th", On(&[K::Case]), Draft;
    Withdraw = "withdraw", "ch", On(&[K::Case]), Final;
    PostDue = "post-due", "jz", On(&[K::Overview, K::Trades, K::Findings]), Final;
    DayOpen = "open-day", "kr", On(&[K::Days]), Draft;
    DayClose = "close-day", "rj", On(&[K::Days]), Final;
    DayUnposted = "unposted-of-day", "wjz", On(&[K::Days]), None;
    DayCases = "cases-of-day", "wlgd", On(&[K::Days]), None;
    DayFindings = "findings-of-day", "drcc", On(&[K::Days]), None;
    DayBooks = "turnover-of-day", "drfse", On(&[K::Days]), None;
    Explain = "explain", "sm", On(&[K::Trades, K::Trade, K::Findings, K::Finding]), None;
    Lineage = "lineage", "llqm", FAMILY, None;
    GoTrade = "trade-of", "jy", On(&[K::Findings, K::Finding, K::Vouchers, K::Voucher, K::Cases, K::Case, K::Chain, K::Reconcile]), None;
    Filter = "filter", "gl", FILTERED, None;
    Cycle = "cycle-filter", "qhgl", CYCLED, None;
    Mark = "mark", "xz", Marking, None;
    MarkRange = "mark-range", "lxxz", Marking, None;
    MarkAll = "mark-all", "qx", Marking, None;
    Copy = "copy", "fz", Anywhere, None;
    CopyRow = "copy-row", "fzzh", Tables, None;
    Export = "export", "dc", Tables, None;
    Refresh = "refresh", "sx", Anywhere, None;
    Overview = "overview", "zl", Anywhere, None;
    Trades = "trades", "jy", Anywhere, None;
    Accounts = "accounts", "zh", Anywhere, None;
    Journal = "journal", "pz", Anywhere, None;
    Findings = "findings", "cc", Anywhere, None;
    Cases = "cases", "gd", Anywhere, None;
    Reconcile = "reconcile", "dz", Anywhere, None;
    Days = "days", "kjr", Anywhere, None;
    Books = "turnover", "fse", Anywhere, None;
    Verify = "verify", "yz", Anywhere, None;
    Operator = "operator", "czy", Anywhere, None;
    Ledger = "ledger", "zb", Anywhere, None;
    Language = "language", "yy", Anywhere, None;
    Theme = "theme", "zt", Anywhere, None;
    GotoTrade = "trade", "jyh", Anywhere, None;
    GotoVoucher = "voucher", "pzh", Anywhere, None;
    GotoAccount = "account", "zhm", Anywhere, None;
    GotoCase = "case", "gdh", Anywhere, None;
    Palette = "palette", "ml", Anywhere, None;
    Help = "help", "bz", Anywhere, None;
    Cancel = "cancel", "qx", Anywhere, None;
    Quit = "quit", "tc", Anywhere, None;
}

impl Command {
    /// The command of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|command| command.id() == id)
    }

    /// Whether it belongs to this screen at all (it may still be disabled there).
    #[must_use]
    pub fn fits(self, kind: Kind) -> bool {
        match self.place() {
            Anywhere => true,
            Marking => kind.marks(),
            Tables => kind.has_table(),
            On(kinds) => kinds.contains(&kind),
        }
    }

    /// What it asks of a session's role.
    #[must_use]
    pub const fn needs(self) -> Need {
        match self {
            Self::Approve | Self::Reject | Self::DayClose => Need::Check,
            Self::Commit | Self::DayOpen => Need::MakeOrCheck,
            _ if matches!(self.danger(), Danger::None) => Need::Look,
            _ => Need::Make,
        }
    }

    /// Whether it only moves the cursor; of no use by name.
    #[must_use]
    pub const fn is_motion(self) -> bool {
        matches!(
            self,
            Self::Down | Self::Up | Self::PageDown | Self::PageUp | Self::NextGroup | Self::Palette
        )
    }

    /// Place in help: what belongs to this screen comes before what is valid everywhere.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self.place() {
            On(_) => 0,
            Marking => 1,
            Tables => 2,
            Anywhere => 3,
        }
    }

    /// The words behind it in the palette, where it takes any.
    #[must_use]
    pub const fn argument(self) -> Option<&'static str> {
        match self {
            Self::Operator | Self::Hand => Some("argument.operator"),
            Self::Theme => Some("argument.theme"),
            Self::Ledger => Some("argument.ledger"),
            Self::GotoTrade => Some("argument.trade"),
            Self::GotoVoucher => Some("argument.voucher"),
            Self::GotoAccount => Some("argument.account"),
            Self::GotoCase => Some("argument.case"),
            Self::StepAdd => Some("argument.step"),
            Self::Tick => Some("argument.tick"),
            _ => None,
        }
    }
}
