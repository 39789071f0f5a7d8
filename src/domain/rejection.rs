//! Business refusals with stable codes.
//!
//! A [`Rejection`] says that a request cannot be done as asked, and which fact forbids it. Its code is part
//! of the public interface: scripts match on it, the schema's triggers raise the same strings, and the
//! texts in both languages hang on it (`refusal.<CODE>.message` and `.hint` in the locales). Technical
//! failures are not rejections; they are [`crate::store::Fault`]s.

use super::authored_error::AuthoredError;
use super::differences::Differences;
use super::id::{AccountCode, VoucherNo};
use super::money::Money;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The stable codes of business refusals.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Code {
            $($(#[doc = $doc])+ #[serde(rename = $text)] $name,)+
        }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Returns the code as scripts see it, for example `STORNO-FLOOR`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// UPDATE, DELETE or REPLACE on a row of an append-only table.
    AppendOnly = "STORNO-APPEND-ONLY",
    /// Debits and credits of a voucher differ in some currency.
    Unbalanced = "STORNO-UNBALANCED",
    /// A voucher with fewer than two entries.
    TooFewEntries = "STORNO-TOO-FEW-ENTRIES",
    /// An entry for a voucher that is already sealed, or that is not the next one.
    Sealed = "STORNO-SEALED",
    /// The voucher's number in the ledger is not the head's plus one.
    VoucherNumber = "STORNO-VOUCHER-NUMBER",
    /// The previous hash named by a voucher is not the head's.
    PreviousHash = "STORNO-PREVIOUS-HASH",
    /// An entry's number in its account's chain is not head + 1.
    ChainNumber = "STORNO-CHAIN-NUMBER",
    /// An entry's balance before or after does not follow from its chain.
    ChainBalance = "STORNO-CHAIN-BALANCE",
    /// No such account, and its subject does not open leaves by itself.
    AccountUnknown = "STORNO-ACCOUNT-UNKNOWN",
    /// The chart has no account with this role.
    RoleMissing = "STORNO-ROLE-MISSING",
    /// The account is frozen or closed.
    AccountNotActive = "STORNO-ACCOUNT-NOT-ACTIVE",
    /// The entry is in another currency than its account.
    Currency = "STORNO-CURRENCY",
    /// The account would fall below its overdraft floor.
    Floor = "STORNO-FLOOR",
    /// The accounting date is closed, closing, or was never opened.
    DayNotOpen = "STORNO-DAY-NOT-OPEN",
    /// A day cannot be opened before a closed one, or change its state that way.
    DayState = "STORNO-DAY-STATE",
    /// A reversal dated before its original.
    ReversalDate = "STORNO-REVERSAL-DATE",
    /// The voucher was reversed already.
    AlreadyReversed = "STORNO-ALREADY-REVERSED",
    /// A reversal cannot be reversed; post again instead.
    ReversalOfReversal = "STORNO-REVERSAL-OF-REVERSAL",
    /// The event was cleared on top of this posting; clearing goes first.
    Cleared = "STORNO-CLEARED",
    /// The reversal does not mirror its original in the declared mode.
    NotMirror = "STORNO-NOT-MIRROR",
    /// The mode may not be used here (wipe on a closed day, red across a year).
    Mode = "STORNO-MODE",
    /// The event has a live posting.
    AlreadyPosted = "STORNO-ALREADY-POSTED",
    /// The event is not due (trade failed, outside its window, prior event missing).
    NotDue = "STORNO-NOT-DUE",
    /// The payout waits for its service window.
    Waiting = "STORNO-WAITING",
    /// The payout is above its system's limit.
    OverLimit = "STORNO-OVER-LIMIT",
    /// The same idempotency key with other content.
    KeyConflict = "STORNO-KEY-CONFLICT",
    /// The checker is the maker.
    FourEyes = "STORNO-FOUR-EYES",
    /// A correction without its case.
    CaseRequired = "STORNO-CASE-REQUIRED",
    /// The case is not in a state that allows this.
    CaseState = "STORNO-CASE-STATE",
    /// Another open case holds the finding.
    Held = "STORNO-HELD",
    /// A required item of the checklist is open, and the policy requires all of them.
    Checklist = "STORNO-CHECKLIST",
    /// A tick without the evidence that its item requires.
    EvidenceRequired = "STORNO-EVIDENCE-REQUIRED",
    /// The case is another operator's to decide.
    NotYours = "STORNO-NOT-YOURS",
    /// A case has answered this line of a channel already: its money is booked without a trade.
    LineAnswered = "STORNO-LINE-ANSWERED",
    /// The suspense item does not exist or is not open, or the lines open none.
    OpenItem = "STORNO-OPEN-ITEM",
    /// The result would differ from what was previewed.
    Stale = "STORNO-STALE",
    /// An operator's override without its reason.
    ReasonRequired = "STORNO-REASON-REQUIRED",
    /// The channel does not prove the status claimed.
    NoEvidence = "STORNO-NO-EVIDENCE",
    /// A posting-level correction would change what customers or channels see.
    ViewChanged = "STORNO-VIEW-CHANGED",
    /// Nothing of that name exists.
    NotFound = "STORNO-NOT-FOUND",
    /// More of a trade would be reversed than is left of it.
    Countered = "STORNO-COUNTERED",
    /// No trade and no account knows this customer or merchant.
    PartyUnknown = "STORNO-PARTY-UNKNOWN",
    /// A customer or merchant is named like a currency of the ledger.
    PartyName = "STORNO-PARTY-NAME",
    /// A row would name another that is not there, a name that is taken, or facts that do not fit together.
    Reference = "STORNO-REFERENCE",
    /// An argument's value cannot be used.
    BadValue = "STORNO-BAD-VALUE",
    /// No posting rule is in force for this trade and event.
    NoRule = "STORNO-NO-RULE",
    /// A rule or chart file is invalid.
    BadRules = "STORNO-BAD-RULES",
    /// A policy file is invalid.
    BadPolicy = "STORNO-BAD-POLICY",
    /// A calendar file is invalid.
    BadCalendar = "STORNO-BAD-CALENDAR",
    /// A channel file is invalid.
    BadChannels = "STORNO-BAD-CHANNELS",
    /// A file of kinds of trades is invalid.
    BadKinds = "STORNO-BAD-KINDS",
    /// A profile of tables is invalid.
    BadProfile = "STORNO-BAD-PROFILE",
    /// A posting rule's computation failed for this trade.
    RuleFailed = "STORNO-RULE-FAILED",
    /// An input file was refused as a whole.
    BadFile = "STORNO-BAD-FILE",
    /// A trade number was imported again with other content.
    TradeConflict = "STORNO-TRADE-CONFLICT",
    /// A voucher number was imported again with other content.
    VoucherConflict = "STORNO-VOUCHER-CONFLICT",
    /// A bill for a channel and day was imported again with other content.
    BillConflict = "STORNO-BILL-CONFLICT",
    /// The statement counts no more: another took its place.
    BillState = "STORNO-BILL-STATE",
    /// A committed case, a match or a closed day rests on the statement: two people decide about it.
    BillRests = "STORNO-BILL-RESTS",
    /// A statement is missing or does not go on, or a cent of the difference is unexplained: the day is not signed off.
    NotReconciled = "STORNO-NOT-RECONCILED",
    /// There is nothing to stage, submit or commit.
    Nothing = "STORNO-NOTHING",
    /// Another session changed this meanwhile.
    Conflict = "STORNO-CONFLICT",
    /// The long work was cancelled; nothing was written.
    Cancelled = "STORNO-CANCELLED",
    /// The ledger is the books: journals of an older system are not taken any more.
    TakenOver = "STORNO-TAKEN-OVER",
    /// Made-up trades go only into a ledger that was made for them.
    NotMadeUp = "STORNO-NOT-MADE-UP",
    /// A ledger has made-up trades of the days already.
    MadeBefore = "STORNO-MADE-BEFORE",
    /// The ledger exists already.
    Exists = "STORNO-EXISTS",
    /// An amount beyond what a ledger may hold.
    Overflow = "STORNO-OVERFLOW",
    /// A client of the file writes without foreign keys, so that entries could stay without their voucher.
    ForeignKeys = "STORNO-FOREIGN-KEYS",
    /// The policy has no such reason code.
    UnknownReason = "STORNO-UNKNOWN-REASON",
    /// The case is above what this operator may approve.
    ApprovalLimit = "STORNO-APPROVAL-LIMIT",
    /// The policy allows this to other operators only.
    NotAllowed = "STORNO-NOT-ALLOWED",
    /// The user's configuration is wrong.
    BadConfig = "STORNO-BAD-CONFIG",
    /// Only possible with a ledger in a local file.
    LocalOnly = "STORNO-LOCAL-ONLY",
    /// Another batch was committed first; this one's reads are stale.
    Overtaken = "STORNO-OVERTAKEN",
    /// Larger than one request to a cluster may be.
    TooMuch = "STORNO-TOO-MUCH",
    /// A file with a secret that others can read.
    OpenSecret = "STORNO-OPEN-SECRET",
    /// The write request under this key was carried out before; its answer was lost.
    OrderDone = "STORNO-ORDER-DONE",
    /// The role of this session does not allow it.
    Role = "STORNO-ROLE",
    /// A production ledger uses its own clock, not a given time.
    Clock = "STORNO-CLOCK",
}

impl Code {
    /// Finds the code inside an engine's error text; engines wrap a trigger's message each in its own way.
    #[must_use]
    pub fn find_in(text: &str) -> Option<Self> {
        let start = text.find("STORNO-")?;
        let word = text[start..].split(|c: char| !(c.is_ascii_uppercase() || c == '-')).next()?;
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a correction can work around, typed; the named facts of its text are derived from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// [`Code::Floor`]: the account lacks this much.
    Floor {
        /// The account.
        account: AccountCode,
        /// What it lacks, above zero.
        short: Money,
    },
    /// [`Code::AccountNotActive`]: the account takes no postings.
    AccountNotActive {
        /// The account.
        account: AccountCode,
    },
    /// [`Code::Cleared`]: the posting was cleared.
    Cleared {
        /// The voucher of the clearing.
        clearing: VoucherNo,
    },
    /// [`Code::NotDue`]: the rule books no line, because nothing of the trade is paid.
    NothingToBook,
    /// A guard of the schema raised the code.
    Guard,
}

/// What a rejection is about, for code that acts on it. Texts name the facts in [`Rejection::args`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionFact {
    /// A file could not be read at all: it is missing, a folder, or its disk failed.
    Unreadable,
}

/// Why a request was refused: a stable code and the facts its text names.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{code} {args:?}")]
pub struct Rejection {
    /// The stable code.
    pub code: Code,
    /// Named facts for the text, for example `("account", "2001.B")`.
    pub args: Vec<(String, String)>,
    /// What it is about, if code acts on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<RejectionFact>,
    /// The mistakes of a file, if it is the refusal of one: the first ones of many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<AuthoredError>,
    /// How many more mistakes the file has than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unlisted: usize,
    /// How a channel's statement differs from the one in its place, if that is why it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differences: Option<Box<Differences>>,
    /// What a correction can work around. It stays on the side of the ledger: the wire has code and args.
    #[serde(skip)]
    pub(crate) obstacle: Option<Box<Obstacle>>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Equal if a reader sees the same; the obstacle adds nothing to code and args.
impl PartialEq for Rejection {
    fn eq(&self, other: &Self) -> bool {
        (self.code, &self.args, self.fact, &self.mistakes, self.unlisted, &self.differences)
            == (other.code, &other.args, other.fact, &other.mistakes, other.unlisted, &other.differences)
    }
}

impl Eq for Rejection {}

impl Rejection {
    /// Returns the refusal of something that does not exist.
    #[must_use]
    pub fn not_found(what: &str, value: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound).with("what", what).with("value", value)
    }

    /// Returns the refusal of a voucher that would take an account below its floor: `before` it, `after` it
    /// and the floor itself, in minor units of its currency.
    #[must_use]
    pub fn below_floor(account: &AccountCode, before: Money, after: Money, floor: Money) -> Self {
        let short = Money::new(floor.minor.saturating_sub(after.minor), floor.currency);
        Self::new(Code::Floor)
            .with("account", account)
            .with("balance", before.grouped())
            .with("after", after.grouped())
            .with("floor", floor.grouped())
            .with("short", short)
            .meeting(Obstacle::Floor { account: account.clone(), short })
    }

    /// Returns the refusal of an entry on an account that takes no postings.
    #[must_use]
    pub fn account_not_active(account: &AccountCode, status: impl fmt::Display) -> Self {
        Self::new(Code::AccountNotActive)
            .with("account", account)
            .with("status", status)
            .meeting(Obstacle::AccountNotActive { account: account.clone() })
    }

    /// Returns the refusal to reverse a voucher that was cleared.
    #[must_use]
    pub fn cleared(voucher: &VoucherNo, clearing: VoucherNo) -> Self {
        Self::new(Code::Cleared)
            .with("voucher", voucher)
            .with("clearing", &clearing)
            .meeting(Obstacle::Cleared { clearing })
    }

    /// Marks the refusal of an event for which its rule books no line.
    #[must_use]
    pub fn as_nothing_to_book(self) -> Self {
        self.meeting(Obstacle::NothingToBook)
    }

    /// Returns the refusal of a guard of the schema, with the engine's words.
    #[must_use]
    pub fn by_guard(code: Code, text: impl fmt::Display) -> Self {
        Self::new(code).with("guard", text).meeting(Obstacle::Guard)
    }

    /// Returns a rejection without facts.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            args: Vec::new(),
            fact: None,
            mistakes: Vec::new(),
            unlisted: 0,
            differences: None,
            obstacle: None,
        }
    }

    /// Adds a named fact for the text.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.args.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds the line of a file, from 1, that it is about.
    #[must_use]
    pub fn at_line(self, file: &str, line: u64) -> Self {
        self.with("file", file).with("line", line).with("place", format!("{file}:{line}"))
    }

    fn meeting(mut self, obstacle: Obstacle) -> Self {
        self.obstacle = Some(Box::new(obstacle));
        self
    }

    /// Returns what a correction can work around.
    #[must_use]
    pub fn obstacle(&self) -> Option<&Obstacle> {
        self.obstacle.as_deref()
    }

    /// Returns true if a guard of the schema raised it, not the domain.
    #[must_use]
    pub fn is_by_guard(&self) -> bool {
        self.obstacle() == Some(&Obstacle::Guard)
    }

    /// Says what it is about.
    #[must_use]
    pub const fn about(mut self, fact: RejectionFact) -> Self {
        self.fact = Some(fact);
        self
    }

    /// Returns the value of a named fact.
    #[must_use]
    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
