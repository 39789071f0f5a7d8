//! What answers an item of an account: the other members of its match.

use crate::protocol::account_statements::{AnsweredBy, AnsweredItem, OpenSide};

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
    for members in matches {
        for answered in items.iter_mut().filter(|answered| answered.answered_by.is_empty()) {
            let key = answered.item.key();
            if let Some(at) = members.iter().position(|member| member.key() == key) {
                let others = members.iter().enumerate().filter(|(other, _)| *other != at);
                answered.answered_by = others.map(|(_, side)| answer(side)).collect();
            }
        }
    }
    items
}
