//! Playbooks: the checklist to work through before a case is submitted, one for each cause.
//!
//! The checklists ship with the program (`[[item]]` in `assets/locales/causes/<cause>.toml`). Ticks are
//! stored with the case; the policy decides whether a case with open required items can be submitted.

use super::authored::{AuthoredError, FormReader};
use super::finding::Cause;
use super::rejection::{Code, Rejection};
use super::vocabulary::vocabulary;
use serde::Deserialize;

vocabulary! {
    /// The evidence that a tick requires.
    Evidence, "evidence" {
        /// A note of what was found.
        Note = "note",
        /// A document, by its fingerprint, or a note on where it is kept.
        File = "file",
    }
}

vocabulary! {
    /// The effect of open required items.
    ChecklistRule, "checklist rule" {
        /// They are shown.
        Advised = "advised",
        /// The case cannot be submitted.
        Required = "required",
    }
}

/// An item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its identifier in commands.
    pub id: String,
    /// The question in English.
    pub en: String,
    /// The question in Chinese.
    pub zh: String,
    /// Whether every case of the cause needs it.
    pub required: bool,
    /// The evidence that a tick requires.
    pub evidence: Option<Evidence>,
}

/// The checklist in the file of a cause; its other keys are texts and the reason.
#[derive(Deserialize)]
struct Form {
    item: Vec<Item>,
}

/// Returns the checklist of a cause, in order.
///
/// # Errors
/// The mistakes of the file.
pub fn checklist(cause: Cause) -> Result<Vec<Item>, Vec<AuthoredError>> {
    let (file, text) = cause.file();
    let (reader, form) = FormReader::open::<Form>(file, text)?;
    reader.close(Some(form.item))
}

/// Refuses to submit a case with open required items, if the policy says so.
///
/// # Errors
/// [`Code::Checklist`] with the first open item and their number.
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
