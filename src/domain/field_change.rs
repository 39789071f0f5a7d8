//! What a newer version of a file of definitions (kinds of trades, channels) changes, field by field.

use super::event::Event;
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// A field of a definition that differs between two versions of its file. `F` names the fields of the definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange<F> {
    /// Code of the definition: a kind of trade or a channel.
    pub code: String,
    /// The event, for a field of one.
    pub event: Option<Event>,
    /// The field; of a definition or an event that is new, its code.
    pub field: F,
    /// The value of the earlier version, as the file writes it; `None` if it had none.
    pub was: Option<String>,
    /// The value of the newer version.
    pub will_be: Option<String>,
}

impl<F> FieldChange<F> {
    /// Returns the change of a definition that is new.
    pub(super) fn added(code: &impl Display, field: F) -> Self {
        let code = code.to_string();
        Self { event: None, field, was: None, will_be: Some(code.clone()), code }
    }
}

/// The changes of one definition, collected field by field.
pub(super) struct Differences<F> {
    code: String,
    event: Option<Event>,
    changes: Vec<FieldChange<F>>,
}

impl<F> Differences<F> {
    /// Returns no changes yet, of the definition with this code.
    pub(super) fn of(code: &impl Display) -> Self {
        Self { code: code.to_string(), event: None, changes: Vec::new() }
    }

    /// Says that the fields that follow are those of an event.
    pub(super) const fn in_event(&mut self, event: Event) {
        self.event = Some(event);
    }

    /// Adds a change unless both values are alike.
    pub(super) fn compare(&mut self, field: F, was: Option<String>, will_be: Option<String>) {
        if was != will_be {
            let (code, event) = (self.code.clone(), self.event);
            self.changes.push(FieldChange { code, event, field, was, will_be });
        }
    }

    /// Adds a change unless both values are alike.
    pub(super) fn values(&mut self, field: F, was: &impl Display, will_be: &impl Display) {
        self.compare(field, Some(was.to_string()), Some(will_be.to_string()));
    }

    /// Adds a change unless both lists have the same words, in any order.
    pub(super) fn sets<T: Display>(&mut self, field: F, was: &[T], will_be: &[T]) {
        let words = |values: &[T]| {
            let mut words: Vec<String> = values.iter().map(T::to_string).collect();
            words.sort_unstable();
            words.dedup();
            words
        };
        if words(was) != words(will_be) {
            self.compare(field, listed(was), listed(will_be));
        }
    }

    /// Returns the changes.
    pub(super) fn done(self) -> Vec<FieldChange<F>> {
        self.changes
    }
}

/// Returns the words of a list as one text; `None` if it is empty.
pub(super) fn listed<T: Display>(values: &[T]) -> Option<String> {
    let words: Vec<String> = values.iter().map(T::to_string).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
