//! What answers an item of an account: the other members of its match.

use crate::protocol::account_statements::{AnsweredBy, AnsweredItem, OpenSide};
use std::collections::{HashMap, HashSet};

/// Returns an item as what answers another one.
pub(super) fn answer(side: &OpenSide) -> AnsweredBy {
    AnsweredBy { day: side.day(), name: side.name() }
}

/// Returns items each with what answers it, among the members of each match.
pub(super) fn answered(
    items: Vec<OpenSide>,
    matches: impl Iterator<Item = Vec<OpenSide>>,
) -> Vec<AnsweredItem> {
    let mut items: Vec<AnsweredItem> =
        items.into_iter().map(|item| AnsweredItem { item, answered_by: Vec::new() }).collect();
    if items.is_empty() {
        return items;
    }
    let mut of_key: HashMap<(String, i64), Vec<usize>> = HashMap::new();
    for (place, answered) in items.iter().enumerate() {
        of_key.entry(answered.item.key()).or_default().push(place);
    }
    for members in matches {
        // The first member that is alike stands for the item.
        let mut seen = HashSet::new();
        for (at, member) in members.iter().enumerate() {
            let key = member.key();
            let alike = of_key.get(&key).filter(|_| seen.insert(key.clone()));
            for place in alike.into_iter().flatten() {
                let answered = &mut items[*place];
                if answered.answered_by.is_empty() {
                    let others = members.iter().enumerate().filter(|(other, _)| *other != at);
                    answered.answered_by = others.map(|(_, side)| answer(side)).collect();
                }
            }
        }
    }
    items
}
