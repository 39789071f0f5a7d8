//! The shipped templates.

use super::{L, heads};
use crate::domain::ledger_template::TemplateHead;
use crate::i18n::Lang;

/// Returns the table of templates.
pub fn templates(rows: &[TemplateHead], lang: Lang) -> String {
    let mut table = heads(lang, &[("name", L), ("currencies", L), ("zone", L), ("template", L)]);
    for row in rows {
        let currencies: Vec<String> = row.currencies.iter().map(ToString::to_string).collect();
        let about = if lang == Lang::Zh { &row.name } else { &row.name_en };
        table.row(vec![row.id.clone(), currencies.join(" "), row.zone.clone(), about.clone()]);
    }
    table.text()
}
