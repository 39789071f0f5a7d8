//! A file that extends a calendar: next year's holidays, an announced maintenance, a changed window.

use super::Calendar;

impl Calendar {
    /// Adds the rows of `base`, except those of years that this file lists and of systems that it names.
    pub(super) fn extending(mut self, base: &Self) -> Self {
        let listed = |year: i16| self.years.contains(&year) || self.provisional_years.contains(&year);
        let kept_holidays: Vec<_> = base
            .holidays
            .iter()
            .filter(|old| {
                !listed(old.to.year())
                    && !self.holidays.iter().any(|new| new.from <= old.to && old.from <= new.to)
            })
            .cloned()
            .collect();
        let kept_worked: Vec<_> = base
            .worked
            .iter()
            .copied()
            .filter(|day| !listed(day.year()) && self.holiday(*day).is_none())
            .collect();
        let kept_years: Vec<_> = base.years.iter().copied().filter(|year| !listed(*year)).collect();
        let kept_provisional: Vec<_> =
            base.provisional_years.iter().copied().filter(|year| !listed(*year)).collect();
        let kept_windows: Vec<_> = base
            .windows
            .iter()
            .filter(|old| self.windows.iter().all(|new| new.system != old.system))
            .cloned()
            .collect();
        let kept_limits: Vec<_> = base
            .limits
            .iter()
            .filter(|old| self.limits.iter().all(|new| new.system != old.system))
            .cloned()
            .collect();
        let kept_bills: Vec<_> = base
            .bills
            .iter()
            .filter(|old| self.bills.iter().all(|new| new.channel != old.channel))
            .cloned()
            .collect();
        // Rows of `base` go first: suggestions are tried in the order of the rows.
        self.windows.splice(0..0, kept_windows);
        self.limits.splice(0..0, kept_limits);
        self.bills.splice(0..0, kept_bills);
        self.closures.splice(0..0, base.closures.iter().cloned());
        self.holidays.splice(0..0, kept_holidays);
        self.worked.extend(kept_worked);
        self.years.extend(kept_years);
        self.provisional_years.extend(kept_provisional);
        self.id.clone_from(&base.id);
        self
    }
}
