//! Findings that people accept without booking (已确认差异): an order about a finding with the facts it had then.
//!
//! It ends by itself once the finding has other facts or its last day is over, and by a case that closes
//! the finding.

use super::hand_match::FirstDecision;
use super::id::{CaseNo, Operator};
use super::period::Moment;
use super::vocabulary::vocabulary;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

vocabulary! {
    /// How an acceptance stands.
    AcceptanceState, "state of an acceptance" {
        /// One person has accepted the finding; it counts once a second one has done the same.
        Asked = "asked",
        /// It counts.
        InForce = "in_force",
        /// It counts no more: a fact of the finding has changed since.
        FactsChanged = "facts_changed",
        /// It counts no more: its last day is over.
        Expired = "expired",
        /// There is nothing left to accept: the finding is gone.
        Gone = "gone",
        /// A person took it back, or the wish for it.
        TakenBack = "taken_back",
        /// A case closed its finding.
        Closed = "closed",
    }
}

/// How an acceptance ended by an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptanceEnd {
    /// Who took it back, or committed the case.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The case that closed its finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case_no: Option<CaseNo>,
}

/// An acceptance of a finding, or the wish for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// Number of the order.
    pub n: i64,
    /// The finding's identity.
    pub finding: String,
    /// The word of its cause.
    pub cause: String,
    /// The amount at stake as seen, minor units.
    pub amount_minor: i64,
    /// Currency of the amount.
    pub currency: String,
    /// Digest of the facts as seen.
    pub mark: String,
    /// How it stands.
    pub state: AcceptanceState,
    /// The last day on which it counts; `None` for as long as the facts are the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// Reason code.
    pub reason: String,
    /// What the operator says about it.
    pub note: String,
    /// Name and SHA-256 of the file that proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<(String, String)>,
    /// Who decided last.
    pub operator: Operator,
    /// When.
    pub at: Moment,
    /// Of one that two people decided, the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstDecision>,
    /// Of one that waits for a second person: who had asked for another one about the finding before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_place_of: Option<Operator>,
    /// How it ended, if somebody took it back or a case closed its finding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<AcceptanceEnd>,
}

impl Acceptance {
    /// Returns how an agreed acceptance stands on a day about the finding with this mark; `None` if the
    /// finding is gone.
    #[must_use]
    pub fn stands(&self, mark: Option<&str>, today: Date) -> AcceptanceState {
        match mark {
            _ if self.state == AcceptanceState::Asked => AcceptanceState::Asked,
            None => AcceptanceState::Gone,
            Some(mark) if mark != self.mark => AcceptanceState::FactsChanged,
            Some(_) if self.until.is_some_and(|until| until < today) => AcceptanceState::Expired,
            Some(_) => AcceptanceState::InForce,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acceptance_ends_with_its_facts_and_after_its_last_day() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let accepted = Acceptance {
            n: 1,
            finding: "short/T1".to_owned(),
            cause: "short".to_owned(),
            amount_minor: 100,
            currency: "CNY".to_owned(),
            mark: "a1".to_owned(),
            state: AcceptanceState::InForce,
            until: Some(day("2018-09-14")),
            reason: "customer_consent".to_owned(),
            note: "x".to_owned(),
            file: None,
            operator: "op1".parse().unwrap(),
            at: "2018-09-12T12:00:00+08:00".parse().unwrap(),
            first: None,
            in_place_of: None,
            end: None,
        };
        let on = |mark, today: &str| accepted.stands(mark, day(today));
        assert_eq!(on(Some("a1"), "2018-09-14"), AcceptanceState::InForce);
        assert_eq!(on(Some("a1"), "2018-09-15"), AcceptanceState::Expired);
        assert_eq!(on(Some("a2"), "2018-09-14"), AcceptanceState::FactsChanged);
        assert_eq!(on(None, "2018-09-14"), AcceptanceState::Gone);
        let asked = Acceptance { state: AcceptanceState::Asked, ..accepted.clone() };
        assert_eq!(asked.stands(Some("a1"), day("2018-09-13")), AcceptanceState::Asked);
    }
}
