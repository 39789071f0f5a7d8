//! What is left of a trade that others undo in parts, and what a further part takes of its discount.

/// What is left of a trade, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Amount and merchant's discount of the whole trade.
    pub whole: (i64, i64),
    /// What is left of the amount.
    pub amount_minor: i64,
    /// What is left of the discount.
    pub discount_minor: i64,
}

impl Left {
    /// Returns the merchant's discount in a part that is undone next: its share of all parts so far less what
    /// those before it have, so that the parts add up to the discount; the last part takes the rest.
    #[must_use]
    pub fn discount_in(self, part_minor: i64) -> i64 {
        let (whole, discount) = self.whole;
        if part_minor >= self.amount_minor || whole <= 0 {
            return self.discount_minor.max(0);
        }
        let undone = i128::from(whole.saturating_sub(self.amount_minor).saturating_add(part_minor));
        let share = (i128::from(discount) * undone * 2 + i128::from(whole)) / (i128::from(whole) * 2);
        let before = discount.saturating_sub(self.discount_minor);
        let share = i64::try_from(share).unwrap_or(discount).saturating_sub(before);
        share.clamp(0, self.discount_minor.max(0).min(part_minor.max(0)))
    }
}
