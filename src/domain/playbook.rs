//! Playbooks: what is looked at before a case is handed in, one list for each cause.
//!
//! The lists ship with the program (`assets/playbooks`). Ticks are kept with the case; whether required ones gate its
//! submission is the policy's word.

use super::authored::{AuthoredError, FormReader};
use super::finding::Cause;
use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;
use serde::Deserialize;

vocabulary! {
    /// What a tick has to bring along.
    Evidence, "evidence" {
        /// What was found, in words.
        Note = "note",
        /// A document, by its fingerprint, or a note on where it is kept.
        File = "file",
    }
}

vocabulary! {
    /// What required items mean.
    ChecklistRule, "checklist rule" {
        /// Open ones are shown.
        Advised = "advised",
        /// A case with open ones is not handed in.
        Required = "required",
    }
}

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name in commands.
    pub id: String,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
    /// Whether it belongs to every case of the cause.
    pub required: bool,
    /// What a tick has to bring along.
    pub evidence: Option<Evidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    item: Vec<Item>,
}

macro_rules! shipped {
    ($($cause:ident = $file:literal,)+) => {
        const fn text(cause: Cause) -> (&'static str, &'static str) {
            match cause {
                $(Cause::$cause => ($file, include_str!(concat!("../../assets/playbooks/", $file))),)+
            }
        }
    };
}

shipped! {
    Unposted = "unposted.toml",
    PostedTwice = "posted_twice.toml",
    WrongAccount = "wrong_account.toml",
    WrongAmount = "wrong_amount.toml",
    WrongSide = "wrong_side.toml",
    WrongFee = "wrong_fee.toml",
    PostedNotDue = "posted_not_due.toml",
    Long = "long.toml",
    Short = "short.toml",
    AmountDiff = "amount_diff.toml",
    ChannelFeeDiff = "channel_fee_diff.toml",
    HalfPosted = "half_posted.toml",
    WrongDate = "wrong_date.toml",
    SuspenseOpen = "suspense_open.toml",
    RefundFeeRest = "refund_fee_rest.toml",
    ReversedInAdvance = "reversed_in_advance.toml",
    Waiting = "waiting.toml",
    OverLimit = "over_limit.toml",
}

/// The checklist of a cause, in order.
///
/// # Errors
/// What is wrong with the file.
pub fn checklist(cause: Cause) -> Result<Vec<Item>, Vec<AuthoredError>> {
    let (file, text) = text(cause);
    let (reader, form) = FormReader::open::<Form>(file, text)?;
    reader.close(Some(form.item))
}

/// Whether a case with these open required items may be handed in.
///
/// # Errors
/// [`Code::Checklist`] with the first of them.
pub fn may_submit(rule: ChecklistRule, open: &[String]) -> Result<(), Rejection> {
    match (rule, open) {
        (ChecklistRule::Required, [first, ..]) => {
            Err(Rejection::new(Code::Checklist).with("item", first).with("open", open.len()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_cause_has_a_checklist_with_something_required_in_both_languages() {
        for cause in Cause::ALL {
            let items = checklist(*cause).unwrap();
            let ids: BTreeSet<_> = items.iter().map(|item| &item.id).collect();
            assert_eq!(ids.len(), items.len(), "{cause}: an item is named twice");
            assert!(items.iter().any(|item| item.required), "{cause}");
            assert!(items.iter().all(|item| !item.en.is_empty() && !item.zh.is_ascii()), "{cause}");
        }
    }

    #[test]
    fn open_items_gate_only_where_the_policy_says_so() {
        let open = ["right_party".to_owned()];
        assert_eq!(may_submit(ChecklistRule::Advised, &open), Ok(()));
        assert_eq!(may_submit(ChecklistRule::Required, &[]), Ok(()));
        let refused = may_submit(ChecklistRule::Required, &open).unwrap_err();
        assert_eq!((refused.code, refused.arg("item")), (Code::Checklist, Some("right_party")));
    }
}
