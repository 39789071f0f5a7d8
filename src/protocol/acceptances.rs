//! Findings that people accept without booking: the requests, and how an acceptance is told.

use crate::domain::acceptance::Acceptance;
use crate::i18n::{self, Lang};
use crate::protocol::matches;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Requests that a finding is accepted as it is, without booking. Above the policy's limit it counts once a second
/// person has accepted the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptFinding {
    /// The finding's identity, or the number of a trade with one finding.
    pub finding: String,
    /// Reason code.
    pub reason: String,
    /// What the operator says about it.
    pub note: String,
    /// The last day on which it counts.
    #[serde(default)]
    pub until: Option<Date>,
    /// Name and SHA-256 of the file that proves it.
    #[serde(default)]
    pub file: Option<(String, String)>,
}

/// Requests that the acceptance of a finding, or the wish for one, ends: the finding is open again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoAcceptance {
    /// The finding's identity, or the number of a trade with one finding.
    pub finding: String,
    /// Why.
    pub reason: String,
}

/// Requests the acceptances: what waits for a second person, then what people agreed on, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListAcceptances {
    /// Only what waits for a second person.
    pub waiting: bool,
    /// Also what people took back, and what cases closed.
    #[serde(default)]
    pub all: bool,
}

/// Returns who accepted a finding, when and why, and how that stands.
#[must_use]
pub fn told(lang: Lang, one: &Acceptance) -> String {
    let mut args = vec![
        ("operator", one.operator.to_string()),
        ("at", one.at.local().to_string().replace('T', " ")),
        ("reason", one.reason.clone()),
        ("note", one.note.clone()),
    ];
    args.extend(one.until.map(|until| ("until", until.to_string())));
    args.extend(one.file.as_ref().map(|(name, _)| ("file", name.clone())));
    args.extend(one.first.as_ref().map(|first| ("first", matches::told_first(lang, first))));
    args.extend(one.in_place_of.as_ref().map(|other| ("other", other.to_string())));
    if let Some(end) = &one.end {
        args.push(("by", end.operator.to_string()));
        args.push(("ended_at", end.at.local().to_string().replace('T', " ")));
        args.extend(end.reason.clone().map(|why| ("why", why)));
        args.extend(end.case_no.as_ref().map(|case_no| ("case", case_no.to_string())));
    }
    i18n::text(lang, &format!("acceptance.{}", one.state), &args)
}
