//! An account of the books beside its statements (账户对账). Amounts are in minor units of the account's currency.

use crate::domain::account_matching::AccountMatchKey;
use crate::domain::case::CaseState;
use crate::domain::id::{AccountCode, CaseNo, VoucherNo};
use crate::domain::money::Money;
use crate::i18n::{self, Lang};
use crate::protocol::account_matches::AccountLineName;
use crate::protocol::account_statements::{AccountDay, AccountMatchCount, AnsweredItem, OpenSide};
use crate::protocol::sign_offs::SignedDays;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Compares an account of the books with its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconcileAccount {
    /// The account.
    pub account: AccountCode,
    /// First day shown; `None` for the first of the statements.
    pub from: Option<Date>,
    /// Last day shown; `None` for the last of the statements.
    pub to: Option<Date>,
    /// Whether the pairs are listed.
    #[serde(default)]
    pub pairs: bool,
}

/// Lines and entries that belong together, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPair {
    /// The key that they have in common.
    pub key: AccountMatchKey,
    /// Lines and entries.
    pub members: Vec<OpenSide>,
}

/// A set of open lines and vouchers that come to the same sum. Nothing but the sums says that they belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposedSet {
    /// The lines.
    pub lines: Vec<AccountLineName>,
    /// The vouchers.
    pub vouchers: Vec<VoucherNo>,
    /// What each side comes to, in minor units.
    pub sum_minor: i64,
}

/// What a staged case would book on the account, and what that answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedCase {
    /// The case.
    pub case_no: CaseNo,
    /// Its state.
    pub state: CaseState,
    /// What it would book, positive if debited.
    pub books_minor: i64,
    /// What the open items come to that it would answer, as they add to the difference.
    pub answers_minor: i64,
    /// Those items. They are open until the case is committed.
    pub answers: Vec<OpenSide>,
}

/// What staged cases would book on the account: nothing of it is booked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedOnAccount {
    /// What the open items come to that they would answer: a part of what is open.
    pub answers_minor: i64,
    /// What they would book.
    pub books_minor: i64,
    /// The cases.
    pub cases: Vec<StagedCase>,
}

/// An account of the books beside its statements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountReconciliation {
    /// The account.
    pub account: AccountCode,
    /// Its name.
    pub name: String,
    /// Its currency.
    pub currency: String,
    /// Its numbers at the holder.
    pub numbers: Vec<String>,
    /// Day of the first statement that stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin: Option<Date>,
    /// The days.
    pub days: Vec<AccountDay>,
    /// What each key matched.
    pub matched: Vec<AccountMatchCount>,
    /// What the other side does not answer, at most 1,000.
    pub open: Vec<OpenSide>,
    /// What only a day after the last one answers, or one before the first statement: it is on its way on the last day.
    /// At most 1,000.
    #[serde(default)]
    pub in_transit: Vec<AnsweredItem>,
    /// What was matched with a member on the days shown, at most 1,000, if asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<AccountPair>,
    /// Sets of open lines and vouchers that come to the same, each the only one that fits: a person decides.
    #[serde(default)]
    pub proposed: Vec<ProposedSet>,
    /// What staged cases would book on the account. Its open items are among [`open`](Self::open) all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<Box<StagedOnAccount>>,
    /// Whether there is more of it.
    pub more: bool,
    /// Whether anything is open, unexplained or missing.
    pub differs: bool,
    /// The newest sign-off, and what has changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedDays>>,
}

/// Returns what staged cases would answer, a line each, the sum first.
#[must_use]
pub fn staged_told(staged: &StagedOnAccount, currency: &str, lang: Lang) -> Vec<String> {
    let money = |minor: i64| Money::grouped_in(minor, currency);
    let sum = [("sum", money(staged.answers_minor)), ("books", money(staged.books_minor))];
    let mut told = vec![i18n::text(lang, "account_staged.sum", &sum)];
    for case in &staged.cases {
        let item = |item: &OpenSide| match item {
            OpenSide::Theirs { statement, place, line, .. } => {
                let name = AccountLineName { statement: *statement, place: *place };
                format!("{name} {}", money(line.amount_minor))
            }
            OpenSide::Ours { voucher_no, amount_minor, .. } => {
                format!("{voucher_no} {}", money(*amount_minor))
            }
            OpenSide::AtStart { amount_minor, .. } => money(*amount_minor),
        };
        let items: Vec<String> = case.answers.iter().map(item).collect();
        let facts = [
            ("case", case.case_no.to_string()),
            ("state", i18n::word(lang, &format!("state.case.{}", case.state))),
            ("books", money(case.books_minor)),
            ("sum", money(case.answers_minor)),
            ("items", items.join(", ")),
        ];
        let key = if items.is_empty() { "account_staged.nothing" } else { "account_staged.case" };
        told.push(i18n::text(lang, key, &facts));
    }
    told
}

impl AccountReconciliation {
    /// Returns the difference from before the first statement, if there is one, as an item.
    #[must_use]
    pub fn at_start(&self) -> Option<OpenSide> {
        let amount_minor = self.days.last()?.at_start_minor.filter(|minor| *minor != 0)?;
        Some(OpenSide::AtStart { day: self.begin?, amount_minor })
    }
}
