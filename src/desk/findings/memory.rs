//! Findings in memory between requests, with the watermarks they were judged at.

use crate::domain::acceptance::{Acceptance, AcceptanceState};
use crate::domain::finding::{Cause, Finding, Severity};
use crate::domain::period::Moment;
use crate::domain::trade::Channel;
use crate::store::kept::Part;
use crate::store::watched::Reach;
use crate::store::watermark::Watermark;
use crate::store::{Fault, StoreError};
use jiff::civil::Date;
use serde::Deserialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What was found, by trade row; row 0 holds what only channels know of.
#[derive(Debug, Default)]
pub struct Memory {
    pub(crate) found: Found,
    pub(crate) mark: Option<Watermark>,
    pub(crate) at: Option<Moment>,
    /// What wrong trades touch, by row, as far as it was read since they were judged.
    reach: BTreeMap<i64, Reach>,
    /// Trades whose findings time alone may change, and from when.
    again: BTreeMap<i64, Moment>,
    /// What is found about lines, vouchers and accounts, by row; an account with an odd balance that a trade explains
    /// is here without a finding.
    parts: BTreeMap<Part, Found>,
    /// From when time alone may change what is found about accounts.
    pub(crate) accounts_again: Option<Moment>,
    /// From when time alone may change what is found about nothing in particular.
    pub(crate) rest_again: Option<Moment>,
    /// What differs from what the ledger keeps.
    pub(crate) unkept: Unkept,
}

/// What people accepted without booking, by the findings' identities, as far as it was read.
#[derive(Debug, Default)]
pub struct AcceptedFindings {
    /// Number of the last order that was read.
    pub(crate) last: i64,
    /// What is agreed.
    pub(crate) agreed: HashMap<String, Acceptance>,
    /// What waits for a second person.
    pub(crate) asked: HashMap<String, Acceptance>,
}

impl AcceptedFindings {
    /// Returns whether a finding is accepted on a day, with the facts that it has.
    pub(crate) fn holds(&self, finding: &str, mark: &str, today: Date) -> bool {
        self.agreed.get(finding).is_some_and(|one| one.stands(Some(mark), today) == AcceptanceState::InForce)
    }
}

/// What was found, by row.
pub(crate) type Found = BTreeMap<i64, Vec<Remembered>>;

/// A finding in memory: its text, and what lists and sums ask of every finding. A ledger may have tens of thousands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// Identity.
    pub finding: Box<str>,
    /// Cause.
    pub cause: Cause,
    /// Severity.
    pub severity: Severity,
    /// The channel, if there is one.
    pub channel: Option<Channel>,
    /// Amount in minor units.
    pub amount_minor: i64,
    /// Currency.
    pub currency: Box<str>,
    /// Since when.
    pub since: Moment,
    /// Digest of its facts.
    pub mark: Box<str>,
    /// The whole finding, as JSON, without its age; what has no trade is remembered twice.
    pub text: Arc<str>,
}

impl Remembered {
    /// Remembers a finding.
    ///
    /// # Errors
    /// A fault if it cannot be written as JSON.
    pub(crate) fn of(mut finding: Finding) -> Result<Self, StoreError> {
        // The age is that of the moment.
        finding.age_seconds = 0;
        let text =
            serde_json::to_string(&finding).map_err(|error| Fault::Internal { detail: error.to_string() })?;
        Ok(Self {
            finding: finding.finding.into(),
            cause: finding.cause,
            severity: finding.severity,
            channel: finding.channel,
            amount_minor: finding.amount_minor,
            currency: finding.currency.into(),
            since: finding.since,
            mark: finding.mark.into(),
            text: text.into(),
        })
    }

    /// Reads a finding as it was remembered.
    ///
    /// # Errors
    /// A fault if it is not one.
    pub(crate) fn read(text: &str) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Head<'t> {
            #[serde(borrow)]
            finding: Cow<'t, str>,
            cause: Cause,
            severity: Severity,
            channel: Option<Channel>,
            amount_minor: i64,
            #[serde(borrow)]
            currency: Cow<'t, str>,
            since: Moment,
            #[serde(borrow, default)]
            mark: Cow<'t, str>,
        }
        let head: Head<'_> = serde_json::from_str(text).map_err(|error| unreadable(&error))?;
        Ok(Self {
            finding: head.finding.into(),
            cause: head.cause,
            severity: head.severity,
            channel: head.channel,
            amount_minor: head.amount_minor,
            currency: head.currency.into(),
            since: head.since,
            mark: head.mark.into(),
            text: text.into(),
        })
    }

    /// Returns the whole finding, with the age 0.
    ///
    /// # Errors
    /// A fault if what the ledger kept is damaged.
    pub(crate) fn whole(&self) -> Result<Finding, StoreError> {
        serde_json::from_str(&self.text).map_err(|error| unreadable(&error))
    }
}

fn unreadable(error: &serde_json::Error) -> StoreError {
    Fault::Corrupt { detail: format!("kept finding: {error}") }.into()
}

/// What in memory differs from what the ledger keeps.
#[derive(Debug, Default)]
pub(crate) struct Unkept {
    /// How often findings were kept before, as far as this memory knows.
    pub times: i64,
    /// Whether all of it does.
    pub all: bool,
    /// Rows of parts.
    pub rows: BTreeSet<(Part, i64)>,
    /// How many trades were judged since.
    pub judged: u64,
}

/// What was found about a trade.
pub(crate) struct Judged {
    /// Its row.
    pub row: i64,
    /// The findings.
    pub found: Vec<Remembered>,
    /// From when time alone may change them.
    pub again: Option<Moment>,
}

impl Memory {
    /// Takes what was found about trades in place of what was known of them.
    pub(crate) fn keep(&mut self, trades: Vec<Judged>) {
        for Judged { row, found, again } in trades {
            self.reach.remove(&row);
            let again_changed = match again {
                Some(at) => self.again.insert(row, at) != Some(at),
                None => self.again.remove(&row).is_some(),
            };
            if put(&mut self.found, row, found) || again_changed {
                self.unkept.rows.insert((Part::Trade, row));
            }
        }
    }

    /// Takes what was found about the things of a part, by row, in place of all that was remembered of the part. A
    /// thing without findings is remembered, so that it is looked at again.
    ///
    /// # Errors
    /// A fault if a finding cannot be written as JSON.
    pub(crate) fn keep_part(
        &mut self,
        part: Part,
        found: impl IntoIterator<Item = (i64, Vec<Finding>)>,
    ) -> Result<(), StoreError> {
        let mut now = Found::new();
        for (row, found) in found {
            now.insert(row, found.into_iter().map(Remembered::of).collect::<Result<_, _>>()?);
        }
        let before = self.parts.remove(&part).unwrap_or_default();
        let rows: BTreeSet<i64> = before.keys().chain(now.keys()).copied().collect();
        let changed = rows.into_iter().filter(|row| before.get(row) != now.get(row));
        self.unkept.rows.extend(changed.map(|row| (part, row)));
        self.parts.insert(part, now);
        Ok(())
    }

    /// Takes one finding as the ledger kept it.
    pub(crate) fn restore(
        &mut self,
        part: Part,
        row: i64,
        finding: Option<Remembered>,
        again: Option<Moment>,
    ) {
        if part == Part::Trade {
            self.again.extend(again.map(|at| (row, at)));
            if let Some(finding) = finding {
                let of_trade = self.found.entry(row).or_default();
                // Most trades with findings have one, and a list that grows by itself makes room for four.
                of_trade.reserve_exact(1);
                of_trade.push(finding);
            }
            return;
        }
        self.parts.entry(part).or_default().entry(row).or_default().extend(finding);
        if part == Part::Rest {
            self.rest_again = again;
        }
    }

    /// Returns whether something is remembered of a trade.
    pub(crate) fn knows(&self, trade: i64) -> bool {
        self.found.contains_key(&trade) || self.again.contains_key(&trade)
    }

    /// Returns the rows of a part of which something is remembered.
    pub(crate) fn rows_of(&self, part: Part) -> BTreeSet<i64> {
        self.parts.get(&part).into_iter().flat_map(|found| found.keys().copied()).collect()
    }

    /// Puts what has no trade together in row 0.
    pub(crate) fn join_without_trade(&mut self) {
        let found = self.parts.values().flat_map(BTreeMap::values).flatten().cloned().collect();
        put(&mut self.found, 0, found);
    }

    /// Returns the trades with something wrong of which it is not known what they touch.
    pub(crate) fn unknown_reach(&self) -> Vec<i64> {
        let is_wrong = |found: &Vec<Remembered>| found.iter().any(|one| one.severity != Severity::Info);
        let wrong = self.found.iter().filter(|(row, found)| **row > 0 && is_wrong(found));
        wrong.map(|(row, _)| *row).filter(|row| !self.reach.contains_key(row)).collect()
    }

    /// Takes what trades with something wrong touch.
    pub(crate) fn keep_reach(&mut self, reach: BTreeMap<i64, Reach>) {
        self.reach.extend(reach);
    }

    /// Returns the accounts that trades with something wrong moved, and the parties of those.
    pub(crate) fn explained(&self) -> (BTreeSet<i64>, BTreeSet<&str>) {
        let accounts = self.reach.values().flat_map(|one| one.accounts.iter().copied()).collect();
        (accounts, self.reach.values().flat_map(|one| one.parties.iter().map(String::as_str)).collect())
    }

    /// Returns the trades about which time alone may say something else by now.
    pub(crate) fn to_look_at_again(&self, now: Moment) -> impl Iterator<Item = i64> {
        self.again.iter().filter(move |(_, at)| **at <= now).map(|(row, _)| *row)
    }

    /// Returns from when time alone may change what is found about anything but trades.
    pub(crate) fn others_again(&self) -> Option<Moment> {
        self.rest_again.into_iter().chain(self.accounts_again).min()
    }

    /// Returns the trades of these channels that have findings.
    pub(crate) fn found_at<'m>(&'m self, channels: &'m BTreeSet<Channel>) -> impl Iterator<Item = i64> + 'm {
        let is_at = |one: &Remembered| one.channel.is_some_and(|channel| channels.contains(&channel));
        self.found
            .iter()
            .filter(move |(row, found)| **row > 0 && found.iter().any(is_at))
            .map(|(row, _)| *row)
    }

    /// Returns what is remembered of a thing: its findings and when to look again; `None` if nothing is.
    pub(crate) fn get(&self, part: Part, row: i64) -> Option<(&[Remembered], Option<Moment>)> {
        if part == Part::Trade {
            let (found, again) = (self.found.get(&row), self.again.get(&row).copied());
            return (found.is_some() || again.is_some())
                .then(|| (found.map_or(&[][..], Vec::as_slice), again));
        }
        let again = self.others_again().filter(|_| part == Part::Rest);
        self.parts.get(&part)?.get(&row).map(|found| (found.as_slice(), again))
    }

    /// Returns everything that something is remembered of.
    pub(crate) fn all(&self) -> BTreeSet<(Part, i64)> {
        let trades = self.found.keys().chain(self.again.keys()).filter(|row| **row > 0);
        let parts = self.parts.iter().flat_map(|(part, found)| found.keys().map(|row| (*part, *row)));
        trades.map(|row| (Part::Trade, *row)).chain(parts).collect()
    }

    /// Forgets everything found, but not how often it was kept.
    pub fn forget(&mut self) {
        let times = self.unkept.times;
        *self = Self::default();
        self.unkept = Unkept { times, all: true, ..Unkept::default() };
    }
}

/// Puts findings in place of those of a row, and returns whether they are others.
fn put(all: &mut Found, row: i64, mut found: Vec<Remembered>) -> bool {
    found.shrink_to_fit();
    if found.is_empty() {
        return all.remove(&row).is_some();
    }
    let same = all.get(&row).is_some_and(|before| *before == found);
    if !same {
        all.insert(row, found);
    }
    !same
}
