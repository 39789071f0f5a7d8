//! Channel statements (渠道账单): the list of them, what each covers, and how one ends.

use crate::domain::differences::Shaken;
use crate::domain::id::{AccountCode, ChannelRef, Operator};
use crate::domain::period::Moment;
use crate::domain::statement::{BillState, Coverage, StatementHead, StatementLine};
use crate::domain::trade::Channel;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What an operator says of a file beside its content: of a channel's bill or of account statements. Other files take
/// the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOptions {
    /// Its day, if neither its content nor its name says it.
    #[serde(default)]
    pub day: Option<Date>,
    /// Its last moment: a time of its day (`18:00`), or date and time.
    #[serde(default)]
    pub until: Option<String>,
    /// Why it takes the place of the statements that it differs from; `None` to refuse it then.
    #[serde(default)]
    pub supersede: Option<String>,
    /// Of account statements: the books' account; `None` for the one that the number was imported for before, or the
    /// channel's.
    #[serde(default)]
    pub account: Option<AccountCode>,
    /// Of account statements: the account's number at the holder, if the file does not name it.
    #[serde(default)]
    pub number: Option<String>,
}

impl FileOptions {
    /// Returns whether something is said that the file's content alone does not say, so that a file that was imported
    /// before is looked at again.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        self.until.is_some() || self.supersede.is_some()
    }
}

/// A statement of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillRow {
    /// Its number in the ledger.
    pub id: i64,
    /// File name.
    pub file: String,
    /// Channel, day, merchant and coverage.
    #[serde(flatten)]
    pub head: StatementHead,
    /// Lines.
    pub lines: i64,
    /// How it stands.
    pub state: BillState,
    /// When it was imported.
    pub imported_at: Moment,
    /// Who imported it.
    pub operator: Operator,
    /// The last change of its state, if it was changed.
    pub changed: Option<BillChange>,
}

impl BillRow {
    /// Returns whether another statement, of so many lines, and this one may list the same lines. One that says of
    /// every merchant number that it had none contradicts the lines of each.
    #[must_use]
    pub fn contradicts(&self, head: &StatementHead, lines: u64) -> bool {
        let own = self.lines.unsigned_abs();
        if (head.says_none(lines) && own > 0) || (self.head.says_none(own) && lines > 0) {
            let of_merchant = StatementHead { merchant_id: self.head.merchant_id.clone(), ..head.clone() };
            return of_merchant.overlaps(&self.head);
        }
        head.overlaps(&self.head)
    }
}

/// A change of a statement's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillChange {
    /// The state from then on.
    pub state: BillState,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// Why; `extends` if the newer statement holds every line of this one.
    pub reason: String,
    /// Of a replaced one: the number of the statement in its place.
    pub replaced_by: Option<i64>,
    /// The case that decided it.
    pub case_no: Option<String>,
}

/// The reason of a change by a statement that holds every line of the older one.
pub const EXTENDS: &str = "extends";

/// The reason of a statement that is held because two people decided about its day before.
pub const TWO_DECIDE: &str = "two_decide";

/// A statement with its changes and the first of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillDetail {
    /// The statement.
    pub bill: BillRow,
    /// SHA-256 of the file.
    pub fingerprint: String,
    /// Every change of its state, in order.
    pub changes: Vec<BillChange>,
    /// Its lines, at most 1,000.
    pub rows: Vec<StatementLine>,
    /// Whether there are more.
    pub more: bool,
    /// What rests on it while it stands.
    #[serde(default, skip_serializing_if = "Shaken::is_empty")]
    pub rests: Shaken,
}

/// A statement of which another took the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedBill {
    /// Its number.
    pub id: i64,
    /// File name.
    pub file: String,
    /// What stands on of it, if it lists kinds of lines that the other one does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<RestOfBill>,
}

/// A statement of the lines of an older one that the newer one does not list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestOfBill {
    /// Its number.
    pub id: i64,
    /// Which lines it has.
    pub covers: Coverage,
}

/// A statement that people replaced or withdrew, of whose file a copy was imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedBill {
    /// Its number.
    pub id: i64,
    /// Whether it was replaced or withdrawn.
    pub state: BillState,
}

/// Requests the statements of channels, newest day first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListBills {
    /// Also those that count no more.
    pub all: bool,
    /// Of this channel only.
    pub channel: Option<Channel>,
    /// Of this day only.
    pub day: Option<Date>,
}

/// Requests one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowBill {
    /// Its number.
    pub id: i64,
}

/// Takes a statement out, so that it counts no more. It is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawBill {
    /// Its number.
    pub id: i64,
    /// Why.
    pub reason: String,
}

/// A line that two standing statements list, of one day or of two; it counts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAgain {
    /// The reference.
    pub channel_ref: ChannelRef,
    /// The channel's own number.
    pub channel_no: String,
    /// The files of the statements, the one that counts first.
    pub statements: Vec<String>,
}
