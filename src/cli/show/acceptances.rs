//! Findings that people accepted without booking.

use super::{C, L, Layout, R, Show, label, money};
use crate::domain::acceptance::Acceptance;
use crate::i18n::word;
use crate::protocol::acceptances::told;

impl Show for Vec<Acceptance> {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        if self.is_empty() {
            return format!("{}\n", word(lang, "cli.accept.none"));
        }
        let mut table = layout.heads(&[
            ("order", R),
            ("finding", L),
            ("amount", R),
            ("currency", C),
            ("state", L),
            ("until", L),
            ("detail", L),
        ]);
        for one in self {
            table.row(vec![
                one.n.to_string(),
                one.finding.clone(),
                money(one.amount_minor, &one.currency),
                one.currency.clone(),
                label(lang, "acceptance_state", one.state),
                one.until.map_or_else(String::new, |until| until.to_string()),
                told(lang, one),
            ]);
        }
        table.text()
    }
}
