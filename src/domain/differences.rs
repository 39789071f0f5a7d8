//! The lines in which a channel's new statement differs from those that stand, as plain facts.
//!
//! A refusal carries them, so this file imports nothing; `comparison` finds them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Most lines of each change that are listed; the counts cover all of them.
pub const LISTED: usize = 100;

/// What a new statement does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// The standing statements lack it.
    Added,
    /// The new statement lacks it.
    Gone,
    /// Both have it, with other facts.
    Changed,
}

impl fmt::Display for LineChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Added => "added",
            Self::Gone => "gone",
            Self::Changed => "changed",
        })
    }
}

/// The facts of a line, as words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferingLine {
    /// Line number in its file, from 1.
    pub line: u64,
    /// Kind of line: `pay`, `refund`, `revoke`.
    pub kind: String,
    /// The trade layer's reference.
    pub channel_ref: String,
    /// For a refund: the reference of the payment.
    pub original_ref: Option<String>,
    /// The channel's own number.
    pub channel_no: String,
    /// Amount in minor units, positive.
    pub amount_minor: i64,
    /// Channel fee in minor units.
    pub fee_minor: i64,
    /// Currency of amount and fee.
    pub currency: String,
    /// The state that the line proves.
    pub status: String,
    /// Time in the channel's clock, RFC 3339.
    pub occurred_at: String,
}

/// A line that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// What happens to it.
    pub change: LineChange,
    /// The line that stands.
    pub before: Option<DifferingLine>,
    /// The line of the new statement.
    pub after: Option<DifferingLine>,
}

/// How a new statement differs from what stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differences {
    /// Lines that the standing statements lack.
    pub added: u64,
    /// Lines that the new one lacks.
    pub gone: u64,
    /// Lines with other facts.
    pub changed: u64,
    /// The lines, at most [`LISTED`] of each change.
    pub rows: Vec<Difference>,
    /// What rests on the statements that stand.
    #[serde(default, skip_serializing_if = "Shaken::is_empty")]
    pub shakes: Shaken,
}

/// What rests on statements that are to be replaced or withdrawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shaken {
    /// Numbers of the committed cases.
    pub cases: Vec<String>,
    /// Numbers of the trades that a person matched.
    pub trades: Vec<String>,
    /// Their day, if that is closed.
    pub closed_day: Option<String>,
    /// Of account statements: the days of later ones that go on from their balances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub later_days: Vec<String>,
    /// Of account statements: numbers of the matches by hand that have a line of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_matches: Vec<String>,
    /// Customers and merchants of these cases and trades, the first of many.
    pub parties: Vec<String>,
    /// Whether two people decide because of it.
    pub needs_two: bool,
}

impl Shaken {
    /// Returns true if nothing rests on them.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cases.is_empty()
            && self.trades.is_empty()
            && self.closed_day.is_none()
            && self.later_days.is_empty()
            && self.account_matches.is_empty()
    }

    /// Returns them with each name once, in order, and whether two people decide because of them.
    #[must_use]
    pub fn settled(mut self, four_eyes: bool) -> Self {
        let lists = [
            &mut self.cases,
            &mut self.trades,
            &mut self.later_days,
            &mut self.account_matches,
            &mut self.parties,
        ];
        for names in lists {
            names.sort();
            names.dedup();
        }
        self.needs_two = four_eyes && !self.is_empty();
        self
    }

    /// Returns the facts of the text `bill.rests`.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let listed = [
            ("cases", &self.cases),
            ("trades", &self.trades),
            ("parties", &self.parties),
            ("later", &self.later_days),
            ("matches", &self.account_matches),
        ];
        let filled = listed.into_iter().filter(|(_, names)| !names.is_empty());
        let mut facts: Vec<_> = filled.map(|(name, names)| (name, names.join(", "))).collect();
        facts.extend(self.closed_day.clone().map(|day| ("day", day)));
        facts
    }
}
