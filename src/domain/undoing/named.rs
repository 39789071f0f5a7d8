//! The trade that another one names, and those that go back on it, for people to read.

use super::{Family, Relative, Tree};
use crate::domain::id::ChannelRef;
use crate::domain::kind::{Kind, Kinds};
use crate::domain::trade::{Channel, TradeStatus};

impl Family {
    /// Returns the trade that goes by a channel's reference, as what the trade in row `by` goes back on; without such
    /// a row, or if its kind undoes none of them, a payment before what undoes another, and one that succeeded first.
    #[must_use]
    pub fn named(
        &self,
        kinds: &Kinds,
        (channel, channel_ref): (Channel, &ChannelRef),
        by: Option<i64>,
    ) -> Option<&Relative> {
        let at = by.and_then(|row| self.0.binary_search_by_key(&row, |relative| relative.id).ok());
        if let Some(original) = at.and_then(|at| Tree::of(&self.0, kinds).original(at)) {
            return self.0.get(original);
        }
        let undoes = |kind| kinds.get(kind).is_some_and(Kind::undoes_another);
        self.0
            .iter()
            .filter(|other| {
                Some(other.id) != by && (other.channel, &other.channel_ref) == (channel, channel_ref)
            })
            .min_by_key(|other| {
                let counters = other.counters.is_some();
                (counters || undoes(other.kind), other.status != TradeStatus::Succeeded, other.id)
            })
    }

    /// Returns the trades of the family that go back on the one in a row, by row and whatever their status.
    #[must_use]
    pub fn undone_by<'f>(&'f self, kinds: &'f Kinds, original: i64) -> Vec<&'f Relative> {
        let Ok(at) = self.0.binary_search_by_key(&original, |relative| relative.id) else {
            return Vec::new();
        };
        let tree = Tree::of(&self.0, kinds);
        let places = self.0.iter().enumerate();
        let direct = places.filter(|(other, _)| tree.original(*other) == Some(at)).map(|(_, other)| other);
        let mut undone: Vec<&Relative> = direct.collect();
        if let Some(of) = self.0.get(at) {
            undone.extend(tree.loose.iter().filter(|other| {
                (other.channel, other.original_ref.as_ref()) == (of.channel, Some(&of.channel_ref))
            }));
        }
        undone.sort_by_key(|other| other.id);
        undone
    }
}
