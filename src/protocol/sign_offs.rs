//! Sign-off of accounts' days (对账确认): the report that is signed, and what has changed since. Amounts are in minor
//! units of the account's currency.

use crate::domain::hand_match::FirstDecision;
use crate::domain::id::{AccountCode, CaseNo, Operator, VoucherNo};
use crate::domain::money::Money;
use crate::domain::period::Moment;
use crate::domain::sign_off::{Backlog, Keeper, SignOffState};
use crate::i18n::{self, Lang};
use crate::protocol::account_statements::{
    AccountDay, AccountMatchCount, AccountStatementRow, AnsweredBy, AnsweredItem, OpenSide,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Signs off the days of an account up to one, from the day after the last that was signed. With four eyes on it counts
/// once a second person has signed the same report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffAccount {
    /// The account.
    pub account: AccountCode,
    /// The last day.
    pub day: Date,
    /// Who sees to the open items that nobody sees to yet, and until when.
    #[serde(default)]
    pub keeper: Option<Keeper>,
    /// Open items that the keeper sees to from now on, although somebody does already: vouchers, lines by statement and
    /// place, `start`, or `all`.
    #[serde(default)]
    pub items: Vec<String>,
    /// What is to be said of it; needed if items are open.
    #[serde(default)]
    pub note: Option<String>,
}

/// Requests the sign-offs, newest day first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSignOffs {
    /// Of this account only.
    pub account: Option<AccountCode>,
}

/// Requests what was signed for a day of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowSignOff {
    /// The account.
    pub account: AccountCode,
    /// The last day of the sign-off.
    pub day: Date,
    /// Its number, of a day that was signed more than once; `None` for the newest.
    #[serde(default)]
    pub id: Option<i64>,
}

/// A sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOffRow {
    /// Its number in the ledger.
    pub id: i64,
    /// The account.
    pub account: AccountCode,
    /// Its currency.
    pub currency: String,
    /// The first day.
    pub first_day: Date,
    /// The last day.
    pub day: Date,
    /// How far people are.
    pub state: SignOffState,
    /// Theirs without ours at the end of the last day.
    pub difference_minor: i64,
    /// Open items that make up the difference.
    pub open: i64,
    /// What was said of it.
    pub note: String,
    /// When.
    pub at: Moment,
    /// Who.
    pub operator: Operator,
    /// Who asked for it first, if two people signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
    /// Newest voucher that was known.
    pub last_voucher: i64,
    /// Of one that waits for a second person: who had asked to sign another report before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place_of: Option<Operator>,
}

/// An item that the other side does not answer on the last day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedItem {
    /// The line or entry.
    #[serde(flatten)]
    pub item: OpenSide,
    /// Whether a later day answers it.
    pub in_transit: bool,
    /// What answers it, if a later day does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answered_by: Vec<AnsweredBy>,
    /// Who sees to it, and until when.
    #[serde(flatten)]
    pub keeper: Option<Keeper>,
}

/// What is signed: each day, and each item of the difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReport {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Its numbers at the holder.
    pub numbers: Vec<String>,
    /// The days.
    pub days: Vec<AccountDay>,
    /// What each key matched.
    pub matched: Vec<AccountMatchCount>,
    /// Numbers of the statements that stood, up to the last day.
    pub statements: Vec<i64>,
    /// The items, oldest day first.
    pub items: Vec<SignedItem>,
    /// The items from the sign-off before to this one.
    pub backlog: Backlog,
}

/// A sign-off with its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSignOff {
    /// The sign-off.
    #[serde(flatten)]
    pub sign_off: SignOffRow,
    /// What is signed.
    pub report: SignedReport,
}

/// A voucher that was booked on signed days after their sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateVoucher {
    /// The voucher.
    pub voucher_no: VoucherNo,
    /// Its accounting day.
    pub day: Date,
    /// What it moved on the account; positive if debited.
    pub amount_minor: i64,
    /// Its case.
    pub case_no: Option<CaseNo>,
    /// Who made it.
    pub maker: Operator,
    /// Who checked it.
    pub checker: Option<Operator>,
    /// When.
    pub at: Moment,
}

/// A closing balance that is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDay {
    /// The day.
    pub day: Date,
    /// By the statements, as signed and now.
    pub theirs: (Option<i64>, Option<i64>),
    /// In the books, as signed and now.
    pub ours: (i64, i64),
}

/// The newest sign-off of an account, and what has changed since on the days that it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedDays {
    /// The sign-off.
    #[serde(flatten)]
    pub sign_off: SignOffRow,
    /// Days whose closing balances changed.
    pub changed: Vec<ChangedDay>,
    /// Statements of signed days that were imported, replaced or withdrawn since.
    pub statements: Vec<AccountStatementRow>,
    /// Vouchers of signed days that were booked since, the first 100.
    pub vouchers: Vec<LateVoucher>,
    /// Items that are open on the last day and were not when it was signed, as where a match was undone.
    pub opened: Vec<OpenSide>,
    /// Items that were open on the last day when it was signed, and are not now.
    pub closed: Vec<AnsweredItem>,
}

impl SignedDays {
    /// Returns whether what was signed still holds.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.changed.is_empty()
            && self.statements.is_empty()
            && self.vouchers.is_empty()
            && self.opened.is_empty()
            && self.closed.is_empty()
    }
}

/// Returns who signed or asked, with what is open.
#[must_use]
pub fn told(row: &SignOffRow, lang: Lang) -> String {
    let mut args = vec![
        ("from", row.first_day.to_string()),
        ("day", row.day.to_string()),
        ("operator", row.operator.to_string()),
        ("at", row.at.local().to_string().replace('T', " ")),
        ("open", row.open.to_string()),
        ("difference", Money::grouped_in(row.difference_minor, &row.currency)),
    ];
    args.extend(row.first.as_ref().map(|first| ("first", first.operator.to_string())));
    args.extend(row.in_place_of.as_ref().map(|other| ("other", other.to_string())));
    args.extend((!row.note.is_empty()).then(|| ("note", row.note.clone())));
    let key = match row.state {
        SignOffState::Asked => "account_sign_off.asked",
        SignOffState::Signed => "account_sign_off.signed",
    };
    i18n::text(lang, key, &args)
}

/// Returns what has changed since a sign-off, a line each.
#[must_use]
pub fn changes(signed: &SignedDays, lang: Lang) -> Vec<String> {
    let sum = |minor: i64| Money::grouped_in(minor, &signed.sign_off.currency);
    let maybe = |minor: Option<i64>| minor.map_or_else(|| "–".to_owned(), sum);
    let days = signed.changed.iter().map(|day| {
        let args = [
            ("day", day.day.to_string()),
            ("theirs", maybe(day.theirs.1)),
            ("theirs_was", maybe(day.theirs.0)),
            ("ours", sum(day.ours.1)),
            ("ours_was", sum(day.ours.0)),
        ];
        i18n::text(lang, "account_sign_off.balance", &args)
    });
    let statements = signed.statements.iter().map(|row| {
        let (operator, at) = match &row.changed {
            Some(change) => (&change.operator, change.at),
            None => (&row.operator, row.imported_at),
        };
        let args = [
            ("id", row.id.to_string()),
            ("day", row.day.day.to_string()),
            ("file", row.file.clone()),
            ("state", i18n::word(lang, &format!("state.bill.{}", row.state))),
            ("operator", operator.to_string()),
            ("at", at.local().to_string().replace('T', " ")),
        ];
        i18n::text(lang, "account_sign_off.statement", &args)
    });
    let vouchers = signed.vouchers.iter().map(|late| {
        let mut args = vec![
            ("voucher", late.voucher_no.to_string()),
            ("day", late.day.to_string()),
            ("amount", sum(late.amount_minor)),
            ("maker", late.maker.to_string()),
            ("at", late.at.local().to_string().replace('T', " ")),
        ];
        args.extend(late.case_no.as_ref().map(|case| ("case", case.to_string())));
        args.extend(late.checker.as_ref().map(|checker| ("checker", checker.to_string())));
        i18n::text(lang, "account_sign_off.voucher", &args)
    });
    let item = |item: &OpenSide, by: Option<String>, key: &str| {
        let mut args = vec![
            ("day", item.day().to_string()),
            ("amount", sum(item.effect_minor())),
            ("item", known(item, lang)),
        ];
        args.extend(by.map(|by| ("by", by)));
        i18n::text(lang, key, &args)
    };
    let opened = signed.opened.iter().map(|one| item(one, None, "account_sign_off.opened"));
    let closed = signed.closed.iter().map(|one| item(&one.item, one.by(), "account_sign_off.closed"));
    days.chain(statements).chain(vouchers).chain(opened).chain(closed).collect()
}

/// Returns what an item is known by, on one line.
fn known(item: &OpenSide, lang: Lang) -> String {
    match item {
        OpenSide::AtStart { .. } => i18n::word(lang, "account_sign_off.at_start"),
        OpenSide::Theirs { .. } | OpenSide::Ours { .. } => {
            item.known_by().split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}
