//! What a newer version of the kinds of trades changes, and which of it a kind with trades does not allow.
//!
//! A trade keeps its kind, and each question about the trade is answered by the kind as it is in force. So a
//! change of what a kind means would reach back to every trade of it; such a meaning needs a code of its own.

use super::{Kind, KindEvent, Kinds};
use crate::domain::field_change::{Differences, FieldChange};
use crate::domain::vocabulary::vocabulary;

vocabulary! {
    /// A field of a kind of trade, as a file of kinds calls it.
    KindField, "field of a kind" {
        /// The kind itself: it is new.
        Kind = "kind",
        /// Its name.
        Name = "name",
        /// Its English name.
        NameEn = "name_en",
        /// Which way its money goes.
        Money = "money",
        /// Parties that its trades name.
        Parties = "parties",
        /// Kinds that it undoes.
        Undoes = "undoes",
        /// How much of one trade may be undone.
        UndoesUpTo = "undoes_up_to",
        /// Whether a second one is claimed from the channel.
        ClaimedIfTwice = "claimed_if_twice",
        /// Whether the party owes what its account lacks.
        OwedIfShort = "owed_if_short",
        /// Whether channels list it.
        Listed = "listed",
        /// What a customer's statement calls it.
        Statement = "statement",
        /// The event that its posting status is about.
        FirstEvent = "first_event",
        /// The order of its events.
        Events = "events",
        /// An event itself: it is new.
        Event = "event",
        /// What an event comes to be with.
        Arises = "arises",
        /// States of the trade in which an event is due.
        Status = "status",
        /// The event that must be posted before an event.
        After = "after",
        /// The name of an event.
        EventName = "event_name",
    }
}

impl KindField {
    /// Returns whether the field is part of what trades of the kind mean, so that it stays once there are any.
    #[must_use]
    pub const fn is_meaning(self) -> bool {
        matches!(
            self,
            Self::Money | Self::Parties | Self::Undoes | Self::UndoesUpTo | Self::FirstEvent | Self::Arises
        )
    }

    /// Returns whether the field decides when an event is due.
    #[must_use]
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Status | Self::After)
    }
}

impl Kinds {
    /// Returns what these kinds change about those of an earlier version, in the order of the file.
    #[must_use]
    pub fn changes_from(&self, before: &Self) -> Vec<FieldChange<KindField>> {
        let changes = self.all.iter().map(|kind| {
            let earlier = before.get(kind.code);
            let added = || vec![FieldChange::added(&kind.code, KindField::Kind)];
            earlier.map_or_else(added, |earlier| kind.changes_from(earlier))
        });
        changes.flatten().collect()
    }
}

impl Kind {
    /// Returns what this kind changes about an earlier version of it, in the order of its fields.
    #[must_use]
    pub fn changes_from(&self, before: &Self) -> Vec<FieldChange<KindField>> {
        let mut changes = Differences::of(&self.code);
        changes.values(KindField::Name, &before.name, &self.name);
        changes.values(KindField::NameEn, &before.name_en, &self.name_en);
        changes.values(KindField::Money, &before.money, &self.money);
        changes.sets(KindField::Parties, &before.parties, &self.parties);
        changes.sets(KindField::Undoes, &before.undoes, &self.undoes);
        changes.values(KindField::UndoesUpTo, &before.undoes_up_to, &self.undoes_up_to);
        changes.values(KindField::ClaimedIfTwice, &before.claimed_if_twice, &self.claimed_if_twice);
        changes.values(KindField::OwedIfShort, &before.owed_if_short, &self.owed_if_short);
        changes.values(KindField::Listed, &before.listed, &self.listed);
        let called = |kind: &Self| both(&kind.on_statement);
        changes.values(KindField::Statement, &called(before), &called(self));
        if self.first_event() == before.first_event() {
            // Events that only one of them has do not change the order.
            let order = |kind: &Self, other: &Self| {
                let shared = kind.events.iter().map(|known| known.event);
                let shared: Vec<String> = shared
                    .filter(|event| other.event(*event).is_some())
                    .map(|event| event.to_string())
                    .collect();
                shared.join(", ")
            };
            changes.values(KindField::Events, &order(before, self), &order(self, before));
        } else {
            changes.values(KindField::FirstEvent, &before.first_event(), &self.first_event());
        }
        for event in &self.events {
            changes.in_event(event.event);
            match before.event(event.event) {
                Some(earlier) => event.compare(earlier, &mut changes),
                None => changes.compare(KindField::Event, None, Some(event.event.to_string())),
            }
        }
        changes.done()
    }
}

impl KindEvent {
    fn compare(&self, before: &Self, changes: &mut Differences<KindField>) {
        changes.values(KindField::Arises, &before.arises, &self.arises);
        changes.sets(KindField::Status, &before.status, &self.status);
        let after = |event: &Self| event.after.map(|after| after.to_string());
        changes.compare(KindField::After, after(before), after(self));
        let name = |event: &Self| event.name.as_ref().map(both);
        changes.compare(KindField::EventName, name(before), name(self));
    }
}

/// Returns a Chinese and an English text as one.
fn both((zh, en): &(String, String)) -> String {
    format!("{zh} / {en}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = r#"id = "x"
[[kind]]
code = "charge"
name = "收费"
name_en = "charge"
money = "in"
parties = ["customer", "merchant"]
event = [
  { name = "captured" },
  { name = "rate", status = ["succeeded", "processing"], after = "captured" },
  { name = "levy", arises = "clearing" },
]
[[kind]]
code = "waiver"
name = "减免"
name_en = "waiver"
money = "out"
undoes = ["charge"]
event = [{ name = "captured" }]
"#;

    /// Each change of an edited file as `code.event.field: was -> will be`.
    fn told(edits: &[(&str, &str)]) -> Vec<String> {
        let before = Kinds::parse("k.toml", BEFORE, None).unwrap();
        let mut text = BEFORE.to_owned();
        for (from, to) in edits {
            assert!(text.contains(from), "{from}");
            text = text.replacen(from, to, 1);
        }
        let now = Kinds::parse("k.toml", &text, Some(&before)).unwrap();
        let told = |change: FieldChange<KindField>| {
            let event = change.event.map_or_else(String::new, |event| format!(".{event}"));
            let value = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
            format!(
                "{}{event}.{}: {} -> {}",
                change.code,
                change.field,
                value(change.was),
                value(change.will_be)
            )
        };
        now.changes_from(&before).into_iter().map(told).collect()
    }

    #[test]
    fn the_order_of_words_and_of_kinds_changes_nothing() {
        let edits = [
            ("[\"customer\", \"merchant\"]", "[\"merchant\", \"customer\"]"),
            ("[\"succeeded\", \"processing\"]", "[\"processing\", \"succeeded\"]"),
        ];
        assert_eq!(told(&edits), [""; 0]);
    }

    #[test]
    fn each_field_that_differs_is_a_change() {
        let edits = [
            ("name_en = \"charge\"", "name_en = \"fee\""),
            ("money = \"in\"", "money = \"either\"\nlisted = false\nowed_if_short = true"),
            ("[\"customer\", \"merchant\"]", "[\"merchant\"]"),
            ("[\"succeeded\", \"processing\"], after = \"captured\"", "[\"succeeded\"], after = \"levy\""),
            ("arises = \"clearing\" }", "zh = \"代征\", en = \"levy\" }, { name = \"tax\" }"),
            ("undoes = [\"charge\"]", "undoes_up_to = \"any\""),
        ];
        assert_eq!(
            told(&edits),
            [
                "charge.name_en: charge -> fee",
                "charge.money: in -> either",
                "charge.parties: customer, merchant -> merchant",
                "charge.owed_if_short: false -> true",
                "charge.listed: true -> false",
                "charge.statement: 收费 / charge -> 收费 / fee",
                "charge.rate.status: succeeded, processing -> succeeded",
                "charge.rate.after: captured -> levy",
                "charge.levy.arises: clearing -> trade",
                "charge.levy.event_name: - -> 代征 / levy",
                "charge.tax.event: - -> tax",
                "waiver.undoes: charge -> -",
                "waiver.undoes_up_to: rest -> any",
            ]
        );
    }

    #[test]
    fn another_first_event_is_told_once_and_a_new_kind_by_its_code() {
        let first = (
            "{ name = \"captured\" },\n  { name = \"rate\"",
            "{ name = \"paid\" },\n  { name = \"captured\" },\n  { name = \"rate\"",
        );
        assert_eq!(told(&[first]), ["charge.first_event: captured -> paid", "charge.paid.event: - -> paid"]);
        let order = [
            ("{ name = \"levy\", arises = \"clearing\" },\n", ""),
            ("{ name = \"rate\"", "{ name = \"levy\", arises = \"clearing\" },\n{ name = \"rate\""),
        ];
        assert_eq!(told(&order), ["charge.events: captured, rate, levy -> captured, levy, rate"]);
        let new = "[[kind]]\ncode = \"split\"\nname = \"分账\"\nname_en = \"share\"\nmoney = \"within\"\n\
                   event = [{ name = \"captured\" }]\n[[kind]]\ncode = \"waiver\"";
        assert_eq!(told(&[("[[kind]]\ncode = \"waiver\"", new)]), ["split.kind: - -> split"]);
    }
}
