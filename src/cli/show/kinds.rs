//! The kinds of trades in force.

use super::{L, Layout, Show, changes, heads, label, set_head};
use crate::i18n::Lang;
use crate::protocol::kinds::KindsAnswer;
use std::fmt::Display;

impl Show for KindsAnswer {
    fn text(&self, layout: &Layout) -> String {
        let lang = layout.lang;
        let mut table = heads(
            lang,
            &[("code", L), ("name", L), ("money", L), ("undoes", L), ("parties", L), ("events", L)],
        );
        for kind in &self.kinds {
            table.row(vec![
                kind.code.to_string(),
                if lang == Lang::Zh { kind.name.clone() } else { kind.name_en.clone() },
                label(lang, "money_way", kind.money),
                joined(&kind.undoes),
                joined(&kind.parties),
                kind.events.iter().map(|known| known.event.to_string()).collect::<Vec<_>>().join(" "),
            ]);
        }
        let head = set_head(&self.id, self.version, self.operator.as_ref(), self.loaded_at, lang);
        let changed =
            self.changes.as_ref().map_or_else(String::new, |all| format!("\n{}", changes(all, lang)));
        format!("{head}{}{changed}", table.text())
    }
}

fn joined(words: &[impl Display]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
